"""pandas indexes: what Arrow columns do not say of them, and strict comparison."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.tseries.frequencies import to_offset

from entrepot._values.pandas_objects import Inexact, name_from_json, name_to_json

# Of a level that travels as a table.
_MAX_LABELS = 100_000

_WITH_FREQ = (pd.DatetimeIndex, pd.TimedeltaIndex)


ToTable = Callable[[pd.Index], pa.Table]
FromTable = Callable[[pa.Table], pd.Index]


def describe_rows(
    index: pd.Index, fields: list[str], to_table: ToTable
) -> dict[str, Any]:
    """Return, as JSON, what restores the row index from the table's columns `fields`.

    Levels that are not what their values make them travel as tables made by `to_table`.
    Raises Inexact.
    """
    described: dict[str, Any] = {"names": [name_to_json(name) for name in index.names]}
    if isinstance(index, pd.RangeIndex) and not fields:
        return described | {"range": [index.start, index.stop, index.step]}
    described["fields"] = fields
    if isinstance(index, pd.MultiIndex):
        levels = [_describe_level(index, i, to_table) for i in range(index.nlevels)]
        return described | {"levels": levels}
    return described | {"freq": _freq(index)}


def _freq(index: pd.Index) -> str | None:
    if not isinstance(index, _WITH_FREQ) or index.freq is None:
        return None
    text = index.freq.freqstr
    if to_offset(text) != index.freq or type(to_offset(text)) is not type(index.freq):
        raise Inexact(f"a frequency that is more than '{text}'")
    try:
        # Checks the values against the frequency, as restoring will.
        type(index)(pd.Series(index).array, freq=text)
    except ValueError as error:
        raise Inexact(f"values that are not of frequency '{text}'") from error
    return text


def _describe_level(index: pd.MultiIndex, i: int, to_table: ToTable) -> dict[str, Any]:
    level, codes, values = index.levels[i], index.codes[i], index.get_level_values(i)
    if _is_made_of(level, codes, values):
        return {"freq": _freq(level)}
    is_small = len(level) <= _MAX_LABELS or isinstance(level, pd.RangeIndex)
    is_restorable = is_small and not level.hasnans
    if not is_restorable or not np.array_equal(level.get_indexer(values), codes):
        raise Inexact("an index level that its values do not tell")
    return {"labels": _to_text(to_table(level))}


def _is_made_of(level: pd.Index, codes: np.ndarray, values: pd.Index) -> bool:
    """Returns whether pandas makes such a level of the values: sorted, all of it used."""
    if isinstance(level, pd.RangeIndex) or level.hasnans:
        return False
    if not same_dtype(values.dtype, level.dtype):
        return False
    if isinstance(level, pd.CategoricalIndex):
        return np.array_equal(level.codes, np.arange(len(level.categories)))
    if not level.is_monotonic_increasing or not level.is_unique:
        return False
    return bool(np.all(np.bincount(codes[codes >= 0], minlength=len(level))))


def _to_text(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _from_text(text: str) -> pa.Table:
    return pa.ipc.open_stream(base64.b64decode(text)).read_all()


def restore_rows(
    described: dict[str, Any],
    num_rows: int,
    level_of: Callable[[str], pd.Series | None],
    from_table: FromTable,
) -> pd.Index:
    """Return the row index that `describe_rows` described.

    `level_of` gives the column of a field, or None where it was not loaded. Without all
    of its columns the index is a default one, and so is a range with rows left out.
    """
    names = [name_from_json(name) for name in described["names"]]
    if "range" in described:
        rows = range(*described["range"])
        return pd.RangeIndex(
            rows if len(rows) == num_rows else range(num_rows), name=names[0]
        )
    columns = [level_of(field) for field in described["fields"]]
    found = [pd.Index(c.array, dtype=c.dtype) for c in columns if c is not None]
    if len(found) < len(columns):
        return pd.RangeIndex(num_rows)
    if "levels" not in described:
        return _with_freq(found[0], described["freq"]).rename(names[0])
    made = pd.MultiIndex.from_arrays(found)
    levels, codes = list(made.levels), list(made.codes)
    for i, level in enumerate(described["levels"]):
        if "labels" in level:
            levels[i] = from_table(_from_text(level["labels"]))
            codes[i] = levels[i].get_indexer(found[i])
        else:
            levels[i] = _with_freq(levels[i], level["freq"])
    return pd.MultiIndex(levels, codes, names=names, verify_integrity=False)


def _with_freq(index: pd.Index, freq: str | None) -> pd.Index:
    if freq is None:
        return index
    try:
        return type(index)(index, freq=freq)  # pyright: ignore[reportCallIssue]
    except ValueError:
        return index  # Rows were left out: pandas would drop it, too.


def string_dtype_to_json(dtype: pd.StringDtype) -> list[str]:
    """Return what tells the dtype from the other string dtypes."""
    return [dtype.storage, "NA" if dtype.na_value is pd.NA else "nan"]


def string_dtype_from_json(described: Sequence[str]) -> pd.StringDtype:
    """Return the dtype that `string_dtype_to_json` described."""
    storage, null = described
    return pd.StringDtype(storage, na_value=pd.NA if null == "NA" else np.nan)


def are_field_names(columns: pd.Index) -> bool:
    """Return whether the labels are unique strings, as the names of fields are."""
    if type(columns) is not pd.Index or not columns.is_unique:
        return False
    if isinstance(columns.dtype, pd.StringDtype):
        return not columns.hasnans
    return columns.dtype == object and set(map(type, columns)) <= {str}


def describe_columns(
    columns: pd.Index, fields: list[str], to_table: ToTable
) -> dict[str, Any]:
    """Return, as JSON, what restores the column index of the table's columns `fields`.

    Labels that are not the names of the fields travel as a table of their own, made by
    `to_table`. Raises Inexact.
    """
    if are_field_names(columns):
        dtype = columns.dtype
        is_string = isinstance(dtype, pd.StringDtype)
        return {
            "dtype": string_dtype_to_json(dtype) if is_string else "object",
            "name": name_to_json(columns.name),
        }
    if type(columns) is pd.RangeIndex:
        rows = [columns.start, columns.stop, columns.step]
        return {"fields": fields, "range": rows, "name": name_to_json(columns.name)}
    return {"fields": fields, "labels": _to_text(to_table(columns))}


def restore_columns(
    described: dict[str, Any], fields: list[str], from_table: FromTable
) -> pd.Index:
    """Return the columns that `describe_columns` described, for the fields loaded."""
    if "dtype" in described:
        name = name_from_json(described["name"])
        if described["dtype"] == "object":
            return pd.Index(fields, dtype=object, name=name)
        return pd.Index(
            fields, dtype=string_dtype_from_json(described["dtype"]), name=name
        )
    if "range" in described:
        name = name_from_json(described["name"])
        columns: pd.Index = pd.RangeIndex(range(*described["range"]), name=name)
    else:
        columns = from_table(_from_text(described["labels"]))
    if fields == described["fields"]:
        return columns
    position = {field: i for i, field in enumerate(described["fields"])}
    return columns.take([position[field] for field in fields])


def same_name(a: object, b: object) -> bool:
    """Return whether two names are equal and of one type."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same_name, a, b))
    return bool(a == b)


