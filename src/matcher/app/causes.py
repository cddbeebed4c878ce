"""What would pair people wrongly or left them out, by cause, with the rows that it is about."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from matcher.app.answers_given import meaning_in_words
from matcher.app.chosen_words import called
from matcher.app.desk import PeopleNow, ProgrammeFolder
from matcher.app.filled_in import RawCell, Sheets, sheets_of
from matcher.app.fixes import Fixes, reasons_left_out, standing_corrections, unused_corrections
from matcher.app.kept_apart import OtherPeople, answered_alike, names_others, other_people
from matcher.app.names_shown import names_shown, places_spelt, places_within, workplaces
from matcher.app.said_plainly import in_sentences, short_day
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.ids import DERIVED_ID
from matcher.cohort.questions import AskedQuestion
from matcher.cohort.tables import MANAGERS, SIGNUPS, Kind, table_spec
from matcher.config import Config
from matcher.errors import Finding, InputError
from matcher.intake.config_columns import find_spec
from matcher.intake.corrections import LEFT_OUT, Correction
from matcher.intake.proposals.single_texts import is_nothing
from matcher.intake.typed_table import UNHEARD
from matcher.intake.whom_words_mean import means_own_place
from matcher.plans.plan_words import first_of
from matcher.report.run_data import ShownNames
from matcher.text import capital, fold, printable

MOST_ROWS = 100
"""Rows of a cause on a page."""


_Place = tuple[str, int, str]
"""Table and row of somebody, and their role; empty for who is left out."""


@dataclass(frozen=True)
class Somebody:
    """A person on a card."""

    id: str
    name: str
    work: str
    row: int
    answers: tuple[tuple[str, str], ...] = ()
    told: str = ""
    """Their role, and of those who bear one name what tells them apart."""


MOST_COMPARED = 12
"""Answers of two who may be one that are shown."""


@dataclass(frozen=True)
class Concern:
    """One row of a cause: whose it is, what is written, and what can be done."""

    who: Somebody
    title: str
    """The question of the form."""
    written: str
    column: str
    table: str
    note: str = ""
    key: str = ""
    """Of a question; empty where a cell is to be put right."""
    likely: tuple[Somebody, ...] = ()
    is_yes_no: bool = False
    everybody: tuple[tuple[str, str], ...] = ()
    """Places of which everybody may be meant: what such an answer says, and the place."""
    alike: Hashable = ()
    """What it shares with those that are answered by the same; empty for none."""
    others: tuple[str, ...] = ()
    """Names of others who wrote the same and may mean the same, answered together."""
    before: str = ""
    """What stood in the cell, where it was changed here."""
    can_edit: bool = False
    left_out: str = ""
    """Why they were left out by hand."""

    @property
    def compared(self) -> list[tuple[str, list[str], bool]]:
        """What those say who may be one, answer by answer, what differs first, which is marked."""
        said = [dict(one.answers) for one in (self.who, *self.likely)]
        labels = dict.fromkeys(label for one in said for label in one)
        rows = [(label, [one.get(label, "") for one in said]) for label in labels]
        told = [(label, texts, len({*map(fold, texts)}) > 1) for label, texts in rows]
        return sorted(told, key=lambda row: not row[2])[:MOST_COMPARED]


@dataclass(frozen=True)
class Unmapped:
    """An answer that people gave and that the settings give no meaning."""

    text: str
    people: int
    column: str
    choices: tuple[tuple[str, str], ...]
    """What it can mean: value and words."""


@dataclass(frozen=True)
class Cause:
    """Problems of one kind, with their rows."""

    key: str
    title: str
    about: str
    items: tuple[Concern, ...]
    addresses: tuple[str, ...] = ()
    """Whom to write to."""
    asks: bool = False
    """Whether somebody may be paired wrongly until it is answered."""
    is_done: bool = False
    """Whether it only tells, and nothing needs to be done."""
    question: str = ""
    """Of the form: what they are asked once more."""
    unmapped: tuple[Unmapped, ...] = ()
    """Answers that nobody has said the meaning of, the most frequent first."""

    @property
    def sole(self) -> tuple[Concern, ...]:
        """The questions, of those on a page, that show the one person who may be meant.

        All may be answered so at once: whoever may be meant stays apart in any case.
        """
        shown = self.items[:MOST_ROWS] if self.key in _NAMING else ()
        found = tuple(i for i in shown if i.key and len(i.likely) == 1 and not i.everybody)
        return found if len(found) > 1 else ()

    def mailto(self, programme: str) -> str:
        """Return a mail to all of them, hidden from one another, with what is asked."""
        said = {
            "bcc": quote(",".join(self.addresses), safe=",@"),
            "subject": quote(worded("people.mail_subject", programme=programme)),
            "body": quote(worded("people.mail", programme=programme, question=self.question)),
        }
        return f"mailto:?{'&'.join(f'{key}={text}' for key, text in said.items())}"


def causes_of(programme: ProgrammeFolder) -> tuple[Cause, ...]:
    """Return everything that wants a look, by cause, what may pair people wrongly first."""
    reading, sheets = programme.reading(), sheets_of(programme)
    if reading.cohort is None:
        # What an open question of the form leads to is asked there, and is of no person.
        return () if programme.open_questions() else tuple(_stops(reading, sheets))
    reasons = reasons_left_out(programme)
    config = programme.config()
    fixes, names = standing_corrections(programme), names_shown(programme, reading.cohort)
    others = other_people(programme)
    found = [*_asked(reading.cohort, sheets, fixes, names, others)]
    found += _left_out(reading.cohort, sheets, reasons, fixes, config)
    unused = unused_corrections(programme, reading.findings)
    found += [*_unheard(reading.cohort, sheets), _corrected(fixes, unused, reading.cohort, sheets)]
    found += [*_told(reading.cohort, sheets)]
    return tuple(_by_names(cause, names) for cause in found if cause.items)


def _by_names(cause: Cause, names: ShownNames) -> Cause:
    """Return a cause that calls people by their names in what is told of each row."""

    def told(note: str) -> str:
        return DERIVED_ID.sub(lambda found: names.full_name(found[0]), note)

    items = (replace(item, note=told(item.note)) if item.note else item for item in cause.items)
    return replace(cause, items=tuple(items))


def _asked(
    cohort: Cohort, sheets: Sheets, fixes: Fixes, names: ShownNames, others: OtherPeople | None
) -> Iterator[Cause]:
    """Yield the open questions about people, with whom each is kept apart from already."""
    apart = _apart_already(cohort)
    open_ = [question for question in cohort.questions if question.is_open]
    where, work, spelt = _places(cohort), workplaces(cohort), places_spelt(cohort)

    def places(question: AskedQuestion) -> Iterator[tuple[str, str]]:
        if question.column in MANAGERS or question.is_of_pair or question.is_wish:
            return
        text = sheets.text(question.table, question.row, question.column)
        named = places_within(text, spelt)
        yield from ((place, place) for place in named)
        own = work.get(question.person, "")
        if own and not named and not question.likely and means_own_place(text):
            yield "workplace", own

    kinds: dict[str, list[AskedQuestion]] = defaultdict(list)
    for question in open_:
        is_there = names_others(question, sheets, others)
        kinds["others" if is_there else question.kind].append(question)
    for key in _KINDS:
        items = [_question_item(q, sheets, where, places(q)) for q in kinds[key]]
        if key in _WHOM:
            items = [_with_known(item, apart[item.who.id], names, others) for item in items]
        if key == "changed":
            items = [_with_fix(item, fixes) for item in items]
        is_asked = key not in ("managers", "others")
        yield _cause(key, _written_alike(items), asks=is_asked, is_done=key == "others")


def _apart_already(cohort: Cohort) -> Mapping[str, Collection[str]]:
    """Return whom everybody is kept apart from by what needs no answer any more, by id."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for side in (cohort.mentees, cohort.mentors):
        columns = (side[name] for name in ("person_id", "avoid", *MANAGERS))
        for person, avoided, *managers in zip(*columns, strict=True):
            found[person] |= dict.fromkeys((*(m for m in managers if m == m), *avoided))
    return found


