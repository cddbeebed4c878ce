"""Recording and approving through the command, and what a run made before says then."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.folders import write_cohort

from matcher import verify
from matcher.cli.main import run
from matcher.programme import ledger
from matcher.run import run_match

ACTIVE = [{"mentee_id": "e0", "mentor_id": "r0", "status": "active", "start": "2026-01-05"}]


@pytest.mark.slow
@pytest.mark.parametrize("pseudonymise", [False, True])
def test_a_run_keeps_the_pairs_it_was_made_from(tmp_path: Path, capsys, pseudonymise: bool) -> None:
    """Records after a run change neither its proof nor its snapshot; the next run sees them."""
    place = write_cohort(tmp_path / "c", {"engagements": ACTIVE})
    made = run_match(place, output=tmp_path / "run", pseudonymise=pseudonymise)
    assert ("\ne0," in (made / "engagements.csv").read_text()) is not pseudonymise
    assert run(["record", str(place), "e0", "r0", "completed", "--by", "Ada"]) == 0
    assert "e0 and r0: active -> completed" in capsys.readouterr().out
    assert verify(made).ok, verify(made).problems
    again = run_match(place, output=tmp_path / "again")
    assert "e0,r0,completed" in (again / "engagements.csv").read_text()


@pytest.mark.slow
def test_a_run_is_approved_by_name_and_reason(tmp_path: Path, capsys) -> None:
    """Without the browser, by the same log; blanks are refused, and so is a run that has moved."""
    made = run_match(write_cohort(tmp_path / "c"), output=tmp_path / "run")
    assert run(["approve", str(made), "--by", " ", "--reason", "read all"]) == 3
    assert ledger.approval(made) is None
    assert run(["approve", str(made), "--by", "Ada Ex", "--reason", "read all of it"]) == 0
    assert "Approved by Ada Ex on 20" in capsys.readouterr().out
    assert ledger.approval(made) is not None


def test_what_is_missing_is_said(tmp_path: Path, capsys) -> None:
    """Half a pair is a fault of usage."""
    assert run(["record", str(write_cohort(tmp_path / "c")), "e0", "r0"]) == 2
    assert "E_USAGE" in capsys.readouterr().err
