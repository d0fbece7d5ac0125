"""UPathIOManager: as it is, and with files that a subclass writes."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot import ConfigurableResource, UPathIOManager, asset, materialize


class Texts(UPathIOManager):
    extension = ".txt"

    def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        path.write_text(json.dumps(obj))

    def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        return json.loads(path.read_text())


class AsyncTexts(UPathIOManager):
    extension = ".txt"

    async def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        await asyncio.sleep(0)
        path.write_text(json.dumps(obj))

    async def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        await asyncio.sleep(0)
        return json.loads(path.read_text())


def stored(manager: ep.IOManager, key: str, value: Any, **of: Any) -> ep.OutputContext:
    context = ep.build_output_context(asset_key=key, **of)
    manager.handle_output(context, value)
    return context


def loaded(manager: ep.IOManager, context: ep.OutputContext) -> Any:
    return manager.load_input(ep.build_input_context(upstream_output=context))


def test_it_is_concrete_and_keeps_values_in_formats_that_fit(tmp_path: Path):
    manager = UPathIOManager(base_path=str(tmp_path))
    context = stored(manager, "a/b", {"x": [1]})
    assert (tmp_path / "a" / "b.json").exists()
    assert loaded(manager, context) == {"x": [1]}
    assert manager.has_output(context)
    assert not manager.has_output(ep.build_output_context(asset_key="other"))
    assert manager.base_path == tmp_path
    assert UPathIOManager(f"file://{tmp_path}").base_path == tmp_path


def test_the_specifications_resource_makes_one(tmp_path: Path):
    class CloudStorageIOManager(ConfigurableResource):
        base_path: str = ep.Field(description="Base path (supports s3://, gs://, etc.)")

        def create_io_manager(self, context: Any) -> UPathIOManager:
            return UPathIOManager(base_path=self.base_path)

    @asset(io_manager_key="cloud_storage")
    def cloud_data() -> dict:
        return {"value": [1, 2, 3]}

    local = CloudStorageIOManager(base_path=str(tmp_path))
    assert materialize([cloud_data], resources={"cloud_storage": local}).success
    assert (tmp_path / "cloud_data.json").exists()
    bucket = CloudStorageIOManager(base_path="s3://my-bucket/dagster-storage")
    with pytest.raises(ep.UnsupportedError, match="'s3://my-bucket/dagster-storage' yet: give a"):
        materialize([cloud_data], resources={"cloud_storage": bucket})


@pytest.mark.parametrize("cls", [Texts, AsyncTexts])
def test_a_subclass_writes_and_reads_its_own_files(tmp_path: Path, cls: type[UPathIOManager]):
    manager = cls(tmp_path)

    @asset
    def numbers() -> list:
        return [1, 2]

    @asset
    def total(numbers: list) -> int:
        return sum(numbers)

    instance = ep.Instance.ephemeral()
    resources = {"io_manager": manager}
    result = materialize([numbers, total], instance=instance, resources=resources)
    assert result.output_for_node("total") == 3
    assert (tmp_path / "numbers.txt").read_text() == "[1, 2]"
    (record,) = instance.fetch_materializations("numbers")
    assert record.receipts[0].path == "numbers.txt"
    assert record.receipts[0].digest
    assert record.metadata["path"].value == str(tmp_path / "numbers.txt")


def test_async_files_can_be_used_where_an_event_loop_runs(tmp_path: Path):
    manager = AsyncTexts(tmp_path)

    async def in_a_notebook() -> Any:
        return loaded(manager, stored(manager, "a", 3))

    assert asyncio.run(in_a_notebook()) == 3


def test_what_dump_to_path_raises_leaves_the_old_file(tmp_path: Path):
    class Half(Texts):
        def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
            super().dump_to_path(context, obj, path)
            if obj == "bad":
                raise RuntimeError("the disk caught fire")

    manager = Half(tmp_path)
    context = stored(manager, "a", "good")
    with pytest.raises(RuntimeError, match="caught fire"):
        stored(manager, "a", "bad")
    assert loaded(manager, context) == "good"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.file", "a.txt"]


def test_dump_to_path_has_to_write_its_path(tmp_path: Path):
    class Lazy(Texts):
        def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
            return None

    with pytest.raises(ep.InvalidError, match="asset 'a': nothing was written to"):
        stored(Lazy(tmp_path), "a", 1)


def test_an_altered_file_is_not_read(tmp_path: Path):
    manager = Texts(tmp_path)
    context = stored(manager, "a", "text")
    (tmp_path / "a.txt").write_text("?")
    with pytest.raises(ep.CorruptError, match="1 bytes"):
        loaded(manager, context)


def test_get_metadata_is_logged_with_the_value(tmp_path: Path):
    class Counted(Texts):
        def get_metadata(self, context: ep.OutputContext, obj: Any) -> dict[str, Any]:
            return {"length": len(obj)}

    context = stored(Counted(tmp_path), "a", [1, 2, 3])
    assert context.output_metadata["length"].value == 3


def test_a_folder_may_be_written(tmp_path: Path):
    class Folders(UPathIOManager):
        def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
            path.mkdir()
            for name, text in obj.items():
                (path / name).write_text(text)

        def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
            return {file.name: file.read_text() for file in sorted(path.iterdir())}

    manager = Folders(tmp_path)
    stored(manager, "a", {"x": "1", "y": "2"})
    context = stored(manager, "a", {"x": "3"})
    assert loaded(manager, context) == {"x": "3"}


def test_paths_may_be_chosen(tmp_path: Path):
    class Chosen(Texts):
        def get_asset_relative_path(self, context: ep.OutputContext) -> Path:
            return Path("assets", *context.asset_key.path)

        def get_path_for_partition(
            self, context: ep.OutputContext, path: Path, partition: str
        ) -> Path:
            return path / f"day={partition}"

        def get_op_output_relative_path(self, context: ep.OutputContext) -> Path:
            return Path("ops", context.step_key, context.name)

    manager = Chosen(tmp_path)
    day = stored(manager, "sales", 1, partition_key="2024-05-01")
    assert (tmp_path / "assets" / "sales" / "day=2024-05-01.txt").read_text() == "1"
    assert loaded(manager, day) == 1
    stored(manager, "raw/sales", 2)
    assert (tmp_path / "assets" / "raw" / "sales.txt").exists()
    op = ep.build_output_context(step_key="clean", run_id="r", name="out")
    manager.handle_output(op, 3)
    assert (tmp_path / "ops" / "clean" / "out.txt").exists()
    assert loaded(manager, op) == 3


def test_a_chosen_path_cannot_leave_the_base(tmp_path: Path):
    class Escaping(Texts):
        def get_asset_relative_path(self, context: ep.OutputContext) -> Path:
            return Path("..") / "elsewhere"

    with pytest.raises(ep.InvalidError, match="begins with a dot"):
        stored(Escaping(tmp_path / "base"), "a", 1)
    assert not (tmp_path / "elsewhere.txt").exists()


def partitioned(manager: ep.IOManager, metadata: Any = None) -> tuple[Any, Any]:
    days = ep.StaticPartitionsDefinition(["c", "a", "b"])

    @asset(partitions_def=days)
    def daily(context: ep.AssetExecutionContext) -> Any:
        return None if context.partition_key == "a" else context.partition_key

    @asset(ins={"daily": ep.AssetIn(metadata=metadata or {})})
    def all_days(daily: dict) -> dict:
        return daily

    return daily, all_days


@pytest.mark.parametrize("cls", [UPathIOManager, Texts, AsyncTexts])
def test_partitions_come_by_key_never_misaligned(tmp_path: Path, cls: type[UPathIOManager]):
    manager = cls(tmp_path)
    daily, all_days = partitioned(manager, {"allow_missing_partitions": True})
    instance = ep.Instance.ephemeral()
    resources = {"io_manager": manager}
    for key in ("a", "b"):
        materialize([daily], instance=instance, resources=resources, partition_key=key)
    result = materialize(
        [daily, all_days], instance=instance, resources=resources, selection="all_days"
    )
    # A stored None is a value; the missing one is left out.
    assert list(result.output_for_node("all_days").items()) == [("a", None), ("b", "b")]
    one = instance.load("daily", partition_key="b")
    assert one == "b"


def test_load_partitions_may_be_overridden(tmp_path: Path):
    class Together(Texts):
        def load_partitions(self, context: ep.InputContext) -> dict[str, Any]:
            loaded = super().load_partitions(context)
            return {key: f"<{value}>" for key, value in loaded.items()}

    manager = Together(tmp_path)
    daily, all_days = partitioned(manager)
    instance = ep.Instance.ephemeral()
    resources = {"io_manager": manager}
    for key in ("a", "b", "c"):
        materialize([daily], instance=instance, resources=resources, partition_key=key)
    result = materialize(
        [daily, all_days], instance=instance, resources=resources, selection="all_days"
    )
    assert result.output_for_node("all_days") == {"c": "<c>", "a": "<None>", "b": "<b>"}


def test_hooks_that_would_not_be_called_are_refused(tmp_path: Path):
    with pytest.raises(ep.InvalidError, match="Mine.unlink would never be called"):
        type("Mine", (Texts,), {"unlink": lambda self, path: None})
    with pytest.raises(ep.InvalidError, match="it needs both"):
        type("Mine", (UPathIOManager,), {"dump_to_path": Texts.dump_to_path})
    with pytest.raises(ep.InvalidError, match="'a.b' cannot be the extension"):
        type("Mine", (Texts,), {"extension": ".a.b"})(tmp_path)
    with pytest.raises(ep.InvalidError, match="Mine.extension is for files"):
        type("Mine", (UPathIOManager,), {"extension": ".csv"})(tmp_path)


def test_the_log_tells_of_files_with_messages_that_may_be_overridden(tmp_path: Path):
    class Talking(Texts):
        def get_loading_input_log_message(self, path: Path) -> str:
            return f"opening {path.name}"

    @asset
    def one() -> int:
        return 1

    @asset
    def two(one: int) -> int:
        return one + 1

    instance = ep.Instance.ephemeral()
    result = materialize(
        [one, two], instance=instance, resources={"io_manager": Talking(tmp_path)}
    )
    lines = [event.data["message"] for event in instance.all_logs(result.run_id)
             if event.event_type == "logged"]
    assert "opening one.txt" in lines


def test_a_manager_that_nobody_holds_any_more_is_gone(tmp_path: Path):
    manager = Texts(tmp_path)
    gone = weakref.ref(manager)
    stored(manager, "a", 1)
    del manager
    gc.collect()
    assert gone() is None


class ConfiguredTexts(ep.ConfigurableIOManager, UPathIOManager):
    """Both at once, as Dagster's users write it."""

    base_path: str
    layout: str = "hive"
    greeting: str = ""
    extension = ".text"

    def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        path.write_text(self.greeting + obj)

    def load_from_path(self, context: ep.InputContext, path: Path) -> str:
        return path.read_text()


