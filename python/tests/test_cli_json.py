"""What `--json` prints is what docs/formats/cli.schema.json says, for C++ and for Python.

The instances have what can be had: runs that succeeded, failed, were interrupted, and one that
goes on; steps that were skipped and tried again; values of every kind, with and without a run;
metadata of every type; odd keys; a file that is gone.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import entrepot as ep
from cli_programs import (
    CPP,
    CPP_ALONE,
    KEYS,
    ODD_KEY,
    PIPELINES,
    PYTHON,
    PYTHON_ALONE,
    ROOT,
    SOUND,
    Done,
    Program,
    needs_cpp,
)

pytestmark = needs_cpp

SCHEMA = json.loads((ROOT / "docs" / "formats" / "cli.schema.json").read_text())


def checked(done: Done, name: str) -> Any:
    """The JSON of a command, which the schema's definition `name` describes."""
    value = json.loads(done.stdout)
    validator = jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"})
    faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(value)]
    assert not faults, faults
    return value


class Rich:
    """An instance with everything, made by one program, and what its runs printed."""

    def __init__(self, program: Program, home: Path) -> None:
        self.program = program
        self.home = home
        self.success = self._materialize(SOUND if program is CPP else f"{SOUND},model")
        self._materialize("daily_delays")  # Reads what another run stored.
        self.failure = self._materialize("faults/user_code+,faults/conflict")
        with program.waiting_in_a_step(home, home / "gate", "--json") as process:
            self.going_on = self._look_at_runs(4)
            process.terminate()
            assert process.stderr is not None and "interrupted" in process.stderr.readline()
            (home / "gate").touch()
            out, _ = process.communicate(timeout=30)
            self.interrupted = Done(process.args, process.returncode, out)
        instance = ep.Instance.open(home)
        instance.store("without/run", {"a": 1}, metadata={"inf": float("inf")})
        instance.store("gone", "soon")
        (home / "storage" / "gone.txt").unlink()

    def _look_at_runs(self, count: int) -> Done:
        """What `runs` prints once there are `count`: the log is written beside the steps."""
        deadline = time.monotonic() + 30
        while True:
            done = self.look("runs", "--json")
            if len(json.loads(done.stdout)["runs"]) == count:
                return done
            assert time.monotonic() < deadline, done.stdout

    def _materialize(self, select: str) -> Done:
        return self.program.run("materialize", "--select", select, "--json", home=self.home)

    @property
    def keys(self) -> list[str]:
        made = [*KEYS, "slow/first", "without/run", "gone"]
        return made if self.program is CPP else [*made, "model"]

    def look(self, *arguments: object) -> Done:
        """Run a verb that needs no definitions, in the same language."""
        alone = CPP_ALONE if self.program is CPP else PYTHON_ALONE
        return alone.run(*arguments, home=self.home)


