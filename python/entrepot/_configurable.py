"""Resources whose fields are a configuration. Imported when a name of it is used.

A nested resource is replaced, in the copy that a run gets, by what it makes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import pydantic

from entrepot._config import DeclaredConfig
from entrepot._config_classes import Config, by_alias
from entrepot._config_models import as_given, schema_of
from entrepot._core import ResourceKind
from entrepot._io_managers import IOManager
from entrepot._partial_resources import PartialResource, kind_of
from entrepot._resources import InitResourceContext, MadeResource, ResourceSource
from entrepot._types import ExpectedClass
from entrepot.errors import InvalidError

__all__ = [
    "ConfigurableIOManager",
    "ConfigurableIOManagerFactory",
    "ConfigurableResource",
    "ConfigurableResourceFactory",
    "ResourceDependency",
]

_T = TypeVar("_T")


class ConfigurableResourceFactory(Config, ResourceSource, Generic[_T]):
    """Fields from which a run makes a resource by `create_resource`.

    A field may be another such object, which is made before and in its place; an `EnvVar` is
    read when the run starts.
    """

    def create_resource(self, context: InitResourceContext) -> _T:
        """Return the resource; `self` is the run's copy."""
        raise NotImplementedError(f"{type(self).__name__} needs create_resource")

    def setup_for_execution(self, context: InitResourceContext) -> Any:
        """Prepare the run's copy; what it returns is ignored."""

    def teardown_after_execution(self, context: InitResourceContext) -> Any:
        """Undo what `setup_for_execution` has done, however the run went."""

    @contextlib.contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Any]:
        """Set up, yield what is to be used, and tear down; override it to do both in one."""
        self.setup_for_execution(context)
        try:
            yield self
        finally:
            self.teardown_after_execution(context)

    @classmethod
    def configure_at_launch(cls, **fields: Any) -> PartialResource:
        """Return the class with some of its fields given; a run's configuration gives the rest."""
        return PartialResource(cls, fields)

    def _resource_kind(self) -> ResourceKind:
        return kind_of(type(self))

    def _declared_config(self) -> DeclaredConfig:
        return DeclaredConfig(schema_of(type(self), self._given)._in_schema(), as_given)

    def _with(self, fields: Mapping[str, Any]) -> Any:
        """Return the resource with these fields given too."""
        made = type(self)(**{**by_alias(type(self), self._given), **fields})
        self._hand_private_attributes_to(made)
        return made

    def _nested_resources(self) -> Mapping[str, ResourceSource]:
        return {
            name: value
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), ResourceSource)
        }

    def _create(self, context: InitResourceContext) -> Any:
        create_io_manager = getattr(self, "create_io_manager", None)
        if create_io_manager is not None:
            return create_io_manager(context)
        return self.create_resource(context)

    def _has_teardown(self) -> bool:
        base = ConfigurableResourceFactory
        return (
            type(self).teardown_after_execution is not base.teardown_after_execution
            or type(self).yield_for_execution is not base.yield_for_execution
        )

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        given: Mapping[str, Any] = context.resource_config
        source = self._with(given) if given else self
        copy = source._copy_for_run(nested, f"resource '{context.resource_key}'")
        with contextlib.ExitStack() as stack:
            lifetime = copy.yield_for_execution(context)
            if not hasattr(lifetime, "__enter__"):
                raise InvalidError(
                    f"{type(self).__name__}.yield_for_execution must be a context manager: "
                    "decorate it with contextlib.contextmanager"
                )
            opened = stack.enter_context(lifetime)
            made = copy._create(context) if opened is copy else opened
            config = {
                name: getattr(copy, name) for name in type(self).model_fields if name not in nested
            }
            if self._has_teardown():
                return MadeResource(made, stack.pop_all().close, config)
        return MadeResource(made, None, config)


class ConfigurableResource(ConfigurableResourceFactory[Any]):
    """A resource whose fields are its configuration: runs use a copy of the object itself.

    With `create_io_manager`, or as an `IOManager` too, it is an I/O manager.

    >>> class Database(ConfigurableResource):
    ...     url: str
    ...     pool_size: int = 4
    >>> Database(url="sqlite:///shop.db")
    Database(url='sqlite:///shop.db', pool_size=4)
    """

    def create_resource(self, context: InitResourceContext) -> Any:
        return self


class ConfigurableIOManagerFactory(ConfigurableResourceFactory[_T]):
    """Fields from which a run makes an I/O manager by `create_io_manager`."""

    def create_io_manager(self, context: InitResourceContext) -> _T:
        """Return the I/O manager; `self` is the run's copy."""
        raise NotImplementedError(f"{type(self).__name__} needs create_io_manager")


class ConfigurableIOManager(ConfigurableIOManagerFactory[Any], IOManager):
    """An I/O manager whose fields are its configuration: runs use a copy of the object."""

    def create_io_manager(self, context: InitResourceContext) -> Any:
        return self


if TYPE_CHECKING:

    class ResourceDependency(Generic[_T]):
        """The type of a field that holds what another resource makes."""

        def __get__(self, owner: Any, owner_class: Any) -> _T: ...
        def __set__(self, owner: Any, value: Any) -> None: ...

else:

    class ResourceDependency:
        """The type of a field that holds what another resource makes.

        `client: ResourceDependency[Client]` takes a `Client`, or anything that may be bound as a
        resource to make one: a definition by a function, a configurable factory.
        """

        def __class_getitem__(cls, made: Any) -> Any:
            expected = ExpectedClass(made)

            def check(value: Any) -> Any:
                if isinstance(value, ResourceSource) or expected.takes(value):
                    return value
                raise ValueError(
                    f"a '{type(value).__qualname__}' is no '{expected.name}', nor a resource that "
                    "makes one"
                )

            return Annotated[Any, ResourceDependency, pydantic.AfterValidator(check)]
