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
    if match.shares_addresses:
        if match.source.shows_addresses:
            return str(told["address"].format(name=name, address=address_of(person)))
        return str(told["later"].format(name=name))
    key = "through" if programme.contact else "put_in_touch"
    return str(told[key].format(name=name, contact=programme.contact))
