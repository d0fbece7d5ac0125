"""Assets: the decorators, and what they declare."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from entrepot._core import AssetKey
from entrepot._partitions import PartitionMapping, PartitionsDefinition
from entrepot._retries import RetryPolicy
from entrepot._signatures import Signature
from entrepot._steps import (
    CoercibleToAssetKey,
    Consumer,
    Nothing,
    Step,
    StepInput,
    StepOutput,
    key_of,
)
from entrepot.errors import InvalidError

__all__ = [
    "AssetIn",
    "AssetOut",
    "AssetSpec",
    "AssetsDefinition",
    "Consumer",
    "SourceAsset",
    "asset",
    "multi_asset",
]


def _prefix_of(prefix: str | Sequence[str] | None) -> list[str]:
    if prefix is None:
        return []
    return [prefix] if isinstance(prefix, str) else list(prefix)


class AssetIn:
    """Which asset a parameter reads, and what its manager is told of it."""

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
        if key is not None and key_prefix is not None:
            raise InvalidError("AssetIn takes key or key_prefix, not both")
        self.key = None if key is None else key_of(key)
        self.key_prefix = key_prefix
        self.metadata = dict(metadata or {})
        self.input_manager_key = input_manager_key
        self.partition_mapping = partition_mapping
        self.dagster_type = dagster_type


class AssetSpec:
    """An asset as it is known, without what makes it."""

    def __init__(
        self,
        key: CoercibleToAssetKey,
        *,
        deps: Iterable[CoercibleToAssetKey | AssetsDefinition | AssetSpec] | None = None,
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
        self.deps = _dep_keys(deps)
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
        spec = AssetSpec.__new__(AssetSpec)
        spec.__dict__.update(self.__dict__, io_manager_key=io_manager_key)
        return spec

    def __repr__(self) -> str:
        return f"<asset spec '{self.key.to_user_string()}'>"


class SourceAsset(AssetSpec):
    """An asset that something else makes; its manager loads it for those that read it."""

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
        if key is not None and key_prefix is not None:
            raise InvalidError("AssetOut takes key or key_prefix, not both")
        self.key = None if key is None else key_of(key)
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
            key=self.key or AssetKey([*_prefix_of(self.key_prefix), name]),
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


def asset_inputs(
    signature: Signature,
    ins: Mapping[str, AssetIn],
    owner: str,
    input_manager_key: str | None = None,
) -> tuple[list[StepInput], list[AssetKey]]:
    """Return the inputs of a function's parameters, and the assets it only waits for."""
    waits_for = {
        name: item
        for name, item in ins.items()
        if isinstance(item, AssetIn) and item.dagster_type is Nothing
    }
    signature.check_named(set(ins) - set(waits_for), owner, "ins")
    for name, asset_in in ins.items():
        if not isinstance(asset_in, AssetIn):
            raise InvalidError(
                f"{owner}: ins['{name}'] is a '{type(asset_in).__qualname__}'; write "
                f"AssetIn({asset_in!r})"
            )
    inputs = [
        _asset_input(name, ins.get(name), signature.hints.get(name), input_manager_key)
        for name in signature.names
        if name not in waits_for
    ]
    deps = [item.key or AssetKey([*_prefix_of(item.key_prefix), name])
            for name, item in waits_for.items()]
    return inputs, deps


def _asset_input(
    name: str, asset_in: AssetIn | None, annotation: Any, input_manager_key: str | None
) -> StepInput:
    asset_in = asset_in or AssetIn()
    prefix = _prefix_of(asset_in.key_prefix)
    wanted = asset_in.dagster_type if asset_in.dagster_type is not None else annotation
    return StepInput(
        name,
        wanted,
        key=asset_in.key or AssetKey([*prefix, name]),
        is_exact=asset_in.key is not None or bool(prefix),
        input_manager_key=asset_in.input_manager_key or input_manager_key,
        partition_mapping=asset_in.partition_mapping,
        metadata=asset_in.metadata,
    )


def _dep_keys(
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition | AssetSpec] | None,
) -> list[AssetKey]:
    if isinstance(deps, (str, AssetKey, AssetsDefinition, AssetSpec)):
        raise InvalidError(f"deps is a list: [{deps!r}]")
    return [
        dep.key if isinstance(dep, (AssetsDefinition, AssetSpec)) else key_of(dep)
        for dep in deps or ()
    ]


def own_key_of(
    fn: Callable[..., Any],
    key: CoercibleToAssetKey | None,
    name: str | None,
    key_prefix: str | Sequence[str] | None,
) -> AssetKey:
    if key is not None and (name is not None or key_prefix is not None):
        raise InvalidError("asset takes key, or name and key_prefix, not both")
    if key is not None:
        return key_of(key)
    own_name = name if name is not None else getattr(fn, "__name__", "")
    return AssetKey([*_prefix_of(key_prefix), own_name])


