"""What an audit shows, as counts that one can check and a question; never a label."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from matcher.network.detectors import ECHO_SOME_FROM, LEAST_CONTACTS, SOME_FROM
from matcher.plans.ego_network import EgoNetwork
from matcher.plans.plan_words import PHRASES, PURPOSE_PHRASES, first_of, people, some_of
from matcher.text import capital, count_of, listed, plural, spelt
from matcher.vocabulary import AuditCategory, Era, Purpose

HALF_YEAR = 180
OPEN_QUESTIONS: dict[str, str] = PHRASES["questions"]


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
    known = {PHRASES["purposes"][purpose]["question"] for purpose in told}
    seen = [one for look in LOOKS for one in look(network) if one.question not in known]
    return max(seen, key=lambda found: found.weight, default=None)


def strength(network: EgoNetwork) -> str:
    """Return what a network does well, in a sentence of counts."""
    most = max(Purpose, key=lambda purpose: len(network.by_purpose[purpose]))
    if not network.by_purpose[most]:
        return f"You named {people(network.size)}: {listed(network.names)}."
    return _there_for(network, most)


def bridge(network: EgoNetwork, gap: Observation | None) -> str:
    """Return who links the person with elsewhere; nothing where nobody does or `gap` is that."""
    outside = network.outside
    if not outside or (gap is not None and gap.question == OPEN_QUESTIONS["outward"]):
        return ""
    verb = plural(len(outside), "links", "link")
    return f"{first_of(outside)} {verb} you with people outside your organisation."


def _there_for(network: EgoNetwork, purpose: Purpose) -> str:
    who = some_of(len(network.by_purpose[purpose]), network.size, "is", "are")
    return f"{who} there for {PURPOSE_PHRASES[purpose]}."


def _few(network: EgoNetwork) -> Iterator[Observation]:
    if network.size < LEAST_CONTACTS:
        yield Observation(0.85, f"You named {people(network.size)}.", OPEN_QUESTIONS["few"])


def _purpose(network: EgoNetwork) -> Iterator[Observation]:
    aim, lacking = network.aim, network.lacking(network.aim)
    if lacking > SOME_FROM:
        asked = aim in network.wanted
        told = " You asked for help with just that." if asked else ""
        question = PHRASES["purposes"][aim]["question"]
        yield Observation(lacking + 0.2 * asked, _there_for(network, aim) + told, question)


def _works_there(network: EgoNetwork) -> str:
    inside = some_of(len(network.inside), network.size, "works", "work")
    return f"{inside} where you work."


def _inward(network: EgoNetwork) -> Iterator[Observation]:
    weight = network.facts.inward[network.row]
    if weight > SOME_FROM:
        yield Observation(weight, _works_there(network), OPEN_QUESTIONS["inward"])


def _outward(network: EgoNetwork) -> Iterator[Observation]:
    if len(network.outside) >= LEAST_CONTACTS and len(network.outside) == network.size:
        yield Observation(0.6, _works_there(network), OPEN_QUESTIONS["outward"])


def _lag(network: EgoNetwork) -> Iterator[Observation]:
    score = network.score(AuditCategory.NETWORK_LAG)
    if score < SOME_FROM:
        return
    number, when = len(network.of_era(Era.PAST)), "you did before"
    if 2 * number < network.size:
        number, when = len(network.of_era(Era.FUTURE)), "you want to do next"
    who = some_of(number, network.size, "belongs", "belong")
    yield Observation(score, f"{who} to what {when}.", OPEN_QUESTIONS["lag"])


def _echo(network: EgoNetwork) -> Iterator[Observation]:
    score = network.score(AuditCategory.ECHO_CHAMBER)
    if score < ECHO_SOME_FROM:
        return
    ties, pairs = len(network.ties), network.size * (network.size - 1) // 2
    know = "All of them know each other"
    if ties < pairs:
        some = count_of(ties, "knows", "know")
        know = f"Of the {pairs} pairs among the people you named, {some} each other"
    yield Observation(score, f"{_works_there(network)} {know}.", OPEN_QUESTIONS["echo"])


def _pigeonhole(network: EgoNetwork) -> Iterator[Observation]:
    views = [c.sees_change for c in network.contacts if c.sees_change is not None]
    known, cannot = spelt(len(views)), views.count(False)
    score = network.score(AuditCategory.PIGEONHOLING)
    if score < SOME_FROM or not cannot:
        return
    who = f"All {known}" if cannot == len(views) else f"{capital(spelt(cannot))} of the {known}"
    sentence = f"{who} whose view you noted could not picture you doing something different."
    yield Observation(score, sentence, OPEN_QUESTIONS["pigeonhole"])


def _alike(network: EgoNetwork) -> Iterator[Observation]:
    for name, alike, score in network.likeness if network.size >= LEAST_CONTACTS else ():
        if score >= SOME_FROM:
            who = some_of(alike, network.size, "has", "have")
            yield Observation(
                0.9 * score, f"{who} the same {name} as you.", OPEN_QUESTIONS["alike"]
            )


def _quiet(network: EgoNetwork) -> Iterator[Observation]:
    dated = [(c.name, c.days_since) for c in network.contacts if c.days_since is not None]
    long_ago = [name for name, days in dated if days > HALF_YEAR]
    if 2 * len(long_ago) > len(dated):
        sentence = f"You last spoke with {first_of(long_ago)} more than half a year ago."
        question = OPEN_QUESTIONS[plural(len(long_ago), "quiet_one", "quiet_many")]
        yield Observation(0.5 * len(long_ago) / len(dated), sentence, question)


def _unchanged(network: EgoNetwork) -> Iterator[Observation]:
    if network.value("dynamism") == 0.0:
        sentence = "You named the same people as in your audit before."
        yield Observation(0.45, sentence, OPEN_QUESTIONS["unchanged"])


LOOKS: tuple[Callable[[EgoNetwork], Iterator[Observation]], ...] = (
    *(_few, _purpose, _inward, _lag, _echo, _pigeonhole, _alike, _outward, _quiet, _unchanged),
)
"""In order of precedence where two stand out alike."""
