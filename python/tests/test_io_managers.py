"""I/O managers: written in Python, built in, and what their contexts tell."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import entrepot as ep
from entrepot import AssetIn, AssetKey, IOManager, asset, io_manager, materialize


class Folder(IOManager):
    """Pickles, as a user would write it."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def _path(self, context: Any) -> Path:
        return self.base.joinpath(*context.asset_key.path).with_suffix(".pkl")

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        path = self._path(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(obj))
        context.add_output_metadata({"file": str(path), "size": path.stat().st_size})
        context.log.info("wrote %s", path.name)

    def load_input(self, context: ep.InputContext) -> Any:
        context.log.info("size %s", context.upstream_output.output_metadata["size"].value)
        return pickle.loads(self._path(context).read_bytes())


@asset(metadata={"colour": "red"})
def source() -> dict:
    return {"a": (1, 2)}


@asset(key="copy")
def copy_plainly(source: dict) -> dict:
    return source


@asset(ins={"source": AssetIn(metadata={"columns": ["a"]})})
def copy(source: dict) -> dict:
    return source


def test_a_manager_written_in_python_stores_and_loads(tmp_path: Path, instance: ep.Instance):
    result = materialize(
        [source, copy], instance=instance, resources={"io_manager": Folder(tmp_path / "f")}
    )
    assert result.output_for_node("copy") == {"a": (1, 2)}
    assert (tmp_path / "f" / "source.pkl").exists()
    (record,) = instance.fetch_materializations("source")
    assert record.receipts == []
    assert record.metadata["file"].value == str(tmp_path / "f" / "source.pkl")
    # The instance remembers the manager while the process lives.
    assert instance.load("source") == {"a": (1, 2)}


def test_stored_metadata_reaches_a_load_in_a_later_run(tmp_path: Path, instance: ep.Instance):
    resources = {"io_manager": Folder(tmp_path / "f")}
    materialize([source, copy], instance=instance, resources=resources)
    result = materialize([source, copy], instance=instance, resources=resources, selection="copy")
    messages = [e.data["message"] for e in instance.all_logs(result.run_id)
                if e.event_type == "logged"]
    assert any(str(m).startswith("size ") for m in messages)


def test_another_process_is_told_that_it_lacks_the_manager(tmp_path: Path, home: Path):
    materialize([source], instance=ep.Instance.open(home),
                resources={"io_manager": Folder(tmp_path / "f")})
    with pytest.raises(ep.NotFoundError, match="an I/O manager of the program that ran it"):
        ep.Instance.open(home).load("source")


def test_contexts_tell_what_applies_and_refuse_the_rest(tmp_path: Path):
    seen: dict[str, Any] = {}

    class Recorder(Folder):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            seen["output"] = context
            super().handle_output(context, obj)

        def load_input(self, context: ep.InputContext) -> Any:
            seen["input"] = context
            return super().load_input(context)

    result = materialize([source, copy], resources={"io_manager": Recorder(tmp_path)},)
    output, loaded = seen["output"], seen["input"]
    assert output.name == "result" and output.step_key == "copy"
    assert output.run_id == result.run_id
    assert output.has_asset_key and output.asset_key == AssetKey("copy")
    assert output.get_identifier() == [result.run_id, "copy", "result"]
    assert output.get_asset_identifier() == ["copy"]
    assert output.dagster_type.typing_type is dict
    assert output.mapping_key is None
    assert not output.has_partition_key
    assert not hasattr(output, "partition_key")
    assert getattr(output, "asset_partition_key", "none") == "none"
    assert loaded.name == "source"
    assert loaded.asset_key == AssetKey("source")
    assert loaded.definition_metadata == {"columns": ["a"]}
    assert loaded.metadata == {"colour": "red", "columns": ["a"]}
    assert loaded.upstream_output.definition_metadata == {"colour": "red"}
    assert loaded.upstream_output.step_key == "source"
    assert loaded.dagster_type.typing_type is dict
    assert not hasattr(loaded, "step_key")
    assert not hasattr(loaded, "asset_partition_keys")


