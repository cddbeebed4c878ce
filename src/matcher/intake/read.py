"""Reading a cohort: the one entrance, and the stations from raw files to checked tables.

What is wrong is collected in one `Findings` on the way, and told together::

    files     Grid        the text of every cell                          files/
    titles    Grid        header rows taken into the titles               headers.py, presets.py
    mapping   Mapping     which column is which                           mapping.py
    values    TypedTable  words have become values                        typed_table.py, cells/
    by hand   TypedTable  with what people have corrected since           corrections.py
    identity  TypedTable  one id and one answer a person    identity.py, resubmissions.py
    checks    Findings    of people, dates, audits and the config         checks/
    links     TypedTable  references are ids, strangers are told or gone  safety.py, links.py
    aside     TypedTable  on request, faulty rows set aside               assembly.py
    assembly  Cohort      two sides, sorted                               assembly.py
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion, told_questions
from matcher.cohort.tables import SIGNUPS, Kind, table_spec
from matcher.config import Config, load_config
from matcher.errors import Finding, InputError, MatcherError, StorageError, raise_if_any
from matcher.intake.assembly import (
    ALWAYS_STOP,
    SetAside,
    assemble,
    empty_frame,
    set_faulty_aside,
    sorted_links,
    with_wished,
)
from matcher.intake.checks.astray import check_astray
from matcher.intake.checks.consent import check_consent, check_consent_asked
from matcher.intake.checks.row_checks import (
    check_audits,
    check_dates,
    check_id_twins,
    check_people,
    newest_past_date,
)
from matcher.intake.config_columns import check_config_targets, check_feature_columns
from matcher.intake.corrections import (
    AnswerSheet,
    Corrector,
    read_corrections,
    row_name,
    with_unread,
)
from matcher.intake.departed import Departed
from matcher.intake.files.grid import Grid, cell_text, check_no_rows, check_row_limit
from matcher.intake.files.recorded import plainly, recorded_file, recorded_grid
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.files.table_sources import Shelf, Source, open_source
from matcher.intake.findings import Findings, in_order
from matcher.intake.headers import check_preset_fits, with_titles
from matcher.intake.identity import Identity, identify
from matcher.intake.links import judged_links, resolve_references
from matcher.intake.long_tables import one_row_each
from matcher.intake.mapping import Mapping as Columns
from matcher.intake.mapping import check_stated_titles, map_headings
from matcher.intake.members import Members
from matcher.intake.presets import drop_notes, drop_test_answers, preset_of
from matcher.intake.ranked_choices import with_choices
from matcher.intake.resubmissions import one_answer_each
from matcher.intake.safety import read_safety
from matcher.intake.typed_table import TypedTable, type_table
from matcher.text import count_of, snake


def read_cohort(
    source: str | Path,
    config: Config | str | Path | None = None,
    *,
    set_aside: bool = False,
    today: date | None = None,
    previous: str | Path | None = None,
    engagements: bytes | None = None,
    warnings: bool = False,
) -> Cohort:
    """Read and check a cohort.

    Parameters
    ----------
    source
        Folder, XLSX workbook, single form export, or SQLAlchemy URL.
    config
        Config, or the path of one; None takes the cohort's own `matcher.toml` or the default.
    set_aside
        Whether people (or only their audits) with faulty rows are set aside instead of stopping.
        Faults of files, titles, rules and engagements stop either way.
    today
        Day after which no past event can lie where `[programme] as_of` is not set; None asks the
        clock.
    previous
        Run folder of the same programme. Rows that name people who took part in it and are gone
        are left out with a warning; without it they are faults.
    engagements
        Bytes of the pairs as they stood at some time, as a run keeps them; None takes those that
        lie there now, no bytes stand for no pairs.
    warnings
        Whether what is raised tells the warnings and questions beside the faults.

    Returns
    -------
    Cohort
        With its warnings, row counts, hashes of the sources, and what was set aside.

    Raises
    ------
    InputError
        All faults of the input together.
    StorageError
        E_READ where a file or server cannot be read.
    ConfigError
        Where the config itself is wrong.
    """
    settings, day = _settings(source, config), today or _today()
    tables = _opened(str(source), settings, engagements)
    reading = _read_tables(tables, settings, day, Departed.of_run(previous))
    aside = _take_aside(reading, settings, faulty=set_aside)
    faults = reading.found.faults
    if faults:
        only_reading = all(fault.code == "E_READ" for fault in faults)
        told = reading.told() if warnings else []
        raise (StorageError if only_reading else InputError)([*faults, *told])
    return _cohort(reading, aside, settings, day)


PAIRS = "engagements"
"""Table of the pairs past and present, of which a run keeps what it was made from."""


def reading_options(run: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run read its cohort, as keywords of `read_cohort`, from its manifest.

    The pairs are those that it keeps, not those recorded since; under pseudonyms nobody's: whoever
    gives the cohort its pseudonyms puts them in.
    """
    kept = run / f"{PAIRS}.csv"
    return {
        "set_aside": bool(options.get("set_aside")),
        "previous": options.get("previous") or None,
        "engagements": _kept(kept, options) if kept.is_file() else None,
    }


