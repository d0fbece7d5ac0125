"""Assets that a graph of ops makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, overload

from entrepot import _core
from entrepot._asset_decorators import asset_inputs, own_key_of
from entrepot._asset_keys import CoercibleToAssetKey
from entrepot._assets import AssetIn, AssetsDefinition
from entrepot._core import AssetKey
from entrepot._ops import InvokedOutput, compose
from entrepot._options import refuses_unknown_options
from entrepot._partitions import PartitionsDefinition
from entrepot._run_config import config_of_ops
from entrepot._signatures import Signature
from entrepot._steps import Step, StepInput
from entrepot.errors import InvalidError

__all__ = ["graph_asset"]


@overload
def graph_asset(compose_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@overload
def graph_asset(
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    group_name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    io_manager_key: str | None = None,
    config: Mapping[str, Any] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


@refuses_unknown_options
def graph_asset(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    group_name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    kinds: Iterable[str] | None = None,
    io_manager_key: str | None = None,
    config: Mapping[str, Any] | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> AssetsDefinition | Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare an asset that a graph of ops makes: the output that the function returns.

    Parameters name the assets that the graph reads. `config` is what its ops are configured by
    unless a run says otherwise: `{"fetch": {"config": {"pages": 3}}}`.
    """

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        own_key = own_key_of(fn, key, name, key_prefix)
        owner = f"asset '{own_key.to_user_string()}'"
        signature = Signature(fn, owner)
        signature.check_named(ins or {}, owner, "ins")  # Ops of the graph wait, not the asset.
        inputs, _ = asset_inputs(signature, ins or {}, owner)
        sources = {item.name: item.key for item in inputs}
        sources |= {
            parameter: item.key_for(parameter)
            for parameter, item in (ins or {}).items()
            if parameter not in sources
        }
        steps, returned = compose(fn, f"{own_key.to_user_string()}.", sources)
        if not isinstance(returned, InvokedOutput):
            raise InvalidError(f"{owner}: the graph must return the output of an op")
        _configure(steps, config_of_ops(config or {}, f"{owner}: config"), own_key, owner)
        by_name = {item.name: item for item in inputs}
        for step in steps:
            step.partitions_def = partitions_def
            for own in step.inputs:
                _take_asset(own, by_name.values())
        last = next(step for step in steps if step.key == returned.name[0])
        for output in last.outputs:
            if output.name != returned.name[1]:
                continue
            output.key = own_key
            output.io_manager_key = io_manager_key or output.io_manager_key
            if resource_defs:
                last.resource_defs.update(resource_defs)
            output.describe(
                group_name,
                description or inspect.getdoc(fn),
                {**output.metadata, **(metadata or {})},
                tags,
                kinds,
            )
        return AssetsDefinition(steps, fn)

    return decorate if compose_fn is None else decorate(compose_fn)


def _configure(
    steps: Iterable[Step], config: Mapping[str, Any], own_key: AssetKey, owner: str
) -> None:
    """Give steps of a graph their configurations, by their names within it."""
    prefix = f"{own_key.to_user_string()}."
    by_name = {step.key.removeprefix(prefix): step for step in steps if step.declared_config}
    for name, given in config.items():
        if name not in by_name:
            raise InvalidError(
                f"{owner}: config: there is no op '{name}' that takes one"
                f"{_core.did_you_mean(name, sorted(by_name))}"
            )
        step = by_name[name]
        assert step.declared_config is not None
        step.declared_config = step.declared_config._replace(given=[given])


def _take_asset(own: StepInput, declared: Iterable[StepInput]) -> None:
    """Let an op's input that reads an asset be resolved as the graph's parameter says."""
    for item in declared:
        if own.key is not None and own.key == item.key:
            own.is_exact = item.is_exact
            own.partition_mapping = item.partition_mapping
            own.input_manager_key = own.input_manager_key or item.input_manager_key
            own.metadata = {**item.metadata, **own.metadata}
