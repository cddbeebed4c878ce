"""What would be dropped, cut or taken for another thing in silence is told."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import unicodedata
from pathlib import Path

import pytest

from matcher.cli.main import run
from matcher.cohort.ids import parse_id, plain_address
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config
from matcher.config.load import load_config
from matcher.errors import ConfigError, Finding
from matcher.intake import check_cohort
from matcher.intake.presets import PRESETS
from matcher.text import INVISIBLE, fold
from matcher.vocabulary import is_protected

HEADERS = {
    "rules": "mentee_id,mentor_id,rule",
    "preferences": "person_id,other_id,role,score",
    "engagements": "mentee_id,mentor_id,status,start",
    "contacts": "person_id,contact_id",
    "contact_ties": "person_id,contact_id,other_contact_id",
    "audit_notes": "person_id,kind,text",
    "outcomes": "mentee_id,mentor_id,rating",
    "groups": "person_id,team",
    "consents": "person_id,consent",
}


@pytest.mark.slow
@pytest.mark.parametrize("table", HEADERS)
@pytest.mark.parametrize("below", ["\n", "\n,\n \u00a0,\n"], ids=["nothing", "blank rows"])
def test_a_table_of_a_header_alone_is_told(folder, table: str, below: str) -> None:
    """Who must never meet or withdrew stands in four: those stop, the others are named."""
    commas = "," * (HEADERS[table].count(",") - 1)
    folder.write(table, HEADERS[table] + below.replace(",", f",{commas}"))
    stops = table in ("rules", "preferences", "engagements", "consents")
    told = [f for f in folder.check() if f.table == table]
    assert [f.code for f in told] == ["E_NO_ROWS" if stops else "W_NO_ROWS"]


@pytest.mark.slow
def test_an_empty_table_of_a_database_is_the_usual_thing(tmp_path: Path) -> None:
    """A schema has all tables, so there it is told and nothing stops."""
    pytest.importorskip("sqlalchemy", reason="the extra [sql] is not installed")
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.executescript(
            "create table mentees (person_id text); insert into mentees values ('e1');"
            "create table mentors (person_id text); insert into mentors values ('r1');"
            "create table rules (mentee_id text, mentor_id text, rule text);"
        )
    base.close()
    told = check_cohort(f"sqlite:///{tmp_path / 'a.db'}", Config())
    assert [(f.code, f.table) for f in told] == [("W_NO_ROWS", "rules")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "char",
    [
        *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200d\u2060\u2065\u2800",
        *"\u3164\ufe00\ufe0f\ufeff\uffa0\ufff0\U0001d173\U000e0001\U000e0100\U000e0fff\u202e",
    ],
    ids=lambda char: f"U+{ord(char):04X}",
)
def test_what_cannot_be_seen_in_an_id(folder, char: str) -> None:
    """Two people whose ids look alike are no two people: an id shows all of its characters."""
    folder.write("mentees", f"person_id,name\ne1,Ada\ne{char}1,Ben\n{char}e3,Cas\n")
    told = [f for f in folder.check() if not f.is_warning]
    assert [(f.code, f.row) for f in told] == [("E_ID_CHARS", 3), ("E_ID_CHARS", 4)]
    folder.write("mentees", "person_id,name\ne1,Ada\n")
    folder.write("rules", f"mentee_id,mentor_id,rule\ne1{char},r1,never\n")
    assert "E_ID_CHARS" in folder.codes()


def test_no_invisible_character_is_forgotten() -> None:
    """Whatever Unicode calls a format character or a variation selector is among the invisible."""
    for char in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(char) == "Cf" or "VARIATION SEL" in unicodedata.name(char, ""):
            assert isinstance(parse_id(f"a{char}b"), Finding)


@pytest.mark.parametrize("char", ["\u200b", "\u034f", "\ufe0f", "\u3164", "\u2800", "\U000e0100"])
def test_names_and_addresses_compare_without_them(char: str) -> None:
    """What nobody sees makes no other person."""
    assert fold(f"A{char}da\u00e9") == "ada\u00e9"
    assert plain_address(f"ada{char}@x.org") == "ada@x.org"
    assert INVISIBLE.sub("", "Zoë Öztürk 李 \u05d0") == "Zoë Öztürk 李 \u05d0"


@pytest.mark.parametrize("day", ["2262-04-12", "9999-12-31", "0001-01-01", "1899-12-31"])
@pytest.mark.parametrize("key", ["as_of", "start"])
def test_a_day_that_no_table_could_hold(tmp_path: Path, key: str, day: str) -> None:
    """Refused with the range before anything is read."""
    path = tmp_path / "c.toml"
    path.write_text(f"[programme]\n{key} = {day}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="E_CONFIG") as caught:
        load_config(path)
    assert re.search(r"1900-01-01|2200-12-31", str(caught.value))


@pytest.mark.parametrize("day", ["2262-04-12", "9999-12-31", "0001-01-01"])
def test_a_day_in_a_table_that_none_could_hold(folder, day: str) -> None:
    """The same of a cell."""
    folder.write("mentees", f"person_id,waiting_since\ne1,{day}\n")
    assert "E_DATE" in folder.codes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "title",
    [
        "Do you identify as trans?",
        "What is your ethnic background (please tick one)?",
        "Do you consider yourself to have a disability?",
        "How old are you?",
        "Sex / Gender",
        "Geschlecht",
        "Haben Sie eine Behinderung?",
        "Quel est votre âge ?",
        "¿Cuál es su orientación sexual?",
        "Płeć",
        "What is your religion? This is used for monitoring only.",
        "trans",
        "Is your gender identity the same as the sex you were assigned at birth?",
        "How do you describe yourself (woman, man, non-binary)?",
        "Are you gay, lesbian, bi or straight?",
        "Q12 Gender",
        "EDI: ethnicity",
        "Are you Muslim, Christian, Jewish, Hindu or none?",
        "Raça/cor",
        "Ваш пол и возраст",
        "Születési dátum:",
        "性别 (选填)",
        "성별",
        "الجنس",
        "Do you consider yourself to be disabled under the Equality Act 2010?",
    ],
)
def test_a_question_of_a_protected_attribute(folder, title: str) -> None:
    """As a plain column, as a feature's or unmapped it is refused; `groups` takes it."""
    with pytest.raises(ValueError, match="groups"):
        Config.model_validate({"columns": {title: "location"}})
    feature = {"name": "x", "kind": "same", "mentee": [title], "mentor": [title], "weight": 1}
    with pytest.raises(ValueError, match="protected attribute"):
        Config.model_validate({"features": [feature]})
    folder.write("mentees", f'person_id,"{title}"\ne1,yes\n')
    (told,) = [f for f in folder.check() if not f.is_warning]
    assert told.code == "E_PROTECTED_COLUMN"
    assert "groups" in told.remedy
    assert folder.codes(columns={title: "groups.asked"}) == set()


