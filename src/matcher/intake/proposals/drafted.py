"""From tables and what their questions are taken for to the entries and questions of a proposal."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matcher.cohort.tables import SIGNUPS, ColumnSpec, Kind, table_spec
from matcher.config import Config
from matcher.intake.config_columns import find_spec
from matcher.intake.presets import IGNORE, PRESETS, SUBMITTED
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.columns import IN_OPTIONS, ColumnProposal
from matcher.intake.proposals.layouts import Layout, table_settings
from matcher.intake.proposals.meanings import (
    MISSING,
    Meanings,
    consent_words,
    grades_in_order,
    is_rendering,
    meanings,
    own_options,
)
from matcher.intake.proposals.proposal import Draft, Entry, Path_, Proposal, TableProposal
from matcher.intake.proposals.title_guesses import described, is_safety
from matcher.intake.proposals.written_dates import DAY_FIRST, MONTH_FIRST, date_format
from matcher.text import fold, shown_title

TOPICS = "contexts"
"""Column of the options that a programme asks for, in the vocabulary's words or in its own."""


def drafted(
    proposed: Sequence[TableProposal], layouts: Mapping[str, Layout], settled: Mapping[Path_, Any]
) -> Proposal:
    """Return the proposal for some tables.

    Parameters
    ----------
    proposed, layouts
        The tables, and how each is written.
    settled
        Answers by path; None for a column whose answers cannot be read.
    """
    draft = Draft({path: value for path, value in settled.items() if value is not None})
    doubted = {path for path, value in settled.items() if value is None}
    topics = _own_topics(proposed)
    _add_input(draft, proposed)
    for name, layout in layouts.items():
        is_only = len(layouts) == 1 and name == SIGNUPS.name
        paths = [other.spot.path for other in layouts.values()]
        has_sheets = paths.count(layout.spot.path) > 1
        how = table_settings(layout, name, is_only=is_only, has_sheets=has_sheets)
        for key, value in how.items():
            draft.add(("tables", name, key), value, _LAYOUT_WHY.get(key, ""))
    for table in proposed:
        _add_separators(draft, table)
        _add_decimal(draft, table, is_typed=layouts[table.table].grid.is_typed)
        for column in table.columns:
            if column.why != IN_OPTIONS:
                _add_column(draft, table, column, doubted)
        _add_dates(draft, table)
        for column in table.columns:
            _add_words(draft, table, column, topics)
    _add_topics(draft, topics)
    _add_grades(draft, proposed)
    return Proposal(tuple(proposed), tuple(draft.entries.values()), tuple(draft.questions))


_LAYOUT_WHY = {
    "file": "the file as it came",
    "preset": "its titles are that tool's",
    "encoding": "it is no UTF-8",
    "skip_rows": "rows above the titles",
    "rows": "a row is a person and one of their answers, which are joined",
    "header_rows": "its first row holds answers: columns are called A, B, C",
}


def _add_input(draft: Draft, proposed: Sequence[TableProposal]) -> None:
    """Add how people are told apart, whose answer counts, and whether consent is needed."""
    people = [table for table in proposed if table.columns]
    targets = [{column.target for column in table.columns} for table in people]
    if all("email" in found and "person_id" not in found for found in targets):
        draft.add(("input", "id"), "email", "people are told apart by their address")
    elif not all("person_id" in found for found in targets):
        text = "no column tells everybody apart: which title holds an id, or an address in each?"
        draft.ask(("input", "id"), text, choices=("email", "person_id"), example="email")
    is_tool = any(PRESETS[table.preset].duplicates != "error" for table in people)
    if any(SUBMITTED in found for found in targets) and not is_tool:
        draft.add(("input", "duplicates"), "latest", "of several answers of one person")
    if any("consent" in found for found in targets):
        why = "who did not agree is set aside, by name in problems.csv"
        draft.add(("input", "consent"), "required", why)
    for table, found in zip(people, targets, strict=True):
        is_asked = any(column.perhaps == "role" for column in table.columns)
        if table.table == SIGNUPS.name and "role" not in found and not is_asked:
            path = ("columns", table.table, "the question that says mentee or mentor")
            draft.ask(path, "which question is it?", example="role")


def _add_separators(draft: Draft, table: TableProposal) -> None:
    """Add what separates items in the list cells of a table where its tool writes another sign."""
    usual = PRESETS[table.preset].separator
    for column in table.columns:
        spec = find_spec(table_spec(table.table), column.target or IGNORE, Config())
        cells = column.evidence
        if spec is None or not spec.is_list or cells.ticked:
            continue
        sign = cells.separator or cells.commonest_mark
        if sign and sign != usual and not cells.holds(usual):
            path = ("tables", table.table, "separators", spec.name)
            draft.add(path, sign, f"between items, as {shown_title(column.title)!r} is answered")


_COMMA, _POINT = re.compile(r"\d+,\d{1,2}"), re.compile(r"\d+\.\d{1,2}")


def _add_decimal(draft: Draft, table: TableProposal, *, is_typed: bool) -> None:
    """Add the comma as the decimal sign where written numbers have it and none has a point."""
    spec = table_spec(table.table)
    texts = [
        text.strip()
        for column in table.columns
        if (found := find_spec(spec, column.target or IGNORE, Config())) is not None
        and found.kind is Kind.NUMBER
        for text in column.evidence.counts
    ]
    has_point = not is_typed and any(map(_POINT.fullmatch, texts))
    if any(map(_COMMA.fullmatch, texts)) and not has_point:
        draft.add(("tables", table.table, "decimal"), ",", "as in its numbers")


