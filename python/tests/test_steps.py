"""Steps: what a function gets, and what becomes of what it returns."""

from __future__ import annotations

from typing import Any

import pytest

import entrepot as ep
from entrepot import (
    AssetIn,
    AssetOut,
    MaterializeResult,
    Output,
    asset,
    materialize,
    multi_asset,
)


@multi_asset(outs={"train": AssetOut(key_prefix="data"), "test": AssetOut(is_required=False)})
def split():
    yield Output(8, "train", metadata={"share": 0.8})
    yield Output(2, "test")


@asset(ins={"train": AssetIn(key_prefix="data")})
def total(train: int, test: int) -> int:
    return train + test


def test_one_function_makes_several_assets():
    result = materialize([split, total])
    assert result.output_for_node("total") == 10
    assert result.output_for_node("split", "train") == 8
    first, second = result.asset_materializations_for_node("split")
    assert first.asset_key == ep.AssetKey(["data", "train"])
    assert first.metadata["share"].value == 0.8
    assert second.asset_key == ep.AssetKey("test")


def test_a_tuple_gives_the_outputs_in_their_order():
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def both():
        return 1, [2]

    result = materialize([both])
    assert (result.asset_value("a"), result.asset_value("b")) == (1, [2])


def test_a_wrong_number_of_outputs_is_an_error_that_says_so():
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    def one_of_two():
        return (1,)

    with pytest.raises(ep.InvalidError, match=r"has 2 outputs, \['a', 'b'\], but returned 1 values"):
        materialize([one_of_two])


def test_what_reads_an_output_that_was_left_out_is_skipped():
    @multi_asset(outs={"a": AssetOut(), "b": AssetOut(is_required=False)})
    def half():
        yield Output(1, "a")

    @asset
    def of_b(b: int) -> int:
        return b

    result = materialize([half, of_b])
    assert result.success
    assert result.is_node_skipped("of_b")


def test_specs_take_results_without_values():
    @multi_asset(specs=[ep.AssetSpec("x"), ep.AssetSpec("y").with_io_manager_key("io_manager")])
    def outside():
        yield MaterializeResult(asset_key="x", metadata={"rows": 3})
        yield MaterializeResult(asset_key="y", value=4)

    result = materialize([outside])
    assert result.asset_value("y") == 4
    first, _ = result.asset_materializations_for_node("outside")
    assert first.metadata["rows"].value == 3
    with pytest.raises(ep.InvalidError, match="stored no value"):
        result.asset_value("x")


def test_an_external_asset_is_loaded_by_its_manager():
    instance = ep.Instance.ephemeral()
    instance.store("outside", 4)

    @asset
    def uses(outside: int) -> int:
        return outside + 1

    definitions = [ep.SourceAsset("outside", group_name="theirs"), uses]
    assert materialize(definitions, instance=instance).output_for_node("uses") == 5
    with pytest.raises(ep.NotFoundError, match="'outside'"):
        materialize(definitions)


def test_an_asset_may_be_loaded_inside_a_step():
    @asset
    def base() -> int:
        return 5

    @asset(deps=[base])
    def lazy(context: ep.AssetExecutionContext) -> int:
        return context.load_asset_value("base") + 1

    assert materialize([base, lazy]).output_for_node("lazy") == 6


def test_an_async_function_is_awaited():
    @asset
    async def one() -> int:
        return 1

    @multi_asset(outs={"a": AssetOut(), "b": AssetOut()})
    async def both(one: int):
        yield Output(one + 1, "a")
        yield Output(one + 2, "b")

    result = materialize([one, both])
    assert result.output_for_node("one") == 1
    assert result.output_for_node("both", "b") == 3


def test_the_only_output_is_not_given_by_another_name():
    @asset
    def one():
        return Output(1, "two")

    @asset
    def other():
        return MaterializeResult(asset_key="elsewhere", value=1)

    with pytest.raises(ep.InvalidError, match="asset 'one' has no output 'two'; there is 'result'"):
        materialize([one])
    with pytest.raises(ep.InvalidError, match="asset 'other' makes no asset 'elsewhere'"):
        materialize([other])


def test_an_input_is_of_the_annotated_type():
    @asset
    def word() -> str:
        return "x"

    @asset
    def nothing() -> None:
        return None

    @asset
    def number(word: int) -> int:
        return word

    @asset
    def strict(nothing: int) -> int:
        return nothing

    @asset
    def lenient(nothing: int | None, word: Any) -> bool:
        return nothing is None

    with pytest.raises(
        ep.TypeCheckError, match="input 'word' of asset 'number' is a 'str', but annotated as 'int'"
    ):
        materialize([word, number])
    with pytest.raises(ep.TypeCheckError, match=r"annotate it 'int \| None' if there may be no"):
        materialize([nothing, strict])
    assert materialize([word, nothing, lenient]).output_for_node("lenient") is True


def test_a_default_of_another_type_is_the_functions_own_affair():
    @ep.op
    def twice(number: int = None) -> bool:  # type: ignore[assignment]
        return number is None

    @ep.job
    def asks():
        twice()

    assert asks.execute_in_process().output_for_node("twice") is True


def test_a_value_where_the_annotation_says_none_is_refused_with_what_to_write():
    @asset
    def counted() -> MaterializeResult:
        return MaterializeResult(value=3)

    with pytest.raises(ep.TypeCheckError, match=r"write 'MaterializeResult\[…\]'"):
        materialize([counted])


def test_specs_of_one_step_may_depend_on_each_other():
    @asset
    def source() -> int:
        return 1

    first = ep.AssetSpec("first", deps=[source])

    @multi_asset(specs=[first, ep.AssetSpec("second", deps=[first])])
    def both():
        yield MaterializeResult(asset_key="first")
        yield MaterializeResult(asset_key="second")

    result = materialize([source, both])
    assert [made.asset_key.to_user_string() for made in
            result.asset_materializations_for_node("both")] == ["first", "second"]
