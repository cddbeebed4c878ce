"""Who is named within a text, in order, and whether the words around a name ask to keep apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from matcher.cohort.ids import named_address
from matcher.cohort.names import name_parts
from matcher.cohort.people import IdsMeant, People
from matcher.intake.cells.form_words import SAFETY_WORDS

_NO, _EVERYBODY, _EXCEPT, _BUT, _IF = (
    frozenset(word for word in SAFETY_WORDS[part] if len(word) > 1)
    for part in ("no", "everybody", "except", "but", "if")
)
_AGAINST = frozenset(SAFETY_WORDS["against"])
WARNINGS = _NO | _EXCEPT | _AGAINST | frozenset((*SAFETY_WORDS["kin"], *SAFETY_WORDS["family"]))
_WORD = re.compile(
    '(?<![^\\s,;:.!?()<>"\u2013\u2014/&])[^\\s,;:.!?()<>"\u2013\u2014/&]+@[^\\s,;<>()]+|[^\\W_]+(?:[\'\u2019\u02bc-][^\\W_]+)*'
)
_JOINT = re.compile("[\\s.'\u2019,-]{0,3}")
"""What may stand between the parts of one name; a comma where it is turned round."""
_NUMBER = re.compile(r"(?!(?:19|20)\d\d$)(?=.*\d).{3,}")
"""A word that is nobody's age or year: an id, where somebody has it."""
_END = re.compile("[.;!?()\n\u2013\u2014]|,(?=\\s)|\\s-\\s")
"""Where a clause may end."""
WITHOUT_SPACES = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]{2,}")
LONGEST_IN_SIGNS = 8
"""Signs of the longest name that is looked for in a text without spaces."""
MOST_WORDS_OF_ASIDE = 3
"""Words of a clause that only says something of who is named before it."""
MOST_WORDS_OF_WARNING = 8
"""Words of a clause that may bar a whole place: `nobody from my department, please`."""
MOST_PARTS = 6
"""Words of the longest name that is looked for."""


def pieces_in_signs(text: str) -> Iterator[str]:
    """Yield every piece of a text without spaces that may be a name or a place."""
    for run in WITHOUT_SPACES.findall(text):
        for start in range(len(run)):
            for end in range(start + 2, min(len(run), start + LONGEST_IN_SIGNS) + 1):
                yield run[start:end]


@dataclass(frozen=True)
class NamedSpan:
    """A full name or an address within a text."""

    start: int
    end: int
    """Position of its words, the last one not included."""
    people: IdsMeant
    """Ids of all whose it is."""


