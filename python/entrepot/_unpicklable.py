"""Which part of an object keeps it from being pickled."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

__all__ = ["describe"]

_MOST_PARTS = 10_000  # Looked at: this is for a message only.


def describe(obj: object) -> str:
    """Return the innermost part that cannot be pickled, and why: "['model'].lock, a …".

    An object that fails as a whole gives the reason alone.
    """
    path, part = "", obj
    seen = {id(obj)}
    looked_at = 0
    found = True
    while found:
        found = False
        for name, child in _parts(part):
            looked_at += 1
            if looked_at > _MOST_PARTS:
                break
            if id(child) not in seen and _reason(child):
                seen.add(id(child))
                path, part, found = path + name, child, True
                break
    reason = _reason(part)
    return f"its part {path}, a '{type(part).__qualname__}': {reason}" if path else reason


def _reason(obj: object) -> str:
    """Return why an object cannot be pickled; empty where it can."""
    try:
        pickle.dumps(obj, protocol=5)
    except Exception as error:  # noqa: BLE001 - whatever __reduce__ and __getstate__ raise
        return f"{type(error).__name__}: {error}"
    return ""


def _parts(obj: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(obj, dict):
        yield from ((f"[{key!r}]", value) for key, value in obj.items())
    elif isinstance(obj, (list, tuple)):
        yield from ((f"[{i}]", value) for i, value in enumerate(obj))
    elif isinstance(obj, (set, frozenset)):
        yield from ((f"{{{value!r}}}", value) for value in obj)
    else:
        yield from _state(obj)


def _state(obj: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that pickle would store of an object."""
    if isinstance(obj, type) or callable(obj):
        return
    try:
        state = obj.__getstate__()
    except Exception:  # noqa: BLE001 - it is the object itself that fails, then
        return
    for part in state if isinstance(state, tuple) else (state,):
        if isinstance(part, dict):
            yield from ((f".{name}", value) for name, value in part.items())
