"""Exports as nine form tools write them, in other words and languages, loaded by config alone."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from matcher.cohort import Cohort
from matcher.config import load_config
from matcher.errors import InputError
from matcher.intake import check_cohort, read_cohort


def load(folder: Path, files: dict[str, str | bytes], config: str) -> Cohort:
    """Read a folder of these files and this matcher.toml."""
    for name, content in {**files, "matcher.toml": config}.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cohort(folder, load_config(folder / "matcher.toml"))


def told(cohort: Cohort) -> set[str]:
    """Return the codes of warnings."""
    return {finding.code for finding in cohort.findings}


def book(rows: list[list[object]]) -> bytes:
    """Return a workbook of one sheet."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        sheet = made.add_worksheet("Form1")
        for k, row in enumerate(rows):
            sheet.write_row(k, 0, row)
    return stream.getvalue()


def test_microsoft_forms_in_spanish(tmp_path: Path) -> None:
    """The tool's own columns are known in its language; answers keep their accents."""
    titles = [
        "ID",
        "Hora de inicio",
        "Hora de finalizaci\u00f3n",
        "Correo electr\u00f3nico",
        "Nombre",
    ]
    rows: list[list[object]] = [
        [*titles, "\u00bfPapel?", "\u00bfEn qu\u00e9 quieres ayuda?", "\u00bfCu\u00e1ndo?"],
        [1, "2026-02-01 10:00:00", "2026-02-01 10:05:00", "ana@example.org", "Ana",
         "Busco mentor", "Oratoria;Finanzas;", "lunes por la ma\u00f1ana;viernes 18:00-19:00;"],
        [2, "2026-02-02 10:00:00", "2026-02-02 10:05:00", "leo@example.org", "Leo",
         "Quiero ser mentor", "Finanzas;", "lunes por la ma\u00f1ana;"],
    ]  # fmt: skip
    cohort = load(
        tmp_path,
        {"Inscripci\u00f3n(1-2).xlsx": book(rows)},
        '[tables.signups]\nfile = "Inscripci\u00f3n*.xlsx"\npreset = "ms-forms"\n'
        '[input]\nid = "email"\n[columns]\n"\u00bfPapel?" = "role"\n'
        '"\u00bfEn qu\u00e9 quieres ayuda?" = "expertise"\n"\u00bfCu\u00e1ndo?" = "availability"\n'
        '[answers.role]\n"Busco mentor" = "mentee"\n"Quiero ser mentor" = "mentor"\n',
    )
    assert cohort.mentees["expertise"].tolist() == [("Finanzas", "Oratoria")]
    assert cohort.mentees["availability"].tolist() == [("fri-18", "mon-am")]
    assert (cohort.as_of.isoformat(), told(cohort)) == ("2026-02-02", set())


def test_google_forms_in_dutch_with_a_checkbox_grid(tmp_path: Path) -> None:
    """The row of the grid is the day, the cell its parts; commas join items."""
    head = "Tijdstempel,E-mailadres,Wanneer? [maandag],Wanneer? [dinsdag],Onderwerpen\n"
    cohort = load(
        tmp_path,
        {
            "mentees.csv": head
            + '01-03-2026 10:00:00,a@example.org,"ochtend, avond",,"Recht, Kunst"\n',
            "mentors.csv": head + "25-03-2026 10:00:00,b@example.org,,middag,Kunst\n",
        },
        '[input]\npreset = "google-forms"\nid = "email"\n[columns]\n'
        '"Wanneer?" = "availability"\n"Onderwerpen" = "expertise"\n',
    )
    assert cohort.mentees["availability"].tolist() == [("mon-am", "mon-eve")]
    assert cohort.mentors["availability"].tolist() == [("tue-pm",)]
    assert cohort.mentees["expertise"].tolist() == [("Kunst", "Recht")]


QUALTRICS = (
    "StartDate,Status,RecordedDate,ResponseId,RecipientEmail,Q7_1,Q7_2,Q7_9_TEXT,Q8\n"
    "Start Date,Response Type,Recorded Date,Response ID,Recipient Email,"
    "Which topics? - Selected Choice - Law,Which topics? - Selected Choice - Art,"
    "Which topics? - Other (please say) - Text,Years of work\n"
    '{{""ImportId"":""x""}}'.replace('{{""ImportId"":""x""}}', '"{""ImportId"":""x""}"')
    + ',"{""ImportId"":""y""}"' * 8
    + "\n2026-01-05 10:00:00,%s,2026-01-05 10:01:00,R_1,%s,%s,%s,%s,five years\n"
)


