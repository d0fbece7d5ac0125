"""polars: `write_parquet` and `read_parquet`, as they come."""

from __future__ import annotations

import os

import polars as pl
from face import given, read_table, run

path = given["folder"] + "/polars.parquet"


def store(frame: pl.DataFrame) -> int:
    frame.write_parquet(path)
    return os.path.getsize(path)


run(
    lambda: pl.from_arrow(read_table()),
    store,
    lambda: pl.read_parquet(path),
    lambda a, b: a.equals(b),
)
