"""What the programs that store and load small values have in common."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from measurement import check, fresh_folder, options, show

#: Of the command line: --what record|array  --values N  --folder DIR
given = options()
what = given.get("what", "record")


def value_of(number: int) -> Any:
    """Return the value: a flat dict, or 100 numbers."""
    if what == "array":
        return np.arange(number, number + 100, dtype=np.float64)
    return {"id": number, "price": 4.5, "name": "silk", "tags": ["a", "b"], "sold": None}


def new_folder() -> str:
    return fresh_folder(given.get("folder", "."), Path(sys.argv[0]).stem)


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and (np.array_equal(a, b) if what == "array" else a == b)


def run(store: Callable[[int, Any], object], load: Callable[[int], Any]) -> None:
    """Measure storing and loading values by number; print the result."""
    count = int(given.get("values", "300"))
    values = [value_of(number) for number in range(count + 1)]
    store(count, values[count])  # What only the first one costs.
    begin = time.perf_counter()
    for number in range(count):
        store(number, values[number])
    stored = time.perf_counter() - begin
    load(count)
    begin = time.perf_counter()
    loaded = [load(number) for number in range(count)]
    seconds = time.perf_counter() - begin
    for number in range(count):
        check(_equal(loaded[number], value_of(number)), f"value {number}")
    show({"store_seconds": stored / count, "load_seconds": seconds / count, "checked": True})
