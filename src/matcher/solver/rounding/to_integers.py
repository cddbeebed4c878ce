"""From columns to an integer solution: linear master, dive, neighbourhoods chosen again."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matcher.arrays import Bools, Floats, Ints, present
from matcher.observe import Progress
from matcher.solver.columns.generation import Generated
from matcher.solver.columns.left_over import ResidualPricing
from matcher.solver.limits import Clock
from matcher.solver.model import column_pool
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.portfolio_tables import lowest_of_each
from matcher.solver.rounding.integer_master import Dive, IntegerMaster, spare_within, that_fit
from matcher.solver.rounding.reassign import reassigned
from matcher.solver.rounding.seat_swaps import SeatSwaps
from matcher.solver.settings import SolveRun

COLUMNS_EACH = 12
"""Columns a mentee that a neighbourhood chooses among."""

LISTED_EACH = 3
"""Columns a mentee, on average, in the linear master: those of least regret. Regret adds up to the
distance from the bound, so that columns of more of it seldom are in a solution that is near."""

ALL_EACH = 4
"""Columns a mentee, on average, in an exact choice among all portfolios of least regret. Many more
or fewer, and it takes longer: those of a greedy search alone leave most of a small gap open."""

ALL_COLUMNS = 2500
"""Columns up to which that is made."""

ALL_NODES = 20
"""Most nodes of it: what it finds it finds before it branches."""

ASSIGNED = 2.5
"""Times the gap asked for up to which assignments may well close what is left."""

HALVED = 0.5
"""Part of what is missing that such a choice looks for, or all that is asked: the smaller, the more
is ruled out, and one that closes half is mostly there."""

ALL_GAP = 0.85
"""Part of the gap at which it ends: its own bound is a little lower than the one of the duals."""

FAR_GAP = 0.1
"""Relative gap above which quicker ways to round are tried as well."""

SETTLED = 0.1
"""Part of the gap that a dive may lose among known columns before it prices anew."""

PIECE = 1500
"""Mentees up to whom all may be chosen in one piece."""

CLEAR = 0.98
"""Soft share from which a column is fixed before the linear master of a large problem."""

LARGE = 4000
"""Mentees from which clear choices are fixed first."""

DIVED, SOME = 150, 0.6
"""Mentees for whom one improvement step dives again, and the share of all that are at most."""

SEATED_SHARE = 15
"""Parts of a large problem with seats, one of which dives again: a step costs by the pool too."""

NEIGHBOURHOOD = 100
"""Mentees among whom one chooses exactly: where ties are many a choice among more takes far longer,
and without a time limit its size alone bounds it."""

EXACTLY = 4
"""Which step in vain chooses exactly, which the others do not."""

GROWTH = 50
"""By how many more mentees after every eight steps in vain."""

GRACE = 1.0
"""Seconds that the linear master may have though time is out: what was priced is lost without."""

PATIENCE = 24
"""Steps in a row without improvement after which improving ends;"""

STEPS = 100
"""or steps, beside as many as the mentees have neighbourhoods."""


TURNS = 2
"""Turns of everybody, after which improving a large problem with seats ends."""

RINGS = 8
"""Steps from the first mentee at which growth ends."""

SHARED = ("capacity", "sponsorship", "reciprocal", "opposite", "odd")
"""Kinds of row that few mentees share; the others concern everybody."""

FORGET = 0.97
"""What one step leaves of the reluctance to start again where it began before."""


@dataclass(frozen=True)
class Rounded:
    """An integer solution: one column of the pool a mentee."""

    columns: Ints
    objective: float


class Rounding:
    """Rounds and improves on the columns of a finished generation.

    The *regret* of a column is what it earns less, at the duals, than its mentee's best. The bound
    is the sum of the best, so that the regrets of a solution, and its priced rows' slack, are its
    gap: what is worth looking at again is where they are large.
    """

    def __init__(
        self,
        generated: Generated,
        rows: Rows,
        run: SolveRun,
        pricing: ResidualPricing | None = None,
    ) -> None:
        """Prepare; with `pricing` what a dive leaves open is priced anew, and the pool grows."""
        self.rows, self.clock, self.observer = rows, run.clock, run.observer
        self.gap, self.seed = run.settings.gap, run.settings.seed
        self.y, self.bound, self.pricing = generated.y, generated.bound, pricing
        self.n = rows.problem.n_mentees
        self.is_seated = SeatSwaps.of(rows.problem) is not None
        self._use(generated.pool)
        self.share = generated.share

    def _use(self, pool: column_pool.ColumnPool) -> None:
        """Go on with a wider pool."""
        self.pool, self.master = pool, IntegerMaster(pool, self.rows)
        self.share = np.zeros(len(pool))
        self.reduced = pool.reduced(self.y)
        best = np.full(self.n, -np.inf)
        np.maximum.at(best, pool.mentee, self.reduced)
        self.regret = best[pool.mentee] - self.reduced
        self.near = self._nearest(COLUMNS_EACH)
        self.empty = self._by_mentee(np.flatnonzero(pool.is_empty))

    def first(self, start: Ints | None) -> Rounded | None:
        """Return a first integer solution; `start` is a known one, a column a mentee.

        None where none was found, or a mentee with forced pairs has no column at all.
        """
        if not self.pool.has_everybody(self.n):
            return None
        known = None if start is None else self._accept(start)
        nobody = np.full(self.n, -1, dtype=np.int64)
        columns, listed = self._clear() if self.n >= LARGE else nobody, self._listed(start)
        found, known = self._dived(known, columns, listed)
        best = _better(known, found)
        if best is None or self._gap(best) > FAR_GAP:
            best = _better(best, self._by_share(), self._in_pieces())
        return best or self._whole()

    def _nearest(self, count: int) -> Ints:
        """Return each mentee's columns of least regret and its empty one, sorted by mentee."""
        least = self.pool.is_empty
        least[lowest_of_each(self.pool.mentee, self.regret, count)] = True
        return np.flatnonzero(least)

    def _listed(self, start: Ints | None) -> Ints:
        """Return the columns of least regret of all, every empty one, and a known solution's."""
        listed = self._least(min(len(self.pool), LISTED_EACH * self.n))
        # With a known solution's the tiers can be kept.
        return listed if start is None else np.union1d(listed, start)

    def _least(self, count: int) -> Ints:
        """Return so many columns of least regret of all, and every empty one, sorted."""
        least = self.pool.is_empty
        least[np.argpartition(self.regret, count - 1)[:count]] = True
        return np.flatnonzero(least)

    def _by_mentee(self, columns: Ints) -> Ints:
        """Return the one of some columns that each mentee has, -1 for none: (n,)."""
        column = np.full(self.n, -1, dtype=np.int64)
        column[self.pool.mentee[columns]] = columns
        return column

    def _accept(self, columns: Ints) -> Rounded | None:
        if not self.master.keeps_rows(columns):
            return None
        return Rounded(columns, self.master.worth(columns))

    def _dived(
        self,
        known: Rounded | None,
        columns: Ints,
        listed: Ints,
        pricing: ResidualPricing | None = None,
    ) -> tuple[Rounded | None, Rounded | None]:
        """Round the linear master for those who hold no column (n,); return what was found.

        Beside it stands a known solution in the pool as it now is: with the columns chosen.
        """
        clock = self.clock
        if not clock.within(1.0) or clock.left < GRACE:
            clock = Clock(GRACE)
        floor = -np.inf if known is None or pricing is None else known.objective
        rescue, aim = self.pricing if pricing is None else None, -np.inf
        if not self.is_seated:
            aim = self.bound - SETTLED * self.gap * abs(self.bound)
        seconds = max(0.2 * clock.left, GRACE)
        dive = Dive(
            self.master,
            clock,
            seconds,
            pricing,
            floor=floor,
            rescue=rescue,
            aim=aim,
            is_seated=self.is_seated,
            observer=self.observer,
        )
        chosen = dive.run(listed, columns, np.union1d(listed, self.near))
        if chosen is None:
            return None, known
        pool, before = dive.master.pool, self.pool
        if len(pool) > len(before):
            places = np.union1d(pool.places_of(before.key), chosen)
            pool, chosen = pool.take(places), np.searchsorted(places, chosen)
            self._use(pool)
            if known is not None:
                known = replace(known, columns=pool.places_of(before.key[known.columns]))
        return self._accept(chosen), known

    def _whole(self) -> Rounded | None:
        """Choose for all mentees at once: what is left where tiers let no dive complete."""
        seconds = 0.5 * self.clock.left
        for count in (COLUMNS_EACH, 4 * COLUMNS_EACH):
            near = self._nearest(count)
            choice = self.master.choose(near, seconds=seconds, gap=0.1 * self.gap)
            if choice is not None:
                return self._accept(choice.columns)
        return None

    def _by_share(self) -> Rounded | None:
        """Take the columns of largest soft share that fit: quick, for where time is out."""
        order = self.near[np.argsort(-self.share[self.near], kind="stable")]
        columns = self.empty.copy()
        taken = that_fit(self.master, order, self.rows.rhs, len(columns))
        columns[self.pool.mentee[taken]] = taken
        return None if np.any(columns < 0) else self._accept(columns)

    def _in_pieces(self) -> Rounded | None:
        """Fix clear choices, then choose the others piece by piece at reduced worth.

        Reduced worth, not worth: a piece chosen early would take the places that all want, and
        their prices are what the later pieces would pay for them.
        """
        columns = self._clear()
        open_ = np.flatnonzero(columns < 0)
        if not len(open_):
            return self._accept(columns)
        if np.any(self.empty[open_] < 0):
            return None
        columns[open_] = self.empty[open_]
        if not self.rows.without_tiers().keeps(self.pool.use_of(columns)):
            return None
        order = np.random.default_rng(self.seed).permutation(open_)
        for piece in np.array_split(order, max(1, len(open_) // PIECE)):
            columns = self._rechoose(columns, np.sort(piece), priced=True)
        return self._accept(columns)

    def _clear(self) -> Ints:
        """Return the column of each mentee whose soft choice is nearly whole, -1 for others."""
        columns = self._by_mentee(np.flatnonzero(self.share > CLEAR))
        # Soft choices that do not fit together are opened again, and all sides of pairs are.
        use = self.pool.use_of(columns[columns >= 0])
        touchy = (self.rows.high > 0) & (use > self.rows.rhs + 1e-7)
        touchy |= self.rows.is_equal
        chosen = np.flatnonzero(columns >= 0)
        touches = np.asarray(abs(self.pool.use[columns[chosen]])[:, touchy].sum(axis=1)).ravel()
        columns[chosen[touches > 0]] = -1
        return columns

    def _rechoose(self, columns: Ints, mentees: Ints, *, priced: bool = False) -> Ints:
        """Choose the portfolios of some mentees again, everybody else's fixed."""
        inside = np.zeros(len(columns), dtype=bool)
        inside[mentees] = True
        wanted = np.zeros(len(self.pool), dtype=bool)
        wanted[self.near[inside[self.pool.mentee[self.near]]]] = True
        wanted[columns[mentees]] = True
        open_ = np.flatnonzero(wanted)
        rows = self.rows.without_tiers() if priced else self.rows
        choice = IntegerMaster(self.pool, rows).choose(
            open_,
            rows.rhs - self.pool.use_of(columns[~inside]),
            objective=self.reduced[open_] if priced else None,
            seconds=0.5 * self.clock.left,
            gap=0.1 * self.gap,
        )
        if choice is None:
            return columns
        changed = columns.copy()
        changed[self.pool.mentee[choice.columns]] = choice.columns
        return changed

    def improve(self, best: Rounded, *, patient: bool = False) -> Rounded:
        """Choose again around parts of the gap until it is closed or nothing helps.

        Neighbourhoods grow while they fail: a small one is exact in no time, and what no small
        exchange can mend takes more people.

        Parameters
        ----------
        best
            What is improved.
        patient
            Whether to go on until time is out.
        """
        places = Neighbourhoods(self)
        failures, step = 0, 0
        most = STEPS + self.n // NEIGHBOURHOOD
        if self.is_seated and self.n >= LARGE:
            most = TURNS * SEATED_SHARE
        while self._gap(best) > self.gap and self.clock.within(1.0):
            if not patient and (failures >= PATIENCE or step >= most):
                break
            exact = self.n <= NEIGHBOURHOOD or failures % EXACTLY == EXACTLY - 1
            dived = max(DIVED, self.n // SEATED_SHARE) if self.is_seated else DIVED
            size = (NEIGHBOURHOOD if exact else dived) + GROWTH * (failures // 8)
            size = min(self.n, size) if exact else min(int(SOME * self.n), size)
            mentees = places.draw(best.columns, self.pool.use_of(best.columns), size)
            if exact:
                found = self._accept(self._rechoose(best.columns, mentees))
            else:
                found, best = self._redived(best, mentees)
                places.refresh(self)
            step += 1
            failures += 1
            if found is not None and found.objective >= best.objective:
                if found.objective > best.objective + 1e-9 * abs(best.objective):
                    failures = 0
                best = found  # an equal one leads on
            gap, seconds = self._gap(best), self.clock.seconds
            self.observer.on_progress(
                Progress("improve", step, best.objective, self.bound, gap=gap, seconds=seconds)
            )
            if size == self.n and failures:
                break
        return best

    def _redived(self, best: Rounded, mentees: Ints) -> tuple[Rounded | None, Rounded]:
        """Dive for some mentees again, at prices of what the others leave."""
        columns = best.columns.copy()
        columns[mentees] = -1
        found, known = self._dived(best, columns, np.arange(len(self.pool)), self.pricing)
        return found, known or best

    def closer(self, best: Rounded) -> Rounded:
        """Improve a choice by assignments and, if that leaves a gap, by one among all portfolios.

        Where assignments would hardly do they come last.
        """
        if self._gap(best) > ASSIGNED * self.gap:
            return self.reassign(self.among_all(best))
        return self.among_all(self.reassign(best))

    def reassign(self, best: Rounded) -> Rounded:
        """Improve a choice by assignments, whose portfolios join the pool."""
        rows, problem = self.rows, self.rows.problem
        goal = self.bound - self.gap * abs(self.bound)
        if best.objective >= goal:
            return best
        before = column_pool.assignment_of(problem, self.pool, best.columns)
        after = reassigned(rows, before, goal, self.clock, self.seed)
        pool, _ = self.pool.add(rows, column_pool.allowed_portfolios(problem, after, rows.max_size))
        columns = column_pool.columns_of(problem, pool, after)
        if columns is None:
            return best
        self._use(pool)
        return Rounded(columns, self.master.worth(columns))

    def among_all(self, best: Rounded) -> Rounded:
        """Choose for everybody among all portfolios of least regret, if a gap is left.

        The regret of so many known ones bounds that of as many among all. What a solution is below
        the bound splits into regrets and priced slack, so that one within the gap has no portfolio
        of more regret than that, and leaves no more of any row. Where none is found it is one that
        is better than the best known which is looked for.
        """
        count = ALL_EACH * self.n
        may = self.pricing is not None and count <= min(ALL_COLUMNS, len(self.pool))
        if not may or self._gap(best) <= self.gap or not self.clock.within(0.5):
            return best
        slack = float(np.partition(self.regret, count - 1)[count - 1])
        pool = present(self.pricing).within(self.pool, slack)
        if pool is None:
            return best
        held = pool.places_of(self.pool.key[best.columns])
        self._use(pool)
        best = replace(best, columns=held)
        missing = self.bound - best.objective
        least = np.union1d(self._least(count), held)
        for budget in (min(self.gap * abs(self.bound), HALVED * missing), missing):
            near = least[self.regret[least] <= budget]
            if not self.pool.take(near).has_everybody(self.n):
                continue
            choice = self.master.choose(
                near,
                spare=spare_within(budget, self.y),
                seconds=0.5 * self.clock.left,
                gap=ALL_GAP * self.gap,
                nodes=ALL_NODES,
            )
            if choice is not None:
                return _better(best, self._accept(choice.columns)) or best
        return best

    def _gap(self, best: Rounded) -> float:
        return (self.bound - best.objective) / max(abs(self.bound), abs(best.objective), 1e-12)


def _better(*found: Rounded | None) -> Rounded | None:
    """Return the solution of most welfare, the first of equals."""
    known = (one for one in found if one is not None)
    return max(known, key=lambda one: one.objective, default=None)


class Neighbourhoods:
    """Draws mentees to choose again together: around one part of the gap, and their rivals.

    At duals y the distance to the bound splits into parts that can be seen: each mentee's regret
    (the best reduced value less that of the portfolio held) and each priced row's slack times its
    dual. A neighbourhood grows from one such part along what its mentees want and who holds it, so
    that the choice can pass places on. Mentees picked for their regret alone seldom have anything
    to exchange. It remembers where it has been.
    """

    def __init__(self, rounding: Rounding) -> None:
        """Prepare for the columns that are near in a rounding, and their regret at its duals."""
        rows = rounding.rows
        self.rows, self.y = rows, rounding.y
        self.rng = np.random.default_rng(rounding.seed)
        self.visits = np.zeros(rows.problem.n_mentees)
        self.shared = np.zeros(rows.count, dtype=bool)
        for kind in SHARED:
            rows.part(self.shared, kind)[:] = True
        self.refresh(rounding)

    def refresh(self, rounding: Rounding) -> None:
        """Go on with the columns that a rounding has now."""
        pool, near, rows = rounding.pool, rounding.near, self.rows
        self.pool, self.regret, n = pool, rounding.regret, rows.problem.n_mentees
        use = pool.use[near]
        column = np.repeat(np.arange(len(near)), np.diff(use.indptr))
        kept = self.shared[use.indices]
        at = pool.mentee[near][column[kept]], use.indices[kept]
        wants = sparse.csr_array((np.ones(len(at[0])), at), shape=(n, rows.count))
        wants.data[:] = 1.0
        self.wants, self.wanted_by = wants, sparse.csr_array(wants.T)

    def draw(self, columns: Ints, use: Floats, size: int) -> Ints:
        """Return up to `size` mentees, sorted; `columns` (n,) are held and use `use` (R,)."""
        n = len(columns)
        regret = self.regret[columns]
        inside = np.zeros(n, dtype=bool)
        ring = self._first(regret, use)
        holds = self.pool.use[columns]
        for _ in range(RINGS):
            room = size - int(inside.sum())
            if not len(ring) or room <= 0:
                break
            if len(ring) > room:
                liking = regret[ring] + self.regret.mean() * self.rng.random(len(ring))
                ring = ring[np.argsort(-liking, kind="stable")[:room]]
            inside[ring] = True
            ring = self._next(ring, holds, inside)
        mentees = np.flatnonzero(inside)
        self.visits *= FORGET
        self.visits[mentees] += 1.0
        return mentees

    def _first(self, regret: Floats, use: Floats) -> Ints:
        """Return a mentee with regret or one who could use priced slack, the less visited first."""
        loss = np.where(self.shared, np.abs(self.y * (self.rows.rhs - use)), 0.0)
        if loss.sum() > 0 and self.rng.random() < loss.sum() / (loss.sum() + regret.sum()):
            row = int(self.rng.choice(len(loss), p=loss / loss.sum()))
            could = self.wanted_by[[row]].indices
            if len(could):
                return np.array([self.rng.choice(could)], dtype=np.int64)
        weight = (np.maximum(regret, 0.0) + 1e-12) * 0.5**self.visits
        return np.array([self.rng.choice(len(weight), p=weight / weight.sum())], dtype=np.int64)

    def _next(self, ring: Ints, holds: sparse.csr_array, inside: Bools) -> Ints:
        """Return those who hold a place that the ring wants."""
        wanted = np.zeros(self.rows.count)
        wanted[self.wants[ring].indices] = 1.0
        return np.flatnonzero((np.asarray(abs(holds) @ wanted) > 0) & ~inside)
