"""Columns that stand for one option each: which one a title names, and what their cells say."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.intake.cells.answer_words import AnswerWords
from matcher.intake.cells.form_words import FORM_WORDS
from matcher.intake.cells.lists import LABEL, LISTS_OF_PEOPLE, PART
from matcher.intake.cells.marks import is_other, is_tick, rank_of, step_of
from matcher.intake.cells.slots import is_day, says_when, slots_meant
from matcher.intake.files.grid import Grid
from matcher.text import fold_heading, fold_plain, is_no_answer

_MARKED = (
    re.compile(
        r"(?P<question>.*?)\s*\(choice\s*=\s*(?P<option>.*)\)\s*", re.IGNORECASE | re.DOTALL
    ),
    re.compile(r"(?P<question>.*?\S)___(?P<option>\w+)"),
    re.compile(
        r"(?P<question>.*?)\s*\[(?P<option>[^\[\]]+(?:\[[^\[\]]*\][^\[\]]*)*)\]\s*", re.DOTALL
    ),
)
"""Titles whose form says that they end with an option."""
_JOINED = re.compile(
    r"/|:\s+|\s*(?:>>|->)\s*|\s+[-\u2013\u2014|>]\s+|\.(?=[^\s\d])|(?<=[?\u061f])\s+(?=\w)"
)
"""What may stand between a question and an option, and in a title of any other kind."""


@dataclass(frozen=True)
class Option:
    """The option that a column stands for."""

    label: str
    """As the form writes it."""
    is_marked: bool
    """Whether the title says for sure that it is one, as `Question [Option]` does."""

    def without(self, start: str) -> Self:
        """Return it without what the titles of all options start with."""
        return replace(self, label=self.label.removeprefix(start))


def marked_parts(title: str) -> tuple[str, str] | None:
    """Return question and option of `Question [Option]` and its like, None for other titles."""
    for pattern in _MARKED:
        match = pattern.fullmatch(title)
        if match and match["option"].strip() and not is_time(match["question"], title):
            return _SUBQUESTION.sub(r"\1. ", match["question"]), match["option"].strip()
    return None


_SUBQUESTION = re.compile(r"^(\w+)\[\w+\]\. ")
"""Code of a question and of one option before the question itself: `topics[SQ001]. Which ...`."""


def joined_parts(title: str) -> Iterator[tuple[str, str]]:
    """Yield what may be question and option of `Question/Option`, the longest question first."""
    for match in reversed(list(_JOINED.finditer(title))):
        question, option = title[: match.start()], title[match.end() :].strip()
        if question.strip() and option and not is_time(question, title):
            yield question, option


def is_time(question: str, title: str) -> bool:
    """Whether a title is one option and no question with one: `Mon - am`, `Monday [9-10]`."""
    return says_when(title) or (is_day(question.strip()) and slots_meant(title) is not None)


_BRACKETED = re.compile(r"(?P<question>.*\S)\s*\((?P<option>[^()]+(?:\([^()]*\)[^()]*)*)\)\s*")


def bracketed_parts(title: str) -> tuple[str, str] | None:
    """Return question and option of `Question (Option)`; a bracket may hold anything else too."""
    match = _BRACKETED.fullmatch(title)
    return (match["question"], match["option"].strip()) if match else None


LEAST_BEHIND = 2
"""Titles of which more must end with the same words for these to be a question behind options."""


@dataclass(frozen=True)
class OptionTitles:
    """The titles of a table, as question and option."""

    grid: Grid

    @cached_property
    def _in_brackets(self) -> dict[str, tuple[str, str]]:
        """Question and option by title, where several titles and a question by itself agree."""
        read = {title: parts for title in self._texts if (parts := bracketed_parts(title))}
        shared = Counter(fold_heading(question) for question, _ in read.values())
        asked = set(map(fold_heading, self._texts))
        return {
            title: parts
            for title, parts in read.items()
            if shared[fold_heading(parts[0])] > 1 and fold_heading(parts[0]) in asked
        }

    @cached_property
    def _behind(self) -> dict[str, tuple[str, str]]:
        """Question and option by title, where the question stands behind: `Law: how urgent?`.

        More titles end with it than start as this one does, and what starts them is no time.
        """
        read = {t: dict(joined_parts(t)) for t in self._texts if marked_parts(t) is None}
        starts = Counter(fold_heading(start) for parts in read.values() for start in parts)
        ends = Counter(fold_heading(end) for parts in read.values() for end in parts.values())
        return {
            title: (end, start)
            for title, parts in read.items()
            for start, end in parts.items()
            if ends[fold_heading(end)] > max(LEAST_BEHIND, starts[fold_heading(start)])
            and not (start.rstrip().endswith("?") or says_when(start) or says_when(end))
        }

    def explained(self, position: int) -> tuple[str, str] | None:
        """Return question and option of a title that only the others tell how to read.

        `Question (Option)` beside a column `Question`, or `Option: question` beside its like.
        """
        title = self._texts[position]
        return self._in_brackets.get(title) or self._behind.get(title)

    @cached_property
    def _questions(self) -> Counter[str]:
        """How often each text stands at the start of a title, or is one."""
        starts = [fold_heading(q) for title in self._texts for q, _ in joined_parts(title)]
        return Counter([*starts, *self.grid.folded_titles])

    @property
    def _texts(self) -> tuple[str, ...]:
        """Titles in which options stand: the questions in full, where a tool writes them below."""
        is_below = self.grid.questions and not self.grid.options
        return self.grid.questions if is_below else self.grid.titles

    def parts(self, position: int) -> Iterator[tuple[str, str]]:
        """Yield every reading of a title as question and option, the surest first."""
        if self.grid.options and self.grid.options[position]:
            yield self.grid.questions[position], self.grid.options[position]
            return
        if found := self.explained(position):
            yield found
        for title in dict.fromkeys((self._texts[position], self.grid.titles[position])):
            marked = marked_parts(title)
            if marked:
                yield marked
            yield from joined_parts(title)

    def under(self, position: int, stated: Collection[str]) -> tuple[str, str] | None:
        """Return the folded question of `stated` that a column is an option of, and the option."""
        for question, option in self.parts(position):
            code, _, text = question.partition(". ")
            code = code.partition("[")[0] if text else ""
            for asked in (question, question.rpartition("/")[2], text, code):
                if asked and fold_heading(asked) in stated:
                    return fold_heading(asked), bare_option(option)
        return None

    def option(self, position: int, *, may_be_bare: bool, is_sole: bool) -> Option | None:
        """Return the option that a column mapped by its own title stands for, if it may be one.

        A title that is joined from two parts is a question and its option where other titles share
        the question, where a question mark or a colon parts them, or a dash in a sole one.
        """
        title = self._texts[position]
        marked = marked_parts(title)
        if self.grid.options and self.grid.options[position]:
            return _as_option(self.grid.options[position], is_marked=True)
        marked = marked or self.explained(position)
        if marked:
            return _as_option(marked[1], is_marked=True)
        for question, option in joined_parts(title):
            is_shared = self._questions[fold_heading(question)] > 1
            mark = title[len(question) :].removesuffix(option).strip()
            is_parted = mark == ":" or (is_sole and mark not in "/.")
            if is_shared or is_parted or (mark and question.rstrip().endswith("?")):
                return _as_option(option, is_marked=False)
        is_bare = may_be_bare and not title.rstrip().endswith("?")
        return _as_option(title.strip(), is_marked=False) if is_bare else None


def _as_option(label: str, *, is_marked: bool) -> Option | None:
    """Return an option; a place in a ranking is none, there the cell holds the option."""
    return None if rank_of(label) is not None else Option(bare_option(label), is_marked)


def bare_option(option: str) -> str:
    """Return an option without the words that a form tool puts before every one of a question."""
    before, mark, rest = option.partition(" - ")
    return rest.strip() if mark and fold_plain(before) in _PREFIXES else option


_PREFIXES = frozenset(map(fold_plain, FORM_WORDS["option_prefixes"]))


def shared_start(titles: Sequence[str]) -> str:
    """Return what all names of columns start with: `NEED_` of `NEED_LAW` and `NEED_TAX`."""
    parts = [title.split("_")[:-1] for title in titles]
    same = takewhile(lambda at: len(set(at)) == 1, zip(*parts, strict=False))
    are_names = len(titles) > 1 and not any(re.search(r"\s", title) for title in titles)
    return "".join(f"{at[0]}_" for at in same) if are_names else ""


MOST_STEPS, LEAST_TWICE = 7, 0.25
"""Steps of a scale, and share of people who give one of them to several options."""


def are_steps(columns: Sequence[Cells]) -> bool:
    """Whether the cells of columns are the steps of one scale, so that each says how much.

    They are few, stand in several columns and, of one person, more than once. Who chooses from the
    same options in several lists (first topic, second topic) chooses another one each time.
    """
    folded = [[fold_plain(str(text)) for text in column] for column in columns]
    said = [{text for text in column if text and not is_no_answer(text)} for column in folded]
    counts = Counter(text for texts in said for text in texts)
    if len(columns) < 2 or not 2 <= len(counts) <= MOST_STEPS or min(counts.values()) < 2:
        return False
    telling = {text for text in counts if step_of(text) != 0}  # lists of a choice have a `none` too
    rows = [[t for t in row if t in telling] for row in zip(*folded, strict=True)]
    several = [row for row in rows if len(row) > 1]
    twice = sum(len(set(row)) < len(row) for row in several)
    return bool(several) and twice >= LEAST_TWICE * len(several)


def joined_options(
    columns: Sequence[Cells], options: Sequence[Option | None], spec: ColumnSpec, words: AnswerWords
) -> Cells:
    """Return one text a row of the columns that make a list, each cell with its option.

    Parameters
    ----------
    columns
        Texts: each of shape (rows,).
    options
        What each column stands for, if it does.
    spec, words
        The list column, and what the config says of its words.

    Returns
    -------
    Cells
        What :func:`matcher.intake.cells.lists.list_parser` reads: shape (rows,).
    """
    is_marked = [_is_marked(c, o, spec, words) for c, o in zip(columns, options, strict=True)]
    several = sum(option is not None and option.is_marked for option in options) > 1
    may_be_scale = spec.kind is not Kind.SLOTS and spec.name not in LISTS_OF_PEOPLE
    if may_be_scale and all(options) and are_steps(columns):
        is_marked = [True] * len(columns)
    labelled = []
    for column, option, marked in zip(columns, options, is_marked, strict=True):
        is_own = option is not None and is_other(option.label) and any(is_marked)
        is_choice = several and spec.name not in LISTS_OF_PEOPLE
        is_grid = option is not None and option.is_marked and is_choice
        labelled.append(_with_option(column, option) if marked or is_own or is_grid else column)
    joined = [PART.join(filter(None, parts)) for parts in zip(*labelled, strict=True)]
    return np.array(joined, dtype=object)


def _is_marked(column: Cells, option: Option | None, spec: ColumnSpec, words: AnswerWords) -> bool:
    """Whether the cells of a column say no more than whether its option counts.

    A title such as `Question [Option]` is believed also where a cell says more: the day of a slot,
    with the morning in the cell. One word in all its cells is a mark that nobody knows.
    """
    texts = [str(text) for text in pd.unique(column) if text]
    if option is None or not texts:
        return False
    if spec.kind is Kind.SLOTS and says_when(option.label):
        return True  # a cell says when on the day, or on which days
    if _lists_answers(option.label, texts):
        return False
    marks = [words.mark(text, option.label) is not None for text in texts]
    if not option.is_marked or spec.name in LISTS_OF_PEOPLE:
        return all(marks)
    is_open = not spec.choices and spec.kind is not Kind.SLOTS
    is_one_word = len(texts) == 1 and np.count_nonzero(column != "") > 1
    return not is_open or any(marks) or bool(is_one_word)


def _lists_answers(label: str, texts: Sequence[str]) -> bool:
    """Whether a title ends with what may be answered, as cells do: `Meet? [in person / Teams]`."""
    answers = {fold_plain(answer.strip()) for answer in re.split(r"[/|]", label)}
    return len(answers) > 1 and any(fold_plain(t) in answers for t in texts if not is_tick(t))


def _with_option(column: Cells, option: Option | None) -> Cells:
    label = "" if option is None else option.label
    return np.array([f"{label}{LABEL}{cell}" if cell else "" for cell in column], dtype=object)
