"""How many people an answer allows, and whether it agrees; what is unsure is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.cohort.tables import TABLES
from matcher.intake.proposals.drafted import rung_in_any
from matcher.intake.proposals.meanings import MISSING, meaning
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.single_texts import consent_of
from matcher.intake.whom_words_mean import says_mine

CAPACITY = TABLES["mentors"].by_name["capacity"]


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("No more than 3", 3), ("never more than two", 2), ("nicht mehr als vier", 4),
        ("pas plus de deux", 2), ("no más de tres", 3), ("2, no more", 2), ("not over 2", 2),
        ("fewer than 4", 3), ("4人未満", 3), ("more than 2", 3), ("up to 3", 3), ("två", 2),
        ("Nobody", 0), ("keine", 0),
        ("trzech", 3), ("двух", 2), ("kahdelle", 2), ("štyri osoby", 4), ("aucun", 0),
        ("geen", 0), ("n/a", MISSING), ("-", MISSING),
    ],
)  # fmt: skip
def test_a_count_of_people(answer: str, places: float) -> None:
    """A limit is the limit, with or without a no before it; none at all is no place."""
    assert meaning(answer, CAPACITY) == places


@pytest.mark.parametrize(
    "answer",
    [
        "none before Easter", "aucune cette année", "over three is too many", "either two or none",
        "one fewer than last year", "up to but not including 5", "2, but not in June",
        "two to start with, then see", "full up", "it depends, 1 or 2", "more than two is too much",
    ],
)  # fmt: skip
def test_a_count_that_says_more_is_asked(answer: str) -> None:
    """A condition, a wish or a comparison is nobody's number."""
    assert meaning(answer, CAPACITY) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Yes please", "yes"), ("I agree", "yes"), ("Ja, gerne", "yes"), ("Sí", "yes"),
        ("No thanks", "no"), ("I do not consent", "no"), ("nein danke", "no"),
        ("Only if my boss is told", None), ("Yes, except to HR", None), ("Yes, I object", None),
        ("no objections", None), ("No worries at all", None), ("I don't mind", None),
        ("Why not?", None), ("kein Problem", None), ("Ja, wenn der Chef es weiß", None),
        ("pas de souci", None), ("sin problema", None), ("geen bezwaar", None),
        ("I agree that my answers are used to find me a mentor, and know that I may take this "
         "back if I want", "yes"),
    ],
)  # fmt: skip
def test_an_answer_about_consent(answer: str, said: str | None) -> None:
    """A condition, or a no to something else than the question, is neither yes nor no."""
    assert consent_of(answer) == said


def test_the_likely_order_of_grades_is_that_of_the_ladder_that_knows_each_best() -> None:
    """A senior lecturer is above a lecturer, though other ladders know the word senior too."""
    grades = ["Professor", "Senior Lecturer", "Lecturer"]
    assert sorted(grades, key=rung_in_any) == ["Lecturer", "Senior Lecturer", "Professor"]


def test_grades_whose_order_nobody_knows_are_all_listed(tmp_path: Path) -> None:
    """The one that a single person has too: the line that is uncommented has to load."""
    grades = [*["Red belt", "Blue belt"] * 11, "Black belt"]
    rows = [f"p{k}@example.org,{grade}" for k, grade in enumerate(grades)]
    (tmp_path / "mentees.csv").write_text("\n".join(["Email,Grade", *rows]), "utf-8")
    (line,) = (e for e in propose(tmp_path).entries if e.path == ("programme", "grades"))
    assert sorted(line.example) == ["Black belt", "Blue belt", "Red belt"]


@pytest.mark.parametrize(
    ("answer", "hangs_on_the_writer"),
    [
        ("anyone in my team", True), ("my boss", True), ("jemand aus der Abteilung", True),
        ("Mr Finch", False), ("Dana Birch", False),
    ],
)  # fmt: skip
def test_one_answer_settles_what_does_not_hang_on_who_wrote_it(
    answer: str, hangs_on_the_writer: bool
) -> None:
    """The same words of two people name the same person, unless they speak of their own place."""
    assert says_mine(answer) is hangs_on_the_writer


@pytest.mark.parametrize(
    ("name", "answer", "meant"),
    [
        ("career_years", "rok", 1), ("career_years", "półtora roku", 1.5),
        ("hours_per_month", "pół godziny", 0.5), ("hours_per_month", "vid behov", MISSING),
        ("availability", "n'importe quand", 15), ("availability", "egal", None),
        ("availability", "Środa: nie mogę", MISSING),
    ],
)  # fmt: skip
def test_words_for_amounts_and_times(name: str, answer: str, meant: float | str | None) -> None:
    """Parts of the day of all weekdays are meant by any time; what may be no time is asked."""
    found = meaning(answer, TABLES["mentors"].by_name[name])
    assert (found.count(";") + 1 if "mon-am;" in str(found) else found) == meant
