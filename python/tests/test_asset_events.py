"""What managers and steps log of assets: metadata of their values, observations,
materializations."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import AssetKey, IOManager, MetadataValue, asset, materialize
from shop import Shelf, orders, total


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
