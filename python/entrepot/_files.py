"""File managers: opaque files, named by handles that any I/O manager can keep."""

from __future__ import annotations

import contextlib
import io
import json
import os
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import IO, Any, Protocol, overload

from entrepot import _core
from entrepot.errors import InvalidError, TypeCheckError, UnsupportedError

__all__ = [
    "FileHandle",
    "FileManager",
    "LocalFileHandle",
    "LocalFileManager",
]


class FileHandle(ABC):
    """Names one file that a file manager keeps; plain data, without the file itself.

    A context manager that yields the handle, so that `with manager.write_data(…) as handle`
    reads like an open file; leaving it changes nothing.
    """

    @property
    @abstractmethod
    def path_desc(self) -> str:
        """Where the file is, for people."""

    def __enter__(self) -> FileHandle:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LocalFileHandle(FileHandle):
    """Names a file of this machine.

    Handles of one path are equal. As the value of an asset or output one goes through every
    I/O manager and comes back equal, also in another process; in C++ as an
    `entrepot::FileHandle`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Take the file's path."""
        if not isinstance(path, (str, os.PathLike)):
            raise TypeCheckError(f"a LocalFileHandle needs a path, not {_described(path)}")
        self._path = os.fspath(path)

    @property
    def path(self) -> str:
        """The file's path."""
        return self._path

    @property
    def path_desc(self) -> str:
        """The file's path."""
        return self._path

    def __enter__(self) -> LocalFileHandle:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalFileHandle) and self._path == other._path

    def __hash__(self) -> int:
        return hash((LocalFileHandle, self._path))

    def __repr__(self) -> str:
        return f"LocalFileHandle({self._path!r})"


#: The handles that are known to every process and language, by their managers' kind.
_KINDS: dict[str, type[LocalFileHandle]] = {"local": LocalFileHandle}


def names_of(obj: object) -> tuple[str, str] | None:
    """Return (manager's kind, path) of a handle of ours; None for everything else."""
    for kind, cls in _KINDS.items():
        if type(obj) is cls:
            return kind, obj.path
    return None


def handle_of(kind: str, path: str) -> FileHandle:
    """Return the handle that `names_of` took apart."""
    if kind not in _KINDS:
        raise UnsupportedError(
            f"the file handle '{path}' is of a file manager of kind '{kind}', which this "
            f"version of entrepot does not have"
        )
    return _KINDS[kind](path)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes | str: ...


class FileManager(ABC):
    """Keeps opaque files under names of its own; each is written once.

    Extensions may be given with a dot or without.
    """

    @abstractmethod
    def write(
        self, file_obj: _Readable, mode: str = "wb", ext: str | None = None
    ) -> FileHandle:
        """Keep all that `file_obj.read` returns, in parts; text ("w") as UTF-8."""

    @abstractmethod
    def write_data(self, data: Any, ext: str | None = None) -> FileHandle:
        """Keep bytes as they are, text as UTF-8, anything else as JSON."""

    @abstractmethod
    def read(
        self, file_handle: FileHandle, mode: str = "rb"
    ) -> contextlib.AbstractContextManager[IO[Any]]:
        """Open a file to read, in parts: bytes ("rb") or UTF-8 ("r")."""

    @abstractmethod
    def read_data(self, file_handle: FileHandle) -> bytes:
        """Return all bytes of a file."""

    @abstractmethod
    def copy_handle_to_local_temp(
        self, file_handle: FileHandle | str | os.PathLike[str]
    ) -> str | FileHandle:
        """Copy a file here, or a file of this machine to where the manager keeps its own.

        Of a handle: return the path of a temporary copy, which `delete_local_temp` deletes.
        Of a path: return the handle of a new file of the same extension.
        """

    @abstractmethod
    def delete_local_temp(self) -> None:
        """Delete all temporary copies made so far."""


class _Reader(io.RawIOBase):
    """A kept file behind Python's buffered and text readers."""

    def __init__(self, reader: _core.FileReader, name: str) -> None:
        self._reader = reader
        self.name = name

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._reader.seek(offset, whence)

    def readinto(self, buffer: Any, /) -> int:
        return self._reader.readinto(buffer)


