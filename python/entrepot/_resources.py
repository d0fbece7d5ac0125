"""The resources of a run, as attributes."""

from __future__ import annotations

import difflib
from typing import Any

__all__ = ["Resources"]


class Resources:
    """Every bound resource by its key: `context.resources.database`."""

    def __init__(self, by_key: dict[str, Any]) -> None:
        self._by_key = by_key

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        try:
            return self._by_key[key]
        except KeyError:
            raise AttributeError(self._missing(key)) from None

    def _missing(self, key: str) -> str:
        if not self._by_key:
            return f"there is no resource '{key}': none is bound"
        near = difflib.get_close_matches(key, self._by_key, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {sorted(self._by_key)}"
        return f"there is no resource '{key}'; {hint}"

    def __dir__(self) -> list[str]:
        return sorted(self._by_key)
