"""Tables, their columns and where columns come from, as metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot.errors import InvalidError

__all__ = [
    "Table",
    "TableColumn",
    "TableColumnDep",
    "TableColumnLineage",
    "TableRecord",
    "TableSchema",
    "as_json",
]


@dataclass(frozen=True)
class TableColumn:
    """A column's name and type, such as "int64" or "string"."""

    name: str
    type: str = "string"
    description: str | None = None


@dataclass(frozen=True)
class TableSchema:
    """The columns of a table."""

    columns: Sequence[TableColumn]

    def _plain(self) -> dict[str, Any]:
        return {
            "columns": [
                {"name": column.name, "type": column.type, "description": column.description}
                for column in self.columns
            ]
        }


@dataclass(frozen=True)
class TableRecord:
    """A row: text, numbers, bools and None by column."""

    data: Mapping[str, Any]


_TYPE_NAMES = {bool: "bool", int: "int", float: "float"}


@dataclass(frozen=True)
class Table:
    """A few records, and their schema: that of the first record where none is given."""

    records: Sequence[TableRecord | Mapping[str, Any]]
    schema: TableSchema | None = None

    def _plain(self) -> dict[str, Any]:
        rows = [dict(r.data if isinstance(r, TableRecord) else r) for r in self.records]
        schema = self.schema
        if schema is None:
            if not rows:
                raise InvalidError("a table without records needs a schema")
            schema = TableSchema(
                [
                    TableColumn(name, _TYPE_NAMES.get(type(value), "string"))
                    for name, value in rows[0].items()
                ]
            )
        return {"records": rows, "schema": schema._plain()}


@dataclass(frozen=True)
class TableColumnDep:
    """A column of an asset that another column comes from."""

    asset_key: CoercibleToAssetKey
    column_name: str


@dataclass(frozen=True)
class TableColumnLineage:
    """Which columns of other assets each column of a table comes from."""

    deps_by_column: Mapping[str, Sequence[TableColumnDep]] = field(default_factory=dict)

    def _plain(self) -> dict[str, Any]:
        return {
            "deps_by_column": {
                column: [
                    {
                        "asset_key": key_of(dep.asset_key).to_user_string(),
                        "column_name": dep.column_name,
                    }
                    for dep in deps
                ]
                for column, deps in self.deps_by_column.items()
            }
        }


def as_json(table: Table | TableSchema | TableColumnLineage) -> str:
    """Return the JSON that docs/formats/event_log.md describes."""
    if not isinstance(table, (Table, TableSchema, TableColumnLineage)):
        raise InvalidError(
            f"not a TableSchema or TableColumnLineage, but a '{type(table).__qualname__}'"
        )
    return json.dumps(table._plain())
