"""Questions with a column for each option, and lists in one cell, in every shape of forms."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.config import Config
from matcher.errors import ConfigError
from matcher.intake.cells.form_words import FORM_WORDS
from matcher.intake.cells.marks import is_mark, rank_of
from matcher.intake.files.csv_source import CsvFormat, parse_csv
from matcher.intake.headers import with_titles
from matcher.intake.mapping import map_headings
from matcher.intake.presets import PRESETS
from matcher.intake.read import read_cohort
from matcher.intake.typed_table import type_table

SHAPES = [
    "{q} (choice={o})",
    "{q} [{o}]",
    "{q}/{o}",
    "{q}: {o}",
    "{q} - {o}",
    "{q}?.{o}",
    "<p>{q}</p> [{o}]",
    "{o}",
]
"""Titles of the column of an option."""


def table_of(rows: list[list[str]]) -> bytes:
    """Return rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


def items_of(rows: list[list[str]], **config: object) -> list[object]:
    """Return the expertise of each mentee of a table, or what is wrong with it."""
    settings_ = Config.model_validate(config)
    raw = parse_csv(table_of(rows), "mentees", "a.csv", CsvFormat(delimiter=","))
    grid = with_titles(raw, settings_)
    table = type_table(grid, map_headings(grid, PRESETS["plain"], settings_), settings_)
    faults = {f.row: f.code for f in table.findings if not f.is_warning}
    cells = zip(table.frame["source_row"], table.frame["expertise"], strict=True)
    return [faults.get(row, items) for row, items in cells]


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Checked", "Unchecked"),
        ("1", "0"),
        ("Oui", "Non"),
        ("S\u00ed", "No"),
        ("TRUE", "FALSE"),
        ("x", ""),
        ("Ja", "Nein"),
        ("\u2713", ""),
        ("\u0414\u0430", "\u041d\u0435\u0442"),
        ("Zaznaczone", ""),
        ("Valgt", "Ikke valgt"),
        ("Coch\u00e9", "Non coch\u00e9"),
    ],
)
def test_ticks_in_every_shape(shape: str, yes: str, no: str) -> None:
    """Each option is an item where its column is ticked, whatever the title and the tick."""
    options = ["C++", "C#", "\u0421\u0442\u0430\u0442\u0438\u0441\u0442\u0438\u043a\u0430"]
    titles = [shape.format(q="Which skills do you want", o=option) for option in options]
    rows = [["person_id", *titles], ["e1", yes, no, no], ["e2", no, yes, yes], ["e3", no, no, no]]
    wanted = [("C++",), ("C#", "\u0421\u0442\u0430\u0442\u0438\u0441\u0442\u0438\u043a\u0430"), ()]
    assert items_of(rows, columns=dict.fromkeys(titles, "expertise")) == wanted
    if "{q}" in shape:
        question = "Which skills do you want" + "?" * ("?" in shape)
        assert items_of(rows, columns={question: "expertise"}) == wanted


@pytest.mark.parametrize("shape", SHAPES[:2] + SHAPES[3:5])
def test_a_sole_column_of_an_option_is_read_with_it(shape: str) -> None:
    """Also where one column of the grid alone is mapped, or was asked."""
    title = shape.format(q="Can you help with", o="Budgets")
    rows = [["person_id", title], ["e1", "Yes"], ["e2", "No"], ["e3", ""]]
    assert items_of(rows, columns={title: "expertise"}) == [("Budgets",), (), ()]


def test_a_title_that_ends_with_its_answers_names_no_option() -> None:
    """Each cell is an answer, as it stands: nobody says all that the title lists."""
    title = "Womit hilfst du? [Recht / Steuern]"
    rows = [["person_id", title], ["e1", "Recht"], ["e2", "steuern"], ["e3", "egal"]]
    told = items_of(rows, columns={title: "expertise"})
    assert told == [("Recht",), ("steuern",), ("egal",)]


