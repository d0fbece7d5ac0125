"""What the programs in Python that measure peaks of memory have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
from long_stream import BYTES_OF_ROW, SCHEMA, batches, check_stream
from measurement import PeakMemory, check, options, show

#: Of the command line: --what stream|tensor|json|bytes|text|pickle  --mb N  --part store|load
#: --folder DIR
given = options()
what = given["what"]
_bytes = int(given["mb"]) * 1_000_000


def _records() -> list[dict[str, object]]:
    """Return objects, each of about 40 bytes as JSON."""
    return [
        {"id": i, "name": f"name-{i % 40:03}", "price": 0.5} for i in range(_bytes // 40)
    ]


def _pairs() -> list[tuple[int, str]]:
    """Return what JSON cannot keep: about 20 bytes each as a pickle."""
    return [(i, f"name-{i:08}") for i in range(_bytes // 20)]


def _make() -> Any:
    return {
        "tensor": lambda: np.arange(_bytes // 8, dtype=np.float64),
        "json": _records,
        "bytes": lambda: bytes(range(250)) * (_bytes // 250),
        "text": lambda: "0123456789" * (_bytes // 10),
        "pickle": _pairs,
    }[what]()


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and (np.array_equal(a, b) if what == "tensor" else a == b)


def _stream() -> tuple[pa.RecordBatchReader, int]:
    rows = _bytes // BYTES_OF_ROW
    return pa.RecordBatchReader.from_batches(SCHEMA, batches(rows)), rows


def run(
    store: Callable[[Any], object],
    load: Callable[[], Any],
    load_stream: Callable[[], Iterable[pa.RecordBatch]],
) -> None:
    """Measure one store or one load; loading a stream means reading it all."""
    part = given["part"]
    subject, rows = _stream() if what == "stream" else (None, 0)
    if part == "store" and what != "stream":
        subject = _make()
    loaded: Any = None
    peak = PeakMemory()
    if part == "store":
        store(subject)
    elif what == "stream":
        check_stream(load_stream(), rows)
    else:
        loaded = load()
    # A stream is not kept by anybody, so that all of the process's memory counts.
    result = (
        {f"{part}_process_bytes": peak.peak_bytes()}
        if what == "stream"
        else {f"{part}_above_bytes": peak.above_bytes()}
    )
    if what != "stream":
        made, found = (subject, load()) if part == "store" else (_make(), loaded)
        check(_equal(found, made), "the value")
    elif part == "store":
        check_stream(load_stream(), rows)
    show(result | {"checked": True})
