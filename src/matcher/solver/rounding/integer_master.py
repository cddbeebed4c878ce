"""The integer master over some columns: one portfolio a mentee, within what rows have left.

It is chosen exactly, or by a dive: the linear master over good columns is nearly integral. Each
round fixes the columns that it takes whole; where few are, the surest of the others are rounded up
as far as they fit together. What is left is a smaller master of the same kind. Where that one has
no solution, as tight tiers bring about, the last rounds are taken back and chosen again exactly.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matcher.arrays import Floats, Ints
from matcher.observe import SILENT, Observer, Progress
from matcher.problem.rules.rule import SLACK
from matcher.solver.columns.left_over import ResidualPricing
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool, allowed_portfolios, keys_of
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.rounding.seat_swaps import seats_filled

FEASIBLE = 1e-6
"""Slack that a row may lack through rounding in the solver; re-checked with exact use."""


WHOLE = 0.999
"""Share from which a column counts as chosen: what the linear solver's tolerance leaves of 1."""

FEW = 0.1
"""Share of the open mentees below which whole choices are too few to solve again for: each linear
master costs nearly as much as the first, so that a handful fixed at a time would take for ever."""

ROUNDED = 0.25
"""Share of the open mentees whose columns are rounded up at once. Rounding more of them at once
spares linear masters, and spends places that the next one would have given to others."""

MOST_TAKEN_BACK = 400
"""Mentees up to whom rounds are taken back to be chosen again; more, and the exact choice among
them does not end in its time."""

MOST_LINEAR = 1500
"""Open mentees up to whom a linear master with four seats each is solved; its time grows with their
square, and above them soft shares of the smoothed dual say as well which columns are sure."""

LATE = 0.2
"""Share of seated mentees from whose number on those who are open are priced anew: at the prices of
all too few of what the last ones know fits, and what does not fit is filled blindly."""

SURE = 0.9
"""Soft share from which a column counts as chosen."""

LP_SLACK = 1e-7
"""What the linear solver's tolerance may take from a worth, as a share."""

CLOSE = 1e-4
"""Relative gap of that choice: rounding costs more than what a closer one would gain."""


CHOICE_NODES = 2000
"""Most nodes of an exact choice: what it may do where no time limit says how long it may take."""


@dataclass(frozen=True)
class ColumnChoice:
    """A choice of columns by the integer master."""

    columns: Ints
    """One column a mentee, in the order of mentees."""
    bound: float
    """Upper bound on the objective over these columns."""
    proved: bool


@dataclass(frozen=True)
class MasterModel:
    """The master over some columns as a linear program: minimise cost, lower <= A x <= upper."""

    cost: Floats
    """Minus each column's worth, then the penalty of each soft row's shortfall."""
    matrix: sparse.csr_array
    """First one row a mentee, which chooses one column; then the linking rows they touch."""
    lower: Floats
    upper: Floats
    rows: Ints
    """Which linking rows those are."""
    mentees: int
    columns: int


