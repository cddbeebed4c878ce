"""Whom to recruit next: what one more mentor of a kind would add to the cohort.

A *profile* is a mentor who brings the facets that are most wanted together and scores a typical
pair score with everybody. At the duals of the solution such a mentor with one place adds at most
the largest gain that any one mentee's best portfolio has from it; the exact figure comes from
solving the cohort again with that mentor. Prices thus become advice.
"""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain, repeat

import numpy as np
import pandas as pd

from matcher.explain.dual_worth import DualWorth
from matcher.observe import go_on
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.rules.one_role import OneRole
from matcher.problem.value import evaluate, gather_items
from matcher.run_tables import frame_of
from matcher.scoring.approaches import CODES
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow.flow_method import is_flow
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import DualRow, Solution
from matcher.vocabulary import Approach

PROFILES = 10
"""Profiles whose bound is taken."""

EXACT_PAIRS = 20_000
"""Pairs up to which profiles are solved exactly."""

FACETS_EACH = 3
"""Facets that a profile brings."""


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


def recruitment_table(
    instance: Instance, solution: Solution, *, solves: bool = True
) -> pd.DataFrame:
    """Return the profiles that would add most, best first; empty without places or needs.

    Parameters
    ----------
    instance, solution
        The cohort and its match.
    solves
        Whether as many profiles as ``[report] recruitment`` says are solved exactly, up to
        `EXACT_PAIRS`.

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
        What the cohort gains exactly, and how many more mentees have a mentor; empty where that
        was not solved, or an optimum is not proved: the difference of two welfares, one of them not
        the best, says nothing.
    """
    problem = instance.problem
    if not len(solution.pairs) or not solution.duals or not len(instance.facets):
        return frame_of("recruitment", [])
    score, wanted = _typical_score(problem, solution), _profiles(instance, solution)
    offers = np.array([instance.told.facets_of(facets) for facets in wanted], dtype=np.float64)
    offers = offers.reshape(len(wanted), len(instance.facets))
    gains = mentor_gains(problem, solution, score, offers)
    profiles = [_priced(instance, solution, *one) for one in zip(wanted, gains.T, strict=True)]
    profiles.sort(key=lambda one: (-one.bound, one.facets))
    solves = solves and solution.termination.is_closed
    solves = solves and problem.n_mentees * problem.n_mentors <= EXACT_PAIRS
    exact = profiles[: instance.config.report.recruitment if solves else 0]
    solved = chain(
        (_exact_gains(problem, one, score, solution) for one in exact), repeat((np.nan, np.nan))
    )
    return frame_of(
        "recruitment",
        (
            (
                rank,
                tuple(instance.told.names[f] for f in one.facets),
                str(one.approach),
                tuple(_wanted_slots(instance, one.gain)),
                score / max(instance.factor, 1e-12),
                one.bound,
                *exactly,
            )
            for rank, (one, exactly) in enumerate(zip(profiles, solved, strict=False), start=1)
        ),
    )


@dataclass(frozen=True)
class _Profile:
    """A mentor who is not there yet, and what one place with them could add."""

    facets: tuple[int, ...]
    """Positions among the told facets."""
    approach: Approach
    bound: float
    offer: Floats
    """(f,) what the mentor offers."""
    takes: Bools
    """(n,) who takes part and accepts the approach."""
    gain: Floats
    """(n,) rise of each mentee's best reduced value, 0 for those who want another approach."""


def mentor_gains(problem: Problem, solution: Solution, score: float, offers: Floats) -> Floats:
    """Return how much each mentee's best rises at most with each of c new mentors at price 0.

    The largest bounds what one place with a mentor adds to the dual bound: set its price to that
    and nobody's best rises.

    Parameters
    ----------
    problem, solution
        What was solved, and its solution with all duals.
    score
        What a new mentor adds to V with anybody.
    offers
        (c, f) what each offers.

    Returns
    -------
    Floats
        (n, c), over what their portfolios are worth at the duals: nobody's best is less.
    """
    answer = Assignment.of(solution.pairs, solution.reciprocal)
    worth, found = DualWorth.of(problem, solution.duals, answer), []
    offers = offers[:, : worth.offers.shape[1]]
    for rows in worth.blocks():
        near, shape = worth.near(rows), (len(rows), len(offers))
        brought = np.broadcast_to(offers, (*shape, offers.shape[1]))
        most = near.with_one(np.full(shape, score), brought, np.zeros(shape))
        found.append(most - worth.of_portfolios(rows, near.prices)[:, None])
    return np.maximum(np.concatenate(found), 0.0)


def _priced(
    instance: Instance, solution: Solution, facets: tuple[int, ...], gain: Floats
) -> _Profile:
    """Return a profile under the approach that promises most, the menu's first at equal terms."""
    go_on()
    problem, candidates = instance.problem, instance.candidates
    present = candidates.eligibility.mentee_gate.is_open
    offer = instance.told.facets_of(facets).astype(np.float64)
    spare = max(0.0, solution.dual_bound - solution.objective)
    found, menu = [], candidates.approaches.menu
    for place, approach in enumerate(menu or (Approach.RECIPROCAL,)):
        takes = present & (candidates.approaches.mentee[:, CODES[approach]] | (not menu))
        mine = np.where(takes, gain, 0.0)
        bound = float(mine.max(initial=0.0)) + spare - _reached_anyway(problem, solution, takes)
        order = -round(bound, 9), -int((mine > 0).sum()), place
        found.append((order, _Profile(facets, approach, bound, offer, takes, gain=mine)))
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


def with_price(solution: Solution, price: float) -> Solution:
    """Return a start for the problem with one more mentor, the last, at a price.

    Parameters
    ----------
    solution
        That of the problem without; its duals hold the places of mentors.
    price
        Dual of the new place; at the largest gain of anybody nobody would take it.
    """
    last = max(k for k, row in enumerate(solution.duals) if row.kind == "capacity") + 1
    row = DualRow("capacity", "", 1.0, price)
    return replace(solution, duals=(*solution.duals[:last], row, *solution.duals[last:]))


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
    helped = instance.cohort.mentees["availability"].to_numpy(dtype=object)[gain > 0]
    count = Counter(filter(None, chain.from_iterable(helped)))
    return sorted(count, key=lambda slot: (-count[slot], slot))[:3]


def _exact_gains(
    problem: Problem, one: _Profile, score: float, solution: Solution
) -> tuple[float, float]:
    """Return how much welfare and how many mentees reached the new mentor really adds."""
    start = with_price(solution, float(one.gain.max(initial=0.0)))
    wider = with_mentor(problem, one.offer, score, one.takes)
    again = solve_problem(wider, SolverSettings(threads=1), start=start)
    if not again.termination.is_closed:
        return np.nan, np.nan
    before = len(np.unique(solution.pairs[:, 0]))
    after = len(np.unique(again.pairs[:, 0]))
    return again.objective - solution.objective, float(after - before)
