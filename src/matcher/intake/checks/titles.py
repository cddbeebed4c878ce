"""What is wrong with column titles: slips, protected attributes, twins, absent ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.errors import Finding
from matcher.intake.presets import PRESETS
from matcher.text import fold_heading, misspelt, shown_title, snake
from matcher.vocabulary import is_protected

if TYPE_CHECKING:
    from matcher.cohort.columns import TableSpec
    from matcher.config import Config
    from matcher.intake.files.grid import Grid

EVERY_NAME = frozenset(name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name) - {
    "text",
    "kind",
    "date",
    "end",
    "start",
    "wave",
}


def judge_title(title: str, absent: set[str], table: str, spec: TableSpec) -> Finding:
    """Return what a title that nothing maps is: protected, a slip of an absent one, or unused."""
    name = snake(title)
    if spec.is_people and (is_protected(title) or is_protected(_bare_question(title))):
        return protected_title(table, shown_title(title))
    near = None if name in EVERY_NAME else misspelt(name, absent)
    shown = shown_title(title)
    if near:
        return Finding(
            "E_UNKNOWN_COLUMN",
            f"there is no such column; it looks like {near}",
            f"rename it {near}, or map it in [columns] (to ignore, if it is something else)",
            table,
            1,
            shown,
        )
    return Finding(
        "W_UNUSED_COLUMN",
        "nothing maps this column, so it is left out",
        "map it in [columns] if it matters",
        table,
        1,
        shown,
    )


_FILLER = {"what", "is", "your", "my", "the", "please", "state", "select", "optional"}
_FILLER |= {"how", "would", "you", "describe"}


def _bare_question(title: str) -> str:
    """Return a question without the words that wrap its subject: `What is your gender?`."""
    return "_".join(word for word in snake(title).split("_") if word not in _FILLER)


def protected_title(table: str, title: str) -> Finding:
    """Return the finding for a protected attribute in a table of people."""
    return Finding(
        "E_PROTECTED_COLUMN",
        "a protected attribute must not stand among the columns that are matched on",
        "map it to groups.x in [columns] (fairness audit only), or ask for it as a wish"
        " (wish_same, shared_for_matching)",
        table,
        1,
        title,
    )


def same_title(grid: Grid, title: str, first: int, second: int) -> Finding:
    """Return the finding for two columns (by position) of one title."""
    message = f"columns {first + 1} and {second + 1} have the same title"
    return Finding(
        "E_DUP_COLUMN", message, "rename or delete one", grid.table, 1, shown_title(title)
    )


def form_tool(grid: Grid, config: Config) -> str:
    """Return the form tool that the titles give away, where the config names none."""
    titles = {fold_heading(title) for title in grid.titles}
    tools = [p.name for p in PRESETS.values() if p.signature and p.signature in titles]
    return tools[0] if tools and config.input.preset == "plain" else ""


def missing_column(table: str, name: str, titles: Iterable[str], tool: str = "") -> Finding:
    """Return the finding for a needed column, with the title among `titles` that looks like it."""
    near = [title for title in titles if misspelt(snake(title), [name])]
    message = "a needed column is missing"
    if near:
        message += f"; {shown_title(near[0])} looks like it"
    remedy = f"add it, or map a column to {name} in [columns]"
    if name == "person_id":
        remedy += ', or set [input] id = "email"'
    if tool:
        remedy = f'it looks like an export of {tool}: set [input] preset = "{tool}"; {remedy}'
    return Finding("E_MISSING_COLUMN", message, remedy, table, 1, name)


def check_stated_titles(grids: Iterable[Grid], config: Config) -> list[Finding]:
    """Report titles of `[columns]` that no table has: an error where one is nearly the same."""
    by_table = {grid.table: _titles(grid) for grid in grids}
    everywhere = set().union(*by_table.values()) if by_table else set()
    findings = []
    for title, target in config.columns.items():
        if isinstance(target, dict):
            own = by_table.get(title, set())
            findings += [f for key in target if (f := _judge_stated(key, own, title)) is not None]
        elif (finding := _judge_stated(title, everywhere, "")) is not None:
            findings.append(finding)
    return findings


def _titles(grid: Grid) -> set[str]:
    return {fold_heading(title) for title in (*grid.titles, *grid.questions)}


def _judge_stated(title: str, present: set[str], table: str) -> Finding | None:
    folded = fold_heading(title)
    if not present or folded in present:
        return None
    near = misspelt(folded, present)
    if near:
        message = f"[columns] names it, no table has it; {shown_title(near)} looks like it"
        remedy = "write the title as the table has it"
        return Finding("E_UNKNOWN_COLUMN", message, remedy, table, None, shown_title(title))
    message = "[columns] names it, but no table has it"
    remedy = "check the title against the export"
    return Finding("W_ABSENT_COLUMN", message, remedy, table, None, shown_title(title))
