"""What is declared of assets: their keys, inputs, outputs and facts."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._core import AssetKey, CoreDefinitions
from entrepot._options import refuses_unknown_options
from entrepot._steps import Step, StepInput, StepOutput
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._partitions import PartitionMapping, PartitionsDefinition

__all__ = [
    "AssetIn",
    "AssetOut",
    "AssetSpec",
    "AssetsDefinition",
    "CoercibleToAssetDep",
    "SourceAsset",
    "add_assets",
    "dep_keys",
    "key_below",
]


def key_below(key_prefix: str | Sequence[str] | None, name: str) -> AssetKey:
    """Return the key of a name, below a prefix where there is one."""
    prefix = [key_prefix] if isinstance(key_prefix, str) else key_prefix or ()
    return AssetKey([*prefix, name])


def _only_key(
    key: CoercibleToAssetKey | None, key_prefix: str | Sequence[str] | None, owner: str
) -> AssetKey | None:
    if key is not None and key_prefix is not None:
        raise InvalidError(f"{owner} takes key or key_prefix, not both")
    return None if key is None else key_of(key)


class AssetIn:
    """Which asset a parameter reads, and what its manager is told of it."""

    @refuses_unknown_options
    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        *,
        key_prefix: str | Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        input_manager_key: str | None = None,
        partition_mapping: PartitionMapping | None = None,
        dagster_type: Any = None,
    ) -> None:
        self.key = _only_key(key, key_prefix, "AssetIn")
        self.key_prefix = key_prefix
        self.metadata = dict(metadata or {})
        self.input_manager_key = input_manager_key
        self.partition_mapping = partition_mapping
        if partition_mapping is not None:
            _check_mapping(partition_mapping)
        self.dagster_type = dagster_type

    def key_for(self, name: str) -> AssetKey:
        """Return the key of the asset that the parameter `name` reads."""
        return self.key or key_below(self.key_prefix, name)


def _check_mapping(mapping: Any) -> None:
    from entrepot._partitions import PartitionMapping

    if not isinstance(mapping, PartitionMapping):
        raise InvalidError(f"AssetIn: {mapping!r} is no partition mapping")


class AssetSpec:
    """An asset as it is known, without what makes it."""

    @refuses_unknown_options
    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[CoercibleToAssetDep] | None = None,
        group_name: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
        code_version: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        io_manager_key: str | None = None,
        skippable: bool = False,
    ) -> None:
        self.key = key_of(key)
        self.deps = dep_keys(deps)
        self.group_name = group_name
        self.description = description
        self.metadata = dict(metadata or {})
        self.tags = dict(tags or {})
        self.kinds = set(kinds or ())
        self.code_version = code_version
        self.partitions_def = partitions_def
        self.io_manager_key = io_manager_key
        self.skippable = skippable

    def with_io_manager_key(self, io_manager_key: str) -> AssetSpec:
        """Return the same spec of an asset whose value that I/O manager keeps."""
        spec = copy.copy(self)
        spec.io_manager_key = io_manager_key
        return spec

    def to_output(
        self,
        name: str = "result",
        annotation: Any = inspect.Parameter.empty,
        *,
        io_manager_key: str | None = None,
        group_name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> StepOutput:
        """Return the output `name` of a step; `metadata` goes instead of the spec's."""
        return StepOutput(
            name,
            annotation,
            key=self.key,
            io_manager_key=self.io_manager_key or io_manager_key,
            is_required=not self.skippable,
            group_name=self.group_name or group_name,
            description=self.description,
            code_version=self.code_version,
            metadata=self.metadata if metadata is None else metadata,
            tags=self.tags,
            kinds=self.kinds,
        )

    def __repr__(self) -> str:
        return f"<asset spec '{self.key.to_user_string()}'>"


class SourceAsset(AssetSpec):
    """An asset that something else makes; its manager loads it for those that read it."""

    @refuses_unknown_options
    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        io_manager_key: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        description: str | None = None,
        partitions_def: PartitionsDefinition | None = None,
        group_name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            key,
            io_manager_key=io_manager_key or "io_manager",
            metadata=metadata,
            description=description,
            partitions_def=partitions_def,
            group_name=group_name,
            tags=tags,
        )


