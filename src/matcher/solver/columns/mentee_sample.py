"""A smaller problem of the same kind: some mentees, and places in proportion.

Duals belong to mentors, so those of a sample start the full problem close to its own: what many
mentees want is dear in the sample too. Only a start is taken from it, never a bound.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from matcher.arrays import present
from matcher.problem.market import FallbackItems
from matcher.problem.problem import Floats, Ints, Problem
from matcher.problem.value import forced_assignment, mentor_use
from matcher.solver.model.linking_rows import Rows, TierRow
from matcher.solver.pricing.modular_bound import Cuts
from matcher.solver.score_sources import SomeMentees

ROWS_OF_PAIRS = ("reciprocal", "opposite", "odd")
"""Kinds of row that belong to single people and have no like in a sample."""

TIER_SLACK = 0.98
"""Share of a tier's target that is asked of a sample, whose mentees need not be like all."""

ROWS = 2_000
"""Mentees compared with the sample at once."""


@dataclass(frozen=True)
class Sample:
    """A problem of some mentees, its rows, and which mentees they are."""

    problem: Problem
    rows: Rows
    mentees: Ints
    """(k,) positions in the full problem, sorted."""

    @classmethod
    def of(cls, rows: Rows, count: int) -> Self:
        """Draw `count` mentees; everything that they share shrinks in proportion.

        Mentees with required items stay out, since places do not shrink below those.
        """
        problem = rows.problem
        held = forced_assignment(problem).pairs[:, 0]
        free = np.setdiff1d(np.arange(problem.n_mentees), held)
        count = min(count, len(free))
        mentees = np.sort(np.random.default_rng(0).choice(free, count, replace=False))
        share = count / max(1, len(free))
        small = some_mentees(problem, mentees, share)
        tiers = tuple(
            TierRow(tier.amount.of_rows(mentees), TIER_SLACK * share * tier.target)
            for tier in rows.tiers
        )
        return cls(small, Rows(small, rows.max_size, tiers), mentees)

    def duals(self, rows: Rows, y: Floats) -> Floats:
        """Return duals of the full problem's rows from the sample's; 0 for rows it lacks."""
        full = np.zeros(rows.count)
        for kind in rows.spans:
            if kind not in ROWS_OF_PAIRS:
                rows.part(full, kind)[:] = self.rows.part(y, kind)
        return full

    def cuts(self, problem: Problem, cuts: Cuts | None) -> Cuts | None:
        """Return multipliers for every mentee: those of the sampled one with the likest needs.

        Mentees of another limit are only taken where the sample has none of the same.
        """
        if cuts is None or problem.needs is None:
            return None
        needs, limit = present(self.problem.needs), self.problem.limit
        near = []
        for start in range(0, problem.n_mentees, ROWS):
            mine = slice(start, min(start + ROWS, problem.n_mentees))
            apart = (needs**2).sum(axis=1)[None, :] - 2.0 * problem.needs[mine] @ needs.T
            scale = 1.0 + 4.0 * float(np.abs(apart).max(initial=0.0))
            apart += scale * (problem.limit[mine][:, None] != limit[None, :])
            near.append(apart.argmin(axis=1))
        return cuts.take(np.concatenate(near))


def some_mentees(problem: Problem, mentees: Ints, share: float = 1.0) -> Problem:
    """Return the problem of some mentees; reciprocal pairs are left out, since partners are.

    Parameters
    ----------
    problem
        The instance.
    mentees
        (k,) positions, sorted.
    share
        What is left of everything that they share.
    """
    taken = forced_assignment(problem)
    used = mentor_use(problem, taken) if len(taken) else 0.0
    place = np.full(problem.n_mentees, -1, dtype=np.int64)
    place[mentees] = np.arange(len(mentees))
    tiers = problem.tiers
    return replace(
        problem,
        scores=SomeMentees(problem.scores, mentees),
        capacity=np.maximum(problem.capacity - used, 0.0) * share,
        limit=problem.limit[mentees],
        needs=_some(problem.needs, mentees),
        held_best=_some(problem.held_best, mentees),
        held_second=_some(problem.held_second, mentees),
        required=np.empty((0, 2), dtype=np.int64),
        required_reciprocal=np.empty(0, dtype=np.int64),
        reciprocal=None,
        fallback=_fallback_of(problem, place),
        person_mentor=_some(problem.person_mentor, mentees),
        rules=tuple(rule.of_sample(mentees, share) for rule in problem.rules),
        tiers=None
        if tiers is None
        else replace(
            tiers,
            priority=tiers.priority[mentees],
            waiting=_some(tiers.waiting, mentees),
            choices=_some(tiers.choices, mentees),
            minimum=_some(tiers.minimum, mentees),
        ),
        kept_pairs=_of(problem.kept_pairs, place),
    )


def _some(values: Any, mentees: Ints) -> Any:
    return None if values is None else values[mentees]


def _fallback_of(problem: Problem, place: Ints) -> FallbackItems | None:
    """Return the fallbacks of the sample's mentees, at their new positions."""
    if problem.fallback is None:
        return None
    every, at = problem.fallback, place[problem.fallback.mentee]
    here = at >= 0
    return replace(every.take(here), mentee=at[here])


def _of(pairs: Ints, place: Ints) -> Ints:
    """Return the pairs (k, 2) of the sample's mentees, at their new positions."""
    at = place[pairs[:, 0]]
    here = at >= 0
    return np.column_stack([at[here], pairs[here, 1]])
