"""Under pseudonyms nothing names or quotes a person, and the key alone joins back."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from matcher.cli.main import run
from matcher.cohort import Cohort
from matcher.cohort.questions import AskedQuestion, told_questions
from matcher.cohort.tables import TABLES
from matcher.config import load_config
from matcher.errors import Finding, StorageError
from matcher.intake import read_cohort
from matcher.privacy.pseudonyms import (
    PATTERN,
    default_key_path,
    hide_answers,
    hide_text,
    make_or_read_key,
    pseudonym,
    pseudonymise,
    pseudonyms_of,
    read_key,
    revealed,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "cohort"
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    """Return the example cohort."""
    return read_cohort(EXAMPLE)


def _cells(cohort: Cohort) -> set[str]:
    """Return every text in every table, list items one by one."""
    found: set[str] = set()
    for name in TABLES:
        frame = getattr(cohort, name, pd.DataFrame())
        for column in frame.columns:
            for cell in frame[column]:
                found.update(cell if isinstance(cell, tuple) else [cell])
    return {text for text in found if isinstance(text, str)}


@pytest.mark.slow
def test_no_id_name_or_address_is_left(cohort: Cohort) -> None:
    """Neither an id nor a name, e-mail address or initials of a contact survives in a table."""
    before, after = _cells(cohort), _cells(pseudonymise(cohort, KEY))
    private = set(pseudonyms_of(cohort, KEY))
    for side in (cohort.mentees, cohort.mentors):
        for column in ("name", "preferred_name", "email"):
            private |= set(side[column].dropna())
    assert private & before
    assert not private & after


@pytest.mark.slow
def test_writers_get_no_free_text(cohort: Cohort) -> None:
    """Goals, biographies, reasons and notes are gone from what files are written from."""
    texts = {*cohort.mentees["goals"].dropna(), *cohort.mentors["bio"].dropna()}
    texts |= {*cohort.audit_notes["text"].dropna(), *cohort.contacts["reasons"].dropna()}
    hidden = pseudonymise(cohort, KEY)
    assert texts
    assert hidden.mentors["bio"].notna().any()
    assert not texts & _cells(hide_text(hidden))


def test_writers_get_no_words_that_tell_who_it_is(cohort: Cohort) -> None:
    """Expertise is people's own words, and an employer narrows down who somebody is."""
    hidden = pseudonymise(cohort, KEY)
    assert hidden.mentors["organisation"].notna().any()
    assert hidden.mentors["expertise"].map(len).any()
    shown = hide_text(hidden)
    for frame in (shown.mentees, shown.mentors, shown.contacts):
        assert not frame["organisation"].notna().any()
    for frame in (shown.mentees, shown.mentors):
        assert not frame["department"].notna().any()
        assert not frame["expertise"].map(len).any()


def test_dtypes_and_links_are_kept(cohort: Cohort) -> None:
    """The tables are as the consumers expect them, sorted, and still name the same people."""
    hidden = pseudonymise(cohort, KEY)
    assert hidden.mentees["person_id"].is_monotonic_increasing
    assert hidden.mentees.dtypes.equals(cohort.mentees.drop(columns="source_row").dtypes)
    engaged = set(hidden.engagements["mentor_id"])
    assert engaged == {pseudonym(person, KEY) for person in cohort.engagements["mentor_id"]}
    manager = cohort.mentees.set_index("person_id")["line_manager"].dropna()
    after = hidden.mentees.set_index("person_id")["line_manager"]
    assert after[pseudonym(manager.index[0], KEY)] == pseudonym(manager.iloc[0], KEY)


def test_no_question_or_warning_tells_who_or_in_which_row(cohort: Cohort) -> None:
    """Ids are hidden before any sign, and no row is told."""
    asked = AskedQuestion(
        "q-0a1b", "mentors", 17, "avoid", "P0007", ("P0031", "P0012"), "wer ist gemeint?", "",
        rows=("mentees row 32", "mentors row 4"),
    )  # fmt: skip
    told = [
        Finding("W_X", "P0007: rows 8, 9 and 12 say «P0012»", "ask P0031's", "mentees", 8, "goals"),
        Finding("W_X", "of P0012 in row 31", record="P0031", pair=("P0007", "P0012")),
    ]
    seen = replace(
        cohort, questions=(asked,), findings=(*told_questions([asked]), *told),
        set_aside=(("P0012", told[1].at("mentees", 31)),),
    )  # fmt: skip
    hidden = pseudonymise(seen, KEY)
    a, b, c = (pseudonym(person, KEY) for person in ("P0007", "P0012", "P0031"))
    first, second, third = hidden.findings
    assert first.message.startswith(f"{a}: wer ist gemeint? (")
    assert (second.message, second.remedy) == (f"{a}: rows … say «{b}»", f"ask {c}'s")
    assert (third.told, third.pair) == (f"of {b} in row … (record {c})", (a, b))
    every = [*hidden.findings, *(finding for _, finding in hidden.set_aside)]
    assert not re.search(r"P00|row \d|q-0a1b", repr(every) + repr(hidden.questions))
    assert {finding.row for finding in every} == {None}
    question = hidden.questions[0]
    assert (question.likely, question.answer) == (tuple(sorted((b, c))), "")


