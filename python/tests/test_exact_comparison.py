"""The strict comparison that the tests of exactness use tells apart what others do not."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from exact_comparison import same
from value_kinds.pandas_frames import frame, objects, with_attrs

# Pairs that a sloppy comparison would call equal.
DIFFERENT: dict[str, tuple[Any, Any]] = {
    "an int and a float": (1, 1.0),
    "an int and a bool": ([1], [True]),
    "a list and a tuple": ([1], (1,)),
    "two signs of zero": (0.0, -0.0),
    "NaN and None": ([math.nan], [None]),
    "two orders of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "two scales of a decimal": (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
    "two folds of a time": (dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, fold=1)),
    "two byte orders": (np.array([1], "<i4"), np.array([1], ">i4")),
    "two memory orders": (np.ones((2, 3)), np.ones((2, 3), order="F")),
    "two units of time": (np.array([0], "M8[s]"), np.array([0], "M8[ms]")),
    "an array and a matrix": (np.ones((1, 1)), np.ones((1, 1)).view(np.matrix)),
    "an array's NaN and its number": (np.array([math.nan]), np.array([1.0])),
    "metadata of a dtype": (np.zeros(1), np.zeros(1, np.dtype("f8", metadata={"a": 1}))),
    "range and plain index": (frame(a=[1]), frame(a=[1]).set_axis(pd.Index([0]))),
    "two range indexes": (frame(a=[1]), frame(a=[1]).set_axis(pd.RangeIndex(0, 2, 2))),
    "object and str columns": (frame(a=["x"]), frame(a=objects("x"))),
    "None and NaN among objects": (
        frame(a=objects(None)),
        frame(a=objects(math.nan)),
    ),
    "NA and None among objects": (frame(a=objects(pd.NA)), frame(a=objects(None))),
    "numpy's and Python's ints": (frame(a=objects(np.int64(1))), frame(a=objects(1))),
    "two storages of text": (
        frame(a=pd.array(["x"], pd.StringDtype("python"))),
        frame(a=pd.array(["x"], pd.StringDtype("pyarrow"))),
    ),
    "NA and NaN in text": (
        frame(a=pd.array([None], pd.StringDtype("python"))),
        frame(a=pd.array([None], pd.StringDtype("python", na_value=math.nan))),
    ),
    "NA and NaN in nullable floats": (
        frame(a=pd.arrays.FloatingArray(np.array([math.nan]), np.array([False]))),
        frame(a=pd.arrays.FloatingArray(np.array([1.0]), np.array([True]))),
    ),
    "two orders of categories": (
        frame(a=pd.Categorical(["x"], categories=["x", "y"])),
        frame(a=pd.Categorical(["x"], categories=["y", "x"])),
    ),
    "ordered and unordered categories": (
        frame(a=pd.Categorical(["x"], ordered=True)),
        frame(a=pd.Categorical(["x"])),
    ),
    "column labels 1 and '1'": (pd.DataFrame({1: [0]}), pd.DataFrame({"1": [0]})),
    "a name of the columns": (frame(a=[1]), frame(a=[1]).rename_axis(columns="n")),
    "a frequency": (
        frame(a=[1, 2]).set_axis(pd.date_range("2020", periods=2)),
        frame(a=[1, 2]).set_axis(pd.DatetimeIndex(["2020-01-01", "2020-01-02"])),
    ),
    "attrs": (frame(a=[1]), with_attrs(frame(a=[1]), {"x": 1})),
    "flags": (frame(a=[1]), frame(a=[1]).set_flags(allows_duplicate_labels=False)),
    "levels of an index": (
        pd.MultiIndex.from_arrays([["a"]]),
        pd.MultiIndex.from_arrays([["a", "b"]])[:1],
    ),
    "a tuple's name and a text's": (
        pd.Series([1], name=("a",)),
        pd.Series([1], name="a"),
    ),
    "metadata of a schema": (
        pa.table({"a": [1]}),
        pa.table({"a": [1]}).replace_schema_metadata({"k": "v"}),
    ),
    "string and large_string": (
        pa.table({"a": pa.array(["x"], pa.string())}),
        pa.table({"a": pa.array(["x"], pa.large_string())}),
    ),
    "heights without columns": (pl.DataFrame(height=1), pl.DataFrame(height=2)),
    "String and Categorical": (pl.Series(["a"]), pl.Series(["a"], dtype=pl.Categorical)),
    "two Enums": (
        pl.Series(["a"], dtype=pl.Enum(["a", "b"])),
        pl.Series(["a"], dtype=pl.Enum(["b", "a"])),
    ),
    "null and NaN": (pl.Series([None], dtype=pl.Float64), pl.Series([math.nan])),
}


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_the_comparison_tells_apart(pair: tuple[Any, Any]) -> None:
    a, b = pair
    assert not same(a, b)
    assert not same(b, a)
    assert same(a, a) and same(b, b)
