"""Questions of the form answered, or taken as something else: each act a line of the settings."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matcher.app.chosen_words import called
from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.history import Told
from matcher.app.read_so_far import times_of
from matcher.app.said_plainly import Refused, refused
from matcher.app.sign_up_files import where_from
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.tables import SIGNUPS, Kind, table_spec
from matcher.config import Config
from matcher.config.edited import KeyOf, stated_path, with_keys
from matcher.intake.cells.slots import slots_meant
from matcher.intake.config_columns import find_spec
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.proposal import OF_WORDS, Asked
from matcher.intake.proposals.render import rendered, without_question
from matcher.plans.plan_words import listing
from matcher.text import capital, fold, fold_heading, printable
from matcher.vocabulary import IGNORE

GRADES: KeyOf = ("programme", "grades")
MOST_GRADES = 15
"""Grades up to which somebody puts them in order by hand."""
LONGEST_ANSWER = 2000
WHICH = ("this", "other", "both")
"""Which of two questions counts that are taken for the same, where people answer them apart."""


@dataclass(frozen=True)
class Given:
    """One answer: what it writes into the settings, as History tells it, and what was asked."""

    values: Mapping[KeyOf, object]
    what: str
    question: Asked | None = None


class SecondColumn(Refused):
    """Another question is taken for the same already, and people answer the two differently."""

    def __init__(self, at: str, target: str, titles: tuple[str, str], people: int) -> None:
        self.at, self.target, self.people = at, target, people
        self.title, self.other = titles
        super().__init__(refused("E_CONFLICT", "two_columns", title=self.title).findings)


class NotTaken(Refused):
    """Answers that cannot be taken: the others are used."""

    def __init__(self, wrong: Mapping[KeyOf, tuple[str, str]], used: int) -> None:
        self.wrong, self.used = wrong, used
        """What was written and why it is not taken, by what was asked."""
        super().__init__([f for _, key in wrong.values() for f in refused("E_ENUM", key).findings])


@dataclass(frozen=True)
class GradesRead:
    """The grades that people named, and the order in which they count."""

    names: tuple[str, ...]
    """Lowest first, as stated, else as it may be."""
    is_ordered: bool


def asked_about(programme: ProgrammeFolder, question: Asked) -> ColumnProposal | None:
    """Return the question of the form that an open question is about."""
    tables = programme.proposal().tables
    if question.path[0] == "columns":
        wanted = fold_heading(question.path[-1])
        own = (c for table in tables if table.table == question.path[1] for c in table.columns)
        return next((c for c in own if wanted in map(fold_heading, (*c.keys, c.title))), None)
    name = question.path[1] if len(question.path) > 2 else None
    every = (column for table in tables for column in table.columns)
    among = (c for c in every if name in ((c.target or c.perhaps).rpartition(".")[2], c.perhaps))
    return next(among, None)


def take(
    programme: ProgrammeFolder, at: str, target: str, seen: int | None = None, which: str = ""
) -> None:
    """Take a question of the form as something else, and fill in what follows from that.

    Parameters
    ----------
    programme, at
        Whose question, and where it stands: table and number.
    target
        What it is taken for.
    seen
        Lines of the history that the page knew of.
    which
        One of `WHICH`, where another question is taken for the same.

    Raises
    ------
    SecondColumn
        Where another one is taken for the same, people answer the two differently, and nobody has
        said which counts.
    InputError
        E_NOT_FOUND for no such question; E_ENUM for nothing that a question can be.
    ConfigError
        Where the settings would not load.
    """
    settle(programme, [_taken(programme, at, target, which)], seen)


def _taken(programme: ProgrammeFolder, at: str, target: str, which: str = "") -> Given:
    """Return what taking a question of the form as something else writes; raises as `take`."""
    table, _, number = at.partition(".")
    columns = next((t.columns for t in programme.proposal().tables if t.table == table), ())
    if not number.isdigit() or int(number) >= len(columns):
        raise refused("E_NOT_FOUND", "no_question")
    column = columns[int(number)]
    if Asked(0, ("columns", table, column.keys[0]), "").value_of(target) is None:
        raise refused("E_ENUM", "cannot_be")
    other = _taken_for(columns, column, table, target)
    apart = 0 if other is None else _answered_apart(programme, table, (column, other))
    if other is not None and apart and which not in WHICH:
        raise SecondColumn(at, target, (_title_of(column), _title_of(other)), apart)
    if apart and which == "other":
        target = IGNORE
    paths = [("columns", table, title) for title in column.keys]
    values: dict[KeyOf, object] = dict.fromkeys(paths, target)
    told = worded("did.taken", what=_title_of(column), target=called(target))
    if other is not None and apart and which == "this":
        values |= dict.fromkeys((("columns", table, title) for title in other.keys), IGNORE)
        told = worded("did.instead", what=told, other=_title_of(other))
    asked = next((q for q in programme.proposal().questions if q.path in paths), None)
    return Given(values, told, asked)


def _title_of(column: ColumnProposal) -> str:
    return printable(" ".join(column.title.split()))


def _taken_for(
    columns: Sequence[ColumnProposal], column: ColumnProposal, table: str, target: str
) -> ColumnProposal | None:
    """Return another question that is what a question is to be, where only one can be that."""
    spec = find_spec(table_spec(table), target, Config())
    if target in (IGNORE, SUBMITTED) or (spec is not None and spec.is_list):
        return None
    return next((one for one in columns if one.target == target and one is not column), None)


def _answered_apart(
    programme: ProgrammeFolder, table: str, columns: Sequence[ColumnProposal]
) -> int:
    """Return how many rows answer questions differently that are to mean the same."""
    grid = sheets_of(programme).grids.get(table)
    if grid is None:
        return 0
    titles = {title for column in columns for title in column.titles}
    cells = [grid.columns[k] for k, title in enumerate(grid.titles) if title in titles]
    rows = ({fold(str(text)) for text in row} - {""} for row in zip(*cells, strict=True))
    return sum(len(said) > 1 for said in rows)


def each_asked(programme: ProgrammeFolder) -> dict[str, Asked]:
    """Return what is asked by its id on pages, about several words of a question each by itself."""
    return {
        f"{question.number}.{k}" if k else str(question.number): one
        for question in programme.proposal().questions
        for k, one in enumerate(question.one_by_one)
    }


def answer(programme: ProgrammeFolder, said: Mapping[str, str], seen: int | None = None) -> int:
    """Answer open questions, each an act of its own; return how many.

    Raises
    ------
    SecondColumn
        As :func:`take` does, for the first such question once the others are answered.
    NotTaken
        Where an answer cannot be taken; the others are used.
    InputError
        E_NOT_FOUND where one is no longer asked; E_ENUM where there is no answer. Then nothing is
        changed.
    ConfigError
        Where the settings would not load.
    """
    asked, given = each_asked(programme), {key: text.strip() for key, text in said.items()}
    if not any(given.values()):
        raise refused("E_ENUM", "no_answer")
    answers: list[tuple[Asked, str]] = []
    wrong: dict[KeyOf, tuple[str, str]] = {}
    for key, text in given.items():
        if text and key not in asked:
            raise refused("E_NOT_FOUND", "not_asked")
        if text and (len(text) > LONGEST_ANSWER or not asked[key].values_of(text)):
            why = _REFUSED.get(takes(asked[key]), "not_allowed")
            why = "no_time_alone" if len(asked[key].days) > 1 else why
            wrong[asked[key].path] = (text[:LONGEST_ANSWER], why)
        elif text:
            answers.append((asked[key], text))
    with programme.settings.lock:
        if seen is not None:
            programme.settings.check_untouched(
                seen, {p for q, _ in answers for p in (q.path, *q.also)}
            )
        seconds = _answer_each(programme, answers)
    if seconds:
        raise seconds[0]
    if wrong:
        raise NotTaken(wrong, len(answers))
    return len(answers)


def _answer_each(
    programme: ProgrammeFolder, answers: Iterable[tuple[Asked, str]]
) -> list[SecondColumn]:
    """Write answers at once; return those that cannot be, as another question says the same."""
    seconds: list[SecondColumn] = []
    given: list[Given] = []
    for question, text in answers:
        is_column = question.path[0] == "columns" and text != IGNORE
        if is_column and any(text in one.values.values() for one in given):
            settle(programme, given)  # of two that are taken for one thing, the first counts now
            given = []
        try:
            given.append(_given(programme, question, text))
        except SecondColumn as second:
            seconds.append(second)
    if given:
        settle(programme, given)
    return seconds


def _given(programme: ProgrammeFolder, question: Asked, said: str) -> Given:
    if question.path[0] == "columns" and (at := _place_of(programme, question)):
        return _taken(programme, at, said)
    words = called(said) if question.path[0] == "columns" else meaning_in_words(said)
    if takes(question) == "times" and not question.days and (slots := slots_meant(said)):
        words = listing(times_of(slots))
    title = printable(" ".join(question.word.split()))
    if question.path[0] in OF_WORDS and (column := asked_about(programme, question)):
        title = worded("did.answer_to", what=title, title=printable(column.title))
    title = where_from(question.about) if question.about else title
    told = worded("did.said", what=title, said=words)
    return Given(question.values_of(said), told, question)


def _place_of(programme: ProgrammeFolder, question: Asked) -> str:
    """Return where the question of the form stands that an open question is about."""
    column, tables = asked_about(programme, question), programme.proposal().tables
    places = ((f"{t.table}.{n}", one) for t in tables for n, one in enumerate(t.columns))
    return next((at for at, one in places if one is column), "")


_REFUSED = {"times": "no_times", "number": "no_number"}


def takes(question: Asked) -> str:
    """Return what somebody writes as the answer, `times` or `number`; empty for anything else."""
    spec = SIGNUPS.find(question.path[1]) if question.path[0] in OF_WORDS else None
    kinds = {Kind.SLOTS: "times", Kind.NUMBER: "number"}
    return kinds.get(spec.kind, "") if spec is not None and not question.choices else ""


def settle(programme: ProgrammeFolder, given: Sequence[Given], seen: int | None = None) -> None:
    """Write answers into the settings, then whatever the proposal adds to them."""
    settings, acts = programme.settings, []
    text = settings.text
    for one in given:
        where = {stated_path(text, path): value for path, value in one.values.items()}
        text = with_keys(text, where, f"chosen on the page, {settings.now()[:10]}")
        text = without_question(text, one.question) if one.question else text
        paths = () if one.question is None else (one.question.path, *one.question.also)
        asked = tuple(stated_path(text, p) for p in paths if p in one.values or p == paths[0])
        acts.append(Told(one.what, asked, {*where}, {str(v) for v in one.values.values()}))
    proposal = programme.proposed(settings.loaded(text))
    filled = rendered(proposal, text)[0]
    settings.take_each(filled, acts, programme.reviewer, seen)
    if filled == text:
        programme.remember(proposal)


def grades_read(programme: ProgrammeFolder) -> GradesRead | None:
    """Return the grades that people named, in the order of the settings, else in a likely one."""
    known = [str(grade) for grade in programme.settings.config().programme.grades]
    found: Counter[str] = Counter()
    for table in programme.proposal().tables:
        for column in table.columns:
            if column.name == "seniority":
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
    settle(programme, [Given({GRADES: ordered}, told, asked)], seen)


def meaning_in_words(value: str) -> str:
    """Return what an answer may mean, as pages call it."""
    known = for_pages(spoken().language).flat
    keys = [f"questions.as_{value}", *(f"{part}.{value}" for part in ("modes", "approaches"))]
    keys += [f"states.{value}"]
    keys += [key for key in known if key.startswith("facets.") and key.endswith(f".{value}")]
    found = next((worded(key) for key in keys if key in known), value.replace("_", " "))
    return capital(found)


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
