"""What the page of questions says of each question of the form, of what is open, and of topics."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import tomlkit
from tomlkit.items import Item, Table

from matcher.app.answers_given import (
    GRADES,
    GradesRead,
    asked_about,
    each_asked,
    grades_read,
    meaning_in_words,
    takes,
)
from matcher.app.chosen_words import (
    Options,
    because,
    called,
    choices,
    every_choice,
    has_own_words,
    own_group,
    why_asked,
)
from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.sign_up_files import joined_files, where_from
from matcher.catalogue.catalogue import worded
from matcher.cohort.tables import PAIRS, SIGNUPS, table_spec
from matcher.config.edited import KeyOf
from matcher.intake.findings import OF_CELLS
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.drafted_topics import BARE_CODES
from matcher.intake.proposals.proposal import OF_WORDS, Asked, Proposal
from matcher.intake.proposals.reasons import Why, reason_of
from matcher.intake.proposals.title_guesses import Sureness
from matcher.plans.plan_words import listing
from matcher.text import capital, fold, on_one_line, printable
from matcher.vocabulary import IGNORE

MOST_BARS = 8
"""Answers of an open question that are drawn."""


_BLOCKS = {Sureness.STATED: (3, "sure"), Sureness.SURE: (3, "sure"), Sureness.LIKELY: (2, "likely")}


WHICH_ROLE = "the question that says mentee or mentor"
"""What is asked about in place of a title where no question of the form says who is who."""


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
    is_unknown: bool = False
    """Whether it is not used as nothing says what it asks."""
    where: str = ""
    """The list that it is asked in, where there are several."""

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

    id: str
    title: str
    text: str
    bars: tuple[tuple[str, int, float], ...]
    """Answer, how often, share of the most frequent."""
    choices: tuple[Choice, ...]
    options: Options
    """Whatever else it may be taken as; empty where it is about an answer."""
    why: str = ""
    """What its title and answers say of it, as far as that goes."""
    because: tuple[str, ...] = ()
    """Why it is asked: what hangs on it, and what was seen in the cells."""
    takes: str = ""
    """Where somebody writes the answer: `times` or `number`, empty for anything."""
    is_now: bool = False
    """Whether it is answered now, with those of its kind; the rest comes after."""
    is_beside: bool = False
    """Whether it is about a further word of the question of the form before it."""
    is_which: bool = False
    """Whether it asks which question of the form is the one: choices are questions."""
    is_file: bool = False
    """Whether it is about a file: what is shown are its first rows."""
    where: str = ""
    """The list that it is asked in, where there are several."""
    days: str = ""
    """The days of a grid of which it asks one time."""
    said: str = ""
    """What was written, and is not taken."""
    fault: str = ""
    """Why not."""


@dataclass(frozen=True)
class Topic:
    """One option that mentees ask for and mentors offer."""

    name: str
    asked: int
    offered: int


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
    in_part: int
    """Questions of which some answers are not read."""
    files: tuple[tuple[str, int], ...]
    joined: tuple[str, ...]
    """Which files say more about people who signed up."""
    unread: tuple[str, ...]
    grades: GradesRead | None = None
    """None where nobody named a grade, or too many to put them in order by hand."""
    options: Options = field(default_factory=every_choice)


def questions_view(
    programme: ProgrammeFolder, wrong: Mapping[KeyOf, tuple[str, str]] | None = None
) -> QuestionsView:
    """Return every question of the files with what it is taken for; `wrong` was just refused."""
    filled, stated = programme.as_filled_in(), programme.proposal()
    about = [asked_about(programme, question) for question in stated.questions]
    asked = {question.path for question in stated.questions}
    rows: dict[str, list[FormRow]] = {"likely": [], "sure": [], "unused": []}
    in_part = worded("questions.in_part")
    beside, unread = _beside(programme.settings.text), _unread(programme)
    forms, where = sheets_of(programme).forms, _lists(stated)
    for table, first in zip(stated.tables, filled.tables, strict=True):
        columns = table.columns if table_spec(table.table).is_people else ()
        for n, (column, fresh) in enumerate(zip(columns, first.columns, strict=bool(columns))):
            is_asked = any(("columns", table.table, title) in asked for title in column.keys)
            if not is_asked and not any(column is one for one in about):
                told = next(
                    (beside[k] for t in column.keys if (k := (table.table, t)) in beside), ""
                )
                row = _row(f"{table.table}.{n}", column, fresh, told)
                title = printable(forms.get(row.title, row.title))
                row = replace(row, title=title, where=where.get(table.table, ""))
                if (table.table, row.target.rpartition(".")[2]) in unread:
                    row = replace(row, why=in_part, sure=worded("questions.is_unsure"), blocks=1)
                rows[_part_of(row)].append(row)
    every = [row for part in rows.values() for row in part]
    rows["likely"].sort(key=lambda row: row.blocks)
    rows["sure"].sort(key=lambda row: row.target not in FIRST_SHOWN)
    count = sum(len(t.columns) for t in stated.tables if table_spec(t.table).is_people)
    grades = grades_read(programme)
    asked_now = each_asked(programme)
    plain = {k: q for k, q in asked_now.items() if q.path != GRADES or grades is None}
    open_ = tuple(_open_each(programme, plain, wrong or {}, where))
    return QuestionsView(
        open=open_,
        likely=tuple(rows["likely"]),
        sure=tuple(rows["sure"]),
        unused=tuple(rows["unused"]),
        topics=_topics(programme),
        count=count,
        understood=sum(row.why != in_part and not row.is_unknown for row in every),
        in_part=sum(row.why == in_part for row in every),
        files=tuple((where_from(table.origin), table.rows) for table in stated.tables),
        joined=tuple(joined_files(programme)),
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
    is_unknown = target == fresh.target == IGNORE and fresh.why.code is Why.TOLD_BY_NOTHING
    stated = reason_of(beside)
    is_known = has_own_words(stated)
    is_led_to = fresh.target != column.target and is_known
    is_own = fresh.target != column.target and not is_known
    blocks, sure = (3, "chosen") if is_own else _BLOCKS.get(fresh.sureness, (1, "unsure"))
    blocks, sure = (1, "unsure") if is_unknown else (blocks, sure)
    why = (
        worded("whys.stated") if is_own else because(stated if is_led_to and stated else fresh.why)
    )
    shown = tuple(map(one_line, column.samples))
    title = printable(" ".join(column.title.split()))
    told, own = worded(f"questions.is_{sure}"), own_group(column.title, target)
    row = FormRow(at, title, shown, target, why, blocks=blocks, sure=told, own=own)
    return replace(row, is_unknown=is_unknown)


def _part_of(row: FormRow) -> str:
    if row.target in (IGNORE, SUBMITTED) and not row.is_unknown:
        return "unused"
    return "likely" if row.blocks < 3 else "sure"


MOST_TOGETHER = 8
"""Questions that are answered together."""


def _together(asked: Mapping[str, Asked], wrong: Collection[KeyOf]) -> list[str]:
    """Return the questions that are answered by one press; who is who goes before all others."""
    first = [key for key, question in asked.items() if question.path[-1] == WHICH_ROLE]
    again = sorted(asked, key=lambda key: asked[key].path not in wrong)
    return first[:1] or again[:MOST_TOGETHER]


def _open_each(
    programme: ProgrammeFolder,
    asked: Mapping[str, Asked],
    wrong: Mapping[KeyOf, tuple[str, str]],
    where: Mapping[str, str],
) -> Iterator[OpenQuestion]:
    """Yield the open questions, those first that are answered now, with what was refused."""
    now, before = _together(asked, wrong), tuple[str, ...]()
    for key in [*now, *(key for key in asked if key not in now)]:
        question = asked[key]
        said, why = wrong.get(question.path, ("", ""))
        yield replace(
            _open(programme, key, question),
            is_now=key in now,
            is_beside=question.path[0] in OF_WORDS and question.path[:2] == before,
            where=where.get(_table_of(programme, question), ""),
            said=said,
            fault=" ".join(in_sentences(refused("E_ENUM", why))) if why else "",
        )
        before = question.path[:2]


def _lists(proposal: Proposal) -> dict[str, str]:
    """Return what each list of people is called, where there are several."""
    found = {
        t.table: where_from(t.origin) for t in proposal.tables if table_spec(t.table).is_people
    }
    return found if len(found) > 1 else {}


def _table_of(programme: ProgrammeFolder, question: Asked) -> str:
    """Return the table in which a question is asked."""
    about = asked_about(programme, question)
    tables = programme.proposal().tables
    return next((t.table for t in tables if any(c is about for c in t.columns)), "")


def _open(programme: ProgrammeFolder, key: str, question: Asked) -> OpenQuestion:
    column = asked_about(programme, question)
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
        title = f"{about}: {printable(question.word)}" if len(question.path) > 2 else about
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
    bars = tuple((one_line(text), n, n / most) for text, n in counts.most_common(MOST_BARS))
    return OpenQuestion(
        id=key,
        title=title,
        text=worded(_asks(question), what=printable(question.word)),
        bars=bars,
        choices=tuple(found),
        options=options,
        takes=takes(question),
        why=because(column.why) if column and question.path[0] == "columns" else "",
        because=why_asked(question, column, _asks(question).rpartition("_")[2]),
        days=listing(map(printable, question.days)) if question.also and question.days else "",
        is_which=is_which,
        is_file=bool(question.about),
    )


def one_line(text: str) -> str:
    """Return an answer as one short line."""
    return printable(on_one_line(text))[:60]


def _asks(question: Asked) -> str:
    """Return what of the catalogue says what is asked."""
    if question.path[-1] == WHICH_ROLE:
        return "questions.asks_which"
    if question.path[0] == "tables" and question.path[2] in ("read", "constants"):
        is_pairs = question.path[1] == PAIRS or question.path[2] == "constants"
        beside = "unread" if question.choices == ("no",) else "joined"
        asks = question.path[2] if is_pairs else beside
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
                said = listing([one_line(text) for text in column.samples])
                found.append((f"{table.table}.{n}", f"{title} ({said})"))
    return found
