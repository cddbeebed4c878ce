"""Columns that say how much of what: steps of a scale are never topics, whatever their words."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matcher.config import Config
from matcher.intake import check_cohort, read_cohort
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import are_steps, shared_start
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.form_questions import questions_of
from matcher.intake.proposals.meanings import level_numbers, one_counts_most, own_options
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.render import rendered
from matcher.intake.proposals.title_guesses import Sureness, guesses
from matcher.intake.proposals.two_sides import with_twins

WISHES = ["wish_law", "wish_tax", "wish_pay"]
GIFTS = ["gift_law", "gift_tax", "gift_pay"]
STEPS = {"U": "mai avuto", "V": "così così", "W": "ferratissimo"}
ROWS = {
    "Ann Able": ("mentee", "UUW", ""),
    "Bo Best": ("mentor", "", "WWU"),
    "Cy Cole": ("mentee", "VVW", ""),
    "Di Dunn": ("mentor", "", "UVV"),
    "Ed East": ("mentee", "WUU", ""),
}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Write a form whose topics have a column each, with a step of a scale in their cells."""
    lines = [",".join(["Email", "Full name", "Role", *WISHES, *GIFTS])]
    for name, (role, wish, gift) in ROWS.items():
        cells = [STEPS.get(step, "") for step in f"{wish:3}{gift:3}"]
        lines.append(",".join([f"{name[:2].lower()}@example.org", name, role, *cells]))
    (tmp_path / "form.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_columns_with_the_steps_of_a_scale_are_asked_about_as_one_question(form: Path) -> None:
    """Each is a topic without what all titles start with, and the steps are asked about at once."""
    asked = [each.path[-1] for each in propose(form).questions]
    assert asked == [WISHES[0], GIFTS[0]]
    settled = {
        ("columns", "signups", WISHES[0]): "mentees.contexts",
        ("columns", "signups", GIFTS[0]): "mentors.contexts",
    }
    drawn = propose(form, settled=settled)
    (asked_once,) = drawn.questions
    assert {path[-1] for path in (asked_once.path, *asked_once.also)} == set(STEPS.values())
    settled |= {("answers", "contexts", step): "ticked" for step in list(STEPS.values())[1:]}
    people = read_cohort(form, config_of(propose(form, settled=settled)))
    assert sorted(people.mentees["contexts"]) == [("law",), ("law", "pay", "tax"), ("pay",)]
    assert sorted(people.mentors["contexts"]) == [("law", "tax"), ("pay", "tax")]


def test_steps_in_columns_that_a_config_maps_one_by_one_are_never_items(form: Path) -> None:
    """Whoever maps each column to a list is told what is not known."""
    columns = dict.fromkeys(WISHES, "mentees.expertise") | dict.fromkeys(GIFTS, "mentors.expertise")
    columns |= {"Email": "email", "Full name": "name", "Role": "role"}
    config = Config.model_validate({"columns": {"signups": columns}, "input": {"id": "email"}})
    assert {f.code for f in check_cohort(form, config) if not f.is_warning} == {"E_OPTION"}


@pytest.mark.parametrize(
    ("rows", "are"),
    [
        (["law tax pay", "tax pay law", "pay law -", "law none none"], False),
        (["bit bit lot", "lot bit -", "bit lot lot", "lot lot lot"], True),
        (["bit bit lot", "lot bit -", "bit lot plenty", "lot lot lot"], False),
    ],
    ids=["choices of a list each", "steps", "a word of somebody's own"],
)
def test_steps_recur_within_a_row_and_choices_do_not(rows: list[str], are: bool) -> None:
    """First, second and third choice have the same options, and each person another in each."""
    cells = zip(*(row.replace("-", " ").split(" ")[:3] for row in rows), strict=True)
    assert are_steps([np.array(column, dtype=object) for column in cells]) is are


def test_only_whole_parts_of_names_are_what_all_start_with() -> None:
    """Words of a question in plain language are none."""
    assert shared_start(["NEED_HR_LAW", "NEED_HR_TAX"]) == "NEED_HR_"
    assert shared_start(["Need_law now", "Need_tax now"]) == shared_start(["plan", "play"]) == ""


def evidence(*cells: str, **grid: dict[str, int]) -> CellEvidence:
    """Return a column of answers, or a grid."""
    return replace(
        CellEvidence.of(cells), **{name: Counter(counts) for name, counts in grid.items()}
    )


@pytest.mark.parametrize(
    "title", ["Places (topics to be discussed)", "Womit kann ich helfen, und wie vielen?"]
)
def test_a_bare_number_an_answer_is_no_topic_by_its_title(title: str) -> None:
    """It is asked about, or is a number; a list of codes is told by what separates them."""
    first = guesses(title, evidence("2", "1", "3", "1"))[0]
    assert first.target != "contexts" or first.sureness is Sureness.ASKED


@pytest.mark.parametrize(
    ("ticked", "least"), [({"Law": 6, "Tax": 6}, 0), ({"Law": 6, "Tax": 4}, 1)]
)
def test_the_lowest_step_does_not_count_where_everybody_says_something(ticked, least) -> None:
    """Where some leave an option blank, blank is what does not count."""
    levels = {"low": 3, "medium": 5, "++": 4}
    numbers = level_numbers(evidence(ticked=ticked, levels=levels))
    assert numbers == {"low": least, "medium": 2, "++": 2}


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Rank what you could offer (1 = strongest)", True), ("Ordnen Sie: Rangfolge", True),
        ("Classez vos sujets par ordre de préférence", True),
        ("¿Cuánto? (1: nada, 5: mucho)", False), ("Rate each: 1 = least useful", False),
        ("How much would you like help with each of these?", None),
    ],
)  # fmt: skip
def test_a_title_says_which_end_of_a_rating_counts_most(title: str, first: bool | None) -> None:
    """Of places in an order all count, the first the most; else 1 is the least."""
    rated = evidence(ticked={"Law": 6}, levels={"1": 2, "2": 2, "3": 2})
    assert one_counts_most(rated, title) is first
    numbers = level_numbers(rated, title)
    assert numbers == ({"1": 3, "2": 2, "3": 1} if first else {"1": 0, "2": 1, "3": 2})