@pytest.mark.parametrize(
    ("status", "law", "art"),
    [("IP Address", "Law", "Art"), ("0", "1", "1")],
    ids=["labels", "codes"],
)
def test_qualtrics_with_labels_and_with_codes(
    tmp_path: Path, status: str, law: str, art: str
) -> None:
    """Three header rows; the options stand in the second one, whatever a tick looks like."""
    cohort = load(
        tmp_path,
        {
            "mentees.csv": QUALTRICS % (status, "a@example.org", law, "", "chess"),
            "mentors.csv": QUALTRICS % (status, "b@example.org", law, art, ""),
        },
        '[input]\npreset = "qualtrics"\nid = "email"\n[columns]\n'
        '"Which topics?" = "expertise"\n"Q8" = "career_years"\n',
    )
    assert cohort.mentees["expertise"].tolist() == [("Law", "chess")]
    assert cohort.mentors["expertise"].tolist() == [("Art", "Law")]
    assert cohort.mentees["career_years"].tolist() == [5]
    assert told(cohort) == set()


SURVEYMONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,"
    "Custom Data 1,Where can you help?,,,,Years?,Rank these,,\n"
    ",,,,,,,,,Budgets,Hiring,Speaking,Other (please specify),Open-Ended Response,Law,Art,Music\n"
    "%s\n"
)


@pytest.mark.slow
def test_surveymonkey_with_two_header_rows(tmp_path: Path) -> None:
    """Options stand below their question; a ranking is read once the numbers mean something."""
    start = "01/15/2026 09:00:00 AM,01/15/2026 09:10:00 AM,1.1.1.1"
    files: dict[str, str | bytes] = {
        "mentees.csv": SURVEYMONKEY
        % f"11,1,{start},a@example.org,,,,Budgets,,Speaking,,3 years,2,1,3",
        "mentors.csv": SURVEYMONKEY % f"21,1,{start},b@example.org,,,,,Hiring,,bees,ten,1,2,3",
    }
    config = (
        '[input]\npreset = "surveymonkey"\nid = "email"\nordered = ["expertise"]\n[columns]\n'
        '"Where can you help?" = "expertise"\n"Years?" = "career_years"\n"Rank these" = "ignore"\n'
    )
    cohort = load(tmp_path, files, config)
    assert cohort.mentees["expertise"].tolist() == [("Budgets", "Speaking")]
    assert cohort.mentors["expertise"].tolist() == [("Hiring", "bees")]
    assert cohort.mentors["career_years"].tolist() == [10]
    assert (cohort.as_of.isoformat(), told(cohort)) == ("2026-01-15", set())
    ranked = config.replace('help?" = "expertise"', 'help?" = "ignore"')
    ranked = ranked.replace('these" = "ignore"', 'these" = "expertise"')
    with pytest.raises(InputError, match="E_OPTION"):
        load(tmp_path, files, ranked)
    ranked += "[scales.expertise]\n1 = 3\n2 = 2\n3 = 1\n"
    assert load(tmp_path, files, ranked).mentees["expertise"].tolist() == [("Art", "Law", "Music")]


def test_surveymonkey_condensed_has_a_blank_second_row(tmp_path: Path) -> None:
    """With the row or without it no answer is lost; without the preset it is named."""
    head = "Respondent ID,Email Address,Topics\n"
    files: dict[str, str | bytes] = {
        "mentees.csv": head + ',,\n5,a@example.org,"Law, Art"\n',
        "mentors.csv": head + "6,b@example.org,Law\n",
    }
    config = '[input]\npreset = "surveymonkey"\nid = "email"\n[columns]\n"Topics" = "expertise"\n'
    cohort = load(tmp_path, files, config)
    assert cohort.mentees["expertise"].tolist() == [("Art", "Law")]
    assert cohort.mentors["expertise"].tolist() == [("Law",)]
    two_rows = SURVEYMONKEY % "11,1,,,,a@example.org,,,,Budgets,,Speaking,,3,1,2,3"
    (tmp_path / "mentees.csv").write_text(two_rows)
    (tmp_path / "matcher.toml").write_text('[input]\nid = "email"\n')
    faults = [f for f in check_cohort(tmp_path) if f.code == "E_HEADER"]
    assert 'preset = "surveymonkey"' in faults[0].remedy


