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

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrepot._codecs import Codec
    from entrepot._config import (
        Any,
        Array,
        Bool,
        BoolSource,
        Enum,
        EnumValue,
        EnvVar,
        Field,
        Float,
        Int,
        IntSource,
        Map,
        Noneable,
        Permissive,
        ScalarUnion,
        Selector,
        Shape,
        String,
        StringSource,
    )
    from entrepot._config_classes import Config, PermissiveConfig
    from entrepot._configurable import (
        ConfigurableIOManager,
        ConfigurableIOManagerFactory,
        ConfigurableResource,
        ConfigurableResourceFactory,
        ResourceDependency,
    )
    from entrepot._contexts import build_input_context, build_output_context
    from entrepot._failures import Failure, RetryRequested
    from entrepot._file_resources import local_file_manager
    from entrepot._files import FileHandle, FileManager, LocalFileHandle, LocalFileManager
    from entrepot._graph_assets import graph_asset
    from entrepot._graphs import GraphDefinition, JobDefinition, graph, job
    from entrepot._inputs import HttpInputManager, SqlInputManager
    from entrepot._io_managers import (
        FilesystemIOManager,
        InMemoryIOManager,
        InputManager,
        InputManagerDefinition,
        IOManager,
        IOManagerDefinition,
        LocalIOManager,
        TypedIOManager,
        fs_io_manager,
        input_manager,
        io_manager,
        mem_io_manager,
    )
    from entrepot._multi_backend import MultiBackendIOManager
    from entrepot._ops import In, OpDefinition, Out, op
    from entrepot._partitions import (
        AllPartitionMapping,
        DailyPartitionsDefinition,
        HourlyPartitionsDefinition,
        IdentityPartitionMapping,
        LastPartitionMapping,
        MonthlyPartitionsDefinition,
        PartitionKeyRange,
        PartitionMapping,
        PartitionsDefinition,
        ScheduleType,
        SpecificPartitionsPartitionMapping,
        StaticPartitionMapping,
        StaticPartitionsDefinition,
        TimeWindow,
        TimeWindowPartitionMapping,
        TimeWindowPartitionsDefinition,
        WeeklyPartitionsDefinition,
    )
    from entrepot._resources import (
        InitResourceContext,
        ResourceDefinition,
        build_init_resource_context,
        resource,
    )
    from entrepot._results import (
        AssetMaterialization,
        AssetObservation,
        ExecuteInProcessResult,
    )
    from entrepot._retries import Backoff, Jitter, RetryPolicy
    from entrepot._run_config import RunConfig
    from entrepot._selection import AssetSelection
    from entrepot._tables import (
        TableColumn,
        TableColumnDep,
        TableColumnLineage,
        TableRecord,
        TableSchema,
    )
    from entrepot._upath_io_manager import UPathIOManager

try:
    from entrepot import _core
except ImportError:
    # The core uses Arrow's libraries from the pyarrow package: with pyarrow in another folder
    # than ours, importing it first makes them known to the loader.
    import pyarrow as _pyarrow  # noqa: F401

    from entrepot import _core

from entrepot._asset_decorators import asset, multi_asset
from entrepot._assets import AssetIn, AssetOut, AssetsDefinition, AssetSpec, SourceAsset
from entrepot._core import (
    AssetExecutionContext,
    AssetKey,
    InputContext,
    Instance,
    MetadataValue,
    OutputContext,
)
from entrepot._definitions import (
    AssetValueLoader,
    Definitions,
    materialize,
    materialize_to_memory,
)
from entrepot._outputs import MaterializeResult, Nothing, Output
from entrepot._types import DagsterType
from entrepot.errors import (
    CancelledError,
    CheckError,
    ConflictError,
    CorruptError,
    DagsterError,
    DagsterHomeNotSetError,
    DagsterInvalidConfigError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvalidMetadata,
    DagsterInvalidSubsetError,
    DagsterInvariantViolationError,
    DagsterStepOutputNotFoundError,
    DagsterTypeCheckDidNotPass,
    DagsterUnknownPartitionError,
    DagsterUnknownResourceError,
    EntrepotError,
    InternalError,
    InvalidError,
    NotFoundError,
    OutcomeUnknownError,
    ParameterCheckError,
    PermissionDenied,
    TypeCheckError,
    UnavailableError,
    UnsupportedError,
)

