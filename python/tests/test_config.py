"""Configuration: shorthand, the rules of Field, environment variables, secrets."""

from __future__ import annotations

import enum
import pickle
import re
import typing

import pytest

from entrepot import _config as config
from entrepot._config import (
    Array,
    EnvVar,
    Field,
    Int,
    IntSource,
    Map,
    Noneable,
    Permissive,
    ScalarUnion,
    Selector,
    Shape,
    String,
    StringSource,
    field_of,
    type_of,
)
from entrepot.errors import InvalidError


def check(schema: typing.Any, value: typing.Any) -> typing.Any:
    return field_of(schema).validate(value, owner="it")


def fault_of(schema: typing.Any, value: typing.Any) -> str:
    with pytest.raises(InvalidError) as raised:
        check(schema, value)
    return str(raised.value).removeprefix("config of it: ").removesuffix(" (from code)")


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


# ---- shorthand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shorthand", "full"),
    [
        (str, String),
        (int, Int),
        (float, config.Float),
        (bool, config.Bool),
        (typing.Any, config.Any),
        ([int], Array(Int)),
        (list[int], Array(Int)),
        (list, Array(config.Any)),
        ({str: int}, Map(str, Int)),
        ({String: int}, Map(str, Int)),
        (dict[str, int], Map(String, Int)),
        (dict, Permissive()),
        (Permissive, Permissive()),
        ({"a": int, "b": [str]}, Shape({"a": Int, "b": Array(String)})),
        (Colour, config.Enum("Colour", [config.EnumValue("RED"), config.EnumValue("GREEN")])),
    ],
)
def test_python_types_are_a_shorthand(shorthand: typing.Any, full: config.ConfigType):
    assert repr(type_of(shorthand)) == repr(full)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (typing.Optional[int], "Noneable(T)"),
        (int | None, "Field(T, is_required=False)"),
        ([int, str], "this has 2"),
        ([], "this has 0"),
        ({int: str}, "keys of a Map are str"),
        ({str: int, int: str}, "it has the keys"),
        (tuple[int, str], "no type of configuration"),
        (3, "3 is no type of configuration"),
        (object, "no type of configuration"),
        (Field(int), "is a field; a type belongs here"),
        ([Field(int)], "is a field; a type belongs here"),
        ({"a": 3}, "3 is no type of configuration"),
    ],
)
def test_a_wrong_schema_says_what_to_write(wrong: typing.Any, says: str):
    with pytest.raises(InvalidError, match=re.escape(says)):
        type_of(wrong)


def test_wrong_types_are_the_cores_to_refuse():
    with pytest.raises(InvalidError, match="begins with a scalar"):
        ScalarUnion([int], {"a": int})
    with pytest.raises(InvalidError, match="no fields to select from"):
        Selector({})
    with pytest.raises(InvalidError, match="'a' twice"):
        config.Enum("E", [config.EnumValue("a"), config.EnumValue("a")])


# ---- fields --------------------------------------------------------------------------


def test_a_bare_type_is_required_and_a_default_makes_it_optional():
    schema = {"bucket": str, "n": Field(int, default_value=3), "p": Field(str, is_required=False)}
    assert check(schema, {"bucket": "b"}) == {"bucket": "b", "n": 3}
    assert fault_of(schema, {}).startswith("root:bucket is missing; it must be text")
    assert Field(str).is_required and not Field(str).default_provided
    assert Field(int, default_value=0).default_value == 0
    with pytest.raises(InvalidError, match="has no default"):
        _ = Field(str).default_value


def test_noneables_and_all_optional_shapes_imply_their_defaults():
    assert not Field(Noneable(int)).is_required
    assert check({"a": Noneable(int), "b": {"c": Field(int, default_value=1)}}, {}) == {
        "a": None,
        "b": {"c": 1},
    }
    assert Field(Noneable(int), is_required=True).is_required


def test_a_field_is_checked_when_it_is_made():
    with pytest.raises(InvalidError, match="required field has no default"):
        Field(int, default_value=3, is_required=True)
    with pytest.raises(InvalidError, match="must be an integer, not \"3\""):
        Field(int, default_value="3")
    with pytest.raises(InvalidError, match="one default"):
        Field(default=1, default_factory=int)
    with pytest.raises(InvalidError, match="default in default_value"):
        Field(int, default=1)
    with pytest.raises(InvalidError, match="default in default_value"):
        Field(dict, default_factory=dict)


