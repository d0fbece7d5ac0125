"""What comes back equals what went in, same type, in another process.

Every kind of value (value_kinds/) is made by a function, stored by this process, and read by a
fresh one, which makes it again and compares strictly.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from exact_comparison import same
from value_kinds import KINDS
from value_kinds.numpy_arrays import read_only
from value_kinds.pandas_frames import frame
from value_kinds.polars_frames import polars_columns


def read_all(instance: pathlib.Path) -> dict[str, str | None]:
    """Returns, per kind, what is wrong with what comes back; None where nothing is."""
    import entrepot

    stored = entrepot.Instance.open(str(instance))
    problems: dict[str, str | None] = {}
    for i, (sentence, made) in enumerate(KINDS.items()):
        try:
            back = stored.load(f"kinds/{i}")
            expected = made.make()
            is_same = same(back, expected)
        except Exception as error:  # Reported as this kind's failure.
            problems[sentence] = f"{type(error).__name__}: {error}"
        else:
            problems[sentence] = None if is_same else f"{expected!r}\nbecame\n{back!r}"
    return problems


@dataclasses.dataclass(frozen=True)
class Stored:
    formats: dict[str, str]
    errors: dict[str, str]
    problems: dict[str, str | None]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    import entrepot

    path = tmp_path_factory.mktemp("instance")
    instance = entrepot.Instance.open(str(path))
    formats: dict[str, str] = {}
    errors: dict[str, str] = {}
    for i, (sentence, made) in enumerate(KINDS.items()):
        try:
            instance.store(f"kinds/{i}", made.make())
            receipts = instance.fetch_materializations(f"kinds/{i}")[0].receipts
            formats[sentence] = receipts[0].format
        except Exception as error:  # Reported as this kind's failure.
            errors[sentence] = f"{type(error).__name__}: {error}"
    problems = path / "problems.json"
    program = (
        f"import json, pathlib, sys\n"
        f"sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})\n"
        f"import {__name__} as tests\n"
        f"problems = tests.read_all(pathlib.Path({str(path)!r}))\n"
        f"pathlib.Path({str(problems)!r}).write_text(json.dumps(problems))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    return Stored(formats, errors, json.loads(problems.read_text()))


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 80


@pytest.mark.parametrize("sentence", KINDS)
def test_comes_back_as_it_was(stored: Stored, sentence: str) -> None:
    assert sentence not in stored.errors, stored.errors[sentence]
    problem = stored.problems[sentence]
    assert problem is None, problem


@pytest.mark.parametrize("sentence", [s for s, made in KINDS.items() if made.format])
def test_is_stored_as(stored: Stored, sentence: str) -> None:
    assert stored.formats.get(sentence) == KINDS[sentence].format


def test_a_loaded_array_can_be_written_to(tmp_path: pathlib.Path) -> None:
    import entrepot

    instance = entrepot.Instance.open(str(tmp_path))
    instance.store("array", read_only(np.arange(3)))
    array = instance.load("array")
    array[0] = 7
    assert array.tolist() == [7, 1, 2]
    assert instance.load("array").tolist() == [0, 1, 2]


def test_a_duckdb_relation_comes_back_as_its_rows(tmp_path: pathlib.Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    import entrepot

    instance = entrepot.Instance.open(str(tmp_path))
    query = "select range::int as a, range || 'x' as b from range(5)"
    instance.store("rows", duckdb.sql(query))
    rows = instance.load("rows")
    assert isinstance(rows, pa.Table)
    assert rows.to_pylist() == [{"a": i, "b": f"{i}x"} for i in range(5)]


# -------------------------------------------------------------- as the consumer wants it

_AS_WANTED = {
    "a pandas frame as a polars frame": (
        lambda: frame(a=[1, 2], b=["x", "y"]),
        lambda: polars_columns(a=[1, 2], b=["x", "y"]),
    ),
    "a pandas frame as an Arrow stream": (
        lambda: frame(a=[1, 2]),
        lambda: pa.Table.from_pandas(frame(a=[1, 2])).to_reader(),
    ),
    "a pandas frame as an array": (
        lambda: frame(a=[1, 2], b=[3, 4]),
        lambda: np.array([[1, 3], [2, 4]]),
    ),
    "a polars frame as a pandas frame": (
        lambda: polars_columns(a=[1, 2], b=["x", None]),
        lambda: frame(a=[1, 2], b=["x", None]),
    ),
    "a polars frame of categories as a pandas frame": (
        lambda: polars_columns(a=pl.Series(["x"], dtype=pl.Enum(["x", "y"]))),
        lambda: frame(a=pd.Categorical(["x"], categories=["x", "y"], ordered=True)),
    ),
    "a polars frame as a plan": (lambda: polars_columns(a=[1]), lambda: polars_columns(a=[1]).lazy()),
    "a polars series as a pandas series": (
        lambda: pl.Series("v", [1, 2]),
        lambda: pd.Series([1, 2], name="v"),
    ),
    "a pandas series with an index as a polars series": (
        lambda: pd.Series([1, 2], index=["x", "y"], name="v"),
        lambda: pl.Series("v", [1, 2]),
    ),
    "an Arrow table as a pandas frame": (
        lambda: pa.table({"a": [1]}),
        lambda: frame(a=[1]),
    ),
    "an Arrow table as a batch": (
        lambda: pa.table({"a": pa.chunked_array([[1], [2]])}),
        lambda: pa.RecordBatch.from_pydict({"a": [1, 2]}),
    ),
    "an array as a pandas frame": (lambda: np.eye(2), lambda: pd.DataFrame(np.eye(2))),
    "an array as a pandas series": (
        lambda: np.arange(3),
        lambda: pd.Series(np.arange(3)),
    ),
}


@pytest.mark.parametrize("pair", _AS_WANTED.values(), ids=_AS_WANTED.keys())
def test_loads_as_wanted(tmp_path: pathlib.Path, pair: tuple[Any, Any]) -> None:
    import entrepot

    made, expected = pair[0](), pair[1]()
    instance = entrepot.Instance.open(str(tmp_path))
    instance.store("value", made)
    back = instance.load("value", as_type=type(expected))
    assert same(back, expected), repr(back)