#: The step of an op is the same as an asset's.
OpExecutionContext = AssetExecutionContext

#: Instance, under the name that Dagster's users know.
DagsterInstance = Instance

__version__ = "0.1.0"

__all__ = [
    # definitions
    "asset",
    "AssetIn",
    "AssetKey",
    "AssetOut",
    "AssetsDefinition",
    "AssetSpec",
    "Backoff",
    "Definitions",
    "graph",
    "graph_asset",
    "GraphDefinition",
    "In",
    "Jitter",
    "job",
    "JobDefinition",
    "MaterializeResult",
    "multi_asset",
    "Nothing",
    "op",
    "OpDefinition",
    "Out",
    "Output",
    "RetryPolicy",
    "SourceAsset",
    # running
    "AssetMaterialization",
    "AssetObservation",
    "AssetSelection",
    "AssetValueLoader",
    "DagsterInstance",
    "ExecuteInProcessResult",
    "Instance",
    "materialize",
    "materialize_to_memory",
    "RunConfig",
    # contexts
    "AssetExecutionContext",
    "DagsterType",
    "OpExecutionContext",
    "InputContext",
    "OutputContext",
    "build_input_context",
    "build_output_context",
    # managers
    "Codec",
    "FilesystemIOManager",
    "HttpInputManager",
    "InMemoryIOManager",
    "InputManager",
    "InputManagerDefinition",
    "IOManager",
    "IOManagerDefinition",
    "LocalIOManager",
    "MultiBackendIOManager",
    "SqlInputManager",
    "TypedIOManager",
    "UPathIOManager",
    "fs_io_manager",
    "input_manager",
    "io_manager",
    "mem_io_manager",
    # files
    "FileHandle",
    "FileManager",
    "LocalFileHandle",
    "LocalFileManager",
    "local_file_manager",
    # configuration and resources
    "Any",
    "Array",
    "Bool",
    "BoolSource",
    "build_init_resource_context",
    "Config",
    "ConfigurableIOManager",
    "ConfigurableIOManagerFactory",
    "ConfigurableResource",
    "ConfigurableResourceFactory",
    "Enum",
    "EnumValue",
    "EnvVar",
    "Field",
    "Float",
    "InitResourceContext",
    "Int",
    "IntSource",
    "Map",
    "Noneable",
    "Permissive",
    "PermissiveConfig",
    "resource",
    "ResourceDefinition",
    "ResourceDependency",
    "ScalarUnion",
    "Selector",
    "Shape",
    "String",
    "StringSource",
    # partitions and metadata
    "AllPartitionMapping",
    "DailyPartitionsDefinition",
    "HourlyPartitionsDefinition",
    "IdentityPartitionMapping",
    "LastPartitionMapping",
    "MetadataValue",
    "MonthlyPartitionsDefinition",
    "PartitionKeyRange",
    "PartitionMapping",
    "PartitionsDefinition",
    "ScheduleType",
    "SpecificPartitionsPartitionMapping",
    "StaticPartitionMapping",
    "StaticPartitionsDefinition",
    "TableColumn",
    "TableColumnDep",
    "TableColumnLineage",
    "TableRecord",
    "TableSchema",
    "TimeWindow",
    "TimeWindowPartitionMapping",
    "TimeWindowPartitionsDefinition",
    "WeeklyPartitionsDefinition",
    # errors
    "CancelledError",
    "CheckError",
    "ConflictError",
    "CorruptError",
    "DagsterError",
    "DagsterHomeNotSetError",
    "DagsterInvalidConfigError",
    "DagsterInvalidDefinitionError",
    "DagsterInvalidInvocationError",
    "DagsterInvalidMetadata",
    "DagsterInvalidSubsetError",
    "DagsterInvariantViolationError",
    "DagsterStepOutputNotFoundError",
    "DagsterTypeCheckDidNotPass",
    "DagsterUnknownPartitionError",
    "DagsterUnknownResourceError",
    "EntrepotError",
    "Failure",
    "InternalError",
    "InvalidError",
    "NotFoundError",
    "OutcomeUnknownError",
    "ParameterCheckError",
    "PermissionDenied",
    "RetryRequested",
    "TypeCheckError",
    "UnavailableError",
    "UnsupportedError",
]


