"""The scan: the best portfolio of every mentee at given duals, over *all* allowed items.

Block by block, in threads or on a cluster: `pair_screen` bounds every pair and keeps the mentors
that could be in a set better than the best one known, `SurvivorSearch` searches those exactly. The
maxima are what the dual bound needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.solver.limits import one_blas_thread
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.portfolio_tables import CandidateItems, PricedPortfolios, best_rows, stack
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.kept_passes import KeptPasses
from matcher.solver.pricing.modular_bound import Cuts, additive_cuts
from matcher.solver.pricing.pair_screen import PairScreen, Screened
from matcher.solver.pricing.pricer import (
    PIECES,
    BlockAnswer,
    Pricer,
    RemoteScanner,
    Scan,
    ScanQuestion,
    to_codes,
)
from matcher.solver.pricing.product_screen import PairProducts, PricedProducts
from matcher.solver.pricing.set_search import PricingTask, Search
from matcher.solver.score_sources import listed_pairs, padded

GROUP = 128
"""Mentees searched together; those with similar numbers of survivors meet."""

WIDEST_SEARCH = 24
"""Survivors a mentee past which the multipliers are tightened again before the search."""

MOST_LISTED = 20_000
"""Sets past which nobody else is searched for: only with a slack are there as many, and an exact
choice among them would not end."""


@dataclass(frozen=True)
class SurvivorSearch:
    """What is searched for: the question of one scan, put to a pricer."""

    pricer: Pricer
    question: ScanQuestion

    def run(
        self, floor: Floats, left: CandidateItems, cuts: Cuts | None
    ) -> tuple[PricedPortfolios, Bools]:
        """Return every set among the survivors `left` above the floor (b,) less slack.

        Beside it stands who was searched for: (b,).
        """
        count = (left.code >= 0).sum(axis=1)
        order = np.argsort(count, kind="stable")
        ranked = count[order]
        found, start = [PricedPortfolios.none(self.pricer.max_size)], 0
        searched = np.zeros(len(order), dtype=bool)
        while start < len(order):
            most = max(WIDEST_SEARCH, 2 * int(ranked[start]))
            stop = min(start + GROUP, int(np.searchsorted(ranked, most, side="right")))
            group, start = order[start:stop], stop
            listed = sum(len(part.mentee) for part in found)
            if self.pricer.is_hurried or (self.question.slack > 0 and listed > MOST_LISTED):
                break
            part = left.take(group).compact()
            cut = None if cuts is None else cuts.take(group)
            found.append(self._group(floor[group], part, cut))
            searched[group] = True
        return PricedPortfolios.join(found), searched

    def _group(self, low: Floats, part: CandidateItems, cuts: Cuts | None) -> PricedPortfolios:
        problem, slack = self.pricer.problem, self.question.slack
        found = []
        # The search grows with a power of the width: bounds are tightened first, where that helps.
        for steps in (0, 15, 30):
            task = self.pricer.task(self.question, part)
            if part.width > WIDEST_SEARCH:
                liked = modular_bound.modular_terms(problem, task, cuts)
                greedy = Search(problem, task, low).spread(liked)
                found.append(to_codes(greedy, part).take(best_rows(greedy.row, greedy.reduced)))
                low = low.copy()
                np.maximum.at(low, greedy.row, greedy.reduced)
            if steps:
                cuts = modular_bound.tighten(problem, task, cuts, low - slack, steps)
            before = part.width
            part = self._drop_hopeless(task, cuts, low - slack)
            stuck = steps > 0 and part.width > 0.7 * before
            if cuts is None or stuck or part.width <= WIDEST_SEARCH:
                break
        task = self.pricer.task(self.question, part)
        found.append(to_codes(Search(problem, task, low, slack).run(), part))
        return PricedPortfolios.join(found)

    def _drop_hopeless(self, task: PricingTask, cuts: Cuts | None, low: Floats) -> CandidateItems:
        """Return the candidates whose bound can reach `low`, best first (float64)."""
        problem = self.pricer.problem
        bound = modular_bound.modular_terms(problem, task, cuts)
        rest, _ = modular_bound.beside(problem, task, bound, cuts)
        return self.hopeful(task, bound, bound + rest, low)

    @staticmethod
    def hopeful(task: PricingTask, bound: Floats, most: Floats, low: Floats) -> CandidateItems:
        """Return the candidates of whom a set may be worth `low`, by class and best first.

        Parameters
        ----------
        task
            What they are candidates for.
        bound, most
            (b, P) what each adds, and the most of a set that holds it.
        low
            (b,)
        """
        order = np.argsort(-bound, axis=1, kind="stable")
        if task.seats is not None:
            kind = np.take_along_axis(task.seats.kind, order, axis=1)
            order = np.take_along_axis(order, np.argsort(kind, axis=1, kind="stable"), axis=1)
        keep = np.take_along_axis(most, order, axis=1) >= low[:, None] - 1e-12
        keep |= np.asarray(task.required.any(axis=1))[:, None]
        return task.candidates.reorder(order).only(keep).compact()


PRODUCT_MENTEES = 2_048
"""Mentees of a block, at least, where only pairs that matter leave the processor's cache."""

