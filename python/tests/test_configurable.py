"""Configuration and resources as pydantic models."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Dict, Literal

import pydantic
import pytest

import entrepot as ep
from entrepot._asset_decorators import asset
from entrepot._config import EnvVar, Field
from entrepot._config_classes import Config, PermissiveConfig
from entrepot._configurable import (
    ConfigurableIOManager,
    ConfigurableIOManagerFactory,
    ConfigurableResource,
    ConfigurableResourceFactory,
    ResourceDependency,
)
from entrepot._io_managers import FilesystemIOManager, IOManager
from entrepot._resources import InitResourceContext, resource


class Database(ConfigurableResource):
    host: str
    port: int = 5432
    password: str = Field(default="none", is_secret=True)


def used(resources: dict[str, Any], key: str = "it", **options: Any) -> Any:
    """Return the resource that a run gives to its steps."""
    seen = []

    @asset
    def word(context: ep.AssetExecutionContext) -> str:
        seen.append(getattr(context.resources, key))
        return "hello"

    ep.materialize([word], resources=resources, **options)
    return seen[0]


def test_the_package_does_not_import_pydantic() -> None:
    code = "import entrepot, sys; assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_fields_are_validated_and_converted() -> None:
    database = Database(host="a", port="80")  # pyright: ignore
    assert (database.host, database.port) == ("a", 80)
    with pytest.raises(ep.InvalidError, match="Database: host: Field required"):
        Database()  # pyright: ignore
    with pytest.raises(ep.InvalidError, match="Database: port: .*valid integer"):
        Database(host="a", port="http")  # pyright: ignore


def test_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ep.InvalidError, match="Database has no field 'hots'.*'host'"):
        Database(hots="a")  # pyright: ignore

    class Open(PermissiveConfig):
        a: int = 1

    assert Open(b=2).b == 2  # pyright: ignore


def test_objects_are_constant_but_for_attributes_with_an_underscore() -> None:
    database = Database(host="a")
    with pytest.raises(ep.InvalidError, match="constant: 'host' cannot be assigned.*'_host'"):
        database.host = "b"  # pyright: ignore
    with pytest.raises(ep.InvalidError, match="constant"):
        database.cache = {}  # pyright: ignore
    database._cache = {"a": 1}  # pyright: ignore
    assert database._cache == {"a": 1}  # pyright: ignore


def test_both_fields_may_declare_attributes() -> None:
    class Backends(Config):
        default: Literal["local", "s3"] = "local"
        backends: Dict[str, Any] = Field(default_factory=dict, description="By name.")
        size: int = pydantic.Field(default=3, gt=0)

    assert Backends().backends == {} and Backends().backends is not Backends().backends
    assert Backends.model_fields["backends"].description == "By name."
    with pytest.raises(ep.InvalidError, match="size: .*greater than 0"):
        Backends(size=0)
    with pytest.raises(ep.InvalidError, match="the annotation is the type"):

        class Wrong(Config):
            name: str = Field(str)  # pyright: ignore


def test_a_run_gets_a_copy() -> None:
    database = Database(host="a")
    copy = used({"it": database})
    assert copy == database and copy is not database


def test_variables_are_read_when_a_run_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(host=EnvVar("DB_HOST"), port=EnvVar.int("DB_PORT"))
    with pytest.raises(ep.InvalidError, match="(?s)'it'.*host.*'DB_HOST'.*not set.*'DB_PORT'"):
        used({"it": database})
    monkeypatch.setenv("DB_HOST", "a")
    monkeypatch.setenv("DB_PORT", "80")
    copy = used({"it": database})
    assert (copy.host, copy.port) == ("a", 80)
    assert repr(database) == (
        "Database(host=EnvVar('DB_HOST'), port=EnvVar('DB_PORT'), password='***')"
    )
    assert repr(copy) == "Database(host='***', port='***', password='***')"


def test_variables_are_read_within_containers_and_configurations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Login(Config):
        user: str
        password: str

    class Client(ConfigurableResource):
        login: Login
        headers: dict[str, str] = {}
        ports: list[int] = []

    monkeypatch.setenv("TOKEN", "42")
    copy = used({"it": Client(login=Login(user="me", password=EnvVar("TOKEN")),
                              headers={"key": EnvVar("TOKEN")}, ports=[1, EnvVar.int("TOKEN")])})
    assert copy.login.password == "42"
    assert copy.headers == {"key": "42"}
    assert copy.ports == [1, 42]
    assert "42" not in repr(copy)


def test_values_of_the_environment_are_validated_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, instance: ep.Instance
) -> None:
    class Strict(ConfigurableResource):
        port: int = 1
        name: str = "x"
        token: str = Field(default="", is_secret=True)

        @pydantic.field_validator("name", "token")
        @classmethod
        def refuse(cls, value: str) -> str:
            if "s3cret" in value:
                raise ValueError(f"refusing {value}")
            return value

    monkeypatch.setenv("SECRET", "s3cret")
    for fields in ({"port": EnvVar("SECRET")}, {"name": EnvVar("SECRET")}):
        with pytest.raises(ep.InvalidError, match=f"'it': .*{next(iter(fields))}") as caught:
            used({"it": Strict(**fields)}, instance=instance)
        assert "s3cret" not in str(caught.value)
    assert all(run.error and "s3cret" not in run.error for run in instance.get_runs())
    with pytest.raises(ep.InvalidError, match="token: its validator refuses it"):
        Strict(token="s3cret")


def test_validators_see_each_given_value_once_per_object() -> None:
    class Folder(ConfigurableResource):
        path: str = "x"

        @pydantic.field_validator("path", mode="before")
        @classmethod
        def below(cls, value: str) -> str:
            return f"/data/{value}"

    assert used({"it": Folder(path="a")}).path == "/data/a"
    assert used({"it": Folder()}).path == "x"


def test_nested_resources_are_made_first_and_torn_down_last() -> None:
    notes = []

    class Pool(ConfigurableResource):
        name: str

        def setup_for_execution(self, context: InitResourceContext) -> None:
            notes.append(f"open {self.name}")
            self._open = True

        def teardown_after_execution(self, context: InitResourceContext) -> None:
            notes.append(f"close {self.name}")

    class Client(ConfigurableResource):
        pool: Pool

        def setup_for_execution(self, context: InitResourceContext) -> None:
            assert self.pool._open
            notes.append("open client")

        def teardown_after_execution(self, context: InitResourceContext) -> None:
            notes.append("close client")

    pool = Pool(name="shared")
    used({"it": Client(pool=pool), "other": Client(pool=pool)})
    assert notes == ["open shared", "open client", "open client", "close client",
                     "close client", "close shared"]
    notes.clear()
    used({"it": Client(pool=pool), "pool": pool})
    assert notes == ["open shared", "open client", "close client", "close shared"]
    with pytest.raises(ep.InvalidError, match="Client: pool: "):
        Client(pool=Database(host="a"))  # pyright: ignore


def test_a_dependency_holds_what_another_resource_makes() -> None:
    class Factory(ConfigurableResourceFactory[str]):
        prefix: str

        def create_resource(self, context: InitResourceContext) -> str:
            return f"{self.prefix}-made"

    class Client(ConfigurableResource):
        name: ResourceDependency[str]

    @resource
    def by_function() -> str:
        return "by function"

    assert used({"it": Factory(prefix="a")}) == "a-made"
    assert used({"it": Client(name=Factory(prefix="b"))}).name == "b-made"  # pyright: ignore
    assert used({"it": Client(name=by_function)}).name == "by function"  # pyright: ignore
    assert used({"it": Client(name="plain")}).name == "plain"  # pyright: ignore


def test_a_context_manager_may_replace_setup_and_teardown() -> None:
    notes = []

    class Session(ConfigurableResource):
        @contextlib.contextmanager
        def yield_for_execution(self, context: InitResourceContext) -> Iterator[Session]:
            notes.append("open")
            yield self
            notes.append("close")

    assert isinstance(used({"it": Session()}), Session)
    assert notes == ["open", "close"]

    class Wrong(ConfigurableResource):
        def yield_for_execution(self, context: InitResourceContext) -> Any:
            yield self

    with pytest.raises(ep.InvalidError, match="decorate it with contextlib.contextmanager"):
        used({"it": Wrong()})


def test_a_setup_that_fails_is_not_torn_down() -> None:
    notes = []

    class Broken(ConfigurableResource):
        def setup_for_execution(self, context: InitResourceContext) -> None:
            raise ConnectionError("no answer")

        def teardown_after_execution(self, context: InitResourceContext) -> None:
            notes.append("torn down")

    with pytest.raises(ConnectionError) as caught:
        used({"it": Broken()})
    assert caught.value.__notes__ == ["while making resource 'it'"]
    assert notes == []


VALUES: dict[str, Any] = {}


class Shelf(IOManager):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        VALUES[type(self).__name__] = obj

    def load_input(self, context: ep.InputContext) -> Any:
        raise AssertionError


class ShelfManager(ConfigurableIOManager):
    prefix: str = "x"

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        VALUES[self.prefix] = obj, context.resource_config

    def load_input(self, context: ep.InputContext) -> Any:
        raise AssertionError


class ShelfFactory(ConfigurableIOManagerFactory[Shelf]):
    def create_io_manager(self, context: InitResourceContext) -> Shelf:
        return Shelf()


class ResourceThatCreates(ConfigurableResource):
    base_path: str = pydantic.Field(description="Where.")

    def create_io_manager(self, context: InitResourceContext) -> FilesystemIOManager:
        return FilesystemIOManager(self.base_path)


class Mixture(ConfigurableResource, IOManager):
    """As the specification's MultiBackendIOManager."""

    backends: Dict[str, Any] = Field(default_factory=dict, description="By name.")

    def setup_for_execution(self, context: InitResourceContext) -> Mixture:
        self._managers = {name: ShelfManager(prefix=name) for name in self.backends}
        return self

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self._managers["a"].handle_output(context, obj)

    def load_input(self, context: ep.InputContext) -> Any:
        raise AssertionError


