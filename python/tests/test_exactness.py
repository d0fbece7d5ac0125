"""What comes back equals what went in, same type, in another process.

Every kind of value is made by a function, stored by this process, and read by a fresh
one, which makes it again and compares strictly. `same` is that comparison; it is tested
first.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import json
import math
import pathlib
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

# ----------------------------------------------------------------- the strict comparison


def same(a: Any, b: Any) -> bool:
    """Return whether two values are of one type and equal in everything users can see.

    NaN is the same as NaN, but not as None, NA or NaT, and -0.0 is not 0.0; 1 is neither
    1.0 nor True. Dicts have their keys in one order.
    """
    if type(a) is not type(b):
        return False
    for types, compare in _COMPARISONS:
        if isinstance(a, types):
            return bool(compare(a, b))
    return bool(a == b)


def _same_float(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b and math.copysign(1, a) == math.copysign(1, b)


def _same_complex(a: complex, b: complex) -> bool:
    return _same_float(a.real, b.real) and _same_float(a.imag, b.imag)


def _same_items(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(map(same, a, b))


def _same_sets(a: Any, b: Any) -> bool:
    return a == b and sorted(map(repr, a)) == sorted(map(repr, b))


def _same_dicts(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
    return _same_items(list(a), list(b)) and _same_items(
        list(a.values()), list(b.values())
    )


def _same_times(a: dt.datetime, b: dt.datetime) -> bool:
    return a == b and a.fold == b.fold and str(a.tzinfo) == str(b.tzinfo)


def _same_decimals(a: decimal.Decimal, b: decimal.Decimal) -> bool:
    return a.as_tuple() == b.as_tuple()


def _same_numpy_dtypes(a: np.dtype, b: np.dtype) -> bool:
    return a == b and a.str == b.str and a.descr == b.descr and a.metadata == b.metadata


def _same_arrays(a: np.ndarray, b: np.ndarray) -> bool:
    if not same(a.dtype, b.dtype) or a.shape != b.shape:
        return False
    # What has gaps becomes an array without.
    is_dense = all(x.flags.c_contiguous or x.flags.f_contiguous for x in (a, b))
    if is_dense and a.flags.f_contiguous != b.flags.f_contiguous:
        return False
    if isinstance(a, np.ma.MaskedArray) and isinstance(b, np.ma.MaskedArray):
        return _same_items(*([x.data, x.mask, x.fill_value] for x in (a, b)))
    if a.dtype.hasobject or a.dtype.kind == "T":
        return same(a.tolist(), b.tolist())
    if a.dtype.char in "gG":
        # Their padding may be anything.
        return np.array_equal(a, b, equal_nan=True)
    return a.tobytes() == b.tobytes()


def _same_numpy_scalars(a: np.generic, b: np.generic) -> bool:
    return same(a.dtype, b.dtype) and _same_arrays(np.array(a), np.array(b))


def _same_pandas_dtypes(a: Any, b: Any) -> bool:
    if isinstance(a, pd.CategoricalDtype):
        return a.ordered == b.ordered and same(a.categories, b.categories)
    if isinstance(a, pd.StringDtype):
        return a.storage == b.storage and same(a.na_value, b.na_value)
    if isinstance(a, pd.DatetimeTZDtype):
        return a.unit == b.unit and type(a.tz) is type(b.tz) and str(a.tz) == str(b.tz)
    return a == b and repr(a) == repr(b)


def _same_indexes(a: Any, b: Any) -> bool:
    if not same(list(a.names), list(b.names)) or not same(a.dtype, b.dtype):
        return False
    if isinstance(a, pd.MultiIndex):
        return _same_items(list(a.levels), list(b.levels)) and _same_items(
            list(a.codes), list(b.codes)
        )
    if isinstance(a, pd.RangeIndex):
        return (a.start, a.stop, a.step) == (b.start, b.stop, b.step)
    if getattr(a, "freq", None) != getattr(b, "freq", None):
        return False
    return _same_values(a, b)


def _same_values(a: Any, b: Any) -> bool:
    if isinstance(a.dtype, pd.CategoricalDtype):
        if list(a.array.codes) != list(b.array.codes):
            return False
    return same(list(a), list(b))


def _same_series(a: pd.Series, b: pd.Series) -> bool:
    return (
        same(a.name, b.name)
        and same(a.dtype, b.dtype)
        and same(a.index, b.index)
        and same(a.attrs, b.attrs)
        and a.flags == b.flags
        and _same_values(a, b)
    )


def _same_frames(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    return (
        a.shape == b.shape
        and same(a.columns, b.columns)
        and same(a.index, b.index)
        and same(a.attrs, b.attrs)
        and a.flags == b.flags
        and all(same(a.iloc[:, i], b.iloc[:, i]) for i in range(a.shape[1]))
    )


def _same_columns(a: Any, b: Any) -> bool:
    if not a.schema.equals(b.schema, check_metadata=True) or a.num_rows != b.num_rows:
        return False
    return all(
        same(x.to_pylist(), y.to_pylist())
        for x, y in zip(a.columns, b.columns, strict=True)
    )


def _same_readers(a: pa.RecordBatchReader, b: pa.RecordBatchReader) -> bool:
    return same(a.read_all(), b.read_all())


def _same_polars_series(a: pl.Series, b: pl.Series) -> bool:
    return (
        a.name == b.name
        and a.dtype == b.dtype
        and repr(a.dtype) == repr(b.dtype)
        and same(a.to_list(), b.to_list())
    )


def _same_polars_frames(a: pl.DataFrame, b: pl.DataFrame) -> bool:
    return a.shape == b.shape and _same_items(a.get_columns(), b.get_columns())


def _same_plans(a: pl.LazyFrame, b: pl.LazyFrame) -> bool:
    return a.explain(optimized=False) == b.explain(optimized=False) and same(
        a.collect(), b.collect()
    )


_COMPARISONS: list[tuple[Any, Callable[[Any, Any], bool]]] = [
    (np.generic, _same_numpy_scalars),
    (float, _same_float),
    (complex, _same_complex),
    (type(pd.NA), lambda a, b: True),
    (type(pd.NaT), lambda a, b: True),
    (dict, _same_dicts),
    ((list, tuple, collections.deque), _same_items),
    ((set, frozenset), _same_sets),
    (dt.datetime, _same_times),
    (decimal.Decimal, _same_decimals),
    (np.dtype, _same_numpy_dtypes),
    (np.ndarray, _same_arrays),
    (pd.api.extensions.ExtensionDtype, _same_pandas_dtypes),
    (pd.Index, _same_indexes),
    (pd.Series, _same_series),
    (pd.DataFrame, _same_frames),
    ((pa.Table, pa.RecordBatch), _same_columns),
    (pa.RecordBatchReader, _same_readers),
    (pl.Series, _same_polars_series),
    (pl.DataFrame, _same_polars_frames),
    (pl.LazyFrame, _same_plans),
]


def _frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def _objects(*values: Any) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def _with_attrs(frame: Any, attrs: dict[Any, Any]) -> Any:
    frame.attrs = attrs
    return frame


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
    "range and plain index": (_frame(a=[1]), _frame(a=[1]).set_axis(pd.Index([0]))),
    "two range indexes": (_frame(a=[1]), _frame(a=[1]).set_axis(pd.RangeIndex(0, 2, 2))),
    "object and str columns": (_frame(a=["x"]), _frame(a=_objects("x"))),
    "None and NaN among objects": (
        _frame(a=_objects(None)),
        _frame(a=_objects(math.nan)),
    ),
    "NA and None among objects": (_frame(a=_objects(pd.NA)), _frame(a=_objects(None))),
    "numpy's and Python's ints": (_frame(a=_objects(np.int64(1))), _frame(a=_objects(1))),
    "two storages of text": (
        _frame(a=pd.array(["x"], pd.StringDtype("python"))),
        _frame(a=pd.array(["x"], pd.StringDtype("pyarrow"))),
    ),
    "NA and NaN in text": (
        _frame(a=pd.array([None], pd.StringDtype("python"))),
        _frame(a=pd.array([None], pd.StringDtype("python", na_value=math.nan))),
    ),
    "NA and NaN in nullable floats": (
        _frame(a=pd.arrays.FloatingArray(np.array([math.nan]), np.array([False]))),
        _frame(a=pd.arrays.FloatingArray(np.array([1.0]), np.array([True]))),
    ),
    "two orders of categories": (
        _frame(a=pd.Categorical(["x"], categories=["x", "y"])),
        _frame(a=pd.Categorical(["x"], categories=["y", "x"])),
    ),
    "ordered and unordered categories": (
        _frame(a=pd.Categorical(["x"], ordered=True)),
        _frame(a=pd.Categorical(["x"])),
    ),
    "column labels 1 and '1'": (pd.DataFrame({1: [0]}), pd.DataFrame({"1": [0]})),
    "a name of the columns": (_frame(a=[1]), _frame(a=[1]).rename_axis(columns="n")),
    "a frequency": (
        _frame(a=[1, 2]).set_axis(pd.date_range("2020", periods=2)),
        _frame(a=[1, 2]).set_axis(pd.DatetimeIndex(["2020-01-01", "2020-01-02"])),
    ),
    "attrs": (_frame(a=[1]), _with_attrs(_frame(a=[1]), {"x": 1})),
    "flags": (_frame(a=[1]), _frame(a=[1]).set_flags(allows_duplicate_labels=False)),
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


# ----------------------------------------------------------------------- kinds of values


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of value: how it is made, and its format where that matters."""

    make: Callable[[], Any]
    format: str | None = None


