"""Partitions in runs: what is made, what consumers get, what managers are told."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetIn, asset, materialize

DAYS = ep.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-04")
KEYS = ["2024-01-01", "2024-01-02", "2024-01-03"]


@asset(partitions_def=DAYS)
def daily(context: ep.AssetExecutionContext) -> str:
    return f"of {context.partition_key}"


@pytest.fixture
def made() -> ep.Instance:
    instance = ep.Instance.ephemeral()
    for key in KEYS:
        materialize([daily], instance=instance, partition_key=key)
    return instance


def run(instance: ep.Instance, *assets: Any, **options: Any) -> Any:
    result = materialize([daily, *assets], instance=instance, selection=list(assets), **options)
    return result.output_for_node(assets[-1].key)


def test_each_partition_is_kept_by_itself(made: ep.Instance):
    loader = ep.AssetValueLoader(made)
    assert loader.load_asset_value("daily", partition_key=KEYS[1]) == "of 2024-01-02"
    assert made.get_materialized_partitions("daily") == set(KEYS)
    with pytest.raises(ep.NotFoundError, match="say which one to load"):
        loader.load_asset_value("daily")
    with pytest.raises(ep.NotFoundError, match="partition '2025-01-01' of asset 'daily'"):
        loader.load_asset_value("daily", partition_key="2025-01-01")


def test_a_consumer_without_partitions_gets_all_of_them_by_key(made: ep.Instance):
    @asset
    def days(daily: dict[str, str]) -> dict:
        return daily

    assert run(made, days) == {key: f"of {key}" for key in KEYS}


def test_one_partition_comes_as_its_value(made: ep.Instance):
    @asset(partitions_def=DAYS)
    def shout(daily: str) -> str:
        return daily.upper()

    assert run(made, shout, partition_key=KEYS[2]) == "OF 2024-01-03"


def test_a_mapping_chooses_the_partitions(made: ep.Instance):
    offset = ep.TimeWindowPartitionMapping(start_offset=-1, end_offset=0)

    @asset(partitions_def=DAYS, ins={"daily": AssetIn(partition_mapping=offset)})
    def pair(daily: Any) -> list:
        return sorted(daily) if isinstance(daily, dict) else [daily]

    @asset(ins={"daily": AssetIn(partition_mapping=ep.LastPartitionMapping())})
    def last(daily: str) -> str:
        return daily

    assert run(made, pair, partition_key=KEYS[1]) == KEYS[:2]
    assert run(made, pair, partition_key=KEYS[0]) == ["of 2024-01-01"]
    assert run(made, last) == "of 2024-01-03"


def test_missing_partitions_are_an_error_unless_the_input_allows_them():
    instance = ep.Instance.ephemeral()
    for key in (KEYS[2], KEYS[0]):
        materialize([daily], instance=instance, partition_key=key)

    @asset
    def strict(daily: dict) -> list:
        return list(daily)

    @asset(ins={"daily": AssetIn(metadata={"allow_missing_partitions": True})})
    def lenient(daily: dict) -> dict:
        return daily

    with pytest.raises(ep.NotFoundError, match="2024-01-02"):
        run(instance, strict)
    assert run(instance, lenient) == {key: f"of {key}" for key in (KEYS[0], KEYS[2])}


def test_a_stored_none_is_a_value():
    instance = ep.Instance.ephemeral()

    @asset(partitions_def=DAYS)
    def maybe(context: ep.AssetExecutionContext):
        return None if context.partition_key == KEYS[1] else 1

    @asset
    def all_of_them(maybe: dict) -> dict:
        return maybe

    for key in KEYS:
        materialize([maybe], instance=instance, partition_key=key)
    result = materialize([maybe, all_of_them], instance=instance, selection=[all_of_them])
    assert result.output_for_node("all_of_them") == {KEYS[0]: 1, KEYS[1]: None, KEYS[2]: 1}


def test_a_partition_must_be_given_and_exist():
    with pytest.raises(ep.InvalidError, match="'daily' has partitions"):
        materialize([daily])
    with pytest.raises(ep.NotFoundError, match="2024-02-30"):
        materialize([daily], partition_key="2024-02-30")


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


def test_what_is_stored_without_a_graph_has_partitions_too():
    instance = ep.Instance.ephemeral()
    instance.store("mesh", [1, 2], partition_key="a")
    assert instance.load("mesh", partition_key="a") == [1, 2]
    with pytest.raises(ep.NotFoundError, match="say which one"):
        instance.load("mesh")
