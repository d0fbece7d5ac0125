"""Where the kinds of values are noted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of value: how it is made, and its format where that matters."""

    make: Callable[[], Any]
    format: str | None = None


KINDS: dict[str, Kind] = {}


def kind(sentence: str, format: str | None = None) -> Callable[..., Any]:
    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        assert sentence not in KINDS, sentence
        KINDS[sentence] = Kind(make, format)
        return make

    return register


def kinds(format: str | None = None, **makers: Callable[[], Any]) -> None:
    """Registers kinds by name, "_" standing for spaces."""
    for name, make in makers.items():
        kind(name.replace("_", " "), format)(make)
