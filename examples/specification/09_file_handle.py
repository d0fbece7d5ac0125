"""Files as values: one asset keeps a file, another gets its handle and reads it.

The specification's block, and a run of it.
"""

from entrepot import FileHandle, LocalFileHandle, resource

import json

import pandas as pd

from entrepot import LocalFileManager, asset, materialize


class CustomFileHandle(FileHandle):
    """Custom file handle implementation."""

    def __init__(self, file_path: str, file_manager):
        self.file_path = file_path
        self.file_manager = file_manager

    @property
    def path_desc(self) -> str:
        """Description of file path."""
        return f"custom://{self.file_path}"


# Usage with file-based assets
@asset
def file_based_asset(context) -> FileHandle:
    """Asset that produces a file handle."""
    # Generate file content
    data = {"key": "value", "timestamp": pd.Timestamp.now().isoformat()}

    # Get file manager from resources
    file_manager = context.resources.file_manager

    # Write file and get handle
    with file_manager.write_data(data) as file_handle:
        context.log.info(f"Created file: {file_handle.path_desc}")
        return file_handle


@asset
def process_file(context, file_based_asset: FileHandle) -> dict:
    """Asset that processes a file handle."""
    # Read file through handle
    file_manager = context.resources.file_manager

    with file_manager.read(file_based_asset) as file_obj:
        data = json.load(file_obj)

    context.log.info(f"Processed file: {file_based_asset.path_desc}")
    return {"processed": True, "original_data": data}


# ---- a run of it -------------------------------------------------------------------------


@resource
def file_manager():
    return LocalFileManager("files")


result = materialize([file_based_asset, process_file], resources={"file_manager": file_manager})
handle = result.asset_value("file_based_asset")
with open(handle.path_desc) as file:
    kept = json.load(file)
print(result.asset_value("process_file") == {"processed": True, "original_data": kept})
# prints: True
print(isinstance(handle, LocalFileHandle), kept["key"])
# prints: True value
print(CustomFileHandle("a/b", None).path_desc)
# prints: custom://a/b
