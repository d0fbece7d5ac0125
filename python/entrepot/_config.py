"""Configuration by schemas: types, fields, and references to environment variables.

A schema says what a configuration may be. Each function here that is named like a type
returns one; Python's own types and containers are a shorthand for them:

| shorthand | type |
|---|---|
| `str`, `int`, `float`, `bool`, `typing.Any` | `String`, `Int`, `Float`, `Bool`, `Any` |
| `{"name": T, …}` | `Shape({"name": T, …})`; a bare `T` is a required field |
| `[T]`, `list[T]`, `list` | `Array(T)`; without an element type, `Array(Any)` |
| `{str: T}`, `dict[str, T]`, `dict` | `Map(str, T)`; without types, `Permissive()` |
| a subclass of `enum.Enum` | `Enum` of its members, by their names |

All rules (what fits a type, defaults, messages) are the core's.
"""

from __future__ import annotations

import enum
import os
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from entrepot._core import ConfigField, ConfigType
from entrepot.errors import InvalidError

__all__ = [
    "Any",
    "Array",
    "Bool",
    "BoolSource",
    "ConfigType",
    "DeclaredConfig",
    "Enum",
    "EnumValue",
    "EnvVar",
    "Field",
    "Float",
    "Int",
    "IntSource",
    "Map",
    "Noneable",
    "Permissive",
    "ScalarUnion",
    "Selector",
    "Shape",
    "String",
    "StringSource",
    "field_of",
    "type_of",
]

#: Text.
String = ConfigType.scalar(ConfigType.Scalar.TEXT)
#: An integer of 64 bits; never a bool.
Int = ConfigType.scalar(ConfigType.Scalar.INT)
#: A number; an integer becomes one.
Float = ConfigType.scalar(ConfigType.Scalar.FLOAT)
#: True or False.
Bool = ConfigType.scalar(ConfigType.Scalar.BOOL)
#: Whatever is given, unchanged; objects that only Python knows included.
Any = ConfigType.any()
#: Text, or `{"env": NAME}`.
StringSource = ConfigType.source(ConfigType.Scalar.TEXT)
#: An integer, or `{"env": NAME}`.
IntSource = ConfigType.source(ConfigType.Scalar.INT)
#: True or False, or `{"env": NAME}`.
BoolSource = ConfigType.source(ConfigType.Scalar.BOOL)


class EnvVar(str):
    """A reference to an environment variable, read when a run starts.

    It may stand wherever a configuration takes a scalar, and anywhere below `Any`. The
    variable's value is never shown: `repr` tells the name, and using the reference as text
    (`str`, an f-string) is an error, since it would be the wrong text. `get_value` reads it
    in code.

    >>> EnvVar("DATABASE_PASSWORD")
    EnvVar('DATABASE_PASSWORD')
    """

    __slots__ = ()

    def __new__(cls, name: str) -> EnvVar:
        if not isinstance(name, str) or not str.__len__(name):
            raise InvalidError("an EnvVar needs the name of an environment variable")
        return super().__new__(cls, name)

    @classmethod
    def int(cls, name: str) -> typing.Any:
        """Refer to a variable that holds an integer; type checkers take it for one."""
        return _IntEnvVar(name)

    @property
    def env_var_name(self) -> str:
        """The variable's name."""
        return str.__str__(self)

    def get_value(self, default: typing.Any = None) -> typing.Any:
        """Return the variable's value now, or `default` where it is not set."""
        return os.environ.get(self.env_var_name, default)

    def __repr__(self) -> str:
        return f"EnvVar({str.__repr__(self)})"

    def __str__(self) -> str:
        raise InvalidError(
            f"{self!r} is read when a run starts; in code, ask for {self!r}.get_value()"
        )

    def __format__(self, format_spec: str) -> str:
        return str(self)