def _kept(path: Path, options: Mapping[str, Any]) -> bytes:
    content = path.read_bytes()
    return b"" if options.get("pseudonymise") or content.count(b"\n") < 2 else content


def with_kept_pairs(cohort: Cohort, run: Path, config: Config) -> Cohort:
    """Return a cohort with the pairs that a run keeps, whose people it calls as the cohort does.

    A run that keeps none, being older, leaves the cohort as it is.
    """
    kept = run / f"{PAIRS}.csv"
    if not kept.is_file():
        return cohort
    grid, plain = recorded_grid(PAIRS, kept.read_bytes()), plainly(config)
    table = type_table(grid, map_headings(grid, preset_of(grid, plain), plain), plain)
    frame = sorted_links(table.frame, table.spec)
    newest = newest_past_date({PAIRS: frame}, _today())
    as_of = config.programme.as_of or max(cohort.as_of, newest)
    return replace(cohort, engagements=frame, as_of=as_of)


def _opened(
    place: str, config: Config, engagements: bytes | None = None, shelf: Shelf | None = None
) -> Source:
    """Return the tables at a place, with other engagements where they are given."""
    source = open_source(place, config, shelf)
    if engagements is not None:
        source.grids.pop(PAIRS, None)
        source.failed.discard(PAIRS)
        source.findings = [finding for finding in source.findings if finding.table != PAIRS]
        source.recorded = [grid for grid in source.recorded if grid.table != PAIRS]
    if engagements:
        source.recorded.append(recorded_grid(PAIRS, engagements))
    return source


def check_cohort(
    source: str | Path,
    config: Config | str | Path | None = None,
    *,
    today: date | None = None,
    shelf: Shelf | None = None,
) -> list[Finding]:
    """Return everything wrong with a cohort, faults first, then warnings; nothing is raised.

    Parameters
    ----------
    source, config, today
        As in :func:`read_cohort`.
    shelf
        What was read of its files before; None reads them.

    Returns
    -------
    list[Finding]
        An empty list where all is well.
    """
    try:
        settings, day = _settings(source, config), today or _today()
        tables = _opened(str(source), settings, shelf=shelf)
        reading = _read_tables(tables, settings, day, Departed())
        aside = _take_aside(reading, settings, faulty=False)
        faults = reading.found.faults
        if not faults:
            return list(_cohort(reading, aside, settings, day).findings)
    except MatcherError as error:
        return list(error.findings)
    return faults + reading.told()


def _settings(source: str | Path, config: Config | str | Path | None) -> Config:
    if not isinstance(config, Config):
        config = load_config(None if config is None else Path(str(config)), cohort=source)
    check_config_targets(config)
    return config


