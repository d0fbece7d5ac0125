"""File managers as resources."""

from __future__ import annotations

import os

from entrepot._config import Field, StringSource
from entrepot._files import LocalFileManager
from entrepot._resources import InitResourceContext, resource
from entrepot.errors import InvalidError

__all__ = ["local_file_manager"]


@resource(
    config_schema={
        "base_dir": Field(
            StringSource,
            is_required=False,
            description="The folder; by default file_manager in the instance's storage.",
        )
    }
)
def local_file_manager(context: InitResourceContext) -> LocalFileManager:
    """Keeps files in a local folder."""
    base_dir = context.resource_config.get("base_dir")
    if base_dir is None:
        if context.instance is None:
            raise InvalidError("local_file_manager needs a base_dir where there is no instance")
        base_dir = os.path.join(context.instance.storage_directory(), "file_manager")
    return LocalFileManager(base_dir)
