"""Contexts without a run, to call I/O managers in tests and scripts."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import entrepot as ep
from entrepot import AssetKey, MetadataValue


def test_a_context_can_be_built_with_all_that_a_run_tells():
    days = ep.DailyPartitionsDefinition("2024-01-01")
    context = ep.build_output_context(
        step_key="orders",
        name="result",
        definition_metadata={"shape": (2, 3)},
        run_id="r",
        job_name="j",
        config={"top": 3},
        dagster_type=pd.DataFrame,
        version="v",
        resource_config={"base": "/data"},
        resources={"label": "green tea"},
        asset_key="shop/orders",
        partition_key="2024-01-02",
        asset_partitions_def=days,
        output_metadata={"n": 2},
    )
    assert context.definition_metadata == {"shape": (2, 3)}
    assert context.config == {"top": 3}
    assert context.dagster_type.typing_type is pd.DataFrame
    assert context.resource_config == {"base": "/data"}
    assert context.resources.label == "green tea"
    assert context.get_identifier() == ["r", "orders", "result"]
    assert context.get_asset_identifier() == ["shop", "orders", "2024-01-02"]
    assert context.job_name == "j" and context.version == "v"
    assert context.partition_key == context.asset_partition_key == "2024-01-02"
    assert context.asset_partitions_time_window.end.day == 3
    assert context.output_metadata == {"n": MetadataValue.int(2)}
    reading = ep.build_input_context(
        name="bought",
        definition_metadata={"colour": "blue"},
        upstream_output=context,
        dagster_type=pl.DataFrame,
        config={"top": 1},
    )
    assert reading.metadata == {"shape": (2, 3), "colour": "blue"}
    assert reading.dagster_type.typing_type is pl.DataFrame
    assert reading.config == {"top": 1}
    assert reading.asset_partition_keys == ["2024-01-02"]
    assert reading.get_asset_identifier() == context.get_asset_identifier()


def test_a_built_input_may_be_of_a_range_of_partitions():
    days = ep.DailyPartitionsDefinition("2024-01-01")
    context = ep.build_input_context(
        asset_key="orders",
        asset_partition_key_range=ep.PartitionKeyRange("2024-01-01", "2024-01-03"),
        asset_partitions_def=days,
    )
    assert context.asset_partition_keys == ["2024-01-01", "2024-01-02", "2024-01-03"]
    with pytest.raises(ep.InvalidError, match="asset_partitions_def: give it too"):
        ep.build_input_context(
            asset_key="orders", asset_partition_key_range=ep.PartitionKeyRange("a", "b")
        )


def test_an_asset_spec_tells_a_built_context_of_the_asset():
    spec = ep.AssetSpec("a/b", group_name="g", tags={"t": "1"}, kinds={"sql"}, metadata={"m": 1})
    context = ep.build_output_context(asset_spec=spec)
    assert context.asset_key == AssetKey(["a", "b"])
    assert context.asset_spec.group_name == "g"
    assert context.asset_spec.tags == {"t": "1"}
    assert context.asset_spec.kinds == {"sql"}
    assert context.definition_metadata == {"m": 1}


def test_what_makes_resources_does_so_for_a_built_context_and_is_torn_down_after_it():
    events = []

    @ep.resource(config_schema={"base": str})
    def folder(context: ep.InitResourceContext):
        events.append("made")
        yield context.resource_config["base"]
        events.append("torn down")

    with ep.build_output_context(
        asset_key="a", resources={"folder": folder.configured({"base": "/data"})}
    ) as context:
        assert context.resources.folder == "/data"
        assert events == ["made"]
    assert events == ["made", "torn down"]
    alone = ep.build_input_context(
        resources={"folder": folder.configured({"base": "/tmp"}), "shelf": ep.mem_io_manager}
    )
    assert alone.resources.folder == "/tmp"
    assert alone.resources.shelf.kind == "memory"
    del alone
    assert events == ["made", "torn down", "made", "torn down"]


def test_a_built_input_of_nothing_says_so():
    context = ep.build_input_context(name="x")
    assert context.upstream_output is None
    assert context.asset_key is None
    assert repr(context) == "<InputContext of input 'x' of ''>"
    with pytest.raises(ep.InvalidError, match="comes from no step's output"):
        context.get_identifier()
    with pytest.raises(ep.InvalidError, match="no file of it"):
        ep.FilesystemIOManager("/tmp").load_input(context)
    with pytest.raises(ep.InvalidError, match="memory has none of it"):
        ep.InMemoryIOManager().load_input(context)


def test_an_input_that_contradicts_its_output_is_refused():
    upstream = ep.build_output_context(asset_key="a", partition_key="p")
    with pytest.raises(ep.InvalidError, match="not of asset 'b'"):
        ep.build_input_context(upstream_output=upstream, asset_key="b")
    with pytest.raises(ep.InvalidError, match="give the partition to it"):
        ep.build_input_context(upstream_output=upstream, partition_key="q")
    assert ep.build_input_context(upstream_output=upstream, partition_key="p").partition_key == "p"


def test_what_is_said_twice_of_a_built_context_is_refused():
    spec = ep.AssetSpec("orders")
    assert ep.build_output_context(asset_key="orders", asset_spec=spec).asset_key == spec.key
    with pytest.raises(ep.InvalidError, match="asset_spec is <asset spec 'orders'>, not of the"):
        ep.build_output_context(asset_key="total", asset_spec=spec)
    for build in (ep.build_output_context, ep.build_input_context):
        with pytest.raises(ep.InvalidError, match="an older name of definition_metadata"):
            build(metadata={"a": 1}, definition_metadata={"b": 2})
