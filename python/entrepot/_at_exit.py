"""What has to be cleaned up before the process ends."""

from __future__ import annotations

import atexit
import weakref
from typing import Any

__all__ = ["remove_with_process"]

_ephemeral: weakref.WeakSet[Any] = weakref.WeakSet()


def remove_with_process(instance: Any) -> None:
    """Remove an ephemeral instance's folder when the process ends, if it lives that long."""
    if not _ephemeral:
        atexit.unregister(_remove_all)
        atexit.register(_remove_all)
    _ephemeral.add(instance)


def _remove_all() -> None:
    for instance in list(_ephemeral):
        instance._remove_if_ephemeral()
