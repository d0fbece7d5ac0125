"""The same graphs in Dagster, by its `materialize`; runs in an environment of its own.

--shape independent|chain  --manager memory|filesystem|written  --log memory|full
--steps N  --repeats N  --folder DIR
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measurement import check, fresh_folder, options, show

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"

import dagster as dg

logging.disable(logging.CRITICAL)  # Nor does Entrepot print its events.


class WrittenIOManager(dg.IOManager):
    """A user's own manager that does as little as one can."""

    def __init__(self) -> None:
        self._values = {}

    def handle_output(self, context, obj) -> None:
        self._values[context.asset_key] = obj

    def load_input(self, context):
        return self._values[context.upstream_output.asset_key]


def make_manager(name: str, folder: str) -> object:
    if name == "written":
        return WrittenIOManager()
    if name == "filesystem":
        return dg.FilesystemIOManager(base_dir=folder + "/storage")
    return dg.mem_io_manager


def make_assets(is_chain: bool, steps: int) -> list:
    """Return assets; the value of number i is i."""

    def independent(i: int):
        @dg.asset(name=f"step{i:04}", key_prefix="step")
        def compute() -> int:
            return i

        return compute

    def next_of(i: int):
        before_key = dg.AssetKey(["step", f"step{i - 1:04}"])

        @dg.asset(
            name=f"step{i:04}", key_prefix="step", ins={"before": dg.AssetIn(key=before_key)}
        )
        def compute(before: int) -> int:
            return before + 1

        return compute

    return [next_of(i) if is_chain and i else independent(i) for i in range(steps)]


def open_instance(log: str, home: str) -> dg.DagsterInstance:
    if log == "memory":
        return dg.DagsterInstance.ephemeral()
    (Path(home) / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    os.environ["DAGSTER_HOME"] = home
    return dg.DagsterInstance.get()


def main() -> None:
    given = options()
    steps = int(given.get("steps", "100"))
    log = given.get("log", "memory")
    assets = make_assets(given.get("shape") == "chain", steps)
    seconds = []
    for _ in range(int(given.get("repeats", "1"))):
        folder = os.path.abspath(fresh_folder(given.get("folder", "."), "dagster"))
        manager = make_manager(given.get("manager", "memory"), folder)
        with open_instance(log, folder) as instance:
            begin = time.perf_counter()
            run = dg.materialize(assets, instance=instance, resources={"io_manager": manager})
            seconds.append((time.perf_counter() - begin) / steps)

            check(run.success, "the run")
            for i, definition in enumerate(assets):
                check(run.asset_value(definition.key) == i, str(definition.key))
                event = instance.get_latest_materialization_event(definition.key)
                check(event is not None and event.run_id == run.run_id, "the log")
    show({"seconds_per_step": seconds, "steps": steps, "checked": True})


if __name__ == "__main__":
    main()
