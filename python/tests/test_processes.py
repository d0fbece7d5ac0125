"""Processes: signals, forks, threads, scripts, the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import entrepot as ep
from entrepot import asset, materialize


def run_python(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *(str(a) for a in arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        **options,  # type: ignore[call-overload]
    )


def run_command(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "entrepot.cli", *(str(a) for a in arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        **options,  # type: ignore[call-overload]
    )


def test_importing_costs_no_heavy_library():
    done = run_python(
        """
        import sys
        import entrepot
        heavy = {"pandas", "polars", "numpy", "pyarrow", "pydantic"} & set(sys.modules)
        assert not heavy, heavy
        """
    )
    assert done.returncode == 0, done.stderr


def test_ctrl_c_in_a_step_records_the_interruption(home: Path):
    code = """
        import os, signal, sys
        import entrepot as ep

        @ep.asset
        def first() -> int:
            os.kill(os.getpid(), signal.SIGINT)
            return sum(range(10_000_000)) * 0 + 1

        @ep.asset
        def second(first: int) -> int:
            return first

        try:
            ep.materialize([first, second], instance=ep.Instance.open(sys.argv[1]))
        except KeyboardInterrupt:
            sys.exit(42)
    """
    assert run_python(code, home).returncode == 42
    (run,) = ep.Instance.open(home).get_runs()
    assert run.status == "interrupted"


INTERRUPTING = """
    import os, signal, sys, threading, time
    import entrepot as ep

    class Interrupting:
        \"\"\"Pickled with a Ctrl-C in the middle, when the new file is already open.\"\"\"

        def __reduce__(self):
            os.kill(os.getpid(), signal.SIGINT)
            was_seen.wait(30)
            return (frozenset, ())

    was_seen = threading.Event()
    instance = ep.Instance.open(sys.argv[1])
