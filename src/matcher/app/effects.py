"""What a decision would do: the match with it, as it would be published, told by name."""

import json
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pandas as pd

from matcher.app.decisions_made import not_followed, standing_decisions, taking_place
from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import PersonFacts, RunView
from matcher.app.said_plainly import Refused, cannot_be
from matcher.app.what_changes import MOST_MENTEES, WhatChanges, told_of
from matcher.app.year_view import day_report
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.decisions.decisions import IN_PLACE_OF, LOG_NAME, Event, read_decisions
from matcher.decisions.in_force import of_run
from matcher.errors import Finding, MatcherError
from matcher.plans.plan_words import listing
from matcher.problem.instance import limits
from matcher.problem.previous import Previous
from matcher.programme import ledger
from matcher.programme.pair_record import Pair
from matcher.publish.matching import Matching
from matcher.run import match
from matcher.vocabulary import LOCKED, Decision, Status


@dataclass(frozen=True)
class Effect:
    """Who would get whom instead, and what that is for everyone together."""

    changes: WhatChanges
    together: str = ""
    beside: tuple[str, ...] = ()
    """Decisions that are not in the match yet, which it is held against as if they were."""
    problems: tuple[str, ...] = ()
    """Why it cannot be done, in sentences; empty where it can."""

    @property
    def others(self) -> int:
        """Mentees who keep theirs."""
        return self.changes.total - self.changes.moved


COST_STEPS = {
    "nobody": 0.005,
    "nothing": 0.03,
    "little": 0.10,
    "tenth": 0.15,
    "fifth": 0.225,
    "quarter": 0.30,
}
"""Share of one typical match under which a cost is called so in the catalogue."""


def cost_step(cost: float, typical: float) -> str:
    """Return how large a cost is beside one typical match, by its name in the catalogue."""
    share = cost / typical if typical > 0 else 0.0
    return next((name for name, most in COST_STEPS.items() if share < most), "much")


def effect_of(
    programme: ProgrammeFolder, view: RunView, new: Event, *, anew: bool
) -> Effect | None:
    """Return what a decision would do, None where that takes too long to show at once.

    Parameters
    ----------
    programme, view
        The match that stands.
    new
        What would be decided, as the log holds it.
    anew
        Whether everybody is worked out anew; else pairs stay that nothing forces to move.
    """
    cohort = programme.cohort_of_match()
    if cohort is None or len(cohort.mentees) > MOST_MENTEES:
        return None
    try:
        said, earlier = _with(view.run, new, programme.now())
        previous = None if anew else earlier
        found = match(cohort, programme.config(), previous=previous, decisions=said)
        waiting = tuple(one.said for one in not_followed(view))
        beside = _with_those(programme, view, cohort, anew=anew) if waiting else None
    except MatcherError as error:
        nobody, names = WhatChanges(len(view.mentees)), view.names
        shown = error.findings[:3]
        why = tuple(cannot_be(f, names.name) or names.in_text(f.message) for f in shown)
        if new["decision"] == Decision.ASSIGN and new["mentor_id"] in view.mentors:
            mentor, parted = view.mentors[new["mentor_id"]], new.get(IN_PLACE_OF, ())
            held = HeldPlaces.of(programme, view).no_room(new["mentee_id"], mentor, parted)
            why = (held,) if held else why
        return Effect(nobody, problems=why)
    changes = told_of(view, found, beside)
    # What pairs are worth: the objective also holds what keeping earlier pairs is worth.
    worth = view.data["portfolios"] if beside is None else beside.portfolios
    cost = float(worth["value"].sum() - found.portfolios["value"].sum())
    told = together(cost, typical_match(view), is_anybody_less=bool(changes.lose))
    return Effect(changes, told, waiting if beside else ())


def together(cost: float, typical: float, *, is_anybody_less: bool) -> str:
    """Return what something costs all together; `nobody loses` never stands beside who does."""
    step = cost_step(cost, typical)
    step = "nothing" if step == "nobody" and is_anybody_less else step
    return worded(f"costs.together_{step}")


def _with_those(
    programme: ProgrammeFolder, view: RunView, cohort: Cohort, *, anew: bool
) -> Matching:
    """Return the match with the decisions that stand, worked out once for all that is asked."""
    path = ledger.log_of(view.run).path

    def made() -> Matching:
        earlier = replace(Previous.read(view.run), decisions=of_run(view.run, path))
        previous, said = None if anew else earlier, read_decisions(path)
        return match(cohort, programme.config(), previous=previous, decisions=said)

    state = view.run.name, len(ledger.log_of(view.run).events()), programme.settings.text
    return programme.kept(f"with decisions {anew}", made, (state, programme.said()))


