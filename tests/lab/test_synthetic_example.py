"""``examples/cohort``: what the script makes is what is committed, and it loads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from matcher.intake import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort

EXAMPLE = Path(__file__).parents[2] / "examples" / "cohort"
SEED = 20260630


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are not beside the tests")
def test_committed_example_is_what_the_script_makes(tmp_path: Path) -> None:
    """Nobody edited the files by hand, and the generator still makes them to the byte."""
    write_cohort(make_cohort("example", SEED), tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in EXAMPLE.glob("*.csv")}
    assert made == kept


@pytest.mark.slow
@pytest.mark.skipif(not EXAMPLE.exists(), reason="the examples are not beside the tests")
def test_example_has_all_that_the_docs_speak_of() -> None:
    """It loads without a finding; both roles, audits of a third, past and open pairs are there."""
    cohort = read_cohort(EXAMPLE)
    assert cohort.findings == ()
    assert (len(cohort.mentees), len(cohort.mentors)) == (80, 45)
    assert set(cohort.mentees["person_id"]) & set(cohort.mentors["person_id"])
    audited = cohort.contacts["person_id"].nunique() / len(cohort.mentees)
    assert 0.25 < audited < 0.42
    assert {"active", "completed", "declined"} <= set(cohort.engagements["status"])
    assert set(cohort.rules["rule"]) == {"must", "never"}
    assert isinstance(cohort.preferences, pd.DataFrame)
    assert cohort.preferences["veto"].fillna(value=False).any()
