"""What is measured: each case is one program with one set of options."""

from __future__ import annotations

import dataclasses
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Case:
    """One program to run, and which of its results are kept."""

    task: str
    name: str
    command: tuple[str, ...]
    #: At most so many rounds; 0: all. For the slow ones.
    max_rounds: int = 0


@dataclasses.dataclass(frozen=True)
class Setting:
    """Where things are, and how much is measured."""

    build: Path
    scratch: Path
    python: str
    dagster_python: str | None  #: None: leave Dagster out.
    table: Path
    quick: bool


def step_overhead(setting: Setting) -> list[Case]:
    """Return 1,000 trivial steps, through each manager and log, in each language."""
    task = "step_overhead"
    steps = "200" if setting.quick else "1000"
    floor_steps = "100" if setting.quick else "300"
    dagster_steps = "20" if setting.quick else "100"
    programs = setting.build / "benchmarks"
    folder = str(setting.scratch)
    cases = []
    for shape in ("independent", "chain"):
        for manager, log in (
            ("memory", "memory"),
            ("memory", "full"),
            ("filesystem", "fast"),
            ("filesystem", "full"),
        ):
            words = ("--shape", shape, "--manager", manager, "--log", log,
                     "--folder", folder)
            what = f"{manager} + {log} log, {shape}"
            cases.append(Case(task, f"entrepot C++: {what}", (
                str(programs / "step_overhead_entrepot"), *words, "--steps", steps,
                "--repeats", "2")))
            cases.append(Case(task, f"entrepot Python: {what}", (
                setting.python, str(HERE / task / "entrepot_python.py"), *words,
                "--steps", steps, "--repeats", "2")))
            is_dagsters = (manager, log) in (("memory", "memory"), ("filesystem", "full"))
            if setting.dagster_python and is_dagsters:
                cases.append(Case(task, f"dagster: {what}", (
                    setting.dagster_python, str(HERE / task / "dagster_python.py"), *words,
                    "--steps", dagster_steps), max_rounds=3))
    for floor in ("sqlite_floor", "store_floor"):
        cases.append(Case(task, floor, (
            str(programs / f"step_overhead_{floor}"), "--steps", floor_steps,
            "--folder", folder)))
    return cases


def table_round_trip(setting: Setting) -> list[Case]:
    """Return storing and loading one table, and the memory either takes."""
    task = "table_round_trip"
    folder = str(setting.scratch)
    words = ("--table", str(setting.table), "--folder", folder)
    programs = setting.build / "benchmarks"
    #: run.py replaces it by the file that Entrepot wrote.
    direct = (str(programs / "table_round_trip_arrow_only"), *words, "--like", "{like}")
    cases = []
    for memory in ("", "store", "load"):
        again = ("--memory", memory) if memory else ("--repeats", "3")
        about = f", memory to {memory}" if memory else ""
        rounds = 2 if memory else 0
        home = ("--home", "{home}") if memory == "load" else ()
        for durability in ("fast", "full"):
            if memory and durability == "full":
                continue
            cases.append(Case(task, f"entrepot C++: {durability}{about}", (
                str(programs / "table_round_trip_entrepot"), *words, *again, *home,
                "--durability", durability), rounds))
        cases.append(Case(task, f"arrow only{about}", (*direct, *again), rounds))
        for kind in ("pandas", "polars", "arrow"):
            if memory == "load":
                continue
            cases.append(Case(task, f"entrepot Python: {kind}, fast{about}", (
                setting.python, str(HERE / task / "entrepot_python.py"), *words, *again,
                "--type", kind, "--durability", "fast"), rounds))
        for peer in ("pandas", "polars", "duckdb"):
            cases.append(Case(task, f"{peer}{about}", (
                setting.python, str(HERE / task / f"{peer}_parquet.py"), *words, *again),
                rounds))
    return cases


def import_time(setting: Setting) -> list[Case]:
    """Return the import of one package each."""
    task = "import_time"
    program = str(HERE / task / "import_package.py")
    packages = {"none": setting.python, "entrepot": setting.python,
                "pyarrow": setting.python}
    if setting.dagster_python:
        packages["dagster"] = setting.dagster_python
    return [
        Case(task, name, (python, program, "--package", name))
        for name, python in packages.items()
    ]


TASKS = {
    "step_overhead": step_overhead,
    "table_round_trip": table_round_trip,
    "import_time": import_time,
}
