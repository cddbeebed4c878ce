"""What people are called on pages: by name, and of two with one name, where each is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pandas as pd

from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.intake.whom_words_mean import parts_of_place
from matcher.report.run_data import ShownNames
from matcher.text import fold, printable

WORK_COLUMNS = ("organisation", "site", "department", "location")
"""Columns that say where somebody works, the one that pages name first."""


def names_shown(programme: ProgrammeFolder, cohort: Cohort | None) -> ShownNames:
    """Return what people are called, those who are left out too, with where they work.

    Parameters
    ----------
    programme, cohort
        The programme and its people, None where they are not known: then ids stand for them.
    """
    if cohort is None or not programme.files():
        return ShownNames.of(cohort)
    return programme.kept("names", lambda: _names(programme, cohort))


def _names(programme: ProgrammeFolder, cohort: Cohort) -> ShownNames:
    found, sheets = ShownNames.of(cohort), sheets_of(programme)
    if not found.names:
        return found
    names = dict(found.names)
    for person, fault in cohort.set_aside:
        if fault.row and (name := sheets.name(fault.table, fault.row)):
            names.setdefault(person, name)
    work = workplaces(cohort)
    return replace(found, names=names | _told_apart(names, work, cohort), organisations=work)


def workplaces(cohort: Cohort) -> dict[str, str]:
    """Return where everybody works, by id: of several answers the first of `WORK_COLUMNS`."""
    found: dict[str, str] = {}
    for person, text in _places(cohort):
        found.setdefault(person, printable(text))
    return found


def _places(cohort: Cohort) -> Iterator[tuple[str, str]]:
    """Yield everybody with each place that they named, by `WORK_COLUMNS`."""
    for side in (cohort.mentees, cohort.mentors):
        for column in (name for name in WORK_COLUMNS if name in side):
            for person, text in zip(side["person_id"], side[column], strict=True):
                if isinstance(text, str) and printable(text):
                    yield person, text


def _told_apart(
    names: Mapping[str, str], work: Mapping[str, str], cohort: Cohort
) -> dict[str, str]:
    """Return the names of those who share one, each with where they work, else with their row."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for person, name in names.items():
        bearers[fold(name)].append(person)
    both = pd.concat([cohort.mentees, cohort.mentors], ignore_index=True)
    rows = dict(zip(both["person_id"], both["source_row"], strict=True))
    found = {}
    for people in (people for people in bearers.values() if len(people) > 1):
        places = [work.get(person, "") for person in people]
        is_told = len({*map(fold, places)}) == len(places) and all(places)
        for person, place in zip(people, places, strict=True):
            row = str(rows.get(person, ""))
            where = place if is_told else worded("people.row", row=row) if row else ""
            found[person] = f"{names[person]} ({where})" if where else names[person]
    return found


def places_named(cohort: Cohort) -> dict[str, tuple[str, ...]]:
    """Return everybody of each place that people named, by the place and its parts, folded."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for person, text in _places(cohort):
        for part in parts_of_place(text):
            found[fold(part)][person] = None
    return {place: tuple(people) for place, people in found.items()}


def places_spelt(cohort: Cohort) -> tuple[str, ...]:
    """Return the places that people named, as they are written, each once."""
    named = {fold(text): printable(text) for _, text in _places(cohort)}
    return tuple(sorted(named.values()))


def places_within(text: str, places: Iterable[str]) -> tuple[str, ...]:
    """Return the places that a text names whole, the longest where one stands in another.

    >>> places_within("anybody from North Station", ["North", "North Station", "Depot"])
    ('North Station',)
    """
    left, found = f" {_words(text)} ", []
    for place in sorted(places, key=len, reverse=True):
        if (name := f" {_words(place)} ").strip() and name in left:
            left = left.replace(name, " | ")
            found.append(place)
    return tuple(found)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
