"""What portfolios are worth, recomputed from the definition, one mentor after the other.

Deliberately plain and apart from ``matcher.problem.value``, which this file checks.
"""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import present
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem, Tiers
from matcher.problem.rules.mentor_minimum import MentorMinimum

OFFSET = 0.01
"""e of the alpha-fair welfare ``U(v) = ((v + e)^(1-a) - e^(1-a)) / (1-a)``."""


@dataclass(frozen=True)
class ItemFacts:
    """The items of an answer, looked up in the problem: each array (k,)."""

    mentee: Ints
    mentor: Ints
    reciprocal: Ints
    score: Floats
    """Score in units of V; -inf where the pair is not allowed."""
    load: Floats
    sponsored: Bools


@dataclass(frozen=True)
class Terms:
    """The terms of V for each mentee, each (n,); ``cover`` is (n, f)."""

    size: Ints
    relation: Floats
    coverage: Floats
    redundancy: Floats
    gain_cost: Floats
    cover: Floats

    @property
    def value(self) -> Floats:
        """V of each mentee."""
        return self.relation + self.coverage - self.redundancy - self.gain_cost


def look_up(problem: Problem, assignment: Assignment) -> ItemFacts:
    """Return score, load and sponsorship of every item, mentee by mentee."""
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    number = assignment.reciprocal
    score, load = np.full(len(mentee), -np.inf), np.ones(len(mentee))
    sponsored = np.zeros(len(mentee), dtype=bool)
    for rows in problem.blocks():
        at = np.flatnonzero((number == -1) & (mentee >= rows[0]) & (mentee <= rows[-1]))
        if not len(at):
            continue
        block = problem.scores.block(rows)
        cell = mentee[at] - rows[0], mentor[at]
        score[at] = block.score[cell]
        load[at] = 1.0 if block.load is None else block.load[cell]
        sponsored[at] = False if block.sponsored is None else block.sponsored[cell]
    _look_up_reciprocal(problem, assignment, score, load)
    _look_up_fallbacks(problem, assignment, score, load, sponsored)
    return ItemFacts(mentee, mentor, number, score=score, load=load, sponsored=sponsored)


def _look_up_reciprocal(
    problem: Problem, assignment: Assignment, score: Floats, load: Floats
) -> None:
    pairs, number = problem.reciprocal, assignment.reciprocal
    if pairs is None:
        return
    mentee, mentor, worth, takes, _ = pairs.sides
    at = np.flatnonzero((number >= 0) & (number < len(pairs)))
    for place in (number[at], number[at] + len(pairs)):
        same = (np.column_stack([mentee[place], mentor[place]]) == assignment.pairs[at]).all(axis=1)
        score[at[same]], load[at[same]] = worth[place[same]], takes[place[same]]


def _look_up_fallbacks(
    problem: Problem, assignment: Assignment, score: Floats, load: Floats, sponsored: Bools
) -> None:
    """Write what is known of pairs that take their next approach."""
    others = problem.fallback
    if others is None:
        return
    at = np.flatnonzero(assignment.reciprocal == FALLBACK)
    place = others.find(*assignment.pairs[at].T)
    at, place = at[place >= 0], place[place >= 0]
    score[at], load[at], sponsored[at] = (
        part[place] for part in (others.score, others.load, others.sponsored)
    )


def portfolio_terms(problem: Problem, items: ItemFacts) -> Terms:
    """Return the terms of V of every mentee from the items of an answer."""
    n, m = problem.n_mentees, problem.n_mentors
    needs = np.zeros((n, 0)) if problem.needs is None else problem.needs
    offers = np.zeros((m, 0)) if problem.needs is None else present(problem.offers)
    relation, alike, best, second = np.zeros(n), np.zeros(n), *np.zeros((2, *needs.shape))
    best += 0.0 if problem.held_best is None else problem.held_best
    second += 0.0 if problem.held_second is None else problem.held_second
    before = np.minimum(1.0, best + problem.second_cover * second)
    size = np.bincount(items.mentee, minlength=n)
    turn = np.arange(len(items.mentee)) - np.repeat(np.cumsum(size) - size, size)
    for k in range(size.max(initial=0)):
        at = np.flatnonzero(turn == k)
        who, mentor = items.mentee[at], items.mentor[at]
        relation[who] += items.score[at]
        for other in range(1, k + 1):
            alike[who] += alike_mentors(problem.like, mentor, items.mentor[at - other])
        second[who] = np.maximum(second[who], np.minimum(best[who], offers[mentor]))
        best[who] = np.maximum(best[who], offers[mentor])
    cover = np.minimum(1.0, best + problem.second_cover * second)
    coverage, like = (needs * (cover - before)).sum(axis=1), problem.redundancy * alike
    gain_cost = np.asarray(problem.min_gain * np.clip(size - 1, 0, None), dtype=np.float64)
    return Terms(size, relation, coverage, like, gain_cost, cover=cover)


