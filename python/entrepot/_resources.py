"""Resources: what functions and managers use by key, and what makes them for a run."""

from __future__ import annotations

import contextlib
import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self, overload

from entrepot import _core
from entrepot._config import DeclaredConfig, Field, field_of
from entrepot._core import Instance, ResourceKind
from entrepot._signatures import resource_keys
from entrepot.errors import ContextAttributeError, InvalidError

__all__ = [
    "InitResourceContext",
    "MadeResource",
    "ResourceDefinition",
    "ResourceSource",
    "Resources",
    "build_init_resource_context",
    "number_of_parameters",
    "resource",
]


class Resources:
    """Every bound resource by its key: `context.resources.database`."""

    def __init__(
        self,
        by_key: dict[str, Any],
        others: Sequence[str] = (),
        make_other: Callable[[str], Any] | None = None,
    ) -> None:
        self._by_key = by_key
        #: Keys of those that `make_other` makes when they are asked for.
        self._others = others
        self._make_other = make_other

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        if key in self._by_key:
            return self._by_key[key]
        if self._make_other and key in self._others:
            return self._make_other(key)
        raise ContextAttributeError(self._missing(key))

    def _missing(self, key: str) -> str:
        if not dir(self):
            return f"there is no resource '{key}': none is bound"
        return f"there is no resource '{key}'{_core.did_you_mean(key, dir(self))}"

    def __dir__(self) -> list[str]:
        # What is nested in a resource has a dot in its key, and is that resource's alone.
        return sorted(key for key in {*self._by_key, *self._others} if "." not in key)


def _log_outside_of_runs() -> Any:
    import logging

    return logging.getLogger("entrepot")


@dataclass(frozen=True, kw_only=True)
class InitResourceContext:
    """What a resource is told of the run it is made for."""

    resource_key: str | None = None
    #: Empty outside of a run.
    run_id: str = ""
    #: The configuration, with defaults filled in and the environment's values.
    resource_config: Any = field(default_factory=dict, repr=False)
    #: Those that the resource requires.
    resources: Resources = field(default_factory=lambda: Resources({}), repr=False)
    instance: Instance | None = None
    #: Has debug, info, warning and error.
    log: Any = field(default_factory=_log_outside_of_runs, repr=False)


def build_init_resource_context(
    config: Any = None,
    resources: Mapping[str, Any] | None = None,
    instance: Instance | None = None,
) -> InitResourceContext:
    """Make the context of a resource, to call its function without a run.

    `resources` are the objects themselves, not what makes them.
    """
    for key, value in (resources or {}).items():
        if isinstance(value, ResourceSource):
            raise InvalidError(
                f"resource '{key}' is a {type(value).__name__}; give the object that it makes"
            )
    return InitResourceContext(
        resource_config={} if config is None else config,
        resources=Resources(dict(resources or {})),
        instance=instance,
    )


class MadeResource(NamedTuple):
    """A resource of one run."""

    resource: Any
    #: Called once, when the run is over.
    teardown: Callable[[], object] | None = None
    #: What contexts have as `resource_config`.
    config: Any = None


class ResourceSource:
    """What may be bound to a key to make a resource for each run.

    Not an abstract class: pydantic's models are sources too.
    """

    def _resource_kind(self) -> ResourceKind:
        """Return what the resource may be used as."""
        return ResourceKind.OTHER

    def _required_resource_keys(self) -> Iterable[str]:
        """Return the keys of the resources that are made before this one."""
        return ()

    def _nested_resources(self) -> Mapping[str, ResourceSource]:
        """Return the sources within this one, by the name that `_make_resource` expects."""
        return {}

    def _declared_config(self) -> DeclaredConfig | None:
        """Return the configuration that a run may give.

        `_make_resource` finds what was made of it in its context.
        """
        return None

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        """Make the resource of a run, given what was made of the nested ones."""
        raise NotImplementedError


