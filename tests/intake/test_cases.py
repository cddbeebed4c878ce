"""The cases after public bug reports: each folder gives its right result, or is skipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matcher.config import load_config
from matcher.intake import check_cohort, read_cohort

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "intake"


def case(name: str) -> Path:
    """Return the folder of a case."""
    if not (CASES / name).is_dir():
        pytest.skip(f"{name} is not beside the repository")
    return CASES / name


def column(name: str, of: str, extra: str = "", tmp: Path | None = None) -> dict[str, Any]:
    """Return a column of everybody of a case, by id; `extra` is further config."""
    folder = case(name)
    config = load_config(folder / "matcher.toml") if (folder / "matcher.toml").exists() else None
    if tmp is not None:
        own = folder / "matcher.toml"
        (tmp / "m.toml").write_text((own.read_text() if own.exists() else "") + extra)
        config = load_config(tmp / "m.toml")
    cohort = read_cohort(folder, config)
    return {
        row["person_id"]: row.get(of)
        for frame in (cohort.mentees, cohort.mentors)
        for row in frame.to_dict("records")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "of", "right"),
    [
        (
            "01-redcap-checked",
            "expertise",
            "m1 Statistics|m2 Grant writing|m3 Qualitative methods"
            "|t1 Qualitative methods|t2 Statistics|t3 Grant writing",
        ),
        ("02b-cplusplus", "expertise", "m1 C|m2 C++|m3 C#|t1 C|t2 C++|t3 C#"),
        (
            "02d-lime",
            "expertise",
            "m1 Statistik|m2 Antrag schreiben|m3 Karriere im Ausland"
            "|t1 Statistik|t2 Antrag schreiben|t3 Karriere im Ausland",
        ),
        ("02e-sole", "availability", "m1 mon-am|m2 |t1 mon-am|t2 "),
        (
            "02f-bare",
            "expertise",
            "m1 Networking|m2 Career planning|t1 Networking|t2 Career planning",
        ),
        (
            "05-list-literal",
            "expertise",
            "m1 grant writing,statistics|m2 grant writing,statistics|m3 ethics"
            "|t1 ethics|t2 grant writing,statistics|t3 grant writing,statistics",
        ),
        ("14-trailing-blank", "expertise", "m1 law|m2 art|t1 law|t2 art"),
        ("38-untitled-column", "expertise", "m1 law|m2 art|t1 law|t2 art"),
        ("55-grid-choice", "expertise", "e1 Algebra|r1 Logic|r2 Algebra"),
    ],
)
def test_lists_are_read_as_they_were_meant(name: str, of: str, right: str) -> None:
    """Items are options, each person's own."""
    wanted = dict(part.split(" ", 1) for part in right.split("|"))
    assert {person: ",".join(items) for person, items in column(name, of).items()} == wanted


def test_titles_that_are_not_latin_differ() -> None:
    """Case 02c."""
    found = column("02c-nonlatin", "expertise")
    assert found["m1"] == found["t1"] != found["m2"] == found["t2"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "extra", "of", "right"),
    [
        ("17-long-form", '[tables.mentees]\nrows = "answers"\n[tables.mentors]\nrows = "answers"\n',
         "expertise", {"m1": ("art", "law"), "t1": ("chess", "maths"), "t2": ("art", "law")}),
        ("20-european-excel", '[input]\npreset = "european-excel"\n', "hours_per_month",
         {"m1": 1.5, "m2": 2.0, "t1": 1.5}),
        ("33-wrong-separator", '[input]\nseparator = ","\n', "expertise",
         {"m1": ("Finance", "Robotics"), "t1": ("Law", "Marketing")}),
        ("23-clock-ranges", '[answers.availability]\n"Fridays after 5" = "fri-eve"\n',
         "availability", {"m1": ("fri-18", "mon-17"), "m2": ("fri-18",), "t1": ("fri-18",)}),
        ("21-number-words", '[numbers.career_years]\n"5+" = 5\n"10-15" = 12\n"15%" = "missing"\n'
         '[numbers.capacity]\n"1 (maybe 2)" = 1\n"50%" = 1\n', "capacity",
         {"t1": 3, "t2": 2, "t3": 1, "t4": 2}),
        ("09b-timezone-words", "", "timezone",
         {"t1": "America/New_York", "t2": "Etc/GMT-10", "t3": "Australia/Sydney"}),
    ],
)  # fmt: skip
def test_config_alone_makes_it_right(
    tmp_path: Path, name: str, extra: str, of: str, right: dict[str, Any]
) -> None:
    """One or two keys, and nobody edits the file."""
    found = column(name, of, extra, tmp_path)
    assert {person: found[person] for person in right} == right


def test_a_wrong_separator_is_told() -> None:
    """Case 33, as it stands."""
    assert {f.code for f in check_cohort(case("33-wrong-separator"))} == {"W_SEPARATOR"}


@pytest.mark.slow
def test_write_ins_cost_nobody_a_place(tmp_path: Path) -> None:
    """Case 03: with a catch-all, and with --set-aside."""
    folder = case("03-other-specify")
    text = (folder / "matcher.toml").read_text()
    (tmp_path / "m.toml").write_text(f'{text}\n"*" = "missing"\n')
    for cohort in (
        read_cohort(folder, load_config(tmp_path / "m.toml")),
        read_cohort(folder, load_config(folder / "matcher.toml"), set_aside=True),
    ):
        assert (len(cohort.mentees), len(cohort.mentors)) == (3, 3)
        assert [f.code for f in cohort.findings] == ["W_WRITE_IN", "W_WRITE_IN"]


def test_choices_become_preferences() -> None:
    """Case 11."""
    folder = case("11-ranked-choices")
    cohort = read_cohort(folder, load_config(folder / "matcher.toml"))
    assert cohort.preferences["score"].tolist() == [5, 5]


def test_surveymonkey_loads_by_config(tmp_path: Path) -> None:
    """Case 27: the preset and the vocabulary's words."""
    words = '"Confidence" = "confidence"\n"Managing change" = "managing_change"\n'
    words += '"Skills development" = "skills_development"\n"*" = "missing"\n'
    text = (case("27-surveymonkey") / "matcher.toml").read_text()
    text = text.replace("[input]", '[input]\npreset = "surveymonkey"')
    (tmp_path / "m.toml").write_text(f"{text}[answers.contexts]\n{words}")
    cohort = read_cohort(case("27-surveymonkey"), load_config(tmp_path / "m.toml"))
    assert cohort.mentees["contexts"].tolist() == [
        ("skills_development", "confidence"),
        ("managing_change",),
    ]
    assert len(cohort.mentors) == 2


@pytest.mark.slow
def test_files_of_other_names(tmp_path: Path) -> None:
    """Cases 22 and 22b."""
    text = "".join(
        f'[tables.{table}s]\nfile = "{table.capitalize()} Sign Up*.csv"\n'
        for table in ("mentee", "mentor")
    )
    (tmp_path / "m.toml").write_text(text)
    assert len(read_cohort(case("22-file-names"), load_config(tmp_path / "m.toml")).mentees) == 1
    assert len(read_cohort(case("22b-file-case")).mentors) == 1


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("39-no-header", {"E_HEADER", "E_MISSING_COLUMN"}),
        ("29-email-spellings", {"E_EMAIL"}),
        ("34-dates-with-times", set()),
        ("56-blank-number", set()),
        ("17-long-form", {"E_DUP_ID"}),
    ],
)
def test_what_is_told(name: str, codes: set[str]) -> None:
    """Loud where it must be, silent where nothing is wrong."""
    assert {finding.code for finding in check_cohort(case(name))} == codes
