"""Options that are not taken: what to write instead of Dagster's, and the nearest name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from entrepot._core import did_you_mean

__all__ = ["refuses_unknown_options"]

_Parameters = ParamSpec("_Parameters")
_Made = TypeVar("_Made")

_CHECK = "raise Failure where a check fails, with what was found as metadata"
_START = "runs are started by you: entrepot materialize, in cron or a workflow engine"
_THREADS = "steps are threads of one process; max_workers of a run limits them"

#: Options of Dagster's, and what to do without them.
_INSTEAD = {
    "asset_checks": _CHECK,
    "auto_materialize_policy": _START,
    "automation_condition": _START,
    "backfill_policy": "a run is for one partition",
    "can_subset": "a step makes all that it declares; make what is wanted alone an asset of its own",
    "check_results": _CHECK,
    "check_specs": _CHECK,
    "compute_kind": "give kinds, a set",
    "data_version": "say it in metadata",
    "executor": _THREADS,
    "executor_def": _THREADS,
    "hooks": "do it in the function, or in its I/O manager",
    "input_config_schema": "say it in metadata of the input",
    "internal_asset_deps": "give specs, each with its deps",
    "loggers": "lines go to the logger 'entrepot' of Python's logging",
    "non_argument_deps": "give deps",
    "op_tags": _THREADS,
    "output_config_schema": "say it in metadata of the output",
    "owners": "say it in metadata or tags",
    "pool": _THREADS,
    "schedules": _START,
    "sensors": _START,
    "tags": "only assets have them",
}


def refuses_unknown_options(
    fn: Callable[_Parameters, _Made],
) -> Callable[_Parameters, _Made]:
    """Let a function or constructor say of an option that it does not take what to do."""

    @functools.wraps(fn)
    def checked(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Made:
        try:
            return fn(*args, **kwargs)
        except TypeError:
            parameters = list(inspect.signature(fn).parameters)
            for name in kwargs:
                if name not in parameters:
                    raise TypeError(_refusal(fn, name, parameters)) from None
            raise

    return checked


def _refusal(fn: Callable[..., object], name: str, parameters: list[str]) -> str:
    owner = fn.__qualname__.removesuffix(".__init__")
    if name in _INSTEAD:
        return f"{owner}() takes no '{name}' here: {_INSTEAD[name]}"
    options = [parameter for parameter in parameters if parameter != "self"]
    return f"{owner}() has no option '{name}'{did_you_mean(name, options)}"