def test_an_id_of_figures_alone_is_no_count(cohort: Cohort) -> None:
    """A pseudonym where a count may stand would tell whose it is."""
    people = cohort.mentees.assign(person_id=[str(k) for k in range(len(cohort.mentees))])
    told = Finding("W_X", "rows set aside: 12, of 12 and 500")
    hidden = pseudonymise(replace(cohort, mentees=people, findings=(told,)), KEY)
    assert hidden.findings[0].message == "rows set aside: …, of … and 500"


def test_the_input_is_not_changed(cohort: Cohort) -> None:
    """The cohort that was given still names its people."""
    before = cohort.mentees.copy()
    pseudonymise(cohort, KEY)
    pd.testing.assert_frame_equal(before, cohort.mentees)


def test_another_key_gives_other_pseudonyms(cohort: Cohort) -> None:
    """Two programmes with two keys cannot join their runs."""
    assert not set(pseudonyms_of(cohort, KEY).values()) & set(
        pseudonyms_of(cohort, KEY[::-1]).values()
    )


def test_reveal_undoes_the_hash(cohort: Cohort) -> None:
    """Key and cohort together give the ids back, inside longer texts too."""
    people = {alias: person for person, alias in pseudonyms_of(cohort, KEY).items()}
    person = cohort.mentees["person_id"].iloc[0]
    assert revealed(f"{pseudonym(person, KEY)} waits", people) == f"{person} waits"
    assert revealed("x-0000000000000000", people) == "x-0000000000000000"
    assert all(PATTERN.fullmatch(alias) for alias in people)


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """The second run finds the key of the first; nobody else may read it."""
    path = default_key_path(str(tmp_path))
    key = make_or_read_key(path)
    assert make_or_read_key(path) == read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    """A file of another kind or a missing one ends in a finding."""
    (tmp_path / "k").write_text("secret")
    with pytest.raises(StorageError, match="E_KEY"):
        read_key(tmp_path / "k")
    with pytest.raises(StorageError, match="E_NOT_FOUND"):
        read_key(tmp_path / "none")


def test_a_question_names_no_row_beside_a_pseudonym(tmp_path):
    """Who knows the order of the sign-ups would know whose the pseudonym is."""
    rows = "s1,Noa Pell,mentee\ns2,Ray Sol,mentor\ns3,Noa Pell,mentee\n"
    (tmp_path / "signups.csv").write_text("person_id,name,role\n" + rows)
    cohort = read_cohort(tmp_path)
    assert any("row" in question.message for question in cohort.questions)
    hidden = pseudonymise(cohort, bytes(32))
    said = " ".join([q.message for q in hidden.questions] + [f.message for f in hidden.findings])
    assert not re.search(r"rows? \d|equal", said)


def test_no_fault_names_anybody_and_under_pseudonyms_none_quotes(tmp_path, capsys, cohort):
    """Tables may know people by full name, of one word even; what is written is theirs."""
    tables = {
        "mentees": "person_id,name,goals,purposes|s1,Noa Pell,to fly,xyzzy|s1,Ina Oz,to sail,",
        "mentors": "person_id,name|s3,Ray Sol|s4,Madonna",
        "preferences": "person_id,other_id,score|Noa Pell,Ray Sol,9|Madonna,Prince,3|Prince,s3,9",
        "rules": "mentee_id,mentor_id,rule|s7,Madonna,never",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text.replace("|", "\n") + "\n")
    (tmp_path / "Noa Pell 1to1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "matcher.toml").write_text('[programme]\ncontact = "Ray Sol <ray@x.example>"\n')
    assert run(["check", str(tmp_path)]) == 3
    told = capsys.readouterr().err
    assert not re.search("(?i)noa pell|ray|madonna|prince", told.replace("Noa Pell 1to1.csv", ""))
    assert "preferences:2:score" in told
    assert run(["match", str(tmp_path), "--pseudonymise"]) == 3
    hidden = capsys.readouterr().err
    assert not re.search(r"(?i)noa|xyzzy|\bs\d|\bx-|:\d+:|rows? \d", hidden)
    codes = [re.findall(r"(?m)^ERROR (\w+)", text) for text in (told, hidden)]
    assert set(codes[0]) == set(codes[1])
    settings = load_config(None, cohort=tmp_path)
    assert hide_answers(settings, cohort, KEY).programme.contact == ""
