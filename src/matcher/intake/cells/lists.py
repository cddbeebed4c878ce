"""List cells: split into items, or joined from a grid's columns."""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from matcher.cohort.tables import ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.answer_words import NOT_TICKED, AnswerWords, Parser, Partly, choice_table
from matcher.intake.cells.marks import is_other
from matcher.intake.cells.slots import may_be_shown, says_when, slots_meant, slots_of, within
from matcher.intake.config_columns import CATCH_ALL, TICKED
from matcher.text import MISSING_WORDS, did_you_mean, fold, fold_plain, nearest, parse_json, tidy

PART = "\x1f"
"""Between the cells of several raw columns that make one list."""
LABEL = "\x1e"
"""Between a grid's row label and the cell."""


LISTS_OF_PEOPLE = ("avoid", "knows")
"""Lists of people: ids may be bare numbers, and what a yes means is asked elsewhere."""


def list_parser(spec: ColumnSpec, words: AnswerWords) -> Parser:
    """Return the parser of a list column."""
    reader = _ListReader(spec, words, choice_table(spec.choices), cache(words.mark))
    order = {choice: rank for rank, choice in enumerate(map(str, spec.choices))}

    def parse(text: str) -> Any:
        read = _Read()
        for part in text.split(PART):
            label, _, cell = part.rpartition(LABEL)
            reader.read_cell(cell, label, read)
        if read.fault is not None:
            return read.fault
        items = sorted(read.items, key=lambda item: read.items[item])
        if not words.is_ordered:
            items = sorted(items, key=lambda item: (order.get(item, len(order)), item))
        return reader.judged(tuple(items), read.write_ins)

    return parse


