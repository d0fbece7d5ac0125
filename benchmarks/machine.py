"""What the numbers depend on, and where what stays between runs is kept."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DAGSTER = "dagster==1.13.*"


def cache_folder() -> Path:
    """Return where the table and Dagster's environment stay between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("ENTREPOT_CACHE") or Path(base) / "entrepot")


def dagster_python() -> str | None:
    """Return the interpreter of an environment with Dagster, made on first use."""
    folder = cache_folder() / "dagster-1.13"
    python = folder / "bin" / "python"
    installed = folder / "installed"
    if not installed.exists():
        print(f"making an environment for {DAGSTER} in {folder}", file=sys.stderr)
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)])
        if made.returncode == 0:
            made = subprocess.run([str(python), "-m", "pip", "install", "--quiet", DAGSTER])
        if made.returncode != 0:
            return None
        installed.write_text(DAGSTER)
    return str(python)


def make_scratch(parent: str | None) -> Path:
    """Return a new folder that has inodes of its own, where the filesystem lets us.

    ext4 keeps the inodes of a folder's files together, and does not reuse those freed in
    the last minutes but walks over them: after many deletions nearby, each new file costs a
    millisecond. A folder below one with the flag T gets another part of the disk.
    """
    top = Path(tempfile.mkdtemp(prefix="entrepot-bench-", dir=parent))
    if shutil.which("chattr"):
        subprocess.run(["chattr", "+T", str(top)], capture_output=True)
    return top


def _cpu() -> str:
    """Return the processor's name, with "virtual" before it in a virtual machine."""
    facts = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    name = facts.get("model name", platform.machine())
    return f"virtual {name}" if "hypervisor" in facts.get("flags", "").split() else name


def _filesystem(folder: Path) -> str:
    done = subprocess.run(["df", "--output=fstype", str(folder)], capture_output=True, text=True)
    return done.stdout.split()[-1] if done.stdout else "unknown filesystem"


def _versions(python: str | None) -> dict[str, str]:
    """Return the versions of what is compared with."""
    names = ("pyarrow", "numpy", "pandas", "polars", "duckdb", "joblib", "pins")
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    if python:
        program = "import importlib.metadata as m; print(m.version('dagster'))"
        done = subprocess.run([python, "-c", program], capture_output=True, text=True)
        versions["dagster"] = done.stdout.strip()
    return versions


def describe(scratch: Path, dagster: str | None) -> dict[str, Any]:
    """Return what the numbers depend on; no names of people, hosts or folders."""
    memory = Path("/proc/meminfo").read_text().split("\n", 1)[0]
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory.split()[1]) / 2**20),
        "kernel": platform.release(),
        "filesystem": _filesystem(scratch),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": _versions(dagster),
    }
