"""Of two people of one name, the one who stays keeps it in runs, and pages of the other go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from matcher.cli.main import run
from matcher.cohort.ids import key_of_pair
from matcher.run_tables import RUN_TABLES

NAME, ADDRESSES = "Inga Holm", {"E1": "inga@a.example", "M1": "holm.i@b.example"}
PEOPLE = {"E1": NAME, "E2": "Olaf Holm", "E3": "Pia Dahl", "M1": NAME, "M2": "Kai Berg"}
PAIRS = {"E1": "M2", "E2": "M1", "E3": "M2"}
LETTERS = {"E1": "Inga Holm", "M1": "Inga Holm 2", "E2": "Olaf Holm", "M2": "Kai Berg"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Return a cohort with a run and letters in which names alone stand, as on pages."""
    folder = tmp_path_factory.mktemp("whose") / "cohort"
    one = folder / "runs" / "one"
    (one / "plans").mkdir(parents=True)
    (one / "after" / "mails").mkdir(parents=True)
    for side, key in (("mentees", "E"), ("mentors", "M")):
        rows = [f"{p},{n},{ADDRESSES.get(p, '')}" for p, n in PEOPLE.items() if p[0] == key]
        (folder / f"{side}.csv").write_text("\n".join(["person_id,name,email", *rows]), "utf-8")
    pairs = [f"{a},{b},{PEOPLE[a]} with {PEOPLE[b]}" for a, b in PAIRS.items()]
    (one / "matches.csv").write_text("\n".join(["mentee_id,mentor_id,role", *pairs]))
    told = {p: [PEOPLE[q] for pair in PAIRS.items() if p in pair for q in pair] for p in PEOPLE}
    for person, names in told.items():
        (one / "plans" / f"{person}.md").write_text("\n".join(names))
    for person, stem in LETTERS.items():
        (one / "after" / "mails" / f"{stem}.txt").write_text("\n".join(told[person]))
    (one / "manifest.json").write_text("{}")
    names = [column.name for column in RUN_TABLES["send"].in_sheet]
    with xlsxwriter.Workbook(one / "after" / "send.xlsx") as book:
        sheet = book.add_worksheet("send")
        sheet.write_row(0, 0, names)
        for k, (person, stem) in enumerate(LETTERS.items(), start=1):
            cells = {"person_id": person, "mail": f"mails/{stem}.txt", "name": PEOPLE[person]}
            sheet.write_row(k, 0, [cells.get(name, "") for name in names])
    files = {f"mails/{stem}.txt": "" for stem in LETTERS.values()}
    kept = "\n".join(key_of_pair(*pair) for pair in PAIRS.items())
    (one / "after" / "Calendar.ics").write_text(f"BEGIN:VCALENDAR\n{kept}\n")
    manifest = {"files": files, "by": NAME, "news": [f"pair|{a}|{b}" for a, b in PAIRS.items()]}
    (one / "after" / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(("gone", "stays"), [("E1", "M1"), ("M1", "E1")])
def test_of_two_people_of_one_name_the_other_keeps_it(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], gone: str, stays: str
) -> None:
    """Rows, pages and letters that are of the one, or tell of them; a surname of others stays."""
    new = tmp_path / "new"
    assert run(["forget", gone, str(cohort), "-o", str(new), "--black-out"]) == 0
    after = new / "runs" / "one" / "after"
    assert not (after / "Calendar.ics").exists()  # whoever knows the other id finds the one gone
    assert {p.stem for p in (after / "mails").iterdir()} == {
        stem for person, stem in LETTERS.items() if person != gone
    }
    for person in PEOPLE:
        met = {other for pair in PAIRS.items() if person in pair for other in pair}
        texts = [new / "runs" / "one" / "plans" / f"{person}.md"]
        texts += [after / "mails" / f"{LETTERS[person]}.txt"] if person in LETTERS else []
        if person != gone:
            said = [path.read_text() for path in texts]
            assert {NAME in text for text in said} == {stays in met}, person
            assert all(("Olaf Holm" in text) == ("E2" in met) for text in said)
    listed = json.loads((after / "manifest.json").read_text())
    assert listed["by"] == "[removed]"
    assert {*listed["files"]} == {f"mails/{p.name}" for p in (after / "mails").iterdir()}
    assert f"plans/{stays}.md (namesake)" in capsys.readouterr().out
