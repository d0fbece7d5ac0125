"""Many assets by the decorator, and `Definitions` of them, checked.

--assets N  --repeats N
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph_shape import key_of, shuffled, sources_of
from measurement import check, options, show

from entrepot import AssetIn, Definitions, InvalidError, asset


def make(number: int):
    sources = sources_of(number)
    ins = {name: AssetIn(key=key_of(source)) for name, source in zip("ab", sources)}
    group, name = key_of(number)
    if len(sources) == 2:

        @asset(name=name, key_prefix=group, ins=ins)
        def compute(a: int, b: int) -> int:
            return a + b

    elif sources:

        @asset(name=name, key_prefix=group, ins=ins)
        def compute(a: int) -> int:
            return a + 1

    else:

        @asset(name=name, key_prefix=group)
        def compute() -> int:
            return 0

    return compute


def fails_on_a_duplicate(assets: list) -> bool:
    """Whether the check looks at anything at all."""
    try:
        Definitions([*assets, assets[0]]).validate()
    except InvalidError as error:
        return "group" in str(error)
    return False


def main() -> None:
    given = options()
    order = shuffled(int(given.get("assets", "10000")))
    define = []
    checks = []
    for _ in range(int(given.get("repeats", "3"))):
        begin = time.perf_counter()
        assets = [make(number) for number in order]
        defined = Definitions(assets)
        define.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        defined.validate()
        checks.append(time.perf_counter() - begin)
        check(len(defined.assets) == len(order), "assets are missing")
    check(fails_on_a_duplicate(assets), "a duplicate is not found")
    show({"define_seconds": define, "check_seconds": checks, "checked": True})


if __name__ == "__main__":
    main()