def _with_known(
    item: Concern, known: Collection[str], names: ShownNames, others: OtherPeople | None
) -> Concern:
    """Return a question with whom somebody is kept apart from, and whom it names elsewhere."""
    called = first_of([names.full_name(person) for person in known])
    told = [worded("people.apart_already", names=called)] if known else []
    if others is not None and (named := others.named_in(item.written)):
        told.append(worded("people.in_other", name=others.programme, names=first_of(named)))
    return replace(item, note=" ".join(told))


def _with_fix(item: Concern, fixes: Fixes) -> Concern:
    """Return the question if a correction still holds, with what it says."""
    after = fixes[item.who.id, item.column][1].after if (item.who.id, item.column) in fixes else ""
    said = after or worded("people.nothing")
    return replace(item, note=worded("people.your_correction", what=said))


def _written_alike(items: Iterable[Concern]) -> tuple[Concern, ...]:
    """Return one item for all who wrote the same and may mean the same people."""
    found: dict[Hashable, list[Concern]] = defaultdict(list)
    for item in items:
        found[item.alike or item.key].append(item)
    return tuple(
        replace(
            same[0],
            key=" ".join(item.key for item in same),
            others=tuple(item.who.name for item in same[1:]),
            note=same[0].note if len({item.note for item in same}) == 1 else "",
        )
        for same in found.values()
    )


