"""An I/O manager over a bucket, made by a function from its configuration and a client.

The specification's block, and a run of it against whatever S3 the environment names
(AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION).
"""

from entrepot import io_manager, IOManager, Field, String
import boto3
import pandas as pd

import pickle
from io import BytesIO

from botocore.exceptions import ClientError

from entrepot import InputContext, OutputContext, asset, materialize, resource


@io_manager(
    config_schema={
        "bucket_name": Field(String, description="S3 bucket name"),
        "prefix": Field(String, default_value="dagster-storage", description="S3 key prefix")
    },
    required_resource_keys={"s3"}
)
def s3_io_manager(init_context) -> IOManager:
    """S3-based I/O manager."""

    class S3IOManager(IOManager):
        def __init__(self, bucket_name: str, prefix: str, s3_client):
            self.bucket_name = bucket_name
            self.prefix = prefix
            self.s3_client = s3_client

        def handle_output(self, context: OutputContext, obj) -> None:
            # Generate S3 key
            if context.asset_key:
                key_parts = [self.prefix] + list(context.asset_key.path)
            else:
                key_parts = [self.prefix, f"{context.step_key}_{context.name}"]

            s3_key = "/".join(key_parts)

            # Store different types appropriately
            if isinstance(obj, pd.DataFrame):
                # Use parquet for DataFrames
                s3_key += ".parquet"
                buffer = BytesIO()
                obj.to_parquet(buffer)
                buffer.seek(0)

                self.s3_client.put_object(
                    Bucket=self.bucket_name,
                    Key=s3_key,
                    Body=buffer.getvalue()
                )
                context.log.info(f"Stored DataFrame to s3://{self.bucket_name}/{s3_key}")
            else:
                # Use pickle for other objects
                s3_key += ".pkl"
                buffer = BytesIO()
                pickle.dump(obj, buffer)
                buffer.seek(0)

                self.s3_client.put_object(
                    Bucket=self.bucket_name,
                    Key=s3_key,
                    Body=buffer.getvalue()
                )

            # Add metadata
            context.add_output_metadata({
                "s3_bucket": self.bucket_name,
                "s3_key": s3_key,
                "s3_uri": f"s3://{self.bucket_name}/{s3_key}"
            })

        def load_input(self, context: InputContext):
            # Generate S3 key
            if context.asset_key:
                key_parts = [self.prefix] + list(context.asset_key.path)
            else:
                upstream_context = context.upstream_output
                if upstream_context.asset_key:
                    key_parts = [self.prefix] + list(upstream_context.asset_key.path)
                else:
                    key_parts = [self.prefix, f"{upstream_context.step_key}_{upstream_context.name}"]

            base_s3_key = "/".join(key_parts)

            # Try parquet first, then pickle
            try:
                s3_key = base_s3_key + ".parquet"
                response = self.s3_client.get_object(Bucket=self.bucket_name, Key=s3_key)
                obj = pd.read_parquet(BytesIO(response['Body'].read()))
                context.log.info(f"Loaded DataFrame from s3://{self.bucket_name}/{s3_key}")
                return obj
            except ClientError:
                s3_key = base_s3_key + ".pkl"
                response = self.s3_client.get_object(Bucket=self.bucket_name, Key=s3_key)
                obj = pickle.load(BytesIO(response['Body'].read()))
                context.log.info(f"Loaded object from s3://{self.bucket_name}/{s3_key}")
                return obj

    # Get configuration and resources
    bucket_name = init_context.resource_config["bucket_name"]
    prefix = init_context.resource_config["prefix"]
    s3_client = init_context.resources.s3

    return S3IOManager(bucket_name, prefix, s3_client)


# ---- a run of it -------------------------------------------------------------------------


@resource
def s3():
    return boto3.client("s3")


@asset
def orders() -> pd.DataFrame:
    return pd.DataFrame({"item": ["tea", "silk"], "price": [4.5, 80.0]})


@asset
def summary(orders: pd.DataFrame) -> dict:
    return {"rows": len(orders), "total": float(orders["price"].sum())}


@asset
def report(summary: dict) -> str:
    return f"{summary['rows']} orders, {summary['total']} in all"


boto3.client("s3").create_bucket(Bucket="shop")
result = materialize(
    [orders, summary, report],
    resources={"io_manager": s3_io_manager.configured({"bucket_name": "shop"}), "s3": s3},
)
print(result.asset_value("report"))
# prints: 2 orders, 84.5 in all
for node in ("orders", "summary", "report"):
    print(result.asset_materializations_for_node(node)[0].metadata["s3_uri"].value)
# prints: s3://shop/dagster-storage/orders.parquet
# prints: s3://shop/dagster-storage/summary.pkl
# prints: s3://shop/dagster-storage/report.pkl
