#!/usr/bin/env python3
"""Check that every C++ test file is named in a CMakeLists.txt: a test that nobody builds
proves nothing."""

from __future__ import annotations

import sys
from pathlib import Path


def listed_in(folder: Path, root: Path, name: str) -> bool:
    while True:
        lists = folder / "CMakeLists.txt"
        if lists.exists() and name in lists.read_text():
            return True
        if folder == root:
            return False
        folder = folder.parent


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    tests = [
        file
        for folder in ("src", "tests", "examples")
        for file in sorted((root / folder).rglob("*_test.cc"))
    ]
    missing = [
        str(file.relative_to(root))
        for file in tests
        if not listed_in(file.parent, root, file.name)
    ]
    for file in missing:
        print(f"{file} is in no CMakeLists.txt", file=sys.stderr)
    print(f"listed tests: {len(tests)} files, {len(missing)} missing")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