KINDS: dict[str, Kind] = {}


def kind(sentence: str, format: str | None = None) -> Callable[..., Any]:
    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        assert sentence not in KINDS, sentence
        KINDS[sentence] = Kind(make, format)
        return make

    return register


def kinds(format: str | None = None, **makers: Callable[[], Any]) -> None:
    """Registers kinds by name, "_" standing for spaces."""
    for name, make in makers.items():
        kind(name.replace("_", " "), format)(make)


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Model:
    weights: list[float]
    labels: dict[int, str]


class TaggedFrame(pd.DataFrame):
    _metadata = ["tag"]

    @property
    def _constructor(self) -> type[TaggedFrame]:
        return TaggedFrame


class TaggedText(str):
    pass


Point = collections.namedtuple("Point", "x y")


# Python's own.
kinds(
    "json",
    an_int=lambda: 42,
    the_largest_64_bit_int=lambda: 2**63 - 1,
    a_bool=lambda: True,
    a_float=lambda: 0.1 + 0.2,
    negative_zero=lambda: -0.0,
    the_smallest_float=lambda: 5e-324,
    a_dict=lambda: {"z": 1, "a": [None, True, {"é": "ü"}]},
    nested_None=lambda: {"a": None, "b": [None, [None]]},
    an_empty_list=lambda: [],
    an_empty_dict=lambda: {},
    an_int_and_a_float_and_a_bool_in_a_list=lambda: [1, 1.0, True],
)
kinds(
    "pickle",
    a_big_int=lambda: 10**30,
    a_big_int_inside=lambda: {"a": [2**63]},
    not_a_number=lambda: math.nan,
    infinity_in_a_list=lambda: [math.inf, -math.inf],
    a_tuple=lambda: (1, "a"),
    a_tuple_in_a_list=lambda: [(1, 2)],
    a_set=lambda: {1, 2, "a"},
    a_frozenset=lambda: frozenset({1}),
    a_dict_with_int_keys=lambda: {1: "a", 2: "b"},
    a_dict_with_a_None_key=lambda: {None: 1},
    an_ordered_dict=lambda: collections.OrderedDict(a=1),
    a_counter=lambda: collections.Counter("aab"),
    a_deque=lambda: collections.deque([1, 2], maxlen=3),
    a_named_tuple=lambda: Point(1, 2),
    a_complex_number=lambda: 1 + 2j,
    a_decimal=lambda: decimal.Decimal("1.10"),
    a_fraction=lambda: fractions.Fraction(1, 3),
    a_date=lambda: dt.date(2024, 2, 29),
    a_time_zone_aware_datetime=lambda: dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc),
    a_timedelta=lambda: dt.timedelta(days=-1, microseconds=1),
    a_uuid=lambda: uuid.UUID(int=5),
    a_path=lambda: pathlib.PurePosixPath("a/b"),
    an_enum_member=lambda: Colour.RED,
    a_dataclass=lambda: Model([0.5], {1: "a"}),
    a_text_subclass=lambda: TaggedText("a"),
    bytes_in_a_list=lambda: [b"a"],
    a_bytearray=lambda: bytearray(b"ab"),
    a_range=lambda: range(0, 10, 3),
    a_class=lambda: Model,
    text_with_a_lone_surrogate=lambda: "\ud800",
)
kinds(None, a_lone_surrogate_in_a_list=lambda: ["\ud800"])
kinds("text", a_text=lambda: "Grüße, 世界 \U0001f600\x00", an_empty_text=lambda: "")
kinds("bytes", some_bytes=lambda: bytes(range(256)), empty_bytes=lambda: b"")


