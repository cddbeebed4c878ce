"""A code book: what the codes of an export stand for, in its titles and in its cells."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from matcher.text import fold, fold_heading


@dataclass(frozen=True)
class CodedQuestion:
    """One question of a form as its code book has it."""

    name: str
    """Its code: the title of its column, or the start of the titles of its options."""
    text: str
    """As people were asked."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Folded code in a cell -> what was answered."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Folded code in a title -> option or row of a grid that the column stands for."""
    is_multiple: bool = False
    """Whether one cell may hold several codes."""
    section: str = ""
    """Heading of the block in which it stands."""

    def answer(self, code: str) -> str | None:
        """Return what a code in a cell stands for, None where the book does not say."""
        return self.answers.get(fold(code).removesuffix(".0"))


@dataclass(frozen=True)
class CodedTitle:
    """What the title of a column stands for."""

    question: CodedQuestion
    option: str = ""
    """Label of the option or row, empty where the column is the whole question."""
    is_written: bool = False
    """Whether people wrote here what they missed among the options."""


_JOINTS = re.compile(r"___|[\[/.:_-]")
_WRITTEN = re.compile(r"(?P<code>.*?)[_-]?(?:text|other|comment|autre|otro|andere)")


@dataclass(frozen=True)
class CodeBook:
    """The questions of a form by their codes."""

    questions: tuple[CodedQuestion, ...]
    sheets: frozenset[str] = frozenset({""})
    """Folded names of the sheets that it is written on; the empty one where it is no workbook."""

    @cached_property
    def _by_name(self) -> dict[str, CodedQuestion]:
        return {fold(question.name): question for question in reversed(self.questions)}

    @cached_property
    def _by_text(self) -> dict[str, CodedQuestion]:
        """Questions by text: some tools write that for a title, and codes in the cells."""
        counts = Counter(fold_heading(question.text) for question in self.questions)
        return {
            text: q for q in self.questions if counts[text := fold_heading(q.text)] == 1 and text
        }

    def title(self, title: str) -> CodedTitle | None:
        """Return what a title stands for, None where the book does not have it."""
        for name in dict.fromkeys((fold(title), fold(title.rpartition("/")[2]))):
            if name in self._by_name:
                return CodedTitle(self._by_name[name])
        if found := self._by_text.get(fold_heading(title)):
            return CodedTitle(found)
        return next(self._in_parts(fold(title)), None) or next(self._with_text(title), None)

    def _in_parts(self, title: str) -> Iterator[CodedTitle]:
        """Yield the readings of a title as the code of a question and of an option, folded."""
        for joint in _JOINTS.finditer(title):
            name, code = title[: joint.start()], title[joint.end() :].removesuffix("]")
            question = self._by_name.get(name) or self._by_name.get(name.rpartition("/")[2])
            if question is None or not code:
                continue
            written = _WRITTEN.fullmatch(code)
            if label := question.parts.get(code) or question.parts.get(code.replace("_", "-")):
                yield CodedTitle(question, label)
            elif written and (not written["code"] or written["code"] in question.parts):
                yield CodedTitle(question, question.parts.get(written["code"], ""), is_written=True)

    def _with_text(self, title: str) -> Iterator[CodedTitle]:
        """Yield a title that is the text of a question and of an option, or code and text."""
        plain = " ".join(title.split())
        for question in self.questions:
            start = fold(title).startswith((f"{fold(question.name)}. ", f"{fold(question.name)}["))
            for label in question.parts.values():
                ends = (f"[{label}]", f"(choice={label})", f" - {label}")
                is_text = question.text and fold(plain).startswith(fold(question.text))
                if (start or is_text) and fold(plain).endswith(tuple(map(fold, ends))):
                    yield CodedTitle(question, label)
            if fold(plain) == fold(f"{question.name}. {question.text}"):
                yield CodedTitle(question)

    def explained(self, titles: Iterable[str]) -> int:
        """Return how many titles the book has with codes in their cells or in themselves."""
        found = [each for each in map(self.title, titles) if each]
        return sum(bool(each.question.answers or each.option) for each in found)
