"""pandas frames and series as Arrow tables.

The table is pandas' own (pa.Table.from_pandas), with pandas' own metadata, for every
reader of its file format. What that does not restore exactly is described beside it, as
JSON:

  columns   labels that are not unique strings; their dtype and name
  index     names, frequency, start, stop and step
  restore   per field: "object" columns; Arrow and string dtypes; UTC as pandas has it
  flags, series (its name)

Whether a schema comes back is seen by sending the table without its rows (with one row
where it has dictionaries, which an empty table would lose) and comparing. What depends on
values is looked at in the values (pandas_objects, pandas_index).
"""

from __future__ import annotations

import datetime
import hashlib
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from entrepot._values.arrow_tables import RESTORATION_KEY, with_metadata
from entrepot._values.known_schemas import KnownSchemas, log_inexact, round_trip
from entrepot._values.pandas_index import (
    are_field_names,
    describe_columns,
    describe_rows,
    restore_columns,
    restore_rows,
    same_dtype,
    same_index,
    same_kind_of_index,
    string_dtype_from_json,
    string_dtype_to_json,
)
from entrepot._values.pandas_objects import (
    Inexact,
    is_json,
    name_from_json,
    name_to_json,
    null_kind,
    restore_objects,
)

# Below it, threads cost more than they save.
_MIN_CELLS_FOR_THREADS = 500_000

_known = KnownSchemas()


def encode(obj: pd.DataFrame | pd.Series) -> pa.Table | None:
    """Return the table that brings the object back exactly; None for pickle."""
    frame = _as_frame(obj)
    try:
        if not is_json(frame.attrs):
            raise Inexact("attrs that are no JSON")
        table, restoration = _with_restoration(frame, obj)
        key = _schema_key(frame, table, restoration)
    except Exception as error:  # pandas and its extensions raise anything.
        log_inexact(error)
        return None
    return table if _known.comes_back(key, lambda: _comes_back(frame, table)) else None


def to_table(obj: pd.DataFrame | pd.Series) -> pa.Table:
    """Return the columns of a DataFrame or Series, and its index unless it is a range.

    Raises TypeError where a column has no Arrow type.
    """
    frame = _as_frame(obj)
    try:
        return _from_pandas(frame)
    except Exception as error:  # pandas and its extensions raise anything.
        raise TypeError(f"not all columns have an Arrow type: {error}") from error


def restore(table: pa.Table) -> pd.DataFrame | pd.Series:
    """Return the pandas object that a table was made from.

    A table that says nothing of it becomes a DataFrame as by pyarrow. Rows or columns may
    have been left out.
    """
    metadata = table.schema.metadata or {}
    if RESTORATION_KEY not in metadata:
        return table.to_pandas()
    restoration = json.loads(metadata[RESTORATION_KEY])
    frame = _restore_frame(table, restoration)
    frame.attrs = restoration["attrs"]
    obj: pd.DataFrame | pd.Series = frame
    if "series" in restoration:
        obj = frame.iloc[:, 0]
        obj.name = name_from_json(restoration["series"])
    if "flags" in restoration:
        obj.flags.allows_duplicate_labels = False
    return obj


def _as_frame(obj: pd.DataFrame | pd.Series) -> pd.DataFrame:
    if isinstance(obj, pd.DataFrame):
        return obj
    return obj.to_frame(obj.name if type(obj.name) is str else "value")


def _from_pandas(frame: pd.DataFrame) -> pa.Table:
    names = _field_names(frame.columns)
    if names is not None or not _are_index_names(frame.index.names):
        frame = frame.copy(deep=False)
        frame.flags.allows_duplicate_labels = True
        if names is not None:
            frame.columns = pd.Index(names)
        if not _are_index_names(frame.index.names):
            frame.index = frame.index.set_names([None] * frame.index.nlevels)
    is_small = frame.size < _MIN_CELLS_FOR_THREADS
    return pa.Table.from_pandas(
        frame,
        # Of several levels, one may be a range that would become metadata.
        preserve_index=True if isinstance(frame.index, pd.MultiIndex) else None,
        nthreads=1 if is_small else None,
    )


