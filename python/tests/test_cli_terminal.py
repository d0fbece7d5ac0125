"""The command line on a terminal: progress, colours, width, Ctrl-C.

The commands run on a pseudo-terminal. `Screen` is as much of a terminal as they may use: a
carriage return, line ends, and the codes of colours.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import time
import unicodedata
from pathlib import Path

import pytest

from cli_programs import (
    CPP,
    ENVIRONMENT,
    PYTHON,
    PYTHON_ALONE,
    SOUND,
    Program,
    needs_cpp,
    pipelines,
)

pytestmark = needs_cpp

COLORS = re.compile("\x1b\\[[0-9;]*m")


class Screen:
    """Lines of a terminal, as wide as they were written: nothing is cut."""

    def __init__(self, written: str) -> None:
        self.lines = [[]]
        self.widest = 0
        column = 0
        for character in COLORS.sub("", written):
            line: list[str] = self.lines[-1]
            if character == "\r":
                column = 0
            elif character == "\n":
                self.lines.append([])
                column = 0
            else:
                assert unicodedata.category(character) != "Cc", f"{character!r} in {written!r}"
                wide = unicodedata.east_asian_width(character) in "WF"
                line += [" "] * (column - len(line))
                line[column : column + 1 + wide] = [character, *[""] * wide]
                column += 1 + wide
                self.widest = max(self.widest, column)

    @property
    def text(self) -> str:
        return "\n".join("".join(line).rstrip() for line in self.lines)


def set_size(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))


class Terminal:
    """A command on a terminal of its own, started by a shell, as the leader of a session.

    (A terminal forgets what was not read yet when that leader ends.)
    """

    def __init__(
        self, command: list[str], columns: int, redirected: str = "", **environment: str
    ) -> None:
        self._written = b""
        self.process, self.descriptor = pty.fork()
        if self.process == 0:  # The child: nothing but what leads to the command.
            set_size(0, columns)
            script = f"trap : INT; \"$@\" {redirected}; printf '[exit %d]' $?; read _"
            os.execvpe("sh", ["sh", "-c", script, "sh", *command], {**ENVIRONMENT, **environment})

    @property
    def written(self) -> str:
        """All that came so far; line ends as the command wrote them."""
        text = self._written.decode(errors="replace").replace("\r\n", "\n")
        return re.sub(r"\[exit \d+\]$", "", text)

    def read_until(self, pattern: str) -> str:
        """Wait for a match in what came so far; returns its first group, if it has one."""
        deadline = time.monotonic() + 30
        while True:
            text = self._written.decode(errors="replace").replace("\r\n", "\n")
            found = re.search(pattern, text)
            if found:
                return found[1] if found.re.groups else ""
            assert time.monotonic() < deadline, f"no {pattern} in {text!r}"
            assert not re.search(r"\[exit \d+\]$", text), f"it ended without {pattern}: {text!r}"
            self._written += os.read(self.descriptor, 1 << 16)

    def resize(self, columns: int) -> None:
        set_size(self.descriptor, columns)

    def type(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def wait(self) -> int:
        """Wait for the end of the command; returns its exit code, as a shell tells it."""
        code = self.read_until(r"\[exit (\d+)\]$")
        self.type("\n")
        os.waitpid(self.process, 0)
        os.close(self.descriptor)
        return int(code)


def shown(
    command: list[str], columns: int = 100, environment: dict[str, str] | None = None
) -> Terminal:
    terminal = Terminal(command, columns, **(environment or {}))
    assert terminal.wait() == 0, terminal.written
    return terminal


@dataclasses.dataclass
class Waiting:
    """A run on a terminal whose first step waits for a file."""

    terminal: Terminal
    gate: Path

    def __init__(
        self, program: Program, home: Path, columns: int, redirected: str = ""
    ) -> None:
        self.gate = home.parent / "gate"
        command = program.arguments("materialize", "--select", "slow/*", home=home)
        self.terminal = Terminal(command, columns, redirected, PIPELINE_GATE=str(self.gate))


@pipelines
def test_the_progress_line_comes_and_goes(program: Program, home: Path):
    run = Waiting(program, home, 60)
    run.terminal.read_until(r"\r\[0/2\] \d+ ms · slow/first")
    run.terminal.read_until(r"\r\[0/2\] \d+\.\d s · slow/first")
    assert "\n" not in run.terminal.written, "it is drawn over itself"
    assert Screen(run.terminal.written).widest < 60
    run.gate.touch()
    assert run.terminal.wait() == 0
    lines = Screen(run.terminal.written).text.splitlines()
    assert re.fullmatch(r"Run \S+ succeeded in [\d.]+ s", lines[0]), "nothing of it is left"
    assert not [line for line in lines if "[" in line]
    table = lines[: lines.index("To look further:")]
    assert max(map(len, table[1:-3])) <= 60


@pipelines
def test_the_progress_line_is_cut_to_the_terminal(program: Program, home: Path):
    run = Waiting(program, home, 20)
    run.terminal.read_until(r"\r\[0/2\] \d+ ms · s\w*…")
    drawn = Screen(run.terminal.written)
    assert drawn.widest < 20, "in the last column some terminals begin a new line"
    run.gate.touch()
    assert run.terminal.wait() == 0


def test_the_progress_line_follows_a_terminal_that_changes_its_size(home: Path):
    run = Waiting(CPP, home, 60)
    run.terminal.read_until(r"\r\[0/2\] \d+ ms · slow/first")
    run.terminal.resize(18)
    run.terminal.read_until(r"\r\[0/2\] [\d.]+ m?s · \w*…")
    run.gate.touch()
    assert run.terminal.wait() == 0
    assert re.search(r"\n├─ slow/first +1 B", run.terminal.written), "and so does the table"


@pipelines
def test_progress_is_for_terminals_only(program: Program, home: Path, tmp_path: Path):
    err = tmp_path / "err"
    run = Waiting(program, home, 60, f"2> {err}")
    time.sleep(0.5)
    run.gate.touch()
    assert run.terminal.wait() == 0
    assert "[0/2]" not in run.terminal.written
    assert err.read_text() == ""


@pipelines
def test_data_may_go_to_a_file_while_the_terminal_shows_progress(
    program: Program, home: Path, tmp_path: Path
):
    out = tmp_path / "out"
    run = Waiting(program, home, 60, f"> {out}")
    run.terminal.read_until(r"\r\[0/2\] ")
    run.gate.touch()
    assert run.terminal.wait() == 0
    assert Screen(run.terminal.written).text == ""
    data = out.read_text()
    assert data.startswith("Run ")
    assert "\x1b" not in data and "\r" not in data
    assert re.search(r"├─ slow/first +json +1 B .* slow/first\.json\n", data), "not cut"


def test_what_steps_print_stands_on_lines_of_its_own(home: Path, tmp_path: Path):
    script = tmp_path / "talks.py"
    script.write_text(
        "import logging, sys, time\n"
        "import entrepot as ep\n"
        "logging.basicConfig(format='%(message)s')\n"
        "@ep.asset\n"
        "def talks() -> int:\n"
        "    for i in range(3):\n"
        "        time.sleep(0.2)\n"
        "        print('printed', i)\n"
        "        logging.warning('logged')\n"
        "    print('no end', end='')\n"
        "    return 1\n"
    )
    terminal = shown(PYTHON_ALONE.arguments("-f", script, "materialize", home=home))
    assert "[0/1]" in terminal.written, "there was a progress line meanwhile"
    lines = Screen(terminal.written).text.splitlines()
    assert lines[:6] == ["printed 0", "logged", "printed 1", "logged", "printed 2", "logged"]
    assert terminal.written.endswith("\n")


@pipelines
def test_ctrl_c_once_waits_for_the_step(program: Program, home: Path):
    run = Waiting(program, home, 60)
    run.terminal.read_until(r"\r\[0/2\] ")
    run.terminal.type("\x03")
    run.terminal.read_until("Ctrl-C again ends at once\n")
    run.terminal.read_until(r"once\n.*\r\[0/2\] ")
    run.gate.touch()
    assert run.terminal.wait() == 130
    lines = Screen(run.terminal.written).text.splitlines()
    assert lines[0].startswith("interrupted: waiting for the steps that have begun")
    assert " was interrupted after " in lines[1], "no rest of the progress line"
    assert lines[-1] == "warning: the run was interrupted; 1 step did not end"


@pipelines
def test_ctrl_c_twice_ends_at_once_and_ends_the_line(program: Program, home: Path):
    run = Waiting(program, home, 60)
    run.terminal.read_until(r"\r\[0/2\] ")
    run.terminal.type("\x03")
    run.terminal.read_until(r"once\n.*\r\[0/2\] ")
    run.terminal.type("\x03")
    assert run.terminal.wait() == 130
    assert run.terminal.written.endswith("\n"), "a prompt begins its own line"


def test_ctrl_c_ends_python_while_it_imports_definitions(tmp_path: Path):
    script = tmp_path / "slow.py"
    script.write_text("import time\nprint('importing')\ntime.sleep(60)\n")
    terminal = Terminal([*PYTHON_ALONE.command, "-f", str(script), "ls"], 60)
    terminal.read_until("importing")
    terminal.type("\x03")
    assert terminal.wait() == 128 + signal.SIGINT
    assert "Traceback" not in terminal.written


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with a run that succeeded and one that failed."""
    home = tmp_path_factory.mktemp("terminal") / "home"
    assert CPP.run("materialize", "--select", SOUND, home=home).returncode == 0
    assert CPP.run("materialize", "--select", "faults/user_code+", home=home).returncode == 1
    return home


