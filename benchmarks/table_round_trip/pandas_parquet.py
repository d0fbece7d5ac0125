"""pandas: `to_parquet` and `read_parquet`, as they come."""

from __future__ import annotations

import os

import pandas as pd
from face import given, read_table, run

path = given["folder"] + "/pandas.parquet"


def store(frame: pd.DataFrame) -> int:
    frame.to_parquet(path)
    return os.path.getsize(path)


run(
    lambda: read_table().to_pandas(),
    store,
    lambda: pd.read_parquet(path),
    lambda a, b: a.equals(b),
)
