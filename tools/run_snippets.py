#!/usr/bin/env python3
"""Run the programs of the pages below.

The blocks of one language on a page make one program, and the programs of a page run in one
folder: first C++, compiled against the installed build tree; then shell blocks that follow
"<!-- run -->"; then Python. A program whose blocks say "prints: TEXT" must print exactly
these lines, in which "…" stands for any text. "<!-- arguments: … -->" before a block is its
program's command line. A block of CMake that has a project is how the page's C++ program is
built; where a page has shell blocks to run, they run that program, build/NAME.
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
from typing import NamedTuple

PAGES = [
    "README.md",
    "docs/getting-started.md",
    "docs/first-hour.md",
    "docs/coming-from-dagster.md",
]

BLOCK = re.compile(
    r"(?:<!-- (run|arguments: .*?) -->\n)?```(python|cpp|cmake|sh)\n(.*?)```", re.DOTALL
)
EXPECTED = re.compile(r"(?:#|//) prints: (.*)")
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(snippet CXX)
find_package(entrepot REQUIRED)
add_executable(snippet snippet.cc)
target_link_libraries(snippet PRIVATE entrepot::entrepot)
"""
ROOT = Path(__file__).resolve().parent.parent


class Program(NamedTuple):
    """The blocks of one language on a page."""

    code: str
    arguments: list[str]


Programs = dict[str, Program]  # Of a page, by language.


def programs_of(page: str) -> Programs:
    programs = {}
    for language in ("python", "cpp", "cmake", "sh"):
        blocks = [
            (note, code)
            for note, of, code in BLOCK.findall(page)
            if of == language and is_part_of_program(language, note, code)
        ]
        if blocks:
            code = "\n".join(code for _, code in blocks)
            notes = " ".join(note for note, _ in blocks if note.startswith("arguments:"))
            programs[language] = Program(code, shlex.split(notes.replace("arguments:", "")))
    return programs


def is_part_of_program(language: str, note: str, code: str) -> bool:
    if language == "sh":
        return note == "run"
    return language != "cmake" or "project(" in code


def run(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def run_cpp(page: Programs, folder: Path, build: Path) -> str | None:
    cmake = page["cmake"].code if "cmake" in page else CMAKE
    name, source = re.findall(r"add_executable\((\S+) (\S+)\)", cmake)[0]
    (folder / "CMakeLists.txt").write_text(cmake)
    (folder / source).write_text(page["cpp"].code)
    run(
        ["cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja",
         f"-DCMAKE_PREFIX_PATH={build}/install", f"-DENTREPOT_ARROW_PYTHON={sys.executable}",
         "-DCMAKE_CXX_COMPILER_LAUNCHER=" + ("ccache" if has_ccache() else "")],
        ROOT,
    )
    run(["cmake", "--build", folder / "build"], ROOT)
    if "sh" in page:
        return None
    return run([folder / "build" / name, *page["cpp"].arguments], folder)


def run_sh(page: Programs, folder: Path, build: Path) -> str:
    return run(["sh", "-euc", page["sh"].code], folder)


def run_python(page: Programs, folder: Path, build: Path) -> str:
    (folder / "snippet.py").write_text(page["python"].code)
    return run([sys.executable, "snippet.py", *page["python"].arguments], folder)


RUNNERS = {"cpp": run_cpp, "sh": run_sh, "python": run_python}


def has_ccache() -> bool:
    return any(
        os.access(Path(folder) / "ccache", os.X_OK)
        for folder in os.environ.get("PATH", "").split(os.pathsep)
    )


def is_as_expected(printed: list[str], expected: list[str]) -> bool:
    patterns = [".*".join(map(re.escape, line.split("…"))) for line in expected]
    return len(printed) == len(patterns) and all(map(re.fullmatch, patterns, printed))


def fault_of(language: str, page: Programs, folder: Path, build: Path) -> str | None:
    """Run one program of a page; return what is wrong with it."""
    expected = [line.strip() for line in EXPECTED.findall(page[language].code)]
    try:
        output = RUNNERS[language](page, folder, build)
    except RuntimeError as error:
        return f"failed:\n{error}"
    printed = [line.strip() for line in (output or "").splitlines()]
    if output is not None and expected and not is_as_expected(printed, expected):
        return "printed\n  " + "\n  ".join(printed) + "\nbut says\n  " + "\n  ".join(expected)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--page", choices=PAGES, action="append", help="only this page")
    options = parser.parse_args()
    build = options.build.resolve()
    pages = options.page or PAGES
    run(["cmake", "--install", build, "--prefix", build / "install"], ROOT)
    failures = programs = 0
    for name in pages:
        page = programs_of((ROOT / name).read_text())
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ENTREPOT_HOME"] = str(Path(folder) / "home")
            for language in RUNNERS:
                if language not in page:
                    continue
                programs += 1
                if fault := fault_of(language, page, Path(folder), build):
                    failures += 1
                    print(f"the {language} program of {name} {fault}", file=sys.stderr)
    print(f"programs of {', '.join(pages)}: {programs} run, {failures} failed")
    return 1 if failures or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
