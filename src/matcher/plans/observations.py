"""What an audit shows, as counts that one can check and a question; never a label."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from matcher.catalogue.catalogue import spoken
from matcher.network.detectors import ECHO_SOME_FROM, LEAST_CONTACTS, SOME_FROM
from matcher.plans.ego_network import EgoNetwork
from matcher.plans.plan_words import (
    first_of,
    in_words,
    listing,
    people,
    purpose_phrase,
    say,
    say_many,
    some_of,
)
from matcher.text import capital
from matcher.vocabulary import AuditCategory, Era, Purpose

HALF_YEAR = 180


@dataclass(frozen=True)
class Observation:
    """How strongly something stands out, a sentence of counts, and a question."""

    weight: float
    sentence: str
    question: str


def stands_out(network: EgoNetwork, told: Iterable[str] = ()) -> Observation | None:
    """Return what stands out most in a network, or None where nothing does.

    Not a lack of one of the purposes in `told`: the plan has said that already.
    """
    known = {spoken()["purposes"][purpose]["question"] for purpose in told}
    seen = [one for look in LOOKS for one in look(network) if one.question not in known]
    return max(seen, key=lambda found: found.weight, default=None)


def strength(network: EgoNetwork) -> str:
    """Return what a network does well, in a sentence of counts."""
    most = max(Purpose, key=lambda purpose: len(network.by_purpose[purpose]))
    if not network.by_purpose[most]:
        return say(
            "observe", "named_all", people=people(network.size), names=listing(network.names)
        )
    return _there_for(network, most)


def bridge(network: EgoNetwork, gap: Observation | None) -> str:
    """Return who links the person with elsewhere; nothing where nobody does or `gap` is that."""
    outside = network.outside
    if not outside or (gap is not None and gap.question == _question("outward")):
        return ""
    return say_many(len(outside), "observe", "bridge", who=first_of(outside))


def _question(key: str) -> str:
    return str(spoken()["questions"][key])


def _there_for(network: EgoNetwork, purpose: Purpose) -> str:
    k, what = len(network.by_purpose[purpose]), purpose_phrase(purpose)
    return some_of(k, network.size, "observe", "there_for", what=what)


def _few(network: EgoNetwork) -> Iterator[Observation]:
    if network.size < LEAST_CONTACTS:
        sentence = say("observe", "named", people=people(network.size))
        is_told = not any(network.by_purpose.values())  # as its strength
        yield Observation(0.85, "" if is_told else sentence, _question("few"))


def _purpose(network: EgoNetwork) -> Iterator[Observation]:
    aim, lacking = network.aim, network.lacking(network.aim)
    if lacking > SOME_FROM:
        asked = aim in network.wanted
        told = f" {say('observe', 'just_that')}" if asked else ""
        question = str(spoken()["purposes"][aim]["question"])
        yield Observation(lacking + 0.2 * asked, _there_for(network, aim) + told, question)


def _works_there(network: EgoNetwork) -> str:
    return some_of(len(network.inside), network.size, "observe", "works_there")


def _inward(network: EgoNetwork) -> Iterator[Observation]:
    weight = network.facts.inward[network.row]
    if weight > SOME_FROM:
        yield Observation(weight, _works_there(network), _question("inward"))


def _outward(network: EgoNetwork) -> Iterator[Observation]:
    if len(network.outside) >= LEAST_CONTACTS and len(network.outside) == network.size:
        yield Observation(0.6, _works_there(network), _question("outward"))


def _lag(network: EgoNetwork) -> Iterator[Observation]:
    score = network.score(AuditCategory.NETWORK_LAG)
    if score < SOME_FROM:
        return
    number_of, key = len(network.of_era(Era.PAST)), "of_before"
    if 2 * number_of < network.size:
        number_of, key = len(network.of_era(Era.FUTURE)), "of_next"
    yield Observation(score, some_of(number_of, network.size, "observe", key), _question("lag"))


def _echo(network: EgoNetwork) -> Iterator[Observation]:
    score = network.score(AuditCategory.ECHO_CHAMBER)
    if score < ECHO_SOME_FROM:
        return
    ties, pairs = len(network.ties), network.size * (network.size - 1) // 2
    know = say("observe", "all_know")
    if ties < pairs:
        know = say_many(ties, "observe", "some_know", pairs=pairs, ties=ties)
    yield Observation(score, f"{_works_there(network)} {know}", _question("echo"))


def _pigeonhole(network: EgoNetwork) -> Iterator[Observation]:
    views = [c.sees_change for c in network.contacts if c.sees_change is not None]
    cannot = views.count(False)
    score = network.score(AuditCategory.PIGEONHOLING)
    if score < SOME_FROM or not cannot:
        return
    key = "all_cannot" if cannot == len(views) else "some_cannot"
    counts = {"n": in_words(len(views)), "k": in_words(cannot)}
    yield Observation(score, capital(say("observe", key, **counts)), _question("pigeonhole"))


def _alike(network: EgoNetwork) -> Iterator[Observation]:
    for name, alike, score in network.likeness if network.size >= LEAST_CONTACTS else ():
        if score >= SOME_FROM:
            sentence = some_of(alike, network.size, "observe", "the_same", what=name)
            yield Observation(0.9 * score, sentence, _question("alike"))


def _quiet(network: EgoNetwork) -> Iterator[Observation]:
    dated = [(c.name, c.days_since) for c in network.contacts if c.days_since is not None]
    long_ago = [name for name, days in dated if days > HALF_YEAR]
    if 2 * len(long_ago) > len(dated):
        sentence = say("observe", "quiet", who=first_of(long_ago))
        question = _question("quiet_one" if len(long_ago) == 1 else "quiet_many")
        yield Observation(0.5 * len(long_ago) / len(dated), sentence, question)


def _unchanged(network: EgoNetwork) -> Iterator[Observation]:
    if network.value("dynamism") == 0.0:
        yield Observation(0.45, say("observe", "unchanged"), _question("unchanged"))


LOOKS: tuple[Callable[[EgoNetwork], Iterator[Observation]], ...] = (
    *(_few, _purpose, _inward, _lag, _echo, _pigeonhole, _alike, _outward, _quiet, _unchanged),
)
"""In order of precedence where two stand out alike."""
