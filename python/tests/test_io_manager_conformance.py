"""The built-in managers pass the suite of `entrepot.testing`, and faulty ones do not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import entrepot as ep
from entrepot.testing import IOManagerConformance


class TestMemory(IOManagerConformance):
    @pytest.fixture
    def io_manager(self) -> ep.InMemoryIOManager:
        return ep.InMemoryIOManager()


class TestFilesystem(IOManagerConformance):
    options: dict[str, Any] = {}

    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> ep.FilesystemIOManager:
        self.base = tmp_path / "base"
        return ep.FilesystemIOManager(str(self.base), **self.options)

    def reopen(self, io_manager: ep.FilesystemIOManager) -> ep.FilesystemIOManager:
        return ep.FilesystemIOManager(str(self.base), **self.options)


class TestFilesystemFast(TestFilesystem):
    options = {"durability": "fast"}


class TestFilesystemPlainLayout(TestFilesystem):
    options = {"durability": "fast", "layout": "plain"}
    keeps_partitions_apart_from_assets = False


class TestFilesystemWithoutPickle(TestFilesystem):
    options = {"durability": "fast", "allow_pickle": False}
    values = ("text", b"bytes", [1, {"a": None}], True)


class TestFramesAndArrays(TestFilesystem):
    options = {"durability": "fast"}
    values = (
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.array(["a", "\u00e9"]),
        pd.DataFrame({"n": [1, 2], "s": ["a", None]}, index=pd.Index([3, 4], name="i")),
        pd.Series([1.5, None], name="x"),
    )

    def equal(self, stored: Any, loaded: Any) -> bool:
        if isinstance(stored, np.ndarray) and isinstance(loaded, np.ndarray):
            return stored.dtype == loaded.dtype and np.array_equal(stored, loaded)
        return super().equal(stored, loaded)


class TestUPath(IOManagerConformance):
    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> ep.UPathIOManager:
        return ep.UPathIOManager(tmp_path, durability="fast")

    def reopen(self, io_manager: ep.UPathIOManager) -> ep.UPathIOManager:
        return ep.UPathIOManager(io_manager.base_path, durability="fast")


class Pickles(ep.UPathIOManager):
    extension = ".pickle"

    def dump_to_path(self, context: ep.OutputContext, obj: Any, path: Path) -> None:
        path.write_bytes(pickle.dumps(obj))

    def load_from_path(self, context: ep.InputContext, path: Path) -> Any:
        return pickle.loads(path.read_bytes())


class TestUPathSubclass(IOManagerConformance):
    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> Pickles:
        return Pickles(tmp_path, durability="fast")

    def reopen(self, io_manager: Pickles) -> Pickles:
        return Pickles(io_manager.base_path, durability="fast")


class TestTyped(IOManagerConformance):
    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> ep.TypedIOManager:
        self.base = tmp_path / "base"
        return self._make()

    def _make(self) -> ep.TypedIOManager:
        return ep.TypedIOManager(
            self.base, {str: "pickle", pa.Table: "arrow", int: "pickle"}, durability="fast"
        )

    def reopen(self, io_manager: ep.TypedIOManager) -> ep.TypedIOManager:
        return self._make()


class TestMultiBackend(IOManagerConformance):
    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> ep.MultiBackendIOManager:
        return ep.MultiBackendIOManager(
            {
                "near": {"base_dir": tmp_path / "near", "durability": "fast"},
                "far": Pickles(tmp_path / "far", durability="fast"),
                "memory": ep.InMemoryIOManager(),
            },
            default_backend="near",
            routes={"key:a/*": "far", "key:A*": "memory"},
        )


class Delegating(ep.IOManager):
    """A user's manager that leaves the work to a built-in one."""

    def __init__(self, inner: ep.IOManager) -> None:
        self.inner = inner

    def handle_output(self, context: ep.OutputContext, obj: Any) -> dict[str, Any]:
        self.inner.handle_output(context, obj)
        return {"stored by": "a delegate"}

    def load_input(self, context: ep.InputContext) -> Any:
        return self.inner.load_input(context)