#: What only some programs use, by the module that is imported when it is asked for.
_LATER = {
    name: module
    for module, names in {
        "_codecs": ["Codec"],
        "_config": [
            "Any", "Array", "Bool", "BoolSource", "Enum", "EnumValue", "EnvVar", "Field",
            "Float", "Int", "IntSource", "Map", "Noneable", "Permissive", "ScalarUnion",
            "Selector", "Shape", "String", "StringSource",
        ],
        "_config_classes": ["Config", "PermissiveConfig"],
        "_configurable": [
            "ConfigurableIOManager", "ConfigurableIOManagerFactory", "ConfigurableResource",
            "ConfigurableResourceFactory", "ResourceDependency",
        ],
        "_contexts": ["build_input_context", "build_output_context"],
        "_failures": ["Failure", "RetryRequested"],
        "_file_resources": ["local_file_manager"],
        "_files": ["FileHandle", "FileManager", "LocalFileHandle", "LocalFileManager"],
        "_graph_assets": ["graph_asset"],
        "_graphs": ["graph", "GraphDefinition", "job", "JobDefinition"],
        "_inputs": ["HttpInputManager", "SqlInputManager"],
        "_io_managers": [
            "FilesystemIOManager", "fs_io_manager", "InMemoryIOManager", "input_manager",
            "InputManager", "InputManagerDefinition", "io_manager", "IOManager",
            "IOManagerDefinition", "LocalIOManager", "mem_io_manager", "TypedIOManager",
        ],
        "_multi_backend": ["MultiBackendIOManager"],
        "_ops": ["In", "op", "OpDefinition", "Out"],
        "_partitions": [
            "AllPartitionMapping", "DailyPartitionsDefinition", "HourlyPartitionsDefinition",
            "IdentityPartitionMapping", "LastPartitionMapping", "MonthlyPartitionsDefinition",
            "PartitionKeyRange", "PartitionMapping", "PartitionsDefinition", "ScheduleType",
            "SpecificPartitionsPartitionMapping", "StaticPartitionMapping",
            "StaticPartitionsDefinition", "TimeWindow", "TimeWindowPartitionMapping",
            "TimeWindowPartitionsDefinition", "WeeklyPartitionsDefinition",
        ],
        "_resources": [
            "build_init_resource_context", "InitResourceContext", "resource",
            "ResourceDefinition",
        ],
        "_results": ["AssetMaterialization", "AssetObservation", "ExecuteInProcessResult"],
        "_retries": ["Backoff", "Jitter", "RetryPolicy"],
        "_run_config": ["RunConfig"],
        "_selection": ["AssetSelection"],
        "_tables": [
            "TableColumn", "TableColumnDep", "TableColumnLineage", "TableRecord",
            "TableSchema",
        ],
        "_upath_io_manager": ["UPathIOManager"],
    }.items()
    for name in names
}


def __getattr__(name: str) -> object:
    import importlib

    if name in _LATER:
        found = getattr(importlib.import_module(f"entrepot.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    import difflib
    import importlib.util
    import sys

    near = difflib.get_close_matches(name, __all__, n=1, cutoff=0.8)
    hint = f"did you mean '{near[0]}'?" if near else (
        "docs/coming-from-dagster.md lists what Dagster has and this package has not"
    )
    says = f"entrepot has no '{name}'; {hint}"
    # `from entrepot import …` would put words of its own in place of an AttributeError's.
    is_import = sys._getframe(1).f_code.co_name == "_handle_fromlist"
    if is_import and importlib.util.find_spec(f"entrepot.{name}") is None:
        raise ImportError(says, name="entrepot")
    raise AttributeError(says)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
