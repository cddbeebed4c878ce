"""Commands name people by id, address or full name, also where a run is under pseudonyms."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher import verify
from matcher.cli.main import run
from matcher.intake import read_cohort
from matcher.run import run_match

MENTEES = """person_id,name,email,contexts,avoid
e1,Zoë Ní Bhriain,zoe@x.org,confidence,not Jan please
e2,Ola Nordmann,ola@x.org,confidence,
"""
MENTORS = """person_id,name,email,contexts
r1,Prof. Jan Kowalski,jan@x.org,confidence
r2,Eva Kovács,eva@x.org,confidence
"""


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Return a cohort of two and two in which one answer needs a person."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "mentees.csv").write_text(MENTEES)
    (folder / "mentors.csv").write_text(MENTORS)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("mentee", ["e1", "ZOE@x.org", "Ni Bhriain, Zoe"])
def test_explain_takes_any_name(cohort: Path, capsys: pytest.CaptureFixture, mentee: str) -> None:
    """The answer is about the id, whatever the person was called."""
    made = run_match(cohort, output=cohort / "runs" / "r")
    capsys.readouterr()
    assert run(["explain", str(made), mentee]) == 0
    assert " (e1): " in capsys.readouterr().out.splitlines()[0]
    assert run(["explain", str(made), mentee, "Kovacs Eva"]) == 0
    assert "r2" in capsys.readouterr().out
    assert run(["explain", str(made), "Zoe Brian"]) == 2
    told = capsys.readouterr().err
    assert "E_UNKNOWN_PERSON" in told
    assert "Brian" not in told


@pytest.mark.slow
def test_audit_takes_any_name(cohort: Path, capsys: pytest.CaptureFixture) -> None:
    """Like explain."""
    assert run(["audit", str(cohort), "Nordmann Ola"]) == 0
    assert capsys.readouterr().out


@pytest.mark.slow
def test_answers_stay_readable_under_pseudonyms(cohort: Path) -> None:
    """The run holds neither the key of the question nor the id, and is proved all the same."""
    (question,) = read_cohort(cohort).questions
    answer = f'[resolve]\n{question.key} = "jan@x.org"\n'
    (cohort / "matcher.toml").write_text(answer)
    made = run_match(cohort, output=cohort / "runs" / "r", pseudonymise=True)
    written = (made / "config.toml").read_text() + (made / "questions.csv").read_text()
    assert question.key not in written
    assert "jan@x.org" not in written
    assert '"r1"' not in written
    assert verify(made).ok
    assert run(["explain", str(made), "Zoë Ní Bhriain", "Jan Kowalski"]) == 0
