"""Classes of resources whose fields a run gives (`configure_at_launch`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entrepot._config import DeclaredConfig
from entrepot._config_models import as_given, input_name, refuse_unknown, schema_of
from entrepot._core import ResourceKind
from entrepot._io_managers import InputManager, IOManager
from entrepot._resources import InitResourceContext, MadeResource, ResourceSource

if TYPE_CHECKING:
    from entrepot._configurable import ConfigurableResourceFactory

__all__ = ["PartialResource", "kind_of"]


def kind_of(cls: type[ConfigurableResourceFactory[Any]]) -> ResourceKind:
    """Return what resources of a class may be used as."""
    if hasattr(cls, "create_io_manager") or issubclass(cls, IOManager):
        return ResourceKind.IO_MANAGER
    is_input = issubclass(cls, InputManager)
    return ResourceKind.INPUT_MANAGER if is_input else ResourceKind.OTHER


class PartialResource(ResourceSource):
    """A class of resources with some of its fields given (`configure_at_launch`).

    A run's configuration gives the others. As a nested resource it is configured as
    "<key>.<field>" of the resource it is in, unless it is bound to a key of its own.
    """

    def __init__(
        self, resource_class: type[ConfigurableResourceFactory[Any]], fields: Mapping[str, Any]
    ) -> None:
        refuse_unknown(resource_class, fields)
        self.resource_class = resource_class
        self._fields = dict(fields)
        #: The resource; None where fields are missing.
        self.complete = None if self._missing() else resource_class(**self._fields)

    def _missing(self) -> list[str]:
        fields = self.resource_class.model_fields
        return [
            name
            for name, field in fields.items()
            if field.is_required() and {name, input_name(name, field)}.isdisjoint(self._fields)
        ]

    def _resource_kind(self) -> ResourceKind:
        return kind_of(self.resource_class)

    def _declared_config(self) -> DeclaredConfig:
        return DeclaredConfig(schema_of(self.resource_class, self._fields)._in_schema(), as_given)

    def _nested_resources(self) -> Mapping[str, ResourceSource]:
        if self.complete is not None:
            return self.complete._nested_resources()
        return {
            name: value for name, value in self._fields.items()
            if isinstance(value, ResourceSource)
        }

    def _make_resource(
        self, context: InitResourceContext, nested: Mapping[str, Any]
    ) -> MadeResource:
        source = self.resource_class(**{**self._fields, **context.resource_config})
        return source._make_resource(replace(context, resource_config={}), nested)

    def __repr__(self) -> str:
        return f"<{self.resource_class.__name__} with {sorted(self._fields)}>"
