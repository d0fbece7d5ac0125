"""What is measured: each case is one program with one set of options."""

from __future__ import annotations

import dataclasses
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Case:
    """One program to run. Cases of one group do the same, so that they can be compared."""

    task: str
    competitor: str
    group: str
    command: tuple[str, ...]
    #: At most so many rounds; 0: all. For the slow ones.
    max_rounds: int = 0

    @property
    def name(self) -> str:
        return f"{self.task}/{self.competitor}: {self.group}"


@dataclasses.dataclass(frozen=True)
class Setting:
    """Where things are, and how much is measured."""

    build: Path
    scratch: Path
    python: str
    dagster_python: str | None  #: None: leave Dagster out.
    dagster: str  #: What pip calls it.
    table: Path
    quick: bool
    long: bool  #: Also what takes many minutes.

    def program(self, name: str) -> str:
        return str(self.build / "benchmarks" / name)

    def script(self, task: str, name: str) -> tuple[str, str]:
        return self.python, str(HERE / task / f"{name}.py")

    def dagster_script(self, task: str) -> tuple[str, str]:
        assert self.dagster_python
        return self.dagster_python, str(HERE / task / "dagster_python.py")

    @property
    def folder(self) -> tuple[str, str]:
        return "--folder", str(self.scratch)


def step_overhead(setting: Setting) -> list[Case]:
    """Return 1,000 trivial steps, through each manager and log, in each language."""
    task = "step_overhead"
    steps = ("--steps", "200" if setting.quick else "1000", "--repeats", "2")
    dagster_steps = ("--steps", "20" if setting.quick else "100")
    floor_steps = ("--steps", "100" if setting.quick else "300")
    cases = []
    for shape in ("independent", "chain"):
        for manager, log in (
            ("memory", "memory"),
            ("written", "memory"),
            ("memory", "full"),
            ("filesystem", "fast"),
            ("filesystem", "full"),
        ):
            group = f"{manager} manager, {log} log, {shape}"
            words = ("--shape", shape, "--manager", manager, "--log", log, *setting.folder)
            if manager != "written":
                program = setting.program("step_overhead_entrepot")
                cases.append(Case(task, "entrepot C++", group, (program, *words, *steps)))
            script = setting.script(task, "entrepot_python")
            cases.append(Case(task, "entrepot Python", group, (*script, *words, *steps)))
            if setting.dagster_python and (manager, log) not in (
                ("memory", "full"),
                ("filesystem", "fast"),
            ):
                script = setting.dagster_script(task)
                command = (*script, *words, *dagster_steps)
                cases.append(Case(task, "dagster", group, command, max_rounds=3))
    for floor, group in (("sqlite", "a synced SQLite commit"), ("store", "a synced file")):
        program = setting.program(f"step_overhead_{floor}_floor")
        cases.append(Case(task, "floor", group, (program, *floor_steps, *setting.folder)))
    return cases


def table_round_trip(setting: Setting) -> list[Case]:
    """Return storing and loading one table, and the memory either takes."""
    task = "table_round_trip"
    words = ("--table", str(setting.table), *setting.folder)
    ours = setting.program(f"{task}_entrepot")
    #: run.py replaces it by the file that Entrepot wrote.
    arrow = (setting.program(f"{task}_arrow_only"), *words, "--like", "{like}")
    cases = []
    for memory in ("", "store", "load"):
        again = ("--memory", memory) if memory else ("--repeats", "5")
        home = ("--home", "{home}") if memory == "load" else ()
        about = f", memory to {memory}" if memory else ""
        rounds = 2 if memory else 0
        group = f"Arrow table{about}"

        def python(program: str, *more: str) -> tuple[str, ...]:
            return *setting.script(task, program), *words, *again, *more

        fast = ("--durability", "fast")
        cases.append(Case(task, "entrepot C++", group, (ours, *words, *again, *home, *fast),
                          rounds))
        if not memory:
            durable = (ours, *words, *again, "--durability", "full")
            cases.append(Case(task, "entrepot C++", "Arrow table, durable", durable))
        cases.append(Case(task, "direct Arrow", group, (*arrow, *again), rounds))
        for kind, group in (
            ("arrow", f"Arrow table{about}"),
            ("pandas", f"pandas frame{about}"),
            ("polars", f"polars frame{about}"),
        ):
            command = python("entrepot_python", "--type", kind, *fast, *home)
            cases.append(Case(task, "entrepot Python", group, command, rounds))
            peer = "duckdb" if kind == "arrow" else kind
            cases.append(Case(task, peer, group, python(f"{peer}_parquet"), rounds))
    return cases


def reload(setting: Setting) -> list[Case]:
    """Return loading what can be mapped, of four sizes."""
    task = "reload"
    peers = {
        "tensor": ("numpy_load", "numpy, mapped", "numpy, read"),
        "table": ("pyarrow_files", "pyarrow, mapped", "pyarrow, feather read"),
    }
    cases = []
    for mb in ("1", "16") if setting.quick else ("1", "16", "256", "1000"):
        many = ("--repeats", "50")
        few = ("--repeats", "3" if int(mb) > 100 else "10")
        for kind, (peer, mapped, read) in peers.items():
            group = f"{kind}, {mb} MB"
            words = ("--kind", kind, "--mb", mb, *setting.folder)
            ours = (setting.program(f"{task}_entrepot"), *words)
            face = (*setting.script(task, "entrepot_python"), *words)
            other = (*setting.script(task, peer), *words)
            cases += [
                Case(task, "entrepot C++", group, (*ours, *many)),
                Case(task, "entrepot Python", group, (*face, *many)),
                Case(task, "entrepot C++, digest checked", group,
                     (*ours, "--verify", "yes", *few)),
                Case(task, mapped, group, (*other, "--how", "map", *many)),
                Case(task, read, group, (*other, "--how", "read", *few)),
            ]
    return cases


