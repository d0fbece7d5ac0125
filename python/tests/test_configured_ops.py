"""Ops that are configured before they are used."""

from __future__ import annotations

import pytest

import entrepot as ep
from entrepot import Field, job, op
from configured_assets import ReportConfig, ops


def test_an_op_is_configured_apart_from_its_uses():
    @op(config_schema={"by": int, "plus": Field(int, default_value=0)})
    def times(context: ep.OpExecutionContext, number: int) -> int:
        return number * context.op_config["by"] + context.op_config["plus"]

    @op
    def one() -> int:
        return 1

    doubled = times.configured({"by": 2}, name="doubled")

    @job
    def numbers():
        times(doubled(one()))

    result = numbers.execute_in_process(run_config={"ops": {
        "doubled": {"config": {"plus": 1}}, "times": {"config": {"by": 5}}}})
    assert result.output_for_node("doubled") == 3
    assert result.output_for_node("times") == 15

    @job
    def wrong():
        times.configured({"bye": 2})(one())

    with pytest.raises(ep.InvalidError, match="did you mean 'by'"):
        wrong.execute_in_process()
    with pytest.raises(ep.InvalidError, match="op 'one' takes no configuration"):
        one.configured({"by": 2})


def test_an_op_is_configured_by_a_function_of_another_schema():
    @op(config_schema={"by": int, "plus": Field(int, default_value=1)})
    def times(context: ep.OpExecutionContext) -> int:
        return context.op_config["by"] + context.op_config["plus"]

    @op
    def titled(config: ReportConfig) -> str:
        return config.title

    @job
    def numbers():
        times.configured(lambda half: {"by": 2 * half}, config_schema=int, name="even")()
        titled.configured(lambda word: ReportConfig(title=word + "!"), config_schema=str)()

    @job
    def wrong():
        times.configured(lambda given: {"bye": given}, config_schema=int)()

    def config_of(**ops: object) -> dict[str, object]:
        return {"ops": {name: {"config": value} for name, value in ops.items()}}

    result = numbers.execute_in_process(run_config=config_of(even=20, titled="x"))
    assert result.output_for_node("even") == 41
    assert result.output_for_node("titled") == "x!"
    with pytest.raises(ep.InvalidError, match="even.*an integer"):
        numbers.execute_in_process(run_config=config_of(even="twenty", titled="x"))
    with pytest.raises(ep.InvalidError, match="did you mean 'by'"):
        wrong.execute_in_process(run_config=config_of(times=1))
    with pytest.raises(ep.InvalidError, match="configured already"):
        times.configured({"by": 2}).configured(lambda given: {"by": given}, config_schema=int)
    with pytest.raises(ep.InvalidError, match="config_schema goes with a function"):
        times.configured({"by": 2}, config_schema=int)


def test_a_configured_op_takes_a_config_object():
    @op
    def titled(config: ReportConfig) -> str:
        return config.title

    @job
    def titles():
        titled.configured(ReportConfig(title="Best days"))()

    assert titles.execute_in_process().output_for_node("titled") == "Best days"
