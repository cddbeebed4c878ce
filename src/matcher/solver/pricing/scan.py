"""The scan: the best portfolio of every mentee at given duals, over *all* allowed items.

Block by block, in threads or on a cluster: `strip` bounds every pair and keeps the mentors that
could be in a set better than the best one known, `survivors` searches those exactly. The maxima are
what the dual bound needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed

from matcher.solver.limits import one_blas_thread
from matcher.solver.model.candidate_items import stack
from matcher.solver.model.scan_question import Look, Looked, Scan
from matcher.solver.pricing import screen
from matcher.solver.pricing.bound_block import Strip
from matcher.solver.pricing.pricer import PIECES, Priced, Pricer, maxima, no_sets
from matcher.solver.pricing.screen import additive_cuts
from matcher.solver.pricing.survivors import SurvivorSearch

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Ints, Problem
    from matcher.solver.limits import Clock
    from matcher.solver.model.linking_rows import Rows
    from matcher.solver.model.scan_question import ElsewhereScanner
    from matcher.solver.pricing.screen import Cuts

STRIP = 400_000
"""Pairs whose bound is held at once, so that they stay in the processor's cache."""

FEWEST = 32
"""Mentees of a strip, at least: a product of matrices is slow with few rows."""

SMALLEST = 2_000_000
"""Pairs below which a block is not worth a thread."""


class Scanner(Pricer):
    """A pricer that can also look at every pair."""

    def __init__(
        self,
        problem: Problem,
        *,
        threads: int,
        block_pairs: int,
        cluster: ElsewhereScanner | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(problem, threads=threads, block_pairs=block_pairs, clock=clock)
        self.cluster = cluster

    def scan(
        self,
        rows: Rows,
        y: Floats,
        known: Priced | None,
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
        look = Look(y, floor, cuts, at, width, slack, known is not None)
        parts = self._look_everywhere(rows, look, blocks)
        sets = [part.sets for part in parts if part.sets is not None]
        if known is not None:
            sets.append(known)
        candidates = stack([part.candidates for part in parts])
        joined = Priced.join(sets) if sets else no_sets(self.max_size)
        best, _ = maxima(self.problem.n_mentees, joined)
        for part in parts:
            if part.unsearched is not None:
                mentees = part.candidates.mentee
                best[mentees] = np.maximum(best[mentees], part.unsearched)
        survivors = float(np.mean([part.survivors for part in parts]))
        searched = all(part.unsearched is None for part in parts)
        return Scan(best, joined, candidates, survivors, searched)

    def _look_everywhere(self, rows: Rows, look: Look, blocks: list[Ints] | None) -> list[Looked]:
        """Look at all blocks of mentees, in threads or on the cluster; results in order."""
        if blocks is None:
            pairs = self.problem.n_mentees * self.problem.n_mentors
            size = min(self.block_pairs, max(SMALLEST, pairs // PIECES))
            blocks = list(self.problem.blocks(size))
        if self.cluster is not None:
            return self.cluster.look(self.problem, rows, look, blocks)
        # One thread a product: more would not change the time, but could change the last bit.
        with one_blas_thread():
            if self.threads == 1 or len(blocks) == 1:
                return [self.look(rows, look, block) for block in blocks]
            work = Parallel(n_jobs=self.threads, prefer="threads")
            return list(work(delayed(self.look)(rows, look, block) for block in blocks))

    def look(self, rows: Rows, look: Look, mentees: Ints) -> Looked:
        """Look at one block of mentees, which are consecutive."""
        block = self.problem.scores.block(mentees)
        cut = look.cuts
        cut = additive_cuts(self.problem, mentees) if cut is None else cut.take(look.at_(mentees))
        step = max(FEWEST, STRIP // self.problem.n_mentors)
        parts = []
        for start in range(0, len(mentees), step):
            strip = np.arange(start, min(start + step, len(mentees)))
            part = None if cut is None else cut.take(strip)
            parts.append(Strip(self, rows, look, block, strip, mentees[strip]).screened(part))
        top = stack([part.top for part in parts])
        if not look.search:
            return Looked(None, top, float(self.problem.n_mentors))
        found = [part.found for part in parts if part.found is not None]
        floor = look.floor[look.at_(mentees)]
        for sets in found:
            np.maximum.at(floor, sets.mentee - mentees[0], sets.reduced)
        survivors, searched = 0.0, np.zeros(len(mentees), dtype=bool)
        in_time = [part.left for part in parts if part.left is not None]  # the first strips
        if in_time:
            left = stack(in_time)
            cuts = [part.cuts for part in parts if part.cuts is not None]
            search = SurvivorSearch(self, rows, look)
            sets, here = search.run(floor, left, screen.join(cuts) if cuts else None)
            found.append(sets)
            survivors, searched[: len(here)] = float((left.code >= 0).sum(axis=1).mean()), here
        unsearched = None
        if not searched.all():
            most = np.concatenate([part.most for part in parts if part.most is not None])
            unsearched = np.where(searched, -np.inf, most)
        return Looked(Priced.join([no_sets(self.max_size), *found]), top, survivors, unsearched)
