"""Scarce places: one mentor each, whose prices may prove that more are no better.

Where hardly more places are than mentees, a flow of one mentor each is solved, and one exact scan
at its prices bounds everything. With too many pairs for a flow over all of them it is solved over
each mentee's best pairs at prices from *disjoint samples*: mentees and places are dealt out into
markets of their own, small enough for an auction, so that every place gets a price. Each exact scan
then gives a bound and the pairs that were missed; it ends with the first one that is within the
gap.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, minimize

from matcher.arrays import Advice, Floats, Ints, present
from matcher.problem.problem import Assignment, Problem
from matcher.problem.rules.limit import Unit
from matcher.problem.value import breaks_rules, held_cover, tier_values, welfare
from matcher.solver.columns.generation import CLOSED, Generated, Generation
from matcher.solver.flow.auction import auction_prices
from matcher.solver.flow.flow_method import can_flow, solve_flow
from matcher.solver.flow.flow_network import PAIRS_HELD
from matcher.solver.flow.relaxed_flow import near_relaxed, relaxed, takes_places
from matcher.solver.flow.singles import cover_of_pairs, sum_over_pairs
from matcher.solver.limits import one_blas_thread
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.model.portfolio_tables import CandidateItems, best_rows, stack
from matcher.solver.pricing.kept_passes import KEPT_PARTS, Arrays
from matcher.solver.pricing.pricer import welfare_gap
from matcher.solver.pricing.scan import LEAST_MENTEES, Scanner
from matcher.solver.rounding.first_solution import Start
from matcher.solver.score_sources import ArrayScores, listed_pairs
from matcher.solver.settings import SolveRun

SCARCE = 1.1
"""Places a mentee up to which one mentor each is tried first."""

MARKET_PAIRS = 3_000_000
"""Pairs of a market, mentees by places: an auction on more costs more a pair."""

STRIP = 400_000
"""Pairs read at once, of which a market keeps those with its own mentors."""

WIDTH = 24
"""Best pairs of a mentee that a flow starts with, and that each scan adds at most."""

DEALT = 8
"""Parts of the mentees, in each of which other mentors are cheaper,"""

CHEAPER = 0.25
"""by this share of the spread of prices: a price that a sample has too high would hide a mentor
from everybody, and its place would stay empty."""

TEMPERATURES, FITTED = (20.0, 3.0, 0.5), 60
"""Temperatures of fitted prices, in gaps that are aimed at, and steps at each of them."""

LEVEL = 0.1
"""Part of the gap that a higher level of prices may cost."""

HOPELESS, SETTLING = 0.05, 0.5
"""Relative gap after a scan above which it is left to column generation at once, since second
mentors are then worth their prices; and the part of the gap before that a further scan leaves at
most, else it is left too. With 400,000 mentors the first scan is 2 % off, for want of pairs."""

RELAXED = 0.8
"""Part of the gap within which an answer beside a relaxed flow is taken."""

SCANS = 4
"""Exact scans after which it is left to column generation."""


@dataclass(frozen=True)
class ProvedSingles:
    """One mentor each, and the proof that nothing is better by more than the gap."""

    start: Start
    generated: Generated
    rows: Rows
    objective: float
    """Welfare of the answer."""


def proved_singles(problem: Problem, run: SolveRun, scanner: Scanner) -> ProvedSingles | None:
    """Return the best answer with one mentor each, if its prices prove that more are no better.

    Parameters
    ----------
    problem
        The instance. With places to spare it is not tried, nor where a mentee must have two.
    run
        Its settings and clock. Nor is it tried where somebody has two in its known solution.
    scanner
        What prices the problem.
    """
    single = replace(problem, limit=np.minimum(problem.limit, 1))
    forced = np.bincount(problem.required[:, 0], minlength=problem.n_mentees)
    spare = problem.capacity.sum() > SCARCE * problem.n_mentees
    has_two = run.known is not None and np.bincount(run.known.pairs[:, 0]).max(initial=0) > 1
    if spare or has_two or (forced > 1).any() or _tiers_count_more(problem):
        return None
    if problem.n_mentees * problem.n_mentors <= PAIRS_HELD:
        return _by_whole_flow(problem, single, run, scanner)
    if not can_flow(single):
        return None
    return ListedMarket(problem, present(sum_over_pairs(single)), run, scanner).proved()


def _tiers_count_more(problem: Problem) -> bool:
    """Whether a mentee's second mentor can raise a tier."""
    tiers = problem.tiers
    if tiers is None:
        return False
    least = tiers.minimum is not None and bool((tiers.minimum > 1).any())
    return least or tiers.choices is not None


