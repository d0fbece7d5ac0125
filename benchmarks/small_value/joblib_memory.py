"""joblib.Memory: the first call of a function stores its result, the second one loads it."""

from __future__ import annotations

from typing import Any

import joblib
from face import new_folder, run

_values: dict[int, Any] = {}


def _compute(number: int) -> Any:
    return _values.pop(number)


_memory = joblib.Memory(new_folder(), verbose=0)
_cached = _memory.cache(_compute)


def _store(number: int, value: Any) -> None:
    _values[number] = value
    _cached(number)


run(_store, lambda number: _cached(number))