class ResourceDefinition(ResourceSource):
    """A function that makes a resource for each run.

    It takes nothing, or an `InitResourceContext`. What a generator function does after its
    `yield` is the teardown.
    """

    def __init__(
        self,
        resource_fn: Callable[..., Any],
        config_schema: Any = None,
        description: str | None = None,
        required_resource_keys: Iterable[str] | None = None,
    ) -> None:
        self.resource_fn = resource_fn
        self.config_schema: Field = field_of(config_schema)
        self.description = description or inspect.getdoc(resource_fn) or ""
        self.required_resource_keys = frozenset(
            resource_keys(required_resource_keys, "a resource")
        )
        self._takes_context = number_of_parameters(resource_fn, "a resource function") == 1
        #: What `configured` has given, in a list: None may be a configuration.
        self._given: list[Any] = []
        #: What turns a configuration of this schema into one of another definition.
        self._inner: tuple[ResourceDefinition, Callable[[Any], Any]] | None = None

    @staticmethod
    def hardcoded_resource(value: Any, description: str | None = None) -> ResourceDefinition:
        """Return a definition whose resource is always `value`."""
        return ResourceDefinition(lambda: value, description=description)

    @property
    def _name(self) -> str:
        return getattr(self.resource_fn, "__name__", "the resource")

    def configured(
        self,
        config: Mapping[str, Any] | Callable[[Any], Any] | Any,
        config_schema: Any = None,
        description: str | None = None,
    ) -> Self:
        """Return this definition with its configuration given.

        A function makes it, when a run starts, from a configuration of `config_schema`. Raises
        `InvalidError` for an unknown field, a missing one or a wrong value.
        """
        if self._given:
            raise InvalidError(f"'{self._name}' is configured already")
        clone = copy.copy(self)
        clone.description = description or self.description
        if callable(config):
            clone.config_schema = field_of(config_schema)
            clone._inner = (self, config)
        elif config_schema is not None:
            raise InvalidError("a config_schema goes with a function that makes a configuration")
        else:
            clone._given = [self._validated([config], self._name)]
        return clone

    def _validated(self, given: list[Any], owner: str) -> Any:
        """Return a configuration, checked and with its defaults; `given` may be empty."""
        return self.config_schema.validate(*given, owner=owner)

    def _resolved(self, validated: Any, owner: str) -> Any:
        """Return the configuration as the function gets it."""
        return self._as_used(self.config_schema.resolve(validated, owner=owner), owner)

    def _as_used(self, config: Any, owner: str) -> Any:
        """Return what the function gets where the configuration of its schema is `config`."""
        if self._inner is None:
            return {} if config is None else config
        definition, make_config = self._inner
        return definition._resolved(definition._validated([make_config(config)], owner), owner)

    def _declared_config(self) -> DeclaredConfig | None:
        return None if self._given else DeclaredConfig.of(self.config_schema)

    def _config_of_run(self, context: InitResourceContext, owner: str) -> Any:
        if self._given:
            return self._resolved(self._given[0], owner)
        return self._as_used(context.resource_config, owner)

    def _required_resource_keys(self) -> Iterable[str]:
        return sorted(self.required_resource_keys)

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        config = self._config_of_run(context, f"resource '{context.resource_key}'")
        context = replace(context, resource_config=config)
        arguments = [context] if self._takes_context else []
        if inspect.isgeneratorfunction(self.resource_fn):
            made: Any = contextlib.contextmanager(self.resource_fn)(*arguments)
        else:
            made = self.resource_fn(*arguments)
        if not isinstance(made, contextlib.ContextDecorator):
            return MadeResource(made, None, config)
        # Of a generator function, or of one that contextlib.contextmanager decorates.
        entered: Any = made
        return MadeResource(
            entered.__enter__(), lambda: entered.__exit__(None, None, None), config
        )

    def __call__(self, *arguments: Any) -> Any:
        """Call the function, for tests of it."""
        return self.resource_fn(*arguments)

    def __repr__(self) -> str:
        shown = f" {self.config_schema.redacted(self._given[0])}" if self._given else ""
        return f"<{type(self).__name__} {self._name}{shown}>"


def number_of_parameters(function: Callable[..., Any], what: str) -> int:
    """Return how many positional arguments a function wants: 0 or 1."""
    positional = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    if sum(p.default is p.empty and p.kind != p.VAR_POSITIONAL for p in positional) > 1:
        raise InvalidError(
            f"{what} takes no argument or a context; "
            f"{getattr(function, '__name__', 'this one')} wants {inspect.signature(function)}"
        )
    return min(len(positional), 1)


@overload
def resource(resource_fn: Callable[..., Any], /) -> ResourceDefinition: ...


@overload
def resource(
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Callable[[Callable[..., Any]], ResourceDefinition]: ...


def resource(
    resource_fn: Callable[..., Any] | None = None,
    /,
    *,
    config_schema: Any = None,
    description: str | None = None,
    required_resource_keys: Iterable[str] | None = None,
) -> ResourceDefinition | Callable[[Callable[..., Any]], ResourceDefinition]:
    """Declare that a function makes a resource, once per run. Use it bare or called.

    >>> from entrepot import resource
    >>> @resource(config_schema={"base_dir": str})
    ... def folder(context):
    ...     return context.resource_config["base_dir"]
    >>> folder.configured({"base_dir": "/data"})
    <ResourceDefinition folder {'base_dir': '/data'}>
    """

    def decorate(fn: Callable[..., Any]) -> ResourceDefinition:
        return ResourceDefinition(fn, config_schema, description, required_resource_keys)

    return decorate if resource_fn is None else decorate(resource_fn)
