"""Cells: words, numbers, dates, lists, slots."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.errors import ConfigError
from matcher.intake.cells.answer_words import AnswerWords
from matcher.intake.cells.answers import parser_for
from matcher.intake.cells.lists import LABEL, list_parser, split_items
from matcher.intake.cells.slots import slots_meant, slots_of
from matcher.text import fold


@pytest.mark.slow
@pytest.mark.parametrize("value", ["-1", "1.5", "1e9", "many", "1,5", "201", "0x2"])
def test_capacities_that_are_none(folder, value: str) -> None:
    """Capacities that make no sense are refused with the allowed range, numbers untold."""
    folder.write("mentors", f'person_id,capacity\nr1,"{value}"\n')
    (finding,) = folder.only("E_CAPACITY")
    assert finding.row == 2
    assert "0 to 200" in finding.remedy
    assert value == "many" or value not in finding.message


def test_capacity_in_hours_may_be_a_fraction(folder) -> None:
    """Hours a month are not whole numbers."""
    folder.write("mentors", "person_id,capacity\nr1,1.5\n")
    assert folder.read(capacity={"unit": "hours"}).mentors["capacity"].tolist() == [1.5]


@pytest.mark.slow
@pytest.mark.parametrize("value", ["2-3", "5+", "50%", "1 (maybe 2)", "1 or 2", "1 to 4"])
def test_more_than_one_number_is_asked_about(folder, value: str) -> None:
    """Spans, shares and open ends are not guessed; the config says what they mean."""
    folder.write("mentors", f'person_id,capacity\nr1,"{value}"\n')
    assert folder.codes() == {"E_CAPACITY"}
    assert folder.read(numbers={"capacity": {value: 2}}).mentors["capacity"].tolist() == [2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "written", "number"),
    [
        ("capacity", "two", 2),
        ("capacity", "1:3", 3),
        ("capacity", "up to 3", 3),
        ("capacity", "max. 2 Mentees", 2),
        ("capacity", "drei Personen", 3),
        ("career_years", "3 years", 3),
        ("career_years", "about 7 yrs.", 7),
        ("career_years", "~8", 8),
        ("career_years", "18 months", 1.5),
        ("career_years", "2 Jahre und 6 Monate", 2.5),
        ("career_years", "doce a\u00f1os", 12),
        ("career_years", "twenty-five", 25),
        ("career_years", "vingt et un ans", 21),
        ("capacity", "quinze", 15),
        ("career_years", "12 a\u00f1os", 12),
        ("hours_per_month", "90 minutes", 1.5),
        ("hours_per_month", "2 hours a week", None),
        ("need_why", "four", 4),
    ],
)
def test_numbers_in_words(folder, column: str, written: str, number: float | None) -> None:
    """A number with its unit, spelt out or said to be rough, is that number; else it is asked."""
    table = "mentees" if column == "need_why" else "mentors"
    folder.write(table, f'person_id,{column}\nx1,"{written}"\n')
    if number is None:
        assert folder.codes() == {"E_NUMBER"}
    else:
        values = getattr(folder.read(), table)[column]
        assert values.tolist() == pytest.approx([number])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("decimal", "written", "number"),
    [
        (",", "1,5", 1.5),
        (",", "1.234,5", 1234.5),
        (",", "2", 2),
        (",", "1.5", None),
        (".", "1,234.5", 1234.5),
        (".", "1.5", 1.5),
        ("", "1 234", 1234),
        ("", "1'234", 1234),
        ("", "1,5", None),
    ],
)
def test_the_decimal_sign_is_stated(folder, decimal: str, written: str, number: float) -> None:
    """The other sign groups thousands; what is neither is asked about."""
    folder.write("mentees", f'person_id,extra\ne1,"{written}"\n')
    config = {
        "input": {"decimal": decimal or None},
        "numbers": {"extra": {"none": 0}},
        "features": [
            {
                "name": "f",
                "kind": "closeness",
                "weight": 1,
                "mentee": ["extra"],
                "mentor": ["values_1"],
                "scale": [0, 9],
            }
        ],
    }
    if number is None:
        assert folder.codes(**config) == {"E_NUMBER"}
    else:
        assert folder.read(**config).mentees["extra"].tolist() == [number]


@pytest.mark.slow
@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-Infinity", "1e999"])
@pytest.mark.parametrize("column", ["score", "veto_score"])
def test_numbers_that_are_not_finite(folder, value: str, column: str) -> None:
    """NaN and infinity are no scores, and no needs."""
    if column == "score":
        folder.write("preferences", f"person_id,other_id,score\ne1,r1,{value}\n")
    else:
        folder.write("mentees", f"person_id,need_how\ne1,{value}\n")
    assert folder.codes() == {"E_NOT_FINITE"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("need_why", "5.1"),
        ("need_why", "-0.1"),
        ("career_years", "-1"),
        ("max_mentors", "1.5"),
        ("priority", "0"),
        ("values_1", "0"),
        ("values_2", "6"),
        ("hours_per_month", "1e6"),
    ],
)
def test_ranges(folder, column: str, value: str) -> None:
    """Every number has a range."""
    folder.write("mentees", f"person_id,{column}\ne1,{value}\n")
    assert folder.codes() == {"E_RANGE"}


def test_fewest_above_most(folder) -> None:
    """min_mentors above max_mentors, stated or by default, is an error."""
    folder.write("mentees", "person_id,min_mentors,max_mentors\ne1,2,1\ne2,3,\ne3,2,2\n")
    assert [finding.row for finding in folder.only("E_RANGE")] == [2, 3]


def test_misspelt_words_of_an_enumeration(folder) -> None:
    """The valid list and the near match are told, the answer itself is not."""
    folder.write("mentees", "person_id,contexts,scope\ne1,confidance;managing_change,brod\n")
    first, second = folder.only("E_ENUM")
    assert "did you mean confidence?" in first.remedy
    assert "political_environment" in first.remedy
    assert "did you mean broad?" in second.remedy
    assert "confidance" not in first.line()


def test_vocabulary_words_in_plain_spelling(folder) -> None:
    """Capitals, spaces and hyphens do not make another word; order of ticks means nothing."""
    folder.write(
        "mentees",
        "person_id,contexts\ne1,Managing change ; Career-Development;;\ne2,confidence;confidence\n",
    )
    assert folder.read().mentees["contexts"].tolist() == [
        ("career_development", "managing_change"),
        ("confidence",),
    ]


def test_declared_order_is_kept(folder) -> None:
    """Where the config says that a list is ordered, the order of ticks stays."""
    folder.write("mentees", "person_id,approaches\ne1,reverse;developmental\n")
    kept = folder.read(input={"ordered": ["approaches"]}).mentees["approaches"]
    assert kept.tolist() == [("reverse", "developmental")]


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("mon-am", "mon-am"),
        ("Monday morning", "mon-am"),
        ("Thurs: evenings", "thu-eve"),
        ("wed-09", "wed-09"),
        ("Fri 14:00", "fri-14"),
        ("monday", None),
        ("mon-25", None),
        ("someday-am", None),
    ],
)
def test_slots(text: str, slot: str | None) -> None:
    """Weekly slots in the words people use."""
    assert slots_of(text) == (slot and (slot,))


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Fri 6-7pm", "fri-18"),
        ("6:00-7:00pm F", "fri-18"),
        ("Friday 18:00-19:00", "fri-18"),
        ("11-1pm Sat", "sat-11 sat-12"),
        ("Freitag 18.30-19.30 Uhr", "fri-18 fri-19"),
        ("Donnerstagabend", "thu-eve"),
        ("am Montag Nachmittag", "mon-pm"),
        ("lundi de 18h \u00e0 19h", "mon-18"),
        ("mi\u00e9rcoles por la ma\u00f1ana", "wed-am"),
        ("vrijdag 14:00-15:00", "fri-14"),
        ("ter\u00e7a-feira de manh\u00e3", "tue-am"),
        ("\u0441\u0440\u0435\u0434\u0430 \u0432\u0435\u0447\u0435\u0440\u043e\u043c", "wed-eve"),
        ("Mon & Wed evenings", "mon-eve wed-eve"),
        ("Mon-Wed 12-1pm", "mon-12 tue-12 wed-12"),
        ("Tue 2pm, Thu 3pm", "tue-14 thu-15"),
        ("Fridays after 5pm", "fri-17 fri-18 fri-19 fri-20"),
        ("TUE 1300-1500", "tue-13 tue-14"),
        ("\u6728\u66dc 10\u6642\u301c12\u6642", "thu-10 thu-11"),
        ("\u706b\u66dc 18\u6642\u4ee5\u964d", "tue-18 tue-19 tue-20"),
        ("\u6c34\u66dc\u306e\u671d", "wed-am"),
        ("czw. 12:00-13:00", "thu-12"),
        ("pn rano; śr. po poł., pt przed południem", "mon-am wed-pm fri-am"),
        ("lunes por la tarde\njueves por la ma\u00f1ana", "mon-pm thu-am"),
        ("Dienstag vormittags und Freitag 14:00-16:00", "tue-am fri-14 fri-15"),
        ("mornings Tue, evenings Thu", "tue-am thu-eve"),
        ("Wed, Thu evenings", "wed-eve thu-eve"),
        ("du lundi au mercredi, le matin", "mon-am tue-am wed-am"),
        ("Mon 9:00-10:00, 14:00-15:00", "mon-09 mon-14"),
        ("Tuesday morning to evening", "tue-am tue-pm tue-eve"),
    ],
)
def test_times_of_the_clock_are_slots(text: str, slots: str) -> None:
    """Days and times as people write them, in several languages."""
    assert slots_of(text) == tuple(slots.split())


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Thursdays after lunch", "thu-pm"),
        ("giovedì dopo pranzo", "thu-pm"),
        ("voor de lunch op vrijdag", "fri-am"),
        ("jeudi après-midi", "thu-pm"),
        ("Thursday lunch", "thu-12 thu-13"),
    ],
)
def test_what_is_after_lunch_is_the_afternoon(text: str, slots: str) -> None:
    """The time about noon itself is two hours, and its name within a longer word is none of it."""
    assert slots_meant(text) == tuple(slots.split())


@pytest.mark.parametrize(
    "text",
    [
        "Fridays after 5",
        "Tue 6-7",
        "9-5 Mon",
        "Monday",
        "mornings",
        "T 6-7pm",
        "Fri 25:00",
        "not Monday morning",
        "Mon 13pm",
        "Wed evening, Thu, Fri morning",
        "Tuesday\nThursday afternoon",
        "Monday morning or Friday",
    ],
)
def test_times_that_may_mean_two_things_are_none(text: str) -> None:
    """Morning is never taken for evening, and no day for another."""
    assert slots_of(text) is None


@pytest.mark.parametrize(
    ("cell", "slots"),
    [
        ("Vormittags{}Di, Fr", "tue-am fri-am"),
        ("Donnerstag{}fr\u00fch oder sp\u00e4t", "thu-am thu-eve"),
        ("evenings{}Sze", "wed-eve"),
        ("Nach der Schicht{}Sze", None),
        ("Vormittags{}Fr nachmittags", None),
        ("{}Mi vormittags\nFr nachmittags", "wed-am fri-pm"),
    ],
)
def test_the_row_of_a_grid_and_its_cell_are_one_time(cell: str, slots: str | None) -> None:
    """A row names the part of the day of the days in its cells; one that says no time is asked."""
    said = {
        "sze": "wed-am;wed-pm;wed-eve",
        "fr\u00fch oder sp\u00e4t": "mon-am;mon-eve;thu-am;thu-eve",
    }
    parse = list_parser(
        SIGNUPS.by_name["availability"], AnswerWords(said, {}, ",", is_ordered=False)
    )
    read = parse(cell.format(LABEL))
    assert read.code == "E_OPTION" if slots is None else {*read} == {*slots.split()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 March 2024", "2024-03-12"),
        ("Mar 3, 2024", "2024-03-03"),
        ("3. M\u00e4rz 2024", "2024-03-03"),
        ("1er avril 2024", "2024-04-01"),
        ("7 de agosto de 2023", "2023-08-07"),
        ("Dienstag, 5. Dez. 2023", "2023-12-05"),
        ("12-Mar-24", "2024-03-12"),
        ("25/12/2024", "2024-12-25"),
        ("12/25/2024", "2024-12-25"),
        ("2024-03-01T10:00:00+01:00", "2024-03-01"),
        ("mars 2024", "2024-03-01"),
    ],
)
def test_dates_that_can_be_read_one_way(folder, text: str, day: str) -> None:
    """A month in words, or a day past twelve."""
    folder.write("mentees", f'person_id,joined\ne1,"{text}"\n')
    assert folder.read().mentees["joined"].dt.strftime("%Y-%m-%d").tolist() == [day]


def test_wrong_slots_are_findings(folder) -> None:
    """A slot that is none is told with an example."""
    folder.write("mentees", "person_id,availability\ne1,mon-am;whenever\n")
    (finding,) = folder.only("E_ENUM")
    assert "mon-am" in finding.remedy


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("03/04/2024", "E_DATE_AMBIGUOUS"),
        ("2024-02-30", "E_DATE"),
        ("2024-02-03 24:71", "E_DATE"),
        ("yesterday", "E_DATE"),
        ("45000", "E_DATE"),
        ("0001-01-01", "E_DATE"),
        ("2031-01-01", "E_DATE_FUTURE"),
    ],
)
def test_dates_that_are_wrong(folder, value: str, code: str) -> None:
    """Dates are ISO unless the config says otherwise, and past events lie in the past."""
    folder.write("mentees", f"person_id,consent_date\ne1,{value}\n")
    assert folder.codes() == {code}


def test_dates_in_the_stated_format(folder) -> None:
    """With a format the day is sure; ISO dates, which spreadsheets give, are read beside it."""
    folder.write(
        "mentees", "person_id,consent_date\ne1,03/04/2024\ne2,2024-04-03\ne3,03/04/2024 10:22\n"
    )
    dates = folder.read(input={"date_format": "%d/%m/%Y"}).mentees["consent_date"]
    assert dates.tolist() == [pd.Timestamp(2024, 4, 3)] * 3


@pytest.mark.slow
def test_coarse_dates_where_people_remember_years(folder) -> None:
    """Known since 2019 is a date of that year; a last talk needs its day."""
    folder.write("contacts", "person_id,contact_id,known_since\ne1,AB,2019\ne1,CD,2019-05\n")
    known = folder.read().contacts["known_since"].tolist()
    assert known == [pd.Timestamp(2019, 1, 1), pd.Timestamp(2019, 5, 1)]
    folder.write("contacts", "person_id,contact_id,last_contact\ne1,AB,2019\n")
    assert folder.codes() == {"E_DATE"}


def test_scales_and_words_for_numbers(folder) -> None:
    """The form's words become numbers, and `missing` leaves no answer."""
    folder.write("mentees", "person_id,need_why\ne1,Not at all\ne2,A great  deal\ne3,No view\n")
    folder.write("mentors", "person_id,capacity\nr1,2\u20133\nr2,4\n")
    cohort = folder.read(
        scales={"need_why": {"Not at all": 0, "A great deal": 5, "No view": "missing"}},
        numbers={"capacity": {"2-3": 2}},
    )
    assert cohort.mentees["need_why"].tolist()[:2] == [0.0, 5.0]
    assert math.isnan(cohort.mentees["need_why"].iloc[2])
    assert cohort.mentors["capacity"].tolist() == [2.0, 4.0]


