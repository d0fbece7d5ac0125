#!/usr/bin/env python3
"""Install the build into a folder, build tests/install/consumer against it with
find_package(entrepot), and run it with no Python and no wheel in reach; the same for
tests/install/conformance, which uses component testing. All stay in BUILD/install-check, for
check_wheel.py."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise SystemExit(f"check_install: failed: {' '.join(str(part) for part in command)}")
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--jobs", default="2")
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    folder = arguments.build.resolve() / "install-check"
    shutil.rmtree(folder, ignore_errors=True)
    prefix = folder / "prefix"
    run("cmake", "--install", arguments.build, "--prefix", prefix)
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    for project, build in (("consumer", "build"), ("conformance", "conformance-build")):
        run("cmake", "-S", root / "tests" / "install" / project, "-B", folder / build, "-G",
            "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DENTREPOT_ARROW_PYTHON={sys.executable}", *launcher)
        run("cmake", "--build", folder / build, "-j", arguments.jobs)
    # At run time: the installed libraries only.
    clean = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": str(prefix / "lib"),
             "HOME": str(folder), "LANG": os.environ.get("LANG", "C.UTF-8")}
    consumer, command = folder / "build" / "consumer", prefix / "bin" / "entrepot"
    out = run(consumer, folder / "home", env=clean).stdout
    conformed = run(folder / "conformance-build" / "my_tests", env=clean).stdout
    if not re.search(r"\[  PASSED  \] [1-9]\d tests", conformed):
        raise SystemExit(f"check_install: the installed suites did not run:\n{conformed}")
    listed = run(command, "--instance", folder / "home", "ls", env=clean).stdout
    for program in (consumer, command):
        linked = run("ldd", program, env=clean).stdout
        if "libpython" in linked or "site-packages" in linked:
            raise SystemExit(f"check_install: {program.name} links Python or a wheel:\n{linked}")
    if "reversed" not in listed:
        raise SystemExit(f"check_install: `entrepot ls` does not list the value:\n{listed}")
    print(f"install: the consumer printed {out.strip()!r}; the command runs without Python")
    return 0


if __name__ == "__main__":
    sys.exit(main())
