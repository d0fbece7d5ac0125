"""The `entrepot` command: the core's verbs over the definitions of a Python file or module."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
import traceback
from pathlib import Path
from types import ModuleType

from entrepot import _core, _pickle
from entrepot._assets import AssetsDefinition
from entrepot._definitions import Definitions
from entrepot.errors import InvalidError, NotFoundError

__all__ = ["main"]


def _load_file(path: str) -> ModuleType:
    """Import a script under the name of its file, so that its classes have that module."""
    file = Path(path)
    if not file.is_file():
        raise NotFoundError(f"no such file: '{path}'")
    name = file.stem
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) != str(file):
        name = f"entrepot_script_{name}"
    spec = importlib.util.spec_from_file_location(name, file.resolve())
    if spec is None or spec.loader is None:
        raise InvalidError(f"not a Python file: '{path}'")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.resolve().parent))
    _pickle.register_script(name, str(file))
    spec.loader.exec_module(module)
    return module


def definitions_of(module: ModuleType) -> Definitions:
    """Return the module's only `Definitions`, else those of all its assets."""
    found = {id(value): value for value in vars(module).values() if isinstance(value, Definitions)}
    if len(found) > 1:
        raise InvalidError(f"module '{module.__name__}' has {len(found)} Definitions; keep one")
    if found:
        return next(iter(found.values()))
    assets = {id(v): v for v in vars(module).values() if isinstance(v, AssetsDefinition)}
    if not assets:
        raise InvalidError(f"module '{module.__name__}' defines no assets and no Definitions")
    return Definitions(assets.values())


def load_definitions(file: str, module: str) -> _core.CoreDefinitions:
    """Return the definitions of a file or of an importable module; the core calls it."""
    if file:
        return definitions_of(_load_file(file))._core
    if "" not in sys.path:
        sys.path.insert(0, "")
    return definitions_of(importlib.import_module(module))._core


def preview(obj: object) -> str:
    """Describe an object that only Python understands; the core calls it."""
    import pprint

    return f"{type(obj).__module__}.{type(obj).__qualname__}\n{pprint.pformat(obj, width=100)}"


def describe(error: BaseException) -> str:
    """Return an exception with its traceback; the core calls it."""
    return "".join(traceback.format_exception(error))


def _program() -> str:
    """Return how this command was started, for the commands that it suggests."""
    started = Path(sys.argv[0])
    if started.stem != "entrepot":
        return f"{sys.executable} -m entrepot.cli"
    is_on_path = shutil.which("entrepot") == str(started.absolute())
    return "entrepot" if is_on_path else str(started)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code (docs/cli.md)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return _core.run_cli(_program(), given, load_definitions, preview, describe)


if __name__ == "__main__":
    sys.exit(main())
