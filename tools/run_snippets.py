#!/usr/bin/env python3
"""Run the programs of README.md: Python blocks as they are, C++ blocks compiled against the
build tree. A block with "<!-- not run -->" before it is left out."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"(<!-- not run -->\n)?```(python|cpp)\n(.*?)```", re.DOTALL)
EXPECTED = re.compile(r"(?:#|//) prints: (.*)")


def run_python(code: str, folder: Path) -> str:
    script = folder / "snippet.py"
    script.write_text(code)
    result = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    return result.stdout


def run_cpp(code: str, folder: Path, build: Path) -> str:
    root = Path(__file__).resolve().parent.parent
    (folder / "snippet.cc").write_text(code)
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(snippet CXX)\n"
        f"list(APPEND CMAKE_PREFIX_PATH {build}/install)\n"
        "find_package(entrepot REQUIRED)\nadd_executable(snippet snippet.cc)\n"
        "target_link_libraries(snippet PRIVATE entrepot::entrepot)\n"
    )
    prefix = build / "install"
    commands = [
        ["cmake", "--install", build, "--prefix", prefix],
        ["cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja",
         f"-DENTREPOT_ARROW_PYTHON={sys.executable}",
         "-DCMAKE_CXX_COMPILER_LAUNCHER=" + ("ccache" if has_ccache() else "")],
        ["cmake", "--build", folder / "build"],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, cwd=root)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
    done = subprocess.run([folder / "build" / "snippet"], cwd=folder, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def has_ccache() -> bool:
    return any(
        os.access(Path(folder) / "ccache", os.X_OK)
        for folder in os.environ.get("PATH", "").split(os.pathsep)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    build = parser.parse_args().build.resolve()
    readme = Path(__file__).resolve().parent.parent / "README.md"
    failures = ran = 0
    for skip, language, code in BLOCK.findall(readme.read_text()):
        if skip:
            continue
        ran += 1
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            os.environ["ENTREPOT_HOME"] = str(folder / "home")
            try:
                out = (
                    run_python(code, folder)
                    if language == "python"
                    else run_cpp(code, folder, build)
                )
            except RuntimeError as error:
                print(f"README's {language} snippet failed:\n{code}\n{error}", file=sys.stderr)
                failures += 1
                continue
            for expected in EXPECTED.findall(code):
                if expected.strip() not in out:
                    print(
                        f"README's {language} snippet printed {out!r}, not {expected!r}",
                        file=sys.stderr,
                    )
                    failures += 1
    print(f"README's snippets: {ran} run, {failures} failed")
    return 1 if failures or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
