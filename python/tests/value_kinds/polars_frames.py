"""Kinds of values of polars."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl

from value_kinds.registry import kind, kinds


def polars_columns(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)


@kind("a plain polars frame")
def _polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "whole": [1, None, 3],
            "real": [0.5, math.nan, None],
            "text": ["a", None, "ü"],
            "yes": [True, None, False],
            "day": [dt.date(2024, 1, 1), None, dt.date(1, 1, 1)],
        }
    )


kinds(
    None,
    a_polars_frame_without_rows=lambda: _polars_frame().clear(),
    a_polars_frame_without_columns=lambda: pl.DataFrame(height=3),
    a_polars_frame_without_anything=lambda: pl.DataFrame(),
    a_polars_frame_in_chunks=lambda: pl.concat(
        [polars_columns(a=[1]), polars_columns(a=[2])], rechunk=False
    ),
    a_sliced_polars_frame=lambda: _polars_frame()[1:2],
    a_polars_frame_of_bytes=lambda: polars_columns(a=[b"\x00", None]),
    a_polars_frame_of_Decimal=lambda: polars_columns(
        a=pl.Series(["1.50", None]).cast(pl.Decimal(12, 2))
    ),
    a_polars_frame_of_times=lambda: polars_columns(
        a=[dt.time(1, 2, 3), None],
        b=pl.Series([dt.timedelta(1), None], dtype=pl.Duration("ms")),
        c=pl.Series([dt.datetime(2024, 1, 1), None], dtype=pl.Datetime("ns")),
        d=pl.Series(
            [dt.datetime(2024, 1, 1), None], dtype=pl.Datetime("us", "Asia/Tokyo")
        ),
    ),
    a_polars_frame_of_List=lambda: polars_columns(
        a=[[1, None], None, []], b=[["x"], [], [None]]
    ),
    a_polars_frame_of_Array=lambda: polars_columns(
        a=pl.Series([[1, 2], None], dtype=pl.Array(pl.Int8, 2)),
        b=pl.Series([[[1], [2]], None], dtype=pl.Array(pl.Int8, (2, 1))),
    ),
    a_polars_frame_of_Struct=lambda: polars_columns(
        a=[{"x": 1, "y": [None]}, None, {"x": None, "y": []}]
    ),
    a_polars_frame_of_Null=lambda: polars_columns(a=[None, None]),
    a_polars_frame_of_Enum_in_List=lambda: polars_columns(
        a=pl.Series([["x"], None], dtype=pl.List(pl.Enum(["y", "x"])))
    ),
    a_polars_frame_of_small_numbers=lambda: polars_columns(
        **{
            str(dtype): pl.Series([1, None], dtype=dtype)
            for dtype in (
                pl.Int8,
                pl.Int16,
                pl.Int32,
                pl.UInt8,
                pl.UInt16,
                pl.UInt32,
                pl.UInt64,
            )
        },
        real=pl.Series([0.5, -0.0], dtype=pl.Float32),
    ),
    a_polars_frame_of_128_bit_ints=lambda: polars_columns(
        a=pl.Series([2**100, None], dtype=pl.Int128)
    ),
    a_polars_series=lambda: pl.Series("v", [0.5, math.nan, None]),
    a_polars_series_without_a_name=lambda: pl.Series([1, 2]),
    a_polars_series_without_rows=lambda: pl.Series("v", [], dtype=pl.Time),
    a_polars_series_of_Struct=lambda: pl.Series("v", [{"x": 1}, None]),
    a_sorted_polars_series=lambda: pl.Series("v", [3, 1, 2]).sort(),
)
kinds(
    "arrow",
    a_polars_frame_of_Categorical=lambda: polars_columns(
        a=pl.Series(["x", None, "y"], dtype=pl.Categorical)
    ),
    a_polars_frame_of_named_Categories=lambda: polars_columns(
        a=pl.Series(["x", None], dtype=pl.Categorical(pl.Categories("mine", "here")))
    ),
    a_polars_frame_of_Enum=lambda: polars_columns(
        a=pl.Series(["x", None], dtype=pl.Enum(["y", "unused", "x"]))
    ),
    a_polars_frame_of_Enum_without_rows=lambda: polars_columns(
        a=pl.Series([], dtype=pl.Enum(["y", "x"]))
    ),
    a_polars_series_of_Enum=lambda: pl.Series("v", ["x"], dtype=pl.Enum(["x", "y"])),
)
kinds(
    "pickle",
    a_polars_plan=lambda: polars_columns(a=[1, 2]).lazy().filter(pl.col("a") > 1),
    a_polars_dtype=lambda: pl.Enum(["a"]),
)