@dataclass(frozen=True)
class IntegerMaster:
    """The choice of one column a mentee from a pool, within the rows."""

    pool: ColumnPool
    rows: Rows

    def worth(self, columns: Ints) -> float:
        """Return the welfare of chosen columns, shortfall penalties included."""
        total, rows = float(self.pool.worth[columns].sum()), self.rows
        soft = np.flatnonzero(rows.penalty)
        if len(soft):
            missing = np.maximum(0.0, rows.rhs[soft] - self.pool.use_of(columns)[soft])
            total -= float(rows.penalty[soft] @ missing)
        return total

    def keeps_rows(self, columns: Ints) -> bool:
        """Whether chosen columns keep every row."""
        return self.rows.keeps(self.pool.use_of(columns))

    def model(
        self,
        columns: Ints,
        left: Floats,
        objective: Floats | None = None,
        spare: Floats | None = None,
    ) -> MasterModel:
        """Build the master over some columns.

        Parameters
        ----------
        columns, left, objective, spare
            As in `choose`.
        """
        pool, rows = self.pool, self.rows
        worth = pool.worth[columns] if objective is None else objective
        use, count = pool.use[columns], len(columns)
        mentee, group = np.unique(pool.mentee[columns], return_inverse=True)
        shape = (len(mentee), count)
        one = sparse.csr_array((np.ones(count), (group, np.arange(count))), shape=shape)
        touched = np.zeros(rows.count, dtype=bool)
        touched[use.indices] = True
        soft = np.flatnonzero(rows.penalty)
        # Rows without any of these columns still bind tiers; others cannot be broken by them.
        touched |= rows.high == 0
        # Half a pair that is held already needs its other half among these columns.
        touched |= rows.is_equal & (left != 0)
        touched[soft] = False
        hard = np.flatnonzero(touched)
        most = np.inf if spare is None else spare[hard]
        low = np.where(rows.low[hard] < 0, left[hard], left[hard] - most)
        high = np.where(rows.high[hard] > 0, left[hard], left[hard] + most)
        matrix: list[list[Any]] = [[one, sparse.csr_array((len(mentee), len(soft)))]]
        matrix.append([use[:, hard].T, sparse.csr_array((len(hard), len(soft)))])
        if len(soft):
            matrix.append([use[:, soft].T, sparse.eye_array(len(soft))])
        ones = np.ones(len(mentee))
        return MasterModel(
            cost=np.concatenate([-worth, rows.penalty[soft]]),
            matrix=sparse.csr_array(sparse.block_array(matrix, format="csr")),
            lower=np.concatenate([ones, low - FEASIBLE, left[soft]]),
            upper=np.concatenate([ones, high + FEASIBLE, np.full(len(soft), np.inf)]),
            rows=np.concatenate([hard, soft]),
            mentees=len(mentee),
            columns=count,
        )

    def choose(
        self,
        columns: Ints,
        left: Floats | None = None,
        *,
        objective: Floats | None = None,
        spare: Floats | None = None,
        seconds: float = np.inf,
        gap: float = 1e-6,
        nodes: int | None = CHOICE_NODES,
    ) -> ColumnChoice | None:
        """Choose one of `columns` for each mentee that has any; None where none is found.

        Parameters
        ----------
        columns
            (c,) positions in the pool, sorted by mentee.
        left
            (R,) right-hand sides less the use of mentees who are not part of the choice; None: all.
        objective
            (c,) value of each column; its worth by default. Shortfall of a mentor's minimum is
            charged.
        spare
            (R,) most that a solution worth finding leaves of each row, or is above it; None: any.
        seconds
            Most time it may take, inf without a time limit: then nodes alone are counted, and the
            same question has the same answer on a busy machine.
        gap
            Relative gap at which the choice is good enough.
        nodes
            Most nodes; None: as many as there is time for.
        """
        left = self.rows.rhs if left is None else left
        model = self.model(columns, left, objective, spare)
        binary, soft = np.ones(model.columns), np.zeros(len(model.cost) - model.columns)
        result = milp(
            model.cost,
            constraints=LinearConstraint(model.matrix, model.lower, model.upper),
            integrality=np.concatenate([binary, soft]),
            bounds=Bounds(np.zeros(len(model.cost)), np.concatenate([binary, soft + np.inf])),
            options=_limits_of(seconds, nodes) | {"mip_rel_gap": gap},
        )
        if result.x is None:
            return None
        chosen = np.flatnonzero(result.x[: model.columns] > 0.5)
        if len(chosen) != model.mentees:
            return None
        dual = result.mip_dual_bound
        bound = np.inf if dual is None else -float(dual)
        return ColumnChoice(columns[chosen], bound, result.status == 0)

    def linear(
        self, columns: Ints, left: Floats, *, seconds: float
    ) -> tuple[Floats, Floats] | None:
        """Return the shares (c,) of a vertex of the linear master, and the duals (R,) of its rows.

        None where there is none in time; parameters as in `choose`. A row that no column touches
        has dual 0. By the interior-point method with crossover, which is many times faster here
        than the simplex method. Crossover matters: a vertex has few columns that are not whole, an
        interior point has hardly any that are.
        """
        model = self.model(columns, left)
        equal = model.lower == model.upper
        below, above = np.isfinite(model.upper) & ~equal, np.isfinite(model.lower) & ~equal
        matrix = model.matrix
        result = linprog(
            model.cost,
            A_ub=sparse.vstack([matrix[below], -matrix[above]], format="csr"),
            b_ub=np.concatenate([model.upper[below], -model.lower[above]]),
            A_eq=matrix[equal],
            b_eq=model.upper[equal],
            method="highs-ipm",
            options=_limits_of(seconds),
        )
        # Some ends without an optimum hand a point over all the same.
        if result.status != 0 or result.x is None:
            return None
        paid, n_below = np.zeros(len(model.lower)), int(below.sum())
        paid[equal] = -result.eqlin.marginals
        paid[below] -= result.ineqlin.marginals[:n_below]
        paid[above] += result.ineqlin.marginals[n_below:]
        duals = np.zeros(self.rows.count)
        duals[model.rows] = paid[model.mentees :]
        return result.x[: model.columns], duals


