"""Assets: the decorator, and what the core is told of a function."""

from __future__ import annotations

import enum
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from entrepot._core import AssetExecutionContext, AssetKey
from entrepot._types import DagsterType, dagster_type_of, runtime_class
from entrepot._values import wanted_type, wants_stream
from entrepot.errors import InvalidError

__all__ = ["AssetIn", "AssetsDefinition", "Backoff", "Jitter", "RetryPolicy", "asset"]

CoercibleToAssetKey = AssetKey | str | Sequence[str]

_CONTEXT_NAMES = ("context", "_context", "_")


class Backoff(enum.Enum):
    """How the delay before a retry grows."""

    LINEAR = "linear"
    EXPONENTIAL = "exponential"


class Jitter(enum.Enum):
    """Where in time a retry falls: anywhere before its delay, or around it."""

    FULL = "full"
    PLUS_MINUS = "plus_minus"


class RetryPolicy:
    """How often a failed step is tried again, and after which delay in seconds."""

    def __init__(
        self,
        max_retries: int = 1,
        delay: float | None = None,
        backoff: Backoff | None = None,
        jitter: Jitter | None = None,
    ) -> None:
        if max_retries < 0:
            raise InvalidError(f"max_retries must not be negative: {max_retries}")
        if delay is None and (backoff or jitter):
            raise InvalidError("backoff and jitter change the delay: give a delay too")
        self.max_retries = max_retries
        self.delay = delay
        self.backoff = backoff
        self.jitter = jitter

    delay_seconds = property(lambda self: float(self.delay or 0.0))
    backoff_name = property(lambda self: self.backoff.value if self.backoff else "constant")
    jitter_name = property(lambda self: self.jitter.value if self.jitter else "none")

    def __repr__(self) -> str:
        return f"RetryPolicy(max_retries={self.max_retries}, delay={self.delay})"


def key_of(key: CoercibleToAssetKey) -> AssetKey:
    """Return the key; text is split at '/'."""
    if isinstance(key, AssetKey):
        return key
    return AssetKey.from_user_string(key) if isinstance(key, str) else AssetKey(list(key))


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
    ) -> None:
        if key is not None and key_prefix is not None:
            raise InvalidError("AssetIn takes key or key_prefix, not both")
        self.key = None if key is None else key_of(key)
        self.key_prefix = key_prefix
        self.metadata = dict(metadata or {})


class Consumer:
    """Who gets a value: what its I/O manager, and the conversion after it, are told."""

    def __init__(self, annotation: Any, metadata: Mapping[str, Any] | None = None) -> None:
        self.metadata = dict(metadata or {})
        self.wanted = wanted_type(annotation)
        self.wants_stream = wants_stream(self.wanted)
        self.dagster_type: DagsterType = dagster_type_of(annotation)


class _Input(Consumer):
    """A parameter, and the asset it reads."""

    def __init__(self, name: str, asset_in: AssetIn | None, annotation: Any) -> None:
        super().__init__(annotation, asset_in.metadata if asset_in else None)
        self.name = name
        prefix = _prefix_of(asset_in.key_prefix) if asset_in else []
        given = asset_in.key if asset_in else None
        self.key = given or AssetKey([*prefix, name])
        self.is_exact = given is not None or bool(prefix)


def _annotations(fn: Callable[..., Any]) -> dict[str, Any]:
    """Resolve the annotations one by one; what cannot be resolved stays text."""
    names = dict(getattr(fn, "__globals__", {}))
    names.update(inspect.getclosurevars(fn).nonlocals if inspect.isfunction(fn) else {})
    hints = {}
    for name, annotation in getattr(fn, "__annotations__", {}).items():
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, names)  # noqa: S307 - the user's own code
            except Exception:  # noqa: BLE001 - as arbitrary as the code is
                pass
        hints[name] = annotation
    return hints


def _takes_context(parameters: Sequence[inspect.Parameter], hints: Mapping[str, Any]) -> bool:
    if not parameters:
        return False
    first = parameters[0]
    return first.name in _CONTEXT_NAMES or hints.get(first.name) is AssetExecutionContext


