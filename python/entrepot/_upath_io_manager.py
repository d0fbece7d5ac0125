"""I/O managers whose files are written and read by code of the user's."""

from __future__ import annotations

import inspect
import json
import os
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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

    if TYPE_CHECKING:
        extension: str | None
        base_path: Any
    else:
        #: Of the files that `dump_to_path` writes. Without an annotation, which would make it a
        #: field of a subclass that is a configuration too.
        extension = None

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
        self.base_path = os.getcwd() if base_path is None else base_path
        self.durability = durability
        self.layout = layout
        self.allow_pickle = allow_pickle
        self._opened = self._open()  # What is wrong is refused here.
        #: The folder, absolute.
        self.base_path = self._opened.hooks.base

    @property
    def _current(self) -> _Opened:
        """The core's manager of this very object; where it is a configuration, a run's copy has
        another, of the run's values."""
        opened: _Opened | None = self.__dict__.get("_opened")
        if opened is None or opened.hooks.manager is not self:
            opened = self._open()
            object.__setattr__(self, "_opened", opened)  # Also of a constant configuration.
        return opened

    def _open(self) -> _Opened:
        fields = self.__dict__
        if "base_path" not in fields:
            raise InvalidError(
                f"{type(self).__name__} has no base_path: call super().__init__(base_path), or "
                "declare the field 'base_path: str' of a ConfigurableIOManager"
            )
        base = os.fspath(fields["base_path"])
        config = {name: fields[name] for name in ("durability", "layout") if name in fields}
        config["base_dir"] = base
        folder = Path(base.removeprefix("file://")).absolute()
        hooks = _Hooks(self, folder, config.get("layout", "hive"))
        path_of = hooks.path_of if hooks.names_paths else None
        if self._writes_itself:
            if not fields.get("allow_pickle", True):
                raise InvalidError(
                    f"{type(self).__name__} has a dump_to_path of its own, which allow_pickle does "
                    "not concern"
                )
            native = _core.make_path_io_manager(
                json.dumps(config), self.extension or "", hooks.dump, hooks.load, path_of
            )
            return _Opened(native, hooks)
        if self.extension is not None:
            raise InvalidError(
                f"{type(self).__name__}.extension is for files that its own dump_to_path "
                "writes; others have that of their format"
            )
        config["allow_pickle"] = fields.get("allow_pickle", True)
        native = _core.make_file_system_io_manager(json.dumps(config), [], None, path_of)
        return _Opened(native, hooks)

    @property
    def _writes_itself(self) -> bool:
        return _overrides(type(self), "dump_to_path")

    @property
    def _native_io_manager(self) -> _core.NativeIOManager | None:
        """The core's manager, where it does all there is to do."""
        return self._current.native if type(self) is UPathIOManager else None

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
        layout = self._current.hooks.layout
        return Path(_core.partition_path(str(path), partition, layout))

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
        loaded: Any = self._current.native.load_input(context)
        return loaded

    # ---- as an I/O manager ---------------------------------------------------------------

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._current.native.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        if context.has_asset_partitions and len(context.asset_partition_keys) > 1:
            return self.load_partitions(context)
        return self._current.native.load_input(context)

    def has_output(self, context: OutputContext) -> bool:
        """Whether there is a value of the context's output."""
        return self._current.native.has_output(context)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.base_path)!r})"


def _overrides(cls: type, name: str) -> bool:
    return getattr(cls, name) is not getattr(UPathIOManager, name)


class _Opened(NamedTuple):
    native: _core.NativeIOManager
    hooks: _Hooks


def _finished(returned: Any) -> Any:
    """Return what a function returned, or what the coroutine that it returned does."""
    if not inspect.iscoroutine(returned):
        return returned
    from entrepot._coroutines import finished  # As long to import as the package.

    return finished(returned)


class _Hooks:
    """What the core calls, which must not keep the manager alive that owns the core's."""

    def __init__(self, manager: UPathIOManager, base: Path, layout: str) -> None:
        self._manager = weakref.ref(manager)
        self.base = base
        self.layout = layout
        cls = type(manager)
        self._names_assets = _overrides(cls, "get_asset_relative_path")
        self._names_partitions = _overrides(cls, "get_path_for_partition")
        self._names_op_outputs = _overrides(cls, "get_op_output_relative_path")

    @property
    def names_paths(self) -> bool:
        return self._names_assets or self._names_partitions or self._names_op_outputs

    @property
    def manager(self) -> UPathIOManager | None:
        return self._manager()

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
        path = self.base / manager.get_asset_relative_path(context)
        if context.has_asset_partitions:
            path = manager.get_path_for_partition(context, path, context.asset_partition_key)
        return os.path.relpath(path, self.base)
