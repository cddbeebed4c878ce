"""The optimisation problem, free of people and tables: arrays in, portfolios out.

A *portfolio* of mentee i is a set S of items, at most ``limit[i]`` of them and at most one a
mentor. Its value is

``V_i(S) = sum score + sum_f needs_if min(1, best_f + second_cover * second_f) - cover held before
- redundancy * (like pairs in S) - min_gain * max(0, |S| - 1)``

where best and second run over the offers in S and over cover that mentee i holds already. The
welfare of a cohort is ``sum_i U(V_i) + kept bonuses - what falls short of soft rules``. What every
answer must hold to beside this stands in `rules`: see ``matcher.problem.rules``.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Self, TypeVar

import numpy as np
from scipy import sparse

from matcher.problem.market import Bools, Floats, Ints, ItemBlock, Market, ReciprocalPairs, Scores
from matcher.problem.rules import RULES
from matcher.problem.rules.held_tiers import TierAmount
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import PortfolioRule, ProgrammeRule, SoftRule

__all__ = [
    "Assignment",
    "Bools",
    "Fairness",
    "Floats",
    "Ints",
    "ItemBlock",
    "Market",
    "Problem",
    "ReciprocalPairs",
    "Scores",
    "Tiers",
]

Fairness = float | Literal["max-min"]

AnyRule = TypeVar("AnyRule", bound=ProgrammeRule)


@dataclass(frozen=True)
class Tiers:
    """What counts before welfare, lexicographically.

    In order: for each class (1 first) the number of mentees with a mentor; for each class the days
    waited by those; for each class what the matches count for as choices; for each class
    ``sum_i min(|S_i|, minimum_i)``. A part that is None is off.
    """

    priority: Ints
    """(n,) class of each mentee, 1 first."""
    waiting: Ints | None = None
    """(n,) whole days waited."""
    minimum: Ints | None = None
    """(n,) mentors that each mentee should have first."""
    choices: sparse.csr_array | None = None
    """(n, m) whole points that each match counts for, by whichever approach, as people's choice."""

    def with_mentor(self) -> Self:
        """Return the tiers with one more mentor, the last, whom nobody chose.

        Returns
        -------
        Self
            A copy.
        """
        chosen = self.choices
        if chosen is None:
            return self
        nobody = sparse.csr_array((chosen.shape[0], 1))
        return replace(self, choices=sparse.csr_array(sparse.hstack([chosen, nobody])))

    def amounts(self, max_size: int) -> tuple[TierAmount, ...]:
        """Return what counts in each tier, most important first.

        Parameters
        ----------
        max_size
            Largest portfolio, K.

        Returns
        -------
        tuple[TierAmount, ...]
            A tier for each part that is on and each class, such as ``waited:1``.
        """
        n, sizes = len(self.priority), np.arange(max_size + 1)
        some = np.broadcast_to(sizes > 0, (n, max_size + 1)).astype(np.float64)
        parts: list[tuple[str, Floats, sparse.csr_array | None]] = [("reached", some, None)]
        if self.waiting is not None:
            parts.append(("waited", some * self.waiting[:, None], None))
        if self.choices is not None:
            parts.append(("choices", 0.0 * some, self.choices))
        if self.minimum is not None:
            parts.append(("minimum", np.minimum(sizes, self.minimum[:, None]) * 1.0, None))
        return tuple(
            TierAmount(f"{name}:{level}", amount, pairs).of_some(self.priority == level)
            for name, amount, pairs in parts
            for level in np.unique(self.priority).tolist()
        )


