"""Column generation: prices, portfolios that price in, and a bound from exact pricing.

A warm-up alternates cheap scans for candidates, greedy pricing among them and a smoothed dual
fit, at falling temperature. Exact scans then give the bound, the columns that were missed and the
proof that none is left. See docs/solver.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.observe import SILENT, Progress
from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.value import breaks_rules, is_concave, welfare
from matcher.solver.columns import smoothed_dual as dual
from matcher.solver.columns.dual_scans import ray_along
from matcher.solver.columns.mentee_sample import Sample
from matcher.solver.columns.smoothed_dual import ForcedPlaces, Schedule
from matcher.solver.model.column_pool import ColumnPool, allowed_portfolios, keys_of
from matcher.solver.model.linking_rows import SUM_ROUNDING, Rows
from matcher.solver.model.portfolio_tables import (
    CandidateItems,
    PricedPortfolios,
    best_rows,
    lowest_of_each,
)
from matcher.solver.pricing.modular_bound import Cuts, additive_cuts
from matcher.solver.pricing.pricer import Scan, ScanQuestion, tangent
from matcher.solver.pricing.scan import Scanner
from matcher.solver.settings import SolveRun
from matcher.solver.solution import DualRow

SCAN_WIDTH = 32
"""Candidates a mentee in the warm-up."""

NEAR, NEAR_SEATED = 2.0, 0.5
"""Temperatures within which of the best an exact scan lists portfolios. With four seats those of
one exchange are so many that listing them took most of a solve."""

SEATED = 5_000
"""Mentees with seats from whom on a tight bound is enough, whatever the temperature: each exact
round takes minutes, and a dive prices anew at temperatures of its own."""

SLAB = 50_000
"""Mentees who are priced among candidates at once where only the best set of each is kept."""

RESUMED = 0.003
"""First temperature from known duals. Exact rounds alone would be quicker, but where the duals
are far they ran out of rounds with a gap of 5 %."""


DEAREST = 4.0
"""Largest dual that a sample may start the full problem with, in worths of a portfolio."""

CLOSED = 0.1
"""Part of the gap within which a first solution needs no better one: there may be one."""


@dataclass(frozen=True)
class Generated:
    """What column generation ends with."""

    pool: ColumnPool
    share: Floats
    """(q,) soft choice of each column: nearly a solution of the linear master."""
    y: Floats
    """Duals with the best bound."""
    bound: float
    """Proved upper bound on welfare, inf if no exact scan was finished."""
    best: Floats
    """(n,) each mentee's maximum at `y`."""
    cuts: Cuts | None
    at: Floats
    rounds: int
    unit: float = 1.0
    """A typical worth of a portfolio."""
    detail: str = ""
    """Why nothing fits, where that is proved; the bound is then -inf."""
    closed_bound: float = np.inf
    """Bound that an exact choice among all columns that matter claims; not re-proved by duals."""