def _cause(key: str, items: tuple[Concern, ...], name: str = "", **more: Any) -> Cause:
    """Return a cause in the words of the catalogue."""
    name = name or key
    return Cause(key, worded(f"causes.{name}"), worded(f"causes.{name}_about"), items, **more)


_WHOM = ("meant", "nobody", "remark", "line", "managers", "others", "wish")
"""Causes of answers about whom somebody must not be matched with."""
_NAMING = ("meant", "line")
"""Causes of answers that name whom somebody must not be matched with."""
_KINDS = (
    *("same", "pairs", "meant", "nobody", "remark"),
    *("stale", "changed", "line", "wish", "managers", "others"),
)


def _question_item(
    question: AskedQuestion,
    sheets: Sheets,
    where: dict[str, _Place],
    everybody: Iterable[tuple[str, str]],
) -> Concern:
    """Return a question with its row, and the places of which everybody may be meant."""
    cells = sheets.cells(question.table, question.row, question.column)
    likely = tuple(_somebody(p, sheets, where, question.is_of_ids) for p in question.likely)
    named = Counter(fold(one.name) for one in likely)
    likely = tuple(_told_apart(p, sheets, where) if named[fold(p.name)] > 1 else p for p in likely)
    written = "; ".join(printable(cell.text) for cell in cells if cell.text)
    title = _asked_as(cells, question.column)
    if question.is_of_pair:  # the row names another, whose earlier pair it is
        other = _somebody(question.person, sheets, where, with_answers_=False)
        who, written = replace(other, id="", row=0), printable(question.written)
        title = worded("causes.pairs_row", row=str(question.row))
    else:
        at = (question.table, question.row)
        answers = tuple(sheets.answers(*at)) if question.is_of_ids else ()
        who = Somebody(question.person, sheets.name(*at), sheets.work(*at), question.row, answers)
    return Concern(
        who=who,
        title=title,
        written=written,
        column=question.column,
        table=question.table,
        key=question.key,
        alike=answered_alike(question, sheets),
        likely=likely,
        is_yes_no=question.is_yes_no,
        everybody=tuple(everybody),
    )


def _somebody(
    person: str, sheets: Sheets, where: dict[str, _Place], with_answers_: bool
) -> Somebody:
    table, row, role = where.get(person, ("", 0, ""))
    answers = tuple(sheets.answers(table, row)) if with_answers_ else ()
    name = sheets.name(table, row) if row else worded("people.left_out")
    if row and not role:
        name = worded("people.is_left_out", name=name)
    told = worded(f"roles.{role}") if role else ""
    return Somebody(person, name, sheets.work(table, row), row, answers, told=told)


APART_BY = ("email", "seniority", "career_years")
"""Columns that tell people of one name apart, beside where they work."""


def _told_apart(one: Somebody, sheets: Sheets, where: dict[str, _Place]) -> Somebody:
    """Return somebody who shares their name with others that are shown, with who they are."""
    table, row, _ = where.get(one.id, ("", 0, ""))
    said = ((name, sheets.text(table, row, name)) for name in APART_BY if row)
    facts = (worded("people.fact", what=called(name), said=text) for name, text in said if text)
    return replace(one, told="; ".join(filter(None, (one.told, *facts))))


def _places(cohort: Cohort) -> dict[str, _Place]:
    """Return where everybody stands."""
    found: dict[str, _Place] = {}
    for role, frame in (("mentee", cohort.mentees), ("mentor", cohort.mentors)):
        table = f"{role}s" if f"{role}s" in cohort.rows else "signups"
        for person, row in zip(frame["person_id"], frame["source_row"], strict=True):
            first, at, _ = found.get(person, (table, int(row), ""))
            found[person] = (first, at, "both" if person in found else role)
    for person, fault in cohort.set_aside:
        if fault.row:
            found.setdefault(person, (fault.table, fault.row, ""))
    return found


JOINING = "joining"
"""Begins the cause of an answer that was not read where two intakes were joined."""


