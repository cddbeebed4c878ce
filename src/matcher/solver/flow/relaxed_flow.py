"""Flows beside problems that are none: the tiers of any problem, and answers near a relaxed one.

Loads are relaxed to the whole number of the lightest matches that fit, reciprocal pairs to two
one-way items, and 'either' people, opposite pairs and portfolio rules are left out: what the flow
reaches is a bound. Where matches take one place each, the reciprocal pairs that it found are held
both ways and the rest is a flow again: often an answer as good.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.value import forced_assignment, gather_items, tier_values
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.flow.flow_method import ONE, can_flow, has_unit_loads, is_flow, solved_model
from matcher.solver.flow.flow_model import FlowModel
from matcher.solver.flow.singles import sum_over_pairs
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import keeps_rows
from matcher.solver.model.linking_rows import Rows
from matcher.solver.settings import SolveRun


@dataclass(frozen=True)
class TierTargets:
    """The lexicographic optimum of the tiers, or an upper bound on each."""

    targets: tuple[tuple[str, float], ...]
    """Name and value of each tier."""
    assignment: Assignment
    """A feasible assignment; it reaches the targets where they are exact."""
    exact: bool
    """Whether the targets can be reached; else they are bounds only."""


def tier_targets(problem: Problem) -> TierTargets:
    """Solve the tiers by flow, leaving out whatever only welfare depends on.

    The targets of a relaxed flow are bounds, the first of which is proved and the later ones only
    where those before are reached.

    Parameters
    ----------
    problem
        The instance, with tiers.
    """
    if is_flow(problem):
        found = _tiers_alone(problem)
        return TierTargets(tier_values(problem, found), found, exact=True)
    flow = relaxed(problem)
    found = _tiers_alone(flow)
    targets = tier_values(flow, found)
    held = _BothWays.held(problem, found) if takes_places(problem) else None
    if held is not None and is_flow(held.flow):
        whole = held.numbered(_tiers_alone(held.flow))
        if _is_allowed(problem, whole) and tier_values(problem, whole) == targets:
            return TierTargets(targets, whole, exact=True)
    return TierTargets(targets, _feasible_part(problem, found), exact=False)


def _tiers_alone(problem: Problem) -> Assignment:
    """Return an assignment of the best tiers, whatever its welfare."""
    model = FlowModel(problem)
    for stage in model.tier_stages():
        model.run(stage, Clock())
    return model.assignment()


def takes_places(problem: Problem) -> bool:
    """Whether every match, reciprocal ones too, takes one place."""
    return has_unit_loads(problem) and not np.any(np.abs(problem.listed[3] - 1.0) > ONE)


def near_relaxed(problem: Problem, found: Assignment, run: SolveRun) -> Assignment | None:
    """Return the best allowed assignment that holds the reciprocal pairs of a relaxed one.

    None where the rest is no flow or breaks a rule.

    Parameters
    ----------
    problem
        The instance, of which matches take one place each and welfare is a sum over pairs.
    found
        The best assignment of `relaxed`.
    run
        The solve under way.
    """
    held = _BothWays.held(problem, found)
    plain = sum_over_pairs(held.flow) if can_flow(held.flow) else None
    if plain is None:
        return None
    whole = held.numbered(solved_model(plain, run).assignment())
    return whole if _is_allowed(problem, whole) else None


def _is_allowed(problem: Problem, assignment: Assignment) -> bool:
    return keeps_rows(problem, Rows(problem, problem.max_size), assignment)


@dataclass(frozen=True)
class _BothWays:
    """Reciprocal pairs that are held, and what is left as a flow."""

    flow: Problem
    """Both sides of each held pair are required; there are no other reciprocal pairs."""
    number: Ints
    """(k,) the held pairs."""
    sides: Ints
    """(2k, 2) mentee and mentor of sides a, then of sides b."""

    @classmethod
    def held(cls, problem: Problem, found: Assignment) -> Self:
        """Hold the pairs of a relaxed assignment that it needs both ways, as far as they fit."""
        mentee, mentor, score = problem.listed[:3]
        number = _of_pairs(problem, found).assignment().reciprocal
        number = np.unique(number[number >= 0])
        place = np.concatenate([number, number + len(problem.reciprocal or ())])
        sides = np.column_stack([mentee[place], mentor[place]])
        flow = replace(
            problem,
            scores=_UnitItems(problem.scores, sides[:, 0], sides[:, 1], score[place]),
            required=np.unique(np.concatenate([problem.required, sides]), axis=0),
            required_reciprocal=number[:0],
            reciprocal=None,
            fallback=None,
            person_mentor=None,
        )
        return cls(flow, number, sides)

    def numbered(self, assignment: Assignment) -> Assignment:
        """Return an assignment of the flow with the held pairs told."""
        width = [self.flow.n_mentors, 1]
        told = dict(zip((self.sides @ width).tolist(), self.number.tolist() * 2, strict=True))
        number = [told.get(key, -1) for key in (assignment.pairs @ width).tolist()]
        return Assignment.of(assignment.pairs, np.array(number, dtype=np.int64))


def _of_pairs(problem: Problem, found: Assignment) -> Ledger:
    """Return forced items and the reciprocal pairs that fit beside them, of those found.

    Both sides were found, or one that is no one-way match.
    """
    ledger, count = Ledger(problem), len(problem.reciprocal or ())
    width = [problem.n_mentors, 1]
    sides = np.column_stack(problem.listed[:2])[: 2 * count]
    chosen = np.isin(sides @ width, found.pairs @ width)
    one_way = Assignment(sides, np.full(2 * count, -1))  # in their own order
    needs = chosen & ~np.isfinite(gather_items(problem, one_way).score)
    wanted = (chosen[:count] & chosen[count:]) | needs[:count] | needs[count:]
    for number in np.flatnonzero(wanted).tolist():
        if ledger.fits_reciprocal(np.array([number]))[0]:
            ledger.add_reciprocal(number)
    return ledger


@dataclass(frozen=True)
class _UnitItems:
    """Items of one place each, sides of reciprocal pairs among them."""

    inner: Scores
    mentee: Ints
    mentor: Ints
    score: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.inner.shape

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,), sorted ascending."""
        block = self.inner.block(rows)
        score = block.score.copy()
        here = np.flatnonzero(np.isin(self.mentee, rows))
        at = np.searchsorted(rows, self.mentee[here])
        np.maximum.at(score, (at, self.mentor[here]), self.score[here])
        sponsored = block.sponsorships.copy()
        # What can be made without a sponsorship takes none, or the targets would be too low.
        sponsored[at, self.mentor[here]] = False
        return ItemBlock(score, None, sponsored if sponsored.any() else None)