# numpy: every dtype in every memory order.
_NUMBERS = np.arange(24) % 5
_DTYPES = [
    *("?", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", ">i2", ">i4", ">u8"),
    *("<f2", "<f4", "<f8", ">f4", ">f8", np.dtype("g").str, "<c8", "<c16", ">c16"),
    *("<M8[D]", "<M8[s]", "<M8[ns]", "<M8[25s]", ">M8[us]", "<m8[h]", "<m8[ns]"),
    *("<U3", ">U3", "S4", "V3"),
]


def _elements(dtype: str) -> np.ndarray:
    if np.dtype(dtype).kind == "V":
        return np.frombuffer(bytes(range(72)), dtype).copy()
    return _NUMBERS.astype(dtype)


for _dtype in _DTYPES:
    for _order, _arrange in {
        "C": lambda a: a.reshape(2, 3, 4),
        "Fortran": lambda a: np.asfortranarray(a.reshape(2, 3, 4)),
        "strided": lambda a: a[::2],
        "no": lambda a: a[:1].reshape(()),
        "empty": lambda a: a[:0].reshape(0, 3),
    }.items():
        KINDS[f"an array of {_dtype} in {_order} order"] = Kind(
            lambda d=_dtype, f=_arrange: f(_elements(d)), "npy"
        )

kinds(
    "npy",
    an_array_of_NaN_and_negative_zero=lambda: np.array([math.nan, -0.0, math.inf]),
    an_array_of_NaT=lambda: np.array(["NaT", "2020-01-01"], "M8[ns]"),
    a_reversed_array=lambda: np.arange(5)[::-1],
    a_transposed_array=lambda: np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    a_broadcast_array=lambda: np.broadcast_to(np.arange(3), (2, 3)),
    a_read_only_array=lambda: _read_only(np.arange(3)),
    an_array_of_generic_durations=lambda: np.array([1, 2], "m8"),
)
kinds(
    "pickle",
    a_structured_array=lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    a_record_array=lambda: np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    an_array_of_objects=lambda: np.array([1, "a", None], dtype=object),
    an_array_of_variable_text=lambda: np.array(["a", "bcd"], np.dtypes.StringDType()),
    an_array_with_dtype_metadata=lambda: np.zeros(2, np.dtype("f8", metadata={"a": 1})),
    a_matrix=lambda: np.eye(2).view(np.matrix),
    a_masked_array=lambda: np.ma.masked_array([1, 2], mask=[True, False], fill_value=9),
    a_numpy_float=lambda: np.float64(0.5),
    a_numpy_int=lambda: np.int32(5),
    a_numpy_time=lambda: np.datetime64("2020-01-01", "D"),
    a_numpy_text=lambda: np.str_("a"),
    a_list_of_arrays=lambda: [np.arange(2), np.arange(3)],
    a_dict_of_arrays=lambda: {"a": np.arange(2.0)},
)


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


# pandas.
def _with_index(index: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(len(index))}, index=index)


def _with_columns(columns: Any) -> pd.DataFrame:
    return pd.DataFrame(np.arange(2 * len(columns)).reshape(2, -1), columns=columns)


def _times(tz: Any = None, freq: Any = "D", unit: Any = "us") -> pd.DatetimeIndex:
    return pd.date_range("2024-03-30", periods=3, freq=freq, tz=tz, unit=unit)


@kind("a plain frame", "parquet")
def _plain_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "small": np.array([1, 2, 3], "u1"),
            "real": [0.5, math.nan, -0.0],
            "half": np.array([0.5, 1, 2], "f2"),
            "yes": [True, False, True],
            "text": ["a", None, "ü"],
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
            "how long": pd.to_timedelta(["1D", None, "2h"]),
        }
    )