def _left_out(
    cohort: Cohort, sheets: Sheets, reasons: Mapping[str, Correction], fixes: Fixes, config: Config
) -> Iterator[Cause]:
    """Yield those who are left out of the match, by the question that keeps them out."""

    def item_of(person: str, finding: Finding) -> Concern:
        item = _cell_item(person, finding, sheets, reasons)
        fix = fixes.get((person, finding.column))
        if fix is None:
            return item
        return replace(item, written=fix[1].after, note=_note(finding, fix[1].after))

    by_column: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    joined: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for person, finding in cohort.set_aside:
        unread = reasons[person].before if finding.column == LEFT_OUT else ""
        (joined[unread] if unread else by_column[finding.column]).append((person, finding))
    for column, rows in sorted(joined.items()):
        items = tuple(item_of(person, finding) for person, finding in rows)
        title, about = worded("causes.unread", question=called(column)), worded("causes.joining")
        yield Cause(f"left-{JOINING}-{column}", title, about, items)
    chase = cohort.chase
    known = dict(zip(chase["person_id"], chase["email"], strict=True)) if len(chase) else {}
    for column, rows in sorted(by_column.items(), key=lambda item: item[0] != "consent"):
        items = tuple(item_of(person, finding) for person, finding in rows)
        blank = {i.who.id for i in items if column != "consent" or not _is_said(i.written)}
        if column != "consent":  # which of two columns counts is no question for them
            blank -= {person for person, finding in rows if finding.code == "E_CONFLICT"}
        asks = tuple(str(a) for p, _ in rows if p in blank and isinstance(a := known.get(p), str))
        question = next((i.title for i in items if i.title), "")
        if column in ("consent", LEFT_OUT) or {finding.code for _, finding in rows} == {"E_TWIN"}:
            name = {"consent": "consent", LEFT_OUT: "by_hand"}.get(column, "twin")
            asks = asks if column == "consent" else ()
            yield _cause(f"left-{column}", items, name, addresses=asks, question=question)
        else:
            title = worded("causes.unread", question=called(column))
            told = tuple(_unmapped(rows, items, config))
            about = worded("causes.unmapped_about" if told else "causes.unread_about")
            yield Cause(
                f"left-{column}", title, about, items, asks, question=question, unmapped=told
            )


def _unheard(cohort: Cohort, sheets: Sheets) -> Iterator[Cause]:
    """Yield those who wrote something of which nothing is read, by question."""
    sides = {"mentees": cohort.mentees, "mentors": cohort.mentors}
    for column in UNHEARD:
        rows: dict[tuple[str, int], str] = {}
        for side, frame in sides.items():
            table = side if side in sheets.grids else SIGNUPS.name
            written = sheets.written(table, column) if table in sheets.grids else {}
            columns = (frame[name] for name in ("person_id", "source_row", column))
            for person, row, value in zip(*columns, strict=True) if written else ():
                said = written.get(int(row), "")
                if (value == () or value != value) and said and not is_nothing(said):
                    rows.setdefault((table, int(row)), person)
        message = worded("causes.unheard_note")
        items = [
            _cell_item(person, Finding("W_WRITE_IN", message).at(table, row, column), sheets, {})
            for (table, row), person in [*rows.items()][:MOST_ROWS]
        ]
        title = worded("causes.unheard", question=called(column))
        about = worded("causes.unheard_about")
        yield Cause(f"unheard-{column}", title, about, tuple(items), is_done=True)


MOST_MEANINGS = 20
"""Answers of one question whose meaning is asked for at once."""


_LINE = re.compile(r'add \[answers\.([\w.]+)\] ("(?:[^"\\]|\\.)*") = ')
"""What the remedy of a fault says of an answer that the settings can map."""


