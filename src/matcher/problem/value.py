"""What given portfolios are worth, in float64, by the definition, and whether they fit at all.

The solvers use faster forms of the same maths; this file is what they are tested against and what
the published figures come from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.arrays import present
from matcher.errors import Finding
from matcher.problem.market import FALLBACK, item_keys
from matcher.problem.problem import Assignment, Bools, Fairness, Floats, Ints, Problem
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.rule import ForcedItems, Names, Used
from matcher.text import count_of

FAIRNESS_OFFSET = 0.01
"""e of the alpha-fair welfare, so that U(0) = 0 and U'(0) is finite."""


@dataclass(frozen=True)
class PortfolioValues:
    """The terms of V for every mentee, each (n,)."""

    size: Ints
    relation: Floats
    coverage: Floats
    """Cover of needs beyond what was held before, in units of V."""
    redundancy: Floats
    gain_cost: Floats
    facet_cover: Floats
    """(n, f) share of each facet covered, held cover included; (n, 0) without needs."""

    @property
    def value(self) -> Floats:
        """V_i(S_i); 0 for an empty portfolio."""
        return self.relation + self.coverage - self.redundancy - self.gain_cost


@dataclass(frozen=True)
class GatheredItems:
    """Scores, loads and sponsorship of the items of an assignment, each (k,)."""

    score: Floats
    load: Floats
    sponsored: Bools


