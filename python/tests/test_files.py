"""Files as values, file handles and file managers."""

from __future__ import annotations

import io
import json
import pathlib
from pathlib import Path
import pickle
import subprocess
import sys
import threading
from typing import Any

import pytest

import entrepot as ep
from entrepot import errors
from entrepot._files import (
    FileHandle,
    FileManager,
    LocalFileHandle,
    LocalFileManager,
)


class CustomFileHandle(FileHandle):
    """As in the specification."""

    def __init__(self, file_path: str, file_manager: object) -> None:
        self.file_path = file_path
        self.file_manager = file_manager

    @property
    def path_desc(self) -> str:
        return f"custom://{self.file_path}"


@pytest.fixture
def manager(tmp_path: pathlib.Path) -> LocalFileManager:
    return LocalFileManager(tmp_path / "files")


def test_handles_say_where_the_file_is() -> None:
    assert CustomFileHandle("a.txt", None).path_desc == "custom://a.txt"
    handle = LocalFileHandle("/files/a.txt")
    assert (handle.path, handle.path_desc) == ("/files/a.txt", "/files/a.txt")
    assert LocalFileHandle(pathlib.Path("/files/a.txt")) == handle
    assert hash(LocalFileHandle("/files/a.txt")) == hash(handle)
    assert handle != LocalFileHandle("/files/b.txt")
    assert handle != "/files/a.txt"
    assert repr(handle) == "LocalFileHandle('/files/a.txt')"


def test_a_handle_is_a_context_manager_of_itself_and_can_be_pickled() -> None:
    handle = LocalFileHandle("/files/a.txt")
    with handle as same:
        assert same is handle
    assert pickle.loads(pickle.dumps(handle)) == handle
    with CustomFileHandle("a", None) as custom:
        assert custom.path_desc == "custom://a"


def test_a_handle_without_a_path_desc_is_no_handle() -> None:
    with pytest.raises(TypeError, match="path_desc"):
        type("Incomplete", (FileHandle,), {})()
    with pytest.raises(TypeError, match=r"needs a path, not a 'int' \(3\)"):
        LocalFileHandle(3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"ab"), b"ab"),
        ("größer", "größer".encode()),
        ({"a": [1, None, True]}, b'{"a": [1, null, true]}'),
        ([1, 2.5], b"[1, 2.5]"),
        (None, b"null"),
        (b"", b""),
    ],
)
def test_write_data_takes_bytes_text_and_json(
    manager: LocalFileManager, data: Any, kept: bytes
) -> None:
    handle = manager.write_data(data)
    assert manager.read_data(handle) == kept
    assert pathlib.Path(handle.path).read_bytes() == kept


@pytest.mark.parametrize("data", [object(), {1, 2}, {"a": b"x"}, float("nan")])
def test_write_data_says_what_it_cannot_take(
    manager: LocalFileManager, data: Any
) -> None:
    with pytest.raises(TypeError, match=f"JSON can hold, not a '{type(data).__name__}'"):
        manager.write_data(data)


@pytest.mark.parametrize("ext", ["json", ".json"])
def test_extensions_have_one_dot(manager: LocalFileManager, ext: str) -> None:
    path = pathlib.Path(manager.write_data({}, ext=ext).path)
    assert path.parent == pathlib.Path(manager.base_dir)
    assert path.suffixes == [".json"]
    assert pathlib.Path(manager.write(io.BytesIO(b"x"), ext=ext).path).suffixes == [
        ".json"
    ]


def test_extensions_that_are_none_are_refused(manager: LocalFileManager) -> None:
    with pytest.raises(errors.InvalidError, match="'../x' is not an extension"):
        manager.write_data(b"", ext="../x")
    with pytest.raises(TypeError, match=r"ext must be text, e.g. 'json', not a 'int'"):
        manager.write_data(b"", ext=3)  # pyright: ignore[reportArgumentType]


def test_write_copies_open_files_in_parts(manager: LocalFileManager) -> None:
    class Parts:
        sizes: list[int] = []

        def read(self, size: int, /) -> bytes:
            self.sizes.append(size)
            return b"x" * 1000 if len(self.sizes) < 4 else b""

    handle = manager.write(Parts())
    assert manager.read_data(handle) == b"x" * 3000
    assert max(Parts.sizes) <= 1 << 20


def test_write_takes_text_files(manager: LocalFileManager) -> None:
    handle = manager.write(io.StringIO("größer\n" * 300_000), mode="w", ext="txt")
    assert manager.read_data(handle) == ("größer\n" * 300_000).encode()