"""


@pytest.mark.parametrize("way", ["by the instance", "in a run"])
def test_ctrl_c_in_the_middle_of_a_store_leaves_the_old_value(way: str, home: Path):
    code = INTERRUPTING + """
    @ep.asset
    def value() -> object:
        return {"new": Interrupting()}

    @ep.asset
    def after(value) -> int:
        return 1

    instance.store("value", {"the", "old", "one"})
    try:
        if sys.argv[2] == "by the instance":
            instance.store("value", {"new": Interrupting()})
        else:
            ep.materialize([value, after], instance=instance)
    except KeyboardInterrupt:
        sys.exit(42)
    """
    done = run_python(code, home, way)
    assert done.returncode == 42, done.stderr
    instance = ep.Instance.open(home)
    assert instance.load("value") == {"the", "old", "one"}
    assert len(instance.fetch_materializations("value")) == 1
    assert [run.status for run in instance.get_runs()] == (
        [] if way == "by the instance" else ["interrupted"]
    )
    assert instance.fetch_materializations("after") == []
    stored = [p.name for p in Path(instance.storage_directory()).rglob("*") if p.is_file()]
    assert stored == ["value.pkl"]


def test_ctrl_c_while_another_thread_stores_lets_that_store_end(home: Path):
    code = INTERRUPTING + """
    main = threading.current_thread()
    both = threading.Barrier(2)

    def new_value():
        both.wait(30)
        if threading.current_thread() is not main:
            return {"new": Interrupting()}
        try:
            time.sleep(30)
        finally:
            was_seen.set()

    for name in ("a", "b"):
        instance.store(name, {"the", "old", "one"})
    assets = [ep.asset(name=name)(new_value) for name in ("a", "b")]
    try:
        ep.materialize(assets, instance=instance, max_workers=2)
    except KeyboardInterrupt:
        sys.exit(42)
    """
    done = run_python(code, home)
    assert done.returncode == 42, done.stderr
    instance = ep.Instance.open(home)
    (run,) = instance.get_runs()
    assert run.status == "interrupted"
    steps = instance.get_run_step_stats(run.run_id)
    assert sorted(step.status for step in steps) == ["interrupted", "success"]
    for step in steps:
        was_stored = step.status == "success"
        assert instance.load(step.step_key) == (
            {"new": frozenset()} if was_stored else {"the", "old", "one"}
        )


@pytest.mark.skipif(
    "TSAN_OPTIONS" in os.environ, reason="the thread sanitizer ends children that start threads"
)
def test_a_forked_child_may_go_on_and_so_may_its_parent(home: Path):
    code = """
        import os, signal, sys, threading, traceback
        import numpy as np, pandas as pd
        import entrepot as ep

        instance = ep.Instance.open(sys.argv[1])
        # Of many columns and rows, so that all of Arrow's threads encode and decode it.
        frame = pd.DataFrame({f"c{i}": np.arange(100_000) * i for i in range(16)})
        two_at_once = threading.Barrier(2)

        @ep.asset
        def one() -> int:
            two_at_once.wait(30)
            return 1

        @ep.asset
        def two() -> int:
            two_at_once.wait(30)
            return 2

        def use(name):
            ep.materialize([one, two], instance=instance, max_workers=2)
            instance.store(name, frame + len(name))
            pd.testing.assert_frame_equal(instance.load(name), frame + len(name))

        use("parent")
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # A child that hangs is no reason to wait for it.
            try:
                use("child")
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        use("parent again")
        pd.testing.assert_frame_equal(instance.load("child"), frame + len("child"))
        assert [run.status for run in instance.get_runs()] == ["success"] * 3
    """
    done = run_python(code, home)
    assert done.returncode == 0, done.stderr


def test_python_that_raises_in_a_helper_thread_is_raised_here():
    main = threading.current_thread()
    two_at_once = threading.Barrier(2)

    def raises_in_a_helper() -> str:
        two_at_once.wait(30)
        if threading.current_thread() is not main:
            raise LookupError(threading.get_ident())
        return "the calling thread is a worker too"

    assets = [asset(name=name)(raises_in_a_helper) for name in ("a", "b")]
    with pytest.raises(LookupError) as caught:
        materialize(assets, max_workers=2)
    (thread,) = caught.value.args
    assert thread != main.ident
    assert caught.traceback[-1].name == "raises_in_a_helper"


def test_runs_in_several_threads_do_not_disturb_each_other(instance: ep.Instance):
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            mine = asset(name=f"mine_{number}")(lambda: {"from": number})
            reads = asset(name=f"reads_{number}", ins={"value": ep.AssetIn(f"mine_{number}")})(
                lambda value: value["from"]
            )
            for _ in range(5):
                result = materialize([mine, reads], instance=instance)
                assert result.output_for_node(f"reads_{number}") == number
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(instance.get_runs()) == 20


SCRIPT = """
import entrepot as ep


class Model:
    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and other.weight == self.weight


@ep.asset(key_prefix="raw", group_name="demo")
def numbers() -> list:
    "Some numbers."
    return [1, 2, 3]


@ep.asset(group_name="demo")
def model(numbers: list) -> Model:
    return Model(sum(numbers) / len(numbers))


if __name__ == "__main__":
    import sys

    ep.materialize([numbers, model], instance=ep.Instance.open(sys.argv[1]))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "pipeline.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("way", ["main", "command"])
def test_classes_of_a_script_resolve_elsewhere(way: str, script: Path, home: Path, tmp_path: Path):
    if way == "main":
        done = subprocess.run([sys.executable, script, home], capture_output=True, text=True)
    else:
        done = run_command("-f", script, "--instance", home, "materialize")
    assert done.returncode == 0, done.stderr
    load = """
        import sys
        import entrepot as ep
        print(ep.Instance.open(sys.argv[1]).load("model").weight)
    """
    done = run_python(load, home, cwd=tmp_path.parent)
    assert done.stdout.strip() == "2.0", done.stderr
    script.unlink()
    done = run_python(load, home, cwd=tmp_path.parent)
    assert done.returncode != 0
    assert "pipeline.py', which is not there" in done.stderr


