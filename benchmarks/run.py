"""Runs the benchmarks: all competitors in turns, round by round, on one machine.

Prints what each took, and the table budget / measured / verdict; writes both to
results/<date>-<cpu>.json. A case whose output is wrong has no result.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import budgets
from cases import HERE, TASKS, Case, Setting

DAGSTER = "dagster==1.13.*"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cache_folder() -> Path:
    """Return where the table and Dagster's environment stay between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("ENTREPOT_CACHE") or Path(base) / "entrepot")


def dagster_python() -> str | None:
    """Return the interpreter of an environment with Dagster, made on first use."""
    folder = cache_folder() / "dagster-1.13"
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        say(f"making an environment for {DAGSTER} in {folder}")
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)])
        if made.returncode == 0:
            made = subprocess.run([str(python), "-m", "pip", "install", "--quiet", DAGSTER])
        if made.returncode != 0:
            return None
        installed.write_text(DAGSTER)
    return str(python)


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def machine() -> dict[str, Any]:
    """Return what the numbers depend on; no names of people, hosts or folders."""
    status = Path("/proc/meminfo").read_text().split("\n", 1)[0]
    packages = ("pyarrow", "pandas", "polars", "duckdb", "numpy")
    return {
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(status.split()[1]) / 2**20),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": {name: version_of(name) for name in packages},
    }


def make_scratch(parent: str | None) -> Path:
    """Return a new folder that has inodes of its own, where the filesystem lets us.

    ext4 keeps the inodes of a folder's files together, and does not reuse those freed in
    the last minutes but walks over them: after many deletions nearby, each new file costs a
    millisecond. A folder below one with the flag T gets another part of the disk.
    """
    top = Path(tempfile.mkdtemp(prefix="entrepot-bench-", dir=parent))
    if shutil.which("chattr"):
        subprocess.run(["chattr", "+T", str(top)], capture_output=True)
    return top


