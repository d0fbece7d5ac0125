"""What the Python competitors of the table round trip have in common."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow as pa
from measurement import PeakMemory, check, options, show

#: Of the command line: --table FILE.arrow  --folder DIR  --repeats N
#: --memory store|load (one cold operation, for its peak memory)
given = options()


def read_table() -> pa.Table:
    """Return the table in memory of its own, one chunk per column."""
    with pa.OSFile(given["table"], "rb") as source:
        return pa.ipc.open_file(source).read_all().combine_chunks()


def run(
    make: Callable[[], Any],
    store: Callable[[Any], int],
    load: Callable[[], Any],
    equal: Callable[[Any, Any], bool],
) -> None:
    """Measure `store`, which returns the file's size, and `load`; print the result."""
    if given.get("memory") == "load":
        peak = PeakMemory()
        back = load()
        above = peak.above_bytes()
        check(equal(back, make()), "the table differs")
        show({"load_peak_bytes": above, "checked": True})
        return
    table = make()
    stored: list[float] = []
    loaded: list[float] = []
    file_bytes = above = 0
    for _ in range(int(given.get("repeats", "1"))):
        peak = PeakMemory()
        begin = time.perf_counter()
        file_bytes = store(table)
        stored.append(time.perf_counter() - begin)
        above = peak.above_bytes()
        begin = time.perf_counter()
        back = load()
        loaded.append(time.perf_counter() - begin)
        check(equal(back, table), "the table differs")
        del back
    result = {"store_seconds": stored, "load_seconds": loaded, "file_bytes": file_bytes}
    if given.get("memory") == "store":
        result["store_above_bytes"] = above
    show(result | {"checked": True})