def test_one_scale_for_all_items(folder) -> None:
    """`values_*` gives one scale to all items of a kind."""
    folder.write("mentees", "person_id,values_1,values_2\ne1,Low,High\n")
    mentees = folder.read(scales={"values_*": {"Low": 1, "High": 5}}).mentees
    assert mentees[["values_1", "values_2"]].to_numpy().tolist() == [[1.0, 5.0]]


def test_prefer_not_to_say_is_no_answer(folder) -> None:
    """It is missing in texts, words, numbers and lists."""
    said = "Prefer not to say"
    folder.write(
        "mentees", f"person_id,name,scope,need_why,contexts\ne1,{said},{said},{said},{said}\n"
    )
    row = folder.read().mentees.iloc[0]
    assert row[["name", "scope", "need_why"]].isna().all()
    assert row["contexts"] == ()


def test_grades_of_the_config(folder) -> None:
    """Where the config orders grades, seniority is one of them."""
    folder.write("mentees", "person_id,seniority\ne1,heo\n")
    grades = {"programme": {"grades": ["EO", "HEO"]}}
    assert folder.read(**grades).mentees["seniority"].tolist() == ["HEO"]
    folder.write("mentees", "person_id,seniority\ne1,HOE\n")
    assert folder.codes(**grades) == {"E_ENUM"}


