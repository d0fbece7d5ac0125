"""AssetSelection: the selection language, said in code."""

from __future__ import annotations

import operator

import pytest

import entrepot as ep
from entrepot import AssetKey, AssetSelection, asset, materialize


@asset(key_prefix="raw", group_name="shop")
def orders() -> int:
    return 1


@asset(ins={"orders": ep.AssetIn("raw/orders")}, group_name="shop")
def totals(orders: int) -> int:
    return orders


@asset(group_name="reports")
def report(totals: int) -> int:
    return totals


ASSETS = [
    orders,
    asset(ins={"totals": ep.AssetIn("totals")}, group_name="reports")(report.fn),
    totals,
]


def names(selection: AssetSelection) -> set[str]:
    return {key.to_user_string() for key in selection.resolve(ASSETS)}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (AssetSelection.all(), {"raw/orders", "totals", "report"}),
        (AssetSelection.assets("totals"), {"totals"}),
        (AssetSelection.assets(totals, AssetKey(["report"])), {"totals", "report"}),
        (AssetSelection.keys(["raw", "orders"]), {"raw/orders"}),
        (AssetSelection.groups("shop"), {"raw/orders", "totals"}),
        (AssetSelection.groups("shop", "reports"), {"raw/orders", "totals", "report"}),
        (AssetSelection.key_prefixes("raw"), {"raw/orders"}),
        (AssetSelection.assets("totals").upstream(), {"raw/orders", "totals"}),
        (AssetSelection.assets("totals").downstream(), {"totals", "report"}),
        (
            AssetSelection.assets("totals").upstream().downstream(),
            {"raw/orders", "totals", "report"},
        ),
        (AssetSelection.assets("report") | AssetSelection.groups("shop"),
         {"report", "raw/orders", "totals"}),
        (AssetSelection.from_string("+totals, report"), {"raw/orders", "totals", "report"}),
        (AssetSelection.groups("shop") & AssetSelection.assets("totals").downstream(), {"totals"}),
        (AssetSelection.all() - AssetSelection.groups("reports"), {"raw/orders", "totals"}),
        (AssetSelection.assets("report") | (AssetSelection.all() - AssetSelection.assets("report")),
         {"raw/orders", "totals", "report"}),
        ((AssetSelection.all() - AssetSelection.assets("totals")) | AssetSelection.assets("totals"),
         {"raw/orders", "totals", "report"}),
    ],
)
def test_a_selection_resolves_to_keys(selection: AssetSelection, expected: set[str]):
    assert names(selection) == expected


def test_a_run_takes_a_selection():
    result = materialize(ASSETS, selection=AssetSelection.assets("totals").upstream())
    assert {step.step_key for step in result.steps} == {"raw/orders", "totals"}


def test_an_unknown_asset_is_refused_with_the_nearest_name():
    with pytest.raises(ep.InvalidError, match="totals"):
        AssetSelection.assets("total").resolve(ASSETS)


def test_an_empty_selection_is_refused():
    with pytest.raises(ep.InvalidError, match=r"AssetSelection.all\(\) selects everything"):
        AssetSelection.assets()


def test_a_key_that_the_language_cannot_name_is_refused():
    with pytest.raises(ep.InvalidError, match="cannot be named by a selection"):
        AssetSelection.assets(AssetKey(["a b"]))


def test_equal_selections_are_equal():
    assert AssetSelection.groups("a") == AssetSelection.from_string("group:a")
    assert len({AssetSelection.groups("a"), AssetSelection.from_string("group:a")}) == 1


def test_a_run_takes_what_two_selections_leave():
    chosen = AssetSelection.all() - AssetSelection.groups("reports")
    result = materialize(ASSETS, selection=chosen)
    assert result.output_for_node("totals") == 1
    with pytest.raises(ep.InvalidError, match="had no step 'report'"):
        result.output_for_node("report")


def test_a_combination_that_leaves_nothing_is_refused_and_has_no_text():
    none = AssetSelection.groups("reports") & AssetSelection.assets("totals")
    assert repr(none) == "<AssetSelection (group:reports) & (totals)>"
    with pytest.raises(ep.InvalidError, match=r"'\(group:reports\) & \(totals\)' matches no asset"):
        materialize(ASSETS, selection=none)
    with pytest.raises(ep.InvalidError, match="has no text"):
        _ = none.text
    with pytest.raises(ep.UnsupportedError, match=r"has no upstream\(\): call it on the parts"):
        none.upstream()
    assert none == AssetSelection.groups("reports") & AssetSelection.assets("totals")
    assert none != AssetSelection.groups("reports") - AssetSelection.assets("totals")


def test_only_selections_are_combined():
    for combine in (operator.or_, operator.and_, operator.sub):
        with pytest.raises(TypeError, match="unsupported operand"):
            combine(AssetSelection.all(), "orders")


def test_keys_that_selections_have_no_words_for_are_refused_in_definitions_too():
    @asset(key=ep.AssetKey(["a*"]))
    def starred() -> int:
        return 1

    for given in (starred, starred.key):
        with pytest.raises(ep.InvalidError, match="cannot be named by a selection"):
            AssetSelection.assets(given)
