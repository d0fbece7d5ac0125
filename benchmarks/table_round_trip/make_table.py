"""The table that every competitor stores: six columns of different kinds, ~48 bytes a row.

It is written once as an Arrow file that each competitor reads into memory first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa


def make_table(rows: int, seed: int = 7) -> pa.Table:
    """Return the table; equal seeds give equal tables."""
    random = np.random.default_rng(seed)
    carriers = pa.array([f"carrier {i:02}" for i in range(40)])
    # Sorted, with gaps of up to two seconds.
    gaps = random.integers(0, 2_000_000, rows)
    times = 1_700_000_000_000_000 + np.cumsum(gaps)
    return pa.table(
        {
            "id": pa.array(np.arange(rows, dtype=np.int64)),
            "store": pa.array(random.integers(0, 500, rows, dtype=np.int32)),
            "measure": pa.array(random.standard_normal(rows)),
            "price": pa.array(np.round(random.gamma(2.0, 40.0, rows), 2)),
            "carrier": carriers.take(pa.array(random.integers(0, 40, rows))),
            "time": pa.array(times, pa.timestamp("us")),
        }
    )


def write_table(path: Path, rows: int) -> None:
    """Write the table to `path` unless it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    table = make_table(rows)
    unfinished = path.with_suffix(".tmp")
    with pa.OSFile(str(unfinished), "wb") as sink, pa.ipc.new_file(sink, table.schema) as out:
        out.write_table(table)
    unfinished.rename(path)


if __name__ == "__main__":
    write_table(Path(sys.argv[1]), int(sys.argv[2]))
