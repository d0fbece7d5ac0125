"""The built-in filesystem manager: values as ordinary files that any tool can open.

The specification's block, and a run of it.
"""

from entrepot import asset, fs_io_manager, Definitions
import pandas as pd

from glob import glob

import numpy as np

from entrepot import FileHandle, local_file_manager, materialize


@asset
def sales_data() -> pd.DataFrame:
    """Generate sales data."""
    return pd.DataFrame({
        "date": pd.date_range("2023-01-01", periods=100),
        "amount": np.random.randint(100, 1000, 100)
    })


@asset
def monthly_sales(sales_data: pd.DataFrame) -> pd.DataFrame:
    """Aggregate sales by month."""
    # Repaired: "[['amount']]" is added, since pandas refuses to sum dates.
    return sales_data.groupby(sales_data["date"].dt.to_period("M"))[["amount"]].sum()


# Use filesystem I/O manager
defs = Definitions(
    assets=[sales_data, monthly_sales],
    resources={
        "io_manager": fs_io_manager.configured({
            "base_dir": "/tmp/dagster-storage"  # Storage directory
        })
    }
)

# Advanced filesystem configuration
filesystem_io = fs_io_manager.configured({
    "base_dir": "/data/warehouse",
    "file_manager": local_file_manager  # Optional file manager
})


# ---- a run of it -------------------------------------------------------------------------

defs.validate()
result = materialize(
    defs.assets, resources={"io_manager": fs_io_manager.configured({"base_dir": "storage"})}
)
sales = pd.read_parquet("storage/sales_data.parquet")  # Without Entrepot.
print(len(sales), result.asset_value("sales_data").equals(sales))
# prints: 100 True

monthly = result.asset_value("monthly_sales")
print([str(month) for month in monthly.index], monthly["amount"].sum() == sales["amount"].sum())
# prints: ['2023-01', '2023-02', '2023-03', '2023-04'] True


@asset
def manifest(context) -> FileHandle:
    return context.resources.file_manager.write_data({"tables": 2}, ext="json")


files = local_file_manager.configured({"base_dir": "files"})
warehouse = fs_io_manager.configured({"base_dir": "warehouse", "file_manager": files})
materialize([manifest], resources={"io_manager": warehouse, "file_manager": files})
print(glob("warehouse/*"))  # The file itself: with a file manager, handles are followed.
# prints: ['warehouse/manifest.json']
