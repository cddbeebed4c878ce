"""Columns of the first, second and third choice of one list, in the titles of several tools."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from matcher.intake import read_cohort
from matcher.intake.cells.marks import without_rank
from matcher.intake.proposals.propose import config_of, propose

TOPICS = ["Law", "Tax", "Trade"]


@pytest.mark.parametrize(
    ("title", "rest", "place"),
    [
        ("Topics you need: first choice", "Topics you need", 1),
        ("2. Wahl Thema", "Thema", 2),
        ("Temas [3ª opção]", "Temas", 3),
        ("Tweede onderwerp", "onderwerp", 2),
        ("Priorité 2", "", 2),
    ],
)
def test_a_title_names_its_place(title: str, rest: str, place: int) -> None:
    """What a list is called and which choice of it a column holds are told apart."""
    assert without_rank(title) == (rest, place)


def test_a_number_alone_is_no_place() -> None:
    """`Topic 1` says nothing of an order, and two places are not one."""
    assert without_rank("Thema 1") is None
    assert without_rank("First and second language") is None


@pytest.mark.parametrize(
    "titles",
    [
        ("Su cosa vorresti crescere? Prima scelta", "Su cosa vorresti crescere? Seconda scelta"),
        ("Erstes Wahlfach", "Zweites Wahlfach"),
    ],
)
def test_choices_are_one_list_in_order(tmp_path: Path, titles: Sequence[str]) -> None:
    """They are what the other side offers, the first counts most, and nothing is asked."""
    form = _form(titles, [TOPICS[k % 3 :] + TOPICS[: k % 3] for k in range(6)])
    proposal = propose(_written(tmp_path, form))
    assert not proposal.questions
    config = config_of(proposal)
    assert config.input.ordered == ("contexts",)
    needs = read_cohort(tmp_path, config).mentees["contexts"]
    assert {*needs} == {("Law", "Tax"), ("Tax", "Trade"), ("Trade", "Law")}


def test_choices_of_people_stay_apart(tmp_path: Path) -> None:
    """Each is a wish with its place, however often the same few mentors are named."""
    mentors = ["Di Dunn", "Ed East"]
    form = _form(["Wunschmentor: 1. Wahl", "Wunschmentor: 2. Wahl"], [mentors, mentors[::-1]] * 3)
    found = {c.title: c.target for c in propose(_written(tmp_path, form)).tables[0].columns}
    assert [found[title] for title in form[0][3:5]] == ["preferences.1", "preferences.2"]


def _form(titles: Sequence[str], choices: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return a form in which six mentees choose, and two mentors offer every topic."""
    rows = [
        [f"Mo Mill{k}", f"m{k}@x.org", "mentee", *chosen[:2], ""]
        for k, chosen in enumerate(choices)
    ]
    offers = [["Di Dunn", "di@x.org", "Law;Tax"], ["Ed East", "ed@x.org", "Trade;Law"]]
    rows += [[name, mail, "mentor", "", "", offer] for name, mail, offer in offers]
    return [["Name", "Email", "Role", *titles, "Topics you can help with"], *rows]


def _written(folder: Path, form: Sequence[Sequence[str]]) -> Path:
    with (folder / "form.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(form)
    return folder
