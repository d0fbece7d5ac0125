"""What is known of the type of an input or output."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

__all__ = ["ANY_TYPE", "DagsterType", "ExpectedClass", "annotation_of", "dagster_type_of",
           "runtime_class"]


class DagsterType:
    """The type of an input or output; `typing_type` is a class wherever there is one.

    One that users make may stand wherever an annotation may. `type_check_fn(None, value)` then
    says whether an output's value is of it.
    """

    def __init__(
        self,
        typing_type: Any = Any,
        *,
        name: str | None = None,
        type_check_fn: Callable[[Any, Any], Any] | None = None,
        description: str | None = None,
    ) -> None:
        self.typing_type = typing_type
        self.type_check_fn = type_check_fn
        self.description = description
        self._name = name

    @property
    def display_name(self) -> str:
        return self._name or getattr(self.typing_type, "__name__", str(self.typing_type))

    def accepts(self, value: object) -> bool:
        """Whether the type's own check takes a value."""
        return self.type_check_fn is None or bool(self.type_check_fn(None, value))

    def __repr__(self) -> str:
        return f"DagsterType({self.display_name})"


ANY_TYPE = DagsterType(Any)


def runtime_class(annotation: Any) -> type | None:
    """Return the class behind an annotation: `List[int]` → list, `Optional[dict]` → dict.

    None where there is no single one.
    """
    if annotation is Any or typing.is_typeddict(annotation):
        return None
    if getattr(annotation, "_is_protocol", False):
        return None
    if isinstance(annotation, type) and not typing.get_origin(annotation):
        return annotation
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return runtime_class(typing.get_args(annotation)[0])
    if isinstance(origin, type) and origin is not type(int | None):
        return origin
    members = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
    is_optional = len(members) == 1 and len(typing.get_args(annotation)) == 2
    return runtime_class(members[0]) if is_optional else None


class ExpectedClass:
    """The class that an annotation asks of a value; without a single one it takes any."""

    def __init__(self, annotation: Any) -> None:
        self._class = None if annotation is None else runtime_class(annotation)
        self._is_optional = type(None) in typing.get_args(annotation)

    @property
    def name(self) -> str:
        return "Any" if self._class is None else self._class.__qualname__

    def takes(self, value: object) -> bool:
        """Whether a value is of the class."""
        expected = self._class
        if expected is None or isinstance(value, expected):
            return True
        if value is None:
            return self._is_optional
        # An int is fine where a float is expected, as type checkers have it.
        return expected is float and type(value) is int


def annotation_of(annotation: Any) -> Any:
    """Return what a `DagsterType` stands for; any other annotation itself."""
    if not isinstance(annotation, DagsterType):
        return annotation
    return None if annotation.typing_type is Any else annotation.typing_type


def dagster_type_of(annotation: Any) -> DagsterType:
    """Return the type of an annotation; Any where there is none."""
    if isinstance(annotation, DagsterType):
        return annotation
    if annotation is None:
        return ANY_TYPE
    return DagsterType(runtime_class(annotation) or annotation)
