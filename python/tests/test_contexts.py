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
from entrepot import AssetKey, MetadataValue, asset, materialize
from shop import Shelf, orders, total

RUN_ID = object()  # Stands for the run's id, which no table can know.


class NotingShelf(Shelf):
    """Keeps what it was told, too, as it was told it."""

    def __init__(self) -> None:
        super().__init__()
        self.of_outputs: list[dict[str, Any]] = []
        self.of_inputs: list[dict[str, Any]] = []

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.of_outputs.append(everything_in(context, OUTPUT))
        super().handle_output(context, obj)

    def load_input(self, context: ep.InputContext) -> Any:
        self.of_inputs.append(
            everything_in(context, INPUT) | everything_in(context.upstream_output, UPSTREAM)
        )
        return super().load_input(context)


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
# What only partitions have (test_partitioned_contexts.py).
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
    shelf = NotingShelf()
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

    class Keeping(ep.IOManager):
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


def stored_on(shelf: NotingShelf) -> tuple[ep.Definitions, ep.Instance]:
    definitions = ep.Definitions(
        [orders, total], {"io_manager": shelf, "label": "green tea"}
    )
    instance = ep.Instance.ephemeral()
    materialize(definitions, instance=instance)
    shelf.of_inputs.clear()
    return definitions, instance


@pytest.mark.parametrize("name", sorted(UPSTREAM))
def test_a_loader_from_definitions_tells_a_manager_of_the_output_what_a_run_does(name: str):
    shelf = NotingShelf()
    definitions, instance = stored_on(shelf)
    definitions.get_asset_value_loader(instance).load_asset_value("shop/orders")
    look, expected = UPSTREAM[name]
    (told,) = shelf.of_inputs
    expect(look(told[name]), expected, {"run_id": instance.get_runs()[0].run_id})


def test_a_loader_from_definitions_tells_a_manager_of_the_load():
    shelf = NotingShelf()
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
    shelf = NotingShelf()
    definitions, instance = stored_on(shelf)
    definitions.get_asset_value_loader(instance).load_asset_value("shop/orders")
    assert shelf.of_inputs[0]["dagster_type"].typing_type is Any


def test_a_plain_load_tells_a_manager_the_type_and_the_instance():
    shelf = NotingShelf()
    instance = ep.Instance.ephemeral()
    instance.store("x", pd.DataFrame({"x": [1]}), io_manager=shelf)
    assert isinstance(instance.load("x", pl.DataFrame), pl.DataFrame)
    (told,) = shelf.of_inputs
    assert told["dagster_type"].typing_type is pl.DataFrame
    assert told["instance"] is instance


def test_a_loader_makes_a_manager_once():
    made = []

    @ep.io_manager
    def shelf() -> ep.IOManager:
        made.append(NotingShelf())
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

    class Reading(NotingShelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            super().handle_output(context, obj.read_all())

    shelf = Reading()
    result = materialize([stream], resources={"io_manager": shelf, "label": "green tea"})
    assert result.output_for_node("stream").num_rows == 2
    (told,) = shelf.of_inputs
    assert told["run_id"] == result.run_id
    assert told["instance"] is result.instance
    assert told["resources"].label == told["upstream.resources"].label == "green tea"


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
