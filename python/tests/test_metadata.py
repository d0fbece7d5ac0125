"""Metadata: which values can be kept, as what, and what comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

import entrepot as ep
from entrepot import AssetKey, MetadataValue, asset, cli, materialize

CLI_SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/formats/cli.schema.json").read_text()
)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
SCHEMA = ep.TableSchema([ep.TableColumn("x", "int64"), ep.TableColumn("y")])
LINEAGE = ep.TableColumnLineage({"x": [ep.TableColumnDep("raw/orders", "amount")]})
SCHEMA_JSON = {
    "columns": [
        {"name": "x", "type": "int64", "description": None},
        {"name": "y", "type": "string", "description": None},
    ]
}
LINEAGE_JSON = {"deps_by_column": {"x": [{"asset_key": "raw/orders", "column_name": "amount"}]}}

# What is given, and its kind and value in the log.
NORMALISED: list[tuple[Any, str, Any]] = [
    ("text", "TEXT", "text"),
    (1.5, "FLOAT", 1.5),
    (True, "BOOL", True),
    (3, "INT", 3),
    (2**70, "TEXT", str(2**70)),
    ([1, "a"], "JSON", [1, "a"]),
    ({"a": None}, "JSON", {"a": None}),
    (Path("/data/x"), "PATH", "/data/x"),
    (AssetKey(["a", "b/c"]), "ASSET", AssetKey(["a", "b/c"])),
    (None, "NULL", None),
    (SCHEMA, "TABLE_SCHEMA", SCHEMA_JSON),
    (LINEAGE, "COLUMN_LINEAGE", LINEAGE_JSON),
    # What Dagster refuses.
    ((2, 3), "JSON", [2, 3]),
    (np.int64(3), "INT", 3),
    (np.float32(0.5), "FLOAT", 0.5),
    (np.bool_(True), "BOOL", True),
    (np.datetime64("2024-05-01T12:00"), "TIMESTAMP", NOON.timestamp()),
    (NOON, "TIMESTAMP", NOON.timestamp()),
    (pd.Timestamp(NOON), "TIMESTAMP", NOON.timestamp()),
    (datetime(2024, 5, 1), "TEXT", "2024-05-01T00:00:00"),
]
EXPLICIT: list[tuple[MetadataValue, str, Any]] = [
    (MetadataValue.url("http://localhost"), "URL", "http://localhost"),
    (MetadataValue.md("# Title"), "MARKDOWN", "# Title"),
    (MetadataValue.notebook("/a.ipynb"), "NOTEBOOK", "/a.ipynb"),
    (MetadataValue.python_artifact(Path), "PYTHON_ARTIFACT", f"{Path.__module__}:Path"),
    (MetadataValue.timestamp(NOON), "TIMESTAMP", NOON.timestamp()),
    (MetadataValue.asset("a/b"), "ASSET", AssetKey(["a", "b"])),
    (MetadataValue.dagster_run("r1"), "RUN", "r1"),
    (MetadataValue.job("nightly"), "JOB", "nightly"),
    (
        MetadataValue.table([ep.TableRecord({"x": 1, "y": "a"})], schema=SCHEMA),
        "TABLE",
        {"records": [{"x": 1, "y": "a"}], "schema": SCHEMA_JSON},
    ),
    (MetadataValue.table_schema(SCHEMA), "TABLE_SCHEMA", SCHEMA_JSON),
    (MetadataValue.column_lineage(LINEAGE), "COLUMN_LINEAGE", LINEAGE_JSON),
    (MetadataValue.null(), "NULL", None),
]


@pytest.mark.parametrize(("given", "kind", "value"), NORMALISED + EXPLICIT)
def test_a_value_is_kept_as_its_kind_and_comes_back_from_a_log_on_disk(
    given: Any, kind: str, value: Any, tmp_path: Path
):
    @asset
    def x(context) -> int:
        context.add_output_metadata({"entry": given})
        return 1

    materialize([x], instance=ep.Instance.open(tmp_path, durability="fast"))
    (record,) = ep.Instance.open(tmp_path).fetch_materializations("x")
    assert record.metadata["entry"].kind.name == kind
    assert record.metadata["entry"].value == value


def test_every_kind_is_tried_above():
    tried = {kind for _, kind, _ in NORMALISED + EXPLICIT}
    assert tried == {kind.name for kind in MetadataValue.Kind}


def test_a_table_tells_its_schema_by_its_first_record():
    table = MetadataValue.table([{"n": 1, "share": 0.5, "name": "a", "ok": True}])
    columns = {c["name"]: c["type"] for c in table.value["schema"]["columns"]}  # type: ignore
    assert columns == {"n": "int", "share": "float", "name": "string", "ok": "bool"}
    with pytest.raises(ep.InvalidError, match="without records needs a schema"):
        MetadataValue.table([])


def test_a_moment_reads_as_utc():
    assert str(MetadataValue.timestamp(NOON)) == "2024-05-01T12:00:00.000000Z"
    with pytest.raises(ep.InvalidError, match="has no time zone"):
        MetadataValue.timestamp(datetime(2024, 5, 1))


@pytest.mark.parametrize("value", [object(), {1, 2}, [object()], {"a": {1}}])
def test_what_cannot_be_kept_is_refused_with_its_name(value: Any):
    @asset
    def x(context) -> int:
        context.add_output_metadata({"odd": value})
        return 1

    with pytest.raises(ep.InvalidError, match="metadata 'odd'"):
        materialize([x])


def test_names_that_are_the_same_as_text_are_refused():
    @asset
    def x(context) -> int:
        context.add_output_metadata({1: "a", "1": "b"})
        return 1

    with pytest.raises(ep.InvalidError, match="metadata '1' is given twice"):
        materialize([x])
    with pytest.raises(ep.InvalidError, match="metadata '1' is given twice"):
        ep.Failure("x", metadata={1: "a", "1": "b"})  # type: ignore[dict-item]


def test_an_artifact_has_a_name():
    with pytest.raises(ep.InvalidError, match="a class or a function, not a 'int'"):
        MetadataValue.python_artifact(3)


def test_only_tables_are_kept_as_tables():
    with pytest.raises(ep.InvalidError, match="not a TableSchema .* but a 'dict'"):
        MetadataValue.table_schema({"columns": []})  # type: ignore[arg-type]


def test_the_command_line_shows_every_kind_and_its_json_is_as_the_schema_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    entries = {f"{kind}{i}": given for i, (given, kind, _) in enumerate(NORMALISED + EXPLICIT)}

    @asset
    def x(context) -> int:
        context.add_output_metadata(entries)
        return 1

    materialize([x], instance=ep.Instance.open(tmp_path, durability="fast"))
    assert cli.main(["--instance", str(tmp_path), "history", "x", "--metadata"]) == 0
    shown = capfd.readouterr().out
    for text in ("2024-05-01T12:00:00.000000Z", "a/b", "nightly", "/a.ipynb"):
        assert text in shown
    assert cli.main(["--instance", str(tmp_path), "history", "x", "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    jsonschema.validate(printed, {**CLI_SCHEMA, "$ref": "#/$defs/history"})
    kinds = {entry["type"] for entry in printed["materializations"][0]["metadata"].values()}
    assert len(kinds) == len(list(MetadataValue.Kind))