VERBS = [
    ["ls"],
    ["show", "raw/flights"],
    ["show", "raw/flights", "--schema"],
    ["show", "tensor"],
    ["show", "bytes"],
    ["history", "daily_delays", "--lineage"],
    ["runs"],
    ["materialize", "--dry-run"],
]


@pytest.mark.parametrize("columns", [40, 60, 100])
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_lines_fit_the_terminal(verb: list[str], columns: int, history: Path):
    terminal = shown(CPP.arguments(*verb, home=history), columns)
    screen = Screen(terminal.written)
    least = 52 if verb[0] in ("ls", "history", "runs") else 0  # What must stay.
    assert screen.widest <= max(columns, least), screen.text


def test_narrow_terminals_lose_what_can_be_missed_first(history: Path):
    def titles(*verb: str, columns: int) -> str:
        terminal = shown(CPP.arguments(*verb, home=history), columns)
        return Screen(terminal.written).text.split("\n")[0]

    assert titles("ls", columns=110).split() == [
        "ASSET", "GROUP", "VALUE", "ROWS", "SIZE", "MATERIALIZED", "RUN"]
    assert titles("ls", columns=70).split() == [
        "ASSET", "VALUE", "ROWS", "SIZE", "MATERIALIZED"]
    assert titles("ls", columns=50).split() == ["ASSET", "SIZE", "MATERIALIZED"]
    assert titles("history", "raw/flights", columns=58).split() == [
        "ID", "TIME", "VALUE", "SIZE", "TOOK"]
    assert titles("runs", columns=60).split() == ["RUN", "STATUS", "STARTED", "ERROR"]


