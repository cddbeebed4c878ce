"""The rules of a programme as the checker knows them: on purpose a copy of those of the problem.

A rule checks an answer, charges what its rows of a certificate cost, and says which sets of mentors
one mentee may have. A new rule is one class here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from matcher.arrays import present
from matcher.checker.certificate import CertificateSum, Row, fault
from matcher.checker.values import ItemFacts, chosen_worth
from matcher.errors import Finding
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.rules.approach_seats import ApproachSeat
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.text import count_of

ROUNDING_SLACK = 1e-9
"""Relative tolerance of sums of loads in float64."""


@dataclass(frozen=True)
class PeopleNames:
    """How people are called in findings: by position, or by record id."""

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]

    @classmethod
    def by_position(cls, problem: Problem) -> Self:
        """Name everybody by position, for answers of the bare engine."""
        return cls(
            tuple(map(str, range(problem.n_mentees))), tuple(map(str, range(problem.n_mentors)))
        )


class SetRule:
    """A rule on the free items of one mentee, (s,), beside those that are required."""

    def keep(self, items: Ints) -> Self:
        """Return the rule with only the free items at `items`."""
        raise NotImplementedError

    def may_grow(self, sets: Ints) -> Bools:
        """Return which sets (p, a) break nothing that further items could not mend: (p,)."""
        return np.ones(len(sets), dtype=bool)

    def is_kept(self, sets: Ints) -> Bools:
        """Return which sets that are not empty, and may grow, keep the rule: (p,)."""
        return np.ones(len(sets), dtype=bool)


class CheckedRule:
    """One rule; `kind` is that of its rows in a certificate, if it has any."""

    kind: ClassVar[str] = ""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        """Yield where an answer breaks the rule."""
        yield from ()

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        """Charge a row of the certificate."""

    def close(self, ledger: CertificateSum) -> None:
        """Charge what depends on all rows together."""

    def of_mentee(self, problem: Problem, i: int, rest: Ints, start: Ints) -> Iterator[SetRule]:
        """Yield the rules on the set of a mentee: mentors of free and of required items."""
        yield from ()


class _Allowed(CheckedRule):
    """Only pairs that are allowed."""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        for k in np.flatnonzero(~np.isfinite(items.score)).tolist():
            i, j = names.mentees[items.mentee[k]], names.mentors[items.mentor[k]]
            yield fault("C_FORBIDDEN", f"{i} and {j} are matched but not permitted")


class _Limit(CheckedRule):
    """No mentee has more mentors than the limit."""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        size = np.bincount(items.mentee, minlength=problem.n_mentees)
        for i in np.flatnonzero(size > problem.limit).tolist():
            found = count_of(size[i], "mentor")
            message = f"{names.mentees[i]} has {found}, the limit is {problem.limit[i]}"
            yield fault("C_RULE", message)


def _over(use: Floats | Ints, capacity: Floats) -> list[int]:
    spare = ROUNDING_SLACK * np.maximum(1.0, np.abs(np.where(np.isfinite(capacity), capacity, 0.0)))
    return [int(k) for k in np.flatnonzero(use > capacity + spare)]


class _Capacity(CheckedRule):
    """No mentor takes more than the capacity."""

    kind = "capacity"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        use = np.bincount(items.mentor, weights=items.load, minlength=problem.n_mentors)
        for j in _over(use, problem.capacity):
            message = f"mentor {names.mentors[j]} uses {use[j]:g} of {problem.capacity[j]:g}"
            yield fault("C_CAPACITY", message)

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        at = ledger.position(row, ledger.ids.mentor(row.id), ledger.problem.n_mentors)
        if at is not None:
            dual = ledger.charge(row, float(ledger.problem.capacity[at])) or 0.0
            ledger.load_price[at] += dual
            ledger.capacity_dual[at] = dual


class _Pool(CheckedRule):
    """The mentors of a pool keep to its capacity."""

    kind = "pool"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        for pools in problem.rules_of(Pools):
            pool = pools.pool[items.mentor]
            inside = pool >= 0
            size = len(pools.most)
            use = np.bincount(pool[inside], weights=items.load[inside], minlength=size)
            for p in _over(use, pools.most):
                yield fault("C_CAPACITY", f"pool {p} uses {use[p]:g} of {pools.most[p]:g}")

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        for pools in ledger.rules(row, Pools):
            at = ledger.position(row, ledger.ids.among(row.id, pools.names), len(pools.most))
            if at is not None:
                dual = ledger.charge(row, float(pools.most[at])) or 0.0
                ledger.load_price[pools.pool == at] += dual


class _Sponsorship(CheckedRule):
    """No mentor sponsors more than allowed."""

    kind = "sponsorship"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        count = np.bincount(items.mentor[items.sponsored], minlength=problem.n_mentors)
        for rule in problem.rules_of(SponsorshipLimit):
            for j in _over(count.astype(float), rule.most):
                message = f"{names.mentors[j]} sponsors {count[j]}, the limit is {rule.most[j]:g}"
                yield fault("C_CAPACITY", message)

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        for rule in ledger.rules(row, SponsorshipLimit):
            at = ledger.position(row, ledger.ids.mentor(row.id), len(rule.most))
            if at is not None:
                most = min(float(rule.most[at]), float(ledger.problem.n_mentees))
                ledger.sponsor_price[at] += ledger.charge(row, most) or 0.0


class _MaxMatches(CheckedRule):
    """The programme's limit on matches."""

    kind = "max_matches"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        for rule in problem.rules_of(MaxMatches):
            if len(items.mentee) > rule.most[0]:
                made = count_of(len(items.mentee), "match", "matches")
                yield fault("C_CAPACITY", f"{made}, the programme's limit is {rule.most[0]:g}")

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        for rule in ledger.rules(row, MaxMatches):
            ledger.match_price += ledger.charge(row, float(rule.most[0])) or 0.0


