"""Which role an answer gives its author, and which side a title speaks to."""

import re
from collections.abc import Iterable
from functools import cache

from matcher.intake.cells.marks import boxes_in
from matcher.intake.proposals.phrases import heaviest, phrase_of, words_of
from matcher.intake.proposals.single_texts import ANSWERS, denies
from matcher.text import fold

_CONTRASTS = "|".join(map(re.escape, ANSWERS["turned"]["contrasts"]))
_HEAD = re.compile(rf"\s*[(:,;\u2013\u2014]|\s(?:-|{_CONTRASTS})\s", re.IGNORECASE)


@cache
def role_of(answer: str) -> str | None:
    """Return the role that an answer gives its author, None where that is not clear.

    Two ticked boxes in one cell, each a role, are both roles. What stands before a bracket, a
    colon or a `rather than` counts first: `Mentor (for a mentee)`. An answer that names mentors
    and mentees without saying how the two belong together says nothing, nor does one that only
    speaks of either, `paired with a mentor`, or that denies: `not as a mentor this year`.
    """
    ticked = boxes_in(answer)
    roles = {_role_said(part) for part in ticked} if len(ticked) > 1 else set()
    return "both" if {"mentee", "mentor"} <= roles and None not in roles else _role_said(answer)


def side_in(title: str) -> str:
    """Return the side that a title speaks to, empty where it says neither or both."""
    words = words_of(title)
    found = [side for side, phrases in ANSWERS["sides"].items() if heaviest(phrases, words)]
    return found[0] if len(found) == 1 else ""


def is_one_sided(answers: Iterable[str]) -> bool:
    """Whether several answers to one question give the same role, and none gives the other one.

    One of them is misread then, and nothing says which: all are to be asked about.
    """
    given = [role_of(answer) for answer in {fold(answer) for answer in answers}]
    return any(
        given.count(role) > 1 and given.count(_OTHER_ROLE[role]) == 0 for role in _OTHER_ROLE
    )


_OTHER_ROLE = {"mentee": "mentor", "mentor": "mentee"}


_OR = re.compile(rf"\s(?:{'|'.join(map(re.escape, ANSWERS['turned']['or']))})\s", re.IGNORECASE)


def _role_said(answer: str) -> str | None:
    forms = {role_of(part) for part in _OR.split(answer)} if _OR.search(answer) else set()
    if len(forms) == 1 and None not in forms:  # `Mentorin oder Mentor`
        return forms.pop()
    plain = answer.replace("&", " and ").replace("+", " and ")
    head = _HEAD.split(plain)[0]
    words, rest = words_of(head), words_of(plain[len(head) :])
    if not _meanings_in(words):
        return _role_in(words_of(plain))
    said = _role_in(words)
    is_other = said in _OTHER and bool(heaviest(ANSWERS["role"][_OTHER[said]], rest))
    return None if said in _OTHER and denies(rest) and not is_other else said


_OTHER = {"mentee": "mentor_alone", "mentor": "mentee"}
"""By role the meaning that speaks of the other one: `Mentor, not a mentee`."""


def _meanings_in(words: str) -> set[str]:
    return {meaning for meaning, phrases in ANSWERS["role"].items() if heaviest(phrases, words)}


def _role_in(words: str) -> str | None:
    """Return the role that some words give; what somebody else is to do for one is none of one."""
    found = _meanings_in(words)
    if found & {"both", "either"}:
        return "both" if "both" in found else "either"
    if denies(words):
        return None
    is_alone = _says_no_more(words)
    is_turned = bool(heaviest(ANSWERS["turned"]["role"], words))
    seeks, gives = "seeks" in found, "mentor" in found and not is_turned
    is_mentee = seeks or "mentee" in found
    if is_mentee and (gives or (not seeks and "mentor_alone" in found)):
        return None
    if seeks or (is_mentee and is_alone):
        return "mentee"
    is_mentor = gives or ("mentor_alone" in found and is_alone and not is_mentee)
    return "mentor" if is_mentor else None


_BESIDE_ROLE = frozenset(ANSWERS["beside_role"]["words"])


def _says_no_more(words: str) -> bool:
    """Whether an answer is the one word for a role, but for what says nothing beside it."""
    rest = words
    for phrase in (*ANSWERS["role"]["mentee"], *ANSWERS["role"]["mentor_alone"]):
        for pattern in phrase_of(phrase).needed:
            rest = pattern.sub(" ", rest)
    halves = rest.split(";")  # as it is written and without accents: a phrase may fit one of them
    return any(_BESIDE_ROLE.issuperset(half.split()) for half in halves)
