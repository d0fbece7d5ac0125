"""An input manager that loads tables of a database, whole or by partition.

The specification's block, and a run of it over SQLite.
"""

from entrepot import InputContext, InputManager, input_manager

import sqlite3
from contextlib import closing

import pandas as pd

from entrepot import AssetIn, AssetKey, DailyPartitionsDefinition, SourceAsset
from entrepot import asset, materialize, resource


class DatabaseInputManager(InputManager):
    """Input manager for loading data from databases."""

    def __init__(self, connection_string: str):
        self.connection_string = connection_string

    def load_input(self, context: InputContext) -> pd.DataFrame:
        """Load data from database table."""
        # Derive table name from asset key or input metadata
        if context.asset_key:
            table_name = "_".join(context.asset_key.path)
        elif context.metadata and "table_name" in context.metadata:
            table_name = context.metadata["table_name"]
        else:
            table_name = context.name

        # Build query
        query = f"SELECT * FROM {table_name}"

        # Add partition filtering for time-partitioned data
        if hasattr(context, 'asset_partition_keys') and context.asset_partition_keys:
            partition_keys = list(context.asset_partition_keys)
            # Assuming date-based partitions
            if len(partition_keys) == 1:
                query += f" WHERE date = '{partition_keys[0]}'"
            else:
                date_list = "','".join(partition_keys)
                query += f" WHERE date IN ('{date_list}')"

        context.log.info(f"Executing query: {query}")

        # Execute query
        df = pd.read_sql(query, self.connection_string)

        context.log.info(f"Loaded {len(df)} records from {table_name}")
        return df


@input_manager(
    config_schema={"connection_string": str},
    required_resource_keys={"database"}
)
def database_input_manager(context):
    connection_string = context.resource_config["connection_string"]
    return DatabaseInputManager(connection_string)


# ---- a run of it -------------------------------------------------------------------------


@resource
def database():
    return None  # The block requires it, and connects by its configuration.


days = DailyPartitionsDefinition("2024-01-01")


@asset(input_manager_key="shop")
def num_customers(customers: pd.DataFrame) -> int:
    return len(customers)


@asset(ins={"rows": AssetIn(["shop", "orders"], input_manager_key="shop")}, partitions_def=days)
def takings(rows: pd.DataFrame) -> float:
    return float(rows["price"].sum())


with closing(sqlite3.connect("shop.db")) as connection:
    connection.executescript("""
        CREATE TABLE customers (name TEXT);
        INSERT INTO customers VALUES ('Ada'), ('Bo');
        CREATE TABLE shop_orders (date TEXT, price REAL);
        INSERT INTO shop_orders VALUES ('2024-01-01', 4.5), ('2024-01-02', 80.0);
    """)

shop = database_input_manager.configured({"connection_string": "sqlite:///shop.db"})
resources = {"shop": shop, "database": database}
print(materialize([num_customers], resources=resources).asset_value("num_customers"))
# prints: 2

orders = SourceAsset(AssetKey(["shop", "orders"]), partitions_def=days)
result = materialize([orders, takings], resources=resources, partition_key="2024-01-02")
print(result.asset_value("takings"))
# prints: 80.0