class TestDelegating(TestFilesystem):
    @pytest.fixture
    def io_manager(self, tmp_path: Path) -> Delegating:
        self.base = tmp_path / "base"
        return Delegating(ep.FilesystemIOManager(str(self.base), durability="fast"))


class InDict(ep.IOManager):
    """A manager without a fault but those that a test gives it."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}

    def name(self, context: ep.OutputContext) -> Any:
        key = context.asset_key.path if context.asset_key else context.get_identifier()
        return context.has_asset_key, tuple(key), getattr(context, "partition_key", None)

    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values[self.name(context)] = pickle.dumps(obj)

    def load_input(self, context: ep.InputContext) -> Any:
        try:
            return pickle.loads(self.values[self.name(context.upstream_output)])
        except KeyError:
            raise ep.NotFoundError(repr(context.upstream_output)) from None


class TestInDict(IOManagerConformance):
    @pytest.fixture
    def io_manager(self) -> InDict:
        return InDict()


class JoinsNames(InDict):
    def name(self, context: ep.OutputContext) -> Any:
        return "/".join(super().name(context)[1])


class KeepsTheFirst(InDict):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values.setdefault(self.name(context), pickle.dumps(obj))


class ChangesTypes(InDict):
    def load_input(self, context: ep.InputContext) -> Any:
        value = super().load_input(context)
        return list(value) if isinstance(value, tuple) else value


class LetsKeyErrorsOut(InDict):
    def load_input(self, context: ep.InputContext) -> Any:
        return pickle.loads(self.values[self.name(context.upstream_output)])


class DropsTheOldValueFirst(InDict):
    def handle_output(self, context: ep.OutputContext, obj: Any) -> None:
        self.values.pop(self.name(context), None)
        super().handle_output(context, obj)


class LoadsOnce(InDict):
    def load_input(self, context: ep.InputContext) -> Any:
        value = super().load_input(context)
        del self.values[self.name(context.upstream_output)]
        return value


Behaviour = Callable[[IOManagerConformance, ep.IOManager], None]


@pytest.mark.parametrize(
    ("faulty", "behaviour"),
    [
        (JoinsNames, IOManagerConformance.test_every_output_has_a_place_of_its_own),
        (KeepsTheFirst, IOManagerConformance.test_an_overwrite_replaces_the_value),
        (ChangesTypes, IOManagerConformance.test_every_value_comes_back),
        (
            LetsKeyErrorsOut,
            IOManagerConformance.test_a_value_that_was_never_stored_is_not_found_and_named,
        ),
        (
            DropsTheOldValueFirst,
            IOManagerConformance.test_a_value_that_cannot_be_stored_leaves_the_old_one,
        ),
        (LoadsOnce, IOManagerConformance.test_loading_leaves_the_value_where_it_is),
    ],
)
def test_the_suite_finds_a_fault(faulty: type[ep.IOManager], behaviour: Behaviour):
    with pytest.raises((AssertionError, KeyError, ep.NotFoundError)):
        behaviour(IOManagerConformance(), faulty())


def test_built_contexts_name_what_they_are_of():
    context = ep.build_output_context(
        asset_key="raw/orders", partition_key="2024", output_metadata={"rows": 3}
    )
    assert context.asset_key == ep.AssetKey(["raw", "orders"])
    assert context.partition_key == "2024"
    assert context.output_metadata["rows"].value == 3
    loaded = ep.build_input_context(upstream_output=context, name="orders")
    assert loaded.name == "orders" and loaded.asset_key == context.asset_key
    assert ep.build_input_context(asset_key="a/b").get_asset_identifier() == ["a", "b"]
    with pytest.raises(ep.InvalidError, match="upstream_output is of .*, not of asset 'a'"):
        ep.build_input_context(upstream_output=context, asset_key="a")
    with pytest.raises(TypeError):
        ep.build_output_context("a")  # type: ignore[misc]
