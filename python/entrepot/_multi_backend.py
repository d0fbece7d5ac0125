"""One I/O manager over several: rules say which of them stores what."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from entrepot import _core
from entrepot._core import InputContext, OutputContext, ResourceKind
from entrepot._io_managers import (
    FilesystemIOManager,
    IOManager,
    check_fields,
    is_io_manager,
)
from entrepot._resources import InitResourceContext, MadeResource, ResourceSource
from entrepot.errors import InvalidError, UnsupportedError

__all__ = ["MultiBackendIOManager"]


class MultiBackendIOManager(IOManager, ResourceSource):
    """Stores each output by one of several I/O managers.

    A backend is an I/O manager, what makes one for a run (`fs_io_manager`, a configurable class),
    or the fields of a `FilesystemIOManager`. Which one stores an output is asked in this order,
    which `repr` prints:

    1. metadata `storage_backend` of the asset's definition names it;
    2. the first of `routes` that is about the output: "group:ml_*", "key:raw/*",
       "metadata:tier=cold" ('*' is any text, '?' one character);
    3. `default_backend`.

    Loads go where a value was stored, as its receipt tells, also when the rules have changed.

    >>> MultiBackendIOManager(
    ...     {"hot": InMemoryIOManager(), "lake": {"base_dir": "/data/lake"}},
    ...     default_backend="lake",
    ...     routes={"key:scratch/*": "hot"},
    ... )
    """

    def __init__(
        self,
        backends: Mapping[str, Any],
        *,
        default_backend: str,
        routes: Mapping[str, str] | None = None,
        metadata_name: str = "storage_backend",
    ) -> None:
        self._backends = {name: _backend(name, given) for name, given in backends.items()}
        self._rules = (metadata_name, list((routes or {}).items()), default_backend)
        made = {
            name: None if isinstance(backend, ResourceSource) else backend
            for name, backend in self._backends.items()
        }
        #: Until a run makes the backends, those that it will make refuse everything.
        self._native = self._make(
            {name: _NotMade(name) if it is None else it for name, it in made.items()}
        )

    def _make(self, backends: Mapping[str, Any]) -> _core.NativeRoutingIOManager:
        return _core.make_routing_io_manager(list(backends.items()), *self._rules)

    @property
    def _native_io_manager(self) -> _core.NativeIOManager | None:
        """The core's manager, where it does all there is to do."""
        return self._native if type(self) is MultiBackendIOManager else None

    def backend_for(self, context: OutputContext) -> str:
        """Return the name of the backend that the rules choose for an output."""
        return self._native.backend_for(context)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        self._native.handle_output(context, obj)

    def load_input(self, context: InputContext) -> Any:
        return self._native.load_input(context)

    def _resource_kind(self) -> ResourceKind:
        return ResourceKind.IO_MANAGER

    def _nested_resources(self) -> Mapping[str, ResourceSource]:
        return {
            name: backend
            for name, backend in self._backends.items()
            if isinstance(backend, ResourceSource)
        }

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        if not nested:
            return MadeResource(self)
        of_run = copy.copy(self)
        of_run._backends = {**self._backends, **nested}
        of_run._native = of_run._make(of_run._backends)
        return MadeResource(of_run)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}\n{self._native.describe_rules()}>"


class _NotMade(IOManager):
    """Stands for a backend that a run makes."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self) -> InvalidError:
        return InvalidError(
            f"backend '{self._name}' is made by a run; bind the MultiBackendIOManager as a "
            "resource, or give it an I/O manager"
        )

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        raise self._refuse()

    def load_input(self, context: InputContext) -> Any:
        raise self._refuse()


def _backend(name: str, given: Any) -> Any:
    if isinstance(given, ResourceSource):
        if given._resource_kind() == ResourceKind.IO_MANAGER:
            return given
    elif is_io_manager(given):
        return given
    elif isinstance(given, Mapping):
        return _files(name, given)
    raise InvalidError(
        f"backend '{name}' is a '{type(given).__name__}'; give an I/O manager, what makes one, or "
        "the fields of a FilesystemIOManager"
    )


def _files(name: str, fields: Mapping[str, Any]) -> IOManager:
    if "bucket_name" in fields:
        raise UnsupportedError(
            f"backend '{name}' is a bucket, which cannot be used yet; give a folder, "
            "{'base_dir': …}, or an I/O manager of your own"
        )
    check_fields(fields, f"backend '{name}'")
    if "base_dir" not in fields:
        raise InvalidError(f"backend '{name}' needs a base_dir")
    return FilesystemIOManager(**fields)