def _are_index_names(names: Any) -> bool:
    return all(name is None or type(name) is str for name in names)


def _field_names(columns: pd.Index) -> list[str] | None:
    """Returns names for the fields, or None where the labels are."""
    if are_field_names(columns) and (columns.name is None or type(columns.name) is str):
        return None
    names: list[str] = []
    taken: set[str] = set()
    for label in columns:
        name, number = str(label), 1
        while name in taken:
            name, number = f"{label}.{number}", number + 1
        names.append(name)
        taken.add(name)
    return names


def _with_restoration(
    frame: pd.DataFrame, obj: pd.DataFrame | pd.Series
) -> tuple[pa.Table, dict[str, Any]]:
    restore = _describe_dtypes(frame)
    table = _from_pandas(frame)
    fields = table.column_names
    width = frame.shape[1]
    restoration: dict[str, Any] = {
        "version": 1,
        "columns": _describe_columns(frame.columns, fields[:width]),
        "index": describe_rows(frame.index, fields[width:], _index_to_table),
        "restore": {fields[i]: how for i, how in restore.items()},
        "attrs": frame.attrs,
    }
    if isinstance(obj, pd.Series):
        restoration["series"] = name_to_json(obj.name)
    if not obj.flags.allows_duplicate_labels:
        restoration["flags"] = {"allows_duplicate_labels": False}
    return _described(table, restoration), restoration


def _described(table: pa.Table, restoration: dict[str, Any]) -> pa.Table:
    metadata = table.schema.metadata | {RESTORATION_KEY: json.dumps(restoration).encode()}
    return with_metadata(table, metadata)


def _describe_columns(columns: pd.Index, fields: list[str]) -> dict[str, Any]:
    described = describe_columns(columns, fields, _index_to_table)
    # Those that are in the schema are looked at with it.
    if not are_field_names(columns):
        if not same_index(restore_columns(described, fields, _table_to_index), columns):
            raise Inexact("labels that do not come back")
    return described


def _index_to_table(index: pd.Index) -> pa.Table:
    frame = pd.DataFrame(index=index)
    return _with_restoration(frame, frame)[0]


def _table_to_index(table: pa.Table) -> pd.Index:
    return restore(table).index


