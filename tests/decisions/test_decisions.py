"""Decisions come back from working copies and from the log, or say what is wrong with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from matcher.decisions.decisions import (
    DecisionLog,
    current_decisions,
    read_decisions,
)
from matcher.decisions.working_copy import DECIDED_CELLS
from matcher.errors import InputError
from matcher.observe import what_is_published

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-01-01T00:00:00Z"
HEADER = ["mentee_id", "mentor_id", "decision", "note"]


def _book(path: Path, rows: list[list[str]], sheet: str = "matches") -> Path:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


def _codes(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    return [finding.code for finding in caught.value.findings]


def test_a_working_copy_gives_its_filled_rows(tmp_path: Path) -> None:
    """Rows without a decision stay out; a lone note is a note; ids such as 007 stay text."""
    rows = [HEADER, ["e1", "r1", "Lock", ""], ["e2", "r2", "", ""], ["007", "r3", "", "call her"]]
    frame = read_decisions(_book(tmp_path / "copy.xlsx", rows))
    assert tuple(frame.columns) == (*DECIDED_CELLS, "table", "row")
    assert frame[["mentee_id", "decision"]].to_numpy().tolist() == [["e1", "lock"], ["007", "note"]]


def test_an_added_row_is_read_by_the_names_in_it(tmp_path: Path) -> None:
    """Without ids the names say whom it is about; one id alone is that person's, names or not."""
    rows = [
        ["Mentee", "Mentor", "Decision", "Mentee's id", "Mentor's id"],
        ["Ana Sá", "Ole Dahl", "assign", "", ""],
        ["Ana Sá", "Ole Dahl", "hold", "", "r1"],
    ]
    frame = read_decisions(_book(tmp_path / "copy.xlsx", rows))
    assert frame["mentee_id"].tolist() == ["Ana Sá", ""]
    assert frame["mentor_id"].tolist() == ["Ole Dahl", "r1"]


def test_neutralised_ids_are_restored(tmp_path: Path) -> None:
    """An id that a spreadsheet would run comes back as it was."""
    path = tmp_path / "d.csv"
    path.write_text("mentee_id,mentor_id,decision,note\n'=e1,r1,ban,\n", encoding="utf-8-sig")
    assert read_decisions(path)["mentee_id"].tolist() == ["=e1"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["e1", "r1", "lcok", ""], "E_ENUM"),
        (["e1", "", "lock", ""], "E_DECISION_PERSON"),
        (["", "", "hold", ""], "E_DECISION_PERSON"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, row: list[str], code: str) -> None:
    """The finding carries the code and the row that a person sees."""
    path = _book(tmp_path / "copy.xlsx", [HEADER, ["e9", "r9", "ban", ""], row])
    with pytest.raises(InputError) as caught:
        read_decisions(path)
    assert [(f.code, f.table, f.row) for f in caught.value.findings] == [(code, "matches", 3)]


def test_two_words_on_one_pair_conflict(tmp_path: Path) -> None:
    """A pair cannot be locked and banned in one copy."""
    rows = [HEADER, ["e1", "r1", "lock", ""], ["e1", "r1", "ban", ""]]
    assert _codes(_book(tmp_path / "copy.xlsx", rows)) == ["E_DECISION_CONFLICT"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"no zip", "E_FORMAT"),
        ("a.xls", b"\xd0\xcf", "E_FORMAT"),
        ("a.csv", b"mentor_id,decision\nr1,lock\n", "E_MISSING_COLUMN"),
        ("a.csv", b"mentee_id,mentor_id,verdict\ne1,r1,lock\n", "E_MISSING_COLUMN"),
        ("a.jsonl", b'{"event": "decision", "decision": "loock", "mentee_id": "e"}\n', "E_ENUM"),
        ("a.jsonl", b'{"event": "decision", "decision": "note"}\n', "E_DECISION_PERSON"),
        ("a.csv", b'mentee_id,mentor_id,decision\n"r1,lock\n', "E_CSV_QUOTE"),
        ("a.csv", b"\xff\xfem\x00", "E_ENCODING"),
        ("a.jsonl", b'{"event": \n{}\n', "E_FORMAT"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    """Whatever the file is, the answer is a finding and never a traceback."""
    (tmp_path / name).write_bytes(content)
    assert _codes(tmp_path / name) == [code]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that does not exist is an input error."""
    assert _codes(tmp_path / "none.xlsx") == ["E_NOT_FOUND"]


def test_a_workbook_without_our_sheets_is_refused(tmp_path: Path) -> None:
    """Somebody else's workbook is not silently read as no decisions."""
    assert _codes(_book(tmp_path / "x.xlsx", [["a"]], sheet="other")) == ["E_FORMAT"]


def test_the_log_keeps_order_and_undo(tmp_path: Path) -> None:
    """An undone decision is gone from the frame and still in the log."""
    log = DecisionLog(tmp_path / "decisions.jsonl")
    log.append("decision", AT, mentee_id="e1", mentor_id="r1", decision="lock", by="Jo", note="")
    log.append("decision", AT, mentee_id="e2", mentor_id="r2", decision="ban", by="Jo", note="")
    log.append("undo", AT, of=2, by="Jo")
    frame = read_decisions(tmp_path)
    assert frame["decision"].tolist() == ["lock"]
    assert len(log.events()) == 3


def test_the_last_word_counts() -> None:
    """A later decision replaces an earlier one; a note does not."""
    rows = [("e", "r", word, "", "", "") for word in ("lock", "ban", "note")]
    frame = pd.DataFrame(rows, columns=list(DECIDED_CELLS))
    assert current_decisions(frame)["decision"].tolist() == ["ban"]


@pytest.mark.slow
@given(cut=st.integers(0, 200), text=st.text(max_size=20))
def test_a_torn_log_goes_on(tmp_path_factory: pytest.TempPathFactory, cut: int, text: str) -> None:
    """Wherever a crash cut the file, whole lines stay and the next event follows them."""
    log = DecisionLog(tmp_path_factory.mktemp("log") / "decisions.jsonl")
    for number in range(2):
        log.append("decision", AT, mentee_id=f"e{number}", note=text, decision="note")
    data = log.path.read_bytes()
    log.path.write_bytes(data[: max(0, len(data) - cut)])
    kept = log.events()
    log.append("approve", AT, by="Jo", reason=text)
    events = log.events()
    assert events[:-1] == kept
    assert events[-1]["event"] == "approve"
    assert events[-1]["n"] == len(events)


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Every event gets a number of its own, whoever writes at the same time."""
    log = DecisionLog(tmp_path / "decisions.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: log.append("decision", AT, note=str(k)), range(64)))
    events = log.events()
    assert [event["n"] for event in events] == list(range(1, 65))
    assert len({event["note"] for event in events}) == 64


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_other_places_is_read(tmp_path: Path, separator: str) -> None:
    """Spreadsheets separate cells by what their country does."""
    path = tmp_path / "d.csv"
    rows = [["mentee_id", "mentor_id", "decision", "note"], ["e1", "r1", "lock", ""]]
    path.write_text("\n".join(separator.join(row) for row in rows) + "\n")
    assert read_decisions(path)["decision"].tolist() == ["lock"]


def test_what_is_logged_is_published(tmp_path: Path) -> None:
    """Who loses the words of an approval is told where it stands, never that there is none."""
    DecisionLog(tmp_path / "decisions.jsonl").append("approve", AT, by="Ida", reason="looked")
    assert str(tmp_path / "decisions.jsonl") in what_is_published()
