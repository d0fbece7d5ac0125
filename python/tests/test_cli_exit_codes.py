"""Every exit code of docs/cli.md, from every verb that can end with it, and what is said then."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from cli_programs import (
    CPP,
    CPP_ALONE,
    ENVIRONMENT,
    ODD_KEY,
    PIPELINE,
    PIPELINES,
    PYTHON,
    PYTHON_ALONE,
    Program,
    all_programs,
    all_verbs,
    assert_error,
    commands,
    needs_cpp,
    pipelines,
    reading_verbs,
)

pytestmark = needs_cpp


# ------------------------------------------------------------------- 1: user code failed


@pipelines
def test_a_step_that_raises_ends_the_command_with_1(program: Program, home: Path):
    done = program.run("materialize", "--select", "faults/user_code+", home=home)
    assert done.returncode == 1
    assert re.search(r"├─ faults/user_code +failed\n└─ faults/after +skipped\n", done.stdout)
    assert re.search(r"warning: faults/user_code: failed, to be tried again: (RuntimeError: )?"
                     r"as the test wants it\n  line two\n", done.stderr)
    assert re.search(r"error: faults/user_code: (RuntimeError: )?as the test wants it\n  line two"
                     r"\n  while computing asset 'faults/user_code'\n", done.stderr)
    run_id = re.findall(r"Run (\S+)", done.stdout)[0]
    told = program.run("runs", run_id, home=home).stdout
    assert re.search(r"\nfaults/user_code +failure +2 ", told)
    assert "as the test wants it\n  line two\n" in told
    assert "skipped faults/after: step 'faults/user_code' did not succeed\n" in told
    log = program.run("runs", run_id, "--log", home=home).stdout
    assert "faults/user_code: failed, to be tried again: computing asset " in log
    assert "faults/user_code: info: about to fail\n" in log


def test_a_traceback_shows_the_users_code_and_not_ours(home: Path):
    done = PYTHON.run("materialize", "--select", "faults/user_code", home=home)
    files = re.findall(r'File "([^"]*)"', done.stderr)
    assert files == [str(PIPELINE)]
    assert 'raise RuntimeError("as the test wants it' in done.stderr


@pipelines
@pytest.mark.parametrize("verb", ["materialize", "ls"])
def test_definitions_that_throw_end_the_command_with_1(
    program: Program, verb: str, made: Path
):
    done = program.run(verb, home=made, environment={"PIPELINE_DEFINITIONS": "throw"})
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.match(r"error: (RuntimeError: )?no configuration\n  while making the definitions",
                    done.stderr)


# -------------------------------------------------------------- 2: wrong usage or request


@pipelines
@pytest.mark.parametrize("verb", ["materialize", "ls"])
def test_faults_of_the_definitions_end_the_command_with_2(
    program: Program, verb: str, made: Path
):
    done = program.run(verb, home=made, environment={"PIPELINE_DEFINITIONS": "cycle"})
    assert_error(done, 2, "cycle", "while checking the definitions")


@pipelines
@pytest.mark.parametrize("variant", ["throw", "cycle"])
@pytest.mark.parametrize("verb", [["show", "text"], ["history", "txt"], ["runs"]],
                         ids=lambda verb: verb[0])
def test_looking_goes_on_without_definitions_that_are_wrong(
    program: Program, verb: list[str], variant: str, made: Path
):
    done = program.run(*verb, home=made, environment={"PIPELINE_DEFINITIONS": variant})
    assert done.returncode == (3 if "txt" in verb else 0)
    warned = done.stderr.startswith("warning: going on without the definitions of ")
    assert warned == (verb != ["runs"])


WRONG_USAGE = [
    ([], "Usage: "),
    (["shw", "text"], "unknown verb 'shw'; did you mean 'show'?"),
    (["materialise"], "unknown verb 'materialise'; did you mean 'materialize'?"),
    (["ls", "--jsn"], "unknown option '--jsn'; did you mean '--json'?"),
    (["show", "text", "--row", "1"], "unknown option '--row'; did you mean '--rows'?"),
    (["history", "text", "--linage"], "unknown option '--linage'; did you mean '--lineage'?"),
    (["runs", "--limt=1"], "unknown option '--limt=1'; did you mean '--limit'?"),
    (["materialize", "--slect", "a"], "unknown option '--slect'; did you mean '--select'?"),
    (["--instnce", "x", "ls"], "unknown option '--instnce'; did you mean '--instance'?"),
    (["--json", "ls"], "'--json' belongs behind the verb 'ls'"),
    (["ls", "text"], "'ls' takes no further argument: 'text'"),
    (["show"], "KEY is required"),
    (["history"], "KEY is required"),
    (["show", "text", "--rows", "-1"], "'--rows' must be a whole number of at least 0"),
    (["history", "text", "--limit", "0"], "'--limit' must be a whole number of at least 1"),
    (["runs", "--limit"], "'--limit' needs a value"),
    (["runs", "--log"], "--log requires RUN_ID"),
    (["materialize", "--jobs", "none"], "'--jobs' must be a whole number of at least 1"),
    (["materialize", "--durability", "no"], "'--durability' must be 'full' or 'fast'"),
    (["materialize", "--select", "a", "--select", "b"], "'--select' is there twice"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG_USAGE,
                         ids=[" ".join(arguments) for arguments, _ in WRONG_USAGE])
def test_wrong_usage_ends_the_command_with_2_and_says_what_was_meant(
    arguments: list[str], message: str, home: Path
):
    done = CPP.run(*arguments, home=home)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert not home.exists()


def test_wrong_usage_of_pythons_command_does_so_too(home: Path):
    done = PYTHON_ALONE.run("materialise", home=home)
    assert done.returncode == 2
    assert "did you mean 'materialize'?" in done.stderr
    assert " -m entrepot.cli --help' for what there is\n" in done.stderr


@commands
def test_a_request_that_cannot_be_met_ends_the_command_with_2(program: Program, made: Path):
    assert_error(program.run("show", "raw//x", home=made), 2, "'raw//x'")
    assert_error(program.run("show", "raw/flights", "--columns", "carier", home=made), 2,
                 "there is no column 'carier'; did you mean 'carrier'?")
    assert_error(program.run("show", "text", "--columns", "a", home=made), 2, "no columns")


@pipelines
def test_a_selection_of_nothing_ends_the_command_with_2(program: Program, home: Path):
    done = program.run("materialize", "--select", "raw/flight", home=home)
    assert_error(done, 2, "'raw/flight' matches no asset; did you mean 'raw/flights'?")
    assert not home.exists()


def test_definitions_are_asked_for_where_they_are_missing(home: Path):
    assert_error(CPP_ALONE.run("materialize", home=home), 2, "a program built with RunMain")
    assert_error(CPP_ALONE.run("-f", "x.py", "ls", home=home), 2, "has no definitions")
    assert_error(CPP.run("-m", "x", "ls", home=home), 2, "leave out -f and -m")
    assert_error(PYTHON_ALONE.run("materialize", home=home), 2, "-f file.py")
    assert_error(PYTHON_ALONE.run("-f", "a.py", "-m", "b", "ls", home=home), 2, "--module")


# ------------------------------------------------------------------------- 3: not found


@all_programs
@pytest.mark.parametrize("verb", [["show", "text"], ["history", "text"], ["runs"]],
                         ids=lambda verb: verb[0])
def test_an_instance_that_is_not_there_ends_the_command_with_3(
    program: Program, verb: list[str], home: Path
):
    done = program.run(*verb, home=home)
    assert_error(done, 3, f"there is no instance in '{home}'", "--instance or ENTREPOT_HOME")
    assert not home.exists()


def test_ls_needs_an_instance_or_definitions(home: Path):
    for program in (CPP_ALONE, PYTHON_ALONE):
        assert_error(program.run("ls", home=home), 3, f"there is no instance in '{home}'")
    for program in PIPELINES:
        assert re.search(r"\nraw/flights +raw +never\n", program.run("ls", home=home).stdout)
    assert not home.exists()


@commands
def test_unknown_names_end_the_command_with_3_and_offer_the_nearest(
    program: Program, made: Path
):
    for verb in ("show", "history"):
        assert_error(program.run(verb, "raw/flihgts", home=made), 3,
                     "did you mean 'raw/flights'?")
    assert_error(program.run("runs", "zzz", home=made), 3, "there is no run 'zzz'")


@pipelines
def test_what_is_only_defined_comes_with_the_command_that_makes_it(
    program: Program, home: Path
):
    done = program.run("materialize", "--select", "raw/flights", home=home)
    assert done.returncode == 0
    for verb in ("show", "history"):
        done = program.run(verb, ODD_KEY, home=home)
        assert_error(done, 3, "is defined, but was never materialized")
    command = done.stderr.split("; run: ")[1]
    assert subprocess.run(["bash", "-c", command], env=ENVIRONMENT).returncode == 0
    assert program.run("show", ODD_KEY, home=home).stdout == "1\n"


@pipelines
def test_an_input_that_is_not_there_ends_the_command_with_3(program: Program, home: Path):
    assert_error(program.run("materialize", "--select", "daily_delays", home=home), 3,
                 "'raw/flights'", "never materialized")
    program.run("materialize", "--select", "raw/flights", home=home)
    (home / "storage" / "raw" / "flights.parquet").unlink()
    done = program.run("materialize", "--select", "daily_delays", home=home)
    assert done.returncode == 3
    assert "raw/flights.parquet" in done.stderr


@commands
def test_a_value_that_is_gone_or_never_was_ends_show_with_3(
    program: Program, copy: Path
):
    (copy / "storage" / "text.txt").unlink()
    assert_error(program.run("show", "text", home=copy), 3, "text.txt")
    assert program.run("history", "text", home=copy).returncode == 0
    assert_error(program.run("show", "nothing", home=copy), 3, "returned nothing")


def test_sources_of_definitions_that_are_not_there_end_the_command_with_3(
    home: Path, tmp_path: Path
):
    for source, message in [
        (["-f", "no.py"], "no such file: 'no.py'"),
        (["-f", str(tmp_path)], "it is a folder, not a file"),
        (["-m", "no_module"], "no such module: 'no_module'"),
    ]:
        assert_error(PYTHON_ALONE.run(*source, "ls", home=home, cwd=tmp_path), 3, message)


def test_a_file_of_jobs_alone_is_told_where_they_are_run(home: Path, tmp_path: Path):
    (tmp_path / "nightly.py").write_text(
        "from entrepot import job, op\n@op\ndef load(): ...\n@job\ndef nightly(): load()\n"
    )
    done = PYTHON_ALONE.run("-f", "nightly.py", "ls", home=home, cwd=tmp_path)
    assert_error(done, 2, "no variable of module 'nightly' is an asset",
                 "nightly.execute_in_process()")


# ------------------------------------------------ the codes that a step's error brings


@pipelines
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("invalid", 2),
        ("not_found", 3),
        ("conflict", 4),
        ("corrupt", 5),
        ("permission", 6),
        ("unavailable", 7),
        ("outcome_unknown", 8),
        ("unsupported", 9),
        ("internal", 70),
        ("cancelled", 130),
    ],
)
def test_a_steps_error_gives_its_code_to_the_command(
    program: Program, fault: str, code: int, home: Path
):
    done = program.run("materialize", "--select", f"faults/{fault}", "--json", home=home)
    assert done.returncode == code
    (step,) = json.loads(done.stdout)["steps"]
    assert step["status"] == ("interrupted" if code == 130 else "failure")
    assert step["error"]["code"] == fault.replace("_", " ")
    if code != 130:
        assert f"error: faults/{fault}: as the test wants it\n  with a second line\n" in (
            done.stderr)


# ------------------------------------------------------------------- 5: corrupt, 9: newer


@all_verbs
def test_a_log_that_is_damaged_ends_the_command_with_5(
    program: Program, verb: list[str], copy: Path
):
    (copy / "entrepot.db").write_bytes(b"no log" * 1000)
    done = program.run(*verb, home=copy)
    assert_error(done, 5, f"'{copy}/entrepot.db'", f"while opening instance '{copy}'")


@all_verbs
def test_a_log_of_a_newer_version_ends_the_command_with_9(
    program: Program, verb: list[str], copy: Path
):
    with sqlite3.connect(copy / "entrepot.db") as log:
        log.execute("PRAGMA user_version = 1000")
    log.close()
    assert_error(program.run(*verb, home=copy), 9, "newer version of entrepot", "schema 1000")


@commands
def test_a_value_that_was_altered_ends_show_with_5(program: Program, copy: Path):
    cut = copy / "storage" / "raw" / "flights.parquet"
    cut.write_bytes(cut.read_bytes()[:-10])
    assert_error(program.run("show", "raw/flights", home=copy), 5, "raw/flights")
    altered = copy / "storage" / "tensor.npy"
    altered.write_bytes(altered.read_bytes()[:-1] + b"x")
    assert_error(program.run("show", "tensor", "--verify", home=copy), 5, "tensor", "digest")


@pipelines
def test_an_input_that_was_altered_ends_materialize_with_5(program: Program, home: Path):
    program.run("materialize", "--select", "raw/flights", home=home)
    cut = home / "storage" / "raw" / "flights.parquet"
    cut.write_bytes(cut.read_bytes()[:-10])
    done = program.run("materialize", "--select", "daily_delays", home=home)
    assert done.returncode == 5
    assert "loading input 'flights' of 'daily_delays'" in done.stderr


def test_a_pickle_ends_show_with_9_in_cpp(home: Path):
    done = PYTHON.run("materialize", "--select", "model", home=home)
    assert done.returncode == 0, done.stderr
    for program in (CPP, CPP_ALONE):
        assert_error(program.run("show", "model", home=home), 9,
                     "pickled Python object of type 'pipeline.Model'", "entrepot show")
    assert "Model(weights=[1, 2])" in PYTHON_ALONE.run("show", "model", home=home).stdout


# ------------------------------------------------------------------------ 6: permission

# Takes from root what lets it pass permissions, so that they count; others need nothing.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
                "--inh-caps=-dac_override,-dac_read_search")


@pytest.fixture
def unprivileged(tmp_path: Path) -> tuple[str, ...]:
    """What to start a command with, so that permissions count for it."""
    secret = tmp_path / "secret"
    secret.touch(mode=0)
    for before in ((), UNPRIVILEGED):
        try:
            read = subprocess.run([*before, "cat", secret], capture_output=True, text=True)
        except FileNotFoundError:
            continue
        if "Permission denied" in read.stderr:
            return before
    pytest.skip("this user passes all permissions, and setpriv does not help")


@all_verbs
def test_a_folder_that_refuses_us_ends_the_command_with_6(
    program: Program, verb: list[str], copy: Path, unprivileged: tuple[str, ...]
):
    copy.chmod(0)
    done = program.run(*verb, home=copy, before=unprivileged)
    copy.chmod(0o700)
    assert_error(done, 6, f"'{copy}")


@all_verbs
def test_a_log_that_may_not_be_written_ends_the_command_with_6(
    program: Program, verb: list[str], copy: Path, unprivileged: tuple[str, ...]
):
    copy.chmod(0o500)
    done = program.run(*verb, home=copy, before=unprivileged)
    copy.chmod(0o700)
    assert_error(done, 6, "cannot be written; check its permissions")


@commands
def test_a_value_that_may_not_be_read_ends_show_with_6(
    program: Program, copy: Path, unprivileged: tuple[str, ...]
):
    (copy / "storage" / "text.txt").chmod(0)
    assert_error(program.run("show", "text", home=copy, before=unprivileged), 6, "text.txt")


# ----------------------------------------------------------------------- 7: unavailable


@all_verbs
def test_output_that_cannot_be_written_ends_the_command_with_7(
    program: Program, verb: list[str], copy: Path
):
    with open("/dev/full", "w") as full:
        done = program.run(*verb, home=copy, stdout=full)
    assert done.returncode == 7
    assert done.stderr.endswith("error: the output could not be written\n")


@pipelines
@reading_verbs
def test_a_reader_that_has_had_enough_is_no_error_worth_a_word(
    program: Program, verb: list[str], made: Path
):
    """As in `flights ls | head -0`."""
    process = subprocess.Popen(
        program.arguments(*verb, home=made), env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process:
        assert process.stderr.read() == ""
    # SIGPIPE ends a C++ program; Python ignores that signal.
    assert process.returncode == (7 if program is PYTHON else -signal.SIGPIPE)


# ---------------------------------------------------------------------- 130: interrupted


@pipelines
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_first_signal_lets_the_steps_that_have_begun_end(
    program: Program, number: signal.Signals, home: Path, tmp_path: Path
):
    gate = tmp_path / "gate"
    with program.waiting_in_a_step(home, gate) as process:
        assert process.stderr is not None
        process.send_signal(number)
        said = process.stderr.readline()
        assert said == ("interrupted: waiting for the steps that have begun; Ctrl-C again "
                        "ends at once\n")
        gate.touch()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.search(r" was interrupted after ", out)
    assert re.search(r"├─ slow/first +json .*\n└─ slow/second +interrupted\n", out)
    assert err == "warning: the run was interrupted; 1 step did not end\n"
    runs = json.loads(program.run("runs", "--json", home=home).stdout)["runs"]
    assert [run["status"] for run in runs] == ["interrupted"]


@pipelines
def test_a_second_signal_ends_the_command_at_once(
    program: Program, home: Path, tmp_path: Path
):
    with program.waiting_in_a_step(home, tmp_path / "gate") as process:
        assert process.stderr is not None
        # Steps begin before the log is durable, and who is killed writes nothing more.
        while not json.loads(program.run("runs", "--json", home=home).stdout)["runs"]:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert "Ctrl-C again ends at once" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr.read() == ""
    runs = json.loads(program.run("runs", "--json", home=home).stdout)["runs"]
    assert [run["status"] for run in runs] == ["interrupted"]


def uses(process: subprocess.Popen[bytes], file: Path) -> bool:
    opened = Path("/proc", str(process.pid), "fd")
    return any(os.path.realpath(link) == str(file.resolve()) for link in opened.iterdir())


@commands
def test_the_first_ctrl_c_ends_a_verb_that_reads(program: Program, copy: Path):
    log = sqlite3.connect(copy / "entrepot.db", isolation_level=None)
    log.execute("PRAGMA locking_mode = EXCLUSIVE")
    log.execute("BEGIN EXCLUSIVE")  # So that the command waits.
    with subprocess.Popen(program.arguments("runs", home=copy), env=ENVIRONMENT,
                          stderr=subprocess.PIPE) as process:
        while not uses(process, copy / "entrepot.db"):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == -signal.SIGINT
        assert process.stderr is not None and process.stderr.read() == b""
    log.close()
