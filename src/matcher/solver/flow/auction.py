"""Prices of places by an auction: good advice on which pairs a flow of singles should start with.

Every mentee without a mentor bids for the best one at the prices so far, as much as that one is
better than the next best and a step more; a mentor keeps the highest bids, and the lowest of those
is the price once all places are taken (D. P. Bertsekas, Annals of Operations Research 14, 1988).
Large steps come first, and prices fall by as much before smaller ones: with places to spare they
were too high. The flow over all pairs decides, whatever these prices are, so that the last few
mentees, whose bidding would take most of the rounds, may go without.
"""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Advice, Floats, Ints

STEPS = (0.1, 0.01, 0.001)
"""Steps of a bid, as shares of the largest gain."""

WITHOUT = 0.01
"""Share of the mentees who may go without a mentor when a step is over."""


def auction_prices(gain: Advice, capacity: Floats) -> Floats:
    """Return about what one more place of each mentor is worth: (m,) >= 0.

    Parameters
    ----------
    gain
        (n, m) what each pair earns; -inf where it is not allowed.
    capacity
        (m,) places.
    """
    n, m = gain.shape
    price = np.zeros(m, dtype=np.float32)
    largest = float(gain.max(initial=0.0))
    if largest <= 0:
        return np.zeros(m)
    places = np.minimum(np.floor(capacity), n).astype(np.int64)
    # Without a place a mentor is too dear for everybody.
    price[places <= 0] = np.inf
    before = 0.0
    for step in STEPS:
        price = np.maximum(price - np.float32(before * largest), np.float32(0.0))
        market = _Bids(gain, places, price, np.float32(step * largest))
        without = np.arange(n)
        while len(without) > WITHOUT * n:
            without = market.take(without)
        before = step
    return np.where(places > 0, price, 0.0).astype(np.float64)


@dataclass
class _Bids:
    """Who holds a place of whom, and for how much."""

    gain: Advice
    places: Ints
    price: Advice
    """(m,), which changes in place"""
    step: np.float32

    def __post_init__(self) -> None:
        n = len(self.gain)
        self.held, self.bid = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.float32)

    def take(self, mentees: Ints) -> Ints:
        """Let mentees (k,) bid; return those who are outbid by it, sorted by mentor."""
        net = self.gain[mentees]
        net -= self.price
        rows = np.arange(len(mentees))
        mentor = net.argmax(axis=1)
        best = net[rows, mentor]
        net[rows, mentor] = -np.inf
        more = best - np.maximum(net.max(axis=1), 0.0)
        some = best > 0
        bidder, mentor = mentees[some], mentor[some]
        self.held[bidder] = mentor
        self.bid[bidder] = self.price[mentor] + more[some] + self.step
        return self._outbid(mentor)

    def _outbid(self, mentors: Ints) -> Ints:
        """Keep the highest bids of mentors who got new ones, and let the lowest be the price."""
        touched = np.zeros(len(self.places), dtype=bool)
        touched[mentors] = True
        mentee = np.flatnonzero((self.held >= 0) & touched[self.held])
        mentee = mentee[np.lexsort((-self.bid[mentee], self.held[mentee]))]
        mentor = self.held[mentee]
        rank = np.arange(len(mentee)) - np.searchsorted(mentor, mentor)
        last, out = rank == self.places[mentor] - 1, rank >= self.places[mentor]
        self.price[mentor[last]] = self.bid[mentee[last]]
        self.held[mentee[out]] = -1
        return mentee[out]