def test_a_manager_by_path_is_a_configuration_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TEXTS", str(tmp_path))

    @asset(partitions_def=ep.StaticPartitionsDefinition(["a", "b"]))
    def word(context: ep.AssetExecutionContext) -> str:
        return context.partition_key

    @asset
    def words(word: dict) -> str:
        return "+".join(word.values())

    texts = ConfiguredTexts(base_path=ep.EnvVar("TEXTS"), layout="plain", greeting="hi ")
    assert repr(texts).startswith("ConfiguredTexts(base_path=EnvVar('TEXTS')")
    instance = ep.Instance.ephemeral()
    for key in ("a", "b"):
        materialize([word], instance=instance, resources={"io_manager": texts}, partition_key=key)
    result = materialize(
        [word, words], instance=instance, resources={"io_manager": texts}, selection="words",
        run_config={"resources": {"io_manager": {"config": {"greeting": "so "}}}},
    )
    assert result.output_for_node("words") == "hi a+hi b"
    assert (tmp_path / "words.text").read_text() == "so hi a+hi b"
    assert (tmp_path / "word" / "a.text").read_text() == "hi a"
    assert ConfiguredTexts.extension == ".text"
    assert "extension" not in ConfiguredTexts.model_fields

    class Notes(ConfiguredTexts):
        extension = ".note"

    assert Notes(base_path="x").extension == ".note"


def test_a_configured_manager_by_path_needs_a_base_path():
    class Nowhere(ep.ConfigurableIOManager, UPathIOManager):
        folder: str

    @asset(io_manager_key="nowhere")
    def word() -> str:
        return "x"

    with pytest.raises(ep.InvalidError, match="Nowhere has no base_path: call super"):
        materialize([word], resources={"nowhere": Nowhere(folder="x")})


def test_allow_pickle_is_refused_where_it_has_no_effect(tmp_path: Path):
    with pytest.raises(ep.InvalidError, match="dump_to_path of its own, which allow_pickle"):
        Texts(tmp_path, allow_pickle=False)
