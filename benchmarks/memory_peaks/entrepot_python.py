"""Entrepot's Python face: `Instance.store` and `Instance.load`. Options: face.py."""

from __future__ import annotations

import pyarrow as pa
from face import given, run, what

from entrepot import Instance

_instance = Instance.open(given["folder"] + "/memory_peaks_python", durability="fast")
_key = ["peaks", what]
run(
    lambda value: _instance.store(_key, value),
    lambda: _instance.load(_key),
    lambda: _instance.load(_key, pa.RecordBatchReader),
)