def _unmapped(
    rows: Iterable[tuple[str, Finding]], items: Iterable[Concern], config: Config
) -> Iterator[Unmapped]:
    """Yield the answers that keep people out because nobody has said what they mean."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for (_, finding), item in zip(rows, items, strict=True):
        line = _LINE.search(finding.remedy) if finding.code == "E_ENUM" else None
        text = json.loads(line[2]) if line else ""
        if line and fold(text) in fold(item.written):
            counts[finding.table, finding.column, line[1], text] += 1
    for (table, column, section, text), n in counts.most_common(MOST_MEANINGS):
        found = [(value, meaning_in_words(value)) for value in _choices(table, column, config)]
        yield Unmapped(text, n, section, tuple(found))


def _choices(table: str, column: str, config: Config) -> tuple[str, ...]:
    """Return what an answer of a column can mean."""
    spec = find_spec(table_spec(table), column, config)
    if spec is None:
        return ()
    return spec.choices or (("yes", "no") if spec.kind is Kind.YES_NO else ())


def _cell_item(
    person: str, finding: Finding, sheets: Sheets, reasons: Mapping[str, Correction]
) -> Concern:
    row = finding.row or 0
    cells = sheets.cells(finding.table, row, finding.column)
    who = Somebody(person, sheets.name(finding.table, row), sheets.work(finding.table, row), row)
    return Concern(
        who=who,
        title=_asked_as(cells, finding.column) or finding.column,
        written=cells[0].text if cells else "",
        column=finding.column,
        table=finding.table,
        note=_note(finding, cells[0].text if cells else ""),
        can_edit=bool(cells),
        left_out=reasons[person].after if finding.column == LEFT_OUT else "",
    )


def _asked_as(cells: Sequence[RawCell], column: str) -> str:
    """Return the question of a cell: of a column that has our own name, what that means."""
    title = cells[0].title if cells else ""
    return called(column) if title == column else title


def _is_said(written: str) -> bool:
    """Whether an answer says anything: a question mark or a dash is none."""
    return any(map(str.isalnum, written))


def _note(finding: Finding, written: str) -> str:
    """Return what is told of a row beside its cell."""
    if finding.column == "consent" and _is_said(written):
        return worded("people.said_no")
    is_said = finding.column in ("consent", LEFT_OUT) or _LINE.search(finding.remedy)
    return "" if is_said else _in_our_words(finding, finding.message)


def _in_our_words(finding: Finding, message: str) -> str:
    """Return what is found of a row in the language spoken, where that has words for it."""
    told, key = capital(printable(message)), f"notes.{finding.code}"
    known = key in for_pages(spoken().language).flat
    return worded(key, english=told) if known else told


def _stops(reading: PeopleNow, sheets: Sheets) -> Iterator[Cause]:
    """Yield what keeps everybody from being read, by what is wrong."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in reading.findings:
        if not finding.is_warning:
            kinds[f"{finding.code}-{finding.column}"].append(finding)
    for key, rows in kinds.items():
        items = tuple(
            _cell_item(finding.record or f"{finding.table} row {finding.row}", finding, sheets, {})
            for finding in rows[:MOST_ROWS]
        )
        lines = in_sentences(InputError(rows[:1]))
        about = lines[-1] if lines else ""
        yield Cause(f"stop-{key}", worded("causes.stop"), about, items, asks=True)


def _corrected(fixes: Fixes, unused: set[tuple[str, str]], cohort: Cohort, sheets: Sheets) -> Cause:
    """Return what was put right by hand, each with the way back, and whether it has an effect."""
    where = _places(cohort)

    def whose(person: str) -> str:
        table, row, _ = where.get(person, ("", 0, ""))
        return sheets.name(table, row) if row else printable(person)

    def told(line: Correction) -> str:
        day = short_day(line.when[:10])
        said = worded("people.by", day=day, name=line.who) if line.who else day
        is_unused = (line.person, line.column) in unused
        return f"{said}. {worded('people.no_effect')}" if is_unused else said

    items = tuple(
        Concern(
            who=Somebody(line.person, whose(line.person), "", 0),
            title=sheets.asked_as(line.column) or called(line.column),
            written=line.after,
            column=line.column,
            table="",
            before=first,
            can_edit=True,
            note=told(line),
        )
        for first, line in fixes.values()
    )
    return _cause("corrected", items, is_done=True)


def _told(cohort: Cohort, sheets: Sheets) -> Iterator[Cause]:
    """Yield what is as it should be, and good to know."""
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for finding in cohort.findings:
        if finding.code in _TOLD and finding.row:
            kinds[finding.code].append(finding)
    names = ShownNames.of(cohort)
    for code, name in _TOLD.items():
        items = tuple(_told_item(finding, sheets, names) for finding in kinds[code][:MOST_ROWS])
        yield _cause(code.lower().replace("_", "-"), items, name, is_done=True)


def _told_item(finding: Finding, sheets: Sheets, names: ShownNames) -> Concern:
    table, row = finding.table, finding.row or 0
    who = Somebody("", sheets.name(table, row), sheets.work(table, row), row)
    note = _in_our_words(finding, names.in_text(finding.message))
    return Concern(who=who, title="", written="", column="", table=table, note=note)


_TOLD = {
    "W_RESUBMISSION": "sent_twice",
    "W_TWO_ROLES": "two_roles",
    "W_UNKNOWN_PERSON": "gone_pairs",
}
