"""What a function's parameters are for: the context, the configuration, resources, or inputs."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot._core import AssetExecutionContext
from entrepot.errors import InvalidError

if TYPE_CHECKING:
    from entrepot._config import DeclaredConfig

__all__ = ["Signature", "resource_keys"]

_CONTEXT_NAMES = ("context", "_context", "_")
_CONTEXT_TYPES = ("AssetExecutionContext", "OpExecutionContext")


class Signature:
    """A function's parameters: whether the first is the context, which get the configuration
    and resources, and the others, which are inputs."""

    def __init__(self, fn: Callable[..., Any], owner: str) -> None:
        self.hints = _annotations(fn)
        parameters = list(inspect.signature(fn).parameters.values())
        self.takes_context = _takes_context(parameters, self.hints)
        #: The class of the parameter `config`, a subclass of `Config`; None without one.
        self.config_class: Any = None
        #: Names of parameters annotated with a class of resources: the resources' keys.
        self.resource_keys: list[str] = []
        self.parameters = [
            parameter
            for parameter in (parameters[1:] if self.takes_context else parameters)
            if not self._is_special(parameter.name, owner)
        ]
        for parameter in self.parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise InvalidError(
                    f"{owner}: parameter '*{parameter.name}' names no input; write each input as "
                    "a parameter"
                )
        self.names = [parameter.name for parameter in self.parameters]
        self.keyword_only = [
            parameter.name
            for parameter in self.parameters
            if parameter.kind is parameter.KEYWORD_ONLY
        ]
        #: Whether the function takes more than the context and inputs.
        self.takes_special = bool(self.resource_keys) or self.config_class is not None
        self.returned = self.hints.get("return", inspect.Parameter.empty)

    def _is_special(self, name: str, owner: str) -> bool:
        """Note a parameter that is no input."""
        annotation = self.hints.get(name)
        if not isinstance(annotation, type):
            return False
        if _is_derived(annotation, "entrepot._resources", "ResourceSource"):
            self.resource_keys.append(name)
            return True
        if not _is_derived(annotation, "entrepot._config_classes", "Config"):
            return False
        if name != "config":
            raise InvalidError(
                f"{owner}: the parameter of a configuration is named 'config', not '{name}'"
            )
        self.config_class = annotation
        return True

    def declared_config(self, config_schema: Any, owner: str) -> DeclaredConfig | None:
        """Return the configuration of a step: of its parameter, or of a schema."""
        if self.config_class is not None:
            if config_schema is not None:
                raise InvalidError(f"{owner} has a parameter 'config' and a config_schema; keep one")
            return sys.modules["entrepot._config_classes"].declared_config_of(self.config_class)
        if config_schema is None and not self.takes_context:
            return None  # Nothing could read it.
        from entrepot._config import DeclaredConfig

        return DeclaredConfig.of(config_schema)

    def check_named(self, given: Iterable[str], owner: str, what: str) -> None:
        """Raise InvalidError where `given` names what is no parameter."""
        unknown = sorted(set(given) - set(self.names))
        if unknown:
            raise InvalidError(
                f"{owner}: {what} names {unknown}, but the function's parameters are {self.names}"
            )


def resource_keys(required: Iterable[str] | None, owner: str) -> Iterable[str]:
    """Return the keys that `required_resource_keys` names."""
    if isinstance(required, str):
        raise InvalidError(f"{owner}: required_resource_keys is a set of keys: {{{required!r}}}")
    return required or ()


def _is_derived(cls: type, module: str, base: str) -> bool:
    # Whoever has a subclass has imported the module.
    return module in sys.modules and issubclass(cls, getattr(sys.modules[module], base))


def _annotations(fn: Callable[..., Any]) -> dict[str, Any]:
    """Resolve the annotations one by one; what cannot be resolved stays text."""
    names = dict(getattr(fn, "__globals__", {}))
    names.update(inspect.getclosurevars(fn).nonlocals if inspect.isfunction(fn) else {})
    hints = {}
    for name, annotation in getattr(fn, "__annotations__", {}).items():
        if isinstance(annotation, str):
            try:
                annotation = _evaluated(annotation, names)
            except Exception:  # noqa: BLE001 - as arbitrary as the code is
                pass
        hints[name] = annotation
    return hints


def _evaluated(annotation: str, names: dict[str, Any]) -> Any:
    try:
        return eval(annotation, names)  # noqa: S307 - the user's own code
    except NameError:
        # A class local to a function is known only where the function decorates.
        frame = sys._getframe()
        while frame.f_back is not None and _is_ours(frame):
            frame = frame.f_back
        return eval(annotation, names, frame.f_locals)  # noqa: S307


def _is_ours(frame: types.FrameType) -> bool:
    return frame.f_globals.get("__name__", "").startswith("entrepot.")


def _takes_context(parameters: Sequence[inspect.Parameter], hints: Mapping[str, Any]) -> bool:
    if not parameters:
        return False
    first = parameters[0]
    annotation = hints.get(first.name)
    if isinstance(annotation, str):  # Its import may be for type checkers only.
        return first.name in _CONTEXT_NAMES or annotation.rpartition(".")[2] in _CONTEXT_TYPES
    return first.name in _CONTEXT_NAMES or annotation is AssetExecutionContext
