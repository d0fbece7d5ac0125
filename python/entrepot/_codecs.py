"""Formats of files for types of your own, and the choice of a format by type."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from entrepot.errors import TypeCheckError

__all__ = ["Codec", "assignments"]


class Codec(abc.ABC):
    """A file format for objects of your types.

    Name the `format`, which receipts carry, and the `extension` of its files, without a dot. Raise
    `version` when `encode` begins to write something else. Calls may come from several threads.

    >>> class MeshCodec(Codec):
    ...     format = "mesh"
    ...     extension = "mesh"
    ...     def encode(self, obj):
    ...         return "\\n".join(obj.points).encode()
    ...     def decode(self, data):
    ...         return Mesh(data.decode().split("\\n"))
    """

    format: str
    extension: str
    version: int = 1
    #: Whether `decode` can run code that is in the file, as pickle does: then a file is read only
    #: if its SHA-256 is known.
    runs_code: bool = False

    @abc.abstractmethod
    def encode(self, obj: Any) -> bytes:
        """Return the bytes of a file that holds `obj`."""

    @abc.abstractmethod
    def decode(self, data: bytes) -> Any:
        """Return the object of a file."""


def assignments(codecs: Mapping[type, str | Codec]) -> list[tuple[type, str | Codec]]:
    """Return what the core takes of a table of types; raises `TypeCheckError` for what is none."""
    for cls, codec in codecs.items():
        if not isinstance(cls, type):
            raise TypeCheckError(f"codecs maps types to formats; {cls!r} is not a type")
        if not isinstance(codec, (str, Codec)):
            raise TypeCheckError(
                f"codecs[{cls.__name__}] must be the name of a format or a Codec, not a "
                f"'{type(codec).__name__}'"
            )
        if isinstance(codec, Codec):
            for name in ("format", "extension"):
                if not isinstance(getattr(codec, name, None), str):
                    raise TypeCheckError(f"{type(codec).__name__} needs a class attribute '{name}'")
    return list(codecs.items())