def _today() -> date:
    """Return the later of the day here and in UTC: today's answer is nowhere in the future."""
    now = datetime.now(tz=UTC)
    return max(now.date(), now.astimezone().date())


@dataclass
class _Reading:
    """A cohort on the way in."""

    source: Source
    tables: dict[str, TypedTable]
    found: Findings
    identity: Identity
    questions: tuple[AskedQuestion, ...] = ()

    def frames(self, *, people: bool = False) -> dict[str, pd.DataFrame]:
        """Return the typed frames by table, on request those of people alone."""
        tables = self.tables.items()
        return {name: table.frame for name, table in tables if table.spec.is_people or not people}

    def told(self) -> list[Finding]:
        """Return the questions and warnings, as they are told beside faults."""
        return told_questions(self.questions) + in_order(self.found.warnings)


def _read_tables(source: Source, config: Config, today: date, departed: Departed) -> _Reading:
    """Bring every table of a source through the stations, each as far as its state allows."""
    place, found = source.label, Findings()
    found.add([*source.findings, *check_astray(place)])
    grids = [grid for raw in source.grids.values() for grid in _titled(raw, config, found)]
    found.add([*check_preset_fits(grids, config), *check_stated_titles(grids, config)])
    found.add(check_no_rows([*grids, *source.recorded], can_be_deleted=not is_database_url(place)))
    sheets = [sheet for grid in grids for sheet in _typed(grid, config, found)]
    sheets, corrected = _corrected(place, sheets, source, config, found)
    identity = _identified(sheets, config, found)
    tables = {sheet.table.spec.name: sheet.table for sheet in sheets} | dict(identity.tables)
    for table in _recorded_tables(source, config, found):
        own = tables.get(table.spec.name)
        tables[table.spec.name] = table if own is None else own.followed_by(table)
    tables, told = with_choices(tables, identity.people, config)
    found.add(told)
    reading = _Reading(source, tables, found, identity, corrected)
    is_sound = _check_people(reading, config)
    if is_sound:
        _link(reading, config, departed)
    found.add(check_audits(reading.frames(), has_contacts="contacts" not in source.failed))
    found.add(check_dates(reading.frames(), config.programme.as_of or today))
    return reading


def _titled(grid: Grid, config: Config, found: Findings) -> Iterator[Grid]:
    """Yield the table with all its header rows in its titles, if that can be done."""
    found.add([*grid.findings, *check_row_limit(grid)])
    try:
        yield with_titles(grid, config)
    except InputError as error:
        found.add(error.findings)


def _recorded_tables(source: Source, config: Config, found: Findings) -> Iterator[TypedTable]:
    """Yield what commands wrote beside the tables."""
    for sheet in _sheets_of(source.recorded, plainly(config), found):
        found.add(sheet.table.findings)
        yield sheet.table


def _sheets_of(grids: Iterable[Grid], config: Config, found: Findings) -> Iterator["_Sheet"]:
    for raw in grids:
        for grid in _titled(raw, config, found):
            yield from _typed(grid, config, found)


@dataclass(frozen=True)
class _Sheet:
    """A table as it was written and with values, row by row the same."""

    grid: Grid
    mapping: Columns
    table: TypedTable


def _typed(grid: Grid, config: Config, found: Findings) -> Iterator[_Sheet]:
    """Yield the table with values for texts; one of people without rows is a fault."""
    preset = preset_of(grid, config)
    is_people = table_spec(grid.table).is_people
    if is_people and not len(grid.rows):
        return
    answers, tests = drop_test_answers(grid, preset) if is_people else (grid, [])
    answers, notes = drop_notes(answers) if is_people else (answers, [])
    answers, joined = one_row_each(answers, preset, config)
    mapping = map_headings(answers, preset, config)
    table = type_table(answers, mapping, config)
    found.add([*tests, *notes, *joined, *mapping.findings])
    rejected = len(grid.rows) - len(answers.rows)
    yield _Sheet(answers, mapping, replace(table, read=len(grid.rows), rejected=rejected))


