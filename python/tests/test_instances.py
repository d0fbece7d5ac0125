"""Instances: where they are, and values without a graph."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import entrepot as ep
from entrepot import IOManager


def test_the_instance_of_the_user_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path / "mine"))
    instance = ep.Instance.get()
    assert instance.home == str(tmp_path / "mine")
    assert not instance.is_ephemeral
    instance.store("x", 1)
    assert ep.Instance.get(durability="fast").load("x") == 1
    monkeypatch.delenv("ENTREPOT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert ep.Instance.get().home == str(tmp_path / "data" / "entrepot")


@pytest.mark.parametrize("key", [3, ["a", 1]])
def test_what_is_no_key_is_refused_by_what_a_key_is(key: Any):
    instance = ep.Instance.ephemeral()
    with pytest.raises(ep.InvalidError, match="an asset key is an AssetKey, text or a list"):
        instance.load(key)
    with pytest.raises(ep.InvalidError, match="an asset key is an AssetKey, text or a list"):
        instance.store(key, 1)


@pytest.mark.parametrize(
    ("value", "as_type"), [([1], dict), (pd.DataFrame({"a": [1]}), int), (None, int), (2, list[int])]
)
def test_a_value_is_never_loaded_as_what_it_is_not(value: Any, as_type: Any):
    instance = ep.Instance.ephemeral()
    instance.store("x", value)
    with pytest.raises(ep.TypeCheckError, match="asset 'x' is a '.*', which cannot be loaded as"):
        instance.load("x", as_type)


def test_a_value_is_loaded_as_any_type_that_it_is():
    instance = ep.Instance.ephemeral()
    instance.store("x", 2)
    assert [instance.load("x", kind) for kind in (int, float, object, Any, int | None, None)] == [2] * 6


def test_an_instance_has_the_name_that_dagsters_users_know(home: Path):
    assert ep.DagsterInstance is ep.Instance
    with_run = ep.DagsterInstance.ephemeral()

    @ep.asset
    def one() -> int:
        return 1

    assert ep.materialize([one], instance=with_run).instance is with_run


def test_a_durability_that_there_is_not_is_refused(home: Path):
    with pytest.raises(ep.InvalidError, match="'full' or 'fast', not 'maybe'"):
        ep.Instance.open(home, durability="maybe")


def test_a_stored_value_carries_metadata(instance: ep.Instance):
    (receipt,) = instance.store("runs/42/mesh", [0.5], metadata={"unit": "m", "n": 1})
    (record,) = instance.fetch_materializations("runs/42/mesh")
    assert {name: entry.value for name, entry in record.metadata.items()} == {
        "unit": "m",
        "n": 1,
        "path": str(Path(instance.storage_directory()) / "runs" / "42" / "mesh.json"),
    }
    assert (receipt.format, receipt.path) == ("json", "runs/42/mesh.json")


def test_a_value_is_stored_by_the_manager_that_is_given(instance: ep.Instance, tmp_path: Path):
    class Pickles(IOManager):
        def _path(self, context: Any) -> Path:
            return tmp_path / context.asset_key.path[-1]

        def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
            self._path(context).write_bytes(pickle.dumps(obj))
            context.add_output_metadata({"where": self._path(context)})

        def load_input(self, context: ep.InputContext) -> Any:
            return pickle.loads(self._path(context).read_bytes())

    assert instance.store("mine", (1, 2), io_manager=Pickles()) == []
    assert pickle.loads((tmp_path / "mine").read_bytes()) == (1, 2)
    assert instance.load("mine") == (1, 2)
    (record,) = instance.fetch_materializations("mine")
    assert record.metadata["where"].value == str(tmp_path / "mine")
    elsewhere = ep.FilesystemIOManager(str(tmp_path / "elsewhere"))
    instance.store("other", {"a": 1}, io_manager=elsewhere)
    assert (tmp_path / "elsewhere" / "other.json").read_text() == '{"a":1}'
    assert ep.Instance.open(instance.home).load("other") == {"a": 1}


def test_a_mapped_file_is_verified_when_that_is_asked_for(instance: ep.Instance):
    instance.store("array", np.arange(10.0))
    path = Path(instance.storage_directory()) / "array.npy"
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    assert instance.load("array").shape == (10,)
    with pytest.raises(ep.CorruptError, match="array.npy"):
        instance.load("array", verify=True)


def test_a_pickle_is_of_protocol_5(instance: ep.Instance):
    (receipt,) = instance.store("thing", {1, 2})
    stored = (Path(instance.storage_directory()) / receipt.path).read_bytes()
    assert (receipt.format, stored[:2]) == ("pickle", b"\x80\x05")


def test_a_load_takes_the_type_that_is_wanted(instance: ep.Instance):
    instance.store("frame", pd.DataFrame({"x": [1, 2]}))
    assert isinstance(instance.load("frame"), pd.DataFrame)
    assert instance.load("frame", pl.DataFrame).equals(pl.DataFrame({"x": [1, 2]}))
    loader = ep.AssetValueLoader(instance)
    loaded = loader.load_asset_value("frame", python_type=pl.DataFrame)
    assert isinstance(loaded, pl.DataFrame)
    with loader as entered:
        assert entered is loader
    instance.store("text", "no array")
    with pytest.raises(TypeError, match="cannot be had as 'numpy.ndarray'"):
        loader.load_asset_value("text", python_type=np.ndarray)
