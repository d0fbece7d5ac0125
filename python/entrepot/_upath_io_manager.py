"""I/O managers whose files are written and read by code of the user's."""

from __future__ import annotations

import inspect
import json
import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entrepot import _core
from entrepot._core import InputContext, OutputContext
from entrepot._io_managers import IOManager
from entrepot.errors import InvalidError

__all__ = ["UPathIOManager"]

#: Hooks of Dagster's class for what the storage does by itself here.
_REFUSED = {
    "unlink": "a store replaces the old file atomically",
    "path_exists": "override has_output",
    "make_directory": "a store makes the folders that it needs",
    "make_safe_partition_path": "override get_path_for_partition",
    "load_partitions_async": "load_from_path may be async, and partitions are loaded at once",
    "fs": "only folders of this machine can be used yet",
    "storage_options": "only folders of this machine can be used yet",
    "get_missing_partition_log_message": "the storage warns of partitions that it leaves out",
}


class UPathIOManager(IOManager):
    """Keeps values below `base_path`: in formats that fit them, or as a subclass writes them.

    A subclass overrides `dump_to_path` and `load_from_path`, and sets `extension`. What
    `dump_to_path` has written is published at once and as a whole when it returns, under the name
    that the filesystem manager would use; if it raises, the old value stays.

    >>> class Texts(UPathIOManager):
    ...     extension = ".txt"
    ...     def dump_to_path(self, context, obj, path):
    ...         path.write_text(obj)
    ...     def load_from_path(self, context, path):
    ...         return path.read_text()
    """

    #: Of the files that `dump_to_path` writes.
    extension: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, instead in _REFUSED.items():
            if name in vars(cls):
                raise InvalidError(f"{cls.__name__}.{name} would never be called: {instead}")
        if _overrides(cls, "dump_to_path") != _overrides(cls, "load_from_path"):
            raise InvalidError(
                f"{cls.__name__} overrides one of dump_to_path and load_from_path; it needs both"
            )

    def __init__(
        self,
        base_path: str | os.PathLike[str] | None = None,
        *,
        durability: str = "full",
        layout: str = "hive",
        allow_pickle: bool = True,
    ) -> None:
        """Take the folder; the working folder by default."""
        config = {
            "base_dir": os.fspath(base_path) if base_path is not None else os.getcwd(),
            "durability": durability,
            "layout": layout,
        }
        self._layout = layout
        if self._writes_itself:
            hooks = _Hooks(self)
            self._native = _core.make_path_io_manager(
                json.dumps(config),
                self.extension or "",
                hooks.dump,
                hooks.load,
                hooks.path_of if hooks.names_paths else None,
            )
        else:
            if self.extension is not None:
                raise InvalidError(
                    f"{type(self).__name__}.extension is for files that its own dump_to_path "
                    "writes; others have that of their format"
                )
            self._native = _core.make_file_system_io_manager(
                json.dumps({**config, "allow_pickle": allow_pickle}), [], None, self._path_hook()
            )
        self._base_path = Path(config["base_dir"].removeprefix("file://")).absolute()

    def _path_hook(self) -> Any:
        hooks = _Hooks(self)
        return hooks.path_of if hooks.names_paths else None

    @property
    def _writes_itself(self) -> bool:
        return _overrides(type(self), "dump_to_path")

    @property
    def _native_io_manager(self) -> _core.NativeIOManager | None:
        """The core's manager, where it does all there is to do."""
        return self._native if type(self) is UPathIOManager else None

    @property
    def base_path(self) -> Path:
        """The folder, absolute."""
        return self._base_path

    # ---- for subclasses ------------------------------------------------------------------

    def dump_to_path(self, context: OutputContext, obj: Any, path: Path) -> Any:
        """Write `obj` to `path`, where there is nothing yet: a file, or a folder. May be async."""
        raise NotImplementedError

    def load_from_path(self, context: InputContext, path: Path) -> Any:
        """Return what the file or folder at `path` holds. May be async.

        Of several partitions each is loaded by a call of its own, from several threads.
        """
        raise NotImplementedError

    def get_metadata(self, context: OutputContext, obj: Any) -> Mapping[str, Any]:
        """Return what is to be logged of a value that was written."""
        return {}

    def get_asset_relative_path(self, context: OutputContext) -> Path:
        """Return where an asset is, below `base_path` and without extension."""
        assert context.asset_key is not None
        return Path(_core.asset_path(context.asset_key))

    def get_op_output_relative_path(self, context: OutputContext) -> Path:
        """Return where the output of an op is, below `base_path` and without extension."""
        return Path(_core.op_output_path(*context.get_identifier()))

    def get_path_for_partition(self, context: OutputContext, path: Path, partition: str) -> Path:
        """Return where a partition of the asset at `path` is, without extension."""
        return Path(_core.partition_path(str(path), partition, self._layout))

    def get_writing_output_log_message(self, path: Path) -> str:
        """Return the line of the log, of level debug, about a file to be written."""
        return f"writing '{path}'"

    def get_loading_input_log_message(self, path: Path) -> str:
        """Return the line of the log, of level debug, about a file to be read."""
        return f"reading '{path}'"

    def get_loading_input_partition_log_message(self, path: Path, partition_key: str) -> str:
        """Return the line of the log, of level debug, about a partition to be read."""
        return f"reading partition '{partition_key}' from '{path}'"

    def load_partitions(self, context: InputContext) -> dict[str, Any]:
        """Return the values of several partitions by key."""
        loaded: Any = self._native.load_input(context)
        return loaded

    # ---- as an I/O manager ---------------------------------------------------------------

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._native.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        if context.has_asset_partitions and len(context.asset_partition_keys) > 1:
            return self.load_partitions(context)
        return self._native.load_input(context)

    def has_output(self, context: OutputContext) -> bool:
        """Whether there is a value of the context's output."""
        return self._native.has_output(context)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._base_path)!r})"


