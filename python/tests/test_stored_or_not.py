"""What of a step's result its I/O manager is given, what is logged, and what a consumer gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import entrepot as ep
from entrepot import MaterializeResult, Output, asset, materialize, multi_asset

NOT_CALLED = object()


class Keeping(ep.IOManager):
    """Keeps values by key; loads of what it was not given fail."""

    def __init__(self) -> None:
        self.values: dict[ep.AssetKey, Any] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values[context.asset_key] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        return self.values[context.asset_key]


# Functions as a user writes them: the annotation, or that there is none, is half of the case.


def unannotated_none():
    return None


def annotated_none() -> None:
    return None


def annotated_nothing() -> ep.Nothing:
    return None  # type: ignore[return-value]


def annotated_result() -> MaterializeResult:
    return MaterializeResult(metadata={"rows": 3})


def unannotated_result_of_a_value():
    return MaterializeResult(value=5)


def unannotated_result():
    return MaterializeResult(metadata={"rows": 3})


def output_of_none():
    return Output(None)


def annotated_result_of_a_type() -> MaterializeResult[int]:
    return MaterializeResult(value=5)


def result_of_none():
    return MaterializeResult(value=None)


def generator_of_a_result():
    yield MaterializeResult(value=5)


class Row(NamedTuple):
    """A function, what its manager is called with, and what a consumer gets."""

    made: Callable[..., Any]
    stored: Any
    got: Any


ROWS = [
    Row(unannotated_none, None, None),
    Row(annotated_none, NOT_CALLED, None),
    Row(annotated_nothing, NOT_CALLED, None),
    Row(annotated_result, NOT_CALLED, None),
    Row(unannotated_result_of_a_value, 5, 5),
    Row(unannotated_result, NOT_CALLED, None),
    Row(output_of_none, None, None),
    Row(annotated_result_of_a_type, 5, 5),
    Row(result_of_none, None, None),
    Row(generator_of_a_result, 5, 5),
]
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.made.__name__)


@each_row
def test_the_manager_is_called_with(row: Row):
    manager, instance = Keeping(), ep.Instance.ephemeral()
    result = materialize(
        [asset(name="made")(row.made)], instance=instance, resources={"io_manager": manager}
    )
    assert result.success
    assert list(manager.values.values()) == ([] if row.stored is NOT_CALLED else [row.stored])
    (record,) = instance.fetch_materializations("made")  # Logged, stored or not.
    told = getattr(row.made(), "metadata", {})
    assert {name: value.value for name, value in record.metadata.items()} == told


@each_row
@pytest.mark.parametrize("manager", ["files", "memory", "written in Python"])
@pytest.mark.parametrize("run", ["the same run", "a later run"])
def test_a_consumer_gets(row: Row, manager: str, run: str):
    bound: dict[str, Any] = {
        "files": {},
        "memory": {"io_manager": ep.InMemoryIOManager()},
        "written in Python": {"io_manager": Keeping()},
    }[manager]
    made = asset(name="made")(row.made)

    @asset
    def reader(made: Any) -> list:
        return [made]

    instance = ep.Instance.ephemeral()
    options: dict[str, Any] = {"instance": instance, "resources": bound}
    if run == "a later run":
        materialize([made], **options)
        options["selection"] = "reader"
    assert materialize([made, reader], **options).output_for_node("reader") == [row.got]


def test_specs_store_nothing_unless_they_name_a_manager():
    manager = Keeping()

    @multi_asset(specs=[ep.AssetSpec("x"), ep.AssetSpec("y").with_io_manager_key("io_manager")])
    def outside():
        yield MaterializeResult(asset_key="x")
        yield MaterializeResult(asset_key="y", value=4)

    @asset
    def reader(x: Any, y: int) -> list:
        return [x, y]

    resources = {"io_manager": manager}
    result = materialize([outside, reader], resources=resources)
    assert result.output_for_node("reader") == [None, 4]
    assert manager.values == {ep.AssetKey("y"): 4, ep.AssetKey("reader"): [None, 4]}


def test_a_value_for_what_stores_nothing_is_an_error():
    @asset
    def promised_nothing() -> None:
        return 5  # type: ignore[return-value]

    with pytest.raises(TypeError, match="returned a 'int', but .* annotated to return 'None'"):
        materialize([promised_nothing])


def test_what_stores_nothing_hides_what_was_stored_before():
    instance = ep.Instance.ephemeral()

    @asset
    def reader(made: Any) -> list:
        return [made]

    materialize([asset(name="made")(unannotated_result_of_a_value)], instance=instance)
    made = asset(name="made")(annotated_none)
    materialize([made], instance=instance)
    result = materialize([made, reader], instance=instance, selection="reader")
    assert result.output_for_node("reader") == [None]


def test_a_load_of_what_stored_nothing_says_so():
    instance = ep.Instance.ephemeral()
    made = asset(name="made")(annotated_none)
    result = materialize([made], instance=instance)
    message = "'made' .* without a value: its function returned nothing"
    with pytest.raises(ep.NotFoundError, match=message):
        instance.load("made")
    with pytest.raises(ep.NotFoundError, match=message):
        ep.Definitions([made]).get_asset_value_loader(instance).load_asset_value("made")
    with pytest.raises(ep.InvalidError, match="stored no value"):
        result.asset_value("made")


def test_a_partition_that_stored_nothing_is_a_missing_partition():
    instance = ep.Instance.ephemeral()

    @asset(partitions_def=ep.StaticPartitionsDefinition(["a", "b"]))
    def made(context: ep.AssetExecutionContext):
        return MaterializeResult() if context.partition_key == "b" else MaterializeResult(value=1)

    @asset
    def strict(made: dict) -> list:
        return [made]

    @asset(ins={"made": ep.AssetIn(metadata={"allow_missing_partitions": True})})
    def lenient(made: dict) -> list:
        return [made]

    for key in "ab":
        materialize([made], instance=instance, partition_key=key)
    with pytest.raises(ep.NotFoundError, match="partition 'b'.* without a value"):
        materialize([made, strict], instance=instance, selection="strict")
    result = materialize([made, lenient], instance=instance, selection="lenient")
    assert result.output_for_node("lenient") == [{"a": 1}]


def test_a_loader_of_an_input_manager_is_asked_for_what_stored_nothing():
    class Endpoint(ep.InputManager):
        def load_input(self, context: ep.InputContext) -> Any:
            return f"from outside: {context.asset_key.to_user_string()}"

    @asset(ins={"made": ep.AssetIn(input_manager_key="endpoint")})
    def reader(made: str) -> str:
        return made

    made = asset(name="made")(annotated_none)
    result = materialize([made, reader], resources={"endpoint": Endpoint()})
    assert result.output_for_node("reader") == "from outside: made"
