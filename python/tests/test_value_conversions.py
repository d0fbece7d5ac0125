"""Values become what a consumer wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from entrepot import _values


class Model:
    """A class of the user's."""


class MyFrame(pd.DataFrame):
    """A subclass of the user's."""


TABLES: dict[str, Callable[[], Any]] = {
    "pandas.DataFrame": lambda: pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}),
    "polars.DataFrame": lambda: pl.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}),
    "polars.LazyFrame": lambda: pl.LazyFrame({"a": [1, 2], "b": [0.5, 1.5]}),
    "pyarrow.Table": lambda: pa.table({"a": [1, 2], "b": [0.5, 1.5]}),
    "pyarrow.RecordBatch": lambda: pa.RecordBatch.from_pydict(
        {"a": [1, 2], "b": [0.5, 1.5]}
    ),
    "pyarrow.RecordBatchReader": lambda: pa.table(
        {"a": [1, 2], "b": [0.5, 1.5]}
    ).to_reader(),
}
SERIES: dict[str, Callable[[], Any]] = {
    "pandas.Series": lambda: pd.Series([1, 2], name="v"),
    "polars.Series": lambda: pl.Series("v", [1, 2]),
}


@pytest.mark.parametrize("wanted", TABLES)
@pytest.mark.parametrize("given", TABLES)
def test_every_table_becomes_every_other(given: str, wanted: str) -> None:
    converted = _values.convert(TABLES[given](), wanted)
    assert _values.type_name(converted) == wanted
    back: Any = _values.convert(converted, "pyarrow.Table")
    assert isinstance(back, pa.Table)
    assert back.to_pydict() == {"a": [1, 2], "b": [0.5, 1.5]}


@pytest.mark.parametrize("wanted", [*SERIES, *TABLES, "numpy.ndarray"])
@pytest.mark.parametrize("given", SERIES)
def test_every_series_becomes_every_other(given: str, wanted: str) -> None:
    converted = _values.convert(SERIES[given](), wanted)
    assert _values.type_name(converted) == wanted
    values = _values.convert(converted, "numpy.ndarray")
    assert isinstance(values, np.ndarray) and values.ravel().tolist() == [1, 2]


@pytest.mark.parametrize("given", TABLES)
def test_every_table_becomes_a_matrix(given: str) -> None:
    array = _values.convert(TABLES[given](), "numpy.ndarray")
    assert isinstance(array, np.ndarray)
    assert array.tolist() == [[1, 0.5], [2, 1.5]] and array.flags.writeable


@pytest.mark.parametrize(
    "wanted", ["pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.Series"]
)
def test_an_array_becomes_columns_of_its_own(wanted: str) -> None:
    array = np.arange(3)
    converted = _values.convert(array, wanted)
    assert _values.type_name(converted) == wanted
    array[0] = 9
    values = _values.convert(converted, "numpy.ndarray")
    assert isinstance(values, np.ndarray) and values.ravel().tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([1, 2], "pandas.DataFrame"),
        ({"a": [1]}, "pyarrow.Table"),
        ("text", "numpy.ndarray"),
        (5, "polars.DataFrame"),
        (Model(), "pandas.Series"),
        (pd.DataFrame({"a": [1], "b": [2]}), "pandas.Series"),
        (pl.DataFrame({"a": [1], "b": [2]}), "polars.Series"),
        (np.zeros((2, 2)), "pandas.Series"),
        (np.zeros((2, 2, 2)), "pandas.DataFrame"),
        (np.zeros(2), "pyarrow.Table"),
        (pd.DataFrame({"a": [1 + 2j]}), "pyarrow.Table"),
        (pa.array([1]), "pyarrow.Table"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_an_impossible_conversion_names_both_types(value: Any, wanted: str) -> None:
    with pytest.raises(TypeError) as raised:
        _values.convert(value, wanted)
    assert f"'{_values.type_name(value)}'" in str(raised.value)
    assert f"'{wanted}'" in str(raised.value)


def test_what_is_wanted_already_stays_as_it_is() -> None:
    for value in (pd.DataFrame({"a": [1]}), MyFrame({"a": [1]})):
        assert _values.convert(value, "pandas.DataFrame") is value
    assert _values.convert(None, "pandas.DataFrame") is None
    assert _values.convert([1], None) == [1]


@pytest.mark.parametrize("wanted", [*TABLES, "numpy.ndarray"])
def test_a_stored_frame_converts_as_a_live_one(wanted: str) -> None:
    index = pd.Index(["x", "y"], name="k")
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, None]}, index=index)
    encoded = _values.encode(frame)
    assert encoded is not None
    stored = _values.decode(*encoded, wanted)
    live = _values.convert(frame, wanted)
    assert type(stored) is type(live)
    as_arrow = [
        x.tolist() if isinstance(x, np.ndarray) else _values.convert(x, "pyarrow.Table")
        for x in (stored, live)
    ]
    assert repr(as_arrow[0]) == repr(as_arrow[1])


def test_polars_texts_inside_of_lists_become_pandas() -> None:
    frame = pl.DataFrame(
        {
            "list": [["x", None]],
            "struct": [{"a": "y"}],
            "enums": pl.Series([["z"]], dtype=pl.List(pl.Enum(["z"]))),
        }
    )
    converted = _values.convert(frame, "pandas.DataFrame")
    assert isinstance(converted, pd.DataFrame)
    assert list(converted["list"][0]) == ["x", None]
    assert converted["struct"].tolist() == [{"a": "y"}]
    assert list(converted["enums"][0]) == ["z"]
