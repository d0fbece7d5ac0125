"""Kinds of values of pandas."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from value_kinds.numpy_arrays import read_only
from value_kinds.python_values import TaggedText
from value_kinds.registry import kind, kinds


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def objects(*values: Any) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def with_attrs(frame: Any, attrs: dict[Any, Any]) -> Any:
    frame.attrs = attrs
    return frame


class TaggedFrame(pd.DataFrame):
    _metadata = ["tag"]

    @property
    def _constructor(self) -> type[TaggedFrame]:
        return TaggedFrame


def _with_index(index: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(len(index))}, index=index)


def _with_columns(columns: Any) -> pd.DataFrame:
    return pd.DataFrame(np.arange(2 * len(columns)).reshape(2, -1), columns=columns)


def _times(tz: Any = None, freq: Any = "D", unit: Any = "us") -> pd.DatetimeIndex:
    return pd.date_range("2024-03-30", periods=3, freq=freq, tz=tz, unit=unit)


@kind("a plain frame", "parquet")
def plain_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "small": np.array([1, 2, 3], "u1"),
            "real": [0.5, math.nan, -0.0],
            "half": np.array([0.5, 1, 2], "f2"),
            "yes": [True, False, True],
            "text": ["a", None, "ü"],
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
            "how long": pd.to_timedelta(["1D", None, "2h"]),
        }
    )


_BIG = dt.date(9999, 12, 31)
kinds(
    "parquet",
    a_frame_of_numbers_and_text=lambda: frame(a=[1, 2], b=["x", "y"]),
    a_frame_with_time_zones=lambda: frame(
        a=_times("Europe/Berlin"),
        b=_times("UTC"),
        c=_times("America/New_York", unit="ns"),
    ),
    a_frame_with_a_fixed_time_zone=lambda: frame(
        a=_times(dt.timezone(dt.timedelta(hours=5, minutes=30)))
    ),
    a_frame_of_nullable_numbers=lambda: frame(
        a=pd.array([1, None], "Int64"),
        b=pd.array([1, None], "UInt8"),
        c=pd.array([True, None], "boolean"),
        d=pd.array([0.5, None], "Float32"),
        e=pd.array(["x", None], "string"),
    ),
    a_frame_of_text_kept_by_Python=lambda: frame(
        a=pd.array(["x", None], pd.StringDtype("python")),
        b=pd.array(["x", None], pd.StringDtype("python", na_value=math.nan)),
        c=pd.array(["x", None], pd.StringDtype("pyarrow")),
        d=pd.array(["x", None], pd.StringDtype("pyarrow", na_value=math.nan)),
    ),
    a_frame_of_periods=lambda: frame(a=pd.PeriodIndex(["2024-01", None], freq="M")),
    a_frame_of_intervals=lambda: frame(
        a=pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2)])
    ),
    a_frame_of_intervals_with_NaN=lambda: frame(
        a=pd.arrays.IntervalArray.from_arrays(
            [0.5, math.nan], [1, math.nan], closed="left"
        )
    ),
    objects_that_are_text_and_None=lambda: frame(a=objects("x", None, "")),
    objects_that_are_text_and_NaN=lambda: frame(a=objects("x", math.nan)),
    objects_that_are_text_and_NA=lambda: frame(a=objects("x", pd.NA)),
    objects_that_are_text=lambda: frame(a=objects("x", "y"), b=[1, 2]),
    objects_that_are_bytes_and_None=lambda: frame(a=objects(b"\x00\xff", None)),
    objects_that_are_ints=lambda: frame(a=objects(1, -(2**63))),
    objects_that_are_ints_and_None=lambda: frame(a=objects(2**63 - 1, None)),
    objects_that_are_bools=lambda: frame(a=objects(True, False)),
    objects_that_are_bools_and_None=lambda: frame(a=objects(True, None)),
    objects_that_are_bools_and_NaN=lambda: frame(a=objects(True, math.nan)),
    objects_that_are_floats=lambda: frame(a=objects(0.5, -0.0)),
    objects_that_are_floats_and_NaN=lambda: frame(a=objects(0.5, math.nan)),
    objects_that_are_floats_and_None=lambda: frame(a=objects(0.5, None)),
    objects_that_are_dates=lambda: frame(a=objects(dt.date(1, 1, 1), None, _BIG)),
    objects_that_are_decimals=lambda: frame(
        a=objects(decimal.Decimal("1.50"), None, decimal.Decimal("-2.25"))
    ),
    objects_that_are_None=lambda: frame(a=objects(None, None)),
    objects_that_are_NaN=lambda: frame(a=objects(math.nan, math.nan)),
    objects_that_are_NaT=lambda: frame(a=objects(pd.NaT, pd.NaT)),
    an_index_of_ints=lambda: _with_index(pd.Index([3, 1, 1], name="id")),
    an_index_of_small_ints=lambda: _with_index(pd.Index([3, 1], dtype="uint8")),
    an_index_of_floats=lambda: _with_index(pd.Index([0.5, math.nan])),
    an_index_of_bools=lambda: _with_index(pd.Index([True, False])),
    an_index_of_text=lambda: _with_index(pd.Index(["b", None, "a"], name="k")),
    an_index_of_text_objects=lambda: _with_index(pd.Index(["b", None], dtype=object)),
    an_index_of_nullable_ints=lambda: _with_index(pd.Index([1, None], dtype="Int64")),
    an_index_of_dates_as_objects=lambda: _with_index(
        pd.Index([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], dtype=object)
    ),
    an_index_of_times_with_frequency=lambda: _with_index(_times()),
    an_index_of_times_without_frequency=lambda: _with_index(
        pd.DatetimeIndex(["2024-01-01"])
    ),
    an_index_of_business_days=lambda: _with_index(_times(freq="B")),
    an_index_of_weeks_ending_on_Wednesday=lambda: _with_index(_times(freq="2W-WED")),
    an_index_of_days_over_a_change_of_clocks=lambda: _with_index(_times("Europe/Berlin")),
    an_index_of_durations_with_frequency=lambda: _with_index(
        pd.timedelta_range("1h", periods=3, freq="90min", name="t")
    ),
    an_index_of_periods=lambda: _with_index(
        pd.period_range("2024Q1", periods=3, freq="Q")
    ),
    an_index_of_intervals=lambda: _with_index(pd.interval_range(0, 3)),
    a_range_index_with_step=lambda: _with_index(pd.RangeIndex(10, 0, -3, name="r")),
    an_index_named_as_a_column=lambda: _with_index(pd.Index([5, 6], name="a")),
    an_index_named_by_an_int=lambda: _with_index(pd.Index([5, 6], name=7)),
    an_index_named_by_a_tuple=lambda: _with_index(pd.Index([5, 6], name=("a", 1, None))),
    an_index_named_by_an_empty_text=lambda: _with_index(pd.Index([5, 6], name="")),
    a_multi_level_index=lambda: _with_index(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None])
    ),
    a_multi_level_index_with_nulls=lambda: _with_index(
        pd.MultiIndex.from_arrays([["x", None, "y"], [0.5, math.nan, 1.5]])
    ),
    a_multi_level_index_with_equal_names=lambda: _with_index(
        pd.MultiIndex.from_arrays([[1, 2], [3, 4]], names=["k", "k"])
    ),
    a_multi_level_index_of_times=lambda: _with_index(
        pd.MultiIndex.from_product([_times(), ["x", "y"]], names=["t", "k"])
    ),
    a_multi_level_index_of_text_objects=lambda: _with_index(
        pd.MultiIndex.from_arrays([pd.Index(["x", "y"], dtype=object), [1, 2]])
    ),
    a_multi_level_index_with_unused_levels=lambda: _with_index(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]])[:2]
    ),
    a_multi_level_index_with_unsorted_levels=lambda: _with_index(
        pd.MultiIndex(levels=[["y", "x"]], codes=[[0, 1]])
    ),
    a_multi_level_index_of_ints_with_nulls=lambda: _with_index(
        pd.MultiIndex(levels=[[1, 2], ["x"]], codes=[[0, -1], [0, 0]])
    ),
    columns_with_NaN=lambda: _with_columns(pd.Index(["a", math.nan], dtype=object)),
    int_columns=lambda: pd.DataFrame(np.eye(2)),
    int_columns_out_of_order=lambda: _with_columns([5, 3]),
    range_columns_with_step=lambda: _with_columns(pd.RangeIndex(0, 6, 2)),
    float_columns=lambda: _with_columns([0.5, 1.0]),
    bool_columns=lambda: _with_columns([True, False]),
    text_object_columns=lambda: _with_columns(pd.Index(["a", "b"], dtype=object)),
    duplicate_columns=lambda: _with_columns(["a", "b", "a"]),
    columns_that_look_like_duplicates=lambda: _with_columns(["a", "a", "a.1"]),
    named_columns=lambda: _with_columns(pd.Index(["a", "b"], name="n")),
    columns_named_by_a_tuple=lambda: _with_columns(pd.Index(["a", "b"], name=("n", 1))),
    columns_with_an_empty_label=lambda: _with_columns(["", "__index_level_0__"]),
    columns_that_are_times=lambda: _with_columns(_times()),
    columns_that_are_times_in_a_time_zone=lambda: _with_columns(_times("Europe/Berlin")),
    columns_that_are_periods=lambda: _with_columns(pd.period_range("2024-01", periods=2)),
    multi_level_columns=lambda: _with_columns(
        pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["k", None])
    ),
    multi_level_columns_and_index=lambda: pd.DataFrame(
        np.eye(4),
        index=pd.MultiIndex.from_product([["x", "y"], [1, 2]]),
        columns=pd.MultiIndex.from_product([[0.5, 1.5], ["p", "q"]]),
    ),
    a_frame_without_rows=lambda: plain_frame().iloc[:0],
    a_frame_of_objects_without_rows=lambda: frame(a=objects(), b=objects()),
    attrs=lambda: with_attrs(
        frame(a=[1]), {"unit": "m", "nested": {"x": [1, 0.5, None]}}
    ),
    a_flag_against_duplicate_labels=lambda: frame(a=[1]).set_flags(
        allows_duplicate_labels=False
    ),
    a_flag_against_duplicate_labels_and_int_columns=lambda: pd.DataFrame(
        np.eye(2)
    ).set_flags(allows_duplicate_labels=False),
    a_fragmented_frame=lambda: pd.concat([frame(a=[1]), frame(b=[0.5])], axis=1),
    a_pivoted_frame=lambda: frame(k=["x", "y"], t=[1, 2], v=[0.5, 1.5]).pivot(
        index="k", columns="t", values="v"
    ),
    a_grouped_and_aggregated_frame=lambda: (
        frame(k=["x", "y", "x"], v=[1, 2, 3]).groupby("k").agg({"v": ["sum", "mean"]})
    ),
    a_described_frame=lambda: frame(v=[1, 2, 3], w=[0.5, 1, 2]).describe(),
    a_frame_of_Arrow_dtypes=lambda: frame(
        a=pd.array(["x", None], pd.ArrowDtype(pa.string())),
        b=pd.array([1, None], pd.ArrowDtype(pa.int16())),
        c=pd.array([dt.time(1), None], pd.ArrowDtype(pa.time64("us"))),
        d=pd.array([decimal.Decimal("1.5"), None], pd.ArrowDtype(pa.decimal128(9, 2))),
    ),
    a_series=lambda: pd.Series([0.5, math.nan], name="v"),
    a_series_without_a_name=lambda: pd.Series([1, 2]),
    a_series_named_by_an_int=lambda: pd.Series([1, 2], name=0),
    a_series_named_by_a_tuple=lambda: pd.Series([1, 2], name=("a", 1)),
    a_series_with_an_index=lambda: pd.Series([1, 2, 3], index=_times(), name="v"),
    a_series_with_a_multi_level_index=lambda: frame(
        k=["x", "y"], j=[1, 1], v=[0.5, 1]
    ).set_index(["k", "j"])["v"],
    a_series_named_as_its_index=lambda: pd.Series(
        [1], index=pd.Index([5], name="v"), name="v"
    ),
    a_series_of_objects=lambda: objects("a", None),
    a_series_with_attrs=lambda: with_attrs(pd.Series([1]), {"a": 1}),
    an_empty_series=lambda: pd.Series([], dtype="float64"),
    a_series_with_a_flag=lambda: pd.Series([1]).set_flags(allows_duplicate_labels=False),
)
kinds(
    "arrow",
    a_frame_with_categories=lambda: frame(
        a=pd.Categorical(["x", None, "y"], categories=["y", "unused", "x"])
    ),
    a_frame_with_ordered_categories=lambda: frame(
        a=pd.Categorical(["lo", "hi"], categories=["lo", "mid", "hi"], ordered=True)
    ),
    a_frame_with_int_categories=lambda: frame(
        a=pd.Categorical([3, 1], categories=[3, 1, 2])
    ),
    a_frame_with_categories_that_are_times=lambda: frame(
        a=pd.Categorical(pd.DatetimeIndex(["2024-01-01", "2024-01-02"]))
    ),
    an_index_of_categories=lambda: _with_index(
        pd.CategoricalIndex(["x", "y"], categories=["y", "x"], name="c")
    ),
    a_multi_level_index_of_categories=lambda: _with_index(
        pd.MultiIndex.from_arrays(
            [pd.Categorical(["x", "y"], categories=["y", "x"]), [1, 2]]
        )
    ),
    an_index_without_columns=lambda: pd.DataFrame(index=pd.RangeIndex(3)),
    an_empty_frame=lambda: pd.DataFrame(),
    a_frame_of_seconds=lambda: frame(a=pd.array(["2024-01-01"], "datetime64[s]")),
    a_series_of_categories=lambda: pd.Series(["x", "y"], dtype="category", name="c"),
)
kinds(
    None,
    objects_that_are_lists=lambda: frame(a=objects([1, 2], [], None, [None, 3])),
    objects_that_are_lists_of_text=lambda: frame(a=objects(["x"], ["y", "z"])),
    objects_that_are_lists_of_equal_length=lambda: frame(a=objects([1, 2], [3, 4])),
    objects_that_are_empty_lists=lambda: frame(a=objects([], [])),
    a_frame_of_Arrow_lists=lambda: frame(
        a=pd.array([[1], None], pd.ArrowDtype(pa.list_(pa.int64()))),
        b=pd.array([{"x": 1}, None], pd.ArrowDtype(pa.struct([("x", pa.int8())]))),
    ),
    an_index_of_texts_without_columns=lambda: pd.DataFrame(index=["x", "y"]),
    a_frame_with_categories_without_rows=lambda: frame(
        a=pd.Categorical(["x"], categories=["y", "x"])
    ).iloc[:0],
    a_frame_with_categories_that_are_intervals=lambda: frame(a=pd.cut([1, 5, 9], 3)),
    a_frame_with_object_categories=lambda: frame(
        a=pd.Categorical(["x"], categories=pd.Index(["x", "y"], dtype=object))
    ),
    a_frame_with_bool_categories=lambda: frame(a=pd.Categorical([True, False, None])),
    a_frame_with_float_categories=lambda: frame(a=pd.Categorical([0.5, 1.5])),
    a_frame_with_categories_with_frequency=lambda: frame(a=pd.Categorical(_times())),
    columns_that_are_categories=lambda: _with_columns(pd.CategoricalIndex(["x", "y"])),
    columns_that_are_intervals=lambda: _with_columns(pd.interval_range(0, 2)),
    columns_without_rows_of_int_labels=lambda: pd.DataFrame(columns=[1, 2]),
    a_multi_level_index_with_one_level=lambda: _with_index(
        pd.MultiIndex.from_arrays([[1, 2]])
    ),
    a_frame_read_only_underneath=lambda: pd.DataFrame(read_only(np.eye(2)), copy=False),
    a_frame_of_big_endian_numbers=lambda: pd.DataFrame({"a": np.array([1, 2], ">i8")}),
    an_Arrow_dtype_index=lambda: _with_index(pd.Index([1, 2], dtype="int8[pyarrow]")),
    a_frame_of_Arrow_dictionaries=lambda: frame(
        a=pd.array(["x", None], pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())))
    ),
    a_frame_of_Arrow_times_in_a_time_zone=lambda: frame(
        a=pd.array(
            [dt.datetime(2024, 1, 1)], pd.ArrowDtype(pa.timestamp("us", "Asia/Tokyo"))
        )
    ),
    columns_named_by_surrogates=lambda: _with_columns(
        pd.Index(["\ud800", "b"], dtype=object)
    ),
)
kinds(
    "pickle",
    objects_of_several_types=lambda: frame(a=objects(1, "a", None)),
    objects_that_are_ints_and_floats=lambda: frame(a=objects(1, 1.0)),
    objects_that_are_bools_and_ints=lambda: frame(a=objects(True, 1)),
    objects_that_are_numpy_scalars=lambda: frame(
        a=objects(np.float64(1), np.float64(2))
    ),
    objects_that_are_numpy_text=lambda: frame(a=objects(np.str_("x"), "y")),
    objects_with_None_and_NaN=lambda: frame(a=objects("x", None, math.nan)),
    objects_with_None_and_NaN_only=lambda: frame(a=objects(None, math.nan)),
    objects_that_are_floats_with_None_and_NaN=lambda: frame(
        a=objects(0.5, None, math.nan)
    ),
    objects_that_are_big_ints=lambda: frame(a=objects(2**70, 1)),
    objects_that_are_dicts=lambda: frame(a=objects({"x": 1}, {"y": 2})),
    objects_that_are_sets=lambda: frame(a=objects({1}, {2})),
    objects_that_are_tuples=lambda: frame(a=objects((1, 2), (3,))),
    objects_that_are_arrays=lambda: frame(a=objects(np.arange(2), np.arange(3))),
    objects_that_are_lists_of_lists=lambda: frame(a=objects([[1]], [[2]])),
    objects_that_are_lists_with_NaN=lambda: frame(a=objects([0.5, math.nan])),
    objects_that_are_mixed_lists=lambda: frame(a=objects([1, "a"])),
    objects_that_are_decimals_of_two_scales=lambda: frame(
        a=objects(decimal.Decimal("1.5"), decimal.Decimal("1.50"))
    ),
    objects_that_are_decimals_with_negative_zero=lambda: frame(
        a=objects(decimal.Decimal("-0.0"))
    ),
    objects_that_are_datetimes=lambda: frame(
        a=objects(dt.datetime(2024, 1, 1, fold=1))
    ),
    objects_that_are_timestamps=lambda: frame(a=objects(pd.Timestamp("2024-01-01"))),
    objects_that_are_texts_and_subclasses=lambda: frame(
        a=objects("a", TaggedText("b"))
    ),
    objects_that_are_surrogates=lambda: frame(a=objects("\ud800")),
    a_frame_of_nullable_floats_with_NaN=lambda: frame(
        a=pd.arrays.FloatingArray(
            np.array([math.nan, 1, 2]), np.array([False, True, False])
        )
    ),
    a_sparse_frame=lambda: frame(a=pd.arrays.SparseArray([0, 0, 1])),
    a_frame_of_complex_numbers=lambda: frame(a=[1 + 2j]),
    a_frame_of_long_doubles=lambda: pd.DataFrame({"a": np.array([0.1], "g")}),
    a_frame_subclass=lambda: TaggedFrame({"a": [1]}),
    attrs_with_a_tuple=lambda: with_attrs(frame(a=[1]), {"a": (1, 2)}),
    attrs_with_int_keys=lambda: with_attrs(frame(a=[1]), {1: 2}),
    attrs_with_a_frame=lambda: with_attrs(frame(a=[1]), {"a": {1, 2}}),
    mixed_columns=lambda: _with_columns([1, "a"]),
    an_index_of_mixed_objects=lambda: _with_index(pd.Index([1, "a"])),
    an_index_of_tuples=lambda: _with_index(pd.Index([(1, 2), (3,)], tupleize_cols=False)),
    an_index_named_by_a_date=lambda: _with_index(pd.Index([1], name=dt.date(2024, 1, 1))),
    an_index_of_custom_business_days=lambda: _with_index(
        _times(freq=pd.offsets.CustomBusinessDay(holidays=["2024-04-01"]))
    ),
    a_series_named_by_a_timestamp=lambda: pd.Series([1], name=pd.Timestamp("2024-01-01")),
    an_index=lambda: pd.Index([1, 2], name="i"),
    a_timestamp=lambda: pd.Timestamp("2024-01-01", tz="UTC"),
    a_categorical=lambda: pd.Series(["x"]).astype("category").dtype,
    frames_in_a_dict=lambda: {"a": frame(a=[1])},
)
