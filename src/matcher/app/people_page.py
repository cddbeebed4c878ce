"""People: what would pair people wrongly, by cause, with the rows in place; put right here."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import Response

from matcher.app.chosen_words import called
from matcher.app.desk import Desk, PeopleNow, ProgrammeFolder
from matcher.app.filled_in import Sheets, sheets_of
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.kept_apart import answered_alike
from matcher.app.names_shown import names_shown, places_named, places_spelt, workplaces
from matcher.app.questions_page import meaning_in_words, settle
from matcher.app.said_plainly import in_sentences, refused, short_day
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.cohort.tables import MANAGERS, Kind, table_spec
from matcher.config import Config
from matcher.decisions.question_answers import FilledIn, settled_answers, with_answers
from matcher.errors import Finding, InputError, MatcherError
from matcher.intake.config_columns import find_spec
from matcher.intake.corrections import LEFT_OUT, Correction, read_corrections
from matcher.intake.findings import Findings
from matcher.plans.plan_words import first_of, listing
from matcher.report.run_data import ShownNames
from matcher.text import capital, fold, printable

MOST_ROWS = 100
"""Rows of a cause on a page."""


_Place = tuple[str, int, bool]
"""Table and row of somebody, and whether they are left out."""


@dataclass(frozen=True)
class Somebody:
    """A person on a card."""

    id: str
    name: str
    work: str
    row: int
    answers: tuple[tuple[str, str], ...] = ()


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
    everybody: str = ""
    """Workplace of the person, where that may be meant: not where the answer names others."""
    alike: Hashable = ()
    """What it shares with those that are answered by the same; empty for none."""
    others: tuple[str, ...] = ()
    """Names of others who wrote the same and may mean the same, answered together."""
    before: str = ""
    """What stood in the cell, where it was changed here."""
    can_edit: bool = False
    left_out: str = ""
    """Why they were left out by hand."""


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

    def mailto(self, programme: str) -> str:
        """Return a mail to all of them, hidden from one another, with what is asked."""
        said = {
            "bcc": quote(",".join(self.addresses), safe=",@"),
            "subject": quote(worded("people.mail_subject", programme=programme)),
            "body": quote(worded("people.mail", programme=programme, question=self.question)),
        }
        return f"mailto:?{'&'.join(f'{key}={text}' for key, text in said.items())}"


def people_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/people")
    def people(key: str, cause: str = "") -> Response:
        return _page(desk.find(key), cause)

    @app.post("/p/{key}/people")
    def change(
        key: str,
        verb: ShortText,
        cause: ShortText = "",
        question: ShortText = "",
        said: ShortText = "",
        person: ShortText = "",
        column: ShortText = "",
        before: ShortText = "",
        after: ShortText = "",
        seen: Annotated[int, Form()] = 0,
    ) -> Response:
        programme = desk.find(key)
        try:
            if verb == "answer":
                answer_about(programme, question, said, seen)
            elif verb == "fix":
                put_right(programme, person, column, before, after)
            elif verb == "mean":
                give_meaning(programme, column, before, after, seen)
            elif verb == "leave":
                leave_out(programme, person or said, after)
            elif verb == "back":
                take_back_in(programme, person)
        except MatcherError as error:
            return _page(programme, cause, in_sentences(error))
        cause = f"left-{LEFT_OUT}" if verb == "leave" else cause
        return goto(f"/p/{key}/people?cause={quote(cause)}")


def _page(programme: ProgrammeFolder, cause: str, problems: list[str] | None = None) -> Response:
    causes, cohort = causes_of(programme), programme.reading().cohort
    frame = around(programme, "people")
    now = next((c for c in causes if c.key == cause), causes[0] if causes else None)
    return show(
        "people.html.j2",
        frame,
        422 if problems else 200,
        causes=causes,
        now=now,
        problems=problems or [],
        can_leave=cohort is not None,
        places=places_spelt(cohort) if cohort else (),
    )


def causes_of(programme: ProgrammeFolder) -> tuple[Cause, ...]:
    """Return everything that wants a look, by cause, what may pair people wrongly first."""
    reading, sheets = programme.reading(), sheets_of(programme)
    if reading.cohort is None:
        return tuple(_stops(reading, sheets))
    reasons = reasons_left_out(programme)
    config = programme.config()
    found = [*_asked(reading.cohort, sheets)]
    found += _left_out(reading.cohort, sheets, reasons, config)
    found += [*_corrected(programme, reading.cohort), *_told(reading.cohort, sheets)]
    return tuple(cause for cause in found if cause.items)


def _asked(cohort: Cohort, sheets: Sheets) -> Iterator[Cause]:
    """Yield the open questions about people."""
    open_ = [question for question in cohort.questions if question.is_open]
    where, work = _places(cohort), workplaces(cohort)
    kinds: dict[str, list[AskedQuestion]] = defaultdict(list)
    for question in open_:
        kinds[_kind(question)].append(question)
    for key in _KINDS:
        items = (_question_item(q, sheets, where, work.get(q.person, "")) for q in kinds[key])
        yield _cause(key, _written_alike(items), asks=key != "managers")


def _written_alike(items: Iterable[Concern]) -> tuple[Concern, ...]:
    """Return one item for all who wrote the same and may mean the same people."""
    found: dict[Hashable, list[Concern]] = defaultdict(list)
    for item in items:
        found[item.alike or item.key].append(item)
    return tuple(
        replace(
            same[0],
            key=" ".join(item.key for item in same),
            everybody=same[0].everybody if len(same) == 1 else "",
            others=tuple(item.who.name for item in same[1:]),
        )
        for same in found.values()
    )


def _cause(key: str, items: tuple[Concern, ...], name: str = "", **more: Any) -> Cause:
    """Return a cause in the words of the catalogue."""
    name = name or key
    return Cause(key, worded(f"causes.{name}"), worded(f"causes.{name}_about"), items, **more)


_KINDS = ("same", "meant", "nobody", "remark", "stale", "line", "wish", "managers")


def _kind(question: AskedQuestion) -> str:
    if question.is_of_ids:
        return "same"
    if question.is_yes_no:
        return "stale"
    if question.column in MANAGERS:
        return "line" if question.likely else "managers"
    if question.is_wish:
        return "wish"
    if question.column != "avoid":
        return "remark"
    return "meant" if question.likely else "nobody"


def _question_item(
    question: AskedQuestion, sheets: Sheets, where: dict[str, _Place], place: str
) -> Concern:
    """Return a question with its row; `place` is where whoever wrote the answer works."""
    cells = sheets.cells(question.table, question.row, question.column)
    likely = tuple(_somebody(p, sheets, where, question.is_of_ids) for p in question.likely)
    work = sheets.work(question.table, question.row)
    who = Somebody(
        question.person,
        sheets.name(question.table, question.row),
        work,
        question.row,
        tuple(sheets.answers(question.table, question.row)[:8]) if question.is_of_ids else (),
    )
    return Concern(
        who=who,
        title=cells[0].title if cells else "",
        written="; ".join(printable(cell.text) for cell in cells if cell.text),
        column=question.column,
        table=question.table,
        key=question.key,
        alike=answered_alike(question, sheets),
        likely=likely,
        is_yes_no=question.is_yes_no,
        everybody=place if question.column == "avoid" and not question.likely else "",
    )


def _somebody(
    person: str, sheets: Sheets, where: dict[str, _Place], with_answers_: bool
) -> Somebody:
    table, row, is_left_out = where.get(person, ("", 0, True))
    answers = tuple(sheets.answers(table, row)[:8]) if with_answers_ else ()
    name = sheets.name(table, row) if row else worded("people.left_out")
    if row and is_left_out:
        name = worded("people.is_left_out", name=name)
    return Somebody(person, name, sheets.work(table, row), row, answers)


def _places(cohort: Cohort) -> dict[str, _Place]:
    """Return where everybody stands."""
    found: dict[str, _Place] = {}
    for side, frame in (("mentees", cohort.mentees), ("mentors", cohort.mentors)):
        table = side if side in cohort.rows else "signups"
        for person, row in zip(frame["person_id"], frame["source_row"], strict=True):
            found.setdefault(person, (table, int(row), False))
    for person, fault in cohort.set_aside:
        if fault.row:
            found.setdefault(person, (fault.table, fault.row, True))
    return found


def _left_out(
    cohort: Cohort, sheets: Sheets, reasons: Mapping[str, str], config: Config
) -> Iterator[Cause]:
    """Yield those who are left out of the match, by the question that keeps them out."""
    by_column: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for person, finding in cohort.set_aside:
        by_column[finding.column].append((person, finding))
    chase = cohort.chase
    known = dict(zip(chase["person_id"], chase["email"], strict=True)) if len(chase) else {}
    for column, rows in sorted(by_column.items(), key=lambda item: item[0] != "consent"):
        items = tuple(_cell_item(person, finding, sheets, reasons) for person, finding in rows)
        blank = {i.who.id for i in items if column != "consent" or not _is_said(i.written)}
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


def give_meaning(
    programme: ProgrammeFolder, column: str, text: str, meaning: str, seen: int | None = None
) -> None:
    """Say what an answer means, for everybody who gave it.

    Raises
    ------
    InputError
        E_ENUM where it is no answer that keeps people out, or cannot mean that.
    """
    items = (one for cause in causes_of(programme) for one in cause.unmapped)
    found = next((one for one in items if (one.column, one.text) == (column, text)), None)
    if found is None or meaning not in [*dict(found.choices), "missing"]:
        raise refused("E_ENUM", "cannot_mean")
    said = worded("did.said", what=text, said=meaning_in_words(meaning))
    settle(programme, {("answers", column, text): meaning}, said, seen)


def _cell_item(
    person: str, finding: Finding, sheets: Sheets, reasons: Mapping[str, str]
) -> Concern:
    row = finding.row or 0
    cells = sheets.cells(finding.table, row, finding.column)
    who = Somebody(person, sheets.name(finding.table, row), sheets.work(finding.table, row), row)
    return Concern(
        who=who,
        title=cells[0].title if cells else finding.column,
        written=cells[0].text if cells else "",
        column=finding.column,
        table=finding.table,
        note=_note(finding, cells[0].text if cells else ""),
        can_edit=bool(cells),
        left_out=reasons.get(person, "") if finding.column == LEFT_OUT else "",
    )


def _is_said(written: str) -> bool:
    """Whether an answer says anything: a question mark or a dash is none."""
    return any(map(str.isalnum, written))


def _note(finding: Finding, written: str) -> str:
    """Return what is told of a row beside its cell."""
    if finding.column == "consent" and _is_said(written):
        return worded("people.said_no")
    is_said = finding.column in ("consent", LEFT_OUT) or _LINE.search(finding.remedy)
    return "" if is_said else capital(printable(finding.message))


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


def _corrected(programme: ProgrammeFolder, cohort: Cohort) -> Iterator[Cause]:
    """Yield what was put right by hand, each with the way back."""
    lines = read_corrections(programme.place, {}, Findings())
    standing: dict[tuple[str, str], tuple[str, Correction]] = {}
    for line in lines.values():
        first = standing.get((line.person, line.column), (line.before, line))[0]
        standing[line.person, line.column] = (first, line)
    standing = {key: line for key, line in standing.items() if key[1] != LEFT_OUT}
    items = tuple(
        Concern(
            who=Somebody(line.person, _called(cohort, line.person), "", 0),
            title=printable(line.column),
            written=line.after,
            column=line.column,
            table="",
            before=first,
            can_edit=True,
            note=worded("people.by", day=short_day(line.when[:10]), name=line.who)
            if line.who
            else short_day(line.when[:10]),
        )
        for first, line in standing.values()
        if first != line.after
    )
    yield _cause("corrected", items, is_done=True)


def _called(cohort: Cohort, person: str) -> str:
    for frame in (cohort.mentees, cohort.mentors):
        found = frame.loc[frame["person_id"] == person, "name"]
        if len(found) and isinstance(found.iloc[0], str):
            return printable(found.iloc[0])
    return printable(person)


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
    note = capital(names.in_text(finding.message))
    return Concern(who=who, title="", written="", column="", table=table, note=note)


_TOLD = {"W_RESUBMISSION": "sent_twice", "W_TWO_ROLES": "two_roles"}


def answer_about(programme: ProgrammeFolder, key: str, said: str, seen: int | None = None) -> None:
    """Answer a question about people: yes, no, ids, or the name of who is meant.

    Raises
    ------
    InputError
        E_NOT_FOUND where it is no longer asked; E_RESOLVE where nobody is meant for sure.
    """
    cohort = programme.reading().cohort
    known = {q.key: q for q in (cohort.questions if cohort else ())}
    asked = [known[one] for one in key.split() if one in known]
    if cohort is None or not asked or len(asked) < len(key.split()):
        raise refused("E_NOT_FOUND", "not_asked")
    names = names_shown(programme, cohort)
    text = said.strip()
    if text not in (YES, NO):
        text = ";".join(_meant(cohort, asked[0].person, text))
    given = [FilledIn(one.table, one.row, one.key, text) for one in asked]
    settled, _ = settled_answers(given, cohort.questions, cohort.people)
    who = first_of([names.full_name(one.person) for one in asked], 4)
    name = worded(f"causes.{_kind(asked[0])}").rstrip("?")
    what = worded("did.answered", what=name, who=who, said=_said(asked[0], text, names))
    settings = programme.settings
    settings.take(with_answers(settings.text, settled), what, programme.reviewer, seen)


def _said(question: AskedQuestion, text: str, names: ShownNames) -> str:
    """Return an answer as History tells it: with the names of those who are meant."""
    if text == YES and not (question.is_yes_no or question.is_of_ids):
        return listing([names.full_name(person) for person in question.likely])
    if text in (YES, NO):
        says_no = "no" if question.is_yes_no or question.is_of_ids else "nobody"
        return worded(f"did.said_{says_no if text == NO else 'yes'}")
    return listing([names.full_name(person) for person in text.split(";")])


def _near(cohort: Cohort, places: Mapping[str, tuple[str, ...]], part: str) -> tuple[str, ...]:
    """Return those whom a name, an address, an id or a place stands for."""
    return tuple(cohort.people.meant(part)) or places.get(fold(part), ())


def _meant(cohort: Cohort, person: str, text: str) -> list[str]:
    """Return the ids of those whom a text names: people and places, with semicolons between them.

    Raises
    ------
    InputError
        E_RESOLVE where a part of it names nobody here.
    """
    places, found = places_named(cohort), dict[str, None]()
    own = workplaces(cohort).get(person, "")
    parts = [own] if text == "workplace" else list(filter(None, map(str.strip, text.split(";"))))
    parts = [
        one
        for part in parts
        for one in ([part] if _near(cohort, places, part) else re.split(r",|&| and | und ", part))
    ]
    for part in map(str.strip, parts or [""]):
        near = _near(cohort, places, part)
        if not near:
            raise refused("E_RESOLVE", "nobody" if part else "unnamed", name=part)
        found |= dict.fromkeys(one for one in near if one != person)
    return list(found)


def put_right(
    programme: ProgrammeFolder, person: str, column: str, before: str, after: str
) -> None:
    """Write what is right into the log of corrections; the file itself stays as it is.

    Raises
    ------
    InputError
        E_CORRECTION where nothing is changed, or the cell does not hold that any more.
    """
    if before == after or not person or not column:
        raise refused("E_CORRECTION", "unchanged")
    settings = programme.settings
    by, at = programme.reviewer, settings.now()
    correction = Correction(person, column, before, after, who=by, when=at)
    there = (item for cause in causes_of(programme) for item in cause.items)
    found = next((i for i in there if (i.who.id, i.column) == (person, column)), None)
    whose = f"{found.who.name}, {found.title}" if found else called(column)
    nothing = worded("people.nothing")
    said = worded("did.corrected", what=whose, before=before or nothing, after=after or nothing)
    settings.correct(correction, said)


def leave_out(programme: ProgrammeFolder, who: str, why: str) -> None:
    """Leave somebody out of the match, with the reason; the file stays as it is.

    Raises
    ------
    InputError
        E_RESOLVE where it is not sure who is meant; E_CORRECTION without a reason.
    """
    cohort = programme.reading().cohort
    found = cohort.people.meant(who.strip()) if cohort else ()
    if cohort is None or not found:
        raise refused("E_RESOLVE", "nobody" if who.strip() else "unnamed", name=who.strip())
    names = names_shown(programme, cohort)
    if len(found) > 1:
        told = [f"{names.full_name(one)}: {names.addresses.get(one, one)}" for one in found]
        raise refused("E_RESOLVE", "several", name=who.strip(), n=len(found), who="; ".join(told))
    if not why.strip():
        raise refused("E_CORRECTION", "no_reason")
    _say_left_out(programme, found[0], names.full_name(found[0]), "", why.strip())


def take_back_in(programme: ProgrammeFolder, person: str) -> None:
    """Put somebody back whom a person left out.

    Raises
    ------
    InputError
        E_NOT_FOUND where they are not left out.
    """
    why = reasons_left_out(programme).get(person)
    if not why:
        raise refused("E_NOT_FOUND", "not_left_out")
    found = (item for cause in causes_of(programme) for item in cause.items)
    name = next((item.who.name for item in found if item.who.id == person), person)
    _say_left_out(programme, person, name, why, "")


def _say_left_out(
    programme: ProgrammeFolder, person: str, name: str, before: str, after: str
) -> None:
    by, at = programme.reviewer, programme.settings.now()
    line = Correction(person, LEFT_OUT, before, after, who=by, when=at)
    what = worded("did.left_out" if after else "did.put_back", name=name, reason=after)
    programme.settings.correct(line, what)


def reasons_left_out(programme: ProgrammeFolder) -> dict[str, str]:
    """Return who is left out by hand, by id, with the reason."""
    lines = read_corrections(programme.place, {}, Findings()).values()
    said = {line.person: line.after for line in lines if line.column == LEFT_OUT}
    return {person: why for person, why in said.items() if why}
