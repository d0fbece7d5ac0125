#!/usr/bin/env python3
"""`pip install .` into a fresh virtual environment, and use what was installed: a value that
Python stores is loaded by the C++ command, and the other way round."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PROGRAM = """
import sys
import entrepot as ep

@ep.asset
def numbers() -> list:
    return [1, 2, 3]

@ep.asset
def total(numbers: list) -> int:
    return sum(numbers)

ep.materialize([numbers, total], instance=ep.Instance.open(sys.argv[1]))
print(ep.Instance.open(sys.argv[1]).load("total"))
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", root,
            env=environment)
        (folder / "program.py").write_text(PROGRAM)
        home = folder / "home"
        out = run(python, folder / "program.py", home, cwd=folder, env=environment)
        if out.strip() != "6":
            raise SystemExit(f"check_wheel: the program printed {out!r}, not 6")
        command = build / "src" / "entrepot" / "cli" / "entrepot"
        shown = json.loads(run(command, "--instance", home, "show", "total", "--json"))
        listed = run(folder / "venv" / "bin" / "entrepot", "--instance", home, "ls", cwd=folder,
                     env=environment)
        if "6" not in json.dumps(shown) or "numbers" not in listed:
            raise SystemExit(f"check_wheel: unexpected output:\n{shown}\n{listed}")
    print("wheel: installed into a fresh environment; the C++ command shows its value")
    return 0


if __name__ == "__main__":
    sys.exit(main())
