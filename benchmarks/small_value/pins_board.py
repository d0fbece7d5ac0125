"""pins: `pin_write` and `pin_read` of a board in a local folder."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pins
from face import new_folder, run, what

_board = pins.board_folder(new_folder(), allow_pickle_read=True)
_type = "joblib" if what == "array" else "json"


def _store(number: int, value: Any) -> None:
    with contextlib.redirect_stderr(io.StringIO()):  # It tells of each pin.
        _board.pin_write(value, f"value-{number}", type=_type)


run(_store, lambda number: _board.pin_read(f"value-{number}"))