@dataclass
class Dive:
    """A dive on one pool, which grows where what is left is priced anew."""

    master: IntegerMaster
    clock: Clock
    seconds: float
    """Most time that one linear master, or one exact choice, may take."""
    pricing: ResidualPricing | None = None
    floor: float = -np.inf
    """Worth below which a solution is of no use: a dive that cannot reach it any more ends."""
    is_seated: bool = False
    """Whether seats make many columns of each mentee alike, and linear masters slow."""
    rescue: ResidualPricing | None = None
    """What prices where a dive loses, or no known columns fit; None: rounds are taken back."""
    late: bool = False
    """Whether it does."""
    aim: float = -np.inf
    """Worth below which it does as well: it then loses what other portfolios would keep."""
    observer: Observer = SILENT

    def run(self, listed: Ints, columns: Ints, wide: Ints | None = None) -> Ints | None:
        """Return a column for every mentee, None where the rest cannot be completed in time.

        Parameters
        ----------
        listed
            Columns of the pool that take part, sorted.
        columns
            (n,) column that each mentee holds already, -1 for those who are open.
        wide
            More columns, sorted, for the exact choice among those whose round is taken back.
        """
        columns = columns.copy()
        wide = listed if wide is None else wide
        batches: list[Ints] = []
        while (columns < 0).any():
            if not self.clock.within(1.0):
                return None
            open_, left = columns < 0, self._left(columns)
            self._report(int(open_.sum()), len(open_))
            few = self.is_seated and bool(open_.sum() <= LATE * len(open_))
            self.late |= self.rescue is not None and few
            pricing = self.rescue if self.late else self.pricing
            if pricing is not None and not open_.all():
                columns, wide = self._priced(pricing, columns, wide, left)
                listed = np.arange(len(self.master.pool))
            mentee = self.master.pool.mentee
            here = listed[open_[mentee[listed]]]
            here = here[self.master.pool.take(here).that_fit(self.master.rows, left)]
            fixed = self._fixed(here, left, columns)
            if fixed is None:
                return None
            if not len(fixed) and self.rescue is not None and not (self.late or open_.all()):
                self.late = True
                continue
            if not len(fixed):
                return self._taken_back(wide, columns, batches)
            columns[mentee[fixed]] = fixed
            batches.append(mentee[fixed])
        return columns

    def _report(self, open_: int, n: int) -> None:
        """Tell how many are open."""
        phase, unknown = f"portfolios, {open_} of {n} open", float("inf")
        self.observer.on_progress(
            Progress(phase, 0, -unknown, unknown, gap=unknown, seconds=self.clock.seconds)
        )

    def _priced(
        self, pricing: ResidualPricing, columns: Ints, wide: Ints, left: Floats
    ) -> tuple[Ints, Ints]:
        """Widen the pool for those who are open; return where columns and wide ones now are."""
        before = self.master.pool
        pool = pricing.widened(before, columns < 0, left)
        self.master = replace(self.master, pool=pool)
        place = pool.places_of(before.key)
        return np.where(columns < 0, -1, place[columns]), np.sort(place[wide])

    def _fixed(self, here: Ints, left: Floats, columns: Ints) -> Ints | None:
        """Return what the linear master of those who are open settles, None below the floor."""
        pool, count = self.master.pool, int((columns < 0).sum())
        if self.is_seated and self.rescue is not None and count > MOST_LINEAR:
            soft = self.rescue.soft_shares(pool.take(here), left)
            surest = here[np.argsort(-soft, kind="stable")]
            sure = int(np.count_nonzero(soft > SURE))
            return that_fit(self.master, surest, left, max(sure, int(ROUNDED * count)))
        found = self.master.linear(here, left, seconds=min(self.seconds, self.clock.left))
        share = None if found is None else found[0]
        if share is None or len(np.unique(pool.mentee[here])) < count:
            return here[:0]
        most = float(pool.worth[here] @ share) + float(pool.worth[columns[columns >= 0]].sum())
        if most < self.floor - LP_SLACK * abs(self.floor):
            return None
        may_price = self.rescue is not None and not self.late and bool((columns >= 0).any())
        if may_price and most < self.aim:
            return here[:0]
        fixed = here[share > WHOLE]
        if len(fixed) >= FEW * count:
            return fixed
        surest = here[np.argsort(-share, kind="stable")]
        return that_fit(self.master, surest, left, max(1, int(ROUNDED * count)))

    def _left(self, columns: Ints) -> Floats:
        """Return what those who hold a column leave of every row: (R,)."""
        return np.asarray(self.master.rows.rhs - self.master.pool.use_of(columns[columns >= 0]))

    def _taken_back(self, wide: Ints, columns: Ints, batches: list[Ints]) -> Ints | None:
        """Choose exactly for those who are open, and for more and more whose round is taken back.

        The last rounds go first: they were the least sure, and what they took is what is missing.
        """
        while self.clock.within(1.0):
            open_, mentee = columns < 0, self.master.pool.mentee
            filled = self._seated(columns)
            if filled is not None:
                return filled
            if open_.sum() > MOST_TAKEN_BACK:
                return None
            here = wide[open_[mentee[wide]]]
            choice = None
            if len(np.unique(mentee[here])) == open_.sum():
                seconds = min(self.seconds, self.clock.left)
                choice = self.master.choose(here, self._left(columns), seconds=seconds, gap=CLOSE)
            if choice is not None:
                columns[mentee[choice.columns]] = choice.columns
                return columns
            if not batches:
                return None
            columns[batches.pop()] = -1
        return None

    def _seated(self, columns: Ints) -> Ints | None:
        """Fill the seats of those who are open by a flow, where that is all that they need."""
        rows, pool = self.master.rows, self.master.pool
        if SeatClasses.filled(rows.problem) is None:
            return None
        open_ = np.flatnonzero(columns < 0)
        left = rows.part(self._left(columns), "capacity")
        found = seats_filled(rows.problem, open_, left, self.clock)
        if found is None:
            return None
        sets = allowed_portfolios(rows.problem, found, rows.max_size)
        wider, _ = pool.add(rows, sets)
        self.master = replace(self.master, pool=wider)
        held = np.flatnonzero(columns >= 0)
        filled = np.full_like(columns, -1)
        filled[held] = wider.places_of(pool.key[columns[held]])
        filled[sets.mentee] = wider.places_of(keys_of(sets))
        return filled if (filled >= 0).all() else None