def relaxed(problem: Problem) -> Problem:
    """Return a flow problem that holds every assignment of `problem`, with the same tiers."""
    mentee, mentor, score, _, _, _ = problem.listed
    most = float(problem.n_mentees)
    lightest = _lightest(problem)
    # A place that nobody can take is as it was, so that it has no price.
    each = np.where(np.isfinite(lightest), lightest, 1.0)
    fits = np.where(each > 0, problem.capacity / np.maximum(each, 1e-300), most)
    return replace(
        problem,
        scores=_UnitItems(problem.scores, mentee, mentor, score),
        capacity=np.minimum(fits + 1e-9, most),
        required=forced_assignment(problem).pairs,
        required_reciprocal=np.empty(0, dtype=np.int64),
        reciprocal=None,
        fallback=None,
        person_mentor=None,
        rules=tuple(new for rule in problem.rules for new in rule.relaxed(problem, lightest)),
    )


def _lightest(problem: Problem) -> Floats:
    """Return the least load of an allowed item of each mentor: (m,), inf where there is none."""
    least = np.full(problem.n_mentors, np.inf)
    for rows in problem.blocks():
        block = problem.scores.block(rows)
        load = np.where(np.isfinite(block.score), block.loads, np.inf)
        least = np.minimum(least, load.min(axis=0))
    _, mentor, _, load, _, _ = problem.listed
    np.minimum.at(least, mentor, load)
    return least


def _feasible_part(problem: Problem, found: Assignment) -> Assignment:
    """Return the matches of a relaxed solution that fit together, forced ones first."""
    ledger = _of_pairs(problem, found)
    for i, j in found.pairs.tolist():
        row = np.array([i])
        block = ledger.as_open(row, problem.scores.block(row))
        item = i, j, float(block.loads[0, j]), bool(block.sponsorships[0, j])
        if np.isfinite(block.score[0, j]) and j not in ledger.members[i] and ledger.takes(*item):
            ledger.add(*item)
    return ledger.without_unfinished().assignment()