def test_a_cell_may_repeat_its_option() -> None:
    """Typeform's columns; what is written in beside other options is an item of its own."""
    titles = ["Budgets", "Public speaking", "Other"]
    rows = [
        ["person_id", *titles],
        ["e1", "Budgets", "", "Knitting"],
        ["e2", "", "Public speaking", ""],
    ]
    assert items_of(rows, columns=dict.fromkeys(titles, "expertise")) == [
        ("Budgets", "Knitting"),
        ("Public speaking",),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("First choice", "Second choice", "3rd choice"),
        ("1. Wahl", "Zweite Wahl", "dritte Wahl"),
        ("Choix 1", "Deuxi\u00e8me choix", "choix 3"),
        ("Rank 1", "2nd", "Priority 3"),
    ],
)
def test_ranks_in_a_grid_are_an_order(words: tuple[str, str, str]) -> None:
    """Who ranks an option names it; the order counts where the column is ordered."""
    titles = [f"Topics [{option}]" for option in ("Law", "Art", "Music")]
    rows = [["person_id", *titles], ["e1", words[2], words[0], words[1]], ["e2", "", words[1], ""]]
    columns = dict.fromkeys(titles, "expertise")
    assert items_of(rows, columns=columns) == [("Art", "Law", "Music"), ("Art",)]
    ordered = items_of(rows, columns=columns, input={"ordered": ["expertise"]})
    assert ordered == [("Art", "Music", "Law"), ("Art",)]


def test_options_in_columns_of_ranks_are_items() -> None:
    """The other way round: the title says the place, the cell says the option."""
    titles = ["Topics [1st choice]", "Topics [2nd choice]"]
    rows = [["person_id", *titles], ["e1", "Law", "Art"], ["e2", "Music", ""]]
    columns = dict.fromkeys(titles, "expertise")
    ordered = items_of(rows, columns=columns, input={"ordered": ["expertise"]})
    assert ordered == [("Law", "Art"), ("Music",)]


def test_days_and_times_may_cross_in_a_grid(folder) -> None:
    """The title says the time and the cell the days, or the other way round."""
    folder.write("mentees", "person_id,When? [9-10am],When? [6-7pm]\ne1,Mon;Tue,Fri\n")
    folder.write("mentors", "person_id,When? [Mon],When? [Fri]\nr1,9-10am,evening\n")
    cohort = folder.read(columns={"When?": "availability"})
    assert cohort.mentees["availability"].tolist() == [("fri-18", "mon-09", "tue-09")]
    assert cohort.mentors["availability"].tolist() == [("fri-eve", "mon-09")]


def test_a_word_of_the_form_is_shown_and_a_text_is_not(folder) -> None:
    """What recurs in a grid is an option of the form; what one person wrote is theirs."""
    rows = ("Very keen,", ",Very keen", "Very keen,", "my boss Ann Lee is awful,")
    lines = "".join(f"e{k},{row}\n" for k, row in enumerate(rows))
    folder.write("mentees", f"person_id,Topics [Law],Topics [Art]\n{lines}")
    told = [f.line() for f in folder.only("E_OPTION", columns={"Topics": "expertise"})]
    assert sum("'Very keen'" in line for line in told) == 3
    assert not any("Ann Lee" in line for line in told)


def test_words_that_nobody_knows_are_asked_about_and_can_be_mapped() -> None:
    """How much somebody wants a topic is no topic; the config says what the words are worth."""
    titles = ["Topics [Law]", "Topics [Art]"]
    rows = [["person_id", *titles], ["e1", "Very keen", "Hardly"], ["e2", "Hardly", "Very keen"]]
    columns = dict.fromkeys(titles, "expertise")
    assert items_of(rows, columns=columns) == ["E_OPTION", "E_OPTION"]
    answers = {"expertise": {"Very keen": "ticked", "Hardly": "missing"}}
    assert items_of(rows, columns=columns, answers=answers) == [("Law",), ("Art",)]
    scales = {"expertise": {"Very keen": 2, "Hardly": 1}}
    strengths = {"columns": columns, "scales": scales, "input": {"ordered": ["expertise"]}}
    assert items_of(rows, **strengths) == [("Law", "Art"), ("Art", "Law")]
    ticks = {"ticks": ["very keen"], "unticked": ["HARDLY"]}
    assert items_of(rows, columns=columns, input=ticks) == [("Law",), ("Art",)]


def test_one_word_in_all_cells_of_an_option_is_no_item() -> None:
    """A tick in a language that nobody declared is asked about, in one column too."""
    rows = [["person_id", "Topics [Law]"], ["e1", "Bifurcato"], ["e2", "Bifurcato"], ["e3", ""]]
    assert items_of(rows, columns={"Topics [Law]": "expertise"})[:2] == ["E_OPTION", "E_OPTION"]


