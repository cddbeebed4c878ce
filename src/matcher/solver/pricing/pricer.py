"""Pricing among candidates: portfolios of every mentee at given duals, and what a pricer is asked.

Inner rounds price among short candidate lists; `scan` looks at every pair.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Protocol, Self

import numpy as np
from joblib import Parallel, delayed

from matcher.problem import value
from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.solver.limits import Clock
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.portfolio_tables import (
    CandidateItems,
    PricedPortfolios,
    SideTable,
    items_of_codes,
)
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.pricing.modular_bound import Cuts, OfferExcess, modular_terms, tighten
from matcher.solver.pricing.set_search import FoundSets, PricingTask, Search, SeatPlaces


@dataclass(frozen=True)
class ScanQuestion:
    """What is asked of consecutive mentees: rows, their duals, and the state of each mentee."""

    rows: Rows
    y: Floats
    floor: Floats
    """(b,) value at `y` that a set must beat."""
    cuts: Cuts | None
    at: Floats
    """(b,) V at which U is linearised."""
    width: int = 0
    """Candidates a mentee that a scan returns."""
    slack: float = 0.0
    """How far below a mentee's best a set may be and still be returned."""
    search: bool = True
    """Whether sets are searched for, or candidates collected only."""
    first: int = 0
    """Mentee to whom the first entry of the arrays belongs."""
    likely: CandidateItems | None = None
    """Items that may well be each mentee's best; a hint, which changes no answer."""

    def of_block(self, mentees: Ints) -> Self:
        """Return what is asked of some of the mentees, consecutive ones; its arrays are new."""
        place = mentees - self.first
        return replace(
            self,
            floor=self.floor[place],
            cuts=None if self.cuts is None else self.cuts.take(place),
            at=self.at[place],
            first=int(mentees[0]),
            likely=None if self.likely is None else self.likely.take(place),
        )


@dataclass(frozen=True)
class BlockAnswer:
    """What a scan of one block of mentees found."""

    sets: PricedPortfolios | None
    """None without a search."""
    candidates: CandidateItems
    survivors: float
    """Mean number of mentors a mentee that the screen left."""
    unsearched: Floats | None = None
    """(b,) upper bound for those for whom time was too short, -inf for others; None: searched."""


@dataclass(frozen=True)
class Scan:
    """What a pass over all pairs found."""

    best: Floats
    """(n,) maximum of ``U(V(S)) - sum_r a_r y_r`` over all S, the empty set included; for those
    who were not searched an upper bound on it."""
    sets: PricedPortfolios
    candidates: CandidateItems
    survivors: float
    """Mean number of mentors a mentee that the screen left."""
    searched: bool
    """Whether time sufficed to search for every mentee."""


class RemoteScanner(Protocol):
    """What scans blocks of mentees elsewhere, such as workers of a cluster."""

    def scan_blocks(
        self, problem: Problem, question: ScanQuestion, blocks: list[Ints]
    ) -> list[BlockAnswer]:
        """Return what was found in each block, in the order of the blocks."""


AIMED = 0.8
"""Part of the published gap that is aimed at where welfare is no plain sum."""

BLOCK_PAIRS = 4_000_000
"""Pairs that a block holds at once."""

SEARCHED = 0.7
"""Share of the time limit after which a scan bounds mentees instead of searching."""

PIECES = 8
"""Pieces, at least, that the mentees are cut into for threads."""


SMALLEST = 2_000
"""Mentees below whom a piece is not worth a thread: the interpreter's lock costs more."""


