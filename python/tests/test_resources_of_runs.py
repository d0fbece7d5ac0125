"""Resources of a run: what steps require and bring along, and how they are configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot import (
    ConfigurableIOManager,
    ConfigurableResource,
    Field,
    RunConfig,
    asset,
    io_manager,
    job,
    multi_asset,
    op,
    resource,
)
from configured_assets import Login, report, resources, where


class Shelf(ConfigurableResource):
    db: Login


def test_resources_get_the_fields_that_a_run_gives_over_their_own() -> None:
    bound = {"db": Login(host="own", password="p")}
    result = ep.materialize([where], resources=bound, run_config=resources(db={"port": 7}))
    assert result.output_for_node("where") == ["own", 7, "p"]
    partial = {"db": Login.configure_at_launch(port=1)}
    given = RunConfig(resources={"db": {"host": "run"}})
    result = ep.materialize([where], resources=partial, run_config=given)
    assert result.output_for_node("where") == ["run", 1, ""]
    with pytest.raises(ep.InvalidError, match="root:db:hots.*did you mean 'host'"):
        ep.materialize([where], resources=bound, run_config=resources(db={"hots": "x"}))


def test_functions_and_managers_are_configured_by_the_run(tmp_path: Path) -> None:
    @resource(config_schema={"url": str})
    def client(context: ep.InitResourceContext) -> str:
        return context.resource_config["url"]

    @io_manager(config_schema={"place": Field(str, default_value="here")})
    def shelf(context: ep.InitResourceContext) -> ep.IOManager:
        return PlaceShelf(place=context.resource_config["place"])

    class PlaceShelf(ConfigurableIOManager):
        place: str

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            (tmp_path / self.place).write_text(obj)

        def load_input(self, context: ep.InputContext) -> Any: ...

    @asset(required_resource_keys={"client"})
    def used(context: ep.AssetExecutionContext) -> str:
        return context.resources.client

    bound = {"client": client, "io_manager": shelf}
    config = resources(client={"url": "http://x"}, io_manager={"place": "there"})
    ep.materialize([used], resources=bound, run_config=config)
    assert (tmp_path / "there").read_text() == "http://x"
    with pytest.raises(ep.InvalidError, match="root:client is missing"):
        ep.materialize([used], resources=bound)
    ep.materialize([used], resources={"client": client, "io_manager": ep.fs_io_manager},
                   run_config=resources(client={"url": "y"},
                                        io_manager={"base_dir": str(tmp_path)}))
    assert (tmp_path / "used.txt").read_text() == "y"


def test_required_resources_are_checked_with_the_definitions() -> None:
    @asset(required_resource_keys={"databse"})
    def needy() -> int:
        return 1

    with pytest.raises(ep.InvalidError, match="step 'needy' requires resource 'databse', which is "
                                              "not bound.*did you mean 'database'.*: database, db"):
        ep.Definitions([needy], {"database": 1, "db": 2}).validate()
    with pytest.raises(ep.InvalidError, match="step 'where' requires resource 'db'"):
        ep.materialize([where])
    with pytest.raises(ep.InvalidError, match="is a set of keys: {'db'}"):

        @asset(required_resource_keys="db")
        def wrong() -> int:
            return 1

    @op(required_resource_keys={"db"})
    def step() -> int:
        return 1

    @job
    def nightly() -> None:
        step()

    with pytest.raises(ep.InvalidError, match="step 'step' requires resource 'db'.*there are: io"):
        nightly.execute_in_process()


def test_every_bound_resource_is_there_declared_or_not() -> None:
    @asset
    def used(context: ep.AssetExecutionContext) -> int:
        return context.resources.number

    @asset(required_resource_keys={"shelf"})
    def requires_a_manager(context: ep.AssetExecutionContext) -> bool:
        return isinstance(context.resources.shelf, ep.IOManager)

    @io_manager
    def shelf() -> Any:
        return KeptInMemory()

    result = ep.materialize([used, requires_a_manager], resources={"number": 7, "shelf": shelf})
    assert result.output_for_node("used") == 7
    assert result.output_for_node("requires_a_manager") is True


class KeptInMemory(ep.IOManager):
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values["/".join(context.get_identifier())] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        return self.values["/".join(context.get_identifier())]


def test_outputs_bring_io_managers_of_their_own() -> None:
    own, part, out = KeptInMemory(), KeptInMemory(), KeptInMemory()

    @asset(io_manager_def=own)
    def one() -> int:
        return 1

    @multi_asset(outs={"two": ep.AssetOut(io_manager_def=part), "three": ep.AssetOut()})
    def several() -> tuple:
        return 2, 3

    @asset
    def total(one: int, two: int, three: int) -> int:
        return one + two + three

    result = ep.materialize([one, several, total])
    assert result.output_for_node("total") == 6
    assert (list(own.values.values()), list(part.values.values())) == ([1], [2])
    assert ep.materialize_to_memory([one]).output_for_node("one") == 1
    assert len(own.values) == 1

    @op(out=ep.Out(io_manager_def=out))
    def four() -> int:
        return 4

    @job
    def nightly() -> None:
        four()

    nightly.execute_in_process()
    assert list(out.values.values()) == [4]
    with pytest.raises(ep.InvalidError, match="io_manager_key or io_manager_def, not both"):
        asset(io_manager_key="x", io_manager_def=own)(lambda: 1)


def test_resources_that_assets_bring_give_way_to_those_bound() -> None:
    def used_by(name: str, value: str) -> ep.AssetsDefinition:
        @asset(name=name, resource_defs={"db": value})
        def used(context: ep.AssetExecutionContext) -> str:
            return context.resources.db

        return used

    one, other = used_by("one", "its own"), used_by("other", "another")
    assert ep.materialize([one]).output_for_node("one") == "its own"
    assert ep.materialize([one, other], resources={"db": "bound"}).output_for_node("one") == "bound"
    with pytest.raises(ep.InvalidError, match="asset 'other' brings another resource 'db'"):
        ep.materialize([one, other])


def test_a_teardown_runs_after_a_configured_setup() -> None:
    notes = []

    @resource(config_schema={"name": str})
    def pool(context: ep.InitResourceContext) -> Iterator[str]:
        notes.append(f"open {context.resource_config['name']}")
        yield "pool"
        notes.append("close")

    ep.materialize([report], resources={"pool": pool}, run_config=resources(pool={"name": "a"}))
    assert notes == ["open a", "close"]


def test_a_job_of_definitions_has_their_resources() -> None:
    @op(required_resource_keys={"db"})
    def read(context: ep.OpExecutionContext) -> list:
        return [context.resources.db, context.resources.own]

    @job(resource_defs={"own": "the job's"})
    def nightly() -> None:
        read()

    defs = ep.Definitions(jobs=[nightly], resources={"db": "bound"})
    result = defs.get_job_def("nightly").execute_in_process()
    assert result.output_for_node("read") == ["bound", "the job's"]


def test_nested_resources_are_configured_under_the_resource_they_are_in() -> None:
    @asset
    def nested(shelf: Shelf) -> list:
        return [shelf.db.host, shelf.db.port]

    bound = {"shelf": Shelf(db=Login.configure_at_launch(port=1))}
    given = resources(**{"shelf.db": {"host": "a"}})
    result = ep.materialize([nested], resources=bound, run_config=given)
    assert result.output_for_node("nested") == ["a", 1]
    with pytest.raises(ep.InvalidError, match="root:shelf.db is missing"):
        ep.materialize([nested], resources=bound)
    db = Login.configure_at_launch(port=2)
    bound = {"shelf": Shelf(db=db), "db": db}
    result = ep.materialize([nested], resources=bound, run_config=resources(db={"host": "b"}))
    assert result.output_for_node("nested") == ["b", 2]