class AssetOut:
    """One of the assets that a `multi_asset` makes."""

    @refuses_unknown_options
    def __init__(
        self,
        key: CoercibleToAssetKey | None = None,
        *,
        key_prefix: str | Sequence[str] | None = None,
        dagster_type: Any = inspect.Parameter.empty,
        is_required: bool = True,
        io_manager_key: str | None = None,
        io_manager_def: Any = None,
        metadata: Mapping[str, Any] | None = None,
        group_name: str | None = None,
        description: str | None = None,
        code_version: str | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
    ) -> None:
        self.key = _only_key(key, key_prefix, "AssetOut")
        self.key_prefix = key_prefix
        self.dagster_type = dagster_type
        self.is_required = is_required
        self.io_manager_key = io_manager_key
        self.io_manager_def = io_manager_def
        self.metadata = metadata
        self.group_name = group_name
        self.description = description
        self.code_version = code_version
        self.tags = tags
        self.kinds = kinds

    def to_output(self, name: str, group_name: str | None) -> StepOutput:
        """Return the output `name` of a step."""
        return StepOutput(
            name,
            self.dagster_type,
            key=self.key or key_below(self.key_prefix, name),
            io_manager_key=self.io_manager_key,
            io_manager_def=self.io_manager_def,
            is_required=self.is_required,
            metadata=self.metadata,
            group_name=self.group_name or group_name,
            description=self.description,
            code_version=self.code_version,
            tags=self.tags,
            kinds=self.kinds,
        )


class AssetsDefinition:
    """Assets and the steps that make them; made by the decorators."""

    def __init__(self, steps: Sequence[Step], fn: Callable[..., Any]) -> None:
        self.steps = list(steps)
        for step in self.steps:
            if step.definition is None:
                step.set_definition(self)
        self.fn = fn
        self.__doc__ = fn.__doc__
        self.__name__ = getattr(fn, "__name__", self.steps[-1].key)
        self.__module__ = fn.__module__
        self.__wrapped__ = fn

    @property
    def outputs(self) -> list[StepOutput]:
        """The outputs that are assets."""
        return [output for step in self.steps for output in step.outputs if output.key]

    @property
    def keys(self) -> set[AssetKey]:
        return {output.key for output in self.outputs if output.key}

    @property
    def key(self) -> AssetKey:
        """The key of the only asset."""
        keys = [output.key for output in self.outputs if output.key]
        if len(keys) != 1:
            raise InvalidError(
                f"{self!r} makes several assets; say which: "
                f"{[key.to_user_string() for key in keys]}"
            )
        return keys[0]

    @property
    def partitions_def(self) -> PartitionsDefinition | None:
        return self.steps[-1].partitions_def

    @property
    def group_name(self) -> str:
        return self.outputs[0].group_name

    @property
    def description(self) -> str:
        return self.outputs[0].description

    @property
    def metadata(self) -> dict[str, Any]:
        """Of the only asset."""
        return next(output.metadata for output in self.outputs if output.key == self.key)

    @property
    def io_manager_key(self) -> str:
        """Of the only asset."""
        return next(output.io_manager_key for output in self.outputs if output.key == self.key)

    @property
    def code_version(self) -> str:
        return self.outputs[0].code_version

    @property
    def deps(self) -> list[AssetKey]:
        return self.steps[-1].deps

    @property
    def inputs(self) -> list[StepInput]:
        return [item for step in self.steps for item in step.inputs if item.key]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def __repr__(self) -> str:
        names = [output.key.to_user_string() for output in self.outputs if output.key]
        if len(names) == 1:
            return f"<asset '{names[0]}'>"
        return f"<assets {names}>"


#: What an asset may depend on is named by.
CoercibleToAssetDep = CoercibleToAssetKey | AssetsDefinition | AssetSpec


def dep_keys(deps: Iterable[CoercibleToAssetDep] | None) -> list[AssetKey]:
    """Return the keys of what an asset depends on."""
    if isinstance(deps, (str, AssetKey, AssetsDefinition, AssetSpec)):
        raise InvalidError(f"deps is a list: [{deps!r}]")
    return [
        dep.key if isinstance(dep, (AssetsDefinition, AssetSpec)) else key_of(dep)
        for dep in deps or ()
    ]


def add_assets(
    definitions: CoreDefinitions, assets: Iterable[AssetsDefinition | AssetSpec]
) -> None:
    """Add assets, and what makes them, to the core's definitions."""
    for asset in assets:
        if isinstance(asset, AssetsDefinition):
            for step in asset.steps:
                definitions.add_step(step)
        elif isinstance(asset, AssetSpec):
            definitions.add_external(asset.to_output(), asset.partitions_def)
        else:
            raise InvalidError(f"not an asset: {asset!r}; decorate the function with @asset")
