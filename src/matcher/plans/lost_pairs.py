"""Pairs of this match, or of the one before, that did not come about or ended before their time."""

from collections.abc import Iterator

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.claims import Cell, Claim, ClaimKind
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import full_name
from matcher.vocabulary import Status

LEFT = {False: Status.WITHDREW_MENTEE, True: Status.WITHDREW_MENTOR}
"""How a pair ends that the mentee, or the mentor, left of their own."""


def lost_claims(source: PlanSource, person: str, *, as_mentor: bool) -> Iterator[Claim]:
    """Yield which pairs somebody is to be told of: who left one knows of it.

    So does who said no; who would have been asked second has not heard of one that was declined.
    """
    ask = source.config.programme.ask
    is_second = ask == ("mentee first" if as_mentor else "mentor first")
    people = source.mentees if as_mentor else source.mentors
    for pair in source.lost[as_mentor].get(person, ()):
        status, other = source.engagements_of[pair][-1]["status"], pair[not as_mentor]
        if status == LEFT[as_mentor] or (is_second and status == Status.DECLINED):
            continue
        how = "left" if status == LEFT[not as_mentor] else str(status)
        cell = Cell("engagements", " ".join(pair), "status")
        name = full_name(people[other], other)
        yield Claim(ClaimKind.PAIR_LOST, (cell,), (how,), (name,))


def lost_words(claim: Claim) -> str:
    """Return in a sentence what became of a pair."""
    how = claim.codes[0] if claim.codes[0] in spoken()["lost"] else "ended"
    return words.say("lost", how, name=claim.texts[0])


def has_left(source: PlanSource, person: str, *, as_mentor: bool) -> bool:
    """Whether somebody left a pair of their own, and so is not waiting for another."""
    lost = source.lost[as_mentor].get(person, ())
    return any(source.engagements_of[pair][-1]["status"] == LEFT[as_mentor] for pair in lost)
