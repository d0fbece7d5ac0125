"""Ops, and the graphs and jobs that connect them."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetIn, Output, asset, materialize


@ep.op
def inc(number: int) -> int:
    return number + 1


@ep.op(out={"a": ep.Out(), "b": ep.Out(is_required=False)})
def a_and_maybe_b():
    yield Output(1, "a")


@ep.op
def add(numbers: list, extra: int = 5) -> int:
    return sum(numbers) + extra


@ep.graph
def twice(number):
    return inc(inc(number))


@ep.job
def arithmetic():
    a, b = a_and_maybe_b()
    add([twice(a), inc(a)])
    inc.alias("of_b")(b)


def test_a_job_runs_its_graphs_and_ops():
    result = arithmetic.execute_in_process()
    assert [step.step_key for step in result.steps] == [
        "a_and_maybe_b", "twice.inc", "twice.inc_2", "inc", "add", "of_b"]
    assert result.output_for_node("add") == 10
    assert result.output_for_node("twice.inc_2") == 3
    assert result.is_node_skipped("of_b")


def test_a_job_takes_input_values():
    @ep.job
    def plus_two(start):
        twice(start)

    result = plus_two.execute_in_process(input_values={"start": 40})
    assert result.output_for_node("twice.inc_2") == 42
    with pytest.raises(ep.InvalidError, match="has no inputs"):
        plus_two.execute_in_process(input_values={"begin": 1})


def test_an_op_without_a_graph_is_a_function():
    assert inc(2) == 3


def test_outputs_of_ops_are_addressed_by_run_and_step():
    told = []

    class Manager(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            told.append((context.asset_key, context.step_key, context.name, context.job_name))
            self.value = obj

        def load_input(self, context: ep.InputContext) -> Any:
            assert context.asset_key is None
            assert context.upstream_output.step_key == "one"
            return self.value

    @ep.op
    def one() -> int:
        return 1

    @ep.job
    def two_steps():
        inc(one())

    result = two_steps.execute_in_process(resources={"io_manager": Manager()})
    assert result.output_for_node("inc") == 2
    assert told == [(None, "one", "result", "two_steps"), (None, "inc", "result", "two_steps")]


def test_ops_store_files_below_the_folder_of_runs(tmp_path):
    instance = ep.Instance.open(tmp_path)
    result = arithmetic.execute_in_process(
        instance=instance, resources={"io_manager": ep.fs_io_manager}
    )
    assert (tmp_path / "storage" / ".runs" / result.run_id / "add" / "result.json").exists()
    assert instance.all_asset_keys() == []


def test_a_graph_makes_an_asset():
    @asset
    def total() -> int:
        return 10

    @ep.graph_asset(group_name="made")
    def grown(total):
        return twice(total)

    result = materialize([total, grown])
    assert result.asset_value("grown") == 12
    record = result.instance.get_latest_materialization_event("grown")
    assert record is not None
    upstream = result.instance.fetch_upstream(record.storage_id)
    assert [made.asset_key for made in upstream] == [ep.AssetKey("total")]


def test_an_op_waits_for_what_it_does_not_read():
    order = []

    @ep.op
    def first() -> None:
        order.append("first")

    @ep.op(ins={"start": ep.In(ep.Nothing)})
    def second() -> None:
        order.append("second")

    @ep.job
    def in_order():
        second(start=first())

    assert in_order.execute_in_process().success
    assert order == ["first", "second"]


def test_a_graph_is_given_what_its_function_takes():
    @ep.op
    def one() -> int:
        return 1

    def too_many():
        twice(one(), one())

    def another():
        twice(numbr=one())

    with pytest.raises(ep.InvalidError, match="graph 'twice': too many positional arguments"):
        ep.job(too_many)
    with pytest.raises(ep.InvalidError, match="graph 'twice': missing a required argument"):
        ep.job(another)


def test_an_input_of_a_job_has_a_value_a_default_or_is_missed():
    @ep.op
    def told(number: int = 1) -> int:
        return number

    @ep.job
    def required(start):
        inc(start)

    @ep.job
    def optional(start=7):
        inc(start)

    @ep.job
    def passed_on(start):
        twice(start)
        told(start)

    with pytest.raises(ep.InvalidError, match="input 'number' of step 'inc': nothing gives its value"):
        required.execute_in_process()
    assert optional.execute_in_process().output_for_node("inc") == 8
    with pytest.raises(ep.InvalidError, match="input 'number' of step 'twice.inc'"):
        passed_on.execute_in_process()
    result = passed_on.execute_in_process(input_values={"start": 40})
    assert result.output_for_node("told") == 40


def test_an_op_takes_a_list_of_values_or_of_outputs():
    @ep.job
    def of_values():
        add([1, 2], extra=0)

    @ep.job
    def of_none():
        add([], extra=0)

    assert of_values.execute_in_process().output_for_node("add") == 3
    assert of_none.execute_in_process().output_for_node("add") == 0

    def of_both():
        add([inc(1), 2])

    def of_all():
        inc(a_and_maybe_b())

    with pytest.raises(ep.InvalidError, match="input 'numbers' is a list of outputs and values"):
        ep.job(of_both)
    with pytest.raises(ep.InvalidError, match=r"several outputs; name one of \['a', 'b'\]"):
        ep.job(of_all)


def test_the_outputs_of_a_job_are_what_its_function_returns():
    @ep.job
    def one_output():
        inc(5)
        return inc(1)

    @ep.job
    def named():
        return {"small": inc(1), "large": inc(100)}

    result = one_output.execute_in_process()
    assert result.output_value() == result.output_for_node("inc_2") == 2
    assert named.execute_in_process().output_value("large") == 101
    with pytest.raises(ep.InvalidError, match="the job has no output 'result'"):
        arithmetic.execute_in_process().output_value()


def test_ops_of_an_asset_wait_for_assets_too():
    order = []

    @asset
    def migrated() -> None:
        order.append("migrated")

    @ep.op(ins={"start": ep.In(ep.Nothing)})
    def count() -> int:
        order.append("count")
        return 1

    @ep.graph_asset(ins={"migrated": AssetIn(dagster_type=ep.Nothing)})
    def counted(migrated):
        return count(start=migrated)

    assert materialize([counted, migrated]).output_for_node("counted.count") == 1
    assert order == ["migrated", "count"]
    with pytest.raises(ep.InvalidError, match=r"ins names \['migrated'\], but"):
        ep.graph_asset(ins={"migrated": AssetIn(dagster_type=ep.Nothing)})(lambda: count())


def test_a_graph_may_be_used_several_times():
    @ep.graph
    def four_times(number):
        return twice(twice(number))

    @ep.job
    def much():
        return twice(four_times(1))

    result = much.execute_in_process()
    assert [step.step_key for step in result.steps] == [
        "four_times.twice.inc", "four_times.twice.inc_2",
        "four_times.twice_2.inc", "four_times.twice_2.inc_2", "twice.inc", "twice.inc_2"]
    assert result.output_value() == 7
