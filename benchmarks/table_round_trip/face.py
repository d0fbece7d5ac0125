"""What the Python competitors of the table round trip have in common."""

from __future__ import annotations

import os
import shutil
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
    if "memory" in given:
        _measure_memory(name, make, store, load, equal)
        return
    table = make()
    stored: list[float] = []
    stored_cpu: list[float] = []
    loaded: list[float] = []
    file_bytes = 0
    earlier: list[str] = []
    for _ in range(int(given.get("repeats", "1"))):
        # A file that was there before would give its memory to the new one.
        folder = fresh_folder(given["folder"], name)
        path = folder + "/table.parquet"
        begin_cpu = time.process_time()
        begin = time.perf_counter()
        size_bytes = store(table, path)
        stored.append(time.perf_counter() - begin)
        stored_cpu.append(time.process_time() - begin_cpu)
        file_bytes = size_bytes or os.path.getsize(path)
        begin = time.perf_counter()
        back = load(path)
        loaded.append(time.perf_counter() - begin)
        check(equal(back, table), "the table differs")
        del back
        earlier.append(folder)
    # Not before the end: their memory would be given to the next file.
    for folder in earlier[:-1]:
        shutil.rmtree(folder)
    show(
        {
            "store_seconds": stored,
            "store_cpu_seconds": stored_cpu,
            "load_seconds": loaded,
            "file_bytes": file_bytes,
            "checked": True,
        }
    )


def _measure_memory(
    name: str,
    make: Callable[[], Any],
    store: Callable[[Any, str], int | None],
    load: Callable[[str], Any],
    equal: Callable[[Any, Any], bool],
) -> None:
    """Measure what one store takes, or one load of what another process stored."""
    if given["memory"] == "store":
        table = make()
        path = fresh_folder(given["folder"], name) + "/table.parquet"
        peak = PeakMemory()
        store(table, path)
        above = peak.above_bytes()
        back = load(path)
    else:
        stored_before = list(Path(given["folder"]).glob(f"{name}.*/table.parquet"))
        peak = PeakMemory()
        back = load(str(max(stored_before, default="")))
        above = peak.above_bytes()
        table = make()
    check(equal(back, table), "the table differs")
    show({f"{given['memory']}_above_bytes": above, "checked": True})
