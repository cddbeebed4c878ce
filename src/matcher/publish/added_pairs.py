"""Who was given a place that had come free, where nobody else moves, and why just they."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.problem.previous import Carried
from matcher.problem.stated_amounts import places_in_line, priority_classes, waiting_days
from matcher.publish.matched_pairs import LEAST_LEFT, MatchedPairs
from matcher.run_tables import frame_of
from matcher.scoring.eligibility import said_of
from matcher.scoring.named_pairs import last_words
from matcher.text import count_of, listed

NO_LONGER = "no longer possible"


def added_table(pairs: MatchedPairs, carried: Carried) -> pd.DataFrame:
    """Return the pairs that the earlier run had not, then the freed places that nobody was given.

    Parameters
    ----------
    pairs
        The matches of a run that keeps every pair of an earlier one.
    carried
        What became of those.
    """
    story = _Story(pairs, carried)
    return frame_of("added", [*story.given(), *story.left()])


@dataclass(frozen=True)
class _Story:
    pairs: MatchedPairs
    carried: Carried

    @cached_property
    def freed(self) -> Mapping[str, list[tuple[str, str]]]:
        """By mentor who held a place that came free, and what became of that pair."""
        status = last_words(self.pairs.instance.cohort.engagements)
        freed = defaultdict(list)
        for mentee, mentor in self.carried.gone:
            freed[mentor].append((mentee, status.get((mentee, mentor), NO_LONGER)))
        return freed

    @cached_property
    def new(self) -> list[tuple[int, int, float]]:
        """Mentee, mentor and score of every pair that the earlier run had not."""
        m = max(1, self.pairs.instance.problem.n_mentors)
        codes = self.pairs.mentee * m + self.pairs.mentor
        at = np.flatnonzero(~np.isin(codes, self.carried.pairs @ [m, 1]) & ~self.pairs.is_forced)
        columns = (self.pairs.mentee, self.pairs.mentor, self.pairs.combined_score)
        return [*zip(*(column[at].tolist() for column in columns), strict=True)]

    @cached_property
    def line(self) -> list[int]:
        """Mentees whom the earlier pairs leave without a mentor, next in line first."""
        cohort, carried = self.pairs.instance.cohort, self.carried
        is_open = self.pairs.instance.candidates.eligibility.mentee_gate.is_open
        kept = np.bincount(carried.pairs[:, 0], minlength=len(is_open))
        without = np.flatnonzero((kept == 0) & is_open & ~self.pairs.serves)
        level, days = priority_classes(cohort)[without], waiting_days(cohort)[without]
        return [int(i) for i in without[np.lexsort((without, -days, level))]]

    @cached_property
    def rank(self) -> Mapping[int, int]:
        """Place in that line, 1 first; who has waited as long in the same class has the same."""
        cohort = self.pairs.instance.cohort
        level, days = priority_classes(cohort), waiting_days(cohort)
        places = places_in_line((int(level[i]), int(days[i])) for i in self.line)
        return dict(zip(self.line, places, strict=True))

    def given(self) -> Iterator[tuple[object, ...]]:
        """Yield the new pairs, next in line first; a place that came free is given once."""
        ids = self.pairs.instance.cohort.mentee_index.ids
        others = self.pairs.instance.cohort.mentor_index.ids
        place = self.rank
        left = {mentor: iter(gone) for mentor, gone in self.freed.items()}
        ordered = sorted(self.new, key=lambda pair: (place.get(pair[0], len(ids)), pair[1]))
        for i, j, score in ordered:
            gone = next(left.get(others[j], iter(())), None)
            told = self._place_of(i, j, place.get(i)), _came_free([gone] if gone else [])
            why = "; ".join((*told, *self._turned(others[j], j)))
            given = (ids[i], others[j], place.get(i, np.nan), gone[:1] if gone else (), score)
            yield *given, why, self._is_of_use(i, j), ""

    def _turned(self, mentor: str, j: int) -> Iterator[str]:
        """Yield that a mentor who took either role, and had no mentee before, waits no more."""
        i = self.pairs.instance.cohort.mentee_index.position.get(mentor)
        if i is not None and self.pairs.serves[i] and j not in self.carried.pairs[:, 1]:
            yield f"{mentor} took either role, and is a mentor now"

    def _is_of_use(self, i: int, j: int) -> bool | None:
        """Whether a mentor offers anything that a mentee asked for; None where they named none."""
        known = self.pairs.need_cover
        asked = known.needs[i] * bool(known.is_known[i])
        return bool((asked * known.offers[j]).any()) if asked.any() else None

    def _place_of(self, i: int, j: int, place: int | None) -> str:
        """Return why this mentee was the next: those before had others, or could not have this."""
        if place is None:
            return "has another mentor still, and gets a second in place of one who left"
        ahead = [k for k in self.line if self.rank[k] < place]
        since = self.pairs.instance.cohort.mentees["waiting_since"].iloc[i]
        waited = "" if pd.isna(since) else f", waiting since {since:%Y-%m-%d}"
        alike = [k for k in self.line if self.rank[k] == place and k != i]
        here = f"number {place} in line{waited}"
        told = [
            *self._passed(ahead, j, "before", "stay without for the reason in unmatched.csv"),
            *self._passed(alike, j, "who came as early", "would add less to the match"),
        ]
        return "; ".join(filter(None, (here, listed(told))))

    def _passed(self, mentees: Sequence[int], j: int, where: str, else_: str) -> Iterator[str]:
        """Yield why some mentees have not got a place of a mentor, with how many each."""
        rest = np.array([k for k in mentees if not self.pairs.size[k]], dtype=np.int64)
        possible = self._possible(rest, j)
        counts = {
            "got a place too": len(mentees) - len(rest),
            "may not be matched with this one": len(rest) - possible,
            else_: possible,
        }
        yield from (f"{n} {where} {words}" for words, n in counts.items() if n)

    def _possible(self, mentees: Ints, j: int) -> int:
        """Return how many of some mentees may be matched with a mentor."""
        there = np.full(len(mentees), j, dtype=np.int64)
        listed_at = self.pairs.instance.candidates.listed(mentees, there)
        return int((listed_at >= 0).sum())

    def left(self) -> Iterator[tuple[object, ...]]:
        """Yield the places that came free and that nobody was given."""
        at = self.pairs.instance.cohort.mentor_index.position
        given = Counter(j for _, j, _ in self.new)
        for mentor, places in sorted(self.freed.items()):
            j = at.get(mentor)
            gone = places if j is None else places[given[j] :]
            if gone:
                freed = tuple(mentee for mentee, _ in gone)
                code, words = self._unused(j)
                why = f"not given: {words}; {_came_free(gone)}"
                yield "", mentor, np.nan, freed, np.nan, why, None, code

    def _unused(self, j: int | None) -> tuple[str, str]:
        """Return why nobody is given a place: the word for it, and a sentence."""
        if j is None:
            return "gone", "the mentor does not take part any more"
        if closed := self.pairs.instance.candidates.eligibility.mentor_gate.reason[j]:
            return closed.code, f"the mentor {said_of(closed)}"
        if self.pairs.left[j] <= LEAST_LEFT:
            if self.pairs.instance.candidates.takes_nobody_else[j]:
                return "rests", "the mentor takes nobody else now"
            return "full", "the mentor has no place left"
        waiting = np.array(self.pairs.waiting, dtype=np.int64)
        if not len(waiting):
            return "none_waits", "nobody waits any more"
        possible = self._possible(waiting, j)
        if not possible:
            return "barred", "nobody who waits may be matched with this mentor"
        if any(j in self.pairs.left_for(i)[0] for i in self.pairs.waiting):
            return (
                "possible",
                f"{count_of(possible, 'mentee')} might have had it: see unmatched.csv",
            )
        left = f"what is left, {self.pairs.left[j]:.2g}"
        return "little", f"{left}, is too little for who waits: see unmatched.csv"


def _came_free(gone: list[tuple[str, str]]) -> str:
    """Return how the place came free."""
    if not gone:
        return "the place was free before"
    told = [f"{mentee} ({status.replace('_', ' ')})" for mentee, status in gone]
    return f"place of {listed(told)}"
