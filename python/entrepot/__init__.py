"""Storage and I/O management for data pipelines.

Assets compute values; I/O managers decide in which format and where each is kept, record
what is known about it, and load it for its consumers.

>>> from entrepot import asset, materialize
>>> @asset
... def orders() -> list:
...     return [3, 4]
>>> @asset
... def total(orders: list) -> int:
...     return sum(orders)
>>> materialize([orders, total]).output_for_node("total")
7
"""

from __future__ import annotations


try:
    from entrepot import _core
except ImportError:
    # The core uses Arrow's libraries from the pyarrow package: with pyarrow in another folder
    # than ours, importing it first makes them known to the loader.
    import pyarrow as _pyarrow  # noqa: F401

    from entrepot import _core

from entrepot._assets import (
    AssetIn,
    AssetsDefinition,
    Backoff,
    Jitter,
    RetryPolicy,
    asset,
)
from entrepot._core import (
    AssetExecutionContext,
    AssetKey,
    InputContext,
    Instance,
    MetadataValue,
    OutputContext,
    build_input_context,
    build_output_context,
)
from entrepot._definitions import (
    AssetMaterialization,
    AssetValueLoader,
    Definitions,
    ExecuteInProcessResult,
    materialize,
    materialize_to_memory,
)
from entrepot._io_managers import (
    FilesystemIOManager,
    InitResourceContext,
    InMemoryIOManager,
    IOManager,
    IOManagerDefinition,
    fs_io_manager,
    io_manager,
    mem_io_manager,
)
from entrepot._types import DagsterType
from entrepot.errors import (
    CancelledError,
    ConflictError,
    CorruptError,
    EntrepotError,
    InternalError,
    InvalidError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDenied,
    UnavailableError,
    UnsupportedError,
)

#: Instance, under the name that Dagster's users know.
DagsterInstance = Instance

__version__ = "0.1.0"

__all__ = [
    # definitions
    "asset",
    "AssetIn",
    "AssetKey",
    "AssetsDefinition",
    "Backoff",
    "Definitions",
    "Jitter",
    "RetryPolicy",
    # running
    "AssetMaterialization",
    "AssetValueLoader",
    "DagsterInstance",
    "ExecuteInProcessResult",
    "Instance",
    "materialize",
    "materialize_to_memory",
    # contexts
    "AssetExecutionContext",
    "DagsterType",
    "InitResourceContext",
    "InputContext",
    "OutputContext",
    "build_input_context",
    "build_output_context",
    # managers
    "FilesystemIOManager",
    "IOManager",
    "IOManagerDefinition",
    "InMemoryIOManager",
    "fs_io_manager",
    "io_manager",
    "mem_io_manager",
    # metadata
    "MetadataValue",
    # errors
    "CancelledError",
    "ConflictError",
    "CorruptError",
    "EntrepotError",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDenied",
    "UnavailableError",
    "UnsupportedError",
]


def __getattr__(name: str) -> object:
    import difflib

    near = difflib.get_close_matches(name, __all__, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise AttributeError(f"entrepot has no '{name}'{hint}")
