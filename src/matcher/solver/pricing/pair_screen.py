"""The screen of a slice of mentees: every pair bounded, and which could be in a better set.

What each mentor could add is bounded by the modular bound of `screen`, in float32 and for all pairs
of a slice at once. Those that could be in a set better than the best one known are kept for the
exact search.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints, ItemBlock, Problem
from matcher.problem.value import is_concave
from matcher.solver.model import portfolio_tables
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.modular_bound import Cuts
from matcher.solver.pricing.pricer import Pricer, ScanQuestion, tangent, to_codes
from matcher.solver.pricing.set_search import PricingTask, Search

SINGLE_MARGIN = 1e-5
"""What the float32 screen may be off, relative to the largest terms: a number is rounded by 6e-8,
and a bound is a sum of up to a few hundred. With less a member of the best set could be screened
out and the bound would be none; with more only a few more survive, to be re-done in float64."""

CROWDED = 64
"""Survivors a mentee past which a better set is looked for before the screen is done again."""

CLOSER_STEPS = 20
"""Subgradient steps on the best candidates of such a mentee."""


@dataclass(frozen=True)
class _Held:
    """Bounds of a slice with the required items taken out, and the sum of theirs."""

    bound: Floats
    sides: Floats
    total: Floats


@dataclass(frozen=True)
class Screened:
    """What the screen of a slice leaves."""

    top: portfolio_tables.CandidateItems
    """The best `width` of each mentee."""
    most: Floats | None = None
    """(b,) upper bound on the best set of each mentee that is not known."""
    left: portfolio_tables.CandidateItems | None = None
    """The survivors, where there is time to search them."""
    found: portfolio_tables.PricedPortfolios | None = None
    """Better sets, where they were looked for."""
    cuts: Cuts | None = None


@dataclass(frozen=True)
class SetBounds:
    """What a mentor's bound must be to be in a set worth finding, by the best bounds of all.

    A mentor outside the highest k - 1 joins at most those; one inside is always kept by adding its
    own share, since its bound is at least that of any mentor kept.
    """

    floor: Floats
    """(b,) value that a set must beat"""
    fixed: Floats
    """(b,) what is in it whoever else is"""
    bonus: Floats
    """(b, K + 1) by size"""
    size: Ints
    """(b,) members it has anyway"""
    limit: Ints
    """(b,)"""

    @classmethod
    def of(
        cls,
        pricer: Pricer,
        question: ScanQuestion,
        mentees: Ints,
        size: Ints | None = None,
        total: Floats | float = 0.0,
    ) -> Self:
        """Return that of some mentees, with the multipliers of a question.

        Parameters
        ----------
        pricer, question
            What is asked.
        mentees
            (b,) consecutive positions.
        size, total
            Members that every set has, and the sum of their bounds; None: nobody.
        """
        problem = pricer.problem
        slope, shift = tangent(problem, question.at)
        bonus = question.rows.size_bonus(question.y, mentees)
        constant = modular_bound.constant(problem, mentees, question.cuts)
        return cls(
            question.floor - question.slack,
            constant * slope + shift + total,
            modular_bound.modular_bonus(problem, bonus, slope),
            np.zeros(len(mentees), dtype=np.int64) if size is None else size,
            np.minimum(problem.limit[mentees], pricer.max_size),
        )

    @property
    def most_members(self) -> int:
        """Members of the largest set of anybody."""
        return int(self.limit.max(initial=1))

    def least(self, top: Floats) -> Floats:
        """Return the least bound, by the largest bounds (b, w) of each mentee: (b,)."""
        rest, most = self._beside(top), self._whole(top)
        largest = np.maximum(np.abs(most), np.where(np.isfinite(rest), np.abs(rest), 0.0))
        margin = SINGLE_MARGIN * (1.0 + np.abs(self.fixed) + largest)
        with np.errstate(invalid="ignore"):  # -inf less -inf of who may have nobody, mended below
            least = self.floor - self.fixed - rest - margin
        return np.where(np.isfinite(rest), least, np.inf)

    def most(self, top: Floats) -> Floats:
        """Return an upper bound on the best set of each mentee: (b,)."""
        most, rest = self._whole(top), self._beside(top)
        largest = np.maximum(np.abs(most), np.where(np.isfinite(rest), np.abs(rest), 0.0))
        return np.asarray(most + self.fixed + SINGLE_MARGIN * (1.0 + np.abs(self.fixed) + largest))

    def _beside(self, top: Floats) -> Floats:
        """Return what others add at most to a set of one more, with the bonus: (b,)."""
        others = np.zeros((len(top), self.most_members))
        others[:, 1:] = self._sums(top)[:, :-1]
        return self._best(others)

    def _whole(self, top: Floats) -> Floats:
        """Return the most that members add to what is there anyway, nobody among them: (b,)."""
        none = np.take_along_axis(self.bonus, self.size[:, None], axis=1)[:, 0]
        return np.maximum(self._best(self._sums(top)), none)

    def _sums(self, top: Floats) -> Floats:
        """Return the sums of the 1, 2, ... largest: (b, k), -inf where there are no more."""
        k = self.most_members
        sums = np.full((len(top), k), -np.inf)
        sums[:, : top.shape[1]] = np.cumsum(top, axis=1)[:, :k]
        return sums

    def _best(self, sums: Floats) -> Floats:
        """Return the best of sums by the number of members, with the bonus: (b,)."""
        sizes = self.size[:, None] + np.arange(1, sums.shape[1] + 1)
        last = self.bonus.shape[1] - 1
        earned = np.take_along_axis(self.bonus, np.minimum(sizes, last), axis=1)
        within = np.where(sizes <= self.limit[:, None], sums + earned, -np.inf)
        return np.asarray(within.max(axis=1))


@dataclass(frozen=True)
class PairScreen:
    """A slice of consecutive mentees of a block, and what is asked of them."""

    pricer: Pricer
    question: ScanQuestion
    block: ItemBlock
    place: Ints
    """(b,) rows of the block."""

    @property
    def problem(self) -> Problem:
        """What is priced."""
        return self.pricer.problem

    @cached_property
    def mentees(self) -> Ints:
        """Positions in the problem: (b,)."""
        return self.question.first + np.arange(len(self.place))

    def screened(self) -> Screened:
        """Bound every pair of a slice in float32 and keep what could be in a better set."""
        question, cuts = self.question, self.question.cuts
        slope, _shift = tangent(self.problem, question.at)
        net = self._net(slope)
        bound = self._with_coverage(net, self.mentees, cuts, slope)
        sides = self.pricer.sides.candidates(self.problem, self.mentees)
        top = self._best_columns(bound).beside(sides)
        if not question.search:
            return Screened(top)
        task = self.pricer.task(question, sides)
        threshold, most = self._threshold(bound, task, cuts)
        if self.pricer.is_hurried:
            return Screened(top, most)
        crowded = np.flatnonzero((bound > threshold[:, None]).sum(axis=1) > CROWDED)
        found = None
        if len(crowded):
            found, tighter = self._search_crowded(top.take(crowded), crowded)
            if cuts is not None and tighter is not None:
                cuts = cuts.put(crowded, tighter)
                bound[crowded] = self._with_coverage(
                    net[crowded], self.mentees[crowded], tighter, slope[crowded]
                )
            threshold, most = self._threshold(bound, task, cuts)
        keep = bound > threshold[:, None]
        keep[self._required_at()] = True
        return Screened(top, most, self._gather(keep).beside(sides), found, cuts)

    def _search_crowded(
        self, part: portfolio_tables.CandidateItems, crowded: Ints
    ) -> tuple[portfolio_tables.PricedPortfolios, Cuts | None]:
        """Return a greedy set and tighter multipliers of mentees for whom too many mentors survive.

        The best set known is poor where a mentor became cheap whom none holds; the question's
        floor is raised.
        """
        question, floor = self.question, self.question.floor
        task = self.pricer.task(question, part)
        nothing = np.full(len(part.mentee), -np.inf)
        cuts = None if question.cuts is None else question.cuts.take(crowded)
        liked = modular_bound.modular_terms(self.problem, task, cuts)
        sets = Search(self.problem, task, nothing).spread(liked)
        lead = portfolio_tables.best_rows(sets.row, sets.reduced)
        np.maximum.at(floor, crowded[sets.row[lead]], sets.reduced[lead])
        low = floor[crowded] - question.slack
        tighter = modular_bound.tighten(self.problem, task, cuts, low, CLOSER_STEPS)
        return to_codes(sets.take(lead), part), tighter

    def _net(self, slope: Floats) -> Floats:
        """Return score less price of every pair of the slice, in float32: (b, m).

        The difference is taken in float64: prices may be as large as scores.
        """
        rows, block, y = self.question.rows, self.block, self.question.y
        net = block.score[self.place]
        prices = rows.prices(y)
        shared = prices.match
        if is_concave(self.problem):
            net = np.where(np.isfinite(net), np.maximum(net - self.problem.min_gain, 0.0), -np.inf)
            net *= slope[:, None]
        else:
            shared = shared + self.problem.min_gain
        load = 1.0 if block.load is None else block.load[self.place]
        net -= load * prices.load + shared
        if block.sponsored is not None:
            net -= block.sponsored[self.place] * prices.sponsorship
        mentee, mentor, cost = rows.pair_costs(y)
        here = np.flatnonzero((mentee >= self.mentees[0]) & (mentee <= self.mentees[-1]))
        np.subtract.at(net, (mentee[here] - self.mentees[0], mentor[here]), cost[here])
        return net.astype(np.float32)

    def _with_coverage(
        self, net: Floats, mentees: Ints, cuts: Cuts | None, slope: Floats
    ) -> Floats:
        """Return `net` with what each mentor adds to the coverage bound at most: (b, m)."""
        problem = self.problem
        if cuts is None or problem.needs is None or self.pricer.excess is None:
            return net
        needs = slope[:, None] * problem.needs[mentees]
        total = self.pricer.excess.total(
            self.pricer.excess.of_cuts(needs, cuts, problem.second_cover)
        )
        total += net
        return total

    def _best_columns(self, bound: Floats) -> portfolio_tables.CandidateItems:
        held = self._required_at()
        if len(held[0]):
            bound = bound.copy()
            bound[held] = np.inf
        code = portfolio_tables.largest_columns(bound, self.question.width)
        code.sort(axis=1)
        return self._listed(code)

    def _listed(self, code: Ints) -> portfolio_tables.CandidateItems:
        """Look the items `code` (b, P) up in the block; -1 and pairs not allowed become padding."""
        block, row, column = self.block, self.place[:, None], np.maximum(code, 0)
        score = block.score[row, column]
        load: Floats = np.ones(code.shape)
        sponsored: Floats = np.zeros(code.shape)
        if block.load is not None:
            load = block.load[row, column]
        if block.sponsored is not None:
            sponsored = block.sponsored[row, column].astype(np.float64)
        items = portfolio_tables.CandidateItems(self.mentees, code, score, load, sponsored)
        return items.only((code >= 0) & np.isfinite(score))

    def _threshold(
        self, bound: Floats, task: PricingTask, cuts: Cuts | None
    ) -> tuple[Floats, Floats]:
        """Return the least bound with which a mentor can be in a set worth finding: (b,).

        Beside it stands an upper bound on the best set of all: (b,).

        `task` is that of the mentees' reciprocal items, which stand beside the mentors in `bound`.

        A mentor outside the highest k - 1 joins at most those; one inside is always kept by
        adding its own share, since its bound is at least that of any mentor kept.
        """
        side_bound = modular_bound.modular_terms(self.problem, task, cuts)
        # Forced items are in every set: neither can they be left out, nor do they compete.
        held, size = self._held(bound, side_bound)
        question = replace(self.question, cuts=cuts)
        reach = SetBounds.of(self.pricer, question, self.mentees, size, held.total)
        k = reach.most_members
        best = portfolio_tables.largest_columns(held.bound, min(k, bound.shape[1]))
        top = np.where(best >= 0, np.take_along_axis(held.bound, best, axis=1), -np.inf)
        top = -np.sort(-np.hstack([top.astype(np.float64), held.sides]), axis=1)[:, :k]
        return reach.least(top).astype(np.float32), reach.most(top)

    def _held(self, bound: Floats, side_bound: Floats) -> tuple[_Held, Ints]:
        """Take the required items out of the choice and put them into the fixed part."""
        first, required = self.mentees[0], self.pricer.required
        mine = required[(required[:, 0] >= first) & (required[:, 0] <= self.mentees[-1])]
        size = np.bincount(mine[:, 0] - first, minlength=len(self.mentees))
        total = np.zeros(len(self.mentees))
        if len(mine):
            m = self.problem.n_mentors
            bound, side_bound = bound.copy(), side_bound.copy()
            way = mine[mine[:, 1] < m]
            np.add.at(
                total, way[:, 0] - first, bound[way[:, 0] - first, way[:, 1]].astype(np.float64)
            )
            bound[way[:, 0] - first, way[:, 1]] = -np.inf
            side = mine[mine[:, 1] >= m]
            row, slot = np.nonzero(self.pricer.sides.side[side[:, 0]] == (side[:, 1] - m)[:, None])
            np.add.at(total, side[row, 0] - first, side_bound[side[row, 0] - first, slot])
            side_bound[side[row, 0] - first, slot] = -np.inf
        return _Held(bound, side_bound, total), size

    def _required_at(self) -> tuple[Ints, Ints]:
        """Return where the required one-way items of the slice stand: row and mentor."""
        first, required = self.mentees[0], self.pricer.required
        inside = (required[:, 0] >= first) & (required[:, 0] <= self.mentees[-1])
        inside &= required[:, 1] < self.problem.n_mentors
        return required[inside, 0] - first, required[inside, 1]

    def _gather(self, keep: Bools) -> portfolio_tables.CandidateItems:
        """Pack the kept pairs of a slice, best bound first."""
        count = keep.sum(axis=1)
        width = max(1, int(count.max(initial=1)))
        row, column = np.divmod(np.flatnonzero(keep), keep.shape[1])
        rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        code = np.full((len(self.mentees), width), -1, dtype=np.int64)
        code[row, rank] = column
        return self._listed(code)
