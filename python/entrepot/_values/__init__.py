"""What the engine asks about Python values: how one is stored, given back, handed over.

A value comes back equal and of the same type. Tables and arrays are encoded as Arrow data
or tensors only where that is certain (each module says how it knows); everything else is
left to pickle. Importing this module imports none of pandas, polars, pyarrow and numpy:
whoever has a value of theirs has imported them already.
"""

from __future__ import annotations

from typing import Any

from entrepot._values.sizes import num_rows, size_of
from entrepot._values.type_names import (
    canonical_name,
    class_name,
    satisfies,
    type_name,
    wanted_type,
)

__all__ = [
    "convert",
    "decode",
    "encode",
    "hand_over",
    "is_stream",
    "num_rows",
    "size_of",
    "type_name",
    "wanted_type",
    "wants_stream",
]

_IMMUTABLE_SCALARS = (str, bytes, int, float, bool, type(None))


def encode(obj: object) -> tuple[str, object, str] | None:
    """Return how `obj` is stored: (kind, payload, type name), or None for pickle.

    Kinds: "file_handle" with (manager's kind, path), "table" with finite data and "stream" with data that is read once, both
    offering `__arrow_c_stream__`; "tensor" with a contiguous ndarray. A copy is made only
    of arrays that are not contiguous. Raises what a foreign `__arrow_c_stream__` raises.
    """
    cls = type(obj)
    name = canonical_name(cls)
    if name is None:
        if cls.__module__ == "entrepot._files":
            return _encode_file_handle(obj)
        return _encode_foreign(obj)
    payload: object = None
    if name.startswith("pandas."):
        from entrepot._values import pandas_frames

        payload = pandas_frames.encode(obj)  # pyright: ignore[reportArgumentType]
    elif name.startswith("polars."):
        from entrepot._values import polars_frames

        payload = polars_frames.encode(obj)
    elif name == "numpy.ndarray":
        from entrepot._values import numpy_arrays

        array = numpy_arrays.encode(obj)  # pyright: ignore[reportArgumentType]
        return None if array is None else ("tensor", array, name)
    elif name == "pyarrow.RecordBatchReader":
        return "stream", obj, name
    else:
        from entrepot._values import arrow_tables

        payload = arrow_tables.encode(obj)  # pyright: ignore[reportArgumentType]
    return None if payload is None else ("table", payload, name)


def is_stream(obj: object) -> bool:
    """Return whether `obj` is a reader of record batches, which can be read once."""
    return satisfies(type(obj), "pyarrow.RecordBatchReader")


def _encode_file_handle(obj: object) -> tuple[str, object, str] | None:
    from entrepot import _files

    names = _files.names_of(obj)
    return None if names is None else ("file_handle", names, "")


def _encode_foreign(obj: object) -> tuple[str, object, str] | None:
    cls = type(obj)
    if not hasattr(cls, "__arrow_c_stream__"):
        return None
    if is_stream(obj):
        return "stream", obj, "pyarrow.RecordBatchReader"
    # Subclasses of frames have more than their rows, and pyarrow's others no columns.
    own_roots = {"pandas", "polars", "pyarrow"}
    if any(base.__module__.partition(".")[0] in own_roots for base in cls.__mro__):
        return None
    import pyarrow as pa

    try:
        reader = pa.RecordBatchReader.from_stream(obj)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None  # A stream of arrays, not of record batches.
    return "stream", reader, class_name(cls)


def decode(kind: str, payload: Any, type_name: str, wanted: str | None) -> object:
    """Return the stored value as the type it had, or as `wanted` (see `wanted_type`).

    `payload` by kind: "table" and "stream" offer `__arrow_c_stream__`, "tensor" is an
    ndarray, "json" the parsed object, "text" a str, "bytes" bytes. A table whose type is
    none of Python's becomes a pyarrow.Table. Raises TypeError where the value cannot be
    had as `wanted`.
    """
    if kind not in ("table", "stream"):
        return payload if wanted is None else convert(payload, wanted)
    from entrepot._values import conversion

    return conversion.from_stored(payload, type_name, wanted)


def wants_stream(wanted: str | None) -> bool:
    """Return whether `wanted` reads record batches one by one."""
    return wanted == "pyarrow.RecordBatchReader"


def convert(obj: object, wanted: str | None) -> object:
    """Return `obj` as `wanted` (see `wanted_type`); itself where it is one, or None.

    Raises TypeError, naming both types, where there is no such conversion.
    """
    if wanted is None or obj is None or satisfies(type(obj), wanted):
        return obj
    from entrepot._values import conversion

    return conversion.convert(obj, wanted)


def hand_over(obj: object) -> object | None:
    """Return what a consumer may get instead of the reloaded value; None: reload it.

    Immutable values are handed over as they are, pandas ≥ 3 objects as copy-on-write
    copies; what could be changed by one consumer for another is reloaded.
    """
    cls = type(obj)
    if cls in _IMMUTABLE_SCALARS:
        return obj
    name = canonical_name(cls)
    if name in ("pyarrow.Table", "pyarrow.RecordBatch"):
        return obj
    if name is not None and name.startswith("polars."):
        from entrepot._values import polars_frames

        return obj if polars_frames.is_immutable(obj) else None
    if name is not None and name.startswith("pandas."):
        from entrepot._values import pandas_sharing

        return pandas_sharing.copy_on_write(obj)  # pyright: ignore[reportArgumentType]
    return None