@pytest.fixture(scope="module", params=PIPELINES, ids=str)
def rich(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rich:
    return Rich(request.param, tmp_path_factory.mktemp("rich") / "home")


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_sees_what_is_new_missing_or_of_another_type(rich: Rich):
    """So that the other tests can fail."""
    printed = json.loads(rich.success.stdout)
    for spoil in (
        lambda value: value.update(new=1),
        lambda value: value["totals"].pop("rows"),
        lambda value: value["steps"][0].update(seconds="1"),
        lambda value: value["steps"][0].update(status="done"),
    ):
        spoilt = json.loads(rich.success.stdout)
        spoil(spoilt)
        with pytest.raises(AssertionError):
            checked(Done([], 0, json.dumps(spoilt)), "materialize")
    for name in ("runs", "run"):
        value = {"runs": []} if name == "runs" else printed
        with pytest.raises(AssertionError):
            checked(Done([], 0, json.dumps({**value, "new": 1})), name)


def test_materialize(rich: Rich):
    value = checked(rich.success, "materialize")
    assert value["status"] == "success"
    assert value["instance"] == str(rich.home)
    steps = {step["step"]: step["outputs"][0] for step in value["steps"]}
    assert set(KEYS) <= set(steps)
    flights = steps["raw/flights"]
    assert (flights["kind"], flights["format"], flights["rows"]) == ("table", "parquet", 20)
    assert Path(flights["path"]) == rich.home / "storage" / "raw" / "flights.parquet"
    assert Path(flights["path"]).stat().st_size == flights["size_bytes"]
    assert steps["text"]["path"].endswith("text.txt"), "not the path that the step recorded"
    assert (steps["nothing"]["stored"], steps["nothing"]["kind"]) == (False, "")
    assert value["totals"]["values"] == len(steps) - 1
    assert value["totals"]["size_bytes"] == sum(s["size_bytes"] or 0 for s in steps.values())


def test_materialize_that_failed(rich: Rich):
    value = checked(rich.failure, "materialize")
    assert rich.failure.returncode == 4, "the first in the order of the plan"
    steps = {step["step"]: step for step in value["steps"]}
    assert [steps[f"faults/{name}"]["status"] for name in ("conflict", "user_code", "after")] == [
        "failure", "failure", "skipped"]
    assert steps["faults/user_code"]["attempts"] == 2
    assert steps["faults/user_code"]["error"]["code"] == "user code"
    assert "as the test wants it\nline two" in steps["faults/user_code"]["error"]["message"]
    assert (value["totals"]["failed"], value["totals"]["skipped"]) == (2, 1)


def test_materialize_that_was_interrupted(rich: Rich):
    value = checked(rich.interrupted, "materialize")
    assert rich.interrupted.returncode == 130
    assert value["status"] == "interrupted"
    assert [step["status"] for step in value["steps"]] == ["success", "interrupted"]


def test_the_plan(rich: Rich):
    done = rich.program.run("materialize", "--dry-run", "--json", home=rich.home)
    steps = {step["step"]: step for step in checked(done, "materialize_dry_run")["steps"]}
    assert steps["daily_delays"]["after"] == ["raw/flights"]
    assert steps["daily_delays"]["inputs"] == [
        {"name": "flights", "key": "raw/flights", "partitions": None, "is_made": True}]
    assert ODD_KEY in steps


@pytest.mark.parametrize("is_defined", [True, False], ids=["defined", "alone"])
def test_ls(rich: Rich, is_defined: bool):
    done = rich.program.run("ls", "--json", home=rich.home) if is_defined else (
        rich.look("ls", "--json"))
    value = checked(done, "ls")
    assets = {asset["key"]: asset for asset in value["assets"]}
    assert set(rich.keys) <= set(assets)
    assert assets[ODD_KEY]["path"] == ["odd", "a/b", "..", "it's [x]=*\n"]
    assert assets["gone"]["latest"]["size_bytes"] == 4, "the log knows no better"
    assert assets["daily_delays"]["is_defined"] == is_defined
    if is_defined:
        assert assets["daily_delays"]["group"] == "values"
        assert assets["daily_delays"]["description"] == "Delays of each day."
        assert assets["faults/conflict"]["latest"] is None
        assert not assets["without/run"]["is_defined"]


def test_history(rich: Rich):
    for key in rich.keys:
        value = checked(rich.look("history", key, "--json"), "history")
        assert {m["key"] for m in value["materializations"]} == {value["key"]} == {key}
    later, first = checked(rich.look("history", "daily_delays", "--json"), "history")[
        "materializations"]
    assert later["id"] > first["id"]
    assert first["code_version"] == "1"
    (source,) = checked(rich.look("history", "raw/flights", "--json"), "history")[
        "materializations"]
    for materialization, handed_over in ((first, True), (later, False)):
        (read,) = materialization["inputs"]
        assert (read["name"], read["key"]) == ("flights", "raw/flights")
        assert (read["source_id"], read["handed_over"]) == (source["id"], handed_over)
    stored = checked(rich.look("history", "without/run", "--json"), "history")
    assert stored["materializations"][0]["run_id"] == ""


def test_history_tells_metadata_of_every_type(rich: Rich):
    (text,) = checked(rich.look("history", "text", "--json"), "history")["materializations"]
    assert text["metadata"] == {
        "null": {"type": "null"},
        "text": {"type": "text", "value": "a\nb"},
        "int": {"type": "int", "value": 7},
        "float": {"type": "float", "value": 0.5},
        "nan": {"type": "float", "value": "nan"},
        "bool": {"type": "bool", "value": True},
        "path": {"type": "path", "value": "/data/x"},
        "url": {"type": "url", "value": "https://example.com"},
        "json": {"type": "json", "value": '{"a": [1]}'},
        "md": {"type": "md", "value": "# Title"},
    }


def test_runs(rich: Rich):
    runs = checked(rich.look("runs", "--json"), "runs")["runs"]
    assert [run["status"] for run in runs] == ["interrupted", "failure", "success", "success"]
    going_on = checked(rich.going_on, "runs")["runs"][0]
    assert (going_on["status"], going_on["finished"]) == ("running", None)


def test_one_run_with_its_steps_and_log(rich: Rich):
    run_id = json.loads(rich.failure.stdout)["run_id"]
    assert "log" not in checked(rich.look("runs", run_id, "--json"), "run")
    value = checked(rich.look("runs", run_id, "--log", "--json"), "run")
    assert [(step["step"], step["status"], step["attempts"]) for step in value["steps"]] == [
        ("faults/conflict", "failure", 1),
        ("faults/user_code", "failure", 2),
        ("faults/after", "skipped", 0),
    ]
    log = [(line["step"], line["event"]) for line in value["log"]]
    assert log[0] == (None, "run_started") and log[-1] == (None, "run_finished")
    assert log.count(("faults/user_code", "step_failed")) == 2
    said = [line for line in value["log"] if line["event"] == "logged"]
    assert [(line["level"], line["message"]) for line in said] == [("info", "about to fail")] * 2


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("tensor", {"kind": "tensor", "dtype": "<f8", "shape": [2, 3], "truncated": False,
                    "values": [[1, 2.5, "nan"], [4, 5, 1e300]]}),
        ("json", {"kind": "json", "value": {"a": [1, 2.5, None], "é": True}}),
        ("text", {"kind": "text", "text": "plain"}),
        ("bytes", {"kind": "bytes", "size_bytes": 43, "head": "01" * 40 + b"end".hex()}),
        (ODD_KEY, {"kind": "json", "value": 1}),
        ("without/run", {"kind": "json", "value": {"a": 1}}),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else "",
)
def test_show(rich: Rich, key: str, expected: dict[str, Any]):
    value = checked(rich.look("show", key, "--json"), "show")
    assert {**value, **expected, "key": key} == value
    outline = checked(rich.look("show", key, "--json", "--schema"), "show")
    holds = {"data", "values", "value", "text", "head", "truncated"}
    assert set(outline) == set(value) - holds


