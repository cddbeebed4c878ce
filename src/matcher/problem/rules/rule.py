"""What a rule is asked for: by the builder of problems, the solver, feasibility and explanations.

A rule has a neutral answer to every question that does not concern it, so that its file says only
what is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding
from matcher.problem.market import Bools, Floats, Ints, Market, item_keys
from matcher.text import count_of, shortened

SLACK = 1e-9
"""Capacity below which rounding, not a limit, is at work."""


RELAX = "withdraw one of the pairs, or relax the rule in [portfolio]"
"""What to do where forced pairs contradict a rule on portfolios."""

NAMED = 5
"""Names in one list; the rest is counted."""


def numbered(words: Sequence[str], noun: str) -> str:
    """Return how many of a thing there are, and which."""
    return f"{count_of(len(words), noun)} ({shortened(words, NAMED)})"


def as_one(*ids: str) -> str:
    """Return the ids of people as one text that can be taken apart again."""
    return "|".join(one.replace("%", "%25").replace("|", "%7C") for one in ids)


@dataclass(frozen=True)
class Names:
    """What people are called, and why each forced pair is forced."""

    mentees: Sequence[str]
    mentors: Sequence[str]
    why: Callable[[int, int], str] = lambda _i, _j: "required"
    """Says in words why a mentee and a mentor (by position) are forced together."""

    def pairs(self, pairs: Ints) -> list[str]:
        """Return each forced pair (k, 2) in words."""
        return [
            f"{self.mentees[i]} with {self.mentors[j]} ({self.why(i, j)})"
            for i, j in pairs.tolist()
        ]


def people_of(row: str, names: Names) -> str:
    """Return the ids of the mentees whose positions name a row; another name stays."""
    people = row.split("|")
    if len(people) < 2 or not all(person.isdigit() for person in people):
        return row
    return as_one(*(names.mentees[int(person)] for person in people))


@dataclass(frozen=True)
class Used:
    """Items and what they take; each (k,)."""

    mentee: Ints
    mentor: Ints
    load: Floats
    sponsored: Floats
    side: Ints
    """Side of a reciprocal pair, -1 for one-way items."""


@dataclass(frozen=True)
class ForcedItems:
    """The items that every solution holds, the problem's rules, and what people are called."""

    market: Market
    rules: tuple[ProgrammeRule, ...]
    items: Used
    names: Names

    @property
    def pairs(self) -> Ints:
        """(k, 2) mentee and mentor of each item."""
        return np.column_stack([self.items.mentee, self.items.mentor])

    @property
    def keys(self) -> Ints:
        """(k,) key of each item: see `item_keys`."""
        return item_keys(self.items.mentor, self.items.side, self.market.n_mentors)


class Taken(Protocol):
    """An answer under construction, to which one match is added at a time."""

    market: Market
    size: Ints
    """(n,) mentors that each mentee has so far."""
    longest: int
    """Slots that anybody has filled."""
    members: Ints
    """(n, K) mentor in each slot, -1 for none."""
    number: Ints
    """(n, K) reciprocal pair of the item in each slot, -1 for one-way ones."""
    used: Floats
    """(m,) load that each mentor carries."""


@dataclass(frozen=True)
class LinearRow:
    """A row over items, such as ``sum weight <= high``, and what is changed where it is relaxed."""

    at: Ints
    """(w,) positions of the items in the row."""
    weight: Floats
    """(w,)"""
    low: float
    high: float
    mentee: int = -1
    """Whose row it is, if it is a mentee's and may be relaxed."""
    row: int = -1
    """Which of the rule's rows it is, if it may be relaxed and is nobody's."""
    gain: float = 0.0
    """What relaxing it adds to `high`; 0 where it stays in force."""


