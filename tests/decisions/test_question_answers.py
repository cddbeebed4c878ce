"""Questions are answered in a workbook and become [resolve]: keys and ids alone."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from matcher.cli.main import run
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion
from matcher.decisions.question_answers import FilledIn, settled_answers
from matcher.errors import InputError

MENTEES = """person_id,name,email,avoid,line_manager,contexts
e1,Ada Quine,ada@x.org,Cas please not,Dee T.,confidence
e2,Bo Lin,bo@x.org,the tall one,,confidence
e3,Gus Thorn,gus@x.org,"Thorn, C. or Dee",,confidence
"""
MENTORS = """person_id,name,email,contexts
r1,Cas Thorn,cas@x.org,confidence
r2,Dee Tamm,dee@x.org,confidence
r3,Bo Lin,bolin@y.org,confidence
"""


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Return a folder in which five things are asked."""
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "mentees.csv").write_text(MENTEES)
    (tmp_path / "cohort" / "mentors.csv").write_text(MENTORS)
    (tmp_path / "cohort" / "matcher.toml").write_text("# ours\n[portfolio]\nlimit = 1 # one\n")
    return tmp_path / "cohort"


def asked(path: Path) -> list[list[str]]:
    """Return the cells of a workbook of questions."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return [list(map(str, row)) for row in sheet.to_python()]


def fill_in(path: Path, rows: list[list[str]], answers: dict[tuple[str, str], str]) -> None:
    """Save a workbook of questions with answers by who and column."""
    at = {name: rows[0].index(name) for name in ("Who", "Column", "Answer")}
    for row in rows[1:]:
        row[at["Answer"]] = answers.get((row[at["Who"]], row[at["Column"]]), "")
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("questions")
    for k, row in enumerate(rows):
        sheet.write_row(k, 0, row)
    book.close()


def test_who_is_set_aside_has_a_name_in_the_questions(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it is said that they are not in the match, or that faulty rows come first."""
    head, *lines = MENTORS.splitlines()
    agreed = zip(lines, ("yes", "no", "yes"), strict=True)
    text = "\n".join([f"{head},consent", *(f"{line},{answer}" for line, answer in agreed)])
    (cohort / "mentors.csv").write_text(text + "\n")
    (cohort / "matcher.toml").write_text('[input]\nconsent = "where asked"\n')
    path = tmp_path / "q.xlsx"
    assert run(["check", str(cohort), "--questions", str(path)]) == 0
    likely = {cell for row in asked(path) for cell in row if cell.startswith("Dee")}
    assert "Dee Tamm \u2013 not in this match (r2)" in likely
    (cohort / "mentors.csv").write_text(text.replace(",yes", ",perhaps") + "\n")
    assert run(["check", str(cohort), "--questions", str(tmp_path / "r.xlsx")]) == 3
    assert "r.xlsx: not written" in capsys.readouterr().err


ANSWERS = {
    ("Ada Quine", "avoid"): "Yes",
    ("Ada Quine", "line_manager"): "tamm, dee",
    ("Bo Lin", "avoid"): "dee@x.org; Cas Thorn",
    ("Gus Thorn", "avoid"): "NO",
    ("Bo Lin", "person_id"): "no",
}


@pytest.mark.slow
def test_answers_of_a_workbook_become_the_config(cohort: Path, tmp_path: Path, capsys) -> None:
    """Names and rows are shown, names are taken, the config keeps its comments."""
    path = tmp_path / "q.xlsx"
    assert run(["check", str(cohort), "--questions", str(path)]) == 0
    rows = asked(path)
    texts = {cell for row in rows for cell in row}
    assert {"Ada Quine", "Gus Thorn", "Dee Tamm (r2)"} <= texts
    assert "Bo Lin (e2, bo@x.org)" in texts, "two bear the name"
    assert any("please" in cell for cell in texts)
    assert run(["check", str(cohort), "--questions", str(path)]) == 7, "it may hold answers"
    fill_in(path, rows, ANSWERS)
    assert run(["check", str(cohort), "--answers", str(path)]) == 0
    told = capsys.readouterr()
    assert "5 answers taken" in told.out
    assert "W_QUESTION" not in told.err.rpartition("E_EXISTS")[2]
    text = (cohort / "matcher.toml").read_text()
    assert text.startswith("# ours\n[portfolio]\nlimit = 1 # one\n")
    held = tomllib.loads(text)["resolve"]
    assert sorted(map(str, held.values())) == ["['r2', 'r1']", "no", "no", "r2", "yes"]


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["Dee Thorn", "yes", "maybe", "r9; r1"])
def test_an_answer_that_names_nobody_stops_with_its_row(cohort, tmp_path, capsys, answer) -> None:
    """Nothing is guessed of an answer either, and nothing is taken of the others."""
    path = tmp_path / "q.xlsx"
    run(["check", str(cohort), "--questions", str(path)])
    rows = asked(path)
    fill_in(path, rows, ANSWERS | {("Bo Lin", "avoid"): answer})
    row = next(k for k, cells in enumerate(rows, 1) if "Bo Lin" in cells and "avoid" in cells)
    assert run(["check", str(cohort), "--answers", str(path)]) == 3
    assert f"E_RESOLVE questions:{row}:answer" in capsys.readouterr().err
    assert "resolve" not in (cohort / "matcher.toml").read_text()


@pytest.mark.slow
def test_a_copy_of_the_runs_table_will_do(cohort: Path, tmp_path: Path, capsys) -> None:
    """`questions.csv` of a run can be filled in too; a key of old has no effect and is told."""
    assert run(["match", str(cohort), "-o", str(tmp_path / "run")]) == 0
    rows = list(csv.DictReader((tmp_path / "run" / "questions.csv").open(encoding="utf-8")))
    copy = tmp_path / "answered.csv"
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["key", "answer"])
        writer.writeheader()
        writer.writerow({"key": rows[0]["key"], "answer": "no"})
        writer.writerow({"key": "q-0000000000", "answer": "yes"})
    assert run(["check", str(cohort), "--answers", str(copy)]) == 0
    told = capsys.readouterr()
    assert "1 answer taken" in told.out
    assert "W_RESOLVE_UNUSED answered.csv:3:answer" in told.err


def test_mistakes_are_told_by_row_and_cause() -> None:
    """A lost key, two answers to one question, several of a name; a no in any language is one."""
    frame = pd.DataFrame(
        {
            "person_id": ["a", "b", "c"],
            "name": ["Fay Long", "Fay Long", "Cy Cole"],
            "email": ["f@x.org", "g@x.org", "c@x.org"],
        }
    )
    people = People.of([frame])
    whom = AskedQuestion("q-1", "mentees", 2, "avoid", "c", ("a", "b"), "whom?")
    rows = [("q-1", "niemand"), ("", "Cy Cole"), ("q-1", "Fay Long"), ("q-1", "yes")]
    given = [FilledIn("questions", k, key, answer) for k, (key, answer) in enumerate(rows, 2)]
    assert settled_answers(given[:1], [whom], people) == ({"q-1": "no"}, [])
    with pytest.raises(InputError) as caught:
        settled_answers(given, [whom], people)
    told = {finding.row: finding.message for finding in caught.value.findings}
    assert sorted(told) == [3, 4, 5]
    assert "key is gone" in told[3]
    assert "several people" in told[4]
    assert "another row" in told[5]
