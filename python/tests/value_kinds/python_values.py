"""Python's own kinds of values."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import math
import pathlib
import uuid

from value_kinds.registry import kinds


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Model:
    weights: list[float]
    labels: dict[int, str]


class TaggedText(str):
    pass


Point = collections.namedtuple("Point", "x y")


kinds(
    "json",
    an_int=lambda: 42,
    the_largest_64_bit_int=lambda: 2**63 - 1,
    a_bool=lambda: True,
    a_float=lambda: 0.1 + 0.2,
    negative_zero=lambda: -0.0,
    the_smallest_float=lambda: 5e-324,
    a_dict=lambda: {"z": 1, "a": [None, True, {"é": "ü"}]},
    nested_None=lambda: {"a": None, "b": [None, [None]]},
    an_empty_list=lambda: [],
    an_empty_dict=lambda: {},
    an_int_and_a_float_and_a_bool_in_a_list=lambda: [1, 1.0, True],
)
kinds(
    "pickle",
    a_big_int=lambda: 10**30,
    a_big_int_inside=lambda: {"a": [2**63]},
    not_a_number=lambda: math.nan,
    infinity_in_a_list=lambda: [math.inf, -math.inf],
    a_tuple=lambda: (1, "a"),
    a_tuple_in_a_list=lambda: [(1, 2)],
    a_set=lambda: {1, 2, "a"},
    a_frozenset=lambda: frozenset({1}),
    a_dict_with_int_keys=lambda: {1: "a", 2: "b"},
    a_dict_with_a_None_key=lambda: {None: 1},
    an_ordered_dict=lambda: collections.OrderedDict(a=1),
    a_counter=lambda: collections.Counter("aab"),
    a_deque=lambda: collections.deque([1, 2], maxlen=3),
    a_named_tuple=lambda: Point(1, 2),
    a_complex_number=lambda: 1 + 2j,
    a_decimal=lambda: decimal.Decimal("1.10"),
    a_fraction=lambda: fractions.Fraction(1, 3),
    a_date=lambda: dt.date(2024, 2, 29),
    a_time_zone_aware_datetime=lambda: dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc),
    a_timedelta=lambda: dt.timedelta(days=-1, microseconds=1),
    a_uuid=lambda: uuid.UUID(int=5),
    a_path=lambda: pathlib.PurePosixPath("a/b"),
    an_enum_member=lambda: Colour.RED,
    a_dataclass=lambda: Model([0.5], {1: "a"}),
    a_text_subclass=lambda: TaggedText("a"),
    bytes_in_a_list=lambda: [b"a"],
    a_bytearray=lambda: bytearray(b"ab"),
    a_range=lambda: range(0, 10, 3),
    a_class=lambda: Model,
    text_with_a_lone_surrogate=lambda: "\ud800",
)
kinds(None, a_lone_surrogate_in_a_list=lambda: ["\ud800"])
kinds("text", a_text=lambda: "Grüße, 世界 \U0001f600\x00", an_empty_text=lambda: "")
kinds("bytes", some_bytes=lambda: bytes(range(256)), empty_bytes=lambda: b"")