def test_everything_that_is_or_makes_an_io_manager_is_one(tmp_path: Path) -> None:
    VALUES.clear()
    used({"io_manager": ShelfManager(prefix="p")}, "io_manager")
    used({"io_manager": ShelfFactory()}, "io_manager")
    used({"io_manager": ResourceThatCreates(base_path=str(tmp_path))}, "io_manager")
    used({"io_manager": Mixture(backends={"a": 1})}, "io_manager")
    assert VALUES["p"] == ("hello", {"prefix": "p"})
    assert VALUES["Shelf"] == "hello"
    assert (tmp_path / "word.txt").exists()
    assert VALUES["a"][0] == "hello"
    with pytest.raises(TypeError, match="abstract"):

        class Half(ConfigurableIOManager):
            def load_input(self, context: ep.InputContext) -> Any: ...

        Half()  # pyright: ignore


def test_what_configure_at_launch_leaves_out_has_a_default_or_is_given_by_the_run() -> None:
    copy = used({"it": Database.configure_at_launch(host="a")})
    assert (copy.host, copy.port) == ("a", 5432)
    with pytest.raises(ep.InvalidError, match="root:it is missing.*'host'"):
        used({"it": Database.configure_at_launch()})
    with pytest.raises(ep.InvalidError, match="no field 'hots'"):
        Database.configure_at_launch(hots="a")


