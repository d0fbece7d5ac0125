"""The same assets in Dagster, and `Definitions` of them, checked; in an environment of its own.

--assets N  --repeats N
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph_shape import key_of, shuffled, sources_of
from measurement import check, options, show

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"

import dagster as dg


def make(number: int):
    sources = sources_of(number)
    keys = [dg.AssetKey(key_of(source)) for source in sources]
    ins = {name: dg.AssetIn(key=key) for name, key in zip("ab", keys)}
    group, name = key_of(number)
    if len(sources) == 2:

        @dg.asset(name=name, key_prefix=group, ins=ins)
        def compute(a: int, b: int) -> int:
            return a + b

    elif sources:

        @dg.asset(name=name, key_prefix=group, ins=ins)
        def compute(a: int) -> int:
            return a + 1

    else:

        @dg.asset(name=name, key_prefix=group)
        def compute() -> int:
            return 0

    return compute


def main() -> None:
    given = options()
    order = shuffled(int(given.get("assets", "10000")))
    define = []
    checks = []
    for _ in range(int(given.get("repeats", "1"))):
        begin = time.perf_counter()
        defined = dg.Definitions([make(number) for number in order])
        define.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        dg.Definitions.validate_loadable(defined)
        checks.append(time.perf_counter() - begin)
        keys = defined.resolve_asset_graph().get_all_asset_keys()
        check(len(keys) == len(order), "assets are missing")
    show({"define_seconds": define, "check_seconds": checks, "checked": True})


if __name__ == "__main__":
    main()