@pytest.mark.parametrize("cell", ["1", "0;1", "Yes", "First choice", "x;law", "14", "SQ003"])
def test_a_bare_mark_never_becomes_an_item(cell: str) -> None:
    """Without an option a tick says nothing, and a code names none."""
    assert items_of([["person_id", "expertise"], ["e1", cell]]) == ["E_OPTION"]


def test_columns_titled_with_codes_ask_for_the_options() -> None:
    """Raw exports of REDCap and LimeSurvey; the codes can be mapped."""
    titles = ["skills___1", "skills___2"]
    rows = [["person_id", *titles], ["e1", "1", "0"], ["e2", "0", "1"]]
    assert items_of(rows, columns={"skills": "expertise"}) == ["E_OPTION", "E_OPTION"]
    answers = {"expertise": {"1": "Law", "2": "Art"}}
    assert items_of(rows, columns={"skills": "expertise"}, answers=answers) == [("Law",), ("Art",)]


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ('["grant writing", "law"]', ("grant writing", "law")),
        ("['law', 'it''s']", None),
        ("['law']", ("law",)),
        ("[law, art]", ("art", "law")),
        ('{"law","grant writing"}', ("grant writing", "law")),
        ('{"law": true, "art": false}', ("law",)),
        ("[]", ()),
        ("[C++] and more", ("[C++] and more",)),
    ],
)
def test_lists_as_programs_write_them(cell: str, items: tuple[str, ...] | None) -> None:
    """JSON, Python and Postgres, without their brackets and quotes."""
    found = items_of([["person_id", "expertise"], ["e1", cell]])[0]
    assert found == items if items is not None else "[" not in str(found)


@pytest.mark.slow
def test_a_list_whose_separator_is_another_is_told(folder) -> None:
    """Where no cell holds the separator and most hold another one; a single text is none."""
    folder.write("mentors", 'person_id,expertise\nr1,"Law, Art"\nr2,"Ethics, Music"\nr3,Law\n')
    (told,) = folder.only("W_SEPARATOR")
    assert (told.table, told.column) == ("mentors", "expertise")
    assert 'expertise = ","' in told.remedy
    assert folder.only("W_SEPARATOR", tables={"mentors": {"separator": ","}}) == []


WRITE_INS = "person_id,contexts\ne1,confidence;a toxic lab\ne2,moving abroad\ne3,managing_change\n"


@pytest.mark.slow
def test_answers_of_peoples_own_can_be_left_out_or_kept_apart(folder) -> None:
    """One warning with their number; nobody is lost, and no text is repeated."""
    folder.write("mentees", WRITE_INS)
    assert folder.codes() == {"E_ENUM"}
    left_out = folder.read(answers={"contexts": {"*": "missing"}})
    assert left_out.mentees["contexts"].tolist() == [("confidence",), (), ("managing_change",)]
    assert [f.code for f in left_out.findings] == ["W_WRITE_IN"]
    assert "2 rows" in left_out.findings[0].message
    kept = folder.read(answers={"contexts": {"*": "text"}})
    assert kept.mentees["contexts_text"].fillna("").tolist() == ["a toxic lab", "moving abroad", ""]
    meant = folder.read(answers={"contexts": {"*": "confidence"}})
    assert meant.mentees["contexts"].tolist()[:2] == [("confidence",), ("confidence",)]
    with pytest.raises(ConfigError, match="not valid"):
        folder.read(answers={"contexts": {"*": "keep"}})


def test_an_answer_beside_a_valid_one_never_costs_a_place(folder) -> None:
    """With --set-aside only who said nothing valid is set aside."""
    folder.write("mentees", WRITE_INS)
    cohort = folder.aside()
    assert cohort.mentees["person_id"].tolist() == ["e1", "e3"]
    assert {f.code for f in cohort.findings} == {"W_WRITE_IN", "W_SET_ASIDE"}


