"""An I/O manager that keeps every version of a value, and a link to the current one.

The specification's block, and two runs of it.
"""

import os
import pickle
import shutil

import pandas as pd

from entrepot import IOManager, InputContext, OutputContext, asset, materialize


class VersionedIOManager(IOManager):
    """I/O manager with automatic versioning."""

    # Repaired in four places, by "/value": each version is a folder with the value in it. The
    # block links "current" to a name without an extension, and there is no such file.

    def __init__(self, base_path: str, enable_versioning: bool = True):
        self.base_path = base_path
        self.enable_versioning = enable_versioning

    def handle_output(self, context: OutputContext, obj) -> None:
        """Store output with versioning."""
        base_file_path = self._get_base_path(context)

        if self.enable_versioning:
            # Create version based on run ID and timestamp
            version = f"{context.run_id}_{int(pd.Timestamp.now().timestamp())}"
            versioned_path = f"{base_file_path}/v_{version}"

            # Store versioned copy
            self._store_object(f"{versioned_path}/value", obj, context)

            # Create/update "current" symlink or copy
            current_path = f"{base_file_path}/current"
            if os.path.exists(current_path):
                if os.path.islink(current_path):
                    os.unlink(current_path)
                else:
                    shutil.rmtree(current_path)

            os.symlink(versioned_path, current_path)

            context.add_output_metadata({
                "version": version,
                "versioned_path": versioned_path,
                "current_path": current_path
            })
        else:
            # Direct storage without versioning
            self._store_object(f"{base_file_path}/value", obj, context)

    def load_input(self, context: InputContext):
        """Load input, preferring current version."""
        base_file_path = self._get_base_path(context)

        # Try to load from "current" first
        current_path = f"{base_file_path}/current"
        if os.path.exists(current_path):
            context.log.info(f"Loading current version from {current_path}")
            return self._load_object(f"{current_path}/value", context)

        # Fallback to direct path
        if os.path.exists(base_file_path):
            return self._load_object(f"{base_file_path}/value", context)

        raise FileNotFoundError(f"No data found at {base_file_path}")

    def _store_object(self, path: str, obj, context) -> None:
        """Store object to specific path."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(obj, pd.DataFrame):
            obj.to_parquet(f"{path}.parquet")
        else:
            with open(f"{path}.pkl", "wb") as f:
                pickle.dump(obj, f)

    def _load_object(self, path: str, context):
        """Load object from specific path."""
        if os.path.exists(f"{path}.parquet"):
            return pd.read_parquet(f"{path}.parquet")
        elif os.path.exists(f"{path}.pkl"):
            with open(f"{path}.pkl", "rb") as f:
                return pickle.load(f)
        else:
            raise FileNotFoundError(f"No data file found at {path}")

    # Repaired: left out of the block. Absolute, since a link is read from its own folder.
    def _get_base_path(self, context) -> str:
        return os.path.abspath(os.path.join(self.base_path, *context.asset_key.path))


# ---- two runs of it ----------------------------------------------------------------------

price = 4.5


@asset
def orders() -> pd.DataFrame:
    return pd.DataFrame({"item": ["tea"], "price": [price]})


@asset
def total(orders: pd.DataFrame) -> float:
    return float(orders["price"].sum())


versioned = VersionedIOManager("storage")
for price in (4.5, 80.0):
    result = materialize([orders, total], resources={"io_manager": versioned})
    current = os.readlink("storage/orders/current")
    metadata = result.asset_materializations_for_node("orders")[0].metadata
    print(result.asset_value("total"), current == metadata["versioned_path"].value)
# prints: 4.5 True
# prints: 80.0 True
print(sum(name.startswith("v_") for name in os.listdir("storage/orders")), "versions of orders")
# prints: 2 versions of orders

direct = VersionedIOManager("direct", enable_versioning=False)
materialize([orders, total], resources={"io_manager": direct})
print(os.listdir("direct/orders"))
# prints: ['value.parquet']
