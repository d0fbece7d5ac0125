"""The `entrepot` command: the core's verbs over the definitions of a Python file or module."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import itertools
import os
import shlex
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
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
        what = "it is a folder, not a file" if file.is_dir() else "no such file"
        raise NotFoundError(f"{what}: '{path}'")
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
        raise InvalidError(
            f"no variable of module '{module.__name__}' is an asset or a Definitions"
            f"{_where_jobs_run(module)}"
        )
    return Definitions(assets.values())


def _where_jobs_run(module: ModuleType) -> str:
    """Return what a message adds for a module that has jobs, which no verb runs."""
    from entrepot import JobDefinition

    names = [name for name, value in vars(module).items() if isinstance(value, JobDefinition)]
    return f"; jobs are run in code: {names[0]}.execute_in_process()" if names else ""


def load_definitions(file: str, module: str) -> _core.CoreDefinitions:
    """Return the definitions of a file or of an importable module; the core calls it."""
    if file:
        return definitions_of(_load_file(file))._core
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return definitions_of(importlib.import_module(module))._core
    except ModuleNotFoundError as error:
        # One that the module itself imports in vain is a fault of its code.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise NotFoundError(
            f"no such module: '{module}'; it must be in this folder or installed"
        ) from None


def preview(obj: object) -> str:
    """Describe an object that only Python understands; the core calls it."""
    import pprint

    return f"{type(obj).__module__}.{type(obj).__qualname__}\n{pprint.pformat(obj, width=100)}"


def _is_ours(frame: traceback.FrameSummary) -> bool:
    """Whether a frame belongs to what runs the user's code: this package, or an import."""
    is_import = frame.filename.startswith(("<frozen importlib", importlib.__file__))
    return is_import or Path(__file__).parent in Path(frame.filename).parents


def describe(error: BaseException) -> str:
    """Return an exception with its traceback from the user's code on; the core calls it.

    An error that names what is wrong without having passed any has nothing to add.
    """
    report = traceback.TracebackException.from_exception(error)
    frames = list(itertools.dropwhile(_is_ours, report.stack))
    if not frames and not error.__cause__:
        return "".join(report.format_exception_only()) if isinstance(error, SyntaxError) else ""
    report.stack = traceback.StackSummary.from_list(frames)
    return "".join(report.format())


class _BesideData(io.TextIOWrapper):
    """The standard error for user code: whole lines, where the core may show its progress.

    Each replaces the progress line, which the core then draws below.
    """

    def __init__(self) -> None:
        super().__init__(
            open(2, "wb", closefd=False),
            encoding=sys.stderr.encoding,
            errors=sys.stderr.errors,
        )
        shows_progress = self.isatty() and os.environ.get("TERM") != "dumb"
        blanks = " " * (shutil.get_terminal_size().columns - 1)
        self._clear = f"\r{blanks}\r" if shows_progress else ""
        self._begins_line = True
        self._pending = ""
        self._lock = threading.RLock()

    def write(self, text: str, /) -> int:
        with self._lock:
            self._pending += text
            if "\n" in text:
                self.flush()
        return len(text)

    def flush(self) -> None:
        with self._lock:
            if self._pending:
                super().write((self._clear if self._begins_line else "") + self._pending)
                self._begins_line = self._pending.endswith("\n")
                self._pending = ""
            super().flush()

    def end_line(self) -> None:
        """End what was printed without a newline."""
        self.flush()
        if not self._begins_line:
            self.write("\n")


@contextlib.contextmanager
def _output_beside_data() -> Iterator[None]:
    """Send what user code prints to the standard error: the output is for the core's data."""
    beside = _BesideData()
    with contextlib.redirect_stdout(beside), contextlib.redirect_stderr(beside):
        yield
    beside.end_line()


@contextlib.contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the process, as it ends any command; the core watches it during runs.

    Python would wait until the core comes back to raise a KeyboardInterrupt.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _program() -> str:
    """Return how this command was started, in a shell's words."""
    started = Path(sys.argv[0])
    if started.stem != "entrepot":
        return f"{shlex.quote(sys.executable)} -m entrepot.cli"
    is_on_path = shutil.which("entrepot") == str(started.absolute())
    return "entrepot" if is_on_path else shlex.quote(str(started))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code (docs/cli.md)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    with _ended_by_ctrl_c(), _output_beside_data():
        return _core.run_cli(_program(), given, load_definitions, preview, describe)


if __name__ == "__main__":
    sys.exit(main())