def test_show_a_table(rich: Rich):
    value = checked(rich.look("show", "raw/flights", "--json", "--rows", "4"), "show")
    assert value["rows"] == 20
    assert value["columns"] == [
        {"name": "carrier", "type": "string", "nullable": True},
        {"name": "dep_delay", "type": "double", "nullable": True},
    ]
    assert value["data"] == [
        ["UA", 0.0], ["東京", 0.25], ["a\n\x1b[31m", 0.5], ["UA", None]]
    outline = checked(rich.look("show", "raw/flights", "--json", "--schema"), "show")
    assert "data" not in outline


def test_show_a_pickle(tmp_path: Path):
    PYTHON.run("materialize", "--select", "model", home=tmp_path / "home")
    value = checked(PYTHON_ALONE.run("show", "model", "--json", home=tmp_path / "home"), "show")
    assert value == {
        "key": "model",
        "kind": "foreign",
        "type": "pipeline.Model",
        "text": "pipeline.Model\nModel(weights=[1, 2])",
    }


def test_either_language_tells_the_same_of_an_instance(rich: Rich):
    """But for the commands' own definitions, who looks makes no difference."""
    for arguments in (["ls"], ["runs"], ["history", "text"], ["show", "raw/flights"]):
        told = [alone.run(*arguments, "--json", home=rich.home).stdout
                for alone in (CPP_ALONE, PYTHON_ALONE)]
        assert told[0] == told[1]


def test_an_empty_instance_is_told_as_empty_lists(home: Path):
    ep.Instance.open(home)
    assert checked(CPP_ALONE.run("ls", "--json", home=home), "ls")["assets"] == []
    assert checked(CPP_ALONE.run("runs", "--json", home=home), "runs")["runs"] == []
