"""People of an earlier run who are gone: what names them is left out, anybody else is a fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher import read_cohort
from matcher.errors import InputError
from matcher.intake.members import Departed
from matcher.run import run_match


def write_run(folder: Path, mentees: str, mentors: str, previous: str | None = None) -> Path:
    """Write what is read of a run: who took part, and the run before."""
    folder.mkdir()
    (folder / "portfolios.csv").write_text("mentee_id\n" + mentees.replace(" ", "\n") + "\n")
    (folder / "mentors.csv").write_text("mentor_id\n" + mentors.replace(" ", "\n") + "\n")
    (folder / "manifest.json").write_text(json.dumps({"options": {"previous": previous}}))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("rules", "mentee_id,mentor_id,rule\ne1,gone,must\n"),
        ("rules", "mentee_id,mentor_id,rule\nleft,r1,never\n"),
        ("preferences", "person_id,other_id,score\ne1,gone,3\n"),
        ("preferences", "person_id,other_id,score\ngone,e1,3\n"),
        ("engagements", "mentee_id,mentor_id,status\nleft,r1,active\n"),
        ("contacts", "person_id,contact_id\nleft,AB\n"),
        ("audit_notes", "person_id,kind,text\ngone,strength,x\n"),
    ],
)
def test_rows_that_name_them_are_left_out(folder, tmp_path: Path, table: str, text: str) -> None:
    """With one warning that points at the first, and the count adds up."""
    folder.write(table, text)
    run = write_run(tmp_path / "run", "e1 left", "r1 gone")
    cohort = read_cohort(folder.path, previous=run)
    (finding,) = [f for f in cohort.findings if f.table == table]
    assert (finding.code, finding.row) == ("W_DEPARTED", 2)
    assert (cohort.rows[table].read, cohort.rows[table].rejected) == (1, 1)
    assert not len(getattr(cohort, table))


def test_who_was_never_there_stays_a_fault(folder, tmp_path: Path) -> None:
    """An id that the earlier run does not know is a slip of the pen."""
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,r9,never\n")
    run = write_run(tmp_path / "run", "e1", "r1 gone")
    with pytest.raises(InputError, match="E_UNKNOWN_PERSON"):
        read_cohort(folder.path, previous=run)


@pytest.mark.slow
def test_a_preference_for_who_mentors_no_more(folder, tmp_path: Path) -> None:
    """Somebody may leave one side and stay on the other."""
    folder.write("mentees", "person_id\ne1\nr2\n")
    folder.write("mentors", "person_id\nr1\n")
    folder.write("preferences", "person_id,other_id,score\ne1,r2,5\ne1,r1,4\n")
    with pytest.raises(InputError, match="E_ROLE"):
        read_cohort(folder.path)
    run = write_run(tmp_path / "run", "e1 r2", "r1 r2")
    assert read_cohort(folder.path, previous=run).preferences["other_id"].tolist() == ["r1"]


def test_runs_before_the_earlier_one_count(tmp_path: Path) -> None:
    """Who left two runs ago is known through the manifests; circles and gaps end the search."""
    first = write_run(tmp_path / "one", "e1", "r1", previous=str(tmp_path / "two"))
    second = write_run(tmp_path / "two", "e2", "r2", previous=str(first))
    assert Departed.of_run(second) == Departed(frozenset({"e1", "e2"}), frozenset({"r1", "r2"}))
    assert Departed.of_run(tmp_path / "nowhere") == Departed()
    (second / "manifest.json").write_text("no json")
    assert Departed.of_run(second).mentees == {"e2"}


@pytest.mark.slow
def test_a_run_that_left_rows_out_verifies(folder, tmp_path: Path) -> None:
    """The cohort is read the same way again by the checker."""
    folder.write("mentees", "person_id\ne1\ne2\n")
    folder.write("mentors", "person_id\nr1\nr2\n")
    folder.write("preferences", "person_id,other_id,score\ne1,r2,5\n")
    before = run_match(folder.path, output=tmp_path / "before")
    folder.write("mentors", "person_id\nr1\n")
    after = run_match(folder.path, output=tmp_path / "after", previous=before)
    from matcher import verify

    assert verify(after).ok