def _own_topics(proposed: Sequence[TableProposal]) -> list[ColumnProposal]:
    """Return the questions whose options are more than the vocabulary's words in plain English."""
    asked = [
        column
        for table in proposed
        for column in table.columns
        if column.target is not None and column.target.rpartition(".")[2] == TOPICS
    ]
    choices = SIGNUPS.by_name[TOPICS].choices
    options = own_options(column.evidence for column in asked)
    return [] if all(is_rendering(option, choices) for option in options) else asked


def _add_column(
    draft: Draft,
    table: TableProposal,
    column: ColumnProposal,
    doubted: set[Path_],
) -> None:
    """Add what a question is taken for, or ask."""
    paths = [("columns", table.table, title) for title in column.keys]
    target = column.target
    is_unreadable = not doubted.isdisjoint(paths)
    if target is None or is_unreadable:
        _ask_column(draft, ("columns", table.table, column.title), column, target)
        return
    for path in paths:
        draft.add(path, target, column.why)


def _ask_column(draft: Draft, path: Path_, column: ColumnProposal, target: str | None) -> None:
    likely = target or column.perhaps
    text = column.why or "its title and answers do not agree"
    if target:
        text = f"some of its answers cannot be read as {described(target)}"
    elif likely:
        text += f": is it {described(likely)}?"
    others = ("avoid", "line_manager", "preferences.1", IGNORE)
    choices = tuple(dict.fromkeys(filter(None, (likely, *others))))
    draft.ask(path, text, choices=choices, example=likely or IGNORE, samples=column.samples)


def _add_topics(draft: Draft, topics: Sequence[ColumnProposal]) -> None:
    if not topics:
        return
    options = own_options(column.evidence for column in topics)
    why = "its options are compared as they are, since they say more than the vocabulary's words"
    draft.add(("facets", "topic", "columns"), [TOPICS], why)
    why = "the options that were ticked: complete them by those that nobody ticked"
    draft.add(("facets", "topic", "options"), options, why)


def _add_words(
    draft: Draft, table: TableProposal, column: ColumnProposal, topics: Sequence[ColumnProposal]
) -> None:
    """Add what the answers of a question mean: words and numbers."""
    target = column.target or IGNORE
    spec = find_spec(table_spec(table.table), target, Config())
    name = target.rpartition(".")[2]
    if column in topics:
        options = tuple(own_options(topic.evidence for topic in topics))
        found = meanings(ColumnSpec(TOPICS, Kind.LIST, "own options", options), column.evidence)
        missing = {word: value for word, value in found.words.items() if value == MISSING}
        _add_meanings(draft, TOPICS, Meanings("answers", missing))
    elif target == "consent":
        _add_meanings(draft, target, Meanings("answers", consent_words(column.evidence)))
    elif spec is not None and name != "seniority" and spec.kind is not Kind.DATE:
        _add_meanings(draft, name, meanings(spec, column.evidence))


def _add_meanings(draft: Draft, target: str, found: Meanings) -> None:
    for answer, value in found.words.items():
        plain = int(value) if isinstance(value, float) and value == int(value) else value
        draft.add((found.section, target, answer), plain)
    for answer in found.unknown:
        path = (found.section, target, answer)
        if is_safety(target):
            roles = tuple(SIGNUPS.by_name["role"].choices) if target == "role" else ("yes", "no")
            text = f"what does this answer mean for {described(target)}?"
            draft.ask(path, text, choices=roles)
        elif answer == found.unknown[0]:
            text = f"what do {target} answers such as this one mean? until then they are missing"
            draft.ask(path, text, meanwhile=MISSING)
        else:
            draft.add(path, MISSING, "as above: write what it means")


def _add_dates(draft: Draft, table: TableProposal) -> None:
    """Add the format of a table's dates; those that can be read two ways are left out and asked."""
    spec = table_spec(table.table)
    dated = [
        column
        for column in table.columns
        if column.target == SUBMITTED
        or ((found := spec.find(column.target or "")) and found.kind is Kind.DATE)
    ]
    formats = {column.title: date_format(column.title, column.evidence) for column in dated}
    sure = sorted({written for written in formats.values() if written})
    path = ("tables", table.table, "date_format")
    if sure:
        titles = [shown_title(title) for title, written in formats.items() if written == sure[0]]
        draft.add(path, sure[0], f"as {titles[0]!r} is written")
        return
    for column in dated:
        if formats[column.title] is not None:
            continue
        text = f"does the day or the month come first in {shown_title(column.title)!r}?"
        draft.ask(path, text, choices=(DAY_FIRST, MONTH_FIRST), example=DAY_FIRST)
        line = ("columns", table.table, column.keys[0])
        if path not in draft.settled and line in draft.entries and column.target != SUBMITTED:
            why = (
                f"left out until question {len(draft.questions)} is answered: then {column.target}"
            )
            draft.entries[line] = replace(draft.entries[line], value=IGNORE, why=why)


def _add_grades(draft: Draft, proposed: Sequence[TableProposal]) -> None:
    """Add the grades of all tables in order, or ask in passing for their order."""
    counts = Counter[str]()
    for table in proposed:
        for column in table.columns:
            if column.target == "seniority":
                counts.update(column.evidence.counts)
    grades = CellEvidence(counts, counts.total())
    path = ("programme", "grades")
    if ordered := grades_in_order(grades):
        draft.add(path, ordered, "lowest first")
    elif grades.is_choice:
        found = [shown_title(grade) for grade in sorted(grades.options, key=fold)]
        why = "put these in order, lowest first, and uncomment the line: then grades count"
        draft.entries[path] = Entry(path, None, why, example=found)