def test_redcap_raw_and_labelled(tmp_path: Path) -> None:
    """Codes behind three underscores are mapped, labels in brackets are the options."""
    raw = (
        "record_id,signup_timestamp,role,topics___1,topics___2,meet___mon_am,signup_complete\n"
        "1,2026-03-01 10:00,1,1,0,1,2\n2,2026-03-02 10:00,2,0,1,0,2\n"
    )
    config = (
        '[tables.signups]\nfile = "export.csv"\npreset = "redcap"\n[columns]\n'
        '"topics" = "expertise"\n'
    )
    coded = (
        config + '"meet" = "availability"\n"signup_timestamp" = "submitted"\n[answers.role]\n'
        '1 = "mentee"\n2 = "mentor"\n[answers.expertise]\n1 = "Grants"\n2 = "Ethics"\n'
    )
    cohort = load(tmp_path, {"export.csv": raw}, coded)
    assert cohort.mentees["expertise"].tolist() == [("Grants",)]
    assert cohort.mentees["availability"].tolist() == [("mon-am",)]
    assert cohort.mentors["expertise"].tolist() == [("Ethics",)]
    labels = (
        "Record ID,Role,Topics (choice=Grants (small)),Topics (choice=Ethics),Complete?\n"
        "1,Mentee,Checked,Unchecked,Complete\n2,Mentor,Unchecked,Checked,Complete\n"
    )
    cohort = load(tmp_path, {"export.csv": labels}, config)
    assert cohort.mentees["expertise"].tolist() == [("Grants (small)",)]
    assert told(cohort) == set()


def test_kobo_with_groups_and_columns_of_options(tmp_path: Path) -> None:
    """The question's own column says the same again; metadata is left out."""
    text = (
        "start;end;g1/role;g1/topics;g1/topics/law;g1/topics/art_history;g1/years;_id;_uuid;"
        "_submission_time;_status;__version__;_index\n"
        "2026-03-01T10:00:00+01:00;;mentee;law art_history;1;1;3;11;a;2026-03-01T10:11:00;;v;1\n"
        "2026-03-01T10:00:00+01:00;;mentor;law;True;False;7;12;bbb;2026-03-04T10:11:00;;v;2\n"
    )
    config = (
        '[input]\npreset = "kobo"\nid = "_id"\n[columns]\n"role" = "role"\n"topics" = "expertise"\n'
        '"years" = "career_years"\n'
    )
    cohort = load(tmp_path, {"signups.csv": text}, config)
    assert cohort.mentees["expertise"].tolist() == [("art_history", "law")]
    assert cohort.mentors["expertise"].tolist() == [("law",)]
    assert (cohort.as_of.isoformat(), told(cohort)) == ("2026-03-04", set())


@pytest.mark.parametrize(
    ("cells", "are_options"),
    [
        (["law art_history", "law"], True),
        (["recht kunst sport", "recht", "kunst recht"], True),
        (["fin_3 lead_1", "lead_2"], True),
        (["italiano e francese", "tedesco e italiano", "italiano"], False),
        (["polski, angielski", "polski"], False),
        (["Project management", "Team leadership", "Project leadership"], False),
        (["public speaking", "team work", "budgets"], False),
    ],
)
def test_kobo_parts_options_by_blanks_and_no_sentences(
    cells: list[str], are_options: bool, tmp_path: Path
) -> None:
    """What a column's cells hold decides, also for whom somebody would not meet."""
    rows = [f"{k};{('mentee', 'mentor')[k % 2]};{c};u;not Bo, no" for k, c in enumerate(cells)]
    text = "\n".join(["_id;role;topics;_uuid;avoid", *rows])
    config = '[input]\npreset = "kobo"\nid = "_id"\n[columns]\n"topics" = "expertise"\n'
    cohort = load(tmp_path, {"signups.csv": text}, config)
    read = [items for side in (cohort.mentees, cohort.mentors) for items in side["expertise"]]
    wanted = [tuple(sorted(cell.split())) if are_options else (cell,) for cell in cells]
    assert sorted(read) == sorted(wanted)
    assert {question.written for question in cohort.questions} == {"not Bo, no"}


