"""DuckDB: `COPY … TO` from a table of its own, and `read_parquet` into one."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from face import read_table, run

connection = duckdb.connect()


def make() -> str:
    mixed = read_table()
    connection.register("given", mixed)
    connection.execute("CREATE TABLE mixed AS SELECT * FROM given")
    connection.unregister("given")
    return "mixed"


def store(name: str, path: str) -> None:
    connection.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")


def load(path: str) -> str:
    connection.execute(f"CREATE OR REPLACE TABLE back AS FROM read_parquet('{path}')")
    return "back"


def equal(a: str, b: str) -> bool:
    def table(name: str) -> pa.Table:
        result = connection.execute(f"FROM {name} ORDER BY id").to_arrow_table()
        return result.combine_chunks()

    return table(a).equals(table(b))


run(make, store, load, equal)
