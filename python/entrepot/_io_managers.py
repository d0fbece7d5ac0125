"""I/O managers: the class users subclass, the decorator, and the built-in ones."""

from __future__ import annotations

import abc
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from entrepot import _core
from entrepot._core import CoreDefinitions, InputContext, OutputContext
from entrepot.errors import InvalidError

__all__ = [
    "FilesystemIOManager",
    "IOManager",
    "IOManagerDefinition",
    "InMemoryIOManager",
    "InitResourceContext",
    "fs_io_manager",
    "io_manager",
    "mem_io_manager",
]


class IOManager(abc.ABC):
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


class InitResourceContext:
    """What a resource function is told of the run it makes a resource for."""

    def __init__(self, resource_key: str, run_id: str) -> None:
        self.resource_key = resource_key
        self.run_id = run_id


class IOManagerDefinition:
    """Makes an I/O manager for each run."""

    def __init__(
        self, resource_fn: Callable[..., IOManager], *, description: str | None = None
    ) -> None:
        self.resource_fn = resource_fn
        self.description = description or inspect.getdoc(resource_fn) or ""
        self._takes_context = bool(inspect.signature(resource_fn).parameters)

    def bind(self, definitions: CoreDefinitions, key: str) -> None:
        """Bind this definition to a key of the core's definitions."""
        definitions.bind_io_manager_factory(key, self._make)

    def _make(self, key: str, run_id: str) -> IOManager:
        arguments = [InitResourceContext(key, run_id)] if self._takes_context else []
        manager = self.resource_fn(*arguments)
        if not isinstance(manager, IOManager):
            raise InvalidError(
                f"I/O manager '{key}': {getattr(self.resource_fn, '__name__', 'its function')} "
                f"returned a '{type(manager).__qualname__}', not an IOManager"
            )
        return manager


class _BuiltInDefinition(IOManagerDefinition):
    """One of the core's managers, by configuration."""

    def __init__(self, kind: str, config: Mapping[str, Any] | None = None) -> None:
        self._kind = kind
        self._config = dict(config or {})
        self.description = f"The {kind} I/O manager."

    def configured(self, config: Mapping[str, Any]) -> IOManagerDefinition:
        """Return the definition with these fields set.

        The filesystem manager has base_dir, durability ("full" or "fast"), layout ("hive" or
        "plain") and allow_pickle. Raises `InvalidError` for an unknown field or a wrong value.
        """
        text = json.dumps(dict(config), default=str)
        if self._kind == "filesystem":
            _core.check_file_system_config(text)
        elif config:
            raise InvalidError(f"mem_io_manager has no fields to configure: {sorted(config)}")
        return _BuiltInDefinition(self._kind, config)

    def bind(self, definitions: CoreDefinitions, key: str) -> None:
        if self._kind == "filesystem":
            definitions.bind_file_system(key, json.dumps(self._config, default=str))
        else:
            definitions.bind_memory(key)

    def __repr__(self) -> str:
        return f"<{self._kind} I/O manager {self._config}>"


#: Keeps values as files; without a base_dir, in the instance's storage folder.
fs_io_manager = _BuiltInDefinition("filesystem")

#: Keeps values in memory until the run's result is gone.
mem_io_manager = _BuiltInDefinition("memory")


def io_manager(
    resource_fn: Callable[..., IOManager] | None = None, /, *, description: str | None = None
) -> Any:
    """Declare that a function makes an I/O manager, once per run.

    It takes nothing, or an `InitResourceContext`. Use it bare or called.
    """

    def decorate(fn: Callable[..., IOManager]) -> IOManagerDefinition:
        return IOManagerDefinition(fn, description=description)

    return decorate if resource_fn is None else decorate(resource_fn)
