"""From what users give as metadata to what the core keeps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from entrepot._core import AssetKey, MetadataValue
from entrepot.errors import InvalidError

__all__ = ["normalize", "normalize_definition"]


def _plain(value: object) -> object:
    """Turns numpy scalars and tuples into what JSON knows."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    item = getattr(value, "item", None)
    if callable(item) and type(value).__module__ == "numpy":
        return item()
    return value


def _metadata_value(name: str, value: object) -> MetadataValue:
    if isinstance(value, MetadataValue):
        return value
    value = _plain(value)
    if value is None:
        return MetadataValue.null()
    if isinstance(value, bool):
        return MetadataValue.bool(value)
    if isinstance(value, int):
        fits = -(2**63) <= value < 2**63
        return MetadataValue.int(value) if fits else MetadataValue.text(str(value))
    if isinstance(value, float):
        return MetadataValue.float(value)
    if isinstance(value, str):
        return MetadataValue.text(value)
    if isinstance(value, os.PathLike):
        return MetadataValue.path(value)
    if isinstance(value, AssetKey):
        return MetadataValue.text(value.to_user_string())
    if isinstance(value, (list, dict)):
        try:
            return MetadataValue.json(value)
        except (TypeError, ValueError) as error:
            raise InvalidError(f"metadata '{name}' cannot be kept as JSON: {error}") from error
    raise InvalidError(
        f"metadata '{name}' is of type '{type(value).__qualname__}'; it can be text, a number, "
        "bool, None, a path, a list or dict of those, or a MetadataValue"
    )


def normalize_definition(metadata: Mapping[str, Any]) -> list[tuple[str, MetadataValue]]:
    """Return a definition's entries for the log and the command line.

    Managers get the raw objects, so what the log cannot keep is described instead of refused.
    """
    entries = []
    for name, value in metadata.items():
        try:
            entries.append((str(name), _metadata_value(str(name), value)))
        except InvalidError:
            entries.append((str(name), MetadataValue.text(repr(value))))
    return entries


def normalize(metadata: Mapping[str, Any]) -> list[tuple[str, MetadataValue]]:
    """Return the entries as the core takes them.

    Raises `InvalidError` for a value of a type that cannot be kept.
    """
    return [(str(name), _metadata_value(str(name), value)) for name, value in metadata.items()]
