"""Questions that no phrase fits, judged by a model of sentences where one is installed.

A title is compared with questions as forms ask them (`sentences.toml`); what its answers speak
against does not count. Nothing that bears on safety is ever taken for settled so: it is asked, with
what it is like as the first choice.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from matcher.arrays import Floats
from matcher.cohort.tables import MANAGERS
from matcher.intake.proposals.column_cells import MOST_WORDS_OF_OPTION, CellEvidence
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.title_guesses import (
    FITTING,
    LEAST_NAMED,
    MOST_ANSWERS,
    MOST_ROLES,
    OF_ONE_SIDE,
    PHONE,
    SUPPORTED,
    Guess,
    Sureness,
    is_safety,
    kinds_of_answers,
    may_be_own_words,
    speaks_against,
    speaks_of_wish,
)
from matcher.text import listed, words_beside
from matcher.vocabulary import IGNORE

SENTENCES: dict[str, list[str]] = words_beside(__file__, "sentences.toml")
"""Questions as forms ask them, by the column that each is."""

LEAST, CLEAR = 0.4, 0.08
"""Cosine from which a question is like others, and by how much it must be more like one column than
the next (`python benchmarks/asked.py`)."""
FARTHEST = 0.12
"""By how much a title may be less like what bears on safety than like what its answers rule out."""
MOST_ALIKE = 2
"""Sentences of one column whose mean cosine counts."""
_NOT = "not "
"""Before a column: what asks for its opposite."""

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> vectors, one a row."""
Alike = Callable[[str], Sequence[Guess]]
"""A question -> what it is like, the likeliest first, each column once."""


def likeness_by(encode: Encode) -> Alike:
    """Return a judge that compares a question with those that forms ask."""
    asked = [(target, text) for target, texts in SENTENCES.items() for text in texts]
    bank = _unit(encode([text for _, text in asked]))
    rows = {
        target: np.flatnonzero(np.array([name == target for name, _ in asked]))
        for target in SENTENCES
    }
    known: dict[str, Sequence[Guess]] = {}

    def alike(question: str) -> Sequence[Guess]:
        if question not in known:
            values = (bank @ _unit(encode(_sentences(question))).T).max(axis=1)
            means = {t: float(np.sort(values[at])[-MOST_ALIKE:].mean()) for t, at in rows.items()}
            known[question] = [_guess(t, means[t]) for t in sorted(means, key=lambda t: -means[t])]
        return known[question]

    return alike


_CODE = re.compile(r"^\w{1,12}[.:)]\s+(?=\w+\s\w)")
"""What a form tool writes before a question: `goal. What do you hope for?`."""


_END = re.compile(r"(?<=[.?!:])\s+")


def _sentences(question: str) -> list[str]:
    """Return a question as it is compared: whole, and each of its sentences by itself."""
    plain = _CODE.sub("", question)
    parts = [part for part in _END.split(plain) if len(part.split()) > 1]
    return [plain, *(parts if len(parts) > 1 else ())]


def _guess(target: str, score: float) -> Guess:
    column = target.removeprefix(_NOT)
    if column != target:
        return Guess(column, score, Sureness.ASKED, Said(Why.DENIED))
    about = "other things than matching" if target == IGNORE else described(target)
    return Guess(target, score, Sureness.LIKELY, Said(Why.LIKE, about))


def by_likeness(near: Sequence[Guess], column: CellEvidence, side: str = "") -> list[Guess]:
    """Return what a question may be by what its title is like: one guess or none.

    Parameters
    ----------
    near
        What its title is like, the likeliest first.
    column
        Its answers.
    side
        `mentees` or `mentors` where only they answer it.
    """
    found = [guess for guess in near if _fits(guess.target, column)]
    is_other = bool(found) and found[0].target == IGNORE and near[0].target != IGNORE
    if not found or is_other or found[0].score < LEAST:
        return []
    first = found[0]
    if is_delicate(first.target) and near[0].score - first.score > FARTHEST:
        return []
    rivals = [guess for guess in found[1:] if first.score - guess.score < CLEAR]
    if first.target == PHONE:
        return [_of_phone(first, rivals)]
    rivals = [guess for guess in rivals if guess.target != PHONE]
    if first.target != IGNORE:  # without any role in a form it is asked for
        rivals = [guess for guess in rivals if guess.target != "role"]
    if first.target in MANAGERS and any(guess.target == "preferences" for guess in rivals):
        return [replace(_asked(first), why=Said(Why.EITHER_WISH))]
    if is_delicate(first.target):
        return [_asked(first)]
    if delicate := [_asked(guess) for guess in rivals if is_delicate(guess.target)]:
        return delicate[:1]
    whose, _, target = first.target.rpartition(".")
    others = {guess.target.rpartition(".")[2] for guess in rivals} - {target}
    if others - (
        {IGNORE} if column.fits(kinds_of_answers(first.target) - _OF_ANY) >= SUPPORTED else set()
    ):
        return []
    is_either = bool(rivals or side or not whose)  # which side it asks, the form's structure says
    if target in OF_ONE_SIDE and is_either:
        return [Guess(target, first.score, first.sureness, first.why)]
    return [first]