PLACES = [["1", "2", "3"], ["3", "1", "2"], ["", "2", "1"], ["2", "3", "1"], ["1", "3", "2"]]
RATED = [*PLACES[:4], ["1", "1", "3"]]


@pytest.mark.parametrize(("rows", "first"), [(PLACES, 3), (RATED, 0), (PLACES[:4], 0)])
def test_numbers_of_which_nobody_gives_two_options_one_are_places(rows, first) -> None:
    """The first counts most, whatever the title says or keeps to itself."""
    titles = ("What fits you [Law]", "What fits you [Tax]", "What fits you [Pay]")
    columns = tuple(np.array(cells, dtype=object) for cells in zip(*rows, strict=True))
    (question,) = questions_of(Grid("signups", "f.csv", titles, columns, np.arange(len(rows))))
    numbers = level_numbers(question.evidence, question.title) or {}
    assert numbers["1"] == first


def test_what_one_side_knows_and_the_other_is_asked_in_other_words_are_topics() -> None:
    """Never what mentees know: with the same options it is what they ask for."""
    options = evidence(ticked={"Law": 6, "Tax": 6, "Pay": 5})
    one = ColumnProposal(
        "Gaps", None, Sureness.LIKELY, Said(Why.TOLD_BY_NOTHING), (), options, ("Gaps",)
    )
    other = replace(one, title="Strengths", target="expertise", why=Said(Why.TITLE))
    sides = [replace(one, side="mentees"), replace(other, side="mentors")]
    assert [column.target for column in with_twins(sides)] == ["contexts", "contexts"]
    known = replace(other, target="contexts")  # whoever answers them, and however few they are
    assert [column.target for column in with_twins([one, known])] == ["contexts", "contexts"]


LONG = [
    "Finding out what the board expects of a newcomer",
    "Saying no to work that is not mine",
    "Writing for people who skim, in 2 languages",
]
TICKED = ["\n".join(LONG[:2]), LONG[2], "\n".join(LONG), LONG[0], "\n".join(LONG[1:]), LONG[1]]


def test_options_are_known_however_long_by_the_signs_that_forms_put_between_them() -> None:
    """They are no text, and a number within one says not how many people somebody takes."""
    cells = CellEvidence.of(TICKED)
    assert (cells.fits(["choice"]), cells.fits(["text"])) == (1.0, 0.0)
    own = CellEvidence.of([" ".join(text.split()) for text in TICKED if "\n" not in text] * 2)
    assert own.fits(["text"]) == 1.0


