"""A proposal as the text of a config: each line with its why, questions as numbered comments.

What an existing file says stands, comments and all; only what it lacks is added.
"""

import re
from collections.abc import MutableMapping, Set
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import groupby, pairwise
from typing import Any

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.items import Array, Item, Key, Table, Whitespace

from matcher.intake.proposals.meanings import MISSING
from matcher.intake.proposals.proposal import (
    AS_ABOVE,
    MEANWHILE,
    OF_WORDS,
    Asked,
    Entry,
    Path_,
    Proposal,
)
from matcher.intake.proposals.reasons import BESIDE, Why, reason_of
from matcher.text import count_of, fold_heading
from matcher.vocabulary import IGNORE

ORDER = (
    *("programme", "input", "tables", "columns", "answers", "numbers", "scales", "facets"),
    "features",
)
"""Parts of the config in the order in which a person reads them."""

_ABOUT: dict[str, str] = BESIDE["about"]


def rendered(proposal: Proposal, existing: str = "") -> tuple[str, list[str]]:
    """Return the text of the config and what was added to it.

    Parameters
    ----------
    proposal
        What to write.
    existing
        Text of the file as it is, empty for none; its keys and comments stay.

    Returns
    -------
    text
        TOML that loads.
    added
        Dotted keys of the lines that the existing text lacks.
    """
    document, proposal = tomlkit.parse(existing), numbered_after(proposal, existing)
    if not existing.strip():
        for line in _head(proposal):
            document.add(tomlkit.comment(line))
    asked = {question.path: question for question in proposal.questions}
    added, there = [], {*existing.splitlines()}
    for section, entries in groupby(_in_order(proposal), key=lambda entry: entry.path[:-1]):
        of_section = [*entries]
        added += [".".join(entry.path) for entry in of_section if _goes_on(document, entry)]
        lines = [entry for entry in of_section if _is_new(document, entry, there, asked)]
        if lines:
            _fill(_table(document, section), lines, asked)
            added += [".".join(entry.path) for entry in lines]
    text = tomlkit.dumps(document)
    return _with_count(text, len(still_asked(proposal, text))), added


def numbered_after(proposal: Proposal, existing: str) -> Proposal:
    """Return the proposal whose questions have the numbers of a file, new ones those after them."""
    lines = existing.split("\n")
    last = max(map(int, _NUMBER.findall(existing)), default=0)
    numbers: dict[int, int] = {}
    for asked in proposal.questions:
        key = tomlkit.key(_key(asked.path)).as_string()
        there = (
            int(found[1])
            for line, below in pairwise((*lines, ""))
            if (found := _NUMBER.search(line))
            and (below if line[0] == "#" else line).removeprefix("# ").startswith(f"{key} = ")
        )
        number = next((n for n in there if n not in numbers.values()), last + 1)
        numbers[asked.number], last = number, max(number, last)

    def told(text: str) -> str:
        return _NUMBERED.sub(lambda match: f"{match[1]}{numbers[int(match[2])]}", text)

    return replace(
        proposal,
        entries=tuple(replace(entry, why=told(entry.why)) for entry in proposal.entries),
        questions=tuple(replace(q, number=numbers[q.number]) for q in proposal.questions),
    )


_NUMBERED = re.compile(r"(QUESTION |until question )(\d+)(?=: | is answered)")


def still_asked(proposal: Proposal, text: str) -> tuple[Asked, ...]:
    """Return the questions that the text of a config leaves open.

    A question is answered where its key is stated, unless the comment of that line still asks it
    and the line says what the question itself wrote.
    """
    document = tomlkit.parse(text)
    open_ = []
    for asked in proposal.questions:
        paths = [p for p in (asked.path, *asked.also) if not _is_answered(document, p)]
        open_ += [replace(asked, path=paths[0], also=tuple(paths[1:]))] if paths else []
    return tuple(open_)


def _is_answered(document: MutableMapping[str, Any], path: Path_) -> bool:
    return any(_answers(document, way) for way in _ways_to_say(path))


def _ways_to_say(path: Path_) -> list[Path_]:
    """Return where an answer may be stated: what a word means can be said as word or number."""
    return [(part, *path[1:]) for part in OF_WORDS] if path[0] in OF_WORDS else [path]


