"""What the programs in Python that load a value of a known sum have in common."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
from measurement import check, options, show

#: Of the command line: --kind tensor|table  --mb N  --how map|read|verify  --repeats N
#: --folder DIR
given = options()
kind = given.get("kind", "tensor")
elements = int(given.get("mb", "1")) * 1_000_000 // 8


def numbers() -> np.ndarray:
    """Return the value: element i is i."""
    return np.arange(elements, dtype=np.float64)


def table() -> pa.Table:
    """Return the same as two columns, which take turns."""
    return pa.table({"even": numbers()[0::2], "odd": numbers()[1::2]})


def sum_of(value: Any) -> float:
    if isinstance(value, np.ndarray):
        return float(value.sum())
    columns = (chunk for column in value.columns for chunk in column.chunks)
    return sum(float(chunk.to_numpy(zero_copy_only=True).sum()) for chunk in columns)


def run(load: Callable[[], Any]) -> None:
    """Measure `load`; print the result."""
    repeats = int(given.get("repeats", "20"))
    loads: list[float] = []
    for _ in range(repeats):
        begin = time.perf_counter()
        value = load()
        loads.append(time.perf_counter() - begin)
        del value
    # Apart from that: reading all of a large value empties the processor's caches.
    loads_and_sums: list[float] = []
    for _ in range(min(repeats, 5)):
        begin = time.perf_counter()
        found = sum_of(load())
        loads_and_sums.append(time.perf_counter() - begin)
        check(math.isclose(found, elements * (elements - 1) / 2), "the sum of the elements")
    show(
        {
            "load_seconds": median(loads),
            "load_and_sum_seconds": median(loads_and_sums),
            "checked": True,
        }
    )
