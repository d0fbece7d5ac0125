"""Configuration and resources as pydantic models. Imported when a name of it is used.

A resource's fields are given when it is constructed. What only a run knows is put in then: an
`EnvVar` is replaced by its variable's value, a nested resource by what it makes. For that the
run gets a copy, whose fields are validated with the real values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, dataclass_transform, get_args

import pydantic
from pydantic_core import core_schema

from entrepot import _core
from entrepot._config import DeclaredConfig, EnvVar, Field
from entrepot._config_models import as_given, schema_of
from entrepot._core import ResourceKind
from entrepot._io_managers import InputManager, IOManager
from entrepot._resources import InitResourceContext, MadeResource, ResourceSource
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(pydantic.BaseModel)

__all__ = [
    "Config",
    "ConfigurableIOManager",
    "ConfigurableIOManagerFactory",
    "ConfigurableResource",
    "ConfigurableResourceFactory",
    "PartialResource",
    "PermissiveConfig",
    "ResourceDependency",
]

_T = TypeVar("_T")
_HIDDEN = "***"

#: In pydantic's validation context: the names of fields whose values are taken as they are.
_AS_THEY_ARE = "entrepot_as_they_are"


@dataclass_transform(kw_only_default=True, frozen_default=True,
                     field_specifiers=(pydantic.Field, Field))
class _ConfigMeta(ModelMetaclass):
    """Lets `entrepot.Field` stand for pydantic's in the body of a class."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        for attribute, value in list(namespace.items()):
            if isinstance(value, Field):
                namespace[attribute] = _pydantic_field(name, attribute, value)
        # Attributes of a base that is no model, such as `extension`, are no fields.
        plain = {
            attribute: namespace.pop(attribute) for attribute in _overridden(bases, namespace)
        }
        made = super().__new__(mcs, name, bases, namespace, **options)
        for attribute, value in plain.items():
            type.__setattr__(made, attribute, value)
        if not made.__pydantic_complete__:
            # Pydantic has looked for names of annotations in this frame; the class is above it.
            made.model_rebuild(raise_errors=False, _parent_namespace_depth=3)
        return made


def _overridden(bases: tuple[type, ...], namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of values in a class's body that override those of plain classes."""
    annotated = namespace.get("__annotations__", {})
    plain = [cls for base in bases for cls in base.__mro__ if not isinstance(cls, ModelMetaclass)]
    return [
        name
        for name, value in namespace.items()
        if not name.startswith("_") and name not in annotated and not callable(value)
        and not isinstance(value, (property, classmethod, staticmethod))
        and any(name in vars(cls) for cls in plain)
    ]


def _pydantic_field(class_name: str, attribute: str, field: Field) -> Any:
    if field.config_type is not None:
        raise InvalidError(
            f"{class_name}.{attribute}: the annotation is the type of a Field in a class; write "
            f"'{attribute}: str = Field(description=…)'"
        )
    options: dict[str, Any] = {"description": field.description}
    if field.is_secret:
        options["json_schema_extra"] = {"is_secret": True}
    if field.default_factory is not None:
        options["default_factory"] = field.default_factory
    elif field.default_provided:
        options["default"] = field.default_value
    return pydantic.Field(**options)


class Config(pydantic.BaseModel, metaclass=_ConfigMeta):
    """Fields of a configuration, validated by pydantic; constant.

    >>> class Report(Config):
    ...     top: int = 10
    >>> Report(top=3)
    Report(top=3)
    """

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        # An input may be a secret.
        hide_input_in_errors=True,
    )

    if TYPE_CHECKING:  # No private attributes of pydantic's: they would take part in ==.
        _given: dict[str, Any]
        #: Names of fields that hold values of the environment.
        _from_environment: frozenset[str]

    def __init__(self, /, **data: Any) -> None:
        _refuse_unknown(type(self), data)
        try:
            super().__init__(**data)
        except pydantic.ValidationError as error:
            # Not from pydantic's error, which is about the same fields again.
            raise InvalidError(
                _faults(type(self).__name__, error, _secret_fields(type(self)))
            ) from None
        object.__setattr__(self, "_given", data)
        object.__setattr__(self, "_from_environment", frozenset())

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise InvalidError(
                f"a {type(self).__name__} is constant: '{name}' cannot be assigned; what changes "
                f"goes into an attribute with an underscore, such as '_{name}'"
            )
        super().__setattr__(name, value)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: pydantic.GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Let each field take what only a run can validate."""
        schema = handler(source)
        inner: Any = schema
        while "schema" in inner and inner["type"] != "model-fields":
            inner = inner["schema"]
        for field in inner.get("fields", {}).values():
            # Within the default, which pydantic looks for outermost.
            place = field["schema"] if field["schema"]["type"] == "default" else field
            if place["schema"].get("function", {}).get("function") is not _validate_now_or_later:
                place["schema"] = core_schema.with_info_wrap_validator_function(
                    _validate_now_or_later, place["schema"]
                )
        return schema

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        hidden = _secret_fields(type(self)) | self._from_environment
        for name, field in type(self).model_fields.items():
            if field.repr:
                yield name, _HIDDEN if name in hidden else getattr(self, name)

    def _values(self) -> dict[str, Any]:
        """Return the fields: as they were given, else their defaults."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        taken = {*values, *(self.__pydantic_extra__ or {})}
        return values | {name: value for name, value in self._given.items() if name in taken}

    def _copy_for_run(self, replaced: Mapping[str, Any], owner: str) -> Any:
        """Return a copy with these fields replaced and the environment read.

        Raises `InvalidError` that tells all variables that are not set, or do not fit.
        """
        cls = type(self)
        values = self._values()
        missing: list[str] = []
        read = frozenset(
            name for name, value in values.items() if name not in replaced and _waits(value)
        )
        for name in read:
            values[name] = _read(values[name], f"{owner}: {name}", missing)
        if missing:
            raise InvalidError("\n".join(sorted(missing)))
        # Defaults are not validated, given values are.
        kept = set(values) - set(self._given) - read
        by_input = _by_alias(cls, values | dict(replaced))
        made = cls.__new__(cls)
        try:
            cls.__pydantic_validator__.validate_python(
                by_input, self_instance=made, context={_AS_THEY_ARE: kept | set(replaced)}
            )
        except pydantic.ValidationError as error:
            raise InvalidError(_faults(owner, error, read | _secret_fields(cls))) from None
        for name, value in self.__dict__.items():
            if name.startswith("_") and name not in made.__dict__:
                object.__setattr__(made, name, value)
        object.__setattr__(made, "_given", by_input)
        object.__setattr__(made, "_from_environment", read | self._from_environment)
        return made