def test_metadata_of_an_impossible_type_is_refused():
    @asset
    def bad(context) -> int:
        context.add_output_metadata({"what": object()})
        return 1

    with pytest.raises(ep.InvalidError, match="metadata 'what' is of type 'object'"):
        materialize([bad])


def test_a_manager_may_return_metadata_and_nothing_else(tmp_path: Path, instance: ep.Instance):
    class Returns(Folder):
        returned: Any = {"rows": 3}

        def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
            super().handle_output(context, obj)
            return self.returned

    manager = Returns(tmp_path)
    materialize([source], instance=instance, resources={"io_manager": manager})
    assert instance.fetch_materializations("source")[0].metadata["rows"].value == 3
    manager.returned = 5
    with pytest.raises(ep.InvalidError, match="dict of metadata or an AssetMaterialization, not a 'int'"):
        materialize([source], resources={"io_manager": manager})


def test_a_manager_that_delegates_keeps_receipt_and_verification(
    tmp_path: Path, instance: ep.Instance
):
    class Logged(IOManager):
        def __init__(self) -> None:
            self.inner = ep.FilesystemIOManager(str(tmp_path / "inner"))

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            self.inner.handle_output(context, obj)

        def load_input(self, context: ep.InputContext) -> Any:
            return self.inner.load_input(context)

    result = materialize(
        [source, copy], instance=instance, resources={"io_manager": Logged()}
    )
    assert result.output_for_node("copy") == {"a": (1, 2)}
    (record,) = instance.fetch_materializations("source")
    assert record.receipts[0].format == "pickle"
    stored = tmp_path / "inner" / "source.pkl"
    stored.write_bytes(b"x" + stored.read_bytes()[1:])
    with pytest.raises(ep.CorruptError, match="source.pkl"):
        materialize([source, copy], instance=instance, resources={"io_manager": Logged()},
                    selection="copy")


def test_a_load_is_told_the_receipts_of_what_it_loads(tmp_path: Path, instance: ep.Instance):
    seen = []

    class Watched(IOManager):
        def __init__(self) -> None:
            self.inner = ep.FilesystemIOManager(str(tmp_path / "inner"))

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            self.inner.handle_output(context, obj)
            assert [receipt.path for receipt in context.receipts] == [
                f"{context.asset_key.path[-1]}.pkl"
            ]

        def load_input(self, context: ep.InputContext) -> Any:
            seen.append(context.upstream_output.receipts)
            return self.inner.load_input(context)

    resources = {"io_manager": Watched()}
    materialize([source, copy], instance=instance, resources=resources)
    materialize([source, copy], instance=instance, resources=resources, selection="copy")
    instance.load("source")
    stored = tmp_path / "inner" / "source.pkl"
    assert len(seen) == 3
    for (receipt,) in seen:
        assert (receipt.path, receipt.format) == ("source.pkl", "pickle")
        assert 0 < receipt.size_bytes <= stored.stat().st_size
        assert receipt.digest == seen[0][0].digest and len(receipt.digest) == 32


def test_an_io_manager_function_makes_one_manager_per_run(tmp_path: Path):
    made = []

    @io_manager
    def folder() -> IOManager:
        made.append(1)
        return Folder(tmp_path)

    @io_manager(description="with a context")
    def other(init_context) -> IOManager:
        made.append(init_context.run_id)
        return Folder(tmp_path / init_context.resource_key)

    assert materialize([source, copy], resources={"io_manager": folder}).success
    assert made == [1]
    result = materialize([source, copy], resources={"io_manager": other})
    assert made == [1, result.run_id]
    assert (tmp_path / "io_manager" / "copy.pkl").exists()


def test_a_function_that_makes_no_manager_is_told_so():
    @io_manager
    def wrong():
        return "not a manager"

    with pytest.raises(ep.InvalidError, match="returned a 'str', not an IOManager"):
        materialize([source], resources={"io_manager": wrong})


