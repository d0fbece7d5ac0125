"""The few figures that stand for all: "In short" of the results page, and in README."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Headline:
    """A line of the table. Several names ("task/competitor: group/metric") are shown as the
    range of their medians."""

    what: str
    ours: tuple[str, ...]
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: Label and names.
    in_readme: bool = True


def _step(competitor: str, group: str) -> tuple[str, ...]:
    return tuple(
        f"step_overhead/{competitor}: {group}, {shape}/seconds_per_step"
        for shape in ("independent", "chain")
    )


def _floor(group: str) -> tuple[str, ...]:
    return (f"step_overhead/floor: {group}/seconds_per_step",)


def _steps(what: str, face: str, group: str, dagster: str = "") -> Headline:
    beside = (("Dagster 1.13", _step("dagster", dagster)),) if dagster else ()
    return Headline(what, _step(f"entrepot {face}", group), beside)


def _table(what: str, group: str, peer: str, metric: str, in_readme: bool = True) -> Headline:
    name = f"table_round_trip/{{}}: {group}/{metric}"
    return Headline(what, (name.format("entrepot Python"),),
                    ((peer, (name.format(peer),)),), in_readme)


def _reload(kind: str, peer: str) -> Headline:
    name = f"reload/{{}}: {kind}, {{}} MB/load_seconds"
    ours = tuple(name.format("entrepot Python", mb) for mb in (1, 1000))
    return Headline(f"reloading a {kind} of 1 MB – 1 GB, mapped", ours,
                    ((f"{peer}, 1 GB", (name.format(peer, 1000),)),))


def _log(what: str, *questions: str) -> Headline:
    name = "event_log/entrepot C++: 10,000,000 materializations/{}_p99_seconds"
    return Headline(what, tuple(name.format(question) for question in questions))


_MEMORY = "memory manager, memory log"
_WRITTEN = "written manager, memory log"
_SMALL = "small_value/{}: a flat dict/store_seconds"
_PLAN = "plan/{}: 10,000 assets/define_seconds"

HEADLINES = (
    _steps("a step, C++, values in memory", "C++", _MEMORY),
    _steps("a step, Python, values in memory", "Python", _MEMORY, _MEMORY),
    _steps("the same, by a manager written in Python", "Python", _WRITTEN, _WRITTEN),
    _steps("a step, Python, files and SQLite, `fast`", "Python",
           "filesystem manager, fast log", "filesystem manager, full log"),
    Headline("a step, Python, files and SQLite, durable",
             _step("entrepot Python", "filesystem manager, full log"),
             (("a bare synced file", _floor("a synced file")),)),
    Headline("a step, C++, values in memory, durable log",
             _step("entrepot C++", "memory manager, full log"),
             (("a bare synced SQLite commit", _floor("a synced SQLite commit")),)),
    _table("storing 5 million rows × 6 columns (250 MB) from pandas", "pandas frame", "pandas",
           "store_seconds"),
    _table("its file", "pandas frame", "pandas", "file_bytes"),
    _table("storing the same from polars", "polars frame", "polars", "store_seconds"),
    _table("its file", "polars frame", "polars", "file_bytes", in_readme=False),
    _table("storing the same from Arrow", "Arrow table", "duckdb", "store_seconds"),
    _table("its file", "Arrow table", "duckdb", "file_bytes", in_readme=False),
    Headline("memory above that table while storing it",
             tuple(f"table_round_trip/entrepot Python: {kind}, memory to store/store_above_bytes"
                   for kind in ("Arrow table", "pandas frame", "polars frame"))),
    Headline("memory in all, storing a stream of 2 GB, C++",
             ("memory_peaks/entrepot C++: stream, 2000 MB, store/store_process_bytes",)),
    _reload("tensor", "numpy, read"),
    _reload("table", "pyarrow, feather read"),
    Headline("storing a small value without a graph",
             (_SMALL.format("entrepot Python"),),
             tuple((peer, (_SMALL.format(peer),)) for peer in ("joblib.Memory", "pins"))),
    _log("of 10 million materializations, the latest of an asset (99th percentile)", "latest"),
    _log("of those, the lineage of one", "upstream", "downstream"),
    Headline("defining 10,000 assets, Python", (_PLAN.format("entrepot Python"),),
             (("Dagster 1.13", (_PLAN.format("dagster"),)),)),
    Headline("`import entrepot`", ("import_time/entrepot: fresh interpreter/import_seconds",),
             (("Dagster 1.13", ("import_time/dagster: fresh interpreter/import_seconds",)),)),
    Headline("the Python package on disk, without pyarrow",
             ("install/entrepot Python: pip install/alone_bytes",)),
    Headline("building its wheel from source, 2 cores",
             ("install/entrepot Python: pip install/compile_seconds",), in_readme=False),
)
