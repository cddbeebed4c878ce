"""``matcher audit`` on tables in a folder: the worked example end to end."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from matcher.cli.main import run

CONTACTS = """\
person_id,contact_id,organisation,internal,known_since,frequency,purposes,era,sees_me_as,knows,share_with
ego,c1,A,yes,2015-01-01,often,operational;personal,past,no,x,programme
ego,c2,A,yes,2015-01-01,often,operational,past,no,,me
ego,c3,A,yes,2015-01-01,often,operational,past,no,,me
ego,c4,A,yes,2015-01-01,occasionally,operational,past,no,,me
ego,c5,B,no,2025-01-01,occasionally,personal;strategic,present,yes,x;y,me
ego,c6,C,no,2025-01-01,rarely,strategic,future,,y;z,me
"""
TIES = """\
person_id,contact_id,other_contact_id
ego,c1,c2
ego,c1,c3
ego,c2,c3
ego,c3,c4
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return W6 as tables: ego, ten other mentees and ten mentors, eight of the others in A."""
    source = tmp_path / "cohort"
    source.mkdir()
    others = [f"p{k:02d},{'A' if k < 8 else 'B' if k < 14 else 'C'}" for k in range(20)]
    head = "person_id,organisation"
    (source / "mentees.csv").write_text("\n".join([head, "ego,A", *others[:10]]) + "\n")
    (source / "mentors.csv").write_text("\n".join([head, *others[10:]]) + "\n")
    (source / "contacts.csv").write_text(CONTACTS)
    (source / "contact_ties.csv").write_text(TIES)
    return source


@pytest.mark.slow
def test_worked_example_from_files(folder: Path, tmp_path: Path) -> None:
    """The command writes the figures of W6, names only shared contacts, and writes plans."""
    out = tmp_path / "audit"
    assert run(["audit", str(folder), "-o", str(out)]) == 0
    table = pd.read_csv(out / "audit.csv")
    assert list(table.columns) == ["person_id", "metric", "value", "reason", "n_valid"]
    values = table[table["person_id"] == "ego"].set_index("metric")["value"]
    assert values["constraint"] == pytest.approx(637 / 1728, abs=1e-12)
    assert values["coleman_organisation"] == pytest.approx(4 / 9, abs=1e-12)
    assert values["iqv_organisation"] == pytest.approx(3 / 4, abs=1e-12)
    assert values["purpose_balance"] == pytest.approx(0.94639, abs=5e-6)
    empty = table[table["person_id"] == "p00"]
    assert empty["value"].isna().all()
    assert set(empty["reason"]) == {"EMPTY_NETWORK"}
    detectors = pd.read_csv(out / "detectors.csv").set_index(["person_id", "category"])
    assert list(detectors.columns) == ["score", "level", "contacts"]
    assert detectors.loc[("ego", "network_lag"), "level"] == "strong"
    assert detectors.loc[("ego", "network_lag"), "contacts"] == "c1;+3"
    introductions = pd.read_csv(out / "introductions.csv")
    assert list(introductions.columns) == ["mentee_id", "mentor_id", "path", "distance"]
    assert (out / "plans" / "ego.html").is_file()
    assert "c4" not in (out / "detectors.csv").read_text()


@pytest.mark.slow
def test_one_person_on_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a person's id every figure is printed, and an unknown id is a usage error."""
    assert run(["audit", str(folder), "ego"]) == 0
    assert "constraint: 0.3686 (6 contacts)" in capsys.readouterr().out
    assert run(["audit", str(folder), "eggo"]) == 2
    assert "did you mean ego?" in capsys.readouterr().err


@pytest.mark.slow
def test_existing_folder_is_left_alone(folder: Path, tmp_path: Path) -> None:
    """A folder that exists is refused and unchanged."""
    out = tmp_path / "audit"
    out.mkdir()
    assert run(["audit", str(folder), "-o", str(out)]) == 7
    assert list(out.iterdir()) == []


@pytest.mark.slow
def test_axes_benefits_and_targets_on_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One person's lines hold each axis, who serves each benefit, and what misses its target."""
    assert run(["audit", str(folder), "ego"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "  axis breadth: 0.7500 (iqv_organisation)" in printed
    assert "  axis internal external: -0.3333 (ei_index)" in printed
    assert "  axis dynamism: not defined (dynamism)" in printed
    assert "  benefit get things done: 4 contacts" in printed
    assert "  benefit navigate politics: a gap, nobody" in printed
    assert "  weak_tie_share: 0.5000 (6 contacts)" in printed
    path = folder / "contacts.csv"
    path.write_text(path.read_text().replace("rarely", "often").replace("strategic", "operational"))
    assert run(["audit", str(folder), "ego"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "  weak_tie_share: 0.3333 (6 contacts): below the target of 0.4 to 0.7" in printed
    path.write_text(path.read_text().replace("personal", "operational"))
    assert run(["audit", str(folder), "ego"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "  purpose_balance: 0.0000 (6 contacts): low, below 0.6" in printed
    assert run(["audit", str(folder), "p00"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "  weak_tie_share: EMPTY_NETWORK (0 contacts)" in printed
    assert not any("benefit" in line or "target" in line for line in printed)
