"""One class of I/O manager over any place that a path can name, switched by configuration.

The specification's block, and a run of it in a local folder.
"""

from entrepot import UPathIOManager, ConfigurableResource
from pydantic import Field

import pandas as pd

from entrepot import Definitions, asset, materialize


class CloudStorageIOManager(ConfigurableResource):
    """Universal cloud storage I/O manager."""

    base_path: str = Field(description="Base path (supports s3://, gs://, etc.)")

    def create_io_manager(self, context) -> UPathIOManager:
        return UPathIOManager(base_path=self.base_path)


# Usage with different storage backends
s3_io_manager = CloudStorageIOManager(base_path="s3://my-bucket/dagster-storage")
gcs_io_manager = CloudStorageIOManager(base_path="gs://my-bucket/dagster-storage")
azure_io_manager = CloudStorageIOManager(base_path="az://my-container/dagster-storage")
local_io_manager = CloudStorageIOManager(base_path="/tmp/dagster-storage")


# Assets automatically work with any backend
@asset(io_manager_key="cloud_storage")
def cloud_data() -> pd.DataFrame:
    return pd.DataFrame({"value": [1, 2, 3]})


defs = Definitions(
    assets=[cloud_data],
    resources={
        "cloud_storage": s3_io_manager  # Switch between storage backends easily
    }
)


# ---- a run of it -------------------------------------------------------------------------

defs.validate()
print(repr(s3_io_manager))
# prints: CloudStorageIOManager(base_path='s3://my-bucket/dagster-storage')


@asset
def total(cloud_data: pd.DataFrame) -> int:
    return int(cloud_data["value"].sum())


result = materialize(
    [cloud_data, total], resources={"cloud_storage": CloudStorageIOManager(base_path="storage")}
)
print(result.asset_value("total"))
# prints: 6
