"""What a step is told of itself and of its run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetKey, MetadataValue, asset, materialize


def test_a_step_is_told_of_itself_and_of_its_run(instance: ep.Instance):
    seen: dict[str, Any] = {}

    @asset(key_prefix="shop")
    def step(context: ep.AssetExecutionContext) -> int:
        for name in STEP:
            seen[name] = getattr(context, name)
        with pytest.raises(ep.InvalidError, match="the run has no partition"):
            context.partition_key  # noqa: B018
        assert not hasattr(context, "partition_keys")
        context.add_output_metadata({"n": 1})
        assert context.output_metadata() == {"n": MetadataValue.int(1)}
        return 1

    result = materialize([step], instance=instance, resources={"label": "green tea"})
    assert seen.pop("run_id") == result.run_id
    assert seen.pop("instance") is instance
    assert seen.pop("resources").label == "green tea"
    assert isinstance(seen.pop("log"), ep._core.StepLog)
    assert seen == {
        "step_key": "shop/step",
        "job_name": None,
        "asset_key": AssetKey(["shop", "step"]),
        "has_assets": True,
        "has_partition_key": False,
        "retry_number": 0,
        "op_def": step,
    }


STEP = (
    "run_id",
    "instance",
    "resources",
    "log",
    "step_key",
    "job_name",
    "asset_key",
    "has_assets",
    "has_partition_key",
    "retry_number",
    "op_def",
)


def by_name(context) -> str:
    return context.run_id


def by_underscored_name(_context) -> str:
    return _context.run_id


def by_underscore(_) -> str:
    return _.run_id


def by_annotation(step: ep.OpExecutionContext) -> str:
    return step.run_id


def by_annotation_as_text(step: "dg.AssetExecutionContext") -> str:  # noqa: F821 # type: ignore
    return step.run_id


@pytest.mark.parametrize(
    "function", [by_name, by_underscored_name, by_underscore, by_annotation, by_annotation_as_text]
)
def test_a_first_parameter_that_is_so_named_or_annotated_gets_the_context(
    function: Callable[[Any], str],
):
    result = materialize([asset(function)])
    assert result.output_for_node(function.__name__) == result.run_id
