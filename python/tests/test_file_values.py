"""Files and file handles as values of assets."""

from __future__ import annotations

import json
import pathlib
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

import entrepot as ep
from entrepot import errors
from entrepot._files import FileHandle, LocalFileHandle, LocalFileManager


@pytest.mark.parametrize("kept_by", ["filesystem", "memory"])
def test_a_handle_goes_through_every_io_manager(
    tmp_path: pathlib.Path, kept_by: str
) -> None:
    io_manager = (
        ep.FilesystemIOManager(base_dir=str(tmp_path / "base"))
        if kept_by == "filesystem"
        else ep.InMemoryIOManager()
    )
    output = ep.build_output_context(asset_key="config")
    handle = LocalFileHandle("/files/ü.txt")
    io_manager.handle_output(output, handle)
    loaded = io_manager.load_input(
        ep.build_input_context(upstream_output=ep.build_output_context(asset_key="config"))
    )
    assert loaded == handle
    assert type(loaded) is LocalFileHandle


def test_a_stored_handle_is_json_for_other_languages_and_processes(
    tmp_path: pathlib.Path,
) -> None:
    instance = ep.Instance.open(str(tmp_path / "home"))
    instance.store("config", LocalFileHandle("/files/a.txt"))
    stored = next((tmp_path / "home").rglob("config.json"))
    assert json.loads(stored.read_text()) == {
        "entrepot.file_handle": {"kind": "local", "path": "/files/a.txt"}
    }
    code = (
        "import sys, entrepot\n"
        "print(repr(entrepot.Instance.open(sys.argv[1]).load('config')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "LocalFileHandle('/files/a.txt')\n"


def test_a_dict_that_looks_like_a_handle_stays_a_dict(tmp_path: pathlib.Path) -> None:
    instance = ep.Instance.open(str(tmp_path / "home"))
    value = {"entrepot.file_handle": {"kind": "local", "path": "x"}}
    instance.store("config", value)
    assert instance.load("config") == value


def test_a_path_to_a_file_is_kept_as_a_file(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "mesh.vtk"
    source.write_text("vertices")
    instance = ep.Instance.open(str(tmp_path / "home"))
    instance.store("mesh", source)
    source.unlink()
    loaded = instance.load("mesh")
    assert isinstance(loaded, pathlib.Path)
    assert loaded.name == "mesh.vtk"
    assert loaded.read_text() == "vertices"


def test_a_path_to_a_folder_is_kept_with_all_that_is_in_it(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "run" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "deep" / "x").write_text("x")
    instance = ep.Instance.open(str(tmp_path / "home"))
    instance.store("run", tmp_path / "run")
    (tmp_path / "run" / "deep" / "x").write_text("changed")
    loaded = instance.load("run")
    assert (loaded / "deep" / "x").read_text() == "x"
    (tmp_path / "run" / "link").symlink_to("deep")
    with pytest.raises(errors.InvalidError, match="/run/link' is a symbolic link"):
        instance.store("run", tmp_path / "run")


def test_a_path_to_nothing_is_a_clear_error(tmp_path: pathlib.Path) -> None:
    instance = ep.Instance.open(str(tmp_path / "home"))
    with pytest.raises(errors.NotFoundError, match="there is nothing at '/no/such'"):
        instance.store("mesh", pathlib.Path("/no/such"))
    instance.store("mesh", str("/no/such"))
    assert instance.load("mesh") == "/no/such"


def test_paths_flow_between_assets(tmp_path: pathlib.Path) -> None:
    @ep.asset
    def mesh() -> pathlib.Path:
        path = tmp_path / "out.vtk"
        path.write_text("vertices")
        return path

    @ep.asset
    def size(mesh: pathlib.Path) -> int:
        assert isinstance(mesh, pathlib.Path)
        return len(mesh.read_text())

    instance = ep.Instance.open(str(tmp_path / "home"))
    result = ep.materialize([mesh, size], instance=instance)
    assert result.output_for_node("size") == 8
    kept = result.output_for_node("mesh")
    assert kept != tmp_path / "out.vtk"
    assert kept.read_text() == "vertices"
    assert ep.materialize_to_memory([mesh, size]).output_for_node("size") == 8


def test_the_specifications_file_assets(tmp_path: pathlib.Path) -> None:
    file_manager = LocalFileManager(tmp_path / "dagster-files")

    @ep.asset
    def file_based_asset(context: Any) -> FileHandle:
        data = {"key": "value"}
        with context.resources.file_manager.write_data(data) as file_handle:
            context.log.info(f"Created file: {file_handle.path_desc}")
            return file_handle

    @ep.asset
    def process_file(context: Any, file_based_asset: FileHandle) -> dict[str, Any]:
        with context.resources.file_manager.read(file_based_asset) as file_obj:
            data = json.load(file_obj)
        context.log.info(f"Processed file: {file_based_asset.path_desc}")
        return {"processed": True, "original_data": data}

    @ep.asset
    def config_file(context: Any) -> FileHandle:
        temp_path = tmp_path / "config.json"
        temp_path.write_text(json.dumps({"settings": {"retries": 3}}))
        return context.resources.file_manager.copy_handle_to_local_temp(str(temp_path))

    result = ep.materialize(
        [file_based_asset, process_file, config_file],
        resources={"file_manager": file_manager},
    )
    assert result.output_for_node("process_file") == {
        "processed": True,
        "original_data": {"key": "value"},
    }
    handle = result.output_for_node("config_file")
    assert isinstance(handle, LocalFileHandle)
    assert json.loads(file_manager.read_data(handle)) == {"settings": {"retries": 3}}


def test_a_file_that_a_step_writes_becomes_its_value(tmp_path: Path):
    @ep.asset
    def mesh(context: ep.AssetExecutionContext) -> Path:
        path = context.new_file(".vtk")
        path.write_text("points")
        return path

    @ep.asset
    def size(mesh: Path) -> int:
        return mesh.stat().st_size

    instance = ep.Instance.open(tmp_path)
    assert ep.materialize([mesh, size], instance=instance).output_for_node("size") == 6
    assert (tmp_path / "storage" / "mesh.vtk").read_text() == "points"
    assert not (tmp_path / "scratch").exists()
