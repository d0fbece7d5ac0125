#!/usr/bin/env python3
"""Check that what the documentation quotes is what is tested: a block behind a comment
"<!-- quoted from PATH -->" must be that file, byte for byte."""

from __future__ import annotations

import re
import sys
from pathlib import Path

QUOTED = re.compile(r"<!-- quoted from (\S+) -->\n```\w*\n(.*?)```", re.DOTALL)


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    quoted = [
        (page, path, block)
        for page in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
        for path, block in QUOTED.findall(page.read_text())
    ]
    faults = [
        f"{page.relative_to(root)} does not quote {path} as it is"
        for page, path, block in quoted
        if not (root / path).is_file() or (root / path).read_text() != block
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"quoted files: {len(quoted)}, {len(faults)} of them different")
    return 1 if faults or not quoted else 0


if __name__ == "__main__":
    sys.exit(main())