_BIG = dt.date(9999, 12, 31)
kinds(
    "parquet",
    a_frame_of_numbers_and_text=lambda: _frame(a=[1, 2], b=["x", "y"]),
    a_frame_with_time_zones=lambda: _frame(
        a=_times("Europe/Berlin"),
        b=_times("UTC"),
        c=_times("America/New_York", unit="ns"),
    ),
    a_frame_with_a_fixed_time_zone=lambda: _frame(
        a=_times(dt.timezone(dt.timedelta(hours=5, minutes=30)))
    ),
    a_frame_of_nullable_numbers=lambda: _frame(
        a=pd.array([1, None], "Int64"),
        b=pd.array([1, None], "UInt8"),
        c=pd.array([True, None], "boolean"),
        d=pd.array([0.5, None], "Float32"),
        e=pd.array(["x", None], "string"),
    ),
    a_frame_of_text_kept_by_Python=lambda: _frame(
        a=pd.array(["x", None], pd.StringDtype("python")),
        b=pd.array(["x", None], pd.StringDtype("python", na_value=math.nan)),
        c=pd.array(["x", None], pd.StringDtype("pyarrow")),
        d=pd.array(["x", None], pd.StringDtype("pyarrow", na_value=math.nan)),
    ),
    a_frame_of_periods=lambda: _frame(a=pd.PeriodIndex(["2024-01", None], freq="M")),
    a_frame_of_intervals=lambda: _frame(
        a=pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2)])
    ),
    a_frame_of_intervals_with_NaN=lambda: _frame(
        a=pd.arrays.IntervalArray.from_arrays(
            [0.5, math.nan], [1, math.nan], closed="left"
        )
    ),
    objects_that_are_text_and_None=lambda: _frame(a=_objects("x", None, "")),
    objects_that_are_text_and_NaN=lambda: _frame(a=_objects("x", math.nan)),
    objects_that_are_text_and_NA=lambda: _frame(a=_objects("x", pd.NA)),
    objects_that_are_text=lambda: _frame(a=_objects("x", "y"), b=[1, 2]),
    objects_that_are_bytes_and_None=lambda: _frame(a=_objects(b"\x00\xff", None)),
    objects_that_are_ints=lambda: _frame(a=_objects(1, -(2**63))),
    objects_that_are_ints_and_None=lambda: _frame(a=_objects(2**63 - 1, None)),
    objects_that_are_bools=lambda: _frame(a=_objects(True, False)),
    objects_that_are_bools_and_None=lambda: _frame(a=_objects(True, None)),
    objects_that_are_bools_and_NaN=lambda: _frame(a=_objects(True, math.nan)),
    objects_that_are_floats=lambda: _frame(a=_objects(0.5, -0.0)),
    objects_that_are_floats_and_NaN=lambda: _frame(a=_objects(0.5, math.nan)),
    objects_that_are_floats_and_None=lambda: _frame(a=_objects(0.5, None)),
    objects_that_are_dates=lambda: _frame(a=_objects(dt.date(1, 1, 1), None, _BIG)),
    objects_that_are_decimals=lambda: _frame(
        a=_objects(decimal.Decimal("1.50"), None, decimal.Decimal("-2.25"))
    ),
    objects_that_are_None=lambda: _frame(a=_objects(None, None)),
    objects_that_are_NaN=lambda: _frame(a=_objects(math.nan, math.nan)),
    objects_that_are_NaT=lambda: _frame(a=_objects(pd.NaT, pd.NaT)),
    an_index_of_ints=lambda: _with_index(pd.Index([3, 1, 1], name="id")),
    an_index_of_small_ints=lambda: _with_index(pd.Index([3, 1], dtype="uint8")),
    an_index_of_floats=lambda: _with_index(pd.Index([0.5, math.nan])),
    an_index_of_bools=lambda: _with_index(pd.Index([True, False])),
    an_index_of_text=lambda: _with_index(pd.Index(["b", None, "a"], name="k")),
    an_index_of_text_objects=lambda: _with_index(pd.Index(["b", None], dtype=object)),
    an_index_of_nullable_ints=lambda: _with_index(pd.Index([1, None], dtype="Int64")),
    an_index_of_dates_as_objects=lambda: _with_index(
        pd.Index([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], dtype=object)
    ),
    an_index_of_times_with_frequency=lambda: _with_index(_times()),
    an_index_of_times_without_frequency=lambda: _with_index(
        pd.DatetimeIndex(["2024-01-01"])
    ),
    an_index_of_business_days=lambda: _with_index(_times(freq="B")),
    an_index_of_weeks_ending_on_Wednesday=lambda: _with_index(_times(freq="2W-WED")),
    an_index_of_days_over_a_change_of_clocks=lambda: _with_index(_times("Europe/Berlin")),
    an_index_of_durations_with_frequency=lambda: _with_index(
        pd.timedelta_range("1h", periods=3, freq="90min", name="t")
    ),
    an_index_of_periods=lambda: _with_index(
        pd.period_range("2024Q1", periods=3, freq="Q")
    ),
    an_index_of_intervals=lambda: _with_index(pd.interval_range(0, 3)),
    a_range_index_with_step=lambda: _with_index(pd.RangeIndex(10, 0, -3, name="r")),
    an_index_named_as_a_column=lambda: _with_index(pd.Index([5, 6], name="a")),
    an_index_named_by_an_int=lambda: _with_index(pd.Index([5, 6], name=7)),
    an_index_named_by_a_tuple=lambda: _with_index(pd.Index([5, 6], name=("a", 1, None))),
    an_index_named_by_an_empty_text=lambda: _with_index(pd.Index([5, 6], name="")),
    a_multi_level_index=lambda: _with_index(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None])
    ),
    a_multi_level_index_with_nulls=lambda: _with_index(
        pd.MultiIndex.from_arrays([["x", None, "y"], [0.5, math.nan, 1.5]])
    ),
    a_multi_level_index_with_equal_names=lambda: _with_index(
        pd.MultiIndex.from_arrays([[1, 2], [3, 4]], names=["k", "k"])
    ),
    a_multi_level_index_of_times=lambda: _with_index(
        pd.MultiIndex.from_product([_times(), ["x", "y"]], names=["t", "k"])
    ),
    a_multi_level_index_of_text_objects=lambda: _with_index(
        pd.MultiIndex.from_arrays([pd.Index(["x", "y"], dtype=object), [1, 2]])
    ),
    a_multi_level_index_with_unused_levels=lambda: _with_index(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]])[:2]
    ),
    a_multi_level_index_with_unsorted_levels=lambda: _with_index(
        pd.MultiIndex(levels=[["y", "x"]], codes=[[0, 1]])
    ),
    a_multi_level_index_of_ints_with_nulls=lambda: _with_index(
        pd.MultiIndex(levels=[[1, 2], ["x"]], codes=[[0, -1], [0, 0]])
    ),
    columns_with_NaN=lambda: _with_columns(pd.Index(["a", math.nan], dtype=object)),
    int_columns=lambda: pd.DataFrame(np.eye(2)),
    int_columns_out_of_order=lambda: _with_columns([5, 3]),
    range_columns_with_step=lambda: _with_columns(pd.RangeIndex(0, 6, 2)),
    float_columns=lambda: _with_columns([0.5, 1.0]),
    bool_columns=lambda: _with_columns([True, False]),
    text_object_columns=lambda: _with_columns(pd.Index(["a", "b"], dtype=object)),
    duplicate_columns=lambda: _with_columns(["a", "b", "a"]),
    columns_that_look_like_duplicates=lambda: _with_columns(["a", "a", "a.1"]),
    named_columns=lambda: _with_columns(pd.Index(["a", "b"], name="n")),
    columns_named_by_a_tuple=lambda: _with_columns(pd.Index(["a", "b"], name=("n", 1))),
    columns_with_an_empty_label=lambda: _with_columns(["", "__index_level_0__"]),
    columns_that_are_times=lambda: _with_columns(_times()),
    columns_that_are_times_in_a_time_zone=lambda: _with_columns(_times("Europe/Berlin")),
    columns_that_are_periods=lambda: _with_columns(pd.period_range("2024-01", periods=2)),
    multi_level_columns=lambda: _with_columns(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None])
    ),
    multi_level_columns_and_index=lambda: pd.DataFrame(
        np.eye(4),
        index=pd.MultiIndex.from_product([["x", "y"], [1, 2]]),
        columns=pd.MultiIndex.from_product([[0.5, 1.5], ["p", "q"]]),
    ),
    a_frame_without_rows=lambda: _plain_frame().iloc[:0],
    a_frame_of_objects_without_rows=lambda: _frame(a=_objects(), b=_objects()),
    attrs=lambda: _with_attrs(
        _frame(a=[1]), {"unit": "m", "nested": {"x": [1, 0.5, None]}}
    ),
    a_flag_against_duplicate_labels=lambda: _frame(a=[1]).set_flags(
        allows_duplicate_labels=False
    ),
    a_flag_against_duplicate_labels_and_int_columns=lambda: pd.DataFrame(
        np.eye(2)
    ).set_flags(allows_duplicate_labels=False),
    a_fragmented_frame=lambda: pd.concat([_frame(a=[1]), _frame(b=[0.5])], axis=1),
    a_pivoted_frame=lambda: _frame(k=["x", "y"], t=[1, 2], v=[0.5, 1.5]).pivot(
        index="k", columns="t", values="v"
    ),
    a_grouped_and_aggregated_frame=lambda: (
        _frame(k=["x", "y", "x"], v=[1, 2, 3]).groupby("k").agg({"v": ["sum", "mean"]})
    ),
    a_described_frame=lambda: _frame(v=[1, 2, 3], w=[0.5, 1, 2]).describe(),
    a_frame_of_Arrow_dtypes=lambda: _frame(
        a=pd.array(["x", None], pd.ArrowDtype(pa.string())),
        b=pd.array([1, None], pd.ArrowDtype(pa.int16())),
        c=pd.array([dt.time(1), None], pd.ArrowDtype(pa.time64("us"))),
        d=pd.array([decimal.Decimal("1.5"), None], pd.ArrowDtype(pa.decimal128(9, 2))),
    ),
    a_series=lambda: pd.Series([0.5, math.nan], name="v"),
    a_series_without_a_name=lambda: pd.Series([1, 2]),
    a_series_named_by_an_int=lambda: pd.Series([1, 2], name=0),
    a_series_named_by_a_tuple=lambda: pd.Series([1, 2], name=("a", 1)),
    a_series_with_an_index=lambda: pd.Series([1, 2, 3], index=_times(), name="v"),
    a_series_with_a_multi_level_index=lambda: _frame(
        k=["x", "y"], j=[1, 1], v=[0.5, 1]
    ).set_index(["k", "j"])["v"],
    a_series_named_as_its_index=lambda: pd.Series(
        [1], index=pd.Index([5], name="v"), name="v"
    ),
    a_series_of_objects=lambda: _objects("a", None),
    a_series_with_attrs=lambda: _with_attrs(pd.Series([1]), {"a": 1}),
    an_empty_series=lambda: pd.Series([], dtype="float64"),
    a_series_with_a_flag=lambda: pd.Series([1]).set_flags(allows_duplicate_labels=False),
)
kinds(
    "arrow",
    a_frame_with_categories=lambda: _frame(
        a=pd.Categorical(["x", None, "y"], categories=["y", "unused", "x"])
    ),
    a_frame_with_ordered_categories=lambda: _frame(
        a=pd.Categorical(["lo", "hi"], categories=["lo", "mid", "hi"], ordered=True)
    ),
    a_frame_with_int_categories=lambda: _frame(
        a=pd.Categorical([3, 1], categories=[3, 1, 2])
    ),
    a_frame_with_categories_that_are_times=lambda: _frame(
        a=pd.Categorical(pd.DatetimeIndex(["2024-01-01", "2024-01-02"]))
    ),
    an_index_of_categories=lambda: _with_index(
        pd.CategoricalIndex(["x", "y"], categories=["y", "x"], name="c")
    ),
    a_multi_level_index_of_categories=lambda: _with_index(
        pd.MultiIndex.from_arrays(
            [pd.Categorical(["x", "y"], categories=["y", "x"]), [1, 2]]
        )
    ),
    an_index_without_columns=lambda: pd.DataFrame(index=pd.RangeIndex(3)),
    an_empty_frame=lambda: pd.DataFrame(),
    a_frame_of_seconds=lambda: _frame(a=pd.array(["2024-01-01"], "datetime64[s]")),
    a_series_of_categories=lambda: pd.Series(["x", "y"], dtype="category", name="c"),
)
kinds(
    None,
    objects_that_are_lists=lambda: _frame(a=_objects([1, 2], [], None, [None, 3])),
    objects_that_are_lists_of_text=lambda: _frame(a=_objects(["x"], ["y", "z"])),
    objects_that_are_lists_of_equal_length=lambda: _frame(a=_objects([1, 2], [3, 4])),
    objects_that_are_empty_lists=lambda: _frame(a=_objects([], [])),
    a_frame_of_Arrow_lists=lambda: _frame(
        a=pd.array([[1], None], pd.ArrowDtype(pa.list_(pa.int64()))),
        b=pd.array([{"x": 1}, None], pd.ArrowDtype(pa.struct([("x", pa.int8())]))),
    ),
    an_index_of_texts_without_columns=lambda: pd.DataFrame(index=["x", "y"]),
    a_frame_with_categories_without_rows=lambda: _frame(
        a=pd.Categorical(["x"], categories=["y", "x"])
    ).iloc[:0],
    a_frame_with_categories_that_are_intervals=lambda: _frame(a=pd.cut([1, 5, 9], 3)),
    a_frame_with_object_categories=lambda: _frame(
        a=pd.Categorical(["x"], categories=pd.Index(["x", "y"], dtype=object))
    ),
    a_frame_with_bool_categories=lambda: _frame(a=pd.Categorical([True, False, None])),
    a_frame_with_float_categories=lambda: _frame(a=pd.Categorical([0.5, 1.5])),
    a_frame_with_categories_with_frequency=lambda: _frame(a=pd.Categorical(_times())),
    columns_that_are_categories=lambda: _with_columns(pd.CategoricalIndex(["x", "y"])),
    columns_that_are_intervals=lambda: _with_columns(pd.interval_range(0, 2)),
    columns_without_rows_of_int_labels=lambda: pd.DataFrame(columns=[1, 2]),
    a_multi_level_index_with_one_level=lambda: _with_index(
        pd.MultiIndex.from_arrays([[1, 2]])
    ),
    a_frame_read_only_underneath=lambda: pd.DataFrame(_read_only(np.eye(2)), copy=False),
    a_frame_of_big_endian_numbers=lambda: pd.DataFrame({"a": np.array([1, 2], ">i8")}),
    an_Arrow_dtype_index=lambda: _with_index(pd.Index([1, 2], dtype="int8[pyarrow]")),
    a_frame_of_Arrow_dictionaries=lambda: _frame(
        a=pd.array(["x", None], pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())))
    ),
    a_frame_of_Arrow_times_in_a_time_zone=lambda: _frame(
        a=pd.array(
            [dt.datetime(2024, 1, 1)], pd.ArrowDtype(pa.timestamp("us", "Asia/Tokyo"))
        )
    ),
    columns_named_by_surrogates=lambda: _with_columns(
        pd.Index(["\ud800", "b"], dtype=object)
    ),
)
kinds(
    "pickle",
    objects_of_several_types=lambda: _frame(a=_objects(1, "a", None)),
    objects_that_are_ints_and_floats=lambda: _frame(a=_objects(1, 1.0)),
    objects_that_are_bools_and_ints=lambda: _frame(a=_objects(True, 1)),
    objects_that_are_numpy_scalars=lambda: _frame(
        a=_objects(np.float64(1), np.float64(2))
    ),
    objects_that_are_numpy_text=lambda: _frame(a=_objects(np.str_("x"), "y")),
    objects_with_None_and_NaN=lambda: _frame(a=_objects("x", None, math.nan)),
    objects_with_None_and_NaN_only=lambda: _frame(a=_objects(None, math.nan)),
    objects_that_are_floats_with_None_and_NaN=lambda: _frame(
        a=_objects(0.5, None, math.nan)
    ),
    objects_that_are_big_ints=lambda: _frame(a=_objects(2**70, 1)),
    objects_that_are_dicts=lambda: _frame(a=_objects({"x": 1}, {"y": 2})),
    objects_that_are_sets=lambda: _frame(a=_objects({1}, {2})),
    objects_that_are_tuples=lambda: _frame(a=_objects((1, 2), (3,))),
    objects_that_are_arrays=lambda: _frame(a=_objects(np.arange(2), np.arange(3))),
    objects_that_are_lists_of_lists=lambda: _frame(a=_objects([[1]], [[2]])),
    objects_that_are_lists_with_NaN=lambda: _frame(a=_objects([0.5, math.nan])),
    objects_that_are_mixed_lists=lambda: _frame(a=_objects([1, "a"])),
    objects_that_are_decimals_of_two_scales=lambda: _frame(
        a=_objects(decimal.Decimal("1.5"), decimal.Decimal("1.50"))
    ),
    objects_that_are_decimals_with_negative_zero=lambda: _frame(
        a=_objects(decimal.Decimal("-0.0"))
    ),
    objects_that_are_datetimes=lambda: _frame(
        a=_objects(dt.datetime(2024, 1, 1, fold=1))
    ),
    objects_that_are_timestamps=lambda: _frame(a=_objects(pd.Timestamp("2024-01-01"))),
    objects_that_are_texts_and_subclasses=lambda: _frame(
        a=_objects("a", TaggedText("b"))
    ),
    objects_that_are_surrogates=lambda: _frame(a=_objects("\ud800")),
    a_frame_of_nullable_floats_with_NaN=lambda: _frame(
        a=pd.arrays.FloatingArray(
            np.array([math.nan, 1, 2]), np.array([False, True, False])
        )
    ),
    a_sparse_frame=lambda: _frame(a=pd.arrays.SparseArray([0, 0, 1])),
    a_frame_of_complex_numbers=lambda: _frame(a=[1 + 2j]),
    a_frame_of_long_doubles=lambda: pd.DataFrame({"a": np.array([0.1], "g")}),
    a_frame_subclass=lambda: TaggedFrame({"a": [1]}),
    attrs_with_a_tuple=lambda: _with_attrs(_frame(a=[1]), {"a": (1, 2)}),
    attrs_with_int_keys=lambda: _with_attrs(_frame(a=[1]), {1: 2}),
    attrs_with_a_frame=lambda: _with_attrs(_frame(a=[1]), {"a": {1, 2}}),
    mixed_columns=lambda: _with_columns([1, "a"]),
    an_index_of_mixed_objects=lambda: _with_index(pd.Index([1, "a"])),
    an_index_of_tuples=lambda: _with_index(pd.Index([(1, 2), (3,)], tupleize_cols=False)),
    an_index_named_by_a_date=lambda: _with_index(pd.Index([1], name=dt.date(2024, 1, 1))),
    an_index_of_custom_business_days=lambda: _with_index(
        _times(freq=pd.offsets.CustomBusinessDay(holidays=["2024-04-01"]))
    ),
    a_series_named_by_a_timestamp=lambda: pd.Series([1], name=pd.Timestamp("2024-01-01")),
    an_index=lambda: pd.Index([1, 2], name="i"),
    a_timestamp=lambda: pd.Timestamp("2024-01-01", tz="UTC"),
    a_categorical=lambda: pd.Series(["x"]).astype("category").dtype,
    frames_in_a_dict=lambda: {"a": _frame(a=[1])},
)


