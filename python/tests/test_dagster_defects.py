"""Defects of Dagster 1.13 that are absent here, one test each.

Those that other tests show already are in ELSEWHERE, with the test.
"""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import entrepot as ep
from entrepot import AssetIn, AssetKey, asset, materialize

KEYS = ["a", "b", "c"]
LETTERS = ep.StaticPartitionsDefinition(KEYS)

#: What a defect is, and the test that would find it.
ELSEWHERE = {
    "a failed write makes the step compute again": "test_retries.py::"
    "test_a_retry_policy_covers_what_a_manager_fails_at",
    "an extension given with its dot gets two": "test_files.py::test_extensions_have_one_dot",
    "unknown fields of a resource are ignored": "test_configurable.py::"
    "test_an_unknown_field_is_refused_with_the_nearest_name",
    "a teardown that fails leaves the run a success": "test_resources.py::"
    "test_a_failing_teardown_fails_the_run_and_the_others_are_torn_down",
    "the reader of an asset that stores nothing meets a missing file": "test_stored_or_not.py::"
    "test_a_consumer_gets",
    "an async manager gives a partition another one's value where one is missing": (
        "test_partitioned_storage.py::test_every_manager_gives_what_is_there_by_key"
    ),
    "an async manager gives one partition as a dict of one": "test_partitioned_storage.py::"
    "test_every_manager_gives_one_partition_as_its_value",
    "a partition key becomes SQL": "test_input_managers.py::"
    "test_sql_partitions_of_a_run_cannot_become_sql",
}


@pytest.mark.parametrize("defect", ELSEWHERE)
def test_another_test_shows_that_it_is_absent(defect: str):
    file, name = ELSEWHERE[defect].split("::")
    assert f"\ndef {name}(" in (Path(__file__).parent / file).read_text()


# ---- partitions ------------------------------------------------------------------------------


@asset(partitions_def=LETTERS)
def letter(context: ep.AssetExecutionContext) -> str:
    return f"of {context.partition_key}"


def made(keys: list[str], assets: Any = letter, **options: Any) -> ep.Instance:
    instance = ep.Instance.ephemeral()
    for key in keys:
        materialize([assets], instance=instance, partition_key=key, **options)
    return instance


def read(instance: ep.Instance, source: Any = letter, **options: Any) -> Any:
    """Return what an asset gets that reads all partitions, of which some may be missing."""
    name = source.key.path[-1]

    @asset(ins={"read": AssetIn(name, metadata={"allow_missing_partitions": True})})
    def reader(read: Any) -> list:
        return [read]

    options |= {"instance": instance, "selection": "reader"}
    return materialize([source, reader], **options).output_for_node("reader")[0]


@pytest.mark.parametrize("missing", KEYS)
def test_what_a_missing_partition_leaves_stays_under_its_own_keys(missing: str):
    """Another partition's value came under the key of a missing one."""
    there = [key for key in KEYS if key != missing]
    assert read(made(there)) == {key: f"of {key}" for key in there}


def test_one_that_is_left_of_several_partitions_is_still_by_key():
    """The shape of what a reader gets depended on how a manager loads, and on what was there."""
    assert read(made(["b"])) == {"b": "of b"}
    assert read(ep.Instance.ephemeral()) == {}


def test_a_stored_none_is_not_a_missing_partition():
    """A partition whose value is None was dropped."""

    @asset(partitions_def=LETTERS)
    def maybe(context: ep.AssetExecutionContext):
        return None if context.partition_key == "b" else 1

    assert read(made(KEYS, maybe), maybe) == {"a": 1, "b": None, "c": 1}
    assert read(made(["a", "b"], maybe), maybe) == {"a": 1, "b": None}


def test_where_a_partition_is_stored_is_told_by_partition():
    """The metadata that says where a value is lacked the partition."""
    instance = made(KEYS)
    told = {
        record.partition_key: [receipt.path for receipt in record.receipts]
        for record in instance.fetch_materializations("letter")
    }
    assert told == {key: [f"letter/partition={key}/value.txt"] for key in KEYS}
    for (path,) in told.values():
        assert (Path(instance.storage_directory()) / path).is_file()


