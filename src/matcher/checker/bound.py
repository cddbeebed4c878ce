"""The dual bound, re-proved: each mentee's best set at the published prices, summed up.

The bound is ``sum_r b_r y_r + sum_i max_S [U(V_i(S)) + kept bonuses - sum_r a_r(i, S) y_r]``. The
coefficients a_r and right-hand sides b_r are taken from the problem, never from the published rows:
only the duals y_r are believed, and any duals of the right sign give a valid bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from matcher.arrays import Bools, Floats, Ints, best_first
from matcher.checker.best_set import SEARCH_SLACK, best_worth
from matcher.checker.certificate import CertificateSum, Ids, Row
from matcher.checker.mentee_task import MenteeTask
from matcher.checker.rules import CHECKED
from matcher.checker.values import alike_mentors, alpha_of
from matcher.errors import Finding
from matcher.problem.market import FALLBACK
from matcher.problem.problem import ItemBlock, Problem
from matcher.problem.rules.approach_seats import ApproachSeat
from matcher.problem.rules.rule import PortfolioRule


@dataclass
class Charges:
    """Sum of all rows, ready for pricing."""

    constant: float
    """``sum_r b_r y_r``."""
    load_price: Floats
    """(m,) for each unit of load on a mentor."""
    sponsor_price: Floats
    """(m,) for each sponsorship of a mentor."""
    match_price: Floats
    """(m,) for each match of a mentor."""
    side_price: tuple[Floats, Floats]
    """(r,) for side a and side b of each reciprocal pair."""
    size_bonus: Floats
    """(n, K + 1) by portfolio size; column 0 is 0."""
    pair_mentee: Ints
    """(q,) one-way items with a price of their own, sorted by mentee."""
    pair_mentor: Ints
    pair_price: Floats


def charges_of(
    problem: Problem,
    rows: Sequence[Row],
    achieved: Sequence[tuple[str, float]],
    ids: Ids | None = None,
) -> tuple[Charges, list[Finding]]:
    """Sum the rows of a certificate up; findings tell of rows that cannot be part of a proof.

    `achieved` are the tiers that the answer reaches: a tier may be held at no more than that.
    `ids` says whom the rows name; by position where None.
    """
    total = CertificateSum(problem, dict(achieved), ids or Ids(problem))
    for row in rows:
        _add(total, row)
    return _closed(total), total.findings


def _add(total: CertificateSum, row: Row) -> None:
    """Charge one row."""
    if not (np.isfinite(row.dual) and np.isfinite(row.rhs)):
        if row.dual != 0.0:
            total.reject(row, "is not finite")
        return
    if (row.kind, row.id) in total.seen:
        total.reject(row, "stands twice")
        return
    total.seen.add((row.kind, row.id))
    rule = next((rule for rule in CHECKED if rule.kind == row.kind), None)
    if rule is not None:
        rule.charge(total, row)
    elif row.dual != 0.0:
        total.reject(row, "is of a kind that cannot be re-proved")


def _closed(total: CertificateSum) -> Charges:
    """Add what depends on all rows together."""
    for rule in CHECKED:
        rule.close(total)
    columns = np.array(sorted(total.pairs), dtype=np.float64).reshape(-1, 3)
    return Charges(
        constant=total.constant,
        load_price=total.load_price,
        sponsor_price=total.sponsor_price,
        match_price=total.match_price,
        side_price=(
            total.side_extra[0] + total.reciprocal_dual,
            total.side_extra[1] - total.reciprocal_dual,
        ),
        size_bonus=total.size_bonus,
        pair_mentee=columns[:, 0].astype(np.int64),
        pair_mentor=columns[:, 1].astype(np.int64),
        pair_price=columns[:, 2],
    )


BLOCK_PAIRS = 500_000


def dual_bound(problem: Problem, charges: Charges) -> float:
    """Return the upper bound on welfare that the duals prove, exact to about 1e-10 a mentee."""
    builder = _TaskBuilder(problem, charges)
    total = charges.constant
    for rows in problem.blocks(BLOCK_PAIRS):
        items = builder.items_of(rows, problem.scores.block(rows))
        worth, left = builder.looked_at(rows, items)
        for k in np.flatnonzero(left.any(axis=1) | np.isneginf(worth)).tolist():
            task = builder.task(k, int(rows[k]), items, left[k])
            worth[k] = max(worth[k], best_worth(task).upper)
        total += sum(worth.tolist())
    return np.inf if np.isnan(total) else float(total)  # unbounded beside impossible: no bound


@dataclass(frozen=True)
class _Items:
    """One-way items of a block of mentees: each (b, m)."""

    score: Floats
    extra: Floats


@dataclass(frozen=True)
class _Side:
    mentor: Ints
    score: Floats
    extra: Floats
    number: Ints


def _by_mentee(
    mentee: Ints, mentor: Ints, score: Floats, extra: Floats, *, number: Ints
) -> dict[int, _Side]:
    """Return items by mentee."""
    order = np.argsort(mentee, kind="stable")
    people, start = np.unique(mentee[order], return_index=True)
    return {
        int(i): _Side(mentor[k], score[k], extra[k], number[k])
        for i, k in zip(people, np.split(order, start[1:]), strict=False)
    }


@dataclass(frozen=True)
class _TaskBuilder:
    problem: Problem
    charges: Charges

    def items_of(self, rows: Ints, block: ItemBlock) -> _Items:
        """Return scores and what is outside U (kept bonus less prices) of a block."""
        charges = self.charges
        load = 1.0 if block.load is None else block.load
        extra = np.broadcast_to(-charges.load_price * load, block.score.shape) - charges.match_price
        if block.sponsored is not None:
            extra = extra - block.sponsored * charges.sponsor_price
        self._add_pairs(rows, extra, charges.pair_mentee, charges.pair_mentor, -charges.pair_price)
        kept = self.problem.kept_pairs
        bonus = np.full(len(kept), self.problem.kept_bonus)
        self._add_pairs(rows, extra, kept[:, 0], kept[:, 1], bonus)
        return _Items(np.asarray(block.score, dtype=np.float64), extra)

    @staticmethod
    def _add_pairs(rows: Ints, extra: Floats, mentee: Ints, mentor: Ints, amount: Floats) -> None:
        here = (mentee >= rows[0]) & (mentee <= rows[-1])
        np.add.at(extra, (mentee[here] - rows[0], mentor[here]), amount[here])

    def looked_at(self, rows: Ints, items: _Items) -> tuple[Floats, Bools]:
        """Return what a set of each is worth, and the items that better ones could hold.

        (b,) and (b, m): -inf and all items of whom one look tells nothing.
        """
        problem, worth = self.problem, np.full(len(rows), -np.inf)
        left = np.ones((len(rows), problem.n_mentors), dtype=bool)
        if alpha_of(problem) != 0 or problem.rules_of(PortfolioRule):
            return worth, left
        others = *self._required, *self._sides, *self._fallbacks
        plain = np.flatnonzero(~np.isin(rows, np.array(others, dtype=np.int64)))
        who, bonus = rows[plain], self.charges.size_bonus[rows[plain]]
        beyond = np.arange(bonus.shape[1]) > problem.limit[who][:, None]
        worth[plain], left[plain] = first_look(
            problem,
            net=items.score[plain] + items.extra[plain],
            bonus=np.where(beyond, -np.inf, bonus),
            needs=self._needs[who],
            held=self._held[:, who],
            offers=self._offers,
        )
        return worth, left

    @cached_property
    def _required(self) -> dict[int, list[int]]:
        held: dict[int, list[int]] = {}
        for i, j in self.problem.required.tolist():
            held.setdefault(i, []).append(j)
        return held

    @cached_property
    def _fallbacks(self) -> dict[int, _Side]:
        """The one-way items of pairs by their next approach."""
        others, charges, kept = self.problem.fallback, self.charges, self.problem.kept_pairs
        if others is None:
            return {}
        paid = dict[tuple[int, int], float]()
        priced = zip(charges.pair_mentee.tolist(), charges.pair_mentor.tolist(), strict=True)
        for pair, price in zip(priced, charges.pair_price.tolist(), strict=True):
            paid[pair] = paid.get(pair, 0.0) - price
        for i, j in kept.tolist():
            paid[i, j] = paid.get((i, j), 0.0) + self.problem.kept_bonus
        who = zip(others.mentee.tolist(), others.mentor.tolist(), strict=True)
        extra = np.array([paid.get(pair, 0.0) for pair in who], dtype=np.float64)
        extra -= charges.load_price[others.mentor] * others.load
        extra -= charges.match_price[others.mentor]
        extra -= charges.sponsor_price[others.mentor] * others.sponsored
        number = np.full(len(others), FALLBACK)
        return _by_mentee(others.mentee, others.mentor, others.score, extra, number=number)

    @cached_property
    def _sides(self) -> dict[int, _Side]:
        pairs = self.problem.reciprocal
        if pairs is None:
            return {}
        price_a, price_b = self.charges.side_price
        mentee, mentor, score, load, number = pairs.sides
        extra = -np.concatenate([price_a, price_b]) - self.charges.match_price[mentor]
        extra = extra - self.charges.load_price[mentor] * load
        kept = set(map(tuple, self.problem.kept_pairs.tolist()))
        again = [pair in kept for pair in zip(mentee.tolist(), mentor.tolist(), strict=True)]
        extra = extra + self.problem.kept_bonus * np.array(again, dtype=np.float64)
        return _by_mentee(mentee, mentor, score, extra, number=number)

    @cached_property
    def _offers(self) -> Floats:
        problem = self.problem
        if problem.needs is None or problem.offers is None:
            return np.zeros((problem.n_mentors, 0))
        return np.minimum(problem.offers, 1.0)

    def task(self, k: int, i: int, items: _Items, left: Bools) -> MenteeTask:
        """Return the pricing problem of mentee `i`, row `k` of its block, with the items `left`."""
        problem = self.problem
        mentor = np.flatnonzero(np.isfinite(items.score[k]) & left)
        score, extra = items.score[k, mentor], items.extra[k, mentor]
        way = np.zeros(len(mentor), dtype=np.int64)
        held = np.isin(mentor, np.array(self._required.get(int(i), []), dtype=np.int64))
        for side in filter(None, (self._sides.get(int(i)), self._fallbacks.get(int(i)))):
            mentor = np.concatenate([mentor, side.mentor])
            score = np.concatenate([score, side.score])
            extra = np.concatenate([extra, side.extra])
            way = np.concatenate([way, np.where(side.number == FALLBACK, 1, 2)])
            held = np.concatenate([held, np.isin(side.number, problem.required_reciprocal)])
        start = mentor[held]
        free = ~held & ~np.isin(mentor, start)
        rest = np.flatnonzero(self._merge(free, mentor, score, extra))
        rest = self._few_alike(rest, mentor, score, extra, room=int(problem.limit[i]) - len(start))
        task = self._folded(int(i), mentor, score, extra, held=np.flatnonzero(held), free=rest)
        keys = mentor + way * problem.n_mentors
        asked = (rule.of_mentee(problem, int(i), keys[rest], keys[held]) for rule in CHECKED)
        return replace(task, rules=tuple(chain.from_iterable(asked)))

    def _merge(self, free: Bools, mentor: Ints, score: Floats, extra: Floats) -> Bools:
        """Where items add to V alike, keep the better of two items with one mentor."""
        once = self.problem.reciprocal is None and self.problem.fallback is None
        apart = self.problem.rules_of(ApproachSeat)
        if once or apart or alpha_of(self.problem) != 0:
            return free
        order = np.lexsort((-(score + extra), mentor))
        order = order[free[order]]
        again = np.zeros(len(order), dtype=bool)
        again[1:] = mentor[order][1:] == mentor[order][:-1]
        kept = free.copy()
        kept[order[again]] = False
        return kept

    @cached_property
    def _kind_of(self) -> Ints | None:
        """Mentors by what they offer and whom they are like: (m,); None where all differ.

        None too where more than that tells them apart.
        """
        problem = self.problem
        like = problem.like if problem.redundancy else None
        is_told = like is not None and like.ndim == 2
        has_sides = problem.reciprocal is not None or problem.fallback is not None
        if is_told or has_sides or problem.rules_of(PortfolioRule):
            return None
        label = np.zeros(problem.n_mentors) if like is None else like
        kind = np.unique(np.column_stack([self._offers, label]), axis=0, return_inverse=True)[1]
        return kind.ravel() if kind.max(initial=0) + 1 < len(kind) else None

    def _few_alike(self, free: Ints, mentor: Ints, score: Floats, extra: Floats, room: int) -> Ints:
        """Keep of items that add the same as many as fit in: others only repeat their sets."""
        if self._kind_of is None:
            return free
        kind = self._kind_of[mentor[free]]
        order = np.lexsort((extra[free], score[free], kind))
        free, kind = free[order], kind[order]
        same = (kind[1:] == kind[:-1]) & (np.diff(score[free]) == 0) & (np.diff(extra[free]) == 0)
        first = np.flatnonzero(np.append(True, ~same))
        turn = np.arange(len(free)) - np.repeat(first, np.diff(np.append(first, len(free))))
        return np.sort(free[turn < max(room, 1)])

    def _folded(
        self, i: int, mentor: Ints, score: Floats, extra: Floats, held: Ints, free: Ints
    ) -> MenteeTask:
        problem, start, rest = self.problem, mentor[held], mentor[free]
        needs, before = self._needs[i], self._held[:, i]
        wanted = np.flatnonzero(needs > 0)
        needs, before = needs[wanted], before[:, wanted]
        ranked = np.sort(np.vstack([before, self._offers[start][:, wanted]]), axis=0)
        best, second = ranked[-1], ranked[-2]
        r = problem.second_cover
        gained = np.minimum(1.0, best + r * second) - np.minimum(1.0, before[0] + r * before[1])
        alike = 0.5 * float(self._alike(start, start).sum()) if len(start) else 0.0
        return MenteeTask(
            score=score[free],
            extra=extra[free],
            mentor=rest,
            offers=self._offers[rest][:, wanted],
            needs=needs,
            best=best,
            second=second,
            start_value=float(score[held].sum() + gained @ needs - problem.redundancy * alike),
            start_extra=float(extra[held].sum()),
            start_size=len(start),
            bonus=self.charges.size_bonus[i, : int(problem.limit[i]) + 1],
            limit=int(problem.limit[i]),
            second_cover=r,
            min_gain=problem.min_gain,
            redundancy=problem.redundancy,
            like=problem.like if problem.redundancy else None,
            like_start=self._alike(rest, start).sum(axis=1).astype(np.float64),
            alpha=alpha_of(problem),
        )

    @cached_property
    def _needs(self) -> Floats:
        needs, none = self.problem.needs, np.zeros((self.problem.n_mentees, self._offers.shape[1]))
        return none if needs is None else needs

    @cached_property
    def _held(self) -> Floats:
        """Best and second-best cover held before: (2, n, f)."""
        held = self.problem.held_best, self.problem.held_second
        return np.array([np.zeros(self._needs.shape) if one is None else one for one in held])

    def _alike(self, a: Ints, b: Ints) -> Bools:
        like = self.problem.like if self.problem.redundancy else None
        return alike_mentors(like, a[:, None], b[None, :])


FEW = 16
"""Mentors of a mentee among whom a set is grown: those with the highest bounds."""


def first_look(
    problem: Problem, *, net: Floats, bonus: Floats, needs: Floats, held: Floats, offers: Floats
) -> tuple[Floats, Bools]:
    """Return the worth of a set of each of b mentees, and the mentors whom a better one could hold.

    What a mentor adds to any set is no more than the score less the price and what the mentor alone
    would cover: V is submodular. So the best of these numbers, as many as fit in, bound every set,
    and with the mentor's own among them every set that holds the mentor.

    Parameters
    ----------
    problem
        U is V itself, portfolios have no rules, and the mentees one-way items alone.
    net
        (b, m) scores less prices, -inf where not allowed.
    bonus
        (b, K + 1) what each size earns, -inf beyond the limit.
    needs
        (b, f).
    held
        (2, b, f) best and second-best cover held before.
    offers
        (m, f), at most 1.

    Returns
    -------
    tuple
        (b,) and (b, m).
    """
    width = bonus.shape[1] - 1
    earned = bonus - problem.min_gain * np.clip(np.arange(width + 1) - 1, 0, None)
    most = net + needs @ offers.T
    few = best_first(most, max(FEW, width))
    sums = np.cumsum(np.take_along_axis(most, few[:, :width], axis=1), axis=1)
    before = np.pad(sums[:, :-1], ((0, 0), (1, 0)))[:, : sums.shape[1]]
    beside = (before + earned[:, 1 : sums.shape[1] + 1]).max(axis=1, initial=-np.inf)
    net, gone = np.take_along_axis(net, few, axis=1), np.zeros(few.shape, dtype=bool)
    every, brought, r = np.arange(len(few)), offers[few], problem.second_cover
    best, second = held
    covered = np.minimum(1.0, best + r * second)[:, None]
    found, spent, like = earned[:, 0].copy(), np.zeros(len(few)), np.zeros(few.shape)
    for size in range(1, sums.shape[1] + 1):
        cover = r * np.maximum(second[:, None], np.minimum(best[:, None], brought))
        cover = np.minimum(1.0, cover + np.maximum(best[:, None], brought)) - covered
        own = np.where(gone, -np.inf, net - problem.redundancy * like)
        worth = spent[:, None] + own + (cover @ needs[:, :, None])[:, :, 0]
        at = every, worth.argmax(axis=1)
        found = np.maximum(found, worth[at] + earned[:, size])
        spent, gone[at] = spent + own[at], True
        like = like + alike_mentors(problem.like, few[at][:, None], few)
        second = np.maximum(second, np.minimum(best, brought[at]))
        best = np.maximum(best, brought[at])
    return found, most + beside[:, None] > found[:, None] + SEARCH_SLACK
