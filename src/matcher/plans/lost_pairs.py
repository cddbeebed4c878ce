"""Pairs of this match, or of the one before, that did not come about or ended before their time."""

from collections.abc import Iterator, Mapping
from typing import Any

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.claims import Cell, Claim, ClaimKind
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import full_name
from matcher.vocabulary import ENDED, HALF_ACCEPTED, LOCKED, UNDER_WAY, Status

LEFT = {False: Status.WITHDREW_MENTEE, True: Status.WITHDREW_MENTOR}
"""How a pair ends that the mentee, or the mentor, left of their own."""
DONE = {side: frozenset({left, Status.COMPLETED}) for side, left in LEFT.items()}
"""How a pair ended after which its mentee, or its mentor, does not wait for another."""
_BOTH_SAID = frozenset({*HALF_ACCEPTED, Status.ACCEPTED, *UNDER_WAY})
"""What is recorded of a pair once who is asked second has been, or has begun."""
_BEGAN = frozenset({Status.ACCEPTED, *UNDER_WAY})
_Pair = tuple[str, str]


def news(*parts: str) -> str:
    """Return what a piece of news is known by: in words, so that whoever is forgotten goes."""
    return "|".join(parts)


def pair_news(source: PlanSource, pair: _Pair, what: str, *, as_mentor: bool) -> str:
    """Return what a piece of news about a pair is known by to one of the two.

    Two who come together again are told anew.
    """
    rows = source.history.get(pair, ())
    again = sum(row["status"] in ENDED and bool(row["recorded_at"]) for row in rows)
    return news("pair", "mentor" if as_mentor else "mentee", *pair, what, str(again))


def lost_claims(source: PlanSource, person: str, *, as_mentor: bool) -> Iterator[Claim]:
    """Yield which pairs somebody is to be told of. Who is gone is not named, and told of once.

    A run that lies elsewhere may know by id who is blacked out in this one.
    """
    people, unnamed = source.mentees if as_mentor else source.mentors, set[str]()
    for pair, how in _untold(source, person, as_mentor=as_mentor):
        other = pair[not as_mentor]
        names = (full_name(people[other], other),) if other in people else ()
        if not names and how in unnamed:
            continue
        unnamed |= set() if names else {how}
        cell = Cell("engagements", " ".join(pair), "status")
        yield Claim(ClaimKind.PAIR_LOST, (cell,), (how,), names)


def lost_news(source: PlanSource, person: str, *, as_mentor: bool) -> Iterator[str]:
    """Yield what that is known by as news."""
    for pair, how in _untold(source, person, as_mentor=as_mentor):
        yield pair_news(source, pair, how, as_mentor=as_mentor)


def _untold(source: PlanSource, person: str, *, as_mentor: bool) -> Iterator[tuple[_Pair, str]]:
    """Yield pairs with how they ended, of which somebody has heard, but not that they ended.

    Who left one or said no knows of it, and so does who was told; who was never asked has not
    heard of it.
    """
    for pair in source.lost[as_mentor].get(person, ()):
        how = _how(source, pair, as_mentor=as_mentor)
        is_told = pair_news(source, pair, how, as_mentor=as_mentor) in source.told
        is_own = how == LEFT[as_mentor] or _said_no(source, pair, as_mentor=as_mentor)
        if not (is_told or is_own) and _has_heard(source, pair, as_mentor):
            yield pair, how


def _said_no(source: PlanSource, pair: _Pair, *, as_mentor: bool) -> bool:
    """Whether it was one of the two who said no, by the code of the reason that was recorded."""
    last: Mapping[str, Any] = (source.history.get(pair) or ({},))[-1]
    is_no = last.get("status") == Status.DECLINED
    return is_no and str(last.get("reason_code")).startswith(_OWN_NO[as_mentor])


_OWN_NO = {False: "no_mentee", True: "no_mentor"}


def _how(source: PlanSource, pair: _Pair, *, as_mentor: bool) -> str:
    """Return how a pair ended, as one of the two is told it: of whom, and whether it had begun."""
    status = source.last_word(pair)
    if status not in ENDED:
        side = "mentee" if as_mentor else "mentor"
        return f"{side}_gone" if _BEGAN & _said(source, pair) else f"{side}_not_coming"
    return "left" if status == LEFT[not as_mentor] else status


def _has_heard(source: PlanSource, pair: _Pair, as_mentor: bool) -> bool:
    ask = source.config.programme.ask
    if ask == ("mentee first" if as_mentor else "mentor first"):
        return bool(_BOTH_SAID & _said(source, pair))
    return source.last_word(pair) in ENDED or bool({*LOCKED} & _said(source, pair))


def _said(source: PlanSource, pair: _Pair) -> set[str]:
    """Return all that was recorded of a pair from its beginning, if it is not the first, on."""
    said: set[str] = set()
    for row in reversed(source.history.get(pair, ())):
        if row["status"] in ENDED and said:
            break
        said |= {str(row["status"])} - {*ENDED}
    return said


def lost_words(claim: Claim) -> str:
    """Return in a sentence what became of a pair."""
    how = claim.codes[0] if claim.codes[0] in spoken()["lost"] else "ended"
    return words.say("lost", how, name=claim.texts[0] if claim.texts else "")


def is_done(source: PlanSource, person: str, *, as_mentor: bool) -> bool:
    """Whether somebody left a pair of their own or ended one well, and so waits for no other."""
    return bool(DONE[as_mentor].intersection(source.ends[as_mentor].get(person, ())))
