"""What the tests share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import entrepot as ep
from cli_programs import CPP, SOUND


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def instance(home: Path) -> ep.Instance:
    return ep.Instance.open(home)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance that the tests' C++ program made. Only to be read."""
    home = tmp_path_factory.mktemp("cli") / "made"
    done = CPP.run("materialize", "--select", SOUND, home=home)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def copy(made: Path) -> Iterator[Path]:
    """A copy of it, to be spoilt, in a folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="entrepot-") as folder:
        yield Path(shutil.copytree(made, Path(folder) / "home"))
