"""How often a failed step is tried again, and when."""

from __future__ import annotations

import enum

from entrepot.errors import InvalidError

__all__ = ["Backoff", "Jitter", "RetryPolicy"]


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
        if delay is not None and delay < 0:
            raise InvalidError(f"delay must not be negative: {delay}")
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
