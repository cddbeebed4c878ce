"""Questions whose answers name other people: whatever their titles say, they ask whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from matcher.cohort.names import name_parts
from matcher.cohort.tables import MANAGERS
from matcher.intake.cells.form_words import names_nobody
from matcher.intake.config_columns import base_and_number
from matcher.intake.files.grid import Grid
from matcher.intake.name_index import NICKNAMES, PARTICLES
from matcher.intake.proposals.assigned_targets import NEVER_NAMES, asks_who
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.own_names import forms_of_each
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.single_texts import people_mentioned
from matcher.intake.proposals.title_guesses import Guess, Sureness, whom_asked
from matcher.vocabulary import IGNORE

LEAST_NAMING = 2
"""Answers that name somebody else from which a question may ask whom."""
LEAST_OF_SAID = 0.3
"""Share of the answers that say something."""
LEAST_IN_PART = 0.4
"""The same, where answers name people by a first name or a surname alone."""
MOST_WORDS_AROUND = 6
"""Words beside those of names in an answer that names people and says little else."""
_ASK_WHOM = frozenset({"avoid", *MANAGERS, "preferences", "past", "wish", "contact"})
"""What is answered by naming somebody."""


def only_if_of_others(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be: one that names others is nobody's own name, topic or place.

    Parameters
    ----------
    grid, asked
        The table and its questions, with the people of the cohort.
    known
        What each question may be, by position, the likeliest first.
    """
    naming = _naming_others(grid, asked, known)
    in_part = _naming_in_part(grid, asked, known) - naming
    whom = {k: list(filter(_asks_whom, g)) for k, g in known.items() if k in naming | in_part}
    for k in in_part:  # earlier pairs are asked about by full names alone, and else left out
        said = [guess for guess in whom[k] if guess.target != "past"]
        whom[k] = (
            said or _places(asked[k], known[k]) or [whom_asked(asked[k].title, Said(Why.IN_PART))]
        )
    own = _own_again(grid, asked, known)
    again = {k: [*known[k], Guess(IGNORE, 0.1, Sureness.LIKELY, Said(Why.OWN_AGAIN))] for k in own}
    return {**known, **again, **whom}


def _places(question: FormQuestion, known: Sequence[Guess]) -> list[Guess]:
    """Return the place that a title speaks of where firms may be named after people: asked.

    A department is named so in other words as well: a name alone is whoever leads it.
    """
    best = next((guess for guess in known if guess.target in _NAMED_AFTER_PEOPLE), None)
    if best is None or asks_who(question.title):
        return []
    cells, people = question.evidence, question.evidence.people
    named = {text: len(_in_part(text, people)) for text in cells.telling}
    beside = cells.share(lambda text: 0 < named[text] < len(name_parts(text)))
    is_beside = 2 * beside >= cells.share(lambda text: named[text] > 0)
    is_place = is_beside or best.target != "department"
    return [replace(best, sureness=Sureness.ASKED, why=Said(Why.IN_PART))] if is_place else []


_NAMED_AFTER_PEOPLE = frozenset({"organisation", "department", "site"})


def _asks_whom(guess: Guess) -> bool:
    return base_and_number(guess.target)[0] in _ASK_WHOM


def _naming_others(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> frozenset[int]:
    """Return the questions of which many answers are names of people in other rows."""
    open_ = [k for k, guesses in known.items() if _may_ask_whom(asked[k], guesses)]
    own = forms_of_each(grid, asked) if open_ else []
    return frozenset(k for k in open_ if _names_others(grid, asked[k], own))


def _own_again(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> list[int]:
    """Return the questions that everybody answers as the one that surely is their own name."""
    sure = {
        k
        for k, g in known.items()
        if g and g[0].target == "name" and g[0].sureness in (Sureness.STATED, Sureness.SURE)
    }
    cells = {k: grid.columns[asked[k].positions[0]] for k in known if len(asked[k].titles) == 1}
    return [
        k
        for k in cells.keys() - sure
        if any(np.array_equal(cells[k], cells[own]) for own in sure & cells.keys())
    ]


def _naming_in_part(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> frozenset[int]:
    """Return the questions, not surely read, that most answer by a part of somebody's name."""
    sure = {k for k, g in known.items() if g and g[0].sureness is Sureness.SURE}
    open_ = [k for k, g in known.items() if k not in sure or g[0].target in NEVER_NAMES]
    open_ = [k for k in open_ if _may_ask_whom(asked[k], known[k], is_in_part=True)]
    own = forms_of_each(grid, asked) if open_ else []
    return frozenset(k for k in open_ if _names_others(grid, asked[k], own, is_in_part=True))


@lru_cache(maxsize=2)
def _parts_of(people: frozenset[str]) -> frozenset[str]:
    """Return first names and surnames of some people."""
    names = {frozenset(name_parts(form)) for form in people if " " in form}
    return frozenset(part for name in names for part in name - PARTICLES)


def _in_part(text: str, people: Collection[str]) -> set[str]:
    """Return the parts of people's names in an answer that says little else, nicknames too."""
    words = name_parts(text)
    parts = _parts_of(frozenset(people)) if len(words) <= MOST_WORDS_AROUND else frozenset()
    return {part for word in words for part in (word, *NICKNAMES.get(word, ())) if part in parts}


def _may_ask_whom(
    question: FormQuestion, known: Sequence[Guess], *, is_in_part: bool = False
) -> bool:
    """Whether answers name people that are known, and nothing says yet that it is so."""
    best, cells = next(iter(known), None), question.evidence
    is_past = is_in_part and best is not None and best.target == "past"
    is_whom = best is not None and _asks_whom(best) and not is_past
    is_said = best is not None and (best.sureness is Sureness.STATED or is_whom)
    if is_said or len(question.titles) != 1:
        return False
    named, least = (_in_part, LEAST_IN_PART) if is_in_part else (_named, LEAST_OF_SAID)
    return cells.share(lambda text: bool(named(text, cells.people))) >= least / 2


def _names_others(
    grid: Grid, question: FormQuestion, own: Sequence[Collection[str]], *, is_in_part: bool = False
) -> bool:
    cells, people = question.evidence, question.evidence.people
    texts = grid.columns[question.positions[0]]
    said = sum(n for t, n in cells.counts.items() if t in cells.telling and not names_nobody(t))
    named, least = (_in_part, LEAST_IN_PART) if is_in_part else (_named, LEAST_OF_SAID)
    theirs = [{part for form in mine for part in name_parts(form)} for mine in own if is_in_part]
    others = sum(
        not named(str(text), people) <= set(mine)
        for text, mine in zip(texts, theirs if is_in_part else own, strict=True)
        if text
    )
    return others >= max(LEAST_NAMING, least * said)


def _named(text: str, people: Collection[str]) -> set[str]:
    """Return who is named in an answer that says little else."""
    found = people_mentioned(text, people)
    around = len(text.split()) - sum(len(name.split()) for name in found)
    return set(found) if around <= MOST_WORDS_AROUND else set()