@typing.overload
def asset(compute_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@typing.overload
def asset(
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition | AssetSpec] | None = None,
    group_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    io_manager_key: str | None = None,
    io_manager_def: Any = None,
    input_manager_key: str | None = None,
    dagster_type: Any = None,
    partitions_def: PartitionsDefinition | None = None,
    output_required: bool = True,
    code_version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition | AssetSpec] | None = None,
    group_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    io_manager_key: str | None = None,
    io_manager_def: Any = None,
    input_manager_key: str | None = None,
    dagster_type: Any = None,
    partitions_def: PartitionsDefinition | None = None,
    output_required: bool = True,
    code_version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
) -> AssetsDefinition | Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare an asset computed by a function; its parameters name the assets it reads.

    A parameter's annotation chooses the type it gets (`pd.DataFrame`, `pl.DataFrame`,
    `pa.Table`, `pa.RecordBatchReader`, `np.ndarray`…); without one it gets the type that was
    stored. A first parameter named `context`, `_context` or `_` gets the step. A function
    annotated `-> None` stores nothing. `input_manager_key` names what loads all inputs.

    A parameter `config` annotated with a `Config` gets what the run is configured by, and one
    annotated with a class of resources the resource of its name; with a `config_schema`,
    `context.op_config` has the configuration. `io_manager_def` is an I/O manager for this asset
    alone; `resource_defs` come with it, unless others are bound to their keys.

    >>> from entrepot import asset
    >>> @asset
    ... def orders() -> list:
    ...     return [3, 4]
    >>> @asset(group_name="reports")
    ... def total(orders: list) -> int:
    ...     return sum(orders)
    """

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        own_key = own_key_of(fn, key, name, key_prefix)
        owner = f"asset '{own_key.to_user_string()}'"
        signature = Signature(fn, owner)
        inputs, waits_for = asset_inputs(signature, ins or {}, owner, input_manager_key)
        output = StepOutput(
            "result",
            signature.returned if dagster_type is None else dagster_type,
            key=own_key,
            io_manager_key=io_manager_key,
            io_manager_def=io_manager_def,
            is_required=output_required,
            group_name=group_name,
            description=description or inspect.getdoc(fn),
            code_version=code_version,
            metadata=metadata,
            tags=tags,
            kinds=kinds,
        )
        step = Step(
            own_key.to_user_string(),
            fn,
            signature,
            owner=owner,
            inputs=inputs,
            outputs=[output],
            deps=[*waits_for, *_dep_keys(deps)],
            partitions_def=partitions_def,
            retry_policy=retry_policy,
            config=signature.declared_config(config_schema, owner),
            required_resource_keys=required_resource_keys,
            resource_defs=resource_defs,
        )
        return AssetsDefinition([step], fn)

    return decorate if compute_fn is None else decorate(compute_fn)


def multi_asset(
    *,
    outs: Mapping[str, AssetOut] | None = None,
    specs: Sequence[AssetSpec] | None = None,
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition | AssetSpec] | None = None,
    group_name: str | None = None,
    partitions_def: PartitionsDefinition | None = None,
    retry_policy: RetryPolicy | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare assets that one function makes: it returns, or yields, one result for each.

    With `outs`, values: a tuple in their order, or `Output(value, output_name)`. With `specs`,
    `MaterializeResult`s of what the function has stored itself; a spec with an
    `io_manager_key` takes a value, which that manager stores.
    """
    if (outs is None) == (specs is None):
        raise InvalidError("multi_asset takes outs or specs")

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        step_name = name or getattr(fn, "__name__", "multi_asset")
        owner = f"step '{step_name}'"
        signature = Signature(fn, owner)
        inputs, waits_for = asset_inputs(signature, ins or {}, owner)
        all_deps = [*waits_for, *_dep_keys(deps)]
        if outs is not None:
            outputs = [out.to_output(out_name, group_name) for out_name, out in outs.items()]
        else:
            outputs = [_spec_output(spec, group_name) for spec in specs or ()]
            made = {output.key for output in outputs}
            # Those of one step may depend on each other: it makes them in its own order.
            all_deps.extend(dep for spec in specs or () for dep in spec.deps if dep not in made)
        step = Step(
            step_name,
            fn,
            signature,
            owner=owner,
            inputs=inputs,
            outputs=outputs,
            deps=all_deps,
            partitions_def=partitions_def,
            retry_policy=retry_policy,
            config=signature.declared_config(config_schema, owner),
            required_resource_keys=required_resource_keys,
            resource_defs=resource_defs,
        )
        return AssetsDefinition([step], fn)

    return decorate


def external_output(spec: AssetSpec) -> StepOutput:
    """Return the output of an asset that nothing here makes."""
    return StepOutput(
        key=spec.key,
        io_manager_key=spec.io_manager_key,
        group_name=spec.group_name,
        description=spec.description,
        code_version=spec.code_version,
        metadata=spec.metadata,
        tags=spec.tags,
        kinds=spec.kinds,
    )


def _spec_output(spec: AssetSpec, group_name: str | None) -> StepOutput:
    return StepOutput(
        "__".join(spec.key.path),
        Nothing if spec.io_manager_key is None else inspect.Parameter.empty,
        key=spec.key,
        io_manager_key=spec.io_manager_key,
        is_required=not spec.skippable,
        group_name=spec.group_name or group_name,
        description=spec.description,
        code_version=spec.code_version,
        metadata=spec.metadata,
        tags=spec.tags,
        kinds=spec.kinds,
    )
