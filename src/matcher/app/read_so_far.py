"""How many people are read so far, and any one of them as the settings read them."""

from collections.abc import Collection
from dataclasses import dataclass

from matcher.app.desk import PeopleNow
from matcher.app.filled_in import Sheets
from matcher.app.said_plainly import in_sentences
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.errors import InputError
from matcher.intake.corrections import LEFT_OUT
from matcher.plans.plan_words import first_of, listing, slot_order, slots, slots_together
from matcher.text import printable


@dataclass(frozen=True)
class PeopleRead:
    """How many people are read so far."""

    total: int = 0
    used: int = 0
    mentees: int = 0
    mentors: int = 0
    both: int = 0
    left_out: int = 0
    no_agreement: int = 0
    by_hand: int = 0
    """Whom a person here left out."""
    problems: tuple[str, ...] = ()
    """What keeps everybody from being read."""


def people_read(reading: PeopleNow) -> PeopleRead:
    """Return the live count of people."""
    cohort = reading.cohort
    if cohort is None:
        lines = in_sentences(InputError(list(reading.findings)))
        return PeopleRead(problems=tuple(lines[:3]))
    mentees, mentors = set(cohort.mentees["person_id"]), set(cohort.mentors["person_id"])
    left = dict(cohort.set_aside)
    refused = sum(finding.column == "consent" for finding in left.values())
    used = len(mentees | mentors)
    both = len(mentees & mentors)
    return PeopleRead(
        total=used + len(left.keys() - mentees - mentors),
        used=used,
        mentees=len(mentees) - both,
        mentors=len(mentors) - both,
        both=both,
        left_out=len(left),
        no_agreement=refused,
        by_hand=sum(finding.column == LEFT_OUT for finding in left.values()),
    )


@dataclass(frozen=True)
class PersonRead:
    """One person, as read."""

    name: str
    row: int
    role: str
    facts: tuple[tuple[str, str], ...]


MODES = ("in_person", "virtual", "hybrid")


SHOWN = ("seniority", "languages", "goals", "bio")
"""Columns beside those that everybody is shown with, where something is read."""


def person_read(cohort: Cohort, number: int, sheets: Sheets) -> PersonRead | None:
    """Return one of the people as the settings read them: for a look whether that is right.

    Parameters
    ----------
    cohort
        Everybody.
    number
        Which of them; any number is somebody.
    sheets
        The files as they were filled in: what is written and not read is said so.
    """
    everybody = [("mentee", row) for row in cohort.mentees.to_dict("records")]
    everybody += [("mentor", row) for row in cohort.mentors.to_dict("records")]
    if not everybody:
        return None
    role, row = everybody[(number * 7) % len(everybody)]
    both = {*cohort.mentees["person_id"]} & {*cohort.mentors["person_id"]}
    years = row["career_years"]
    work = [row.get(name) for name in ("organisation", "department", "site")]
    facts = {
        "asks" if role == "mentee" else "offers": first_of(row["contexts"], 6),
        "fields": first_of(row["expertise"]),
        "experience": "" if years != years else worded("person.years", float(years)),
        "days": listing(times_of(row["availability"])),
        "meets": listing(map(mode_named, row["modes"]), "or"),
        "work": ", ".join(text for text in work if isinstance(text, str)),
    }
    facts |= {
        f"of_{name}": said[:120] if isinstance(said, str) else first_of(said)
        for name in SHOWN
        if isinstance(said := row.get(name), str | tuple) and said
    }
    if any(q.person == row["person_id"] and q.is_open for q in cohort.questions):
        facts["apart"] = worded("person.to_answer")
    name = row["name"] if isinstance(row["name"], str) else worded("person.no_name")
    table = f"{role}s" if f"{role}s" in cohort.rows else "signups"
    written = {
        key: sheets.text(table, int(row["source_row"]), column) for key, column in COLUMNS.items()
    }
    shown = tuple(
        (worded(f"person.{key}"), printable(text) or _unsaid(written.get(key, "")))
        for key, text in facts.items()
    )
    is_both = row["person_id"] in both
    return PersonRead(printable(name), int(row["source_row"]), "both" if is_both else role, shown)


COLUMNS = {
    "asks": "contexts",
    "offers": "contexts",
    "fields": "expertise",
    "experience": "career_years",
    "days": "availability",
    "meets": "modes",
    "work": "organisation",
}
"""What is shown of everybody, by the column that says it."""


def _unsaid(written: str) -> str:
    """Return what stands where nothing is read: nothing was said, or what was counts as nothing."""
    if not written:
        return worded("person.did_not_say")
    return worded("person.not_read", what=printable(written)[:60])


def times_of(codes: Collection[str]) -> tuple[str, ...]:
    """Return when in the week somebody can meet, in words: each day with its parts or hours."""
    return tuple(map(slots, slots_together(sorted(codes, key=slot_order))))


def mode_named(mode: str) -> str:
    """Return a way to meet in words."""
    return worded(f"modes.{mode}") if mode in MODES else mode