MARKS = sorted(
    {
        *FORM_WORDS["ticks"],
        *FORM_WORDS["no_ticks"],
        *(w for words in FORM_WORDS["ordinals"] for w in words),
    }
    | {
        f"{w} {noun}"
        for words in FORM_WORDS["ordinals"]
        for w in words
        for noun in FORM_WORDS["ranked"][:4]
    }
)
OPTIONS = [
    "Law",
    "Public speaking",
    "Writing, editing",
    "C++",
    "Ethik & Recht",
    "AI/ML",
    "R: basics",
]


@pytest.mark.slow
@given(st.data())
def test_no_item_is_ever_a_mark_or_a_bracket(data: st.DataObject) -> None:
    """Whatever marks, separators and titles are drawn, an item names something."""
    options = data.draw(st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=4, unique=True))
    shape = data.draw(st.sampled_from(SHAPES))
    titles = [shape.format(q="Your topics?", o=option) for option in options]
    separator = data.draw(st.sampled_from([";", ",", "|"]))
    wrap = data.draw(st.sampled_from(["{}", '["{}"]', "['{}']", "[{}]", "{{{}}}"]))
    cell = st.one_of(
        st.sampled_from(MARKS),
        st.just(""),
        st.sampled_from(OPTIONS),
        st.lists(st.sampled_from(MARKS + OPTIONS), min_size=1, max_size=3).map(separator.join),
    ).map(wrap.format)
    rows = [[f"e{k}", *(data.draw(cell) for _ in titles), data.draw(cell)] for k in range(3)]
    columns = dict.fromkeys(titles, "expertise")
    found = items_of(
        [["person_id", *titles, "expertise"], *rows],
        columns=columns,
        input={"separator": separator},
    )
    for items in found:
        if isinstance(items, str):
            assert items in ("E_OPTION", "E_CELL_ERROR")
            continue
        for item in items:
            assert not is_mark(item)
            assert item.strip("[]{}'\" ") != ""
            assert not (item[0] in "[{" and item[-1] in "]}")


@pytest.mark.parametrize(
    "word", ["first choice", "1st", "Rank 2", "2. Wahl", "premier choix", "opci\u00f3n 3"]
)
def test_words_for_ranks(word: str) -> None:
    """Ordinals with and without what they count."""
    assert rank_of(word) in (1, 2, 3)


def test_words_that_go_both_ways_are_need_and_offer(tmp_path: Path) -> None:
    """In one grid some words ask for help with an option and others offer it, in both roles."""
    rows = [
        "a@x.org,Mentee,Teach me,",
        "b@x.org,Mentor,Teach me,I know",
        "c@x.org,Both,I know,Teach me",
    ]
    heads = "Email,Role,Topics [Tax],Topics [Law]"
    (tmp_path / "signups.csv").write_text("\n".join([heads, *rows]) + "\n")
    words = {"Teach me": "asked", "I know": "offered"}
    config = Config.model_validate(
        {
            "input": {"id": "email"},
            "columns": {"Topics": "contexts"},
            "answers": {"contexts": words},
            "facets": {"topic": {"columns": ["contexts"], "options": ["Tax", "Law"]}},
        }
    )
    cohort = read_cohort(tmp_path, config)
    said = [
        sorted(zip(people["email"], people["contexts"], strict=True))
        for people in (cohort.mentees, cohort.mentors)
    ]
    assert said[0] == [("a@x.org", ("Tax",)), ("c@x.org", ("Law",))]
    assert said[1] == [("b@x.org", ("Law",)), ("c@x.org", ("Tax",))]


def test_a_form_of_one_side_counts_what_is_theirs(tmp_path: Path) -> None:
    """What a mentee could teach is no need, and what a mentor would learn no offer."""
    for side, who in (("mentees", "a"), ("mentors", "b")):
        text = f"Email,Topics [Tax],Topics [Law]\n{who}@x.org,Teach me,I know\n"
        (tmp_path / f"{side}.csv").write_text(text)
    config = Config.model_validate(
        {
            "input": {"id": "email"},
            "columns": {"Topics": "contexts"},
            "answers": {"contexts": {"Teach me": "asked", "I know": "offered"}},
            "facets": {"topic": {"columns": ["contexts"], "options": ["Tax", "Law"]}},
        }
    )
    cohort = read_cohort(tmp_path, config)
    assert [*cohort.mentees["contexts"]] == [("Tax",)]
    assert [*cohort.mentors["contexts"]] == [("Law",)]