def test_a_field_without_a_type_stands_for_an_attribute():
    field = Field(default_factory=dict, description="Backends.")
    assert field.config_type is None
    assert (field.description, field.is_required) == ("Backends.", False)
    assert field.default_value == {}
    assert field.default_value is not field.default_value
    assert Field(default_value=3).default_value == Field(default=3).default_value == 3
    assert Field(description="x").is_required
    with pytest.raises(InvalidError, match="needs a type"):
        field_of(field)
    with pytest.raises(InvalidError, match="needs a type"):
        Shape({"a": field})


def test_without_a_value_the_default_holds():
    assert Field(int, default_value=3).validate(owner="it") == 3
    assert field_of({"a": Field(int, default_value=3)}).validate(owner="it") == {"a": 3}
    assert field_of(None).validate(owner="it") is None
    with pytest.raises(InvalidError, match="config of it is missing; it must be text"):
        Field(str).validate(owner="it")
    with pytest.raises(InvalidError, match="root:a is missing"):
        field_of({"a": int}).validate(owner="it")


# ---- values --------------------------------------------------------------------------


def test_values_come_back_as_python_objects():
    schema = {
        "s": str,
        "i": int,
        "f": float,
        "b": bool,
        "l": [int],
        "m": {str: float},
        "n": Noneable(str),
        "p": Permissive({"known": int}),
        "sel": Selector({"a": int, "b": str}),
        "u": ScalarUnion(str, [int]),
    }
    value = {
        "s": "ä",
        "i": -(2**63),
        "f": 2,
        "b": False,
        "l": [1, 2],
        "m": {"x": 1.5},
        "n": None,
        "p": {"known": 1, "other": [None]},
        "sel": {"b": "x"},
        "u": [1],
    }
    checked = check(schema, value)
    assert checked == value
    assert list(checked) == list(schema)
    assert [type(checked[name]) for name in ("f", "b", "i")] == [float, bool, int]


def test_faults_say_field_expectation_and_value():
    assert fault_of({"a": {"b": [int]}}, {"a": {"b": [1, True]}}) == (
        "root:a:b[1] must be an integer, not true"
    )
    assert fault_of(str, None) == "root must be text, not null"
    assert fault_of({str: int}, {"k": "v"}) == "root:'k' must be an integer, not \"v\""
    assert "did you mean 'base_dir'?" in fault_of({"base_dir": str}, {"base_dri": "x"})
    assert fault_of([int], (1, 2)) == (
        "root must be a list, each element an integer, not an object of type 'tuple'"
    )
    assert "int of more than 64 bits" in fault_of(int, 2**63)
    assert "dict with keys that are not str" in fault_of({str: int}, {1: 2})


def test_all_faults_are_told_a_line_each():
    with pytest.raises(InvalidError) as raised:
        check({"bucket": str, "n": int}, {"bukcet": "b", "n": "5"})
    first, *faults = str(raised.value).splitlines()
    assert first == "config of it has 3 faults:"
    assert [line.split()[0] for line in faults] == ["root:bucket", "root:n", "root:bukcet"]


def test_python_objects_pass_any_unchanged():
    def function() -> None: ...

    value = {
        "function": function,
        "set": {1},
        "pair": (1, 2),
        "big": 2**70,
        "member": Colour.RED,
        "odd": {1: 2},
        "broken": "\udc80",
        "list": [function],
    }
    field = field_of({"a": config.Any})
    resolved = field.resolve(field.validate({"a": value}, owner="it"), owner="it")
    assert resolved == {"a": value}
    assert resolved["a"]["function"] is function
    assert resolved["a"]["odd"] is value["odd"]
    assert field_of(Field(config.Any, default_value=function)).validate(owner="it") is function


def test_subclasses_count_as_what_they_are_based_on():
    class Name(str): ...

    class Fields(dict): ...

    assert check({"a": str}, Fields(a=Name("x"))) == {"a": "x"}


def test_an_object_that_holds_itself_is_refused():
    value: list[typing.Any] = []
    value.append(value)
    with pytest.raises(InvalidError, match="more than 100 deep"):
        check(config.Any, value)


def test_an_enum_becomes_what_its_names_stand_for():
    field = field_of({"colour": Colour})
    validated = field.validate({"colour": "GREEN"}, owner="it")
    assert validated == {"colour": "GREEN"}
    assert field.resolve(validated, owner="it") == {"colour": Colour.GREEN}
    assert fault_of(Colour, "GREN").endswith("did you mean 'GREEN'?")
    plain = field_of(config.Enum("E", [config.EnumValue("a"), config.EnumValue("b", [1])]))
    assert [plain.resolve(name, owner="it") for name in "ab"] == ["a", [1]]


# ---- environment variables -----------------------------------------------------------


