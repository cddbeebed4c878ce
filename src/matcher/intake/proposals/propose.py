"""From the files of a cohort to a proposed config: the one entrance of this room.

What is proposed is read at once with the config that it makes; a column whose answers cannot be
read even so is taken out again and asked about, so that the file that is written loads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.cohort.tables import PAIRS, table_spec
from matcher.config import Config
from matcher.config.input_sections import TableInput
from matcher.errors import ConfigError, Finding, InputError
from matcher.intake.config_columns import stated_columns
from matcher.intake.files.source_files import Shelf
from matcher.intake.presets import PRESETS
from matcher.intake.proposals.by_sentences import Alike
from matcher.intake.proposals.column_proposal import ColumnProposal, unjudged
from matcher.intake.proposals.columns import proposed_columns
from matcher.intake.proposals.drafted import drafted
from matcher.intake.proposals.found_extracts import columns_of_extract
from matcher.intake.proposals.layouts import Layout, rows_in
from matcher.intake.proposals.meanings import TOPICS
from matcher.intake.proposals.proposal import Path_, Proposal, TableProposal
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import Sureness, is_safety
from matcher.intake.proposals.two_sides import of_two_forms
from matcher.intake.proposals.which_table import SIDE_TABLES, TablesFound, tables_at
from matcher.intake.read import faulty_answers
from matcher.text import fold, fold_heading, listed, shortened, shown_title
from matcher.vocabulary import IGNORE

MOST_TRIES = 6
"""Times that a proposal is read and mended."""


def propose(
    source: str | Path,
    config: Config | None = None,
    *,
    settled: Mapping[Path_, Any] | None = None,
    alike: Alike | None = None,
    shelf: Shelf | None = None,
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
    shelf
        What was read of the files before; None reads them.

    Raises
    ------
    InputError, StorageError
        Where there is no table.
    """
    stated, shelf = _placed(config or Config(), settled or {}), shelf or Shelf()
    found = tables_at(source, stated.tables, shelf)
    tables, unread = found.tables, found.unread
    if not tables and not found.open:
        message = "no file here is a table of people"
        remedy = "put the export of the form into the folder, as CSV or .xlsx; where a row is an"
        remedy += ' answer, state rows = "answers", question and answer in [tables.signups]'
        remedy += f"; {listed(unread)}" if unread else ""
        raise InputError(Finding("E_NOT_FOUND", message, remedy))
    answers = dict(settled or {})
    for _ in range(MOST_TRIES):
        proposed = _tables(found, stated, answers, alike)
        drawn = drafted(
            proposed, tables, answers, stated, open_tables=found.open, extracts=found.extracts
        )
        proposal = replace(drawn, unread=unread, joined=tuple(it.told for it in found.extracts))
        unreadable = _unreadable(source, proposal, stated, shelf)
        if not unreadable - answers.keys():
            break
        answers |= dict.fromkeys(unreadable)
    return proposal


def _placed(stated: Config, settled: Mapping[Path_, Any]) -> Config:
    """Return the config with where somebody has answered that tables are."""
    places = {p[1:]: value for p, value in settled.items() if p[0] == "tables" and p[2:] in _PLACES}
    tables = dict(stated.tables)
    for (table, key), value in places.items():
        known = tables.get(table, TableInput()).model_dump(exclude_unset=True)
        tables[table] = TableInput.model_validate(known | {key: value})
    return stated.model_copy(update={"tables": tables}) if places else stated


_PLACES = (("file",), ("sheet",), ("read",))


def _tables(
    places: TablesFound, stated: Config, settled: Mapping[Path_, Any], alike: Alike | None
) -> list[TableProposal]:
    """Return every table with what its questions are taken for."""
    layouts = places.tables
    own = (group.options for group in stated.facets.values() if TOPICS in group.columns)
    topics = frozenset(fold(option) for options in own for option in options)
    proposed = []
    for name, layout in layouts.items():
        grid = layout.grid
        preset = PRESETS[layout.settings.get("preset", stated.input.preset)]
        columns: list[ColumnProposal] = []
        fixed = _fixed(name, stated, settled)
        if name == PAIRS:
            columns = _of_pairs(layout, places.pairs, fixed)
        if table_spec(name).is_people:
            roles = _role_words(stated, settled)
            columns = proposed_columns(
                grid,
                preset,
                places.asked[name],
                people=places.people,
                numbered=layout.numbered,
                topics=topics,
                settled=fixed,
                role_words=roles,
                alike=alike,
            )
        origin = layout.spot.shown
        proposed.append(TableProposal(name, origin, preset.name, rows_in(grid), tuple(columns)))
    proposed = _across(proposed)
    for extract in places.extracts:
        proposed = [
            replace(
                table,
                columns=(
                    *table.columns,
                    *columns_of_extract(
                        extract,
                        layouts[table.table].grid,
                        _fixed(table.table, stated, settled),
                        places.people,
                        alike,
                    ),
                ),
            )
            if table_spec(table.table).is_people
            else table
            for table in proposed
        ]
    return proposed


