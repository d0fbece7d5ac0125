"""Partitions that several tests use, and an asset of them."""

from __future__ import annotations

from typing import Any

import entrepot as ep
from entrepot import asset, materialize

DAYS = ep.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-04")
KEYS = ["2024-01-01", "2024-01-02", "2024-01-03"]
LETTERS = ep.StaticPartitionsDefinition(["c", "a", "b"])


@asset(partitions_def=DAYS)
def daily(context: ep.AssetExecutionContext) -> str:
    return f"of {context.partition_key}"


def instance_of_days() -> ep.Instance:
    """Return an instance that has made each day."""
    instance = ep.Instance.ephemeral()
    for key in KEYS:
        materialize([daily], instance=instance, partition_key=key)
    return instance


def run(instance: ep.Instance, *assets: Any, **options: Any) -> Any:
    result = materialize([daily, *assets], instance=instance, selection=list(assets), **options)
    return result.output_for_node(assets[-1].key)
