"""The further sheet of a plan: what is not said yet, what helps, and seven questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.plans.plan_words import PURPOSE_PHRASES, capital, facets, hours, listed, number
from matcher.vocabulary import FACET_GROUPS, Knowing, Purpose

if TYPE_CHECKING:
    from matcher.plans.next_steps import Situation
    from matcher.plans.records import Record


def readiness(mentee: Record, uncovered: tuple[str, ...]) -> list[str]:
    """Return what the person has not said yet and will be asked by any mentor."""
    contexts = [str(value).replace("_", " ") for value in FACET_GROUPS["context"]]
    checks = [
        (mentee.get("purposes"), "what you want mentoring for: work, yourself, or where it leads"),
        (mentee.get("contexts"), f"the setting: {listed(contexts, 'or')}"),
        (mentee.get("goals"), "what you would like to have reached a year from now"),
        (_any_need(mentee), "what you look for in a mentor: knowing why, how or whom"),
        (mentee.get("availability"), "when you can meet"),
    ]
    return [text for answer, text in checks if not answer]


def _any_need(mentee: Record) -> bool:
    return bool(mentee.get("knowing")) or any(
        mentee.get(f"need_{form}") is not None for form in Knowing
    )


def good_mentee(mentee: Record, n_mentors: int) -> list[str]:
    """Return what makes a mentee effective, as far as it is for this person to do."""
    offered = mentee.get("hours_per_month")
    time = f"Keep free what you offered, {hours(offered)} a month" if offered else "Keep time free"
    whom = ("whoever you meet", "your mentor", "each of your mentors")[min(n_mentors, 2)]
    return [
        f"Come with one question for {whom} and say what you have tried.",
        f"{time}, and move a meeting rather than cancel it.",
        "Say what helped and what did not; agree what stays between you.",
        "Tell what became of the last piece of advice.",
    ]


def reflection(situation: Situation, first_action: str) -> list[str]:
    """Return the seven questions for reflection, in our words; the last gives the first action."""
    missing = facets(situation.uncovered[:2])
    network = situation.network
    known = f" You named {number(network.size)}." if network is not None else ""
    return [
        "How would you draw the circle of people around your work today?",
        "Where could that circle grow with little effort?",
        f"Who in it could help with {missing or PURPOSE_PHRASES[Purpose.STRATEGIC]}?{known}",
        f"How would you come across somebody outside {situation.home} who could be a mentor?",
        "Which people near you, and which groups further away, could lead you to one?",
        f"Which new group {situation.in_field} would be worth joining for that?",
        f"What will you do first, for yourself or for a colleague? {capital(first_action)}",
    ]
