"""Writes results/README.md from a results file, and the section of the project's README that
quotes it: every figure in either comes from that file.

    python benchmarks/page.py results/DATE-CPU.json    writes both
    python benchmarks/page.py --check                  are both as the page's file says?
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import budgets
from cases import HERE, TASKS
from headlines import HEADLINES, Headline

PAGE = HERE / "results" / "README.md"
README = HERE.parent / "README.md"
MISSED = HERE / "missed.md"
_BEGIN, _END = "<!-- measured: written by benchmarks/page.py -->", "<!-- end of measured -->"
_SOURCE = re.compile(r"\]\(([\w.-]+\.json)\)")

#: What a program prints beside measurements.
_NOT_MEASURED = ("steps", "modules")


def quantity(metric: str, value: float) -> str:
    """Return a value with the unit that its metric's name tells, three digits of it."""
    if "seconds" in metric:
        scales = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]
    elif "bytes" in metric:
        scales = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")]
    else:
        scales = [(1.0, "")]
    scale, unit = next((s for s in scales if abs(value) >= s[0] * 0.9995), scales[-1])
    number = value / scale
    digits = 0 if abs(number) >= 99.95 or unit == "B" else 1 if abs(number) >= 9.995 else 2
    return f"{number:,.{digits}f} {unit}".strip()


def _label(metric: str) -> str:
    if metric == "seconds_per_step":
        return "per step"
    return metric.removesuffix("_seconds").removesuffix("_bytes").replace("_", " ")


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    if not all(ours):
        return ""
    paired = median(b / a for a, b in zip(ours, theirs, strict=False))
    return f" ({paired:,.0f})" if paired >= 99.5 else f" ({paired:.2g})"


def _table(rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)


def task_table(measured: budgets.Measured, task: str) -> str:
    """Return a row for each measurement of a group and a column for each competitor."""
    competitors: list[str] = []
    rows: dict[tuple[str, str], dict[str, Sequence[float]]] = {}
    for name, values in measured.items():
        of_task, _, rest = name.partition("/")
        rest, _, metric = rest.rpartition("/")
        competitor, _, group = rest.partition(": ")
        if of_task == task and metric not in _NOT_MEASURED:
            rows.setdefault((group, metric), {})[competitor] = values
            if competitor not in competitors:
                competitors.append(competitor)
    table = [["", *competitors]]
    for (group, metric), found in rows.items():
        first = next(iter(found))
        cells = [f"{group}: {_label(metric)}"]
        for competitor in competitors:
            if competitor not in found:
                cells.append("")
                continue
            ratio = "" if competitor == first else _ratio(found[first], found[competitor])
            cells.append(quantity(metric, median(found[competitor])) + ratio)
        table.append(cells)
    return _table(table)


def _span(measured: budgets.Measured, names: Sequence[str]) -> str:
    """Return the medians' range; "" if one was not measured."""
    if not all(name in measured for name in names):
        return ""
    metric = names[0].rpartition("/")[2]
    middles = sorted(median(measured[name]) for name in names)
    low, high = quantity(metric, middles[0]), quantity(metric, middles[-1])
    if low == high:
        return low
    if low.split()[-1] == high.split()[-1]:
        return f"{low.split()[0]}–{high}"
    return f"{low} – {high}"


def headline_table(measured: budgets.Measured, headlines: Sequence[Headline]) -> str:
    rows = [["", "Entrepot", "beside it"]]
    for headline in headlines:
        ours = _span(measured, headline.ours)
        theirs = [
            f"{label}: {span}"
            for label, names in headline.beside
            if (span := _span(measured, names))
        ]
        if ours:
            rows.append([headline.what, ours, "; ".join(theirs)])
    return _table(rows)