# Arrow.
_METADATA = {b"key": b"\x00\xff", b"other": b""}
kinds(
    "parquet",
    an_Arrow_table=lambda: pa.table(
        {"a": [1, None], "b": ["x", None], "c": [math.nan, None]}
    ),
    an_Arrow_table_with_metadata=lambda: pa.table(
        {"a": [1]},
        schema=pa.schema([pa.field("a", pa.int32(), False, {"f": "g"})], _METADATA),
    ),
    an_Arrow_table_of_decimals=lambda: pa.table(
        {"a": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2))}
    ),
    an_Arrow_table_without_rows=lambda: pa.table({"a": pa.array([], pa.int8())}),
    an_Arrow_table_in_chunks=lambda: pa.table(
        {"a": pa.chunked_array([[1], [], [2, None]])}
    ),
    an_Arrow_table_of_pandas=lambda: pa.Table.from_pandas(_plain_frame()),
    a_sliced_Arrow_table=lambda: pa.table(
        {"a": list(range(10)), "b": list("abcdefghij")}
    )[3:6],
    an_Arrow_batch=lambda: pa.RecordBatch.from_pydict({"a": [1, None], "b": ["x", "y"]}),
    an_Arrow_batch_without_rows=lambda: pa.RecordBatch.from_pydict(
        {"a": pa.array([], "i4")}
    ),
)
kinds(
    "arrow",
    an_Arrow_table_of_dictionaries=lambda: pa.table(
        {
            "a": pa.DictionaryArray.from_arrays(
                [1, None, 0], ["x", "y", "unused"], ordered=True
            )
        }
    ),
    an_Arrow_table_of_different_dictionaries=lambda: pa.table(
        {
            "a": pa.chunked_array(
                [pa.array(["x"]).dictionary_encode(), pa.array(["y"]).dictionary_encode()]
            )
        }
    ),
    an_Arrow_batch_of_dictionaries=lambda: pa.RecordBatch.from_pydict(
        {"a": pa.array(["x", "y", None]).dictionary_encode()}
    ),
    an_Arrow_table_without_columns=lambda: pa.table({"a": [1, 2, 3]}).select([]),
    an_Arrow_table_without_anything=lambda: pa.table({}),
    an_Arrow_batch_without_columns=lambda: pa.RecordBatch.from_struct_array(
        pa.array([{}] * 3, pa.struct([]))
    ),
    an_Arrow_table_of_seconds=lambda: pa.table({"a": pa.array([1], pa.timestamp("s"))}),
)
kinds(
    None,
    an_Arrow_table_of_nested_values=lambda: pa.table(
        {
            "list": pa.array([[1, None], None, []], pa.list_(pa.int8())),
            "struct": pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": None}]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
            "fixed": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
            "deep": pa.array([[{"x": [1]}], [], None]),
        }
    ),
    an_Arrow_table_of_all_sorts=lambda: pa.table(
        {
            "null": pa.nulls(2),
            "half": pa.array(np.array([0.5, 1], "f2")),
            "time32": pa.array([1, None], pa.time32("s")),
            "time64": pa.array([1, None], pa.time64("ns")),
            "date64": pa.array([dt.date(2024, 1, 1), None], pa.date64()),
            "duration": pa.array([1, None], pa.duration("ms")),
            "zoned": pa.array([1, None], pa.timestamp("ns", "Asia/Tokyo")),
            "large": pa.array(["x", None], pa.large_string()),
            "binary": pa.array([b"\x00", None], pa.large_binary()),
            "fixed": pa.array([b"ab", None], pa.binary(2)),
            "d256": pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 3)),
        }
    ),
    an_Arrow_table_of_views=lambda: pa.table(
        {"a": pa.array(["x", None], pa.string_view())}
    ),
    an_Arrow_table_of_run_lengths=lambda: pa.table(
        {"a": pa.RunEndEncodedArray.from_arrays([2, 3], ["x", "y"])}
    ),
    an_Arrow_table_of_a_union=lambda: pa.table(
        {
            "a": pa.UnionArray.from_sparse(
                pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])]
            )
        }
    ),
    an_Arrow_table_of_an_extension=lambda: pa.table(
        {
            "a": pa.ExtensionArray.from_storage(
                pa.uuid(), pa.array([b"0" * 16], pa.binary(16))
            )
        }
    ),
    an_Arrow_table_with_duplicate_columns=lambda: pa.Table.from_arrays(
        [pa.array([1]), pa.array(["x"])], names=["a", "a"]
    ),
    an_Arrow_table_of_dictionaries_without_rows=lambda: pa.table(
        {"a": pa.array(["x"]).dictionary_encode()}
    )[:0],
    an_Arrow_batch_in_a_slice=lambda: pa.RecordBatch.from_pydict({"a": list(range(9))})[
        2:5
    ],
    an_Arrow_stream=lambda: pa.RecordBatchReader.from_batches(
        pa.schema({"a": pa.int64()}),
        [
            pa.RecordBatch.from_pydict({"a": [1, 2]}),
            pa.RecordBatch.from_pydict({"a": [3]}),
        ],
    ),
    an_Arrow_stream_without_batches=lambda: pa.RecordBatchReader.from_batches(
        pa.schema({"a": pa.int64()}, _METADATA), []
    ),
)
kinds(
    "pickle",
    an_Arrow_array=lambda: pa.array([1, 2]),
    an_Arrow_scalar=lambda: pa.scalar(1),
    an_Arrow_schema=lambda: pa.schema({"a": pa.int64()}, _METADATA),
    an_Arrow_table_with_our_own_key=lambda: pa.table({"a": [1]}).replace_schema_metadata(
        {"entrepot:python": "mine"}
    ),
)


