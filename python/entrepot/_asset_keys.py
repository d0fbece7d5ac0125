"""Keys of assets, as users give them."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot._core import AssetKey

__all__ = ["CoercibleToAssetKey", "key_of"]

CoercibleToAssetKey = AssetKey | str | Sequence[str]


def key_of(key: CoercibleToAssetKey) -> AssetKey:
    """Return the key; text is split at '/'."""
    if isinstance(key, AssetKey):
        return key
    return AssetKey.from_user_string(key) if isinstance(key, str) else AssetKey(key)
