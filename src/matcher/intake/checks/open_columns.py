"""Columns of a form that nothing maps and that may bear on safety, whatever their words are."""

from collections.abc import Sequence

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.config_columns import stated_columns
from matcher.intake.proposals.allowed_words import allowed_words, may_bear_on_safety
from matcher.intake.proposals.asked_consent import TOLD_BY_CELLS
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.columns import proposed_columns
from matcher.intake.proposals.form_questions import FormQuestion, questions_of
from matcher.intake.proposals.own_names import people_in
from matcher.intake.proposals.own_numbers import numbered_by
from matcher.intake.title_faults import unread_safety
from matcher.intake.typed_table import TypedTable
from matcher.intake.valued_tables import ReadTable
from matcher.text import fold, snake


def check_open_columns(sheets: Sequence[ReadTable], config: Config) -> list[Finding]:
    """Report, as `matcher map` would ask about it, what nothing maps and may bear on safety.

    Left out with a mere warning, people would be matched against what they said there.

    Parameters
    ----------
    sheets
        The tables as they were written and with values.
    config
        What is stated of their columns.

    Returns
    -------
    list of Finding
        E_UNKNOWN_COLUMN, one a column.
    """
    forms = [(sheet, questions_of(sheet.grid)) for sheet in sheets if sheet.mapping.spec.is_people]
    if not any(sheet.mapping.unused for sheet, _ in forms):
        return []
    grids = [(sheet.grid, asked) for sheet, asked in forms]
    people = people_in(grids).union(*(_named(sheet.table) for sheet, _ in forms))
    numbered = numbered_by(grids)
    findings = []
    for sheet, asked in forms:
        for column in _open(sheet, asked, people, numbered, config):
            name = sheet.mapping.spec.name
            title = next(t for t in column.titles if snake(t) in sheet.mapping.unused)
            choices = allowed_words(column, name)
            findings.append(unread_safety(name, title, column.why, choices))
    return findings


def _open(
    sheet: ReadTable,
    asked: Sequence[FormQuestion],
    people: frozenset[str],
    numbered: frozenset[str],
    config: Config,
) -> list[ColumnProposal]:
    """Return the questions of a table that nothing maps and that may bear on safety."""
    unused, stated = sheet.mapping.unused, stated_columns(config, sheet.mapping.spec.name)
    if not unused:
        return []
    columns = proposed_columns(
        sheet.grid,
        sheet.mapping.preset,
        asked,
        people=people,
        numbered=numbered,
        settled=stated,
        role_words={fold(word): str(role) for word, role in config.answers.get("role", {}).items()},
    )
    return [
        column
        for column in columns
        if may_bear_on_safety(column)
        and any(snake(title) in unused for title in column.titles)
        and (stated or column.why not in TOLD_BY_CELLS)  # a table made by hand is no form
    ]


def _named(table: TypedTable) -> set[str]:
    """Return folded names and addresses of the people of a table."""
    columns = (table.frame[name].dropna() for name in ("name", "email") if name in table.frame)
    return {fold(text) for column in columns for text in column}