def test_pools_must_be_named(folder) -> None:
    """A misspelt pool would have endless places."""
    folder.write("mentors", "person_id,pool\nr1,Phisics\n")
    (finding,) = folder.only("E_ENUM", capacity={"pools": {"Physics": 3}})
    assert "Physics" in finding.remedy


@pytest.mark.slow
def test_spreadsheet_words_for_yes(folder) -> None:
    """yes, TRUE and 1 are the same; anything else is told."""
    folder.write("preferences", "person_id,other_id,veto\ne1,r1,TRUE\ne1,r2,1\ne2,r1,no\n")
    assert folder.read().preferences["veto"].tolist() == [True, True, False]
    folder.write("preferences", "person_id,other_id,veto\ne1,r1,maybe\n")
    assert "E_ENUM" in folder.codes()


def test_confidential_unless_stated(folder) -> None:
    """Preferences and rules are confidential unless they say no."""
    folder.write("preferences", "person_id,other_id,score,confidential\ne1,r1,3,\ne1,r2,3,no\n")
    assert folder.read().preferences["confidential"].tolist() == [True, False]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_errors_of_spreadsheets(folder, error: str) -> None:
    """An error that a formula left behind is no answer, not even in free text."""
    folder.write("mentees", f"person_id,name\ne1,{error}\n")
    assert folder.codes() == {"E_CELL_ERROR"}


