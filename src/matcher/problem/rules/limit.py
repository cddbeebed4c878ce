"""What limits of places, pools, sponsorships and matches have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

import numpy as np

from matcher.errors import Finding
from matcher.problem.market import Bools, Floats, Ints, Market
from matcher.problem.rules import rule
from matcher.text import count_of


class Unit(StrEnum):
    """What is counted of an item; the names are those of `Prices`."""

    LOAD = "load"
    MATCH = "match"
    SPONSORSHIP = "sponsorship"

    def amount(self, load: Floats | float, sponsored: Floats | Bools | float) -> Floats | float:
        """Return how much items count."""
        if self is Unit.LOAD:
            return load
        return 1.0 if self is Unit.MATCH else np.asarray(sponsored, dtype=np.float64)


class MentorRows(rule.ProgrammeRule):
    """A row for each group of mentors, used by the items with them."""

    unit: ClassVar[Unit]

    @property
    def group(self) -> Ints:
        """(m,) row of each mentor, -1 for none."""
        raise NotImplementedError

    def label(self, row: str, names: rule.Names) -> str:
        """Return the mentor of a row."""
        return names.mentors[int(row)]

    def counted(self, items: rule.Used) -> tuple[Ints, Floats]:
        """Return the row of each item, -1 for none, and what it counts there: (k,) each."""
        group = self.group[items.mentor]
        amount = self.unit.amount(items.load, items.sponsored)
        return group, np.broadcast_to(np.asarray(amount, dtype=np.float64), group.shape)

    def item_use(self, market: Market, items: rule.Used) -> Iterator[rule.Entries]:
        """Yield what every item counts in its mentor's row."""
        group, amount = self.counted(items)
        item = np.flatnonzero((group >= 0) & (amount > 0))
        yield item, group[item], amount[item]

    def charge(self, dual: Floats, prices: rule.Prices) -> None:
        """Add each mentor's dual to the price of what is counted."""
        group, price = self.group, getattr(prices, self.unit.value)
        price += np.where(group >= 0, np.append(dual, 0.0)[group], 0.0)


@dataclass(frozen=True)
class Limit(MentorRows):
    """At most so much for each group of mentors.

    Its words name the row as ``{who}``, its limit as ``{most}`` and in matches as ``{matches}``.
    """

    in_proportion = ("most",)
    gives: ClassVar[str]
    """What a limit allows."""
    setting: ClassVar[str]
    """Which key or cell sets a limit."""
    holds: ClassVar[str]
    """What a limit holds that stands in somebody's way; there ``{most}`` is in whole units."""
    eased: ClassVar[str]
    """One unit more of a limit."""

    most: Floats
    """(r,) what the items with each group of mentors may take together."""

    @property
    def group(self) -> Ints:
        """Every mentor alone."""
        return np.arange(len(self.most))

    def rhs(self, market: Market) -> Floats:
        """Return the limits."""
        return self.most

    def fits_flow(self, market: Market) -> bool:
        """Whether the groups of this limit and of those before it are nested, as a flow asks."""
        return True

    def relaxed(self, market: Market, lightest: Floats) -> Iterator[Self]:
        """Yield the limit as it is."""
        yield self

    def used(self, items: rule.Used) -> Floats:
        """Return what some items take of each limit: (r,)."""
        group, amount = self.counted(items)
        known = group >= 0
        use = np.bincount(group[known], weights=amount[known], minlength=len(self.most))
        return np.asarray(use, dtype=np.float64)

    def whole(self, rows: Sequence[int]) -> Floats:
        """Return how many whole units limits hold."""
        return np.floor(self.most[rows] + rule.SLACK)

    def say(self, words: str, row: int, names: rule.Names, most: float | None = None) -> str:
        """Return some of its words about a row."""
        most = float(self.most[row]) if most is None else most
        matches = count_of(most, "match", "matches")
        return words.format(who=self.label(str(row), names), most=f"{most:g}", matches=matches)

    def conflicts(self, forced: rule.ForcedItems) -> Iterator[Finding]:
        """Yield the limits that the forced items exceed."""
        (group, amount), use = self.counted(forced.items), self.used(forced.items)
        for row in np.flatnonzero(use > self.most + rule.SLACK * np.maximum(1.0, use)).tolist():
            here = np.flatnonzero((group == row) & (amount > 0))
            gives, setting = (self.say(w, row, forced.names) for w in (self.gives, self.setting))
            most = float(self.most[row])
            yield exceeded(forced, gives, setting, at=here, amount=amount, limit=most)

    def linear(self, market: Market, items: rule.Used, room: float) -> Iterator[rule.LinearRow]:
        """Yield a row for each limit; a reciprocal pair is one match of two items."""
        group, amount = self.counted(items)
        gain = 2.0 * room if self.unit is Unit.MATCH else room
        for row in np.flatnonzero(np.isfinite(self.most)).tolist():
            at = np.flatnonzero((group == row) & (amount > 0))
            yield rule.LinearRow(at, amount[at], -np.inf, float(self.most[row]), row=row, gain=gain)

    def told(self, at: Sequence[int], names: rule.Names) -> Iterator[str]:
        """Yield what each of some limits holds."""
        for row, most in zip(at, self.whole(at).tolist(), strict=True):
            yield self.say(self.holds, row, names, most)

    def relief(self, at: int, names: rule.Names) -> str:
        """Return one unit more of a limit."""
        return self.say(self.eased, at, names)


def exceeded(
    forced: rule.ForcedItems, gives: str, setting: str, at: Ints, amount: Floats, limit: float
) -> Finding:
    """Return the finding with the fewest forced items that exceed a limit, largest amounts first.

    Parameters
    ----------
    forced
        The forced items, k of them.
    gives, setting
        The limit in words, and what sets it.
    at
        Positions of the forced items under the limit.
    amount
        (k,) what every forced item takes of it.
    limit
        How much they may take together.
    """
    order = at[np.argsort(-amount[at], kind="stable")]
    total = np.cumsum(amount[order])
    few = np.sort(order[: 1 + int(np.argmax(total > limit + rule.SLACK))])
    excess = float(total[-1] - limit)
    # Withdrawing the largest ones first is what it takes at least.
    least = 1 + int(np.argmax(total >= excess - rule.SLACK))
    every = f"withdraw all {len(at)} forced pairs" if len(at) > 1 else "withdraw the forced pair"
    fewer = f"withdraw {least} of the {len(at)} forced pairs"
    remedy = f"raise {setting} by {excess:g}, or {fewer if least < len(at) else every}"
    named = ", ".join(forced.names.pairs(forced.pairs[few]))
    return Finding("I_FORCED_CAPACITY", f"{gives}, but these pairs are forced: {named}", remedy)