def test_wide_characters_keep_columns_aligned(history: Path):
    terminal = shown(CPP.arguments("show", "raw/flights", "--rows", "3", home=history), 60)
    lines = Screen(terminal.written).text.split("\n")[1:6]
    assert lines == [
        "carrier      dep_delay",
        "string          double",
        "UA                   0",
        "東京              0.25",
        "a\\n\\x1b[31m        0.5",
    ]


@pipelines
def test_colours_are_for_terminals_that_want_them(program: Program, history: Path):
    command = program.arguments("runs", home=history)
    assert "\x1b[31mfailure\x1b[0m" in shown(command).written
    assert "\x1b[1mRUN\x1b[0m" in shown(command).written
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in shown(command, environment=environment).written


def test_without_colours_there_are_no_escape_codes_at_all(home: Path):
    command = CPP.arguments("materialize", "--select", SOUND, home=home)
    assert "\x1b" not in shown(command, environment={"NO_COLOR": "1"}).written
    command = PYTHON.arguments("materialize", "--select", "text", "-v", home=home)
    assert "\x1b" not in shown(command, environment={"NO_COLOR": "1"}).written


def test_a_dumb_terminal_sees_no_progress(home: Path):
    gate = home.parent / "gate"
    command = CPP.arguments("materialize", "--select", "slow/*", home=home)
    terminal = Terminal(command, 60, PIPELINE_GATE=str(gate), TERM="dumb")
    time.sleep(0.4)
    gate.touch()
    assert terminal.wait() == 0
    assert "\r" not in terminal.written
