"""How the two of a match reach each other: addresses only where both agreed to give them on."""

from matcher.catalogue.catalogue import spoken
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.records import address_of


def how_to_reach(match: PlannedMatch, *, to_mentor: bool = False) -> str:
    """Return how a reader gets in touch with the other one of a match, in a sentence.

    Parameters
    ----------
    match
        Of the reader and the other one.
    to_mentor
        Whether the mentor reads; else the mentee.
    """
    told = spoken()["reach"]
    person, name = (
        (match.mentee, match.mentee_name) if to_mentor else (match.mentor, match.mentor_name)
    )
    programme = match.source.config.programme
    if may_have_address(match):
        return str(told["address"].format(name=name, address=address_of(person)))
    if match.under_way is not None or (match.is_known and not to_mentor):  # they have met
        return ""
    if match.shares_addresses:
        key = "for_all" if programme.share_addresses else "agreed"
        when = told["once_settled"] if match.needs_yes else ""
        return str(told[key].format(name=name, when=when))
    key = "through" if programme.contact else "put_in_touch"
    return str(told[key].format(name=name, contact=programme.contact))


def may_have_address(match: PlannedMatch) -> bool:
    """Whether what a reader gets may hold the other one's address.

    Only what is sent does, and never before both have agreed, whoever is asked first; of who is
    told and not asked, once the match is approved.
    """
    return match.shares_addresses and match.source.shows_addresses and not match.needs_yes
