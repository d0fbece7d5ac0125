"""DuckDB: `COPY … TO` from a table of its own, and `read_parquet` into one."""

from __future__ import annotations

import os

import duckdb
import pyarrow as pa
from face import given, read_table, run

path = given["folder"] + "/duckdb.parquet"
connection = duckdb.connect()


def make() -> str:
    mixed = read_table()
    connection.register("given", mixed)
    connection.execute("CREATE TABLE mixed AS SELECT * FROM given")
    connection.unregister("given")
    return "mixed"


def store(name: str) -> int:
    connection.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")
    return os.path.getsize(path)


def load() -> str:
    connection.execute(f"CREATE OR REPLACE TABLE back AS FROM read_parquet('{path}')")
    return "back"


def equal(a: str, b: str) -> bool:
    def table(name: str) -> pa.Table:
        result = connection.execute(f"FROM {name} ORDER BY id").to_arrow_table()
        return result.combine_chunks()

    return table(a).equals(table(b))


run(make, store, load, equal)