def _answers(document: MutableMapping[str, Any], path: Path_) -> bool:
    below: Any = document
    for key in path[:-1]:
        below = _under(below, key) if isinstance(below, MutableMapping) else None
    found = below if isinstance(below, MutableMapping) else {}
    same = fold_heading(path[-1])
    item = next((value for key, value in found.items() if fold_heading(str(key)) == same), None)
    return item is not None and not _asks(item, path)


def _asks(item: Any, path: Path_) -> bool:
    """Whether the comment of a line asks what it should say, and no other value answers it."""
    comment = item.trivia.comment if isinstance(item, Item) else ""
    is_asked = any(sign in comment for sign in ("QUESTION", AS_ABOVE))
    if path[0] not in OF_WORDS:
        return is_asked
    return is_asked and item.unwrap() in (MISSING, path[-1], MEANWHILE.get(path[1], MISSING))


def open_words(text: str) -> dict[str, list[str]]:
    """Return by column the answers of which the text of a config still asks what they mean."""
    document = tomlkit.parse(text)
    every = ((p, name, words) for p in OF_WORDS for name, words in document.get(p, {}).items())
    asked = {
        name: [word for word, item in words.items() if _asks(item, (part, name, word))]
        for part, name, words in every
        if isinstance(words, MutableMapping)
    }
    return {name: words for name, words in asked.items() if words}


def left_out_unasked(text: str) -> set[tuple[str, str]]:
    """Return table and folded title of columns that a config ignores without having asked."""
    tables = tomlkit.parse(text).get("columns", {})
    return {
        (table, fold_heading(title))
        for table, lines in tables.items()
        if isinstance(lines, MutableMapping)
        for title, item in lines.items()
        if item == IGNORE and _is_unasked(item.trivia.comment.strip("# "))
    }


def _is_unasked(why: str) -> bool:
    said = reason_of(why)
    return said is not None and (said.code is Why.TOLD_BY_NOTHING or said.is_by_model)


def _under(table: MutableMapping[str, Any], key: str) -> Any:
    """Return what stands under a key, or under a pattern such as `values_*` that means it too."""
    pattern = (value for name, value in table.items() if fnmatchcase(key, str(name)))
    return table.get(key, next(pattern, None))


def without_question(text: str, question: Asked) -> str:
    """Return the text of a config without the comments that ask a question, once it is answered.

    What it asks beside if its likeliest answer is right goes too: it is asked by itself then.
    """
    asks = re.compile(rf"# (QUESTION \d+: ){re.escape(question.text)}( \(write .*\))?")
    samples = [f"# {line}" for line in _lines(Entry(question.path, None), question)]
    every = text.split("\n")
    gone = next((found[1] for one in every if (found := asks.fullmatch(one))), samples[0])
    lines, is_beside = [], False
    for one in every:
        is_asked = "QUESTION " in one
        is_beside = one.startswith("# ") and (gone in one if is_asked else is_beside)
        is_main = asks.fullmatch(one) is not None
        if one not in samples and not is_beside:
            lines.append(one)
        is_beside = is_beside and not is_main
    left = len({number for one in lines for number in _NUMBER.findall(one)})
    return _with_count("\n".join(lines), left)


_NUMBER = re.compile(r"QUESTION (\d+): ")
_LEFT = re.compile(
    r"^# (\d+ questions? left: look for QUESTION\.|No question left\.)(?= Then)", re.MULTILINE
)


def _with_count(text: str, left: int) -> str:
    """Return the text of a config whose head says how many questions are left."""
    return _LEFT.sub(_questions_left(left), text, count=1)


def _questions_left(count: int) -> str:
    many = f"{count_of(count, 'question')} left: look for QUESTION."
    return f"# {many if count else 'No question left.'}"


def _head(proposal: Proposal) -> list[str]:
    asks = _questions_left(len(proposal.questions)).removeprefix("# ")
    lines = [
        "Written by `matcher map` from titles and answers. Read every line: each says why.",
        f"{asks} Then: matcher check, matcher match.",
    ]
    told = (f"Not read: {text}".split("\n") for text in proposal.unread)
    return [*lines, *(line for several in told for line in several)]


