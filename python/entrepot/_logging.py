"""From the lines of steps to Python's own logging."""

from __future__ import annotations

import logging

__all__ = ["forward"]

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_logger = logging.getLogger("entrepot")
# Without a handler of the program's own, nothing is printed: the event log has every line.
_logger.addHandler(logging.NullHandler())


def forward(step_key: str, level: str, message: str) -> None:
    """Pass a line on to the logger "entrepot"; its record has the `step_key`."""
    number = _LEVELS[level]
    if _logger.isEnabledFor(number):
        line = f"{step_key}: {message}" if step_key else message
        _logger.log(number, "%s", line, extra={"step_key": step_key})
