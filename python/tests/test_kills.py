"""A process that materializes in a loop is killed at random moments of its work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import entrepot as ep

SOAK = os.environ.get("ENTREPOT_SOAK") == "1"
SEED = int(os.environ.get("ENTREPOT_SEED", random.randrange(2**32)))
KILLS = 100 if SOAK else 6

# Values carry one number in every part, so that a torn, mixed or old one shows: as a table, as a
# pickle, and as JSON that was made of the table.
SCRIPT = """
import sys
import pandas as pd
import entrepot as ep


def assets(number):
    @ep.asset
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"n": [number] * (100 + number), "text": str(number)})

    @ep.asset
    def members() -> set:
        return {number, -number}

    @ep.asset
    def summary(frame: pd.DataFrame) -> dict:
        return {"n": int(frame["n"].iloc[0]), "rows": len(frame)}

    return [frame, members, summary]


if __name__ == "__main__":
    home, durability, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    instance = ep.Instance.open(home, durability=durability)
    print("begins", flush=True)
    while True:
        ep.materialize(assets(number), instance=instance)
        print(number, flush=True)
        number += 1
"""


def numbers_in(instance: ep.Instance) -> dict[str, int]:
    """Load every asset, check that it is whole, and return what each carries."""
    frame = instance.load("frame")
    (number,) = set(frame["n"])
    assert set(frame["text"]) == {str(number)} and len(frame) == 100 + number
    member = max(instance.load("members"))
    assert instance.load("members") == {member, -member}
    summary = instance.load("summary")
    assert summary["rows"] == 100 + summary["n"]
    return {"frame": number, "members": member, "summary": summary["n"]}


def grow_until_killed(
    script: Path, home: Path, durability: str, first: int
) -> tuple[list[int], int]:
    """Return the numbers that were acknowledged, and the id of the process that was killed."""
    command = [sys.executable, script, home, durability, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begins\n"
        time.sleep(random.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read()
        assert process.wait() == -signal.SIGKILL
    return [int(line) for line in said.splitlines()], process.pid


@pytest.mark.parametrize("durability", ["full", "fast"])
def test_values_are_whole_and_acknowledged_and_runs_interrupted(
    durability: str, home: Path, tmp_path: Path
):
    random.seed(SEED)
    script = tmp_path / "grow.py"
    script.write_text(SCRIPT)
    newest = acknowledged = 0
    killed: list[int] = []
    for kill in range(KILLS):
        where = f"kill {kill}, ENTREPOT_SEED={SEED}"
        numbers, pid = grow_until_killed(script, home, durability, newest + 1)
        acknowledged = max([acknowledged, *numbers])
        instance = ep.Instance.open(home, durability=durability)
        killed.append(pid)
        for run in instance.get_runs(limit=1000):
            assert run.status in ("success", "interrupted"), where
            if run.status == "interrupted":
                assert any(f"process {pid} on" in run.error for pid in killed), where
        if acknowledged > 0:
            found = numbers_in(instance)
            assert min(found.values()) >= acknowledged, where
            newest = max(found.values())
    runs = ep.Instance.open(home).get_runs(limit=1000)
    assert any(run.status == "interrupted" for run in runs), f"no kill hit a run; seed {SEED}"