class Async(ep.UPathIOManager):
    """Loads by coroutines; what is in `broken` cannot be read."""

    extension = ".txt"
    broken: frozenset[str] = frozenset()

    def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        path.write_text(json.dumps(obj))

    async def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        await asyncio.sleep(0)
        if context.asset_partition_key in self.broken:
            raise LookupError(f"cannot read {context.asset_partition_key}")
        return json.loads(path.read_text())


def test_an_async_load_that_fails_raises_what_it_raised(tmp_path: Path):
    """The cause was lost, and the number of failures wrong."""
    manager = Async(tmp_path)
    instance = made(KEYS, resources={"io_manager": manager})
    manager.broken = frozenset({"b"})
    with pytest.raises(LookupError, match="cannot read b"):
        read(instance, resources={"io_manager": manager})


def test_an_async_load_may_be_called_from_an_event_loop(tmp_path: Path):
    """It was an error in a notebook or an async service."""
    manager = Async(tmp_path)
    instance = made(KEYS, resources={"io_manager": manager})

    async def service() -> Any:
        await asyncio.sleep(0)
        return read(instance, resources={"io_manager": manager})

    assert asyncio.run(service()) == {key: f"of {key}" for key in KEYS}


def test_metadata_of_several_partitions_may_be_added_on_loading(tmp_path: Path):
    """add_input_metadata raised where more than one partition was read."""
    observed: list[str] = []

    class Telling(ep.UPathIOManager):
        def load_input(self, context: ep.InputContext) -> Any:
            context.add_input_metadata({"loaded": True})
            observed.extend(seen.partition for seen in context.get_observations())
            return super().load_input(context)

    resources = {"io_manager": Telling(tmp_path)}
    instance = made(KEYS, resources=resources)
    assert read(instance, resources=resources) == {key: f"of {key}" for key in KEYS}
    assert observed == KEYS


# ---- files -----------------------------------------------------------------------------------


class HalfWay:
    """Cannot be pickled, which shows only after ten million bytes."""

    def __reduce__(self) -> Any:
        def items() -> Any:
            yield b"x" * 10_000_000
            raise TypeError("half way")

        return list, (), None, items()


def files_of(instance: ep.Instance) -> list[str]:
    base = Path(instance.storage_directory())
    return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())


def test_a_write_that_fails_half_way_leaves_the_value_before_it():
    """A failed overwrite left a torn file where the good value had been."""
    instance = ep.Instance.ephemeral()
    instance.store("value", {1, 2})
    with pytest.raises(ep.UnsupportedError, match="'value'.*half way"):
        instance.store("value", HalfWay())
    assert instance.load("value") == {1, 2}
    assert files_of(instance) == ["value.pkl"]


@pytest.mark.parametrize("unpicklable", [HalfWay(), lambda: 1, (i for i in "ab")])
def test_what_cannot_be_pickled_is_one_kind_of_error(unpicklable: Any):
    """A TypeError while pickling came out as it was, without asset and advice."""

    @asset
    def odd() -> Any:
        return {"of": unpicklable}

    with pytest.raises(ep.UnsupportedError, match="'odd'.*cannot be pickled.*mem_io_manager"):
        materialize([odd])


@pytest.mark.parametrize("parts", [["..", "evil"], ["a", "..", "..", "evil"], ["/etc", "evil"]])
def test_no_key_leads_out_of_the_folder(parts: list[str], tmp_path: Path):
    """An asset key with ".." was written outside of base_dir."""
    base = tmp_path / "a" / "b" / "base"

    @asset(key=AssetKey(parts))
    def evil() -> int:
        return 1

    manager = ep.FilesystemIOManager(str(base))
    instance = ep.Instance.ephemeral()
    materialize([evil], instance=instance, resources={"io_manager": manager})
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1 and files[0].is_relative_to(base)
    assert instance.load(AssetKey(parts)) == 1


