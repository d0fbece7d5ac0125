"""An I/O manager of one's own: tables as Parquet, all else as pickles, below one folder.

The specification's block, and a run of it over assets and over ops.
"""

from entrepot import IOManager, InputContext, OutputContext
import pandas as pd
import pickle
import os

from entrepot import asset, io_manager, job, materialize, op


class CustomIOManager(IOManager):
    """Custom I/O manager implementation."""

    def __init__(self, base_path: str = "/tmp/dagster"):
        self.base_path = base_path
        os.makedirs(base_path, exist_ok=True)

    def handle_output(self, context: OutputContext, obj) -> None:
        """Store output object."""
        # Generate file path from context
        if context.asset_key:
            # For assets, use asset key path
            path_parts = context.asset_key.path
            file_path = os.path.join(self.base_path, *path_parts)
        else:
            # For ops, use step key and output name
            file_path = os.path.join(self.base_path, f"{context.step_key}_{context.name}")

        # Create directory if needed
        os.makedirs(os.path.dirname(file_path), exist_ok=True)

        # Handle different object types
        if isinstance(obj, pd.DataFrame):
            file_path += ".parquet"
            obj.to_parquet(file_path)
            context.log.info(f"Stored DataFrame with {len(obj)} rows to {file_path}")
        else:
            file_path += ".pkl"
            with open(file_path, "wb") as f:
                pickle.dump(obj, f)
            context.log.info(f"Stored object to {file_path}")

        # Add metadata about storage
        context.add_output_metadata({
            "file_path": file_path,
            "file_size_bytes": os.path.getsize(file_path),
            "storage_type": "local_filesystem"
        })

    def load_input(self, context: InputContext):
        """Load input object."""
        # Generate file path from context
        if context.asset_key:
            path_parts = context.asset_key.path
            base_file_path = os.path.join(self.base_path, *path_parts)
        else:
            # For op outputs, need to determine path from upstream
            upstream_context = context.upstream_output
            if upstream_context.asset_key:
                path_parts = upstream_context.asset_key.path
                base_file_path = os.path.join(self.base_path, *path_parts)
            else:
                base_file_path = os.path.join(
                    self.base_path,
                    f"{upstream_context.step_key}_{upstream_context.name}"
                )

        # Try different file extensions
        if os.path.exists(base_file_path + ".parquet"):
            file_path = base_file_path + ".parquet"
            obj = pd.read_parquet(file_path)
            context.log.info(f"Loaded DataFrame with {len(obj)} rows from {file_path}")
            return obj
        elif os.path.exists(base_file_path + ".pkl"):
            file_path = base_file_path + ".pkl"
            with open(file_path, "rb") as f:
                obj = pickle.load(f)
            context.log.info(f"Loaded object from {file_path}")
            return obj
        else:
            raise FileNotFoundError(f"No file found at {base_file_path}")


# Create I/O manager resource
@io_manager(config_schema={"base_path": str})
def custom_io_manager(context):
    base_path = context.resource_config.get("base_path", "/tmp/dagster")
    return CustomIOManager(base_path)


# ---- a run of it -------------------------------------------------------------------------


@asset
def orders() -> pd.DataFrame:
    return pd.DataFrame({"item": ["tea", "silk"], "price": [4.5, 80.0]})


@asset
def summary(orders: pd.DataFrame) -> dict:
    return {"rows": len(orders), "total": float(orders["price"].sum())}


@op
def fetch() -> list:
    return [1, 2, 3]


@op
def add_up(numbers: list) -> int:
    return sum(numbers)


@job
def adding():
    add_up(fetch())


managers = {"io_manager": custom_io_manager.configured({"base_path": "storage"})}
result = materialize([orders, summary], resources=managers)
print(result.asset_value("summary"))
# prints: {'rows': 2, 'total': 84.5}
for node in ("orders", "summary"):
    metadata = result.asset_materializations_for_node(node)[0].metadata
    print(metadata["file_path"].value, metadata["storage_type"].value)
# prints: storage/orders.parquet local_filesystem
# prints: storage/summary.pkl local_filesystem

done = adding.execute_in_process(resources=managers)
print(done.output_for_node("add_up"), sorted(os.listdir("storage")))
# prints: 6 ['add_up_result.pkl', 'fetch_result.pkl', 'orders.parquet', 'summary.pkl']
