"""The rules of entrepot._values one by one; test_exactness.py has them together."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import typing
from typing import Any, Optional

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from entrepot import _values
from entrepot._values import pandas_frames


class Model:
    """A class of the user's."""

    def __init__(self, weights: Any = None) -> None:
        self.weights = weights


class MyFrame(pd.DataFrame):
    """A subclass of the user's."""


# --------------------------------------------------------------------------- annotations

Rows = typing.NewType("Rows", pd.DataFrame)

WANTED: list[tuple[Any, str | None]] = [
    (pd.DataFrame, "pandas.DataFrame"),
    (pd.Series, "pandas.Series"),
    (pl.DataFrame, "polars.DataFrame"),
    (pl.LazyFrame, "polars.LazyFrame"),
    (pl.Series, "polars.Series"),
    (pa.Table, "pyarrow.Table"),
    (pa.RecordBatch, "pyarrow.RecordBatch"),
    (pa.RecordBatchReader, "pyarrow.RecordBatchReader"),
    (np.ndarray, "numpy.ndarray"),
    (npt.NDArray[np.float64], "numpy.ndarray"),
    (Optional[pd.DataFrame], "pandas.DataFrame"),
    (pl.DataFrame | None, "polars.DataFrame"),
    (typing.Annotated[pa.Table, "sorted"], "pyarrow.Table"),
    (Rows, "pandas.DataFrame"),
    ("pd.DataFrame", "pandas.DataFrame"),
    ("pandas.DataFrame", "pandas.DataFrame"),
    ("'pl.LazyFrame'", "polars.LazyFrame"),
    ("pa.Table | None", "pyarrow.Table"),
    ("None | pa.RecordBatch", "pyarrow.RecordBatch"),
    ("Optional[np.ndarray]", "numpy.ndarray"),
    ("typing.Union[None, pd.Series]", "pandas.Series"),
    ("Annotated[pd.DataFrame, 'x']", "pandas.DataFrame"),
    ("npt.NDArray[np.float64]", "numpy.ndarray"),
    (typing.ForwardRef("pd.DataFrame"), "pandas.DataFrame"),
    (None, None),
    (Any, None),
    (int, None),
    (list[pd.DataFrame], None),
    (pd.DataFrame | pl.DataFrame, None),
    (pd.Index, None),
    (Model, None),
    (MyFrame, None),
    ("DataFrame", None),
    ("dict[str, pd.DataFrame]", None),
    ("pd.DataFrame | pl.DataFrame", None),
    ("not an annotation", None),
    ("", None),
]


@pytest.mark.parametrize(("annotation", "wanted"), WANTED, ids=lambda x: str(x))
def test_an_annotation_asks_for(annotation: Any, wanted: str | None) -> None:
    assert _values.wanted_type(annotation) == wanted


