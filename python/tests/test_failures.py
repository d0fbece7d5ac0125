"""What steps and managers raise to say more of a failure: Failure and RetryRequested."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize


def failed_events(instance: ep.Instance, run_id: str) -> list[dict[str, Any]]:
    return [e.data for e in instance.all_logs(run_id) if e.event_type == "step_failed"]


def test_a_failure_comes_back_as_itself_and_its_metadata_is_in_the_log(instance: ep.Instance):
    @asset
    def sensor() -> int:
        raise ep.Failure("it was off", metadata={"sensor": 7, "place": ("a", 1)})

    with pytest.raises(ep.Failure, match="it was off") as raised:
        materialize([sensor], instance=instance)
    assert raised.value.description == "it was off"
    assert raised.traceback[-1].name == "sensor"
    (run,) = instance.get_runs()
    (event,) = failed_events(instance, run.run_id)
    assert {name: value.value for name, value in event["metadata"].items()} == {
        "sensor": 7,
        "place": ["a", 1],
    }
    assert event["error"] == "computing asset 'sensor': Failure: it was off"


@pytest.mark.parametrize(("allowed", "attempts"), [(True, 3), (False, 1)])
def test_a_failure_says_whether_the_retry_policy_applies(allowed: bool, attempts: int):
    tried = []

    @asset(retry_policy=ep.RetryPolicy(max_retries=2))
    def sensor() -> int:
        tried.append(1)
        raise ep.Failure("off", allow_retries=allowed)

    materialize([sensor], raise_on_error=False)
    assert len(tried) == attempts


def test_a_retry_that_is_requested_needs_no_policy():
    tried = []

    @asset
    def flaky(context) -> int:
        tried.append(context.retry_number)
        if len(tried) < 3:
            raise ep.RetryRequested(max_retries=2)
        return 1

    assert materialize([flaky]).success
    assert tried == [0, 1, 2]


def test_when_retries_are_used_up_their_cause_is_the_failure():
    @asset
    def flaky() -> int:
        try:
            raise OSError("no route")
        except OSError as error:
            raise ep.RetryRequested(max_retries=1) from error

    with pytest.raises(OSError, match="no route"):
        materialize([flaky])
    result = materialize([flaky], raise_on_error=False)
    assert result.retry_attempts_for_node("flaky") == 1


def test_a_requested_retry_without_a_cause_is_the_failure_itself():
    @asset
    def flaky() -> int:
        raise ep.RetryRequested(max_retries=0)

    with pytest.raises(ep.RetryRequested):
        materialize([flaky])


def test_managers_may_ask_for_retries_of_a_store_and_a_load():
    events = []

    class Reluctant(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            events.append("store")
            if events.count("store") == 1:
                raise ep.RetryRequested(max_retries=1)

        def load_input(self, context: ep.InputContext) -> Any:
            events.append("load")
            if events.count("load") == 1:
                raise ep.RetryRequested(max_retries=1)
            return 1

    @asset
    def one() -> int:
        events.append("compute")
        return 1

    @asset
    def two(one: int) -> None:
        return None

    assert materialize([one, two], resources={"io_manager": Reluctant()}).success
    assert events == ["compute", "store", "store", "load", "load"]


def test_a_failure_in_a_manager_is_final_if_it_says_so():
    stores = []

    class Broken(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            stores.append(1)
            raise ep.Failure("the shelf is gone", allow_retries=False)

        def load_input(self, context: ep.InputContext) -> Any:
            raise AssertionError

    @asset(retry_policy=ep.RetryPolicy(max_retries=3))
    def one() -> int:
        return 1

    with pytest.raises(ep.Failure, match="the shelf is gone"):
        materialize([one], resources={"io_manager": Broken()})
    assert len(stores) == 1


def test_negative_retries_are_refused():
    with pytest.raises(ep.InvalidError, match="must not be negative"):
        ep.RetryRequested(max_retries=-1)
