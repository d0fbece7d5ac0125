"""Record batches that are made while they are read; long_stream.h has the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from measurement import check

BYTES_OF_ROW = 28
_ROWS_OF_BATCH = 200_000
_NAMES = pa.array([f"name-{i:03}" for i in range(40)])

SCHEMA = pa.schema([("id", pa.int64()), ("number", pa.float64()), ("name", pa.string())])


def batch_of(ids: np.ndarray) -> pa.RecordBatch:
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    numbers = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return pa.record_batch([ids, numbers, _NAMES.take(pa.array(ids % 40))], schema=SCHEMA)


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    for first in range(0, rows, _ROWS_OF_BATCH):
        yield batch_of(np.arange(first, min(first + _ROWS_OF_BATCH, rows), dtype=np.int64))


def check_stream(found: Iterable[pa.RecordBatch], rows: int) -> None:
    """Read all of what must be the stream of `rows`."""
    first = 0
    for batch in found:
        last = first + batch.num_rows
        check(batch.equals(batch_of(np.arange(first, last, dtype=np.int64))), "a batch")
        first = last
    check(first == rows, "the number of rows")
