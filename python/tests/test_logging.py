"""The lines of steps: in the event log, and in Python's own logging."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize


class Talkative(ep.IOManager):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        context.log.warning("stored %s", "slowly")

    def load_input(self, context: ep.InputContext) -> Any:
        context.log.error("loaded %(how)s", {"how": "late"})
        return 1


@asset
def one(context) -> int:
    context.log.debug("beginning")
    context.log.info("%d of %d", 1, 2)
    context.log.log(logging.WARNING, "as a number")
    context.log.critical("100% full")
    return 1


@asset
def two(context, one: int) -> int:
    try:
        raise OSError("no route")
    except OSError:
        context.log.exception("failed")
    return one


LINES = [
    ("one", "debug", "beginning"),
    ("one", "info", "1 of 2"),
    ("one", "warning", "as a number"),
    ("one", "error", "100% full"),
    ("one", "warning", "stored slowly"),
    ("two", "error", "loaded late"),
    ("two", "warning", "stored slowly"),
]


def lines_of(instance: ep.Instance) -> list[tuple[str, str, str]]:
    (run,) = instance.get_runs()
    return [
        (event.step_key, event.data["level"], event.data["message"])
        for event in instance.all_logs(run.run_id)
        if event.event_type == "logged"
    ]


def test_each_line_is_in_the_event_log_with_step_and_level(instance: ep.Instance):
    materialize([one, two], instance=instance, resources={"io_manager": Talkative()})
    lines = lines_of(instance)
    (with_traceback,) = [line for line in lines if line[2].startswith("failed")]
    assert with_traceback[:2] == ("two", "error")
    assert "OSError: no route" in with_traceback[2]
    lines.remove(with_traceback)
    assert lines == LINES


def test_each_line_goes_to_pythons_logger_too(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="entrepot")
    materialize([one], resources={"io_manager": Talkative()})
    records = [r for r in caplog.records if r.name == "entrepot"]
    assert [(r.step_key, r.levelname.lower(), r.getMessage()) for r in records] == [  # type: ignore
        (step, level, f"{step}: {message}") for step, level, message in LINES if step == "one"
    ]


def test_a_logger_that_is_off_gets_nothing(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.ERROR, logger="entrepot")
    materialize([one], resources={"io_manager": Talkative()})
    assert [r.getMessage() for r in caplog.records] == ["one: 100% full"]


def test_without_handlers_nothing_is_printed():
    program = """
import entrepot as ep
@ep.asset
def one(context):
    context.log.error("as loud as can be")
    return 1
ep.materialize([one])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "as loud as can be" not in done.stderr + done.stdout


def test_a_line_whose_arguments_do_not_fit_does_not_fail_its_step(instance: ep.Instance):
    @asset
    def lines(context) -> int:
        context.log.info("%d rows", "many")
        return 1

    assert materialize([lines], instance=instance).success
    ((_, _, line),) = lines_of(instance)
    assert line.startswith("%d rows ('many',) (not formatted: %d format:")


def test_a_handler_that_raises_does_not_end_the_step(
    instance: ep.Instance, monkeypatch: pytest.MonkeyPatch
):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: unraisable.append(found.exc_value))

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise OSError("the pipe is closed")

    handler = Broken()
    logging.getLogger("entrepot").addHandler(handler)
    try:
        result = materialize([one], instance=instance, resources={"io_manager": Talkative()})
    finally:
        logging.getLogger("entrepot").removeHandler(handler)
    assert result.success
    assert {str(error) for error in unraisable} == {"the pipe is closed"}
    assert len(lines_of(instance)) == 5