def test_a_subclass_needs_both_methods_and_no_super_init(tmp_path: Path):
    class Half(IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            return None

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]


def test_fs_io_manager_is_configured_by_its_fields(tmp_path: Path, instance: ep.Instance):
    configured = ep.fs_io_manager.configured(
        {"base_dir": str(tmp_path / "lake"), "durability": "fast"}
    )
    materialize([source], instance=instance, resources={"io_manager": configured})
    assert (tmp_path / "lake" / "source.pkl").exists()
    assert ep.Instance.open(instance.home).load("source") == {"a": (1, 2)}
    with pytest.raises(ep.InvalidError, match="did you mean 'base_dir'"):
        ep.fs_io_manager.configured({"base_dri": "x"})
    with pytest.raises(ep.InvalidError, match="'full' or 'fast'"):
        ep.fs_io_manager.configured({"durability": "maybe"})
    with pytest.raises(ep.InvalidError, match="x is not a field"):
        ep.mem_io_manager.configured({"x": 1})
    with pytest.raises(ep.InvalidError, match="io_manager:base_dri.*did you mean 'base_dir'"):
        materialize([source], resources={"io_manager": ep.fs_io_manager}, run_config={
            "resources": {"io_manager": {"config": {"base_dri": "x"}}}})


def test_what_fs_io_manager_is_not_given_is_its_instances(tmp_path: Path):
    instance = ep.Instance.open(tmp_path / "home", durability="fast")
    stored = materialize([source], instance=instance, resources={
        "io_manager": ep.fs_io_manager.configured({"base_dir": tmp_path / "lake"})})
    assert stored.success
    assert (tmp_path / "lake" / "source.pkl").exists()
    assert ep.fs_io_manager.configured({"layout": "plain"})._given == [{"layout": "plain"}]


def test_without_pickle_what_fits_no_format_is_refused(instance: ep.Instance):
    no_pickle = ep.fs_io_manager.configured({"allow_pickle": False})
    with pytest.raises(ep.UnsupportedError, match="asset 'source': no codec"):
        materialize([source], instance=instance, resources={"io_manager": no_pickle})


def test_what_cannot_be_pickled_is_said_to_be():
    @asset
    def unpicklable():
        return lambda: 1

    with pytest.raises(ep.UnsupportedError, match="asset 'unpicklable'.*cannot be pickled"):
        materialize([unpicklable])


class Model:
    def __init__(self) -> None:
        self.layers = [{"weights": (1, 2)}, {"lock": threading.Lock()}]


def test_the_part_that_cannot_be_pickled_is_named_with_what_to_do():
    @asset
    def model() -> dict:
        return {"name": "m", "model": Model()}

    with pytest.raises(ep.UnsupportedError) as caught:
        materialize([model])
    message = str(caught.value)
    assert "asset 'model'" in message
    assert "its part ['model'].layers[1]['lock'], a 'lock': TypeError: cannot" in message
    assert "leave that part out (__getstate__)" in message
    assert "mem_io_manager" in message


def test_a_reason_not_to_be_pickled_that_is_raised_is_told():
    class Refuses:
        def __reduce__(self) -> Any:
            raise RuntimeError("I hold a connection")

    @asset
    def refusing() -> Any:
        return [1, Refuses()]

    with pytest.raises(
        ep.UnsupportedError, match=r"its part \[1\], a .*RuntimeError: I hold a connection"
    ):
        materialize([refusing])