class LocalFileManager(FileManager):
    """Keeps files in a folder of the local filesystem, each written atomically."""

    def __init__(
        self, base_dir: str | os.PathLike[str], *, durability: str = "full"
    ) -> None:
        """Keep files in `base_dir`, which is made when the first file needs it.

        `durability` "full" syncs each file before `write` returns; "fast" does not: a loss
        of power may then lose or empty the files of the last moments.
        """
        config = {"base_dir": os.fspath(base_dir), "durability": durability}
        self._durability = durability
        self._native = _core.make_local_file_manager(json.dumps(config))
        weakref.finalize(self, self._native.delete_local_temp)

    @property
    def base_dir(self) -> str:
        """The folder, as an absolute path."""
        return self._native.base_dir

    def __reduce__(self) -> tuple[Any, ...]:
        return _make_again, (self.base_dir, self._durability)

    def __repr__(self) -> str:
        return f"LocalFileManager({self.base_dir!r})"

    def write(
        self, file_obj: _Readable, mode: str = "wb", ext: str | None = None
    ) -> LocalFileHandle:
        """Keep all that `file_obj.read` returns, in parts; text as UTF-8."""
        if mode not in ("w", "wb"):
            raise InvalidError(f"mode must be 'w' or 'wb', not {mode!r}")
        if not callable(getattr(file_obj, "read", None)):
            raise TypeCheckError(
                f"write() needs an open file, with a method read, not {_described(file_obj)}; "
                f"write_data() takes bytes, text and JSON"
            )
        return self._handle(self._native.write(file_obj, _extension(ext)))

    def write_data(self, data: Any, ext: str | None = None) -> LocalFileHandle:
        """Keep bytes as they are, text as UTF-8, anything else as JSON.

        >>> import tempfile
        >>> manager = LocalFileManager(tempfile.mkdtemp())
        >>> with manager.write_data({"retries": 3}, ext=".json") as handle:
        ...     manager.read_data(handle)
        b'{"retries": 3}'
        """
        return self._handle(
            self._native.write(io.BytesIO(_bytes_of(data)), _extension(ext))
        )

    @contextlib.contextmanager
    def read(self, file_handle: FileHandle, mode: str = "rb") -> Iterator[IO[Any]]:
        """Open a file to read, in parts: bytes ("rb") or UTF-8 ("r")."""
        if mode not in ("r", "rb"):
            raise InvalidError(f"mode must be 'r' or 'rb', not {mode!r}")
        handle = self._named(file_handle, "read")
        reader = _Reader(self._native.read(handle), handle.path)
        buffered = io.BufferedReader(reader)
        if mode == "rb":
            with buffered:
                yield buffered
        else:
            with io.TextIOWrapper(buffered, encoding="utf-8") as text:
                yield text

    def read_data(self, file_handle: FileHandle) -> bytes:
        """Return all bytes of a file."""
        return self._native.read_data(self._named(file_handle, "read_data"))

    @overload
    def copy_handle_to_local_temp(self, file_handle: FileHandle) -> str: ...

    @overload
    def copy_handle_to_local_temp(
        self, file_handle: str | os.PathLike[str]
    ) -> LocalFileHandle: ...

    def copy_handle_to_local_temp(
        self, file_handle: FileHandle | str | os.PathLike[str]
    ) -> str | LocalFileHandle:
        """Copy a handle's file to a temporary path, or a path to a new file of ours."""
        if isinstance(file_handle, (str, os.PathLike)):
            return self._handle(self._native.copy_in(os.fspath(file_handle)))
        handle = self._named(file_handle, "copy_handle_to_local_temp")
        return self._native.copy_handle_to_local_temp(handle)

    def delete_local_temp(self) -> None:
        """Delete all temporary copies made so far; what is left ends with the manager."""
        self._native.delete_local_temp()

    @staticmethod
    def _handle(handle: _core.NativeFileHandle) -> LocalFileHandle:
        return LocalFileHandle(handle.path)

    @staticmethod
    def _named(handle: object, method: str) -> _core.NativeFileHandle:
        if isinstance(handle, LocalFileHandle):
            return _core.NativeFileHandle("local", handle.path)
        if isinstance(handle, FileHandle):
            raise TypeCheckError(
                f"{method}() of a LocalFileManager needs a LocalFileHandle, not a "
                f"'{type(handle).__name__}' ('{handle.path_desc}')"
            )
        raise TypeCheckError(f"{method}() needs a FileHandle, not {_described(handle)}")


def core_file_manager(manager: Any) -> Any:
    """Return what the core uses of a file manager: its own where that does all there is to do."""
    if manager is None:
        return None
    if not isinstance(manager, FileManager):
        raise TypeCheckError(f"file_manager must be a FileManager, not {_described(manager)}")
    return manager._native if type(manager) is LocalFileManager else manager


def local_path_of(manager: FileManager, obj: object) -> str | None:
    """Return the path of a local copy of a handle's file; None for what is no handle."""
    if not isinstance(obj, FileHandle):
        return None
    path = manager.copy_handle_to_local_temp(obj)
    if not isinstance(path, str):
        raise TypeCheckError(
            f"{type(manager).__name__}.copy_handle_to_local_temp must return a path for a handle, "
            f"not {_described(path)}"
        )
    return path


def _make_again(base_dir: str, durability: str) -> LocalFileManager:
    return LocalFileManager(base_dir, durability=durability)


def _described(obj: object) -> str:
    text = repr(obj)
    return f"a '{type(obj).__name__}' ({text if len(text) <= 80 else text[:77] + '...'})"


def _extension(ext: str | None) -> str:
    if ext is not None and not isinstance(ext, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeCheckError(f"ext must be text, e.g. 'json', not {_described(ext)}")
    return ext or ""


def _bytes_of(data: Any) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if isinstance(data, str):
        return data.encode()
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise TypeCheckError(
            f"write_data() takes bytes, text and what JSON can hold, not "
            f"{_described(data)}: {error}"
        ) from error
