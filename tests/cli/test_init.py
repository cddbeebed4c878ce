"""`matcher init`: a starter folder whose form, mapping and example answers agree."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path

import pytest

import matcher
import matcher.starter as command
from matcher.cli.main import run
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import load_config
from matcher.errors import StorageError
from matcher.intake import read_cohort
from matcher.starter import EXAMPLES, FORM_QUESTIONS, STARTER, starter_documents, write_starter
from matcher.vocabulary import Approach, Benefit, Context, Purpose


def test_answers_can_be_separated() -> None:
    """No answer holds what form tools put between ticks, and no question is asked twice."""
    for question in FORM_QUESTIONS:
        assert not any("," in answer or ";" in answer for answer in question.answers)
    texts = [question.text for question in FORM_QUESTIONS]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("column", "words"),
    [("contexts", Context), ("purposes", Purpose), ("benefits", Benefit), ("approaches", Approach)],
)
def test_form_offers_the_whole_vocabulary(column: str, words: type) -> None:
    """Everybody can ask for and offer every facet, and tick every approach."""
    asked = [question for question in FORM_QUESTIONS if question.canonical == column]
    assert asked
    for question in asked:
        assert sorted(map(str, question.answers.values())) == sorted(map(str, words))


def test_mapping_is_a_config_that_covers_the_form() -> None:
    """The mapping parses, and each question of the form has a column there."""
    config = tomllib.loads(starter_documents()["matcher.toml"])
    assert config["columns"] == {question.text: question.column for question in FORM_QUESTIONS}


def test_settings_shown_as_comments_are_the_defaults(tmp_path: Path) -> None:
    """The commented settings, once uncommented, change nothing."""
    text = starter_documents()["matcher.toml"]
    head, _, tail = text.partition("# --- Settings")
    lines = tail.splitlines()[1:]
    opened = "\n".join(line.removeprefix("# ") for line in lines)
    (tmp_path / "plain.toml").write_text(head)
    (tmp_path / "opened.toml").write_text(head + opened)
    assert load_config(tmp_path / "plain.toml") == load_config(tmp_path / "opened.toml")


def test_dictionary_names_every_column() -> None:
    """Each table and canonical column stands in the data dictionary."""
    text = starter_documents()["data-dictionary.md"]
    for table in (*TABLES.values(), SIGNUPS):
        assert f"## {table.name}" in text
        assert all(f"`{column.name}`" in text for column in table.columns)


def test_export_loads_by_the_config_alone(tmp_path: Path) -> None:
    """The example export is read with its own mapping: all words understood, nobody lost."""
    write_starter(tmp_path / "programme")
    cohort = read_cohort(tmp_path / "programme")
    roles = [answer["role"] for answer in EXAMPLES]
    both = sum(role == "Both" or role.startswith("Either") for role in roles)
    assert len(cohort.mentees) == sum("looking" in role for role in roles) + both
    assert len(cohort.mentors) == sum("like to mentor" in role for role in roles) + both
    assert [f.code for f in cohort.findings if f.code == "W_UNUSED_COLUMN"] == []
    ada = cohort.mentees.set_index("name").loc["Ada Example-Otter"]
    assert ada["contexts"] == ("career_development", "confidence")
    assert (ada["need_why"], ada["need_whom"], ada["max_mentors"]) == (4.0, 5.0, 2.0)
    assert set(ada["availability"]) == {"tue-am", "thu-pm"}
    dov = cohort.mentors.set_index("name").loc["Dov Example-Linnet"]
    assert (dov["capacity"], dov["offer_whom"]) == (2.0, 5.0)
    assert len(cohort.either) == 1


@pytest.mark.slow
def test_templates_load_beside_the_export(tmp_path: Path) -> None:
    """Every template can be copied beside the export and is understood as it stands."""
    folder = tmp_path / "programme"
    write_starter(folder)
    for name in STARTER["templates"]:
        (folder / "templates" / f"{name}.csv").rename(folder / f"{name}.csv")
    cohort = read_cohort(folder)
    assert len(cohort.preferences) == 3
    assert set(cohort.rules["mentee_id"]) <= set(cohort.mentees["person_id"])
    assert len(cohort.contacts) == 2


def test_csv_form_lists_all_questions() -> None:
    """The form as a table has a row a question with its answers."""
    rows = list(csv.DictReader(io.StringIO(starter_documents()["form/sign-up-form.csv"])))
    assert [row["question"] for row in rows] == [question.text for question in FORM_QUESTIONS]


@pytest.mark.parametrize("kind", ["file", "filled", "link"])
def test_what_exists_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    """A file, a folder with anything in it or a dangling link is never written over."""
    target = tmp_path / "programme"
    if kind == "file":
        target.write_text("mine")
    elif kind == "filled":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    else:
        target.symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match="E_EXISTS"):
        write_starter(target)
    assert sorted(tmp_path.rglob("*")) == before


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    """An empty folder is taken as it is, and holds exactly the files that are reported."""
    target = tmp_path / "programme"
    target.mkdir()
    files = write_starter(target)
    assert files == sorted(
        path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["programme"]


@pytest.mark.parametrize("is_there", [False, True])
def test_failure_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """A disk that fills up in the middle leaves no file and no temporary folder."""

    def broken(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "programme"
    if is_there:
        target.mkdir()
    monkeypatch.setattr(command, "_fill", broken)
    with pytest.raises(StorageError, match="No space left"):
        write_starter(target)
    assert list(tmp_path.rglob("*")) == ([target] if is_there else [])


def test_path_with_a_nul_is_a_finding(tmp_path: Path) -> None:
    """A path that the system refuses ends in a finding."""
    with pytest.raises(StorageError, match="E_WRITE"):
        write_starter(tmp_path / "a\0b")


@pytest.mark.slow
def test_command_tells_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command exits with 0 and names the next commands; a second time it is refused."""
    target = str(tmp_path / "programme")
    assert run(["init", target]) == 0
    assert f"matcher match {target}" in capsys.readouterr().out
    assert run(["check", target]) == 0
    assert run(["init", target]) == 7
    assert "E_EXISTS" in capsys.readouterr().err


@pytest.mark.slow
def test_starter_matches_everybody(tmp_path: Path) -> None:
    """The examples as they stand match all who look for mentors."""
    folder = tmp_path / "programme"
    write_starter(folder)
    matching = matcher.match(read_cohort(folder), load_config(cohort=folder))
    assert set(matching.matches["mentee_id"]) >= set(
        matching.instance.cohort.mentees["person_id"]
    ) - set(matching.instance.cohort.either)
