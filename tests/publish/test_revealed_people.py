"""Whoever holds cohort and key reads a run under pseudonyms with names; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.report.fake_run import write_fake_run
from tests.support import make_cohort

from matcher.cohort import Cohort
from matcher.errors import StorageError
from matcher.privacy.pseudonyms import PATTERN, pseudonym
from matcher.publish.published_run import write_revealed

MakeRun = Callable[..., Path]
KEY = bytes(32)


@pytest.fixture
def cohort() -> Cohort:
    """Return a cohort with the ids of the run."""
    mentees = [{"person_id": f"e{i:04}", "name": f"Mentee {i}"} for i in range(60)]
    mentors = [{"person_id": f"r{j:04}", "name": f"=Mentor {j}"} for j in range(40)]
    return make_cohort(mentees, mentors)


@pytest.fixture
def hidden(make_run: MakeRun, cohort: Cohort) -> Path:
    """Return a run in which every id is a pseudonym."""
    run = make_run()
    ids = [*cohort.mentees["person_id"], *cohort.mentors["person_id"]]
    for path in run.glob("*.csv"):
        text = path.read_text()
        for person in ids:
            text = text.replace(person, pseudonym(person, KEY))
        path.write_text(text)
    return run


@pytest.mark.slow
def test_every_pseudonym_is_undone(hidden: Path, cohort: Cohort, tmp_path: Path) -> None:
    """The tables are those that a run without pseudonyms would have had."""
    write_revealed(hidden, cohort, KEY, tmp_path / "out")
    plain = write_fake_run(tmp_path / "plain")
    for path in plain.glob("*.csv"):
        assert PATTERN.search((hidden / path.name).read_text()) or "_id" not in path.read_text()
        assert (tmp_path / "out" / path.name).read_text() == path.read_text()


@pytest.mark.slow
def test_report_and_workbook_have_names(hidden: Path, cohort: Cohort, tmp_path: Path) -> None:
    """People are shown by name, and names that a spreadsheet would run are inert."""
    files = write_revealed(hidden, cohort, KEY, tmp_path / "out")
    assert {"report.html", "matches.xlsx", "people.csv", "matches.csv"} <= set(files)
    assert "Mentee 1" in (tmp_path / "out" / "report.html").read_text()
    people = pd.read_csv(tmp_path / "out" / "people.csv")
    assert len(people) == 100
    assert people["name"].str.startswith(("Mentee", "'=Mentor")).all()


@pytest.mark.slow
def test_the_folder_is_for_its_owner_only(hidden: Path, cohort: Cohort, tmp_path: Path) -> None:
    """What the pseudonyms protected is not left open."""
    write_revealed(hidden, cohort, KEY, tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_wrong_key_is_told(hidden: Path, cohort: Cohort, tmp_path: Path) -> None:
    """Nothing is written where the key explains nothing."""
    with pytest.raises(StorageError, match="E_KEY"):
        write_revealed(hidden, cohort, bytes(range(32)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_without_pseudonyms_is_told(
    make_run: MakeRun, cohort: Cohort, tmp_path: Path
) -> None:
    """There is nothing to reveal in a run that hides nobody."""
    with pytest.raises(StorageError, match="no pseudonyms"):
        write_revealed(make_run(), cohort, KEY, tmp_path / "out")


def test_an_existing_folder_is_refused(hidden: Path, cohort: Cohort, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    (tmp_path / "out").mkdir()
    with pytest.raises(StorageError, match="E_EXISTS"):
        write_revealed(hidden, cohort, KEY, tmp_path / "out")
