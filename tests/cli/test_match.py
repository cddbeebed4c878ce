"""The printed lines of a match say what happened and no more."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from matcher.cli.match import summary_lines
from matcher.report.run_data import RunData
from matcher.run import publish_match
from matcher.run_tables import SERVES_AS_MENTOR

SIGNUPS = """person_id,role,approaches,capacity
A,mentee,developmental,
B,mentee,developmental,
C,either,developmental,1
D,either,developmental,1
"""


@pytest.mark.slow
def test_who_serves_as_a_mentor_is_not_counted_as_left_out(tmp_path: Path) -> None:
    """Two mentees, two people in either role and nobody else: all four have their place."""
    cohort = tmp_path / "cohort"
    cohort.mkdir()
    (cohort / "signups.csv").write_text(SIGNUPS)
    made = publish_match(cohort, None, tmp_path / "run")
    summary = made.matching.summary
    unmatched = pd.read_csv(made.folder / "unmatched.csv")
    assert (unmatched["reason"] == SERVES_AS_MENTOR).sum() == summary["n_serve_as_mentor"] == 2
    (line, *_) = summary_lines(summary, made.folder)
    assert line.startswith("2 of 2 mentees have a mentor")
    assert "left out" not in line
    assert line.endswith("; 2 who took either role serve as mentors.")
    why = {"conflict": "1 mentee (A) asks for 1 place", "remedies": "a place", "left_out": ["A"]}
    told = {**summary, "n_matched_mentees": 0, "conflicts": [why, why]}
    line, _ = (each for each in summary_lines(told, made.folder) if each.startswith("Why"))
    assert line == "Why 1 of the 2: 1 mentee (A) asks for 1 place; a place."
    claimed = {"bound_source": "x: claimed by the solver, not re-proved", "gap": 0.001}
    proved = {"dual_bound": 2.0, "objective": 1.98}
    said = " ".join(summary_lines({**summary, **claimed, **proved}, made.folder))
    assert "0.1 % of the best possible by what the solver claims; 1 % is proved" in said


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2026-03-01", "2025-12-31"])
def test_the_workbook_is_dated_by_the_day_that_counts(tmp_path: Path, day: str) -> None:
    """The summary holds `as_of`, and the workbook's date of creation is that day, not today's."""
    cohort = tmp_path / "cohort"
    cohort.mkdir()
    (cohort / "signups.csv").write_text(SIGNUPS)
    made = publish_match(cohort, None, tmp_path / "run", overrides=[f"programme.as_of={day}"])
    assert RunData.read(made.folder).summary["as_of"] == day
    with zipfile.ZipFile(made.folder / "matches.xlsx") as book:
        assert f">{day}T00:00:00Z</dcterms:created>" in book.read("docProps/core.xml").decode()
