"""Questions: what each question of the form is taken for, why, how sure; changed by choosing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import tomlkit
from fastapi import FastAPI, Form
from fastapi.responses import Response
from tomlkit.items import Item, Table

from matcher.app.chosen_words import Options, because, called, choices, every_choice, own_group
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.read_so_far import people_read, person_read, times_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.sign_up_files import where_from
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.tables import SIGNUPS, Kind, table_spec
from matcher.config.edited import KeyOf, stated_path, with_keys
from matcher.errors import MatcherError
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.cells.slots import slots_meant
from matcher.intake.findings import OF_CELLS
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.drafted import BARE_CODES
from matcher.intake.proposals.proposal import OF_WORDS, Asked
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered, without_question
from matcher.intake.proposals.title_guesses import Sureness
from matcher.plans.plan_words import listing
from matcher.text import capital, fold, fold_heading, printable
from matcher.vocabulary import IGNORE

MOST_BARS = 8
"""Answers of an open question that are drawn."""
_BLOCKS = {Sureness.STATED: (3, "sure"), Sureness.SURE: (3, "sure"), Sureness.LIKELY: (2, "likely")}
WHICH_ROLE = "the question that says mentee or mentor"
"""What is asked about in place of a title where no question of the form says who is who."""
GRADES: KeyOf = ("programme", "grades")
MOST_GRADES = 15
"""Grades up to which somebody puts them in order by hand."""
MOST_ROLE_ANSWERS = 8
"""Answers up to which a question may say who is who."""
FIRST_SHOWN = ("avoid", "line_manager", "role", "consent")


@dataclass(frozen=True)
class FormRow:
    """One question of the form."""

    at: str
    """Table and number, as the page posts them."""
    title: str
    samples: tuple[str, ...]
    target: str
    why: str
    blocks: int
    sure: str
    own: str
    """What it is as a question of its own about groups."""

    @property
    def options(self) -> Options:
        """What it can be taken as; pages hold that once for all rows, and for one if need be."""
        return choices(self.title, self.target)


@dataclass(frozen=True)
class Choice:
    """One answer to an open question."""

    value: str
    words: str
    note: str
    is_suggested: bool


@dataclass(frozen=True)
class OpenQuestion:
    """A question that only a person can answer."""

    number: int
    title: str
    text: str
    bars: tuple[tuple[str, int, float], ...]
    """Answer, how often, share of the most frequent."""
    choices: tuple[Choice, ...]
    options: Options
    """Whatever else it may be taken as; empty where it is about an answer."""
    why: str = ""
    """What its title and answers say of it, as far as that goes."""
    takes: str = ""
    """Where somebody writes the answer: `times` or `number`, empty for anything."""
    is_which: bool = False
    """Whether it asks which question of the form is the one: choices are questions."""
    is_file: bool = False
    """Whether it is about a file: what is shown are its first rows."""


@dataclass(frozen=True)
class Topic:
    """One option that mentees ask for and mentors offer."""

    name: str
    asked: int
    offered: int


@dataclass(frozen=True)
class GradesRead:
    """The grades that people named, and the order in which they count."""

    names: tuple[str, ...]
    """Lowest first, as stated, else as it may be."""
    is_ordered: bool


@dataclass(frozen=True)
class QuestionsView:
    """Everything on the page."""

    open: tuple[OpenQuestion, ...]
    likely: tuple[FormRow, ...]
    sure: tuple[FormRow, ...]
    unused: tuple[FormRow, ...]
    topics: tuple[Topic, ...]
    count: int
    understood: int
    files: tuple[tuple[str, int], ...]
    unread: tuple[str, ...]
    grades: GradesRead | None = None
    """None where nobody named a grade, or too many to put them in order by hand."""
    options: Options = field(default_factory=every_choice)


def question_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/questions")
    def questions(key: str, person: int = 0, at: str = "", more: int = -1) -> Response:
        programme = desk.find(key)
        return _page(programme, person, at, more=more)

    @app.post("/p/{key}/questions")
    def change(
        key: str,
        verb: ShortText,
        at: ShortText = "",
        target: ShortText = "",
        seen: Annotated[int, Form()] = 0,
        grade: Annotated[list[str] | None, Form()] = None,
        place: Annotated[list[int] | None, Form()] = None,
    ) -> Response:
        programme = desk.find(key)
        try:
            if verb == "take":
                take(programme, at, target, seen)
            elif verb == "grades":
                order_grades(programme, grade or (), place or (), seen)
            elif verb == "answer":
                before = {question.path for question in programme.proposal().questions}
                answer(programme, at, target, seen)
                after = {question.path for question in programme.proposal().questions}
                return goto(f"/p/{key}/questions?more={len(after - before)}")
        except MatcherError as error:
            return _page(programme, 0, at, problems=in_sentences(error))
        return goto(f"/p/{key}/questions?at={at}" if verb == "take" else f"/p/{key}/questions")


def _page(
    programme: ProgrammeFolder,
    person: int,
    at: str,
    problems: list[str] | None = None,
    *,
    more: int = -1,
) -> Response:
    """Return the page; `more` counts what an answer led to, below 0 where none was just given."""
    frame = around(programme, "questions")
    reading = programme.reading()
    return show(
        "questions.html.j2",
        frame,
        422 if problems else 200,
        view=questions_view(programme),
        people=people_read(reading),
        person=None
        if reading.cohort is None
        else person_read(reading.cohort, person, sheets_of(programme)),
        said=programme.settings.acts()[0].what if more >= 0 else "",
        more=more,
        number=person,
        at=at,
        problems=problems or [],
        text=programme.settings.text,
        change=last_change(programme),
    )


def questions_view(programme: ProgrammeFolder) -> QuestionsView:
    """Return every question of the files with what it is taken for."""
    filled, stated = programme.as_filled_in(), programme.proposal()
    about = [_column_of(programme, question) for question in stated.questions]
    asked = {question.path for question in stated.questions}
    rows: dict[str, list[FormRow]] = {"likely": [], "sure": [], "unused": []}
    in_part = worded("questions.in_part")
    beside, unread = _beside(programme.settings.text), _unread(programme)
    for table, first in zip(stated.tables, filled.tables, strict=True):
        columns = table.columns if table_spec(table.table).is_people else ()
        for n, (column, fresh) in enumerate(zip(columns, first.columns, strict=bool(columns))):
            is_asked = any(("columns", table.table, title) in asked for title in column.keys)
            if not is_asked and not any(column is one for one in about):
                told = next(
                    (beside[k] for t in column.keys if (k := (table.table, t)) in beside), ""
                )
                row = _row(f"{table.table}.{n}", column, fresh, told)
                if (table.table, row.target.rpartition(".")[2]) in unread:
                    row = replace(row, why=in_part, sure=worded("questions.is_unsure"), blocks=1)
                rows[_part_of(row)].append(row)
    rows["likely"].sort(key=lambda row: row.blocks)
    rows["sure"].sort(key=lambda row: row.target not in FIRST_SHOWN)
    count = sum(len(t.columns) for t in stated.tables if table_spec(t.table).is_people)
    grades = grades_read(programme)
    plain = [q for q in stated.questions if q.path != GRADES or grades is None]
    open_ = tuple(_open(programme, question) for question in plain)
    return QuestionsView(
        open=open_,
        likely=tuple(rows["likely"]),
        sure=tuple(rows["sure"]),
        unused=tuple(rows["unused"]),
        topics=_topics(programme),
        count=count,
        understood=sum(row.why != in_part for part in rows.values() for row in part),
        files=tuple((where_from(table.origin), table.rows) for table in stated.tables),
        unread=stated.unread,
        grades=grades,
    )


def _unread(programme: ProgrammeFolder) -> set[tuple[str, str]]:
    """Return table and column of answers that are not read, with or without their people."""
    reading = programme.reading()
    people = reading.cohort.set_aside if reading.cohort else ()
    told = [*reading.findings, *(finding for _, finding in people)]
    codes = OF_CELLS | {"W_WRITE_IN"}
    return {(f.table, f.column.rpartition(".")[2]) for f in told if f.code in codes}


def grades_read(programme: ProgrammeFolder) -> GradesRead | None:
    """Return the grades that people named, in the order of the settings, else in a likely one."""
    known = [str(grade) for grade in programme.settings.config().programme.grades]
    found: Counter[str] = Counter()
    for table in programme.proposal().tables:
        for column in table.columns:
            if (column.target or "").rpartition(".")[2] == "seniority":
                found.update(column.evidence.counts)
    there = {fold(grade) for grade in known}
    likely = [entry.example for entry in programme.proposal().entries if entry.path == GRADES]
    place = {fold(str(grade)): k for k, grade in enumerate(likely[0] or ())} if likely else {}
    others = sorted(found, key=lambda text: (place.get(fold(text), len(place)), fold(text)))
    named = [*known, *(text for text in others if fold(text) not in there)]
    if not found or not 2 <= len(named) <= MOST_GRADES:
        return None
    return GradesRead(tuple(named), is_ordered=len(named) == len(known))


def order_grades(
    programme: ProgrammeFolder, grades: Sequence[str], places: Sequence[int], seen: int | None
) -> None:
    """Write the order of grades, lowest first.

    Raises
    ------
    InputError
        E_ENUM where two have one place, or a grade is none that people named.
    """
    known = grades_read(programme)
    if known is None or {*grades} != {*known.names} or {*places} != {*range(1, len(grades) + 1)}:
        raise refused("E_ENUM", "no_order")
    ordered = [grade for _, grade in sorted(zip(places, grades, strict=True))]
    told = worded("did.grades", names=listing(ordered))
    asked = next((q for q in programme.proposal().questions if q.path == GRADES), None)
    settle(programme, {GRADES: ordered}, told, seen, asked)


def _beside(text: str) -> dict[tuple[str, str], str]:
    """Return why each question is taken for what, as the settings say beside it."""
    tables = tomlkit.parse(text).get("columns", {})
    return {
        (table, title): item.trivia.comment.strip("# ")
        for table, lines in tables.items()
        if isinstance(lines, Table)
        for title, item in lines.items()
        if isinstance(item, Item)
    }


def _row(at: str, column: ColumnProposal, fresh: ColumnProposal, beside: str) -> FormRow:
    """Return a row with the reason of the first proposal, or of what took its place.

    What the settings say, and neither the files nor other answers led to, somebody chose.
    """
    target = column.target or IGNORE
    is_known = f"whys.{beside}" in for_pages(spoken().language).flat
    is_led_to = fresh.target != column.target and is_known
    is_own = fresh.target != column.target and not is_known
    blocks, sure = (3, "chosen") if is_own else _BLOCKS.get(fresh.sureness, (1, "unsure"))
    why = worded("whys.stated") if is_own else because(beside if is_led_to else fresh.why)
    shown = tuple(map(_on_one_line, column.samples))
    title = printable(" ".join(column.title.split()))
    return FormRow(
        at=at,
        title=title,
        samples=shown,
        target=target,
        why=why,
        blocks=blocks,
        sure=worded(f"questions.is_{sure}"),
        own=own_group(column.title, target),
    )


def _part_of(row: FormRow) -> str:
    if row.target in (IGNORE, SUBMITTED):
        return "unused"
    return "likely" if row.blocks < 3 else "sure"


def _open(programme: ProgrammeFolder, question: Asked) -> OpenQuestion:
    column = _column_of(programme, question)
    likely = question.example
    options: Options = []
    if question.path[0] == "columns":
        title = printable(" ".join(question.path[-1].split()))
        found = [
            Choice(value, called(value), _note(value), value == likely != IGNORE)
            for value in question.choices
        ]
        options = choices(question.path[-1], likely or IGNORE)
    else:
        about = printable(" ".join(column.title.split())) if column else capital(question.path[0])
        title = f"{about}: {printable(question.path[-1])}" if len(question.path) > 2 else about
        title = capital(where_from(question.about)) if question.about else title
        found = [
            Choice(value, meaning_in_words(value), "", value == likely)
            for value in question.choices
        ]
    is_which = question.path[-1] == WHICH_ROLE
    if is_which:
        title, options = worded("questions.which_role"), []
        found = [Choice(at, text, "", is_suggested=False) for at, text in _asked_in(programme)]
    counts = Counter(question.samples) if column is None else column.evidence.counts
    most = max(counts.values(), default=1)
    bars = tuple((_on_one_line(text), n, n / most) for text, n in counts.most_common(MOST_BARS))
    return OpenQuestion(
        number=question.number,
        title=title,
        text=worded(_asks(question), what=printable(question.path[-1])),
        bars=bars,
        choices=tuple(found),
        options=options,
        takes=_takes(question),
        why=because(column.why) if column and question.path[0] == "columns" else "",
        is_which=is_which,
        is_file=bool(question.about),
    )


def _on_one_line(text: str) -> str:
    """Return an answer as one line: what was ticked on several stands apart."""
    return printable("; ".join(filter(None, map(str.strip, text.splitlines()))))[:60]


def _asked_in(programme: ProgrammeFolder) -> list[tuple[str, str]]:
    """Return the questions of the sign-up form, by where each stands, those first that may be it.

    A question that everybody answers with one of a few answers may say who is who.
    """
    found = []
    for table in programme.proposal().tables:
        for n, column in enumerate(table.columns):
            if (
                table.table == SIGNUPS.name
                and 2 <= len(column.evidence.counts) <= MOST_ROLE_ANSWERS
            ):
                title = printable(" ".join(column.title.split()))
                said = listing([_on_one_line(text) for text in column.samples])
                found.append((f"{table.table}.{n}", f"{title} ({said})"))
    return found


def _column_of(programme: ProgrammeFolder, question: Asked) -> ColumnProposal | None:
    """Return the question of the form that an open question is about."""
    columns = [c for table in programme.proposal().tables for c in table.columns]
    if question.path[0] == "columns":
        wanted = fold_heading(question.path[-1])
        return next((c for c in columns if wanted in map(fold_heading, (*c.keys, c.title))), None)
    if len(question.path) > 2:
        name = question.path[1]
        among = [
            c for c in columns if name in ((c.target or c.perhaps).rpartition(".")[2], c.perhaps)
        ]
        return next(iter(among), None)
    return None


def _asks(question: Asked) -> str:
    """Return what of the catalogue says what is asked."""
    if question.path[-1] == WHICH_ROLE:
        return "questions.asks_which"
    if question.path[0] == "tables" and question.path[2] in ("read", "constants"):
        asks = "unread" if question.choices == ("no",) else question.path[2]
        return f"questions.asks_{asks}"
    if question.path[:2] == ("answers", "status"):
        return "questions.asks_status"
    if question.path[0] == "tables" and question.path[2] in ("file", "sheet"):
        return f"questions.asks_{question.path[1]}"
    if question.path[0] in ("columns", "input", "tables"):
        return f"questions.asks_{question.path[0]}"
    return "questions.asks_codes" if question.text == BARE_CODES else "questions.asks_answer"


def _note(target: str) -> str:
    if target == IGNORE:
        return worded("questions.ignored")
    return worded("questions.never") if target in ("avoid", "line_manager") else ""


def meaning_in_words(value: str) -> str:
    """Return what an answer may mean, as pages call it."""
    known = for_pages(spoken().language).flat
    keys = [f"questions.as_{value}", *(f"{part}.{value}" for part in ("modes", "approaches"))]
    keys += [f"states.{value}"]
    keys += [key for key in known if key.startswith("facets.") and key.endswith(f".{value}")]
    found = next((worded(key) for key in keys if key in known), value.replace("_", " "))
    return capital(found)


def _topics(programme: ProgrammeFolder) -> tuple[Topic, ...]:
    """Return how many who take part ask for and offer each option of the programme's own topics."""
    cohort, own = programme.reading().cohort, programme.settings.config().facets.get("topic")
    if cohort is None or own is None:
        return ()
    asked, offered = (
        Counter(fold(topic) for topics in people["contexts"] for topic in topics)
        for people in (cohort.mentees, cohort.mentors)
    )
    found = [Topic(printable(o), asked[fold(o)], offered[fold(o)]) for o in own.options]
    is_asked = any(topic.asked or topic.offered for topic in found)
    return tuple(sorted(found, key=lambda topic: -topic.asked)) if is_asked else ()


