#!/usr/bin/env python3
"""Run the programs of README.md and docs/getting-started.md.

The blocks of one language on a page make one program. Python runs as it is, C++ is compiled
against the installed build tree. A program whose blocks say "prints: TEXT" must print exactly
these lines. "<!-- arguments: … -->" before a block is its program's command line.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PAGES = ["README.md", "docs/getting-started.md"]

BLOCK = re.compile(r"(?:<!-- arguments: (.*?) -->\n)?```(python|cpp)\n(.*?)```", re.DOTALL)
EXPECTED = re.compile(r"(?:#|//) prints: (.*)")
ROOT = Path(__file__).resolve().parent.parent


def run(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def run_python(code: str, arguments: list[str], folder: Path, build: Path) -> str:
    (folder / "snippet.py").write_text(code)
    return run([sys.executable, "snippet.py", *arguments], folder)


def run_cpp(code: str, arguments: list[str], folder: Path, build: Path) -> str:
    (folder / "snippet.cc").write_text(code)
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(snippet CXX)\n"
        f"list(APPEND CMAKE_PREFIX_PATH {build}/install)\n"
        "find_package(entrepot REQUIRED)\nadd_executable(snippet snippet.cc)\n"
        "target_link_libraries(snippet PRIVATE entrepot::entrepot)\n"
    )
    run(["cmake", "--install", build, "--prefix", build / "install"], ROOT)
    run(
        ["cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja",
         f"-DENTREPOT_ARROW_PYTHON={sys.executable}",
         "-DCMAKE_CXX_COMPILER_LAUNCHER=" + ("ccache" if has_ccache() else "")],
        ROOT,
    )
    run(["cmake", "--build", folder / "build"], ROOT)
    return run([folder / "build" / "snippet", *arguments], folder)


RUNNERS = {"python": run_python, "cpp": run_cpp}


def has_ccache() -> bool:
    return any(
        os.access(Path(folder) / "ccache", os.X_OK)
        for folder in os.environ.get("PATH", "").split(os.pathsep)
    )


def fault_of(language: str, blocks: list[tuple[str, str]], build: Path) -> str | None:
    """Run a program, given as (arguments, code) of its blocks; return what is wrong with it."""
    code = "\n".join(code for _, code in blocks)
    arguments = shlex.split(" ".join(arguments for arguments, _ in blocks))
    expected = [line.strip() for line in EXPECTED.findall(code)]
    with tempfile.TemporaryDirectory() as name:
        os.environ["ENTREPOT_HOME"] = str(Path(name) / "home")
        try:
            printed = RUNNERS[language](code, arguments, Path(name), build).splitlines()
        except RuntimeError as error:
            return f"failed:\n{error}"
    if expected and printed != expected:
        return "printed\n  " + "\n  ".join(printed) + "\nbut says\n  " + "\n  ".join(expected)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    failures = programs = 0
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text())
        for language in RUNNERS:
            program = [(arguments, code) for arguments, of, code in blocks if of == language]
            if not program:
                continue
            programs += 1
            if fault := fault_of(language, program, build):
                failures += 1
                print(f"the {language} program of {page} {fault}", file=sys.stderr)
    print(f"programs of {', '.join(PAGES)}: {programs} run, {failures} failed")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
