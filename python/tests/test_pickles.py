"""Pickles run code when they are loaded: only those that were stored here are."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import entrepot as ep

ATTRIBUTE = "user.entrepot"


class Touch:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """What exists once the foreign pickle has run."""
    return tmp_path / "ran"


@pytest.fixture
def stored(instance: ep.Instance) -> Path:
    instance.store("thing", {"a set": {1, 2}, "long enough": "x" * 200})
    return Path(instance.storage_directory()) / "thing.pkl"


def foreign_pickle(ran: Path, size_bytes: int = 0) -> bytes:
    """Return a pickle of somebody else's, padded behind its end."""
    data = pickle.dumps(Touch(ran))
    assert size_bytes == 0 or len(data) <= size_bytes
    return data.ljust(size_bytes, b"\0")


def replace(path: Path, data: bytes) -> None:
    """Put another file in the place of one, as a tool that knows nothing of ours does."""
    other = path.with_name("other")
    other.write_bytes(data)
    os.replace(other, path)


def test_a_pickle_written_over_ours_is_corrupt(
    instance: ep.Instance, stored: Path, ran: Path
):
    data = foreign_pickle(ran, stored.stat().st_size)
    with stored.open("r+b") as file:
        file.write(data)
    assert os.getxattr(stored, ATTRIBUTE)
    for trust in (False, True):
        with pytest.raises(ep.CorruptError, match="thing.pkl.*was altered"):
            instance.load("thing", trust=trust)
    assert not ran.exists()


def test_a_pickle_that_keeps_our_trailing_receipt_is_corrupt(
    instance: ep.Instance, stored: Path, ran: Path
):
    ours = stored.read_bytes()
    size = len(pickle.dumps({"a set": {1, 2}, "long enough": "x" * 200}, protocol=5))
    replace(stored, foreign_pickle(ran, size) + ours[size:])
    with pytest.raises(OSError):
        os.getxattr(stored, ATTRIBUTE)
    with pytest.raises(ep.CorruptError, match="was altered"):
        instance.load("thing")
    assert not ran.exists()


def test_a_pickle_of_equal_size_in_the_place_of_ours_is_refused(
    instance: ep.Instance, stored: Path, ran: Path
):
    replace(stored, foreign_pickle(ran, stored.stat().st_size))
    with pytest.raises(ep.UnsupportedError, match="SHA-256.*trust=True"):
        instance.load("thing")
    assert not ran.exists()


def test_a_pickle_where_nothing_was_stored_is_refused_in_a_run_too(
    tmp_path: Path, ran: Path
):
    base = tmp_path / "base"
    base.mkdir()
    (base / "found.pkl").write_bytes(foreign_pickle(ran))

    @ep.asset
    def reader(found: Any) -> str:
        return "read"

    with pytest.raises(ep.UnsupportedError, match="found.pkl.*SHA-256"):
        ep.materialize(
            [reader], resources={"io_manager": ep.FilesystemIOManager(str(base))}
        )
    assert not ran.exists()


def test_trust_loads_what_nobody_vouches_for(
    instance: ep.Instance, stored: Path, ran: Path
):
    replace(stored, foreign_pickle(ran))
    with pytest.warns(UserWarning, match="loaded unverified"):
        instance.load("thing", trust=True)
    assert ran.is_dir()


def test_without_pickle_none_is_written_or_read(tmp_path: Path, ran: Path):
    base = tmp_path / "base"
    careful = ep.FilesystemIOManager(str(base), allow_pickle=False)
    output = ep.build_output_context(asset_key="thing")
    with pytest.raises(ep.UnsupportedError, match="asset 'thing': no codec"):
        careful.handle_output(output, {1, 2})
    assert not list(base.rglob("*.pkl"))

    # Neither one of ours nor one of somebody else.
    ep.FilesystemIOManager(str(base)).handle_output(output, {1, 2})
    assert (base / "thing.pkl").exists()
    (base / "found.pkl").write_bytes(foreign_pickle(ran))
    for context in (output, ep.build_output_context(asset_key="found")):
        with pytest.raises((ep.UnsupportedError, ep.NotFoundError)):
            careful.load_input(ep.build_input_context(upstream_output=context))
    assert not ran.exists()
