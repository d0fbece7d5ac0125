"""Partitions in runs: what is made, what consumers get, what managers are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
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


# ---- what is read ----------------------------------------------------------------------------

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


# ---- where they are kept ---------------------------------------------------------------------


class Texts(ep.UPathIOManager):
    """Keeps texts as files of its own."""

    extension = ".txt"

    def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        path.write_text(json.dumps(obj))

    def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        return json.loads(path.read_text())


class AsyncTexts(Texts):
    """The same, as coroutines."""

    async def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        await asyncio.sleep(0)
        path.write_text(json.dumps(obj))

    async def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        await asyncio.sleep(0.002 if context.asset_partition_key == "a" else 0)
        return json.loads(path.read_text())


class Delegating(ep.IOManager):
    """Written by a user, around a manager of the package."""

    def __init__(self, other: ep.IOManager) -> None:
        self.other = other

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.other.handle_output(context, obj)

    def load_input(self, context: ep.InputContext) -> Any:
        return self.other.load_input(context)


MANAGERS: dict[str, Callable[[Path], Any]] = {
    "files": lambda folder: ep.FilesystemIOManager(str(folder)),
    "plain files": lambda folder: ep.FilesystemIOManager(str(folder), layout="plain"),
    "configured files": lambda folder: ep.fs_io_manager.configured({"base_dir": str(folder)}),
    "memory": lambda folder: ep.InMemoryIOManager(),
    "paths": ep.UPathIOManager,
    "texts": Texts,
    "async texts": AsyncTexts,
    "delegating": lambda folder: Delegating(ep.UPathIOManager(folder)),
    "several": lambda folder: ep.MultiBackendIOManager(
        {"one": ep.UPathIOManager(folder), "two": ep.InMemoryIOManager()}, default_backend="one"
    ),
}
LETTERS = ep.StaticPartitionsDefinition(["c", "a", "b"])


@asset(partitions_def=LETTERS)
def letter(context: ep.AssetExecutionContext):
    return {"a": "A", "b": None, "c": "C"}[context.partition_key]


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize(
    ("there", "read"),
    [
        (["a", "b", "c"], {"c": "C", "a": "A", "b": None}),
        (["c", "b"], {"c": "C", "b": None}),
        (["b"], {"b": None}),
        ([], {}),
    ],
    ids=["all", "two of three", "one of three", "none of three"],
)
def test_every_manager_gives_what_is_there_by_key(
    manager: str, there: list[str], read: dict[str, Any], tmp_path: Path
):
    @asset(ins={"letter": AssetIn(metadata={"allow_missing_partitions": True})})
    def reader(letter: Any) -> list:
        return [letter]

    options: dict[str, Any] = {
        "instance": ep.Instance.ephemeral(),
        "resources": {"io_manager": MANAGERS[manager](tmp_path)},
    }
    for key in there:
        materialize([letter], partition_key=key, **options)
    result = materialize([letter, reader], selection="reader", **options)
    (got,) = result.output_for_node("reader")
    assert got == read and list(got) == list(read)


@pytest.mark.parametrize("manager", MANAGERS)
def test_every_manager_gives_one_partition_as_its_value(manager: str, tmp_path: Path):
    @asset(partitions_def=LETTERS)
    def reader(letter: Any) -> list:
        return [letter]

    options: dict[str, Any] = {
        "instance": ep.Instance.ephemeral(),
        "resources": {"io_manager": MANAGERS[manager](tmp_path)},
    }
    for key, value in {"a": "A", "b": None}.items():
        materialize([letter], partition_key=key, **options)
        result = materialize([letter, reader], selection="reader", partition_key=key, **options)
        assert result.output_for_node("reader") == [value]


def test_partitions_have_folders_whatever_their_keys_are(tmp_path: Path):
    odd = ["2024-01-01-09:00", "../x", "a/b", ".", "..", "=", "ä b", "x' OR '1'='1"]

    @asset(partitions_def=ep.StaticPartitionsDefinition(odd))
    def value(context: ep.AssetExecutionContext) -> str:
        return context.partition_key

    instance = ep.Instance.ephemeral()
    manager = ep.FilesystemIOManager(str(tmp_path / "base"))
    for key in odd:
        materialize([value], instance=instance, resources={"io_manager": manager},
                    partition_key=key)
    assert [instance.load("value", partition_key=key) for key in odd] == odd
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("value.txt")]
    assert len(files) == len(odd)
    assert {str(path.parent.parent) for path in files} == {"base/value"}
    assert "partition=2024-01-01-09%3A00" in {path.parent.name for path in files}


# ---- what contexts tell ----------------------------------------------------------------------


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
