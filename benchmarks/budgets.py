"""The budgets of the design, and whether what was measured keeps them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from statistics import median

#: By "task/case/metric": what each round measured; of a program's repeats, the least.
Measured = Mapping[str, list[float]]


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
            return f"kept at best (typically missed x{times:.2f})"
        return f"missed x{times:.2f}"

    def _keeps(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def cells(self) -> list[str]:
        sign = ">=" if self.at_least else "<="
        shown = [
            "-" if value is None else f"{value:.4g} {self.unit}"
            for value in (self.typical, self.best)
        ]
        return [self.what, f"{sign} {self.limit:.4g} {self.unit}", *shown, self.verdict]


class _Judge:
    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def values(self, name: str) -> list[float] | None:
        return self._measured.get(name) or None

    def absolute(
        self, what: str, name: str, unit: str, scale: float, limit: float
    ) -> Row:
        values = self.values(name)
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


def judge(measured: Measured) -> list[Row]:
    """Return the rows of the design's table that these tasks measure."""
    j = _Judge(measured)

    def step(case: str) -> str:
        return f"step_overhead/{case}/seconds_per_step"

    def table(case: str, metric: str) -> str:
        return f"table_round_trip/{case}/{metric}"

    rows = []
    for shape in ("independent", "chain"):
        rows += [
            j.absolute(f"step, C++, memory, {shape}",
                       step(f"entrepot C++: memory + memory log, {shape}"), "us", 1e6, 10),
            j.absolute(f"step, Python, memory, {shape}",
                       step(f"entrepot Python: memory + memory log, {shape}"), "us", 1e6,
                       60),
        ]
    rows += [
        j.absolute("step, C++, memory + durable SQLite, independent",
                   step("entrepot C++: memory + full log, independent"), "us", 1e6, 100),
        j.ratio("step, C++, memory + durable SQLite, chain / bare synced commit",
                step("entrepot C++: memory + full log, chain"), step("sqlite_floor"), 1.0),
    ]
    for shape in ("independent", "chain"):
        fast = step(f"entrepot Python: filesystem + fast log, {shape}")
        full = step(f"entrepot Python: filesystem + full log, {shape}")
        dagster = step(f"dagster: filesystem + full log, {shape}")
        rows += [
            j.absolute(f"step, Python, files + SQLite, fast, {shape}", fast, "us", 1e6,
                       200),
            j.ratio(f"dagster / step, Python, files + SQLite, fast, {shape}", dagster, fast,
                    100, at_least=True),
            j.ratio(f"step, Python, files + SQLite, durable, {shape} / "
                    "(bare synced store + 150 us)",
                    full, step("store_floor"), 1.0, plus=150e-6),
        ]
    ours = "entrepot C++: fast"
    rows += [
        j.ratio("table, store / direct Arrow", table(ours, "store_seconds"),
                table("arrow only", "store_seconds"), 1.05),
        j.ratio("table, store / direct Arrow, processor time",
                table(ours, "store_cpu_seconds"),
                table("arrow only", "store_cpu_seconds"), 1.05),
        j.ratio("table, load / direct Arrow (whole file in memory)",
                table(ours, "load_seconds"), table("arrow only", "load_seconds"), 1.05),
        j.ratio("table, load / direct Arrow (ReadableFile)",
                table(ours, "load_seconds"), table("arrow only", "load_by_file_seconds"),
                1.05),
    ]
    for peer, face in (("pandas", "pandas"), ("polars", "polars"), ("duckdb", "arrow")):
        ours = f"entrepot Python: {face}, fast"
        rows += [
            j.ratio(f"table, {peer}'s seconds to store / ours",
                    table(peer, "store_seconds"), table(ours, "store_seconds"), 1.8,
                    at_least=True),
            j.ratio(f"table, our file / {peer}'s", table(ours, "file_bytes"),
                    table(peer, "file_bytes"), 1.0),
        ]
    for face in ("C++: fast", "Python: arrow, fast", "Python: pandas, fast"):
        rows.append(
            j.absolute(f"memory above the table while storing, {face}",
                       table(f"entrepot {face}, memory to store", "store_above_bytes"),
                       "MB", 1e-6, 64 * 2**20 / 1e6))
    rows.append(
        j.absolute("import entrepot", "import_time/entrepot/import_seconds", "ms", 1e3, 100))
    return rows
