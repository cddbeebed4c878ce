"""Which rows are one person's: by id, by address and name, and by what people said of the rest.

The same address and a compatible name under two ids is one person; the same address and another
name, equal names on both sides and mistyped twins are questions, and one id of two people is a
fault. Nobody is merged on a likeness.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from matcher.cohort.ids import id_of_address
from matcher.cohort.names import are_compatible
from matcher.cohort.people import People
from matcher.cohort.questions import NO, YES, AskedQuestion, key_of
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.mapping import EMAIL_ID
from matcher.intake.sign_up import SignUp, all_agree, several, sign_ups_of
from matcher.intake.twins import Twins, crowds, twins_among
from matcher.intake.typed_table import TypedTable
from matcher.text import fold, shown_id


@dataclass(frozen=True)
class Identity:
    """Who the rows of the tables of people are."""

    tables: Mapping[str, TypedTable]
    """With one id a person."""
    people: People
    questions: tuple[AskedQuestion, ...] = ()
    findings: tuple[Finding, ...] = ()
    stated: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """By table and row the id that the row itself gives."""
    said_one: frozenset[str] = frozenset()
    """Ids under which two rows count as one person's because somebody has said so."""
    superseded: Mapping[str, TypedTable] = field(default_factory=dict)
    """Rows of people who answered again, which do not count."""


def identify(tables: Mapping[str, TypedTable], config: Config) -> Identity:
    """Find out who the rows of tables of people are.

    Parameters
    ----------
    tables
        Typed tables of people, every answer of everybody in them.
    config
        What identifies people, and the answers to questions in ``[resolve]``.

    Returns
    -------
    Identity
        With E_CONFLICT where one id is two people's, and what is asked.
    """
    if not tables:
        return Identity({}, People())
    rows = sign_ups_of(tables)
    contested: frozenset[str] = frozenset()
    if config.input.id == EMAIL_ID:
        rows, findings = _families_apart(rows)
    else:
        found = dict(_conflicts(rows))
        findings, contested = list(found.values()), frozenset(found)
    twins = twins_among([row for row in rows if row.person not in contested])
    certain = [pair for pair in twins if pair.is_certain]
    asked = _questions([pair for pair in twins if not pair.is_certain], config)
    said = [(q.likely[0], q.person) for q in asked if q.answer == YES]
    aliases = _aliases([*((p.first.person, p.second.person) for p in certain), *said], rows)
    kept = {name: _with_ids(table, name, rows, aliases) for name, table in tables.items()}
    return Identity(
        kept,
        People.of([table.frame for table in kept.values()], aliases),
        questions=tuple(_about(asked, aliases)),
        findings=(*findings, *_one_person(certain), *crowds(rows, twins)),
        stated={(row.table, row.row): row.person for row in rows},
        said_one=frozenset(aliases.get(person, person) for pair in said for person in pair),
    )


def _families_apart(rows: Sequence[SignUp]) -> tuple[list[SignUp], list[Finding]]:
    """Give each person of one address an id of their own, where the address identifies people."""
    shared = {
        group[0].person
        for group in several(rows, lambda row: row.person, lambda row: row.bare)
        if not all_agree(group)
    }
    message = "the row has no name, and its address is that of several people"
    findings = [
        row.finding("E_CONFLICT", message, "write the name", "name")
        for row in rows
        if row.person in shared and not row.bare
    ]
    return [_by_name(row) if row.person in shared else row for row in rows], findings


def _by_name(row: SignUp) -> SignUp:
    return replace(row, person=id_of_address(f"{row.address}\n{' '.join(row.bare)}"))


def _conflicts(rows: Sequence[SignUp]) -> Iterator[tuple[str, Finding]]:
    """Yield each id that stands for two people, with the fault at the later of two rows."""
    remedy = (
        "give two people two ids (where each table numbers its own rows, put a letter before), "
        "or correct the row"
    )
    told: set[str] = set()
    for what, value in (("name", lambda row: row.bare), ("address", lambda row: row.box)):
        for first, *others in several(rows, lambda row: row.person, value):
            other = next((row for row in others if not _is_one(first, row, what)), None)
            if other is not None and first.person not in told:
                told.add(first.person)
                message = f"id {shown_id(first.person)} has another {what} in {first.in_words}"
                yield first.person, other.finding("E_CONFLICT", message, remedy, "person_id")


def _is_one(first: SignUp, other: SignUp, differs: str) -> bool:
    """Whether two rows of one id may be one person's: a later answer may correct the address."""
    agree = bool(first.bare) and are_compatible(first.name, other.name)
    return agree and (differs == "name" or first.table == other.table)


