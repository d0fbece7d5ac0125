"""Two assets with much to tell, and a manager that keeps them."""

from __future__ import annotations

from typing import Any

import pandas as pd

import entrepot as ep
from entrepot import AssetIn, AssetKey, IOManager, asset


class Shelf(IOManager):
    """Keeps values in a dict."""

    def __init__(self) -> None:
        self.values: dict[AssetKey, Any] = {}

    def handle_output(self, context: ep.OutputContext, obj: Any) -> Any:
        self.values[context.asset_key] = obj
        context.add_output_metadata({"shelf": "top"})

    def load_input(self, context: ep.InputContext) -> Any:
        return self.values[context.asset_key]


@asset(
    key_prefix="shop",
    metadata={"colour": "red", "shape": (2, 3)},
    code_version="7",
    group_name="shopping",
    tags={"team": "sales"},
    kinds={"table"},
)
def orders(context: ep.AssetExecutionContext) -> pd.DataFrame:
    context.add_output_metadata({"n": 2})
    return pd.DataFrame({"x": [1, 2]})


@asset(
    group_name="shopping",
    ins={"bought": AssetIn("shop/orders", metadata={"columns": ["x"], "colour": "blue"})},
)
def total(bought: pd.DataFrame) -> int:
    return int(bought["x"].sum())
