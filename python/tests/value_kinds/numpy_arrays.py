"""Kinds of values of numpy."""

from __future__ import annotations

import math

import numpy as np

from value_kinds.registry import KINDS, Kind, kinds

# Every dtype in every memory order.
_NUMBERS = np.arange(24) % 5
_DTYPES = [
    *("?", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", ">i2", ">i4", ">u8"),
    *("<f2", "<f4", "<f8", ">f4", ">f8", np.dtype("g").str, "<c8", "<c16", ">c16"),
    *("<M8[D]", "<M8[s]", "<M8[ns]", "<M8[25s]", ">M8[us]", "<m8[h]", "<m8[ns]"),
    *("<U3", ">U3", "S4", "V3"),
]


def _elements(dtype: str) -> np.ndarray:
    if np.dtype(dtype).kind == "V":
        return np.frombuffer(bytes(range(72)), dtype).copy()
    return _NUMBERS.astype(dtype)


for _dtype in _DTYPES:
    for _order, _arrange in {
        "C": lambda a: a.reshape(2, 3, 4),
        "Fortran": lambda a: np.asfortranarray(a.reshape(2, 3, 4)),
        "strided": lambda a: a[::2],
        "no": lambda a: a[:1].reshape(()),
        "empty": lambda a: a[:0].reshape(0, 3),
    }.items():
        KINDS[f"an array of {_dtype} in {_order} order"] = Kind(
            lambda d=_dtype, f=_arrange: f(_elements(d)), "npy"
        )

kinds(
    "npy",
    an_array_of_NaN_and_negative_zero=lambda: np.array([math.nan, -0.0, math.inf]),
    an_array_of_NaT=lambda: np.array(["NaT", "2020-01-01"], "M8[ns]"),
    a_reversed_array=lambda: np.arange(5)[::-1],
    a_transposed_array=lambda: np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    a_broadcast_array=lambda: np.broadcast_to(np.arange(3), (2, 3)),
    a_read_only_array=lambda: read_only(np.arange(3)),
    an_array_of_generic_durations=lambda: np.array([1, 2], "m8"),
)
kinds(
    "pickle",
    a_structured_array=lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    a_record_array=lambda: np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    an_array_of_objects=lambda: np.array([1, "a", None], dtype=object),
    an_array_of_variable_text=lambda: np.array(["a", "bcd"], np.dtypes.StringDType()),
    an_array_with_dtype_metadata=lambda: np.zeros(2, np.dtype("f8", metadata={"a": 1})),
    a_matrix=lambda: np.eye(2).view(np.matrix),
    a_masked_array=lambda: np.ma.masked_array([1, 2], mask=[True, False], fill_value=9),
    a_numpy_float=lambda: np.float64(0.5),
    a_numpy_int=lambda: np.int32(5),
    a_numpy_time=lambda: np.datetime64("2020-01-01", "D"),
    a_numpy_text=lambda: np.str_("a"),
    a_list_of_arrays=lambda: [np.arange(2), np.arange(3)],
    a_dict_of_arrays=lambda: {"a": np.arange(2.0)},
)


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
