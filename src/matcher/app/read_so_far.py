"""How many people are read so far, and any one of them as the settings read them."""

from dataclasses import dataclass

from matcher.app.desk import PeopleNow
from matcher.app.said_plainly import in_sentences
from matcher.cohort.cohort import Cohort
from matcher.errors import InputError
from matcher.text import printable, shortened


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
    )


@dataclass(frozen=True)
class PersonRead:
    """One person, as read."""

    name: str
    row: int
    role: str
    facts: tuple[tuple[str, str], ...]


DAY_NAMES = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
}
DAY_NAMES |= {"sat": "Saturday", "sun": "Sunday"}
MODE_NAMES = {"in_person": "Face to face", "virtual": "Online", "hybrid": "Either"}


def person_read(cohort: Cohort, number: int) -> PersonRead | None:
    """Return one of the people as the settings read them: for a look whether that is right."""
    everybody = [("mentee", row) for row in cohort.mentees.to_dict("records")]
    everybody += [("mentor", row) for row in cohort.mentors.to_dict("records")]
    if not everybody:
        return None
    role, row = everybody[(number * 7) % len(everybody)]
    facts = [
        ("Asks for" if role == "mentee" else "Offers", shortened(list(row["contexts"]), 6)),
        ("Works in", shortened(list(row["expertise"]))),
        (
            "Experience",
            "" if row["career_years"] != row["career_years"] else f"{row['career_years']:g} years",
        ),
        ("Days", days_of(row["availability"])),
        ("Meets", shortened([MODE_NAMES.get(mode, mode) for mode in row["modes"]])),
        ("Workplace", str(row["organisation"]) if isinstance(row["organisation"], str) else ""),
    ]
    apart = sum(
        question.person == row["person_id"] and question.is_open for question in cohort.questions
    )
    if apart:
        facts.append(("Keep apart", "to answer under People"))
    name = row["name"] if isinstance(row["name"], str) else "Without a name"
    shown = tuple((label, printable(text) or "did not say") for label, text in facts)
    return PersonRead(printable(name), int(row["source_row"]), role, shown)


def days_of(slots: tuple[str, ...]) -> str:
    """Return the days on which somebody can meet, as words."""
    there = {slot.partition("-")[0] for slot in slots}
    return ", ".join(day for short, day in DAY_NAMES.items() if short in there)
