"""Ops, and what calls of them in a graph add to it."""

from __future__ import annotations

import contextvars
import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, overload

from entrepot._core import AssetKey
from entrepot._options import refuses_unknown_options
from entrepot._outputs import Nothing
from entrepot._retries import RetryPolicy
from entrepot._run_config import plain_config
from entrepot._signatures import Signature
from entrepot._steps import Step, StepInput, StepOutput
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._config import DeclaredConfig
    from entrepot._config_classes import Config

__all__ = [
    "In",
    "InvokedOutput",
    "OpDefinition",
    "Out",
    "compose",
    "current_composition",
    "op",
    "resolved",
]

_MISSING: Any = inspect.Parameter.empty


class In:
    """What is said of an op's parameter."""

    @refuses_unknown_options
    def __init__(
        self,
        dagster_type: Any = None,
        *,
        description: str | None = None,
        default_value: Any = _MISSING,
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

    @refuses_unknown_options
    def __init__(
        self,
        dagster_type: Any = _MISSING,
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
        is_typed = self.dagster_type is not _MISSING
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
    """What a graph's function has as a parameter: it can only be handed on to ops."""

    def __init__(self, source: Any) -> None:
        self.source = source


def resolved(source: Any) -> Any:
    """Return what a parameter of a graph stands for; anything else as it is."""
    if isinstance(source, list):
        return [resolved(item) for item in source]
    return source.source if isinstance(source, _GraphInput) else source


class _Composition:
    """Steps that calls of ops add while a graph's function runs."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.steps: list[Step] = []
        #: Of ops and graphs.
        self._taken: set[str] = set()

    def take_name(self, name: str) -> str:
        """Return the name, with "_2" and so on where it is taken already."""
        wanted, number = self.prefix + name, 2
        free = wanted
        while free in self._taken:
            free, number = f"{wanted}_{number}", number + 1
        self._taken.add(free)
        return free


_composition: contextvars.ContextVar[_Composition | None] = contextvars.ContextVar(
    "composition", default=None
)


def current_composition() -> _Composition | None:
    """Return where calls of ops add their steps; None where no graph is composed."""
    return _composition.get()


def compose(
    fn: Callable[..., Any], prefix: str, inputs: Mapping[str, Any]
) -> tuple[list[Step], Any]:
    """Run a graph's function: return the steps its calls have added, and what it returned."""
    composition = _Composition(prefix)
    token = _composition.set(composition)
    try:
        returned = fn(**{name: _GraphInput(source) for name, source in inputs.items()})
    finally:
        _composition.reset(token)
    return composition.steps, returned


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
        return self._invoke(composition, self._sources(args, kwargs))

    def _invoke(self, composition: _Composition, given: Mapping[str, Any]) -> Any:
        key = composition.take_name(self.alias_name or self.name)
        waits_for = [given[name] for name in self._waits if name in given]
        step = Step(
            key,
            self.fn,
            self.signature,
            owner=f"op '{key}'",
            inputs=[self._input(name, given) for name in self.signature.names],
            outputs=self._outputs(),
            deps=[source for source in waits_for if isinstance(source, AssetKey)],
            after=[output.name for source in waits_for for output in _outputs_in(source)],
            retry_policy=self.retry_policy,
            definition=self,
            config=self._declared_config(),
            required_resource_keys=self.required_resource_keys,
        )
        for place, name in enumerate(self.signature.names):
            value = self._value(place, name, given)
            if value is not _MISSING:
                step.given[place] = value
        composition.steps.append(step)
        outputs = [InvokedOutput(key, output.name) for output in step.outputs]
        return outputs[0] if len(outputs) == 1 else _InvokedOutputs(outputs)

    def _sources(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return what a call gives the inputs; those that a job has no value for are left out."""
        names = self.signature.names
        if len(args) > len(names):
            raise InvalidError(f"{self.owner} takes {len(names)} inputs, not {len(args)}")
        sources = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in sources or (name not in names and name not in self._waits):
                raise InvalidError(f"{self.owner} has no free input '{name}'; it takes {names}")
            sources[name] = value
        sources = {name: resolved(source) for name, source in sources.items()}
        for name, source in sources.items():
            if isinstance(source, _InvokedOutputs):
                raise InvalidError(
                    f"{self.owner}: input '{name}' is given several outputs; name one of "
                    f"{[output.name[1] for output in source]}"
                )
            if isinstance(source, list) and 0 < len(_outputs_in(source)) < len(source):
                raise InvalidError(
                    f"{self.owner}: input '{name}' is a list of outputs and values; an op can "
                    "turn a value into an output"
                )
        return {name: source for name, source in sources.items() if source is not _MISSING}

    def _outputs(self) -> list[StepOutput]:
        outs = self.outs or {"result": Out()}
        returned = self.signature.returned if len(outs) == 1 else _MISSING
        return [out.to_output(name, returned) for name, out in outs.items()]

    def _input(self, name: str, given: Mapping[str, Any]) -> StepInput:
        declared = self.ins.get(name, In())
        annotation = self.signature.hints.get(name)
        source = given.get(name)
        outputs = _outputs_in(source)
        return StepInput(
            name,
            annotation if declared.dagster_type is None else declared.dagster_type,
            key=source if isinstance(source, AssetKey) else None,
            outputs=[output.name for output in outputs],
            is_list=bool(outputs) and isinstance(source, list),
            input_manager_key=declared.input_manager_key,
            metadata=declared.metadata,
        )

    def _value(self, place: int, name: str, given: Mapping[str, Any]) -> Any:
        """Return the value of an input that no step makes, if there is one."""
        declared = self.ins.get(name, In())
        if name in given:
            source = given[name]
            return _MISSING if isinstance(source, AssetKey) or _outputs_in(source) else source
        if declared.input_manager_key:
            return _MISSING
        if declared.default_value is not _MISSING:
            return declared.default_value
        return self.signature.parameters[place].default

    def __repr__(self) -> str:
        return f"<op '{self.name}'>"


def _outputs_in(source: Any) -> list[InvokedOutput]:
    """Return the outputs that an input is given: one, or all that are in a list."""
    items = source if isinstance(source, list) else [source]
    return [item for item in items if isinstance(item, InvokedOutput)]


@overload
def op(compute_fn: Callable[..., Any], /) -> OpDefinition: ...


@overload
def op(
    *,
    name: str | None = None,
    ins: Mapping[str, In] | None = None,
    out: Out | Mapping[str, Out] | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
    config_schema: Any = None,
    required_resource_keys: Iterable[str] | None = None,
) -> Callable[[Callable[..., Any]], OpDefinition]: ...


@refuses_unknown_options
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
) -> OpDefinition | Callable[[Callable[..., Any]], OpDefinition]:
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
        outs = {"result": out} if isinstance(out, Out) else out or {}
        _check_declared("ins", ins or {}, In)
        _check_declared("out", outs, Out)
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


def _check_declared(option: str, given: Any, kind: type) -> None:
    if not isinstance(given, Mapping):
        raise InvalidError(f"op: {option} is a dict of {kind.__name__} by name, not {given!r}")
    for name, item in given.items():
        if not isinstance(item, kind):
            raise InvalidError(
                f"op: {option}['{name}'] is a '{type(item).__name__}', not an {kind.__name__}"
            )