class AssetsDefinition:
    """An asset and the function that computes it. Call it as the function it is."""

    def __init__(
        self,
        fn: Callable[..., Any],
        *,
        key: AssetKey,
        ins: Mapping[str, AssetIn] | None = None,
        deps: Sequence[AssetKey] = (),
        group_name: str = "default",
        metadata: Mapping[str, Any] | None = None,
        io_manager_key: str = "io_manager",
        code_version: str | None = None,
        retry_policy: RetryPolicy | None = None,
        description: str | None = None,
    ) -> None:
        self.fn = fn
        self.key = key
        self.deps = list(deps)
        self.group_name = group_name
        self.metadata = dict(metadata or {})
        self.io_manager_key = io_manager_key
        self.code_version = code_version or ""
        self.retry_policy = retry_policy
        self.description = description or inspect.getdoc(fn) or ""
        self.__doc__ = fn.__doc__
        self.__name__ = getattr(fn, "__name__", key.path[-1])
        self.__module__ = fn.__module__
        self.__wrapped__ = fn
        self._read_signature(ins or {})

    def _read_signature(self, ins: Mapping[str, AssetIn]) -> None:
        hints = _annotations(self.fn)
        parameters = list(inspect.signature(self.fn).parameters.values())
        self.takes_context = _takes_context(parameters, hints)
        named = parameters[1:] if self.takes_context else parameters
        for parameter in named:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise InvalidError(
                    f"asset '{self.key.to_user_string()}': parameter '*{parameter.name}' names "
                    "no input; write each input as a parameter"
                )
        unknown = set(ins) - {parameter.name for parameter in named}
        if unknown:
            raise InvalidError(
                f"asset '{self.key.to_user_string()}': ins names {sorted(unknown)}, but the "
                f"function's parameters are {[parameter.name for parameter in named]}"
            )
        for name, asset_in in ins.items():
            if not isinstance(asset_in, AssetIn):
                raise InvalidError(
                    f"asset '{self.key.to_user_string()}': ins['{name}'] is a "
                    f"'{type(asset_in).__qualname__}'; write AssetIn({asset_in!r})"
                )
        self.inputs = [
            _Input(parameter.name, ins.get(parameter.name), hints.get(parameter.name))
            for parameter in named
        ]
        self._keyword_only = [
            parameter.name for parameter in named if parameter.kind is parameter.KEYWORD_ONLY
        ]
        returned = hints.get("return", inspect.Parameter.empty)
        self._stores_nothing = returned is None or returned is type(None)
        self._return_class = runtime_class(hints.get("return"))
        self._returns_optional = type(None) in typing.get_args(hints.get("return"))
        self.dagster_type: DagsterType = dagster_type_of(hints.get("return"))

    @property
    def keys(self) -> set[AssetKey]:
        return {self.key}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<asset '{self.key.to_user_string()}'>"

    def run(self, context: AssetExecutionContext | None, *inputs: Any) -> tuple[bool, Any]:
        """Compute: whether there is a value, and the value. The core calls it."""
        leading = (context,) if self.takes_context else ()
        if self._keyword_only:
            split = len(inputs) - len(self._keyword_only)
            keywords = dict(zip(self._keyword_only, inputs[split:], strict=True))
            value = self.fn(*leading, *inputs[:split], **keywords)
        else:
            value = self.fn(*leading, *inputs)
        if self._stores_nothing:
            if value is not None:
                raise self._wrong_return(value, "None")
            return False, None
        if self._return_class is not None and not self._is_of_return_class(value):
            raise self._wrong_return(value, self._return_class.__qualname__)
        return True, value

    def _is_of_return_class(self, value: Any) -> bool:
        assert self._return_class is not None
        if isinstance(value, self._return_class) or (value is None and self._returns_optional):
            return True
        # An int is fine where a float is expected, as type checkers have it.
        return self._return_class is float and type(value) is int

    def _wrong_return(self, value: Any, expected: str) -> TypeError:
        return TypeError(
            f"asset '{self.key.to_user_string()}' returned a '{type(value).__qualname__}', but "
            f"its function is annotated to return '{expected}'"
        )


def _definition(fn: Callable[..., Any], options: dict[str, Any]) -> AssetsDefinition:
    key: CoercibleToAssetKey | None = options.pop("key")
    name: str | None = options.pop("name")
    key_prefix = options.pop("key_prefix")
    if key is not None and (name is not None or key_prefix is not None):
        raise InvalidError("asset takes key, or name and key_prefix, not both")
    own_name = name if name is not None else getattr(fn, "__name__", "")
    options["key"] = (
        key_of(key) if key is not None else AssetKey([*_prefix_of(key_prefix), own_name])
    )
    options["deps"] = [_dep_key(dep) for dep in options["deps"] or ()]
    return AssetsDefinition(fn, **options)


def _dep_key(dep: CoercibleToAssetKey | AssetsDefinition) -> AssetKey:
    return dep.key if isinstance(dep, AssetsDefinition) else key_of(dep)


@typing.overload
def asset(compute_fn: Callable[..., Any], /) -> AssetsDefinition: ...


@typing.overload
def asset(
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition] | None = None,
    group_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    io_manager_key: str | None = None,
    code_version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
) -> Callable[[Callable[..., Any]], AssetsDefinition]: ...


def asset(
    compute_fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    key_prefix: str | Sequence[str] | None = None,
    key: CoercibleToAssetKey | None = None,
    ins: Mapping[str, AssetIn] | None = None,
    deps: Iterable[CoercibleToAssetKey | AssetsDefinition] | None = None,
    group_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    io_manager_key: str | None = None,
    code_version: str | None = None,
    retry_policy: RetryPolicy | None = None,
    description: str | None = None,
) -> AssetsDefinition | Callable[[Callable[..., Any]], AssetsDefinition]:
    """Declare an asset computed by a function; its parameters name the assets it reads.

    A parameter's annotation chooses the type it gets (`pd.DataFrame`, `pl.DataFrame`,
    `pa.Table`, `pa.RecordBatchReader`, `np.ndarray`…); without one it gets the type that was
    stored. A first parameter named `context`, `_context` or `_` gets the step. A function
    annotated `-> None` stores nothing.

    >>> from entrepot import asset
    >>> @asset
    ... def orders() -> list:
    ...     return [3, 4]
    >>> @asset(group_name="reports")
    ... def total(orders: list) -> int:
    ...     return sum(orders)
    """

    def decorate(fn: Callable[..., Any]) -> AssetsDefinition:
        return _definition(
            fn,
            {
                "name": name,
                "key_prefix": key_prefix,
                "key": key,
                "ins": ins,
                "deps": deps,
                "group_name": group_name or "default",
                "metadata": metadata,
                "io_manager_key": io_manager_key or "io_manager",
                "code_version": code_version,
                "retry_policy": retry_policy,
                "description": description,
            },
        )

    return decorate if compute_fn is None else decorate(compute_fn)
