"""Steps: what the core is told of a function, and what becomes of what it returns.

Assets and ops are both steps (`_assets`, `_ops`); the core runs them alike.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from entrepot._asset_keys import key_of
from entrepot._core import AssetExecutionContext, AssetKey, did_you_mean
from entrepot._outputs import NO_VALUE, MaterializeResult, Nothing, Output
from entrepot._signatures import Signature, resource_keys
from entrepot._types import (
    ANY_TYPE,
    DagsterType,
    ExpectedClass,
    annotation_of,
    dagster_type_of,
    runtime_class,
)
from entrepot._values import wanted_type, wants_stream
from entrepot.errors import InvalidError, TypeCheckError

if TYPE_CHECKING:
    from entrepot._config import DeclaredConfig
    from entrepot._partitions import PartitionMapping, PartitionsDefinition
    from entrepot._retries import RetryPolicy

__all__ = ["Consumer", "Step", "StepInput", "StepOutput", "node_name", "with_resources_of"]


def node_name(step_key: str) -> str:
    """Return the name by which Dagster's users know a step: "raw__orders" of "raw/orders"."""
    return step_key.replace("/", "__")


class Consumer:
    """Who gets a value: what its I/O manager, and the conversion after it, are told."""

    is_list = False

    def __init__(self, annotation: Any, metadata: Mapping[str, Any] | None = None) -> None:
        self.metadata = dict(metadata or {})
        self.dagster_type: DagsterType = dagster_type_of(annotation)
        annotation = annotation_of(annotation)
        self.expected = ExpectedClass(Any if annotation is Nothing else annotation)
        self.wanted = wanted_type(annotation)
        self.wants_stream = wants_stream(self.wanted)
        #: Of each partition, where several are read.
        self.wanted_of_each = _wanted_of_each(annotation)
        #: What defines the step that reads it: an op's or an asset's definition.
        self.op_def: Any = None

    def check_loaded(self, value: Any, asset: str) -> None:
        """Raise a TypeCheckError where a load was asked for another class."""
        if not self.expected.takes(value):
            raise TypeCheckError(
                f"asset '{asset}' is a '{type(value).__qualname__}', which cannot be loaded as a "
                f"'{self.expected.name}'; load it as what it is, or leave the type out"
            )


def _wanted_of_each(annotation: Any) -> str | None:
    """Return what `dict[str, X]` wants of its values."""
    if runtime_class(annotation) is not dict:
        return None
    arguments = typing.get_args(annotation)
    return wanted_type(arguments[1]) if len(arguments) == 2 else None