SLICE_PAIRS = 400_000
"""Pairs whose bound is held at once, so that they stay in the processor's cache."""

LEAST_MENTEES = 32
"""Mentees of a slice, at least: a product of matrices is slow with few rows."""

LISTED_PAIRS = 100_000
"""Pairs of a block where they are listed, and looked at in float64 at once."""

SMALLEST = 2_000_000
"""Pairs below which a block is not worth a thread."""


class Scanner(Pricer):
    """A pricer that can also look at every pair."""

    def __init__(
        self,
        problem: Problem,
        *,
        cluster: RemoteScanner | None = None,
        kept: KeptPasses | None = None,
        **settings: Any,
    ) -> None:
        """Prepare scans; `settings` are those of `Pricer`."""
        super().__init__(problem, **settings)
        self.cluster, self.kept = cluster, kept
        # Forced items are in every set, which the bounds of what is listed do not tell.
        self.listed = None if len(self.required) else listed_pairs(problem.scores)
        self.products = PairProducts.of(problem)

    def of(self, problem: Problem) -> Scanner:
        """Return a scanner of another problem that runs as this one does, but on no cluster."""
        return Scanner(
            problem, threads=self.threads, block_pairs=self.block_pairs, clock=self.clock
        )

    def scan(
        self,
        rows: Rows,
        y: Floats,
        known: PricedPortfolios | None,
        cuts: Cuts | None,
        at: Floats,
        *,
        width: int,
        slack: float = 0.0,
        blocks: list[Ints] | None = None,
        likely: CandidateItems | None = None,
    ) -> Scan:
        """Look at every allowed pair at duals `y`.

        Parameters
        ----------
        known
            One set a mentee with its value at `y`, which the search must beat; None skips the
            search and only collects candidates.
        cuts
            (n, f) multipliers of the modular bound.
        at
            (n,) values of V at which U is linearised.
        width
            Candidates a mentee to return.
        slack
            How far below a mentee's best a set may be and still be returned.
        blocks
            Consecutive mentees each; None: everybody is looked at.
        likely
            Items of every mentee that may well be the best: a hint for where scores are products.
        """
        floor = np.full(self.problem.n_mentees, -np.inf)
        if known is not None:
            floor[known.mentee] = known.reduced
        search = known is not None
        question = ScanQuestion(rows, y, floor, cuts, at, width=width, slack=slack, search=search)
        if self.products is not None:
            question = replace(question, likely=likely)
        parts = self._scan_blocks(question, blocks)
        found = [*(part.sets for part in parts), known, PricedPortfolios.none(self.max_size)]
        sets = PricedPortfolios.join([part for part in found if part is not None])
        candidates = stack([part.candidates for part in parts])
        best = np.full(self.problem.n_mentees, -np.inf)
        np.maximum.at(best, sets.mentee, sets.reduced)
        for part in parts:
            if part.unsearched is not None:
                mentees = part.candidates.mentee
                best[mentees] = np.maximum(best[mentees], part.unsearched)
        survivors = float(np.mean([part.survivors for part in parts]))
        searched = all(part.unsearched is None for part in parts)
        return Scan(best, sets, candidates, survivors, searched)

    def blocks(self) -> list[Ints]:
        """Return all mentees in the blocks that are scanned."""
        pairs = self.problem.n_mentees * self.problem.n_mentors
        size = min(self.block_pairs, max(SMALLEST, pairs // PIECES))
        if self.listed is not None:
            each = self.listed.nnz / max(1, self.problem.n_mentees)
            size = int(LISTED_PAIRS / max(1.0, each)) * self.problem.n_mentors
        elif self.block_pairs >= SMALLEST:  # fewer are asked for where they are to be small
            rows = LEAST_MENTEES if self.products is None else PRODUCT_MENTEES
            size = max(size, rows * self.problem.n_mentors)
        return list(self.problem.blocks(size))

    def _scan_blocks(self, question: ScanQuestion, blocks: list[Ints] | None) -> list[BlockAnswer]:
        """Scan all blocks of mentees, in threads or on the cluster; results in order."""
        blocks = self.blocks() if blocks is None else blocks
        if self.cluster is not None:
            return self.cluster.scan_blocks(self.problem, question, blocks)
        # One thread a product: more would not change the time, but could change the last bit.
        with one_blas_thread():
            priced = None if self.products is None else self.products.at(question)
            scan = partial(self.in_threads, partial(self.scan_block, question, products=priced))
            return scan(blocks) if self.kept is None else self.kept.scanned(question, blocks, scan)

    def scan_block(
        self, question: ScanQuestion, mentees: Ints, products: PricedProducts | None = None
    ) -> BlockAnswer:
        """Scan one block of mentees, which are consecutive, by `products` where scores are such."""
        question = question.of_block(mentees)
        if question.cuts is None:
            question = replace(question, cuts=additive_cuts(self.problem, mentees))
        if self.listed is not None:
            return self._scan_listed(self.listed, question, mentees)
        if products is not None:
            parts = products.screened(self, question, mentees)
        else:
            parts = self._screened(question, mentees)
        top = stack([part.top for part in parts])
        if not question.search:
            return BlockAnswer(None, top, float(self.problem.n_mentors))
        found = [PricedPortfolios.none(self.max_size)]
        found += [part.found for part in parts if part.found is not None]
        sets, floor = PricedPortfolios.join(found), question.floor
        np.maximum.at(floor, sets.mentee - question.first, sets.reduced)
        survivors, searched = 0.0, np.zeros(len(mentees), dtype=bool)
        in_time = [part.left for part in parts if part.left is not None]  # the first slices
        if in_time:
            left = stack(in_time)
            cuts = [part.cuts for part in parts if part.cuts is not None]
            search = SurvivorSearch(self, question)
            better, here = search.run(floor, left, Cuts.join(cuts) if cuts else None)
            sets = PricedPortfolios.join([sets, better])
            survivors, searched[: len(here)] = float((left.code >= 0).sum(axis=1).mean()), here
        unsearched = None
        if not searched.all():
            most = np.concatenate([part.most for part in parts if part.most is not None])
            unsearched = np.where(searched, -np.inf, most)
        return BlockAnswer(sets, top, survivors, unsearched)

    def _scan_listed(
        self, pairs: sparse.csr_array, question: ScanQuestion, mentees: Ints
    ) -> BlockAnswer:
        """Scan mentees whose pairs are listed: all of these are candidates, and need no screen."""
        code, score = padded(pairs, mentees)
        there = (code >= 0).astype(np.float64)
        items = CandidateItems(mentees, code, score, there, 0.0 * there)
        items = items.beside(self.sides.candidates(self.problem, mentees))
        task, cuts = self.task(question, items), question.cuts
        bound = modular_bound.modular_terms(self.problem, task, cuts)
        top = items.reorder(task.best_columns(bound, question.width)).compact()
        if not question.search:
            return BlockAnswer(None, top, float(items.width))
        rest, most = modular_bound.beside(self.problem, task, bound, cuts)
        search = SurvivorSearch(self, question)
        left = search.hopeful(task, bound, bound + rest, question.floor - question.slack)
        sets, searched = search.run(question.floor, left, cuts)
        unsearched = None if searched.all() else np.where(searched, -np.inf, most)
        return BlockAnswer(sets, top, float((left.code >= 0).sum(axis=1).mean()), unsearched)

    def _screened(self, question: ScanQuestion, mentees: Ints) -> list[Screened]:
        """Screen a block slice by slice."""
        block = self.problem.scores.block(mentees)
        step = max(LEAST_MENTEES, SLICE_PAIRS // self.problem.n_mentors)
        places = np.arange(len(mentees))
        slices = [places[start : start + step] for start in range(0, len(mentees), step)]
        return [
            PairScreen(self, question.of_block(mentees[place]), block, place).screened()
            for place in slices
        ]
