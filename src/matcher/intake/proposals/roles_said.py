"""Which role an answer gives its author."""

import re
from functools import cache

from matcher.intake.cells.marks import boxes_in
from matcher.intake.proposals.phrases import heaviest, phrase_of, words_of
from matcher.intake.proposals.single_texts import ANSWERS

_HEAD = re.compile(r"\s*[(:,;\u2013\u2014]|\s-\s")


@cache
def role_of(answer: str) -> str | None:
    """Return the role that an answer gives its author, None where that is not clear.

    Two ticked boxes in one cell, each a role, are both roles. What stands before a bracket or a
    colon counts first: `Mentor (for a mentee)`. An answer that names mentors and mentees without
    saying how the two belong together says nothing, nor does one that only speaks of either:
    `paired with a mentor`.
    """
    ticked = boxes_in(answer)
    roles = {_role_said(part) for part in ticked} if len(ticked) > 1 else set()
    return "both" if {"mentee", "mentor"} <= roles and None not in roles else _role_said(answer)


def _role_said(answer: str) -> str | None:
    plain = answer.replace("&", " and ").replace("+", " and ")
    for text in (_HEAD.split(plain)[0], plain):
        words = words_of(text)
        found = {
            meaning for meaning, phrases in ANSWERS["role"].items() if heaviest(phrases, words)
        }
        if found & {"both", "either"}:
            return "both" if "both" in found else "either"
        is_alone = _says_no_more(words)
        seeks, gives = "seeks" in found, "mentor" in found
        is_mentee = seeks or "mentee" in found
        if is_mentee and (gives or (not seeks and "mentor_alone" in found)):
            return None
        if seeks or (is_mentee and is_alone):
            return "mentee"
        if gives or ("mentor_alone" in found and is_alone and not is_mentee):
            return "mentor"
        if found:
            return None
    return None


_BESIDE_ROLE = frozenset(ANSWERS["beside_role"]["words"])


def _says_no_more(words: str) -> bool:
    """Whether an answer is the one word for a role, but for what says nothing beside it."""
    rest = words
    for phrase in (*ANSWERS["role"]["mentee"], *ANSWERS["role"]["mentor_alone"]):
        for pattern in phrase_of(phrase).needed:
            rest = pattern.sub(" ", rest)
    halves = rest.split(";")  # as it is written and without accents: a phrase may fit one of them
    return any(_BESIDE_ROLE.issuperset(half.split()) for half in halves)
