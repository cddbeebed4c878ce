"""Years of work as people may mean them: a number, or the range that they ticked."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from matcher.config import Config
from matcher.intake.cells.answer_words import answer_words_of
from matcher.intake.proposals.meanings import span_of
from matcher.plans.records import Record
from matcher.text import fold


@dataclass(frozen=True)
class CareerYears:
    """Years of work of a cohort's people, compared among its mentees."""

    config: Config
    mentees: Mapping[str, Record]

    @cached_property
    def _meant(self) -> dict[str, dict[float, tuple[float, float]]]:
        """What years may mean that stand for an answer in words, by side and number."""
        meant: dict[str, dict[float, tuple[float, float]]] = {"mentees": {}, "mentors": {}}
        for side, found in meant.items():
            words = answer_words_of(f"{side}.career_years", self.config).numbers
            for word, value in words.items():
                if value is not None:
                    spans = (span_of(word, value), found.get(value, (value, value)))
                    found[value] = (min(low for low, _ in spans), max(high for _, high in spans))
        return meant

    def of(self, side: str, person: Record) -> tuple[float, float] | None:
        """Return the least and the most years of work that somebody may mean, None where unsaid.

        Who says a number means it; who ticks a range or a bound means no number.
        """
        said = person.get("career_years")
        return None if said is None else self._meant[side].get(said, (said, said))

    @cached_property
    def _in_field(self) -> dict[str, list[float]]:
        """Most years of work of the mentees who named a field, in order, by folded field."""
        years: dict[str, list[float]] = defaultdict(list)
        for mentee in self.mentees.values():
            if said := self.of("mentees", mentee):
                for field in {fold(item) for item in mentee.get("expertise") or ()}:
                    years[field].append(said[1])
        return {field: sorted(found) for field, found in years.items()}

    def newer_than(self, mentee: Record) -> int:
        """Return how many mentees named this one's first field and have worked fewer years."""
        field, said = next(iter(mentee.get("expertise") or ()), None), self.of("mentees", mentee)
        return bisect_left(self._in_field[fold(field)], said[0]) if field and said else 0
