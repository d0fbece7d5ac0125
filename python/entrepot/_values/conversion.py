"""Values as the type a consumer asked for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from entrepot._values import arrow_tables
from entrepot._values.type_names import satisfies, type_name

_TABLES = ("pandas.", "polars.", "pyarrow.")
_SERIES = ("pandas.Series", "polars.Series")


def from_stored(payload: Any, stored: str, wanted: str | None) -> object:
    """Return Arrow data read from storage as `wanted`, or as the type it was stored from.

    Raises TypeError.
    """
    target = wanted or (stored if stored.startswith(_TABLES) else "pyarrow.Table")
    if target == "pyarrow.RecordBatchReader":
        return arrow_tables.to_reader(payload)
    if stored.startswith("polars.") and target.startswith("polars."):
        return _from_stored_polars(payload, stored, target)
    table = arrow_tables.to_table(payload)
    if stored.startswith("pandas.") and target.startswith(("pandas.", "numpy.")):
        from entrepot._values import pandas_frames

        obj: object = pandas_frames.restore(table)
        return obj if satisfies(type(obj), target) else convert(obj, target)
    table = arrow_tables.without_restoration(table)
    return _from_table(table, target, stored, is_series=stored in _SERIES)


def _from_stored_polars(payload: Any, stored: str, target: str) -> object:
    import polars as pl

    # Not by way of pyarrow: of its tables, polars takes an empty name for a missing one.
    frame = pl.DataFrame(payload)
    obj: object = frame.to_series(0) if stored == "polars.Series" else frame
    return obj if satisfies(type(obj), target) else convert(obj, target)


def convert(obj: Any, wanted: str) -> object:
    """Return a live object as `wanted`. Raises TypeError where it cannot be had so."""
    name = type_name(obj)
    if satisfies(type(obj), "numpy.ndarray"):
        return _from_array(obj, wanted, name)
    if wanted == "numpy.ndarray":
        return _to_array(obj, name)
    if satisfies(type(obj), "pandas.Series") and wanted == "pandas.DataFrame":
        return obj.to_frame()
    if satisfies(type(obj), "polars.DataFrame") and wanted == "polars.LazyFrame":
        return obj.lazy()
    try:
        table = _to_table(obj)
    except TypeError as error:
        raise _no_conversion(name, wanted, str(error)) from error
    is_series = any(satisfies(type(obj), series) for series in _SERIES)
    return _from_table(table, wanted, name, is_series=is_series)


def _no_conversion(name: str, wanted: str, reason: str = "") -> TypeError:
    return TypeError(
        f"a value of type '{name}' cannot be had as '{wanted}'"
        + (reason and f": {reason}")
    )


def _to_table(obj: Any) -> pa.Table:
    if satisfies(type(obj), "pandas.DataFrame") or satisfies(type(obj), "pandas.Series"):
        from entrepot._values import pandas_frames

        return pandas_frames.to_table(obj)
    if satisfies(type(obj), "polars.LazyFrame"):
        return arrow_tables.to_table(obj.collect())
    if satisfies(type(obj), "polars.Series"):
        return arrow_tables.to_table(obj.to_frame())
    # Lists and other protocols of pyarrow's are left out: guesses.
    if not hasattr(type(obj), "__arrow_c_stream__"):
        raise TypeError("it is no table")
    try:
        return arrow_tables.to_table(obj)
    except pa.ArrowInvalid as error:
        raise TypeError(str(error)) from error


def _from_table(table: pa.Table, wanted: str, name: str, *, is_series: bool) -> object:
    if wanted in _SERIES:
        if not is_series and table.num_columns != 1:
            raise _no_conversion(name, wanted, f"it has {table.num_columns} columns")
        # Those after it are a pandas index.
        table = table.select([0])
    if wanted.startswith("polars."):
        import polars as pl

        frame = pl.DataFrame(table)
        if wanted == "polars.LazyFrame":
            return frame.lazy()
        return frame if wanted == "polars.DataFrame" else frame.to_series(0)
    if wanted.startswith("pandas."):
        frame = _without_nested_views(table).to_pandas()
        return frame if wanted == "pandas.DataFrame" else frame.iloc[:, 0]
    if wanted == "pyarrow.RecordBatch":
        return arrow_tables.to_batch(table)
    if wanted == "pyarrow.RecordBatchReader":
        return table.to_reader()
    if wanted == "numpy.ndarray":
        return _table_to_array(table, is_series=is_series)
    return table


def _to_array(obj: Any, name: str) -> object:
    if satisfies(type(obj), "pandas.DataFrame") or satisfies(type(obj), "pandas.Series"):
        import numpy as np

        return np.array(obj.to_numpy(), order="C")
    if satisfies(type(obj), "polars.DataFrame") or satisfies(type(obj), "polars.Series"):
        return obj.to_numpy(writable=True)
    try:
        table = _to_table(obj)
    except TypeError as error:
        raise _no_conversion(name, "numpy.ndarray", str(error)) from error
    return _table_to_array(table, is_series=False)


def _table_to_array(table: pa.Table, *, is_series: bool) -> object:
    """Returns the values of a series, or of all columns as those of a matrix."""
    import numpy as np

    if is_series:
        return np.array(table.column(0).to_numpy())
    if table.num_columns == 0:
        return np.empty((table.num_rows, 0))
    return np.column_stack([column.to_numpy() for column in table.columns])


def _from_array(array: Any, wanted: str, name: str) -> object:
    if wanted.endswith("Series") and array.ndim != 1:
        raise _no_conversion(name, wanted, f"it has {array.ndim} dimensions, not 1")
    if not wanted.startswith(("pandas.", "polars.")) or array.ndim not in (1, 2):
        raise _no_conversion(name, wanted)
    array = array.copy()  # Never a view: it is the producer's.
    if wanted.startswith("pandas."):
        import pandas as pd

        return pd.Series(array) if wanted.endswith("Series") else pd.DataFrame(array)
    import polars as pl

    if wanted == "polars.Series":
        return pl.Series(array)
    frame = pl.DataFrame(array)
    return frame.lazy() if wanted == "polars.LazyFrame" else frame


def _without_nested_views(table: pa.Table) -> pa.Table:
    """Returns the table with nested types that pyarrow can convert to pandas."""
    types = [t if _is_view(t) else _viewless(t) for t in table.schema.types]
    if types == table.schema.types:
        return table
    fields = [field.with_type(t) for field, t in zip(table.schema, types, strict=True)]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def _is_view(arrow_type: pa.DataType) -> bool:
    return pa.types.is_string_view(arrow_type) or pa.types.is_binary_view(arrow_type)


def _viewless(arrow_type: Any) -> pa.DataType:
    if pa.types.is_string_view(arrow_type):
        return pa.large_string()
    if pa.types.is_binary_view(arrow_type):
        return pa.large_binary()
    if pa.types.is_dictionary(arrow_type):
        values = _viewless(arrow_type.value_type)
        return pa.dictionary(arrow_type.index_type, values, arrow_type.ordered)
    if pa.types.is_large_list(arrow_type):
        return pa.large_list(_viewless_field(arrow_type.value_field))
    if pa.types.is_fixed_size_list(arrow_type):
        return pa.list_(_viewless_field(arrow_type.value_field), arrow_type.list_size)
    if pa.types.is_list(arrow_type):
        return pa.list_(_viewless_field(arrow_type.value_field))
    if pa.types.is_struct(arrow_type):
        return pa.struct([_viewless_field(field) for field in arrow_type])
    return arrow_type


def _viewless_field(field: pa.Field) -> pa.Field:
    return field.with_type(_viewless(field.type))