def test_a_key_may_be_the_beginning_of_another():
    """The folder of asset a/b stood where asset a wanted its file, or the other way round."""
    for order in (["a", "a/b", "a/b/c"], ["a/b/c", "a/b", "a"]):
        instance = ep.Instance.ephemeral()
        for key in order:
            instance.store(key, f"of {key}")
        assert [instance.load(key) for key in order] == [f"of {key}" for key in order]


def test_an_asset_may_get_partitions_and_lose_them_again():
    """The file of an asset without partitions stood in the way of their folder, and back."""
    instance = made(["a"])

    @asset(name="letter")
    def whole() -> str:
        return "whole"

    materialize([whole], instance=instance)
    assert instance.load("letter") == "whole"
    materialize([letter], instance=instance, partition_key="b")
    assert instance.load("letter", partition_key="a") == "of a"
    assert instance.load("letter", partition_key="b") == "of b"


# ---- contexts --------------------------------------------------------------------------------


def test_a_context_answers_whether_it_has_an_attribute():
    """hasattr() raised for an attribute that does not apply."""
    output, loaded = ep.build_output_context(), ep.build_input_context()
    for context in (output, loaded):
        for name in ("partition_key", "asset_partition_key", "asset_partition_keys"):
            assert not hasattr(context, name)
            assert getattr(context, name, "none") == "none"
        assert not context.asset_key


SEEN = (
    "name",
    "step_key",
    "run_id",
    "asset_key",
    "dagster_type",
    "job_name",
    "definition_metadata",
    "output_metadata",
    "has_asset_partitions",
    "asset_partition_keys",
    "asset_partitions_def",
)


def test_an_upstream_output_is_the_same_whether_or_not_it_was_selected():
    """Its type, partitions and metadata were lost where the run did not make it."""
    seen = []

    class Telling(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            context.add_output_metadata({"stored": True})

        def load_input(self, context: ep.InputContext) -> Any:
            upstream = context.upstream_output
            seen.append({name: getattr(upstream, name, "none") for name in SEEN})
            return 1

    @asset(partitions_def=LETTERS, metadata={"unit": "m"})
    def number(context: ep.AssetExecutionContext) -> int:
        context.add_output_metadata({"n": 1})
        return 1

    @asset(partitions_def=LETTERS)
    def reader(number: int) -> int:
        return number

    options: dict[str, Any] = {
        "instance": ep.Instance.ephemeral(),
        "resources": {"io_manager": Telling()},
        "partition_key": "b",
    }
    materialize([number, reader], **options)
    materialize([number, reader], selection="reader", **options)
    assert seen[0] == seen[1]
    assert seen[1]["dagster_type"].typing_type is int
    assert seen[1]["asset_partition_keys"] == ["b"]
    assert set(seen[1]["output_metadata"]) == {"n", "stored"}


# ---- runs ------------------------------------------------------------------------------------


class Weighty:
    """A value that can be watched; it is stored as a pickle."""

    def __init__(self, name: str) -> None:
        self.name = name


def test_a_value_is_let_go_after_its_last_reader():
    """Every output stayed in memory until the end of the run."""
    values: list[weakref.ref[Any]] = []

    def alive() -> int:
        gc.collect()
        return sum(ref() is not None for ref in values)

    def watched(value: Any) -> Any:
        values.append(weakref.ref(value))
        return value

    @asset
    def first() -> Weighty:
        return watched(Weighty("first"))

    @asset
    def second(first: Weighty) -> pd.DataFrame:
        watched(first)
        return watched(pd.DataFrame({"x": [1.5]}))

    @asset
    def third(second: pd.DataFrame) -> int:
        watched(second)
        return 1

    @asset
    def last(third: int) -> int:
        return alive()

    result = materialize([first, second, third, last], max_workers=1)
    assert len(values) == 4
    assert result.output_for_node("last") == 0
