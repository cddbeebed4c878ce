"""The scan: the best portfolio of every mentee at given duals, over *all* allowed items.

Block by block, in threads or on a cluster: `pair_screen` bounds every pair and keeps the mentors
that could be in a set better than the best one known, `survivors` searches those exactly. The
maxima are what the dual bound needs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from matcher.problem.problem import Floats, Ints, Problem
from matcher.solver.limits import one_blas_thread
from matcher.solver.model.candidate_items import stack
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.priced_portfolios import PricedPortfolios
from matcher.solver.model.scan_question import BlockAnswer, RemoteScanner, Scan, ScanQuestion
from matcher.solver.pricing.modular_bound import Cuts, additive_cuts
from matcher.solver.pricing.pair_screen import PairScreen, Screened
from matcher.solver.pricing.pricer import PIECES, Pricer
from matcher.solver.pricing.survivors import SurvivorSearch

SLICE_PAIRS = 400_000
"""Pairs whose bound is held at once, so that they stay in the processor's cache."""

FEWEST = 32
"""Mentees of a slice, at least: a product of matrices is slow with few rows."""

SMALLEST = 2_000_000
"""Pairs below which a block is not worth a thread."""


class Scanner(Pricer):
    """A pricer that can also look at every pair."""

    def __init__(
        self, problem: Problem, *, cluster: RemoteScanner | None = None, **settings: Any
    ) -> None:
        """Prepare scans; `settings` are those of `Pricer`."""
        super().__init__(problem, **settings)
        self.cluster = cluster

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
        """
        floor = np.full(self.problem.n_mentees, -np.inf)
        if known is not None:
            floor[known.mentee] = known.reduced
        question = ScanQuestion(rows, y, floor, cuts, at, width, slack, search=known is not None)
        parts = self._scan_blocks(question, blocks)
        sets = [part.sets for part in parts if part.sets is not None]
        if known is not None:
            sets.append(known)
        candidates = stack([part.candidates for part in parts])
        joined = PricedPortfolios.join(sets) if sets else PricedPortfolios.none(self.max_size)
        best = np.full(self.problem.n_mentees, -np.inf)
        np.maximum.at(best, joined.mentee, joined.reduced)
        for part in parts:
            if part.unsearched is not None:
                mentees = part.candidates.mentee
                best[mentees] = np.maximum(best[mentees], part.unsearched)
        survivors = float(np.mean([part.survivors for part in parts]))
        searched = all(part.unsearched is None for part in parts)
        return Scan(best, joined, candidates, survivors, searched)

    def _scan_blocks(self, question: ScanQuestion, blocks: list[Ints] | None) -> list[BlockAnswer]:
        """Scan all blocks of mentees, in threads or on the cluster; results in order."""
        if blocks is None:
            pairs = self.problem.n_mentees * self.problem.n_mentors
            size = min(self.block_pairs, max(SMALLEST, pairs // PIECES))
            blocks = list(self.problem.blocks(size))
        if self.cluster is not None:
            return self.cluster.scan_blocks(self.problem, question, blocks)
        # One thread a product: more would not change the time, but could change the last bit.
        with one_blas_thread():
            if self.threads == 1 or len(blocks) == 1:
                return [self.scan_block(question, block) for block in blocks]
            work = Parallel(n_jobs=self.threads, prefer="threads")
            return list(work(delayed(self.scan_block)(question, block) for block in blocks))

    def scan_block(self, question: ScanQuestion, mentees: Ints) -> BlockAnswer:
        """Scan one block of mentees, which are consecutive."""
        question = question.of_block(mentees)
        if question.cuts is None:
            question = replace(question, cuts=additive_cuts(self.problem, mentees))
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

    def _screened(self, question: ScanQuestion, mentees: Ints) -> list[Screened]:
        """Screen a block slice by slice."""
        block = self.problem.scores.block(mentees)
        step = max(FEWEST, SLICE_PAIRS // self.problem.n_mentors)
        places = np.arange(len(mentees))
        slices = [places[start : start + step] for start in range(0, len(mentees), step)]
        return [
            PairScreen(self, question.of_block(mentees[place]), block, place).screened()
            for place in slices
        ]
