"""The budgets of the design, and whether what was measured keeps them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from statistics import median

#: By "task/competitor: group/metric": what each round measured; of a program's repeats,
#: the least.
Measured = Mapping[str, Sequence[float]]

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class Row:
    """One budget. `typical` is by medians, `best` by minima."""

    what: str
    unit: str
    limit: float
    typical: float | None
    best: float | None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.typical is None or self.best is None:
            return "not measured"
        if self._keeps(self.typical):
            return "kept"
        times = (
            self.limit / self.typical if self.at_least else self.typical / self.limit
        )
        if self._keeps(self.best):
            return f"kept at best (typically missed ×{times:.2f})"
        return f"missed ×{times:.2f}"

    @property
    def is_kept(self) -> bool:
        return self.verdict == "kept"

    def _keeps(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def cells(self) -> list[str]:
        sign = "≥" if self.at_least else "≤"
        shown = [
            "–" if value is None else f"{value:.4g} {self.unit}"
            for value in (self.typical, self.best)
        ]
        return [self.what, f"{sign} {self.limit:.4g} {self.unit}", *shown, self.verdict]


class _Judge:
    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def values(self, names: str | Sequence[str]) -> list[float] | None:
        """Return what each round measured; of several names, their sums."""
        names = [names] if isinstance(names, str) else names
        each = [self._measured.get(name) for name in names]
        if not all(each):
            return None
        return [sum(values) for values in zip(*each, strict=False)]  # pyright: ignore

    def absolute(
        self, what: str, names: str | Sequence[str], unit: str, scale: float, limit: float
    ) -> Row:
        values = self.values(names)
        if values is None:
            return Row(what, unit, limit, None, None)
        return Row(what, unit, limit, median(values) * scale, min(values) * scale)

    def ratio(
        self,
        what: str,
        over: str,
        under: str,
        limit: float,
        at_least: bool = False,
        plus: float = 0.0,
    ) -> Row:
        """Compare two cases of the same rounds: over / (under + plus)."""
        a, b = self.values(over), self.values(under)
        if a is None or b is None:
            return Row(what, "x", limit, None, None, at_least)
        paired = median(x / (y + plus) for x, y in zip(a, b, strict=False))
        return Row(what, "x", limit, paired, min(a) / (min(b) + plus), at_least)


def _steps(j: _Judge) -> list[Row]:
    def step(competitor: str, group: str) -> str:
        return f"step_overhead/{competitor}: {group}/seconds_per_step"

    rows = []
    for shape in ("independent", "chain"):
        memory = f"memory manager, memory log, {shape}"
        rows += [
            j.absolute(f"step, C++, memory, {shape}", step("entrepot C++", memory), "µs",
                       1e6, 10),
            j.absolute(f"step, Python, memory, {shape}", step("entrepot Python", memory),
                       "µs", 1e6, 60),
        ]
    durable = "memory manager, full log, "
    rows += [
        j.absolute("step, C++, memory + durable SQLite, independent",
                   step("entrepot C++", durable + "independent"), "µs", 1e6, 100),
        j.ratio("step, C++, memory + durable SQLite, chain / bare synced commit",
                step("entrepot C++", durable + "chain"),
                step("floor", "a synced SQLite commit"), 1.0),
    ]
    for shape in ("independent", "chain"):
        fast = step("entrepot Python", f"filesystem manager, fast log, {shape}")
        full = f"filesystem manager, full log, {shape}"
        rows += [
            j.absolute(f"step, Python, files + SQLite, fast, {shape}", fast, "µs", 1e6,
                       200),
            j.ratio(f"dagster / step, Python, files + SQLite, fast, {shape}",
                    step("dagster", full), fast, 100, at_least=True),
            j.ratio(f"step, Python, files + SQLite, durable, {shape} / "
                    "(bare synced store + 150 µs)",
                    step("entrepot Python", full), step("floor", "a synced file"), 1.0,
                    plus=150e-6),
        ]
    return rows


def _tables(j: _Judge) -> list[Row]:
    def table(competitor: str, group: str, metric: str) -> str:
        return f"table_round_trip/{competitor}: {group}/{metric}"

    def ours(metric: str) -> str:
        return table("entrepot C++", "Arrow table", metric)

    def arrow(metric: str) -> str:
        return table("direct Arrow", "Arrow table", metric)

    rows = [
        j.ratio("table, store / direct Arrow", ours("store_seconds"),
                arrow("store_seconds"), 1.05),
        j.ratio("table, store / direct Arrow, processor time", ours("store_cpu_seconds"),
                arrow("store_cpu_seconds"), 1.05),
        j.ratio("table, load / direct Arrow (whole file in memory)",
                ours("load_seconds"), arrow("load_seconds"), 1.05),
        j.ratio("table, load / direct Arrow, processor time", ours("load_cpu_seconds"),
                arrow("load_cpu_seconds"), 1.05),
        j.ratio("table, load / direct Arrow (ReadableFile)", ours("load_seconds"),
                arrow("load_by_file_seconds"), 1.05),
    ]
    for peer, group in (
        ("pandas", "pandas frame"),
        ("polars", "polars frame"),
        ("duckdb", "Arrow table"),
    ):
        rows += [
            j.ratio(f"table, {peer}'s seconds to store / ours",
                    table(peer, group, "store_seconds"),
                    table("entrepot Python", group, "store_seconds"), 1.8, at_least=True),
            j.ratio(f"table, our file / {peer}'s",
                    table("entrepot Python", group, "file_bytes"),
                    table(peer, group, "file_bytes"), 1.0),
        ]
    return rows


def _reloads(j: _Judge) -> list[Row]:
    rows = []
    for kind in ("tensor", "table"):
        for face in ("C++", "Python"):
            name = f"reload/entrepot {face}: {kind}, "
            rows.append(j.ratio(f"reload of 1 GB / of 1 MB, {kind}, {face}",
                                name + "1000 MB/load_seconds", name + "1 MB/load_seconds",
                                2.0))
    return rows


def _memory(j: _Judge) -> list[Row]:
    rows = []
    for face, group in (
        ("C++", "Arrow table"),
        ("Python", "Arrow table"),
        ("Python", "pandas frame"),
        ("Python", "polars frame"),
    ):
        name = f"table_round_trip/entrepot {face}: {group}, memory to store"
        rows.append(j.absolute(f"memory above the table while storing, {face}, {group}",
                               f"{name}/store_above_bytes", "MiB", 1 / MIB, 64))
    for part in ("store", "load"):
        for face in ("C++", "Python"):
            name = f"memory_peaks/entrepot {face}: stream, 2000 MB, {part}"
            rows.append(j.absolute(f"memory in all, {part} of a stream of 2 GB, {face}",
                                   f"{name}/{part}_process_bytes", "MiB", 1 / MIB, 256))
    return rows


def _history(j: _Judge) -> list[Row]:
    rows = []
    for what, metric in (
        ("latest", "latest"),
        ("100 newest of an asset", "history_of_asset"),
        ("100 newest of a partition", "history_of_partition"),
        ("lineage upstream", "upstream"),
        ("lineage downstream", "downstream"),
    ):
        name = "event_log/entrepot C++: 10,000,000 materializations"
        rows.append(j.absolute(f"log of 10 million: {what}, p99",
                               f"{name}/{metric}_p99_seconds", "ms", 1e3, 1))
    return rows


def _plans(j: _Judge) -> list[Row]:
    rows = []
    for shape in ("chain", "wide", "random"):
        name = f"plan/entrepot C++: 100,000 assets, {shape}"
        rows.append(j.absolute(f"plan of 100,000 steps, {shape}",
                               [f"{name}/check_seconds", f"{name}/plan_seconds"], "s", 1, 1))
    return rows


def _small_values(j: _Judge) -> list[Row]:
    rows = []
    for group in ("a flat dict", "100 numbers"):
        for peer in ("joblib.Memory", "pins"):
            rows.append(j.ratio(f"{peer}'s seconds to store {group} / ours",
                                f"small_value/{peer}: {group}/store_seconds",
                                f"small_value/entrepot Python: {group}/store_seconds", 1.0,
                                at_least=True))
    return rows


def judge(measured: Measured) -> list[Row]:
    """Return the rows of the design's table, in its order."""
    j = _Judge(measured)
    imported = j.absolute("import entrepot", "import_time/entrepot: fresh interpreter/import_seconds",
                          "ms", 1e3, 100)
    return [*_steps(j), *_tables(j), *_reloads(j), *_memory(j), *_history(j), *_plans(j),
            *_small_values(j), imported]
