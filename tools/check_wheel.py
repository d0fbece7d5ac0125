#!/usr/bin/env python3
"""Build the wheel with what pyproject.toml requires and nothing else, install it into a fresh
virtual environment, and use it: a table that the installed C++ program computed (check_install.py
built it) is loaded as a pandas frame, and one that Python computed is loaded by that program.

The wheel is built as pip builds it, but in an environment of a fixed name: pip's own has another
one each time, so that no compiler cache knows its headers again."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

PROGRAM = """
import sys
import pandas as pd
import entrepot as ep

@ep.asset
def weights() -> pd.DataFrame:
    return pd.DataFrame({"weight": [0.25, 1.75]})

@ep.asset
def total(weights: pd.DataFrame) -> float:
    return float(weights["weight"].sum())

home = sys.argv[1]
ep.materialize([weights, total], instance=ep.Instance.open(home))
prices = ep.Instance.open(home).load("cpp/prices", pd.DataFrame)
assert isinstance(prices, pd.DataFrame)
print(prices["price"].tolist(), ep.Instance.open(home).load("total"))
"""


def run(*command: object, **options: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise SystemExit(f"check_wheel: failed: {' '.join(str(part) for part in command)}")
    return done.stdout


def environment_with(folder: Path, *packages: object) -> Path:
    """Make a fresh virtual environment, and return its Python."""
    venv.create(folder, with_pip=True, clear=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages,
        env=ENVIRONMENT)
    return python


def build_wheel(root: Path, build: Path) -> Path:
    """Build the wheel into a folder of its own, and return its path."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    python = environment_with(build / "wheel-environment", *project["build-system"]["requires"])
    folder = build / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    run(python, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--no-build-isolation", "--wheel-dir", folder, root, env=ENVIRONMENT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    root = Path(__file__).resolve().parent.parent
    consumer = build / "install-check" / "build" / "consumer"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = environment_with(folder / "venv", f"{build_wheel(root, build)}[frames]")
        package = Path(run(python, "-c", "import entrepot; print(entrepot.__path__[0])",
                           cwd=folder, env=ENVIRONMENT).strip())
        for part in ("py.typed", "_core.pyi"):
            if not (package / part).exists():
                raise SystemExit(f"check_wheel: the installed package lacks {part}")
        (folder / "program.py").write_text(PROGRAM)
        home = folder / "home"
        run(consumer, home, env=ENVIRONMENT)
        out = run(python, folder / "program.py", home, cwd=folder, env=ENVIRONMENT)
        if out.strip() != "[4.5, 80.0] 2.0":
            raise SystemExit(f"check_wheel: the program printed {out!r}")
        loaded = run(consumer, home, "load", "weights", env=ENVIRONMENT)
        listed = run(folder / "venv" / "bin" / "entrepot", "--instance", home, "ls", cwd=folder,
                     env=ENVIRONMENT)
        if "1.75" not in loaded or "weights" not in listed:
            raise SystemExit(f"check_wheel: unexpected output:\n{loaded}\n{listed}")
    print("wheel: installed into a fresh environment; C++ and Python load each other's tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