class _IntEnvVar(EnvVar):
    """A reference to a variable that holds an integer."""

    __slots__ = ()

    def get_value(self, default: typing.Any = None) -> typing.Any:
        text = os.environ.get(self.env_var_name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise InvalidError(
                f"environment variable '{self.env_var_name}' must hold an integer"
            ) from None


_NOT_GIVEN: typing.Any = object()


class Field:
    """A place for a value in a configuration, or in a class of fields.

    In a schema, `config` is its type, and everything else is optional:

    >>> Field(String, description="S3 bucket name").is_required
    True
    >>> Field(int, default_value=3).is_required
    False

    As an attribute of a configuration class the annotation is its type, so `config` is left
    out: `size: int = Field(default=3, description="Rows.")`, `Field(default_factory=dict)`.
    `default_value` is another name of `default` there.
    """

    def __init__(
        self,
        config: typing.Any = _NOT_GIVEN,
        *,
        default_value: typing.Any = _NOT_GIVEN,
        is_required: bool | None = None,
        description: str | None = None,
        is_secret: bool = False,
        default: typing.Any = _NOT_GIVEN,
        default_factory: Callable[[], typing.Any] | None = None,
    ) -> None:
        self.description = description
        self.is_secret = is_secret
        self.default_factory = default_factory
        #: None for an attribute of a class.
        self.config_type: ConfigType | None = None
        self._core: ConfigField | None = None
        self._default: list[typing.Any] = [
            value for value in (default_value, default) if value is not _NOT_GIVEN
        ]
        if len(self._default) + (default_factory is not None) > 1:
            raise InvalidError(
                "a Field has one default: default_value, default or default_factory"
            )
        if config is _NOT_GIVEN:
            self._is_required = not self.default_provided if is_required is None else is_required
        elif default is not _NOT_GIVEN or default_factory is not None:
            raise InvalidError("a Field with a type has its default in default_value")
        else:
            self.config_type = type_of(config)
            core = ConfigField.make(
                self.config_type, description or "", is_required, is_secret, self._default
            )
            self._core = core
            self._default = core.default_value
            self._is_required = core.is_required

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return self._is_required

    @property
    def default_provided(self) -> bool:
        """Whether there is a default: given, made by a factory, or implied by the type."""
        return bool(self._default) or self.default_factory is not None

    @property
    def default_value(self) -> typing.Any:
        """The default; a factory makes a new one each time. An error where there is none."""
        if self.default_factory is not None:
            return self.default_factory()
        if not self._default:
            raise InvalidError(f"{self!r} has no default")
        return self._default[0]

    def validate(self, value: typing.Any = _NOT_GIVEN, *, owner: str) -> typing.Any:
        """Check a configuration; return it with defaults filled in.

        References to the environment stay references. `owner` is what the configuration is
        of, for the message. Raises `InvalidError` that tells all faults, a line each.
        """
        return self._in_schema().validate(owner, [] if value is _NOT_GIVEN else [value])

    def resolve(
        self,
        validated: typing.Any,
        *,
        owner: str,
        environment: Callable[[str], str | None] | None = None,
    ) -> typing.Any:
        """Return a validated configuration as a program uses it.

        References become the variables' values, names of an `Enum` what they stand for.
        Raises `InvalidError` that tells all variables that are not set or do not fit.
        """
        return self._in_schema().resolve(owner, validated, environment or os.environ.get)

    def redacted(self, validated: typing.Any) -> typing.Any:
        """Return a validated, not resolved configuration as logs may show it."""
        return self._in_schema().redacted(validated)

    def _in_schema(self) -> ConfigField:
        if self._core is None:
            raise InvalidError(
                "a Field in a schema needs a type, for example Field(String, description=…)"
            )
        return self._core

    def __repr__(self) -> str:
        parts = [] if self.config_type is None else [repr(self.config_type)]
        if self._default:
            shown = "'***'" if self.is_secret else self._shown_default()
            parts.append(f"default={shown}")
        if self.is_secret:
            parts.append("is_secret=True")
        return f"Field({', '.join(parts)})"

    def _shown_default(self) -> str:
        """Return the default without the secrets that may be within it."""
        default = self._default[0]
        return repr(default if self._core is None else self._core.redacted(default))


class DeclaredConfig(typing.NamedTuple):
    """The configuration that a step or a resource takes, as the core asks for it."""

    field: ConfigField
    #: Called with the configuration as it was written (with references to the environment)
    #: and as it is used, and the names of the fields that somebody gave, None where nobody
    #: gave any. Without it the configuration is what is used.
    read: Callable[[typing.Any, typing.Any, list[str] | None], typing.Any] | None = None
    #: What holds unless a run says otherwise, over the defaults: in a list that may be empty.
    given: typing.Sequence[typing.Any] = ()

    @staticmethod
    def of(config_schema: typing.Any) -> DeclaredConfig:
        """Return what a `config_schema` argument means."""
        return DeclaredConfig(field_of(config_schema)._in_schema())

    def made_by(
        self, make: Callable[[typing.Any], typing.Any], config_schema: typing.Any, owner: str
    ) -> DeclaredConfig:
        """Return a configuration of `config_schema`, of which `make` makes this one."""
        if self.given:
            raise InvalidError(f"{owner} is configured already")

        def read(written: typing.Any, used: typing.Any, names: list[str] | None) -> typing.Any:
            made = make(used)
            validated = self.field.validate(owner, [made])
            resolved = self.field.resolve(owner, validated, os.environ.get)
            if self.read is None:
                return resolved
            return self.read(validated, resolved, list(made) if isinstance(made, dict) else None)

        return DeclaredConfig(field_of(config_schema)._in_schema(), read)


def field_of(config_schema: typing.Any) -> Field:
    """Return the field that a `config_schema` argument means; None takes anything."""
    if isinstance(config_schema, Field):
        config_schema._in_schema()
        return config_schema
    if config_schema is None:
        return Field(Any, is_required=False)
    return Field(config_schema)


def type_of(spec: typing.Any) -> ConfigType:
    """Return the type that a schema or its shorthand means."""
    if isinstance(spec, ConfigType):
        return spec
    if isinstance(spec, Mapping):
        return _type_of_mapping(spec)
    if isinstance(spec, list):
        return _type_of_list(spec)
    if isinstance(spec, type) and issubclass(spec, enum.Enum):
        return Enum(spec.__name__, [EnumValue(member.name, member) for member in spec])
    if typing.get_origin(spec) is not None:
        return _type_of_generic(spec)
    for shorthand, config_type in _shorthands():
        if spec is shorthand:
            return config_type
    if isinstance(spec, Field):
        raise InvalidError(f"{spec!r} is a field; a type belongs here")
    raise InvalidError(
        f"{spec!r} is no type of configuration; use String, Int, Float, Bool, Array, Map, "
        "Shape, …, a Python type, a dict of fields or a list of one type"
    )


def _shorthands() -> list[tuple[typing.Any, ConfigType]]:
    return [
        (str, String),
        (int, Int),
        (float, Float),
        (bool, Bool),
        (typing.Any, Any),
        (dict, Permissive()),
        (list, Array(Any)),
        (Permissive, Permissive()),
    ]


def _type_of_mapping(spec: Mapping[typing.Any, typing.Any]) -> ConfigType:
    if all(isinstance(name, str) for name in spec):
        return Shape(spec)
    if len(spec) != 1:
        raise InvalidError(
            "a dict in a schema names fields, or is {str: T} for a Map; it has the keys "
            f"{list(spec)}"
        )
    [(key_type, value_type)] = spec.items()
    return Map(key_type, value_type)


def _type_of_list(spec: list[typing.Any]) -> ConfigType:
    if len(spec) != 1:
        raise InvalidError(
            "a list in a schema holds the one type of its elements, like [int]; this has "
            f"{len(spec)}"
        )
    return Array(spec[0])


def _type_of_generic(spec: typing.Any) -> ConfigType:
    origin, arguments = typing.get_origin(spec), typing.get_args(spec)
    if origin in (typing.Union, types.UnionType) and type(None) in arguments:
        raise InvalidError(
            f"{spec} is no type of configuration: a value that may be None is Noneable(T), a "
            "field that may be left out is Field(T, is_required=False)"
        )
    if origin is list and len(arguments) == 1:
        return Array(arguments[0])
    if origin is dict and len(arguments) == 2:
        return Map(*arguments)
    raise InvalidError(f"{spec} is no type of configuration")


def _named_fields(
    fields: Mapping[str, typing.Any] | None,
) -> list[tuple[str, ConfigField]]:
    return [(name, field_of(spec)._in_schema()) for name, spec in (fields or {}).items()]


def Array(inner_type: typing.Any) -> ConfigType:
    """Make the type of lists whose elements are of one type."""
    return ConfigType.array(type_of(inner_type))


def Map(key_type: typing.Any, inner_type: typing.Any) -> ConfigType:
    """Make the type of dicts of any text keys, whose values are of one type."""
    if key_type is not str and key_type is not String:
        raise InvalidError(
            f"the keys of a Map are str, since files know no others; not {key_type!r}"
        )
    return ConfigType.map(type_of(inner_type))


def Shape(fields: Mapping[str, typing.Any]) -> ConfigType:
    """Make the type of dicts with these fields and no others."""
    return ConfigType.shape(_named_fields(fields))


def Permissive(fields: Mapping[str, typing.Any] | None = None) -> ConfigType:
    """Make the type of dicts with these fields and any others, which are not checked."""
    return ConfigType.permissive(_named_fields(fields))


def Selector(fields: Mapping[str, typing.Any]) -> ConfigType:
    """Make the type of dicts with exactly one of these fields."""
    return ConfigType.selector(_named_fields(fields))


def Noneable(inner_type: typing.Any) -> ConfigType:
    """Make a type that also takes None; None is then the default of a field."""
    return ConfigType.noneable(type_of(inner_type))


def ScalarUnion(scalar_type: typing.Any, non_scalar_schema: typing.Any) -> ConfigType:
    """Make a type that takes a scalar, or a list or dict of another schema."""
    return ConfigType.scalar_union(type_of(scalar_type), type_of(non_scalar_schema))


@dataclass(frozen=True)
class EnumValue:
    """One value of an `Enum`: its name in configurations, and what a program gets for it."""

    config_value: str
    python_value: typing.Any = _NOT_GIVEN
    description: str | None = None

    def __post_init__(self) -> None:
        if self.python_value is _NOT_GIVEN:
            object.__setattr__(self, "python_value", self.config_value)


def Enum(name: str, enum_values: Sequence[EnumValue]) -> ConfigType:
    """Make the type of a closed set of names."""
    for value in enum_values:
        if not isinstance(value, EnumValue):
            raise InvalidError(f"an Enum is made of EnumValue: EnumValue({value!r})")
    return ConfigType.enumeration(
        name,
        [
            (value.config_value, value.python_value, value.description or "")
            for value in enum_values
        ],
    )