def same_dtype(a: Any, b: Any) -> bool:
    """Return whether two dtypes are the same in all that pandas or numpy can tell."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.dtype):
        return a == b and a.str == b.str and a.metadata == b.metadata
    if isinstance(a, pd.CategoricalDtype):
        if a.ordered != b.ordered or (a.categories is None) != (b.categories is None):
            return False
        return a.categories is None or same_index(a.categories, b.categories)
    if isinstance(a, pd.StringDtype):
        return string_dtype_to_json(a) == string_dtype_to_json(b)
    if isinstance(a, pd.DatetimeTZDtype):
        return a.unit == b.unit and type(a.tz) is type(b.tz) and str(a.tz) == str(b.tz)
    if isinstance(a, pd.IntervalDtype):
        return a.closed == b.closed and same_dtype(a.subtype, b.subtype)
    return a == b and str(a) == str(b)


def same_index(a: pd.Index, b: pd.Index) -> bool:
    """Return whether two indexes are the same: class, names, dtype, frequency, values."""
    return same_kind_of_index(a, b) and len(a) == len(b) and _same_values(a, b)


def same_kind_of_index(a: pd.Index, b: pd.Index) -> bool:
    """Return whether two indexes are the same but for their values."""
    if type(a) is not type(b) or not all(map(same_name, a.names, b.names)):
        return False
    if isinstance(a, pd.MultiIndex) or isinstance(b, pd.MultiIndex):
        return a.nlevels == b.nlevels and all(
            same_dtype(a.get_level_values(i).dtype, b.get_level_values(i).dtype)
            for i in range(a.nlevels)
        )
    freqs = getattr(a, "freq", None), getattr(b, "freq", None)
    return freqs[0] == freqs[1] and same_dtype(a.dtype, b.dtype)


def _same_values(a: pd.Index, b: pd.Index) -> bool:
    if isinstance(a, pd.MultiIndex) and isinstance(b, pd.MultiIndex):
        return all(map(same_index, a.levels, b.levels)) and all(
            map(np.array_equal, a.codes, b.codes)
        )
    if isinstance(a, pd.RangeIndex) and isinstance(b, pd.RangeIndex):
        return (a.start, a.stop, a.step) == (b.start, b.stop, b.step)
    if a.dtype == object and list(map(type, a)) != list(map(type, b)):
        return False
    return a.equals(b)
