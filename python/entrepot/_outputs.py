"""What functions return, or yield, to say more than a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from entrepot._asset_keys import CoercibleToAssetKey
from entrepot._options import refuses_unknown_options

__all__ = ["NO_VALUE", "MaterializeResult", "Nothing", "Output"]

class Nothing:
    """The type of an output that stores nothing, and of an input that only waits."""


class _NoValue:
    """Stands where a `MaterializeResult` has no value."""

    def __repr__(self) -> str:
        return "<no value>"


NO_VALUE = _NoValue()

_T = TypeVar("_T")


class Output(Generic[_T]):
    """A value for one of a step's outputs, with metadata."""

    @refuses_unknown_options
    def __init__(
        self,
        value: _T,
        output_name: str = "result",
        *,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self.value = value
        self.output_name = output_name
        self.metadata = dict(metadata or {})

    def __repr__(self) -> str:
        return f"Output({self.output_name!r})"


class MaterializeResult(Generic[_T]):
    """What an asset's function says of the asset it made: metadata, and the value if it has one.

    Without a value nothing is stored: the function has put the asset where it belongs itself.
    """

    @refuses_unknown_options
    def __init__(
        self,
        *,
        asset_key: CoercibleToAssetKey | None = None,
        metadata: Mapping[str, Any] | None = None,
        value: _T | _NoValue = NO_VALUE,
    ) -> None:
        self.asset_key = asset_key
        self.metadata = dict(metadata or {})
        self.value = value

    def __repr__(self) -> str:
        return f"MaterializeResult({self.asset_key!r})"
