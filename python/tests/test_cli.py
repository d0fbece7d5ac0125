"""The verbs of the command line: streams, flags, instances, help.

The programs are a C++ one, the stand-alone C++ command, and the Python package's command
with and without definitions; pipeline.cc and pipeline.py define the same assets.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import entrepot as ep
from cli_programs import (
    CPP,
    CPP_ALONE,
    ENVIRONMENT,
    ODD_KEY,
    PIPELINE,
    PYTHON,
    PYTHON_ALONE,
    SOUND,
    Program,
    all_programs,
    assert_data,
    assert_error,
    commands,
    needs_cpp,
    pipelines,
    reading_verbs,
)

pytestmark = needs_cpp


# ------------------------------------------------------------------------------- streams


@all_programs
@reading_verbs
def test_reading_puts_data_and_nothing_else_on_the_output(
    program: Program, verb: list[str], made: Path
):
    assert_data(program.run(*verb, home=made))
    done = program.run(*verb, "--json", home=made)
    assert_data(done)
    json.loads(done.stdout)


@pipelines
def test_materialize_puts_what_steps_say_beside_the_data(program: Program, home: Path):
    said = "warning: text: two\n  lines \\x1b[31m\n"
    if program is PYTHON:
        said = "printed by a step\n" + said
    done = program.run("materialize", "--select", SOUND, home=home)
    assert done.returncode == 0
    assert re.match(r"Run [0-9a-f-]{36} succeeded in ", done.stdout)
    assert done.stderr == said
    assert "\x1b" not in done.stdout
    done = program.run("materialize", "--select", SOUND, "--json", home=home)
    assert json.loads(done.stdout)["status"] == "success"
    assert done.stderr == said


@pipelines
def test_verbose_tells_of_each_step(program: Program, home: Path):
    done = program.run("materialize", "-v", "--select", "text", home=home)
    assert "info: text: describing\n" in done.stderr
    assert done.stderr.endswith("[1/1] text: success\n")


@pipelines
def test_the_dry_run_touches_nothing(program: Program, home: Path):
    done = program.run("materialize", "--dry-run", "--select", "+daily_delays", home=home)
    assert_data(done)
    assert "└─ daily_delays  ← raw/flights\n" in done.stdout
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["show", "raw/flights", "--rows", "2"], r"20 rows × 2 columns\n.*… 18 more rows\n$"),
        (["show", "raw/flights", "--columns", "dep_delay"], r"20 rows × 1 column\ndep_delay\n"),
        (["show", "raw/flights", "--rows", "3"], r"東京 .*\na\\n\\x1b\[31m "),
        (["show", "raw/flights", "--schema"], r"COLUMN +TYPE +NULLS\ncarrier +string +allowed"),
        (["show", "raw/flights", "--verify"], r"^20 rows"),
        (["show", "tensor"], r"tensor 2 × 3 of float64\n +\[0\] .*\n\[0\] +1  2.5 +nan\n"),
        (["show", "json"], r'^\{\n  "a": \[\n    1,'),
        (["show", "text"], r"^plain\n$"),
        (["show", "bytes"], r"43 bytes\n00000000  01 01 .*\|\.{16}\|\n.*end\|\n$"),
        (["show", ODD_KEY], r"^1\n$"),
        (["history", "text", "--metadata"], r"\n +text: a\\nb\n +int: 7\n"),
        (["history", "daily_delays", "--lineage"], r"\n +← raw/flights \(id \d+\), handed over"),
        (["history", "text", "--limit", "1"], r"^ID +TIME.*\n.*\n$"),
        (["runs", "--limit", "1"], r"^RUN +STATUS.*\n.* success .*\n$"),
        (["ls"], r"\nodd/a\\/b/../it's \[x\]=\*\\n +"),
    ],
    ids=" ".join,
)
@commands
def test_flags_do_what_they_say(
    program: Program, arguments: list[str], expected: str, made: Path
):
    done = program.run(*arguments, home=made)
    assert_data(done)
    assert re.search(expected, done.stdout, re.DOTALL), done.stdout


@commands
def test_a_run_is_told_with_steps_and_log(program: Program, made: Path):
    run_id = json.loads(CPP.run("runs", "--json", home=made).stdout)["runs"][0]["run_id"]
    steps = program.run("runs", run_id[:13], home=made)
    assert_data(steps)
    assert steps.stdout.startswith(f"Run {run_id} success\nstarted ")
    assert re.search(r"\nraw/flights +success +1 .* table/parquet +20 ", steps.stdout)
    log = program.run("runs", run_id, "--log", home=made)
    assert_data(log)
    assert re.search(r"Z text: warning: two\n  lines \\x1b\[31m\n", log.stdout)
    assert re.search(r"Z run ended: success\n$", log.stdout)


# ---------------------------------------------------------------------------- instances


@pytest.mark.parametrize("program", [CPP_ALONE, PYTHON_ALONE], ids=str)
def test_the_instance_is_the_named_one_else_that_of_the_environment(
    program: Program, made: Path, tmp_path: Path
):
    linked = tmp_path / "linked"
    (linked / ".local" / "share").mkdir(parents=True)
    (linked / "entrepot").symlink_to(made)
    (linked / ".local" / "share" / "entrepot").symlink_to(made)
    nowhere = str(tmp_path / "nowhere")
    for home, environment in [
        (made, {"ENTREPOT_HOME": nowhere}),
        (None, {"ENTREPOT_HOME": str(made), "XDG_DATA_HOME": nowhere}),
        (None, {"XDG_DATA_HOME": str(linked), "HOME": nowhere}),
        (None, {"HOME": str(linked)}),
    ]:
        done = program.run("show", "text", home=home, environment=environment)
        assert (done.stdout, done.stderr) == ("plain\n", ""), environment


@pytest.mark.parametrize("program", [CPP_ALONE, PYTHON_ALONE], ids=str)
def test_an_instance_that_has_nothing_says_so_beside_the_data(program: Program, home: Path):
    ep.Instance.open(home)
    for verb, said in [("ls", "nothing was materialized yet\n"), ("runs", "nothing was run yet\n")]:
        done = program.run(verb, home=home)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", said)
    for verb in ("show", "history"):
        assert_error(program.run(verb, "text", home=home), 3, "'text' was never materialized")


def test_a_module_names_definitions_too(home: Path, tmp_path: Path):
    shutil.copy(PIPELINE, tmp_path / "shop.py")
    done = PYTHON_ALONE.run("-m", "shop", "materialize", "--select", "json", home=home,
                            cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert " -m shop --instance " in done.stdout


# --------------------------------------------------------------------------------- help


def examples_of(help_text: str) -> list[str]:
    """The commands that a help text shows."""
    block = re.split(r"\nExamples?:\n", help_text)[1].split("\n\n")[0]
    return [line.strip() for line in block.splitlines()]


@all_programs
@pytest.mark.parametrize("verb", ["", "materialize", "ls", "show", "history", "runs"])
def test_the_examples_of_the_help_work(
    program: Program, verb: str, copy: Path
):
    shutil.copy(PIPELINE, copy / "flights.py")
    alone = Program(program.name, program.command[:3] if program is PYTHON else program.command)
    done = alone.run(*verb.split(), "--help")
    assert_data(done)
    if program is CPP_ALONE and verb == "materialize":
        assert "this is the C++ command" in done.stdout
        return
    examples = examples_of(done.stdout)
    assert examples
    environment = {**ENVIRONMENT, "ENTREPOT_HOME": str(copy), "PIPELINE_DEFINITIONS": "sound"}
    for example in examples:
        ran = subprocess.run(example, shell=True, cwd=copy, env=environment, text=True,
                             capture_output=True)
        assert ran.returncode == 0, f"{example}\n{ran.stderr}"
        assert ran.stdout


@pipelines
def test_the_commands_that_a_run_suggests_work_in_a_shell(program: Program, home: Path):
    done = program.run("materialize", "--select", "text,odd/*", home=home)
    assert done.returncode == 0, done.stderr
    suggested = done.stdout.split("To look further:\n")[1].strip().splitlines()
    assert [re.search(r" (ls|show|history|runs)\b", line)[1] for line in suggested] == [  # type: ignore[index]
        "ls", "show", "history", "runs"]
    for command in suggested:
        ran = subprocess.run(["bash", "-c", command], env=ENVIRONMENT, text=True,
                             capture_output=True)
        assert (ran.returncode, ran.stderr) == (0, ""), command


@all_programs
def test_the_version_is_data(program: Program):
    done = program.run("--version")
    assert_data(done)
    assert re.fullmatch(r"entrepot \d+\.\d+\.\d+\n", done.stdout)
