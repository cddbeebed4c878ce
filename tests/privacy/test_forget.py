"""`forget` and `export` name every mention of a person, and black them out."""

from __future__ import annotations

import contextlib
import email
import hashlib
import json
import os
import re
import sqlite3
import zipfile
from email.message import EmailMessage
from email.policy import default
from pathlib import Path, PurePosixPath

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from tests.privacy import named_cohort
from tests.privacy.named_cohort import CONTACT, DISGUISES, OTHERS, PERSON, WRITING

from matcher.cli.main import run
from matcher.cli.terminal import TerminalObserver
from matcher.config import Config
from matcher.intake import read_cohort
from matcher.privacy.held_files import held_file
from matcher.run_tables import AFTER

TRACE = re.compile(r"M017\b|dwyer.{0,5}n|river ecology", re.IGNORECASE)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def texts_of(path: Path) -> str:
    """Return all that a file says; parts of a workbook one after the other."""
    if path.suffix != ".xlsx":
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a cohort with a run and a log of decisions about its thirty people."""
    folder = named_cohort.write_named_cohort(tmp_path_factory.mktemp("named") / "cohort")
    one = folder / "runs" / "one"
    assert run(["match", str(folder), "-o", str(one)]) == 0
    said = {"n": 1, "event": "decision", "at": "2026-01-02", "by": "Ida", "decision": "lock"}
    said |= {"mentee_id": "E000", "mentor_id": PERSON, "note": DISGUISES[0]}
    (one / "decisions.jsonl").write_text(json.dumps(said) + "\n")
    (one / "report-board.html").write_bytes(b"<p>\xff\x00 no text</p>")
    return folder


def said_by_hashes(one: Path, now: Path) -> list[str]:
    """Return the hashes of what files of a run were that its copy still holds.

    Who knows everybody would put each in, and see which one gives it.
    """
    before, left = bytes_of(one), bytes_of(now)
    told = json.loads(before["manifest.json"])
    was = [content for name, content in before.items() if left.get(name) != content]
    secret = [hashlib.sha256(content).hexdigest() for content in was]
    assert len(secret) > 20
    text = b"".join(left.values()).decode("utf-8", "replace")
    return [word for word in (*secret, told["sha256"], told["result_sha256"]) if word in text]


@pytest.mark.slow
def test_every_mention_is_named(published, tmp_path, capsys):
    """Texts of others, rules, contacts, notes, decisions, pages and workbooks of runs."""
    before = bytes_of(published)
    assert run(["forget", PERSON, str(published), "-o", str(tmp_path / "copy")]) == 0
    told = capsys.readouterr().out
    assert bytes_of(published) == before
    for place in (
        "mentees.csv, goals (name): rows 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15",
        "mentees.csv, goals (address): rows 8, 9, 16",
        "mentees.csv, goals (id): row 10",
        "rules.csv, reason (name): row 2",
        "contacts.csv, reasons (name): row 2",
        "audit_notes.csv, text (name): row 2",
        "notes.txt (name): row 2",
        "later/log.jsonl (id): row 1",
        "runs/one/decisions.jsonl (id): row 1",
        "runs/one/matches.csv, mentor_id (id): row",
        "runs/one/matches.xlsx, Mentor (name): rows",
        "runs/one/plans/mentors/M017.html (name): rows",
        "runs/one/report.html (name): rows",
        "runs/one/summary.json (id): row",
        "mentees.csv, goals (first name): row 17",
        "runs/one/report-board.html",
        "move them over if need be:\n  inputs.key",
    ):
        assert place in told, place
    assert not (tmp_path / "copy" / "runs").exists()
    assert "M017" not in (tmp_path / "copy" / "mentors.csv").read_text()


@pytest.mark.slow
def test_black_out_takes_every_mention_away(published, tmp_path, capsys):
    """In tables and runs; others stay, and verify says what became of the run."""
    copy = tmp_path / "copy"
    assert run(["forget", PERSON, str(published), "-o", str(copy), "--black-out"]) == 0
    assert "still name" not in capsys.readouterr().out
    searched = [p for p in copy.rglob("*") if p.is_file() and p.name != "report-board.html"]
    assert len(searched) > 50
    assert [
        (str(p), TRACE.search(texts_of(p))) for p in searched if TRACE.search(texts_of(p))
    ] == []
    assert not [p for p in copy.rglob("*") if "M017" in p.name]
    mentees = (copy / "mentees.csv").read_text()
    assert all(text in mentees for text in OTHERS)
    assert run(["check", str(copy)]) == 0
    one = copy / "runs" / "one"
    assert said_by_hashes(published / "runs" / "one", one) == []
    capsys.readouterr()
    assert run(["verify", str(one)]) == 0
    told = capsys.readouterr().out
    assert "W_BLACKED_OUT" in told
    assert "proved" in told
    matches = (one / "matches.csv").read_text()
    token = re.search(r"removed-[0-9a-f]{8}", matches)
    assert token
    assert token[0] in (one / "mentors.csv").read_text()
    (one / "matches.csv").write_text(matches.replace("E000", "E001"))
    assert run(["verify", str(one)]) == 6
    assert "C_HASH matches.csv" in capsys.readouterr().err


@pytest.mark.slow
def test_a_second_person_can_be_blacked_out(published, tmp_path, capsys):
    """The log of the first stays, and the hashes follow one from the other."""
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(["forget", PERSON, str(published), "-o", str(first), "--black-out"]) == 0
    pages = (first / "runs" / "one" / "plans" / "mentors").glob("*.html")
    assert any(CONTACT[:5] in texts_of(page) for page in pages)
    assert run(["forget", "E004", str(first), "-o", str(second), "--black-out"]) == 0
    assert len((second / "runs" / "one" / "blacked_out.jsonl").read_text().splitlines()) == 2
    assert run(["verify", str(second / "runs" / "one")]) == 0
    assert "E004" not in "".join(map(texts_of, (second / "runs" / "one").glob("*.csv")))
    left = [p for p in second.rglob("*") if p.is_file() and CONTACT[:5].encode() in p.read_bytes()]
    assert not left


@pytest.mark.slow
def test_a_failure_leaves_nothing(published, tmp_path, capsys, monkeypatch):
    """The copy appears whole or not at all."""
    before = bytes_of(published)

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matcher.privacy.black_out.write_bytes", full)
    assert run(["forget", PERSON, str(published), "-o", str(tmp_path / "c"), "--black-out"]) == 7
    assert "E_WRITE" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert bytes_of(published) == before


@pytest.mark.slow
def test_a_workbook_keeps_all_but_the_person(tmp_path, capsys):
    """Formats, widths, formulas and other cells stay to the byte; comments and links are told."""
    mentees, mentors = named_cohort.people()
    notes = [{"text": DISGUISES[3], "n": 3}, {"text": "plain", "n": 4}]
    tables = {"mentees": mentees, "mentors": mentors, "notes": notes}
    book = named_cohort.write_workbook(tmp_path / "Sign-ups.xlsx", tables)
    name = "o'dwyer nemeth, zsofia"
    assert run(["forget", name, str(book), "-o", str(tmp_path / "plain")]) == 0
    told = capsys.readouterr().out
    for place in (
        "Sign-ups.xlsx mentees, goals (address): rows 8, 9, 16",
        "Sign-ups.xlsx mentees, person_id (name): row 32",
        "Sign-ups.xlsx notes, text (name): row 2",
        "Sign-ups.xlsx xl/comments1.xml (name): row 1",
        "Sign-ups.xlsx docProps/core.xml (name): row 1",
        "Sign-ups.xlsx xl/worksheets/_rels/sheet1.xml.rels (address): row 1",
    ):
        assert place in told, place
    assert run(["forget", name, str(book), "-o", str(tmp_path / "black"), "--black-out"]) == 0
    after = tmp_path / "black" / "Sign-ups.xlsx"
    assert not TRACE.search(texts_of(after).replace("odwyer street", "").replace("nemethy", ""))
    cells, was = CalamineWorkbook.from_path(str(after)), CalamineWorkbook.from_path(str(book))
    mentors_left = cells.get_sheet_by_name("mentors").to_python()
    assert [row[0] for row in mentors_left if row[0]] == [
        "person_id",
        *(m["person_id"] for m in mentors if m["person_id"] != PERSON),
    ]
    old, new = (each.get_sheet_by_name("mentees").to_python() for each in (was, cells))
    kept = [k for k, row in enumerate(old) if row[4] not in DISGUISES and k < 30]
    assert len(kept) == 6 + 9
    plain = [k for k in kept if old[k][4] in OTHERS]
    assert [new[k] for k in plain] == [old[k] for k in plain]
    with zipfile.ZipFile(after) as a, zipfile.ZipFile(book) as b:
        assert a.read("xl/styles.xml") == b.read("xl/styles.xml")
        sheet = a.read("xl/worksheets/sheet1.xml")
        assert b"<f>COUNTA(A2:A21)</f>" in sheet
        assert b'width="33' in sheet
        assert b'state="frozen"' in sheet


@pytest.mark.slow
def test_whatever_a_workbook_says_beside_its_cells(tmp_path, capsys):
    """Page headers, lists to choose from, names of ranges and sheets, titles, formulas."""
    book = tmp_path / "cohort" / "people.xlsx"
    book.parent.mkdir()
    write = xlsxwriter.Workbook(str(book))
    mentees, mentors = named_cohort.people()
    for name, rows in (("mentees", mentees[:2]), ("mentors", mentors), ("Ines Prat 2024", [])):
        sheet = write.add_worksheet(name)
        rows = [{**row, "about": ""} for row in rows]
        for k, row in enumerate([dict.fromkeys(rows[0])] if rows else []):
            sheet.write_row(k, 0, list(row))
        for k, row in enumerate(rows, start=1):
            sheet.write_row(k, 0, list(row.values()))
        sheet.set_header('&L&"Arial,Bold"Inés Prat&C&BInés &IPrat-Solà')
        sheet.data_validation("Z1", {"validate": "list", "source": ["Inés Prat", "x"]})
        if not rows:
            sheet.write(0, 0, "Inés Prat-Solà's column")
            sheet.write_formula(1, 5, "=\"Inés Prat\"&'Ines Prat 2024'!A1", None, "y")
    mine = {"person_id": "Q-77", "name": "Inés Prat-Solà", "email": "ip@uni.example"}
    mine |= {"purposes": "personal"}
    write.get_worksheet_by_name("mentees").write_row(3, 0, list(mine.values()))
    write.define_name("board", '="Inés Prat"&"Inés Prat"')
    write.close()
    assert run(["check", str(book.parent)]) == 0
    assert run(["forget", "Q-77", str(book.parent), "-o", str(tmp_path / "plain")]) == 0
    told = capsys.readouterr().out
    assert "people.xlsx xl/worksheets/sheet1.xml (name)" in told
    assert "people.xlsx xl/workbook.xml (name)" in told
    target = tmp_path / "black"
    assert run(["forget", "Q-77", str(book.parent), "-o", str(target), "--black-out"]) == 0
    left = texts_of(target / "people.xlsx")
    assert not re.search("Prat|Sol\u00e0|Q-77", left)
    titles = CalamineWorkbook.from_path(str(target / "people.xlsx")).sheet_names
    assert titles == ["mentees", "mentors", "removed 2024"]
    assert run(["check", str(target)]) == 0


def test_a_workbook_that_cannot_be_rewritten_is_not_called_damaged(tmp_path, capsys):
    """What `match` reads and the eraser does not is said, with a way out."""
    mentees, mentors = named_cohort.people()
    book = named_cohort.write_workbook(
        tmp_path / "a.xlsx", {"mentees": mentees, "mentors": mentors}
    )
    folder = tmp_path / "cohort"
    folder.mkdir()
    with zipfile.ZipFile(book) as a, zipfile.ZipFile(folder / "a.xlsx", "w") as b:
        for name in a.namelist():
            text = a.read(name)
            if name == "xl/sharedStrings.xml":
                text = text.replace(b"<t>M017</t>", b"<t><![CDATA[M017]]></t>")
            b.writestr(name, text)
    assert run(["forget", PERSON, str(folder), "-o", str(tmp_path / "c")]) == 3
    told = capsys.readouterr().err
    assert "damaged" not in told
    assert "save it as .xlsx again" in told


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_about_the_person_alone_goes(tmp_path, capsys, kind):
    """A header without rows would stop `check`; it is said which tables went."""
    mentees, mentors = named_cohort.people()
    rules = [{"mentee_id": "E000", "mentor_id": PERSON, "rule": "never"}]
    folder = tmp_path / "cohort"
    folder.mkdir()
    tables = {"mentees": mentees[:2], "mentors": mentors, "rules": rules}
    if kind == "csv":
        for name, rows in tables.items():
            named_cohort.write_table(folder, name, rows)
        (folder / "rules.csv").write_text((folder / "rules.csv").read_text() + ",,\n")
    else:
        named_cohort.write_workbook(folder / "people.xlsx", tables)
    target = tmp_path / "c"
    assert run(["forget", PERSON, str(folder), "-o", str(target), "--black-out"]) == 0
    told = capsys.readouterr().out
    name = "rules.csv" if kind == "csv" else "people.xlsx rules"
    assert f"has them no more:\n  {name}\n" in told
    assert run(["check", str(target)]) == 0


@pytest.mark.slow
def test_folders_on_the_way_are_for_their_owner_alone(tmp_path):
    """Whatever the mask of the process says."""
    folder = named_cohort.write_named_cohort(tmp_path / "cohort")
    before = os.umask(0)
    try:
        assert run(["match", str(folder), "-o", str(folder / "runs" / "may" / "one")]) == 0
    finally:
        os.umask(before)
    for made in (folder / "runs", folder / "runs" / "may", folder / "runs" / "may" / "one"):
        assert made.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_mails_are_read_as_they_are_meant(tmp_path, capsys):
    """Encoded headers and bodies are found and blacked out; other encoded files are named."""
    folder = named_cohort.write_named_cohort(tmp_path / "cohort")
    mail = EmailMessage()
    mail["Subject"] = "About Zsófia O'Dwyer-Németh"
    mail["From"] = "Zsófia O'Dwyer-Németh <someone@uni.example>"
    mail.set_content(f"Dear Ida,\n{DISGUISES[2]} é\n", cte="quoted-printable")
    mail.add_alternative(f"<p>{DISGUISES[1]} ű</p>", subtype="html", cte="base64")
    mail.add_attachment(b"\0\1", maintype="image", subtype="png", filename="a.png")
    (folder / "a.eml").write_bytes(mail.as_bytes())
    (folder / "b.mbox").write_bytes(b"From x\n" + mail.as_bytes())
    target = tmp_path / "c"
    assert run(["forget", PERSON, str(folder), "-o", str(tmp_path / "plain")]) == 0
    assert "a.eml (name): rows" in capsys.readouterr().out
    assert run(["forget", PERSON, str(folder), "-o", str(target), "--black-out"]) == 0
    told = capsys.readouterr().out
    assert "a.eml image/png" in told
    assert "b.mbox (encoded)" in told
    left = email.message_from_bytes((target / "a.eml").read_bytes(), policy=default)
    bodies = [part.get_content() for part in left.walk() if part.get_content_maintype() == "text"]
    assert left["Subject"] == "About [removed]"
    assert not TRACE.search("".join([*map(str, left.values()), *bodies]))
    assert bodies[0].startswith("Dear Ida,")


def test_parquet_loses_the_person_too(tmp_path, capsys):
    """Rows go and texts are blacked out; other columns keep their types."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    folder = tmp_path / "cohort"
    folder.mkdir()
    for name, rows in zip(("mentees", "mentors"), named_cohort.people(), strict=True):
        parquet.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    assert run(["forget", PERSON, str(folder), "-o", str(tmp_path / "c"), "--black-out"]) == 0
    mentors = parquet.read_table(tmp_path / "c" / "mentors.parquet")
    assert PERSON not in mentors.column("person_id").to_pylist()
    assert str(mentors.schema.field("capacity").type) == "int64"
    goals = parquet.read_table(tmp_path / "c" / "mentees.parquet").column("goals").to_pylist()
    assert not TRACE.search(" ".join(goals[: len(DISGUISES)]))
    assert goals[len(DISGUISES) :] == OTHERS


