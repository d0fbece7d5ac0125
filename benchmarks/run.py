"""Runs the benchmarks: all competitors in turns, round by round, on one machine.

Prints what each took, and the table budget / measured / verdict. With --all, the results are
kept in results/<date>-<cpu>.json, from which the results page is written (page.py). A case
whose output is wrong has no result.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import budgets
import machine
import page
from cases import HERE, TASKS, Case, Setting


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Runner:
    """Runs cases and collects what they print."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}  # To fill in: {like}, {home}.
        self.measured: dict[str, list[float]] = {}
        self.missing: dict[str, str] = {}

    def run(self, case: Case) -> None:
        """Run a case once more, unless it failed before."""
        if case.name in self.missing:
            return
        words = [self._fields.get(word, word) for word in case.command]
        begin = time.perf_counter()
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=7200)
            if done.returncode != 0:
                raise RuntimeError((done.stderr or done.stdout).strip()[-600:])
            result = json.loads(done.stdout.strip().splitlines()[-1])
            if result.get("checked") is not True:
                raise RuntimeError("the program did not check its output")
        except (OSError, RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            self._fail(case, str(error) or "no reason")
            return
        if case.task == "import_time":
            result["process_seconds"] = time.perf_counter() - begin
        self._keep(case, result)

    def _fail(self, case: Case, reason: str) -> None:
        # Numbers of earlier rounds are no better than this one.
        self.missing[case.name] = reason
        for key in [key for key in self.measured if key.startswith(case.name + "/")]:
            del self.measured[key]
        say(f"  {case.name}: FAILED: {reason}")

    def _keep(self, case: Case, result: dict[str, Any]) -> None:
        for metric, value in result.items():
            if isinstance(value, list):
                value = min(value) if value else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                key = f"{case.name}/{metric}"
                self.measured.setdefault(key, []).append(float(f"{value:.5g}"))
        if "home" in result:
            self._fields["{home}"] = result["home"]
            self._fields["{like}"] = result["home"] + "/storage/mixed.parquet"


def run_rounds(runner: Runner, cases: Sequence[Case], rounds: int) -> None:
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        # Every other round backwards, so that nobody always follows the same one; the
        # first forwards, since some load what others have stored.
        task = ""
        for case in cases if number % 2 == 0 else reversed(cases):
            if case.max_rounds and number >= case.max_rounds:
                continue
            if case.task != task:
                task = case.task
                say(f"  {task}")
            runner.run(case)


def make_table(quick: bool) -> Path:
    """Return the file of the table that everybody stores, made on first use."""
    rows = 200_000 if quick else 5_000_000
    table = machine.cache_folder() / "benchmarks" / f"mixed-{rows}.arrow"
    maker = HERE / "table_round_trip" / "make_table.py"
    subprocess.run([sys.executable, str(maker), str(table), str(rows)], check=True)
    return table


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Run everything; return the results document."""
    tasks = given.task or list(TASKS)
    dagster = None if given.without_dagster else machine.dagster_python()
    runner = Runner()
    if dagster is None:
        runner.missing["dagster"] = "left out or not installable"
    top = machine.make_scratch(given.scratch)
    scratch = top / "files"
    scratch.mkdir()
    about = machine.describe(scratch, dagster)
    setting = Setting(
        build=given.build.resolve(),
        scratch=scratch,
        python=sys.executable,
        dagster_python=dagster,
        dagster=machine.DAGSTER,
        table=make_table(given.quick),
        quick=given.quick,
        long=given.all,
    )
    python_path = [str(setting.build / "python"), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, python_path))
    # Installed packages have their byte code; ours is to have it from the first round on.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        run_rounds(runner, [case for task in tasks for case in TASKS[task](setting)],
                   given.rounds)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    about["load_after"] = round(os.getloadavg()[0], 2)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": about,
        "rounds": given.rounds,
        "measured": runner.measured,
        "missing": {name: why.splitlines()[-1] for name, why in runner.missing.items()},
    }


def show(document: dict[str, Any]) -> None:
    print(f"\n{'case':92} {'median':>10} {'least':>10}  rounds")
    for name, values in document["measured"].items():
        middle, least = (page.quantity(name, value) for value in (median(values), min(values)))
        print(f"{name:92} {middle:>10} {least:>10}  {len(values)}")
    for name, reason in document["missing"].items():
        print(f"missing: {name}: {reason}")


def show_budgets(document: dict[str, Any]) -> None:
    table = [["what", "budget", "measured", "at best", "verdict"]]
    table += [row.cells() for row in budgets.judge(document["measured"])]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    print()
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def keep(document: dict[str, Any], given: argparse.Namespace) -> None:
    """Write the results; those of everything become the results page."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if given.all and not given.task:
        cpu = document["machine"]["cpu"].lower().removeprefix("virtual ")
        cpu = re.sub(r"[^a-z0-9]+", "-", cpu).strip("-")
        path = HERE / "results" / f"{document['date']}-{cpu}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        page.write(path)
        say(f"wrote results/{path.name}, results/README.md and README.md's section")
    else:
        path = given.build / "benchmarks" / "results.json"
        path.write_text(text)
        say(f"wrote {path}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "release")
    parser.add_argument("--task", choices=sorted(TASKS), action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="one round of fewer steps and rows: does everything still run?")
    parser.add_argument("--all", action="store_true",
                        help="also what takes long; keeps the results")
    parser.add_argument("--without-dagster", action="store_true")
    parser.add_argument("--scratch", help="folder on the disk to measure")
    given = parser.parse_args()
    if given.quick:
        given.rounds = 1
    return given


def main() -> int:
    given = parse()
    document = measure(given)
    show(document)
    if not given.quick:  # Its figures are too few to be judged.
        show_budgets(document)
        keep(document, given)
    return 1 if any(name != "dagster" for name in document["missing"]) else 0


if __name__ == "__main__":
    sys.exit(main())
