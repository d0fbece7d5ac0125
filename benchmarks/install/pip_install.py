"""Installs one package with pip into fresh virtual environments.

--package entrepot|dagster  --source DIR (of entrepot)  --compile yes|no  --folder DIR
--requirement TEXT (of dagster)

entrepot is built into a wheel first, from the source folder; with --compile yes without
ccache, and that is timed. Everything else comes from pip's cache: each environment is made
twice, and the second one is timed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measurement import check, fresh_folder, options, show

#: Runs with either package.
PROGRAM = """
import sys
package = __import__(sys.argv[1])
print(package.materialize([package.asset(lambda: 7, name="x")]).success)
"""


def run(*words: str, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, capture_output=True, text=True, env=environment | variables)
    check(done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def pip(python: str, *words: str, **variables: str) -> float:
    """Run pip; return the seconds it took."""
    begin = time.perf_counter()
    run(python, "-m", "pip", "--disable-pip-version-check", *words, **variables)
    return time.perf_counter() - begin


def build_wheel(source: str, folder: str, compiles: bool) -> tuple[Path, float]:
    words = ["--quiet", "--no-deps", "--wheel-dir", folder, source]
    settings = ["--config-settings", f"build-dir={folder}/build"]
    variables = {"CCACHE_DISABLE": "1"} if compiles else {}
    seconds = pip(sys.executable, "wheel", *settings, *words, **variables)
    return next(Path(folder).glob("*.whl")), seconds


def make_environment(folder: str, name: str) -> str:
    """Return the interpreter of a new environment with nothing but pip."""
    environment = Path(fresh_folder(folder, name))
    venv.create(environment, with_pip=True)
    return str(environment / "bin" / "python")


def size_of(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def packages_folder(python: str) -> Path:
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(run(python, "-c", program).strip())


def main() -> None:
    given = options()
    package = given["package"]
    folder = given.get("folder", ".")
    result: dict[str, object] = {}
    wanted = given.get("requirement", package)
    if package == "entrepot":
        compiles = given.get("compile") == "yes"
        wheel, seconds = build_wheel(given["source"], fresh_folder(folder, "wheel"), compiles)
        wanted = str(wheel)
        if compiles:
            result["compile_seconds"] = seconds
        result["wheel_bytes"] = wheel.stat().st_size
        alone = make_environment(folder, "alone")
        result["alone_install_seconds"] = pip(alone, "install", "--quiet", "--no-deps", wanted)
        result["alone_bytes"] = size_of(packages_folder(alone) / "entrepot")
    for _ in range(2):
        python = make_environment(folder, package)
        before = size_of(packages_folder(python))
        result["install_seconds"] = pip(python, "install", "--quiet", wanted)
        result["with_dependencies_bytes"] = size_of(packages_folder(python)) - before
    out = run(python, "-c", PROGRAM, package, DAGSTER_DISABLE_TELEMETRY="1")
    check(out.strip().endswith("True"), "the installed package")
    show(result | {"checked": True})


if __name__ == "__main__":
    main()