@pytest.mark.slow
def test_limesurvey_with_codes_and_texts_in_german(tmp_path: Path) -> None:
    """A question may be named by its code or its text; what is written in is an item."""
    text = (
        '"id. Antwort ID";"submitdate. Datum Abgeschickt";"lastpage. Seite";"rolle. Als was?";'
        '"thema[SQ1]. Welche Themen? [Recht]";"thema[SQ2]. Welche Themen? [Kunst & Kultur]";'
        '"thema[other]. Welche Themen? [Sonstiges]";"zeit[SQ1]. Wann? [Montag Vormittag]"\n'
        '"1";"2026-03-01 10:00:00";"2";"Mentee";"Ja";"Nein";"";"Ja"\n'
        '"2";"2026-03-02 10:00:00";"2";"Mentor";"Nein";"Ja";"Schach";"Nein"\n'
    )
    config = (
        '[tables.signups]\nfile = "results-survey*.csv"\npreset = "limesurvey"\ndelimiter = ";"\n'
        '[input]\nid = "id"\n[columns]\n"rolle" = "role"\n"%s" = "expertise"\n'
        '"Wann?" = "availability"\n'
    )
    for name in ("Welche Themen?", "thema"):
        cohort = load(tmp_path, {"results-survey77.csv": text}, config % name)
        assert cohort.mentees["expertise"].tolist() == [("Recht",)]
        assert cohort.mentors["expertise"].tolist() == [("Kunst & Kultur", "Schach")]
        assert cohort.mentees["availability"].tolist() == [("mon-am",)]
        assert told(cohort) == set()


def test_typeform_whose_cells_repeat_the_option(tmp_path: Path) -> None:
    """One column an option, titled with the option alone."""
    text = (
        '#,"Hello, what is your name?",Sign up as,Law,Public speaking,Other,Where are you?,'
        "Response Type,Start Date (UTC),Submit Date (UTC),Network ID,Tags\n"
        "ab1,Ana,Mentee,Law,,Knitting,Lisbon,completed,2026-03-01 10:00:00,2026-03-01 10:01:00,x,\n"
        "cd2,Tom,Mentor,,Public speaking,,GMT+1,completed,2026-03-01,2026-03-02 10:01:00,x,\n"
    )
    config = (
        '[tables.signups]\nfile = "responses.csv"\npreset = "typeform"\n[input]\nid = "#"\n'
        "[columns]\n"
        '"Hello, what is your name?" = "name"\n"Sign up as" = "role"\n"Law" = "expertise"\n'
        '"Public speaking" = "expertise"\n"Other" = "expertise"\n"Where are you?" = "timezone"\n'
    )
    cohort = load(tmp_path, {"responses.csv": text}, config)
    assert cohort.mentees["expertise"].tolist() == [("Knitting", "Law")]
    assert cohort.mentors["expertise"].tolist() == [("Public speaking",)]
    assert cohort.mentees["timezone"].tolist() == ["Europe/Lisbon"]
    assert told(cohort) == set()


def test_excel_of_a_european_machine(tmp_path: Path) -> None:
    """Numbers, dates and lists as such a machine writes them."""
    cohort = load(
        tmp_path,
        {
            "mentees.csv": (
                "sep=;\r\nperson_id;heures;depuis;th\u00e8mes\r\nm1;1,5;01.02.2020;droit, art\r\n"
            ).encode("utf-16"),
            "mentors.csv": b"person_id;heures;depuis;capacity\r\nt1;2,25;3. M\xe4rz 2019;2\r\n",
        },
        '[input]\npreset = "european-excel"\n[tables.mentees]\nseparator = ","\n[columns]\n'
        '"heures" = "hours_per_month"\n"depuis" = "joined"\n"th\u00e8mes" = "expertise"\n',
    )
    assert cohort.mentees["joined"].dt.strftime("%d.%m.%Y").tolist() == ["01.02.2020"]
    assert cohort.mentors["joined"].dt.strftime("%d.%m.%Y").tolist() == ["03.03.2019"]
    assert cohort.mentors["hours_per_month"].tolist() == [2.25]
    assert cohort.mentees["expertise"].tolist() == [("art", "droit")]