def typical_match(view: RunView) -> float:
    """Return the mean value of the matched mentees of a match."""
    values = view.data["portfolios"]["value"]
    return float(values[values > 0].mean()) if (values > 0).any() else 0.0


def bound_in_words(cost: float, typical: float) -> str:
    """Return what is lost at least, in words."""
    return worded(f"costs.at_least_{cost_step(cost, typical)}")


def _with(run: Path, new: Event, at: str) -> tuple[pd.DataFrame, Previous]:
    """Return the decisions about a run with one more, as `decide` leaves its log, and the run."""
    log = ledger.log_of(run)
    new, gone = taking_place(log.decisions(), new)
    lines = [{"event": "decision", "at": at, "by": "", "note": "", **new}]
    lines += [{"event": "undo", "at": at, "of": event["n"]} for event in gone]
    before = log.path.read_bytes() if log.path.is_file() else b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LOG_NAME
        path.write_bytes(before + b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        earlier = replace(Previous.read(run), decisions=of_run(run, path))
        return read_decisions(path), earlier


@dataclass(frozen=True)
class HeldPlaces:
    """The pairs of a match that stay, whatever else is decided."""

    view: RunView
    going_on: frozenset[Pair]
    """Pairs that are asked or go on."""
    decided: frozenset[Pair]
    most: Mapping[str, int]
    """How many mentors each mentee may have, as far as that is known."""

    @classmethod
    def of(
        cls, programme: ProgrammeFolder, view: RunView, hold: Collection[Status] = LOCKED
    ) -> Self:
        """Return those of the match in view; `hold` is how pairs stand that stay."""
        report, cohort = day_report(programme, view), programme.cohort_of_match()
        stays, decided = (Decision.LOCK, Decision.ASSIGN), standing_decisions(view)
        most = limits(cohort, programme.config()).tolist() if cohort else []
        return cls(
            view,
            frozenset(one.pair for one in (report.pairs if report else ()) if one.status in hold),
            frozenset((d.mentee, d.mentor) for d in decided if d.decision in stays),
            dict(zip(cohort.mentee_index.ids if cohort else (), most, strict=True)),
        )

    def check_room(self, pairs: Iterable[Pair]) -> None:
        """Refuse that pairs which are over stand again where their places were given since.

        Raises
        ------
        InputError
            E_CHANGED.
        """
        if told := self.without_room(dict.fromkeys(pairs, True)):
            raise Refused([Finding("E_CHANGED", why) for why in told.values()])

    def without_room(self, said: Mapping[Pair, bool]) -> dict[Pair, str]:
        """Return why pairs that are over cannot stand again, by pair.

        Parameters
        ----------
        said
            Whether each pair goes on. One that does not makes room for the others; of two who are
            given one place the first gets it.
        """
        held, told = self.going_on - {pair for pair, goes_on in said.items() if not goes_on}, {}
        for (mentee, mentor), goes_on in said.items():
            if not goes_on or (mentee, mentor) in held or mentor not in self.view.mentors:
                continue
            why = replace(self, going_on=held).no_room(mentee, self.view.mentors[mentor])
            if why:
                told[mentee, mentor] = why
            else:
                held |= {(mentee, mentor)}
        return told

    def no_room(self, mentee: str, mentor: PersonFacts, instead: Collection[str] = ()) -> str:
        """Return in sentences why no place can be had, and the way on; empty where one may be.

        `instead` are mentors whose place it would be, where nothing but a decision holds it.
        """
        parted = {(mentee, one) for one in instead}
        name, held = self.view.names.name, self.going_on | (self.decided - parted)
        has = [r for m, r in held if m == mentee and r != mentor.key]
        if len(has) >= self.most.get(mentee, len(has) + 1):
            names = listing(sorted(map(name, has)))
            return worded("held.mentee", len(has), name=name(mentee), names=names)
        by = {m for m, r in held if r == mentor.key and m != mentee}
        if len(by) >= mentor.places:
            return worded("held.mentor", name=mentor.name, names=listing(sorted(map(name, by))))
        return ""