@pytest.mark.slow
def test_a_database_is_searched_and_its_statements_are_written(tmp_path, capsys):
    """`export` names table and row; `forget` writes what takes the person out when it is run."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    import pandas as pd

    url = f"sqlite:///{tmp_path / 'people.db'}"
    engine = sqlalchemy.create_engine(url)
    for name, rows in zip(("mentees", "mentors"), named_cohort.people(), strict=True):
        pd.DataFrame(rows).to_sql(name, engine, index=False)
    engine.dispose()
    assert run(["export", PERSON, url, "-o", str(tmp_path / "held.json")]) == 0
    held = json.loads((tmp_path / "held.json").read_text())
    assert held["tables"]["mentors"][0]["bio"] == WRITING
    assert {"file": "", "table": "mentees", "row": 1, "column": "goals", "by": "name"} in (
        held["mentions"]
    )
    capsys.readouterr()
    assert run(["forget", PERSON, url, "-o", str(tmp_path / "copy"), "--black-out"]) == 0
    assert "in forget.sql there" in capsys.readouterr().out
    with contextlib.closing(sqlite3.connect(tmp_path / "people.db")) as connection:
        before = connection.execute("SELECT COUNT(*) FROM mentees").fetchone()
        connection.executescript((tmp_path / "copy" / "forget.sql").read_text("utf-8"))
        goals = [row[0] for row in connection.execute("SELECT goals FROM mentees")]
        assert connection.execute("SELECT COUNT(*) FROM mentees").fetchone() == before
    assert not TRACE.search(" ".join(goals[: len(DISGUISES)]))
    assert goals[len(DISGUISES) :] == OTHERS
    (tmp_path / "held.json").unlink()
    assert run(["export", PERSON, url, "-o", str(tmp_path / "held.json")]) == 3


def test_numbers_that_stand_as_themselves_or_as_text(tmp_path):
    """In SQLite either may stand in any column: the statements find the person's rows all."""
    pytest.importorskip("sqlalchemy")
    base = tmp_path / "people.db"
    with contextlib.closing(sqlite3.connect(base)) as connection:
        connection.executescript(
            "CREATE TABLE mentees(person_id, goals); CREATE TABLE mentors(person_id, capacity);"
            "CREATE TABLE rules(mentee_id, mentor_id TEXT, rule);"
            "INSERT INTO mentees VALUES (41, 'a'), ('42', 'b'), (43.0, 'c'), ('044', 'd');"
            "INSERT INTO mentors VALUES ('7', 1), (8, '2');"
            "INSERT INTO rules VALUES ('41', 7, 'never'), (42, '7', 'never'), (41.0, 8, 'never');"
        )
    for person in ("41", "43", "044", "7"):
        copy = tmp_path / person
        assert run(["forget", person, f"sqlite:///{base}", "-o", str(copy)]) == 0
        with contextlib.closing(sqlite3.connect(base)) as connection:
            connection.executescript((copy / "forget.sql").read_text("utf-8"))
    with contextlib.closing(sqlite3.connect(base)) as connection:
        each = ("SELECT * FROM mentees", "SELECT * FROM mentors", "SELECT * FROM rules")
        left = [connection.execute(one).fetchall() for one in each]
    assert left == [[("42", "b")], [(8, "2")], []]


