"""Figures of other tools on the same instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results import Results

NAMES = {
    "matcher": "matcher",
    "scipy LSA, rounds": "scipy's assignment, in rounds",
    "scipy LSA, one mentor": "scipy's assignment, one mentor each",
    "matching": "`matching` (deferred acceptance), in rounds",
    "algmatch": "`algmatch` (deferred acceptance), in rounds",
    "mentor-match": "`mentor-match` (Munkres), in rounds",
    "greedy spreadsheet": "greedy, as in a spreadsheet",
    "OR-Tools CP-SAT, compact": "OR-Tools CP-SAT, compact model",
    "scipy milp, compact": "scipy `milp` (HiGHS), compact model",
}
SIZES = ("200x100", "1000x500")
OPTIMAL = 1e-4
"""Gap up to which an answer counts as the optimum when the fastest one is sought."""
Row = dict[str, Any]


def table(results: Results, places: str) -> str:
    """Return seconds, objective and gap of every tool at both sizes, the best first.

    The fastest tool that found the optimum of a size is in bold.
    """
    rows = {size: rows_of(results, places, size) for size in SIZES}
    order = sorted(NAMES, key=lambda name: _place(rows, name))
    heads = [f"{size.replace('x', ' x ')}: s | objective | short by" for size in SIZES]
    lines = [f"| Tool | {' | '.join(heads)} |", "|---|" + "---:|" * 3 * len(SIZES)]
    for name in order:
        cells = [_cells(rows[size].get(name), fastest(rows[size]) == name) for size in SIZES]
        lines.append(f"| {NAMES[name]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rows_of(results: Results, places: str, size: str) -> dict[str, Row]:
    """Return the rows of an instance by method."""
    wanted = f"{places}-{size}-s0"
    return {row["method"]: row for row in results.rivals if row["instance"] == wanted}


def fastest(rows: dict[str, Row]) -> str:
    """Return the method that found the optimum in the least time."""
    best = [row for row in rows.values() if row["gap"] is not None and row["gap"] <= OPTIMAL]
    return str(min(best, key=lambda row: float(row["seconds"]))["method"]) if best else ""


def seconds(results: Results, places: str, size: str, *method: str) -> str:
    """Return the seconds of a method."""
    return f"{_short(rows_of(results, places, size)[' '.join(method)]['seconds'])} s"


def short_by(results: Results, places: str, size: str, *method: str) -> str:
    """Return the gap of a method."""
    return _gap(rows_of(results, places, size)[" ".join(method)])


def _place(rows: dict[str, dict[str, Row]], name: str) -> float:
    gaps = [rows[size][name]["gap"] for size in SIZES if name in rows[size]]
    known = [gap for gap in gaps if gap is not None]
    return float(known[0]) if known else float("inf")


def _cells(row: Row | None, is_fastest: bool) -> str:
    if row is None:
        return "not tried |  | "
    if row["gap"] is None:
        return f"{row.get('why', 'no answer')} |  | "
    time = _short(row["seconds"])
    time = f"**{time}**" if is_fastest else time
    return f"{time} | {row['objective']:.2f} | {_gap(row)}"


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _gap(row: Row) -> str:
    gap = 100 * row["gap"]
    shown = "0" if gap < 5e-5 else f"{gap:.4f}" if gap < 0.1 else f"{gap:.1f}"
    return f"{shown} %{', proved' if row['method'] == 'matcher' else ''}"


RIVALS = {"rivals": table, "rival-seconds": seconds, "rival-gap": short_by}
