"""The rows of docs/reliability.md as the command itself ends: code, lines, and what is left."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest
from tests.intake.test_workbooks import FAULTS
from tests.workbooks import parts_of, zipped

import matcher.run as matching
from matcher.cli.main import run as main

Files = dict[str, str | bytes | None]

MENTEES = "person_id,name,career_years\ne1,Ada,3\ne2,Ben,4\n"
MENTORS = "person_id,name,capacity\nr1,Cy,2\nr2,Dee,1\n"
RULES = "mentee_id,mentor_id,rule\n"
CONTACTS = "person_id,contact_id,known_since,purposes\n"
TIES = "person_id,contact_id,other_contact_id\n"
NOTES = "person_id,kind,text\n"
PAIRS = "mentee_id,mentor_id,status,start,end\n"
WISHES = "person_id,reciprocal_ok\n"


def mentees(*rows: str, titles: str = "person_id,name,career_years") -> Files:
    """Return the table of mentees with other rows."""
    return {"mentees.csv": "\n".join((titles, *rows, ""))}


def mentors(*capacities: str) -> Files:
    """Return mentors with such capacities."""
    rows = "".join(f"r{k},x,{capacity}\n" for k, capacity in enumerate(capacities))
    return {"mentors.csv": f"person_id,name,capacity\n{rows}"}


def config(*lines: str) -> Files:
    """Return a config."""
    return {"matcher.toml": "\n".join((*lines, ""))}


def workbook(name: str = "", part: str | bytes = "") -> bytes:
    """Return a workbook of two and two with a part more, or another one."""
    return zipped(parts_of() | ({name: part} if name else {}))


def in_place(content: bytes) -> Files:
    """Return a workbook instead of the tables."""
    return {"mentees.csv": None, "mentors.csv": None, "cohort.xlsx": content}


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "person_id">]><worksheet>&a;</worksheet>'
DEEP = "[" * 2000
CORRECTION = {"person": "e1", "column": "name", "before": "", "after": "Ann", "who": "Z"}


def correction(**changed: object) -> Files:
    """Return a line of corrections."""
    line = json.dumps(CORRECTION | {"when": "2026-06-01"} | changed)
    return {"corrections.jsonl": f"{line}\n"}


CASES: list[tuple[str, Files, int, str]] = [
    ("1 missing", {"mentors.csv": None}, 3, "E_NOT_FOUND mentors"),
    ("1 zero bytes", {"mentees.csv": b""}, 3, "E_EMPTY mentees"),
    ("1 header only", mentees(), 3, "E_NO_ROWS mentees"),
    ("2 missing", mentees("Ada", titles="name"), 3, "E_MISSING_COLUMN mentees:1:person_id"),
    ("2 twice", mentees("e1,1,2", titles="person_id,name,name"), 3, "E_DUP_COLUMN mentees"),
    ("2 near", mentees("e1,1", titles="person_id,career_year"), 3, "E_UNKNOWN_COLUMN mentees"),
    ("2 unmapped", mentees("e1,9", titles="person_id,shoe size"), 0, "W_UNUSED_COLUMN mentees"),
    ("3 table", mentees("e1,x", titles="person_id,ethnicity"), 3, "E_PROTECTED_COLUMN mentees"),
    (
        "3 a survey's question, mapped to a plain column",
        mentees("e1,x", titles="person_id,Are you trans?")
        | config("[columns]", '"Are you trans?" = "bio"'),
        2,
        "E_PROTECTED_COLUMN",
    ),
    (
        "3 feature",
        config(
            "[[features]]",
            'name = "f"',
            'kind = "same"',
            'mentee = ["religion"]',
            'mentor = ["religion"]',
            "weight = 1",
        ),
        2,
        "E_PROTECTED_COLUMN",
    ),
    ("4 ragged", mentees("e1,Ada"), 3, "E_RAGGED mentees:2"),
    ("4 quote", mentees('e1,"Ada,3'), 3, "E_CSV_QUOTE mentees:2"),
    ("4 NUL", mentees("e1,A\0da,3"), 3, "E_NUL mentees:2"),
    ("4 UTF-16", {"mentees.csv": MENTEES.encode("utf-16")}, 3, "E_ENCODING mentees:1"),
    (
        "4 Latin-1",
        {"mentees.csv": MENTEES.replace("Ben", "Zoë").encode("latin-1")},
        3,
        "E_ENCODING mentees:3",
    ),
    ("5 mark", {"mentees.csv": MENTEES.encode("utf-8-sig")}, 0, ""),
    ("6 twice", mentees("e1,Ada,3", "e1,Ben,4"), 3, "E_DUP_ID mentees:3"),
    ("6 alike", mentees("A1,Ada,3", "a1,Ben,4"), 3, "E_ID_COLLISION mentees"),
    ("6 composed", mentees("\u00e9,Ada,3", "e\u0301,Ben,4"), 3, "E_ID_COLLISION mentees"),
    ("6 zero width", mentees("e\u200b1,Ada,3"), 3, "E_ID_CHARS mentees:2"),
    ("8 capacities", mentors("-1"), 3, "E_CAPACITY mentors:2"),
    ("8 a part", mentors("1.5"), 3, "E_CAPACITY mentors:2"),
    ("8 a billion", mentors("1e9"), 3, "E_CAPACITY mentors:2"),
    ("10 table", mentees("e1,Ada,nan"), 3, "E_NOT_FINITE mentees:2"),
    ("10 config", config("[solver]", "time_limit = inf"), 2, "E_NOT_FINITE"),
    ("11 weights", config("[features.need_fit]", "weight = -1"), 2, "E_WEIGHTS"),
    ("12 word", {"rules.csv": f"{RULES}e1,r1,nevr\n"}, 3, "E_ENUM rules:2:rule"),
    (
        "13 order",
        {"engagements.csv": f"{PAIRS}e1,r1,completed,2025-06-01,2025-01-01\n"},
        3,
        "E_DATE_ORDER",
    ),
    (
        "13 future",
        {"engagements.csv": f"{PAIRS}e1,r1,completed,2025-06-01,2199-01-01\n"},
        3,
        "E_DATE_FUTURE",
    ),
    ("13 ambiguous", mentees("e1,03/04/2024", titles="person_id,joined"), 3, "E_DATE_AMBIGUOUS"),
    (
        "14 contacts",
        {"contacts.csv": CONTACTS + "".join(f"e1,C{k},,\n" for k in range(11))},
        3,
        "E_AUDIT_CONTACTS_MAX",
    ),
    (
        "14 strengths",
        {"audit_notes.csv": NOTES + "e1,strength,x\n" * 4},
        3,
        "E_AUDIT_STRENGTHS_MAX",
    ),
    (
        "14 weaknesses",
        {"audit_notes.csv": NOTES + "e1,weakness,x\n" * 4},
        3,
        "E_AUDIT_WEAKNESSES_MAX",
    ),
    (
        "14 itself",
        {"contacts.csv": f"{CONTACTS}e1,AB,,\n", "contact_ties.csv": f"{TIES}e1,AB,AB\n"},
        3,
        "E_SELF_TIE contact_ties:2",
    ),
    (
        "14 unlisted",
        {"contacts.csv": f"{CONTACTS}e1,AB,,\n", "contact_ties.csv": f"{TIES}e1,AB,CD\n"},
        3,
        "E_TIE_UNKNOWN contact_ties:2",
    ),
    ("16 both", {"rules.csv": f"{RULES}e1,r1,must\ne1,r1,never\n"}, 4, "I_CONTRADICTION"),
    (
        "16 places",
        mentors("1") | {"rules.csv": f"{RULES}e1,r0,must\ne2,r0,must\n"},
        4,
        "I_FORCED_CAPACITY",
    ),
    (
        "16 themselves",
        {"mentors.csv": f"{MENTORS}e1,Ada,1\n", "rules.csv": f"{RULES}e1,e1,must\n"},
        4,
        "I_SELF_PAIR",
    ),
    ("21 bomb", in_place(workbook("xl/media/a.png", bytes(50_000_000))), 3, "E_ARCHIVE_LIMIT"),
    ("21 entities", in_place(workbook("xl/worksheets/s1.xml", ENTITIES)), 3, "E_XML_FORBIDDEN"),
    ("21 macros", in_place(workbook("xl/vbaProject.bin", b"x")), 3, "E_FORMAT"),
    ("21 encrypted", in_place(OLE + "EncryptedPackage".encode("utf-16-le")), 3, "E_FORMAT"),
    ("21 old", in_place(OLE + bytes(600)), 3, "E_FORMAT"),
    ("21 CSV", in_place(MENTEES.encode()), 3, "E_FORMAT"),
    ("21 CSV that is a workbook", {"mentees.csv": workbook()}, 3, "E_FORMAT mentees"),
    ("23 key", config("[solver]", "limt = 1"), 2, "E_CONFIG"),
    ("23 twice", config("[solver]", "seed = 1", "seed = 2"), 2, "E_CONFIG"),
    ("23 deep", config(f"[input]\nid = {DEEP[:400]}{']' * 400}"), 2, "E_CONFIG"),
    ("23 format", config("[input]", 'date_format = "%d/%d/%Y"'), 2, "E_CONFIG"),
    ("23 blocks", config("[[features]]\nkind = 'text'\n" * 3000), 2, "E_CONFIG"),
    ("34 columns", {"mentees.csv": f"person_id{',' * 200_000}\n"}, 3, "E_FORMAT mentees"),
    ("34 a name", mentees(f"e1,{'xy ' * 40_000},3"), 3, "E_ID_CHARS mentees:2"),
    ("34 times", mentees(f"e1,{'mon 9-5 ' * 9_000}", titles="person_id,availability"), 3, "E_ENUM"),
    ("35 rules", {"rules.csv": RULES}, 3, "E_NO_ROWS rules"),
    ("35 contacts", {"contacts.csv": CONTACTS}, 0, "W_NO_ROWS contacts"),
    ("35 corrections", {"corrections.jsonl": None}, 3, "E_FORMAT corrections.jsonl"),
    ("35 deep", {"corrections.jsonl": DEEP}, 3, "E_FORMAT corrections.jsonl:1"),
    ("35 half a character", correction(after="\ud800"), 3, "E_FORMAT corrections.jsonl:1"),
    ("35 no cell", correction(after="a\0b"), 3, "E_FORMAT corrections.jsonl:1"),
    ("36 ids", mentees("e1\ufe0f,Ada,3", "e1,Ben,4"), 3, "E_ID_CHARS mentees:2"),
    ("37 config", config("[programme]", "as_of = 2262-04-12"), 2, "E_CONFIG"),
    ("37 table", mentees("e1,9999-12-31", titles="person_id,joined"), 3, "E_DATE mentees:2"),
    ("46 both", {"extra.xlsx": workbook()}, 3, "E_DUP_TABLE"),
]


def cohort_of(folder: Path, files: Files) -> Path:
    """Write a cohort of two and two with some files in place of its own; None takes one away."""
    folder.mkdir(parents=True)
    for name, content in ({"mentees.csv": MENTEES, "mentors.csv": MENTORS} | files).items():
        path = folder / name
        if content is None and not name.endswith(".csv"):
            path.mkdir()
        elif content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def ends(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run the command; every line of stderr is ours, and errors go with a code."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    out, told = capsys.readouterr()
    lines = told.splitlines()
    assert all(line.startswith(("ERROR ", "WARNING ")) for line in lines), told
    assert "E_INTERNAL" not in told
    assert (code != 0) == any(line.startswith("ERROR") for line in lines), told
    return code, out, told


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_input_ends_in_its_code(
    case: tuple[str, Files, int, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code and place as the row says, at once; no file of the cohort changes."""
    _, files, code, told = case
    cohort = cohort_of(tmp_path / "cohort", files)
    before = {path: path.is_dir() or path.read_bytes() for path in cohort.iterdir()}
    found, _, lines = ends(capsys, "check", cohort)
    assert (found, told in lines) == (code, True), lines
    assert max(map(len, lines.splitlines()), default=0) < 2000
    assert {path: path.is_dir() or path.read_bytes() for path in cohort.iterdir()} == before