def test_what_a_manager_raises_reaches_the_user_and_fails_the_step(instance: ep.Instance):
    class Broken(IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            raise OSError("no room on the shelf")

        def load_input(self, context: ep.InputContext) -> Any:
            raise KeyError("shelf")

    with pytest.raises(OSError, match="no room on the shelf") as caught:
        materialize([source, copy], instance=instance, resources={"io_manager": Broken()})
    assert caught.traceback[-1].name == "handle_output"
    result = materialize(
        [source, copy], resources={"io_manager": Broken()}, raise_on_error=False
    )
    assert result.is_node_failed("source") and result.is_node_skipped("copy")


def test_a_manager_that_stores_nothing_is_found_out_by_its_load(instance: ep.Instance):
    class StoresNothing(Folder):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            return None

        def load_input(self, context: ep.InputContext) -> Any:
            return pickle.loads(self._path(context).read_bytes())

    # What a consumer gets is what the manager loads: nothing is handed past it.
    with pytest.raises(FileNotFoundError, match=r"source\.pkl"):
        materialize([source, copy_plainly], instance=instance,
                    resources={"io_manager": StoresNothing(Path("/no/such/folder"))})
    (record,) = instance.fetch_materializations("source")
    assert record.receipts == []


def test_a_subclass_of_a_built_in_manager_has_its_own_methods_called(tmp_path: Path):
    class Counting(ep.FilesystemIOManager):
        calls = 0

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            Counting.calls += 1
            super().handle_output(context, obj)

    assert materialize([source], resources={"io_manager": Counting(tmp_path)}).success
    assert Counting.calls == 1
    assert (tmp_path / "source.pkl").exists()


def test_a_pickle_of_unknown_origin_is_refused(instance: ep.Instance):
    instance.store("thing", {1, 2})
    path = Path(instance.storage_directory()) / "thing.pkl"
    path.unlink()
    path.write_bytes(pickle.dumps("somebody else's"))
    with pytest.raises(ep.UnsupportedError, match="SHA-256"):
        instance.load("thing")
    with pytest.warns(UserWarning, match="loaded unverified"):
        assert instance.load("thing", trust=True) == "somebody else's"


def test_any_tool_can_read_our_pickles(instance: ep.Instance):
    instance.store("thing", {1, 2})
    path = Path(instance.storage_directory()) / "thing.pkl"
    assert pickle.loads(path.read_bytes()) == {1, 2}


def test_any_tool_can_read_our_tables(instance: ep.Instance):
    frame = pd.DataFrame({"x": [1, 2], "s": ["a", None]})
    instance.store("frame", frame)
    pd.testing.assert_frame_equal(
        pd.read_parquet(Path(instance.storage_directory()) / "frame.parquet"), frame
    )


def test_values_are_loaded_by_the_loader(instance: ep.Instance):
    materialize([source, copy], instance=instance)
    loader = ep.AssetValueLoader(instance)
    assert loader.load_asset_value(AssetKey("source")) == {"a": (1, 2)}
    values = loader.load_asset_values([AssetKey("source"), AssetKey("copy")])
    assert list(values) == [AssetKey("source"), AssetKey("copy")]


def test_a_memory_value_of_a_run_that_is_over_is_said_to_be(instance: ep.Instance):
    result = ep.materialize_to_memory([source], instance=instance)
    assert instance.load("source") == {"a": (1, 2)}
    del result
    with pytest.raises(ep.NotFoundError, match="which is over"):
        instance.load("source")


def test_a_loader_from_definitions_knows_their_managers(tmp_path: Path, home: Path):
    defs = ep.Definitions([source, copy], {"io_manager": Folder(tmp_path / "f")})
    materialize(defs, instance=ep.Instance.open(home))
    other = ep.Instance.open(home)
    with pytest.raises(ep.NotFoundError):
        ep.AssetValueLoader(other).load_asset_value("source")
    loader = defs.get_asset_value_loader(other)
    assert loader.load_asset_value("source") == {"a": (1, 2)}


def test_an_altered_table_read_as_a_stream_is_a_corrupt_error(home: Path):
    instance = ep.Instance.open(home)
    (receipt,) = instance.store("t", pa.table({"x": [0.37 * i for i in range(10_000)]}))
    with (home / "storage" / "t.parquet").open("r+b") as file:
        file.seek(5_000)
        file.write(b"altered!")
    stream = instance.load("t", pa.RecordBatchReader)
    with pytest.raises(ep.CorruptError) as caught:
        stream.read_all()
    for part in ("asset 't'", "t.parquet", receipt.digest):
        assert part in str(caught.value)
    assert str(caught.value).count("damaged") == 1
