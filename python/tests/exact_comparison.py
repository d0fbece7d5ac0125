"""The strict comparison of values of every kind."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa


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
