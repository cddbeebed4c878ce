"""Answers that look like something else: kept as what they are, or asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter

from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.intake import check_cohort
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.meanings import meaning
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.single_texts import is_nothing


def evidence(*texts: str) -> CellEvidence:
    """Return the evidence of some cells."""
    return CellEvidence.of(texts)


def write(folder: Path, head: str, *rows: str, name: str = "form.csv") -> Path:
    """Write one CSV and return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def people(count: int) -> list[str]:
    """Return the first cells of rows: address, name and role."""
    return [
        f"p{k}@x.org,{'ABCDEFGHIJKLMNOP'[k]}da Nox,{'Mentee' if k % 2 else 'Mentor'}"
        for k in range(count)
    ]


@pytest.mark.parametrize(
    "topic",
    ["Saying no without guilt", "Dire non à mon chef", "Other people's anger", "Any questions"],
)
def test_a_topic_with_a_small_word_in_it_is_a_topic(topic: str) -> None:
    """Only a whole answer says that there is none."""
    assert not is_nothing(topic)
    assert all(map(is_nothing, ("No", "n/a", "keine Angabe", "-")))


@pytest.mark.parametrize("answer", ["seit 2019", "since 2022", "depuis 2015", "2018", "400", "50%"])
def test_a_year_or_a_share_is_no_number_of_years(answer: str) -> None:
    """Nothing is cut down to the largest number allowed."""
    spec = TABLES["mentees"].by_name["career_years"]
    assert meaning(answer, spec) is None


@pytest.mark.parametrize(("theirs", "weight"), [("Welsh", 0.2), ("brown", None)])
def test_languages_count_where_both_sides_name_some(
    tmp_path: Path, theirs: str, weight: float | None
) -> None:
    """Otherwise the default stands; what the config says of them is not said again."""
    rows = [f"{who},{'Svenska' if 'Mentee' in who else theirs}" for who in people(8)]
    folder = write(tmp_path / "c", "Email,Name,Role,Languages you speak", *rows)
    found = propose(folder).values.get("features")
    assert found == ({"common_language": {"weight": weight}} if weight else None)
    stated = Config.model_validate({"eligibility": {"same": ["languages"]}})
    assert "features" not in propose(folder, stated).values


def test_halves_of_an_option_stay_together() -> None:
    """What always comes as a pair is one option with a comma; real options part company."""
    column = evidence(
        "Visas, moving & family, Grants",
        "Grants, Writing",
        "Writing, Visas, moving & family",
        "Visas, moving & family",
        "Grants",
        "Writing, Grants",
    )
    assert set(column.items) == {"Visas, moving & family", "Grants", "Writing"}


def test_columns_of_one_question_are_judged_together(tmp_path: Path) -> None:
    """Options that hold a manager or a no are options, whatever they would be as questions."""
    options = ["Handling my manager", "Saying no", "Avoiding people who drain me"]
    titles = [f"What would you like help with? [{option}]" for option in (*options, "Other")]
    ticks = ["Yes,No,No,", "No,Yes,Yes,", "Yes,Yes,No,my own long-winded topic", "No,No,Yes,"]
    rows = [f"{who},{marks}" for who, marks in zip(people(8), ticks * 2, strict=True)]
    head = ",".join(["Email,Full name,Role", *titles])
    found = {c.title: c for c in propose(write(tmp_path / "c", head, *rows)).tables[0].columns}
    assert found["What would you like help with?"].target == "contexts"
    assert found[titles[-1]].target == "ignore"


@pytest.mark.slow
def test_days_with_times_in_their_columns_are_availability(tmp_path: Path) -> None:
    """One column a weekday, the time in the cell: read as slots, by the question's own title."""
    rows = [f"{who},before 10am,,over lunch" for who in people(4)]
    days = ",".join(f"When could you meet? - {day}" for day in ("Mon", "Tue", "Wed"))
    folder = write(tmp_path / "c", f"Email,Full name,Role,{days}", *rows)
    proposal = propose(folder)
    assert proposal.values["columns"]["signups"]["When could you meet?"] == "availability"
    assert not [f for f in check_cohort(folder, config_of(proposal)) if not f.is_warning]


@pytest.mark.parametrize(
    "title",
    ["Gibt es jemanden, den du dir wünschst?", "Are there mentors you would love to work with?"],
)
def test_a_wish_is_never_near_a_ban(tmp_path: Path, title: str) -> None:
    """Whom people would like goes to preferences, ranked where there are several questions."""
    rows = [f"{who},Ada Nox,Bda Nox" for who in people(6)]
    head = f'Email,Full name,Role,"{title}","{title} (2)"'
    targets = [c.target for c in propose(write(tmp_path / "c", head, *rows)).tables[0].columns]
    assert targets[3:] == ["preferences.1", "preferences.2"]


def test_a_file_that_the_config_names_is_that_table(tmp_path: Path) -> None:
    """What `[tables]` says of a file stands, whatever the file is called."""
    folder = write(tmp_path / "c", "Email,Full name", "a@x.org,Ada Nox", name="STAFF list.csv")
    write(folder, "Email,Full name,How many mentors?", "b@x.org,Bo Nox,1", name="others.csv")
    stated = Config.model_validate({"tables": {"mentors": {"file": "STAFF list.csv"}}})
    assert "mentors" in {table.table for table in propose(folder, stated).tables}


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("Mentoré(e)", "mentee"),
        ("Learn: find me a mentor", "mentee"),
        ("Quiero recibir mentoría", "mentee"),
        ("Vorrei fare da mentore", "mentor"),
        ("Mentor (for a mentee)", "mentor"),
        ("Ich möchte Mentor werden", "mentor"),
        ("Both (mentor and mentee)", "both"),
        ("Mentor or mentee, whichever helps", "either"),
        ("Tutrice ou tuteur", "mentor"),
        ("Mentee oder Lernende, bzw. Mentorin", None),
        ("Mentor / Mentee", None),
        ("Observer", None),
    ],
)
def test_roles_in_words(answer: str, role: str | None) -> None:
    """Who looks for a mentor is a mentee, who wants to be one a mentor; unclear is None."""
    assert role_of(answer) == role


