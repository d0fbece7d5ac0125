"""The configuration of a run, as Python code writes it."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot import _core
from entrepot._steps import Step, node_name
from entrepot.errors import InvalidError

__all__ = ["RunConfig", "config_of_ops", "flat_config", "plain_config"]


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What steps and resources are configured by, by their names: `Config`s, or dicts.

    >>> RunConfig(ops={"report": {"top": 20}}).to_config_dict()
    {'ops': {'report': {'config': {'top': 20}}}, 'resources': {}}
    """

    ops: Mapping[str, Any] = field(default_factory=dict, repr=False)
    resources: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def to_config_dict(self) -> dict[str, Any]:
        """Return it as a dict, as `run_config` takes it, too."""
        return {
            section: {name: {"config": plain_config(config)} for name, config in given.items()}
            for section, given in (("ops", self.ops), ("resources", self.resources))
        }


def flat_config(
    run_config: RunConfig | Mapping[str, Any] | None, steps: Iterable[Step]
) -> dict[str, Any] | None:
    """Return a run's configuration as the core takes it: by the names of steps and resources."""
    if run_config is None:
        return None
    given = run_config.to_config_dict() if isinstance(run_config, RunConfig) else run_config
    _check_names(given, {"ops", "resources"}, "run_config")
    by_node = {node_name(step.key): step.key for step in steps}
    flat = {
        by_node.get(name, name): config
        for name, config in config_of_ops(given.get("ops") or {}, "run_config: ops").items()
    }
    for key, entry in (given.get("resources") or {}).items():
        if key in flat:
            raise InvalidError(
                f"run_config: '{key}' is a step and a resource, and both are configured; rename one"
            )
        _check_names(entry, {"config"}, f"run_config: resources: {key}")
        if "config" in entry:
            flat[key] = plain_config(entry["config"])
    return flat


def config_of_ops(given: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the configurations of ops by their steps' keys; a graph's name comes first."""
    flat: dict[str, Any] = {}
    for name, entry in given.items():
        _check_names(entry, {"config", "ops"}, f"{place}: {name}")
        if "config" in entry:
            flat[name] = plain_config(entry["config"])
        for op, config in config_of_ops(entry.get("ops") or {}, f"{place}: {name}: ops").items():
            flat[f"{name}.{op}"] = config
    return flat


def _check_names(entry: Any, known: set[str], place: str) -> None:
    if not isinstance(entry, Mapping):
        raise InvalidError(f"{place} must be a dict of {sorted(known)}, not a {type(entry).__name__}")
    for name in entry:
        if name not in known:
            raise InvalidError(
                f"{place}: '{name}' is not taken{_core.did_you_mean(str(name), sorted(known))}"
            )


def plain_config(config: Any) -> Any:
    """Return a configuration with what its `Config`s were given in their place."""
    module = sys.modules.get("entrepot._config_classes")
    if module is not None and isinstance(config, module.Config):
        return {name: plain_config(value) for name, value in config._given.items()}
    if module is not None and isinstance(config, module.pydantic.SecretStr):
        return config.get_secret_value()
    if isinstance(config, os.PathLike):
        return os.fspath(config)
    if isinstance(config, enum.Enum):
        return config.name
    if isinstance(config, Mapping):
        return {name: plain_config(value) for name, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [plain_config(value) for value in config]
    return config