class _MentorMinimum(CheckedRule):
    """What a mentor should have at least; missing it costs a penalty."""

    kind = "mentor_minimum"

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        for rule in ledger.rules(row, MentorMinimum):
            at = ledger.position(row, ledger.ids.mentor(row.id), len(rule.least))
            if at is not None:
                dual = ledger.charge(row, float(rule.least[at]), -rule.each, 0.0)
                ledger.load_price[at] += dual or 0.0


class _Required(CheckedRule):
    """Every must pair and locked pair."""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        triples = zip(
            items.mentee.tolist(), items.mentor.tolist(), items.reciprocal.tolist(), strict=True
        )
        one_way = {(i, j) for i, j, number in triples if number < 0}
        for i, j in problem.required.tolist():
            if (i, j) not in one_way:
                pair = f"{names.mentees[i]} and {names.mentors[j]}"
                yield fault("C_RULE", f"the required pair {pair} is not matched")
        held = set(items.reciprocal.tolist())
        for number in problem.required_reciprocal.tolist():
            if number not in held:
                yield fault("C_RULE", f"the required reciprocal pair {number} is not matched")


class _Reciprocal(CheckedRule):
    """Reciprocal pairs on both sides or on neither."""

    kind = "reciprocal"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        numbers = items.reciprocal[items.reciprocal >= 0]
        for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
            if count != 2:
                mentee = names.mentees[items.mentee[items.reciprocal == number][0]]
                message = f"a reciprocal pair of {mentee} is matched on {count} of its 2 sides"
                yield fault("C_RECIPROCAL", message)

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        at = ledger.position(row, ledger.ids.pair(row.id), len(ledger.reciprocal_dual))
        if at is not None:
            ledger.reciprocal_dual[at] = row.dual


class _Opposite(CheckedRule):
    """No two people mentor each other by two one-way matches."""

    kind = "opposite"

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        if problem.person_mentor is None:
            return
        own = problem.person_mentor
        one_way = items.reciprocal < 0
        pairs = set(
            zip(own[items.mentee[one_way]].tolist(), items.mentor[one_way].tolist(), strict=True)
        )
        for a, b in sorted(pairs):
            if 0 <= a < b and (b, a) in pairs:
                people = f"{names.mentors[a]} and {names.mentors[b]}"
                yield fault("C_RECIPROCAL", f"{people} mentor each other by two one-way matches")
            if a == b:
                yield fault("C_FORBIDDEN", f"{names.mentors[a]} is matched with themselves")

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        """``x_ab + x_ba <= 1`` for two people who are both mentee and mentor."""
        own, people = ledger.problem.person_mentor, ledger.ids.two_mentees(row.id)
        if own is None or people is None or people[0] == people[1] or min(own[[*people]]) < 0:
            ledger.reject(row, "names no two opposite matches")
            return
        (a, b), dual = people, ledger.charge(row, 1.0) or 0.0
        ledger.pairs += [(a, int(own[b]), dual), (b, int(own[a]), dual)]


