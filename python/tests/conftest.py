"""What the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import entrepot as ep


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def instance(home: Path) -> ep.Instance:
    return ep.Instance.open(home)