def test_only_readers_are_streams() -> None:
    assert _values.wants_stream("pyarrow.RecordBatchReader")
    assert not _values.wants_stream("pyarrow.Table")
    assert not _values.wants_stream(None)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "int"),
        (None, "None"),
        ({}, "dict"),
        (Model(), f"{__name__}.Model"),
        (pd.DataFrame(), "pandas.DataFrame"),
        (pd.Timestamp(0), "pandas.Timestamp"),
        (pl.Series(), "polars.Series"),
        (pl.LazyFrame(), "polars.LazyFrame"),
        (pa.table({}), "pyarrow.Table"),
        (np.zeros(1), "numpy.ndarray"),
        (np.float64(1), "numpy.float64"),
        (pathlib.PurePosixPath(), "pathlib.PurePosixPath"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_types_are_named_as_users_write_them(value: Any, name: str) -> None:
    assert _values.type_name(value) == name


# ------------------------------------------------------------------------------ encoding


def test_an_encoded_array_is_not_copied() -> None:
    for array in (np.zeros((3, 4)), np.asfortranarray(np.zeros((3, 4))), np.zeros(())):
        encoded = _values.encode(array)
        assert encoded is not None and encoded[1] is array


def test_numbers_of_a_frame_are_not_copied() -> None:
    frame = pd.DataFrame({"a": np.arange(1000)})
    encoded = _values.encode(frame)
    assert encoded is not None
    table: Any = encoded[1]
    assert isinstance(table, pa.Table)
    buffer = table.column(0).chunk(0).buffers()[1]
    assert buffer is not None and buffer.address == frame["a"].to_numpy().ctypes.data


def test_polars_frames_are_not_touched() -> None:
    frame = pl.DataFrame({"a": [1]})
    encoded = _values.encode(frame)
    assert encoded is not None and encoded[1] is frame


@pytest.mark.parametrize(
    "value", [(1, 2), {1}, Model(), pd.Index([1]), MyFrame({"a": [1]})]
)
def test_others_are_left_to_pickle(value: Any) -> None:
    assert _values.encode(value) is None


class Rows2:
    """Offers Arrow data, and is nothing that we know."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._data.__arrow_c_stream__(requested_schema)


def test_foreign_rows_are_a_stream() -> None:
    encoded = _values.encode(Rows2(pa.table({"a": [1]})))
    assert encoded is not None
    kind, payload, name = encoded
    assert (kind, name) == ("stream", f"{__name__}.Rows2")
    assert pa.table(payload).equals(pa.table({"a": [1]}))


def test_a_foreign_stream_of_arrays_is_left_to_pickle() -> None:
    assert _values.encode(Rows2(pa.chunked_array([[1, 2]]))) is None


def test_errors_of_foreign_rows_are_theirs() -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise ZeroDivisionError("theirs")

    with pytest.raises(ZeroDivisionError, match="theirs"):
        _values.encode(Broken())


def test_other_readers_of_a_table_see_plain_columns() -> None:
    frame = pd.DataFrame({"a": ["x", None]}, index=[5, 6], dtype=object)
    encoded = _values.encode(frame)
    assert encoded is not None
    kind, payload, name = encoded
    table: Any = _values.decode(kind, payload, name, "pyarrow.Table")
    assert isinstance(table, pa.Table)
    assert table.column_names == ["a", "__index_level_0__"]
    assert table.column("a").type == pa.string()
    assert list(table.schema.metadata) == [b"pandas"]


def test_what_a_foreign_table_says_of_pandas_is_used() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index([5, 6], name="i"))
    table = pa.Table.from_pandas(frame)
    back: Any = _values.decode("table", table, "pyarrow.Table", "pandas.DataFrame")
    pd.testing.assert_frame_equal(typing.cast(pd.DataFrame, back), frame)


def test_a_table_of_cpp_is_a_pyarrow_table() -> None:
    for name in ("arrow::Table", "", "somewhere.Else"):
        assert type(_values.decode("table", pa.table({"a": [1]}), name, None)) is pa.Table


def test_a_stored_stream_is_a_reader_again() -> None:
    table = pa.table({"a": [1, 2]})
    for kind in ("table", "stream"):
        reader: Any = _values.decode(kind, table, "pyarrow.RecordBatchReader", None)
        assert isinstance(reader, pa.RecordBatchReader)
        assert reader.read_all().equals(table)


def test_a_stream_of_a_pandas_frame_says_nothing_of_us() -> None:
    encoded = _values.encode(pd.DataFrame({"a": [1]}))
    assert encoded is not None
    reader: Any = _values.decode(
        "stream", encoded[1], encoded[2], "pyarrow.RecordBatchReader"
    )
    assert isinstance(reader, pa.RecordBatchReader)
    assert list(reader.schema.metadata) == [b"pandas"]
    assert list(reader.read_all().schema.metadata) == [b"pandas"]


def test_rows_and_columns_may_be_left_out_on_loading() -> None:
    index = pd.date_range("2024", periods=4, freq="D", name="t")
    frame = pd.DataFrame(np.arange(12).reshape(4, 3), index=index)
    encoded = _values.encode(frame)
    assert encoded is not None
    table: Any = encoded[1]
    assert isinstance(table, pa.Table)
    some = typing.cast(
        pd.DataFrame, pandas_frames.restore(table.take([0, 3]).drop_columns("1"))
    )
    expected = frame.iloc[[0, 3], [0, 2]]
    pd.testing.assert_frame_equal(
        some, expected, check_column_type=False, check_freq=False
    )
    without = typing.cast(pd.DataFrame, pandas_frames.restore(table.select(["2"])))
    assert type(without.index) is pd.RangeIndex and without.columns.tolist() == [2]


# -------------------------------------------------------------------------- handing over


@pytest.mark.parametrize(
    "value",
    [
        *("text", b"bytes", 1, 0.5, True),
        pa.table({"a": [1]}),
        pa.RecordBatch.from_pydict({"a": [1]}),
        pl.DataFrame({"a": [1]}),
        pl.Series([1]),
        pl.LazyFrame({"a": [1]}),
    ],
    ids=_values.type_name,
)
def test_immutable_values_are_handed_over_as_they_are(value: Any) -> None:
    assert _values.hand_over(value) is value


class Text(str):
    """A text with attributes that can be set."""


@pytest.mark.parametrize(
    "value",
    [
        *([1], {"a": 1}, {1}, (1,), bytearray(b"a"), np.zeros(2), Model(), Text("a")),
        pa.array([1]),
        pa.table({"a": [1]}).to_reader(),
        pl.Series([object()], dtype=pl.Object),
        pd.Index([1]),
        MyFrame({"a": [1]}),
        pd.DataFrame({"a": [[1]]}),
        pd.DataFrame({"a": [Model()]}),
        pd.DataFrame({"a": [1]}, index=pd.Index([Model()], dtype=object)),
        pd.DataFrame({"a": pd.Categorical([Model()])}),
        pd.Series([[1]]),
        pd.Series([1], name=typing.cast(Any, Model)),
    ],
    ids=_values.type_name,
)
def test_what_can_be_changed_is_reloaded(value: Any) -> None:
    assert _values.hand_over(value) is None


def test_attrs_that_are_no_json_are_reloaded() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"model": Model()}
    assert _values.hand_over(frame) is None


@pytest.mark.parametrize("objects", [False, True], ids=["text", "objects"])
def test_a_handed_over_frame_is_a_copy_on_write(objects: bool) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    if objects:
        frame["b"] = frame["b"].astype(object)
    frame.attrs = {"list": [1]}
    copy = _values.hand_over(frame)
    assert isinstance(copy, pd.DataFrame)
    assert np.shares_memory(copy["a"].to_numpy(), frame["a"].to_numpy())
    copy.loc[0, "a"] = 9
    copy["c"] = 0
    copy.index.name = "i"
    copy.columns.name = "n"
    copy.attrs["list"].append(2)
    assert frame["a"].tolist() == [1, 2] and frame.columns.tolist() == ["a", "b"]
    assert frame.index.name is None and frame.columns.name is None
    assert frame.attrs == {"list": [1]}


def test_a_handed_over_series_is_a_copy_on_write() -> None:
    series = pd.Series([1, 2], name="v")
    copy = _values.hand_over(series)
    assert isinstance(copy, pd.Series)
    copy[0] = 9
    copy.name = "w"
    assert series.tolist() == [1, 2] and series.name == "v"


# --------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        (1, 16, 64),
        (None, 16, 64),
        ("x" * 1000, 1000, 1100),
        (b"x" * 1000, 1000, 1100),
        (np.zeros(1000), 8000, 8000),
        (pa.table({"a": np.zeros(1000)}), 8000, 8100),
        (pl.DataFrame({"a": np.zeros(1000)}), 8000, 8100),
        (pl.Series(np.zeros(1000)), 8000, 8100),
        (pd.DataFrame({"a": np.zeros(1000), "b": np.ones(1000)}), 16_000, 24_100),
        (pd.DataFrame({"a": ["text"] * 1000}), 4000, 24_000),
        (pd.DataFrame({"a": pd.array([1] * 1000, "Int16")}), 3000, 11_100),
        (pd.DataFrame({"a": pd.Series(["x"] * 1000, dtype=object)}), 8000, 80_000),
        (pd.Series(np.zeros(1000)), 8000, 16_100),
        ([0] * 1000, 8000, 100_000),
        ({i: [i] * 10 for i in range(100)}, 8000, 200_000),
        ([np.zeros(1000)] * 10, 80_000, 81_000),
        (Model(np.zeros(1000)), 8000, 8200),
        (pl.LazyFrame({"a": [1]}), 1, 10_000),
    ],
    ids=lambda x: _values.type_name(x),
)
def test_sizes_are_about_right(value: Any, least: int, most: int) -> None:
    assert least <= _values.size_of(value) <= most


def test_a_value_that_holds_itself_has_a_size() -> None:
    value: list[Any] = []
    value.append(value)
    assert _values.size_of(value) < 10_000


# ------------------------------------------------------------------------------- imports


def test_no_library_of_values_is_imported() -> None:
    program = (
        "import sys, typing\n"
        "import entrepot._values as values\n"
        "values.wanted_type('pd.DataFrame | None')\n"
        "values.wanted_type(typing.Optional[int])\n"
        "for x in (1, 'a', [1], (1,), {1}, object()):\n"
        "    values.encode(x); values.hand_over(x)\n"
        "    values.size_of(x); values.type_name(x)\n"
        "    values.convert(x, None); values.decode('json', x, '', None)\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(heavy)}' if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
