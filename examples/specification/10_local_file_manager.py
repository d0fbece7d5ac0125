"""File managers: the built-in one, and one made by a function of one's own.

The specification's block, and a run of it.
"""

from entrepot import local_file_manager, Definitions
import tempfile
import json

import os

from entrepot import FileHandle, LocalFileManager, asset, materialize, resource


@asset
def process_file(context, config_file: FileHandle) -> list:
    """Reads it; the specification has an asset of this name in the block before."""
    with context.resources.file_manager.read(config_file, "r") as file:
        return json.load(file)["api_endpoints"]


@resource(config_schema={"base_dir": str})
def custom_file_manager(context):
    """Custom file manager with specific directory."""
    base_dir = context.resource_config["base_dir"]
    os.makedirs(base_dir, exist_ok=True)
    return LocalFileManager(base_dir)


@asset
def config_file(context) -> FileHandle:
    """Asset that creates a configuration file."""
    config_data = {
        "database_url": "postgresql://localhost/mydb",
        "api_endpoints": ["https://api1.com", "https://api2.com"],
        "settings": {"timeout": 30, "retries": 3}
    }

    # Use file manager to create file
    file_manager = context.resources.file_manager

    # Create temporary file
    with tempfile.NamedTemporaryFile(mode='w', suffix='.json', delete=False) as f:
        json.dump(config_data, f, indent=2)
        temp_path = f.name

    # Copy to managed location
    file_handle = file_manager.copy_handle_to_local_temp(temp_path)
    context.log.info(f"Created config file: {file_handle.path_desc}")

    return file_handle


defs = Definitions(
    assets=[config_file, process_file],
    resources={
        "file_manager": local_file_manager.configured({
            "base_dir": "/tmp/dagster-files"
        })
    }
)


# ---- a run of it -------------------------------------------------------------------------

defs.validate()
for manager in (local_file_manager, custom_file_manager):
    folder = f"files/{len(os.listdir())}"
    result = materialize(
        defs.assets, resources={"file_manager": manager.configured({"base_dir": folder})}
    )
    print(result.asset_value("process_file"), [name[-5:] for name in os.listdir(folder)])
# prints: ['https://api1.com', 'https://api2.com'] ['.json']
# prints: ['https://api1.com', 'https://api2.com'] ['.json']
