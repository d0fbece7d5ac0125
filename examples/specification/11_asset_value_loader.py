"""Values that runs have made, loaded outside of them: by key, by partition, several at once.

The specification's block, with the partitioned asset that it names.
"""

from entrepot import AssetValueLoader, DagsterInstance, materialize

import pandas as pd

from entrepot import AssetKey, DailyPartitionsDefinition, asset


@asset
def upstream_data() -> pd.DataFrame:
    return pd.DataFrame({"id": [1, 2, 3], "value": [10, 20, 30]})


@asset
def downstream_result(upstream_data: pd.DataFrame) -> dict:
    return {"total": upstream_data["value"].sum(), "count": len(upstream_data)}


@asset(partitions_def=DailyPartitionsDefinition("2023-01-01"))
def partitioned_asset(context) -> str:
    return f"the value of {context.partition_key}"


# Materialize assets
instance = DagsterInstance.ephemeral()
result = materialize([upstream_data, downstream_result], instance=instance)
materialize([partitioned_asset], instance=instance, partition_key="2023-01-01")

# Load asset values after materialization
loader = AssetValueLoader(instance)

# Load specific asset value
upstream_value = loader.load_asset_value(AssetKey("upstream_data"))
print(f"Upstream data: {upstream_value}")
# prints: Upstream data:    id  value
# prints: 0   1     10
# prints: 1   2     20
# prints: 2   3     30

# Load with partition key (for partitioned assets)
partitioned_value = loader.load_asset_value(
    AssetKey("partitioned_asset"),
    partition_key="2023-01-01"
)

# Load multiple asset values
asset_keys = [AssetKey("upstream_data"), AssetKey("downstream_result")]
values = loader.load_asset_values(asset_keys)

for asset_key, value in values.items():
    print(f"Asset {asset_key}: {value}")
# prints: Asset AssetKey(["upstream_data"]):    id  value
# prints: 0   1     10
# prints: 1   2     20
# prints: 2   3     30
# prints: Asset AssetKey(["downstream_result"]): {'total': np.int64(60), 'count': 3}


# ---- what was loaded ---------------------------------------------------------------------

print(partitioned_value)
# prints: the value of 2023-01-01
