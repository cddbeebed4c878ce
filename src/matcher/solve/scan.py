"""The scan: the best portfolio of every mentee at given duals, over *all* allowed items.

It bounds what each mentor could add by the modular bound of `screen`, keeps the mentors that could
be in a set better than the best one known, and searches those exactly. Its maxima are what the dual
bound needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed

from matcher.portfolio.value import is_concave
from matcher.solve import screen
from matcher.solve.candidates import Candidates, largest_columns, stack
from matcher.solve.limits import one_blas_thread
from matcher.solve.pricing import (
    PIECES,
    STARTS,
    Priced,
    Pricer,
    best_rows,
    maxima,
    no_sets,
    tangent,
    to_codes,
)
from matcher.solve.screen import additive_cuts
from matcher.solve.search import Search, Task, mentor_positions
from matcher.solve.survivors import SurvivorSearch

if TYPE_CHECKING:
    from matcher.portfolio.problem import Bools, Floats, Ints, ItemBlock, Problem
    from matcher.solve.cluster import Cluster
    from matcher.solve.limits import Clock
    from matcher.solve.rows import Rows
    from matcher.solve.screen import Cuts

SEARCHED = 0.7
"""Share of the time limit after which a scan bounds mentees instead of searching."""

STRIP = 400_000
"""Pairs whose bound is held at once, so that they stay in the processor's cache."""

FEWEST = 32
"""Mentees of a strip, at least: a product of matrices is slow with few rows."""

SMALLEST = 2_000_000
"""Pairs below which a block is not worth a thread."""

SINGLE_MARGIN = 1e-5
"""What the float32 screen may be off, relative to the largest terms; survivors are re-done in
float64."""

CROWDED = 64
"""Survivors a mentee past which a better set is looked for before the screen is done again."""

CLOSER_STEPS = 20
"""Subgradient steps on the best candidates of such a mentee."""


@dataclass(frozen=True)
class _Held:
    """Bounds of a strip with the required items taken out, and the sum of theirs."""

    bound: Floats
    sides: Floats
    total: Floats


@dataclass(frozen=True)
class _Screened:
    """What the screen of a strip leaves."""

    top: Candidates
    """The best `width` of each mentee."""
    most: Floats | None = None
    """(b,) upper bound on the best set of each mentee that is not known."""
    left: Candidates | None = None
    """The survivors, where there is time to search them."""
    found: Priced | None = None
    """Better sets, where they were looked for."""
    cuts: Cuts | None = None


@dataclass(frozen=True)
class Looked:
    """What a look at one block of mentees found."""

    sets: Priced | None
    """None without a search."""
    candidates: Candidates
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
    sets: Priced
    candidates: Candidates
    survivors: float
    """Mean number of mentors a mentee that the screen left."""
    searched: bool
    """Whether time sufficed to search for every mentee."""


@dataclass(frozen=True)
class Look:
    """What a scan asks of a block: duals, and the state of each of its mentees from `first` on."""

    y: Floats
    floor: Floats
    """Value at `y` that a set must beat."""
    cuts: Cuts | None
    at: Floats
    """V at which U is linearised."""
    width: int
    slack: float
    search: bool
    first: int = 0
    """Mentee to whom the first entry of the arrays belongs."""

    def at_(self, mentees: Ints) -> Ints:
        """Return where the entries of `mentees` stand."""
        return mentees - self.first

    def of_block(self, mentees: Ints) -> Look:
        """Return the part that a block of consecutive mentees needs, to be sent elsewhere."""
        place = self.at_(mentees)
        cuts = None if self.cuts is None else self.cuts.take(place)
        first = int(mentees[0])
        return replace(self, floor=self.floor[place], cuts=cuts, at=self.at[place], first=first)


