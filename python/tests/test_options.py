"""Options that are wrong, unknown, or not here are refused with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import entrepot as ep
from entrepot import asset, materialize


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deps": "raw/orders"}, r"deps is a list: \['raw/orders'\]"),
        ({"kinds": "python"}, r"asset 'one': kinds is a set of texts: {'python'}"),
        ({"tags": {"tier": 1}}, "asset 'one': tags: tier is text, not a 'int'"),
        ({"group_name": 5}, "asset 'one': group_name is text, not a 'int'"),
        ({"metadata": "x"}, "asset 'one': metadata is a dict, not 'x'"),
        ({"tags": ["x"]}, r"asset 'one': tags is a dict, not \['x'\]"),
        ({"retry_policy": 3}, "asset 'one': retry_policy is a RetryPolicy, not 3"),
        ({"key": 5}, "an asset key is an AssetKey, text or a list of texts, not 5"),
        ({"deps": [5]}, "an asset key is an AssetKey, text or a list of texts, not 5"),
    ],
)
def test_what_is_no_option_of_an_asset_is_refused(options: dict[str, Any], message: str):
    def one() -> int:
        return 1

    with pytest.raises(ep.InvalidError, match=message):
        asset(**options)(one)


def test_what_is_no_option_of_a_run_is_refused():
    @asset
    def one() -> int:
        return 1

    with pytest.raises(ep.InvalidError, match="a 'str' is no instance; Instance.open"):
        materialize([one], instance="folder")  # type: ignore[arg-type]
    with pytest.raises(ep.InvalidError, match="a partition_key is text"):
        materialize([one], partition_key=5)  # type: ignore[arg-type]
    with pytest.raises(ep.InvalidError, match="max_workers must not be negative: -1"):
        materialize([one], max_workers=-1)
    with pytest.raises(ep.InvalidError, match=r"assets is a list: \[<asset 'one'>\]"):
        materialize(one)  # type: ignore[arg-type]
    with pytest.raises(ep.InvalidError, match="resources is a dict by their keys, not a list"):
        materialize([one], resources=["db"])  # type: ignore[arg-type]
    with pytest.raises(ep.InvalidError, match="not a job: 5; decorate the function with @job"):
        ep.Definitions(jobs=[5])  # type: ignore[list-item]


def test_a_graph_asset_refuses_what_an_asset_does():
    @ep.op
    def one() -> int:
        return 1

    with pytest.raises(ep.InvalidError, match="asset 'made': kinds is a set of texts: {'python'}"):

        @ep.graph_asset(kinds="python")
        def made():
            return one()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: asset(owners=["me"]), "asset() takes no 'owners' here: say it in metadata or tags"),
        (lambda: ep.multi_asset(can_subset=True), "multi_asset() takes no 'can_subset' here: a step"),
        (lambda: ep.op(tags={}), "op() takes no 'tags' here: only assets have them"),
        (lambda: ep.Output(1, tags={}), "Output() takes no 'tags' here: only assets have them"),
        (lambda: ep.Definitions(schedules=[]), "Definitions() takes no 'schedules' here: runs are"),
        (lambda: ep.io_manager(output_config_schema={}), "say it in metadata of the output"),
        (lambda: asset(grup_name="x"), "asset() has no option 'grup_name'; did you mean 'group_name'"),
        (lambda: ep.AssetOut(is_requird=False), "AssetOut() has no option 'is_requird'; did you mean"),
    ],
)
def test_an_option_that_is_not_here_is_refused_with_what_to_do(
    use: Callable[[], Any], message: str
):
    with pytest.raises(TypeError, match=re.escape(message)):
        use()


def test_a_type_error_of_the_users_stays_what_it_is():
    def composed():
        raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        ep.job(composed)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: ep.multi_asset(outs={"a": ep.Out()}), "Out object at .* is no AssetOut"),
        (lambda: ep.multi_asset(outs=["a"]), r"outs is a dict of AssetOut by name, not \['a'\]"),
        (lambda: ep.multi_asset(outs={}), "multi_asset makes no asset"),
        (lambda: ep.multi_asset(specs=["a"]), "'a' is no AssetSpec"),
        (lambda: ep.op(ins={"x": ep.AssetIn()})(lambda x: x), r"ins\['x'\] is a 'AssetIn', not an In"),
        (lambda: ep.op(out=["x"])(lambda: 1), r"out is a dict of Out by name, not \['x'\]"),
        (lambda: ep.AssetIn(partition_mapping="all"), "AssetIn: 'all' is no partition mapping"),
        (lambda: asset("orders"), "an asset is made by a function, not by 'orders'"),
        (lambda: ep.StaticPartitionsDefinition([2024]), "a partition key is text, such as '2024'"),
        (lambda: ep.DailyPartitionsDefinition(2024), "a datetime, or text, not at 2024"),
        (lambda: ep.Enum("colour", ["red"]), r"an Enum is made of EnumValue: EnumValue\('red'\)"),
        (lambda: ep.EnvVar(5), "needs the name of an environment variable"),
        (lambda: ep.RetryPolicy(delay=-1), "delay must not be negative: -1"),
        (lambda: ep.RetryRequested(seconds_to_wait=-1), "seconds_to_wait must not be negative: -1"),
        (lambda: ep.build_output_context(partition_key=5), "a partition_key is text"),
        (lambda: ep.build_input_context(instance="home"), "a 'str' is no instance"),
        (lambda: ep.AssetValueLoader(ep.Instance.ephemeral()).load_asset_values("daily"),
         r"asset_keys is a list: \['daily'\]"),
        (lambda: ep.AssetKey(5), "an asset key is an AssetKey, text or a list of texts, not 5"),
        (lambda: ep.AssetKey(["a", 5]), r"AssetKey, text or a list of texts, not \['a', 5\]"),
    ],
)
def test_what_is_of_another_kind_than_it_must_be_is_refused(
    use: Callable[[], Any], message: str
):
    with pytest.raises(ep.InvalidError, match=message):
        use()