@dataclass(frozen=True)
class SpokenText:
    """A text in words, with the people whose full names stand in it."""

    text: str
    known: People

    @cached_property
    def words(self) -> list[re.Match[str]]:
        """The words with their places."""
        return list(_WORD.finditer(self.text))

    @cached_property
    def folded(self) -> list[str]:
        """The words as names are compared: folded, without accents, `don't` as `dont`."""
        return ["".join(name_parts(word[0])) for word in self.words]

    @cached_property
    def around(self) -> list[str]:
        """The folded words, empty those of full names: `Ole` is somebody, and no other word."""
        taken = {k for span in self.named for k in range(span.start, span.end)}
        return ["" if k in taken else word for k, word in enumerate(self.folded)]

    @property
    def says_no(self) -> bool:
        """Whether it begins with a no and names nobody in full: `no, surprise me`."""
        return self.folded[:1] != [] and self.folded[0] in _NO and not self.named

    @cached_property
    def named(self) -> list[NamedSpan]:
        """Full names and addresses, the longest of each place, in order."""
        found: list[NamedSpan] = []
        at = 0
        while at < len(self.words):
            spans = list(self._in_signs(at)) or [*self._spans(at)][:1]
            found += spans
            at = spans[-1].end if spans else at + 1
        return found

    def _in_signs(self, at: int) -> Iterator[NamedSpan]:
        """Yield the names within a run of signs that are written without spaces."""
        for piece in pieces_in_signs(self.words[at][0]):
            if people := self.known.names.get((piece,), ()):
                yield NamedSpan(at, at + 1, people)

    def _spans(self, start: int) -> Iterator[NamedSpan]:
        word = self.words[start][0]
        if "@" in word:
            people = self.known.addresses.get(named_address(word) or "", ())
            yield from [NamedSpan(start, start + 1, people)] if people else []
            return
        if people := self.known.looking_alike(word) if _NUMBER.fullmatch(word) else ():
            yield NamedSpan(start, start + 1, people)
        if people or not self.known.is_part(word):
            return
        for end in range(min(len(self.words), start + MOST_PARTS), start + 1, -1):
            if self._is_joined(start, end) and self.known.is_part(self.words[end - 1][0]):
                text = self.text[self.words[start].start() : self.words[end - 1].end()]
                if people := self.known.meant(text):
                    yield NamedSpan(start, end, people)

    def _is_joined(self, start: int, end: int) -> bool:
        ends = zip(self.words[start : end - 1], self.words[start + 1 : end], strict=True)
        return all(_JOINT.fullmatch(self.text, a.end(), b.start()) for a, b in ends)

    def _clause(self, start: int, end: int) -> tuple[int, int]:
        """Return the words from the one behind the last end before some words to the next end."""
        first = start
        while first and not self._is_parted(first - 1):
            first -= 1
        last = end
        while last < len(self.words) and not self._is_parted(last - 1):
            last += 1
        return first, last

    def _is_parted(self, at: int) -> bool:
        """Whether a clause ends behind a word; `anyone but` has its name to come."""
        if at + 1 >= len(self.words):
            return True
        if _END.search(self.text, self.words[at].end(), self.words[at + 1].start()):
            return True
        return self.folded[at + 1] in _BUT and self.folded[at] not in _EVERYBODY

    def is_barred(self, span: NamedSpan) -> bool:
        """Whether words around a name bar it: `not Ann Lee`, `all but Ann`, `Ann - rather not`."""
        first, last = self._clause(span.start, span.end)
        before, behind = self.around[first : span.start], self.around[span.end : last]
        is_all_but = len(before) > 1 and before[-1] in _BUT and before[-2] in _EVERYBODY
        aside = self._aside(last)
        said = [*self._plain(before), *behind[-1:], *self._plain(aside)]
        is_no = not (_NO | _EXCEPT).isdisjoint(said)
        return is_all_but or is_no or not _AGAINST.isdisjoint([*before, *behind, *aside])

    def is_word_barred(self, word: str) -> bool:
        """Whether a word, wherever it stands, is barred."""
        places = [at for at, found in enumerate(self.words) if found[0] == word]
        return any(self.is_barred(NamedSpan(at, at + 1, ())) for at in places)

    def _plain(self, words: list[str]) -> list[str]:
        """Return words without a no behind `if`."""
        return [w for w, earlier in zip(words, ["", *words], strict=False) if earlier not in _IF]

    def _aside(self, start: int) -> list[str]:
        """Return the words of a short clause that names nobody: `Ann Lee - definitely not`."""
        if start >= len(self.words):
            return []
        _, end = self._clause(start, start + 1)
        is_named = any(span.start < end and span.end > start for span in self.named)
        is_short = end - start <= MOST_WORDS_OF_ASIDE
        return self.around[start:end] if is_short and not is_named else []

    def warns_of(self, span: NamedSpan) -> bool:
        """Whether the clause of a name speaks of a no, of kin or of a quarrel."""
        first, last = self._clause(span.start, span.end)
        return not WARNINGS.isdisjoint(self.around[first:last])

    @property
    def has_warning(self) -> bool:
        """Whether any word is a no, or speaks of kin or of a quarrel."""
        return not WARNINGS.isdisjoint(self.around)

    def is_first(self, at: int) -> bool:
        """Whether a word begins its clause."""
        return self._clause(at, at + 1)[0] == at

    def barring(self) -> Iterator[str]:
        """Yield the short clauses that say no."""
        at = 0
        while at < len(self.words):
            _, end = self._clause(at, at + 1)
            words = self.around[at:end]
            if len(words) <= MOST_WORDS_OF_WARNING and not (_NO | _EXCEPT).isdisjoint(words):
                yield self.text[self.words[at].start() : self.words[end - 1].end()]
            at = end

    def capitals(self) -> Iterator[tuple[int, str]]:
        """Yield the words with a capital that stand in no full name, with their places."""
        for k, word in enumerate(self.words):
            if self.around[k] and (word[0][:1].isupper() or self.text.islower()):
                yield k, word[0]