def _corrected(
    place: str, sheets: list[_Sheet], source: Source, config: Config, found: Findings
) -> tuple[list[_Sheet], tuple[AskedQuestion, ...]]:
    """Return the tables with the corrections that lie beside them, and what is asked about those.

    Whose a row is, is told from the tables as they are written.
    """
    corrections = read_corrections(place, source.hashes, found)
    if not corrections:
        return sheets, ()
    written = _identified(sheets, config, Findings())
    owned = {name: _owners(table) for name, table in written.tables.items()}
    of = {s.table.spec.name: s for s in sheets if s.table.spec.name in owned}
    answers = {name: AnswerSheet(s.grid, s.mapping, owned[name]) for name, s in of.items()}
    corrector = Corrector(answers, with_unread(written.people, answers), config)
    for line, correction in corrections.items():
        corrector.apply(line, correction)
    found.add(corrector.findings)
    made = [_typed_again(s, corrector.grids.get(s.table.spec.name, s.grid), config) for s in sheets]
    return made, tuple(corrector.questions)


def _owners(table: TypedTable) -> dict[int, str]:
    """Return by row whose it is."""
    name = table.spec.name
    held = zip(table.frame["source_row"].tolist(), table.frame["person_id"].tolist(), strict=True)
    return {row: p if isinstance(p, str) else row_name(name, row) for row, p in held}


def _typed_again(sheet: _Sheet, grid: Grid, config: Config) -> _Sheet:
    if grid is sheet.grid:
        return sheet
    table = type_table(grid, sheet.mapping, config)
    table = replace(table, read=sheet.table.read, rejected=sheet.table.rejected)
    return replace(sheet, grid=grid, table=table)


def _identified(sheets: Iterable[_Sheet], config: Config, found: Findings) -> Identity:
    """Find out whose the rows are and which of them count; what others hold wrong is not told."""
    people = {s.table.spec.name: s for s in sheets if s.table.spec.is_people}
    identity = identify({name: sheet.table for name, sheet in people.items()}, config)
    tables, superseded = dict(identity.tables), {}
    twice: set[tuple[str, int | None]] = set()
    for name, sheet in people.items():
        found.add(check_consent_asked(sheet.mapping, config))
        if sheet.mapping.has_ids:
            counted = one_answer_each(sheet.grid, sheet.mapping, tables[name], config)
            found.add(counted.findings)
            twice |= {(f.table, f.row) for f in counted.findings if f.code == "E_DUP_ID"}
            superseded[name] = tables[name].counting(~counted.keep)
            tables[name] = tables[name].counting(counted.keep)
    for sheet in sheets:
        found.add(tables.get(sheet.table.spec.name, sheet.table).findings)
    found.add(f for f in identity.findings if (f.table, f.row) not in twice)
    return replace(identity, tables=tables, superseded=superseded)


def _check_people(reading: _Reading, config: Config) -> bool:
    """Check the tables of people; return whether all have ids, so that references can be judged."""
    before = {name: table for name, table in reading.tables.items() if table.spec.is_people}
    people = with_wished(before)
    reading.tables |= people
    wished = {(n, name) for n in people for name in set(before[n].unused) - set(people[n].unused)}
    reading.found.warnings = [
        warning
        for warning in reading.found.warnings
        if warning.code != "W_UNUSED_COLUMN" or (warning.table, snake(warning.column)) not in wished
    ]
    frames = reading.frames(people=True)
    for name, frame in frames.items():
        reading.found.add(check_people(frame, name, config))
    if frames:
        reading.found.add(check_id_twins(frames))
    is_whole = SIGNUPS.name in people or {"mentees", "mentors"} <= set(people)
    is_sound = is_whole and all(table.has_ids for table in people.values())
    if is_sound:
        reading.found.add(check_feature_columns(frames, config))
    return is_sound


