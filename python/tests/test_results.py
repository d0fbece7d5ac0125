"""What the result of a run tells: values, what became of steps, events."""

from __future__ import annotations

import pytest

import entrepot as ep
from entrepot import AssetKey, asset, materialize


@asset(key_prefix="raw")
def orders(context) -> list:
    context.add_output_metadata({"n": 2})
    context.log.info("two of them")
    return [3, 4]


@asset
def total(orders: list) -> int:
    return sum(orders)


@asset
def broken(total: int) -> int:
    raise ep.Failure("out of paper", metadata={"printer": "p7"})


@asset
def report(broken: int) -> int:
    return broken


ORDERS = ep.AssetIn("raw/orders")


@pytest.fixture(scope="module")
def result() -> ep.ExecuteInProcessResult:
    linked = asset(ins={"orders": ORDERS})(total.fn)
    return materialize([orders, linked, broken, report], raise_on_error=False)


def test_a_result_tells_what_became_of_each_step(result: ep.ExecuteInProcessResult):
    assert not result.success
    assert result.is_node_success("raw__orders") and result.is_node_success("total")
    assert result.is_node_failed("broken") and result.is_node_skipped("report")
    assert not any(result.is_node_untouched(node) for node in ("total", "broken", "report"))
    assert result.get_failed_step_keys() == {"broken"}
    assert result.asset_value("total") == result.output_for_node("total") == 7


def test_a_step_that_was_never_begun_is_untouched():
    @asset
    def first() -> int:
        raise KeyboardInterrupt

    @asset
    def second(first: int) -> int:
        return first

    @asset
    def third() -> int:
        return 1

    assets = [first, second, third]
    with pytest.raises(KeyboardInterrupt):
        materialize(assets)
    stopped = materialize(assets, raise_on_error=False, max_workers=1)
    assert stopped.is_node_untouched("third")
    assert not stopped.is_node_untouched("first") and not stopped.is_node_untouched("second")


def test_the_events_come_in_order_under_dagsters_names(result: ep.ExecuteInProcessResult):
    assert [(event.event_type_value, event.step_key) for event in result.all_events] == [
        ("RUN_START", None),
        ("STEP_START", "raw/orders"),
        ("LOG", "raw/orders"),
        ("ASSET_MATERIALIZATION", "raw/orders"),
        ("STEP_SUCCESS", "raw/orders"),
        ("STEP_START", "total"),
        ("ASSET_MATERIALIZATION", "total"),
        ("STEP_SUCCESS", "total"),
        ("STEP_START", "broken"),
        ("STEP_FAILURE", "broken"),
        ("STEP_SKIPPED", "report"),
        ("RUN_FAILURE", None),
    ]


def test_events_are_found_by_kind_and_node(result: ep.ExecuteInProcessResult):
    made = result.get_asset_materialization_events()
    assert [event.asset_key for event in made] == [AssetKey(["raw", "orders"]), AssetKey(["total"])]
    assert made[0].materialization.metadata["n"].value == 2
    assert [e.step_key for e in result.get_step_success_events()] == ["raw/orders", "total"]
    assert [e.step_key for e in result.get_step_skipped_events()] == ["report"]
    (line,) = result.filter_events(lambda event: event.event_type_value == "LOG")
    assert line.message == "two of them"
    assert [e.event_type_value for e in result.events_for_node("broken")] == [
        "STEP_START",
        "STEP_FAILURE",
    ]
    planned = result.get_asset_materialization_planned_events()
    assert [e.step_key for e in planned] == ["raw/orders", "total", "broken", "report"]
    with pytest.raises(ep.InvalidError, match="STEP_SKIPPED is no ASSET_MATERIALIZATION"):
        result.get_step_skipped_events()[0].materialization  # noqa: B018


def test_a_failure_tells_its_exception_and_metadata(result: ep.ExecuteInProcessResult):
    (event,) = result.get_step_failure_events()
    data = event.step_failure_data
    assert data is not None and data == result.failure_data_for_node("broken")
    assert isinstance(data.error, ep.Failure)
    assert data.user_failure_data is not None
    assert data.user_failure_data.label == "intentional-failure"
    assert data.user_failure_data.description == "out of paper"
    assert data.user_failure_data.metadata == {"printer": ep.MetadataValue.text("p7")}
    assert result.failure_data_for_node("total") is None


def test_the_end_of_a_run_is_an_event(result: ep.ExecuteInProcessResult):
    assert "out of paper" in result.get_run_failure_event().message
    assert result.dagster_run.status == "failure"
    with pytest.raises(ep.InvalidError, match="has no RUN_SUCCESS: its status is 'failure'"):
        result.get_run_success_event()


def test_a_step_of_an_op_succeeds_with_an_event_of_its_own():
    @ep.op
    def one() -> int:
        return 1

    @ep.job
    def only_one():
        one()

    done = only_one.execute_in_process()
    assert [e.step_key for e in done.get_step_success_events()] == ["one"]
    assert done.get_run_success_event().event_type_value == "RUN_SUCCESS"
