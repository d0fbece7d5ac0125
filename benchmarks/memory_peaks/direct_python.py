"""The usual way of each kind in Python: ParquetWriter, numpy.save, json, open, pickle."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from face import given, run, what

_path = Path(given["folder"]) / f"direct-{what}"


def store(value: Any) -> None:
    if what == "stream":
        with pq.ParquetWriter(_path, value.schema, compression="zstd") as writer:
            for batch in value:
                writer.write_batch(batch)
    elif what == "tensor":
        with _path.open("wb") as file:
            np.save(file, value)
    elif what == "json":
        with _path.open("w") as file:
            json.dump(value, file)
    elif what == "bytes":
        _path.write_bytes(value)
    elif what == "text":
        _path.write_text(value)
    else:
        with _path.open("wb") as file:
            pickle.dump(value, file, protocol=5)


def load() -> Any:
    if what == "tensor":
        return np.load(_path)
    if what == "bytes":
        return _path.read_bytes()
    if what == "text":
        return _path.read_text()
    with _path.open("rb") as file:
        return json.load(file) if what == "json" else pickle.load(file)


def load_stream() -> Iterable[pa.RecordBatch]:
    return pq.ParquetFile(_path).iter_batches()


run(store, load, load_stream)
