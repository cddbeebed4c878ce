"""The stations from raw tables to checked ones, each table as far as its state allows."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Self

import pandas as pd

from matcher.cohort.cohort import Cohort, RowCount
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion, told_questions
from matcher.cohort.tables import PAIRS, SIGNUPS
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake import assembly
from matcher.intake.checks import row_checks
from matcher.intake.checks.astray import check_astray
from matcher.intake.checks.consent import check_consent, check_consent_asked
from matcher.intake.checks.open_columns import (
    check_open_columns,
    check_open_words,
    check_written_beside,
)
from matcher.intake.config_columns import check_contact, check_feature_columns
from matcher.intake.corrections import LEFT_OUT, corrected, owners, read_corrections, row_name
from matcher.intake.counted_once import with_places_once
from matcher.intake.earlier_pairs import PairsAsked, addresses_in, called_besides
from matcher.intake.extracts import Extracts
from matcher.intake.files.grid import check_no_rows
from matcher.intake.files.recorded import MARK, plainly
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.files.table_sources import Source
from matcher.intake.findings import Findings, in_order
from matcher.intake.headers import check_preset_fits
from matcher.intake.identity import Identity, identify
from matcher.intake.links import judged_links, resolve_references
from matcher.intake.members import Departed, Members
from matcher.intake.presets import drop_notes
from matcher.intake.proposals.which_table import TablesFound, check_unread
from matcher.intake.ranked_choices import with_choices
from matcher.intake.resubmissions import check_unfinished, one_answer_each
from matcher.intake.safety import read_safety
from matcher.intake.title_faults import check_stated_titles
from matcher.intake.typed_table import TypedTable
from matcher.intake.valued_tables import ReadTable, each_valued, titled, valued
from matcher.intake.whom_words_mean import WordsReader
from matcher.text import count_of, heading, snake


@dataclass
class CohortSoFar:
    """A cohort on the way in."""

    source: Source
    tables: dict[str, TypedTable]
    found: Findings
    identity: Identity
    questions: tuple[AskedQuestion, ...] = ()
    left_out: frozenset[tuple[str, int]] = frozenset()
    """Table and row of whoever is left out by hand."""

    joined: Mapping[str, RowCount] = field(default_factory=dict)
    """By file beside the sign-up what became of its rows."""

    is_sound: bool = False
    """Whether all people have ids, so that references can be judged."""

    pairs: TypedTable | None = None
    """The pairs past and present as they are stated, also those that name nobody here."""

    def copied(self) -> Self:
        """Return a reading of its own, so that who goes on with it changes no other."""
        return replace(self, tables=dict(self.tables), found=self.found.copied())

    def frames(self, *, people: bool = False) -> dict[str, pd.DataFrame]:
        """Return the typed frames by table, on request those of people alone."""
        tables = self.tables.items()
        return {name: table.frame for name, table in tables if table.spec.is_people or not people}

    def told(self) -> list[Finding]:
        """Return the questions and warnings, as they are told beside faults."""
        return told_questions(self.questions) + in_order(self.found.warnings)

    def cohort(self, aside: assembly.SetAside, config: Config, today: date) -> Cohort:
        """Return the cohort, where nothing is wrong with it."""
        gone, also = {person for person, _ in aside.people}, {"person_id", "consent"}
        return assembly.assemble(
            self.source,
            self.tables,
            aside,
            [*config.notices, *self.found.warnings],
            config=config,
            today=today,
            people=self.identity.people,
            questions=tuple(q for q in self.questions if q.column in also or q.person not in gone),
            joined=self.joined,
        )


@dataclass(frozen=True)
class SheetsRead:
    """The tables of a source as they were written and with values, answer by answer."""

    source: Source
    sheets: Sequence[ReadTable]
    found: Findings
    joined: Mapping[str, RowCount]

    def has_faults(self, codes: Collection[str], config: Config) -> bool:
        """Whether any answer has a fault of some codes, be it one that counts or not."""
        people = [sheet.table for sheet in self.sheets if sheet.table.spec.is_people]
        found = [row_checks.check_people(t.frame, t.spec.name, config) for t in people]
        return any(f.code in codes for f in chain(*(t.findings for t in people), *found))


def read_sheets(source: Source, config: Config) -> SheetsRead:
    """Read every table of a source answer by answer: whose they are is not looked for."""
    place, found = source.label, Findings()
    found.add([*source.findings, *check_astray(place), *check_open_words(place, config)])
    found.add(check_contact(config))
    if any(fault.code == "W_UNUSED_TABLE" for fault in source.findings):
        found.add(check_unread(place, config.tables))
    grids = [grid for raw in source.grids.values() for grid in titled(raw, config, found)]
    beside = [grid for raw in source.extracts.values() for grid in titled(raw, config, found)]
    found.add(note for grid in beside for note in drop_notes(grid)[1])
    beside = [drop_notes(grid)[0] for grid in beside]
    extracts = Extracts.of(beside, config)
    found.add(check_preset_fits(grids, config))
    found.add(check_stated_titles(grids, config, extracts.titles()))
    found.add(check_no_rows([*grids, *source.recorded], can_be_deleted=not is_database_url(place)))
    sheets = [sheet for grid in grids for sheet in valued(grid, config, found, extracts)]
    joined = dict(extracts.counts())  # which tells of what is joined to nobody
    found.add(extracts.findings)
    return SheetsRead(source, sheets, found, joined)


def identified_answers(read: SheetsRead, config: Config) -> tuple[CohortSoFar, Sequence[ReadTable]]:
    """Return whose the answers are, and the tables with what people have corrected since.

    Whom answers name is not looked for.
    """
    source, sheets, found = read.source, read.sheets, read.found.copied()
    asked: tuple[AskedQuestion, ...] = ()
    left_out: frozenset[tuple[str, int]] = frozenset()
    before: Identity | None = None
    if corrections := read_corrections(source.label, source.hashes, found):
        before = _identified(sheets, config, Findings())
        sheets, asked, left_out = corrected(sheets, corrections, before, config, found)
    identity = _identified(sheets, config, found)
    besides = called_besides(sheets, identity, before)
    identity = replace(identity, people=replace(identity.people, besides=besides))
    tables = {sheet.table.spec.name: sheet.table for sheet in sheets} | dict(identity.tables)
    for table in _recorded_tables(source, config, found):
        own = tables.get(table.spec.name)
        tables[table.spec.name] = table if own is None else own.followed_by(table)
    tables, told, wishes = with_choices(tables, _members(tables, identity.people), config)
    found.add(told)
    reading = CohortSoFar(source, tables, found, identity, (*asked, *wishes), left_out=left_out)
    reading.joined, reading.is_sound = read.joined, _check_people(reading, config)
    return reading, sheets


def read_tables(
    read: SheetsRead, config: Config, today: date, gone: Departed, known: TablesFound | None = None
) -> CohortSoFar:
    """Bring every table through the stations, each as far as its state allows.

    Parameters
    ----------
    read
        It stays as it is.
    config, today
        As in `read_cohort`.
    gone
        Who took part before.
    known
        What was found out about the files while a config was proposed.
    """
    reading, sheets = identified_answers(read, config)
    found = reading.found
    found.add_of_columns(check_open_columns(read.sheets, config, read.source.label, known))
    found.add(check_written_beside(read.sheets))
    if reading.is_sound:
        _link(reading, config, gone)
        reading.questions = tuple(_as_written(reading.questions, sheets))
    found.add(
        row_checks.check_audits(reading.frames(), has_contacts="contacts" not in read.source.failed)
    )
    found.add(row_checks.check_dates(reading.frames(), config.programme.as_of or today))
    return reading


def _members(tables: Mapping[str, TypedTable], people: People) -> Members:
    """Return who is on which side, nobody as long as a side is not known."""
    frames = {name: table.frame for name, table in tables.items() if table.spec.is_people}
    is_whole = SIGNUPS.name in frames or {"mentees", "mentors"} <= frames.keys()
    return Members.of(frames, people) if is_whole else Members.nobody(people)


def _recorded_tables(source: Source, config: Config, found: Findings) -> Iterator[TypedTable]:
    """Yield what commands wrote beside the tables."""
    for sheet in each_valued(source.recorded, plainly(config), found):
        found.add(sheet.table.findings)
        yield sheet.table


def _identified(sheets: Iterable[ReadTable], config: Config, found: Findings) -> Identity:
    """Find out whose the rows are and which of them count; what others hold wrong is not told."""
    people = {s.table.spec.name: s for s in sheets if s.table.spec.is_people}
    identity = identify({name: sheet.table for name, sheet in people.items()}, config)
    tables, superseded = dict(identity.tables), {}
    twice: set[tuple[str, int | None]] = set()
    for name, sheet in people.items():
        found.add(check_consent_asked(sheet.mapping, config))
        if sheet.mapping.has_ids:
            counted = one_answer_each(
                sheet.grid, sheet.mapping, tables[name], config, joined=identity.said_one
            )
            found.add(counted.findings)
            found.add(check_unfinished(sheet.grid, sheet.mapping, counted.keep))
            twice |= {(f.table, f.row) for f in counted.findings if f.code == "E_DUP_ID"}
            superseded[name] = tables[name].counting(~counted.keep)
            tables[name] = tables[name].counting(counted.keep)
    for sheet in sheets:
        found.add(tables.get(sheet.table.spec.name, sheet.table).findings)
    found.add(f for f in identity.findings if (f.table, f.row) not in twice)
    return replace(identity, tables=tables, superseded=superseded)


def _check_people(reading: CohortSoFar, config: Config) -> bool:
    """Check the tables of people; return whether all have ids, so that references can be judged."""
    before = {name: table for name, table in reading.tables.items() if table.spec.is_people}
    people = assembly.with_wished(before)
    reading.tables |= people
    wished = {(n, name) for n in people for name in set(before[n].unused) - set(people[n].unused)}
    reading.found.warnings = [
        warning
        for warning in reading.found.warnings
        if warning.code != "W_UNUSED_COLUMN" or (warning.table, snake(warning.column)) not in wished
    ]
    frames = reading.frames(people=True)
    for name, frame in frames.items():
        reading.found.add(row_checks.check_people(frame, name, config))
    if frames:
        reading.found.add(row_checks.check_id_twins(frames))
        reading.found.add(row_checks.check_grades(frames, config))
    is_whole = SIGNUPS.name in people or {"mentees", "mentors"} <= set(people)
    is_sound = is_whole and all(table.has_ids for table in people.values())
    if is_sound:
        reading.found.add(check_feature_columns(frames, config))
    return is_sound


def _link(reading: CohortSoFar, config: Config, departed: Departed) -> None:
    """Turn references to people into ids and judge them; repetitions and strangers are dropped."""
    people = reading.identity.people
    members = Members.of(reading.frames(people=True), people)
    signed_up = {name: table for name, table in reading.tables.items() if table.spec.is_people}
    identity = reading.identity
    safety = read_safety(signed_up, members, config, identity.stated, identity.superseded)
    reading.found.add(safety.findings)
    reading.tables |= safety.tables
    links = {n: table for n, table in reading.tables.items() if not table.spec.is_people}
    links = resolve_references(links, people)
    source = reading.source
    grids = (*source.grids.values(), *source.recorded, *source.replaced)
    addresses = addresses_in(grid for grid in grids if grid.table == PAIRS)
    pairs = PairsAsked(WordsReader(signed_up, members), config, addresses)
    if PAIRS in links:
        links[PAIRS] = pairs.read(links[PAIRS])
        reading.pairs = pairs.whole
    for table in _replaced(reading.source, config):
        pairs.read(resolve_references({PAIRS: table}, people)[PAIRS])
    reading.found.add(pairs.findings if not reading.source.replaced else ())
    asked = (*reading.questions, *identity.questions, *safety.questions, *pairs.questions.values())
    reading.questions = tuple(_placed(signed_up, asked))
    reading.found.add(_stale_answers(config, reading.questions, safety.heard))
    # Where no side is read, nobody is known: what names people is not faulty for that.
    missing = (f.column for f in reading.found.structural if f.code == "E_MISSING_COLUMN")
    told = Findings() if "role" in missing else reading.found
    for name, table in links.items():
        reading.tables[name] = judged_links(table, members, departed, told)
    reading.tables, once = with_places_once(reading.tables, reading.questions)
    reading.found.add(once)


def _replaced(source: Source, config: Config) -> Iterator[TypedTable]:
    """Yield the tables of pairs in whose place others stand."""
    for grid in source.replaced:
        is_recorded = grid.column(MARK) is not None
        for sheet in each_valued([grid], plainly(config) if is_recorded else config, Findings()):
            yield sheet.table


def _placed(
    people: Mapping[str, TypedTable], questions: Iterable[AskedQuestion]
) -> Iterator[AskedQuestion]:
    """Yield questions with the rows of who may be meant: derived ids say nothing to people."""
    rows: dict[str, str] = {}
    for name, table in people.items():
        for row, person in owners(table).items():
            rows.setdefault(person, row_name(name, row))
    for question in questions:
        is_known = all(person in rows for person in question.likely)
        found = tuple(rows[person] for person in question.likely) if is_known else ()
        yield replace(question, rows=found)


def _as_written(
    questions: Iterable[AskedQuestion], sheets: Sequence[ReadTable]
) -> Iterator[AskedQuestion]:
    """Yield questions about answers with these as they stand, not in parts."""
    known = {sheet.table.spec.name: sheet for sheet in sheets}
    for question in questions:
        sheet = known.get(question.table) if question.written else None
        whole = sheet.written(question.row, question.column) if sheet else ""
        yield replace(question, written=whole or question.written)


def _stale_answers(
    config: Config, questions: Iterable[AskedQuestion], heard: frozenset[str]
) -> Iterator[Finding]:
    """Yield the keys of ``[resolve]`` that fit no question: the answer in the table has changed."""
    for key in sorted(config.resolve.keys() - {question.key for question in questions} - heard):
        message = "no question has this key: what it was about has changed, or is gone"
        finding = Finding("W_RESOLVE_UNUSED", message, "answer the questions of matcher check")
        yield finding.at("resolve", column=key)


def take_aside(reading: CohortSoFar, config: Config, *, faulty: bool) -> assembly.SetAside:
    """Set aside who is left out by hand, who did not agree, and on request who has faulty rows.

    Who did not agree stands for that alone. Faults of structure, of rules and of engagements stay.
    """
    unread = {(f.table, f.row) for f in reading.found.of_rows if f.column == "consent"}
    refused = [f for f in check_consent(reading.tables, config) if (f.table, f.row) not in unread]
    reading.found.add(finding for finding in refused if finding.is_warning)
    concerned = [finding for finding in refused if not finding.is_warning]
    said_no = {(finding.table, finding.row) for finding in concerned}
    by_hand = (f for f in _left_out(reading) if (f.table, f.row) not in said_no)
    concerned += [*_may_have_refused(reading, concerned), *by_hand]
    rows = {(finding.table, finding.row) for finding in concerned}
    faults = [fault for fault in reading.found.of_rows if (fault.table, fault.row) not in rows]
    if faulty:
        faults = without_write_ins(faults, reading.found)
        may_leave = reading.tables.keys() - set(assembly.ALWAYS_STOP)
        concerned += [fault for fault in faults if fault.table in may_leave]
        faults = [fault for fault in faults if fault.table not in may_leave]
    reading.found.of_rows = faults
    if not concerned:
        return assembly.SetAside()
    reading.tables, aside = assembly.set_faulty_aside(reading.tables, concerned)
    return aside


def _may_have_refused(reading: CohortSoFar, refused: Sequence[Finding]) -> Iterator[Finding]:
    """Yield who may be one person with somebody who did not agree, until somebody says so."""
    places = {
        person: (name, row)
        for name, table in reading.tables.items()
        if table.spec.is_people
        for row, person in owners(table).items()
    }
    rows = {(finding.table, finding.row) for finding in refused}
    gone = {person for person, place in places.items() if place in rows}
    for question in reading.questions:
        ends = {question.person, *question.likely} if question.is_of_ids else set()
        is_asked = question.is_open and not gone.isdisjoint(ends)
        for person in sorted(ends - gone) if is_asked else ():
            what = "the person may be one who did not agree, under another id"
            remedy = f"answer {question.key} in [resolve]: until then they are left out"
            yield Finding("E_TWIN", what, remedy).at(*places[person], "person_id")


def _left_out(reading: CohortSoFar) -> Iterator[Finding]:
    """Yield who is left out by hand, whatever else is wrong with their rows."""
    for name, row in sorted(reading.left_out):
        if row in reading.tables[name].frame["source_row"].to_numpy():
            what = "left out of this match by hand"
            yield Finding("E_LEFT_OUT", what, "put them back where that was said").at(
                name, row, LEFT_OUT
            )


def without_write_ins(faults: list[Finding], found: Findings) -> list[Finding]:
    """Return the faults without answers beside valid ones, which cost nobody their place."""
    beside = [fault for fault in faults if fault.is_beside]
    places = Counter((fault.table, fault.column) for fault in beside)
    for (table, column), count in sorted(places.items()):
        message = (
            f"answers beside valid ones, in {count_of(count, 'row')}, are no option of the form"
        )
        remedy = f"they are left out; {heading('answers', column)} can map them"
        found.add([Finding("W_WRITE_IN", message, remedy).at(table, column=column)])
    return [fault for fault in faults if not fault.is_beside]