def test_variables_are_read_when_the_configuration_is_resolved(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ENTREPOT_TEST_PORT", raising=False)
    field = field_of(
        {"port": IntSource, "again": int, "name": StringSource, "any": Field(config.Any)}
    )
    validated = field.validate(
        {
            "port": {"env": "ENTREPOT_TEST_PORT"},
            "again": EnvVar.int("ENTREPOT_TEST_PORT"),
            "name": EnvVar("ENTREPOT_TEST_PORT"),
            "any": [EnvVar("ENTREPOT_TEST_PORT"), {"env": "data"}],
        },
        owner="it",
    )
    assert repr(validated["name"]) == "EnvVar('ENTREPOT_TEST_PORT')"
    with pytest.raises(InvalidError, match="4 faults") as raised:
        field.resolve(validated, owner="it")
    assert "needs the environment variable 'ENTREPOT_TEST_PORT', which is not set" in str(
        raised.value
    )
    monkeypatch.setenv("ENTREPOT_TEST_PORT", "80")
    assert field.resolve(validated, owner="it") == {
        "port": 80,
        "again": 80,
        "name": "80",
        "any": ["80", {"env": "data"}],
    }
    given = field.resolve(validated, owner="it", environment={"ENTREPOT_TEST_PORT": "1"}.get)
    assert given["port"] == 1


def test_a_plain_dict_is_a_reference_to_sources_only():
    assert "must be text, not {\"env\":\"X\"}" in fault_of(str, {"env": "X"})


def test_an_env_var_never_turns_into_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENTREPOT_TEST_SECRET", "4711")
    variable = EnvVar("ENTREPOT_TEST_SECRET")
    assert "4711" not in repr(variable)
    for use in (str, "{}".format, lambda v: f"{v}", lambda v: "%s" % v):
        with pytest.raises(InvalidError, match=r"get_value\(\)") as raised:
            use(variable)
        assert "4711" not in str(raised.value)
    assert variable.get_value() == "4711"
    assert EnvVar.int("ENTREPOT_TEST_SECRET").get_value() == 4711
    assert EnvVar("ENTREPOT_TEST_NONE").get_value("x") == "x"
    assert EnvVar.int("ENTREPOT_TEST_NONE").get_value(5) == 5
    monkeypatch.setenv("ENTREPOT_TEST_SECRET", "hunter2")
    with pytest.raises(InvalidError) as raised:
        EnvVar.int("ENTREPOT_TEST_SECRET").get_value()
    assert "hunter2" not in str(raised.value)
    assert pickle.loads(pickle.dumps(variable)).env_var_name == "ENTREPOT_TEST_SECRET"
    with pytest.raises(InvalidError, match="needs the name"):
        EnvVar("")


# ---- secrets -------------------------------------------------------------------------


def test_secrets_are_in_no_message_and_no_repr():
    field = Field(StringSource, default_value="hunter2", is_secret=True)
    login = {"user": str, "password": field}
    shapes = [field, Field(login, default_value={"user": "u"}), field_of([login])]
    assert all("hunter2" not in repr(shape) for shape in shapes)
    secret_int = {"pin": Field(int, is_secret=True)}
    for schema, value in [
        (secret_int, {"pin": "hunter2"}),
        (secret_int, {"pni": "hunter2"}),
        (secret_int, "hunter2"),
        ({"keys": Field([int], is_secret=True)}, {"keys": ["hunter2"]}),
        (Noneable(secret_int), "hunter2"),
    ]:
        assert "hunter2" not in fault_of(schema, value)
    with pytest.raises(InvalidError) as raised:
        Field(int, default_value="hunter2", is_secret=True)
    assert "hunter2" not in str(raised.value)


def test_the_value_of_a_variable_is_in_no_message():
    field = field_of({"n": int})
    validated = field.validate({"n": EnvVar("X")}, owner="it")
    with pytest.raises(InvalidError, match=r"not '\*\*\*' \(from environment variable 'X'\)"):
        field.resolve(validated, owner="it", environment={"X": "hunter2"}.get)


def test_a_redacted_configuration_shows_the_rest():
    field = field_of(
        {"user": str, "password": Field(StringSource, is_secret=True), "any": config.Any}
    )
    validated = field.validate({"user": "u", "password": "hunter2", "any": print}, owner="it")
    assert field.redacted(validated) == {
        "user": "u",
        "password": "***",
        "any": "<builtin_function_or_method>",
    }
    by_name = field.validate({"user": "u", "password": EnvVar("P"), "any": 1}, owner="it")
    assert field.redacted(by_name)["password"] == {"env": "P"}
