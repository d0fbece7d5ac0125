"""Where partitions are kept, whatever manager keeps them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetIn, asset, materialize
from partitioned_assets import LETTERS


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
