"""MultiBackendIOManager: rules, and loads that follow where a value was stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot import MultiBackendIOManager, asset, materialize


@asset(metadata={"storage_backend": "local"})
def raw_data() -> list:
    return [1, 2, 3]


@asset(group_name="ml_models")
def trained_model(raw_data: list) -> dict:
    return {"weights": raw_data}


@asset(key_prefix="scratch")
def notes(trained_model: dict) -> str:
    return "trained"


ASSETS = [raw_data, trained_model, notes]


def folders(tmp_path: Path, **rules: Any) -> MultiBackendIOManager:
    return MultiBackendIOManager(
        backends={
            "local": {"base_dir": str(tmp_path / "local")},
            "models": ep.FilesystemIOManager(tmp_path / "models"),
            "archive": ep.LocalIOManager(tmp_path / "archive"),
        },
        **rules,
    )


def test_rules_choose_the_backend_in_their_order(tmp_path: Path, instance: ep.Instance):
    manager = folders(
        tmp_path,
        default_backend="archive",
        routes={"group:ml_*": "models", "key:scratch/*": "local"},
    )
    materialize(ASSETS, instance=instance, resources={"io_manager": manager})
    assert (tmp_path / "local" / "raw_data.json").exists()
    assert (tmp_path / "models" / "trained_model.json").exists()
    assert (tmp_path / "local" / "scratch" / "notes.txt").exists()
    (record,) = instance.fetch_materializations("trained_model")
    assert record.receipts[0].base == "io_manager.models"
    assert record.metadata["storage_backend"].value == "models"
    assert repr(manager) == (
        "<MultiBackendIOManager\n"
        "1. metadata 'storage_backend' names the backend\n"
        "2. group:ml_* -> models\n"
        "3. key:scratch/* -> local\n"
        "4. all others -> archive>"
    )
    assert manager.backend_for(ep.build_output_context(asset_key="x")) == "archive"


def test_loads_follow_the_receipt_after_the_rules_changed(tmp_path: Path, instance: ep.Instance):
    before = folders(tmp_path, default_backend="archive", routes={"group:ml_*": "models"})
    materialize(ASSETS, instance=instance, resources={"io_manager": before})
    after = folders(tmp_path, default_backend="local")
    result = materialize(
        ASSETS, instance=instance, resources={"io_manager": after}, selection="scratch/notes"
    )
    assert result.success
    assert (tmp_path / "local" / "scratch" / "notes.txt").exists()
    assert not (tmp_path / "local" / "trained_model.json").exists()
    # Another process, which knows neither.
    assert ep.Instance.open(instance.home).load("trained_model") == {"weights": [1, 2, 3]}


def test_backends_may_be_made_by_the_run(tmp_path: Path):
    torn_down = []

    class Folder(ep.ConfigurableIOManager):
        base_dir: str

        def setup_for_execution(self, context: Any) -> None:
            self._inner = ep.FilesystemIOManager(self.base_dir)

        def teardown_after_execution(self, context: Any) -> None:
            torn_down.append(self.base_dir)

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            self._inner.handle_output(context, obj)

        def load_input(self, context: ep.InputContext) -> Any:
            return self._inner.load_input(context)

    manager = MultiBackendIOManager(
        {
            "own": Folder(base_dir=str(tmp_path / "own")),
            "memory": ep.mem_io_manager,
            "files": ep.fs_io_manager.configured({"base_dir": str(tmp_path / "files")}),
        },
        default_backend="files",
        routes={"key:raw_data": "memory", "group:ml_models": "own"},
    )

    @asset
    def raw_data() -> list:
        return [1]

    result = materialize([raw_data, trained_model, notes], resources={"io_manager": manager})
    assert result.output_for_node("trained_model") == {"weights": [1]}
    assert (tmp_path / "own" / "trained_model.json").exists()
    assert (tmp_path / "files" / "scratch" / "notes.txt").exists()
    assert torn_down == [str(tmp_path / "own")]
    with pytest.raises(ep.InvalidError, match="backend 'files' is made by a run"):
        manager.handle_output(ep.build_output_context(asset_key="x"), 1)


def test_rules_and_backends_that_cannot_be_are_refused(tmp_path: Path):
    with pytest.raises(ep.InvalidError, match="did you mean 'models'"):
        folders(tmp_path, default_backend="model")
    with pytest.raises(ep.InvalidError, match="'tag:x' is none of 'group:<pattern>'"):
        folders(tmp_path, default_backend="local", routes={"tag:x": "local"})
    with pytest.raises(ep.InvalidError, match="backend 's3' is a 'int'"):
        MultiBackendIOManager({"s3": 3}, default_backend="s3")
    with pytest.raises(ep.UnsupportedError, match="backend 's3' is a bucket, which cannot be"):
        MultiBackendIOManager(
            {"s3": {"bucket_name": "my-data-bucket", "prefix": "x"}}, default_backend="s3"
        )
    with pytest.raises(ep.InvalidError, match="did you mean 'base_dir'"):
        MultiBackendIOManager({"a": {"base_dir": "x", "base_dri": "x"}}, default_backend="a")
    with pytest.raises(ep.InvalidError, match="backend 'a' needs a base_dir"):
        MultiBackendIOManager({"a": {}}, default_backend="a")


def test_metadata_that_names_no_backend_is_an_error(tmp_path: Path):
    @asset(metadata={"storage_backend": "s3"})
    def elsewhere() -> int:
        return 1

    with pytest.raises(
        ep.InvalidError, match="metadata 'storage_backend' of asset 'elsewhere' names backend 's3'"
    ):
        materialize(
            [elsewhere], resources={"io_manager": folders(tmp_path, default_backend="local")}
        )


def test_a_backend_that_is_gone_is_named(tmp_path: Path, instance: ep.Instance):
    before = folders(tmp_path, default_backend="archive")
    materialize([raw_data, trained_model], instance=instance, resources={"io_manager": before})
    after = MultiBackendIOManager(
        {"local": {"base_dir": str(tmp_path / "local")}}, default_backend="local"
    )
    with pytest.raises(ep.InvalidError, match="'trained_model' was stored in backend 'archive'"):
        materialize(
            ASSETS, instance=instance, resources={"io_manager": after}, selection="scratch/notes"
        )
