from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import matcher


@pytest.mark.slow
@pytest.mark.parametrize(("size", "people"), [("small", 50), ("large", 500)])
def test_the_civil_service_tables_match_everybody(
    shared_data: Path, size: str, people: int
) -> None:
    """The raw tables load by config alone; everybody is matched, one grade up or more."""
    config = matcher.load_config("civil-service")
    cohort = matcher.read_cohort(shared_data / "civil_service_sample" / size, config)
    assert [finding.code for finding in cohort.findings] == []
    matches = matcher.match(cohort, config=config).matches
    assert matches["mentee_id"].nunique() == matches["mentor_id"].nunique() == people
    grades = config.programme.grades
    grade = {
        person: grades.index(seniority)
        for table in (cohort.mentees, cohort.mentors)
        for person, seniority in zip(table["person_id"], table["seniority"], strict=True)
    }
    assert (matches["mentor_id"].map(grade) > matches["mentee_id"].map(grade)).all()


def test_an_identity_counts_only_where_it_is_wished(shared_data: Path) -> None:
    """Who said no to a similar identity keeps theirs out of the match, whatever else they wrote."""
    config = matcher.load_config("civil-service")
    cohort = matcher.read_cohort(shared_data / "civil_service_sample" / "small", config)
    raw = pd.read_csv(shared_data / "civil_service_sample" / "small" / "mentees.csv")
    agreed = (raw["match with similar identity"] == "yes") & raw["identity to match"].notna()
    wished = cohort.mentees["wish_same"].map(len) > 0
    assert set(cohort.mentees["email"][wished]) == set(raw["email address"][agreed])
