"""What a step or a manager raises to say more of its failure than a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot._metadata import normalize
from entrepot.errors import InvalidError

__all__ = ["Failure", "RetryRequested"]


class Failure(Exception):
    """Raised by a step or a manager: it has failed, and this is known of it.

    The event log keeps the metadata; with `allow_retries=False` no retry policy applies.
    """

    def __init__(
        self,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        allow_retries: bool = True,
    ) -> None:
        super().__init__(description or "")
        self.description = description
        self.metadata = dict(normalize(metadata or {}))
        self.allow_retries = allow_retries


class RetryRequested(Exception):
    """Raised by a step or a manager: try the step again, whatever its retry policy says.

    When `max_retries` are used up, the exception that it was raised `from` is the failure.
    """

    def __init__(self, max_retries: int = 1, seconds_to_wait: float | None = None) -> None:
        if max_retries < 0:
            raise InvalidError(f"max_retries must not be negative: {max_retries}")
        if seconds_to_wait is not None and seconds_to_wait < 0:
            raise InvalidError(f"seconds_to_wait must not be negative: {seconds_to_wait}")
        super().__init__(f"retry requested, {max_retries} times at most")
        self.max_retries = max_retries
        self.seconds_to_wait = float(seconds_to_wait or 0)
