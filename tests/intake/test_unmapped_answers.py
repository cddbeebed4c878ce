"""Errors by cause: one line each, the form's own word and the line to paste; never free text."""

from __future__ import annotations

import pytest

from matcher.errors import Finding, InputError, by_cause


def lines(folder, **config) -> list[str]:
    """Return what a check of the folder would print."""
    return InputError(folder.check(**config)).lines()


def test_an_option_is_one_cause_with_its_rows_and_line(folder) -> None:
    """Two words of a form in forty rows are two lines, each with count, place and what to add."""
    rows = [f"p{k},{'Being mentored' if k % 2 else 'Mentoring others'}" for k in range(40)]
    folder.write("signups", "\n".join(["person_id,role", *rows]) + "\n")
    told = [line for line in lines(folder) if " E_ENUM " in line]
    assert len(told) == 2
    assert "signups:2:role: 'Mentoring others' is not mapped (20 rows: 2, 4, 6, 8, 10 " in told[0]
    assert '[answers.role] "Being mentored" = "mentee"' in told[1]
    assert "matcher map" in told[0]


def test_structured_findings_stay_one_a_row(folder) -> None:
    """The app gets each fault with its row and record; only the lines are grouped."""
    folder.write("signups", "person_id,role\na,Learner\nb,Learner\nc,mentor\n")
    faults = [finding for finding in folder.check() if finding.code == "E_ENUM"]
    assert [(fault.row, fault.record) for fault in faults] == [(2, "a"), (3, "b")]


@pytest.mark.parametrize("column", ["contexts", "role", "availability"])
def test_what_somebody_wrote_is_never_repeated(folder, column: str) -> None:
    """Names, addresses and sentences in a column of options stay untold, however often."""
    private = ["Jo Ann Smith", "jo@example.org", "my divorce and the money", "Jo Ann Smith"]
    rows = [f'p{k},"{text}"' for k, text in enumerate(private)]
    folder.write("signups", "\n".join([f"person_id,{column}", *rows]) + "\n")
    told = "\n".join(lines(folder)).casefold()
    assert "jo ann" not in told
    assert "jo@" not in told
    assert "divorce" not in told


def test_a_write_in_beside_options_is_not_repeated(folder) -> None:
    """Options that recur are told, what one person added in the same column is not."""
    cells = ["Networking;Gardening"] * 8 + ["Networking;leaving my husband"]
    rows = [f"p{k},{cell}" for k, cell in enumerate(cells)]
    folder.write("mentees", "\n".join(["person_id,contexts", *rows]) + "\n")
    told = "\n".join(lines(folder))
    assert "'Gardening' is not mapped" in told or "'Networking' is not mapped" in told
    assert "husband" not in told


@pytest.mark.parametrize("column", ["capacity", "career_years"])
def test_a_lone_word_among_numbers_is_not_repeated(folder, column: str) -> None:
    """What one person wrote where all others gave a number is theirs; what recurs is an option."""
    cells = ["2", "3", "2", "ask Marlow", "3", "some", "some"]
    rows = [f"r{k},{cell}" for k, cell in enumerate(cells)]
    folder.write("mentors", "\n".join([f"person_id,{column}", *rows]) + "\n")
    told = "\n".join(lines(folder))
    assert "mentors:5:" in told
    assert "Marlow" not in told
    assert "'some' is not mapped" in told


def test_causes_differ_by_word_and_column_and_not_by_number() -> None:
    """Numbers in a message do not make a cause; words, codes and columns do."""
    same = [Finding("E_DUP_ID", f"also in row {k}").at("mentees", k, "person_id") for k in (4, 9)]
    other = Finding("E_DUP_ID", "also in row 3").at("mentors", 3, "person_id")
    whole = [Finding("E_CONFIG", "key 1 is odd"), Finding("E_CONFIG", "key 2 is odd")]
    causes = by_cause([*same, other, *whole])
    assert len(causes) == 4
    counted = "(2 rows: 4, 9; other figures are those of row 4)"
    assert counted in causes[0].message


@pytest.mark.parametrize(
    ("title", "like"),
    [
        ("max_mentees", "capacity"),
        ("How many people could you support?", "capacity"),
        ("Anzahl Mentees", "capacity"),
    ],
)
def test_a_hint_never_says_the_opposite(folder, title: str, like: str) -> None:
    """A title that nothing maps is told with the column that it is like, never its opposite."""
    folder.write("mentors", f"person_id,{title}\nr1,3\nr2,3\n")
    (finding,) = folder.only("W_UNUSED_COLUMN")
    assert f'= "{like}"' in finding.remedy
    assert "min_mentees" not in finding.line()


@pytest.mark.parametrize(
    "title", ["Is there anyone you should not be paired with?", "Who is your line manager?"]
)
def test_a_safety_answer_is_never_left_out_with_a_warning(folder, title: str) -> None:
    """Whom to avoid and who manages whom: unmapped answers stop the run with the line to add."""
    folder.write("mentees", f"person_id,name,{title}\ne1,Ann Able,Tom Tall\ne2,Bo Best,\n")
    (finding,) = folder.only("E_UNKNOWN_COLUMN")
    assert "[columns.mentees]" in finding.remedy
    assert '"ignore"' in finding.remedy