def _link(reading: _Reading, config: Config, departed: Departed) -> None:
    """Turn references to people into ids and judge them; repetitions and strangers are dropped."""
    people = reading.identity.people
    members = Members.of(reading.frames(people=True), people)
    signed_up = {name: table for name, table in reading.tables.items() if table.spec.is_people}
    identity = reading.identity
    safety = read_safety(signed_up, members, config, identity.stated, identity.superseded)
    reading.found.add(safety.findings)
    reading.tables |= safety.tables
    asked = (*reading.questions, *identity.questions, *safety.questions)
    reading.questions = tuple(_placed(signed_up, asked))
    reading.found.add(_stale_answers(config, reading.questions))
    links = {n: table for n, table in reading.tables.items() if not table.spec.is_people}
    for name, table in resolve_references(links, people).items():
        reading.tables[name] = judged_links(table, members, departed, reading.found)


def _placed(
    people: Mapping[str, TypedTable], questions: Iterable[AskedQuestion]
) -> Iterator[AskedQuestion]:
    """Yield questions with the rows of who may be meant: derived ids say nothing to people."""
    rows: dict[str, str] = {}
    for name, table in people.items():
        for row, person in _owners(table).items():
            rows.setdefault(person, row_name(name, row))
    for question in questions:
        is_known = all(person in rows for person in question.likely)
        found = tuple(rows[person] for person in question.likely) if is_known else ()
        yield replace(question, rows=found)


def _stale_answers(config: Config, questions: Iterable[AskedQuestion]) -> Iterator[Finding]:
    """Yield the keys of ``[resolve]`` that fit no question: the answer in the table has changed."""
    for key in sorted(config.resolve.keys() - {question.key for question in questions}):
        message = "no question has this key: what it was about has changed, or is gone"
        finding = Finding("W_RESOLVE_UNUSED", message, "answer the questions of matcher check")
        yield finding.at("resolve", column=key)


def _take_aside(reading: _Reading, config: Config, *, faulty: bool) -> SetAside:
    """Set aside who did not agree where that is needed, and on request who has faulty rows.

    Faults of structure, of rules and of engagements stay.
    """
    unread = {(f.table, f.row) for f in reading.found.of_rows if f.column == "consent"}
    refused = [f for f in check_consent(reading.tables, config) if (f.table, f.row) not in unread]
    reading.found.add(finding for finding in refused if finding.is_warning)
    concerned = [finding for finding in refused if not finding.is_warning]
    rows = {(finding.table, finding.row) for finding in concerned}
    faults = [fault for fault in reading.found.of_rows if (fault.table, fault.row) not in rows]
    if faulty:
        faults = _without_write_ins(faults, reading.found)
        may_leave = reading.tables.keys() - set(ALWAYS_STOP)
        concerned += [fault for fault in faults if fault.table in may_leave]
        faults = [fault for fault in faults if fault.table not in may_leave]
    reading.found.of_rows = faults
    if not concerned:
        return SetAside()
    reading.tables, aside = set_faulty_aside(reading.tables, concerned)
    return aside


def _without_write_ins(faults: list[Finding], found: Findings) -> list[Finding]:
    """Return the faults without answers beside valid ones, which cost nobody their place."""
    beside = [fault for fault in faults if fault.is_beside]
    places = Counter((fault.table, fault.column) for fault in beside)
    for (table, column), count in sorted(places.items()):
        message = (
            f"answers beside valid ones, in {count_of(count, 'row')}, are no option of the form"
        )
        remedy = f"they are left out; [answers.{column}] can map them"
        found.add([Finding("W_WRITE_IN", message, remedy).at(table, column=column)])
    return [fault for fault in faults if not fault.is_beside]


def _cohort(reading: _Reading, aside: SetAside, config: Config, today: date) -> Cohort:
    warnings = [*config.notices, *reading.found.warnings]
    gone = {person for person, _ in aside.people}
    asked = tuple(question for question in reading.questions if question.person not in gone)
    return assemble(
        reading.source,
        reading.tables,
        aside,
        warnings,
        config=config,
        today=today,
        people=reading.identity.people,
        questions=asked,
    )


