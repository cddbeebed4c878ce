"""Whose places nobody can be given: pairs hold them that are asked, go on, or were decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.app.decisions_made import standing_decisions
from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import PersonFacts, RunView
from matcher.app.year_view import day_report
from matcher.catalogue.catalogue import worded
from matcher.plans.plan_words import listing
from matcher.problem.instance import limits
from matcher.programme.pair_record import Pair
from matcher.vocabulary import LOCKED, Decision


@dataclass(frozen=True)
class HeldPlaces:
    """The pairs of a match that stay, whatever else is decided."""

    view: RunView
    going_on: frozenset[Pair]
    """Pairs that are asked or go on."""
    decided: frozenset[Pair]
    most: Mapping[str, int]
    """How many mentors each mentee may have, as far as that is known."""

    def no_room(self, mentee: str, mentor: PersonFacts) -> str:
        """Return in sentences why no place can be had, and the way on; empty where one may be."""
        name, held = self.view.names.name, self.going_on | self.decided
        has = [r for m, r in held if m == mentee and r != mentor.key]
        if len(has) >= self.most.get(mentee, len(has) + 1):
            names = listing(sorted(map(name, has)))
            return worded("held.mentee", len(has), name=name(mentee), names=names)
        by = {m for m, r in held if r == mentor.key and m != mentee}
        if mentor.used >= mentor.places and mentee not in mentor.with_ and by >= {*mentor.with_}:
            return worded("held.mentor", name=mentor.name, names=listing(sorted(map(name, by))))
        return ""


def held_places(programme: ProgrammeFolder, view: RunView) -> HeldPlaces:
    """Return which places of the match in view are held."""
    report, cohort = day_report(programme, view), programme.cohort_of_match()
    stays = (Decision.LOCK, Decision.ASSIGN)
    most = limits(cohort, programme.config()).tolist() if cohort else []
    return HeldPlaces(
        view,
        frozenset(one.pair for one in (report.pairs if report else ()) if one.status in LOCKED),
        frozenset((d.mentee, d.mentor) for d in standing_decisions(view) if d.decision in stays),
        dict(zip(cohort.mentee_index.ids if cohort else (), most, strict=True)),
    )