def take(programme: ProgrammeFolder, at: str, target: str, seen: int | None = None) -> None:
    """Take a question of the form as something else, and fill in what follows from that.

    Raises
    ------
    InputError
        E_NOT_FOUND for no such question; E_ENUM for nothing that a question can be.
    ConfigError
        Where the settings would not load.
    """
    table, _, number = at.partition(".")
    columns = next((t.columns for t in programme.proposal().tables if t.table == table), ())
    if not number.isdigit() or int(number) >= len(columns):
        raise refused("E_NOT_FOUND", "no_question")
    column = columns[int(number)]
    paths = [("columns", table, title) for title in column.keys]
    asked = Asked(0, paths[0], "")
    if asked.value_of(target) is None:
        raise refused("E_ENUM", "cannot_be")
    title = printable(" ".join(column.title.split()))
    settle(
        programme,
        dict.fromkeys(paths, target),
        worded("did.taken", what=title, target=called(target)),
        seen,
    )


def answer(programme: ProgrammeFolder, number: str, value: str, seen: int | None = None) -> None:
    """Answer an open question.

    Raises
    ------
    InputError
        E_NOT_FOUND where it is no longer asked; E_ENUM where the answer cannot be taken.
    ConfigError
        Where the settings would not load.
    """
    found = [q for q in programme.proposal().questions if str(q.number) == number]
    if not found:
        raise refused("E_NOT_FOUND", "not_asked")
    question, said = found[0], value.strip()
    value_said = question.value_of(said) if said else None
    if value_said is None:
        raise refused("E_ENUM", _REFUSED.get(_takes(question), "not_allowed"))
    words = called(said) if question.path[0] == "columns" else meaning_in_words(said)
    if _takes(question) == "times" and (slots := slots_meant(said)):
        words = listing(times_of(slots))
    title = printable(" ".join(question.path[-1].split()))
    if question.path[0] in OF_WORDS and (column := _column_of(programme, question)):
        title = worded("did.answer_to", what=title, title=printable(column.title))
    title = where_from(question.about) if question.about else title
    settle(
        programme,
        {question.path: value_said},
        worded("did.said", what=title, said=words),
        seen,
        question,
    )


