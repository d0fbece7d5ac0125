"""The floor of a plan in Python: the standard library sorts the same graph, of numbers.

--assets N  --repeats N
"""

from __future__ import annotations

import sys
import time
from graphlib import TopologicalSorter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from graph_shape import shuffled, sources_of
from measurement import check, options, show


def main() -> None:
    given = options()
    graph = {number: sources_of(number) for number in shuffled(int(given["assets"]))}
    seconds = []
    for _ in range(int(given.get("repeats", "3"))):
        begin = time.perf_counter()
        order = list(TopologicalSorter(graph).static_order())
        seconds.append(time.perf_counter() - begin)
        place = {number: i for i, number in enumerate(order)}
        check(len(place) == len(graph), "assets are missing")
        for number, sources in graph.items():
            check(all(place[source] < place[number] for source in sources), "the order")
    show({"plan_seconds": seconds, "checked": True})


if __name__ == "__main__":
    main()
