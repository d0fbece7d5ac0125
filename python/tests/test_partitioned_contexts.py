"""What managers and steps are told of partitions."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize
from partitioned_assets import DAYS, KEYS, LETTERS, daily


class Telling(ep.IOManager):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}
        self.output: dict[str, Any] = {}
        self.input: dict[str, Any] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.output = told(context)
        self.values[tuple(context.get_asset_identifier())] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        self.input = told(context)
        return {key: self.values["daily", key] for key in context.asset_partition_keys}


NAMES = [
    "has_partition_key",
    "partition_key",
    "has_asset_partitions",
    "asset_partition_key",
    "asset_partition_keys",
    "asset_partition_key_range",
    "asset_partitions_def",
    "asset_partitions_time_window",
]


def told(context: Any) -> dict[str, Any]:
    return {name: getattr(context, name, "none") for name in NAMES}


def test_managers_are_told_of_partitions():
    manager = Telling()
    resources = {"io_manager": manager}
    instance = ep.Instance.ephemeral()

    @asset
    def days(daily: dict) -> int:
        return len(daily)

    for key in KEYS:
        materialize([daily], instance=instance, resources=resources, partition_key=key)
    assert manager.output == {
        "has_partition_key": True,
        "partition_key": KEYS[2],
        "has_asset_partitions": True,
        "asset_partition_key": KEYS[2],
        "asset_partition_keys": [KEYS[2]],
        "asset_partition_key_range": ep.PartitionKeyRange(KEYS[2], KEYS[2]),
        "asset_partitions_def": DAYS,
        "asset_partitions_time_window": ep.TimeWindow(
            datetime(2024, 1, 3, tzinfo=timezone.utc), datetime(2024, 1, 4, tzinfo=timezone.utc)
        ),
    }
    materialize([daily, days], instance=instance, resources=resources, selection=[days])
    assert manager.input == {
        "has_partition_key": False,
        "partition_key": "none",
        "has_asset_partitions": True,
        "asset_partition_key": "none",
        "asset_partition_keys": KEYS,
        "asset_partition_key_range": ep.PartitionKeyRange(KEYS[0], KEYS[2]),
        "asset_partitions_def": DAYS,
        "asset_partitions_time_window": ep.TimeWindow(
            datetime(2024, 1, 1, tzinfo=timezone.utc), datetime(2024, 1, 4, tzinfo=timezone.utc)
        ),
    }
    assert manager.output["has_asset_partitions"] is False


def test_a_step_is_told_of_its_partition():
    seen: dict[str, Any] = {}

    @asset(partitions_def=DAYS)
    def day(context: ep.AssetExecutionContext) -> int:
        seen.update(
            has_partition_key=context.has_partition_key,
            partition_key=context.partition_key,
            partition_keys=list(context.partition_keys),
            partition_time_window=context.partition_time_window,
        )
        return 1

    @asset
    def whole(context: ep.AssetExecutionContext) -> int:
        seen["whole"] = context.has_partition_key
        seen["window"] = hasattr(context, "partition_time_window")
        return 1

    materialize([day, whole], partition_key=KEYS[1])
    assert seen == {
        "has_partition_key": True,
        "partition_key": KEYS[1],
        "partition_keys": [KEYS[1]],
        "partition_time_window": ep.TimeWindow(
            datetime(2024, 1, 2, tzinfo=timezone.utc), datetime(2024, 1, 3, tzinfo=timezone.utc)
        ),
        "whole": True,  # The run has one, which is not the asset's.
        "window": False,
    }


def test_a_manager_is_told_of_the_one_partition_that_is_read():
    manager = Telling()

    @asset(partitions_def=DAYS)
    def next_day(daily: Any) -> int:
        return len(daily)

    resources = {"io_manager": manager}
    materialize([daily, next_day], resources=resources, partition_key=KEYS[1])
    assert manager.input == {
        "has_partition_key": True,
        "partition_key": KEYS[1],
        "has_asset_partitions": True,
        "asset_partition_key": KEYS[1],
        "asset_partition_keys": [KEYS[1]],
        "asset_partition_key_range": ep.PartitionKeyRange(KEYS[1], KEYS[1]),
        "asset_partitions_def": DAYS,
        "asset_partitions_time_window": ep.TimeWindow(
            datetime(2024, 1, 2, tzinfo=timezone.utc), datetime(2024, 1, 3, tzinfo=timezone.utc)
        ),
    }


def test_of_what_has_no_partitions_a_run_for_one_tells_its_own_only():
    manager = Telling()

    @asset
    def whole() -> int:
        return 1

    materialize([daily, whole], resources={"io_manager": manager}, partition_key=KEYS[1],
                max_workers=1)
    assert manager.output == {name: "none" for name in NAMES} | {
        "has_partition_key": True,
        "partition_key": KEYS[1],
        "has_asset_partitions": False,
    }


def test_static_partitions_have_no_time_window():
    seen = []

    class Looking(Telling):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            seen.append(hasattr(context, "asset_partitions_time_window"))
            with pytest.raises(ep.InvalidError, match="no windows of time: static keys"):
                context.asset_partitions_time_window  # noqa: B018

    @asset(partitions_def=LETTERS)
    def named(context: ep.AssetExecutionContext) -> int:
        seen.append(hasattr(context, "partition_time_window"))
        return 1

    materialize([named], resources={"io_manager": Looking()}, partition_key="a")
    assert seen == [False, False]
