"""Contexts outside of runs: to call an I/O manager without one."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot import _core
from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._assets import AssetSpec
from entrepot._core import AssetKey, InputContext, Instance, OutputContext
from entrepot._definitions import check_run
from entrepot._partitions import PartitionKeyRange, PartitionsDefinition
from entrepot._resource_binding import bind_resources
from entrepot._steps import StepInput, StepOutput
from entrepot.errors import InvalidError

__all__ = ["build_input_context", "build_output_context"]


def build_output_context(
    *,
    step_key: str = "",
    name: str = "result",
    definition_metadata: Mapping[str, Any] | None = None,
    run_id: str = "",
    job_name: str = "",
    config: Any = None,
    dagster_type: Any = None,
    version: str | None = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    asset_key: CoercibleToAssetKey | None = None,
    asset_spec: AssetSpec | None = None,
    partition_key: str | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    instance: Instance | None = None,
    io_manager_key: str = "io_manager",
    output_metadata: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> OutputContext:
    """Make the context of an output, to call an I/O manager without a run.

    `resources` are bound as in `Definitions`: what makes resources is called now, and torn down
    at the end of a `with` statement, or with the context. `metadata` is Dagster's older name of
    `definition_metadata`. A range of partitions must be of one.
    """
    check_run(instance, partition_key)
    spec = _spec(asset_key, asset_spec)
    partitions_def = asset_partitions_def or (spec and spec.partitions_def)
    partitions = _partitions(partition_key, asset_partition_key_range, partitions_def)
    if len(partitions) > 1:
        raise InvalidError(
            f"an output is of one partition, but the range has {len(partitions)}: {partitions}"
        )
    of_definition = _definition_metadata(definition_metadata, metadata)
    output = _output(name, spec, of_definition, dagster_type, io_manager_key)
    output.op_def = op_def
    scope = _Scope(resources, instance)
    context = _core.build_output_context(
        output=output,
        partitions_def=partitions_def,
        step_key=step_key,
        run_id=run_id,
        job_name=job_name,
        partition_key=partitions[0] if partitions else None,
        version=version or "",
        resources=scope.resources,
        resource_config=resource_config,
        config=config,
        output_metadata=output_metadata,
    )
    context.__dict__["_resource_scope"] = scope
    return context


def build_input_context(
    *,
    name: str | None = None,
    config: Any = None,
    definition_metadata: Mapping[str, Any] | None = None,
    upstream_output: OutputContext | None = None,
    dagster_type: Any = None,
    resource_config: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    op_def: Any = None,
    asset_key: CoercibleToAssetKey | None = None,
    partition_key: str | None = None,
    asset_partition_key_range: PartitionKeyRange | None = None,
    asset_partitions_def: PartitionsDefinition | None = None,
    instance: Instance | None = None,
    run_id: str = "",
    job_name: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> InputContext:
    """Make the context of an input, to call an I/O manager without a run.

    It is of an `upstream_output`, or of the asset of a key; of neither, it is an input that
    nothing makes. The other parameters are as of `build_output_context`.
    """
    check_run(instance, partition_key)
    partitions = _partitions(partition_key, asset_partition_key_range, asset_partitions_def)
    if upstream_output is not None:
        _check_fits(upstream_output, asset_key, partitions)
        outputs = None
    else:
        outputs = [
            build_output_context(
                step_key=key_of(asset_key).to_user_string(),
                asset_key=asset_key,
                partition_key=partition,
                asset_partitions_def=asset_partitions_def,
            )
            for partition in (partitions or [None])
            if asset_key is not None
        ]
        upstream_output = outputs[0] if outputs else None
    declared = StepInput(
        name or "",
        dagster_type,
        key=None if asset_key is None else key_of(asset_key),
        metadata=_definition_metadata(definition_metadata, metadata),
    )
    declared.op_def = op_def
    scope = _Scope(resources, instance)
    context = _core.build_input_context(
        input=declared,
        upstream_output=upstream_output,
        partition_outputs=outputs if partitions and outputs else None,
        run_id=run_id,
        job_name=job_name,
        run_partition=partition_key,
        resources=scope.resources,
        resource_config=resource_config,
        config=config,
        instance=instance,
    )
    context.__dict__["_resource_scope"] = scope
    return context


class _Scope:
    """The resources of a context, made as for a run. They are torn down when it is closed, or
    with the last context that has it."""

    def __init__(self, resources: Mapping[str, Any] | None, instance: Instance | None) -> None:
        self.resources: _core.CoreResources | None = None
        self._loader: _core.CoreAssetValueLoader | None = None
        if not resources:
            return
        definitions = _core.CoreDefinitions()
        bind_resources(definitions, resources)
        self._instance = instance or Instance.ephemeral()
        self._loader = _core.CoreAssetValueLoader(
            self._instance, definitions, os.environ.get
        )
        self.resources = self._loader.make_resources()

    def close(self) -> None:
        if self._loader is not None:
            self._loader.close()


def _spec(
    asset_key: CoercibleToAssetKey | None, asset_spec: AssetSpec | None
) -> AssetSpec | None:
    if asset_key is None:
        return asset_spec
    if asset_spec is not None and asset_spec.key != key_of(asset_key):
        raise InvalidError(f"asset_spec is {asset_spec!r}, not of the asset_key: give one of them")
    return asset_spec or AssetSpec(asset_key)


def _definition_metadata(
    metadata: Mapping[str, Any] | None, older_name: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if metadata is not None and older_name is not None:
        raise InvalidError("metadata is an older name of definition_metadata: give one of them")
    return metadata if older_name is None else older_name


def _output(
    name: str,
    spec: AssetSpec | None,
    metadata: Mapping[str, Any] | None,
    dagster_type: Any,
    io_manager_key: str,
) -> StepOutput:
    annotation = inspect.Parameter.empty if dagster_type is None else dagster_type
    if spec is None:
        return StepOutput(name, annotation, metadata=metadata, io_manager_key=io_manager_key)
    return spec.to_output(name, annotation, io_manager_key=io_manager_key, metadata=metadata)


def _partitions(
    key: str | None,
    key_range: PartitionKeyRange | None,
    definition: PartitionsDefinition | None,
) -> Sequence[str]:
    """Return the keys of the partitions that are stored or read."""
    if key is not None and key_range is not None:
        raise InvalidError("give partition_key or asset_partition_key_range, not both")
    if key_range is None:
        return [] if key is None else [key]
    if definition is not None:
        return definition.get_partition_keys_in_range(key_range)
    if key_range.start == key_range.end:
        return [key_range.start]
    raise InvalidError("which partitions a range has is told by asset_partitions_def: give it too")


def _check_fits(
    upstream: OutputContext, asset_key: CoercibleToAssetKey | None, partitions: Sequence[str]
) -> None:
    """Raise where an input contradicts the output that it is of."""
    key: AssetKey | None = upstream.asset_key
    if asset_key is not None and key_of(asset_key) != key:
        raise InvalidError(
            f"upstream_output is of {upstream!r}, not of asset "
            f"'{key_of(asset_key).to_user_string()}'"
        )
    of_upstream = [upstream.asset_partition_key] if upstream.has_asset_partitions else []
    if partitions and list(partitions) != of_upstream:
        raise InvalidError(f"upstream_output is of {upstream!r}: give the partition to it")