def test_a_source_that_raises_raises_and_leaves_nothing(
    manager: LocalFileManager,
) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise OSError("the tape tore")

    with pytest.raises(OSError, match="the tape tore"):
        manager.write(Broken())
    assert list(pathlib.Path(manager.base_dir).iterdir()) == []


def test_write_says_what_is_no_open_file(manager: LocalFileManager) -> None:
    with pytest.raises(TypeError, match=r"write\(\) needs an open file.*'str' \('/tmp/x'\)"):
        manager.write("/tmp/x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="mode must be 'w' or 'wb', not 'rb'"):
        manager.write(io.BytesIO(), mode="rb")


def test_read_gives_an_open_file_of_bytes_or_text(manager: LocalFileManager) -> None:
    handle = manager.write_data("erste\nzweite ü\n", ext="txt")
    with manager.read(handle) as file:
        assert file.read(3) == b"ers"
        assert file.seek(0) == 0
        assert file.readline() == b"erste\n"
    assert file.closed
    with manager.read(handle, mode="r") as text:
        assert text.readlines() == ["erste\n", "zweite ü\n"]
    with (
        pytest.raises(ValueError, match="mode must be 'r' or 'rb', not 'w'"),
        manager.read(handle, mode="w"),
    ):
        pass


def test_read_of_json_as_the_specification_does(manager: LocalFileManager) -> None:
    with manager.write_data({"key": "value"}) as handle:
        assert handle.path_desc.startswith(manager.base_dir)
    with manager.read(handle) as file:
        assert json.load(file) == {"key": "value"}


def test_a_handle_copies_to_a_local_path_until_it_is_deleted(
    tmp_path: pathlib.Path,
) -> None:
    manager = LocalFileManager(tmp_path / "files")
    handle = manager.write_data(b"kept", ext="bin")
    path = manager.copy_handle_to_local_temp(handle)
    assert pathlib.Path(path).suffix == ".bin"
    pathlib.Path(path).write_bytes(b"changed")
    assert manager.read_data(handle) == b"kept"
    manager.delete_local_temp()
    assert not pathlib.Path(path).exists()
    again = manager.copy_handle_to_local_temp(handle)
    del manager
    assert not pathlib.Path(again).exists()


def test_local_copies_end_with_the_process(tmp_path: pathlib.Path) -> None:
    code = (
        "import sys\n"
        "from entrepot._files import LocalFileManager\n"
        "manager = LocalFileManager(sys.argv[1])\n"
        "print(manager.copy_handle_to_local_temp(manager.write_data('x')), end='')"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("/")
    assert not pathlib.Path(shown.stdout).exists()


def test_a_path_copies_to_a_handle(
    manager: LocalFileManager, tmp_path: pathlib.Path
) -> None:
    source = tmp_path / "config.json"
    source.write_text("{}")
    for path in (source, str(source)):
        handle = manager.copy_handle_to_local_temp(path)
        assert isinstance(handle, LocalFileHandle)
        assert pathlib.Path(handle.path).suffix == ".json"
        assert manager.read_data(handle) == b"{}"
    with pytest.raises(errors.NotFoundError, match="there is no file '/no/such.json'"):
        manager.copy_handle_to_local_temp("/no/such.json")


def test_a_handle_to_nothing_is_a_clear_error(manager: LocalFileManager) -> None:
    handle = LocalFileHandle("/no/such/file.txt")
    message = f"handle '/no/such/file.txt' names nothing.*'{manager.base_dir}'"
    with pytest.raises(errors.NotFoundError, match=message):
        manager.read_data(handle)
    with pytest.raises(FileNotFoundError, match=message), manager.read(handle):
        pass
    with pytest.raises(errors.NotFoundError, match=message):
        manager.copy_handle_to_local_temp(handle)


def test_what_is_no_handle_is_named(manager: LocalFileManager) -> None:
    with pytest.raises(TypeError, match=r"read_data\(\) needs a FileHandle, not a 'str'"):
        manager.read_data("/tmp/x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"'CustomFileHandle' \('custom://a'\)"):
        manager.read_data(CustomFileHandle("a", None))


def test_a_manager_can_be_pickled_and_needs_a_folder(manager: LocalFileManager) -> None:
    handle = manager.write_data("x")
    assert pickle.loads(pickle.dumps(manager)).read_data(handle) == b"x"
    with pytest.raises(errors.InvalidError, match="needs a base_dir"):
        LocalFileManager("")


def test_managers_work_in_threads(manager: LocalFileManager) -> None:
    def write(i: int) -> None:
        for j in range(20):
            data = f"{i} {j}".encode()
            assert manager.read_data(manager.write_data(data)) == data

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(pathlib.Path(manager.base_dir).iterdir())) == 80


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
