"""I/O managers: the class users subclass, the decorator, and the built-in ones."""

from __future__ import annotations

import abc
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, overload

from entrepot import _core
from entrepot._config import Any as ANYTHING
from entrepot._config import ConfigType, Field
from entrepot._codecs import Codec, assignments
from entrepot._core import InputContext, OutputContext, ResourceKind
from entrepot._files import FileManager, core_file_manager
from entrepot._options import refuses_unknown_options
from entrepot._resources import (
    InitResourceContext,
    MadeResource,
    ResourceDefinition,
    ResourceSource,
)
from entrepot.errors import InvalidError

__all__ = [
    "FilesystemIOManager",
    "IOManager",
    "IOManagerDefinition",
    "InMemoryIOManager",
    "InputManager",
    "InputManagerDefinition",
    "LocalIOManager",
    "TypedIOManager",
    "check_fields",
    "fs_io_manager",
    "input_manager",
    "io_manager",
    "is_input_manager",
    "is_io_manager",
    "mem_io_manager",
]


class InputManager(abc.ABC):
    """Loads what others made: an endpoint's answer, rows of a database, anything.

    Calls may come from several threads.
    """

    @abc.abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """Return the value of the input that the context describes."""


class IOManager(InputManager):
    """Stores what a step produced and loads it for the steps that depend on it.

    Calls may come from several threads; within one run no two `handle_output` calls for the
    same asset overlap.
    """

    @abc.abstractmethod
    def handle_output(self, context: OutputContext, obj: Any) -> Any:
        """Store `obj` as the value of the context's output.

        May return a dict of metadata.
        """

    @abc.abstractmethod
    def load_input(self, context: InputContext) -> Any:
        """Return the value last stored for the context's upstream output."""


class _NativeIOManager(IOManager):
    """One of the core's managers, where Python expects an `IOManager`."""

    def __init__(self, native: _core.NativeIOManager) -> None:
        self._native = native

    @property
    def _native_io_manager(self) -> _core.NativeIOManager | None:
        """The core's manager, unless a subclass has methods of its own that must be called."""
        cls = type(self)
        is_plain = (
            cls.handle_output is _NativeIOManager.handle_output
            and cls.load_input is _NativeIOManager.load_input
        )
        return self._native if is_plain else None

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._native.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        return self._native.load_input(context)

    def has_output(self, context: OutputContext) -> bool:
        """Whether there is a value of the context's output."""
        return self._native.has_output(context)

    def __repr__(self) -> str:
        return repr(self._native)


class FilesystemIOManager(_NativeIOManager):
    """Keeps each value as a file below `base_dir`, in a format that fits it.

    With a `file_manager`, the file of a value that is a file handle is copied under the asset's
    path, and a handle of the copy is what is loaded; without, the handle itself is kept.
    """

    def __init__(
        self,
        base_dir: str | os.PathLike[str],
        *,
        durability: str = "full",
        layout: str = "hive",
        allow_pickle: bool = True,
        file_manager: FileManager | None = None,
    ) -> None:
        config = _config(base_dir, durability, layout, allow_pickle)
        super().__init__(
            _core.make_file_system_io_manager(config, [], core_file_manager(file_manager), None)
        )


#: FilesystemIOManager, by the specification's name.
LocalIOManager = FilesystemIOManager


class TypedIOManager(_NativeIOManager):
    """Keeps each value as a file below `base_dir`, in the format that `codecs` has for its type.

    `codecs` maps types to formats: the name of a built-in one ("parquet", "arrow", "npy", "json",
    "text", "bytes", "pickle"), or a `Codec` of your own. The first type that a value is an
    instance of counts; a value that its type's format cannot give back as it is, is refused.
    Values of other types are kept as `FilesystemIOManager` keeps them.

    >>> TypedIOManager("/data", {pd.DataFrame: "arrow", Mesh: MeshCodec()})
    """

    def __init__(
        self,
        base_dir: str | os.PathLike[str],
        codecs: Mapping[type, str | Codec],
        *,
        durability: str = "full",
        layout: str = "hive",
        allow_pickle: bool = True,
    ) -> None:
        config = _config(base_dir, durability, layout, allow_pickle)
        super().__init__(
            _core.make_file_system_io_manager(config, assignments(codecs), None, None)
        )


def _config(
    base_dir: str | os.PathLike[str], durability: str, layout: str, allow_pickle: bool
) -> str:
    return json.dumps(
        {
            "base_dir": os.fspath(base_dir),
            "durability": durability,
            "layout": layout,
            "allow_pickle": allow_pickle,
        }
    )


class InMemoryIOManager(_NativeIOManager):
    """Keeps each value in memory and gives consumers the same object."""

    def __init__(self) -> None:
        super().__init__(_core.make_memory_io_manager())


class IOManagerDefinition(ResourceDefinition):
    """A function that makes an I/O manager for each run."""

    @staticmethod
    def hardcoded_io_manager(value: IOManager, description: str | None = None) -> (
        IOManagerDefinition
    ):
        """Return a definition whose I/O manager is always `value`."""
        return IOManagerDefinition(lambda: value, description=description)

    def _resource_kind(self) -> ResourceKind:
        return ResourceKind.IO_MANAGER


class InputManagerDefinition(ResourceDefinition):
    """A function that loads inputs, each time it is called.

    It takes nothing, or the `InputContext`. It returns the value, or an `InputManager` whose
    `load_input` is called.
    """

    def _resource_kind(self) -> ResourceKind:
        return ResourceKind.INPUT_MANAGER

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        config = self._config_of_run(context, f"input manager '{context.resource_key}'")
        return MadeResource(
            _FunctionInputManager(self.resource_fn, self._takes_context), None, config
        )