class StepInput(Consumer):
    """A parameter, and where its value comes from: an asset, outputs of other steps, neither."""

    def __init__(
        self,
        name: str,
        annotation: Any = None,
        *,
        key: AssetKey | None = None,
        is_exact: bool = True,
        outputs: Iterable[tuple[str, str]] = (),
        is_list: bool = False,
        input_manager_key: str | None = None,
        partition_mapping: PartitionMapping | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(annotation, metadata)
        self.name = name
        self.key = key
        self.is_exact = is_exact
        self.outputs = list(outputs)
        self.is_list = is_list
        self.input_manager_key = input_manager_key or ""
        self.partition_mapping = partition_mapping

    def check(self, value: Any, owner: str) -> None:
        """Raise a TypeCheckError where the parameter is annotated as something else."""
        if self.expected.takes(value):
            return
        advice = ""
        if value is None:
            advice = f"; annotate it '{self.expected.name} | None' if there may be no value"
        raise TypeCheckError(
            f"input '{self.name}' of {owner} is a '{type(value).__qualname__}', but annotated as "
            f"'{self.expected.name}'{advice}"
        )


def _check_texts(owner: str, **given: Any) -> None:
    for name, value in given.items():
        if not isinstance(value, (str, type(None))):
            raise InvalidError(f"{owner}: {name} is text, not a '{type(value).__qualname__}'")


class StepOutput:
    """A value that a step makes. The core's contexts offer it as the definition."""

    def __init__(
        self,
        name: str = "result",
        annotation: Any = inspect.Parameter.empty,
        *,
        key: AssetKey | None = None,
        io_manager_key: str | None = None,
        io_manager_def: Any = None,
        is_required: bool = True,
        group_name: str | None = None,
        description: str | None = None,
        code_version: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        kinds: Iterable[str] | None = None,
    ) -> None:
        self.name = name
        self.key = key
        if io_manager_key is not None and io_manager_def is not None:
            raise InvalidError(f"output '{name}' takes io_manager_key or io_manager_def, not both")
        self.io_manager_key = io_manager_key or "io_manager"
        self.io_manager_def = io_manager_def
        self.is_required = is_required
        self.code_version = code_version or ""
        _check_texts(self._owner, io_manager_key=io_manager_key, code_version=code_version)
        self.describe(group_name, description, metadata, tags, kinds)
        #: What defines the step that makes it: an op's or an asset's definition.
        self.op_def: Any = None
        self._read_annotation(annotation)

    @property
    def _owner(self) -> str:
        return f"output '{self.name}'" if self.key is None else f"asset '{self.key.to_user_string()}'"

    def describe(
        self,
        group_name: str | None,
        description: str | None,
        metadata: Mapping[str, Any] | None,
        tags: Mapping[str, str] | None,
        kinds: Iterable[str] | None,
    ) -> None:
        """Take what is said of the asset. Raises `InvalidError` for what is not of its type."""
        owner = self._owner
        _check_texts(owner, group_name=group_name, description=description)
        for option, given in (("metadata", metadata), ("tags", tags)):
            if not isinstance(given, Mapping | None):
                raise InvalidError(f"{owner}: {option} is a dict, not {given!r}")
        if isinstance(kinds, str):
            raise InvalidError(f"{owner}: kinds is a set of texts: {{{kinds!r}}}")
        self.group_name = group_name or "default"
        self.description = description or ""
        self.metadata = dict(metadata or {})
        self.tags = dict(tags or {})
        _check_texts(f"{owner}: tags", **self.tags)
        self.kinds = sorted(kinds or ())

    def _read_annotation(self, annotation: Any) -> None:
        declared = annotation if isinstance(annotation, DagsterType) else None
        if declared is not None:
            is_any = declared.typing_type is Any
            annotation = inspect.Parameter.empty if is_any else declared.typing_type
        #: What the function is annotated to return, in messages.
        self._nothing = "None"
        if typing.get_origin(annotation) in (Output, MaterializeResult):
            (annotation,) = typing.get_args(annotation)
        elif annotation in (Output, MaterializeResult):
            # Of a bare MaterializeResult nobody expects a value.
            if annotation is MaterializeResult:
                self._nothing = "MaterializeResult' without a value; write 'MaterializeResult[…]"
            annotation = None if annotation is MaterializeResult else inspect.Parameter.empty
        self.stores_nothing = annotation in (None, type(None), Nothing)
        is_known = annotation is not inspect.Parameter.empty and not self.stores_nothing
        self._expected = ExpectedClass(annotation if is_known else Any)
        self.dagster_type = declared or (dagster_type_of(annotation) if is_known else ANY_TYPE)

    def check(self, value: Any, owner: str) -> None:
        """Raise a TypeCheckError where the function is annotated to return something else."""
        if not self.dagster_type.accepts(value):
            raise TypeCheckError(
                f"{owner} returned a '{type(value).__qualname__}' that is no "
                f"'{self.dagster_type.display_name}', as its own check says"
            )
        if self.stores_nothing:
            if value is not None:
                raise self._wrong(value, owner, self._nothing)
        elif not self._expected.takes(value):
            raise self._wrong(value, owner, self._expected.name)

    def _wrong(self, value: Any, owner: str, expected: str) -> TypeCheckError:
        return TypeCheckError(
            f"{owner} returned a '{type(value).__qualname__}', but its function is annotated to "
            f"return '{expected}'"
        )


def with_resources_of(steps: Iterable[Step], bound: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is bound, and what steps bring along for other keys.

    Raises InvalidError where two of them differ for a key.
    """
    found = dict(bound)
    for step in steps:
        for key, value in step.resource_defs.items():
            if key not in bound and found.setdefault(key, value) is not value:
                raise InvalidError(
                    f"{step.owner} brings another resource '{key}' than a step before it; bind "
                    "the one to use"
                )
    return found


#: What a function may return, or be, instead of a value: each says more.
_MORE_THAN_A_VALUE = (
    Output,
    MaterializeResult,
    type(NO_VALUE),
    list,
    tuple,
    GeneratorType,
    CoroutineType,
    AsyncGeneratorType,
)


def _check_retry_policy(policy: Any, owner: str) -> None:
    from entrepot._retries import RetryPolicy

    if not isinstance(policy, RetryPolicy):
        raise InvalidError(f"{owner}: retry_policy is a RetryPolicy, not {policy!r}")


class Step:
    """One step as the core takes it. `run` is what it calls."""

    def __init__(
        self,
        key: str,
        fn: Callable[..., Any],
        signature: Signature,
        *,
        owner: str,
        inputs: Iterable[StepInput],
        outputs: Sequence[StepOutput],
        deps: Iterable[AssetKey] = (),
        after: Iterable[tuple[str, str]] = (),
        partitions_def: PartitionsDefinition | None = None,
        retry_policy: RetryPolicy | None = None,
        definition: Any = None,
        config: DeclaredConfig | None = None,
        required_resource_keys: Iterable[str] | None = None,
        resource_defs: Mapping[str, Any] | None = None,
    ) -> None:
        self.key = key
        self.fn = fn
        self.signature = signature
        self.owner = owner
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.deps = list(deps)
        self.after = list(after)
        self.partitions_def = partitions_def
        if retry_policy is not None:
            _check_retry_policy(retry_policy, owner)
        self.retry_policy = retry_policy
        self.set_definition(definition)
        self.declared_config = config
        self.required_resource_keys = sorted(
            {*resource_keys(required_resource_keys, owner), *signature.resource_keys}
        )
        #: Resources that come with the step; what is bound to their keys elsewhere wins.
        self.resource_defs = dict(resource_defs or {})
        self._bind_managers_of_outputs()
        #: Values of inputs that nothing makes, by their place.
        self.given: dict[int, Any] = {}

    def set_definition(self, definition: Any) -> None:
        """Note what defines the step; contexts offer it as `op_def`."""
        self.definition = definition
        for part in (*self.inputs, *self.outputs):
            part.op_def = definition

    def _bind_managers_of_outputs(self) -> None:
        """Give I/O managers that outputs bring along a key."""
        for output in self.outputs:
            if output.io_manager_def is not None:
                output.io_manager_key = f"{self.key}.{output.name}.io_manager"
                self.resource_defs[output.io_manager_key] = output.io_manager_def

    def run(self, context: AssetExecutionContext, *inputs: Any) -> tuple[bool, Any]:
        """Compute: whether there is a value of the only output, and the value."""
        for place, declared in enumerate(self.inputs):
            if place not in self.given:
                declared.check(inputs[place], self.owner)
        returned = self._call(context, inputs)
        if len(self.outputs) == 1 and not isinstance(returned, _MORE_THAN_A_VALUE):
            output = self.outputs[0]
            output.check(returned, self.owner)
            return not output.stores_nothing, returned
        return self._run_on(context, returned)

    def _run_on(self, context: AssetExecutionContext, returned: Any) -> tuple[bool, Any]:
        """As `run`, where not only the value of the only output was returned."""
        if isinstance(returned, (CoroutineType, AsyncGeneratorType)):
            from entrepot._coroutines import finished  # As long to import as the package.

            returned = finished(returned)
        if isinstance(returned, GeneratorType):
            for item in returned:
                self._yield(context, item)
            return False, None
        if len(self.outputs) == 1 and not self._names_an_output(returned):
            return self._finish(context, self._output_of(returned, 0), returned)
        self._yield_all(context, returned)
        return False, None

    def _call(self, context: AssetExecutionContext, inputs: tuple[Any, ...]) -> Any:
        signature = self.signature
        leading = (context,) if signature.takes_context else ()
        if signature.takes_special:
            named = dict(zip(signature.names, inputs, strict=True))
            return self.fn(*leading, **named, **self._special_arguments(context))
        keyword_only = signature.keyword_only
        if not keyword_only:
            return self.fn(*leading, *inputs)
        split = len(inputs) - len(keyword_only)
        keywords = dict(zip(keyword_only, inputs[split:], strict=True))
        return self.fn(*leading, *inputs[:split], **keywords)

    def _special_arguments(self, context: AssetExecutionContext) -> dict[str, Any]:
        """Return the configuration and resources that the function takes as parameters."""
        signature = self.signature
        special = {key: getattr(context.resources, key) for key in signature.resource_keys}
        if signature.config_class is not None:
            special["config"] = context.op_config
        return special

    @staticmethod
    def _names_an_output(returned: Any) -> bool:
        """Whether a tuple or list of results was returned, each for its output."""
        return (
            isinstance(returned, (tuple, list))
            and bool(returned)
            and all(isinstance(item, (Output, MaterializeResult)) for item in returned)
        )

    def _yield_all(self, context: AssetExecutionContext, returned: Any) -> None:
        if isinstance(returned, (Output, MaterializeResult)):
            returned = (returned,)
        if returned is None and all(output.stores_nothing for output in self.outputs):
            returned = (None,) * len(self.outputs)
        is_many = isinstance(returned, (tuple, list))
        if not is_many or (not self._names_an_output(returned) and len(returned) != len(self.outputs)):
            found = f"{len(returned)} values" if is_many else f"a '{type(returned).__qualname__}'"
            raise InvalidError(
                f"{self.owner} has {len(self.outputs)} outputs, "
                f"{[output.name for output in self.outputs]}, but returned {found}"
            )
        for place, item in enumerate(returned):
            self._yield(context, item, place)

    def _yield(self, context: AssetExecutionContext, item: Any, place: int | None = None) -> None:
        output = self._output_of(item, place)
        has_value, value = self._finish(context, output, item)
        context.yield_output(output.name, has_value, value)

    def _output_of(self, item: Any, place: int | None) -> StepOutput:
        """Return the output that a result is of: as it says, else that of its place."""
        if isinstance(item, Output):
            return self._output_named(item.output_name, place)
        if isinstance(item, MaterializeResult):
            return self._output_of_key(item.asset_key, place)
        if place is not None:
            return self.outputs[place]
        raise InvalidError(
            f"{self.owner} yielded a '{type(item).__qualname__}'; yield Output or "
            "MaterializeResult"
        )

    def _finish(self, context: AssetExecutionContext, output: StepOutput, item: Any) -> tuple[bool, Any]:
        """Keep the metadata of a result; return whether it has a value, and the value."""
        value = item
        if isinstance(item, (Output, MaterializeResult)):
            if item.metadata:
                context.add_output_metadata(item.metadata, output.name)
            value = item.value
        if value is NO_VALUE:
            return False, None
        output.check(value, self.owner)
        return not output.stores_nothing, value

    def _output_named(self, name: str, place: int | None) -> StepOutput:
        for output in self.outputs:
            if output.name == name:
                return output
        if name == "result" and place is not None:
            return self.outputs[place]
        if name == "result" and len(self.outputs) == 1:
            return self.outputs[0]
        names = [output.name for output in self.outputs]
        raise InvalidError(f"{self.owner} has no output '{name}'{did_you_mean(name, names)}")

    def _output_of_key(self, key: Any, place: int | None) -> StepOutput:
        if key is None:
            if len(self.outputs) > 1 and place is None:
                raise InvalidError(f"{self.owner}: say which asset_key the MaterializeResult is of")
            return self.outputs[place or 0]
        wanted = key_of(key)
        for output in self.outputs:
            if output.key == wanted:
                return output
        name = wanted.to_user_string()
        made = [output.key.to_user_string() for output in self.outputs if output.key]
        raise InvalidError(f"{self.owner} makes no asset '{name}'{did_you_mean(name, made)}")
