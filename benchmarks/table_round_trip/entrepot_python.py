"""Entrepot's Python face: `Instance.store` and `Instance.load`, of the type --type says.

--type pandas|polars|arrow  --durability full|fast  --home DIR (with --memory load: what
entrepot.cc stored), and the options of face.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from face import given, read_table, run
from measurement import fresh_folder

from entrepot import Instance

_type = given.get("type", "pandas")
_class: type = pa.Table
if _type == "pandas":
    import pandas as pd

    _class = pd.DataFrame
elif _type == "polars":
    import polars as pl

    _class = pl.DataFrame


def make() -> Any:
    table = read_table()
    if _type == "pandas":
        return table.to_pandas()
    return pl.from_arrow(table) if _type == "polars" else table


def key_of(path: str) -> list[str]:
    return [Path(path).parent.name, "table"]


def store(table: Any, path: str) -> int:
    return _instance.store(key_of(path), table)[0].size_bytes


def load(path: str) -> Any:
    if given.get("memory") == "load":
        return Instance.open(given["home"]).load("mixed", _class)
    return _instance.load(key_of(path))


def open_instance() -> Any:
    durability = given.get("durability", "full")
    return Instance.open(fresh_folder(given["folder"], "instance"), durability=durability)


def equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a.equals(b))


_instance = open_instance()
run(make, store, load, equal)
