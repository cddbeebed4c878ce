"""Tables and columns are what ``tables.toml`` declares, each once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.cohort.tables import DECLARATIONS, SIGNUPS, TABLES, Kind, declared_tables
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake import read_cohort
from matcher.intake.proposals.propose import propose
from matcher.starter import starter_documents

NEW_COLUMN = """
[people.lab_benches]
of = "mentors"
kind = "number"
low = 0
high = 4
whole = true
description = "Benches at which a mentee can work beside the mentor."
hints = ["benches"]
"""


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cohort folder under a declaration of one more column."""
    monkeypatch.setitem(TABLES, "mentors", declared_tables(DECLARATIONS + NEW_COLUMN)["mentors"])
    (tmp_path / "mentees.csv").write_text("person_id\ne1\n")
    (tmp_path / "mentors.csv").write_text("person_id,lab_benches\nr1,2\nr2,\n")
    return tmp_path


@pytest.mark.slow
def test_a_column_is_one_declaration(cohort: Path) -> None:
    """It is read, typed, held against its range, suggested and in the data dictionary."""
    mentors = read_cohort(cohort, Config(), today=date(2026, 6, 1)).mentors
    assert mentors["lab_benches"].tolist()[0] == 2.0
    assert mentors["lab_benches"].isna().tolist() == [False, True]
    assert (
        "| `lab_benches` | number | a whole number from 0 to 4 |"
        in (starter_documents()["data-dictionary.md"])
    )
    (cohort / "mentors.csv").write_text("person_id,How many benches have you?\nr1,2\n")
    targets = propose(cohort).values["columns"]["mentors"]
    assert targets["How many benches have you?"] == "lab_benches"
    (cohort / "mentors.csv").write_text("person_id,lab_benches\nr1,9\n")
    with pytest.raises(InputError, match="E_RANGE mentors:2:lab_benches"):
        read_cohort(cohort, Config())


def test_a_slip_in_a_declaration_is_refused() -> None:
    """A key, a kind or a vocabulary that does not exist stops the import."""
    for line in ("knid = 1", 'kind = "nmber"', 'kind = "list"\nchoices = "Purposes"'):
        declared = f'{DECLARATIONS}\n[rules.x]\ndescription = "X."\n{line}\n'
        with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
            declared_tables(declared)


def test_sides_share_their_columns() -> None:
    """A sign-up form asks everything that either side is asked, and for the role."""
    sides = {**TABLES["mentees"].by_name, **TABLES["mentors"].by_name}
    assert set(SIGNUPS.by_name) == {*sides, "role"}
    assert all(SIGNUPS.by_name[name] == column for name, column in sides.items())


def test_references_are_ids() -> None:
    """What names people of the cohort is an id, and every declared order is one of dates."""
    for table in (*TABLES.values(), SIGNUPS):
        assert all(table.by_name[name].kind is Kind.ID for name in table.references)
        for column in table.columns:
            earlier = [table.by_name[name] for name in column.not_before]
            assert all(
                spec.kind is Kind.DATE for spec in (*earlier, *([column] if earlier else []))
            )
