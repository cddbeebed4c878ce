"""What `matcher map` makes of exports of other tools, in other words and other languages."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.config import Config, load_config
from matcher.errors import InputError
from matcher.intake import check_cohort
from matcher.intake.files import source_files, workbook_archive
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.render import rendered
from matcher.text import fold_heading

EXPORTS = Path(__file__).parents[1] / "data" / "exports"
SAFETY = {"role", "avoid", "line_manager", "second_supervisor", "consent"}
TOOLS = sorted(path.name for path in EXPORTS.iterdir() if path.is_dir())
FORMS = Path(__file__).parents[4] / "shared" / "cases" / "forms"


def facts_of(folder: Path) -> dict[tuple[str, str], str]:
    """Return what each question of an export is, by table and title."""
    told = json.loads((folder / "facts.json").read_text("utf-8"))
    tables = {"signups": told["mapping"]} if "mapping" in told else told
    return {
        (table, fold_heading(title)): target
        for table, questions in tables.items()
        for title, target in questions.items()
    }


def taken_for(folder: Path) -> dict[tuple[str, str], str]:
    """Return what every question is taken for, "" where it is asked."""
    return {
        (table.table, fold_heading(title)): column.target or ""
        for table in propose(folder).tables
        for column in table.columns
        for title in column.titles
    }


def is_safety(target: str) -> bool:
    """Whether a wrong target harms somebody."""
    return target in SAFETY or target.startswith("groups.")


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", [*(EXPORTS / tool for tool in TOOLS), FORMS], ids=lambda p: p.name
)
def test_nine_of_ten_questions_are_what_they_are(folder: Path) -> None:
    """Of every tool at least 90 % are right, and none that bears on safety is wrong."""
    if not folder.exists():
        pytest.skip("the cases from outside are not here")
    wanted, found = facts_of(folder), taken_for(folder)
    wrong = {
        key: (want, found.get(key, "-")) for key, want in wanted.items() if found.get(key) != want
    }
    assert len(wrong) <= 0.1 * len(wanted), wrong
    assert not {
        key for key, (want, got) in wrong.items() if got and (is_safety(want) or is_safety(got))
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", [*(EXPORTS / tool for tool in TOOLS), FORMS], ids=lambda p: p.name
)
def test_what_is_written_loads_at_once(folder: Path, tmp_path: Path) -> None:
    """A valid config, no fault but for safety questions that are open, three questions at most."""
    if not folder.exists():
        pytest.skip("the cases from outside are not here")
    proposal = propose(folder)
    text, _ = rendered(proposal)
    (tmp_path / "matcher.toml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "matcher.toml")
    asked = {question.path[-1] for question in proposal.questions}
    faults = [finding for finding in check_cohort(folder, config) if not finding.is_warning]
    assert [f.line() for f in faults if f.code != "E_UNKNOWN_COLUMN" or f.column not in asked] == []
    assert len(proposal.questions) <= 3


def write(folder: Path, name: str, *rows: str) -> Path:
    """Write one file of a folder and return the folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def targets(folder: Path) -> dict[str, str | None]:
    """Return target by title, None where it is asked."""
    return {
        column.title: column.target for table in propose(folder).tables for column in table.columns
    }


