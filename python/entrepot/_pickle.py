"""Pickles that find the classes of scripts again.

A class defined in a script (`__main__`, or the file of `entrepot -f`) pickles as a name that
no other process can import. So such a pickle begins with a note that every unpickler skips:
a string, pushed and popped again, saying which file the module was. Reading it elsewhere
imports that file under its module's name.
"""

from __future__ import annotations

import importlib.util
import io
import json
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["dumps", "loads", "register_script"]

_PROTOCOL = 5
_HEADER = b"\x80\x05"  # PROTO 5
_BINUNICODE = b"X"
_POP = b"0"
_NOTE = "entrepot-scripts:"

_scripts: dict[str, str] = {}
_loaded: dict[tuple[str, str], ModuleType] = {}


def register_script(module: str, path: str) -> None:
    """Tell that module `module` is the script at `path`, not importable by its name."""
    _scripts[module] = str(Path(path).resolve())


def _script_modules() -> dict[str, str]:
    scripts = dict(_scripts)
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if main is not None:
        scripts.setdefault("__main__", str(Path(main).resolve()))
    return scripts


def dumps(obj: object) -> bytes:
    """Pickle `obj` with protocol 5, with a note of the scripts whose classes it names."""
    data = pickle.dumps(obj, protocol=_PROTOCOL)
    used = {m: path for m, path in _script_modules().items() if m.encode() in data}
    if not used:
        return data
    note = (_NOTE + json.dumps(used)).encode()
    length = len(note).to_bytes(4, "little")
    return _HEADER + _BINUNICODE + length + note + _POP + data[len(_HEADER) :]


def _noted_scripts(data: memoryview) -> dict[str, str]:
    start = len(_HEADER) + 1 + 4
    if bytes(data[: len(_HEADER) + 1]) != _HEADER + _BINUNICODE:
        return {}
    length = int.from_bytes(data[len(_HEADER) + 1 : start], "little")
    note = bytes(data[start : start + length]).decode(errors="replace")
    return json.loads(note[len(_NOTE) :]) if note.startswith(_NOTE) else {}


def _load_script(module: str, path: str) -> ModuleType:
    """Import the file of a script; its `if __name__ == "__main__"` does not run."""
    if (module, path) not in _loaded:
        if not Path(path).is_file():
            raise ModuleNotFoundError(
                f"the pickle names classes of the script '{path}', which is not there; put it "
                f"back, or make its classes importable as module '{module}'"
            )
        name = module
        if module == "__main__" or module in sys.modules:
            name = f"entrepot_script_{Path(path).stem}_{len(_loaded)}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"the script '{path}' cannot be imported")
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[name] = loaded
        spec.loader.exec_module(loaded)
        _loaded[module, path] = loaded
        register_script(name, path)  # So that what is loaded can be stored again.
    return _loaded[module, path]


class _ScriptUnpickler(pickle.Unpickler):
    """Finds classes of scripts in their files."""

    def __init__(self, data: memoryview, scripts: dict[str, str]) -> None:
        super().__init__(io.BytesIO(data))
        self._scripts = scripts

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        path = self._scripts.get(module_name)
        current = sys.modules.get(module_name)
        is_this = path is not None and _script_modules().get(module_name) == path
        if path is None or is_this or (module_name != "__main__" and current is not None):
            return super().find_class(module_name, global_name)
        found: Any = _load_script(module_name, path)
        for part in global_name.split("."):
            found = getattr(found, part)
        return found


def loads(data: memoryview) -> object:
    """Unpickle; whoever calls vouches for the bytes."""
    scripts = _noted_scripts(data)
    if not scripts:
        return pickle.loads(data)
    return _ScriptUnpickler(data, scripts).load()
