"""What I/O managers are told of the values they store and load: every name of the contexts,
in a run and outside of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
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


@asset(
    key_prefix="shop",
    metadata={"colour": "red", "shape": (2, 3)},
    code_version="7",
    group_name="shopping",
    tags={"team": "sales"},
    kinds={"table"},
)
def orders(context: ep.AssetExecutionContext) -> pd.DataFrame:
    context.add_output_metadata({"n": 2})
    return pd.DataFrame({"x": [1, 2]})


@asset(
    group_name="shopping",
    ins={"bought": AssetIn("shop/orders", metadata={"columns": ["x"], "colour": "blue"})},
)
def total(bought: pd.DataFrame) -> int:
    return int(bought["x"].sum())


def itself(value: Any) -> Any:
    return value


def its_type(value: Any) -> Any:
    return value.typing_type


def its_facts(spec: ep.AssetSpec) -> Any:
    return (spec.group_name, spec.tags, spec.kinds, spec.code_version)


def its_label(value: Any) -> Any:
    return value.label


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
    "asset_spec": (its_facts, ("shopping", {"team": "sales"}, {"table"}, "7")),
    "get_asset_identifier()": (itself, ["shop", "orders"]),
    "get_output_identifier()": (itself, [RUN_ID, "shop/orders", "result"]),
    "get_run_scoped_output_identifier()": (itself, [RUN_ID, "shop/orders", "result"]),
    "get_asset_output_identifier()": (itself, ["shop", "orders"]),
    "get_logged_events()": (itself, []),
    "op_def": (itself, orders),
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
    "asset_spec": (its_facts, ("shopping", {"team": "sales"}, {"table"}, "7")),
    "get_asset_identifier()": (itself, ["shop", "orders"]),
    "get_observations()": (itself, []),
    "op_def": (itself, total),
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
    "upstream.metadata": (itself, {"colour": "red", "shape": (2, 3)}),
    "upstream.has_asset_key": (itself, True),
    "upstream.has_partition_key": (itself, False),
    "upstream.has_asset_partitions": (itself, False),
    "upstream.asset_spec": (its_facts, ("shopping", {"team": "sales"}, {"table"}, "7")),
    "upstream.op_def": (itself, orders),
    "upstream.log": (type, ep._core.StepLog),
    "upstream.job_name": (itself, None),
    "upstream.version": (itself, None),  # A user-written manager leaves no receipt of one.
    "upstream.io_manager_key": (itself, "io_manager"),
    "upstream.config": (itself, None),
    "upstream.resource_config": (itself, {}),
    "upstream.receipts": (itself, []),
    "upstream.mapping_key": (itself, None),
    "upstream.get_identifier()": (itself, [RUN_ID, "shop/orders", "result"]),
    "upstream.get_asset_identifier()": (itself, ["shop", "orders"]),
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
OTHERS = {
    ep.OutputContext: OF_PARTITIONS | {"add_output_metadata", "log_event"},
    ep.InputContext: OF_PARTITIONS | {"add_input_metadata"},
}


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


# ---- what is logged of assets ----------------------------------------------------------------


def test_what_a_load_shows_is_logged_as_an_observation_of_the_asset(instance: ep.Instance):
    class Watching(Shelf):
        def load_input(self, context: ep.InputContext) -> Any:
            context.add_input_metadata({"rows": 2}, description="read")
            context.add_input_metadata({"rows": 3})
            (first, second) = context.get_observations()
            assert (first.description, second.description) == ("read", None)
            return super().load_input(context)

    result = materialize(
        [orders, total], instance=instance, resources={"io_manager": Watching(), "label": ""}
    )
    observations = result.asset_observations_for_node("total")
    assert [o.metadata for o in observations] == [
        {"rows": MetadataValue.int(2)},
        {"rows": MetadataValue.int(3)},
    ]
    assert {o.asset_key for o in observations} == {AssetKey(["shop", "orders"])}
    assert result.asset_observations_for_node("shop/orders") == []


def test_a_load_of_several_partitions_observes_each():
    class Watching(IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            pass

        def load_input(self, context: ep.InputContext) -> Any:
            context.add_input_metadata({"seen": True})
            return {}

    days = ep.StaticPartitionsDefinition(["a", "b"])

    @asset(partitions_def=days)
    def parts() -> int:
        return 1

    @asset
    def whole(parts: dict) -> int:
        return len(parts)

    instance = ep.Instance.ephemeral()
    resources: dict[str, Any] = {"io_manager": Watching()}
    for key in days.get_partition_keys():
        materialize([parts], instance=instance, resources=resources, partition_key=key)
    result = materialize(
        [parts, whole], instance=instance, resources=resources, selection="whole"
    )
    observations = result.asset_observations_for_node("whole")
    assert [o.partition for o in observations] == ["a", "b"]


def test_a_manager_may_log_events_and_return_or_yield_them(instance: ep.Instance):
    class Indexing(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
            super().handle_output(context, obj)
            context.log_event(ep.AssetObservation("shop/orders", metadata={"fresh": True}))
            yield ep.AssetMaterialization("index/orders", metadata={"entries": 2})
            yield {"indexed": True}
            assert [type(e) for e in context.get_logged_events()] == [
                ep.AssetObservation,
                ep.AssetMaterialization,
            ]

    result = materialize(
        [orders], instance=instance, resources={"io_manager": Indexing(), "label": ""}
    )
    (record,) = instance.fetch_materializations("index/orders")
    assert record.metadata == {"entries": MetadataValue.int(2)}
    assert record.run_id == result.run_id
    (stored,) = instance.fetch_materializations("shop/orders")
    assert stored.metadata["indexed"].value is True
    (observed,) = result.get_asset_observation_events()
    assert observed.asset_observation.metadata == {"fresh": MetadataValue.bool(True)}


def test_a_step_logs_events_too(instance: ep.Instance):
    @asset
    def watcher(context: ep.AssetExecutionContext) -> int:
        context.log_event(ep.AssetObservation("far/away", description="seen", partition="p"))
        return 1

    result = materialize([watcher], instance=instance)
    (observation,) = result.asset_observations_for_node("watcher")
    assert observation.asset_key == AssetKey(["far", "away"])
    assert observation.partition == "p"


def test_only_events_can_be_logged_as_such():
    context = ep.build_output_context(asset_key="a")
    with pytest.raises(ep.InvalidError, match="AssetObservation or an AssetMaterialization, not a"):
        context.log_event({"rows": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("returned", [5, "path", [{"rows": 1}]])
def test_a_manager_that_returns_something_illegal_is_refused(returned: Any):
    class Wrong(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
            return returned

    kind = type(returned).__name__
    with pytest.raises(ep.InvalidError, match=rf"handle_output must return .*, not a '{kind}'"):
        materialize([orders], resources={"io_manager": Wrong(), "label": ""})


# ---- the step's own context ------------------------------------------------------------------


def test_a_step_is_told_of_itself_and_of_its_run(instance: ep.Instance):
    seen: dict[str, Any] = {}

    @asset(key_prefix="shop")
    def step(context: ep.AssetExecutionContext) -> int:
        for name in STEP:
            seen[name] = getattr(context, name)
        with pytest.raises(ep.InvalidError, match="the run has no partition"):
            context.partition_key  # noqa: B018
        assert not hasattr(context, "partition_keys")
        context.add_output_metadata({"n": 1})
        assert context.output_metadata() == {"n": MetadataValue.int(1)}
        return 1

    result = materialize([step], instance=instance, resources={"label": "green tea"})
    assert seen.pop("run_id") == result.run_id
    assert seen.pop("instance") is instance
    assert seen.pop("resources").label == "green tea"
    assert isinstance(seen.pop("log"), ep._core.StepLog)
    assert seen == {
        "step_key": "shop/step",
        "job_name": None,
        "asset_key": AssetKey(["shop", "step"]),
        "has_assets": True,
        "has_partition_key": False,
        "retry_number": 0,
        "op_def": step,
    }


STEP = (
    "run_id",
    "instance",
    "resources",
    "log",
    "step_key",
    "job_name",
    "asset_key",
    "has_assets",
    "has_partition_key",
    "retry_number",
    "op_def",
)


def by_name(context) -> str:
    return context.run_id


def by_underscored_name(_context) -> str:
    return _context.run_id


def by_underscore(_) -> str:
    return _.run_id


def by_annotation(step: ep.OpExecutionContext) -> str:
    return step.run_id


def by_annotation_as_text(step: "dg.AssetExecutionContext") -> str:  # noqa: F821 # type: ignore
    return step.run_id


@pytest.mark.parametrize(
    "function", [by_name, by_underscored_name, by_underscore, by_annotation, by_annotation_as_text]
)
def test_a_first_parameter_that_is_so_named_or_annotated_gets_the_context(
    function: Callable[[Any], str],
):
    result = materialize([asset(function)])
    assert result.output_for_node(function.__name__) == result.run_id


# ---- contexts without a run ------------------------------------------------------------------


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


# ---- the documentation -----------------------------------------------------------------------

ROOT = Path(__file__).parents[2]
CONTEXTS = {"O": ep.OutputContext, "I": ep.InputContext, "S": ep.AssetExecutionContext}
HEADERS = {
    "O": ("io/context.h", "class OutputContext", "struct LoadRequest"),
    "I": ("io/context.h", "class InputContext", None),
    "S": ("execution/step_context.h", "class StepContext", None),
}


def documented() -> list[tuple[str, list[str], list[str]]]:
    """Read the table: name, letters of the contexts that have it, names in C++."""
    text = (ROOT / "docs/contexts.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([OIS ]+) \| ([^|]*) \|", text, re.MULTILINE)
    return [(name, of.split(), re.findall(r"`(\w+)\(\)`", cpp)) for name, of, cpp in rows]


@pytest.mark.parametrize("letter", CONTEXTS)
def test_the_documented_table_has_every_name_and_no_other(letter: str):
    names = [name for name, of, _ in documented() if letter in of]
    assert sorted(names) == [name for name in dir(CONTEXTS[letter]) if not name.startswith("_")]


@pytest.mark.parametrize("letter", HEADERS)
def test_the_documented_table_names_what_cpp_has(letter: str):
    file, begin, end = HEADERS[letter]
    header = (ROOT / "src/entrepot" / file).read_text().partition(begin)[2]
    header = header.partition(end)[0] if end else header
    for name, of, in_cpp in documented():
        if letter in of and name != "mapping_key":
            assert any(re.search(rf"\b{cpp}\(", header) for cpp in in_cpp), name