SIGN_UPS = """Email,Name,I am signing up as,What do you hope to achieve?
hanna@x.example,Hanna Pohl,Mentee,To learn to play chess
bo@x.example,Bo Stone,Mentor,
di@x.example,Di Far,Mentee,To read more
cy@x.example,Cy Hill,Mentor,
"""
CONFIG = """[input]
id = "email"
[columns.signups]
"Email" = "email"
"Name" = "name"
"I am signing up as" = "role"
"What do you hope to achieve?" = "goals"
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["withdrawn", "refused", "agreed"])
def test_who_is_set_aside_is_still_somebody(tmp_path, capsys, how):
    """Without consent, or a role, a person is forgotten and given out as anybody else is."""
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "signups.csv").write_text(SIGN_UPS)
    (folder / "matcher.toml").write_text(CONFIG)
    assert run(["match", str(folder), "-o", str(folder / "runs" / "a")]) == 0
    matches = folder / "runs" / "a" / "matches.csv"
    assert run(["record", str(folder), "--csv", str(matches), "--status", "sent"]) == 0
    if how == "withdrawn":
        assert run(["record", str(folder), "Hanna Pohl", "--no-consent"]) == 0
        capsys.readouterr()
        assert run(["verify", str(folder / "runs" / "a")]) == 0
        assert capsys.readouterr().out.startswith("WARNING W_CONSENTS_SINCE")
    if how == "refused":
        (folder / "signups.csv").write_text(SIGN_UPS.replace("Pohl,Mentee", "Pohl,neither"))
    assert run(["export", "Hanna Pohl", str(folder), "-o", str(tmp_path / "held.json")]) == 0
    held = json.loads((tmp_path / "held.json").read_text())
    assert {"engagements", "signups"} <= set(held["tables"])
    assert ("consents" in held["tables"]) == (how == "withdrawn")
    assert "matches" in held["runs"]["a"]
    person = held["tables"]["engagements"][0]["mentee_id"]
    assert run(["forget", "Hanna Pohl", str(folder), "-o", str(tmp_path / "n"), "--black-out"]) == 0
    trace = re.compile(rf"hanna|pohl|play chess|{person}".encode(), re.IGNORECASE)
    left = [p for p in (tmp_path / "n").rglob("*") if p.is_file() and trace.search(p.read_bytes())]
    assert left == []


@pytest.mark.slow
def test_what_commands_wrote_beside_a_workbook_belongs_to_it(tmp_path, monkeypatch):
    """The record of the year beside a workbook loses the person's rows like its sheets.

    Whatever else lies there is not opened, and each file is told while it is worked on.
    """
    import pandas as pd

    with pd.ExcelWriter(tmp_path / "cohort.xlsx", engine="xlsxwriter") as book:
        for name, rows in zip(("mentees", "mentors"), named_cohort.people(), strict=True):
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False)
    mentee = named_cohort.people()[0][0]["person_id"]
    others = pd.DataFrame(named_cohort.people()[1])["person_id"]
    other = others[others != PERSON].iloc[0]
    for mentor in (PERSON, other):
        arguments = [str(tmp_path / "cohort.xlsx"), mentee, mentor, "sent"]
        assert run(["record", *arguments]) == 0
    (tmp_path / "somebody else's.xlsx").write_bytes(b"damaged")
    copy, phases = tmp_path / "copy", []
    monkeypatch.setattr(TerminalObserver, "on_phase", lambda _, name: phases.append(name))
    assert run(["forget", PERSON, str(tmp_path / "cohort.xlsx"), "-o", str(copy)]) == 0
    assert {"searching, file 1 of 2", "writing, file 2 of 2"} <= set(phases)
    assert {path.name for path in copy.iterdir()} == {"cohort.xlsx", "engagements.csv"}
    rows = pd.read_csv(copy / "engagements.csv", dtype=str)
    assert rows["mentor_id"].tolist() == [other]


@pytest.mark.slow
def test_another_name_can_be_added(tmp_path, capsys):
    """A name that no table knows is found when it is told."""
    folder = named_cohort.write_named_cohort(tmp_path / "cohort")
    (folder / "notes.txt").write_text("Zs. Kovács came in 2019")
    more = ["--also", "Zsófia Kovács", "--black-out"]
    assert run(["forget", PERSON, str(folder), "-o", str(tmp_path / "c"), *more]) == 0
    assert "Kov" not in (tmp_path / "c" / "notes.txt").read_text()


def test_what_knows_the_person_by_name_goes_like_what_knows_them_by_id(tmp_path, capsys):
    """Rows of every table and corrections, also those that know somebody by row; the rest reads."""
    folder, copy = tmp_path / "cohort", tmp_path / "copy"
    folder.mkdir()
    tables = {
        "mentees": "person_id,name,email,avoid|E3,Inès Vial,ines@x.example,|E4,Bo Ek,bo@x.example,"
        "|E5,Al Moe,al@x.example,",
        "mentors": "person_id,name,email,avoid|M1,Ida Berg,i@x.example,Bo Ek; Inès Vial",
        "rules": "mentee_id,mentor_id,rule|Vial Inès,Ida Berg,never|Bo Ek,M1,must",
        "preferences": "person_id,other_id,role,score|M1,INÈS VIAL,mentor,4|Bo Ek,M1,mentee,3",
        "engagements": "mentee_id,mentor_id,status|Ines Vial,M1,declined|al@x.example,M1,declined",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text.replace("|", "\n") + "\n")
    lines = [
        ("Inès Vial", "department", "", "Iris"),
        ("mentees row 2", "department", "", "Iris"),
        ("mentees row 3", "department", "", "Oak"),
        ("Ida Berg", "avoid", "Bo Ek", "Bo Ek;Inès Vial"),
    ]
    keys = ("person", "column", "before", "after")
    said = [dict(zip(keys, line, strict=True)) | {"who": "ida", "when": "now"} for line in lines]
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in said)
    (folder / "corrections.jsonl").write_text(text)
    who = "Vial, Inès"
    assert run(["forget", who, str(folder), "-o", str(copy)]) == 0
    assert "still name" not in capsys.readouterr().out
    left = "".join(path.read_text() for path in sorted(copy.iterdir()))
    assert not re.search(r"Vial|ines@|Iris", left, re.IGNORECASE)
    assert left.count("Bo Ek") == 6
    assert '"mentees row 2"' in left
    read_cohort(copy)
    pages = folder / "runs" / "one" / "after" / "pages"
    pages.mkdir(parents=True)
    for name in ("Al Moe", "Bo Ek", "Inès Vial"):
        (pages / f"{name}.pdf").write_bytes(b"%PDF-1.7")
        (pages / f"{name}.html").write_text("<p>Inès Vial</p>")
    assert run(["export", who, str(folder)]) == 0
    text = capsys.readouterr().out
    held = json.loads(text)
    assert "Al Moe" not in text
    one = "runs/one/after/pages"
    assert held["not_searched"] == [f"{one}/…", f"{one}/Inès Vial.pdf (encoded)"]
    assert {m["file"] for m in held["mentions"] if AFTER in m["file"]} == {
        f"{one}/…",
        f"{one}/Inès Vial.html",
        f"{one}/Inès Vial.pdf",
    }
    assert {"rules", "preferences", "engagements"} <= held["tables"].keys() | {
        PurePosixPath(one["file"]).stem for one in held["mentions"]
    }
    assert [row["person"] for row in held["tables"]["corrections"]] == ["Inès Vial"]


@pytest.mark.slow
def test_a_name_of_two_people_is_asked_about(tmp_path, capsys):
    """Nobody is forgotten by mistake."""
    folder = named_cohort.write_named_cohort(tmp_path / "cohort")
    table = folder / "mentees.csv"
    table.write_text(table.read_text().replace("Mentee Number3", "Mentee Number4"))
    assert run(["forget", "number4 mentee", str(folder), "-o", str(tmp_path / "c")]) == 3
    assert "2 people have that name" in capsys.readouterr().err


@pytest.mark.slow
def test_an_id_that_is_a_number_is_no_other_number(tmp_path):
    """Years, places and ranks of others that equal it stay; where it is an id it goes."""
    folder, copy = tmp_path / "cohort", tmp_path / "copy"
    folder.mkdir()
    people = [{"person_id": k, "name": f"Ida B{k}", "room": 2, "career_years": 2} for k in range(6)]
    avoid = [{**person, "avoid": "2;5" if k == 1 else ""} for k, person in enumerate(people[:3])]
    named_cohort.write_table(folder, "mentees", avoid)
    named_cohort.write_table(folder, "mentors", [{**one, "capacity": 2} for one in people[3:]])
    one, now = folder / "runs" / "two" / "one", copy / "runs" / "two" / "one"
    assert run(["match", str(folder), "-o", str(one)]) == 0
    said = {"event": "decision", "decision": "lock", "mentee_id": "2", "note": "agreed"}
    (one / "decisions.jsonl").write_text(json.dumps(said) + "\n")
    assert run(["forget", "2", str(folder), "-o", str(copy), "--black-out"]) == 0
    assert (copy / "mentees.csv").read_text().splitlines()[1:] == [
        "0,Ida B0,2,2,",
        "1,Ida B1,2,2,5",
    ]
    assert (copy / "mentors.csv").read_text() == (folder / "mentors.csv").read_text()
    assert '"mentee_id": "removed-' in (now / "decisions.jsonl").read_text()
    assert "<i>2</i>" in (one / "report.html").read_text()
    assert "<i>2</i>" not in (now / "report.html").read_text()
    ranks = [
        [line.split(",")[2] for line in (run / "alternates.csv").read_text().splitlines()]
        for run in (one, now)
    ]
    assert "2" in ranks[0]
    assert ranks[0] == ranks[1]
    assert run(["verify", str(now)]) == 0


@pytest.mark.slow
def test_somebody_under_two_ids_is_taken_out_under_both(tmp_path, capsys):
    """One address and one name are one person; another name at the address is somebody else."""
    folder = named_cohort.write_named_cohort(tmp_path / "cohort")
    table = folder / "mentees.csv"
    row = f"E900,Zsofia O'Dwyer-Nemeth,{named_cohort.ADDRESS},personal,none,,\n"
    other = f"E901,Bela Kun,{named_cohort.ADDRESS},personal,as E900 said,,\n"
    table.write_text(table.read_text() + row + other)
    for who in (PERSON, "E900", named_cohort.NAME):
        target = tmp_path / f"without-{len(list(tmp_path.iterdir()))}"
        assert run(["forget", who, str(folder), "-o", str(target), "--black-out"]) == 0
        left = "".join(p.read_text() for p in target.rglob("*.csv"))
        assert "E900" not in left
        assert "Bela Kun" in left
        assert "M017," not in left


@pytest.mark.parametrize("person", ["s1", "s2", "Ilse Novak", "i.nowak@x.org"])
def test_two_sign_ups_that_are_said_to_be_one_go_together(tmp_path, person):
    """Whichever id, name or address is given: what is answered in [resolve] holds here too."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    rows = ["s1,Ilse Nowak,i.nowak@x.org,mentee", "s2,Ilse Novak,i.nowak+2@x.org,mentee"]
    rows += ["s3,Pip Orr,pip@x.org,mentee", "s4,Ray Sol,ray@x.org,mentor"]
    (folder / "signups.csv").write_text("\n".join(["person_id,name,email,role", *rows]) + "\n")
    (question,) = (q for q in read_cohort(folder).questions if q.column == "person_id")
    (folder / "matcher.toml").write_text(f'[resolve]\n{question.key} = "yes"\n')
    assert run(["forget", person, str(folder), "-o", str(tmp_path / "copy")]) == 0
    left = (tmp_path / "copy" / "signups.csv").read_text()
    assert left.splitlines()[1:] == rows[2:]
    told = tmp_path / "theirs.json"
    assert run(["export", person, str(folder), "-o", str(told)]) == 0
    assert all(name in texts_of(told) for name in ("Ilse Nowak", "Ilse Novak"))


