"""Python objects in pandas: columns of dtype object as one Arrow type, names as JSON.

Arrow has one type per column and one kind of null. So a column comes back as it was if
its values are of one Python type, exactly, and its nulls of one kind.
"""

from __future__ import annotations

import datetime
import decimal
import math
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

# Of text and bytes, to see whether values repeat.
_SAMPLED_ROWS = 1000

_NONE = type(None)
_NULLS: dict[str, Any] = {"None": None, "nan": np.nan, "NA": pd.NA, "NaT": pd.NaT}
_NULL_NAMES = {type(null): name for name, null in _NULLS.items()}
_SCALARS = frozenset({str, bytes, bool, int, float, datetime.date})
_ITEMS = frozenset({str, bytes, bool, int, float, _NONE})
_JSON_SCALARS = frozenset({str, bool, int, float, _NONE})


class Inexact(Exception):
    """A pandas object that would not come back as it was; says why."""


def null_kind(values: np.ndarray) -> str:
    """Return which null the objects have ("None" if they have none).

    Raises Inexact where the objects are not of one type that Arrow keeps exactly.
    """
    types = set(map(type, values))
    if len(types) == 1 and types < _SCALARS and float not in types:
        return "None"
    is_null = pd.isna(values)
    null_types = set(map(type, values[is_null]))
    types = set(map(type, values[~is_null]))
    if len(null_types) > 1 or not null_types <= _NULL_NAMES.keys():
        raise Inexact(f"nulls of several kinds: {_names(null_types)}")
    if len(types) > 1:
        raise Inexact(f"objects of several types: {_names(types)}")
    if types == {list}:
        _check_lists(values[~is_null])
    elif types == {decimal.Decimal}:
        _check_decimals(values[~is_null])
    elif not types <= _SCALARS:
        raise Inexact(f"objects of type {_names(types)}")
    return _NULL_NAMES[null_types.pop()] if null_types else "None"


def _names(types: set[type]) -> str:
    return ", ".join(sorted(t.__qualname__ for t in types))


def _check_lists(lists: np.ndarray) -> None:
    items = list(chain.from_iterable(lists))
    types = set(map(type, items))
    if not types <= _ITEMS or len(types - {_NONE}) > 1:
        raise Inexact(f"lists of several types: {_names(types)}")
    # It would come back as None.
    if float in types and any(math.isnan(item) for item in items if item is not None):
        raise Inexact("lists with NaN")


def _check_decimals(numbers: np.ndarray) -> None:
    parts = [number.as_tuple() for number in numbers]
    exponents = {part.exponent for part in parts}
    if len(exponents) > 1 or not all(isinstance(e, int) and e <= 0 for e in exponents):
        raise Inexact("decimals of several scales")
    if any(part.sign and not any(part.digits) for part in parts):
        raise Inexact("a negative zero")


def restore_objects(column: pa.ChunkedArray, kind: str) -> np.ndarray:
    """Return the objects that `null_kind` called `kind` before they became `column`."""
    if column.null_count == len(column):
        return np.full(len(column), _NULLS[kind], dtype=object)
    objects = _to_objects(column)
    if column.null_count and kind != "None":
        objects[column.is_null().to_numpy()] = _NULLS[kind]
    return objects


def _to_objects(column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_list(column.type):
        objects = np.empty(len(column), dtype=object)
        objects[:] = column.to_pylist()
        return objects
    if pa.types.is_date(column.type):
        return np.array(column.to_pandas(date_as_object=True), dtype=object)
    is_number = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if is_number or pa.types.is_boolean(column.type):
        filled = (
            column.fill_null(pa.scalar(0).cast(column.type))
            if column.null_count
            else column
        )
        objects = filled.to_numpy().astype(object)
        if column.null_count:
            objects[column.is_null().to_numpy()] = None
        return objects
    if _repeats(column):
        return _to_shared_objects(column)
    objects = column.to_numpy()
    return objects if objects.flags.writeable else objects.copy()


def _repeats(column: pa.ChunkedArray) -> bool:
    sample = column.slice(0, _SAMPLED_ROWS)
    return 2 * len(sample.unique()) < len(sample)


def _to_shared_objects(column: pa.ChunkedArray) -> np.ndarray:
    """Returns one object for all rows that have its value: less memory, sooner made."""
    objects = np.empty(len(column), dtype=object)
    begin = 0
    for chunk in column.dictionary_encode().chunks:
        values = np.full(len(chunk.dictionary) + 1, None, dtype=object)
        values[:-1] = chunk.dictionary.to_numpy(zero_copy_only=False)
        codes = chunk.indices.fill_null(len(values) - 1).to_numpy()
        objects[begin : begin + len(chunk)] = values[codes]
        begin += len(chunk)
    return objects


def name_to_json(name: object) -> Any:
    """Return the name of a series, index or level as JSON that `name_from_json` reads.

    Raises Inexact for what JSON cannot keep.
    """
    if type(name) is tuple:
        return {"tuple": [name_to_json(part) for part in name]}
    if type(name) not in _JSON_SCALARS or (
        type(name) is float and not math.isfinite(name)
    ):
        raise Inexact(f"a name of type {type(name).__qualname__}")
    return name


def name_from_json(name: Any) -> Any:
    """Return the name that `name_to_json` wrote."""
    if isinstance(name, dict):
        return tuple(name_from_json(part) for part in name["tuple"])
    return name


def is_json(obj: object) -> bool:
    """Return whether JSON keeps `obj` exactly."""
    if type(obj) is dict:
        return all(type(key) is str and is_json(value) for key, value in obj.items())
    if type(obj) is list:
        return all(map(is_json, obj))
    return type(obj) in _JSON_SCALARS and (type(obj) is not float or math.isfinite(obj))