@pytest.mark.parametrize(
    "title",
    [
        "transport",
        "Translation",
        "Which races have you run",
        "Interest in gender research",
        "Age of your organisation",
        "What is your background?",
        "Which group do you belong to?",
        "Do you speak other languages?",
        "Would you mentor people with disabilities?",
        "How do you describe yourself at work?",
        "Black belt in Six Sigma",
        "Do you work with wheelchair users?",
        "How old is your company?",
        "Alter Arbeitgeber",
        "Igen / Nem",
        "性别平等项目经验",
        "Национальные проекты",
    ],
)
def test_a_question_of_something_else(title: str) -> None:
    """A word in passing makes no protected attribute."""
    assert not is_protected(title)
    Config.model_validate({"columns": {title: "location"}})


def test_our_own_columns_ask_for_none() -> None:
    """No declared column and no title that a form tool writes by itself is taken for one."""
    named = {column.name for spec in (*TABLES.values(), SIGNUPS) for column in spec.columns}
    own = {title for preset in PRESETS.values() for title in preset.own}
    assert [title for title in named | own if is_protected(title)] == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such paths")
def test_a_path_that_is_no_utf_8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cohort, config and run may lie anywhere: it works, and the run is found and verified."""
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    place.mkdir()
    for name, text in (
        ("mentees", "person_id,purposes\ne1,personal\n"),
        ("mentors", "person_id,purposes\nr1,\n"),
    ):
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    (place / "c\udcff.toml").write_text("[programme]\nname = 'x'\n", encoding="utf-8")
    config, out = str(place / "c\udcff.toml"), str(place / "o\udcff")
    assert run(["match", str(place), "-c", config, "-o", out]) == 0, capsys.readouterr().err
    assert run(["verify", out]) == 0
    assert run(["approve", out, "--by", "Jos\udce9", "--reason", "read"]) == 0
    assert run(["export", "e1", str(place), "-o", str(place / "e\udcff.json")]) == 0
    capsys.readouterr()
    assert run(["record", str(place), "e1", "r1", "sent", "--by", "Jos\udce9"]) == 7
    assert "is not UTF-8" in capsys.readouterr().err
    assert run(["check", str(place / "no\udcff")]) == 3
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("title", "said", "mapped", "code"),
    [
        ("Chi ti farebbe passare la voglia?", ("Cas", "Dee"), False, "E_UNKNOWN_COLUMN"),
        ("Wer verdirbt dir die Lust?", ("Em aus HH", "weiß ich noch"), False, "E_UNKNOWN_COLUMN"),
        ("Leggiamo noi le risposte", ("Leggete", "Lasciate"), True, "E_UNKNOWN_COLUMN"),
        ("Leggiamo noi le risposte", ("Leggete", "Lasciate"), False, "W_UNUSED_COLUMN"),
        ("Talla de camisa", ("40", "38"), True, "W_UNUSED_COLUMN"),
    ],
)
def test_what_nothing_maps_stops_where_map_would_ask_whom_to_keep_apart(
    folder, title: str, said: tuple[str, str], *, mapped: bool, code: str
) -> None:
    """Whatever its words; by cells alone only in a form that somebody maps."""
    rows = [
        f"e{k},{name},{text}"
        for k, (name, text) in enumerate(
            zip(("Ada A", "Bo B", "Cy C"), (*said, said[0]), strict=True)
        )
    ]
    folder.write("mentees", "\n".join([f"person_id,Nome,{title}", *rows, ""]))
    columns = {"mentees": {"Nome": "name"}} if mapped else {}
    told = [f for f in folder.check(columns=columns) if f.column == title]
    assert [f.code for f in told if f.code != "W_QUESTION"] == [code]
    assert (title in told[0].remedy) == (code[0] == "E")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("matcher.toml.txt", "matcher.toml"),
        ("matcher (1).toml", "matcher.toml"),
        ("Copy of matcher.toml", "matcher.toml"),
        ("corrections.json", "corrections.jsonl"),
        ("corrections.jsonl.txt", "corrections.jsonl"),
    ],
)
def test_a_config_or_corrections_under_nearly_their_name(folder, name: str, meant: str) -> None:
    """What an editor or a download called otherwise is told, unless the right file is there."""
    folder.write("mentees", "person_id\ne1\n")
    (folder.path / name).write_text("", encoding="utf-8")
    (told,) = [f for f in folder.check() if f.code == "W_UNUSED_TABLE"]
    assert f"rename it {meant}" in told.remedy
    (folder.path / meant).write_text("", encoding="utf-8")
    assert "W_UNUSED_TABLE" not in {f.code for f in folder.check()}
