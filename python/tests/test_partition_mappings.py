"""Which partitions a consumer reads in a run."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetIn, asset, materialize
from partitioned_assets import DAYS, KEYS, daily, instance_of_days, run


@pytest.fixture
def made() -> ep.Instance:
    return instance_of_days()


HOURS = ep.HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-02-03:00")
WEEKS = ep.WeeklyPartitionsDefinition("2023-12-31", end_date="2024-01-07")
BERLIN = ep.DailyPartitionsDefinition(
    "2024-01-02", end_date="2024-01-04", timezone="Europe/Berlin"
)
REGIONS = ep.StaticPartitionsDefinition(["north", "south", "2024-01-02"])
OFFSET = ep.TimeWindowPartitionMapping


@pytest.mark.parametrize(
    ("consumer", "partition", "mapping", "read"),
    [
        (DAYS, KEYS[1], None, [KEYS[1]]),
        (DAYS, KEYS[1], ep.IdentityPartitionMapping(), [KEYS[1]]),
        (REGIONS, KEYS[1], None, [KEYS[1]]),
        (None, None, None, KEYS),
        (REGIONS, "north", ep.AllPartitionMapping(), KEYS),
        (REGIONS, "north", ep.LastPartitionMapping(), [KEYS[2]]),
        (None, None, ep.SpecificPartitionsPartitionMapping([KEYS[2], KEYS[0]]), KEYS[::2]),
        (None, None, ep.SpecificPartitionsPartitionMapping([KEYS[1]]), [KEYS[1]]),
        (HOURS, "2024-01-02-02:00", None, [KEYS[1]]),
        (WEEKS, "2023-12-31", OFFSET(allow_nonexistent_upstream_partitions=True), KEYS),
        (BERLIN, KEYS[1], None, KEYS[:2]),
        (DAYS, KEYS[2], OFFSET(start_offset=-2), KEYS),
        (DAYS, KEYS[1], OFFSET(start_offset=-1, end_offset=-1), KEYS[:1]),
        (DAYS, KEYS[0], OFFSET(start_offset=-1, end_offset=-1), []),
        (DAYS, KEYS[2], OFFSET(0, 1, allow_nonexistent_upstream_partitions=True), [KEYS[2]]),
    ],
)
def test_a_mapping_says_what_is_read(
    made: ep.Instance, consumer: Any, partition: Any, mapping: Any, read: list[str]
):
    @asset(partitions_def=consumer, ins={"daily": AssetIn(partition_mapping=mapping)})
    def reader(daily: Any) -> list:
        return [daily]

    values = {key: f"of {key}" for key in read}
    got = values if len(read) > 1 else next(iter(values.values()), None)
    assert run(made, reader, partition_key=partition) == [got]


@pytest.mark.parametrize(
    ("consumer", "partition", "mapping", "error", "message"),
    [
        (REGIONS, "north", None, ep.NotFoundError, "'north' is no partition of daily"),
        (DAYS, KEYS[2], OFFSET(1, 1), ep.NotFoundError, "'2024-01-04' is no partition"),
        (WEEKS, "2023-12-31", None, ep.NotFoundError, "'2023-12-31' is no partition of daily"),
        (DAYS, KEYS[1], OFFSET(1, -1), ep.InvalidError, "lies after end_offset -1"),
        (REGIONS, "north", OFFSET(), ep.InvalidError, "partition mapping 'time windows"),
        (
            DAYS,
            KEYS[1],
            ep.StaticPartitionMapping({KEYS[1]: KEYS[1]}),
            ep.InvalidError,
            "needs static keys on both sides",
        ),
        (
            None,
            None,
            ep.SpecificPartitionsPartitionMapping(["2024-02-30"]),
            ep.NotFoundError,
            "'2024-02-30' is no partition",
        ),
    ],
)
def test_a_mapping_that_leads_nowhere_is_an_error_before_the_run(
    made: ep.Instance,
    consumer: Any,
    partition: Any,
    mapping: Any,
    error: type[Exception],
    message: str,
):
    @asset(partitions_def=consumer, ins={"daily": AssetIn(partition_mapping=mapping)})
    def reader(daily: Any) -> list:
        raise AssertionError

    runs = len(made.get_runs())
    with pytest.raises(error, match=message):
        run(made, reader, partition_key=partition)
    assert len(made.get_runs()) == runs


def test_a_static_mapping_pairs_keys_many_to_many():
    letters = ep.StaticPartitionsDefinition(["a", "b", "c"])
    pairs = ep.StaticPartitionMapping({"a": "north", "b": ["north", "south"]})

    @asset(partitions_def=letters)
    def letter(context: ep.AssetExecutionContext) -> str:
        return context.partition_key.upper()

    @asset(partitions_def=REGIONS, ins={"letter": AssetIn(partition_mapping=pairs)})
    def region(letter: Any) -> list:
        return [letter]

    instance = ep.Instance.ephemeral()
    for key in "abc":
        materialize([letter], instance=instance, partition_key=key)
    read = {
        key: materialize(
            [letter, region], instance=instance, selection="region", partition_key=key
        ).output_for_node("region")[0]
        for key in REGIONS.get_partition_keys()
    }
    assert read == {"north": {"a": "A", "b": "B"}, "south": "B", "2024-01-02": None}
