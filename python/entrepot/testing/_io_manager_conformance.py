"""What every I/O manager has to do, as tests for any of them.

The same behaviours as `entrepot/testing/io_manager_conformance.h` tests in C++.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

import entrepot as ep

__all__ = ["IOManagerConformance"]


class _Place(NamedTuple):
    """An output: an asset, a partition of one, or what a step of a run put out."""

    key: tuple[str, ...] | None
    partition: str | None = None
    run_id: str = "0190163d-8694-739b-aea5-966c26f8ad91"
    step_key: str = "step"
    name: str = "result"

    def context(self) -> ep.OutputContext:
        return ep.build_output_context(
            name=self.name,
            step_key=self.step_key,
            run_id=self.run_id,
            asset_key=self.key,
            partition_key=self.partition,
        )


_ODD_ASSETS = [
    _Place(key)
    for key in [
        ("a",), ("A",), ("a", "b"), ("a/b",), ("a\\b",), ("a", "b", "c"), ("a", "b/c"),
        ("a.json",), ("a.json", "b"), (".",), ("..",), ("..", "a"), ("~",), (" a ",),
        ("a\nb",), ("a\n",), ("a\0b",), ("a%2Fb",), ("\u00e9",), ("e\u0301",),
        ("a", "2024-05-01"), ("a", "partition=b", "value"),
    ]
]  # fmt: skip

_ODD_OP_OUTPUTS = [
    _Place(None, name="out"),
    _Place(None, step_key="a/b", name="out"),
    _Place(None, step_key="a", name="b/out"),
    _Place(None, run_id="0190163d-8694-739b-aea5-966c26f8ad99", name="out"),
]


def _odd_partitions(asset: str) -> list[_Place]:
    return [
        _Place((asset,), "b"),
        _Place((asset,), "b/c"),
        _Place((asset,), ".."),
        _Place((asset,), "2024-05-01"),
        _Place((asset, "b"), "b"),
        _Place(("output",), "x"),
    ]


class _Unstorable:
    """Only memory can keep one: it refuses to be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("an _Unstorable cannot be pickled")


def _store(manager: Any, place: _Place | str, value: object) -> ep.OutputContext:
    """Store a value as an executor does; return the context, with what was said of it."""
    if isinstance(place, str):
        place = _Place(tuple(place.split("/")))
    context = place.context()
    metadata = manager.handle_output(context, value)
    if metadata:
        context.add_output_metadata(metadata)
    return context


def _load(manager: Any, stored: ep.OutputContext) -> Any:
    return manager.load_input(ep.build_input_context(name="input", upstream_output=stored))