def test_the_command_runs_and_shows(script: Path, home: Path):
    done = run_command("-f", script, "--instance", home, "materialize")
    assert done.returncode == 0, done.stderr
    assert "raw/numbers" in done.stdout
    done = run_command("--instance", home, "ls", "--json")
    assert done.returncode == 0, done.stderr
    assert "raw/numbers" in json.dumps(json.loads(done.stdout))
    done = run_command("--instance", home, "show", "raw/numbers")
    assert done.returncode == 0, done.stderr
    assert "[" in done.stdout
    done = run_command("-f", script, "--instance", home, "show", "model")
    assert done.returncode == 0, done.stderr
    assert "Model" in done.stdout
    assert run_command("--instance", home, "history", "model").returncode == 0
    assert run_command("--instance", home, "runs").returncode == 0


def test_the_command_loads_a_module(tmp_path: Path, script: Path, home: Path):
    done = run_command("-m", "pipeline", "--instance", home, "materialize", "--select",
                       "raw/numbers", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_commands_exit_codes_tell_what_went_wrong(script: Path, home: Path, tmp_path: Path):
    assert run_command("-f", script, "--instance", home, "materialize").returncode == 0
    assert run_command("--instance", home, "show", "nothing").returncode == 3
    assert run_command("-f", tmp_path / "no.py", "--instance", home, "ls").returncode == 3
    assert run_command("-f", script, "--instance", home, "materialize", "--select",
                       "modle").returncode == 2
    failing = tmp_path / "failing.py"
    failing.write_text("import entrepot as ep\n\n\n@ep.asset\ndef bad() -> int:\n"
                       "    raise ValueError('seven')\n")
    done = run_command("-f", failing, "--instance", home, "materialize")
    assert done.returncode == 1
    assert "seven" in done.stderr + done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_second_ctrl_c_is_not_needed_while_waiting(home: Path):
    """A run that waits for a retry's delay stops at the first signal."""
    code = """
        import os, signal, sys, threading
        import entrepot as ep

        @ep.asset(retry_policy=ep.RetryPolicy(max_retries=5, delay=30))
        def flaky() -> int:
            threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            raise OSError("later")

        try:
            ep.materialize([flaky], instance=ep.Instance.open(sys.argv[1]))
        except KeyboardInterrupt:
            sys.exit(42)
    """
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(home)], timeout=20, check=False
    )
    assert process.returncode == 42
    assert signal.getsignal(signal.SIGINT) is not None


def test_a_second_ctrl_c_ends_the_command_in_the_middle_of_a_step(home: Path, tmp_path: Path):
    script = tmp_path / "slow.py"
    script.write_text(
        "import pathlib, time\nimport entrepot as ep\n\n\n@ep.asset\ndef slow() -> int:\n"
        f"    pathlib.Path({str(tmp_path / 'began')!r}).touch()\n    time.sleep(60)\n    return 1\n"
    )
    command = [sys.executable, "-m", "entrepot.cli", "-f", script, "--instance", home]
    with subprocess.Popen([*command, "materialize"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not (tmp_path / "began").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = ""
        while "Ctrl-C again ends at once" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def test_objects_of_two_scripts_load_in_one_process_and_store_again(tmp_path: Path):
    for number in (1, 2):
        script = tmp_path / f"script_{number}.py"
        script.write_text(
            "import sys\nimport entrepot as ep\n\n\n"
            f"class Thing{number}:\n    number = {number}\n\n\n"
            'if __name__ == "__main__":\n'
            f"    ep.Instance.open(sys.argv[1]).store('thing_{number}', Thing{number}())\n"
        )
        done = subprocess.run([sys.executable, script, tmp_path / "home"], capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stderr
    load = """
        import sys
        import entrepot as ep
        instance = ep.Instance.open(sys.argv[1])
        for number in (1, 2):
            thing = instance.load(f"{sys.argv[2]}_{number}")
            assert thing.number == number
            instance.store(f"again_{number}", thing)
    """
    done = run_python(load, tmp_path / "home", "thing")
    assert done.returncode == 0, done.stderr
    done = run_python(load, tmp_path / "home", "again")
    assert done.returncode == 0, done.stderr


def test_an_ephemeral_instance_of_a_script_leaves_no_folder(tmp_path: Path):
    code = """
        import entrepot as ep
        instance = ep.Instance.ephemeral()
        instance.store("x", 1)
        print(instance.home)
    """
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert not Path(done.stdout.strip()).exists()
