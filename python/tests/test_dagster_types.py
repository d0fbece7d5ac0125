"""DagsterType: what is known of the type of an input or output, and types with a check."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import entrepot as ep
from entrepot import AssetIn, DagsterType, asset, materialize


def is_even(_: object, value: Any) -> bool:
    return isinstance(value, int) and value % 2 == 0


Even = DagsterType(int, name="Even", type_check_fn=is_even)


def test_a_type_with_a_check_refuses_what_its_check_refuses():
    @asset(dagster_type=Even)
    def two():
        return 2

    @asset(dagster_type=Even)
    def three():
        return 3

    assert materialize([two]).output_for_node("two") == 2
    with pytest.raises(ep.DagsterTypeCheckDidNotPass, match="'three'.* is no 'Even'"):
        materialize([three])


def test_managers_are_told_the_type_that_was_given():
    seen = []

    class Listening(ep.IOManager):
        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            seen.append(context.dagster_type)

        def load_input(self, context: ep.InputContext) -> Any:
            seen.append(context.dagster_type)
            return 2

    @asset(dagster_type=Even)
    def two():
        return 2

    @asset(ins={"two": AssetIn(dagster_type=Even)})
    def four(two) -> int:
        return two * 2

    materialize([two, four], resources={"io_manager": Listening()}, selection="*")
    assert seen[:2] == [Even, Even]
    assert Even.display_name == "Even" and Even.typing_type is int


def test_a_type_of_a_class_asks_for_that_class():
    @asset
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"x": [1]})

    @asset(ins={"frame": AssetIn(dagster_type=DagsterType(pd.DataFrame))})
    def columns(frame) -> list:
        assert isinstance(frame, pd.DataFrame)
        return list(frame.columns)

    assert materialize([frame, columns]).output_for_node("columns") == ["x"]
