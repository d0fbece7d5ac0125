"""TypedIOManager: the format by the value's type, built in or of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import entrepot as ep
from entrepot import Codec, TypedIOManager


class Mesh:
    def __init__(self, points: list[str]) -> None:
        self.points = points

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.points == self.points  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]


class FineMesh(Mesh):
    pass


class MeshCodec(Codec):
    format = "mesh"
    extension = "mesh"

    def encode(self, obj: Mesh) -> bytes:
        return "\n".join([type(obj).__name__, *obj.points]).encode()

    def decode(self, data: bytes) -> Mesh:
        name, *points = data.decode().split("\n")
        return {"Mesh": Mesh, "FineMesh": FineMesh}[name](points)


def stored(manager: ep.IOManager, value: Any) -> ep.OutputContext:
    context = ep.build_output_context(asset_key="a/b")
    manager.handle_output(context, value)
    return context


def loaded(manager: ep.IOManager, context: ep.OutputContext) -> Any:
    return manager.load_input(ep.build_input_context(upstream_output=context))


def test_built_in_formats_are_chosen_by_type(tmp_path: Path):
    manager = TypedIOManager(tmp_path, {pd.DataFrame: "arrow", np.ndarray: "npy", dict: "pickle"})
    frame = pd.DataFrame({"x": [1, 2]})
    context = stored(manager, frame)
    assert context.receipts[0].format == "arrow"
    pd.testing.assert_frame_equal(loaded(manager, context), frame)
    context = stored(manager, {"a": 1})
    assert context.receipts[0].format == "pickle"
    assert loaded(manager, context) == {"a": 1}
    assert stored(manager, [1]).receipts[0].format == "json"  # As ever.
    # No other manager is touched.
    plain = ep.FilesystemIOManager(tmp_path / "plain")
    assert stored(plain, frame).receipts[0].format == "parquet"


@pytest.mark.parametrize("mesh", [Mesh(["0 0", "0 1"]), FineMesh([])])
def test_a_type_of_ones_own_has_a_codec_of_ones_own(tmp_path: Path, mesh: Mesh):
    manager = TypedIOManager(tmp_path, {Mesh: MeshCodec()})
    context = stored(manager, mesh)
    assert (tmp_path / "a" / "b.mesh").exists()
    assert context.receipts[0].format == "mesh"
    assert loaded(manager, context) == mesh
    assert loaded(TypedIOManager(tmp_path, {Mesh: MeshCodec()}), context) == mesh
    assert stored(manager, {1, 2}).receipts[0].format == "pickle"


def test_values_flow_through_runs_and_loads(tmp_path: Path, instance: ep.Instance):
    @ep.asset
    def mesh() -> Mesh:
        return Mesh(["0 0"])

    @ep.asset
    def size(mesh: Mesh) -> int:
        return len(mesh.points)

    resources = {"io_manager": TypedIOManager(tmp_path / "typed", {Mesh: MeshCodec()})}
    result = ep.materialize([mesh, size], instance=instance, resources=resources)
    assert result.output_for_node("size") == 1
    assert instance.load("mesh") == Mesh(["0 0"])
    # A process without the codec says what it lacks.
    with pytest.raises(ep.UnsupportedError, match="stored as 'mesh', which this program cannot"):
        ep.Instance.open(instance.home).load("mesh")


def test_a_value_that_its_types_format_would_change_is_refused(tmp_path: Path):
    manager = TypedIOManager(tmp_path, {dict: "json"})
    stored(manager, {"a": 1})
    with pytest.raises(ep.UnsupportedError, match="'dict' are to be stored as 'json'"):
        stored(manager, {1: 2})


def test_the_first_type_that_fits_counts(tmp_path: Path):
    manager = TypedIOManager(tmp_path, {FineMesh: "pickle", Mesh: MeshCodec()})
    assert stored(manager, FineMesh([])).receipts[0].format == "pickle"
    assert stored(manager, Mesh([])).receipts[0].format == "mesh"


def test_what_a_codec_raises_names_the_asset_and_the_format(tmp_path: Path):
    class Broken(MeshCodec):
        def encode(self, obj: Mesh) -> Any:
            return "text" if obj.points else 1 / 0

    manager = TypedIOManager(tmp_path, {Mesh: Broken()})
    with pytest.raises(ZeroDivisionError):
        stored(manager, Mesh([]))
    with pytest.raises(ep.InvalidError, match="asset 'a/b'.*must encode to bytes, not to a 'str'"):
        stored(manager, Mesh(["0 0"]))


def test_tables_of_types_that_cannot_be_are_refused(tmp_path: Path):
    with pytest.raises(ep.InvalidError, match="did you mean 'parquet'"):
        TypedIOManager(tmp_path, {pd.DataFrame: "parket"})
    with pytest.raises(TypeError, match="'Mesh' is not a type"):
        TypedIOManager(tmp_path, {"Mesh": "json"})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match=r"codecs\[Mesh\] must be the name of a format"):
        TypedIOManager(tmp_path, {Mesh: 3})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="needs a class attribute 'format'"):
        TypedIOManager(tmp_path, {Mesh: type("NoName", (MeshCodec,), {"format": None})()})
    with pytest.raises(ep.InvalidError, match="allow_pickle is off"):
        TypedIOManager(tmp_path, {Mesh: "pickle"}, allow_pickle=False)
    with pytest.raises(ep.ConflictError, match="already registered: 'json'"):
        TypedIOManager(tmp_path, {Mesh: type("Json", (MeshCodec,), {"format": "json"})()})