def _describe_dtypes(frame: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Returns, by the column's place in the table, how to restore what pyarrow does not.

    Raises Inexact.
    """
    described: dict[int, dict[str, Any] | None] = {}
    for i, dtype in enumerate(frame.dtypes):
        described[i] = _describe_dtype(dtype, lambda i=i: frame.iloc[:, i])
    index = frame.index
    if not isinstance(index, pd.RangeIndex):
        for i, level in enumerate(getattr(index, "levels", [index])):
            described[frame.shape[1] + i] = _describe_dtype(
                level.dtype, lambda i=i: index.get_level_values(i)
            )
    return {i: how for i, how in described.items() if how is not None}


def _describe_dtype(dtype: Any, get_values: Callable[[], Any]) -> dict[str, Any] | None:
    if dtype == object:
        return {"object": null_kind(get_values().to_numpy())}
    if isinstance(dtype, pd.ArrowDtype):
        return {"arrow": True}
    if isinstance(dtype, pd.StringDtype) and dtype not in (pd.StringDtype(), _STR):
        return {"string": string_dtype_to_json(dtype)}
    if isinstance(dtype, pd.DatetimeTZDtype) and dtype.tz is datetime.timezone.utc:
        return {"utc": True}
    if isinstance(dtype, pd.SparseDtype):
        raise Inexact("sparse columns")
    if isinstance(dtype, (pd.Float32Dtype, pd.Float64Dtype)):
        values = get_values()
        # From Arrow, pandas makes NaN another NA.
        if (
            np.isnan(values.to_numpy(dtype.type, na_value=np.nan)).sum()
            > values.isna().sum()
        ):
            raise Inexact("nullable floats with NaN")
    return None


# pandas' default dtype of text.
_STR = pd.StringDtype(na_value=np.nan)


def _schema_key(
    frame: pd.DataFrame, table: pa.Table, restoration: dict[str, Any]
) -> bytes | None:
    """Returns what the answer for this schema depends on; None if that cannot be told."""
    empty = frame.iloc[:0]
    index = empty.index
    if isinstance(index, pd.MultiIndex):
        empty = empty.set_axis(index.remove_unused_levels())
    rows = restoration["index"]
    if "range" in rows:
        rows = rows | {"range": True}
    try:
        # Unlike ==, pickles tell 1 from True, and one order of categories from another.
        pickled = pickle.dumps(empty, protocol=5)
    except Exception:  # Objects may raise anything when pickled.
        return None
    key = hashlib.blake2b(pickled, digest_size=16)
    key.update(json.dumps(restoration | {"index": rows}).encode())
    key.update(table.schema.remove_metadata().serialize())
    key.update(b"0" if len(frame) == 0 else b"1")
    return key.digest()


def _comes_back(frame: pd.DataFrame, table: pa.Table) -> bool:
    has_dictionary = any(isinstance(t, pa.DictionaryType) for t in table.schema.types)
    # Without columns, rows are but a number, which not every format keeps.
    rows = min(table.num_rows, 1) if has_dictionary or not table.num_columns else 0
    read = pa.table(round_trip(table.slice(0, rows)))
    back = restore(read)
    expected = frame.iloc[:rows]
    if isinstance(back, pd.Series):
        back = back.to_frame(expected.columns[0])
    return (
        type(back) is pd.DataFrame
        and read.num_rows == rows
        and same_index(back.columns, expected.columns)
        and same_kind_of_index(back.index, expected.index)
        and all(map(same_dtype, back.dtypes, expected.dtypes))
        and back.attrs == expected.attrs
        and back.flags == frame.flags
    )


def _restore_frame(table: pa.Table, restoration: dict[str, Any]) -> pd.DataFrame:
    restore = restoration["restore"]
    by_field = {m["field_name"]: m for m in table.schema.pandas_metadata["columns"]}
    index_fields = restoration["index"].get("fields", [])
    data_fields = [name for name in table.column_names if name not in index_fields]

    def level_of(field: str) -> pd.Series | None:
        if field not in table.column_names:
            return None
        return _to_pandas(table.select([field]), by_field, restore).iloc[:, 0]

    frame = _to_pandas(table.select(data_fields), by_field, restore)
    frame.index = restore_rows(
        restoration["index"], table.num_rows, level_of, _table_to_index
    )
    frame.columns = restore_columns(restoration["columns"], data_fields, _table_to_index)
    return frame


def _to_pandas(
    table: pa.Table, by_field: dict[str, Any], restore: dict[str, Any]
) -> pd.DataFrame:
    """Returns the columns as pyarrow and `restore` say, with default indexes."""
    described = []
    plain = table
    for i, field in enumerate(table.column_names):
        meta = by_field[field]
        if field in restore:
            # Not converted in vain.
            plain = plain.set_column(i, field, pa.nulls(table.num_rows))
            meta = meta | {
                "pandas_type": "empty",
                "numpy_type": "object",
                "metadata": None,
            }
        described.append(meta)
    metadata = {"columns": described, "index_columns": [], "column_indexes": []}
    frame = plain.replace_schema_metadata({"pandas": json.dumps(metadata)}).to_pandas()
    for i, field in enumerate(table.column_names):
        if field in restore:
            frame.isetitem(i, _restore_column(table.column(i), restore[field]))
    return frame


def _restore_column(column: pa.ChunkedArray, how: dict[str, Any]) -> pd.Series:
    if "object" in how:
        return pd.Series(restore_objects(column, how["object"]), dtype=object, copy=False)
    if "arrow" in how:
        dtype: Any = pd.ArrowDtype(column.type)
    elif "utc" in how:
        # pyarrow makes it ZoneInfo("UTC").
        return column.to_pandas().dt.tz_convert(datetime.timezone.utc)
    else:
        dtype = string_dtype_from_json(how["string"])
    return pd.Series(dtype.__from_arrow__(column), dtype=dtype, copy=False)
