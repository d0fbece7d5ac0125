"""Configuration classes as schemas: what the core checks before pydantic sees a value."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

import pydantic
from pydantic.fields import FieldInfo

from entrepot import _config, _core
from entrepot._config import EnvVar, Field
from entrepot._core import ConfigType
from entrepot._resources import ResourceSource
from entrepot.errors import InvalidError

__all__ = ["as_given", "input_name", "is_secret", "refuse_unknown", "schema_of"]


def schema_of(cls: type[pydantic.BaseModel], given: Mapping[str, Any] | None = None) -> Field:
    """Return the fields that a run may give to an object of the class.

    `given` is what the object has been given already. Fields that hold other resources are
    left out. A type that the core does not know takes anything: pydantic checks it.
    """
    fields = {
        input_name(name, info): _field_of(info, _given_as(name, info, given or {}))
        for name, info in cls.model_fields.items()
        if not _holds_resource(info, _given_as(name, info, given or {}))
    }
    is_permissive = cls.model_config.get("extra") == "allow"
    return Field(
        _config.Permissive(fields) if is_permissive else _config.Shape(fields),
        description=(cls.__doc__ or "").strip().partition("\n")[0],
    )


def as_given(written: Any, resolved: Any, given: list[str] | None) -> dict[str, Any]:
    """Return the fields that were given, as a constructor of the class takes them.

    References to the environment stay, so that the object hides what they stand for.
    """
    return {name: _with_references(written[name], resolved[name]) for name in given or ()}


def _with_references(written: Any, resolved: Any) -> Any:
    if isinstance(written, EnvVar):
        return written
    if isinstance(written, dict):
        if not isinstance(resolved, dict):
            return EnvVar(written["env"])
        return {name: _with_references(value, resolved[name]) for name, value in written.items()}
    if isinstance(written, list) and isinstance(resolved, list):
        return [_with_references(*pair) for pair in zip(written, resolved, strict=True)]
    return resolved


_MISSING = object()


def input_name(name: str, info: FieldInfo) -> str:
    """Return the name by which a constructor takes a field."""
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def _given_as(name: str, info: FieldInfo, given: Mapping[str, Any]) -> Any:
    return given.get(name, given.get(input_name(name, info), _MISSING))


def refuse_unknown(cls: type[pydantic.BaseModel], data: Mapping[str, Any]) -> None:
    """Raise `InvalidError` for what is given to no field."""
    if cls.model_config.get("extra") == "allow":
        return
    known = {*cls.model_fields}
    known.update(input_name(name, field) for name, field in cls.model_fields.items())
    for name in data:
        if name not in known:
            raise InvalidError(
                f"{cls.__name__} has no field '{name}'{_core.did_you_mean(name, sorted(known))}"
            )


def is_secret(info: FieldInfo) -> bool:
    """Whether a field's value is shown nowhere."""
    extra = info.json_schema_extra
    return info.annotation is pydantic.SecretStr or (
        isinstance(extra, dict) and bool(extra.get("is_secret"))
    )


def _holds_resource(info: FieldInfo, given: Any) -> bool:
    if isinstance(given, ResourceSource):
        return True
    if any(getattr(item, "__name__", "") == "ResourceDependency" for item in info.metadata):
        return True
    classes = typing.get_args(info.annotation) or (info.annotation,)
    return any(isinstance(cls, type) and issubclass(cls, ResourceSource) for cls in classes)


def _field_of(info: FieldInfo, given: Any) -> Field:
    config_type = _type_of(info.annotation)
    default = _default_of(info, given)
    if default is not _MISSING:
        try:
            return Field(
                config_type,
                default_value=default,
                description=info.description,
                is_secret=is_secret(info),
            )
        except InvalidError:
            pass  # The class may have defaults that its annotations refuse: not ours to show.
    return Field(
        config_type,
        is_required=info.is_required() and given is _MISSING,
        description=info.description,
        is_secret=is_secret(info),
    )


def _default_of(info: FieldInfo, given: Any) -> Any:
    """Return what holds where a run gives nothing, where it can be told."""
    default = given if given is not _MISSING else info.default
    if isinstance(default, enum.Enum):
        return default.name
    if default is None or isinstance(default, (str, int, float, list, dict)):
        return default
    return _MISSING


_SCALARS: dict[Any, ConfigType] = {
    str: _config.StringSource,
    int: _config.IntSource,
    float: _config.Float,
    bool: _config.BoolSource,
    pydantic.SecretStr: _config.StringSource,
}


def _type_of(annotation: Any) -> ConfigType:
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _config.type_of(annotation)
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        config_type = schema_of(annotation).config_type
        assert config_type is not None
        return config_type
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType) and type(None) in arguments:
        rest = [argument for argument in arguments if argument is not type(None)]
        return _config.Noneable(_type_of(rest[0])) if len(rest) == 1 else _config.Any
    if origin is Literal and all(isinstance(choice, str) for choice in arguments):
        return _config.Enum("choice", [_config.EnumValue(choice) for choice in arguments])
    if origin is list and len(arguments) == 1:
        return _config.Array(_type_of(arguments[0]))
    if origin is dict and len(arguments) == 2 and arguments[0] is str:
        return _config.Map(str, _type_of(arguments[1]))
    return _config.Any
