"""Kinds of values: how each is made, and its format where that matters."""

from value_kinds import arrow_tables, numpy_arrays, pandas_frames, polars_frames, python_values
from value_kinds.registry import KINDS

__all__ = [
    "KINDS",
    "arrow_tables",
    "numpy_arrays",
    "pandas_frames",
    "polars_frames",
    "python_values",
]