@dataclass(frozen=True)
class Problem(Market):
    """One instance. n mentees, m mentors, f facets; positions everywhere, labels nowhere."""

    needs: Floats | None = None
    """(n, f) >= 0, already scaled to units of V."""
    offers: Floats | None = None
    """(m, f) in [0, 1]."""
    held_best: Floats | None = None
    """(n, f) best offer held before, such as an organic tie; its cover earns nothing again."""
    held_second: Floats | None = None
    """(n, f) second-best offer held before."""
    second_cover: float = 0.0
    like: Ints | Bools | None = None
    """(m,) labels (-1: like nobody) or (m, m) symmetric: which mentors are alike."""
    redundancy: float = 0.0
    min_gain: float = 0.0
    rules: tuple[ProgrammeRule, ...] = ()
    """What the programme asks of every answer, beside places, limits and required items."""
    tiers: Tiers | None = None
    fairness: Fairness = 0.0
    kept_pairs: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    """(k, 2) matches of an earlier run, each once: mentees and mentors who earn `kept_bonus` beside
    U(V) where they are matched again, one way or as a side of a reciprocal pair."""
    kept_bonus: float = 0.0

    @cached_property
    def all_rules(self) -> tuple[ProgrammeRule, ...]:
        """`rules`, and those that hold of themselves, such as places: in the order of `RULES`."""
        own = (rule for kind in RULES for rule in kind.of_market(self))
        return tuple(sorted((*own, *self.rules), key=lambda rule: rule.place))

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """Every limit that places stand under, the mentors' own places first."""
        return tuple(rule for rule in self.all_rules if isinstance(rule, Limit))

    @property
    def most_matches(self) -> float:
        """Most items in all portfolios together; inf without a limit."""
        counts = (limit for limit in self.limits if limit.unit is Unit.MATCH)
        return min((float(limit.most.sum()) for limit in counts), default=np.inf)

    @cached_property
    def soft_rules(self) -> tuple[SoftRule, ...]:
        """What an answer pays for where it does not keep to it."""
        return tuple(rule for rule in self.rules if isinstance(rule, SoftRule))

    @cached_property
    def portfolio_rules(self) -> tuple[PortfolioRule, ...]:
        """What every portfolio that is not empty must look like."""
        return tuple(rule for rule in self.rules if isinstance(rule, PortfolioRule))

    def rules_of(self, kind: type[AnyRule]) -> tuple[AnyRule, ...]:
        """Return the rules of one kind.

        Parameters
        ----------
        kind
            Class of a rule.

        Returns
        -------
        tuple[AnyRule, ...]
            In the order of `rules`.
        """
        return tuple(rule for rule in self.rules if isinstance(rule, kind))

    @property
    def has_coverage(self) -> bool:
        """Whether sets are worth more or less than the sum of their members through facets."""
        return self.needs is not None and bool(np.any(self.needs))

    @property
    def is_separable(self) -> bool:
        """Whether welfare is a sum over items, so that a flow can solve it.

        ``min_gain`` keeps it separable: it is a fixed cost of every item after a mentee's first.
        """
        concave = self.fairness == 0.0
        return (
            concave
            and not self.has_coverage
            and (self.redundancy == 0.0 or self.like is None)
            and self.reciprocal is None
            and self.fallback is None
            and not self.portfolio_rules
        )


@dataclass(frozen=True)
class Assignment:
    """Chosen items: sorted by mentee, then mentor."""

    pairs: Ints
    """(k, 2) mentee and mentor."""
    reciprocal: Ints
    """(k,) number of the reciprocal pair that the item is a side of, -1 for one-way items, and
    `FALLBACK` for those by the pair's next approach."""

    @classmethod
    def of(cls, pairs: Ints, reciprocal: Ints | None = None) -> Self:
        """Build an assignment from items in any order.

        Parameters
        ----------
        pairs
            Mentee and mentor of each item: (k, 2).
        reciprocal
            Number of the reciprocal pair, -1 for one-way items: (k,); None: all one-way.

        Returns
        -------
        Self
            The items sorted by mentee, then mentor.
        """
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        if reciprocal is None:
            reciprocal = np.full(len(pairs), -1, dtype=np.int64)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        return cls(pairs[order], np.asarray(reciprocal, dtype=np.int64)[order])

    @classmethod
    def empty(cls) -> Self:
        """Return the assignment in which nobody is matched.

        Returns
        -------
        Self
            No items.
        """
        return cls.of(np.empty((0, 2), dtype=np.int64))

    def in_slots(self, values: Ints, n: int) -> Ints:
        """Return a value of each item in the slots of n mentees, -1 for none: (n, K).

        Parameters
        ----------
        values
            Of each item: (k,).
        n
            Number of mentees.

        Returns
        -------
        Ints
            Shape (n, K), K the largest portfolio.
        """
        mentee = self.pairs[:, 0]
        slot = np.arange(len(self)) - np.searchsorted(mentee, mentee)
        slots = np.full((n, int(slot.max(initial=-1)) + 1), -1, dtype=np.int64)
        slots[mentee, slot] = values
        return slots

    def __len__(self) -> int:
        return len(self.pairs)
