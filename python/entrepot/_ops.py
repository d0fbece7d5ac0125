"""Ops, and the graphs and jobs that connect them."""

from __future__ import annotations

import contextvars
import copy
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot import _core
from entrepot._core import AssetKey, Instance
from entrepot._partitions import PartitionsDefinition
from entrepot._retries import RetryPolicy
from entrepot._run_config import RunConfig, flat_config, plain_config
from entrepot._signatures import Signature
from entrepot._steps import (
    CoercibleToAssetKey,
    Nothing,
    Step,
    StepInput,
    StepOutput,
    with_resources_of,
)
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._config import DeclaredConfig
    from entrepot._configurable import Config
    from entrepot._results import ExecuteInProcessResult

__all__ = [
    "GraphDefinition",
    "In",
    "InvokedOutput",
    "JobDefinition",
    "OpDefinition",
    "Out",
    "graph",
    "job",
    "op",
]


class In:
    """What is said of an op's parameter."""

    def __init__(
        self,
        dagster_type: Any = None,
        *,
        description: str | None = None,
        default_value: Any = inspect.Parameter.empty,
        metadata: Mapping[str, Any] | None = None,
        input_manager_key: str | None = None,
    ) -> None:
        self.dagster_type = dagster_type
        self.description = description
        self.default_value = default_value
        self.metadata = dict(metadata or {})
        self.input_manager_key = input_manager_key


class Out:
    """What is said of an op's output."""

    def __init__(
        self,
        dagster_type: Any = inspect.Parameter.empty,
        *,
        description: str | None = None,
        is_required: bool = True,
        io_manager_key: str | None = None,
        io_manager_def: Any = None,
        metadata: Mapping[str, Any] | None = None,
        code_version: str | None = None,
    ) -> None:
        self.dagster_type = dagster_type
        self.description = description
        self.is_required = is_required
        self.io_manager_key = io_manager_key
        self.io_manager_def = io_manager_def
        self.metadata = metadata
        self.code_version = code_version

    def to_output(self, name: str, annotation: Any) -> StepOutput:
        """Return the output `name` of a step."""
        is_typed = self.dagster_type is not inspect.Parameter.empty
        return StepOutput(
            name,
            self.dagster_type if is_typed else annotation,
            io_manager_key=self.io_manager_key,
            io_manager_def=self.io_manager_def,
            is_required=self.is_required,
            description=self.description,
            metadata=self.metadata,
            code_version=self.code_version,
        )


class InvokedOutput:
    """An output of an op inside a graph: what its call returns there."""

    def __init__(self, step: str, output: str) -> None:
        self.name = (step, output)


class _InvokedOutputs(tuple[Any, ...]):
    """The outputs of an op that has several; by place, or by name as attributes."""

    def __getattr__(self, name: str) -> InvokedOutput:
        for output in self:
            if output.name[1] == name:
                return output
        raise AttributeError(f"there is no output '{name}'")


class _GraphInput:
    """A parameter of a graph, before it is known what it gets."""

    def __init__(self, source: Any) -> None:
        self.source = source


