"""What is known of the type of an input or output."""

from __future__ import annotations

import typing
from typing import Any

__all__ = ["ANY_TYPE", "DagsterType", "dagster_type_of", "runtime_class"]


class DagsterType:
    """The type of an input or output; `typing_type` is a class wherever there is one."""

    def __init__(self, typing_type: Any) -> None:
        self.typing_type = typing_type

    @property
    def display_name(self) -> str:
        return getattr(self.typing_type, "__name__", str(self.typing_type))

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


def dagster_type_of(annotation: Any) -> DagsterType:
    """Return the type of an annotation; Any where there is none."""
    if annotation is None:
        return ANY_TYPE
    return DagsterType(runtime_class(annotation) or annotation)