def whom_by_likeness(near: Sequence[Guess], liked: Sequence[Guess], title: str) -> list[Guess]:
    """Return what a question may be, settled where its title says a wish, or a `not`.

    In so many words, and the model agrees.
    """
    if not liked or liked[0].why.code is not Why.EITHER_WISH:
        return [*liked]
    score = {guess.target: guess.score for guess in reversed(near)}
    gain = score.get("preferences", 0.0) - score.get("avoid", 0.0)
    first = replace(liked[0], sureness=Sureness.LIKELY, why=Said(Why.AS_TITLE_SAYS))
    if speaks_of_wish(title) and gain >= CLEAR / 2:
        return [replace(first, target="preferences")]
    if speaks_against(title) and gain <= -CLEAR and near[0].target == "avoid":
        return [replace(first, target="avoid")]
    return [*liked]


def side_by_likeness(near: Sequence[Guess]) -> str:
    """Return whose topics a title is about, `mentees` or `mentors`; empty where it may be both."""
    best = [g for g in near if g.target.rpartition(".")[2] in OF_ONE_SIDE and "." in g.target][:2]
    is_clear = best and best[0].score >= LEAST and best[0].score - best[-1].score >= CLEAR
    return best[0].target.partition(".")[0] if is_clear else ""


def name_nobody(column: CellEvidence) -> bool:
    """Whether answers are options of which people tick several, and none names anybody."""
    is_list = bool(column.ticked or column.separator) and column.is_choice
    return is_list and not column.named_within


def _of_phone(first: Guess, rivals: Sequence[Guess]) -> Guess:
    """Return that a question is about reaching people by phone; asked where it may be another."""
    others = [described(guess.target) for guess in rivals if is_delicate(guess.target)]
    why = Said(Why.LIKE, listed(["a phone number", *others[:1]]))
    if others:
        return Guess("", first.score, Sureness.ASKED, why)
    return Guess(IGNORE, first.score, Sureness.LIKELY, why)


def is_delicate(target: str) -> bool:
    """Whether a target is never settled by a model: safety, an address, or people by name."""
    return is_safety(target) or target in ("share_address", "preferences")


def _asked(guess: Guess) -> Guess:
    if guess.target in ("avoid", "preferences"):  # a model does not tell one from the other
        return Guess("avoid", guess.score, Sureness.ASKED, Said(Why.EITHER_WISH))
    return replace(guess, sureness=Sureness.ASKED)


def _fits(target: str, column: CellEvidence) -> bool:
    """Whether the answers do not speak against a target; a yes or a role may be in any words."""
    if target in (IGNORE, PHONE):
        return column.naming == 0.0
    cells = kinds_of_answers(target)
    if cells & {"person", "names"}:
        return column.naming >= LEAST_NAMED or (
            column.fits(["person"]) >= FITTING and not name_nobody(column)
        )
    if "yes_no" in cells and column.filled < column.rows and all(map(str.isdigit, column.counts)):
        return False  # counts of some: everybody says `1` or `0`
    if column.fits(cells) >= FITTING:
        return True
    if may_be_own_words(target, column):
        return True
    if target == "role":
        is_few = 2 <= len(column.counts) <= MOST_ROLES and column.words <= MOST_WORDS_OF_OPTION
        return is_few and not column.fits(["yes_no", "person", "number"])
    return "yes_no" in cells and len(column.counts) <= MOST_ANSWERS and not column.ticked


_OF_ANY = {"any", "label", "text", "choice", "yes_no", "statement"}
"""Kinds of answers that many a question has, so that they say little of what is asked."""


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    return np.asarray(vectors / np.maximum(lengths, 1e-12))
