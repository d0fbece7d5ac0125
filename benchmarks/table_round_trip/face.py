"""What the Python competitors of the table round trip have in common."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow as pa
from measurement import PeakMemory, check, fresh_folder, options, show

#: Of the command line: --table FILE.arrow  --folder DIR  --repeats N
#: --memory store|load (one cold operation, for its peak memory)
given = options()


def read_table() -> pa.Table:
    """Return the table in memory of its own, one chunk per column."""
    with pa.OSFile(given["table"], "rb") as source:
        return pa.ipc.open_file(source).read_all().combine_chunks()


def run(
    make: Callable[[], Any],
    store: Callable[[Any, str], int | None],
    load: Callable[[str], Any],
    equal: Callable[[Any, Any], bool],
) -> None:
    """Measure `store` to a path and `load` from it; print the result.

    `store` returns how many bytes it stored, or None if they are a file at that path.
    """
    name = Path(sys.argv[0]).stem
    if given.get("memory") == "load":
        stored_before = Path(given["folder"]).glob(f"{name}.*/table.parquet")
        peak = PeakMemory()
        back = load(str(max(stored_before)))
        above = peak.above_bytes()
        check(equal(back, make()), "the table differs")
        show({"load_peak_bytes": above, "checked": True})
        return
    table = make()
    stored: list[float] = []
    loaded: list[float] = []
    file_bytes = above = 0
    for _ in range(int(given.get("repeats", "1"))):
        # A file that was there before would give its memory to the new one.
        path = fresh_folder(given["folder"], name) + "/table.parquet"
        peak = PeakMemory()
        begin = time.perf_counter()
        size_bytes = store(table, path)
        stored.append(time.perf_counter() - begin)
        above = peak.above_bytes()
        file_bytes = size_bytes or os.path.getsize(path)
        begin = time.perf_counter()
        back = load(path)
        loaded.append(time.perf_counter() - begin)
        check(equal(back, table), "the table differs")
        del back
    result = {"store_seconds": stored, "load_seconds": loaded, "file_bytes": file_bytes}
    if given.get("memory") == "store":
        result["store_above_bytes"] = above
    show(result | {"checked": True})
