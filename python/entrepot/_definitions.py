"""Definitions, and running them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot import _core
from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._assets import AssetsDefinition, AssetSpec, add_assets
from entrepot._core import AssetKey, Instance
from entrepot._options import refuses_unknown_options
from entrepot._steps import Step, with_resources_of
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._graphs import JobDefinition
    from entrepot._results import ExecuteInProcessResult
    from entrepot._run_config import RunConfig
    from entrepot._selection import AssetSelection

__all__ = ["AssetValueLoader", "Definitions", "materialize", "materialize_to_memory"]


class Definitions:
    """Assets and the resources they use by key.

    A resource that is an I/O manager, or makes one, may be named by `io_manager_key`;
    "io_manager" is the default of every asset. Anything else is what `context.resources`
    offers. What is wrong with the assets is told when they are used, or by `validate`.
    """

    @refuses_unknown_options
    def __init__(
        self,
        assets: Iterable[AssetsDefinition | AssetSpec] | None = None,
        resources: Mapping[str, Any] | None = None,
        jobs: Iterable[JobDefinition] | None = None,
    ) -> None:
        if isinstance(assets, AssetsDefinition | AssetSpec):
            raise InvalidError(f"assets is a list: [{assets!r}]")
        if not isinstance(resources, Mapping | None):
            given = type(resources).__name__
            raise InvalidError(f"resources is a dict by their keys, not a {given}")
        self.assets = list(assets or ())
        self.jobs = list(jobs or ())
        for job in self.jobs:
            if not hasattr(job, "resource_defs"):
                raise InvalidError(f"not a job: {job!r}; decorate the function with @job")
        self.resources = self._resources(resources or {})
        self._core = _core.CoreDefinitions()
        add_assets(self._core, self.assets)
        for job in self.jobs:
            self._core.add_job(job.name, job.steps)
        if self.resources:
            from entrepot._resource_binding import bind_resources

            bind_resources(self._core, self.resources)

    def _resources(self, bound: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is bound, and what assets and jobs bring along for other keys."""
        of_jobs = {key: value for job in self.jobs for key, value in job.resource_defs.items()}
        steps = [*self.steps(), *(step for job in self.jobs for step in job.steps)]
        return with_resources_of(steps, {**of_jobs, **bound})

    def steps(self) -> list[Step]:
        """Return the steps that make the assets."""
        return [
            step
            for definition in self.assets
            if isinstance(definition, AssetsDefinition)
            for step in definition.steps
        ]

    def get_job_def(self, name: str) -> JobDefinition:
        """Return a job by its name, with the resources that are bound here for its keys."""
        for job in self.jobs:
            if job.name == name:
                return job.with_resources(self.resources)
        near = _core.did_you_mean(name, [job.name for job in self.jobs])
        raise InvalidError(f"there is no job '{name}'{near}")

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        instance: Instance | None = None,
        python_type: Any = None,
        partition_key: str | None = None,
    ) -> Any:
        """Return the last value of an asset that `instance` has materialized."""
        with self.get_asset_value_loader(instance) as loader:
            return loader.load_asset_value(
                asset_key, python_type=python_type, partition_key=partition_key
            )

    def validate(self) -> None:
        """Check everything at once; raises `InvalidError` with a line for each fault."""
        self._core.validate()

    def get_asset_value_loader(self, instance: Instance | None = None) -> AssetValueLoader:
        """Return a loader of what `instance` has materialized."""
        return AssetValueLoader(instance, self)


def _selection(
    selection: str
    | AssetSelection
    | AssetsDefinition
    | Sequence[CoercibleToAssetKey | AssetsDefinition]
    | None,
    definitions: Definitions,
) -> tuple[str, list[AssetKey]]:
    """Return a selection text, or keys."""
    if selection is None or isinstance(selection, str):
        return selection or "", []
    from entrepot._selection import AssetSelection

    if isinstance(selection, AssetSelection):
        return "", sorted(selection.keys_in(definitions._core))
    chosen = [selection] if isinstance(selection, AssetsDefinition) else list(selection)
    if not chosen:
        raise InvalidError("the selection is empty; leave it out to select everything")
    if all(isinstance(item, str) for item in chosen):
        return ", ".join(str(item) for item in chosen), []
    if any(isinstance(item, str) for item in chosen):
        raise InvalidError("select by text or by keys and assets, not by both in one list")
    keys: list[AssetKey] = []
    for item in chosen:
        keys.extend(item.keys if isinstance(item, AssetsDefinition) else [key_of(item)])
    return "", keys


def check_run(instance: Any, partition_key: Any) -> None:
    """Raise `InvalidError` for what is no instance, or no key of a partition."""
    if not isinstance(instance, (Instance, type(None))):
        raise InvalidError(
            f"a '{type(instance).__name__}' is no instance; Instance.open(path) makes one"
        )
    if not isinstance(partition_key, (str, type(None))):
        raise InvalidError(
            f"a partition_key is text, such as '2024-01-31', not a '{type(partition_key).__name__}'"
        )