def _overrides(cls: type, name: str) -> bool:
    return getattr(cls, name) is not getattr(UPathIOManager, name)


class _Hooks:
    """What the core calls, which must not keep the manager alive that owns the core's."""

    def __init__(self, manager: UPathIOManager) -> None:
        self._manager = weakref.ref(manager)
        cls = type(manager)
        self._names_assets = _overrides(cls, "get_asset_relative_path")
        self._names_partitions = _overrides(cls, "get_path_for_partition")
        self._names_op_outputs = _overrides(cls, "get_op_output_relative_path")

    @property
    def names_paths(self) -> bool:
        return self._names_assets or self._names_partitions or self._names_op_outputs

    def _get(self) -> UPathIOManager:
        manager = self._manager()
        assert manager is not None  # It is what called the core.
        return manager

    def dump(self, context: OutputContext, obj: Any, path: str) -> None:
        manager = self._get()
        context.log.debug(manager.get_writing_output_log_message(Path(path)))
        _finished(manager.dump_to_path(context=context, obj=obj, path=Path(path)))
        metadata = manager.get_metadata(context, obj)
        if metadata:
            context.add_output_metadata(metadata)

    def load(self, context: InputContext, path: str) -> Any:
        manager = self._get()
        if context.has_asset_partitions:
            message = manager.get_loading_input_partition_log_message(
                Path(path), context.asset_partition_keys[0]
            )
        else:
            message = manager.get_loading_input_log_message(Path(path))
        context.log.debug(message)
        return _finished(manager.load_from_path(context=context, path=Path(path)))

    def path_of(self, context: OutputContext) -> str | None:
        """Return where an output is, below the base; None where it is as usual."""
        manager = self._get()
        if not context.has_asset_key:
            if not self._names_op_outputs:
                return None
            return str(manager.get_op_output_relative_path(context))
        names_this = context.has_asset_partitions and self._names_partitions
        if not (self._names_assets or names_this):
            return None
        path = manager.base_path / manager.get_asset_relative_path(context)
        if context.has_asset_partitions:
            path = manager.get_path_for_partition(context, path, context.asset_partition_key)
        return os.path.relpath(path, manager.base_path)


def _finished(result: Any) -> Any:
    """Return what a function returned, or what the coroutine that it returned does."""
    if not inspect.iscoroutine(result):
        return result
    import asyncio  # As long to import as the rest of the package.
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(result)
    # This thread's event loop is the caller's, as in a notebook.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, result).result()