class Scanner(Pricer):
    """A pricer that can also look at every pair."""

    def __init__(
        self,
        problem: Problem,
        *,
        threads: int,
        block_pairs: int,
        cluster: Cluster | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(problem, threads=threads, block_pairs=block_pairs)
        self.cluster, self.clock = cluster, clock

    @property
    def is_hurried(self) -> bool:
        """Whether so little time is left that a scan must not search any more."""
        return self.clock is not None and not self.clock.within(SEARCHED)

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
        """
        floor = np.full(self.problem.n_mentees, -np.inf)
        if known is not None:
            floor[known.mentee] = known.reduced
        look = Look(y, floor, cuts, at, width, slack, known is not None)
        parts = self._look_everywhere(rows, look)
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

    def _look_everywhere(self, rows: Rows, look: Look) -> list[Looked]:
        """Look at all blocks of mentees, in threads or on the cluster; results in order."""
        pairs = self.problem.n_mentees * self.problem.n_mentors
        blocks = list(self.problem.blocks(min(self.block_pairs, max(SMALLEST, pairs // PIECES))))
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
            parts.append(self._screen(rows, look, block, strip, mentees[strip], part))
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

    def _screen(
        self,
        rows: Rows,
        look: Look,
        block: ItemBlock,
        strip: Ints,
        mentees: Ints,
        cuts: Cuts | None,
    ) -> _Screened:
        """Bound every pair of a strip in float32 and keep what could be in a better set."""
        at = look.at[look.at_(mentees)]
        slope, _shift = tangent(self.problem, at)
        net = self._net(rows, look.y, block, strip, mentees, slope)
        bound = self._with_coverage(net, mentees, cuts, slope)
        sides = self.sides.candidates(self.problem, mentees)
        top = self._best_columns(bound, block, strip, mentees, look.width)
        top = _beside(top, sides)
        if not look.search:
            return _Screened(top)
        task = self.task(rows, look.y, sides, at)
        floor = look.floor[look.at_(mentees)]
        threshold, most = self._threshold(rows, look, floor, bound, task, mentees, cuts)
        if self.is_hurried:
            return _Screened(top, most)
        crowded = np.flatnonzero((bound > threshold[:, None]).sum(axis=1) > CROWDED)
        found = None
        if len(crowded):
            found, tighter = self._look_closer(rows, look, top.take(crowded), floor, cuts, crowded)
            if cuts is not None and tighter is not None:
                cuts = cuts.put(crowded, tighter)
                near = self._with_coverage(net[crowded], mentees[crowded], tighter, slope[crowded])
                bound[crowded] = near
            threshold, most = self._threshold(rows, look, floor, bound, task, mentees, cuts)
        keep = bound > threshold[:, None]
        keep[self._required_at(mentees)] = True
        left = self._gather(keep, bound, block, strip, mentees)
        return _Screened(top, most, _beside(left, sides), found, cuts)

    def _look_closer(
        self,
        rows: Rows,
        look: Look,
        part: Candidates,
        floor: Floats,
        cuts: Cuts | None,
        crowded: Ints,
    ) -> tuple[Priced, Cuts | None]:
        """Return a greedy set and tighter multipliers of mentees for whom too many mentors survive.

        The best set known is poor where a mentor became cheap whom none holds; `floor` is raised.
        """
        task = self.task(rows, look.y, part, look.at[look.at_(part.mentee)])
        nothing = np.full(len(part.mentee), -np.inf)
        sets = Search(self.problem, task, nothing).spread(STARTS)
        lead = best_rows(sets.row, sets.reduced)
        np.maximum.at(floor, crowded[sets.row[lead]], sets.reduced[lead])
        tighter = None
        if cuts is not None:
            mentor = mentor_positions(self.problem, part.code)
            low = floor[crowded] - look.slack
            tighter = screen.tighten(
                self.problem, task, mentor, cuts.take(crowded), low, steps=CLOSER_STEPS
            )
        return to_codes(sets.take(lead), part), tighter

    def _net(
        self, rows: Rows, y: Floats, block: ItemBlock, strip: Ints, mentees: Ints, slope: Floats
    ) -> Floats:
        """Return score less price of every pair of the strip, in float32: (b, m).

        The difference is taken in float64: prices may be as large as scores.
        """
        net = block.score[strip]
        shared = rows.match_price(y)
        if is_concave(self.problem):
            net = np.where(np.isfinite(net), np.maximum(net - self.problem.min_gain, 0.0), -np.inf)
            net *= slope[:, None]
        else:
            shared += self.problem.min_gain
        price = rows.mentor_price(y)
        net -= price + shared if block.load is None else block.load[strip] * price + shared
        if block.sponsored is not None and rows.has("sponsorship"):
            net -= block.sponsored[strip] * rows.part(y, "sponsorship")
        mentee, mentor, cost = rows.pair_costs(y)
        here = np.flatnonzero((mentee >= mentees[0]) & (mentee <= mentees[-1]))
        np.subtract.at(net, (mentee[here] - mentees[0], mentor[here]), cost[here])
        return net.astype(np.float32)

    def _with_coverage(
        self, net: Floats, mentees: Ints, cuts: Cuts | None, slope: Floats
    ) -> Floats:
        """Return `net` with what each mentor adds to the coverage bound at most: (b, m)."""
        problem = self.problem
        if cuts is None or problem.needs is None or self.hinges is None:
            return net
        r = problem.second_cover
        weight = slope[:, None] * problem.needs[mentees] * cuts.share
        weights = self.hinges.weights((1 - r) * weight, cuts.first)
        if r:
            weights += self.hinges.weights(r * weight, cuts.pair)
        total = self.hinges.total(weights)
        total += net
        return total

    def _best_columns(
        self, bound: Floats, block: ItemBlock, strip: Ints, mentees: Ints, width: int
    ) -> Candidates:
        held = self._required_at(mentees)
        if len(held[0]):
            bound = bound.copy()
            bound[held] = np.inf
        code = largest_columns(bound, width)
        code.sort(axis=1)
        return self._listed(code, block, strip, mentees)

    def _listed(self, code: Ints, block: ItemBlock, strip: Ints, mentees: Ints) -> Candidates:
        """Look the items `code` (b, P) up in the block; -1 and pairs not allowed become padding."""
        row, there = strip[:, None], code >= 0
        column = np.maximum(code, 0)
        score = np.where(there, block.score[row, column], -np.inf)
        there = np.isfinite(score)
        load = np.ones(code.shape) if block.load is None else block.load[row, column]
        sponsored = (
            np.zeros(code.shape) if block.sponsored is None else block.sponsored[row, column] * 1.0
        )
        return Candidates(
            mentees,
            np.where(there, code, -1),
            score,
            np.where(there, load, 0.0),
            np.where(there, sponsored, 0.0),
        )

    def _threshold(
        self,
        rows: Rows,
        look: Look,
        floor: Floats,
        bound: Floats,
        task: Task,
        mentees: Ints,
        cuts: Cuts | None,
    ) -> tuple[Floats, Floats]:
        """Return the least bound with which a mentor can be in a set worth finding: (b,).

        Beside it stands an upper bound on the best set of all: (b,).

        `task` is that of the mentees' reciprocal items, which stand beside the mentors in `bound`.

        A mentor outside the highest k - 1 joins at most those; one inside is always kept by
        adding its own share, since its bound is at least that of any mentor kept.
        """
        problem = self.problem
        slope, shift = task.slope, task.shift
        side_bound = screen.modular_net(problem, task)
        if cuts is not None:
            mentor = mentor_positions(problem, task.candidates.code)
            terms = screen.candidate_terms(problem, task, mentor, cuts)
            side_bound = side_bound + slope[:, None] * terms
        limit = np.minimum(problem.limit[mentees], self.max_size)
        k = int(limit.max(initial=1))
        width = min(k, bound.shape[1])
        held, size = self._held(bound, side_bound, mentees)
        best = largest_columns(held.bound, width)
        top = np.where(best >= 0, np.take_along_axis(held.bound, best, axis=1), -np.inf)
        top = -np.sort(-np.hstack([top.astype(np.float64), held.sides]), axis=1)[:, :k]
        bonus = screen.modular_bonus(problem, rows.size_bonus(look.y, mentees), slope)
        fixed = screen.constant(problem, mentees, cuts) * slope + shift + held.total
        others = np.full((len(mentees), k), -np.inf)
        others[:, 0] = 0.0
        others[:, 1 : top.shape[1] + 1] = np.cumsum(top, axis=1)[:, : k - 1]
        sizes = size[:, None] + np.arange(1, k + 1)
        earned = np.take_along_axis(bonus, np.minimum(sizes, self.max_size), axis=1)
        rest = np.where(sizes <= limit[:, None], others + earned, -np.inf).max(axis=1)
        whole = np.full(others.shape, -np.inf)
        whole[:, : top.shape[1]] = np.cumsum(top, axis=1)
        whole = np.where(sizes <= limit[:, None], whole + earned, -np.inf).max(axis=1)
        most = np.maximum(whole, np.take_along_axis(bonus, size[:, None], axis=1)[:, 0])
        largest = np.maximum(np.abs(most), np.where(np.isfinite(rest), np.abs(rest), 0.0))
        margin = SINGLE_MARGIN * (1.0 + np.abs(fixed) + largest)
        with np.errstate(invalid="ignore"):
            threshold = floor - look.slack - fixed - rest - margin
        threshold = np.where(np.isfinite(rest), threshold, np.inf).astype(np.float32)
        return threshold, most + fixed + margin

    def _held(self, bound: Floats, side_bound: Floats, mentees: Ints) -> tuple[_Held, Ints]:
        """Take the required items out of the choice and put them into the fixed part."""
        first = mentees[0]
        mine = self.required[(self.required[:, 0] >= first) & (self.required[:, 0] <= mentees[-1])]
        size = np.bincount(mine[:, 0] - first, minlength=len(mentees))
        total = np.zeros(len(mentees))
        if len(mine):
            m = self.problem.n_mentors
            bound, side_bound = bound.copy(), side_bound.copy()
            way = mine[mine[:, 1] < m]
            np.add.at(
                total, way[:, 0] - first, bound[way[:, 0] - first, way[:, 1]].astype(np.float64)
            )
            bound[way[:, 0] - first, way[:, 1]] = -np.inf
            side = mine[mine[:, 1] >= m]
            row, slot = np.nonzero(self.sides.side[side[:, 0]] == (side[:, 1] - m)[:, None])
            np.add.at(total, side[row, 0] - first, side_bound[side[row, 0] - first, slot])
            side_bound[side[row, 0] - first, slot] = -np.inf
        return _Held(bound, side_bound, total), size

    def _required_at(self, mentees: Ints) -> tuple[Ints, Ints]:
        """Return where the required one-way items of a strip of mentees stand: row and mentor."""
        first, last = mentees[0], mentees[-1]
        inside = (self.required[:, 0] >= first) & (self.required[:, 0] <= last)
        inside &= self.required[:, 1] < self.problem.n_mentors
        return self.required[inside, 0] - first, self.required[inside, 1]

    def _gather(
        self, keep: Bools, bound: Floats, block: ItemBlock, strip: Ints, mentees: Ints
    ) -> Candidates:
        """Pack the kept pairs of a strip, best bound first."""
        count = keep.sum(axis=1)
        width = max(1, int(count.max(initial=1)))
        row, column = np.divmod(np.flatnonzero(keep), keep.shape[1])
        rank = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        code = np.full((len(mentees), width), -1, dtype=np.int64)
        code[row, rank] = column
        return self._listed(code, block, strip, mentees)


def _beside(first: Candidates, second: Candidates) -> Candidates:
    if second.width == 0:
        return first
    return Candidates(
        first.mentee,
        np.hstack([first.code, second.code]),
        np.hstack([first.score, second.score]),
        np.hstack([first.load, second.load]),
        np.hstack([first.sponsored, second.sponsored]),
    )