@dataclass(frozen=True)
class Stated:
    """What a cohort says, understood but not yet held against itself."""

    people: Mapping[str, TypedTable]
    """The tables of people, one row an answer that counts; whom they name is as they wrote it."""
    superseded: Mapping[str, TypedTable]
    """Answers of the same people that count no more."""
    links: Mapping[str, TypedTable]
    """The other tables, with ids."""


def read_stated(source: str | Path, config: Config) -> Stated:
    """Read a cohort as far as it can be joined with another one.

    Raises
    ------
    InputError, StorageError
        As :func:`read_cohort`; faulty rows are not set aside.
    """
    reading = _read_tables(_opened(str(source), config), config, _today(), Departed())
    raise_if_any(reading.found.faults, InputError)
    links = {n: table for n, table in reading.tables.items() if not table.spec.is_people}
    identity = reading.identity
    return Stated(identity.tables, identity.superseded, links)


@dataclass(frozen=True)
class TableSoFar:
    """A table that a command is about to write behind."""

    frame: pd.DataFrame
    """All its rows, typed, in their order, with ids of people who are known."""
    cells: pd.DataFrame
    """Texts of the rows that stand in the recorded file, by canonical name, then by title."""


def read_so_far(place: str, table: str, config: Config, people: People) -> TableSoFar:
    """Read one table that names people, to write further rows behind it.

    Raises
    ------
    InputError
        With all that is wrong with it; E_EXISTS where a file of that name is none of the cohort's.
    StorageError
        E_READ.
    """
    source, found, file = open_source(place, config), Findings(), recorded_file(place, table)
    found.add(finding for finding in source.findings if finding.table == table)
    own = [*_sheets_of([g for g in source.grids.values() if g.table == table], config, found)]
    plain = [g for g in source.recorded if g.table == table]
    recorded = [*_sheets_of(plain, plainly(config), found)]
    for sheet in (*own, *recorded):
        found.add(sheet.table.findings)
    raise_if_any(found.faults, InputError)
    here = recorded or [s for s in own if Path(place).is_dir() and s.grid.origin == file.name]
    if not here and file.exists():
        what, remedy = "is there and is none of the cohort's tables", "give it another name"
        raise InputError(Finding("E_EXISTS", f"{file.name} {what}", remedy, table))
    tables = [sheet.table for sheet in (*own, *recorded)]
    joined = tables[0] if tables else None
    for later in tables[1:]:
        joined = tables[0].followed_by(later)
    if joined is None:
        return TableSoFar(empty_frame(table), pd.DataFrame())
    return TableSoFar(resolve_references({table: joined}, people)[table].frame, _plain_cells(here))


def _plain_cells(sheets: Iterable[_Sheet]) -> pd.DataFrame:
    """Return the cells of a table in the one way that recorded files are written."""
    parts: dict[str, Any] = {}
    for sheet in sheets:
        grid, mapping, frame = sheet.grid, sheet.mapping, sheet.table.frame
        for column in mapping.spec.columns:
            places = mapping.of(column.name)
            if places and column.kind in (Kind.ID, Kind.TEXT):
                parts[column.name] = grid.columns[places[0]]
            elif places:
                parts[column.name] = [told(cell) for cell in frame[column.name]]
        rest = sorted(set(range(len(grid.titles))) - mapping.positions)
        parts |= {grid.titles[k]: grid.columns[k] for k in rest if grid.titles[k]}
    return pd.DataFrame(parts, dtype=object)


def told(value: Any) -> str:
    """Return the text of a typed cell, as a canonical table holds it."""
    if isinstance(value, tuple):
        return ";".join(value)
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    return cell_text(value.to_pydatetime() if isinstance(value, pd.Timestamp) else value)