def _by_whole_flow(
    problem: Problem, single: Problem, run: SolveRun, scanner: Scanner
) -> ProvedSingles | None:
    is_flow = can_flow(single)
    if not is_flow and not takes_places(single):
        return None
    plain = single if is_flow else relaxed(single)
    if not can_flow(plain):
        return None
    found = solve_flow(plain, run, tiers_pay=True)
    one = found.assignment
    if one is None or run.clock.limit_hit:
        return None
    if not is_flow:
        one = near_relaxed(single, one, run)
    if one is None or run.clock.limit_hit or breaks_rules(problem, one).any():
        return None
    if dict(tier_values(problem, one)) != dict(found.tier_bounds):
        return None
    gap = welfare_gap(problem, one, run.settings.gap)
    run = replace(run, settings=replace(run.settings, gap=gap))
    start = Start(one, dict(tier_values(problem, one)), found.tier_bounds)
    rows = Rows(problem, problem.max_size, tier_rows(problem, problem.max_size, start.targets))
    generation = Generation(rows, scanner, run)
    generation.seed(one)
    generation.resume(found.duals)
    proved = generation.proved(CLOSED if is_flow else RELAXED)
    return None if proved is None else ProvedSingles(start, proved, rows, welfare(problem, one))


@dataclass(frozen=True)
class ListedMarket:
    """Flows over listed pairs of a problem with too many pairs to hold."""

    problem: Problem
    plain: Problem
    """The same with one mentor each, as a sum over pairs."""
    run: SolveRun
    scanner: Scanner

    @property
    def _may_list(self) -> bool:
        """Whether pairs can be listed: only places bind, and prices order mentors as worth does."""
        problem = self.problem
        plain = problem.tiers is None and not problem.fairness and not len(problem.required)
        by_load = all(limit.unit is Unit.LOAD for limit in problem.limits)
        rules = len(problem.portfolio_rules) + len(problem.soft_rules)
        here = self.run.cluster is None and listed_pairs(problem.scores) is None
        return plain and by_load and not rules and here

    def proved(self) -> ProvedSingles | None:
        """Return the first answer whose bound is within the gap."""
        if not self._may_list:
            return None
        problem, run = self.problem, self.run
        rows = Rows(problem, problem.max_size)
        generation = Generation(rows, self.scanner, run)
        price = rows.part(generation.y, "capacity")
        run.observer.on_phase("prices: samples")
        price[:] = self.sampled_prices()
        run.observer.on_phase("prices: best pairs")
        items, most = self.best_items(rows, generation.y), HOPELESS
        for _ in range(SCANS):
            run.observer.on_phase("flow: listed pairs")
            singles = self._listed(items, alone=True)
            found = solve_flow(replace(self.plain, scores=ArrayScores.of_pairs(singles)), run)
            one, told = present(found.assignment), self._told(items)
            generation.seed(one, told)
            if self._is_near(generation):  # the bound of the scan before will do
                return self._proof(one, told, generation)
            price[:] = fitted_prices(singles, problem.capacity, price, run.settings.gap)
            if not run.clock.within(0.4):
                return None
            run.observer.on_phase("prices: exact scan")
            scan = generation.scanned_once(items, WIDTH)
            if self._is_near(generation):
                return self._proof(one, told, generation)
            off = (generation.bound - generation.known) / abs(generation.bound)
            if off > most:
                return None
            most = SETTLING * off
            held = scan.sets.take(best_rows(scan.sets.mentee, scan.sets.reduced))
            items = items.union(scan.candidates).union(held.as_candidates(problem.n_mentees))
            generation.y = generation.y.copy()
            price = rows.part(generation.y, "capacity")
        return None

    def _is_near(self, generation: Generation) -> bool:
        """Whether the answer in hand is within the gap of the bound."""
        bound, gap = generation.bound, self.run.settings.gap
        return bool(np.isfinite(bound) and bound - generation.known <= gap * abs(bound))

    @staticmethod
    def _proof(one: Assignment, told: Problem, generation: Generation) -> ProvedSingles:
        """Return an answer with its bound, and what its listed pairs are worth."""
        generated, rows = generation.generated(), generation.rows
        return ProvedSingles(Start(one, {}, {}), generated, rows, welfare(told, one))

    def sampled_prices(self) -> Floats:
        """Return about what a place of each mentor is worth: (m,), the mean over its markets."""
        problem, m = self.plain, self.plain.n_mentors
        most = np.minimum(np.floor(problem.capacity), problem.n_mentees).astype(np.int64)
        place, rng = np.repeat(np.arange(m), most), np.random.default_rng(self.run.settings.seed)
        count = int(np.ceil(np.sqrt(problem.n_mentees * max(1, len(place)) / MARKET_PAIRS)))
        mentees = np.array_split(rng.permutation(problem.n_mentees), count)
        places = np.array_split(rng.permutation(place), count)

        def market(number: Ints) -> tuple[Ints, Ints, Floats]:
            mentor, capacity = np.unique(places[int(number[0])], return_counts=True)
            gain = self._gains(np.sort(mentees[int(number[0])]), mentor)
            return mentor, capacity, auction_prices(gain, capacity.astype(np.float64))

        def some(numbers: Ints) -> Arrays:
            with one_blas_thread():
                found = self.scanner.in_threads(market, list(numbers[:, None]))
            mentor, capacity, price = (np.concatenate(part) for part in zip(*found, strict=True))
            return {"mentor": mentor, "paid": capacity * price}

        total = np.zeros(m)
        for numbers in np.array_split(np.arange(count), min(count, KEPT_PARTS)):
            kept = self.scanner.kept
            asked = [self.run.settings.seed, MARKET_PAIRS, numbers]
            part = partial(some, numbers)
            found = part() if kept is None else kept.arrays("market", asked, part)
            np.add.at(total, found["mentor"], found["paid"])
        return total / np.maximum(most, 1)

    def _gains(self, mentees: Ints, mentor: Ints) -> Advice:
        """Return what some mentors alone are worth to some mentees, in float32."""
        if self.scanner.products is not None:
            return self.scanner.products.alone(mentees, mentor)
        step = max(LEAST_MENTEES, STRIP // self.plain.n_mentors)
        out = np.empty((len(mentees), len(mentor)), dtype=np.float32)
        for first in range(0, len(mentees), step):
            rows = mentees[first : first + step]
            out[first : first + step] = self.plain.scores.block(rows).score[:, mentor]
        return out

    def best_items(self, rows: Rows, y: Floats) -> CandidateItems:
        """Return each mentee's best mentors at duals `y`, where each mentor is cheaper for some."""
        blocks, at = self.scanner.blocks(), np.zeros(self.problem.n_mentees)
        less = CHEAPER * float(rows.part(y, "capacity").std())
        found = []
        for part in range(DEALT):
            if not blocks[part::DEALT]:
                continue
            cheaper = y.copy()
            rows.part(cheaper, "capacity")[part::DEALT] -= less
            scan = self.scanner.scan(
                rows, cheaper, None, None, at, width=WIDTH, blocks=blocks[part::DEALT]
            )
            found.append(scan.candidates)
        items = stack(found)
        return items.take(np.argsort(items.mentee, kind="stable"))

    def _told(self, items: CandidateItems) -> Problem:
        """Return the problem with the scores of these items alone."""
        return replace(self.problem, scores=ArrayScores.of_pairs(self._listed(items, alone=False)))

    def _listed(self, items: CandidateItems, *, alone: bool) -> sparse.csr_array:
        """Return the score of each item, or what it is worth alone: (n, m)."""
        problem, there = self.problem, items.code >= 0
        mentee = np.broadcast_to(items.mentee[:, None], items.code.shape)[there]
        mentor, worth = items.code[there], items.score[there]
        if alone and problem.needs is not None:
            worth = worth + cover_of_pairs(problem, mentee, mentor, *held_cover(problem))
        return sparse.csr_array((worth, (mentee, mentor)), problem.scores.shape)


def fitted_prices(worth: sparse.csr_array, capacity: Floats, price: Floats, gap: float) -> Floats:
    """Return prices near some others with a lower bound over listed pairs: (m,).

    The maximum over a mentee's pairs is a soft one, so that the prices lie in the midst of those
    that are best over what is listed. A flow's own are at the edge: pairs that are not listed would
    break them widely.

    Parameters
    ----------
    worth
        (n, m) what each listed pair is worth.
    capacity
        (m,) places.
    price
        (m,) prices to start from. None moves by more than half of what parts the best listed pair
        of a mentee from the last one: farther, and pairs that are not listed would be better.
    gap
        Relative gap that is aimed at.
    """
    there = np.flatnonzero(np.diff(worth.indptr))
    start, length = worth.indptr[there], np.diff(worth.indptr)[there]
    mentor, data, scale = worth.indices, worth.data, float(max(1, len(there)))
    unit = float(np.maximum.reduceat(data, start).mean()) if len(there) else 1.0

    def dual(y: Floats, eps: float) -> tuple[float, Floats]:
        reduced = data - y[mentor]
        # Nobody at all is worth 0, which is as good as a pair.
        highest = np.maximum(np.maximum.reduceat(reduced, start), 0.0)
        weight = np.exp((reduced - np.repeat(highest, length)) / eps)
        total = np.add.reduceat(weight, start) + np.exp(-highest / eps)
        used = np.bincount(mentor, weights=weight / np.repeat(total, length), minlength=len(y))
        value = float(capacity @ y) + float((highest + eps * np.log(total)).sum())
        return value / scale, (capacity - used) / scale

    net = data - price[mentor]
    apart = np.maximum.reduceat(net, start) - np.minimum.reduceat(net, start)
    reach = 0.5 * float(np.median(apart)) if len(there) else 0.0
    low, high = np.maximum(price - reach, 0.0), price + reach
    for temperature in TEMPERATURES:
        with one_blas_thread():
            found = minimize(
                dual,
                np.clip(price, low, high),
                args=(temperature * gap * unit,),
                jac=True,
                method="L-BFGS-B",
                bounds=Bounds(low, high),
                options={"maxiter": FITTED, "maxcor": 20, "ftol": 1e-9, "gtol": 1e-9},
            )
        price = found.x
    net = data - price[mentor]
    surplus = np.maximum(np.maximum.reduceat(net, start), 0.0)
    return np.asarray(price + _level(surplus, float(capacity.sum()), float(capacity @ price), gap))


def _level(surplus: Floats, places: float, paid: float, gap: float) -> float:
    """Return by how much all prices may rise at hardly any cost.

    Where places are scarce the level of prices is free within bounds as long as everybody has one
    mentor at most. The higher they are, the less a second mentor is worth.

    Parameters
    ----------
    surplus
        (n,) what each mentee's best pair is worth above its price.
    places, paid
        Places in all, and what they cost together.
    gap
        Relative gap that is aimed at.
    """
    rise = np.sort(surplus)
    left = np.cumsum(rise[::-1])[::-1] - rise * np.arange(len(rise), 0, -1)
    bound = paid + rise * places + left
    least = paid + float(surplus.sum())
    return float(rise[bound <= least + LEVEL * gap * abs(least)].max(initial=0.0))
