#!/usr/bin/env python3
"""`pip install .` into a fresh virtual environment, and use what was installed: a table that
the installed C++ program computed (check_install.py built it) is loaded as a pandas frame, and
one that Python computed is loaded by that program."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    root = Path(__file__).resolve().parent.parent
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    consumer = build / "install-check" / "build" / "consumer"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            f"{root}[frames]", env=environment)
        package = Path(run(python, "-c", "import entrepot; print(entrepot.__path__[0])",
                           cwd=folder, env=environment).strip())
        for part in ("py.typed", "_core.pyi"):
            if not (package / part).exists():
                raise SystemExit(f"check_wheel: the installed package lacks {part}")
        (folder / "program.py").write_text(PROGRAM)
        home = folder / "home"
        run(consumer, home, env=environment)
        out = run(python, folder / "program.py", home, cwd=folder, env=environment)
        if out.strip() != "[4.5, 80.0] 2.0":
            raise SystemExit(f"check_wheel: the program printed {out!r}")
        loaded = run(consumer, home, "load", "weights", env=environment)
        listed = run(folder / "venv" / "bin" / "entrepot", "--instance", home, "ls", cwd=folder,
                     env=environment)
        if "1.75" not in loaded or "weights" not in listed:
            raise SystemExit(f"check_wheel: unexpected output:\n{loaded}\n{listed}")
    print("wheel: installed into a fresh environment; C++ and Python load each other's tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
