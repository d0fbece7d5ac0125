"""Graphs of ops, and the jobs that run them."""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Any, overload

from entrepot import _core
from entrepot._core import Instance
from entrepot._definitions import check_run
from entrepot._io_managers import mem_io_manager
from entrepot._ops import InvokedOutput, compose, current_composition, resolved
from entrepot._options import refuses_unknown_options
from entrepot._partitions import PartitionsDefinition
from entrepot._resource_binding import bind_resources
from entrepot._results import ExecuteInProcessResult
from entrepot._run_config import RunConfig, flat_config
from entrepot._steps import Step, with_resources_of
from entrepot.errors import InvalidError

__all__ = ["GraphDefinition", "JobDefinition", "graph", "job"]


class GraphDefinition:
    """Ops and graphs, connected by a function. Called in another graph, it becomes part of it."""

    def __init__(self, fn: Callable[..., Any], name: str | None, description: str | None) -> None:
        self.fn = fn
        self.name = name or getattr(fn, "__name__", "graph")
        self.description = description or inspect.getdoc(fn) or ""
        self.__doc__ = fn.__doc__
        self.__name__ = self.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        outer = current_composition()
        if outer is None:
            raise InvalidError(
                f"graph '{self.name}' is called where no graph is composed; use to_job"
            )
        try:
            given = inspect.signature(self.fn).bind(*args, **kwargs).arguments
        except TypeError as error:
            raise InvalidError(f"graph '{self.name}': {error}") from None
        sources = {name: resolved(source) for name, source in given.items()}
        steps, returned = compose(self.fn, outer.take_name(self.name) + ".", sources)
        outer.steps.extend(steps)
        return returned

    def to_job(self, name: str | None = None, *, resource_defs: Mapping[str, Any] | None = None,
               config: RunConfig | Mapping[str, Any] | None = None,
               partitions_def: PartitionsDefinition | None = None) -> JobDefinition:
        """Return a job of this graph's ops."""
        return JobDefinition(self, name or self.name, resource_defs, partitions_def, config)

    def execute_in_process(self, **options: Any) -> ExecuteInProcessResult:
        """Run the graph as a job; see `JobDefinition.execute_in_process`."""
        return self.to_job().execute_in_process(**options)

    def __repr__(self) -> str:
        return f"<graph '{self.name}'>"


class JobDefinition:
    """A graph to be run, with its resources."""

    def __init__(
        self,
        graph_def: GraphDefinition,
        name: str,
        resource_defs: Mapping[str, Any] | None = None,
        partitions_def: PartitionsDefinition | None = None,
        config: RunConfig | Mapping[str, Any] | None = None,
    ) -> None:
        self.graph = graph_def
        self.name = name
        self.description = graph_def.description
        self.resource_defs = dict(resource_defs or {})
        self.partitions_def = partitions_def
        #: Of the runs that are given no other.
        self.run_config = config
        self.steps, self._outputs = self._compose({})

    def _compose(
        self, input_values: Mapping[str, Any]
    ) -> tuple[list[Step], Mapping[str, InvokedOutput]]:
        """Return the steps of the graph with these inputs, and the outputs that it returns."""
        parameters = inspect.signature(self.graph.fn).parameters
        unknown = sorted(set(input_values) - set(parameters))
        if unknown:
            raise InvalidError(
                f"job '{self.name}' has no inputs {unknown}; it has {list(parameters)}"
            )
        inputs = {
            name: input_values.get(name, parameter.default)
            for name, parameter in parameters.items()
        }
        steps, returned = compose(self.graph.fn, "", inputs)
        for step in steps:
            step.partitions_def = self.partitions_def
        outputs = returned if isinstance(returned, Mapping) else {"result": returned}
        return steps, {
            name: output for name, output in outputs.items() if isinstance(output, InvokedOutput)
        }

    def with_resources(self, resources: Mapping[str, Any]) -> JobDefinition:
        """Return the job with these resources for the keys for which it has none."""
        bound = copy.copy(self)
        bound.resource_defs = {**resources, **self.resource_defs}
        return bound

    def execute_in_process(
        self,
        *,
        instance: Instance | None = None,
        run_config: RunConfig | Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        input_values: Mapping[str, Any] | None = None,
        partition_key: str | None = None,
        raise_on_error: bool = True,
        max_workers: int = 0,
    ) -> ExecuteInProcessResult:
        """Run all ops in this process, values in memory unless a resource says otherwise.

        `run_config` replaces the job's own.
        """
        check_run(instance, partition_key)
        steps, outputs = self.steps, self._outputs
        if input_values:
            steps, outputs = self._compose(input_values)
        bound = with_resources_of(steps, {**self.resource_defs, **(resources or {})})
        bound.setdefault("io_manager", mem_io_manager)
        definitions = _core.CoreDefinitions()
        definitions.add_job(self.name, steps)
        bind_resources(definitions, bound)
        core = _core.run_job(
            definitions,
            self.name,
            instance or Instance.ephemeral(),
            partition_key,
            max_workers,
            flat_config(self.run_config if run_config is None else run_config, steps),
            os.environ.get,
        )
        if raise_on_error:
            core.check()
        return ExecuteInProcessResult(core, {name: it.name for name, it in outputs.items()})

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise InvalidError(f"job '{self.name}' is run by execute_in_process, not called")

    def __repr__(self) -> str:
        return f"<job '{self.name}'>"


@overload
def graph(compose_fn: Callable[..., Any], /) -> GraphDefinition: ...


@overload
def graph(
    *,
    name: str | None = None,
    description: str | None = None,
) -> Callable[[Callable[..., Any]], GraphDefinition]: ...


@refuses_unknown_options
def graph(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
) -> GraphDefinition | Callable[[Callable[..., Any]], GraphDefinition]:
    """Declare a graph: a function that calls ops and other graphs to connect them."""

    def decorate(fn: Callable[..., Any]) -> GraphDefinition:
        return GraphDefinition(fn, name, description)

    return decorate if compose_fn is None else decorate(compose_fn)


@overload
def job(compose_fn: Callable[..., Any], /) -> JobDefinition: ...


@overload
def job(
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    config: RunConfig | Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> Callable[[Callable[..., Any]], JobDefinition]: ...


@refuses_unknown_options
def job(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    config: RunConfig | Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> JobDefinition | Callable[[Callable[..., Any]], JobDefinition]:
    """Declare a job: a graph to be run, with its resources and configuration."""

    def decorate(fn: Callable[..., Any]) -> JobDefinition:
        graph_def = GraphDefinition(fn, name, description)
        return JobDefinition(graph_def, graph_def.name, resource_defs, partitions_def, config)

    return decorate if compose_fn is None else decorate(compose_fn)
