"""The specification, as the examples show it and as docs/specification.md lists it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests" / "examples" / "run_example.py"
EXAMPLES = sorted((ROOT / "examples" / "specification").glob("*.py"))


def run(example: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUNNER), str(example), sys.executable, str(example)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_it_says(example: Path) -> None:
    done = run(example)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("print(1)  # prints: 2", "-2\n+1"),
        ("print(1)  # prints: 1\nprint(2)", "+2"),
        ("print(1)  # prints: 1\nraise RuntimeError('lost')", "lost"),
        ("print(1)", "says nothing of what it prints"),
    ],
)
def test_an_example_that_does_otherwise_fails(
    tmp_path: Path, source: str, shown: str
) -> None:
    example = tmp_path / "example.py"
    example.write_text(source)
    done = run(example)
    assert done.returncode == 1
    assert shown in done.stdout + done.stderr


def test_every_block_of_the_specification_has_a_pair_of_examples() -> None:
    numbers = [example.stem[:2] for example in EXAMPLES]
    assert numbers == [f"{number:02}" for number in range(1, 14)]
    assert all(example.with_suffix(".cc").is_file() for example in EXAMPLES)


def test_the_readme_lists_every_example() -> None:
    readme = (ROOT / "examples" / "README.md").read_text()
    for example in (ROOT / "examples" / "specification").glob("*.[cp][cy]"):
        assert f"(specification/{example.name})" in readme