_REFUSED = {"times": "no_times", "number": "no_number"}


def _takes(question: Asked) -> str:
    """Return what somebody writes as the answer, `times` or `number`; empty for anything else."""
    spec = SIGNUPS.find(question.path[1]) if question.path[0] in OF_WORDS else None
    kinds = {Kind.SLOTS: "times", Kind.NUMBER: "number"}
    return kinds.get(spec.kind, "") if spec is not None and not question.choices else ""


def settle(
    programme: ProgrammeFolder,
    values: dict[KeyOf, object],
    what: str,
    seen: int | None,
    question: Asked | None = None,
) -> None:
    """Write values into the settings, then whatever the proposal adds to them."""
    settings = programme.settings
    before = settings.text
    text = without_question(before, question) if question else before
    where = {stated_path(text, path): value for path, value in values.items()}
    text = with_keys(text, where, f"chosen on the page, {settings.now()[:10]}")
    proposal = propose(
        programme.place, settings.loaded(text), alike=judge_of_titles(), shelf=programme.shelf()
    )
    filled = rendered(proposal, text)[0]
    settings.take(filled, what, programme.reviewer, seen, asked=[*where] if question else ())
    if filled == text:
        programme.remember(proposal)


def last_change(programme: ProgrammeFolder) -> list[tuple[str, str]]:
    """Return the lines that the last act took out of the settings file, and put in, with a sign."""
    lines = []
    changes = (e for e in programme.settings.log.events() if e["event"] == "settings")
    for event in list(changes)[-1:]:
        for path, old, new in [key for key in event.get("keys", ()) if key[1] != key[2]][:40]:
            name = ".".join(path)
            lines += [("-", f"{name} = {old!r}")] if old is not None else []
            lines += [("+", f"{name} = {new!r}")] if new is not None else []
    return lines
