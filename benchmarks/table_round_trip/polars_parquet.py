"""polars: `write_parquet` and `read_parquet`, as they come."""

from __future__ import annotations

import polars as pl
from face import read_table, run

run(
    lambda: pl.from_arrow(read_table()),
    lambda frame, path: frame.write_parquet(path),
    pl.read_parquet,
    lambda a, b: a.equals(b),
)
