"""Schemas of frames are tried once, and those that differ apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from entrepot import _values
from entrepot._values import known_schemas, pandas_frames


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The schemas that were tried, in order; none is known yet."""
    tried: list[Any] = []

    def record(data: Any) -> Any:
        tried.append(data)
        return known_schemas.round_trip(data)

    monkeypatch.setattr(pandas_frames, "round_trip", record)
    monkeypatch.setattr(pandas_frames, "_known", known_schemas.KnownSchemas())
    return tried


def test_a_schema_is_tried_once(round_trips: list[Any]) -> None:
    for rows in (1, 5, 100):
        assert _values.encode(pd.DataFrame({"a": np.arange(rows), "b": "x"})) is not None
    assert len(round_trips) == 1


def _categories(*categories: Any) -> pd.DataFrame:
    values = pd.Categorical(categories[:1], categories=list(categories))
    return pd.DataFrame({"a": values})


def _attrs(value: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"x": value}
    return frame


@pytest.mark.parametrize(
    "frames",
    [
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (pd.DataFrame({0: [1]}), pd.DataFrame({"0": [1]})),
        (_categories("x", "y"), _categories("y", "x")),
        (_categories("x"), _categories("x", "unused")),
        (_categories("x"), _categories("x").iloc[:0]),
        (_attrs(1), _attrs(1.0)),
        (_attrs(1), _attrs(True)),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}, index=[0])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}).rename_axis("i")),
        (pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": ["x"]}, dtype=object)),
        (
            pd.DataFrame({"a": [1]}),
            pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
        ),
        (
            pd.DataFrame({"a": [None]}, dtype=object),
            pd.DataFrame({"a": [float("nan")]}, dtype=object),
        ),
    ],
)
def test_schemas_that_differ_are_tried_apart(
    round_trips: list[Any], frames: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    for frame in frames:
        _values.encode(frame)
    assert len(round_trips) == 2


def test_known_schemas_are_bounded() -> None:
    known = known_schemas.KnownSchemas()
    for key in range(10_000):
        assert known.comes_back(key, lambda: True)
    assert len(known) <= 4096


def test_a_schema_that_cannot_be_tried_does_not_come_back(caplog: Any) -> None:
    def fail() -> bool:
        raise ValueError("no codec takes it")

    with caplog.at_level("DEBUG", logger="entrepot.values"):
        assert not known_schemas.KnownSchemas().comes_back("key", fail)
    assert "no codec takes it" in caplog.text