def gather_items(problem: Problem, assignment: Assignment) -> GatheredItems:
    """Look the items of `assignment` up; one-way items that are not allowed score -inf."""
    count = len(assignment)
    score, load = np.zeros(count), np.ones(count)
    sponsored = np.zeros(count, dtype=bool)
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    one_way = np.flatnonzero(assignment.reciprocal == -1)
    listed = getattr(problem.scores, "listed", None)
    if listed is not None:
        score[one_way] = _entries(listed, mentee[one_way], mentor[one_way])
    wanted = np.unique(mentee[one_way]) if listed is None else one_way[:0]
    step = max(1, 4_000_000 // max(1, problem.n_mentors))
    for start in range(0, len(wanted), step):
        rows = wanted[start : start + step]
        block = problem.scores.block(rows)
        here = one_way[(mentee[one_way] >= rows[0]) & (mentee[one_way] <= rows[-1])]
        at = np.searchsorted(rows, mentee[here]), mentor[here]
        score[here] = block.score[at]
        if block.load is not None:
            load[here] = block.load[at]
        if block.sponsored is not None:
            sponsored[here] = block.sponsored[at]
    if problem.fallback is not None:
        other = np.flatnonzero(assignment.reciprocal == FALLBACK)
        place = problem.fallback.find(mentee[other], mentor[other])
        score[other] = np.where(place >= 0, problem.fallback.score[place], -np.inf)
        load[other] = problem.fallback.load[place]
        sponsored[other] = problem.fallback.sponsored[place]
    if problem.reciprocal is not None:
        both = np.flatnonzero(assignment.reciprocal >= 0)
        number = assignment.reciprocal[both]
        pairs = problem.reciprocal
        is_a = pairs.mentee_a[number] == mentee[both]
        score[both] = np.where(is_a, pairs.score_a[number], pairs.score_b[number])
        load[both] = np.where(is_a, pairs.load_a[number], pairs.load_b[number])
    return GatheredItems(score, load, sponsored)


def used_items(problem: Problem, assignment: Assignment) -> Used:
    """Return what the items of `assignment` take; sides of one pair are told by its number."""
    items, (mentee, mentor) = gather_items(problem, assignment), assignment.pairs.T
    return Used(
        mentee, mentor, items.load, items.sponsored.astype(np.float64), assignment.reciprocal
    )


def evaluate(problem: Problem, assignment: Assignment) -> PortfolioValues:
    """Return the terms of V for every mentee's portfolio in `assignment`."""
    n = problem.n_mentees
    mentee = assignment.pairs[:, 0]
    size = np.bincount(mentee, minlength=n)
    relation = summed(mentee, gather_items(problem, assignment).score, n)
    cover, coverage = _coverage(problem, assignment)
    gain_cost = problem.min_gain * np.maximum(size - 1.0, 0.0)
    redundancy = problem.redundancy * _like_pairs(problem, assignment)
    return PortfolioValues(
        size, relation, coverage, redundancy, gain_cost=gain_cost, facet_cover=cover
    )


def summed(position: Ints, amount: Floats, length: int) -> Floats:
    """Return the sum of amounts by position: (length,)."""
    return np.asarray(np.bincount(position, weights=amount, minlength=length), dtype=np.float64)


def _entries(listed: sparse.csr_array, mentee: Ints, mentor: Ints) -> Floats:
    """Return the listed scores of some pairs, -inf of those that are not listed: (k,)."""
    n, m = listed.shape
    key = np.repeat(np.arange(n), np.diff(listed.indptr)) * m + listed.indices
    order = None if (np.diff(key) > 0).all() else np.argsort(key)
    at = np.searchsorted(key, mentee * m + mentor, sorter=order)
    at = np.minimum(at, max(0, len(key) - 1))
    at = at if order is None else order[at]
    if not len(key):
        return np.full(len(mentee), -np.inf)
    return np.where(key[at] == mentee * m + mentor, listed.data[at], -np.inf)


def _coverage(problem: Problem, assignment: Assignment) -> tuple[Floats, Floats]:
    """Return facet cover (n, f) and its gain over the cover held before (n,)."""
    n = problem.n_mentees
    if problem.needs is None or problem.offers is None:
        return np.empty((n, 0)), np.zeros(n)
    best, second = held_cover(problem)
    held, r = (best.copy(), second.copy()), problem.second_cover
    before = facet_cover(assignment.pairs[:0], problem.offers, held=held, second_cover=r)
    cover = facet_cover(assignment.pairs, problem.offers, held=held, second_cover=r)
    return cover, np.einsum("if,if->i", problem.needs, cover - before)


def facet_cover(
    pairs: Ints, offers: Floats, *, held: tuple[Floats, Floats], second_cover: float
) -> Floats:
    """Return ``min(1, best + second_cover * second)``, how far each facet is covered: (n, f).

    Parameters
    ----------
    pairs
        (k, 2) mentee and mentor.
    offers
        (m, f) in [0, 1].
    held
        (n, f) best and second-best offer held before.
    second_cover
        What the second-best offer counts for, in [0, 1].
    """
    best, second = (np.array(offer, dtype=np.float64) for offer in held)
    ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    turn = np.arange(len(ordered)) - np.searchsorted(ordered[:, 0], ordered[:, 0])
    for k in range(int(turn.max(initial=-1)) + 1):
        rows, offer = ordered[turn == k, 0], offers[ordered[turn == k, 1]]
        second[rows] = np.maximum(second[rows], np.minimum(best[rows], offer))
        best[rows] = np.maximum(best[rows], offer)
    return np.asarray(np.minimum(1.0, best + second_cover * second))


def cover_gain(offer: Floats, best: Floats, second: Floats, second_cover: float) -> Floats:
    """Return what one more offer adds to the cover of a facet; arguments broadcast.

    Parameters
    ----------
    offer
        In [0, 1].
    best, second
        Best and second-best offer so far.
    second_cover
        What the second-best offer counts for, in [0, 1].
    """
    cover, before = np.maximum(best, offer), best
    if second_cover:
        cover = cover + second_cover * np.maximum(second, np.minimum(best, offer))
        before = best + second_cover * second
    return np.asarray(np.minimum(1.0, cover) - np.minimum(1.0, before))


def held_cover(problem: Problem, mentees: Ints | None = None) -> tuple[Floats, Floats]:
    """Return best and second-best offer held before any match, each (n, f), or (b, f) of some."""
    needs = present(problem.needs)
    shape = (needs.shape[0] if mentees is None else len(mentees), needs.shape[1])

    def of(held: Floats | None) -> Floats:
        if held is None:
            return np.zeros(shape)
        return held if mentees is None else held[mentees]

    return of(problem.held_best), of(problem.held_second)


def _like_pairs(problem: Problem, assignment: Assignment) -> Floats:
    """Return the number of like pairs in each mentee's portfolio: (n,)."""
    n = problem.n_mentees
    count = np.zeros(n)
    if problem.like is None or len(assignment) == 0:
        return count
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    for step in range(1, int(np.bincount(mentee).max(initial=0))):
        same = mentee[step:] == mentee[:-step]
        alike = are_alike(problem.like, mentor[step:], mentor[:-step])
        count += np.bincount(mentee[step:], weights=same & alike, minlength=n)
    return count


def are_alike(like: Ints | Bools, first: Ints, second: Ints) -> Bools:
    """Return whether mentors `first` and `second` are alike, elementwise."""
    if like.ndim == 2:
        return np.asarray(like[first, second], dtype=bool)
    return np.asarray((like[first] == like[second]) & (like[first] >= 0), dtype=bool)


def utility(value: Floats, fairness: Fairness) -> Floats:
    """Return U(V): V itself at fairness 0, else alpha-fair on max(V, 0) with U(0) = 0.

    ``max-min`` has no utility of its own; its welfare is the plain sum that breaks ties.
    """
    if fairness in (0.0, "max-min"):
        return np.asarray(value, dtype=np.float64)
    shifted = np.maximum(value, 0.0) + FAIRNESS_OFFSET
    if fairness == 1.0:
        return np.log(shifted / FAIRNESS_OFFSET)
    power = 1.0 - float(fairness)
    return np.asarray((shifted**power - FAIRNESS_OFFSET**power) / power)


def is_concave(problem: Problem) -> bool:
    """Whether U is not the identity; it then counts V < 0 as 0, and so must its bounds."""
    return problem.fairness not in (0.0, "max-min")


def inverse_utility(level: Floats, fairness: Fairness) -> Floats:
    """Return the value V >= 0 whose utility is `level` (the equally distributed equivalent)."""
    if fairness in (0.0, "max-min"):
        return np.asarray(level, dtype=np.float64)
    if fairness == 1.0:
        return np.asarray(FAIRNESS_OFFSET * np.expm1(level))
    power = 1.0 - float(fairness)
    base = np.asarray(level) * power + FAIRNESS_OFFSET**power
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(base, 0.0) ** (1.0 / power) - FAIRNESS_OFFSET)


