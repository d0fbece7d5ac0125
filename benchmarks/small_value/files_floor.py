"""The floor: one file per value, written under another name and renamed. Nothing else: no
receipt, no history, no digest, no type.
"""

from __future__ import annotations

import io
import json
import os
from typing import Any

import numpy as np
from face import new_folder, run, what

_folder = new_folder()


def _encode(value: Any) -> bytes:
    if what == "record":
        return json.dumps(value).encode()
    buffer = io.BytesIO()
    np.save(buffer, value)
    return buffer.getvalue()


def _store(number: int, value: Any) -> None:
    path = f"{_folder}/{number}"
    with open(path + ".tmp", "wb") as file:
        file.write(_encode(value))
    os.replace(path + ".tmp", path)


def _load(number: int) -> Any:
    with open(f"{_folder}/{number}", "rb") as file:
        return json.load(file) if what == "record" else np.load(file)


run(_store, _load)