@pytest.mark.parametrize(
    "config",
    [
        {"input": {"date_format": "dd/mm/yyyy"}},
        {"input": {"date_format": "%d/%m"}},
        {"answers": {"contxts": {"a": "confidence"}}},
        {"answers": {"contexts": {"a": "confidance"}}},
        {"answers": {"need_why": {"a": "5"}}},
        {"scales": {"organisation": {"a": 5}}},
        {"numbers": {"capcity": {"a": 5}}},
    ],
)
def test_words_of_the_config_that_do_nothing(folder, config: dict[str, object]) -> None:
    """A part of the config that could never map anything is a config error."""
    with pytest.raises(ConfigError, match="E_CONFIG"):
        folder.read(**config)


OPTIONS = {fold("Coaching, listening, and advice"), fold("Advice"), fold("Coaching")}


def test_options_that_hold_the_separator() -> None:
    """The longest known answer wins over its pieces."""
    cell = "Coaching, listening, and advice, Advice, Something else"
    assert split_items(cell, ",", OPTIONS) == [
        "Coaching, listening, and advice",
        "Advice",
        "Something else",
    ]


@given(st.lists(st.sampled_from(sorted(OPTIONS)), unique=True, min_size=1))
def test_joined_options_split_back(options: list[str]) -> None:
    """Any choice of options, joined as Google Forms joins them, splits into the same choice."""
    split = split_items(", ".join(options), ",", OPTIONS)
    assert {fold(item) for item in split} <= OPTIONS
    assert ", ".join(split) == ", ".join(options)


