"""The decorators that declare assets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._assets import (
    AssetIn,
    AssetOut,
    AssetsDefinition,
    AssetSpec,
    CoercibleToAssetDep,
    dep_keys,
    key_below,
)
from entrepot._core import AssetKey
from entrepot._options import refuses_unknown_options
from entrepot._outputs import Nothing
from entrepot._signatures import Signature
from entrepot._steps import Step, StepInput, StepOutput
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._partitions import PartitionsDefinition
    from entrepot._retries import RetryPolicy

__all__ = ["asset", "asset_inputs", "multi_asset", "own_key_of"]


@overload
def asset(compute_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@overload
def asset(
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetDep] | None = None,
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


@refuses_unknown_options
def asset(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetDep] | None = None,
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
            deps=[*waits_for, *dep_keys(deps)],
            partitions_def=partitions_def,
            retry_policy=retry_policy,
            config=signature.declared_config(config_schema, owner),
            required_resource_keys=required_resource_keys,
            resource_defs=resource_defs,
        )
        return AssetsDefinition([step], fn)

    return decorate if compute_fn is None else decorate(compute_fn)


@refuses_unknown_options
def multi_asset(
    *,
    outs: Mapping[str, AssetOut] | None = None,
    specs: Sequence[AssetSpec] | None = None,
    name: str | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetDep] | None = None,
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
    all_specs = None if specs is None else list(specs)
    _check_made(outs, all_specs)

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        step_name = name or getattr(fn, "__name__", "multi_asset")
        owner = f"step '{step_name}'"
        signature = Signature(fn, owner)
        inputs, waits_for = asset_inputs(signature, ins or {}, owner)
        all_deps = [*waits_for, *dep_keys(deps)]
        if outs is not None:
            outputs = [out.to_output(out_name, group_name) for out_name, out in outs.items()]
        else:
            outputs = [_output_of(spec, group_name) for spec in all_specs or ()]
            made = {output.key for output in outputs}
            # Those of one step may depend on each other: it makes them in its own order.
            all_deps.extend(dep for spec in all_specs or () for dep in spec.deps if dep not in made)
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


def _check_made(outs: Any, specs: list[Any] | None) -> None:
    """Raise `InvalidError` where one of the things that a `multi_asset` makes is no asset."""
    if not isinstance(outs, Mapping | None):
        raise InvalidError(f"multi_asset: outs is a dict of AssetOut by name, not {outs!r}")
    made = list((outs or {}).values()) if specs is None else specs
    kind = AssetOut if specs is None else AssetSpec
    for item in made:
        if not isinstance(item, kind):
            raise InvalidError(f"multi_asset: {item!r} is no {kind.__name__}")
    if not made:
        raise InvalidError("multi_asset makes no asset: outs or specs is empty")


def _output_of(spec: AssetSpec, group_name: str | None) -> StepOutput:
    stored = Nothing if spec.io_manager_key is None else inspect.Parameter.empty
    return spec.to_output("__".join(spec.key.path), stored, group_name=group_name)


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
    return inputs, [item.key_for(name) for name, item in waits_for.items()]


def _asset_input(
    name: str, asset_in: AssetIn | None, annotation: Any, input_manager_key: str | None
) -> StepInput:
    asset_in = asset_in or AssetIn()
    return StepInput(
        name,
        annotation if asset_in.dagster_type is None else asset_in.dagster_type,
        key=asset_in.key_for(name),
        is_exact=asset_in.key is not None or bool(asset_in.key_prefix),
        input_manager_key=asset_in.input_manager_key or input_manager_key,
        partition_mapping=asset_in.partition_mapping,
        metadata=asset_in.metadata,
    )


def own_key_of(
    fn: Callable[..., Any],
    key: CoercibleToAssetKey | None,
    name: str | None,
    key_prefix: str | Sequence[str] | None,
) -> AssetKey:
    """Return the key of the asset that a function makes."""
    if not callable(fn):
        raise InvalidError(f"an asset is made by a function, not by {fn!r}")
    if key is None:
        return key_below(key_prefix, getattr(fn, "__name__", "") if name is None else name)
    if name is not None or key_prefix is not None:
        raise InvalidError("asset takes key, or name and key_prefix, not both")
    return key_of(key)