def explanations() -> dict[str, str]:
    """Return missed.md's sections by heading."""
    parts = re.split(r"^## (.+)\n", MISSED.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


def unexplained(rows: list[budgets.Row]) -> list[str]:
    """Return what was missed without an explanation that begins with its name."""
    known = explanations()
    missed = [row.what for row in rows if "missed" in row.verdict]
    return [what for what in missed if not any(what.startswith(name) for name in known)]


def _missed_section(rows: list[budgets.Row]) -> str:
    missed = [row.what for row in rows if "missed" in row.verdict]
    if not missed:
        return ""
    parts = [
        f"**{name}.** {text}"
        for name, text in explanations().items()
        if any(what.startswith(name) for what in missed)
    ]
    parts += [f"**{what}.** Not explained yet." for what in unexplained(rows)]
    return "## What is missed, and why\n\n" + "\n\n".join(parts) + "\n\n"


def _counts(rows: list[budgets.Row]) -> str:
    kept = sum(row.is_kept for row in rows)
    at_best = sum("at best" in row.verdict for row in rows)
    missed = sum(row.verdict.startswith("missed") for row in rows)
    unknown = len(rows) - kept - at_best - missed
    text = f"Of {len(rows)} budgets {kept} are kept"
    text += f", {at_best} only at best" if at_best else ""
    text += f", {missed} missed" if missed else ""
    return text + (f", {unknown} not measured" if unknown else "")


def _about(document: dict[str, Any]) -> str:
    machine = document["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, Linux "
        f"{machine['kernel']}, {machine['filesystem']}; Python {machine['python']}, {packages}."
    )


def page(document: dict[str, Any], source: str) -> str:
    measured = document["measured"]
    rows = budgets.judge(measured)
    cells = [["what", "budget", "measured", "at best", "verdict"]]
    cells += [row.cells() for row in rows]
    text = (
        f"# Results of {document['date']}\n\n"
        f"Written by `./dev bench --all` from [{source}]({source}), which has what each round "
        f"measured. {_about(document)}\n\n"
        f"## In short\n\n{headline_table(measured, HEADLINES)}\n\n"
        f"## Budgets\n\n{_counts(rows)}. *Measured* is the median over rounds (of ratios: of "
        "the rounds' own ratios), *at best* compares the minima.\n\n"
        f"{_table(cells)}\n\n{_missed_section(rows)}"
        "Medians over rounds; in brackets: times the row's first.\n"
    )
    for task in TASKS:
        if any(name.startswith(task + "/") for name in measured):
            title = task.replace("_", " ").capitalize()
            text += f"\n## [{title}](../{task}/README.md)\n\n{task_table(measured, task)}\n"
    if document["missing"]:
        text += "\n## Missing\n\n"
        text += "".join(f"- {name}: {why}\n" for name, why in document["missing"].items())
    return text


def readme_section(document: dict[str, Any]) -> str:
    measured = document["measured"]
    machine = document["machine"]
    shown = [headline for headline in HEADLINES if headline.in_readme]
    return (
        f"{_BEGIN}\n\nOn {machine['cores']} cores, {machine['cpu']}, "
        f"{document['date']}, medians:\n\n{headline_table(measured, shown)}\n\n"
        f"{_counts(budgets.judge(measured))}; "
        f"[all results, and what is missed and why](benchmarks/results/README.md).\n\n{_END}"
    )


def with_section(readme: str, section: str) -> str:
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise SystemExit(f"README.md has no '{_BEGIN}' … '{_END}'")
    return before + section + after


def write(results: Path) -> None:
    """Write the page and README's section from a results file in results/."""
    document = json.loads(results.read_text())
    PAGE.write_text(page(document, results.name))
    README.write_text(with_section(README.read_text(), readme_section(document)))


def check() -> list[str]:
    """Return what is not as the page's results file says."""
    found = _SOURCE.search(PAGE.read_text())
    if not found:
        return [f"{PAGE.name} names no results file"]
    document = json.loads((PAGE.parent / found[1]).read_text())
    faults = []
    if PAGE.read_text() != page(document, found[1]):
        faults.append(f"benchmarks/results/README.md is not what {found[1]} says")
    readme = README.read_text()
    if readme != with_section(readme, readme_section(document)):
        faults.append(f"README.md's measured section is not what {found[1]} says")
    for what in unexplained(budgets.judge(document["measured"])):
        faults.append(f"benchmarks/missed.md does not explain: {what}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, nargs="?")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if given.results:
        write(given.results)
    faults = check() if given.check else []
    for fault in faults:
        print(f"{fault}; run: python benchmarks/page.py benchmarks/results/<file>",
              file=sys.stderr)
    if given.check and not faults:
        print("benchmarks: the results page and README quote the same file")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
