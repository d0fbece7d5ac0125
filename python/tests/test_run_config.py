"""Runs that are configured: what steps get, and what is refused before the first of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydantic
import pytest

import entrepot as ep
from entrepot import (
    Config,
    ConfigurableResource,
    EnvVar,
    Field,
    RunConfig,
    asset,
    graph,
    graph_asset,
    job,
    multi_asset,
    op,
)
from configured_assets import Color, Login, ReportConfig, ops, report, resources, where


class Even(Config):
    n: int

    @pydantic.field_validator("n")
    @classmethod
    def check(cls, n: int) -> int:
        if n % 2:
            raise ValueError("must be even")
        return n


class Token(Config):
    token: pydantic.SecretStr
    key: str = Field(default="", is_secret=True)
    plain: str = ""


def test_a_parameter_named_config_gets_the_run_s_configuration() -> None:
    assert ep.materialize([report]).output_for_node("report") == [10, "Worst days", Color.RED]
    for given in (ops(report={"top": 3, "color": "BLUE"}),
                  RunConfig(ops={"report": {"top": 3, "color": "BLUE"}}),
                  RunConfig(ops={"report": ReportConfig(top=3, color=Color.BLUE)})):
        result = ep.materialize([report], run_config=given)
        assert result.output_for_node("report") == [3, "Worst days", Color.BLUE]
    result = ep.materialize_to_memory([report], run_config=ops(report={"title": "x"}))
    assert result.output_for_node("report")[1] == "x"


def test_a_config_schema_is_read_by_op_config() -> None:
    @asset(config_schema={"top": int, "title": Field(str, default_value="x")})
    def rows(context: ep.AssetExecutionContext) -> dict:
        return context.op_config

    @multi_asset(outs={"a": ep.AssetOut(), "b": ep.AssetOut()}, config_schema={"n": int})
    def both(context: ep.AssetExecutionContext) -> tuple:
        return context.op_config["n"], 0

    @asset
    def untyped(context: ep.AssetExecutionContext) -> list:
        return [context.op_config]

    config = ops(rows={"top": 3}, both={"n": 7})
    result = ep.materialize([rows, both, untyped], run_config=config)
    assert result.output_for_node("rows") == {"top": 3, "title": "x"}
    assert result.asset_value("a") == 7
    assert result.output_for_node("untyped") == [None]
    result = ep.materialize([untyped], run_config=ops(untyped={"any": [1]}))
    assert result.output_for_node("untyped") == [{"any": [1]}]
    with pytest.raises(ep.InvalidError, match="root:rows is missing.*'top'"):
        ep.materialize([rows])  # A bare type means required.


def test_faults_are_told_at_once_before_the_first_step() -> None:
    computed = []

    @asset
    def first() -> int:
        computed.append(1)
        return 1

    with pytest.raises(ep.InvalidError) as caught:
        ep.materialize(
            [first, report, where],
            resources={"db": Login.configure_at_launch()},
            run_config=ops(report={"top": "many", "titel": "x"}, reprot={}),
        )
    assert str(caught.value).splitlines() == [
        "config of the run has 4 faults:",
        "  root:db is missing; it must be an object with the fields 'host', 'port', 'password'",
        "  root:report:top must be an integer or {\"env\": NAME}, not \"many\" "
        "(from run_config)",
        "  root:report:titel is not a field (from run_config); did you mean 'title'?",
        "  root:reprot is not a field (from run_config); did you mean 'report'?",
    ]
    assert computed == []


def test_what_a_class_checks_itself_fails_the_run_before_its_first_step() -> None:
    @asset
    def half(config: Even) -> int:
        return config.n // 2

    assert ep.materialize([half], run_config=ops(half={"n": 4})).output_for_node("half") == 2
    with pytest.raises(ep.InvalidError, match="Even: n: .*must be even"):
        ep.materialize([half], run_config=ops(half={"n": 3}))


def test_run_config_of_another_shape_is_refused() -> None:
    for config, message in [
        ({"opps": {}}, "run_config: 'opps' is not taken.*'ops'"),
        ({"ops": {"report": {"confg": {}}}}, "run_config: ops: report: 'confg' is not taken"),
        ({"ops": {"report": 3}}, "run_config: ops: report must be a dict"),
        ({"resources": {"db": {"host": "x"}}}, "run_config: resources: db: 'host' is not taken"),
    ]:
        with pytest.raises(ep.InvalidError, match=message):
            ep.materialize([report], run_config=config)


def test_keys_of_several_parts_are_named_as_dagster_does() -> None:
    @asset(key_prefix="raw", config_schema={"n": int})
    def rows(context: ep.AssetExecutionContext) -> int:
        return context.op_config["n"]

    for name in ("raw__rows", "raw/rows"):
        assert ep.materialize([rows], run_config=ops(**{name: {"n": 1}})).success


def test_ops_jobs_and_graphs_are_configured() -> None:
    @op(config_schema={"n": int}, required_resource_keys={"factor"})
    def number(context: ep.OpExecutionContext) -> int:
        return context.op_config["n"] * context.resources.factor

    @op
    def named(config: ReportConfig) -> str:
        return config.title

    @graph
    def inner() -> None:
        number()

    @job(config=ops(number={"n": 2}), resource_defs={"factor": 10})
    def doubled() -> None:
        number()
        named()

    assert doubled.execute_in_process().output_for_node("number") == 20
    given = ops(number={"n": 3}, named={"title": "x"})
    result = doubled.execute_in_process(run_config=given)
    assert (result.output_for_node("number"), result.output_for_node("named")) == (30, "x")

    @job(resource_defs={"factor": 1})
    def outer() -> None:
        inner()

    result = outer.execute_in_process(run_config={"ops": {"inner": ops(number={"n": 5})}})
    assert result.output_for_node("inner.number") == 5

    @graph_asset(config={"number": {"config": {"n": 6}}}, resource_defs={"factor": 2})
    def made() -> Any:
        return number()

    assert ep.materialize([made]).asset_value("made") == 12
    override = {"ops": {"made": ops(number={"n": 1})}}
    assert ep.materialize([made], run_config=override).asset_value("made") == 2


def test_variables_are_read_where_they_are_referred_to(monkeypatch: pytest.MonkeyPatch) -> None:
    @asset
    def untyped(context: ep.AssetExecutionContext) -> dict:
        return context.op_config

    @asset(config_schema={"n": int, "deep": ep.Permissive()})
    def typed(context: ep.AssetExecutionContext) -> dict:
        return context.op_config

    given = {"n": EnvVar.int("N"), "deep": {"text": EnvVar("N"), "n": [EnvVar.int("N")]}}
    config = ops(untyped=given, typed=given)
    with pytest.raises(ep.InvalidError, match="environment variable 'N', which is not set"):
        ep.materialize([untyped, typed], run_config=config)
    monkeypatch.setenv("N", "7")
    result = ep.materialize([untyped, typed], run_config=config)
    read = {"n": 7, "deep": {"text": "7", "n": [7]}}
    assert result.output_for_node("untyped") == result.output_for_node("typed") == read
    monkeypatch.setenv("N", "many")
    with pytest.raises(ep.InvalidError, match="root:n must be an integer, not '\\*\\*\\*'"):
        ep.materialize([typed], run_config=ops(typed=given))
    result = ep.materialize([report], run_config=ops(report={"title": {"env": "N"}}))
    assert result.output_for_node("report")[1] == "many"


def test_secrets_of_a_run_are_in_no_error_log_event_or_repr(
    instance: ep.Instance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    @asset
    def published(context: ep.AssetExecutionContext, config: Token, db: Login) -> int:
        shown.extend([repr(config), repr(context.op_config), repr(db)])
        context.log.info("%s %s", config, db)
        return len(config.token.get_secret_value() + config.key + config.plain + db.password)

    monkeypatch.setenv("TOKEN", "s3cret-env")
    given = {
        **ops(published={"token": "s3cret-token", "key": "s3cret-key", "plain": EnvVar("TOKEN")}),
        **resources(db={"password": "s3cret-db"}),
    }
    bound = {"db": Login(host="a")}
    result = ep.materialize([published], resources=bound, run_config=given, instance=instance)
    assert result.output_for_node("published") == len("s3cret-tokens3cret-keys3cret-envs3cret-db")
    as_object = RunConfig(
        ops={"published": Token(token=pydantic.SecretStr("s3cret"))}, resources={}
    )
    result = ep.materialize([published], resources=bound, run_config=as_object)
    assert result.output_for_node("published") == len("s3cret")
    wrong = ops(published={"token": ["s3cret-a"], "key": {"s3cret-b": 1}})
    with pytest.raises(ep.InvalidError) as caught:
        ep.materialize([published], resources=bound, run_config=wrong, instance=instance)
    assert "root:published:token must be" in str(caught.value)
    runs = [str(run.error) for run in instance.get_runs()]
    everything = "\n".join([*shown, *runs, str(caught.value), *capfd.readouterr()])
    assert "s3cret" not in everything
    assert b"s3cret" not in Path(instance.home, "entrepot.db").read_bytes()
    wal = Path(instance.home, "entrepot.db-wal")
    assert not wal.exists() or b"s3cret" not in wal.read_bytes()
    assert "s3cret" not in repr(RunConfig(ops={"published": {"token": "s3cret"}}))


def test_parameters_that_are_no_inputs_may_stand_anywhere() -> None:
    @asset
    def two() -> int:
        return 2

    @asset
    def mixed(
        context: ep.AssetExecutionContext, config: ReportConfig, two: int, db: Login
    ) -> list:
        return [context.step_key, config.top, two, db.host]

    result = ep.materialize([two, mixed], resources={"db": Login(host="h")})
    assert result.output_for_node("mixed") == ["mixed", 10, 2, "h"]
    with pytest.raises(ep.InvalidError, match="is named 'config', not 'settings'"):

        @asset
        def misnamed(settings: ReportConfig) -> int:
            return 1

    with pytest.raises(ep.InvalidError, match="a parameter 'config' and a config_schema"):

        @asset(config_schema={"n": int})
        def twice(config: ReportConfig) -> int:
            return 1


def test_the_command_line_configures_and_tells_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from entrepot.cli import main

    script = tmp_path / "reports.py"
    script.write_text(
        "import entrepot as ep\n"
        "class ReportConfig(ep.Config):\n"
        "    top: int = ep.Field(default=10, description='Rows shown.')\n"
        "class Db(ep.ConfigurableResource):\n"
        "    host: str\n"
        "@ep.asset\n"
        "def report(config: ReportConfig, db: Db) -> str:\n"
        "    return f'{db.host} {config.top}'\n"
        "defs = ep.Definitions([report], {'db': Db.configure_at_launch()})\n"
    )
    settings = tmp_path / "run.toml"
    settings.write_text("[db]\nhost = 'filed'\n")
    program = ["-f", str(script), "--instance", str(tmp_path / "home")]
    monkeypatch.setenv("ENTREPOT__DB__HOST", "from the environment")
    assert main([*program, "materialize", "--config", str(settings), "--set", "report.top=20"]) == 0
    capfd.readouterr()
    assert main([*program, "show", "report", "--config", str(settings)]) == 0
    assert capfd.readouterr().out == "from the environment 20\n"
    monkeypatch.delenv("ENTREPOT__DB__HOST")
    assert main([*program, "materialize", "--set", "report.tpo=1"]) == 2
    told = capfd.readouterr().err
    assert "root:report:tpo is not a field (from --set report.tpo); did you mean 'top'?" in told
    assert "root:db is missing" in told
    assert main([*program, "config", "schema"]) == 0
    assert "report.top" in capfd.readouterr().out
    assert main([*program, "config", "schema", "--json"]) == 0
    schema = json.loads(capfd.readouterr().out)
    assert schema["properties"]["report"]["properties"]["top"]["description"] == "Rows shown."
    assert schema["required"] == ["db"]


def test_of_a_step_and_a_resource_of_one_name_the_one_without_a_schema_gives_way() -> None:
    @asset(name="db")
    def untyped(context: ep.AssetExecutionContext) -> list:
        return [context.op_config, context.resources.db.host]

    result = ep.materialize([untyped], resources={"db": Login(host="a")},
                            run_config=resources(db={"host": "b"}))
    assert result.output_for_node("db") == [None, "b"]

    @asset(name="db", config_schema={"n": int})
    def typed(context: ep.AssetExecutionContext) -> int:
        return context.op_config["n"]

    with pytest.raises(ep.InvalidError, match="'db' both take a configuration; rename one"):
        ep.materialize([typed], resources={"db": Login(host="a")}, run_config=ops(db={"n": 1}))


def test_a_configuration_of_outputs_and_inputs_is_refused_by_name() -> None:
    for place in ("outputs", "inputs"):
        with pytest.raises(ep.InvalidError, match=f"'{place}' is not taken"):
            ep.materialize([report], run_config={"ops": {"report": {place: {}}}})
    with pytest.raises(TypeError, match="output_config_schema"):
        ep.io_manager(output_config_schema={})  # pyright: ignore
    with pytest.raises(TypeError, match="input_config_schema"):
        ep.input_manager(input_config_schema={})  # pyright: ignore


def test_classes_local_to_a_function_are_found_behind_annotations_that_are_text():
    class LocalConfig(Config):
        top: int = 3

    class LocalResource(ConfigurableResource):
        name: str

    @asset
    def local(config: LocalConfig, shelf: LocalResource) -> list:
        return [config.top, shelf.name]

    assert local.fn.__annotations__["config"] == "LocalConfig"
    result = ep.materialize([local], resources={"shelf": LocalResource(name="attic")})
    assert result.output_for_node("local") == [3, "attic"]