LYING = ["nine digits", "single quotes", "lower case", "far corner", "deep foreign tags"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", LYING)
def test_a_workbook_that_lies(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row 34: references in any spelling, giants, depths, wherever the sheet lies; no abort."""
    book = zipped(parts_of({"mentees": FAULTS[fault]}, folder="odd/place"))
    cohort = cohort_of(tmp_path / "cohort", in_place(book))
    code, _, told = ends(capsys, "match", cohort, "-o", tmp_path / "run")
    assert code == 3
    assert "E_FORMAT" in told or "E_ARCHIVE_LIMIT" in told
    assert not (tmp_path / "run").exists()


EVIL = "<script>alert(1)</script>"
PEOPLE = mentees(
    *(f"{who},{name},{k}" for k, (who, name) in enumerate(
        [("007", "=1+1"), ("../../x", EVIL), ("CON", "@SUM"), ("e4", ""), ("e5", ""), ("e6", "")]
    )),
    titles="person_id,name,career_years",
) | {
    "mentors.csv": "person_id,name,capacity\nr1,x,2\nr2,=y,2\n",
    "groups.csv": "person_id,team\n" + "".join(f"e{k},a\n" for k in (4, 5, 6)),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of people with hostile names, and fewer places than people."""
    home = tmp_path_factory.mktemp("hostile")
    cohort = cohort_of(home / "cohort", PEOPLE)
    assert main(["match", str(cohort), "-o", str(home / "run")]) == 0
    return home / "run"


def column(run: Path, table: str, name: str) -> list[str]:
    """Return a column of a published table."""
    with (run / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


@pytest.mark.slow
def test_whatever_people_are_called(made: Path) -> None:
    """Rows 7, 18, 19, 20, 22, 32: ids stay texts, nothing runs, nothing is written outside."""
    there = column(made, "portfolios", "mentee_id")
    assert {"007", "CON"} <= set(there)
    assert len(column(made, "unmatched", "person_id")) >= 2
    for table in made.glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "\t") or cell[:2] == "+1"]
    pages = [page.read_text("utf-8") for page in made.rglob("*.html")]
    assert pages
    assert not [page for page in pages if EVIL in page or "Content-Security-Policy" not in page]
    assert {path.name for path in made.parent.iterdir()} == {"cohort", "run"}
    assert not [path for path in made.rglob("*") if path.stem.upper() == "CON"]
    assert not [row for row in column(made, "matches", "mentee_id") if row == "a"]


@pytest.mark.slow
def test_what_was_done_to_a_run_is_found(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows 31, 49 and 50: a foreign file is told, an edited one and an edited manifest end in 6."""
    import shutil

    again = tmp_path / "again"
    assert ends(capsys, "match", made.parent / "cohort", "-o", again)[0] == 0
    first, second = (json.loads((run / "manifest.json").read_text()) for run in (made, again))
    assert first["result_sha256"] == second["result_sha256"]
    (again / "mine.txt").write_text("a note")
    code, out, _ = ends(capsys, "verify", again, "--cohort", made.parent / "cohort")
    assert (code, "W_FOREIGN" in out) == (0, True)
    edits = {"matches.csv": (b"r1", b"r2"), "manifest.json": (b'"seed": ', b'"seed": 1')}
    for name, (old, new) in edits.items():
        forged = tmp_path / name
        shutil.copytree(made, forged)
        (forged / name).write_bytes((made / name).read_bytes().replace(old, new, 1) + b"\n")
        code, _, told = ends(capsys, "verify", forged, "--cohort", made.parent / "cohort")
        assert (code, "C_HASH" in told) == (6, True), told


@pytest.mark.slow
def test_a_wrong_answer_is_never_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 25: the checker's code, 6, and no folder."""
    honest = matching.solve_instance

    def corrupted(*words: object, **options: object) -> object:
        solution = honest(*words, **options)  # type: ignore[arg-type]
        return dataclasses.replace(solution, objective=solution.objective + 1.0)

    monkeypatch.setattr(matching, "solve_instance", corrupted)
    code, _, told = ends(capsys, "match", cohort_of(tmp_path / "c", {}), "-o", tmp_path / "run")
    assert (code, "C_OBJECTIVE" in told, (tmp_path / "run").exists()) == (6, True, False)


SAID = [
    ("3a", mentees("e1,x,3", "e2,y,abc"), ["--set-aside"], 0, "W_SET_ASIDE"),
    (
        "17",
        {
            "mentees.csv": "person_id,approaches\na,reciprocal\nb,developmental\n",
            "mentors.csv": "person_id,approaches,capacity\na,reciprocal,1\nb,developmental,1\n",
        },
        [],
        0,
        "W_RECIPROCAL_ONE_SIDED",
    ),
    ("24, 45", {}, ["--time-limit", "0.001"], 0, "W_LEFT_OUT"),
    (
        "24, 41",
        {"rules.csv": f"{RULES}e1,r1,must\n"},
        ["--set", "solver.method=cp-sat", "--time-limit", "0.000001"],
        5,
        "S_NO_SOLUTION",
    ),
    ("22 through a link", {"link": None}, [], 7, "E_EXISTS"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "words", "code", "told"), [one[1:] for one in SAID], ids=[one[0] for one in SAID]
)
def test_match_ends_in_its_code(
    files: Files,
    words: list[str],
    code: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What only a match meets; nothing is published but with 0."""
    cohort, run = cohort_of(tmp_path / "cohort", files), tmp_path / "run"
    if "link" in files:
        run.symlink_to(cohort / "link")
    found, _, lines = ends(capsys, "match", cohort, "-o", run, *words)
    assert (found, told in lines) == (code, True), lines
    assert (run / "manifest.json").is_file() == (code == 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "name"),
    [("pipe", "manifest.json"), ("pipe", "matches.csv"), ("folder", "decisions.jsonl")],
)
def test_what_is_no_file_is_not_waited_for(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, what: str
) -> None:
    """A pipe, to which nobody writes, or a folder in a run: the command ends, with one line."""
    import os
    import shutil

    run = tmp_path / "run"
    shutil.copytree(made, run)
    (run / name).unlink(missing_ok=True)
    (os.mkfifo if what == "pipe" else os.mkdir)(run / name)
    for words in (["status"], ["approve", "--by", "Z", "--reason", "y"]):
        code, _, _ = ends(capsys, words[0], run, *words[1:])
        assert code in (3, 7)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["", "1\n", "\0" * 64])
def test_a_lock_counts_while_it_is_held(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Row 29: whoever holds it is waited for by nobody, 7; what a full disk left of one is none."""
    fcntl = pytest.importorskip("fcntl")
    cohort, run = cohort_of(tmp_path / "cohort", {}), tmp_path / "run"
    lock = tmp_path / ".run.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        code, _, told = ends(capsys, "match", cohort, "-o", run)
    assert (code, "E_LOCKED" in told, run.exists()) == (7, True, False)
    lock.write_text(what)
    assert ends(capsys, "audit", cohort, "-o", run)[0] == 0
    assert "EMPTY_NETWORK" in (run / "audit.csv").read_text("utf-8")
    assert not lock.exists()
    assert ends(capsys, "audit", cohort, "-o", run)[0] == 7
