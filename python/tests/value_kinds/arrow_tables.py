"""Kinds of values of Arrow."""

from __future__ import annotations

import datetime as dt
import decimal
import math

import numpy as np
import pyarrow as pa

from value_kinds.pandas_frames import plain_frame
from value_kinds.registry import kinds

_METADATA = {b"key": b"\x00\xff", b"other": b""}
kinds(
    "parquet",
    an_Arrow_table=lambda: pa.table(
        {"a": [1, None], "b": ["x", None], "c": [math.nan, None]}
    ),
    an_Arrow_table_with_metadata=lambda: pa.table(
        {"a": [1]},
        schema=pa.schema([pa.field("a", pa.int32(), False, {"f": "g"})], _METADATA),
    ),
    an_Arrow_table_of_decimals=lambda: pa.table(
        {"a": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2))}
    ),
    an_Arrow_table_without_rows=lambda: pa.table({"a": pa.array([], pa.int8())}),
    an_Arrow_table_in_chunks=lambda: pa.table(
        {"a": pa.chunked_array([[1], [], [2, None]])}
    ),
    an_Arrow_table_of_pandas=lambda: pa.Table.from_pandas(plain_frame()),
    a_sliced_Arrow_table=lambda: pa.table(
        {"a": list(range(10)), "b": list("abcdefghij")}
    )[3:6],
    an_Arrow_batch=lambda: pa.RecordBatch.from_pydict({"a": [1, None], "b": ["x", "y"]}),
    an_Arrow_batch_without_rows=lambda: pa.RecordBatch.from_pydict(
        {"a": pa.array([], "i4")}
    ),
)
kinds(
    "arrow",
    an_Arrow_table_of_dictionaries=lambda: pa.table(
        {
            "a": pa.DictionaryArray.from_arrays(
                [1, None, 0], ["x", "y", "unused"], ordered=True
            )
        }
    ),
    an_Arrow_table_of_different_dictionaries=lambda: pa.table(
        {
            "a": pa.chunked_array(
                [pa.array(["x"]).dictionary_encode(), pa.array(["y"]).dictionary_encode()]
            )
        }
    ),
    an_Arrow_batch_of_dictionaries=lambda: pa.RecordBatch.from_pydict(
        {"a": pa.array(["x", "y", None]).dictionary_encode()}
    ),
    an_Arrow_table_without_columns=lambda: pa.table({"a": [1, 2, 3]}).select([]),
    an_Arrow_table_without_anything=lambda: pa.table({}),
    an_Arrow_batch_without_columns=lambda: pa.RecordBatch.from_struct_array(
        pa.array([{}] * 3, pa.struct([]))
    ),
    an_Arrow_table_of_seconds=lambda: pa.table({"a": pa.array([1], pa.timestamp("s"))}),
)
kinds(
    None,
    an_Arrow_table_of_nested_values=lambda: pa.table(
        {
            "list": pa.array([[1, None], None, []], pa.list_(pa.int8())),
            "struct": pa.array([{"x": 1, "y": "a"}, None, {"x": None, "y": None}]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
            "fixed": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int16(), 2)),
            "deep": pa.array([[{"x": [1]}], [], None]),
        }
    ),
    an_Arrow_table_of_all_sorts=lambda: pa.table(
        {
            "null": pa.nulls(2),
            "half": pa.array(np.array([0.5, 1], "f2")),
            "time32": pa.array([1, None], pa.time32("s")),
            "time64": pa.array([1, None], pa.time64("ns")),
            "date64": pa.array([dt.date(2024, 1, 1), None], pa.date64()),
            "duration": pa.array([1, None], pa.duration("ms")),
            "zoned": pa.array([1, None], pa.timestamp("ns", "Asia/Tokyo")),
            "large": pa.array(["x", None], pa.large_string()),
            "binary": pa.array([b"\x00", None], pa.large_binary()),
            "fixed": pa.array([b"ab", None], pa.binary(2)),
            "d256": pa.array([decimal.Decimal("1.5"), None], pa.decimal256(50, 3)),
        }
    ),
    an_Arrow_table_of_views=lambda: pa.table(
        {"a": pa.array(["x", None], pa.string_view())}
    ),
    an_Arrow_table_of_run_lengths=lambda: pa.table(
        {"a": pa.RunEndEncodedArray.from_arrays([2, 3], ["x", "y"])}
    ),
    an_Arrow_table_of_a_union=lambda: pa.table(
        {
            "a": pa.UnionArray.from_sparse(
                pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])]
            )
        }
    ),
    an_Arrow_table_of_an_extension=lambda: pa.table(
        {
            "a": pa.ExtensionArray.from_storage(
                pa.uuid(), pa.array([b"0" * 16], pa.binary(16))
            )
        }
    ),
    an_Arrow_table_with_duplicate_columns=lambda: pa.Table.from_arrays(
        [pa.array([1]), pa.array(["x"])], names=["a", "a"]
    ),
    an_Arrow_table_of_dictionaries_without_rows=lambda: pa.table(
        {"a": pa.array(["x"]).dictionary_encode()}
    )[:0],
    an_Arrow_batch_in_a_slice=lambda: pa.RecordBatch.from_pydict({"a": list(range(9))})[
        2:5
    ],
    an_Arrow_stream=lambda: pa.RecordBatchReader.from_batches(
        pa.schema({"a": pa.int64()}),
        [
            pa.RecordBatch.from_pydict({"a": [1, 2]}),
            pa.RecordBatch.from_pydict({"a": [3]}),
        ],
    ),
    an_Arrow_stream_without_batches=lambda: pa.RecordBatchReader.from_batches(
        pa.schema({"a": pa.int64()}, _METADATA), []
    ),
)
kinds(
    "pickle",
    an_Arrow_array=lambda: pa.array([1, 2]),
    an_Arrow_scalar=lambda: pa.scalar(1),
    an_Arrow_schema=lambda: pa.schema({"a": pa.int64()}, _METADATA),
    an_Arrow_table_with_our_own_key=lambda: pa.table({"a": [1]}).replace_schema_metadata(
        {"entrepot:python": "mine"}
    ),
)
