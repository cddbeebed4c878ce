"""What mentees asked for and mentors offer, in lists or by numbers, as plans name it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.stated_answers import StatedFacets, answer_columns, stated_facets
from matcher.plans.claims import Cell, cells_of
from matcher.plans.records import Record
from matcher.text import fold
from matcher.vocabulary import FACET_GROUPS, told_facet


@dataclass(frozen=True)
class AskedFacets:
    """Facets asked for and offered by the people of a cohort."""

    cohort: Cohort
    config: Config

    @cached_property
    def _needs(self) -> StatedFacets:
        return stated_facets(self.cohort.mentees, "need", self.config)

    @cached_property
    def _offers(self) -> StatedFacets:
        return stated_facets(self.cohort.mentors, "offer", self.config)

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """Every facet that may be asked for, in the order in which they are told."""
        return tuple(dict.fromkeys(map(told_facet, self._needs.names)))

    def by(self, mentee_id: str) -> frozenset[str]:
        """Return the facets that a mentee asked for, in lists or by numbers."""
        return self._needs.facets_of(self.cohort.mentee_index.position[mentee_id])

    def and_offered(self, mentee_id: str, mentor_id: str) -> tuple[str, ...]:
        """Return the facets that a mentee asked for and a mentor offers, in lists or by numbers."""
        offered = self._offers.facets_of(self.cohort.mentor_index.position[mentor_id])
        both = self.by(mentee_id) & offered
        return tuple(facet for facet in self.in_order if facet in both)

    def cells(self, mentee: Record, facet: str) -> tuple[Cell, ...]:
        """Return the answers with which a mentee may have asked for a facet."""
        columns = answer_columns(facet.split(".")[0], "need", self.config)
        return cells_of("mentees", mentee, columns)


def lacking_values(mentee: Record, mentors: Iterable[Record], facets: Iterable[str]) -> list[str]:
    """Return the values of knowing that a mentee ticked and no mentor of theirs did.

    Of the forms of knowing among `facets`; nothing where a form is wanted as a whole.
    """
    given = {fold(v) for mentor in mentors for v in mentor.get("knowing") or ()}
    wanted = [fold(v).split(".")[-1] for v in mentee.get("knowing") or ()]
    of_form = {
        value: form
        for form in (facet.split(".")[-1] for facet in facets if facet.startswith("knowing."))
        for value in (v.split(".")[-1] for v in FACET_GROUPS["knowing"] if v.startswith(form))
        if form not in given
    }
    ticked = {value.split(".")[-1] for value in given}
    return [v for v in wanted if v in of_form and v not in ticked]
