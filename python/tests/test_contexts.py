"""What I/O managers are told of the values they store and load: every name of the contexts,
in a run and outside of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import entrepot as ep
from entrepot import AssetIn, AssetKey, IOManager, MetadataValue, asset, materialize

RUN_ID = object()  # Stands for the run's id, which no table can know.


class Shelf(IOManager):
    """Keeps values in a dict, and what it was told, as it was told it."""

    def __init__(self) -> None:
        self.values: dict[AssetKey, Any] = {}
        self.of_outputs: list[dict[str, Any]] = []
        self.of_inputs: list[dict[str, Any]] = []

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.of_outputs.append(everything_in(context, OUTPUT))
        self.values[context.asset_key] = obj
        context.add_output_metadata({"shelf": "top"})

    def load_input(self, context: ep.InputContext) -> Any:
        self.of_inputs.append(
            everything_in(context, INPUT) | everything_in(context.upstream_output, UPSTREAM)
        )
        return self.values[context.asset_key]


def everything_in(context: Any, table: dict[str, Any]) -> dict[str, Any]:
    """Look at every name of a table at once, as some change later."""
    seen = {}
    for name in table:
        try:
            found = getattr(context, name.removeprefix("upstream.").removesuffix("()"))
            seen[name] = found() if name.endswith("()") else found
        except AttributeError as error:
            seen[name] = error
    return seen


@asset(key_prefix="shop", metadata={"colour": "red", "shape": (2, 3)}, code_version="7")
def orders(context: ep.AssetExecutionContext) -> pd.DataFrame:
    context.add_output_metadata({"n": 2})
    return pd.DataFrame({"x": [1, 2]})


@asset(ins={"bought": AssetIn("shop/orders", metadata={"columns": ["x"], "colour": "blue"})})
def total(bought: pd.DataFrame) -> int:
    return int(bought["x"].sum())


def itself(value: Any) -> Any:
    return value


def its_type(value: Any) -> Any:
    return value.typing_type


def its_label(value: Any) -> Any:
    return value.label


ORDERS = AssetKey(["shop", "orders"])

# Every name that needs no partitions, ops, jobs or configuration: how it is looked at, and
# what is seen.
OUTPUT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "name": (itself, "result"),
    "step_key": (itself, "shop/orders"),
    "run_id": (itself, RUN_ID),
    "has_asset_key": (itself, True),
    "asset_key": (itself, AssetKey(["shop", "orders"])),
    "dagster_type": (its_type, pd.DataFrame),
    "log": (type, ep._core.StepLog),
    "resources": (its_label, "green tea"),
    "definition_metadata": (itself, {"colour": "red", "shape": (2, 3)}),
    "metadata": (itself, {"colour": "red", "shape": (2, 3)}),
    "output_metadata": (itself, {"n": MetadataValue.int(2)}),
    "get_logged_metadata()": (itself, {}),
    "mapping_key": (itself, None),
    "version": (len, 32),
    "io_manager_key": (itself, "io_manager"),
    "receipts": (itself, []),
    "has_partition_key": (itself, False),
    "has_asset_partitions": (itself, False),
    "get_identifier()": (itself, [RUN_ID, "shop/orders", "result"]),
    "job_name": (itself, None),
    "config": (itself, None),
    "resource_config": (itself, {}),
    "asset_spec": (lambda spec: (spec.key, spec.group_name), (ORDERS, "default")),
    "get_asset_identifier()": (itself, ["shop", "orders"]),
}
INPUT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "has_input_name": (itself, True),
    "name": (itself, "bought"),
    "run_id": (itself, RUN_ID),
    "instance": (type, ep.Instance),
    "dagster_type": (its_type, pd.DataFrame),
    "log": (type, ep._core.StepLog),
    "resources": (its_label, "green tea"),
    "definition_metadata": (itself, {"columns": ["x"], "colour": "blue"}),
    "metadata": (itself, {"columns": ["x"], "colour": "blue", "shape": (2, 3)}),
    "upstream_output": (type, ep.OutputContext),
    "has_asset_key": (itself, True),
    "asset_key": (itself, AssetKey(["shop", "orders"])),
    "has_partition_key": (itself, False),
    "has_asset_partitions": (itself, False),
    "get_identifier()": (itself, [RUN_ID, "shop/orders", "result"]),
    "job_name": (itself, None),
    "config": (itself, None),
    "resource_config": (itself, {}),
    "asset_spec": (lambda spec: (spec.key, spec.group_name), (ORDERS, "default")),
    "get_asset_identifier()": (itself, ["shop", "orders"]),
}
UPSTREAM: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "upstream.name": (itself, "result"),
    "upstream.step_key": (itself, "shop/orders"),
    "upstream.run_id": (itself, RUN_ID),
    "upstream.asset_key": (itself, AssetKey(["shop", "orders"])),
    "upstream.dagster_type": (its_type, pd.DataFrame),
    "upstream.definition_metadata": (itself, {"colour": "red", "shape": (2, 3)}),
    "upstream.output_metadata": (
        itself,
        {"n": MetadataValue.int(2), "shelf": MetadataValue.text("top")},
    ),
    "upstream.resources": (its_label, "green tea"),
}
# What only partitions have (test_partitioned_runs.py).
OF_PARTITIONS = {
    "partition_key",
    "asset_partition_key",
    "asset_partition_keys",
    "asset_partition_key_range",
    "asset_partitions_def",
    "asset_partitions_time_window",
}
OTHERS = {ep.OutputContext: OF_PARTITIONS | {"add_output_metadata"}, ep.InputContext: OF_PARTITIONS}


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """One run of `orders` and `total`, and a later one of `total` alone."""
    shelf = Shelf()
    instance = ep.Instance.ephemeral()
    resources = {"io_manager": shelf, "label": "green tea"}
    first = materialize([orders, total], instance=instance, resources=resources)
    materialize([orders, total], instance=instance, resources=resources, selection="total")
    return {"run_id": first.run_id, "shelf": shelf, "instance": instance}


def expect(seen: Any, expected: Any, run: dict[str, Any]) -> None:
    if expected is RUN_ID:
        expected = run["run_id"]
    elif isinstance(expected, list):
        expected = [run["run_id"] if item is RUN_ID else item for item in expected]
    assert seen == expected


@pytest.mark.parametrize("name", OUTPUT)
def test_a_manager_that_stores_is_told(name: str, run: dict[str, Any]):
    look, expected = OUTPUT[name]
    expect(look(run["shelf"].of_outputs[0][name]), expected, run)


@pytest.mark.parametrize("name", INPUT | UPSTREAM)
def test_a_manager_that_loads_is_told(name: str, run: dict[str, Any]):
    look, expected = (INPUT | UPSTREAM)[name]
    expect(look(run["shelf"].of_inputs[0][name]), expected, run)


@pytest.mark.parametrize("name", sorted((INPUT | UPSTREAM).keys() - {"run_id"}))
def test_a_manager_that_loads_in_a_later_run_is_told_the_same(name: str, run: dict[str, Any]):
    look, expected = (INPUT | UPSTREAM)[name]
    expect(look(run["shelf"].of_inputs[1][name]), expected, run)


@pytest.mark.parametrize(
    ("context", "table"), [(ep.OutputContext, OUTPUT), (ep.InputContext, INPUT)]
)
def test_the_tables_above_leave_no_name_out(context: type, table: dict[str, Any]):
    names = {name for name in dir(context) if not name.startswith("_")}
    assert names == {name.removesuffix("()") for name in table} | OTHERS[context]


def test_the_instance_of_an_input_is_the_runs_own(run: dict[str, Any]):
    assert run["shelf"].of_inputs[0]["instance"] is run["instance"]


def test_an_input_that_outlives_its_instance_says_so():
    contexts = []

    class Keeping(IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            return None

        def load_input(self, context: ep.InputContext) -> Any:
            contexts.append(context)
            return pd.DataFrame({"x": [1]})

    materialize([orders, total], resources={"io_manager": Keeping()})
    (context,) = contexts
    assert not hasattr(context, "instance")
    with pytest.raises(ep.InvalidError, match="'shop/orders' has no instance: .* is gone"):
        context.instance  # noqa: B018


# ---- outside of runs -------------------------------------------------------------------------


def stored_on(shelf: Shelf) -> tuple[ep.Definitions, ep.Instance]:
    definitions = ep.Definitions(
        [orders, total], {"io_manager": shelf, "label": "green tea"}
    )
    instance = ep.Instance.ephemeral()
    materialize(definitions, instance=instance)
    shelf.of_inputs.clear()
    return definitions, instance


@pytest.mark.parametrize("name", sorted(UPSTREAM))
def test_a_loader_from_definitions_tells_a_manager_of_the_output_what_a_run_does(name: str):
    shelf = Shelf()
    definitions, instance = stored_on(shelf)
    definitions.get_asset_value_loader(instance).load_asset_value("shop/orders")
    look, expected = UPSTREAM[name]
    (told,) = shelf.of_inputs
    expect(look(told[name]), expected, {"run_id": instance.get_runs()[0].run_id})


def test_a_loader_from_definitions_tells_a_manager_of_the_load():
    shelf = Shelf()
    definitions, instance = stored_on(shelf)
    loader = definitions.get_asset_value_loader(instance)
    loaded = loader.load_asset_value("shop/orders", python_type=pl.DataFrame)
    assert isinstance(loaded, pl.DataFrame)
    (told,) = shelf.of_inputs
    assert told["dagster_type"].typing_type is pl.DataFrame
    assert told["metadata"] == {"colour": "red", "shape": (2, 3)}
    assert told["definition_metadata"] == {}
    assert told["resources"].label == "green tea"
    assert told["resources"].io_manager is shelf
    assert told["instance"] is instance
    assert told["name"] is None and not told["has_input_name"]


def test_without_a_type_a_loaders_input_is_of_any():
    shelf = Shelf()
    definitions, instance = stored_on(shelf)
    definitions.get_asset_value_loader(instance).load_asset_value("shop/orders")
    assert shelf.of_inputs[0]["dagster_type"].typing_type is Any


def test_a_plain_load_tells_a_manager_the_type_and_the_instance():
    shelf = Shelf()
    instance = ep.Instance.ephemeral()
    instance.store("x", pd.DataFrame({"x": [1]}), io_manager=shelf)
    assert isinstance(instance.load("x", pl.DataFrame), pl.DataFrame)
    (told,) = shelf.of_inputs
    assert told["dagster_type"].typing_type is pl.DataFrame
    assert told["instance"] is instance


def test_a_loader_makes_a_manager_once():
    made = []

    @ep.io_manager
    def shelf() -> IOManager:
        made.append(Shelf())
        return made[0]

    definitions = ep.Definitions([orders, total], {"io_manager": shelf, "label": ""})
    instance = ep.Instance.ephemeral()
    materialize(definitions, instance=instance)
    loader = definitions.get_asset_value_loader(instance)
    loader.load_asset_values(["shop/orders", "total"])
    assert len(made) == 2  # The run's, and the loader's.


def test_a_result_that_reads_an_output_again_tells_the_manager_where_it_is():
    @asset
    def stream() -> pa.RecordBatchReader:
        return pa.table({"x": [1, 2]}).to_reader()

    class Reading(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            super().handle_output(context, obj.read_all())

    shelf = Reading()
    result = materialize([stream], resources={"io_manager": shelf, "label": "green tea"})
    assert result.output_for_node("stream").num_rows == 2
    (told,) = shelf.of_inputs
    assert told["run_id"] == result.run_id
    assert told["instance"] is result.instance
    assert told["resources"].label == told["upstream.resources"].label == "green tea"


# ---- metadata of a value ---------------------------------------------------------------------


def test_of_one_name_the_managers_metadata_wins_over_the_steps(instance: ep.Instance):
    class Counting(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            assert context.output_metadata["n"].value == 2
            assert context.get_logged_metadata() == {}
            context.add_output_metadata({"n": len(obj) * 10})
            assert context.get_logged_metadata() == {"n": MetadataValue.int(20)}
            super().handle_output(context, obj)

    shelf = Counting()
    result = materialize(
        [orders, total],
        instance=instance,
        resources={"io_manager": shelf, "label": ""},
        selection="shop/orders",
        raise_on_error=True,
    )
    (record,) = instance.fetch_materializations("shop/orders")
    assert {name: value.value for name, value in record.metadata.items()} == {
        "n": 20,
        "shelf": "top",
    }
    (event,) = result.asset_materializations_for_node("shop/orders")
    assert event.metadata == record.metadata


def test_a_manager_may_add_a_name_once_in_one_write():
    class Twice(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            context.add_output_metadata({"k": 1})
            context.add_output_metadata({"k": 2})

    with pytest.raises(ep.InvalidError, match="metadata 'k' of asset 'shop/orders'"):
        materialize([orders], resources={"io_manager": Twice(), "label": ""})


def test_what_a_manager_returns_counts_as_what_it_adds(instance: ep.Instance):
    class Returning(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
            super().handle_output(context, obj)
            return {"n": 3}

    class Repeating(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
            super().handle_output(context, obj)
            return {"shelf": "bottom"}

    resources: dict[str, Any] = {"io_manager": Returning(), "label": ""}
    materialize([orders], instance=instance, resources=resources)
    assert instance.fetch_materializations("shop/orders")[0].metadata["n"].value == 3
    resources["io_manager"] = Repeating()
    with pytest.raises(ep.InvalidError, match="metadata 'shelf'"):
        materialize([orders], resources=resources)
