"""Who is meant by names in cells: the person of the row, or somebody else of the cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.intake.files.grid import Grid
from matcher.intake.presets import PRESETS
from matcher.intake.proposals.allowed_words import allowed_words, may_bear_on_safety
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.columns import proposed_columns
from matcher.intake.proposals.form_questions import RoleSaid, questions_of, with_sides
from matcher.intake.proposals.names_of_others import only_if_of_others
from matcher.intake.proposals.own_names import people_in
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered
from matcher.intake.proposals.title_guesses import Guess, Sureness

FIRST = ["Ana", "Ivo", "Mia", "Leo", "Eva", "Jan", "Ida", "Tom"]
LAST = ["Horvat", "Babic", "Kos", "Maric", "Peric", "Simic", "Lovric", "Juric"]
NAMES = [f"{first} {last}" for first, last in zip(FIRST, LAST, strict=True)]
MAILS = [f"{first}.{last}@klub.example".lower() for first, last in zip(FIRST, LAST, strict=True)]
OTHERS = ["", NAMES[2], "-", NAMES[0], f"{NAMES[1]}, {NAMES[5]}", "", NAMES[3], ""]


def judged(columns: dict[str, list[str]]) -> dict[str, ColumnProposal]:
    """Return what the columns of a form are taken for, by title."""
    columns = {"Role": ["mentee", "mentor"] * 4, "E-mail": MAILS} | columns
    cells = tuple(np.array(column, dtype=object) for column in columns.values())
    grid = Grid("signups", "form", tuple(columns), cells, np.arange(2, 10))
    asked = questions_of(grid)
    people = people_in([(grid, asked)])
    found = proposed_columns(grid, PRESETS["plain"], asked, people=people)
    return {column.title: column for column in found}


@pytest.mark.parametrize(
    "title",
    [
        "Full name of a cousin who works here",
        "Prénom et nom de votre coéquipier de tennis",
        "Vor- und Nachname der Person, mit der Sie ein Büro teilen",
        "Notes de frais : qui les vise ?",
        "Nombre y apellidos de tu compañera de piso. No queremos que coincidáis.",
        "Which department colleagues do you see daily?",
    ],
)
def test_whatever_a_title_says_names_of_others_are_asked_about(title: str) -> None:
    """They are nobody's own name, no remark and no place, and are never left out unasked."""
    found = judged({"Full name": NAMES, title: OTHERS})
    assert found["Full name"].target == "name"
    assert found[title].target is None


@pytest.mark.parametrize(
    ("said", "target"),
    [
        (["Kos", "", "Tom", "", "", "Frau Babic", "", "Mia, bitte nicht"], None),
        (["Kos", "", "Amber", "Coral", "Teal", "Olive", "Lime", ""], "ignore"),
        (FIRST, "ignore"),
    ],
)
def test_a_first_name_or_surname_that_one_person_has_names_them(
    said: list[str], target: str | None
) -> None:
    """As a full name does, where most answers are such; one by chance, or one's own, is none."""
    found = judged({"Full name": NAMES, "Coppie da scartare": said})
    assert found["Coppie da scartare"].target == target


def test_people_named_in_part_are_asked_about_whatever_a_model_makes_of_the_title() -> None:
    """What is like a question about earlier pairs is not left out for that."""
    said = ["Kos", "", "Tom", "", "", "Frau Babic", "", "Mia, bitte nicht"]
    past = Guess("past", 1.0, Sureness.LIKELY, "as a model finds")
    columns = {"Role": ["mentee", "mentor"] * 4, "E-mail": MAILS, "Full name": NAMES, "Hm": said}
    cells = tuple(np.array(column, dtype=object) for column in columns.values())
    grid = Grid("signups", "form", tuple(columns), cells, np.arange(2, 10))
    asked = questions_of(grid)
    people = people_in([(grid, asked)])
    asked = with_sides(grid, asked, people, RoleSaid())
    (guess,) = only_if_of_others(grid, asked, {3: [past]})[3]
    assert (guess.target, guess.sureness) == ("avoid", Sureness.ASKED)


def test_a_second_name_of_ones_own_is_not_asked_about() -> None:
    """Who writes their own name once more names nobody else."""
    found = judged({"Full name": NAMES, "Name on the badge": [*NAMES[:7], "Tommy Juric"]})
    assert found["Name on the badge"].target is not None


@pytest.mark.parametrize("is_turned", [False, True])
def test_the_halves_of_names_are_known_by_what_they_spell(*, is_turned: bool) -> None:
    """In words that nobody knows; then those who are named elsewhere are people too."""
    halves = {"Enw bedydd": FIRST, "Cyfenw'r teulu": LAST}
    columns = dict(reversed(halves.items())) if is_turned else halves
    found = judged(columns | {"Pwy sy'n dy reoli?": OTHERS})
    assert [found[title].target for title in halves] == ["name.1", "name.2"]
    assert found["Pwy sy'n dy reoli?"].target is None


def test_who_leads_a_team_is_no_department(tmp_path: Path) -> None:
    """Surnames of people of the file are no places, whatever sure word a title holds."""
    people = ["Ann Abbot", "Bo Burke", "Cy Corbett", "Di Dalton", "Ed Ensor", "Flo Farrow"]
    rows = [
        f"p{k}@x.org,{name},{'Mentee' if k % 2 else 'Mentor'},{people[(k + 1) % 6].split()[1]}"
        for k, name in enumerate(people)
    ]
    heads = "Email,Full name,Role,Whose department are you in?"
    (tmp_path / "form.csv").write_text("\n".join([heads, *rows]) + "\n")
    found = {c.title: c for c in propose(tmp_path).tables[0].columns}
    assert found["Whose department are you in?"].target is None


@pytest.mark.parametrize("title", ["Your employer", "Dans quelle entreprise travaillez-vous ?"])
def test_a_firm_named_after_somebody_is_nobody_to_avoid(title: str) -> None:
    """Asked, since it holds surnames of the cohort, and proposed as what the title says."""
    firms = ["Kos & Sons", "Garage Babic", "Horvat Roofing", "Garage Babic"]
    column = judged({"Full name": NAMES, title: firms * 2})[title]
    assert (column.target, column.perhaps) == (None, "organisation")
    assert may_bear_on_safety(column)
    assert {"avoid", "line_manager", "department"} <= {*allowed_words(column, "signups")}


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Kenen pariksi tahtoisit?", {"avoid", "preferences.1"}),  # in words that are not known
        ("Is somebody on your mind?", {"avoid", "preferences.1"}),
        ("Quelqu'un en tête ?", {"avoid", "preferences.1"}),
        ("A clash with anyone?", {"avoid"}),
    ],
)
def test_neither_a_wish_nor_its_opposite_is_proposed(
    tmp_path: Path, title: str, first: set[str]
) -> None:
    """Of two that names may stand for both come first and stand ready; what a title denies, not."""
    lines = [["E-mail", "Full name", "Role", title]]
    lines += [list(one) for one in zip(MAILS, NAMES, ["mentee", "mentor"] * 4, OTHERS, strict=True)]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (tmp_path / "form.csv").write_text(text + "\n", encoding="utf-8")
    proposal = propose(tmp_path)
    (asked,) = (q for q in proposal.questions if q.path[-1] == title)
    assert set(asked.choices[: len(first)]) == first
    assert (asked.example in first) is (len(first) == 1)
    lines_ready = [
        line for line in rendered(proposal)[0].split("\n") if line.startswith(f'# "{title}" =')
    ]
    assert {line.split('"')[-2] for line in lines_ready} == {*first, "ignore"}