OWN = {
    "facets": {
        "topic": {"columns": ["wants", "gives"], "options": ["Grant writing", "Data, charts"]}
    },
    "answers": {"wants": {"Money for research": "Grant writing"}},
    "input": {"separator": ","},
}


def test_own_facets_read_as_lists_of_their_options(folder) -> None:
    """Options are matched however they are spelt, through [answers] too, and never invented."""
    folder.write("mentees", 'person_id,wants\ne1,"Money for research, data, charts"\n')
    folder.write("mentors", "person_id,gives\nr1,GRANT WRITING\n")
    cohort = folder.read(**OWN)
    assert cohort.mentees["wants"].tolist() == [("Grant writing", "Data, charts")]
    assert cohort.mentors["gives"].tolist() == [("Grant writing",)]


def test_own_facets_may_take_the_place_of_the_vocabulary(folder) -> None:
    """Own options in a declared column replace its words, and [answers] may map to them."""
    own = {
        "facets": {"topic": {"columns": ["contexts"], "options": ["Grant writing", "Teaching"]}},
        "answers": {"contexts": {"Money": "Grant writing"}},
    }
    folder.write("mentees", "person_id,contexts\ne1,Money;teaching\n")
    folder.write("mentors", "person_id,contexts\nr1,confidence\n")
    (fault,) = folder.only("E_ENUM", **own)
    assert fault.table == "mentors"
    folder.write("mentors", "person_id,contexts\nr1,\n")
    assert folder.read(**own).mentees["contexts"].tolist() == [("Grant writing", "Teaching")]


