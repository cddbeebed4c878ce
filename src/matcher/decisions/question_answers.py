"""Answers to questions that people filled in: read from a workbook, written into the config."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from matcher.cohort.cells import restore
from matcher.cohort.people import People
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.decisions.working_copy import column_of, filled_in
from matcher.errors import Finding, InputError, raise_if_any, unreadable
from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each, names_nobody
from matcher.text import fold, fold_plain

SHEET = "questions"


@dataclass(frozen=True)
class FilledIn:
    """One answer as it is written, and where."""

    table: str
    row: int
    key: str
    answer: str

    def finding(self, code: str, message: str, remedy: str) -> Finding:
        """Return what is wrong with it."""
        return Finding(code, message, remedy).at(self.table, self.row, "answer")


def read_answers(path: Path) -> list[FilledIn]:
    """Return every answer of a workbook of questions, or of a copy of ``questions.csv``.

    Raises
    ------
    InputError
        E_NOT_FOUND, E_MISSING_COLUMN, and as in `read_working_copy`.
    StorageError
        E_READ.
    """
    if not path.is_file():
        message = f"there is no {path.name} to read"
        raise InputError(Finding("E_NOT_FOUND", message, "matcher check --questions writes one"))
    try:
        tables = filled_in(path, [SHEET], "fill in what matcher check --questions writes")
    except OSError as error:
        raise unreadable(path) from error
    found = []
    for name, lines in tables.items():
        header = [column_of(SHEET, cell.strip().lower()) for cell in (lines or [[]])[0]]
        for column in ("key", "answer"):
            if column not in header:
                fault = Finding("E_MISSING_COLUMN", f"the column {column} is gone", "keep it")
                raise InputError(fault.at(name, 1, column))
        places = header.index("key"), header.index("answer")
        for number, row in enumerate(lines[1:], start=2):
            key, answer = (restore(row[k]).strip() if k < len(row) else "" for k in places)
            if answer:
                found.append(FilledIn(name, number, key, answer))
    return found


def settled_answers(
    given: Iterable[FilledIn], questions: Iterable[AskedQuestion], people: People
) -> tuple[dict[str, str | list[str]], list[Finding]]:
    """Return answers as `[resolve]` holds them, keys and ids alone, and what has no effect.

    Parameters
    ----------
    given
        As they are written: yes or no in any language, or the names, addresses or ids of who is
        meant, with `;`.
    questions
        Of the cohort, open or not.
    people
        Who is meant by what.

    Raises
    ------
    InputError
        E_RESOLVE with the row of each that names nobody for sure, has lost its key, or says of a
        question what another row does not.
    """
    asked = {question.key: question for question in questions}
    settled: dict[str, str | list[str]] = {}
    findings = []
    for row in given:
        question = asked.get(row.key)
        if not row.key:
            message = "the row has an answer, and its key is gone"
            remedy = "write the key of the question again: matcher check --questions shows it"
            findings.append(row.finding("E_RESOLVE", message, remedy))
        elif question is None:
            message = "no question has this key: what it was about has changed, or is gone"
            findings.append(row.finding("W_RESOLVE_UNUSED", message, "it is not taken"))
        elif (ids := _meant(row.answer, question, people)) is None:
            findings.append(_unclear(row, question, people))
        elif settled.setdefault(row.key, said := ids[0] if len(ids) == 1 else ids) != said:
            message = "another row answers the same question otherwise"
            findings.append(row.finding("E_RESOLVE", message, "leave the one that is meant"))
    return settled, list(raise_if_any(findings, InputError))


def _meant(answer: str, question: AskedQuestion, people: People) -> list[str] | None:
    """Return `yes`, `no` or ids; None where an item names nobody, or nobody may be meant by yes."""
    word = _YES_NO.get(fold_plain(answer), fold(answer))
    if not question.is_yes_no and not people.find(answer) and names_nobody(answer):
        word = NO
    if word in (YES, NO):
        has_yes = question.likely or question.is_yes_no
        if word == YES and question.ruled_out:
            return [*question.likely]
        return [word] if word == NO or has_yes else None
    items = (
        [answer] if people.find(answer) else [item for item in answer.split(";") if item.strip()]
    )
    ids = [people.find(item) for item in items]
    if question.is_yes_no or not ids or None in ids:
        return None
    return [str(person) for person in ids]


_YES_NO = meaning_of_each(FORM_WORDS["yes_no"])


def _unclear(row: FilledIn, question: AskedQuestion, people: People) -> Finding:
    """Return what is wrong with an answer that is neither yes nor no, nor one person."""
    several = max((len(people.meant(item)) for item in row.answer.split(";")), default=0)
    if question.is_yes_no:
        message, remedy = "the answer is neither yes nor no", "write yes or no"
    elif several > 1:
        message = "the answer is a name that several people have"
        remedy = "write the id or the address of the one who is meant, or yes for all of them"
    else:
        message = "the answer is neither yes nor no, and names nobody for sure"
        remedy = "write yes, no, or the id of who is meant"
    return row.finding("E_RESOLVE", message, remedy)


def with_answers(text: str, settled: Mapping[str, str | list[str]]) -> str:
    """Return the text of a config with answers under `[resolve]`; its comments stay."""
    document = tomlkit.parse(text)
    if "resolve" not in document:
        document["resolve"] = tomlkit.table()
    for key, answer in settled.items():
        document["resolve"][key] = answer
    return tomlkit.dumps(document)
