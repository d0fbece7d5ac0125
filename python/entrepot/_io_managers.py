"""I/O managers: the class users subclass, the decorator, and the built-in ones."""

from __future__ import annotations

import abc
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from entrepot import _core
from entrepot._config import EnvVar, Field, Permissive
from entrepot._core import InputContext, OutputContext, ResourceKind
from entrepot._resources import InitResourceContext, MadeResource, ResourceDefinition
from entrepot.errors import InvalidError, UnsupportedError

__all__ = [
    "FilesystemIOManager",
    "IOManager",
    "IOManagerDefinition",
    "InMemoryIOManager",
    "InitResourceContext",
    "InputManager",
    "InputManagerDefinition",
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
        self._native_io_manager = native

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._native_io_manager.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        return self._native_io_manager.load_input(context)

    def __repr__(self) -> str:
        return repr(self._native_io_manager)


class FilesystemIOManager(_NativeIOManager):
    """Keeps each value as a file below `base_dir`, in a format that fits it."""

    def __init__(
        self,
        base_dir: str,
        *,
        durability: str = "full",
        layout: str = "hive",
        allow_pickle: bool = True,
    ) -> None:
        config = {
            "base_dir": str(base_dir),
            "durability": durability,
            "layout": layout,
            "allow_pickle": allow_pickle,
        }
        super().__init__(_core.make_file_system_io_manager(json.dumps(config)))


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
        return IOManagerDefinition(lambda: value, description=description or "")

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
        config = self._config_of_run(f"input manager '{context.resource_key}'")
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
    """The core's filesystem manager, by configuration; the core checks its fields."""

    def __init__(self, resource_fn: Callable[..., Any]) -> None:
        super().__init__(resource_fn, Field(Permissive(), is_required=False))

    def _validated(self, given: list[Any], owner: str) -> Any:
        config = super()._validated(given, owner)
        known = {name: value for name, value in config.items() if not isinstance(value, EnvVar)}
        known.pop("file_manager", None)
        _core.check_file_system_config(_fields_json(known))
        return config


def _fields_json(config: Mapping[str, Any]) -> str:
    return json.dumps(
        {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in config.items()
        },
        default=repr,
    )


def io_manager(
    resource_fn: Callable[..., IOManager] | None = None,
    /,
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Any:
    """Declare that a function makes an I/O manager, once per run.

    It takes nothing, or an `InitResourceContext`. Use it bare or called.
    """

    def decorate(fn: Callable[..., IOManager]) -> IOManagerDefinition:
        return IOManagerDefinition(fn, config_schema, description, required_resource_keys)

    return decorate if resource_fn is None else decorate(resource_fn)


def input_manager(
    load_fn: Callable[..., Any] | None = None,
    /,
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Any:
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
    ("full" or "fast"), layout ("hive" or "plain") and allow_pickle.
    """
    config = dict(context.resource_config)
    if config.pop("file_manager", None) is not None:
        raise UnsupportedError(
            f"I/O manager '{context.resource_key}': fs_io_manager cannot use a file_manager yet; "
            "leave it out, and bind it as a resource of its own"
        )
    if context.instance is None:
        raise InvalidError("fs_io_manager is made for a run; without one, use FilesystemIOManager")
    return _core.make_instance_io_manager(context.instance, _fields_json(config))


@io_manager(config_schema={})
def mem_io_manager() -> Any:
    """Keep values in memory until the run's result is gone. There are no fields."""
    return _core.make_memory_io_manager()
