"""pyarrow tables, and what our own key in their metadata is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from entrepot._core import ArrowData
from entrepot._values.known_schemas import KnownSchemas, round_trip

# Of schema metadata; JSON: what restores a pandas object exactly (pandas_frames).
RESTORATION_KEY = b"entrepot:python"

_known = KnownSchemas()


def encode(data: pa.Table | pa.RecordBatch) -> pa.Table | pa.RecordBatch | None:
    """Return the data, or None for pickle.

    The codecs keep every Arrow schema exactly. But our own key is taken out of what is
    read, and without columns, rows are but a number, which not every format keeps.
    """
    if RESTORATION_KEY in (data.schema.metadata or {}):
        return None
    if data.num_columns == 0:
        key = (data.num_rows > 0, data.schema.metadata is None)
        if not _known.comes_back(key, lambda: _keeps_rows(data)):
            return None
    return data


def _keeps_rows(data: pa.Table | pa.RecordBatch) -> bool:
    return to_table(round_trip(data)).num_rows == data.num_rows


def to_table(data: Any) -> pa.Table:
    """Return what has `__arrow_c_stream__` as a table.

    `pa.table` does the same after importing pandas, which takes longer than most loads.
    """
    if isinstance(data, pa.Table):
        return data
    return pa.RecordBatchReader.from_stream(data).read_all()


def with_metadata(table: pa.Table, metadata: dict[bytes, bytes] | None) -> pa.Table:
    """Return the table with other metadata of its schema."""
    if table.num_columns:
        return table.replace_schema_metadata(metadata)
    # Without columns, pyarrow forgets the rows.
    carrier = table.append_column("rows", pa.nulls(table.num_rows))
    return carrier.replace_schema_metadata(metadata).select([])


def without_restoration(table: pa.Table) -> pa.Table:
    """Return the table as its producer knew it."""
    metadata = table.schema.metadata or {}
    return (
        with_metadata(table, _without(metadata)) if RESTORATION_KEY in metadata else table
    )


def _without(metadata: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
    return {
        key: value for key, value in metadata.items() if key != RESTORATION_KEY
    } or None


def to_reader(stream: ArrowData) -> pa.RecordBatchReader:
    """Return a stream of the core as a reader, without our own key.

    What reading it fails with is raised as the core's error, not as Arrow's.
    """
    reader = pa.RecordBatchReader.from_stream(stream)
    metadata = reader.schema.metadata or {}
    has_key = RESTORATION_KEY in metadata
    schema = reader.schema.with_metadata(_without(metadata)) if has_key else reader.schema

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in reader:
                yield batch.replace_schema_metadata(schema.metadata) if has_key else batch
        except (pa.ArrowException, OSError):
            stream.raise_error()
            raise

    return pa.RecordBatchReader.from_batches(schema, batches())


def to_batch(table: pa.Table) -> pa.RecordBatch:
    """Return the rows of a table as one batch."""
    batches = table.combine_chunks().to_batches()
    if len(batches) == 1:
        return batches[0]
    if not batches:
        return pa.RecordBatch.from_pylist([], schema=table.schema)
    return pa.concat_batches(batches)
