"""The graph that every competitor in Python defines; entrepot.cc has the same ("random")."""

from __future__ import annotations

import random


def key_of(number: int) -> list[str]:
    return [f"group_{number % 50:02}", f"asset_{number:06}"]


def sources_of(number: int) -> list[int]:
    """Return the earlier assets that one reads: two, but for the first ones."""
    if number < 2:
        return [0] * number
    first = number * 2_654_435_761 // 256 % number
    second = number * 40_503 // 16 % number
    return [first, (first + 1) % number if second == first else second]


def shuffled(assets: int) -> list[int]:
    """Return the order in which the assets are declared: any."""
    order = list(range(assets))
    random.Random(7).shuffle(order)
    return order
