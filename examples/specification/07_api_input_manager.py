"""An input manager: it loads what others made, here the answers of an HTTP API.

The specification's block, and a run of it against a server of its own.
"""

from entrepot import InputManager, input_manager, InputContext
import pandas as pd
import requests

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from entrepot import Definitions, SourceAsset, StaticPartitionsDefinition, asset, materialize


class APIInputManager(InputManager):
    """Input manager for loading data from APIs."""

    def __init__(self, api_base_url: str, api_key: str):
        self.api_base_url = api_base_url
        self.api_key = api_key
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {api_key}"})

    def load_input(self, context: InputContext) -> pd.DataFrame:
        """Load data from API based on context."""
        # Use asset key to determine endpoint
        if context.asset_key:
            endpoint = context.asset_key.path[-1]  # Last part of asset key
        else:
            endpoint = context.name

        # Build API URL
        url = f"{self.api_base_url}/{endpoint}"

        # Add partition filtering if needed
        params = {}
        if hasattr(context, 'asset_partition_keys') and context.asset_partition_keys:
            # For partitioned inputs, filter by partition
            partition_keys = list(context.asset_partition_keys)
            params["partitions"] = ",".join(partition_keys)
            context.log.info(f"Loading partitions: {partition_keys}")

        # Fetch data
        context.log.info(f"Fetching data from {url}")
        response = self.session.get(url, params=params)
        response.raise_for_status()

        # Convert to DataFrame
        data = response.json()
        df = pd.DataFrame(data)

        context.log.info(f"Loaded {len(df)} records from API")
        return df


@input_manager(
    config_schema={
        "api_base_url": str,
        "api_key": str
    }
)
def api_input_manager(context):
    """Create API input manager from configuration."""
    return APIInputManager(
        api_base_url=context.resource_config["api_base_url"],
        api_key=context.resource_config["api_key"]
    )


# Usage in assets
@asset(input_manager_key="api_loader")
def external_users(context, users_api_data: pd.DataFrame) -> pd.DataFrame:
    """Asset loading from external API."""
    # users_api_data is loaded via API input manager
    return users_api_data.dropna()


defs = Definitions(
    assets=[external_users],
    resources={
        "api_loader": api_input_manager.configured({
            "api_base_url": "https://api.example.com/v1",
            "api_key": "secret-api-key"
        })
    }
)


# ---- a run of it -------------------------------------------------------------------------


class Api(BaseHTTPRequestHandler):
    """Answers every request with three users, and prints what was asked."""

    def do_GET(self) -> None:
        print(self.path, self.headers["Authorization"], flush=True)
        users = [{"name": "Ada"}, {"name": "Bo"}, {"name": None}]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(users).encode())

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


regions = StaticPartitionsDefinition(["north", "south"])
users = SourceAsset("users", partitions_def=regions)


@asset(input_manager_key="api_loader", partitions_def=regions)
def number_of_users(users: pd.DataFrame) -> int:
    return len(users)


defs.validate()
server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
loader = api_input_manager.configured({
    "api_base_url": f"http://127.0.0.1:{server.server_port}/v1", "api_key": "secret-api-key"
})
resources = {"api_loader": loader}
result = materialize(defs.assets, resources=resources)
# prints: /v1/users_api_data Bearer secret-api-key
print(result.asset_value("external_users")["name"].tolist())
# prints: ['Ada', 'Bo']
result = materialize([users, number_of_users], resources=resources, partition_key="north")
# prints: /v1/users?partitions=north Bearer secret-api-key
print(result.asset_value("number_of_users"))
# prints: 3
server.shutdown()