class Pricer:
    """Prices portfolios of one problem at any duals."""

    def __init__(
        self,
        problem: Problem,
        *,
        threads: int = 1,
        block_pairs: int = BLOCK_PAIRS,
        clock: Clock | None = None,
    ) -> None:
        self.problem, self.clock = problem, clock
        self.threads = threads
        self.block_pairs = block_pairs
        self.sides = SideTable.of(problem)
        self.max_size = problem.max_size
        self.required = _required_codes(problem, self.sides)
        self.side_bonus = _side_bonus(problem)
        self.classes = None if len(self.required) else SeatClasses.filled(problem)

    @cached_property
    def excess(self) -> OfferExcess | None:
        """Excess of the mentors' offers over knots, None without coverage."""
        return None if self.problem.offers is None else OfferExcess.of(self.problem.offers)

    @property
    def is_hurried(self) -> bool:
        """Whether so little time is left that a scan must not search any more."""
        return self.clock is not None and not self.clock.within(SEARCHED)

    def task(self, question: ScanQuestion, candidates: CandidateItems) -> PricingTask:
        """Return the pricing task of candidates of mentees who are part of a question."""
        mentees = candidates.mentee
        mentor = np.maximum(items_of_codes(self.problem, candidates.code)[0], 0)
        slope, shift = tangent(self.problem, question.at[mentees - question.first])
        return PricingTask(
            candidates,
            mentor,
            price=self._candidate_price(question.rows, question.y, candidates, mentor),
            bonus=question.rows.size_bonus(question.y, mentees),
            slope=slope,
            shift=shift,
            required=_is_required(candidates, self.required),
            seats=self._seats(candidates, mentor),
        )

    def _seats(self, candidates: CandidateItems, mentor: Ints) -> SeatPlaces | None:
        """Return the seats of candidates, where those leave no place over."""
        if self.classes is None:
            return None
        kind = np.where(candidates.code >= 0, self.classes.of_mentor[mentor], -1)
        return SeatPlaces(kind, self.classes.least)

    def _candidate_price(
        self, rows: Rows, y: Floats, candidates: CandidateItems, mentor: Ints
    ) -> Floats:
        code, m = candidates.code, self.problem.n_mentors
        prices = rows.prices(y)
        price = candidates.load * prices.load[mentor] + prices.match[mentor]
        if prices.sponsorship.any():
            price += candidates.sponsored * prices.sponsorship[mentor]
        side, sides = code - m, self.problem.n_sides
        is_side = (side >= 0) & (side < sides)
        if sides:
            dear = prices.side - self.side_bonus
            price += np.where(is_side, dear[np.clip(side, 0, sides - 1)], 0.0)
        mentee, other, cost = rows.pair_costs(y)
        if len(cost):
            keys, total = _sum_by(mentee * m + other, cost)
            mine = np.where((code >= 0) & ~is_side, candidates.mentee[:, None] * m + mentor, -1)
            at = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
            price += np.where(keys[at] == mine, total[at], 0.0)
        return np.where(code >= 0, price, 0.0)

    def price(
        self, question: ScanQuestion, candidates: CandidateItems, steps: int
    ) -> tuple[PricedPortfolios, Cuts | None]:
        """Return good sets among candidates, several a mentee, and multipliers tightened on them.

        The sets are greedy ones from several starts: enough for the dual to move, cheap, and each
        mentee's best is a floor for the exact scan. Without steps the candidates may be of some
        mentees only.
        """
        run = partial(self._price_chunk, question, candidates, steps)
        parts = self._map_rows(run, len(candidates.mentee), 200_000 // candidates.width)
        sets = PricedPortfolios.join([part[0] for part in parts])
        if question.cuts is None or not steps:
            return sets, question.cuts
        return sets, Cuts.join([part[1] for part in parts])

    def _map_rows(self, function: Callable[[Ints], Any], count: int, size: int) -> list[Any]:
        """Apply `function` to chunks of row numbers, in threads; results in order."""
        # As many pieces on every machine, so that results never depend on the number of threads.
        size = max(64, min(size, max(SMALLEST, -(-count // PIECES))))
        chunks = [np.arange(s, min(s + size, count)) for s in range(0, count, size)]
        return self.in_threads(function, chunks)

    def in_threads(self, function: Callable[[Ints], Any], parts: list[Ints]) -> list[Any]:
        """Apply `function` to every part; results in order."""
        if self.threads == 1 or len(parts) == 1:
            return [function(part) for part in parts]
        work = Parallel(n_jobs=self.threads, prefer="threads")
        return list(work(delayed(function)(part) for part in parts))

    def _price_chunk(
        self, question: ScanQuestion, candidates: CandidateItems, steps: int, chunk: Ints
    ) -> tuple[PricedPortfolios, Cuts | None]:
        part = candidates.take(chunk)
        if steps:
            question = question.of_block(part.mentee)
        task = self.task(question, part)
        nothing, cuts = np.full(len(chunk), -np.inf), question.cuts
        mine = None if cuts is None else cuts.take(part.mentee - question.first)
        liked = modular_terms(self.problem, task, mine)
        sets = to_codes(Search(self.problem, task, nothing).spread(liked), part)
        if not steps:
            return sets, None
        floor = question.floor
        np.maximum.at(floor, sets.mentee - question.first, sets.reduced)
        return sets, tighten(self.problem, task, question.cuts, floor, steps)


def tangent(problem: Problem, at: Floats) -> tuple[Floats, Floats]:
    """Return slope and shift of a line that is at least U for V >= 0 and touches it at `at`."""
    if not value.is_concave(problem):
        return np.ones_like(at), np.zeros_like(at)
    at = np.maximum(at, 0.0)
    slope = (at + value.FAIRNESS_OFFSET) ** -float(problem.fairness)
    return slope, value.utility(at, problem.fairness) - slope * at


def welfare_gap(problem: Problem, assignment: Assignment, gap: float) -> float:
    """Return the relative gap of welfare at which the published one is at most `gap`.

    With fairness that is one of equally distributed equivalents L, which changes by
    dW / (n U'(L) L) where welfare changes by dW; L is taken from a first solution.

    Parameters
    ----------
    problem
        The instance.
    assignment
        A first solution.
    gap
        The published gap.
    """
    total = value.welfare(problem, assignment)
    if not value.is_concave(problem) or total <= 0:
        return gap
    n = problem.n_mentees
    level = value.inverse_utility(np.array([total / n]), problem.fairness)
    share = float(n * tangent(problem, level)[0][0] * level[0] / total)
    return min(gap, AIMED * share * gap)


def to_codes(sets: FoundSets, candidates: CandidateItems) -> PricedPortfolios:
    """Replace candidate positions by item codes and look loads up."""
    there = sets.position >= 0
    row, position = sets.row[:, None], np.maximum(sets.position, 0)
    return PricedPortfolios(
        mentee=candidates.mentee[sets.row],
        members=np.where(there, candidates.code[row, position], -1),
        value=sets.value,
        reduced=sets.reduced,
        score=np.where(there, candidates.score[row, position], -np.inf),
        load=np.where(there, candidates.load[row, position], 0.0),
        sponsored=np.where(there, candidates.sponsored[row, position], 0.0),
    )


def _sum_by(key: Ints, amount: Floats) -> tuple[Ints, Floats]:
    keys, inverse = np.unique(key, return_inverse=True)
    return keys, value.summed(inverse, amount, len(keys))


def _side_bonus(problem: Problem) -> Floats:
    """Return what each side of a reciprocal pair earns for having been made before: (2r,)."""
    if problem.reciprocal is None:
        return np.empty(0)
    return value.kept_bonus(problem, *problem.reciprocal.sides[:2])


def _required_codes(problem: Problem, sides: SideTable) -> Ints:
    """Return required items as (k, 2) mentee and item code."""
    parts = [problem.required.reshape(-1, 2)]
    pairs = problem.reciprocal
    if pairs is not None and len(problem.required_reciprocal):
        number, m = problem.required_reciprocal, problem.n_mentors
        parts.append(np.column_stack([pairs.mentee_a[number], m + number]))
        parts.append(np.column_stack([pairs.mentee_b[number], m + len(pairs) + number]))
    return np.concatenate(parts).astype(np.int64)


def _is_required(candidates: CandidateItems, required: Ints) -> Bools:
    if not len(required):
        return np.zeros(candidates.code.shape, dtype=bool)
    width = int(required[:, 1].max()) + 2
    keys = required[:, 0] * width + required[:, 1]
    code = candidates.code
    mine = np.where((code >= 0) & (code < width), candidates.mentee[:, None] * width + code, -1)
    return np.isin(mine, keys)
