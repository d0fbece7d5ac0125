#!/usr/bin/env python3
"""Check that each room includes only rooms it may use (ARCHITECTURE.md), and that headers
ending in _internal.h stay in their room."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# A room may include those named here, and itself. The root's files may be included by all,
# but only arrow_result.h of them may include Arrow.
ALLOWED = {
    "": set(),
    "asset": set(),
    "config": set(),
    "value": set(),
    "storage": set(),
    "codec": {"value"},
    "sql": set(),
    "http": set(),
    "events": {"asset", "sql"},
    "io": {"codec", "storage", "sql", "http", "value", "asset", "config"},
    "graph": {"asset"},
    "execution": {"graph", "io", "events", "value", "asset", "config", "codec"},
    "testing": {"asset", "config", "value", "storage", "codec", "sql", "events", "io", "graph",
                "execution"},
}
ALLOWED["cli"] = set(ALLOWED) - {"", "testing"}
INCLUDE = re.compile(r'^\s*#include\s+"entrepot/([^"]+)"', re.MULTILINE)
ARROW = re.compile(r"^\s*#include\s+<arrow/", re.MULTILINE)


def room_of(path: str) -> str:
    return path.rpartition("/")[0].partition("/")[0]


def faults_of(file: Path, relative: str) -> list[str]:
    text = file.read_text()
    room = room_of(relative)
    is_test = "_test." in relative
    faults = []
    if room == "" and not is_test and "arrow_result" not in relative and ARROW.search(text):
        if relative != "entrepot.h":
            faults.append(f"{relative}: of the root, only arrow_result.h may include Arrow")
    for included in INCLUDE.findall(text):
        other = room_of(included)
        if relative == "entrepot.h" or other in ("", room):
            continue
        if other == "testing" and (is_test or room == "testing"):
            continue
        if included.endswith("_internal.h"):
            faults.append(f"{relative}: {included} is internal to {other}/")
        elif other not in ALLOWED.get(room, set()):
            faults.append(f"{relative}: {room or 'the root'} may not use {other}/ ({included})")
    return faults


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    source = root / "src" / "entrepot"
    files = sorted([*source.rglob("*.h"), *source.rglob("*.cc")])
    faults = [f for file in files for f in faults_of(file, str(file.relative_to(source)))]
    for file in sorted((root / "python" / "src").glob("*")):
        if re.search(r'#include\s+"entrepot/[^"]*_internal\.h"', file.read_text()):
            faults.append(f"python/src/{file.name}: includes an internal header")
    for file in files:
        if "Python.h" in file.read_text() or "nanobind" in file.read_text():
            faults.append(f"{file.relative_to(root)}: the core knows nothing of Python's API")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"include directions: {len(files)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