def test_a_line_of_a_calendar_that_is_folded_amid_a_name_is_read_whole():
    """And written whole where something in it goes; what names nobody stays to the byte."""
    content = b"BEGIN:VCALENDAR\r\nSUMMARY:Ann Lee and Wilhelmina Featherstoneh\r\n augh\r\n"
    file = held_file(content, PurePosixPath("runs/one/after/day.ics"), Config())
    assert "Featherstonehaugh" in "".join(file.lines)
    assert file.changed({}, lambda text: text) == content
    assert b"SUMMARY:Ann Lee and X\r\n" in file.changed(
        {}, lambda text: text.replace("Wilhelmina Featherstonehaugh", "X")
    )


def test_people_of_like_names_stay_as_they_are(tmp_path, capsys):
    """Namesakes keep names and addresses, and whom to avoid is named where it may be one."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    rows = ["s1,Eva Berg-Lund,eva.lund@x.org,mentee,", "s2,Eva Lund,elund7@x.org,mentor,"]
    rows += ["s3,Eva Berg-Lund,e.lund@x.org,mentor,", "s4,Pip Orr,p@x.org,mentee,Eva Lund"]
    rows += [
        "s5,Ole Ra,o@x.org,mentee,Bo; Eva Berg-Lund",
        "s6,Bo Vik,b@x.org,mentor,see e.lund@x.org",
    ]
    (folder / "signups.csv").write_text(
        "\n".join(["person_id,name,email,role,avoid", *rows]) + "\n"
    )
    assert run(["forget", "s1", str(folder), "-o", str(tmp_path / "copy"), "--black-out"]) == 0
    assert (tmp_path / "copy" / "signups.csv").read_text().splitlines()[1:] == rows[1:]
    told = capsys.readouterr().out
    assert "name (namesake): rows 2, 3" in told
    assert "avoid (namesake): rows 4, 5, 6" in told


def test_numbers_by_which_a_joined_file_names_people_are_theirs(tmp_path, capsys):
    """Whose staff number it is the file says: out of whom people report to, listed in texts."""
    folder, said = tmp_path / "cohort", 'join = ["First", "Last"]'
    folder.mkdir()
    people = ["Ada Moe", "Ben Poe", "Cy Roe", "Di Soe", "Ed Toe"]
    signups = [f"s{k},{name},mentee,{3 * '90210 '}" for k, name in enumerate(people)]
    staff = [f"9021{k},{name.replace(' ', ',')},90210" for k, name in enumerate(people)]
    (folder / "signups.csv").write_text("\n".join(["person_id,name,role,goals", *signups]) + "\n")
    (folder / "staff.csv").write_text("\n".join(["Personalnr,First,Last,Chef", *staff]) + "\n")
    columns = '[columns.signups]\nChef = "line_manager"\nPersonalnr = "ignore"\n'
    (folder / "matcher.toml").write_text(f'[tables.staff]\nfile = "staff.csv"\n{said}\n{columns}')
    assert run(["forget", "Ada Moe", str(folder), "-o", str(tmp_path / "copy")]) == 0
    left = (tmp_path / "copy" / "staff.csv").read_text().splitlines()[1:]
    assert left == [row.replace(",90210", ",") for row in staff[1:]]
    assert "goals (like the id): rows 2, 3, 4, 5" in capsys.readouterr().out