def _questions(twins: Sequence[Twins], config: Config) -> list[AskedQuestion]:
    """Return one question for each two ids that may be one person's."""
    asked: dict[str, AskedQuestion] = {}
    for pair in twins:
        first, second = pair.first, pair.second
        key = key_of("same", *sorted((first.person, second.person)))
        message = f"is this the person of {first.in_words}? {pair.why}"
        place = second.table, second.row, "person_id"
        question = AskedQuestion(
            key, *place, second.person, (first.person,), message, is_yes_no=True
        )
        asked.setdefault(key, answered(question, config))
    return list(asked.values())


def _about(asked: Sequence[AskedQuestion], aliases: Mapping[str, str]) -> Iterator[AskedQuestion]:
    """Yield the questions under the ids that are used; one of a single person is answered."""
    for question in asked:
        person = aliases.get(question.person, question.person)
        likely = tuple(aliases.get(other, other) for other in question.likely)
        if person not in likely:
            yield replace(question, person=person, likely=likely)
        elif not question.is_open:
            yield question


def answered(question: AskedQuestion, config: Config) -> AskedQuestion:
    """Return a question with what ``[resolve]`` says about it."""
    said = config.resolve.get(question.key, ())
    words = (said,) if isinstance(said, str) else said
    if not isinstance(said, str) and words[:1] == (NO,):
        left = (*(one for one in question.likely if one not in words),)
        says = "" if left else NO
        return replace(question, likely=left, rows=(), ruled_out=words[1:], answer=says)
    if words and words == question.likely:
        return replace(question, answer=YES)
    plain = next((w for w in (YES, NO) if [fold(x) for x in words] == [w]), "")
    return replace(question, answer=plain or ", ".join(words))


def with_answer(
    question: AskedQuestion, config: Config, people: People
) -> tuple[AskedQuestion, tuple[str, ...], list[Finding]]:
    """Return a question with its answer in ids, whom that names, and what is wrong with it."""
    question = answered(question, config)
    chosen, wrong = _chosen(question, people)
    if chosen and question.answer != YES:
        question = replace(question, answer=", ".join(chosen))
    return question, chosen, wrong


def _chosen(question: AskedQuestion, people: People) -> tuple[tuple[str, ...], list[Finding]]:
    """Return whom an answered question names, and what is wrong with the answer."""
    if question.answer in ("", NO):
        return (), []
    if question.answer == YES and question.likely:
        return question.likely, []
    found = {text: people.find(text) for text in question.answer.split(", ")}
    wrong = [text for text, person in found.items() if person is None]
    if wrong:
        message = f"the answer to {question.key} names nobody for sure"
        remedy = f'write "{NO}" or the id of who is meant'
        return (), [Finding("E_RESOLVE", message, remedy, "resolve", column=question.key)]
    return tuple(person for person in found.values() if person), []


def _aliases(same: Sequence[tuple[str, str]], rows: Sequence[SignUp]) -> dict[str, str]:
    """Return by every id that is not used any more the one of the same person that is.

    The first table decides, within it the id: never the order of rows.
    """
    first = {row.person: row.place[0] for row in reversed(rows)}
    of: dict[str, str] = {}

    def root(person: str) -> str:
        return root(of[person]) if person in of else person

    for pair in same:
        ids = sorted({root(person) for person in pair}, key=lambda p: (first[p], len(p), p))
        of |= dict.fromkeys(ids[1:], ids[0])
    return {person: root(person) for person in of}


def _one_person(certain: Sequence[Twins]) -> Iterator[Finding]:
    """Tell which two rows count as one person's."""
    for pair in certain:
        first, second = pair.first, pair.second
        message = (
            f"{shown_id(second.person)} is {shown_id(first.person)} of {first.in_words}: "
            "the addresses are equal and the names agree"
        )
        yield second.finding("W_SAME_PERSON", message, "they count as one person", "person_id")


def _with_ids(
    table: TypedTable, name: str, rows: Sequence[SignUp], aliases: Mapping[str, str]
) -> TypedTable:
    """Return a table with the ids that were found."""
    ids = table.frame["person_id"].to_numpy(dtype=object).copy()
    for row in rows:
        if row.table == name:
            ids[row.at] = aliases.get(row.person, row.person)
    column = pd.array(ids, dtype="str")
    groups = table.groups.assign(person_id=column) if len(table.groups.columns) else table.groups
    return replace(table, frame=table.frame.assign(person_id=column), groups=groups)