class _Composition:
    """Steps that calls of ops add while a graph's function runs."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.steps: list[Step] = []

    def free_name(self, name: str) -> str:
        """Return the name, with "_2" and so on where it is taken."""
        taken = {step.key for step in self.steps}
        wanted, number = self.prefix + name, 2
        free = wanted
        while free in taken:
            free, number = f"{wanted}_{number}", number + 1
        return free


_composition: contextvars.ContextVar[_Composition | None] = contextvars.ContextVar(
    "composition", default=None
)


class OpDefinition:
    """A computation without a lasting name. Called in a graph, it becomes a step of it."""

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        name: str | None,
        ins: Mapping[str, In],
        outs: Mapping[str, Out],
        retry_policy: RetryPolicy | None,
        description: str | None,
        config_schema: Any = None,
        required_resource_keys: Iterable[str] | None = None,
    ) -> None:
        self.fn = fn
        self.name = name or getattr(fn, "__name__", "op")
        self.description = description or inspect.getdoc(fn) or ""
        self.retry_policy = retry_policy
        self.ins = dict(ins)
        self.outs = dict(outs)
        #: The name in graphs; None: its own.
        self.alias_name: str | None = None
        self.owner = f"op '{self.name}'"
        self.signature = Signature(fn, self.owner)
        self.config_schema = config_schema
        #: What `configured` has given, in a list.
        self._given: list[Any] = []
        #: What a function of `configured` declares instead of the op.
        self._made: DeclaredConfig | None = None
        self.required_resource_keys = required_resource_keys
        waits = {key for key, item in self.ins.items() if item.dagster_type is Nothing}
        self.signature.check_named(set(self.ins) - waits, self.owner, "ins")
        self._waits = sorted(waits)
        self.__doc__ = fn.__doc__
        self.__name__ = self.name
        self.__wrapped__ = fn

    def alias(self, name: str) -> OpDefinition:
        """Return the op under another name, for a second use in a graph."""
        clone = copy.copy(self)
        clone.alias_name = name
        return clone

    def configured(
        self,
        config: Config | Mapping[str, Any] | Callable[[Any], Any],
        name: str | None = None,
        config_schema: Any = None,
    ) -> OpDefinition:
        """Return the op with this configuration, under `name` where there is one.

        What a run gives goes over it, field by field. A function makes it, in a run, of a
        configuration of `config_schema`, which the run gives instead.
        """
        declared = self._declared_config()
        if declared is None:
            raise InvalidError(f"{self.owner} takes no configuration: it has no config_schema")
        clone = copy.copy(self) if name is None else self.alias(name)
        if callable(config):
            clone._made = declared.made_by(
                lambda used: plain_config(config(used)), config_schema, self.owner
            )
        elif config_schema is not None:
            raise InvalidError("a config_schema goes with a function that makes a configuration")
        else:
            clone._given = [plain_config(config)]
        return clone

    def _declared_config(self) -> DeclaredConfig | None:
        declared = self._made or self.signature.declared_config(self.config_schema, self.owner)
        return declared._replace(given=self._given) if declared and self._given else declared

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        composition = _composition.get()
        if composition is None:
            return self.fn(*args, **kwargs)
        return self._invoke(composition, args, kwargs)

    def _invoke(
        self, composition: _Composition, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        names = self.signature.names
        if len(args) > len(names):
            raise InvalidError(f"{self.owner} takes {len(names)} inputs, not {len(args)}")
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in given or (name not in names and name not in self._waits):
                raise InvalidError(f"{self.owner} has no free input '{name}'; it takes {names}")
            given[name] = value
        key = composition.free_name(self.alias_name or self.name)
        step = Step(
            key,
            self.fn,
            self.signature,
            owner=f"op '{key}'",
            inputs=[self._input(name, given) for name in names],
            outputs=self._outputs(),
            after=[output.name for name in self._waits if name in given
                   for output in _flat(given[name])],
            retry_policy=self.retry_policy,
            definition=self,
            config=self._declared_config(),
            required_resource_keys=self.required_resource_keys,
        )
        for place, name in enumerate(names):
            self._give(step, place, name, given)
        composition.steps.append(step)
        outputs = [InvokedOutput(key, output.name) for output in step.outputs]
        return outputs[0] if len(outputs) == 1 else _InvokedOutputs(outputs)

    def _outputs(self) -> list[StepOutput]:
        if not self.outs:
            return [StepOutput("result", self.signature.returned)]
        returned = self.signature.returned if len(self.outs) == 1 else inspect.Parameter.empty
        return [out.to_output(name, returned) for name, out in self.outs.items()]

    def _input(self, name: str, given: Mapping[str, Any]) -> StepInput:
        declared = self.ins.get(name, In())
        annotation = self.signature.hints.get(name)
        source = _resolved(given.get(name))
        return StepInput(
            name,
            annotation if declared.dagster_type is None else declared.dagster_type,
            key=source if isinstance(source, AssetKey) else None,
            outputs=[output.name for output in _flat(source)],
            is_list=isinstance(source, list),
            input_manager_key=declared.input_manager_key,
            metadata=declared.metadata,
        )

    def _give(self, step: Step, place: int, name: str, given: Mapping[str, Any]) -> None:
        """Give a step the value of an input that no step makes, if there is one."""
        declared = self.ins.get(name, In())
        source = _resolved(given.get(name, inspect.Parameter.empty))
        if name in given and not isinstance(source, (InvokedOutput, list, AssetKey)):
            step.given[place] = source
            return
        if name in given or declared.input_manager_key:
            return
        default = declared.default_value
        if default is inspect.Parameter.empty:
            default = self.signature.parameters[place].default
        if default is not inspect.Parameter.empty:
            step.given[place] = default

    def __repr__(self) -> str:
        return f"<op '{self.name}'>"


def _resolved(source: Any) -> Any:
    return source.source if isinstance(source, _GraphInput) else source


def _flat(source: Any) -> list[InvokedOutput]:
    source = _resolved(source)
    if isinstance(source, InvokedOutput):
        return [source]
    if isinstance(source, list) and all(isinstance(_resolved(item), InvokedOutput)
                                        for item in source):
        return [_resolved(item) for item in source]
    return []


class GraphDefinition:
    """Ops and graphs, connected by a function. Called in another graph, it becomes part of it."""

    def __init__(self, fn: Callable[..., Any], name: str | None, description: str | None) -> None:
        self.fn = fn
        self.name = name or getattr(fn, "__name__", "graph")
        self.description = description or inspect.getdoc(fn) or ""
        self.__doc__ = fn.__doc__
        self.__name__ = self.name

    def compose(self, prefix: str, inputs: Mapping[str, Any]) -> tuple[list[Step], Any]:
        """Run the function: return the steps its calls have added, and what it returned."""
        composition = _Composition(prefix)
        token = _composition.set(composition)
        try:
            arguments = {name: _GraphInput(source) for name, source in inputs.items()}
            returned = self.fn(**arguments)
        finally:
            _composition.reset(token)
        return composition.steps, returned

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        outer = _composition.get()
        if outer is None:
            raise InvalidError(
                f"graph '{self.name}' is called where no graph is composed; use to_job"
            )
        names = list(inspect.signature(self.fn).parameters)
        inputs = {**dict(zip(names, args, strict=False)), **kwargs}
        steps, returned = self.compose(
            outer.free_name(self.name) + ".",
            {name: _resolved(source) for name, source in inputs.items()},
        )
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
        self.steps = self._compose({})

    def _compose(self, input_values: Mapping[str, Any]) -> list[Step]:
        names = list(inspect.signature(self.graph.fn).parameters)
        unknown = sorted(set(input_values) - set(names))
        if unknown:
            raise InvalidError(f"job '{self.name}' has no inputs {unknown}; it has {names}")
        inputs = {name: input_values.get(name) for name in names}
        steps, _ = self.graph.compose("", inputs)
        for step in steps:
            step.partitions_def = self.partitions_def
        return steps

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
        from entrepot._definitions import Definitions, check_run
        from entrepot._results import ExecuteInProcessResult
        from entrepot._io_managers import mem_io_manager

        check_run(instance, partition_key)
        steps = self._compose(input_values) if input_values else self.steps
        bound = with_resources_of(steps, {**self.resource_defs, **(resources or {})})
        bound.setdefault("io_manager", mem_io_manager)
        definitions = Definitions(resources=bound)
        definitions._core.add_job(self.name, steps)  # pyright: ignore[reportPrivateUsage]
        core = _core.run_job(
            definitions._core,  # pyright: ignore[reportPrivateUsage]
            self.name,
            instance or Instance.ephemeral(),
            partition_key,
            max_workers,
            flat_config(self.run_config if run_config is None else run_config, steps),
            os.environ.get,
        )
        if raise_on_error:
            core.check()
        return ExecuteInProcessResult(core)

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise InvalidError(f"job '{self.name}' is run by execute_in_process, not called")

    def __repr__(self) -> str:
        return f"<job '{self.name}'>"


def op(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Any:
    """Declare an op: a computation whose parameters get outputs of other ops in a graph.

    >>> from entrepot import job, op
    >>> @op
    ... def one() -> int:
    ...     return 1
    >>> @op
    ... def double(number: int) -> int:
    ...     return number * 2
    >>> @job
    ... def doubling():
    ...     double(one())
    >>> doubling.execute_in_process().output_for_node("double")
    2
    """

    def decorate(fn: Callable[..., Any]) -> OpDefinition:
        outs = {"result": out} if isinstance(out, Out) else dict(out or {})
        for key, declared in outs.items():
            if not isinstance(declared, Out):
                raise InvalidError(f"op: out['{key}'] is a '{type(declared).__name__}', not an Out")
        return OpDefinition(
            fn,
            name=name,
            ins=ins or {},
            outs=outs,
            retry_policy=retry_policy,
            description=description,
            config_schema=config_schema,
            required_resource_keys=required_resource_keys,
        )

    return decorate if compute_fn is None else decorate(compute_fn)


def graph(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
) -> Any:
    """Declare a graph: a function that calls ops and other graphs to connect them."""

    def decorate(fn: Callable[..., Any]) -> GraphDefinition:
        return GraphDefinition(fn, name, description)

    return decorate if compose_fn is None else decorate(compose_fn)


def job(
    compose_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    resource_defs: Mapping[str, Any] | None = None,
    config: RunConfig | Mapping[str, Any] | None = None,
    partitions_def: PartitionsDefinition | None = None,
) -> Any:
    """Declare a job: a graph to be run, with its resources and configuration."""

    def decorate(fn: Callable[..., Any]) -> JobDefinition:
        graph_def = GraphDefinition(fn, name, description)
        return JobDefinition(graph_def, graph_def.name, resource_defs, partitions_def, config)

    return decorate if compose_fn is None else decorate(compose_fn)
