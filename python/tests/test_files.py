"""File handles, and the file managers that keep files."""

from __future__ import annotations

import io
import json
import pathlib
import pickle
import subprocess
import sys
import threading
from typing import Any

import pytest

from entrepot import errors
from entrepot._files import FileHandle, LocalFileHandle, LocalFileManager
from custom_file_handle import CustomFileHandle


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