class Generation:
    """Column generation on one problem with given rows."""

    def __init__(
        self, rows: Rows, scanner: Scanner, run: SolveRun, schedule: Schedule | None = None
    ) -> None:
        self.problem, self.rows, self.scanner, self.run = rows.problem, rows, scanner, run
        self.schedule = schedule or Schedule()
        n = self.problem.n_mentees
        self.pool = ColumnPool.start(rows)
        self.share = np.empty(0)
        self.y = np.zeros(rows.count)
        self.at = np.zeros(n)
        self.cuts = additive_cuts(self.problem, np.arange(n))
        self.bound, self.best_y, self.best = np.inf, self.y, np.full(n, np.inf)
        self.rounds = 0
        self.detail = ""
        self.known = -np.inf
        self.forced = ForcedPlaces.of(self.problem)
        self.seeded = np.empty(0, dtype=np.int64)

    def seed(self, assignment: Assignment, told: Problem | None = None) -> None:
        """Put the portfolios of a known solution into the pool, never to be forgotten.

        Where tiers are as high as they can be, hardly any other portfolios reach them together.
        `told` is the problem with the scores of these pairs listed, which spares a look at all.
        """
        told = self.problem if told is None else told
        sets = allowed_portfolios(told, assignment, self.rows.max_size)
        self.pool, _ = self.pool.add(self.rows, sets)
        self.seeded = keys_of(sets)
        if not breaks_rules(told, assignment).any():
            self.known = welfare(told, assignment)

    def warm_start(self, before: Generated, rows: Rows) -> None:
        """Start from the columns and duals of a solve with fewer rows of some kinds."""
        self.pool, self.cuts, self.at = before.pool.with_rows(self.rows), before.cuts, before.at
        for kind in rows.spans:
            known = rows.part(before.y, kind)
            self.rows.part(self.y, kind)[: len(known)] = known

    def resume(self, duals: tuple[DualRow, ...]) -> None:
        """Start at the duals of another solution, kind by kind where the numbers of rows agree."""
        for kind in {row.kind for row in duals}:
            own, given = self.rows.part(self.y, kind), [r.dual for r in duals if r.kind == kind]
            if len(own) == len(given):
                own[:] = given
        self.y = self.rows.within_range(self.y)
        never = self.problem.n_mentees + 1
        self.schedule = replace(self.schedule, first=RESUMED, sampled=never)

    def generate(self, *, warm: bool = False) -> Generated:
        """Generate columns until the bound is tight or a limit is reached."""
        unit = self._unit()
        eps = self.schedule.first * unit if warm else self._first_duals(unit)
        candidates = self._candidates()
        self._refresh_values(candidates)
        if not warm:
            last = self.schedule.warm_last
            candidates, eps = self._warm_up(candidates, eps, unit, last=last, share=0.4)
        self._exact(candidates, min(eps, 0.002 * unit), unit)
        return self.generated(unit)

    def proved(self, within: float = CLOSED) -> Generated | None:
        """Return the proof that the duals in hand give of the known solution, None without one.

        It proves what is `within` a part of the gap.
        """
        candidates = self._candidates()
        self._refresh_values(candidates)
        self.scanned_once(candidates, self.rows.max_size)
        is_near = self.bound - self.known <= within * self.run.settings.gap * abs(self.bound)
        return self.generated() if is_near else None

    def stepped(self, y: Floats) -> int:
        """Take the bound at duals y (R,), and the columns that price in: how many are new."""
        self.y, before = self.rows.within_range(y), len(self.pool)
        candidates = self._candidates()
        self._refresh_values(candidates)
        scan = self.scanned_once(candidates, self.rows.max_size)
        self.pool, _ = self.pool.add(self.rows, scan.sets)
        return len(self.pool) - before

    def scanned_once(self, candidates: CandidateItems, width: int) -> Scan:
        """Take the bound of one exact scan at the duals in hand.

        Parameters
        ----------
        candidates
            Items of every mentee among which sets to beat are looked for.
        width
            Candidates a mentee that the scan returns.
        """
        question, best, tighter = self._question(), [], []
        for first in range(0, self.problem.n_mentees, SLAB):
            part = candidates.take(np.arange(first, min(first + SLAB, self.problem.n_mentees)))
            sets, cuts = self.scanner.price(question, part, self.schedule.first_steps)
            best.append(sets.take(best_rows(sets.mentee, sets.reduced)))
            tighter += [] if cuts is None else [cuts]
        self.cuts = Cuts.join(tighter) if tighter else None
        self.pool, _ = self.pool.add(self.rows, PricedPortfolios.join(best))
        scan = self.scanner.scan(
            self.rows, self.y, self._leaders(), self.cuts, self.at, width=width, likely=candidates
        )
        self._take_bound(scan.best)
        self.rounds, self.share = self.rounds + 1, np.zeros(len(self.pool))
        self._report()
        return scan

    def generated(self, unit: float = 1.0) -> Generated:
        """Return what is known now; `unit` is a typical worth of a portfolio."""
        return Generated(
            pool=self.pool,
            share=self.share,
            y=self.best_y,
            bound=self.bound,
            best=self.best,
            cuts=self.cuts,
            at=self.at,
            rounds=self.rounds,
            unit=unit,
            detail=self.detail,
        )

    def _first_duals(self, unit: float) -> float:
        """Take duals and multipliers from a sample of a large problem; return the temperature."""
        plan, n = self.schedule, self.problem.n_mentees
        if n < plan.sampled:
            return plan.first * unit
        sample = Sample.of(self.rows, int(plan.sample * n))
        quiet = replace(self.run, observer=SILENT)
        smaller = Generation(sample.rows, self.scanner.of(sample.problem), quiet, plan)
        eps = smaller._first_duals(unit)
        candidates = smaller._candidates()
        smaller._refresh_values(candidates)
        smaller._warm_up(candidates, eps, unit, last=plan.sample_last, share=0.1)
        # Where the sample cannot keep a row that all mentees can, its dual grows without end.
        most = DEAREST * unit
        self.y = np.clip(sample.duals(self.rows, smaller.y), -most, most)
        self.cuts = sample.cuts(self.problem, smaller.cuts)
        return plan.after_sample * unit

    def _unit(self) -> float:
        """Return a typical worth of a portfolio, the scale of temperatures."""
        sample = np.unique(np.linspace(0, self.problem.n_mentees - 1, 200).astype(np.int64))
        score = self.problem.scores.block(sample).score
        best = np.where(np.isfinite(score), score, 0.0).max(axis=1, initial=0.0)
        needs = self.problem.needs
        cover = 0.0 if needs is None else float(needs[sample].sum(axis=1).mean())
        unit = float(np.abs(best).mean()) * max(1.0, float(self.problem.limit.mean())) + 0.7 * cover
        slope = float(tangent(self.problem, np.array([max(unit, 1e-9)]))[0][0])
        return max(unit * slope, 1e-9)

    def _candidates(self) -> CandidateItems:
        scan = self.scanner.scan(self.rows, self.y, None, self.cuts, self.at, width=SCAN_WIDTH)
        return scan.candidates.union(self._leading_items())

    def _leaders(self) -> PricedPortfolios:
        """Return each mentee's best known column at the current duals."""
        return self.pool.leaders(self.y)

    def _leading_items(self) -> CandidateItems:
        """Return the members of each mentee's best known column as candidates of every mentee."""
        return self._leaders().as_candidates(self.problem.n_mentees)

    def _floor(self) -> Floats:
        """Return the reduced value of each mentee's best known column: (n,)."""
        leaders, floor = self._leaders(), np.full(self.problem.n_mentees, -np.inf)
        floor[leaders.mentee] = leaders.reduced
        return floor

    def _question(self) -> ScanQuestion:
        return ScanQuestion(self.rows, self.y, self._floor(), self.cuts, self.at)

    def _refresh_values(self, candidates: CandidateItems) -> None:
        """Linearise U where each mentee's best set now is."""
        if not is_concave(self.problem):
            return
        sets, _ = self.scanner.price(self._question(), candidates, 0)
        self._linearise(sets)

    def _linearise(self, sets: PricedPortfolios) -> None:
        lead = best_rows(sets.mentee, sets.reduced)
        self.at[sets.mentee[lead]] = np.maximum(sets.value[lead], 0.0)

    def _price(self, candidates: CandidateItems, eps: float, steps: int) -> int:
        """Price among candidates and add what is within a few temperatures of the best."""
        question = self._question()
        sets, self.cuts = self.scanner.price(question, candidates, steps)
        best = question.floor.copy()
        np.maximum.at(best, sets.mentee, sets.reduced)
        near = np.flatnonzero(sets.reduced >= best[sets.mentee] - self.schedule.keep * eps)
        near = near[lowest_of_each(sets.mentee[near], -sets.reduced[near], self.schedule.most)]
        self.pool, new = self.pool.add(self.rows, sets.take(near))
        if is_concave(self.problem):
            self._linearise(sets)
        return new

    def _fit(self, eps: float, tolerance: float = 1e-12) -> bool:
        """Fit the duals; return whether they showed that no choice of known columns fits."""
        fitted = dual.fit(self.pool, self.rows, self.y, eps, tolerance=tolerance)
        self.y, self.share = fitted.y, fitted.share
        return fitted.is_unbounded

    def _nothing_fits(self) -> bool:
        """Whether the duals are a ray that leaves no solution; else add the columns that say so."""
        ray = ray_along(self.rows, self.pool, self.y, self.scanner)
        if ray.is_proof:
            self.bound, self.detail = -np.inf, ray.words(self.rows)
            return True
        sets = allowed_portfolios(self.problem, ray.least_use, self.rows.max_size)
        self.pool, _ = self.pool.add(self.rows, sets)
        return False

    def _prune(self, eps: float) -> None:
        """Forget columns that are many temperatures below their mentee's best."""
        if len(self.pool) < 16 * self.problem.n_mentees:
            return
        reduced = self.pool.reduced(self.y)
        near = reduced >= self._floor()[self.pool.mentee] - 4 * self.schedule.keep * eps
        near |= self.pool.is_empty | np.isin(self.pool.key, self.seeded)
        keep = np.flatnonzero(near)
        self.pool, self.share = self.pool.take(keep), self.share[keep]

    def _warm_up(
        self, candidates: CandidateItems, eps: float, unit: float, *, last: float, share: float
    ) -> tuple[CandidateItems, float]:
        """Price among candidates at falling temperature until `last` units or a share of time."""
        plan, n = self.schedule, self.problem.n_mentees
        before = np.inf
        for _ in range(plan.warm_rounds):
            first = self._price(candidates, eps, plan.steps)
            unbounded = self._fit(eps, plan.roughly)
            new = first
            for _ in range(plan.inner_rounds):
                if new < plan.settled * n:
                    break
                new = self._price(candidates, eps, steps=0)
                unbounded = self._fit(eps, plan.roughly)
            self._prune(eps)
            self.rounds += 1
            lowest = self._restricted_bound()
            self._report()
            if not self.run.clock.within(share) or (unbounded and not new):
                break
            if first > 0.02 * n:
                candidates = self._candidates()
            if first < plan.settled * n or abs(lowest - before) < plan.still * eps * n:
                if eps < last * unit:
                    break
                eps *= plan.factor
            before = lowest
        return candidates, eps

    def _exact(self, candidates: CandidateItems, eps: float, unit: float) -> None:
        plan = self.schedule
        last = max(plan.last, 0.1 * self.run.settings.gap) * unit
        near = NEAR if self.scanner.classes is None else NEAR_SEATED
        for number in range(plan.exact_rounds):
            steps = plan.first_steps if number == 0 else plan.steps
            priced = self._price(candidates, eps, steps)
            self.y = self._one_price(self.forced.lowered(self.y, self.pool, self.rows))
            leaders = self._leaders()
            scan = self.scanner.scan(
                self.rows,
                self.y,
                leaders,
                self.cuts,
                self.at,
                width=SCAN_WIDTH,
                slack=near * eps,
                likely=candidates,
            )
            self._take_bound(scan.best)
            self.pool, new = self.pool.add(self.rows, scan.sets)
            candidates = scan.candidates.union(self._leading_items())
            unbounded = self._fit(eps)
            if np.isneginf(self.bound):
                return
            if unbounded:
                if self._nothing_fits():
                    return
                unbounded = self._fit(eps)
            self._prune(eps)
            lowest = self._restricted_bound()
            self.rounds += 1
            self._report()
            if not self.run.clock.within(0.7):
                return
            if unbounded:
                continue
            open_ = (self.bound - lowest) / max(abs(self.bound), 1e-12)
            cold = eps <= plan.tight * last or self._is_large_and_seated
            # What was priced among candidates may move the duals, though the scan adds nothing.
            still = new == 0 and (priced == 0 or open_ <= self.run.settings.gap)
            if (open_ <= 0.3 * self.run.settings.gap and cold) or (still and eps <= last):
                return
            eps = max(last, eps * plan.factor)

    @property
    def _is_large_and_seated(self) -> bool:
        return self.scanner.classes is not None and self.problem.n_mentees >= SEATED

    def _one_price(self, y: Floats) -> Floats:
        """Return duals in which mentors of one type have one price, as they have a bound alone."""
        if self.run.types is None:
            return y
        y = y.copy()
        self.rows.part(y, "capacity")[:] = self.run.types.evened(self.rows.part(y, "capacity"))
        return y

    def _take_bound(self, best: Floats) -> None:
        terms = self.rows.rhs * self.y
        bound = float(terms.sum() + best.sum())
        if np.isneginf(bound):
            self.detail = f"row {best.argmin()} of scores has no portfolio that keeps the rules"
        else:
            bound += SUM_ROUNDING * float(np.abs(terms).sum() + np.abs(best).sum())
        if bound < self.bound:
            self.bound, self.best_y, self.best = bound, self.y, best

    def _restricted_bound(self) -> float:
        """Return the dual value over the pool at the current duals: near the restricted optimum."""
        return float(self.rows.rhs @ self.y + self._leaders().reduced.sum())

    def _report(self) -> None:
        """Tell the welfare of the solution in hand, and the bound, as far as there are any."""
        gap, seconds = np.inf, self.run.clock.seconds
        if np.isfinite(self.bound) and np.isfinite(self.known):
            gap = (self.bound - self.known) / max(abs(self.bound), abs(self.known), 1e-12)
        self.run.observer.on_progress(
            Progress("bound", self.rounds, self.known, self.bound, gap=gap, seconds=seconds)
        )
