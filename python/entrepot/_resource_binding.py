"""How resources are bound to their keys: what each may be used as, and what makes it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from entrepot._core import CoreDefinitions, Instance, ResourceKind
from entrepot._io_managers import is_input_manager, is_io_manager
from entrepot._resources import InitResourceContext, MadeResource, Resources, ResourceSource
from entrepot.errors import InvalidError

__all__ = ["bind_resources"]


def bind_resources(definitions: CoreDefinitions, resources: Mapping[str, Any]) -> None:
    """Bind every resource by its key, and what is nested in them.

    What makes resources (definitions by functions, configurable classes) is bound to make one
    for each run; of other objects, I/O and input managers may be used as such.
    """
    binder = _Binder(definitions, resources)
    for key, value in resources.items():
        binder.bind(key, value)


class _Binder:
    def __init__(self, definitions: CoreDefinitions, resources: Mapping[str, Any]) -> None:
        self._definitions = definitions
        #: By identity: an object that is bound and nested, or nested twice, is one resource.
        self._keys: dict[int, str] = {}
        for key, value in resources.items():
            if isinstance(value, ResourceSource):
                self._keys.setdefault(id(value), key)

    def bind(self, key: str, value: Any) -> None:
        if isinstance(value, ResourceSource):
            self._bind_source(key, value)
            return
        if isinstance(value, type) and (
            issubclass(value, ResourceSource) or hasattr(value, "load_input")
        ):
            raise InvalidError(
                f"resource '{key}' is the class {value.__name__}; bind an object of it: "
                f"{value.__name__}(…)"
            )
        self._definitions.bind_object(key, _kind_of(value), value)

    def _bind_source(self, key: str, source: ResourceSource) -> None:
        nested = {
            name: self._key_of(inner, f"{key}.{name}")
            for name, inner in source._nested_resources().items()
        }
        self._definitions.bind_factory(
            key,
            source._resource_kind(),
            _factory(source, nested),
            [*source._required_resource_keys(), *nested.values()],
            source._declared_config(),
        )

    def _key_of(self, source: ResourceSource, inner_key: str) -> str:
        """Return the key of a nested source, bound now if it is bound nowhere else."""
        if id(source) not in self._keys:
            self._keys[id(source)] = inner_key
            self._bind_source(inner_key, source)
        return self._keys[id(source)]


def _kind_of(value: Any) -> ResourceKind:
    if is_io_manager(value):
        return ResourceKind.IO_MANAGER
    return ResourceKind.INPUT_MANAGER if is_input_manager(value) else ResourceKind.OTHER


def _factory(source: ResourceSource, nested: Mapping[str, str]) -> Callable[..., MadeResource]:
    def make(
        key: str, run_id: str, instance: Instance, resources: Resources, log: Any, config: Any
    ) -> MadeResource:
        context = InitResourceContext(
            resource_key=key,
            run_id=run_id,
            resource_config={} if config is None else config,
            instance=instance,
            resources=resources,
            log=log,
        )
        made_of = {name: getattr(resources, nested_key) for name, nested_key in nested.items()}
        with _noted(f"while making resource '{key}'"):
            made = source._make_resource(context, made_of)
        teardown = made.teardown
        if teardown is not None:
            teardown = _noted(f"while tearing down resource '{key}'")(teardown)
        with contextlib.ExitStack() as unless_made:
            if teardown is not None:
                unless_made.callback(teardown)
            _check_made(key, source, made.resource)
            unless_made.pop_all()
        return made._replace(teardown=teardown)

    return make


def _check_made(key: str, source: ResourceSource, made: Any) -> None:
    if source._resource_kind() == ResourceKind.IO_MANAGER and not is_io_manager(made):
        raise InvalidError(
            f"I/O manager '{key}': {source!r} returned a '{type(made).__qualname__}', not an "
            "IOManager"
        )


@contextlib.contextmanager
def _noted(doing: str) -> Iterator[None]:
    """Add what was being done to exceptions, which reach the user as they are."""
    try:
        yield
    except Exception as error:
        error.add_note(doing)
        raise
