"""Retries: how often, when, and of what."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize


def test_retries_repeat_a_step():
    attempts = []

    @asset(retry_policy=ep.RetryPolicy(max_retries=2, delay=0.01, backoff=ep.Backoff.LINEAR))
    def flaky(context) -> int:
        attempts.append(context.retry_number)
        if len(attempts) < 3:
            raise OSError("not yet")
        return 1

    result = materialize([flaky])
    assert attempts == [0, 1, 2]
    assert result.retry_attempts_for_node("flaky") == 2


def times_of_failures(policy: ep.RetryPolicy) -> list[float]:
    """Run a step that always fails; return the seconds between its attempts."""
    times = []

    @asset(retry_policy=policy)
    def failing() -> int:
        times.append(time.monotonic())
        raise OSError("again")

    result = materialize([failing], raise_on_error=False)
    assert result.retry_attempts_for_node("failing") == policy.max_retries
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize(
    ("backoff", "factors"),
    [(None, [1, 1, 1]), (ep.Backoff.LINEAR, [1, 2, 3]), (ep.Backoff.EXPONENTIAL, [1, 3, 7])],
)
def test_the_delay_before_a_retry_grows_as_the_policy_says(
    backoff: ep.Backoff | None, factors: list[int]
):
    delay = 0.03
    waited = times_of_failures(ep.RetryPolicy(max_retries=3, delay=delay, backoff=backoff))
    assert all(w >= delay * f for w, f in zip(waited, factors, strict=True)), waited


@pytest.mark.parametrize("jitter", ep.Jitter)
def test_jitter_lets_some_retries_come_before_their_delay(jitter: ep.Jitter):
    waited = times_of_failures(ep.RetryPolicy(max_retries=20, delay=0.05, jitter=jitter))
    assert min(waited) < 0.05
    if jitter is ep.Jitter.PLUS_MINUS:
        assert min(waited) >= 0.025


def test_a_retry_policy_covers_what_a_manager_fails_at():
    events = []

    class Flaky(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            events.append(f"store {context.asset_key.path[-1]}")
            if events.count(events[-1]) < 3:
                raise OSError("the shelf is full")

        def load_input(self, context: ep.InputContext) -> Any:
            events.append("load source")
            if events.count("load source") < 2:
                raise OSError("the shelf is locked")
            return 1

    policy = ep.RetryPolicy(max_retries=3)

    @asset(retry_policy=policy)
    def source() -> int:
        events.append("compute source")
        return 1

    @asset(retry_policy=policy)
    def copy(source: int) -> int:
        events.append("compute copy")
        return source

    result = materialize([source, copy], resources={"io_manager": Flaky()})
    assert result.success
    # A load is repeated with all of the step; a store is, without computing again.
    assert events == [
        "compute source",
        *["store source"] * 3,
        "load source",
        "load source",
        "compute copy",
        *["store copy"] * 3,
    ]
    assert result.retry_attempts_for_node("source") == 2
    assert result.retry_attempts_for_node("copy") == 3


def test_a_managers_error_is_raised_as_it_is_when_retries_are_used_up():
    class Full(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            raise OSError("the shelf is full")

        def load_input(self, context: ep.InputContext) -> Any:
            raise AssertionError

    @asset(retry_policy=ep.RetryPolicy(max_retries=1))
    def source() -> int:
        return 1

    with pytest.raises(OSError, match="the shelf is full") as caught:
        materialize([source], resources={"io_manager": Full()})
    assert caught.traceback[-1].name == "handle_output"
