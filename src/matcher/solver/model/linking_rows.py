"""Linking rows of the master problem: what couples mentees, and what a portfolio uses of each row.

Every row r reads ``sum_i a_r(i, S_i) <= b_r`` (or =, >=) and has a dual y_r of the right sign. Each
rule gives its own rows; all of them live in one vector, so that the dual step, the rounding and the
certificate never need to know which kinds of row a problem has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.rules.held_tiers import HeldTiers, TierAmount, TierRow
from matcher.problem.rules.odd_sets import OddSets
from matcher.problem.rules.opposite_pairs import OppositePairs, PairRow
from matcher.problem.rules.rule import Entries, Prices, ProgrammeRule, Used
from matcher.solver.model.portfolio_tables import items_of_codes
from matcher.solver.solution import DualRow

__all__ = ["PairRow", "Rows", "TierRow"]

SUM_ROUNDING = float(16 * np.finfo(np.float64).eps)
"""What summing the terms of a bound in floats may take from it, as a share of their sizes."""

LARGEST_DUAL = 1e30
"""Pricing holds sums of duals in float32, whose largest number is 3e38. No price is as large, but
where nothing fits a step of the fit may be, by chance of the processor's rounding."""


@dataclass(frozen=True)
class Rows:
    """All linking rows of a problem, in the order of its rules."""

    problem: Problem
    max_size: int
    tiers: tuple[TierRow, ...] = ()
    opposite: tuple[PairRow, ...] = ()
    odd: tuple[tuple[int, ...], ...] = ()
    """People whose reciprocal pairs are held to what an odd number of slots leaves."""

    @cached_property
    def _rules(self) -> tuple[ProgrammeRule, ...]:
        """The problem's rules with the rows that the solver makes, in order."""
        problem = self.problem
        without = OppositePairs, OddSets
        rules = (rule for rule in problem.all_rules if not isinstance(rule, without))
        nobody = np.full(problem.n_mentees, -1, dtype=np.int64)
        own = nobody if problem.person_mentor is None else problem.person_mentor
        sides = (nobody[:0], nobody[:0])
        if problem.reciprocal is not None:
            sides = problem.reciprocal.sides[:2]
        odd = (replace(rule, rows=self.odd) for rule in OddSets.of_market(problem))
        made = HeldTiers(self.tiers, sides), OppositePairs(own, self.opposite), *odd
        return tuple(sorted([*rules, *made], key=lambda rule: rule.place))

    @cached_property
    def _sides(self) -> tuple[tuple[ProgrammeRule, Floats], ...]:
        """The rules that have rows, with their right-hand sides."""
        return tuple((rule, rule.rhs(self.problem)) for rule in self._rules if rule.kind)

    @cached_property
    def spans(self) -> dict[str, slice]:
        """Where the rows of each kind stand, in order."""
        spans, stop = dict[str, slice](), 0
        for rule, rhs in self._sides:
            start = spans[rule.kind].start if rule.kind in spans else stop
            stop += len(rhs)
            spans[rule.kind] = slice(start, stop)
        return spans

    @cached_property
    def count(self) -> int:
        """Number of rows."""
        return len(self.rhs)

    @cached_property
    def rhs(self) -> Floats:
        """(R,) right-hand sides."""
        return np.concatenate([rhs for _, rhs in self._sides])

    def _each(self, name: str) -> Floats:
        """Return what each row's rule says of it: (R,)."""
        return np.concatenate([np.full(len(rhs), getattr(rule, name)) for rule, rhs in self._sides])

    @cached_property
    def low(self) -> Floats:
        """(R,) least value of each dual."""
        return self._each("low")

    @cached_property
    def high(self) -> Floats:
        """(R,) largest value of each dual."""
        return self._each("high")

    @cached_property
    def penalty(self) -> Floats:
        """(R,) what each unit costs that a soft row lacks; 0 for hard rows."""
        return self._each("penalty")

    @cached_property
    def is_equal(self) -> Bools:
        """(R,) rows that are equations."""
        return (self.low < 0) & (self.high > 0)

    @cached_property
    def is_limit(self) -> Bools:
        """(R,) rows whose use only has to stay below the right-hand side."""
        return (self.high > 0) & (self.low >= 0)

    def within_range(self, y: Floats) -> Floats:
        """Return duals of the right signs, and no larger than arrays can hold.

        Parameters
        ----------
        y
            Duals: (R,).

        Returns
        -------
        Floats
            Shape (R,).
        """
        low, high = np.maximum(self.low, -LARGEST_DUAL), np.minimum(self.high, LARGEST_DUAL)
        return np.clip(y, low, high)

    def without_tiers(self) -> Self:
        """Return the rows with every tier's target at 0, so that any portfolios keep them.

        Returns
        -------
        Self
            A copy with as many rows.
        """
        tiers = tuple(replace(tier, target=0.0) for tier in self.tiers)
        return replace(self, tiers=tiers)

    def part(self, y: Floats, kind: str) -> Floats:
        """Return the duals of one kind, none where the problem has no such rows.

        Parameters
        ----------
        y
            Duals: (R,).
        kind
            Kind of rows, as in a certificate.

        Returns
        -------
        Floats
            A view: what is written to it is written to `y`.
        """
        return y[self.spans.get(kind, slice(0, 0))]

    def keeps(self, use: Floats, tolerance: float = 1e-7) -> bool:
        """Return whether total use (R,) keeps every row; soft ones are kept by paying.

        Parameters
        ----------
        use
            What all portfolios use of each row: (R,).
        tolerance
            Share of a right-hand side, at least of 1, by which a row may be broken.

        Returns
        -------
        bool
            Whether all hard rows hold.
        """
        over = np.where(self.high > 0, use - self.rhs, -np.inf)
        under = np.where((self.low < 0) & (self.penalty == 0), self.rhs - use, -np.inf)
        scale = tolerance * np.maximum(1.0, np.abs(self.rhs))
        return bool(np.all(over <= scale) and np.all(under <= scale))

    def prices(self, y: Floats) -> Prices:
        """Return what items cost at duals `y`.

        Parameters
        ----------
        y
            Duals: (R,).

        Returns
        -------
        Prices
            In units of welfare.
        """
        prices, start = Prices.zero(self.problem), 0
        for rule, rhs in self._sides:
            rule.charge(y[start : start + len(rhs)], prices)
            start += len(rhs)
        return prices

    def size_bonus(self, y: Floats, mentees: Ints) -> Floats:
        """Return what each size of portfolio earns from rows that count sizes: (b, K + 1).

        Parameters
        ----------
        y
            Duals: (R,).
        mentees
            Positions: (b,).

        Returns
        -------
        Floats
            In units of welfare, 0 for the empty portfolio: (b, K + 1).
        """
        bonus = np.zeros((len(mentees), self.max_size + 1))
        for size in range(self.max_size + 1):
            for column, row, amount in self._by_size(mentees, np.full(len(mentees), size)):
                bonus[column, size] -= y[row] * amount
        return bonus

    def _by_size(self, mentee: Ints, size: Ints) -> list[Entries]:
        """Return what portfolios use whatever is in them: portfolio, row, amount."""
        used = [e for rule in self._rules for e in rule.portfolio_use(self.problem, mentee, size)]
        return [
            (column, self.spans[kind].start + row, amount) for kind, (column, row, amount) in used
        ]

    def pair_costs(self, y: Floats) -> tuple[Ints, Ints, Floats]:
        """Return one-way items with a cost of their own: mentee, mentor, cost.

        Parameters
        ----------
        y
            Duals: (R,).

        Returns
        -------
        tuple[Ints, Ints, Floats]
            Three arrays (k,); a cost below 0 is a bonus.
        """
        kept = self.problem.kept_pairs
        pairs = [*self.prices(y).pairs, (kept[:, 0], kept[:, 1], -self.problem.kept_bonus)]
        mentee, mentor, cost = zip(*pairs, strict=True)
        each = [np.broadcast_to(one, len(who)) for one, who in zip(cost, mentee, strict=True)]
        return np.concatenate(mentee), np.concatenate(mentor), np.concatenate(each)

    def incidence(
        self, mentee: Ints, members: Ints, load: Floats, sponsored: Floats
    ) -> sparse.csr_array:
        """Return what columns use of each row: (q, rows).

        Parameters
        ----------
        mentee
            (q,) whose column it is.
        members
            (q, K) item codes, -1 for none: a mentor, or m + place among `Market.listed`.
        load, sponsored
            (q, K) of each member.

        Returns
        -------
        sparse.csr_array
            Shape (q, R).
        """
        column, slot = np.nonzero(members >= 0)
        code = members[column, slot]
        side = np.maximum(code - self.problem.n_mentors, -1)
        items = Used(
            mentee[column],
            items_of_codes(self.problem, code)[0],
            load[column, slot],
            sponsored[column, slot],
            np.where(code < self.problem.n_mentors + self.problem.n_sides, side, -1),
        )
        parts, start = self._by_size(mentee, (members >= 0).sum(axis=1)), 0
        for rule, rhs in self._sides:
            used = rule.item_use(self.problem, items)
            parts += [(column[item], start + row, amount) for item, row, amount in used]
            start += len(rhs)
        at, row, amount = (np.concatenate(part) for part in zip(*parts, strict=True))
        return sparse.csr_array((amount, (at, row)), shape=(len(mentee), self.count))

    def named(self, y: Floats) -> tuple[DualRow, ...]:
        """Return every row with its right-hand side and dual, for the certificate.

        Parameters
        ----------
        y
            Duals: (R,).

        Returns
        -------
        tuple[DualRow, ...]
            In the order of the rules.
        """
        rows: list[DualRow] = []
        for rule, rhs in self._sides:
            names = rule.row_names(self.problem)
            duals = y[len(rows) : len(rows) + len(rhs)].tolist()
            rows += map(DualRow, [rule.kind] * len(rhs), names, rhs.tolist(), duals)
        return tuple(rows)


def tier_worth(problem: Problem, tier: TierAmount, mentee: Ints, members: Ints) -> Floats:
    """Return what portfolios count for in a tier: (q,).

    Parameters
    ----------
    problem
        The instance.
    tier
        What counts.
    mentee, members
        Whose portfolios they are (q,), and their item codes (q, K), -1 for none.
    """
    by_size: Floats = tier.by_size[mentee, (members >= 0).sum(axis=1)]
    if tier.pairs is None:
        return by_size
    mentor = items_of_codes(problem, members)[0]
    return np.asarray(by_size + tier.of_matches(mentee[:, None], mentor).sum(axis=1))


def tier_rows(problem: Problem, max_size: int, targets: Mapping[str, float]) -> tuple[TierRow, ...]:
    """Return the tiers held at `targets`; tiers that are not named are left out."""
    if problem.tiers is None:
        return ()
    amounts = problem.tiers.amounts(max_size)
    return tuple(TierRow(one, float(targets[one.name])) for one in amounts if one.name in targets)
