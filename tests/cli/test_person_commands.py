"""Export, forget and transparency: a person's rights over their data."""

from __future__ import annotations

import json
import re

import pytest
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.cli.main import run


@pytest.fixture
def cohort(tmp_path):
    """Return a cohort in which others mention e0 and r0."""
    mentees = [dict(row) for row in MENTEES]
    mentees[0] |= {"email": "ada@example.org"}
    mentees[1] |= {"line_manager": "ada@example.org", "avoid": "r0;r1"}
    tables = {
        "mentees": [{"email": "", "line_manager": "", "avoid": "", **row} for row in mentees],
        "mentors": [dict(row) for row in MENTORS],
        "preferences": [{"person_id": "r0", "other_id": "e0", "role": "mentor", "veto": "yes"}],
        "rules": [{"mentee_id": "e0", "mentor_id": "r1", "rule": "never"}],
    }
    return write_cohort(tmp_path / "cohort", tables)


@pytest.mark.slow
def test_export_gives_own_rows_and_only_places_of_others(cohort, capsys):
    """What others said about a person is told by file, row and column, not by content."""
    assert run(["export", "ada@example.org", str(cohort)]) == 0
    told = capsys.readouterr().out
    held = json.loads(told)
    assert held["tables"]["mentees"][0]["person_id"] == "e0"
    assert held["tables"]["rules"][0]["mentor_id"] == "r1"
    places = [(m["file"], m["row"], m["column"], m["by"]) for m in held["mentions"]]
    assert places == [
        ("mentees.csv", 3, "line_manager", "address"),
        ("preferences.csv", 2, "other_id", "id"),
    ]
    assert "veto" not in told


@pytest.mark.slow
def test_export_finds_runs(cohort, capsys):
    """Rows of published runs belong to what is held."""
    assert run(["match", str(cohort), "-o", str(cohort / "runs" / "one")]) == 0
    capsys.readouterr()
    assert run(["export", "e0", str(cohort)]) == 0
    assert "matches" in json.loads(capsys.readouterr().out)["runs"]["one"]


@pytest.mark.slow
def test_forget_copies_everything_but_the_person(cohort, tmp_path, capsys):
    """Rows that name the person go, mentions in other rows too, the original stays."""
    before = {path.name: path.read_bytes() for path in cohort.iterdir()}
    assert run(["forget", "r0", str(cohort), "-o", str(tmp_path / "copy")]) == 0
    assert {path.name: path.read_bytes() for path in cohort.iterdir()} == before
    copied = "".join(path.read_text() for path in (tmp_path / "copy").iterdir())
    assert "r0" not in copied
    assert "r1" in copied
    assert run(["check", str(tmp_path / "copy")]) == 0
    assert "5 mentees" not in capsys.readouterr().out


@pytest.mark.slow
def test_forget_takes_the_address_too(cohort, tmp_path):
    """A person is meant by id and address alike."""
    assert run(["forget", "e0", str(cohort), "-o", str(tmp_path / "copy")]) == 0
    copied = "".join(path.read_text() for path in (tmp_path / "copy").iterdir())
    assert "ada@" not in copied


@pytest.mark.slow
@pytest.mark.parametrize("command", ["export", "forget"])
def test_an_unknown_person_is_an_error(cohort, tmp_path, command, capsys):
    """Nothing is written where nobody is meant."""
    more = ["-o", str(tmp_path / "out")] if command == "forget" else []
    assert run([command, "nobody", str(cohort), *more]) == 3
    assert "E_UNKNOWN_PERSON" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_transparency_states_the_weights(capsys):
    """The statement follows from the config."""
    assert run(["transparency", "--set", "portfolio.limit=1"]) == 0
    told = capsys.readouterr().out
    assert "29%: need fit" in told
    assert "up to 1 mentor," in told


def test_transparency_leaves_out_what_nobody_was_asked(cohort, capsys):
    """A question that is in no table counts for nobody, and the shares are of the rest."""
    assert run(["transparency", str(cohort)]) == 0
    told = capsys.readouterr().out
    line = next(one for one in told.splitlines() if "not asked in this programme" in one)
    assert "network gain" in line
    shares = [int(share) for share in re.findall(r"^- (\d+)%: ", told, re.MULTILINE)]
    assert abs(sum(shares) - 100) <= 3
    counted = [name for name in ("network gain", "readiness") if f"%: {name}" in told]
    assert not counted