def declared_config_of(cls: type[Config]) -> DeclaredConfig:
    """Return the configuration of a step whose function takes an object of the class."""

    def read(written: Any, resolved: Any, given: list[str] | None) -> Config:
        values = as_given(written, resolved, given)
        made = cls(**values)
        return made._copy_for_run({}, cls.__name__) if _waits(values) else made

    return DeclaredConfig(schema_of(cls)._in_schema(), read)


class PermissiveConfig(Config):
    """A configuration that takes any other fields too."""

    model_config = pydantic.ConfigDict(extra="allow")


def _validate_now_or_later(
    value: Any, handler: pydantic.ValidatorFunctionWrapHandler, info: pydantic.ValidationInfo
) -> Any:
    if info.context is not None and info.field_name in info.context.get(_AS_THEY_ARE, ()):
        return value
    if isinstance(value, PartialResource):
        if value.complete is not None:
            handler(value.complete)
        return value
    return value if _waits(value) else handler(value)


def _waits(value: Any) -> bool:
    """Whether a value refers to the environment, itself or within."""
    if isinstance(value, Mapping):
        return any(map(_waits, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(_waits, value))
    if isinstance(value, Config) and not isinstance(value, ResourceSource):
        return any(map(_waits, value._values().values()))
    return isinstance(value, EnvVar)


def _read(value: Any, place: str, missing: list[str]) -> Any:
    """Replace references to the environment; those that are not set are told in `missing`."""
    if isinstance(value, EnvVar):
        text = value.get_value()
        if text is None:
            missing.append(f"{place}: environment variable '{value.env_var_name}' is not set")
        return text
    if isinstance(value, Config) and _waits(value):
        return value._copy_for_run({}, place)
    if isinstance(value, Mapping):
        return {key: _read(inner, f"{place}.{key}", missing) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)([_read(inner, place, missing) for inner in value])
    return value


def _by_alias(cls: type[Config], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under the names by which the constructor takes them."""
    names = {name: _input_name(name, field) for name, field in cls.model_fields.items()}
    return {names.get(name, name): value for name, value in values.items()}


def _input_name(name: str, field: pydantic.fields.FieldInfo) -> str:
    alias = field.validation_alias or field.alias
    return alias if isinstance(alias, str) else name


def _refuse_unknown(cls: type[Config], data: Mapping[str, Any]) -> None:
    if cls.model_config.get("extra") == "allow":
        return
    known = {*cls.model_fields}
    known.update(_input_name(name, field) for name, field in cls.model_fields.items())
    for name in data:
        if name not in known:
            raise InvalidError(
                f"{cls.__name__} has no field '{name}'{_core.did_you_mean(name, sorted(known))}"
            )


def _secret_fields(cls: type[Config]) -> frozenset[str]:
    """Return the names of fields that are declared with `is_secret`."""
    return frozenset(
        name
        for name, field in cls.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("is_secret")
    )


def _faults(owner: str, error: pydantic.ValidationError, secret: frozenset[str]) -> str:
    """Return a line for each fault, without the values given."""
    lines = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(map(str, fault["loc"]))
        says = fault["msg"]
        # Pydantic's own messages hold no values, but what a validator raises may.
        is_secret = not secret.isdisjoint(fault["loc"][:1] or secret)
        if is_secret and fault["type"] not in _PYDANTIC_FAULTS:
            says = "its validator refuses it"
        lines.append(f"{owner}: {path}: {says}" if path else f"{owner}: {says}")
    return "\n".join(lines)


_PYDANTIC_FAULTS = frozenset(get_args(core_schema.ErrorType)) - {"value_error", "assertion_error"}


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
        return _kind_of(type(self))

    def _declared_config(self) -> DeclaredConfig:
        return DeclaredConfig(schema_of(type(self), self._given)._in_schema(), as_given)

    def _with(self, fields: Mapping[str, Any]) -> Any:
        """Return the resource with these fields given too."""
        made = type(self)(**{**_by_alias(type(self), self._given), **fields})
        for name, value in self.__dict__.items():
            if name.startswith("_") and name not in made.__dict__:
                object.__setattr__(made, name, value)
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


def _kind_of(cls: type[ConfigurableResourceFactory[Any]]) -> ResourceKind:
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
        _refuse_unknown(resource_class, fields)
        self.resource_class = resource_class
        self._fields = dict(fields)
        #: The resource; None where fields are missing.
        self.complete = None if self._missing() else resource_class(**self._fields)

    def _missing(self) -> list[str]:
        fields = self.resource_class.model_fields
        return [
            name
            for name, field in fields.items()
            if field.is_required() and {name, _input_name(name, field)}.isdisjoint(self._fields)
        ]

    def _resource_kind(self) -> ResourceKind:
        return _kind_of(self.resource_class)

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
            return Annotated[Any, ResourceDependency]
