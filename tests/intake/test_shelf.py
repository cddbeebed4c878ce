"""What lies on a shelf is read once, and says the same as a reading of its own."""

from __future__ import annotations

import pytest

from matcher.config import Config
from matcher.intake import read, stations
from matcher.intake.corrections import Correction, append_correction
from matcher.intake.files.source_files import Shelf
from matcher.intake.proposals.column_cells import CellEvidence

FAULTY = "person_id,name,capacity,contexts\nr1,Cas Invented,many,confidence\nr2,Dee Invented,,\n"


def told(cohort) -> object:
    """Return everything of a cohort that a page may show."""
    frames = (cohort.mentees.to_dict("records"), cohort.mentors.to_dict("records"))
    return repr((frames, cohort.findings, cohort.set_aside, cohort.questions, cohort.hashes))


def test_a_second_reading_is_the_first_one(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking, then reading, then reading once more works the tables out once, and alike."""
    folder.write("mentors", FAULTY)
    shelf, config, made = Shelf(), Config(), []
    whole = stations.read_tables
    monkeypatch.setattr(stations, "read_tables", lambda *a: made.append(a) or whole(*a))
    found = read.check_cohort(folder.path, config, shelf=shelf)
    first, second = (
        read.read_cohort(folder.path, config, set_aside=True, shelf=shelf) for _ in range(2)
    )
    assert len(made) == 1
    fresh = read.read_cohort(folder.path, config, set_aside=True)
    assert told(first) == told(second) == told(fresh)
    assert found == read.check_cohort(folder.path, config)
    assert [person for person, _ in first.set_aside] == ["r1"]


def test_what_changes_beside_the_tables_is_read(folder) -> None:
    """A correction, another setting and an answer from a command are seen through one shelf."""
    shelf = Shelf()
    before = read.read_cohort(folder.path, Config(), shelf=shelf)
    line = Correction("e1", "organisation", "North", "South", who="W", when="2026-05-01")
    append_correction(str(folder.path), line)
    after = read.read_cohort(folder.path, Config(), shelf=shelf)
    places = [cohort.mentees["organisation"].iloc[0] for cohort in (before, after)]
    assert places == ["North", "South"]
    folder.write("engagements", "mentee_id,mentor_id,status\ne1,r1,active\n")
    assert len(read.read_cohort(folder.path, Config(), shelf=shelf).engagements) == 1
    assert not len(before.engagements)


def test_what_is_known_of_people_changes_no_other_look_at_a_column() -> None:
    """Answers looked at with people known and without keep what each look found apart."""
    plain = CellEvidence.of(["Ida Reef", "Jon Reef", "none"])
    assert plain.fits(["key"]) == 0.0
    assert plain.fits(["person"]) == 1.0
    known = plain.knowing(frozenset({"ida reef"}), ())
    assert known.fitting == {"key": 0.0}
    assert known.knowing(known.people, frozenset({"budgets"})) is known
    assert known.named == 0.5
    assert plain.named == 0.0
