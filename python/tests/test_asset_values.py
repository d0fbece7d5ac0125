"""Loading what was materialized, outside of runs."""

from __future__ import annotations

import threading
import time
from typing import Any

import pandas as pd
import polars as pl
import pytest

import entrepot as ep
from entrepot import AssetKey, AssetValueLoader, Definitions, asset, materialize


@asset
def upstream_data() -> pd.DataFrame:
    return pd.DataFrame({"id": [1, 2, 3], "value": [10, 20, 30]})


@asset
def downstream_result(upstream_data: pd.DataFrame) -> dict:
    return {"total": int(upstream_data["value"].sum()), "count": len(upstream_data)}


@asset(partitions_def=ep.StaticPartitionsDefinition(["2023-01-01", "2023-01-02"]))
def partitioned_asset(context: ep.AssetExecutionContext) -> str:
    return context.partition_key


DEFINITIONS = Definitions([upstream_data, downstream_result, partitioned_asset])


@pytest.fixture
def made(instance: ep.Instance) -> ep.Instance:
    materialize([upstream_data, downstream_result], instance=instance)
    materialize([partitioned_asset], instance=instance, partition_key="2023-01-01")
    return instance


def test_the_specifications_loader(made: ep.Instance):
    loader = AssetValueLoader(made)
    assert len(loader.load_asset_value(AssetKey("upstream_data"))) == 3
    assert (
        loader.load_asset_value(AssetKey("partitioned_asset"), partition_key="2023-01-01")
        == "2023-01-01"
    )
    keys = [AssetKey("upstream_data"), AssetKey("downstream_result")]
    values = loader.load_asset_values(keys)
    assert list(values) == keys
    assert values[keys[1]] == {"total": 60, "count": 3}


def test_python_type_chooses_the_type(made: ep.Instance):
    loader = AssetValueLoader(made)
    frame = loader.load_asset_value("upstream_data", python_type=pl.DataFrame)
    assert isinstance(frame, pl.DataFrame)
    assert isinstance(
        DEFINITIONS.load_asset_value("upstream_data", instance=made, python_type=pl.DataFrame),
        pl.DataFrame,
    )


def test_definitions_load_and_make_loaders(made: ep.Instance):
    assert DEFINITIONS.load_asset_value("downstream_result", instance=made)["total"] == 60
    with DEFINITIONS.get_asset_value_loader(instance=made) as loader:
        assert loader.load_asset_value("downstream_result")["count"] == 3


class Slow(ep.IOManager):
    """Loads only when so many load at once, and counts them."""

    def __init__(self, together: int) -> None:
        self.barrier = threading.Barrier(together, timeout=20)

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        return None

    def load_input(self, context: ep.InputContext) -> Any:
        self.barrier.wait()
        return context.asset_key.path[-1]


def test_several_values_are_loaded_at_once(instance: ep.Instance):
    slow = Slow(8)
    keys = [AssetKey(["many", str(i)]) for i in range(8)]
    for key in keys:
        instance.store(key, "x", io_manager=slow)
    started = time.monotonic()
    values = AssetValueLoader(instance).load_asset_values(keys)
    assert time.monotonic() - started < 20
    assert values == {key: key.path[-1] for key in keys}


def test_several_values_fail_with_the_first_that_cannot_be_loaded(made: ep.Instance):
    with pytest.raises(ep.NotFoundError, match="asset 'nothing' was never materialized"):
        AssetValueLoader(made).load_asset_values(["upstream_data", "nothing"])


def test_a_missing_instance_is_asked_for():
    with pytest.raises(ep.InvalidError, match="which instance.*Instance.open"):
        DEFINITIONS.load_asset_value("upstream_data")
    with pytest.raises(ep.InvalidError, match="which instance"):
        DEFINITIONS.get_asset_value_loader()
    with pytest.raises(ep.InvalidError, match="not a 'dict'"):
        AssetValueLoader({})  # type: ignore[arg-type]


def test_missing_definitions_are_asked_for(instance: ep.Instance):
    defs = Definitions([downstream_result, upstream_data], {"io_manager": Slow(1)})
    materialize(defs, instance=instance, selection="upstream_data")
    again = ep.Instance.open(instance.home)
    with pytest.raises(ep.NotFoundError, match="load it with that program's definitions"):
        AssetValueLoader(again).load_asset_value("upstream_data")
    assert defs.load_asset_value("upstream_data", instance=again) == "upstream_data"


def test_a_missing_partition_is_asked_for(made: ep.Instance):
    loader = AssetValueLoader(made)
    with pytest.raises(ep.NotFoundError, match="has partitions.*such as '2023-01-01'; say which"):
        loader.load_asset_value("partitioned_asset")
    with pytest.raises(ep.NotFoundError, match="partition '2023-01-02' of asset 'partitioned_"):
        loader.load_asset_value("partitioned_asset", partition_key="2023-01-02")
    with pytest.raises(ep.NotFoundError, match="the asset has no partitions"):
        loader.load_asset_value("upstream_data", partition_key="2023-01-01")
