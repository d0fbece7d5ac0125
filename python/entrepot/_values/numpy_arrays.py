"""numpy arrays as tensors."""

from __future__ import annotations

import numpy as np


def encode(array: np.ndarray) -> np.ndarray | None:
    """Return the array, contiguous in C or Fortran order, or None for pickle.

    Of the elements a tensor keeps what `dtype.str` says, so a dtype that says more
    (fields, metadata, objects, a user's own type) is pickled. Strides become C order.
    """
    dtype = array.dtype
    if (
        dtype.kind not in "biufcmMUSV"
        or dtype.itemsize == 0
        or dtype.metadata is not None
    ):
        return None
    if dtype.fields is not None or dtype.subdtype is not None or dtype.hasobject:
        return None
    restored = np.dtype(dtype.str)
    if restored != dtype or type(restored) is not type(dtype):
        return None
    if array.flags.c_contiguous or array.flags.f_contiguous:
        return array
    return np.array(array, order="C")
