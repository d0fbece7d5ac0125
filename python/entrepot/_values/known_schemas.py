"""Whether values of a schema come back from their file format as they were."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from typing import Any

_log = logging.getLogger("entrepot.values")

# Beyond it, all answers are forgotten.
_MAX_KNOWN = 4096


class KnownSchemas:
    """Remembers the answer per schema. Safe for concurrent use."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, bool] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def comes_back(self, key: Hashable | None, try_it: Callable[[], bool]) -> bool:
        """Return what `try_it` does, asking it once per key (always where that is None).

        A key must hold all that the answer depends on. An exception means no: the value
        is then pickled, and the reason goes to the log.
        """
        answer = self._answers.get(key) if key is not None else None
        if answer is not None:
            return answer
        try:
            answer = try_it()
        except Exception as error:  # Whatever it is, such a value does not come back.
            log_inexact(error)
            answer = False
        if key is not None:
            with self._lock:
                if len(self._answers) >= _MAX_KNOWN:
                    self._answers.clear()
                self._answers[key] = answer
        return answer


def log_inexact(reason: Exception) -> None:
    """Say why a value is pickled, to those who look for it."""
    _log.debug("not stored as Arrow data: %s", reason)


def round_trip(data: Any) -> Any:
    """Return `data` (with `__arrow_c_stream__`) encoded as it would be, and decoded."""
    from entrepot import _core

    return _core.round_trip_table(data)
