"""Which assets a run makes, said in code instead of text."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

from entrepot._asset_keys import CoercibleToAssetKey, key_of
from entrepot._assets import AssetsDefinition, AssetSpec, add_assets
from entrepot._core import AssetKey, CoreDefinitions
from entrepot.errors import InvalidError, UnsupportedError

__all__ = ["AssetSelection"]


class AssetSelection:
    """A selection of assets: terms of the selection language, which the core reads.

    `|` selects what either selects, `&` what both do, `-` what only the first does.

    >>> from entrepot import AssetSelection
    >>> (AssetSelection.assets("daily_totals").upstream() | AssetSelection.groups("reports")).text
    '+daily_totals, group:reports'
    >>> AssetSelection.all() - AssetSelection.groups("reports")
    <AssetSelection (*) - (group:reports)>
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = tuple(terms)
        if not self._terms:
            raise InvalidError("the selection is empty; AssetSelection.all() selects everything")

    @property
    def text(self) -> str:
        """The selection as the command line and `materialize` take it."""
        return ", ".join(self._terms)

    @staticmethod
    def all() -> AssetSelection:
        """Select everything."""
        return AssetSelection(["*"])

    @staticmethod
    def assets(*assets: AssetsDefinition | AssetSpec | CoercibleToAssetKey) -> AssetSelection:
        """Select assets by their keys or definitions."""
        return AssetSelection(term for asset in assets for term in _terms_of(asset))

    keys = assets

    @staticmethod
    def groups(*group_strs: str) -> AssetSelection:
        """Select the assets of groups."""
        return AssetSelection(f"group:{name}" for name in group_strs)

    @staticmethod
    def key_prefixes(*key_prefixes: CoercibleToAssetKey) -> AssetSelection:
        """Select the assets whose keys begin with one of the prefixes."""
        return AssetSelection(f"{key_of(prefix).to_user_string()}/*" for prefix in key_prefixes)

    @staticmethod
    def from_string(string: str) -> AssetSelection:
        """Take a selection as text, such as "+daily_totals, group:reports"."""
        return AssetSelection(string.replace(",", " ").split())

    def upstream(self) -> AssetSelection:
        """Add everything that these need."""
        return AssetSelection(f"+{term.removeprefix('+')}" for term in self._terms)

    def downstream(self) -> AssetSelection:
        """Add everything that needs these."""
        return AssetSelection(f"{term.removesuffix('+')}+" for term in self._terms)

    def __or__(self, other: AssetSelection) -> AssetSelection:
        if type(self) is AssetSelection and type(other) is AssetSelection:
            return AssetSelection(dict.fromkeys((*self._terms, *other._terms)))
        return self._combined("|", other)

    def __and__(self, other: AssetSelection) -> AssetSelection:
        return self._combined("&", other)

    def __sub__(self, other: AssetSelection) -> AssetSelection:
        return self._combined("-", other)

    def _combined(self, symbol: str, other: object) -> AssetSelection:
        if not isinstance(other, AssetSelection):
            return NotImplemented
        return _Combination(self, symbol, other)

    def resolve(self, assets: Iterable[AssetsDefinition | AssetSpec]) -> set[AssetKey]:
        """Return the keys that are selected of `assets`.

        Raises `InvalidError` for a term that selects nothing.
        """
        definitions = CoreDefinitions()
        add_assets(definitions, assets)
        return self.keys_in(definitions)

    def keys_in(self, definitions: CoreDefinitions) -> set[AssetKey]:
        """Return the keys that are selected of the core's definitions."""
        return set(definitions.select(self.text))

    def __eq__(self, other: object) -> bool:
        return type(other) is AssetSelection and other._terms == self._terms

    def __hash__(self) -> int:
        return hash(self._terms)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<AssetSelection {self}>"


class _Combination(AssetSelection):
    """What two selections select together: sets of keys, for which the language has no words."""

    def __init__(self, left: AssetSelection, symbol: str, right: AssetSelection) -> None:
        self._parts = (left, symbol, right)

    @property
    def text(self) -> str:
        raise InvalidError(f"selection '{self}' has no text: the language has no '&' and '-'")

    def keys_in(self, definitions: CoreDefinitions) -> set[AssetKey]:
        left, symbol, right = self._parts
        keys = _COMBINED[symbol](left.keys_in(definitions), right.keys_in(definitions))
        if not keys:
            raise InvalidError(f"selection '{self}' matches no asset")
        return keys

    def upstream(self) -> AssetSelection:
        raise self._unreachable("upstream")

    def downstream(self) -> AssetSelection:
        raise self._unreachable("downstream")

    def _unreachable(self, where: str) -> UnsupportedError:
        return UnsupportedError(f"'{self}' has no {where}(): call it on the parts of & and -")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Combination) and other._parts == self._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __str__(self) -> str:
        left, symbol, right = self._parts
        return f"({left}) {symbol} ({right})"


_COMBINED: dict[str, Callable[[set[AssetKey], set[AssetKey]], set[AssetKey]]] = {
    "|": operator.or_, "&": operator.and_, "-": operator.sub
}


def _terms_of(asset: AssetsDefinition | AssetSpec | CoercibleToAssetKey) -> list[str]:
    if isinstance(asset, AssetsDefinition):
        keys = asset.keys
    else:
        keys = {asset.key if isinstance(asset, AssetSpec) else key_of(asset)}
    terms = sorted(key.to_user_string() for key in keys)
    for term in terms:
        if any(letter in term for letter in " ,*?+:"):
            raise InvalidError(
                f"asset '{term}' cannot be named by a selection; give its key to materialize "
                "instead"
            )
    return terms
