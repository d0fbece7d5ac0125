"""The programs whose command line is tested: C++ and Python, with definitions and without."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ENTREPOT_BUILD", ROOT / "build" / "dev"))
PIPELINE = ROOT / "tests" / "cli" / "pipeline.py"

#: What every test's command finds in its environment.
ENVIRONMENT = {
    **{
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "ENTREPOT_HOME", "XDG_DATA_HOME")
        and not name.startswith("PIPELINE_")
    },
    "TERM": "xterm-256color",
    "COLUMNS": "80",
    "CLICOLOR_FORCE": "1",
}

Done = subprocess.CompletedProcess[str]


@dataclasses.dataclass(frozen=True)
class Program:
    """How a command begins."""

    name: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def arguments(self, *arguments: object, home: Path | None) -> list[str]:
        instance = [] if home is None else ["--instance", str(home)]
        return [*self.command, *instance, *map(str, arguments)]

    def run(
        self,
        *arguments: object,
        home: Path | None = None,
        environment: dict[str, str] | None = None,
        before: tuple[str, ...] = (),
        **options: object,
    ) -> Done:
        """Run to the end; `before` is a command that starts it."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.run(  # type: ignore[call-overload]
            [*before, *self.arguments(*arguments, home=home)],
            env={**ENVIRONMENT, **(environment or {})},
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            **streams,
        )

    @contextlib.contextmanager
    def waiting_in_a_step(
        self, home: Path, gate: Path, *arguments: object
    ) -> Iterator[subprocess.Popen[str]]:
        """Run slow/first and slow/second; the first has begun and ends when `gate` exists."""
        with subprocess.Popen(
            self.arguments("materialize", "--select", "slow/*", *arguments, home=home),
            env={**ENVIRONMENT, "PIPELINE_GATE": str(gate)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                wait_for(Path(f"{gate}.began"), process)
                yield process
            finally:
                process.kill()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, "it ended before"
        assert time.monotonic() < deadline, f"there is no {path}"
        time.sleep(0.005)


PYTHON_ALONE = Program("python-alone", (sys.executable, "-m", "entrepot.cli"))
PYTHON = Program("python", (*PYTHON_ALONE.command, "-f", str(PIPELINE)))
CPP = Program("cpp", (str(BUILD / "tests" / "cli" / "cli_pipeline"),))
CPP_ALONE = Program("cpp-alone", (str(BUILD / "src" / "entrepot" / "cli" / "entrepot"),))

PIPELINES = [CPP, PYTHON]
ALL = [CPP, CPP_ALONE, PYTHON, PYTHON_ALONE]

#: What `materialize` makes without a fault; pipeline.py has one more, a pickle.
SOUND = "group:raw,group:values"
ODD_KEY = r"odd/a\/b/../it's [x]=*" + "\n"
KEYS = ["raw/flights", "daily_delays", "text", "json", "bytes", "tensor", "nothing", ODD_KEY]

needs_cpp = pytest.mark.skipif(
    not Path(CPP.command[0]).is_file(),
    reason=f"the C++ program is not built: {CPP.command[0]} (ENTREPOT_BUILD names the build)",
)
all_programs = pytest.mark.parametrize("program", ALL, ids=str)
pipelines = pytest.mark.parametrize("program", PIPELINES, ids=str)
#: Enough where nothing depends on definitions.
commands = pytest.mark.parametrize("program", [CPP, PYTHON_ALONE], ids=str)

READING = [["ls"], ["show", "text"], ["history", "text"], ["runs"]]
reading_verbs = pytest.mark.parametrize("verb", READING, ids=lambda verb: verb[0])

MATERIALIZE = ["materialize", "--select", "text"]
#: Verbs open an instance alike, so that few of Python's, which start slowly, are enough.
all_verbs = pytest.mark.parametrize(
    ("program", "verb"),
    [*((CPP, verb) for verb in [*READING, MATERIALIZE]), (PYTHON, ["ls"]), (PYTHON, MATERIALIZE)],
    ids=lambda value: value.name if isinstance(value, Program) else value[0],
)


def assert_data(done: Done) -> None:
    """Data on the output; nothing else, and nothing anywhere that a terminal would obey."""
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def assert_error(done: Done, code: int, *phrases: str) -> None:
    """An error in words; no data."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error: "), done.stderr
    assert "Traceback" not in done.stderr
    for phrase in phrases:
        assert phrase in done.stderr
