"""Assets: how they are declared, run, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional, TypedDict

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import entrepot as ep
from entrepot import AssetIn, AssetKey, Definitions, asset, materialize


@asset(key_prefix="raw", group_name="shop", metadata={"owner": "sales", "shape": (2, 3)})
def orders() -> pd.DataFrame:
    """Every order."""
    return pd.DataFrame({"id": [1, 2, 3], "amount": [10.0, 20.0, 30.0]})


@asset(group_name="shop")
def total(orders: pd.DataFrame) -> float:
    return float(orders["amount"].sum())


def test_values_flow_by_parameter_name_within_a_group():
    result = materialize([orders, total])
    assert result.success
    assert result.output_for_node("total") == 60.0
    assert result.asset_value(AssetKey(["raw", "orders"])).equals(orders())


def test_an_asset_is_still_the_function_it_decorates():
    assert total(pd.DataFrame({"amount": [1.0]})) == 1.0
    assert orders.__doc__ == "Every order."
    assert orders.description == "Every order."
    assert orders.key == AssetKey(["raw", "orders"])


def test_keys_are_parsed_and_printed():
    assert AssetKey.from_user_string("a/b").path == ["a", "b"]
    assert AssetKey("a/b").path == ["a/b"]
    assert AssetKey.from_user_string(AssetKey(["a/b", "c"]).to_user_string()) == AssetKey(
        ["a/b", "c"]
    )
    assert len({AssetKey("a"), AssetKey(["a"])}) == 1
    with pytest.raises(ep.InvalidError, match="empty part"):
        AssetKey(["a", ""])


def test_an_asset_takes_key_or_name_and_prefix():
    @asset(name="b", key_prefix=["x", "y"])
    def whatever() -> int:
        return 1

    @asset(key="p/q")
    def other() -> int:
        return 2

    assert whatever.key.path == ["x", "y", "b"]
    assert other.key.path == ["p", "q"]
    with pytest.raises(ep.InvalidError, match="not both"):
        asset(key="a", name="b")(lambda: 1)


def test_ins_say_which_asset_a_parameter_reads():
    @asset
    def source() -> int:
        return 2

    @asset(ins={"value": AssetIn("source"), "again": AssetIn(key_prefix="other")})
    def double(value: int, *, again: int) -> int:
        return value * again

    @asset(key_prefix="other", name="again")
    def third() -> int:
        return 5

    assert materialize([source, double, third]).output_for_node("double") == 10


def test_ins_that_name_no_parameter_are_refused():
    with pytest.raises(ep.InvalidError, match=r"ins names \['vaule'\]"):

        @asset(ins={"vaule": AssetIn("source")})
        def double(value: int) -> int:
            return value


@pytest.mark.parametrize("given", [AssetKey(["raw", "orders"]), "raw/orders", ["raw", "orders"]])
def test_ins_take_nothing_but_an_asset_in(given: Any):
    with pytest.raises(ep.InvalidError, match=r"'total': ins\['x'\] .* write AssetIn\("):

        @asset(ins={"x": given})
        def total(x: int) -> int:
            return x


def test_an_asset_names_the_manager_that_keeps_it(instance: ep.Instance, tmp_path: Path):
    @asset(io_manager_key="lake")
    def kept() -> dict:
        return {"a": 1}

    @asset
    def read(kept: dict) -> int:
        return kept["a"]

    lake = ep.fs_io_manager.configured({"base_dir": str(tmp_path / "lake")})
    result = materialize([kept, read], instance=instance, resources={"lake": lake})
    assert result.output_for_node("read") == 1
    assert (tmp_path / "lake" / "kept.json").exists()
    assert (Path(instance.storage_directory()) / "read.json").exists()
    assert instance.fetch_materializations("kept")[0].io_manager_key == "lake"
    assert instance.fetch_materializations("read")[0].io_manager_key == "io_manager"


def test_a_parameter_list_of_any_length_is_refused():
    with pytest.raises(ep.InvalidError, match=r"'\*values' names no input"):

        @asset
        def bad(*values: int) -> int:
            return 1


def test_deps_order_without_being_read():
    seen = []

    @asset(deps=["first"])
    def second() -> None:
        seen.append("second")

    @asset
    def first() -> None:
        seen.append("first")

    @asset(deps=[second])
    def third() -> int:
        return len(seen)

    assert materialize([third, second, first]).output_for_node("third") == 2
    assert seen == ["first", "second"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (pd.DataFrame, pd.DataFrame),
        (pl.DataFrame, pl.DataFrame),
        (pl.LazyFrame, pl.LazyFrame),
        (pa.Table, pa.Table),
        (pa.RecordBatchReader, pa.RecordBatchReader),
        (Optional[pd.DataFrame], pd.DataFrame),
        (Any, pd.DataFrame),
    ],
)
@pytest.mark.parametrize("manager", [ep.fs_io_manager, ep.mem_io_manager])
def test_the_annotation_of_the_consumer_chooses_the_type_it_gets(
    annotation: Any, expected: type, manager: Any
):
    @asset
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"x": [1, 2]})

    def consumer(frame):
        return isinstance(frame, expected)

    consumer.__annotations__["frame"] = annotation
    result = materialize([frame, asset(consumer)], resources={"io_manager": manager})
    assert result.output_for_node("consumer") is True


def test_arrays_come_back_writable_and_are_no_one_elses():
    @asset
    def array() -> np.ndarray:
        return np.arange(6.0).reshape(2, 3)

    @asset
    def changed(array: np.ndarray) -> float:
        array[0, 0] = 100
        return float(array.sum())

    @asset
    def unchanged(array: np.ndarray, changed: float) -> float:
        return float(array.sum())

    result = materialize([array, changed, unchanged])
    assert result.output_for_node("changed") == 115
    assert result.output_for_node("unchanged") == 15


def test_frames_that_are_handed_over_are_no_one_elses():
    @asset
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"x": [1, 2]})

    @asset
    def changed(frame: pd.DataFrame) -> int:
        frame.loc[0, "x"] = 100
        frame.attrs["seen"] = True
        return int(frame["x"].sum())

    @asset
    def unchanged(frame: pd.DataFrame, changed: int) -> int:
        assert not frame.attrs
        return int(frame["x"].sum())

    result = materialize([frame, changed, unchanged])
    assert result.output_for_node("changed") == 102
    assert result.output_for_node("unchanged") == 3


def test_the_memory_manager_shares_its_objects():
    @asset
    def values() -> list:
        return [1]

    @asset
    def appended(values: list) -> int:
        values.append(2)
        return len(values)

    result = ep.materialize_to_memory([values, appended])
    assert result.output_for_node("values") == [1, 2]


def test_materialize_to_memory_refuses_a_manager():
    @asset
    def one() -> int:
        return 1

    with pytest.raises(ep.InvalidError, match="'io_manager'"):
        ep.materialize_to_memory([one], resources={"io_manager": ep.fs_io_manager})


def test_the_context_knows_the_step(instance: ep.Instance):
    @asset
    def with_context(context: ep.AssetExecutionContext) -> str:
        context.log.info("hello %s", "there")
        context.log.warning("careful")
        context.add_output_metadata({"n": np.int64(3), "note": "x"})
        assert context.asset_key == AssetKey("with_context")
        assert context.resources.database == "db"
        assert context.retry_number == 0
        return context.run_id

    result = materialize([with_context], instance=instance, resources={"database": "db"})
    assert result.output_for_node("with_context") == result.run_id
    (record,) = instance.fetch_materializations("with_context")
    assert record.metadata["n"].value == 3
    lines = [e.data for e in instance.all_logs(result.run_id) if e.event_type == "logged"]
    assert lines == [
        {"level": "info", "message": "hello there"},
        {"level": "warning", "message": "careful"},
    ]


def test_an_unbound_resource_is_an_error_that_lists_what_there_is():
    @asset
    def needs(context) -> int:
        return context.resources.databse

    with pytest.raises(AttributeError, match="did you mean 'database'"):
        materialize([needs], resources={"database": 1})


def test_user_exceptions_keep_type_and_traceback():
    class Unusual(Exception):
        pass

    @asset
    def bad() -> int:
        raise Unusual("seven")

    @asset
    def after(bad: int) -> int:
        return bad

    with pytest.raises(Unusual, match="seven") as caught:
        materialize([bad, after])
    assert caught.traceback[-1].name == "bad"
    result = materialize([bad, after], raise_on_error=False)
    assert not result.success
    assert result.is_node_failed("bad")
    assert result.is_node_skipped("after")
    with pytest.raises(ep.InvalidError, match="skipped"):
        result.output_for_node("after")


def test_a_wrong_return_type_is_an_error_that_names_both():
    @asset
    def frame() -> pd.DataFrame:
        return {"not": "a frame"}  # type: ignore[return-value]

    with pytest.raises(TypeError, match="'frame' returned a 'dict'.*'DataFrame'"):
        materialize([frame])


def test_a_function_that_returns_nothing_against_its_annotation_is_an_error():
    @asset
    def frame() -> pd.DataFrame:
        return None  # type: ignore[return-value]

    with pytest.raises(TypeError, match="returned a 'NoneType'"):
        materialize([frame])


def test_none_is_a_value_unless_the_annotation_says_nothing(instance: ep.Instance):
    @asset
    def stored():
        return None

    @asset
    def not_stored() -> None:
        return None

    @asset
    def consumer(stored, not_stored) -> bool:
        return stored is None and not_stored is None

    result = materialize([stored, not_stored, consumer], instance=instance)
    assert result.output_for_node("consumer") is True
    assert instance.load("stored") is None
    with pytest.raises(ep.NotFoundError, match="without a value"):
        instance.load("not_stored")


def test_definitions_report_every_fault_at_once():
    @asset(io_manager_key="nowhere")
    def a(b: int) -> int:
        return b

    @asset
    def b(a: int) -> int:
        return a

    with pytest.raises(ep.InvalidError) as caught:
        Definitions([a, b]).validate()
    assert "cycle: a → b → a" in str(caught.value) or "cycle: b → a → b" in str(caught.value)
    assert "'nowhere'" in str(caught.value)
    with pytest.raises(ep.InvalidError, match="defined more than once"):
        Definitions([total, total]).validate()


def test_selections_choose_what_runs(instance: ep.Instance):
    result = materialize([orders, total], instance=instance, selection="raw/orders")
    assert [step.step_key for step in result.steps] == ["raw/orders"]
    result = materialize([orders, total], instance=instance, selection=[total])
    assert result.output_for_node("total") == 60.0
    with pytest.raises(ep.InvalidError, match="did you mean 'total'"):
        materialize([orders, total], selection="totl")


def test_an_input_that_is_nowhere_fails_the_run_before_its_first_step(instance: ep.Instance):
    with pytest.raises(FileNotFoundError, match="never materialized"):
        materialize([orders, total], instance=instance, selection="total")
    [run] = instance.get_runs()
    assert run.status == "failure" and "never materialized" in run.error
    assert instance.get_run_step_stats(run.run_id) == []


def test_an_external_input_is_loaded_from_the_instance(instance: ep.Instance):
    instance.store("outside", 5)

    @asset
    def inside(outside: int) -> int:
        return outside + 1

    assert materialize([inside], instance=instance).output_for_node("inside") == 6


def test_definition_metadata_comes_back_as_it_was_given():
    seen = {}

    class Manager(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            seen.update(context.definition_metadata)

        def load_input(self, context: ep.InputContext) -> Any:
            raise AssertionError

    materialize([orders], resources={"io_manager": Manager()})
    assert seen == {"owner": "sales", "shape": (2, 3)}


def test_a_stream_is_stored_without_being_held():
    def batches():
        for i in range(5):
            yield pa.record_batch({"x": np.arange(1000) + i})

    @asset
    def stream() -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(pa.schema({"x": pa.int64()}), batches())

    @asset
    def rows(stream: pa.RecordBatchReader) -> int:
        return sum(batch.num_rows for batch in stream)

    assert materialize([stream, rows]).output_for_node("rows") == 5000


class Collected(ep.IOManager):
    """Keeps streams as tables."""

    def __init__(self) -> None:
        self.tables: dict[AssetKey, pa.Table] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        table = obj.read_all() if isinstance(obj, pa.RecordBatchReader) else obj
        self.tables[context.asset_key] = table

    def load_input(self, context: ep.InputContext) -> Any:
        return self.tables[context.asset_key]


@pytest.mark.parametrize("manager", [ep.fs_io_manager, ep.mem_io_manager, Collected()])
def test_every_reader_of_a_stream_gets_all_of_it(manager: Any):
    @asset
    def stream() -> pa.RecordBatchReader:
        return pa.table({"x": [1, 2, 3]}).to_reader(max_chunksize=2)

    @asset
    def first(stream: pa.RecordBatchReader) -> int:
        return stream.read_all().num_rows

    @asset
    def second(stream: pa.Table) -> int:
        return stream.num_rows

    result = materialize([stream, first, second], resources={"io_manager": manager})
    assert (result.output_for_node("first"), result.output_for_node("second")) == (3, 3)
    for _ in range(2):
        assert pa.table(result.output_for_node("stream")).num_rows == 3


def test_a_name_that_entrepot_does_not_have_is_said_so():
    with pytest.raises(AttributeError, match="entrepot has no 'ScheduleDefinition'"):
        ep.ScheduleDefinition  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'materialize'"):
        ep.materialise  # noqa: B018


class Row(TypedDict):
    x: int


def test_annotations_that_isinstance_does_not_know_are_left_alone():
    @asset
    def anything() -> Any:
        return 1

    @asset
    def row() -> Row:
        return {"x": 1}

    @asset
    def union() -> "int | str":
        return "x"

    result = materialize([anything, row, union])
    assert result.output_for_node("row") == {"x": 1}


def test_an_annotation_that_cannot_be_resolved_spoils_no_other():
    def consumer(frame, other):
        return type(frame)

    consumer.__annotations__ = {
        "frame": "pd.DataFrame", "other": "Nowhere", "return": "Missing"
    }

    @asset
    def frame() -> pa.Table:
        return pa.table({"x": [1]})

    @asset
    def other() -> int:
        return 1

    seen = ep.materialize_to_memory([frame, other, asset(consumer)])
    assert seen.output_for_node("consumer") is pd.DataFrame


def test_an_empty_selection_is_an_error_and_not_everything():
    with pytest.raises(ep.InvalidError, match="selection is empty"):
        materialize([orders, total], selection=[])
    with pytest.raises(ep.InvalidError, match="not by both"):
        materialize([orders, total], selection=["total", AssetKey("total")])


def test_a_long_chain_behind_a_failure_is_skipped():
    @asset
    def step_0() -> int:
        raise ValueError("first")

    chain = [step_0]
    for i in range(1, 30_000):
        chain.append(asset(name=f"step_{i}", deps=[chain[-1]])(lambda: 1))
    result = ep.materialize_to_memory(chain, raise_on_error=False)
    assert result.is_node_skipped("step_29999")


def test_definition_metadata_may_be_anything():
    @asset(metadata={"huge": 2**70, "object": object()})
    def odd(context) -> int:
        return 1

    assert materialize([odd]).success