def welfare(problem: Problem, assignment: Assignment) -> float:
    """Return the objective of `assignment` below the tiers."""
    total = float(utility(evaluate(problem, assignment).value, problem.fairness).sum())
    total += float(kept_bonus(problem, *assignment.pairs.T).sum())
    if problem.soft_rules:
        use = mentor_use(problem, assignment)
        total -= sum(rule.cost(use) for rule in problem.soft_rules)
    return total


def kept_bonus(problem: Problem, mentee: Ints, mentor: Ints) -> Floats:
    """Return what matches earn for having been made by an earlier run; arguments broadcast."""
    if problem.kept_bonus == 0 or not len(problem.kept_pairs):
        return np.zeros(np.broadcast_shapes(np.shape(mentee), np.shape(mentor)))
    m = problem.n_mentors
    is_kept = np.isin(mentee * m + mentor, problem.kept_pairs @ [m, 1])
    return np.asarray(problem.kept_bonus * is_kept, dtype=np.float64)


def mentor_use(problem: Problem, assignment: Assignment) -> Floats:
    """Return the load that each mentor's matches use: (m,), places taken by 'either' excluded."""
    load = gather_items(problem, assignment).load
    return summed(assignment.pairs[:, 1], load, problem.n_mentors)


def in_other_role(problem: Problem, assignment: Assignment) -> tuple[Bools, Bools]:
    """Return who of those in one role only plays the other one.

    Returns
    -------
    tuple
        (n,) mentees who serve as mentors, (m,) mentors who have one themselves.
    """
    as_mentor = np.zeros(problem.n_mentees, dtype=bool)
    as_mentee = np.zeros(problem.n_mentors, dtype=bool)
    for rule in problem.rules_of(OneRole):
        as_mentor |= (rule.own >= 0) & (mentor_use(problem, assignment)[rule.own] > 0)
        own = rule.own[assignment.pairs[:, 0]]
        as_mentee[own[own >= 0]] = True
    return as_mentor, as_mentee


def forced_assignment(problem: Problem) -> Assignment:
    """Return the items that every solution holds."""
    pairs = [problem.required.reshape(-1, 2)]
    number = [np.full(len(pairs[0]), -1, dtype=np.int64)]
    both = problem.reciprocal
    if both is not None and len(problem.required_reciprocal):
        chosen = problem.required_reciprocal
        pairs.append(np.column_stack([both.mentee_a[chosen], both.mentor_b[chosen]]))
        pairs.append(np.column_stack([both.mentee_b[chosen], both.mentor_a[chosen]]))
        number += [chosen, chosen]
    return Assignment.of(np.concatenate(pairs), np.concatenate(number))


def tier_values(problem: Problem, assignment: Assignment) -> tuple[tuple[str, float], ...]:
    """Return the achieved value of each tier, most important first, with its name."""
    tiers = problem.tiers
    if tiers is None:
        return ()
    size = np.bincount(assignment.pairs[:, 0], minlength=problem.n_mentees)
    amounts = tiers.amounts(int(size.max(initial=1)))
    return tuple((tier.name, tier.total(size, assignment.pairs)) for tier in amounts)


def breaks_rules(problem: Problem, assignment: Assignment) -> Bools:
    """Return whose portfolio is not as the rules ask; an empty one always is: (n,)."""
    broken = np.zeros(problem.n_mentees, dtype=bool)
    if problem.portfolio_rules:
        some = np.unique(assignment.pairs[:, 0])
        keys = item_keys(assignment.pairs[:, 1], assignment.reciprocal, problem.n_mentors)
        items = assignment.in_slots(keys, problem.n_mentees)[some]
        for rule in problem.portfolio_rules:
            broken[some] |= ~rule.holds(some, rule.read(items, problem.n_mentors))
    return broken


def check_feasible(problem: Problem, stated: Floats, names: Names) -> Iterator[Finding]:
    """Yield what makes the problem infeasible before anything is chosen.

    Each finding names a smallest set: without any one of its pairs the others fit.

    Parameters
    ----------
    problem
        The instance.
    stated
        Capacity of each mentor before reserve and places elsewhere: shape (m,).
    names
        What people are called, and why they are forced together.
    """
    if not (stated > 0).any():
        yield Finding(
            "I_NO_CAPACITY",
            f"none of {count_of(len(names.mentors), 'mentor')} has any capacity",
            "ask mentors for places, or correct the column capacity",
            table="mentors",
            column="capacity",
        )
    assignment = forced_assignment(problem)
    if len(assignment):
        forced = ForcedItems(problem, problem.all_rules, used_items(problem, assignment), names)
        for rule in problem.all_rules:
            yield from rule.conflicts(forced)