def test_options_of_two_questions_are_each_parted_by_their_own_sign() -> None:
    """A comma may part those of one side, a line those of the other."""
    commas = CellEvidence.of(["Law,Tax", "Law,Pay", "Tax", "Pay,Tax", "Law"])
    assert own_options([commas, CellEvidence.of(TICKED)]) == sorted([*LONG, "Law", "Pay", "Tax"])


def test_where_no_topic_is_common_it_is_asked_which_is_which(form: Path) -> None:
    """Two sides that are asked in two languages would never meet."""
    lines = form.joinpath("form.csv").read_text("utf-8").splitlines()
    titles = [f"{asked} [{each}]" for asked, each in zip(ASKED, [*ITALIAN, *ENGLISH], strict=True)]
    head = ",".join([*lines[0].split(",")[:3], *titles])
    body = [re.sub("[^,]+", "x", line.split(",", 3)[3]) for line in lines[1:]]
    rows = [
        ",".join([*line.split(",")[:3], cells]) for line, cells in zip(lines[1:], body, strict=True)
    ]
    form.joinpath("form.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    asked = propose(form).questions
    assert [each.path[-1] for each in asked] == sorted(ITALIAN)
    assert all(sorted(each.choices) == sorted(ENGLISH) for each in asked)


@pytest.mark.parametrize("cells", [("x", "", "x", "x"), ("nooit", "vaak", "nooit", "vaak")])
def test_what_becomes_a_topic_later_is_one_of_the_options_that_stand(
    tmp_path: Path, cells: tuple[str, ...]
) -> None:
    """Whatever was written beside them stays; an option that only its title names is one too."""
    titles = ["Naaien [Knippen]", "Naaien [Stikken]", "Koken", "Breien"]
    people = [f"{k}@example.org,{'mentee' if k % 2 else 'mentor'}" for k in range(6)]
    turned = [[*cells[k % 2 :], *cells[: k % 2]] for k in range(6)]
    lines = [",".join([one, *own]) for one, own in zip(people, turned, strict=True)]
    head = ",".join(["Email", "Role", *titles])
    (tmp_path / "form.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    columns = dict.fromkeys(titles, "contexts") | {"Email": "email", "Role": "role"}
    text = '[facets.topic]\ncolumns = ["contexts"]\noptions = [\n  "Ui", # mine\n  "knippen",\n]\n'
    text += '[answers.contexts]\nBreien = "Ui"\nvaak = "ticked"\nnooit = "missing"\n'
    stated = Config.model_validate(tomllib.loads(text) | {"columns": {"signups": columns}})
    drawn = propose(tmp_path, stated)
    written, added = rendered(drawn, text)
    assert "facets.topic.options" in added
    assert '"Ui", # mine\n' in written
    own = tomllib.loads(written)["facets"]["topic"]["options"]
    assert own == ["Ui", "knippen", "Stikken", "Koken"]
    read = read_cohort(tmp_path, config_of(drawn, stated))
    ticked = {
        topic for side in (read.mentees, read.mentors) for of in side.contexts for topic in of
    }
    assert ticked == set(own)
    assert rendered(drawn, written) == (written, [])


def test_a_grid_that_some_skip_in_part_is_one_question(tmp_path: Path) -> None:
    """Which of its columns each leaves out parts none of them from the others."""
    titles = ["Tagliare", "Cucire", "Stirare", "Filare", "Tessere"]
    said = ["Aiuto!", "Chiedi a me", "A posto"]
    rows = [
        ["" if (k + n) % 6 == 0 else said[(k * k + n) // 2 % 3] for n in range(5)]
        for k in range(12)
    ]
    lines = [",".join([f"{k}@example.org", *row]) for k, row in enumerate(rows)]
    head = ",".join(["Email", *titles])
    (tmp_path / "form.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    (_, grid) = propose(tmp_path).tables[0].columns
    assert grid.titles == tuple(titles)


ASKED = ["Su quali temi vorresti un aiuto?"] * 3 + ["Which topics could you help others with?"] * 3
ITALIAN, ENGLISH = ["Diritto", "Tasse", "Paghe"], ["Law", "Tax", "Pay"]
