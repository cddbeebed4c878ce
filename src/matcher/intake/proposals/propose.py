"""From the files of a cohort to a proposed config: the one entrance of this room.

What is proposed is read at once with the config that it makes; a column whose answers cannot be
read even so is taken out again and asked about, so that the file that is written loads.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.cohort.tables import SIGNUPS, ColumnSpec, Kind, table_spec
from matcher.config import Config
from matcher.errors import ConfigError, Finding, InputError
from matcher.intake.config_columns import find_spec
from matcher.intake.presets import IGNORE, PRESETS, SUBMITTED
from matcher.intake.proposals.columns import Alike, ColumnProposal, people_in, proposed_columns
from matcher.intake.proposals.evidence import CellEvidence
from matcher.intake.proposals.layouts import (
    Layout,
    found_layouts,
    named_tables,
    rows_in,
    table_settings,
)
from matcher.intake.proposals.likeness import Sureness, described, is_safety
from matcher.intake.proposals.meanings import (
    MOST_UNKNOWN,
    Meanings,
    consent_words,
    date_format,
    grades_in_order,
    meanings,
    own_options,
)
from matcher.intake.proposals.proposal import Draft, Path_, Proposal, TableProposal
from matcher.intake.read import check_cohort
from matcher.text import fold, fold_heading, listed, shortened, shown_title

TOPICS = "topics"
"""Column of the options that a programme asks for in its own words."""
MOST_TRIES = 6
HAS_CONSENT = SIGNUPS.find("consent") is not None
"""Times that a proposal is read and mended."""


def propose(
    source: str | Path,
    config: Config | None = None,
    *,
    settled: Mapping[Path_, Any] | None = None,
    alike: Alike | None = None,
) -> Proposal:
    """Return what the files at `source` probably mean, and what has to be asked.

    Parameters
    ----------
    source
        Folder, workbook, single export or database URL.
    config
        What is stated already; it stands.
    settled
        Answers to questions of an earlier proposal: value by :attr:`Asked.path`.
    alike
        A model of sentences for questions that no phrase fits.

    Raises
    ------
    InputError, StorageError
        Where there is no table.
    """
    stated = config or Config()
    layouts, broken = found_layouts(source)
    tables, unread = named_tables(layouts)
    if not tables:
        message = "no file here is a table of people"
        remedy = "put the export of the form into the folder, as CSV or .xlsx"
        raise InputError(Finding("E_NOT_FOUND", message, remedy))
    answers = dict(settled or {})
    for _ in range(MOST_TRIES):
        proposal = _proposal(tables, stated, answers, alike)
        proposal = replace(proposal, unread=(*unread, *broken))
        unreadable = _unreadable(source, proposal, stated)
        if not unreadable - answers.keys():
            break
        answers |= dict.fromkeys(unreadable)
    return proposal


def _proposal(
    tables: Mapping[str, Layout],
    stated: Config,
    settled: Mapping[Path_, Any],
    alike: Alike | None,
) -> Proposal:
    draft = Draft({path: value for path, value in settled.items() if value is not None})
    doubted = {path for path, value in settled.items() if value is None}
    people = people_in([layout.grid for layout in tables.values()])
    proposed = []
    for name, layout in tables.items():
        grid = replace(layout.grid, table=name)
        preset = PRESETS[layout.settings.get("preset", stated.input.preset)]
        columns: list[ColumnProposal] = []
        if table_spec(name).is_people:
            fixed = _fixed(name, stated, settled)
            columns = proposed_columns(grid, preset, people=people, settled=fixed, alike=alike)
        origin = layout.spot.shown
        proposed.append(TableProposal(name, origin, preset.name, rows_in(grid), tuple(columns)))
    _add_input(draft, proposed, tables, stated)
    for name, layout in tables.items():
        is_only = len(tables) == 1 and name == SIGNUPS.name
        for key, value in table_settings(layout, name, is_only=is_only).items():
            draft.add(("tables", name, key), value, _LAYOUT_WHY.get(key, ""))
    topics = _own_topics(proposed)
    for table in proposed:
        for column in table.columns:
            _add_column(draft, table, column, topics, doubted)
    _add_topics(draft, topics)
    _add_words(draft, proposed, topics)
    return Proposal(tuple(proposed), tuple(draft.entries.values()), tuple(draft.questions))


_LAYOUT_WHY = {
    "file": "the file as it came",
    "preset": "its titles are that tool's",
    "encoding": "it is no UTF-8",
    "skip_rows": "rows above the titles",
    "header_rows": "its first row holds answers: columns are called A, B, C",
}


def _fixed(
    table: str, stated: Config, settled: Mapping[Path_, Any]
) -> dict[str, str]:
    """Return targets by folded title that the config states or somebody answered."""
    fixed: dict[str, str] = {}
    for title, target in stated.columns.items():
        if isinstance(target, str):
            fixed[fold_heading(title)] = target
    own = stated.columns.get(table)
    titles = own.items() if isinstance(own, dict) else ()
    fixed |= {fold_heading(title): target for title, target in titles}
    for path, value in settled.items():
        if path[:2] == ("columns", table) and isinstance(value, str):
            fixed[fold_heading(path[2])] = value
    return fixed


def _add_input(
    draft: Draft, proposed: Sequence[TableProposal], tables: Mapping[str, Layout], stated: Config
) -> None:
    """Add how people are told apart, whose answer counts, and whether consent is needed."""
    people = [table for table in proposed if table.columns]
    targets = [{column.target for column in table.columns} for table in people]
    if all("person_id" in found for found in targets):
        pass
    elif all("email" in found for found in targets):
        draft.add(("input", "id"), "email", "people are told apart by their address")
    else:
        text = "no column tells everybody apart: which one does (an id, or \"email\")?"
        draft.ask(("input", "id"), text, choices=("email", "person_id"))
    has_time = any(SUBMITTED in found for found in targets)
    is_tool = any(PRESETS[table.preset].duplicates != "error" for table in people)
    if has_time and not is_tool:
        draft.add(("input", "duplicates"), "latest", "of several answers of one person")
    if HAS_CONSENT and any("consent" in found for found in targets):
        why = "who did not agree is set aside, by name in problems.csv"
        draft.add(("input", "consent"), "required", why)


def _own_topics(proposed: Sequence[TableProposal]) -> list[ColumnProposal]:
    """Return the questions whose options the vocabulary lacks, so that they are facets of their own."""
    asked = [
        column
        for table in proposed
        for column in table.columns
        if column.target is not None and column.target.rpartition(".")[2] == "contexts"
    ]
    spec = SIGNUPS.find("contexts")
    if not asked or spec is None:
        return []
    found = [meanings(spec, column.evidence) for column in asked]
    known = sum(m.known_share for m in found) / len(found)
    return asked if known < 1 - MOST_UNKNOWN else []


def _add_column(
    draft: Draft,
    table: TableProposal,
    column: ColumnProposal,
    topics: Sequence[ColumnProposal],
    doubted: set[Path_],
) -> None:
    """Add what a question is taken for, or ask."""
    target = TOPICS if column in topics else column.target
    if target == "consent" and not HAS_CONSENT:
        target = IGNORE
    for title in column.titles:
        path = ("columns", table.table, title)
        if target is None or path in doubted:
            _ask_column(draft, path, column, is_unreadable=path in doubted)
        else:
            draft.add(path, target, column.why)


def _ask_column(draft: Draft, path: Path_, column: ColumnProposal, *, is_unreadable: bool) -> None:
    likely = column.target if is_unreadable else column.perhaps
    text = column.why
    if is_unreadable and likely:
        text = f"some of its answers cannot be read as {described(likely)}"
    elif likely:
        text = f"{column.why or 'its title and answers do not agree'}: is it {described(likely)}?"
    choices = tuple(dict.fromkeys(filter(None, (likely, *_ASKED_CHOICES))))
    draft.ask(path, text, choices=choices, example=likely or IGNORE, samples=column.samples)


_ASKED_CHOICES = ("avoid", "line_manager", "consent", "role", IGNORE)


def _add_topics(draft: Draft, topics: Sequence[ColumnProposal]) -> None:
    if not topics:
        return
    options = own_options(column.evidence for column in topics)
    draft.add(("facets", "topic", "columns"), [TOPICS], "a question in the programme's own words")
    why = "the answers that were given: complete them by what nobody ticked"
    draft.add(("facets", "topic", "options"), options, why)


def _add_words(
    draft: Draft, proposed: Sequence[TableProposal], topics: Sequence[ColumnProposal]
) -> None:
    """Add what answers mean, by column: words, numbers, dates and grades."""
    for table in proposed:
        for column in table.columns:
            target = (column.target or "").rpartition(".")[2]
            if column.target in (None, IGNORE) or column.target.startswith("groups."):
                continue
            if column in topics:
                _add_meanings(draft, TOPICS, _of_topics(column, topics))
                continue
            spec = find_spec(table_spec(table.table), column.target, Config())
            if column.target == "consent":
                if not HAS_CONSENT:
                    continue
                found = Meanings("answers", consent_words(column.evidence))
                _add_meanings(draft, "consent", found)
            elif column.target == SUBMITTED or (spec and spec.kind is Kind.DATE):
                _add_date_format(draft, table, column)
            elif target == "seniority":
                _add_grades(draft, column)
            elif spec is not None:
                _add_meanings(draft, target, meanings(spec, column.evidence))


def _of_topics(column: ColumnProposal, topics: Sequence[ColumnProposal]) -> Meanings:
    """Return what the answers of a question of own options mean: all but the options are nothing."""
    options = tuple(own_options(topic.evidence for topic in topics))
    spec = ColumnSpec(TOPICS, Kind.LIST, "own options", options)
    found = meanings(spec, column.evidence)
    missing = {word: value for word, value in found.words.items() if value == "missing"}
    return Meanings("answers", missing)


def _add_meanings(draft: Draft, target: str, found: Meanings) -> None:
    for answer, value in found.words.items():
        plain = int(value) if isinstance(value, float) and value == int(value) else value
        draft.add((found.section, target, answer), plain)
    for answer in found.unknown:
        path = (found.section, target, answer)
        if is_safety(target):
            draft.ask(path, f"what does this answer mean for {described(target)}?")
        else:
            why = "not one of the words that are compared: write the one it means"
            draft.add(path, "missing", why)


def _add_date_format(draft: Draft, table: TableProposal, column: ColumnProposal) -> None:
    path = ("tables", table.table, "date_format")
    written = date_format(column.title, column.evidence)
    if written is None:
        text = f"does the day or the month come first in {shown_title(column.title)!r}?"
        draft.ask(path, text, choices=("%d/%m/%Y", "%m/%d/%Y"), example="%d/%m/%Y")
        for title in column.titles:  # until that is answered its dates are left out
            line = ("columns", table.table, title)
            if path not in draft.settled and line in draft.entries:
                why = f"left out until question {len(draft.questions)} is answered: then joined"
                draft.entries[line] = replace(draft.entries[line], value=IGNORE, why=why)
    elif written:
        draft.add(path, written, f"as {shown_title(column.title)!r} is written")


def _add_grades(draft: Draft, column: ColumnProposal) -> None:
    ordered = grades_in_order(column.evidence)
    path = ("programme", "grades")
    if ordered:
        draft.add(path, ordered, "lowest first")
        return
    if column.evidence.is_choice:
        found = sorted(column.evidence.options, key=fold)
        words = ", ".join(f'"{shown_title(grade)}"' for grade in found)
        draft.entries[path] = replace(
            draft.entries.get(path) or _empty(path),
            why=f"put these in order, lowest first, for a grade to count: [{words}]",
        )


def _empty(path: Path_) -> Any:
    from matcher.intake.proposals.proposal import Entry

    return Entry(path, None)


def _unreadable(source: str | Path, proposal: Proposal, stated: Config) -> set[Path_]:
    """Return the columns whose answers cannot be read with the proposed config."""
    try:
        config = config_of(proposal, stated)
    except ConfigError:
        return set()
    findings = [f for f in check_cohort(source, config) if not f.is_warning and f.row]
    by_column = {(finding.table, finding.column) for finding in findings if finding.code in _CELLS}
    return {path for table, column in by_column for path in _columns_of(proposal, table, column)}


_CELLS = frozenset({"E_DATE", "E_DATE_AMBIGUOUS", "E_ENUM", "E_NUMBER", "E_RANGE", "E_CAPACITY"})


def _columns_of(proposal: Proposal, table: str, target: str) -> Iterator[Path_]:
    for entry in proposal.entries:
        if entry.path[:2] == ("columns", table) and entry.value == target and not is_safety(target):
            yield entry.path


def config_of(proposal: Proposal, stated: Config | None = None) -> Config:
    """Return the config that a proposal makes on top of what is stated.

    Raises
    ------
    ConfigError
        Where the two do not fit together.
    """
    base = (stated or Config()).model_dump(mode="json", exclude_unset=True)
    return Config.model_validate(_merged(base, proposal.values))


def _merged(stated: dict[str, Any], proposed: dict[str, Any]) -> dict[str, Any]:
    """Return both at every depth; what is stated stands."""
    merged = dict(proposed)
    for key, value in stated.items():
        other = merged.get(key)
        both = isinstance(value, dict) and isinstance(other, dict)
        merged[key] = _merged(value, other) if both else value  # type: ignore[arg-type]
    return merged


def summary(proposal: Proposal) -> list[str]:
    """Return in a few lines what was found, for a terminal or a page."""
    lines = []
    for table in proposal.tables:
        taken = [c for c in table.columns if c.target not in (None, IGNORE)]
        left = [shown_title(c.title) for c in table.columns if c.target == IGNORE]
        lines.append(
            f"{table.table}: {table.origin}, {table.rows} rows, {len(taken)} of "
            f"{len(table.columns)} questions used"
        )
        if left:
            lines.append(f"  left out: {shortened(left)}")
    if proposal.unread:
        lines.append(f"not read: {listed(proposal.unread)}")
    return lines