def _in_order(proposal: Proposal) -> list[Entry]:
    def key(entry: Entry) -> tuple[int, Path_]:
        return ORDER.index(entry.path[0]), entry.path[:-1]

    return sorted(proposal.entries, key=key)


def _is_new(
    document: MutableMapping[str, Any], entry: Entry, there: Set[str], asked: dict[Path_, Asked]
) -> bool:
    """Whether the file neither has the key, however the title is written, nor asks about it.

    Parameters
    ----------
    document, there
        The file, and its lines.
    entry, asked
        What may be added, and the questions by path.
    """
    below: Any = document
    for key in entry.path[:-1]:
        below = below.get(key) if isinstance(below, MutableMapping) else None
    same = fold_heading(entry.path[-1])
    keys = [fold_heading(str(key)) for key in below] if isinstance(below, MutableMapping) else []
    shared = document.get("columns", {}) if entry.path[0] == "columns" else {}
    keys += [fold_heading(str(key)) for key, goal in shared.items() if isinstance(goal, str)]
    lines = _lines(entry, asked.get(entry.path)) if entry.value is None else []
    is_asked = any(f"# {line}" in there for line in lines)
    return same not in keys and not is_asked


def _goes_on(document: MutableMapping[str, Any], entry: Entry) -> bool:
    """Write behind the options of the file those that it lacks, and say whether it lacks any.

    Else whoever ticked one would not be read.
    """
    there: Any = document if entry.path[0] == "facets" else {}
    for key in entry.path:
        there = there.get(key, {})
    new = [option for option in entry.value if option not in there] if there else []
    for option in new:
        there.append(option)
    if new and len(there) > 3 and "\n" not in there.as_string():
        there.multiline(True)
    return bool(new)


def _table(document: MutableMapping[str, Any], section: Path_) -> Any:
    """Return the table of a section, made where it is not there."""
    below: Any = document
    for depth, key in enumerate(section):
        # A file may write a table in several places: the first that has the key is gone on with.
        parts = _parts_of(below)
        below = next((part for part in parts if key in part), parts[0])
        if key not in below:
            is_last = depth == len(section) - 1
            made = tomlkit.table(is_super_table=not is_last)
            if is_last and section[0] in _ABOUT:
                made.add(tomlkit.comment(_ABOUT[section[0]]))
            below[key] = made
        below = below[key]
    return _parts_of(below)[0]


def _parts_of(table: Any) -> list[Any]:
    """Return a table, or the places in which a file writes it."""
    is_parted = isinstance(table, OutOfOrderTableProxy)
    return table._tables if is_parted else [table]  # noqa: SLF001 - nothing else has its comments


def _fill(table: Table, entries: list[Entry], asked: dict[Path_, Asked]) -> None:
    """Add lines to a table, before what stands blank at its end."""
    body = table.value.body
    blank: list[tuple[Key | None, Item]] = []
    while body and isinstance(body[-1][1], Whitespace):
        blank.insert(0, body.pop())
    for entry in entries:
        question = asked.get(entry.path)
        if entry.value is None:
            if question is not None:
                table.add(tomlkit.comment(question.in_words))
            elif entry.why:
                table.add(tomlkit.comment(entry.why))
            for line in _lines(entry, question):
                table.add(tomlkit.comment(line))
            continue
        value: Item = tomlkit.item(entry.value)
        if isinstance(value, Array) and len(entry.value) > 3:
            value.multiline(True)
        if entry.why:
            value.comment(entry.why)
        table.add(tomlkit.key(_key(entry.path)), value)
    body.extend(blank)


def _key(path: Path_) -> str:
    return " ".join(path[-1].split())


def _lines(entry: Entry, question: Asked | None) -> list[str]:
    """Return the lines that answers make, one of which is to be uncommented."""
    said = question or entry
    key = tomlkit.key(_key(entry.path)).as_string()
    values = [said.example] if said.example or not said.ready else []
    return [f"{key} = {tomlkit.item(value).as_string()}" for value in (*values, *said.ready)]
