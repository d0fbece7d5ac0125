"""What a step costs beside its work: assets that compute a number, by `materialize`.

--shape independent|chain  --manager memory|filesystem|written  --log memory|fast|full
--steps N  --repeats N  --folder DIR
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measurement import check, fresh_folder, options, show

from entrepot import (
    AssetIn,
    Instance,
    IOManager,
    asset,
    fs_io_manager,
    materialize,
    mem_io_manager,
)


class WrittenIOManager(IOManager):
    """A user's own manager that does as little as one can."""

    def __init__(self) -> None:
        self._values = {}

    def handle_output(self, context, obj) -> None:
        self._values[context.asset_key] = obj

    def load_input(self, context):
        return self._values[context.upstream_output.asset_key]


def make_assets(is_chain: bool, steps: int) -> list:
    """Return assets; the value of number i is i."""

    def independent(i: int):
        @asset(name=f"step{i:04}", key_prefix="step")
        def compute() -> int:
            return i

        return compute

    def next_of(i: int):
        @asset(
            name=f"step{i:04}",
            key_prefix="step",
            ins={"before": AssetIn(key=["step", f"step{i - 1:04}"])},
        )
        def compute(before: int) -> int:
            return before + 1

        return compute

    return [next_of(i) if is_chain and i else independent(i) for i in range(steps)]


def main() -> None:
    given = options()
    steps = int(given.get("steps", "1000"))
    log = given.get("log", "memory")
    manager = given.get("manager", "memory")
    built_in = {"memory": mem_io_manager, "filesystem": fs_io_manager}
    resources = {"io_manager": built_in.get(manager) or WrittenIOManager()}
    assets = make_assets(given.get("shape") == "chain", steps)
    seconds = []
    for _ in range(int(given.get("repeats", "3"))):
        folder = fresh_folder(given.get("folder", "."), "instance")
        instance = (
            Instance.ephemeral() if log == "memory" else Instance.open(folder, durability=log)
        )
        begin = time.perf_counter()
        run = materialize(assets, instance=instance, resources=resources)
        seconds.append((time.perf_counter() - begin) / steps)

        check(run.success and len(run.steps) == steps, "the run")
        for i, definition in enumerate(assets):
            check(run.asset_value(definition.key) == i, definition.key.to_user_string())
        events = instance.all_logs(run.run_id, limit=10 * steps)
        check(len(events) == 2 * steps + 2, f"the log has {len(events)} events")
        if log != "memory" and manager == "filesystem":
            again = Instance.open(folder)  # What another process would find.
            for i, definition in enumerate(assets):
                check(again.load(definition.key) == i, "a stored value")
    show({"seconds_per_step": seconds, "steps": steps, "checked": True})


if __name__ == "__main__":
    main()
