"""Assets of every kind of value and of every fault, for tests of the command line.

pipeline.cc has the same. In the environment:

    PIPELINE_DEFINITIONS  "throw" or "cycle": what is the matter with the definitions;
                          "sound": leave out the assets that fail
    PIPELINE_GATE         a path: step slow/first makes the file <path>.began, and ends when
                          there is a file <path>
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from entrepot import (
    AssetExecutionContext,
    AssetIn,
    AssetKey,
    Definitions,
    MetadataValue,
    RetryPolicy,
    asset,
    errors,
)

VARIANT = os.environ.get("PIPELINE_DEFINITIONS", "")
GATE = os.environ.get("PIPELINE_GATE", "")


class Model:
    """What only Python understands."""

    def __repr__(self) -> str:
        return "Model(weights=[1, 2])"


@asset(key_prefix="raw", group_name="raw")
def flights():
    """Twenty flights, with a null, a name that is wide, and one that is not for terminals."""
    import pyarrow as pa

    carriers = ["UA", "東京", "a\n\x1b[31m", *["UA"] * 17]
    delays = [None if i == 3 else i / 4 for i in range(20)]
    return pa.table({"carrier": carriers, "dep_delay": delays})


@asset(ins={"flights": AssetIn("raw/flights")}, group_name="values", code_version="1")
def daily_delays(flights):
    """Delays of each day."""
    return flights


@asset(group_name="values")
def text(context: AssetExecutionContext) -> str:
    print("printed by a step")
    context.log.info("describing")
    context.log.warning("two\nlines \x1b[31m")
    context.add_output_metadata(
        {
            "null": None,
            "text": "a\nb",
            "int": 7,
            "float": 0.5,
            "nan": float("nan"),
            "bool": True,
            "path": MetadataValue.path("/data/x"),
            "url": MetadataValue.url("https://example.com"),
            "json": MetadataValue.json({"a": [1]}),
            "md": MetadataValue.md("# Title"),
        }
    )
    return "plain"


@asset(name="json", group_name="values")
def json_value() -> dict[str, Any]:
    return {"a": [1, 2.5, None], "é": True}


@asset(name="bytes", group_name="values")
def bytes_value() -> bytes:
    return b"\x01" * 40 + b"end"


@asset(group_name="values")
def tensor():
    import numpy as np

    return np.array([[1, 2.5, float("nan")], [4, 5, 1e300]])


@asset(group_name="values")
def nothing() -> None:
    pass


@asset(key=AssetKey(["odd", "a/b", "..", "it's [x]=*\n"]), group_name="values")
def odd() -> int:
    return 1


@asset(group_name="values")
def model() -> Model:
    return Model()


def fault(name: str, error: Exception) -> Any:
    @asset(name=name, key_prefix="faults", group_name="faults")
    def fails() -> int:
        raise error

    return fails


TEXT = "as the test wants it\nwith a second line"
FAULTS = [
    fault("invalid", errors.InvalidError(TEXT)),
    fault("not_found", errors.NotFoundError(TEXT)),
    fault("conflict", errors.ConflictError(TEXT)),
    fault("corrupt", errors.CorruptError(TEXT)),
    fault("permission", errors.PermissionDenied(TEXT)),
    fault("unavailable", errors.UnavailableError(TEXT)),
    fault("outcome_unknown", errors.OutcomeUnknownError(TEXT)),
    fault("unsupported", errors.UnsupportedError(TEXT)),
    fault("cancelled", errors.CancelledError(TEXT)),
    fault("internal", errors.InternalError(TEXT)),
]


@asset(key_prefix="faults", group_name="faults", retry_policy=RetryPolicy(max_retries=1))
def user_code(context: AssetExecutionContext) -> int:
    context.log.info("about to fail")
    raise RuntimeError("as the test wants it\nline two")


@asset(key_prefix="faults", group_name="faults")
def after(user_code: int) -> int:
    return user_code


@asset(key_prefix="slow", group_name="slow")
def first() -> int:
    if GATE:
        Path(f"{GATE}.began").touch()
        while not Path(GATE).exists():
            time.sleep(0.005)
    return 1


@asset(key_prefix="slow", group_name="slow")
def second(first: int) -> int:
    return first


CYCLE = [
    asset(name="x", ins={"y": AssetIn("y")})(lambda y: y),
    asset(name="y", ins={"x": AssetIn("x")})(lambda x: x),
]

if VARIANT == "throw":
    raise RuntimeError("no configuration")

pipeline = Definitions(
    [
        *[flights, daily_delays, text, json_value, bytes_value, tensor, nothing, odd, model],
        *([] if VARIANT == "sound" else [*FAULTS, user_code, after]),
        *[first, second],
        *(CYCLE if VARIANT == "cycle" else []),
    ]
)
