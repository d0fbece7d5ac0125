"""Resources by functions: configuration, requirements, and their life in a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep
from entrepot._asset_decorators import asset
from entrepot._assets import AssetIn
from entrepot._config import EnvVar, Field, String
from entrepot._io_managers import (
    InputManager,
    InputManagerDefinition,
    IOManager,
    IOManagerDefinition,
    fs_io_manager,
    input_manager,
    io_manager,
    mem_io_manager,
)
from entrepot._resources import (
    InitResourceContext,
    ResourceDefinition,
    build_init_resource_context,
    resource,
)


@asset
def word() -> str:
    return "hello"


def run(resources: dict[str, Any], **options: Any) -> ep.ExecuteInProcessResult:
    return ep.materialize([word], resources=resources, **options)


class Shelf(IOManager):
    """Keeps values in a dict."""

    def __init__(self, values: dict[str, Any] | None = None, place: str = "") -> None:
        self.values = {} if values is None else values
        self.place = place

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values[context.step_key] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        assert context.upstream_output is not None
        return self.values[context.upstream_output.step_key]


def test_decorators_are_used_bare_or_called_on_functions_of_no_or_one_argument() -> None:
    @resource
    def bare() -> str:
        """A bare one."""
        return "bare"

    @resource(description="A called one.")
    def called(context: InitResourceContext) -> str:
        return f"made for {context.resource_key}"

    @asset
    def both(context: ep.AssetExecutionContext) -> list:
        return [context.resources.bare, context.resources.called]

    result = ep.materialize([both], resources={"bare": bare, "called": called})
    assert result.output_for_node("both") == ["bare", "made for called"]
    assert (bare.description, called.description) == ("A bare one.", "A called one.")
    with pytest.raises(ep.InvalidError, match="takes no argument or a context"):

        @resource
        def greedy(a: Any, b: Any) -> None: ...


def test_a_definition_is_told_of_the_run(instance: ep.Instance) -> None:
    told: list[InitResourceContext] = []

    @resource(config_schema={"size": int})
    def pool(context: InitResourceContext) -> str:
        told.append(context)
        context.log.info("making %s", "it")
        return "pool"

    result = run({"pool": pool.configured({"size": 3})}, instance=instance)
    assert told[0].resource_key == "pool"
    assert told[0].run_id == result.run_id
    assert told[0].resource_config == {"size": 3}
    assert told[0].instance is not None and told[0].instance.home == instance.home


def test_configuration_is_checked_when_it_is_given() -> None:
    @resource(config_schema={"size": int, "name": Field(String, default_value="main")})
    def pool(context: InitResourceContext) -> Any:
        return context.resource_config

    with pytest.raises(ep.InvalidError, match="sise.*did you mean 'size'"):
        pool.configured({"sise": 3})
    with pytest.raises(ep.InvalidError, match="size"):
        pool.configured({"size": "three"})
    with pytest.raises(ep.InvalidError, match="root:pool is missing"):
        run({"pool": pool})  # Needs what nobody gave.
    with pytest.raises(ep.InvalidError, match="configured already"):
        pool.configured({"size": 3}).configured({"size": 4})
    seen = []
    made = pool.configured({"size": 3})

    @resource(required_resource_keys={"pool"})
    def reader(context: InitResourceContext) -> None:
        seen.append(context.resources.pool)

    run({"pool": made, "reader": reader})
    assert seen == [{"size": 3, "name": "main"}]


def test_a_function_configures_from_a_configuration_of_its_own() -> None:
    made = []

    @resource(config_schema={"url": str, "size": Field(int, default_value=1)})
    def pool(context: InitResourceContext) -> None:
        made.append(context.resource_config)

    by_host = pool.configured(lambda config: {"url": f"db://{config['host']}"},
                              config_schema={"host": str})
    with pytest.raises(ep.InvalidError, match="hots is not a field.*did you mean 'host'"):
        by_host.configured({"hots": "a"})
    run({"pool": by_host.configured({"host": "a"})})
    assert made == [{"url": "db://a", "size": 1}]
    wrong = pool.configured(lambda config: {"uri": "x"}, config_schema={})
    with pytest.raises(ep.InvalidError, match="uri is not a field.*did you mean 'url'"):
        run({"pool": wrong})


def test_variables_are_read_when_a_run_starts_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    @resource(config_schema={"password": Field(str, is_secret=True)})
    def pool(context: InitResourceContext) -> None:
        made.append(context.resource_config["password"])

    configured = pool.configured({"password": EnvVar("POOL_PASSWORD")})
    with pytest.raises(ep.InvalidError, match="POOL_PASSWORD"):
        run({"pool": configured})
    monkeypatch.setenv("POOL_PASSWORD", "s3cret")
    run({"pool": configured})
    assert made == ["s3cret"]
    assert "s3cret" not in repr(configured)
    assert "s3cret" not in repr(pool.configured({"password": "s3cret"}))


def test_resources_are_made_once_in_order_and_torn_down_in_reverse() -> None:
    notes = []

    @resource
    def pool() -> Iterator[str]:
        notes.append("open pool")
        yield "pool"
        notes.append("close pool")

    @resource(required_resource_keys={"pool"})
    def client(context: InitResourceContext) -> Iterator[str]:
        notes.append(f"open client of {context.resources.pool}")
        assert not hasattr(context.resources, "other")
        yield "client"
        notes.append("close client")

    @asset
    def used(context: ep.AssetExecutionContext) -> str:
        notes.append(f"use {context.resources.client}")
        return "x"

    resources = {"client": client, "other": 7, "pool": pool}
    ep.materialize([used, word], resources=resources)
    assert notes == ["open pool", "open client of pool", "use client", "close client",
                     "close pool"]


def test_a_manager_that_nothing_names_is_made_when_it_is_asked_for() -> None:
    notes: list[str] = []

    @io_manager
    def shelf() -> Iterator[Shelf]:
        notes.append("made")
        yield Shelf(place="attic")
        notes.append("ended")

    @io_manager
    def broken() -> Shelf:
        raise ConnectionError("no answer")

    @asset
    def asks(context: ep.AssetExecutionContext) -> str:
        assert {"shelf", "broken"} <= set(dir(context.resources))
        with pytest.raises(ConnectionError, match="no answer"):
            _ = context.resources.broken
        assert context.resources.shelf is context.resources.shelf
        return context.resources.shelf.place

    bound = {"shelf": shelf, "broken": broken}
    assert ep.materialize([word], resources=bound).success
    assert notes == []
    assert ep.materialize([asks], resources=bound).output_for_node("asks") == "attic"
    assert notes == ["made", "ended"]


def test_resources_are_torn_down_after_a_failure() -> None:
    notes = []

    @resource
    def pool() -> Iterator[str]:
        yield "pool"
        notes.append("closed")

    @asset
    def broken() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ep.materialize([broken], resources={"pool": pool})
    assert notes == ["closed"]


def test_a_failing_setup_fails_the_run_before_its_first_step(instance: ep.Instance) -> None:
    notes = []

    @asset
    def never() -> int:
        notes.append("computed")
        return 1

    @resource
    def pool() -> Iterator[str]:
        yield "pool"
        notes.append("closed")

    @resource(required_resource_keys={"pool"})
    def client() -> None:
        raise ConnectionError("no answer")

    with pytest.raises(ConnectionError, match="no answer") as caught:
        ep.materialize([never], resources={"client": client, "pool": pool}, instance=instance)
    assert caught.value.__notes__ == ["while making resource 'client'"]
    assert notes == ["closed"]
    [run] = instance.get_runs()
    assert run.status == "failure"
    assert run.error == "making resource 'client': ConnectionError: no answer"


def test_a_failing_teardown_fails_the_run_and_the_others_are_torn_down() -> None:
    notes = []

    @resource
    def pool() -> Iterator[str]:
        yield "pool"
        notes.append("closed")

    @resource(required_resource_keys={"pool"})
    def client() -> Iterator[str]:
        yield "client"
        raise ConnectionError("stuck")

    resources = {"client": client, "pool": pool}
    with pytest.raises(ConnectionError, match="stuck") as caught:
        run(resources)
    assert caught.value.__notes__ == ["while tearing down resource 'client'"]
    assert notes == ["closed"]
    result = run(resources, raise_on_error=False)
    assert not result.success and result.is_node_success("word")
    assert result.output_for_node("word") == "hello"


def test_requirements_are_checked_with_the_definitions() -> None:
    def requiring(*keys: str) -> ResourceDefinition:
        return ResourceDefinition(lambda: 1, required_resource_keys=keys)

    with pytest.raises(ep.InvalidError, match="require each other: a -> b -> a"):
        ep.Definitions([word], {"a": requiring("b"), "b": requiring("a")}).validate()
    with pytest.raises(ep.InvalidError, match="'a' requires resource 'databse'.*'database'"):
        ep.Definitions([word], {"a": requiring("databse"), "database": 1}).validate()
    with pytest.raises(ep.InvalidError, match="is a set of keys: {'database'}"):
        ResourceDefinition(lambda: 1, required_resource_keys="database")


def test_an_io_manager_of_a_function_gets_configuration_and_resources() -> None:
    values: dict[str, Any] = {}
    configs = []

    @io_manager(config_schema={"place": Field(str, default_value="here")},
                required_resource_keys={"values"})
    def shelf(context: InitResourceContext) -> IOManager:
        return Told(context.resources.values, context.resource_config["place"])

    class Told(Shelf):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            configs.append((self.place, context.resource_config))
            super().handle_output(context, obj)

    assert isinstance(shelf, IOManagerDefinition)
    run({"io_manager": shelf, "values": values})
    run({"io_manager": shelf.configured({"place": "there"}), "values": values})
    assert values == {"word": "hello"}
    assert configs == [("here", {"place": "here"}), ("there", {"place": "there"})]


def test_what_is_no_io_manager_is_refused() -> None:
    @io_manager
    def number() -> Any:
        return 7

    with pytest.raises(ep.InvalidError, match="'io_manager'.*returned a 'int', not an IOManager"):
        run({"io_manager": number})
    with pytest.raises(ep.InvalidError, match="needs the I/O manager 'io_manager'.*another kind"):
        run({"io_manager": ResourceDefinition.hardcoded_resource(Shelf())})
    with pytest.raises(ep.InvalidError, match="the class Shelf; bind an object of it"):
        run({"io_manager": Shelf})


def test_hardcoded_definitions_give_the_object() -> None:
    shelf = Shelf()
    run({"io_manager": IOManagerDefinition.hardcoded_io_manager(shelf)})
    assert shelf.values == {"word": "hello"}


def test_an_input_manager_of_a_function_returns_the_value_or_a_manager() -> None:
    class Endpoint(InputManager):
        def __init__(self, url: str) -> None:
            self.url = url

        def load_input(self, context: ep.InputContext) -> str:
            return f"{self.url}/{context.name}"

    @input_manager(config_schema={"url": str})
    def api(context: ep.InputContext) -> InputManager:
        return Endpoint(context.resource_config["url"])

    @input_manager
    def seven() -> int:
        return 7

    @asset(ins={"users": AssetIn(input_manager_key="api"),
                "limit": AssetIn(input_manager_key="seven")})
    def report(users: str, limit: int) -> list:
        return [users, limit]

    assert isinstance(seven, InputManagerDefinition)
    resources = {"api": api.configured({"url": "http://x"}), "seven": seven}
    result = ep.materialize([report], resources=resources)
    assert result.output_for_node("report") == ["http://x/users", 7]


def test_built_in_definitions_are_configured_and_checked(tmp_path: Path) -> None:
    assert isinstance(fs_io_manager, IOManagerDefinition)
    assert isinstance(mem_io_manager, ResourceDefinition)
    run({"io_manager": fs_io_manager.configured({"base_dir": tmp_path})})
    assert (tmp_path / "word.txt").exists()
    with pytest.raises(ep.InvalidError, match="did you mean 'base_dir'"):
        fs_io_manager.configured({"base_dirr": "/x"})
    with pytest.raises(ep.InvalidError, match="size"):
        mem_io_manager.configured({"size": 3})


def test_the_built_in_io_manager_reads_its_folder_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = fs_io_manager.configured({"base_dir": EnvVar("WORDS")})
    monkeypatch.setenv("WORDS", str(tmp_path))
    run({"io_manager": manager})
    assert (tmp_path / "word.txt").exists()


def test_a_loader_makes_resources_once_and_ends_them(instance: ep.Instance) -> None:
    notes = []
    values: dict[str, Any] = {}

    @resource
    def pool() -> Iterator[str]:
        notes.append("open")
        yield "pool"
        notes.append("close")

    @io_manager(required_resource_keys={"pool"})
    def shelf() -> IOManager:
        return Shelf(values)

    defs = ep.Definitions([word], {"io_manager": shelf, "pool": pool})
    ep.materialize(defs, instance=instance)
    notes.clear()
    with defs.get_asset_value_loader(instance) as loader:
        assert loader.load_asset_value("word") == "hello"
        assert loader.load_asset_value("word") == "hello"
        assert notes == ["open"]
    assert notes == ["open", "close"]


def test_a_function_can_be_called_without_a_run() -> None:
    @resource(config_schema={"size": int}, required_resource_keys={"pool"})
    def client(context: InitResourceContext) -> tuple:
        return context.resource_config["size"], context.resources.pool

    context = build_init_resource_context(config={"size": 3}, resources={"pool": "p"})
    assert client(context) == (3, "p")
    with pytest.raises(ep.InvalidError, match="give the object that it makes"):
        build_init_resource_context(resources={"client": client})
