"""From what users give as metadata to what the core keeps."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from entrepot._core import AssetKey, MetadataValue
from entrepot.errors import InvalidError

__all__ = ["name_of_artifact", "normalize", "normalize_definition", "seconds_of"]


def seconds_of(moment: float | datetime) -> float:
    """Return the seconds since the epoch."""
    if not isinstance(moment, datetime):
        return float(moment)
    if moment.tzinfo is None:
        raise InvalidError(f"{moment.isoformat()} has no time zone: give it one, such as UTC")
    return moment.timestamp()


def name_of_artifact(artifact: Any) -> str:
    """Return the module and name of a class or function."""
    if not hasattr(artifact, "__qualname__"):
        raise InvalidError(
            f"a Python artifact is a class or a function, not a '{type(artifact).__qualname__}'"
        )
    return f"{artifact.__module__}:{artifact.__qualname__}"


def _plain(value: object) -> object:
    """Turns numpy scalars and tuples into what JSON knows."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    item = getattr(value, "item", None)
    if callable(item) and type(value).__module__ == "numpy":
        value = item()
        # numpy's moments are of UTC, and do not say so.
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
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
        return MetadataValue.asset(value)
    if isinstance(value, datetime):
        # One without a zone is no moment; as text nothing of it is lost.
        return (
            MetadataValue.text(value.isoformat())
            if value.tzinfo is None
            else MetadataValue.timestamp(value)
        )
    if (make := _of_tables(value)) is not None:
        return make(value)
    if isinstance(value, (list, dict)):
        try:
            return MetadataValue.json(value)
        except (TypeError, ValueError) as error:
            raise InvalidError(f"metadata '{name}' cannot be kept as JSON: {error}") from error
    raise InvalidError(
        f"metadata '{name}' is of type '{type(value).__qualname__}'; it can be text, a number, "
        "bool, None, a path, a moment, an AssetKey, a TableSchema, a list or dict of plain values, "
        "or a MetadataValue"
    )


def _of_tables(value: object) -> Callable[[Any], MetadataValue] | None:
    """Return what keeps the schema of a table, or the origin of its columns; else None."""
    if type(value).__module__ != "entrepot._tables":
        return None
    from entrepot._tables import TableColumnLineage, TableSchema

    if isinstance(value, TableSchema):
        return MetadataValue.table_schema
    return MetadataValue.column_lineage if isinstance(value, TableColumnLineage) else None


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
    entries = [(str(name), _metadata_value(str(name), value)) for name, value in metadata.items()]
    if len({name for name, _ in entries}) < len(entries):
        names = [name for name, _ in entries]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidError(f"metadata '{twice}' is given twice: names are text")
    return entries