def test_secrets_stay_out_of_repr_and_errors() -> None:
    class Login(ConfigurableResource):
        password: pydantic.SecretStr
        token: str = pydantic.Field(default="t0ken", json_schema_extra={"is_secret": True})

    login = Login(password=pydantic.SecretStr("s3cret"))
    assert "s3cret" not in repr(login) and "t0ken" not in repr(login)
    with pytest.raises(ep.InvalidError) as caught:
        Login(password=["s3cret"])  # pyright: ignore
    assert "s3cret" not in str(caught.value)


def test_what_a_validator_says_of_a_secret_is_hidden_under_any_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Login(ep.Config):
        key: str = pydantic.Field(alias="apiKey", json_schema_extra={"is_secret": True})
        token: pydantic.SecretStr = pydantic.SecretStr("")

        @pydantic.field_validator("key", "token")
        @classmethod
        def check(cls, given: Any) -> Any:
            text = given if isinstance(given, str) else given.get_secret_value()
            if text.startswith("s3cret"):
                raise ValueError(f"{text} is weak")
            return given

    for given in ({"apiKey": "s3cret"}, {"apiKey": "x", "token": "s3cret"}):
        with pytest.raises(ep.InvalidError, match="its validator refuses it") as raised:
            Login(**given)
        assert "s3cret" not in str(raised.value)

    class Database(ep.ConfigurableResource):
        name: str = pydantic.Field(alias="dbName")

        @pydantic.field_validator("name")
        @classmethod
        def check(cls, name: str) -> str:
            if name.startswith("s3cret"):
                raise ValueError(f"{name} is no name")
            return name

    @asset
    def used(db: Database) -> str:
        return db.name

    monkeypatch.setenv("DB_NAME", "s3cret")
    with pytest.raises(ep.InvalidError, match="dbName: its validator refuses it") as raised:
        ep.materialize([used], resources={"db": Database(dbName=ep.EnvVar("DB_NAME"))})
    assert "s3cret" not in str(raised.value)


def test_a_dependency_is_of_its_class_or_makes_it() -> None:
    class Client:
        """What another resource makes."""

    @resource
    def client() -> Client:
        return Client()

    class Reader(ep.ConfigurableResource):
        client: ep.ResourceDependency[Client]

    @asset
    def read(reader: Reader) -> str:
        return type(reader.client).__name__

    for given in (Client(), client):
        result = ep.materialize([read], resources={"reader": Reader(client=given)})
        assert result.output_for_node("read") == "Client"
    with pytest.raises(ep.InvalidError, match="client: .*a 'int' is no '.*Client', nor a resource"):
        Reader(client=5)
