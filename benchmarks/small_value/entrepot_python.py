"""Entrepot without a graph: `Instance.store` and `Instance.load`. Options: face.py, and
--durability fast|full.
"""

from __future__ import annotations

from face import given, new_folder, run

from entrepot import Instance

_instance = Instance.open(new_folder(), durability=given.get("durability", "fast"))
run(
    lambda number, value: _instance.store(f"values/{number}", value),
    lambda number: _instance.load(f"values/{number}"),
)
