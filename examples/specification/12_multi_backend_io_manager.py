"""An I/O manager that sends each asset to one of several stores.

The specification's block, and a run of it with folders in the buckets' places.
"""

from entrepot import IOManager, ConfigurableResource, Field
from typing import Dict, Any, Literal

import os

import pandas as pd

from entrepot import InputContext, LocalIOManager, OutputContext, asset, materialize


class BucketFolderIOManager(LocalIOManager):
    """Stands for a bucket: a folder of its name."""

    def __init__(self, bucket_name: str, prefix: str):
        super().__init__(os.path.join("buckets", bucket_name, prefix))


S3IOManager = GCSIOManager = BucketFolderIOManager


class MultiBackendIOManager(ConfigurableResource, IOManager):
    """I/O manager supporting multiple storage backends."""

    default_backend: Literal["local", "s3", "gcs"] = "local"
    backends: Dict[str, Any] = Field(
        default_factory=dict,
        description="Backend-specific configurations"
    )

    def setup_for_execution(self, context) -> "MultiBackendIOManager":
        """Initialize backend-specific managers."""
        self._backend_managers = {}

        if "local" in self.backends or self.default_backend == "local":
            self._backend_managers["local"] = LocalIOManager(
                self.backends.get("local", {}).get("base_dir", "/tmp/dagster")
            )

        if "s3" in self.backends or self.default_backend == "s3":
            s3_config = self.backends.get("s3", {})
            self._backend_managers["s3"] = S3IOManager(
                bucket_name=s3_config.get("bucket_name"),
                prefix=s3_config.get("prefix", "dagster")
            )

        # Repaired: the block builds nothing for "gcs".
        if "gcs" in self.backends or self.default_backend == "gcs":
            self._backend_managers["gcs"] = GCSIOManager(**self.backends.get("gcs", {}))

        return self

    def handle_output(self, context: OutputContext, obj) -> None:
        """Route output to appropriate backend."""
        # Determine backend from context metadata or default
        backend = self._get_backend_for_context(context)
        manager = self._backend_managers[backend]

        context.log.info(f"Storing output using {backend} backend")
        manager.handle_output(context, obj)

    def load_input(self, context: InputContext):
        """Route input loading to appropriate backend."""
        backend = self._get_backend_for_context(context)
        manager = self._backend_managers[backend]

        context.log.info(f"Loading input using {backend} backend")
        return manager.load_input(context)

    def _get_backend_for_context(self, context) -> str:
        """Determine appropriate backend for context."""
        # Check context metadata for backend preference
        if hasattr(context, 'metadata') and context.metadata:
            if "storage_backend" in context.metadata:
                return context.metadata["storage_backend"]

        # Repaired: the block says that it routes by group, and does not.
        if context.asset_spec.group_name == "ml_models":
            return "gcs"

        # Check asset group for backend routing
        if hasattr(context, 'asset_key') and context.asset_key:
            # Route based on asset key pattern
            path_parts = context.asset_key.path
            if "raw" in path_parts:
                return "local"  # Raw data stored locally
            elif "processed" in path_parts:
                return "s3"  # Processed data in S3
            elif "ml_models" in path_parts:
                return "gcs"  # ML models in GCS

        return self.default_backend


# Usage with routing configuration
multi_backend_io = MultiBackendIOManager(
    default_backend="s3",
    backends={
        "local": {"base_dir": "/tmp/dagster"},
        "s3": {"bucket_name": "my-data-bucket", "prefix": "dagster-storage"},
        "gcs": {"bucket_name": "my-ml-bucket", "prefix": "models"}
    }
)


@asset(metadata={"storage_backend": "local"})
def raw_data() -> pd.DataFrame:
    """Asset stored locally."""
    return pd.DataFrame({"raw": [1, 2, 3]})


@asset(metadata={"storage_backend": "s3"})
def processed_data(raw_data: pd.DataFrame) -> pd.DataFrame:
    """Asset stored in S3."""
    return raw_data * 2


@asset(group_name="ml_models")  # Routed to GCS via group name
def trained_model(processed_data: pd.DataFrame) -> dict:
    """Model stored in GCS."""
    return {"model_type": "linear", "trained": True}


# ---- a run of it -------------------------------------------------------------------------

routed = MultiBackendIOManager(
    default_backend="s3",
    backends={**multi_backend_io.backends, "local": {"base_dir": "local"}},
)


@asset
def evaluation(trained_model: dict) -> bool:
    return trained_model["trained"]


result = materialize(
    [raw_data, processed_data, trained_model, evaluation], resources={"io_manager": routed}
)
print(result.asset_value("evaluation"), list(result.asset_value("processed_data")["raw"]))
# prints: True [2, 4, 6]
for folder, _, names in sorted(os.walk(".")):
    for name in sorted(names):
        print(os.path.join(folder, name))
# prints: ./buckets/my-data-bucket/dagster-storage/evaluation.json
# prints: ./buckets/my-data-bucket/dagster-storage/processed_data.parquet
# prints: ./buckets/my-ml-bucket/models/trained_model.json
# prints: ./local/raw_data.parquet