# polars.
def _columns(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)


@kind("a plain polars frame")
def _polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "whole": [1, None, 3],
            "real": [0.5, math.nan, None],
            "text": ["a", None, "ü"],
            "yes": [True, None, False],
            "day": [dt.date(2024, 1, 1), None, dt.date(1, 1, 1)],
        }
    )


kinds(
    None,
    a_polars_frame_without_rows=lambda: _polars_frame().clear(),
    a_polars_frame_without_columns=lambda: pl.DataFrame(height=3),
    a_polars_frame_without_anything=lambda: pl.DataFrame(),
    a_polars_frame_in_chunks=lambda: pl.concat(
        [_columns(a=[1]), _columns(a=[2])], rechunk=False
    ),
    a_sliced_polars_frame=lambda: _polars_frame()[1:2],
    a_polars_frame_of_bytes=lambda: _columns(a=[b"\x00", None]),
    a_polars_frame_of_Decimal=lambda: _columns(
        a=pl.Series(["1.50", None]).cast(pl.Decimal(12, 2))
    ),
    a_polars_frame_of_times=lambda: _columns(
        a=[dt.time(1, 2, 3), None],
        b=pl.Series([dt.timedelta(1), None], dtype=pl.Duration("ms")),
        c=pl.Series([dt.datetime(2024, 1, 1), None], dtype=pl.Datetime("ns")),
        d=pl.Series(
            [dt.datetime(2024, 1, 1), None], dtype=pl.Datetime("us", "Asia/Tokyo")
        ),
    ),
    a_polars_frame_of_List=lambda: _columns(
        a=[[1, None], None, []], b=[["x"], [], [None]]
    ),
    a_polars_frame_of_Array=lambda: _columns(
        a=pl.Series([[1, 2], None], dtype=pl.Array(pl.Int8, 2)),
        b=pl.Series([[[1], [2]], None], dtype=pl.Array(pl.Int8, (2, 1))),
    ),
    a_polars_frame_of_Struct=lambda: _columns(
        a=[{"x": 1, "y": [None]}, None, {"x": None, "y": []}]
    ),
    a_polars_frame_of_Null=lambda: _columns(a=[None, None]),
    a_polars_frame_of_Enum_in_List=lambda: _columns(
        a=pl.Series([["x"], None], dtype=pl.List(pl.Enum(["y", "x"])))
    ),
    a_polars_frame_of_small_numbers=lambda: _columns(
        **{
            str(dtype): pl.Series([1, None], dtype=dtype)
            for dtype in (
                pl.Int8,
                pl.Int16,
                pl.Int32,
                pl.UInt8,
                pl.UInt16,
                pl.UInt32,
                pl.UInt64,
            )
        },
        real=pl.Series([0.5, -0.0], dtype=pl.Float32),
    ),
    a_polars_frame_of_128_bit_ints=lambda: _columns(
        a=pl.Series([2**100, None], dtype=pl.Int128)
    ),
    a_polars_series=lambda: pl.Series("v", [0.5, math.nan, None]),
    a_polars_series_without_a_name=lambda: pl.Series([1, 2]),
    a_polars_series_without_rows=lambda: pl.Series("v", [], dtype=pl.Time),
    a_polars_series_of_Struct=lambda: pl.Series("v", [{"x": 1}, None]),
    a_sorted_polars_series=lambda: pl.Series("v", [3, 1, 2]).sort(),
)
kinds(
    "arrow",
    a_polars_frame_of_Categorical=lambda: _columns(
        a=pl.Series(["x", None, "y"], dtype=pl.Categorical)
    ),
    a_polars_frame_of_named_Categories=lambda: _columns(
        a=pl.Series(["x", None], dtype=pl.Categorical(pl.Categories("mine", "here")))
    ),
    a_polars_frame_of_Enum=lambda: _columns(
        a=pl.Series(["x", None], dtype=pl.Enum(["y", "unused", "x"]))
    ),
    a_polars_frame_of_Enum_without_rows=lambda: _columns(
        a=pl.Series([], dtype=pl.Enum(["y", "x"]))
    ),
    a_polars_series_of_Enum=lambda: pl.Series("v", ["x"], dtype=pl.Enum(["x", "y"])),
)
kinds(
    "pickle",
    a_polars_plan=lambda: _columns(a=[1, 2]).lazy().filter(pl.col("a") > 1),
    a_polars_dtype=lambda: pl.Enum(["a"]),
)

# ----------------------------------------------------------- stored here, read elsewhere


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
    instance.store("array", _read_only(np.arange(3)))
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
        lambda: _frame(a=[1, 2], b=["x", "y"]),
        lambda: _columns(a=[1, 2], b=["x", "y"]),
    ),
    "a pandas frame as an Arrow stream": (
        lambda: _frame(a=[1, 2]),
        lambda: pa.Table.from_pandas(_frame(a=[1, 2])).to_reader(),
    ),
    "a pandas frame as an array": (
        lambda: _frame(a=[1, 2], b=[3, 4]),
        lambda: np.array([[1, 3], [2, 4]]),
    ),
    "a polars frame as a pandas frame": (
        lambda: _columns(a=[1, 2], b=["x", None]),
        lambda: _frame(a=[1, 2], b=["x", None]),
    ),
    "a polars frame of categories as a pandas frame": (
        lambda: _columns(a=pl.Series(["x"], dtype=pl.Enum(["x", "y"]))),
        lambda: _frame(a=pd.Categorical(["x"], categories=["x", "y"], ordered=True)),
    ),
    "a polars frame as a plan": (lambda: _columns(a=[1]), lambda: _columns(a=[1]).lazy()),
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
        lambda: _frame(a=[1]),
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