@dataclass
class _Read:
    """What is read of a cell so far."""

    items: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By item: its rank, and how many came before it."""
    write_ins: list[str] = field(default_factory=list)
    """Answers that are none of the valid ones."""
    fault: Finding | None = None

    def add(self, items: Iterable[str], rank: float = 0.0) -> None:
        """Add items of one rank; the first time that one is named counts."""
        for item in items:
            self.items.setdefault(item, (rank, len(self.items)))


@dataclass(frozen=True)
class _ListReader:
    """What a list column takes, and what the config says of its words."""

    spec: ColumnSpec
    words: AnswerWords
    table: Mapping[str, Any]
    """Folded spellings of the valid words."""
    mark: Callable[[str, str], float | None]
    """What a piece says of an option, worked out once: many people tick the same."""

    @property
    def _is_open(self) -> bool:
        """Whether any item is valid."""
        return not self.spec.choices and self.spec.kind is not Kind.SLOTS

    @cached_property
    def _known(self) -> frozenset[str]:
        """Folded answers with a meaning in which the separator stands."""
        mark = fold(self.words.separator)
        return frozenset(key for key in (*self.table, *self.words.answers) if mark in key)

    def read_cell(self, cell: str, label: str, read: _Read) -> None:
        """Read a cell; where `label` names an option, the cell says whether that one counts."""
        pieces = literal_items(cell)
        if pieces is None and self._is_time(cell):
            pieces = [cell.strip()]
        if pieces is None:
            pieces = self._pieces(cell)
        for piece in pieces:
            self._read_piece(piece, label, read, is_alone=len(pieces) == 1)

    def _pieces(self, cell: str) -> list[str]:
        """Return the items of a cell; times, a line each, may be one answer of several days."""
        if self.spec.kind is not Kind.SLOTS:
            return split_items(cell, self.words.separator, self._known)
        lines = cell.splitlines()
        pieces = [i for ln in lines for i in split_items(ln, self.words.separator, self._known)]
        is_read = all(fold(piece) in self.words.answers or slots_of(piece) for piece in pieces)
        return pieces if is_read or not slots_of(cell) else [cell.strip()]

    def _is_time(self, cell: str) -> bool:
        """Whether a cell is a time in people's own words where a tool parts codes by blanks."""
        codes = {fold(code) for code in (*self.words.answers, *self.table)}
        is_blank = self.spec.kind is Kind.SLOTS and self.words.separator == " "
        return is_blank and not codes.issuperset(fold(cell).split())

    def _read_piece(self, piece: str, label: str, read: _Read, *, is_alone: bool) -> None:
        texts = [f"{label}: {piece}", piece] if label else [piece]
        answers = self.words.answers
        stated = next((answers[fold(t)] for t in texts if fold(t) in answers), None)
        rank = self._rank(piece, label) if stated in (None, TICKED) or label else None
        if rank is not None and fold(texts[0]) not in answers and stated not in _SAYS_NOTHING:
            stated = TICKED  # in the column of an option `1` is a tick, whatever code 1 means
        if self.spec.kind is Kind.SLOTS and label and rank is None and stated != "missing":
            self._read_time(piece, label, read)
        elif stated not in (None, TICKED):
            self._add_stated(str(stated), read)
        elif rank == NOT_TICKED and (label or is_alone):
            return
        elif rank is not None and not label:
            read.fault = _bare_mark(self.spec, piece)
        elif rank is not None:
            self._add_option(label, rank, read)
        elif found := next(filter(None, map(self._valid, [*texts, f"{label} {piece}"])), None):
            read.add(found)
        elif label and not is_other(label) and CATCH_ALL not in answers:
            read.fault = _unknown_mark(self.spec, piece, label)
        elif self._is_open and CATCH_ALL not in answers:
            read.add([_as_item(piece)])
        else:
            read.write_ins.append(piece)

    def _read_time(self, piece: str, label: str, read: _Read) -> None:
        """Read what a cell says in the row of a grid: a day of which the row names the part."""
        answers = self.words.answers
        if stated := answers.get(fold(f"{label}: {piece}")):
            self._add_stated(stated, read)
            return
        when = label if says_when(label) else answers.get(fold(label), label)
        said = answers.get(fold(piece), "")
        known = [slot for part in said.split(";") for slot in slots_meant(part) or ()]
        found = within(known, when) if says_when(when) else ()
        found = found or slots_of(f"{when} {piece}") or slots_of(piece) or ()
        if says_when(when):
            found = within(found, when)
        read.add(found)
        if not found and CATCH_ALL in answers:
            read.write_ins.append(piece)
        elif not found:
            read.fault = _unknown_mark(self.spec, piece, label)

    def _rank(self, piece: str, label: str) -> float | None:
        """Return the place of a mark, the first least; None where a cell is no mark."""
        if not label and self.spec.name in LISTS_OF_PEOPLE:
            return None
        is_bare = not label and self._is_open and is_code(piece)
        rank = self.mark(piece, label)
        return 0.0 if rank is None and is_bare else rank

    def _add_option(self, label: str, rank: float, read: _Read) -> None:
        """Add the option that a column stands for."""
        stated = self.words.answers.get(fold(label))
        if stated is not None:
            self._add_stated(stated, read)
        elif self._is_open and is_code(label):
            read.fault = _bare_code(self.spec, label)
        elif self._is_open:
            read.add([_as_item(label)], rank)
        elif found := self._valid(label):
            read.add(found, rank)
        else:
            read.write_ins.append(label)

    def _valid(self, text: str) -> tuple[str, ...]:
        """Return the valid words that a text is, none where it is no such."""
        if self.spec.kind is Kind.SLOTS:
            return slots_of(text) or ()
        found = self.table.get(fold(text))
        return () if found is None else (str(found),)

    def _meant(self, text: str) -> tuple[str, ...]:
        """Return the valid words that the config's own text is; a day alone is the day."""
        return slots_meant(text) or () if self.spec.kind is Kind.SLOTS else self._valid(text)

    def _add_stated(self, stated: str, read: _Read) -> None:
        """Add the words that the config gives for an answer: several with `;`, none if missing."""
        for part in stated.split(";"):
            if part.strip() in _SAYS_NOTHING:
                continue
            found = (_as_item(part),) if self._is_open else self._meant(part)
            read.add(found)
            if not found:
                read.fault = _bad_item(self.spec, part, {})

    def judged(self, items: tuple[str, ...], write_ins: list[str]) -> Any:
        """Return the items, with what is told of answers that are none of the valid ones."""
        catch_all = self.words.answers.get(CATCH_ALL)
        if not write_ins:
            return items
        if catch_all not in (None, "text"):
            read = _Read()
            self._add_stated(str(catch_all), read)
            items = tuple(dict.fromkeys([*items, *read.items]))
        if catch_all is None:
            fault = _bad_item(self.spec, write_ins[0], self.words.answers)
            return Partly(items, replace(fault, is_beside=True)) if items else fault
        kept = tuple(write_ins) if catch_all == "text" else ()
        text = "; ".join(write_ins) if self.spec.kind is Kind.SLOTS else ""
        shown = text if may_be_shown(text) else ""
        return Partly(items, Finding("W_WRITE_IN", "an answer of their own", answer=shown), kept)


