"""polars frames and series as Arrow tables.

polars imports and exports Arrow data itself, with what its types need in the metadata of
fields. Whether a schema comes back is seen by sending the frame without its rows.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from entrepot._values.known_schemas import KnownSchemas, round_trip

_known = KnownSchemas()


def encode(obj: Any) -> pl.DataFrame | None:
    """Return a DataFrame or Series as a frame to be stored, or None for pickle.

    A LazyFrame is a plan, not its result: pickled.
    """
    if isinstance(obj, pl.LazyFrame):
        return None
    frame = obj if isinstance(obj, pl.DataFrame) else obj.to_frame()
    # Exported, objects would be addresses.
    if any(_has_objects(dtype) for dtype in frame.dtypes):
        return None
    schema = frame.schema
    # Without columns there is nothing but the height, which is then part of the question.
    sample = frame.clear() if frame.width else frame
    key = (frame.height if not frame.width else -1, *schema.items())

    def try_it() -> bool:
        back = pl.DataFrame(round_trip(sample))
        return back.schema == schema and back.height == sample.height

    return frame if _known.comes_back(key, try_it) else None


def is_immutable(obj: Any) -> bool:
    """Return whether nothing that the value refers to can be changed."""
    if isinstance(obj, pl.LazyFrame):
        return True
    dtypes = [obj.dtype] if isinstance(obj, pl.Series) else obj.dtypes
    return not any(_has_objects(dtype) for dtype in dtypes)


def _has_objects(dtype: Any) -> bool:
    if dtype == pl.Object:
        return True
    if isinstance(dtype, pl.Struct):
        return any(_has_objects(field.dtype) for field in dtype.fields)
    inner = getattr(dtype, "inner", None)
    return inner is not None and _has_objects(inner)
