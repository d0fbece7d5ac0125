"""How large a value is: rows, and estimates of bytes."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from entrepot._values.type_names import canonical_name, satisfies

_TABLES = (
    "pandas.DataFrame",
    "pandas.Series",
    "polars.DataFrame",
    "polars.Series",
    "pyarrow.Table",
    "pyarrow.RecordBatch",
)

_SCALAR_BYTES = 64
_SAMPLED_ITEMS = 32
_MAX_DEPTH = 3


def num_rows(obj: Any) -> int | None:
    """Return the rows of a frame, series or table; None for all else."""
    is_table = any(canonical_name(base) in _TABLES for base in type(obj).__mro__)
    return len(obj) if is_table else None


def size_of(obj: object) -> int:
    """Return the bytes that `obj` holds: known for arrays and tables, else an estimate.

    Containers are estimated by their first items, and objects by their attributes, three
    levels deep.
    """
    return _size_of(obj, depth=0)


def _size_of(obj: Any, *, depth: int) -> int:
    cls = type(obj)
    if cls is str or cls is bytes:
        return len(obj)
    if cls in (int, float, bool, type(None)):
        return _SCALAR_BYTES
    if satisfies(cls, "pandas.DataFrame"):
        dtypes = list(obj.dtypes)
        numbers = sum(dtype.itemsize for dtype in dtypes if _holds_numbers(dtype))
        others = (
            obj.iloc[:, i] for i, dtype in enumerate(dtypes) if not _holds_numbers(dtype)
        )
        return (
            len(obj) * numbers + sum(map(_size_of_series, others)) + _size_of_index(obj)
        )
    if satisfies(cls, "pandas.Series"):
        return _size_of_series(obj) + _size_of_index(obj)
    if satisfies(cls, "polars.DataFrame") or satisfies(cls, "polars.Series"):
        return int(obj.estimated_size())
    nbytes = getattr(obj, "nbytes", None)  # numpy, pyarrow, memoryview and their like.
    if isinstance(nbytes, int):
        return nbytes
    return _size_of_parts(obj, depth=depth)


def _holds_numbers(dtype: Any) -> bool:
    return type(dtype).__module__.startswith("numpy") and dtype.kind != "O"


def _size_of_series(series: Any) -> int:
    return len(series) * _SCALAR_BYTES if series.dtype == "object" else int(series.nbytes)


def _size_of_index(obj: Any) -> int:
    index = obj.index
    # A MultiIndex has its nbytes only by a walk over its levels.
    return len(index) * 8 * index.nlevels


def _size_of_parts(obj: Any, *, depth: int) -> int:
    own = sys.getsizeof(obj, _SCALAR_BYTES)
    if depth >= _MAX_DEPTH:
        return own
    if isinstance(obj, dict):
        parts: Any = (part for item in obj.items() for part in item)
        count = 2 * len(obj)
    elif isinstance(obj, (list, tuple, set, frozenset)):
        parts, count = obj, len(obj)
    else:
        parts = getattr(obj, "__dict__", {}).values()
        count = len(parts)
    sizes = [_size_of(part, depth=depth + 1) for part in islice(parts, _SAMPLED_ITEMS)]
    return own + (sum(sizes) * count // len(sizes) if sizes else 0)