_CODE = re.compile(r"(?:sq|a|ao)?[0-9]{1,3}")
"""What a form tool calls an option that is not written out."""


def is_code(option: str) -> bool:
    """Whether an option is the code that a form tool has for it, not its text."""
    return _CODE.fullmatch(fold_plain(option)) is not None


_SAYS_NOTHING = ("", "missing")


def literal_items(cell: str) -> list[str] | None:
    """Return the items of a list as programs write it: JSON, Python, Postgres; None for others."""
    text = cell.strip()
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return None
    for parse in (parse_json, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict):
            found = [key for key, value in found.items() if value]
        return [tidy(str(item)) for item in found if item not in (None, "")]
    inner = [tidy(part.strip().strip("'\"")) for part in text[1:-1].split(",")]
    return [item for item in inner if item]


def split_items(cell: str, separator: str, known: Collection[str]) -> list[str]:
    """Split a list cell; options that hold the separator themselves are kept whole if known.

    The longest run of pieces that makes a known answer wins (Google Forms joins options by commas
    and quotes nothing).
    """
    pieces = cell.split(separator)
    items, start = [], 0
    while start < len(pieces):
        end = _closing(pieces, start)
        for stop in range(len(pieces), start + 1, -1) if known else ():
            if fold(separator.join(pieces[start:stop])) in known:
                end = stop
                break
        item = tidy(separator.join(pieces[start:end]))
        if item and fold(item) not in MISSING_WORDS:
            items.append(item)
        start = end
    return items


def _closing(pieces: list[str], start: int) -> int:
    """Return the end of an item: past its piece, or past that which closes a bracket in it."""
    depth = 0
    for end in range(start, len(pieces)):
        depth += pieces[end].count("(") - pieces[end].count(")")
        if depth <= 0:
            return end + 1
    return start + 1


def _as_item(text: str) -> str:
    return " ".join(tidy(text).split())


def _bad_item(spec: ColumnSpec, piece: str, answers: Mapping[str, str]) -> Finding:
    hint = did_you_mean(nearest(piece, {*spec.choices, *answers} - {CATCH_ALL}))
    remedy = (
        f"{hint}valid: {spec.allowed}; or map the form's words in {spec.answers_heading}"
        f' ("{CATCH_ALL}" = "missing" for all others)'
    )
    message = "an item of the list is not one of the valid ones"
    return Finding("E_ENUM", message, remedy, answer=piece)


def _bare_mark(spec: ColumnSpec, piece: str) -> Finding:
    message = "the cell holds a tick, a rank or a code, but of which option is not known"
    remedy = (
        "give the column the option as its title, as in Question [Option], or map the word in"
        f" {spec.answers_heading}"
    )
    return Finding("E_OPTION", message, remedy, answer=piece)


def _unknown_mark(spec: ColumnSpec, piece: str, label: str) -> Finding:
    if spec.kind is Kind.SLOTS:
        answer = f"{label}: {piece}"
        message = "it is not known which hours of the day are meant"
        remedy = f'say so in {spec.answers_heading}, as "ROW: what the cell says" = "tue-09;tue-10"'
        return Finding("E_OPTION", message, remedy, answer=answer)
    message = "it is not known whether the word in the column of an option means that it counts"
    remedy = (
        f'say so in {spec.answers_heading}, as "ticked" or "missing", or how much it counts as a'
        f" number in [scales.{spec.name}]"
    )
    return Finding("E_OPTION", message, remedy, answer=piece)


def _bare_code(spec: ColumnSpec, label: str) -> Finding:
    message = "the column of an option is titled with its code"
    remedy = f"export with the texts of answers, or map the code in {spec.answers_heading}"
    return Finding("E_OPTION", message, remedy, answer=label)