def spare_within(budget: float, y: Floats) -> Floats:
    """Return what a solution so little below the bound of duals `y` leaves of each row: (R,).

    Parameters
    ----------
    budget
        What it is below the bound at most.
    y
        (R,)
    """
    spare = np.full(len(y), np.inf)
    np.divide(budget, np.abs(y), out=spare, where=y != 0)
    return spare


def _limits_of(seconds: float, nodes: int | None = None) -> Any:
    """Return the solver's limits on time and nodes, none without one."""
    time = {"time_limit": max(seconds, 0.05)} if np.isfinite(seconds) else {}
    return time if nodes is None else {**time, "node_limit": nodes}


def that_fit(master: IntegerMaster, order: Ints, left: Floats, most: int) -> Ints:
    """Return the first columns of `order` that fit together, one a mentee.

    A column with a side of a reciprocal pair goes alone: its partner follows by the next solve.

    Parameters
    ----------
    master
        Pool and rows.
    order
        Columns, the surest first.
    left
        (R,) what the rows have left.
    most
        Columns after which it ends.
    """
    pool, rows = master.pool, master.rows
    limits, equal = rows.is_limit, rows.is_equal
    left = left.copy()
    taken: list[int] = []
    seen: set[int] = set()
    for column in order.tolist():
        mentee = int(pool.mentee[column])
        if mentee in seen:
            continue
        first, last = pool.use.indptr[column], pool.use.indptr[column + 1]
        row, amount = pool.use.indices[first:last], pool.use.data[first:last]
        if np.any(limits[row] & (amount > left[row] + SLACK)):
            continue
        if np.any(equal[row]):
            if not taken:
                return np.array([column], dtype=np.int64)
            seen.add(mentee)  # who waits for this column, not for a worse one
            continue
        left[row] -= amount
        taken.append(column)
        seen.add(mentee)
        if len(taken) >= most:
            break
    return np.array(taken, dtype=np.int64)