@dataclass
class Prices:
    """What items cost at some duals."""

    load: Floats
    """(m,) each unit of load on a mentor."""
    match: Floats
    """(m,) each item with a mentor."""
    sponsorship: Floats
    """(m,) each sponsorship by a mentor."""
    side: Floats
    """(2r,) each side of a reciprocal pair."""
    pairs: list[tuple[Ints, Ints, Floats | float]]
    """Mentees and mentors of one-way items, and what each of these costs, or all alike."""

    @classmethod
    def zero(cls, market: Market) -> Prices:
        """Return prices at which everything is free."""
        sides = 0 if market.reciprocal is None else 2 * len(market.reciprocal)
        load, match, sponsorship = np.zeros((3, market.n_mentors))
        return cls(load, match, sponsorship, np.zeros(sides), [])


Entries = tuple["Ints", "Ints", "Floats"]
"""Which item or portfolio uses which row of a rule, and how much of it."""


class ProgrammeRule:
    """Something that every answer must hold to."""

    place: ClassVar[int] = 0
    """Where the rule stands among all; 0 for what is no rule by itself."""
    kind: ClassVar[str] = ""
    """Kind of its linking rows in a certificate; empty for a rule without."""
    by_mentee: ClassVar[tuple[str, ...]] = ()
    """Fields with one entry a mentee."""
    by_mentor: ClassVar[tuple[tuple[str, float], ...]] = ()
    """Fields with one entry a mentor, and that of a mentor whom the rule does not touch."""
    in_proportion: ClassVar[tuple[str, ...]] = ()
    """Fields that shrink with the number of mentees."""

    @property
    def asks(self) -> str:
        """What it asks of every portfolio, and its key; empty where no config can take it back."""
        return ""

    # How it is made.

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the rules of this kind that a config makes for a cohort."""
        yield from ()

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the rules of this kind that hold of themselves, such as places."""
        yield from ()

    def of_sample(self, mentees: Ints, share: float) -> Self:
        """Return the rule for some mentees, who are a `share` of all."""
        mine = {name: getattr(self, name)[mentees] for name in self.by_mentee}
        less = {name: getattr(self, name) * share for name in self.in_proportion}
        return self._changed({**mine, **less})

    def with_mentor(self) -> Self:
        """Return the rule with one more mentor, the last, whom it does not touch."""
        return self._changed(
            {name: np.append(getattr(self, name), value) for name, value in self.by_mentor}
        )

    def _changed(self, fields: Mapping[str, Any]) -> Self:
        return replace(self, **fields) if fields else self  # type: ignore[type-var]

    # Its linking rows: ``sum_i a(i, S_i) <= rhs``, or = or >= as the signs of the duals say.

    def rhs(self, market: Market) -> Floats:
        """Return the right-hand side of each of its rows: (r,)."""
        return np.empty(0)

    @property
    def low(self) -> float:
        """Least value of its duals."""
        return 0.0

    @property
    def high(self) -> float:
        """Largest value of its duals."""
        return np.inf

    @property
    def penalty(self) -> float:
        """What is paid for each unit that a row lacks; 0 where the rule is hard."""
        return 0.0

    named_rows: ClassVar[bool] = False
    """Whether its rows have names of their own in a certificate; else they go by position."""

    def row_names(self, market: Market) -> Sequence[str]:
        """Return what its rows are called in a certificate."""
        return [str(row) for row in range(len(self.rhs(market)))]

    def label(self, row: str, names: Names) -> str:
        """Return whom a row, by its name, is about."""
        return row

    def item_use(self, market: Market, items: Used) -> Iterator[Entries]:
        """Yield which items use which of its rows."""
        yield from ()

    def portfolio_use(
        self, market: Market, mentee: Ints, size: Ints
    ) -> Iterator[tuple[str, Entries]]:
        """Yield which portfolios (q,) of some size use which rows of a kind, whatever is in them.

        A row stands once beside each portfolio at most.
        """
        yield from ()

    def charge(self, dual: Floats, prices: Prices) -> None:
        """Add what items pay for its rows at duals (r,)."""

    # What it means for an answer.

    def relaxed(self, market: Market, lightest: Floats) -> Iterator[Self]:
        """Yield the rule for matches of one place each, so that a flow can keep it.

        Whatever keeps the rule keeps that; a rule that no flow can keep is left out. `lightest`
        (m,) is the least load of a match with each mentor.
        """
        yield from ()

    def fits_flow(self, market: Market) -> bool:
        """Whether a flow of single matches can keep it."""
        return False

    def admits(self, taken: Taken, mentee: Ints, mentor: Ints) -> Bools | bool:
        """Return which one-way matches may come next; `mentee` and `mentor` broadcast."""
        return True

    def admits_pairs(self, taken: Taken, numbers: Ints) -> Bools | bool:
        """Return which reciprocal pairs may come next, whose sides may come next alone: (k,)."""
        return True

    def conflicts(self, forced: ForcedItems) -> Iterator[Finding]:
        """Yield a finding for each smallest set of forced items that cannot hold with the rule."""
        yield from ()

    # What it means for somebody who is left out.

    noun: ClassVar[str] = ""
    """What one unit of it is called among what stands in people's way; empty: it stays in force."""
    effort: ClassVar[float] = 1.0
    """What relaxing it costs, a place 1: this orders remedies and measures nothing."""

    def linear(self, market: Market, items: Used, room: float) -> Iterator[LinearRow]:
        """Yield the rule as rows over items; a limit that is relaxed gains `room` a match."""
        yield from ()

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield the rule in words, by its rows or the mentees whom it concerns."""
        yield from ()

    def relief(self, at: int, names: Names) -> str:
        """Return in words what relaxing it for one row or mentee means."""
        return ""


class PortfolioRule(ProgrammeRule):
    """Something that every portfolio that is not empty must look like.

    Portfolios are given as mentors in slots, ``members`` of shape (..., K), -1 for none; to a rule
    that hangs on approaches as keys of items: see `item_keys`.
    """

    by_approach: ClassVar[bool] = False
    """Whether it is given keys of items where others are given mentors."""

    def read(self, keys: Ints, n_mentors: int) -> Ints:
        """Return what the rule is given for keys of items: these, or their mentors."""
        if self.by_approach or not n_mentors:
            return keys
        return np.where(keys >= 0, keys % n_mentors, -1)

    def blocks(self, mentee: Ints, members: Ints, mentor: Ints) -> Bools | bool:
        """Return which mentors cannot join a portfolio, whoever comes after: (...)."""
        return False

    def admits(self, taken: Taken, mentee: Ints, mentor: Ints) -> Bools | bool:
        """Return which mentors may join the portfolios as they are."""
        return np.logical_not(self.blocks(mentee, self.held(taken, mentee), mentor))

    def held(self, taken: Taken, mentee: Ints) -> Ints:
        """Return the members of portfolios as they are: (..., K)."""
        here = mentee, slice(0, max(1, taken.longest))
        members = taken.members[here]
        if not self.by_approach:
            return members
        return item_keys(members, taken.number[here], taken.market.n_mentors)

    def holds(self, mentee: Ints, members: Ints) -> Bools:
        """Return which portfolios that are not empty keep the rule: (q,) and (q, K) -> (q,)."""
        raise NotImplementedError

    def linear(self, market: Market, items: Used, room: float) -> Iterator[LinearRow]:
        """Yield the rows of each mentee."""
        for mentee in range(market.n_mentees):
            mine = np.flatnonzero(items.mentee == mentee)
            for weight, low, high in self.within(mentee, items.mentor[mine]):
                some = weight != 0
                yield LinearRow(mine[some], weight[some], low, high)

    def within(self, mentee: int, mentor: Ints) -> Iterator[tuple[Floats, float, float]]:
        """Yield the rule as linear rows over a mentee's items (e,): weights, least and most."""
        yield from ()


class SoftRule(ProgrammeRule):
    """Something that every answer should hold to, and pays for where it does not."""

    def cost(self, used: Floats) -> float:
        """Return what is paid where mentors carry these loads (m,)."""
        raise NotImplementedError

    def saved(self, used: Floats, mentor: Ints, load: Floats) -> Floats:
        """Return what one more match with a mentor would save."""
        raise NotImplementedError
