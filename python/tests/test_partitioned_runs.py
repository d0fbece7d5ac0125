"""Partitions in runs: what is made, and what consumers get."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetIn, asset, materialize
from partitioned_assets import DAYS, KEYS, daily, instance_of_days, run


@pytest.fixture
def made() -> ep.Instance:
    return instance_of_days()


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


def test_what_is_stored_without_a_graph_has_partitions_too():
    instance = ep.Instance.ephemeral()
    instance.store("mesh", [1, 2], partition_key="a")
    assert instance.load("mesh", partition_key="a") == [1, 2]
    with pytest.raises(ep.NotFoundError, match="say which one"):
        instance.load("mesh")


# ---- what is read ----------------------------------------------------------------------------


def test_a_run_for_a_partition_makes_what_has_it_and_what_has_none(made: ep.Instance):
    @asset
    def unit() -> str:
        return "m"

    @asset(partitions_def=DAYS)
    def with_unit(context: ep.AssetExecutionContext, daily: str, unit: str) -> list:
        return [context.partition_key, daily, unit]

    result = materialize([daily, unit, with_unit], instance=made, partition_key=KEYS[0])
    assert result.output_for_node("with_unit") == [KEYS[0], "of 2024-01-01", "m"]
    assert made.load("unit") == "m"
    with pytest.raises(ep.InvalidError, match="nothing that would run has partitions"):
        materialize([unit], partition_key=KEYS[0])


def test_a_loader_knows_partitions_too(made: ep.Instance):
    definitions = ep.Definitions([daily])
    loader = definitions.get_asset_value_loader(made)
    assert loader.load_asset_value("daily", partition_key=KEYS[2]) == "of 2024-01-03"
    assert definitions.load_asset_value("daily", partition_key=KEYS[0], instance=made) == (
        "of 2024-01-01"
    )
    with pytest.raises(ep.NotFoundError, match="partition '2024-01-07' of asset 'daily'"):
        loader.load_asset_value("daily", partition_key="2024-01-07")
    with pytest.raises(ep.NotFoundError, match="3 of them.*say which one to load"):
        loader.load_asset_value("daily")