class IOManagerConformance:
    """Tests of an I/O manager; subclass it, and give it a fixture `io_manager`.

    The fixture returns a manager over new, empty storage. What a manager does not promise is
    declared by overriding the members below.
    """

    #: What it is asked to store; two different values at least, none of them None.
    values: Sequence[Any] = (
        "an ordinary line\n",
        "",
        "\u00e9 \u4fa1\u683c \r\n\t\0",
        b"\x00\xff\r\n\x1a",
        {"b": [1, 2.5, None, True], "a": {"": "\u00e9"}},
        [],
        0,
        -(2**63),
        0.1,
        True,
        (1, "two"),
        {1, 2},
        2**100,
        pa.table({"id": [1, None, 2**63 - 1], "name": ["a", None, "\u00e9"]}),
    )

    #: Stores partitions of assets.
    takes_partitions: bool = True

    #: Stores what is no asset: outputs named by run, step and name.
    takes_op_outputs: bool = True

    #: Keeps partition "p" of asset "a" apart from asset "a/p".
    keeps_partitions_apart_from_assets: bool = True

    def reopen(self, io_manager: Any) -> Any:
        """Return another manager over the storage of one, as a later process would make it.

        None, the default, is for managers whose values die with them.
        """
        return None

    def equal(self, stored: Any, loaded: Any) -> bool:
        """Whether a value came back: equal, and of the same type."""
        if type(stored) is not type(loaded):
            return False
        return stored.equals(loaded) if hasattr(stored, "equals") else stored == loaded

    @pytest.fixture
    def io_manager(self) -> Any:
        """Override: return a manager over new, empty storage."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture io_manager")

    # ---- values --------------------------------------------------------------------------

    def test_every_value_comes_back(self, io_manager: Any) -> None:
        for value in self.values:
            self._assert_loads(io_manager, _store(io_manager, "a/value", value), value)

    def test_loading_leaves_the_value_where_it_is(self, io_manager: Any) -> None:
        value, _ = self._different_values()
        stored = _store(io_manager, "a", value)
        self._assert_loads(io_manager, stored, value)
        self._assert_loads(io_manager, stored, value)

    def test_an_overwrite_replaces_the_value(self, io_manager: Any) -> None:
        for before in self.values:
            for after in (self.values[0], self.values[-1]):
                _store(io_manager, "a", before)
                self._assert_loads(io_manager, _store(io_manager, "a", after), after)

    def test_a_value_that_was_never_stored_is_not_found_and_named(
        self, io_manager: Any
    ) -> None:
        value, _ = self._different_values()
        _store(io_manager, "raw/orders", value)
        # entrepot.NotFoundError is one.
        with pytest.raises(FileNotFoundError, match="customers"):
            _load(io_manager, _Place(("raw", "customers")).context())

    def test_a_value_that_cannot_be_stored_leaves_the_old_one(self, io_manager: Any) -> None:
        value, _ = self._different_values()
        stored = _store(io_manager, "a", value)
        broken = _Unstorable()
        try:
            taken = _store(io_manager, "a", broken)
        except Exception:
            self._assert_loads(io_manager, stored, value)
        else:
            assert _load(io_manager, taken) is broken, "what was taken has to come back"

    # ---- places --------------------------------------------------------------------------

    def test_every_output_has_a_place_of_its_own(self, io_manager: Any) -> None:
        usual, mark = self._different_values()
        places = self._odd_places()
        stored = [_store(io_manager, place, usual) for place in places]
        for i, place in enumerate(places):
            self._assert_loads(io_manager, _store(io_manager, place, mark), mark)
            for other, context in enumerate(stored):
                if other != i:
                    self._assert_loads(io_manager, context, usual)
            stored[i] = _store(io_manager, place, usual)

    def test_another_manager_sees_what_was_stored(self, io_manager: Any) -> None:
        other = self.reopen(io_manager)
        if other is None:
            pytest.skip("its values die with it")
        for value in self.values:
            self._assert_loads(other, _store(io_manager, "a/b", value), value)
        _, mark = self._different_values()
        self._assert_loads(io_manager, _store(other, "a/b", mark), mark)

    # ---- threads -------------------------------------------------------------------------

    def test_stores_and_loads_of_different_assets_may_overlap(self, io_manager: Any) -> None:
        num_assets = 8

        def store_and_load(thread: int) -> None:
            mine = [
                (f"shared/{thread}/{i}", self.values[(thread * 5 + i) % len(self.values)])
                for i in range(num_assets)
            ]
            stored = [_store(io_manager, key, value) for key, value in mine]
            for context, (_, value) in zip(stored, mine, strict=True):
                self._assert_loads(io_manager, context, value)

        self._run_threads([store_and_load] * 4)

    def test_a_load_during_overwrites_gives_one_of_the_values(self, io_manager: Any) -> None:
        one, two = self._different_values()
        first = _store(io_manager, "a", one)
        done = threading.Event()

        def overwrite(_: int) -> None:
            try:
                for i in range(40):
                    _store(io_manager, "a", one if i % 2 else two)
            finally:
                done.set()

        def read(_: int) -> None:
            while not done.is_set():
                loaded = _load(io_manager, first)
                assert self.equal(one, loaded) or self.equal(two, loaded), repr(loaded)

        self._run_threads([overwrite, read, read])

    # ---- contexts ------------------------------------------------------------------------

    def test_metadata_of_the_step_stays(self, io_manager: Any) -> None:
        value, _ = self._different_values()
        context = ep.build_output_context(
            asset_key="a", output_metadata={"said by the step": 3}
        )
        io_manager.handle_output(context, value)
        assert context.output_metadata["said by the step"].value == 3

    def test_receipts_describe_what_was_stored(self, io_manager: Any) -> None:
        for value in self.values:
            context = _store(io_manager, "a/b", value)
            for receipt in context.receipts:
                assert receipt.base.partition(".")[0] == context.io_manager_key
                assert receipt.format and receipt.version
                assert receipt.path and not receipt.path.startswith("/")
                assert receipt.size_bytes >= 0

    # ---- in a run ------------------------------------------------------------------------

    def test_it_hands_values_on_in_a_run(self, io_manager: Any) -> None:
        value, _ = self._different_values()
        received: list[Any] = []

        @ep.asset
        def produced() -> Any:
            return value

        @ep.asset
        def consumed(produced: Any) -> Any:
            received.append(produced)
            return produced

        instance = ep.Instance.ephemeral()
        result = ep.materialize(
            [produced, consumed], instance=instance, resources={"io_manager": io_manager}
        )
        assert result.success
        assert len(received) == 1 and self.equal(value, received[0]), repr(received)
        assert self.equal(value, instance.load("consumed"))

    # ---- what the tests share ------------------------------------------------------------

    def _different_values(self) -> tuple[Any, Any]:
        first = self.values[0]
        for other in self.values[1:]:
            if not self.equal(first, other):
                return first, other
        raise ValueError(f"{type(self).__name__}.values must hold two different values")

    def _odd_places(self) -> list[_Place]:
        places = list(_ODD_ASSETS)
        if self.takes_partitions:
            apart = self.keeps_partitions_apart_from_assets
            places += _odd_partitions("a" if apart else "partitioned")
        if self.takes_op_outputs:
            places += _ODD_OP_OUTPUTS
        return places

    def _assert_loads(self, manager: Any, stored: ep.OutputContext, value: Any) -> None:
        loaded = _load(manager, stored)
        assert self.equal(value, loaded), f"{stored!r}: {loaded!r} is not {value!r}"

    def _run_threads(self, bodies: Sequence[Callable[[int], None]]) -> None:
        with ThreadPoolExecutor(len(bodies)) as pool:
            running = [pool.submit(body, i) for i, body in enumerate(bodies)]
            for one in running:
                one.result()
