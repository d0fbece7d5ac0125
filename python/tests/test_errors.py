"""Errors: a small tree, and Dagster's names for the situations in which Dagster raises them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize


@asset
def one() -> int:
    return 1


@asset
def wrongly_typed() -> int:
    return "one"  # type: ignore[return-value]


@asset
def asks_for_a_resource(context) -> int:
    return context.resources.database


@asset(partitions_def=ep.StaticPartitionsDefinition(["a"]))
def by_letter() -> int:
    return 1


@asset
def asks_for_a_partition(context) -> str:
    return context.partition_key


@ep.multi_asset(outs={"x": ep.AssetOut(), "y": ep.AssetOut()})
def makes_half():
    yield ep.Output(1, "x")


@ep.resource(config_schema={"base_dir": str})
def folder(context: ep.InitResourceContext) -> str:
    return context.resource_config["base_dir"]


class ReturningFive(ep.IOManager):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
        return 5

    def load_input(self, context: ep.InputContext) -> Any:
        raise AssertionError


class AddingTwice(ReturningFive):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        context.add_output_metadata({"k": 1})
        context.add_output_metadata({"k": 2})


@ep.io_manager
def no_manager():
    return 5


@asset
def with_odd_metadata(context) -> int:
    context.add_output_metadata({"k": object()})
    return 1


def a_missing_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENTREPOT_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    ep.Instance.get()


Situation = Callable[[], object]
SITUATIONS: list[tuple[str, str, Situation]] = [
    ("DagsterInvalidConfigError", "root:bas_dir is not a field",
     lambda: folder.configured({"bas_dir": "/data"})),
    ("DagsterInvalidDefinitionError", "asset 'one' is defined more than once",
     lambda: ep.Definitions([one, one]).validate()),
    ("DagsterInvalidDefinitionError", "'a' is there twice",
     lambda: ep.StaticPartitionsDefinition(["a", "a"])),
    ("DagsterInvariantViolationError", "handle_output must return",
     lambda: materialize([one], resources={"io_manager": ReturningFive()})),
    ("DagsterInvariantViolationError", "keeps everything in memory",
     lambda: ep.materialize_to_memory([one], resources={"io_manager": ep.mem_io_manager})),
    ("DagsterInvariantViolationError", "output 'result' .*is no asset",
     lambda: ep.build_output_context().asset_spec),
    ("DagsterInvalidMetadata", "'k' of asset 'one' was already added",
     lambda: materialize([one], resources={"io_manager": AddingTwice()})),
    ("DagsterInvalidMetadata", "'k' is of type 'object'",
     lambda: materialize([with_odd_metadata])),
    ("DagsterTypeCheckDidNotPass", "'wrongly_typed' returned a 'str'",
     lambda: materialize([wrongly_typed])),
    ("DagsterStepOutputNotFoundError", "'makes_half' did not make asset 'y'",
     lambda: materialize([makes_half])),
    ("DagsterUnknownResourceError", "there is no resource 'database'",
     lambda: materialize([asks_for_a_resource])),
    ("DagsterUnknownPartitionError", "'b' is no partition",
     lambda: materialize([by_letter], partition_key="b")),
    ("DagsterInvalidSubsetError", "selection 'two' matches no asset",
     lambda: materialize([one], selection="two")),
    ("DagsterInvalidInvocationError", "must not be negative",
     lambda: ep.RetryPolicy(max_retries=-1)),
    ("CheckError", "the run has no partition",
     lambda: materialize([asks_for_a_partition])),
    ("CheckError", "not an IOManager",
     lambda: materialize([one], resources={"io_manager": no_manager})),
    ("ParameterCheckError", "a required field has no default",
     lambda: ep.Field(str, is_required=True, default_value="x")),
    ("DagsterError", "was never materialized",
     lambda: ep.Instance.ephemeral().load("nothing")),
]


@pytest.mark.parametrize(("name", "says", "situation"), SITUATIONS)
def test_each_is_raised_where_dagster_raises_it(name: str, says: str, situation: Situation):
    with pytest.raises(getattr(ep, name), match=says):
        situation()


def test_without_a_home_there_is_no_instance(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ep.DagsterHomeNotSetError, match="set ENTREPOT_HOME"):
        a_missing_home(monkeypatch)


def test_every_name_of_dagsters_is_tested_above():
    aliases = {name for name in ep.errors.__all__ if name.startswith("Dagster")}
    aliases |= {"CheckError", "ParameterCheckError"}
    assert aliases == {name for name, _, _ in SITUATIONS} | {"DagsterHomeNotSetError"}


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (ep.InvalidError, ValueError),
        (ep.TypeCheckError, TypeError),
        (ep.NotFoundError, FileNotFoundError),
        (ep.PermissionDenied, PermissionError),
        (ep.UnavailableError, ConnectionError),
        (ep.UnsupportedError, NotImplementedError),
        (ep.InternalError, RuntimeError),
        (ep.errors.ContextAttributeError, AttributeError),
    ],
)
def test_errors_of_ours_are_built_ins_too(error: type[Exception], built_in: type[Exception]):
    assert issubclass(error, built_in)
    assert issubclass(error, ep.EntrepotError)


# ---- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ep.__all__)
def test_every_name_that_is_offered_is_there(name: str):
    assert getattr(ep, name) is not None


def test_a_name_that_we_do_not_have_is_said_to_be_missing():
    with pytest.raises(AttributeError, match="entrepot has no 'ScheduleDefinition'"):
        ep.ScheduleDefinition  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'materialize'"):
        ep.materialise  # type: ignore[attr-defined] # noqa: B018


def test_importing_a_name_that_we_do_not_have_says_so_too():
    with pytest.raises(ImportError, match="entrepot has no 'ScheduleDefinition'; docs/coming-from"):
        from entrepot import ScheduleDefinition  # type: ignore[attr-defined] # noqa: F401
    with pytest.raises(ImportError, match="did you mean 'materialize'"):
        from entrepot import materialise  # type: ignore[attr-defined] # noqa: F401
    from entrepot import testing  # A module that nobody has imported yet is none of those.

    assert testing.__name__ == "entrepot.testing"
    assert not hasattr(ep, "materialise")