ROWS = [
    "a@example.org,Ann Able,Mentee",
    "b@example.org,Bo Best,Mentor",
    "c@example.org,Cy Cole,Mentee",
    "d@example.org,Di Dunn,Mentor",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "answers"),
    [
        ("Have you been a mentor or mentee before?", ["Mentee", "Mentor", "Mentor", "Mentee"]),
        ("Are you a line manager?", ["Yes", "No", "No", "Yes"]),
        ("Does your line manager support your application?", ["Yes", "Yes", "No", "Yes"]),
        ("Which topics would you rather not discuss with anyone?", ["Pay", "", "Health", "Pay"]),
        ("Which days can you not make?", ["Monday", "Tuesday", "", "Friday"]),
        ("Do you agree to photos being taken?", ["Yes", "No", "Yes", "Yes"]),
        ("Would you prefer a mentor of the same gender?", ["Yes", "No", "No preference", "Yes"]),
        ("May we send you our newsletter? I agree", ["I agree", "", "", "I agree"]),
        ("Anyone you would love to be matched with?", ["Di Dunn", "", "Bo Best", ""]),
        ("How many people do you manage?", ["0", "3", "0", "12"]),
    ],
)
def test_a_question_that_only_sounds_like_safety_is_not_taken_for_it(
    tmp_path: Path, title: str, answers: list[str]
) -> None:
    """Words of a safety question in another one: left out, something harmless, or asked."""
    rows = [f'{row},"{answer}"' for row, answer in zip(ROWS, answers, strict=True)]
    folder = write(tmp_path / "c", "form.csv", f'Email,Full name,Role,"{title}"', *rows)
    found = targets(folder)
    assert found["Role"] == "role"
    assert not is_safety(found[title] or "")


@pytest.mark.parametrize(
    "title",
    ["Anything you want to tell us in confidence?", "Zusätzliche Angaben", "Q17"],
)
def test_names_of_the_cohort_in_an_unknown_column_are_asked_about(
    tmp_path: Path, title: str
) -> None:
    """People named where nobody says why: a question, never left out in silence."""
    answers = ["Di Dunn", "", "Bo Best", "Ann Able"]
    rows = [f"{row},{answer}" for row, answer in zip(ROWS, answers, strict=True)]
    folder = write(tmp_path / "c", "form.csv", f"Email,Full name,Role,{title}", *rows)
    asked = {question.path[-1] for question in propose(folder).questions}
    assert title in asked or (targets(folder)[title] == "ignore" and title.startswith("Anything"))


@pytest.mark.slow
def test_an_unclear_role_is_a_question(tmp_path: Path) -> None:
    """Answers that name both roles without saying how they belong together are never guessed."""
    rows = [row.replace(",Mentee", ",Mentor / Mentee") for row in ROWS]
    folder = write(tmp_path / "c", "form.csv", "Email,Full name,I sign up as", *rows)
    proposal = propose(folder)
    assert any(question.path[-1] == "Mentor / Mentee" for question in proposal.questions)
    settled = {("answers", "role", "Mentor / Mentee"): "both"}
    again = propose(folder, settled=settled)
    assert not again.questions
    assert not [f for f in check_cohort(folder, config_of(again)) if not f.is_warning]


@pytest.mark.slow
def test_dates_of_which_day_and_month_cannot_be_told_are_asked(tmp_path: Path) -> None:
    """03/04/2020 stays out until somebody says which comes first; with a 25th nobody has to."""
    dates = ["03/04/2020", "05/06/2019", "01/02/2018", "07/08/2017"]
    rows = [f"{row},{day}" for row, day in zip(ROWS, dates, strict=True)]
    folder = write(tmp_path / "c", "form.csv", "Email,Full name,Role,When did you join us?", *rows)
    proposal = propose(folder)
    (question,) = proposal.questions
    assert question.choices == ("%d/%m/%Y", "%m/%d/%Y")
    assert not [f for f in check_cohort(folder, config_of(proposal)) if not f.is_warning]
    answered = propose(folder, settled={question.path: "%m/%d/%Y"})
    assert answered.values["columns"]["signups"]["When did you join us?"] == "joined"
    for told in ("25/04/2020", "03/04/2020 9.05.00"):  # or a clock with full stops
        lines = [told.join(row.rsplit(dates[0], 1)) for row in rows]
        title = "Email,Full name,Role,When did you join us?"
        sure = propose(write(tmp_path / "c", "form.csv", title, *lines))
        assert sure.values["tables"]["signups"]["date_format"] == "%d/%m/%Y"


