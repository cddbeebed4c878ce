"""Deferred acceptance, many to many, all proposals of a round at once (Gale & Shapley 1962)."""

import numpy as np

from matcher.problem.problem import Floats, Ints

AHEAD = 64
"""Entries of a list that are looked through at once for a mentor who might say yes."""


class DeferredAcceptance:
    """Mentees propose down their lists; mentors keep the best by score that fit their capacity.

    Parameters
    ----------
    mentor, score, load
        (n, w) each mentee's list, best first; mentor -1 past its end.
    slots
        (n,) mentors each mentee may have.
    places
        (m,) capacity of each mentor.
    """

    def __init__(
        self, mentor: Ints, score: Floats, load: Floats, slots: Ints, places: Floats
    ) -> None:
        self.score, self.load, self.slots = score, load, slots
        self.places = places + 1e-9
        # An end to every list, so that no position is out of range.
        self.mentor = np.column_stack([mentor, np.full((len(mentor), AHEAD), -1)])
        self.at = np.zeros(len(mentor), dtype=np.int64)
        self.row, self.rank = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self.unit = bool(np.all(load == 1.0))
        # The score that a mentor refuses whoever is below; the last one is the end of a list.
        self.bar = np.full(len(places) + 1, -np.inf)
        if self.unit:
            self.bar[:-1][self.places < 1.0] = np.inf

    def run(self) -> tuple[Ints, Ints]:
        """Return the pairs kept, as mentee and position in the list, best score first."""
        while True:
            proposing = self._proposing()
            if proposing is None:
                break
            self._decide(proposing)
        to = self.mentor[self.row, self.rank]
        best = np.lexsort((to, self.row, -self.score[self.row, self.rank]))
        return self.row[best], self.rank[best]

    def _proposing(self) -> Ints | None:
        """Move to the next mentors who might say yes; return who has one, None if all are done."""
        free = self.slots - np.bincount(self.row, minlength=len(self.slots))
        wanting = np.flatnonzero(free > 0)
        wanting = wanting[self.mentor[wanting, self.at[wanting]] >= 0]
        if not len(wanting):
            return None
        if not self.unit:
            return wanting
        ahead = self.at[wanting, None] + np.arange(AHEAD)
        to = self.mentor[wanting[:, None], ahead]
        inside = np.minimum(ahead, self.score.shape[1] - 1)
        hopeful = (to < 0) | (self.score[wanting[:, None], inside] >= self.bar[to])
        found = hopeful.any(axis=1)
        self.at[wanting] += np.where(found, np.argmax(hopeful, axis=1), AHEAD)
        self.at[wanting] = np.minimum(self.at[wanting], self.score.shape[1])
        reached = found & (self.mentor[wanting, self.at[wanting]] >= 0)
        return np.asarray(wanting[reached])

    def _decide(self, proposing: Ints) -> None:
        """Let the mentors who are asked keep the best of what they hold and are offered."""
        asked = np.zeros(len(self.bar), dtype=bool)
        asked[self.mentor[proposing, self.at[proposing]]] = True
        deciding = asked[self.mentor[self.row, self.rank]]
        row = np.append(self.row[deciding], proposing)
        rank = np.append(self.rank[deciding], self.at[proposing])
        to = self.mentor[row, rank]
        # Within a mentor from the best score down; the mentee's position settles ties.
        order = np.lexsort((row, -self.score[row, rank], to))
        row, rank, to = row[order], rank[order], to[order]
        self.at[proposing] += 1
        running = _running_load(to, self.load[row, rank])
        kept = running <= self.places[to]
        if self.unit:
            full = kept & (running + 1.0 > self.places[to])
            self.bar[to[full]] = self.score[row[full], rank[full]]
        self.row = np.append(self.row[~deciding], row[kept])
        self.rank = np.append(self.rank[~deciding], rank[kept])


def _running_load(to: Ints, load: Floats) -> Floats:
    """Return the load summed from each mentor's first proposal on; `to` (k,) is sorted."""
    total = np.cumsum(load)
    first = np.searchsorted(to, to)
    return np.asarray(total - (total - load)[first])
