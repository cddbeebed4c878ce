"""Whom to recruit next: what one more mentor of a kind would add to the cohort.

A *profile* is a mentor who brings the facets that are most wanted together and scores a typical
pair score with everybody. At the duals of the solution such a mentor with one place adds at most
the largest gain that any one mentee's best portfolio has from it; the exact figure comes from
solving the cohort again with that mentor. Prices thus become advice.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.rules.one_role import OneRole
from matcher.problem.value import evaluate, gather_items
from matcher.run_tables import frame_of
from matcher.scoring.approaches import CODES
from matcher.solver.columns.dual_scans import gains_of_a_mentor
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow.flow_method import is_flow
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Solution
from matcher.vocabulary import Approach

PROFILES = 10
"""Profiles whose bound is taken."""

SOLVED = 5
"""Profiles that are solved exactly, best bound first."""

FACETS_EACH = 3
"""Facets that a profile brings."""

SECONDS_EACH = 60.0
"""Time limit of each, far above what such sizes take, so that a busy machine changes no figure;
without a proof in time the exact figure stays empty."""

EXACT_PAIRS = 20_000
"""Pairs up to which profiles are solved exactly as part of a run."""


@dataclass(frozen=True)
class _WithMentor:
    """Scores with one more mentor, the last."""

    inner: Scores
    score: float
    allowed: Bools

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees, and mentors with the new one."""
        n, m = self.inner.shape
        return n, m + 1

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` with every mentor."""
        block = self.inner.block(rows)
        new = np.where(self.allowed[rows], self.score, -np.inf)[:, None]
        load, sponsored = block.load, block.sponsored
        return ItemBlock(
            np.hstack([block.score, new]),
            None if load is None else np.hstack([load, np.ones(new.shape)]),
            None if sponsored is None else np.hstack([sponsored, np.zeros(new.shape, dtype=bool)]),
        )


def recruitment_table(instance: Instance, solution: Solution) -> pd.DataFrame:
    """Return the profiles that would add most, best first; empty without places or needs.

    TableColumns
    -------
    facets, approach, slots
        What the mentor should bring: facets at full offer, the approach under which one place adds
        most, and the slots most asked for by those who take part, accept it and would gain.
    score
        Pair score that is assumed with everybody: the median of the matched pairs.
    gain_bound
        Most that one such mentor with one place can add to welfare, by the duals; where the place
        certainly reaches one person more, at the tiers that then hold.
    gain, reached
        What the cohort gains exactly, and how many more mentees have a mentor; empty where the
        cohort is too large to be solved again within a run, or its own optimum is not proved: the
        difference of two welfares, one of them not the best, says nothing.
    """
    problem = instance.problem
    if not len(solution.pairs) or not solution.duals or not len(instance.facets):
        return frame_of("recruitment", [])
    score = _typical_score(problem, solution)
    profiles = [_priced(instance, solution, f, score) for f in _profiles(instance, solution)]
    profiles.sort(key=lambda one: (-one.bound, one.facets))
    small = problem.n_mentees * problem.n_mentors <= EXACT_PAIRS
    seconds = min(SECONDS_EACH, instance.config.solver.time_limit or SECONDS_EACH)
    exact = small and solution.termination.is_closed
    return frame_of(
        "recruitment",
        (
            (
                rank,
                tuple(instance.told.names[f] for f in one.facets),
                str(one.approach),
                tuple(_wanted_slots(instance, one.gain)),
                score / max(instance.factor, 1e-12),
                *_gains(one, solution, seconds=seconds if exact and rank <= SOLVED else 0.0),
            )
            for rank, one in enumerate(profiles, start=1)
        ),
    )


@dataclass(frozen=True)
class _Profile:
    """A mentor who is not there yet, and what one place with them could add."""

    facets: tuple[int, ...]
    """Positions among the told facets."""
    approach: Approach
    bound_at_old_tiers: float
    bound: float
    gain: Floats
    """(n,) rise of each mentee's best reduced value, 0 for those who want another approach."""
    wider: Problem


def _priced(
    instance: Instance, solution: Solution, facets: tuple[int, ...], score: float
) -> _Profile:
    """Return a profile under the approach that promises most, the menu's first at equal terms."""
    problem, candidates = instance.problem, instance.candidates
    present = candidates.eligibility.mentee_gate.is_open
    offer = instance.told.facets_of(facets).astype(np.float64)
    wider = with_mentor(problem, offer, score, present)
    gain = gains_of_a_mentor(problem, wider, solution)
    spare = max(0.0, solution.dual_bound - solution.objective)
    found = []
    for place, approach in enumerate(candidates.approaches.menu):
        takes = present & candidates.approaches.mentee[:, CODES[approach]]
        mine = np.where(takes, gain, 0.0)
        old = float(mine.max(initial=0.0)) + spare
        bound = old - _reached_anyway(problem, solution, takes)
        narrower = with_mentor(problem, offer, score, takes)
        order = -round(bound, 9), -int((mine > 0).sum()), place
        found.append((order, _Profile(facets, approach, old, bound, gain=mine, wider=narrower)))
    if not found:
        old = float(gain.max(initial=0.0)) + spare
        return _Profile(facets, Approach.RECIPROCAL, old, old, gain=gain, wider=wider)
    return min(found, key=lambda one: one[0])[1]


def _reached_anyway(problem: Problem, solution: Solution, takes: Bools) -> float:
    """Return what of a bound on welfare goes into reaching one person more.

    A new place that somebody without a mentor can take raises the first tier by one. The bound at
    the old targets then counts that person twice: the tier's dual is what holding one more costs.
    Where several classes could gain the least of their duals is taken. 0 where it is not certain
    that the lower tiers keep their values.
    """
    tiers = {row.id: -row.dual for row in solution.duals if row.kind == "tier"}
    without = np.ones(problem.n_mentees, dtype=bool)
    without[solution.pairs[:, 0]] = False
    full = bool(problem.portfolio_rules) or len(solution.pairs) + 1 > problem.most_matches
    waiting = without & takes & (problem.limit > 0)
    if problem.tiers is None or full or not waiting.any():
        return 0.0
    if problem.rules_of(OneRole) or (len(tiers) > 1 and not is_flow(problem)):
        return 0.0
    level = int(problem.tiers.priority[waiting].min())
    levels = np.unique(problem.tiers.priority[without])
    named = [f"reached:{one}" for one in levels[levels <= level].tolist()]
    return max(0.0, min(tiers.get(name, 0.0) for name in named))


def with_mentor(problem: Problem, offer: Floats, score: float, allowed: Bools) -> Problem:
    """Return the problem with one more mentor of one place, the last.

    Parameters
    ----------
    offer
        (f,) in [0, 1].
    score
        Contribution to V of every pair with the new mentor.
    allowed
        (n,) mentees who may be matched with it.
    """
    like = problem.like
    if like is not None:
        # Likeness where the last mentor is like nobody.
        labels = like.ndim == 1
        like = np.append(like, -1).astype(np.int64) if labels else np.pad(like, (0, 1)).astype(bool)
    return replace(
        problem,
        scores=_WithMentor(problem.scores, score, allowed),
        capacity=np.append(problem.capacity, 1.0),
        offers=None if problem.offers is None else np.vstack([problem.offers, offer]),
        like=like,
        rules=tuple(rule.with_mentor() for rule in problem.rules),
        tiers=None if problem.tiers is None else problem.tiers.with_mentor(),
    )


def _profiles(instance: Instance, solution: Solution) -> list[tuple[int, ...]]:
    """Return sets of facets that are wanted together: each led by one of the most wanted."""
    cover = evaluate(instance.problem, Assignment.of(solution.pairs, solution.reciprocal))
    # Without coverage in the objective no cover is counted: every need is open.
    covered = cover.facet_cover if cover.facet_cover.shape[1] else np.zeros_like(instance.needs)
    unmet = instance.told.total(instance.needs * (1.0 - covered))
    total = unmet.sum(axis=0)
    leaders = np.argsort(-total, kind="stable")[:PROFILES]
    found: list[tuple[int, ...]] = []
    for lead in leaders.tolist():
        if total[lead] <= 0:
            continue
        beside = (unmet * (unmet[:, [lead]] > 0)).sum(axis=0)
        beside[lead] = np.inf
        chosen = np.argsort(-beside, kind="stable")[:FACETS_EACH]
        profile = tuple(sorted(f for f in chosen.tolist() if beside[f] > 0))
        if profile not in found:
            found.append(profile)
    return found


def _typical_score(problem: Problem, solution: Solution) -> float:
    items = gather_items(problem, Assignment.of(solution.pairs, solution.reciprocal))
    return float(np.median(items.score))


def _wanted_slots(instance: Instance, gain: Floats) -> list[str]:
    """Return the three slots that those who would gain can make most often."""
    helped = np.flatnonzero(gain > 0)
    slots = instance.cohort.mentees["availability"].iloc[helped].explode().dropna()
    count = slots[slots != ""].value_counts()
    ranked = sorted(count.items(), key=lambda item: (-item[1], str(item[0])))
    return [str(slot) for slot, _ in ranked[:3]]


def _gains(one: _Profile, solution: Solution, *, seconds: float) -> tuple[float, float, float]:
    """Return the bound, how much welfare and how many mentees reached the new mentor really adds.

    Where there are seconds to solve the cohort again, the tiers that then hold are known and the
    bound is theirs.
    """
    if not seconds:
        return one.bound, np.nan, np.nan
    again = solve_problem(one.wider, SolverSettings(time_limit=seconds, threads=1))
    if not again.termination.is_closed:
        return one.bound, np.nan, np.nan
    before = len(np.unique(solution.pairs[:, 0]))
    after = len(np.unique(again.pairs[:, 0]))
    bound = min(one.bound, one.bound_at_old_tiers + _raised_tiers(solution, again))
    return bound, again.objective - solution.objective, float(after - before)


def _raised_tiers(solution: Solution, again: Solution) -> float:
    """Return what holding the tiers at the new values changes in the bound on welfare."""
    reached = {tier.name: tier.value for tier in again.tiers}
    held = [row for row in solution.duals if row.kind == "tier" and row.id in reached]
    return sum(row.dual * (reached[row.id] - row.rhs) for row in held)
