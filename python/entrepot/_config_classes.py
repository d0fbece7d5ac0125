"""Configuration as pydantic models. Imported when a name of it is used.

Fields are given when an object is constructed. What only a run knows is put in then: an `EnvVar`
is replaced by its variable's value. For that the run gets a copy, whose fields are validated with
the real values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, dataclass_transform, get_args

import pydantic
from pydantic_core import core_schema

from entrepot._config import DeclaredConfig, EnvVar, Field
from entrepot._config_models import as_given, input_name, is_secret, refuse_unknown, schema_of
from entrepot._partial_resources import PartialResource
from entrepot._resources import ResourceSource
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(pydantic.BaseModel)

__all__ = ["Config", "PermissiveConfig", "by_alias", "declared_config_of"]

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
        refuse_unknown(type(self), data)
        try:
            super().__init__(**data)
        except pydantic.ValidationError as error:
            # Not from pydantic's error, which is about the same fields again.
            cls = type(self)
            raise InvalidError(_faults(cls.__name__, cls, error, _secret_fields(cls))) from None
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
        by_input = by_alias(cls, values | dict(replaced))
        made = cls.__new__(cls)
        try:
            cls.__pydantic_validator__.validate_python(
                by_input, self_instance=made, context={_AS_THEY_ARE: kept | set(replaced)}
            )
        except pydantic.ValidationError as error:
            raise InvalidError(_faults(owner, cls, error, read | _secret_fields(cls))) from None
        self._hand_private_attributes_to(made)
        object.__setattr__(made, "_given", by_input)
        object.__setattr__(made, "_from_environment", read | self._from_environment)
        return made


    def _hand_private_attributes_to(self, made: Config) -> None:
        """Give another object of the class what code has kept in this one, such as a cache."""
        for name, value in self.__dict__.items():
            if name.startswith("_") and name not in made.__dict__:
                object.__setattr__(made, name, value)


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


def by_alias(cls: type[Config], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under the names by which the constructor takes them."""
    names = {name: input_name(name, field) for name, field in cls.model_fields.items()}
    return {names.get(name, name): value for name, value in values.items()}


def _secret_fields(cls: type[Config]) -> frozenset[str]:
    return frozenset(name for name, field in cls.model_fields.items() if is_secret(field))


def _faults(
    owner: str, cls: type[Config], error: pydantic.ValidationError, hidden: frozenset[str]
) -> str:
    """Return a line for each fault, without the values given to fields that are `hidden`."""
    lines = []
    names = {input_name(name, field): name for name, field in cls.model_fields.items()}
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(map(str, fault["loc"]))
        says = fault["msg"]
        fields = {names.get(str(part), part) for part in fault["loc"][:1]}
        # Pydantic's own messages hold no values, but what a validator raises may.
        is_hidden = not hidden.isdisjoint(fields or hidden)
        if is_hidden and fault["type"] not in _PYDANTIC_FAULTS:
            says = "its validator refuses it"
        lines.append(f"{owner}: {path}: {says}" if path else f"{owner}: {says}")
    return "\n".join(lines)


_PYDANTIC_FAULTS = frozenset(get_args(core_schema.ErrorType)) - {"value_error", "assertion_error"}