def test_an_answer_that_is_no_option_of_own_facets_is_told(folder) -> None:
    """An item beyond the stated options is a fault with the options named."""
    folder.write("mentees", "person_id,wants\ne1,Grant wrting\n")
    folder.write("mentors", "person_id,gives\nr1,\n")
    (fault,) = folder.only("E_ENUM", **OWN)
    assert "Grant writing" in fault.remedy


def test_own_facets_without_their_column_are_told(folder) -> None:
    """A column of own facets that a table lacks would do nothing in silence."""
    folder.write("mentees", "person_id,wants\ne1,Grant writing\n")
    (fault,) = folder.only("E_MISSING_COLUMN", **OWN)
    assert (fault.table, fault.column) == ("mentors", "gives")


def test_a_comma_within_brackets_parts_no_items(folder) -> None:
    """Options joined by commas may hold some; a bracket that never closes holds nothing."""
    cell = "Writing (papers, grants), Law, smile :(, Art"
    folder.write("mentees", f'person_id,expertise\ne1,"{cell}"\n')
    found = folder.read(input={"separator": ","}).mentees["expertise"][0]
    assert found == ("Art", "Law", "Writing (papers, grants)", "smile :(")


@pytest.mark.parametrize(("word", "value"), [("Ja", "yes"), ("non", "no"), ("s\u00ed", "yes")])
def test_yes_and_no_in_other_languages(folder, word: str, value: str) -> None:
    """Also where a third answer is possible."""
    folder.write("mentees", f"person_id,ready\ne1,{word}\n")
    assert folder.read().mentees["ready"].tolist() == [value]


def test_a_time_in_own_words_is_no_row_of_codes() -> None:
    """Tools that part codes by blanks also ask for texts: `Martes 17:00-18:00` is one answer."""
    spec = TABLES["mentees"].by_name["availability"]
    words = AnswerWords({"mo_am": "mon-am", "di_pm": "tue-pm"}, {}, " ", is_ordered=False)
    parse = parser_for(spec, words, "")
    assert parse("Martes 17:00-18:00") == ("tue-17",)
    assert parse("mo_am di_pm") == ("mon-am", "tue-pm")


def test_ticked_boxes_one_a_line_are_each_read(folder) -> None:
    """A line end is no blank: an answer whose words the config says stands among others."""
    folder.write(
        "mentees", 'person_id,availability\ne1,"Dienstag früh\nam Markttag\nFreitag früh"\n'
    )
    table = {"mentees": {"separators": {"availability": "\n"}}}
    said = {"availability": {"am Markttag": "thu-am;thu-pm"}}
    found = folder.read(tables=table, answers=said).mentees["availability"][0]
    assert set(found) == {"tue-am", "thu-am", "thu-pm", "fri-am"}


@pytest.mark.parametrize(
    "days",
    [
        "Pazartesi Sal\u0131 Çarşamba Perşembe Cuma Cumartesi Pazar",
        "Ponedjeljak Utorak Srijeda Četvrtak Petak Subota Nedjelja",
        "Pirmadienis Antradienis Trečiadienis Ketvirtadienis Penktadienis Šeštadienis Sekmadienis",
        "Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή Σάββατο Κυριακή",
    ],
)
def test_days_are_known_in_further_languages(days: str) -> None:
    """Each of the seven is another day, morning and afternoon."""
    found = [slots_meant(day) for day in days.split()]
    assert found == [(f"{d}-am", f"{d}-pm") for d in SEVEN]


SEVEN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def test_one_letter_is_no_day() -> None:
    """`M` is Monday here, martes there: it is asked; days that letters span are read."""
    assert slots_meant("M") is None
    assert slots_meant("M-F") == slots_meant("Mon-Fri")


@pytest.mark.parametrize("name", ["contexts", "scope"])
def test_a_remedy_names_the_heading_as_the_settings_write_it(name) -> None:
    """A column of one side has a dot in its name: as a heading it stands in quotes."""
    spec = replace(SIGNUPS.by_name[name], name=f"mentors.{name}")
    assert tomllib.loads(spec.answers_heading) == {"answers": {f"mentors.{name}": {}}}
