"""What every benchmark program in Python does: takes `--name value` pairs, prints JSON.

Only the standard library: it also runs in environments of other projects.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def options() -> dict[str, str]:
    """Return the command line's `--name value` pairs."""
    words = sys.argv[1:]
    return {words[i].removeprefix("--"): words[i + 1] for i in range(0, len(words) - 1, 2)}


def check(is_right: bool, what: str) -> None:
    """End the program unless `is_right`: a wrong answer has no speed."""
    if not is_right:
        sys.exit(f"wrong output: {what}")


def fresh_folder(parent: str, name: str) -> str:
    """Return an empty folder `name` below `parent`, with a number where it is taken.

    Nothing is deleted: ext4 searches long for a free inode where many were freed in the
    last minutes. run.py removes all at the end.
    """
    number = 0
    while True:
        folder = Path(parent) / f"{name}.{number}"
        try:
            folder.mkdir(parents=True)
            return str(folder)
        except FileExistsError:
            number += 1


class PeakMemory:
    """The most memory this process has had resident since, beyond what it had then."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # Resets VmHWM.
        self._before = self._field("VmRSS:")

    def above_bytes(self) -> int:
        return self.peak_bytes() - self._before

    def peak_bytes(self) -> int:
        """Return the same, with what it had then."""
        return self._field("VmHWM:")

    @staticmethod
    def _field(name: str) -> int:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        return 0


def show(result: dict[str, Any]) -> None:
    """Print the program's result."""
    print(json.dumps(result))
    sys.stdout.flush()

