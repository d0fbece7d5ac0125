"""pandas: `to_parquet` and `read_parquet`, as they come."""

from __future__ import annotations

import pandas as pd
from face import read_table, run

run(
    lambda: read_table().to_pandas(),
    lambda frame, path: frame.to_parquet(path),
    pd.read_parquet,
    lambda a, b: a.equals(b),
)