def test_evidence_counts_every_cell() -> None:
    """Blank cells are no answers."""
    assert evidence("a", " ", "a", "").counts == Counter({"a": 2})


def test_options_of_a_question_are_never_left_out_by_guess(tmp_path: Path) -> None:
    """One option that the vocabulary lacks makes all of them facets; none becomes missing."""
    cells = ["Confidence;Hiring", "Managing change;Hiring", "Confidence", "Hiring"]
    rows = [f"{who},{cell}" for who, cell in zip(people(8), cells * 2, strict=True)]
    folder = write(tmp_path / "c", "Email,Full name,Role,What would you like help with?", *rows)
    values = propose(folder).values
    assert set(values["facets"]["topic"]["options"]) == {"Confidence", "Hiring", "Managing change"}
    assert "missing" not in values.get("answers", {}).get("contexts", {}).values()


def test_a_joined_column_beside_its_options_is_left_out(tmp_path: Path) -> None:
    """Kobo writes the answers of a question twice: the columns of the options count."""
    asked = "What help do you need?"
    head = f"Email,Full name,Role,{asked},{asked}/Law,{asked}/Art"
    rows = [f"{who},Law Art,1,{k % 2}" for k, who in enumerate(people(6))]
    proposal = propose(write(tmp_path / "c", f"{head},_uuid", *(f"{row},u" for row in rows)))
    columns = proposal.values["columns"]["signups"]
    assert columns["What help do you need?"] == "contexts"
    assert proposal.values["facets"]["topic"]["options"] == ["Art", "Law"]


@pytest.mark.slow
def test_the_comma_of_decimals_is_said(tmp_path: Path) -> None:
    """Where written numbers have a comma and none a point, the table says so."""
    years = ("2,5", "3", "1.250", "0,5")
    rows = [f'{who},"{text}"' for who, text in zip(people(4), years, strict=True)]
    folder = write(tmp_path / "c", "Email,Full name,Role,Years of experience", *rows)
    assert propose(folder).values["tables"]["signups"]["decimal"] == ","


def test_stated_rows_above_the_titles_are_not_guessed_again(tmp_path: Path) -> None:
    """Where the config says which row the titles are, that row is read, whatever stands above."""
    rows = ["Full name,Email", "Zork,Blip", "Ada Nox,a@x.org", "Bo Rex,b@x.org"]
    folder = write(tmp_path / "c", *rows, name="Zork.csv")
    said = {"file": "zork*.csv", "skip_rows": 1}
    (table,) = propose(folder, Config.model_validate({"tables": {"mentors": said}})).tables
    assert (table.table, [column.title for column in table.columns]) == (
        "mentors",
        ["Zork", "Blip"],
    )


def test_a_stated_sheet_is_its_table(tmp_path: Path) -> None:
    """A sheet may be named without its file."""
    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        for sheet in ("Blip", "Zork"):
            page = book.add_worksheet(sheet)
            page.write_row(0, 0, ["Zork", "Email"])
            page.write_row(1, 0, ["Ada Nox", f"{sheet}@x.org"])
    stated = Config.model_validate(
        {"tables": {"mentees": {"sheet": "Zork"}, "mentors": {"sheet": "Blip"}}}
    )
    found = {t.table: t.origin for t in propose(tmp_path / "people.xlsx", stated).tables}
    assert "Zork" in found["mentees"]
    assert "Blip" in found["mentors"]


def test_what_a_config_says_is_not_said_again(tmp_path: Path) -> None:
    """Steps of a pattern and words of topics stand: no step beside, no topics of its own."""
    topics = ["How to wade", "How to glide", "How to wade"]
    rows = [
        f"{person},{topics[k % 3]},{('Rather', 'A little', 'Very much')[k % 3]},{'9-11' * (k % 2)}"
        for k, person in enumerate(people(12))
    ]
    asked = "How much help do you need with why"
    head = f"Email,Name,Role,What would you like help with?,{asked},Monday"
    folder = write(tmp_path / "c", head, *rows)
    stated = {
        "columns": {asked: "need_why", "What would you like help with?": "contexts"},
        "scales": {"need_*": {"A little": 1, "Rather": 3, "Very much": 5}},
        "answers": {"contexts": {"How to wade": "confidence", "How to glide": "managing_change"}},
    }
    values = propose(folder, Config.model_validate(stated)).values
    assert "scales" not in values
    assert "facets" not in values
    assert "contexts" not in values.get("answers", {})


def test_hours_in_the_column_of_a_day_come_with_the_line_that_reads_them(tmp_path: Path) -> None:
    """A tick would be the whole day, a number says nothing."""
    hours = ["9-11", "", "2-4"]
    rows = [f"{person},{hours[k % 3]},{hours[(k + 1) % 3]}" for k, person in enumerate(people(9))]
    folder = write(tmp_path / "c", "Email,Name,Role,Free on [Monday],Free on [Friday]", *rows)
    stated = {"input": {"id": "email"}, "columns": {"Free on": "availability"}}
    faults = [f for f in check_cohort(folder, Config.model_validate(stated)) if not f.is_warning]
    lines = " ".join(fault.remedy for fault in faults)
    assert {fault.code for fault in faults} == {"E_OPTION"}
    assert '"Monday: 9-11" = "mon-09;mon-10"' in lines
    assert "ticked" not in lines
