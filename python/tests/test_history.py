"""What an instance remembers: runs, steps, materializations, lineage, and what each cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import entrepot as ep
from entrepot import AssetKey, IOManager, MetadataValue, asset, materialize


@pytest.fixture
def five(instance: ep.Instance) -> ep.Instance:
    """An instance in which "x" was stored five times, with 0, 1, 2, 3 and 4."""
    for value in range(5):
        instance.store("x", value, metadata={"value": value})
    return instance


def values_of(page: Any) -> list[Any]:
    return [record.metadata["value"].value for record in page]


# ---- pages of an asset's history -------------------------------------------------------------


def test_history_comes_newest_first_as_a_list_of_records(five: ep.Instance):
    page = five.fetch_materializations("x")
    assert values_of(page) == values_of(page.records) == [4, 3, 2, 1, 0]
    assert len(page) == 5 and page[0].asset_key == AssetKey("x")
    assert page == page.records and type(page.records) is list
    assert not page.has_more
    assert five.fetch_materializations(AssetKey("nothing")) == []


def test_history_is_read_page_by_page(five: ep.Instance):
    pages = [five.fetch_materializations("x", 2)]
    while pages[-1].has_more:
        pages.append(five.fetch_materializations("x", limit=2, cursor=pages[-1].cursor))
    assert [values_of(page) for page in pages] == [[4, 3], [2, 1], [0]]
    after_the_end = five.fetch_materializations("x", 2, pages[-1].cursor)
    assert after_the_end == [] and not after_the_end.has_more
    assert after_the_end.cursor == pages[-1].cursor


def test_history_may_be_read_from_its_beginning(five: ep.Instance):
    first = five.fetch_materializations("x", 3, ascending=True)
    assert values_of(first) == [0, 1, 2] and first.has_more
    rest = five.fetch_materializations("x", 3, first.cursor, ascending=True)
    assert values_of(rest) == [3, 4] and not rest.has_more


def test_a_page_of_nothing_is_empty(five: ep.Instance):
    assert five.fetch_materializations("x", 0) == []


@pytest.mark.parametrize("cursor", ["yesterday", "-3", 7])
def test_a_cursor_of_somebody_elses_is_refused(five: ep.Instance, cursor: Any):
    with pytest.raises(ep.InvalidError, match="not a cursor"):
        five.fetch_materializations("x", cursor=cursor)


# ---- runs, steps, lineage --------------------------------------------------------------------


@asset(key_prefix="raw", code_version="3")
def numbers() -> list:
    return [1, 2, 3]


@asset(code_version="4")
def total(numbers: list) -> int:
    return sum(numbers)


def test_runs_are_found_by_limit_and_id(instance: ep.Instance):
    ids = [materialize([numbers], instance=instance).run_id for _ in range(3)]
    assert [run.run_id for run in instance.get_runs()] == ids[::-1]
    assert [run.run_id for run in instance.get_runs(2)] == ids[:0:-1]
    assert [run.run_id for run in instance.get_runs(limit=1)] == ids[2:]
    run = instance.get_run_by_id(ids[1])
    assert run is not None
    assert (run.run_id, run.status, run.num_steps) == (ids[1], "success", 1)
    assert run.end_time is not None and run.start_time <= run.end_time
    assert instance.get_run_by_id("nobody's") is None


def test_the_steps_of_a_run_are_told(instance: ep.Instance):
    @asset(deps=["raw/numbers"])
    def broken() -> int:
        raise ValueError("seven")

    @asset
    def after(broken: int) -> int:
        return broken

    result = materialize([numbers, broken, after], instance=instance, raise_on_error=False)
    steps = {step.step_key: step for step in instance.get_run_step_stats(result.run_id)}
    assert {key: (step.status, step.attempts) for key, step in steps.items()} == {
        "raw/numbers": ("success", 1),
        "broken": ("failure", 1),
        "after": ("skipped", 0),
    }
    assert "seven" in steps["broken"].error
    assert "'broken' did not succeed" in steps["after"].error


def test_every_key_that_was_materialized_is_listed(instance: ep.Instance):
    materialize([numbers, total], instance=instance)
    instance.store("limits/silk", 1)
    assert sorted(key.path for key in instance.all_asset_keys()) == [
        ["limits", "silk"],
        ["raw", "numbers"],
        ["total"],
    ]


def test_lineage_goes_both_ways(instance: ep.Instance):
    materialize([numbers, total], instance=instance)
    (read,) = instance.fetch_materializations("raw/numbers")
    (made,) = instance.fetch_materializations("total")
    (upstream,) = instance.fetch_upstream(made.storage_id)
    assert upstream.storage_id == read.storage_id
    (downstream,) = instance.fetch_downstream(read.storage_id)
    assert downstream.storage_id == made.storage_id
    assert instance.fetch_upstream(read.storage_id) == []
    assert instance.fetch_downstream(made.storage_id) == []


def test_the_code_version_of_a_run_is_kept(instance: ep.Instance):
    materialize([numbers, total], instance=instance)
    assert instance.fetch_materializations("raw/numbers")[0].code_version == "3"
    latest = instance.get_latest_materialization_event("total")
    assert latest is not None and latest.code_version == "4"


def test_a_runs_result_tells_what_it_logged_of_a_node(instance: ep.Instance):
    @asset(deps=[numbers])
    def broken() -> int:
        raise ValueError("seven")

    result = materialize([numbers, broken], instance=instance, raise_on_error=False)
    (made,) = result.asset_materializations_for_node("raw__numbers")
    (logged,) = instance.fetch_materializations("raw/numbers")
    assert made.asset_key == AssetKey(["raw", "numbers"])
    assert made.storage_id == logged.storage_id
    assert made.receipts[0].version == logged.receipts[0].version
    assert result.asset_materializations_for_node("broken") == []
    with pytest.raises(ep.InvalidError, match="no step 'nobody'"):
        result.asset_materializations_for_node("nobody")


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        (MetadataValue.url("https://example.org/a"), "URL", "https://example.org/a"),
        (MetadataValue.md("# Title"), "MARKDOWN", "# Title"),
        (MetadataValue.json({"a": [1, None]}), "JSON", {"a": [1, None]}),
        (MetadataValue.path(Path("/data/x")), "PATH", "/data/x"),
        (MetadataValue.text("plain"), "TEXT", "plain"),
        (Path("/data/y"), "PATH", "/data/y"),
        ((1, 2), "JSON", [1, 2]),
        (np.int64(3), "INT", 3),
        (np.float32(0.5), "FLOAT", 0.5),
        (True, "BOOL", True),
        (None, "NULL", None),
    ],
)
def test_metadata_comes_back_from_the_log(home: Path, given: Any, kind: str, value: Any):
    ep.Instance.open(home).store("x", 1, metadata={"entry": given})
    (record,) = ep.Instance.open(home).fetch_materializations("x")
    entry = record.metadata["entry"]
    assert (entry.kind.name, entry.value) == (kind, value)


# ---- bytes, rows and seconds -----------------------------------------------------------------


@asset
def frame() -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(1000.0)})


@asset
def mean(frame: pd.DataFrame) -> float:
    return float(frame["x"].mean())


class Held(IOManager):
    """Keeps values; says nothing of them."""

    def __init__(self) -> None:
        self.values: dict[AssetKey, Any] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values[context.asset_key] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        return self.values[context.asset_key]


def test_bytes_rows_and_seconds_of_files_are_known_without_asking(instance: ep.Instance):
    result = materialize([frame, mean], instance=instance)
    # Alone, so that its input is loaded and not handed over.
    materialize([frame, mean], instance=instance, selection="mean")
    (stored,) = instance.fetch_materializations("frame")
    size = (Path(instance.storage_directory()) / "frame.parquet").stat().st_size
    assert (stored.store.size_bytes, stored.store.rows) == (size, 1000)
    assert 0 < stored.store.seconds < 60
    assert 0 < stored.compute_seconds < 60
    again, first = instance.fetch_materializations("mean")
    (loaded,) = again.inputs
    assert not loaded.handed_over
    assert (loaded.load.size_bytes, loaded.load.rows) == (size, 1000)
    assert 0 < loaded.load.seconds < 60
    assert first.store.size_bytes == len("499.5") and first.store.rows is None
    step = result.steps[0]
    assert (step.outputs[0].store.size_bytes, step.outputs[0].store.rows) == (size, 1000)
    assert step.compute_seconds == stored.compute_seconds


@pytest.mark.parametrize("manager", [Held(), ep.mem_io_manager])
def test_of_a_manager_that_leaves_no_receipt_the_value_itself_is_measured(
    manager: Any, instance: ep.Instance
):
    materialize([frame, mean], instance=instance, resources={"io_manager": manager})
    (stored,) = instance.fetch_materializations("frame")
    assert stored.receipts == []
    assert (stored.store.size_bytes, stored.store.rows) == (16_000, 1000)  # And the index.
    assert 0 < stored.store.seconds < 60
    (computed,) = instance.fetch_materializations("mean")
    (loaded,) = computed.inputs
    assert not loaded.handed_over
    assert (loaded.load.size_bytes, loaded.load.rows) == (16_000, 1000)
    assert 0 < loaded.load.seconds < 60


@pytest.mark.parametrize("manager", [None, Held()])
def test_a_store_without_a_graph_is_measured_too(instance: ep.Instance, manager: Any):
    table = pa.table({"x": pa.array(range(100), pa.int64())})
    instance.store("table", table, io_manager=manager)
    (stored,) = instance.fetch_materializations("table")
    assert stored.store.rows == 100
    assert stored.store.size_bytes == (
        800 if manager else stored.receipts[0].size_bytes
    )
    assert 0 < stored.store.seconds < 60