class _FunctionInputManager(InputManager):
    """Loads by a function."""

    def __init__(self, function: Callable[..., Any], takes_context: bool) -> None:
        self._function = function
        self._takes_context = takes_context

    def load_input(self, context: InputContext) -> Any:
        returned = self._function(context) if self._takes_context else self._function()
        return returned.load_input(context) if is_input_manager(returned) else returned


def is_io_manager(value: Any) -> bool:
    """Whether an object may be bound where an I/O manager is wanted."""
    return isinstance(value, (IOManager, _core.NativeIOManager))


def is_input_manager(value: Any) -> bool:
    """Whether an object may be bound where an input manager is wanted."""
    if isinstance(value, (InputManager, _core.NativeIOManager, _core.NativeInputManager)):
        return True
    return getattr(value, "_native_input_manager", None) is not None


class _FileSystemDefinition(IOManagerDefinition):
    """The core's filesystem manager, by configuration; its fields are the core's."""

    def __init__(self, resource_fn: Callable[..., Any]) -> None:
        super().__init__(resource_fn, file_system_field())

    def _validated(self, given: list[Any], owner: str) -> Any:
        config = super()._validated([_with_text_paths(item) for item in given], owner)
        _check_file_manager(config.get("file_manager"))
        return config

    def _nested_resources(self) -> Mapping[str, ResourceSource]:
        file_manager = self._given[0].get("file_manager") if self._given else None
        return {"file_manager": file_manager} if isinstance(file_manager, ResourceSource) else {}

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        config = self._config_of_run(context, f"I/O manager '{context.resource_key}'")
        return MadeResource(_of_instance(context, {**config, **nested}), None, config)


def file_system_field() -> Field:
    """Return the place for the configuration of a filesystem manager."""
    description = "A file manager, or a resource that makes one: for values that are file handles."
    file_manager = Field(ANYTHING, is_required=False, description=description)
    fields = [*_core.file_system_fields(), ("file_manager", file_manager._in_schema())]
    return Field(ConfigType.shape(fields), is_required=False)


def _of_instance(context: InitResourceContext, config: Mapping[str, Any]) -> Any:
    """Return the filesystem manager of a run, by default in its instance's folder."""
    fields = dict(config)
    file_manager = fields.pop("file_manager", None)
    if context.instance is None:
        raise InvalidError("fs_io_manager is made for a run; without one, use FilesystemIOManager")
    return _core.make_instance_io_manager(
        context.instance, json.dumps(fields), core_file_manager(file_manager)
    )


def check_fields(config: Mapping[str, Any], owner: str) -> None:
    """Raise `InvalidError` for what are no fields of the filesystem manager."""
    file_system_field().validate(_with_text_paths(config), owner=owner)
    _check_file_manager(config.get("file_manager"))


def _check_file_manager(file_manager: Any) -> None:
    if not isinstance(file_manager, FileManager | ResourceSource | None):
        raise InvalidError(
            "file_manager is a file manager, or a resource that makes one, not a "
            f"'{type(file_manager).__name__}'"
        )


def _with_text_paths(config: Any) -> Any:
    """Return a configuration whose paths are text."""
    if not isinstance(config, Mapping):
        return config
    return {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in config.items()
    }


@overload
def io_manager(resource_fn: Callable[..., Any], /) -> IOManagerDefinition: ...


@overload
def io_manager(
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Callable[[Callable[..., Any]], IOManagerDefinition]: ...


@refuses_unknown_options
def io_manager(
    resource_fn: Callable[..., Any] | None = None,
    /,
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> IOManagerDefinition | Callable[[Callable[..., Any]], IOManagerDefinition]:
    """Declare that a function makes an I/O manager, once per run.

    It takes nothing, or an `InitResourceContext`. Use it bare or called.
    """

    def decorate(fn: Callable[..., Any]) -> IOManagerDefinition:
        return IOManagerDefinition(fn, config_schema, description, required_resource_keys)

    return decorate if resource_fn is None else decorate(resource_fn)


@overload
def input_manager(load_fn: Callable[..., Any], /) -> InputManagerDefinition: ...


@overload
def input_manager(
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Callable[[Callable[..., Any]], InputManagerDefinition]: ...


@refuses_unknown_options
def input_manager(
    load_fn: Callable[..., Any] | None = None,
    /,
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> InputManagerDefinition | Callable[[Callable[..., Any]], InputManagerDefinition]:
    """Declare that a function loads inputs: it returns a value, or an `InputManager`.

    It takes nothing, or the `InputContext`, and is called for each input. Use it bare or
    called.
    """

    def decorate(fn: Callable[..., Any]) -> InputManagerDefinition:
        return InputManagerDefinition(fn, config_schema, description, required_resource_keys)

    return decorate if load_fn is None else decorate(load_fn)


@_FileSystemDefinition
def fs_io_manager(context: InitResourceContext) -> Any:
    """Keep values as files.

    The fields are base_dir (else files are in the instance's storage folder), durability
    ("full" or "fast"), layout ("hive" or "plain"), allow_pickle, and file_manager: a file manager,
    or a resource that makes one. With it, the file of a value that is a file handle is copied under
    the asset's path, and a handle of the copy is what is loaded.
    """
    return _of_instance(context, context.resource_config)


@io_manager(config_schema={})
def mem_io_manager() -> Any:
    """Keep values in memory until the run's result is gone. There are no fields."""
    return _core.make_memory_io_manager()