def alike_mentors(like: Ints | Bools | None, a: Ints, b: Ints) -> Bools:
    """Return whether mentors a and b are alike and two, elementwise; a copy, on purpose."""
    other: Bools = np.not_equal(a, b)
    if like is None:
        return np.zeros(other.shape, dtype=bool)
    if like.ndim == 2:
        return np.asarray(like[a, b], dtype=bool) & other
    return np.asarray((like[a] == like[b]) & (like[a] >= 0) & other)


def alpha_fair(value: Floats, alpha: float) -> Floats:
    """Return U of values at or above 0 (below counts as 0); V itself at ``alpha = 0``."""
    if alpha == 0:
        return np.asarray(value, dtype=np.float64)
    above = np.maximum(value, 0.0)
    if alpha == 1:
        return np.log1p(above / OFFSET)
    return np.asarray(((above + OFFSET) ** (1 - alpha) - OFFSET ** (1 - alpha)) / (1 - alpha))


def slope(value: float, alpha: float) -> float:
    """Return U' at a value (below 0 counts as 0)."""
    return 1.0 if alpha == 0 else float((max(value, 0.0) + OFFSET) ** -alpha)


def alpha_of(problem: Problem) -> float:
    """Return the exponent of U; ``max-min`` has the plain sum as its welfare."""
    return 0.0 if problem.fairness == "max-min" else float(problem.fairness)


def total_welfare(problem: Problem, items: ItemFacts, value: Floats) -> float:
    """Return the welfare of an answer whose portfolios have the given values."""
    total = float(alpha_fair(value, alpha_of(problem)).sum())
    kept = set(map(tuple, problem.kept_pairs.tolist()))
    chosen = zip(items.mentee.tolist(), items.mentor.tolist(), strict=True)
    total += problem.kept_bonus * sum(pair in kept for pair in chosen)
    for rule in problem.rules_of(MentorMinimum):
        use = np.bincount(items.mentor, weights=items.load, minlength=problem.n_mentors)
        total -= rule.each * float(np.clip(rule.least - use, 0, None).sum())
    return total


def achieved_tiers(problem: Problem, items: ItemFacts) -> tuple[tuple[str, float], ...]:
    """Return name and achieved value of each tier that the problem holds, first ones first."""
    tiers, size = problem.tiers, np.bincount(items.mentee, minlength=problem.n_mentees)
    if tiers is None:
        return ()
    amounts: list[tuple[str, Floats]] = [("reached", (size > 0).astype(float))]
    if tiers.waiting is not None:
        amounts.append(("waited", np.where(size > 0, tiers.waiting, 0).astype(float)))
    if tiers.choices is not None:
        chosen = chosen_worth(tiers)
        pairs = zip(items.mentee.tolist(), items.mentor.tolist(), strict=True)
        points = np.array([chosen.get(pair, 0.0) for pair in pairs], dtype=float)
        found = np.bincount(items.mentee, weights=points, minlength=problem.n_mentees)
        amounts.append(("choices", np.asarray(found, dtype=float)))
    if tiers.minimum is not None:
        amounts.append(("minimum", np.minimum(size, tiers.minimum).astype(float)))
    classes = sorted(set(tiers.priority.tolist()))
    return tuple(
        (f"{name}:{k}", float(amount[tiers.priority == k].sum()))
        for name, amount in amounts
        for k in classes
    )


def chosen_worth(tiers: Tiers) -> dict[tuple[int, int], float]:
    """Return what the matches that people chose count for, by mentee and mentor."""
    listed = present(tiers.choices).tocoo()
    pairs = zip(*(at.tolist() for at in listed.coords), strict=True)
    return dict(zip(pairs, listed.data.tolist(), strict=True))


def least_value(problem: Problem, terms: Terms) -> tuple[tuple[str, float], ...]:
    """Return the tier of max-min fairness: the least value among those with a mentor.

    NaN where nobody has one: there is nothing to claim.
    """
    if problem.fairness != "max-min":
        return ()
    matched = terms.value[terms.size > 0]
    return (("least", float(matched.min()) if len(matched) else np.nan),)
