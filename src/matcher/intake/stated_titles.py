"""Titles that the config names: whether any table has them."""

from collections.abc import Iterable

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.files.grid import Grid
from matcher.intake.option_titles import joined_parts, marked_parts
from matcher.intake.unmapped_titles import NEVER_IN_SILENCE
from matcher.text import fold_heading, misspelt, shown_title


def check_stated_titles(grids: Iterable[Grid], config: Config) -> list[Finding]:
    """Report titles of `[columns]` that no table has: an error where one is nearly the same."""
    by_table = {grid.table: _titles_of(grid, config) for grid in grids}
    everywhere = set().union(*by_table.values()) if by_table else set()
    findings = []
    for title, target in config.columns.items():
        if isinstance(target, dict):
            own = by_table.get(title, set())
            judged = (_judge_stated(key, own, title, to) for key, to in target.items())
            findings += [finding for finding in judged if finding is not None]
        elif (finding := _judge_stated(title, everywhere, "", target)) is not None:
            findings.append(finding)
    return findings


def _titles_of(grid: Grid, config: Config) -> set[str]:
    """Return every folded title by which the config may name columns of a table."""
    asked = grid.column(config.table_input(grid.table).question)
    rows = [] if asked is None else [str(text) for text in set(asked)]
    texts = [*grid.titles, *grid.questions, *rows]
    texts += [part for title in texts for part in title.split(". ", 1)]
    texts += [title.rpartition("/")[2] for title in texts]
    marked = [parts for title in texts if (parts := marked_parts(title))]
    joined = [parts for title in texts for parts in joined_parts(title)]
    questions = [question for question, _ in (*marked, *joined)]
    return {
        fold_heading(t) for t in (*texts, *questions, *(q.rpartition("/")[2] for q in questions))
    }


def _judge_stated(title: str, present: set[str], table: str, target: str) -> Finding | None:
    folded = fold_heading(title)
    if not present or folded in present or not folded:
        return None
    near = misspelt(folded, present)
    if near:
        message = f"[columns] names it, no table has it; {shown_title(near)} looks like it"
        remedy = "write the title as the table has it"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(table, None, shown_title(title))
    message = "[columns] names it, but no table has it"
    remedy = "check the title against the export"
    if target.rpartition(".")[2] in NEVER_IN_SILENCE:
        remedy += ", or take the line out if nobody was asked"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(table, None, shown_title(title))
    return Finding("W_ABSENT_COLUMN", message, remedy).at(table, None, shown_title(title))
