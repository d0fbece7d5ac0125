"""An I/O manager that keeps each type in the format that suits it.

The specification's block, and a run of it.
"""

from entrepot import IOManager, DagsterType
import pandas as pd
import numpy as np
import json

import os
import pickle

from entrepot import InputContext, OutputContext, asset, io_manager, materialize


class TypedIOManager(IOManager):
    """I/O manager with type-specific storage strategies."""

    def __init__(self, base_path: str):
        self.base_path = base_path
        self.type_handlers = {
            pd.DataFrame: self._handle_dataframe,
            np.ndarray: self._handle_numpy_array,
            dict: self._handle_dict,
            list: self._handle_list
        }

    def handle_output(self, context: OutputContext, obj) -> None:
        obj_type = type(obj)

        # Find appropriate handler
        handler = None
        for type_cls, type_handler in self.type_handlers.items():
            if isinstance(obj, type_cls):
                handler = type_handler
                break

        if handler:
            handler(context, obj, mode="write")
        else:
            # Fallback to pickle
            self._handle_pickle(context, obj, mode="write")

    def load_input(self, context: InputContext):
        # Determine expected type from context
        if context.dagster_type:
            expected_type = context.dagster_type.typing_type
        else:
            expected_type = None

        # Try type-specific loading
        for type_cls, type_handler in self.type_handlers.items():
            if expected_type and issubclass(expected_type, type_cls):
                return type_handler(context, None, mode="read")

        # Repaired: without an annotation there is no type; the block looks for a pickle then.
        if not os.path.exists(self._get_path(context) + ".pkl"):
            return self._handle_any(context)

        # Fallback to pickle
        return self._handle_pickle(context, None, mode="read")

    def _handle_dataframe(self, context, obj, mode):
        path = self._get_path(context) + ".parquet"
        if mode == "write":
            obj.to_parquet(path)
            context.add_output_metadata({"format": "parquet", "rows": len(obj)})
        else:
            return pd.read_parquet(path)

    def _handle_numpy_array(self, context, obj, mode):
        path = self._get_path(context) + ".npy"
        if mode == "write":
            np.save(path, obj)
            context.add_output_metadata({"format": "numpy", "shape": obj.shape})
        else:
            return np.load(path)

    def _handle_dict(self, context, obj, mode):
        path = self._get_path(context) + ".json"
        if mode == "write":
            with open(path, "w") as f:
                json.dump(obj, f, indent=2)
            context.add_output_metadata({"format": "json", "keys": list(obj.keys())})
        else:
            with open(path, "r") as f:
                return json.load(f)

    # Repaired: these three are left out of the block.
    def _handle_list(self, context, obj, mode):
        path = self._get_path(context) + ".list.json"
        if mode == "write":
            with open(path, "w") as f:
                json.dump(obj, f)
            context.add_output_metadata({"format": "json", "items": len(obj)})
        else:
            with open(path) as f:
                return json.load(f)

    def _handle_pickle(self, context, obj, mode):
        path = self._get_path(context) + ".pkl"
        if mode == "write":
            with open(path, "wb") as f:
                pickle.dump(obj, f)
            context.add_output_metadata({"format": "pickle"})
        else:
            with open(path, "rb") as f:
                return pickle.load(f)

    def _handle_any(self, context):
        suffixes = (".parquet", ".npy", ".json", ".list.json")
        for suffix, handler in zip(suffixes, self.type_handlers.values(), strict=True):
            if os.path.exists(self._get_path(context) + suffix):
                return handler(context, None, mode="read")
        raise FileNotFoundError(f"no file of {self._get_path(context)}")

    def _get_path(self, context):
        if context.asset_key:
            path_parts = context.asset_key.path
        else:
            if hasattr(context, 'step_key'):
                path_parts = [f"{context.step_key}_{context.name}"]
            else:
                # Input context
                upstream = context.upstream_output
                path_parts = list(upstream.asset_key.path) if upstream.asset_key else [f"{upstream.step_key}_{upstream.name}"]
        # Repaired: the block makes no folders.
        os.makedirs(os.path.join(self.base_path, *path_parts[:-1]), exist_ok=True)
        return os.path.join(self.base_path, *path_parts)


@io_manager(config_schema={"base_path": str})
def typed_io_manager(context):
    return TypedIOManager(context.resource_config["base_path"])


# ---- a run of it -------------------------------------------------------------------------


@asset
def table() -> pd.DataFrame:
    return pd.DataFrame({"x": [1, 2]})


@asset
def grid() -> np.ndarray:
    return np.arange(6).reshape(2, 3)


@asset
def settings() -> dict:
    return {"a": 1}


@asset
def names() -> list[str]:
    return ["b", "c"]


@asset
def point() -> complex:
    return 1 + 2j


@asset
def types(
    table: pd.DataFrame, grid: np.ndarray, settings: dict[str, int], names: list, point: complex
) -> str:
    values = (table, grid, settings, names, point)
    return " ".join(type(value).__name__ for value in values)


@asset
def without_annotations(table, grid, settings, names, point) -> str:
    values = (table, grid, settings, names, point)
    return " ".join(type(value).__name__ for value in values)


result = materialize(
    [table, grid, settings, names, point, types, without_annotations],
    resources={"io_manager": typed_io_manager.configured({"base_path": "storage"})},
)
print(result.asset_value("types"))
# prints: DataFrame ndarray dict list complex
print(result.asset_value("without_annotations"))
# prints: DataFrame ndarray dict list complex
print(result.asset_materializations_for_node("grid")[0].metadata["shape"].value)
# prints: [2, 3]
print(sorted(os.listdir("storage")))
# prints: ['grid.npy', 'names.list.json', 'point.pkl', 'settings.json', 'table.parquet', 'types.pkl', 'without_annotations.pkl']