def test_own_options_become_facets_of_their_own(tmp_path: Path) -> None:
    """Options that the vocabulary lacks are written out for the programme to complete."""
    options = ["Beekeeping", "Pottery", "Sailing", "Chess"]
    rows = [
        f"p{k}@example.org,P {'ABCDEFGHIJ'[k]}x,{'Mentee' if k % 2 else 'Mentor'},"
        f'"{options[k % 4]};{options[(k + 1) % 4]}"'
        for k in range(10)
    ]
    head = "Email,Full name,Role,Which topics would you like to talk about?"
    proposal = propose(write(tmp_path / "c", "form.csv", head, *rows))
    facet = proposal.values["facets"]["topic"]
    assert facet["options"] == sorted(options)
    assert proposal.values["columns"]["signups"][head.split(",")[3]] in facet["columns"]


def test_free_text_and_names_never_stand_in_the_file(tmp_path: Path) -> None:
    """The text holds titles and options only, whatever people wrote."""
    folder = tmp_path / "c"
    head = (
        "Email,Full name,Role,What do you hope to get out of it?,Who should we not match you with?"
    )
    secrets = [
        "my divorce is hard",
        "the boss shouts a lot",
        "money worries since May",
        "I am unwell now",
    ]
    rows = [f"{row},{text},Zed Zorn" for row, text in zip(ROWS, secrets, strict=True)]
    text, _ = rendered(propose(write(folder, "form.csv", head, *rows)))
    for private in ("divorce", "shouts", "money", "unwell", "Zorn", "Able", "@example"):
        assert private not in text


@pytest.mark.slow
def test_what_a_file_says_already_stands(tmp_path: Path) -> None:
    """Keys and comments of an existing config are kept; only what it lacks is added."""
    folder = write(
        tmp_path / "c", "form.csv", "Email,Full name,Role,Team", *[f"{r},Ops" for r in ROWS]
    )
    before = (
        '# ours\n[input]\nid = "email" # keep\n\n[columns.signups]\n"Team" = "site" # the hall\n'
    )
    stated = Config.model_validate(tomllib.loads(before))
    text, added = rendered(propose(folder, stated), before)
    assert text.startswith('# ours\n[input]\nid = "email" # keep')
    assert '"Team" = "site" # the hall' in text
    assert not any(key.endswith((".Team", "input.id")) for key in added)
    assert "columns.signups.Role" in added
    again, nothing = rendered(propose(folder, Config.model_validate(tomllib.loads(text))), text)
    assert (again, nothing) == (text, [])


@pytest.mark.slow
def test_rows_above_the_titles_and_a_missing_header_are_found(tmp_path: Path) -> None:
    """Two lines above the titles are skipped; without titles columns are called by letters."""
    above = write(tmp_path / "a", "x.csv", "Our programme,,", ",,", "Email,Full name,Role", *ROWS)
    assert propose(above).values["tables"]["signups"]["skip_rows"] == 2
    bare = write(tmp_path / "b", "x.csv", *ROWS)
    proposal = propose(bare)
    assert proposal.values["tables"]["signups"]["header_rows"] == 0
    assert proposal.values["columns"]["signups"]["C"] == "role"


def test_a_folder_without_people_is_told(tmp_path: Path) -> None:
    """Nothing is made up where there is no table of people."""
    with pytest.raises(InputError, match="E_NOT_FOUND"):
        propose(write(tmp_path / "c", "budget.csv", "Item,Cost", "Tea,3", "Cake,4"))


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["google-two-forms", "spanish-workbook"])
def test_files_are_parsed_once(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is proposed is checked without reading a file again, nor a sheet of a workbook."""
    parsed: list[str] = []

    def counted(parse: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: parsed.append(str(args[-1])) or parse(*args)

    for module, name in ((source_files, "parse_csv"), (workbook_archive, "_parse")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    proposal = propose(EXPORTS / tool)
    before = len(parsed)
    shelf = source_files.Shelf()
    for _ in range(2):
        check_cohort(EXPORTS / tool, config_of(proposal), shelf=shelf)
    assert 0 < before == len(parsed) - before