def memory_peaks(setting: Setting) -> list[Case]:
    """Return one store or load each, of every kind of value but tables."""
    task = "memory_peaks"
    mb = {"stream": "200" if setting.quick else "2000", "json": "20", "pickle": "20"}
    cases = []
    for what in ("stream", "tensor", "bytes", "text", "json", "pickle"):
        size = mb.get(what, "20" if setting.quick else "200")
        for part in ("store", "load"):
            group = f"{what}, {size} MB, {part}"
            words = ("--what", what, "--mb", size, "--part", part, *setting.folder)
            if what != "pickle":
                ours = (setting.program(f"{task}_entrepot"), *words)
                cases.append(Case(task, "entrepot C++", group, ours, max_rounds=2))
            for program, competitor in (
                ("entrepot_python", "entrepot Python"),
                ("direct_python", "Python's usual way"),
            ):
                command = (*setting.script(task, program), *words)
                cases.append(Case(task, competitor, group, command, max_rounds=2))
    return cases


def event_log(setting: Setting) -> list[Case]:
    """Return a log of 100,000 materializations, and the long one of 10 million."""
    task = "event_log"
    cases = []
    counts = [(100_000, 0)] if not setting.quick else [(20_000, 0)]
    if setting.long:
        counts.append((10_000_000, 1))
    for count, rounds in counts:
        words = ("--count", str(count), "--queries", "2000", *setting.folder)
        for program, competitor in (
            ("entrepot", "entrepot C++"),
            ("sqlite_floor", "bare SQLite"),
        ):
            command = (setting.program(f"{task}_{program}"), *words)
            cases.append(Case(task, competitor, f"{count:,} materializations", command,
                              rounds))
    return cases


def plan(setting: Setting) -> list[Case]:
    """Return definitions of 10,000 assets in each language, and a plan of 100,000 steps."""
    task = "plan"
    ours = setting.program(f"{task}_entrepot")
    few = "1000" if setting.quick else "10000"
    many = "10000" if setting.quick else "100000"
    words = ("--assets", few)
    group = f"{int(few):,} assets"
    cases = [
        Case(task, "entrepot C++", group, (ours, *words, "--shape", "random")),
        Case(task, "entrepot Python", group,
             (*setting.script(task, "entrepot_python"), *words)),
    ]
    if setting.dagster_python:
        command = (*setting.dagster_script(task), *words)
        cases.append(Case(task, "dagster", group, command, max_rounds=2))
    for shape in ("chain", "wide", "random"):
        group = f"{int(many):,} assets, {shape}"
        command = (ours, "--assets", many, "--shape", shape)
        cases.append(Case(task, "entrepot C++", group, command))
    command = (*setting.script(task, "graphlib_python"), "--assets", many)
    cases.append(Case(task, "graphlib (sorts only)", group, command))
    return cases


def small_value(setting: Setting) -> list[Case]:
    """Return storing and loading small values without a graph."""
    task = "small_value"
    count = "50" if setting.quick else "300"
    cases = []
    for what, group in (("record", "a flat dict"), ("array", "100 numbers")):
        words = ("--what", what, "--values", count, *setting.folder)
        for program, competitor in (
            ("entrepot_python", "entrepot Python"),
            ("joblib_memory", "joblib.Memory"),
            ("pins_board", "pins"),
            ("files_floor", "bare files"),
        ):
            command = (*setting.script(task, program), *words)
            cases.append(Case(task, competitor, group, command))
    return cases


def import_time(setting: Setting) -> list[Case]:
    """Return the import of one package each."""
    task = "import_time"
    packages = {"entrepot": setting.python, "pyarrow": setting.python}
    if setting.dagster_python:
        packages["dagster"] = setting.dagster_python
    packages["nothing"] = setting.python
    program = str(HERE / task / "import_package.py")
    return [
        Case(task, name, "fresh interpreter", (python, program, "--package", name))
        for name, python in packages.items()
    ]


def install(setting: Setting) -> list[Case]:
    """Return installing the C++ library, and (long) the wheel and Dagster's."""
    task = "install"
    library = (*setting.script(task, "cmake_install"), "--build", str(setting.build))
    cases = [Case(task, "entrepot C++", "cmake --install", (*library, *setting.folder),
                  max_rounds=2)]
    if not setting.long:
        return cases
    pip = (*setting.script(task, "pip_install"), *setting.folder)
    wheel = ("--package", "entrepot", "--source", str(HERE.parent), "--compile", "yes")
    cases.append(Case(task, "entrepot Python", "pip install", (*pip, *wheel), max_rounds=1))
    if setting.dagster_python:
        words = ("--package", "dagster", "--requirement", setting.dagster)
        cases.append(Case(task, "dagster", "pip install", (*pip, *words), max_rounds=1))
    return cases


TASKS = {
    "step_overhead": step_overhead,
    "table_round_trip": table_round_trip,
    "reload": reload,
    "memory_peaks": memory_peaks,
    "small_value": small_value,
    "event_log": event_log,
    "plan": plan,
    "import_time": import_time,
    "install": install,
}
