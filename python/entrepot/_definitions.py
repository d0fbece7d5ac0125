"""Definitions, and running them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot import _core
from entrepot._assets import AssetsDefinition, AssetSpec, external_output
from entrepot._core import AssetKey, Instance
from entrepot._io_managers import mem_io_manager
from entrepot._resource_binding import bind_resources
from entrepot._steps import CoercibleToAssetKey, key_of
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._ops import JobDefinition

__all__ = ["AssetMaterialization", "AssetValueLoader", "Definitions", "ExecuteInProcessResult",
           "materialize", "materialize_to_memory"]


class Definitions:
    """Assets and the resources they use by key.

    A resource that is an I/O manager, or makes one, may be named by `io_manager_key`;
    "io_manager" is the default of every asset. Anything else is what `context.resources`
    offers. What is wrong with the assets is told when they are used, or by `validate`.
    """

    def __init__(
        self,
        assets: Iterable[AssetsDefinition | AssetSpec] | None = None,
        resources: Mapping[str, Any] | None = None,
        jobs: Iterable[JobDefinition] | None = None,
    ) -> None:
        self.assets = list(assets or ())
        self.resources = dict(resources or {})
        self.jobs = list(jobs or ())
        self._core = _core.CoreDefinitions()
        for definition in self.assets:
            self._add(definition)
        for job in self.jobs:
            self._core.add_job(job.name, job.steps)
        bind_resources(self._core, self.resources)

    def _add(self, definition: AssetsDefinition | AssetSpec) -> None:
        if isinstance(definition, AssetsDefinition):
            for step in definition.steps:
                self._core.add_step(step)
        elif isinstance(definition, AssetSpec):
            self._core.add_external(external_output(definition), definition.partitions_def)
        else:
            raise InvalidError(f"not an asset: {definition!r}; decorate the function with @asset")

    def get_job_def(self, name: str) -> JobDefinition:
        """Return a job by its name."""
        for job in self.jobs:
            if job.name == name:
                return job
        raise InvalidError(
            f"there is no job '{name}'; there are: {[job.name for job in self.jobs]}"
        )

    def load_asset_value(
        self,
        asset_key: CoercibleToAssetKey,
        *,
        instance: Instance,
        python_type: Any = None,
        partition_key: str | None = None,
    ) -> Any:
        """Return the last value of an asset that `instance` has materialized."""
        return self.get_asset_value_loader(instance).load_asset_value(
            asset_key, python_type=python_type, partition_key=partition_key
        )

    def validate(self) -> None:
        """Check everything at once; raises `InvalidError` with a line for each fault."""
        self._core.validate()

    def get_asset_value_loader(self, instance: Instance) -> AssetValueLoader:
        """Return a loader of what `instance` has materialized."""
        return AssetValueLoader(instance, self)


class AssetMaterialization:
    """What a run logged of one asset."""

    def __init__(self, output: _core.OutputOutcome) -> None:
        assert output.asset_key is not None
        self.asset_key: AssetKey = output.asset_key
        self.metadata = output.metadata
        self.receipts = output.receipts
        self.partition = output.partition
        self.storage_id = output.storage_id

    def __repr__(self) -> str:
        return f"<materialization of '{self.asset_key.to_user_string()}'>"


class ExecuteInProcessResult:
    """What a run did. Nodes are named by key ("raw/flights") or as Dagster does
    ("raw__flights")."""

    def __init__(self, core: _core.CoreRunResult) -> None:
        self._core = core
        self._steps = {step.step_key: step for step in core.steps}
        self._makers = {
            output.asset_key: (step, output)
            for step in core.steps
            for output in step.outputs
            if output.asset_key is not None
        }

    @property
    def success(self) -> bool:
        """Whether every step succeeded."""
        return self._core.success

    @property
    def status(self) -> str:
        """'success', 'failure' or 'interrupted'."""
        return self._core.status

    @property
    def run_id(self) -> str:
        return self._core.run_id

    @property
    def instance(self) -> Instance:
        return self._core.instance

    @property
    def steps(self) -> list[_core.StepOutcome]:
        """What became of each step, in the order of the plan."""
        return self._core.steps

    def _step(self, node: CoercibleToAssetKey) -> _core.StepOutcome:
        """Find a step by its key, as Dagster names it, or by an asset that it makes."""
        if isinstance(node, str):
            for step_key, step in self._steps.items():
                plain = step_key.partition("[")[0] if step.partition else step_key
                if node in (step_key, plain, plain.replace("/", "__")):
                    return step
        key = key_of(node)
        if key in self._makers:
            return self._makers[key][0]
        raise InvalidError(
            f"the run had no step '{key.to_user_string()}'; it had: {list(self._steps)}"
        )

    def output_for_node(self, node_str: CoercibleToAssetKey, output_name: str = "result") -> Any:
        """Return the value that a step of this run made."""
        step = self._step(node_str)
        if output_name == "result" and len(step.outputs) == 1:
            output_name = step.outputs[0].name
        return self._core.step_output(step.step_key, output_name)

    def output_value(self, output_name: str = "result") -> Any:
        """Return the value of the only step that has an output of that name and no readers."""
        steps = [
            step for step in self._core.steps
            if any(output.name == output_name for output in step.outputs)
        ]
        if not steps:
            raise InvalidError(f"no step of the run has an output '{output_name}'")
        return self._core.step_output(steps[-1].step_key, output_name)

    def asset_value(self, asset_key: CoercibleToAssetKey) -> Any:
        """Return the value of an asset that this run made."""
        return self._core.output(key_of(asset_key))

    def asset_materializations_for_node(
        self, node_name: CoercibleToAssetKey
    ) -> list[AssetMaterialization]:
        """Return what the run logged of a node's assets."""
        step = self._step(node_name)
        return [
            AssetMaterialization(output)
            for output in step.outputs
            if output.is_made and output.asset_key is not None and step.status == "success"
        ]

    def is_node_success(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "success"

    def is_node_failed(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "failure"

    def is_node_skipped(self, node_name: CoercibleToAssetKey) -> bool:
        return self._step(node_name).status == "skipped"

    def retry_attempts_for_node(self, node_name: CoercibleToAssetKey) -> int:
        return max(self._step(node_name).attempts - 1, 0)

    def __repr__(self) -> str:
        return f"<run {self.run_id}: {self.status}>"


def _selection(
    selection: str | AssetsDefinition | Sequence[CoercibleToAssetKey | AssetsDefinition] | None,
) -> tuple[str, list[AssetKey]]:
    """Return a selection text, or keys."""
    if selection is None or isinstance(selection, str):
        return selection or "", []
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


def _run(
    definitions: Definitions,
    instance: Instance | None,
    selection: Any,
    partition_key: str | None,
    raise_on_error: bool,
    max_workers: int,
) -> ExecuteInProcessResult:
    select, keys = _selection(selection)
    core = _core.run_assets(
        definitions._core,
        instance or Instance.ephemeral(),
        select,
        keys,
        partition_key,
        max_workers,
    )
    if raise_on_error:
        core.check()
    return ExecuteInProcessResult(core)


def materialize(
    assets: Iterable[AssetsDefinition | AssetSpec] | Definitions,
    *,
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    selection: str | Sequence[CoercibleToAssetKey | AssetsDefinition] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
    max_workers: int = 0,
) -> ExecuteInProcessResult:
    """Compute, store and log assets, each after those it reads.

    Without an instance it is ephemeral: `Instance.get()` or `Instance.open(path)` keep what
    was made. `selection` is text ("+daily_totals", "group:reports", "raw/*") or keys. The
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
    return _run(definitions, instance, selection, partition_key, raise_on_error, max_workers)


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
    instance: Instance | None = None,
    resources: Mapping[str, Any] | None = None,
    selection: str | Sequence[CoercibleToAssetKey | AssetsDefinition] | None = None,
    partition_key: str | None = None,
    raise_on_error: bool = True,
) -> ExecuteInProcessResult:
    """Like `materialize`, but every value stays in memory.

    Raises `InvalidError` if a resource is given for a key that assets use as I/O manager.
    """
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
        Definitions(assets, bound), instance, selection, partition_key, raise_on_error, 0
    )


class AssetValueLoader:
    """Loads values that an instance has materialized, outside of runs.

    With definitions, their managers load, told what a run would tell them; without, the
    managers that stored.
    """

    def __init__(self, instance: Instance, definitions: Definitions | None = None) -> None:
        core = _core.CoreDefinitions() if definitions is None else definitions._core
        self._core = _core.CoreAssetValueLoader(instance, core)

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
        self, asset_keys: Iterable[CoercibleToAssetKey]
    ) -> dict[AssetKey, Any]:
        """Return the last values of several assets by key, loaded at the same time."""
        from concurrent.futures import ThreadPoolExecutor

        keys = [key_of(key) for key in asset_keys]
        with ThreadPoolExecutor(max_workers=min(8, max(1, len(keys)))) as pool:
            return dict(zip(keys, pool.map(self.load_asset_value, keys), strict=True))

    def __enter__(self) -> AssetValueLoader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Tear down the resources that the loader has made."""
        self._core.close()
