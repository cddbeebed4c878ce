"""What an audit shows, as counts that one can check and a question; never a label."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.network.detectors import ECHO_SOME_FROM, LEAST_CONTACTS, SOME_FROM
from matcher.plans.plan_words import (
    PURPOSE_PHRASES,
    capital,
    do,
    first_of,
    number,
    people,
    some_of,
)
from matcher.vocabulary import AuditCategory, Era, Purpose

if TYPE_CHECKING:
    from matcher.plans.network_part import Network

HALF_YEAR = 180
PAST = list(Era).index(Era.PAST)
FUTURE = list(Era).index(Era.FUTURE)
QUESTIONS = {
    Purpose.OPERATIONAL: "Who makes today's work easier, and would one more such person help?",
    Purpose.PERSONAL: "With whom could you talk about where you yourself are going?",
    Purpose.STRATEGIC: "Who could show you what is coming, before it is there?",
}


@dataclass(frozen=True)
class Seen:
    """One observation: how strongly it stands out, a sentence of counts, and a question."""

    key: str
    weight: float
    sentence: str
    question: str


def stands_out(network: Network) -> Seen | None:
    """Return what stands out most in a network, or None where nothing does."""
    seen = [found for look in LOOKS for found in look(network)]
    return max(seen, key=lambda found: found.weight, default=None)


def _few(network: Network) -> Iterator[Seen]:
    if network.size >= LEAST_CONTACTS:
        return
    yield Seen(
        "few",
        0.85,
        f"You named {people(network.size)}.",
        "Who else did you turn to in the last few months, if only once?",
    )


def _purpose(network: Network) -> Iterator[Seen]:
    aim = network.aim
    count, lacking = len(network.by_purpose[aim]), network.lacking(aim)
    if lacking <= SOME_FROM:
        return
    asked = aim in (network.mentee.get("purposes") or ())
    who, verb = some_of(count, network.size), do(count, "is", "are")
    sentence = f"{who} {verb} there for {PURPOSE_PHRASES[aim]}."
    if asked:
        sentence += " You asked for help with just that."
    yield Seen("purpose", lacking + 0.2 * asked, sentence, QUESTIONS[aim])


def _inward(network: Network) -> Iterator[Seen]:
    count = len(network.inside)
    weight = network.facts.inward[network.row]
    if weight <= SOME_FROM:
        return
    yield Seen(
        "inward",
        weight,
        f"{some_of(count, network.size)} {do(count, 'works', 'work')} where you work.",
        "Does that suit what you want next?",
    )


def _outward(network: Network) -> Iterator[Seen]:
    if len(network.outside) < LEAST_CONTACTS or network.inside:
        return
    yield Seen(
        "outward",
        0.6,
        f"{some_of(0, network.size)} works where you work.",
        "Who there could speak for you when you are not in the room?",
    )


def _lag(network: Network) -> Iterator[Seen]:
    score = network.facts.score(AuditCategory.NETWORK_LAG, network.row)
    if score < SOME_FROM:
        return
    past, future = len(network.of_era(PAST)), len(network.of_era(FUTURE))
    if 2 * past >= network.size:
        verb = do(past, "belongs", "belong")
        sentence = f"{some_of(past, network.size)} {verb} to what you did before."
    else:
        verb = do(future, "belongs", "belong")
        sentence = f"{some_of(future, network.size)} {verb} to what you want to do next."
    question = "Who already does what you would like to do next?"
    yield Seen("lag", score, sentence, question)


def _echo(network: Network) -> Iterator[Seen]:
    score = network.facts.score(AuditCategory.ECHO_CHAMBER, network.row)
    if score < ECHO_SOME_FROM:
        return
    ties, n, inside = len(network.ties), network.size, len(network.inside)
    pairs = n * (n - 1) // 2
    know = "All of them know each other"
    if ties < pairs:
        know = f"Of the {pairs} pairs among the people you named, {ties} know each other"
    yield Seen(
        "echo",
        score,
        f"{some_of(inside, n)} {do(inside, 'works', 'work')} where you work. {know}.",
        "From whom would you hear something that the others do not know yet?",
    )


def _pigeonhole(network: Network) -> Iterator[Seen]:
    views = [c.sees_change for c in network.contacts if c.sees_change is not None]
    known, cannot = len(views), views.count(False)
    score = network.facts.score(AuditCategory.PIGEONHOLING, network.row)
    if score < SOME_FROM or not cannot:
        return
    who = f"{capital(number(cannot))} of the {number(known)} whose view you noted"
    if cannot == known:
        who = f"All {number(known)} whose view you noted"
    yield Seen(
        "pigeonhole",
        score,
        f"{who} could not picture you doing something different.",
        "Who has not yet seen that side of you, and how could they?",
    )


def _alike(network: Network) -> Iterator[Seen]:
    for name, alike, homophily in network.facts.open_attributes:
        score, count = homophily[network.row], alike[network.row]
        if network.size < LEAST_CONTACTS or score < SOME_FROM:
            continue
        who, verb = some_of(count, network.size), do(count, "has", "have")
        yield Seen(
            f"alike {name}",
            0.9 * score,
            f"{who} {verb} the same {name} as you.",
            "Who sees the same things quite differently, and could be worth an hour?",
        )


def _quiet(network: Network) -> Iterator[Seen]:
    dated = [c for c in network.contacts if c.days_since is not None]
    long_ago = [c.name for c in dated if c.days_since is not None and c.days_since > HALF_YEAR]
    share = len(long_ago) / len(dated) if dated else 0.0
    if share <= 0.5:
        return
    whom = "Would you like to hear from them again?"
    if len(long_ago) > 1:
        whom = "Whom of them would you like to hear from again?"
    yield Seen(
        "quiet",
        0.5 * share,
        f"You last spoke with {first_of(long_ago)} more than half a year ago.",
        whom,
    )


def _unchanged(network: Network) -> Iterator[Seen]:
    if network.facts.value("dynamism", network.row) != 0.0:
        return
    yield Seen(
        "unchanged",
        0.45,
        "You named the same people as in your audit before.",
        "Who joined your working life since then?",
    )


LOOKS: tuple[Callable[[Network], Iterator[Seen]], ...] = (
    *(_few, _purpose, _inward, _lag, _echo, _pigeonhole, _alike, _outward, _quiet, _unchanged),
)
"""In order of precedence where two stand out alike."""