class Runner:
    """Runs cases and collects what they print."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._fields: dict[str, str] = {}  # To fill in: {like}, {home}.
        self.measured: dict[str, list[float]] = {}
        self.missing: dict[str, str] = {}

    def run(self, case: Case) -> None:
        """Run a case once more, unless it failed before."""
        name = f"{case.task}/{case.name}"
        if name in self.missing:
            return
        words = [self._filled(word) for word in case.command]
        begin = time.perf_counter()
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=900)
            if done.returncode != 0:
                raise RuntimeError((done.stderr or done.stdout).strip()[-600:])
            result = json.loads(done.stdout.strip().splitlines()[-1])
            if result.get("checked") is not True:
                raise RuntimeError("the program did not check its output")
        except (OSError, RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            # Numbers of earlier rounds are no better than this one.
            self.missing[name] = str(error)
            for key in [key for key in self.measured if key.startswith(name + "/")]:
                del self.measured[key]
            say(f"  {name}: FAILED: {error}")
            return
        self._keep(name, result)
        if case.task == "import_time":
            self._keep(name, {"process_seconds": time.perf_counter() - begin})

    def _keep(self, name: str, result: dict[str, Any]) -> None:
        for metric, value in result.items():
            if isinstance(value, list):
                value = min(value) if value else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self.measured.setdefault(f"{name}/{metric}", []).append(value)
        if "home" in result:
            self._fields["{home}"] = result["home"]
            self._fields["{like}"] = result["home"] + "/storage/mixed.parquet"

    def _filled(self, word: str) -> str:
        return self._fields.get(word, word)


def show_measured(measured: dict[str, list[float]]) -> None:
    print(f"\n{'case':92} {'median':>10} {'min':>10}  rounds")
    for name, values in measured.items():
        if name.endswith(("/steps", "/modules")):
            continue
        unit, scale = "", 1.0
        if name.endswith("seconds_per_step"):
            unit, scale = "us", 1e6
        elif "seconds" in name:
            unit, scale = "ms", 1e3
        elif name.endswith("_bytes"):
            unit, scale = "MB", 1e-6
        typical, best = median(values) * scale, min(values) * scale
        print(f"{name:92} {typical:10.2f} {best:10.2f} {unit:2} {len(values)}")


def show_budgets(rows: list[budgets.Row]) -> None:
    table = [["what", "budget", "measured", "at best", "verdict"]]
    table += [row.cells() for row in rows]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    print()
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def write_results(path: Path, runner: Runner, rows: list[budgets.Row], about: Any) -> None:
    def rounded(value: float | None) -> float | None:
        return None if value is None else float(f"{value:.5g}")

    document = {
        "date": datetime.date.today().isoformat(),
        "machine": about,
        "budgets": [
            {
                "what": row.what,
                "unit": row.unit,
                "limit": row.limit,
                "typical": rounded(row.typical),
                "best": rounded(row.best),
                "verdict": row.verdict,
            }
            for row in rows
        ],
        "measured": {
            name: {
                "median": rounded(median(values)),
                "min": rounded(min(values)),
                "rounds": len(values),
            }
            for name, values in runner.measured.items()
        },
        "missing": {name: reason.splitlines()[-1] for name, reason in
                    runner.missing.items()},
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n")
    say(f"wrote {path.name}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "release")
    parser.add_argument("--task", choices=sorted(TASKS), action="append")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer steps and rows")
    parser.add_argument("--all", action="store_true", help="twice as many rounds")
    parser.add_argument("--without-dagster", action="store_true")
    parser.add_argument("--scratch", help="folder on the disk to measure")
    parser.add_argument("--no-results", action="store_true", help="write no JSON")
    return parser.parse_args()


def main() -> None:
    given = parse()
    about = machine()
    rounds = given.rounds * (2 if given.all else 1)
    table_rows = 200_000 if given.quick else 5_000_000
    tasks = given.task or list(TASKS)
    dagster = None
    if not given.without_dagster and set(tasks) - {"table_round_trip"}:
        dagster = dagster_python()
    table = cache_folder() / "benchmarks" / f"mixed-{table_rows}.arrow"
    if "table_round_trip" in tasks:
        maker = HERE / "table_round_trip" / "make_table.py"
        subprocess.run([sys.executable, str(maker), str(table), str(table_rows)], check=True)
    top = make_scratch(given.scratch)
    try:
        scratch = top / "files"
        scratch.mkdir()
        setting = Setting(given.build.resolve(), scratch, sys.executable, dagster, table,
                          given.quick)
        python_path = [str(setting.build / "python"), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, python_path))
        runner = Runner(setting)
        if given.without_dagster:
            runner.missing["dagster"] = "left out on request"
        elif dagster is None and set(tasks) - {"table_round_trip"}:
            runner.missing["dagster"] = f"pip could not install {DAGSTER}"
        cases = [case for task in tasks for case in TASKS[task](setting)]
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            # Every other round backwards, so that nobody always follows the same one; the
            # first forwards, since arrow_only needs a file of Entrepot's.
            for case in cases if number % 2 == 0 else reversed(cases):
                if case.max_rounds and number >= case.max_rounds:
                    continue
                runner.run(case)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    rows = [row for row in budgets.judge(runner.measured)]
    show_measured(runner.measured)
    show_budgets(rows)
    for name, reason in runner.missing.items():
        print(f"missing: {name}: {reason.splitlines()[-1] if reason else 'no reason'}")
    about["load_after"] = round(os.getloadavg()[0], 2)
    if not given.no_results and not given.quick:
        cpu = re.sub(r"[^a-z0-9]+", "-", about["cpu"].lower()).strip("-")
        name = f"{datetime.date.today().isoformat()}-{cpu}.json"
        write_results(HERE / "results" / name, runner, rows, about)
    sys.exit(1 if any(name != "dagster" for name in runner.missing) else 0)


if __name__ == "__main__":
    main()