class _Odd(CheckedRule):
    """Of an odd number of slots one stays empty where all that is counted takes two."""

    kind = "odd"

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        """``sum x_ab <= floor(slots / 2)`` over reciprocal pairs of people, half of it a side."""
        problem, people = ledger.problem, ledger.ids.several(row.id)
        if problem.reciprocal is None or not people or len(set(people)) < len(people):
            ledger.reject(row, "names no people who could be matched both ways")
            return
        dual = ledger.charge(row, float(_slots_among(problem, people) // 2)) or 0.0
        inside = np.isin(problem.reciprocal.mentee_a, people)
        inside &= np.isin(problem.reciprocal.mentee_b, people)
        for side in ledger.side_extra:
            side += 0.5 * dual * inside


def _slots_among(problem: Problem, people: Sequence[int]) -> float:
    """Return how often people can be in pairs among them, by limits and places of their own."""
    both = present(problem.reciprocal)
    inside = np.isin(both.mentee_a, people) & np.isin(both.mentee_b, people)
    sides = (
        (both.mentee_a, both.mentor_a, both.load_b),
        (both.mentee_b, both.mentor_b, both.load_a),
    )
    table = pd.concat([pd.DataFrame(dict(zip("pml", side, strict=True)))[inside] for side in sides])
    least = table.groupby(["p", "m"])["l"].min()
    capacity = problem.capacity[least.index.get_level_values("m")]
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(least > 0, np.floor(capacity / least + 1e-6), np.inf)
    own = pd.Series(places, least.index.get_level_values("p")).groupby(level=0).sum()
    slots = np.minimum(problem.limit[[*people]], own.reindex([*people], fill_value=0.0))
    return float(slots.sum())


class _OneRole(CheckedRule):
    """People in one role only have one role."""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        served = np.bincount(items.mentee, minlength=problem.n_mentees) > 0
        for rule in problem.rules_of(OneRole):
            serving = np.isin(rule.own, items.mentor) & (rule.own >= 0)
            for i in np.flatnonzero(serving & served).tolist():
                message = f"{names.mentees[i]} is matched in both roles, one was agreed"
                yield fault("C_RULE", message)

    def close(self, ledger: CertificateSum) -> None:
        problem = ledger.problem
        places = np.where(np.isfinite(problem.capacity), problem.capacity, 0.0)
        for rule in problem.rules_of(OneRole):
            cost = np.where(rule.own >= 0, (places * ledger.capacity_dual)[rule.own], 0.0)
            ledger.size_bonus[:, 1:] -= cost[:, None]


class _Seat(CheckedRule):
    """Every portfolio that is not empty has enough mentors who count, and not too many alike."""

    def faults(self, problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
        size = np.bincount(items.mentee, minlength=problem.n_mentees)
        for rule in problem.rules_of(SeatRule):
            way = np.where(items.reciprocal >= 0, 2, np.where(items.reciprocal == FALLBACK, 1, 0))
            code = seat_codes(rule, items.mentee, items.mentor + way * problem.n_mentors)
            known = code >= 0
            count = np.bincount(items.mentee[known], minlength=problem.n_mentees)
            for i in np.flatnonzero((size > 0) & (count < rule.least)).tolist():
                message = f"{names.mentees[i]} has {count[i]} of {rule.least} {rule.who}"
                yield fault("C_RULE", message)
            groups = np.column_stack([items.mentee[known], code[known]])
            found, count = np.unique(groups, axis=0, return_counts=True)
            for k in np.flatnonzero(count > rule.most).tolist():
                name = names.mentees[found[k, 0]]
                message = f"{name} has {count[k]} {rule.who}, {rule.most:g} are allowed"
                yield fault("C_RULE", message)

    def of_mentee(self, problem: Problem, i: int, rest: Ints, start: Ints) -> Iterator[SetRule]:
        for rule in problem.rules_of(SeatRule):
            free, taken = (seat_codes(rule, np.array(i), items) for items in (rest, start))
            yield _FreeSeats(free, taken, rule.least, rule.most)


def seat_codes(rule: SeatRule, mentee: Ints, keys: Ints) -> Ints:
    """Return the code that an item has for a mentee, -1 where it does not count.

    A key is the mentor, plus the number of mentors by the pair's next approach, plus twice as many
    both ways.
    """
    way, mentor = np.divmod(keys, max(1, len(rule.away)))
    if isinstance(rule, ApproachSeat):
        return np.asarray(np.where(rule.ways[mentee, mentor] & (2**way), 0, -1))
    home, other = rule.mentee_home[mentee], rule.mentor_home[mentor]
    outside = (home != other) | (home < 0) | (other < 0)
    return np.asarray(np.where(outside, rule.away[mentor], rule.at_home[mentor]))


@dataclass(frozen=True)
class _FreeSeats(SetRule):
    code: Ints
    """(s,) of each free item, -1 where it does not count."""
    taken: Ints
    """Codes of the required items."""
    least: int
    most: float

    def keep(self, items: Ints) -> Self:
        return replace(self, code=self.code[items])

    def may_grow(self, sets: Ints) -> Bools:
        codes, fine = self.code[sets], np.ones(len(sets), dtype=bool)
        for a in range(sets.shape[1]):
            mine = codes[:, [a]]
            count = (codes == mine).sum(axis=1) + (self.taken == mine).sum(axis=1)
            fine &= (mine[:, 0] < 0) | (count <= self.most)
        _, held = np.unique(self.taken[self.taken >= 0], return_counts=True)
        return np.asarray(fine & ~(held > self.most).any())

    def is_kept(self, sets: Ints) -> Bools:
        counted = (self.code[sets] >= 0).sum(axis=1) + (self.taken >= 0).sum()
        return np.asarray(counted >= self.least)


class _Tier(CheckedRule):
    """What counts before welfare, held at no more than the answer reaches."""

    kind = "tier"

    def charge(self, ledger: CertificateSum, row: Row) -> None:
        amount, chosen = self._amount(ledger, row.id), self._chosen(ledger, row.id)
        if row.dual == 0.0:
            return
        if (amount is None and chosen is None) or row.id not in ledger.achieved:
            ledger.reject(row, "names no tier of the problem")
            return
        reached = ledger.achieved[row.id]
        if row.rhs > reached + 1e-6 * max(1.0, abs(row.rhs)):
            message = f"tier {row.id} is held at {row.rhs:g}, the answer reaches {reached:g}"
            ledger.findings.append(fault("C_TIER", message, "certificate"))
            return
        dual = ledger.charge(row, row.rhs, -np.inf, 0.0) or 0.0
        if amount is not None:
            ledger.size_bonus -= dual * amount
        if chosen is not None:
            ledger.pairs += [(i, j, dual * points) for (i, j), points in chosen.items()]
            for side, dear in zip(_sides(ledger.problem), ledger.side_extra, strict=True):
                dear += dual * np.array([chosen.get(pair, 0.0) for pair in side])

    @staticmethod
    def _chosen(ledger: CertificateSum, tier: str) -> dict[tuple[int, int], float] | None:
        """Return what the matches of a class that people chose count for; None: another tier."""
        tiers, (name, _, level) = ledger.problem.tiers, tier.partition(":")
        if name != "choices" or tiers is None or tiers.choices is None:
            return None
        inside = {i for i, one in enumerate(tiers.priority.tolist()) if str(one) == level}
        return {pair: p for pair, p in chosen_worth(tiers).items() if pair[0] in inside}

    @staticmethod
    def _amount(ledger: CertificateSum, tier: str) -> Floats | None:
        """Return what a portfolio of each size counts for in a tier: (n, K + 1)."""
        tiers, (name, _, level) = ledger.problem.tiers, tier.partition(":")
        if tiers is None or not level.lstrip("-").isdigit():
            return None
        inside = (tiers.priority == int(level)).astype(np.float64)
        size = np.arange(ledger.size_bonus.shape[1])
        some = (size > 0).astype(np.float64)
        if name == "reached":
            return np.outer(inside, some)
        if name == "waited" and tiers.waiting is not None:
            return np.outer(inside * tiers.waiting, some)
        if name == "minimum" and tiers.minimum is not None:
            return np.asarray(inside[:, None] * np.minimum(size[None, :], tiers.minimum[:, None]))
        return None


def _sides(problem: Problem) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return mentee and mentor of side a and of side b of every reciprocal pair."""
    both = problem.reciprocal
    if both is None:
        return [], []
    return (
        list(zip(both.mentee_a.tolist(), both.mentor_b.tolist(), strict=True)),
        list(zip(both.mentee_b.tolist(), both.mentor_a.tolist(), strict=True)),
    )


CHECKED = tuple(rule() for rule in CheckedRule.__subclasses__())
"""Every rule, in the order above."""


def broken_rules(problem: Problem, items: ItemFacts, names: PeopleNames) -> list[Finding]:
    """Return the findings of every hard rule on an answer."""
    return [fault for rule in CHECKED for fault in rule.faults(problem, items, names)]


def check_positions(problem: Problem, pairs: Ints, reciprocal: Ints) -> list[Finding]:
    """Check that every item names people and pairs that exist, once each."""
    n, m = problem.n_mentees, problem.n_mentors
    n_pairs = 0 if problem.reciprocal is None else len(problem.reciprocal)
    outside = (pairs < 0).any(axis=1) | (pairs[:, 0] >= n) | (pairs[:, 1] >= m)
    outside |= (reciprocal < FALLBACK) | (reciprocal >= n_pairs)
    if outside.any():
        which = count_of(int(outside.sum()), "item names", "items name")
        return [fault("C_FORBIDDEN", f"{which} nobody in the problem")]
    twice = len(pairs) - len(np.unique(pairs[:, 0] * m + pairs[:, 1]))
    found = count_of(twice, "pair stands", "pairs stand")
    return [fault("C_RULE", f"{found} twice")] if twice else []
