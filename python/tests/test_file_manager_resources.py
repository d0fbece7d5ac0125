"""File managers as resources, and as what copies the files of handles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot._files import FileHandle, FileManager, LocalFileHandle, LocalFileManager
from custom_file_handle import CustomFileHandle


def test_local_file_manager_is_a_resource(tmp_path: Path):
    @ep.asset
    def written(context: ep.AssetExecutionContext) -> ep.FileHandle:
        with context.resources.files.write_data({"a": 1}, ext="json") as handle:
            return handle

    for resource, folder in (
        (ep.local_file_manager.configured({"base_dir": str(tmp_path / "own")}), tmp_path / "own"),
        (ep.local_file_manager, tmp_path / "home" / "storage" / "file_manager"),
    ):
        instance = ep.Instance.open(tmp_path / "home")
        result = ep.materialize([written], instance=instance, resources={"files": resource})
        assert Path(result.output_for_node("written").path).parent == folder
    with pytest.raises(ep.InvalidError, match="base_dir"):
        ep.local_file_manager.configured({"base_dri": "x"})


def test_fs_io_manager_copies_the_files_of_handles_under_the_assets_path(tmp_path: Path):
    @ep.asset(key_prefix="raw")
    def config(context: ep.AssetExecutionContext) -> ep.FileHandle:
        return context.resources.files.write_data({"a": 1}, ext="json")

    @ep.asset
    def read(context: ep.AssetExecutionContext, config: ep.FileHandle) -> bytes:
        return context.resources.files.read_data(config)

    own = LocalFileManager(tmp_path / "own")
    for file_manager in (
        ep.local_file_manager.configured({"base_dir": str(tmp_path / "own")}),
        own,
    ):
        instance = ep.Instance.open(tmp_path / "home")
        result = ep.materialize(
            [config, read],
            instance=instance,
            resources={
                "io_manager": ep.fs_io_manager.configured(
                    {"base_dir": str(tmp_path / "lake"), "file_manager": file_manager}
                ),
                "files": own,
            },
        )
        assert result.output_for_node("read") == b'{"a": 1}'
        for file in (tmp_path / "own").iterdir():
            file.unlink()
        # The copy is the asset's, and needs no file manager to be found.
        handle = ep.Instance.open(tmp_path / "home").load("raw/config")
        assert handle == LocalFileHandle(tmp_path / "lake" / "raw" / "config.json")
        assert own.read_data(handle) == b'{"a": 1}'


class Upper(FileManager):
    """A file manager of a user's, with handles of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, file_obj: Any, mode: str = "wb", ext: str | None = None) -> FileHandle:
        return self.write_data(file_obj.read(), ext)

    def write_data(self, data: Any, ext: str | None = None) -> FileHandle:
        (self.folder / "kept.txt").write_text(data.upper())
        return CustomFileHandle("kept.txt", None)

    def read(self, file_handle: FileHandle, mode: str = "rb") -> Any:
        return (self.folder / file_handle.path_desc.removeprefix("custom://")).open(mode)

    def read_data(self, file_handle: FileHandle) -> bytes:
        with self.read(file_handle) as file:
            return file.read()

    def copy_handle_to_local_temp(self, file_handle: Any) -> str:
        return str(self.folder / file_handle.path_desc.removeprefix("custom://"))

    def delete_local_temp(self) -> None:
        return None


def test_handles_of_a_users_file_manager_are_copied_too(tmp_path: Path):
    files = Upper(tmp_path)
    manager = ep.FilesystemIOManager(tmp_path / "lake", file_manager=files)
    context = ep.build_output_context(asset_key="note")
    manager.handle_output(context, files.write_data("text"))
    handle = manager.load_input(ep.build_input_context(upstream_output=context))
    assert handle == LocalFileHandle(tmp_path / "lake" / "note.txt")
    assert Path(handle.path).read_text() == "TEXT"
    assert (tmp_path / "kept.txt").exists()
    manager.handle_output(context, {"no": "handle"})
    assert manager.load_input(ep.build_input_context(upstream_output=context)) == {"no": "handle"}


def test_what_is_no_file_manager_is_refused(tmp_path: Path):
    with pytest.raises(ep.InvalidError, match="file_manager is a file manager, or a resource"):
        ep.fs_io_manager.configured({"file_manager": "local"})
    with pytest.raises(TypeError, match=r"must be a FileManager, not a 'int' \(3\)"):
        ep.FilesystemIOManager(tmp_path, file_manager=3)  # pyright: ignore[reportArgumentType]

    @ep.asset
    def one() -> int:
        return 1

    with pytest.raises(TypeError, match="must be a FileManager, not a 'str'"):
        ep.materialize([one], resources={"io_manager": ep.fs_io_manager.configured(
            {"file_manager": ep.ResourceDefinition.hardcoded_resource("no manager")})})


def test_any_resource_that_makes_a_file_manager_may_be_nested(tmp_path: Path):
    class Files(ep.ConfigurableResource):
        folder: str

        def create_resource(self, context: ep.InitResourceContext) -> FileManager:
            return LocalFileManager(self.folder)

    @ep.asset
    def note() -> ep.FileHandle:
        return LocalFileManager(tmp_path / "own").write_data("text", ext="txt")

    files = Files(folder=str(tmp_path / "own"))
    io_manager = ep.fs_io_manager.configured(
        {"base_dir": str(tmp_path / "lake"), "file_manager": files}
    )
    ep.materialize([note], resources={"io_manager": io_manager})
    assert (tmp_path / "lake" / "note.txt").read_text() == "text"
