"""Copies of pandas objects that share their data until one is changed."""

from __future__ import annotations

import datetime
import decimal

import pandas as pd

from entrepot._values.pandas_objects import is_json

_IMMUTABLE = frozenset(
    {str, bytes, int, float, bool, complex, type(None), type(pd.NA), type(pd.NaT)}
    | {datetime.date, datetime.time, datetime.datetime, datetime.timedelta}
    | {decimal.Decimal, pd.Timestamp, pd.Timedelta}
)
# Whose dtypes, but for objects, hold what cannot be changed in place.
_OURS = ("numpy", "pandas")
_COPIES_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3


def copy_on_write(obj: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series | None:
    """Return a copy that behaves as a deep one; None if objects in it may be changed."""
    if not _COPIES_ON_WRITE or not is_json(obj.attrs):
        return None
    if isinstance(obj, pd.DataFrame):
        columns = [obj.iloc[:, i] for i, t in enumerate(obj.dtypes) if _may_share(t)]
        axes = [obj.index, obj.columns]
    else:
        columns = [obj] if _may_share(obj.dtype) else []
        axes = [obj.index, pd.Index([obj.name], dtype=object)]
    if not all(map(_is_immutable, columns)) or not all(map(_is_immutable_axis, axes)):
        return None
    return obj.copy(deep=False)


def _may_share(dtype: object) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return True
    return dtype == object or type(dtype).__module__.partition(".")[0] not in _OURS


def _is_immutable_axis(axis: pd.Index) -> bool:
    return all(map(_is_immutable, getattr(axis, "levels", [axis])))


def _is_immutable(values: pd.Series | pd.Index) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return _is_immutable(values.dtype.categories)
    if not _may_share(values.dtype):
        return True
    return values.dtype == object and set(map(type, values.to_numpy())) <= _IMMUTABLE