def _flat_config(
    run_config: RunConfig | Mapping[str, Any], definitions: Definitions
) -> dict[str, Any] | None:
    from entrepot._run_config import flat_config

    return flat_config(run_config, definitions.steps())


def _run(
    definitions: Definitions,
    instance: Instance | None,
    selection: Any,
    partition_key: str | None,
    raise_on_error: bool,
    max_workers: int,
    run_config: RunConfig | Mapping[str, Any] | None,
) -> ExecuteInProcessResult:
    select, keys = _selection(selection, definitions)
    check_run(instance, partition_key)
    core = _core.run_assets(
        definitions._core,
        instance or Instance.ephemeral(),
        select,
        keys,
        partition_key,
        max_workers,
        None if run_config is None else _flat_config(run_config, definitions),
        os.environ.get,
    )
    if raise_on_error:
        core.check()
    from entrepot._results import ExecuteInProcessResult

    return ExecuteInProcessResult(core)


@refuses_unknown_options
def materialize(
    assets: Iterable[AssetsDefinition | AssetSpec] | Definitions,
    *,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    selection: str
    | AssetSelection
    | Sequence[CoercibleToAssetKey | AssetsDefinition]
    | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    max_workers: int = 0,
) -> ExecuteInProcessResult:
    """Compute, store and log assets, each after those it reads.

    Without an instance it is ephemeral: `Instance.get()` or `Instance.open(path)` keep what
    was made. `run_config` configures steps and resources: a `RunConfig`, or
    `{"ops": {"report": {"config": {"top": 20}}}, "resources": {"db": {"config": {…}}}}`.
    `selection` is text ("+daily_totals", "group:reports", "raw/*") or keys. The
    first failure is raised as the exception the asset raised, unless `raise_on_error` is
    false.

    >>> from entrepot import asset, materialize
    >>> @asset
    ... def one() -> int:
    ...     return 1
    >>> materialize([one]).output_for_node("one")
    1
    """
    if isinstance(assets, Definitions):
        if resources:
            raise InvalidError("give resources to Definitions or to materialize, not to both")
        definitions = assets
    else:
        definitions = Definitions(assets, resources)
    return _run(
        definitions, instance, selection, partition_key, raise_on_error, max_workers, run_config
    )


def _io_manager_keys(assets: Iterable[AssetsDefinition | AssetSpec]) -> set[str]:
    return {
        output.io_manager_key
        for definition in assets
        if isinstance(definition, AssetsDefinition)
        for step in definition.steps
        for output in step.outputs
    }


def materialize_to_memory(
    assets: Iterable[AssetsDefinition | AssetSpec] | Definitions,
    *,
    run_config: RunConfig | Mapping[str, Any] | None = None,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    selection: str
    | AssetSelection
    | Sequence[CoercibleToAssetKey | AssetsDefinition]
    | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
) -> ExecuteInProcessResult:
    """Like `materialize`, but every value stays in memory.

    Raises `InvalidError` if a resource is given for a key that assets use as I/O manager.
    """
    from entrepot._io_managers import mem_io_manager

    bound = dict(resources or {})
    if isinstance(assets, Definitions):
        bound = {**assets.resources, **bound}
        assets = assets.assets
    assets = list(assets)
    for key in sorted(_io_manager_keys(assets)):
        if key in bound:
            raise InvalidError(
                f"materialize_to_memory keeps everything in memory: leave out the resource "
                f"'{key}', or use materialize"
            )
        bound[key] = mem_io_manager
    return _run(
        Definitions(assets, bound),
        instance,
        selection,
        partition_key,
        raise_on_error,
        0,
        run_config,
    )


class AssetValueLoader:
    """Loads values that an instance has materialized, outside of runs.

    With definitions, their managers load, told what a run would tell them; without, the
    managers that stored.
    """

    def __init__(
        self, instance: Instance | None, definitions: Definitions | None = None
    ) -> None:
        if not isinstance(instance, Instance):
            raise InvalidError(
                "which instance? Values are loaded from the one that they were materialized in; "
                "give it: 'instance=result.instance', 'Instance.open(path)' or 'Instance.get()'"
                + ("" if instance is None else f", not a '{type(instance).__name__}'")
            )
        core = _core.CoreDefinitions() if definitions is None else definitions._core
        self._core = _core.CoreAssetValueLoader(instance, core, os.environ.get)

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        python_type: Any = None,
        partition_key: str | None = None,
    ) -> Any:
        """Return the asset's last value, as `python_type` or as the type that was stored."""
        return self._core.load(key_of(asset_key), python_type, partition_key)

    def load_asset_values(
        self,
        asset_keys: Iterable[CoercibleToAssetKey],
        *,
        partition_key: str | None = None,
    ) -> dict[AssetKey, Any]:
        """Return the last values of several assets by key, loaded at the same time."""
        if isinstance(asset_keys, str):
            raise InvalidError(f"asset_keys is a list: [{asset_keys!r}]")
        keys = [key_of(key) for key in asset_keys]
        return dict(zip(keys, self._core.load_many(keys, partition_key), strict=True))

    def __enter__(self) -> AssetValueLoader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Tear down the resources that the loader has made."""
        self._core.close()