def _of_pairs(
    layout: Layout, told: Mapping[str, str], fixed: Mapping[str, str]
) -> list[ColumnProposal]:
    """Return what the columns of a list of earlier pairs are, which no form asked for."""
    asked = map(unjudged, layout.questions if told else ())
    targets = {fold_heading(title): target for title, target in told.items()}
    return [
        replace(
            column,
            target=(targets | {**fixed}).get(fold_heading(column.title), IGNORE),
            sureness=Sureness.SURE,
            why=Said(Why.EARLIER_PAIRS),
        )
        for column in asked
    ]


def _across(proposed: list[TableProposal]) -> list[TableProposal]:
    """Say what a question is by those of all tables, and of one side's by the other side's."""
    columns = [column for table in proposed for column in table.columns]
    if sum(table_spec(table.table).is_people for table in proposed) >= len(SIDE_TABLES):
        columns = of_two_forms(columns)
    found = iter(columns)
    return [replace(table, columns=tuple(next(found) for _ in table.columns)) for table in proposed]


def _fixed(table: str, stated: Config, settled: Mapping[Path_, Any]) -> dict[str, str]:
    """Return targets by folded title that the config states or somebody answered."""
    fixed = stated_columns(stated, table)
    for path, value in settled.items():
        if path[:2] == ("columns", table) and isinstance(value, str):
            fixed[fold_heading(path[2])] = value
    return fixed


def _role_words(stated: Config, settled: Mapping[Path_, Any]) -> dict[str, str]:
    """Return roles by folded answer that the config states or somebody answered."""
    said = {fold(word): str(role) for word, role in stated.answers.get("role", {}).items()}
    answered = {p[2]: role for p, role in settled.items() if p[:2] == ("answers", "role")}
    return said | {fold(word): str(role) for word, role in answered.items() if role}


def _unreadable(source: str | Path, proposal: Proposal, stated: Config, shelf: Shelf) -> set[Path_]:
    """Return the columns whose answers cannot be read with the proposed config."""
    left_out = [
        replace(entry, value=IGNORE)
        for entry in proposal.entries
        if entry.path[0] == "columns" and entry.value is None
    ]
    try:
        config = config_of(replace(proposal, entries=(*proposal.entries, *left_out)), stated)
    except ConfigError:
        return set()
    faults = faulty_answers(source, config, _CELLS, shelf)
    by_column = {(fault.table, fault.column) for fault in faults}
    return {path for table, column in by_column for path in _columns_of(proposal, table, column)}


_CELLS = frozenset({"E_DATE", "E_DATE_AMBIGUOUS", "E_ENUM", "E_NUMBER", "E_RANGE", "E_CAPACITY"})


def _columns_of(proposal: Proposal, table: str, target: str) -> Iterator[Path_]:
    for entry in proposal.entries:
        if entry.path[:2] == ("columns", table) and entry.value == target and not is_safety(target):
            yield entry.path


def config_of(proposal: Proposal, stated: Config | None = None) -> Config:
    """Return the config that a proposal makes on top of what is stated, but for its weights.

    Raises
    ------
    ConfigError
        Where the two do not fit together.
    """
    base = (stated or Config()).model_dump(mode="json", exclude_unset=True)
    read = {section: values for section, values in proposal.values.items() if section != "features"}
    for name in read.get("facets", {}):  # the proposed options go on from those stated
        base.get("facets", {}).get(name, {}).pop("options", None)
    return Config.model_validate(_merged(base, read))


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
    lines += [f"joined: {file.in_words}" for file in proposal.joined]
    if proposal.unread:
        lines += (f"not read: {text}".replace("\n", "\n    ") for text in proposal.unread)
    return lines
