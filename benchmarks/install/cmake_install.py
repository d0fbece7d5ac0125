"""Installs the C++ library from the release build.

--build DIR  --folder DIR
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measurement import check, fresh_folder, options, show


def size_of(folder: Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.rglob(pattern) if not file.is_symlink())


def main() -> None:
    given = options()
    prefix = Path(fresh_folder(given.get("folder", "."), "prefix"))
    begin = time.perf_counter()
    words = ["cmake", "--install", given["build"], "--prefix", str(prefix)]
    done = subprocess.run(words, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    check(done.returncode == 0, done.stderr)

    command = prefix / "bin" / "entrepot"
    done = subprocess.run([str(command), "--help"], capture_output=True, text=True)
    check(done.returncode == 0 and "materializ" in done.stdout, "the installed command")
    program = Path(given["build"]) / "examples" / "quickstart"
    show(
        {
            "install_seconds": seconds,
            "archives_bytes": size_of(prefix, "libentrepot_*.a"),
            "headers_bytes": size_of(prefix, "*.h"),
            "command_bytes": command.stat().st_size,
            "program_bytes": program.stat().st_size,
            "arrow_bytes": size_of(prefix, "*.so*"),
            "checked": True,
        }
    )


if __name__ == "__main__":
    main()
