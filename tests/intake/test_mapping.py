"""Which column is which, and titles that are wrong."""

from __future__ import annotations

import pytest

from matcher.errors import ConfigError, InputError


def test_missing_column_names_the_near_match(folder) -> None:
    """A misspelt needed column is missing, and the slip is shown."""
    folder.write("mentees", "persn_id,name\ne1,Ada\n")
    (missing,) = folder.only("E_MISSING_COLUMN")
    assert (missing.table, missing.column) == ("mentees", "person_id")
    assert "persn_id" in missing.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("capcity", "capacity"),
        ("capacty", "capacity"),
        ("organization", "organisation"),
        ("context", "contexts"),
        ("avialability", "availability"),
        ("offer_wy", "offer_why"),
        ("nmae", "name"),
        ("value_1", "values_1"),
        ("bios", None),
        ("area", None),
        ("score", None),
        ("job title", None),
        ("stream", None),
        ("t-shirt size", None),
    ],
)
def test_near_misses_are_errors_and_other_words_are_not(
    folder, slip: str, meant: str | None
) -> None:
    """A slip of a known column stops the run; a plainly different column is only listed."""
    folder.write("mentors", f"person_id,{slip}\nr1,\n")
    codes = {"E_UNKNOWN_COLUMN"} if meant else {"W_UNUSED_COLUMN"}
    assert folder.codes() == codes
    if meant:
        assert meant in folder.check()[0].message


def test_unused_columns_are_listed_and_harmless(folder) -> None:
    """Columns that mean nothing here are told one by one, and the cohort loads."""
    folder.write("mentees", "person_id,shoe,hat\ne1,4,5\n")
    cohort = folder.read()
    assert [f.column for f in cohort.findings if f.code == "W_UNUSED_COLUMN"] == ["hat", "shoe"]
    assert "shoe" not in cohort.mentees


@pytest.mark.parametrize("header", ["person_id,name,name", "person_id,Name,name ", "person_id,x,x"])
def test_the_same_column_twice(folder, header: str) -> None:
    """Two columns of one title leave open which is right."""
    folder.write("mentees", f"{header}\ne1,a,b\n")
    assert folder.codes() - {"W_UNUSED_COLUMN"} == {"E_DUP_COLUMN"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "title", ["ethnicity", "Religion", "Disability", "What is your gender?", "Sexual orientation"]
)
def test_protected_attributes_must_be_mapped(folder, title: str) -> None:
    """A protected attribute under its plain name is refused; mapped to groups it is kept apart."""
    folder.write("mentees", f"person_id,{title}\ne1,a\ne2,\n")
    assert folder.codes() == {"E_PROTECTED_COLUMN"}
    cohort = folder.read(columns={title: "groups.attribute"})
    assert "attribute" not in cohort.mentees
    assert cohort.groups[["person_id", "attribute"]].dropna().to_numpy().tolist() == [["e1", "a"]]


def test_groups_of_table_and_form_are_one_row_a_person(folder) -> None:
    """Attributes from a form and from the groups table meet; the table wins."""
    folder.write("mentees", "person_id,Ethnicity\ne1,a\ne2,b\n")
    folder.write("groups", "person_id,gender,ethnicity\ne1,w,z\nr1,m,\nghost,m,\n")
    cohort = folder.read(columns={"Ethnicity": "groups.ethnicity"})
    groups = cohort.groups.set_index("person_id")
    assert groups["ethnicity"].dropna().to_dict() == {"e1": "z", "e2": "b"}
    assert groups["gender"].dropna().to_dict() == {"e1": "w", "r1": "m"}
    assert cohort.rows["groups"].rejected == 1


def test_columns_can_be_mapped_for_one_table(folder) -> None:
    """The same title may mean different things in two tables, and may be ignored on purpose."""
    folder.write("mentees", "person_id,Topics,Notes\ne1,confidence,x\n")
    folder.write("mentors", "person_id,Topics\nr1,Statistics\n")
    columns = {
        "mentees": {"Topics": "contexts", "Notes": "ignore"},
        "mentors": {"Topics": "expertise"},
    }
    cohort = folder.read(columns=columns)
    assert cohort.mentees["contexts"].tolist() == [("confidence",)]
    assert cohort.mentors["expertise"].tolist() == [("Statistics",)]
    assert cohort.findings == ()


def test_titles_match_despite_quotes_spaces_and_case(folder) -> None:
    """Curly quotes, no-break spaces and double spaces of a form do not matter."""
    folder.write(
        "mentees", "person_id,What\u00a0would  you \u2018most\u2019 like?\ne1,confidence\n"
    )
    cohort = folder.read(columns={"What would you 'most' like?": "contexts"})
    assert cohort.mentees["contexts"].tolist() == [("confidence",)]


def test_a_mapping_to_no_column_is_a_config_error(folder) -> None:
    """A misspelt target is told with the near match, before any table is judged."""
    for columns in (
        {"Topics": "contxts"},
        {"mentes": {"a": "name"}},
        {"mentees": {"a": "capacity"}},
    ):
        with pytest.raises(ConfigError, match="E_CONFIG"):
            folder.read(columns=columns)


@pytest.mark.slow
def test_a_mapped_title_that_no_table_has(folder) -> None:
    """A question that was reworded since does not vanish silently."""
    assert folder.codes(columns={"Old question?": "contexts"}) == {"W_ABSENT_COLUMN"}
    for safety in ("avoid", "line_manager"):
        assert folder.codes(columns={"Old question?": safety}) == {"E_UNKNOWN_COLUMN"}
    folder.write("mentees", "person_id,Which topics?\ne1,confidence\n")
    assert "E_UNKNOWN_COLUMN" in folder.codes(columns={"Which topic?": "contexts"})


def test_columns_that_the_config_uses_are_kept(folder) -> None:
    """A further column that a rule of the config names stands in both frames."""
    folder.write("mentees", "person_id,campus unit\ne1,a\n")
    folder.write("mentors", "person_id,campus_unit\nr1,b\n")
    cohort = folder.read(eligibility={"different": ["campus_unit"]})
    assert cohort.mentees["campus_unit"].tolist() == ["a"]
    assert cohort.mentors["campus_unit"].tolist() == ["b"]


def test_a_column_that_the_config_uses_and_nobody_has(folder) -> None:
    """A feature without its column would do nothing, so it is an error."""
    (finding, *_) = folder.only("E_MISSING_COLUMN", eligibility={"different": ["campus_unit"]})
    assert finding.column == "campus_unit"


def test_link_tables_need_their_columns(folder) -> None:
    """Preferences need a score or a veto, rules their three columns."""
    folder.write("preferences", "person_id,other_id\ne1,r1\n")
    folder.write("rules", "mentee_id,mentor_id\ne1,r1\n")
    assert {f.column for f in folder.only("E_MISSING_COLUMN")} == {"score or veto", "rule"}


def test_contacts_keep_any_attribute(folder) -> None:
    """An audit may describe contacts by attributes of its own."""
    folder.write("contacts", "person_id,contact_id,gender,area\ne1,AB,w,north\n")
    contacts = folder.read().contacts
    assert contacts[["gender", "area"]].to_numpy().tolist() == [["w", "north"]]


@pytest.mark.parametrize("slip", ["last_contct", "frequncy", "organization"])
def test_slips_in_tables_that_take_any_attribute(folder, slip: str) -> None:
    """A misspelt column of the audit is no attribute of contacts."""
    folder.write("contacts", f"person_id,contact_id,{slip}\ne1,AB,\n")
    assert folder.codes() == {"E_UNKNOWN_COLUMN"}


def test_a_form_export_without_its_preset(folder) -> None:
    """The tool that the titles give away is named as the remedy."""
    folder.write("mentees", "Timestamp,Email Address,name\n2026/11/05,a@x.org,Ada\n")
    assert "google-forms" in folder.only("E_MISSING_COLUMN")[0].remedy


def test_a_missing_header_row_repeats_no_answers(folder) -> None:
    """Where the first row is somebody's answers, none of them is repeated."""
    folder.write("mentees", "x17,Ada Invented,ada@example.org\nx18,Ben Invented,b@example.org\n")
    assert folder.codes() == {"E_HEADER", "E_MISSING_COLUMN"}
    assert not any("Ada" in f.line() or "@" in f.line() for f in folder.check())


@pytest.mark.slow
@pytest.mark.parametrize(
    "title",
    [
        "Do you agree that we use your answers for matching?",
        "¿Acepta el uso de sus datos?",
        "Stimmen Sie der Nutzung Ihrer Angaben zu?",
        "Ga je akkoord?",
        "Vous nous donnez votre accord ?",
        "Accetta l\u2019uso dei Suoi dati?",
        "Aceita?",
    ],
)
def test_unmapped_consent_stops(folder, title: str) -> None:
    """Whoever wrote no is not paired because nobody mapped the question."""
    folder.write("mentees", f'person_id,"{title}"\ne1,No\ne2,Yes\ne3,Yes\n')
    (fault,) = [f for f in folder.check() if not f.is_warning]
    assert (fault.code, fault.column) == ("E_UNKNOWN_COLUMN", title)
    assert f'[columns.mentees] "{title}" = "consent", or "ignore"' in fault.remedy
    assert not [f for f in folder.check(columns={title: "ignore"}) if not f.is_warning]


@pytest.mark.parametrize("title", ["Ihre Konfession?", "您的民族", "G\u0435nder", "HIV status"])
def test_what_is_known_for_protected_is_no_plain_column(folder, title: str) -> None:
    """Whatever the config says: as `matcher map` knows it, or in letters of another script."""
    folder.write("mentees", f"person_id,{title}\ne1,a\ne2,b\n")
    config = {"columns": {"mentees": {title: "expertise"}}}
    with pytest.raises((InputError, ValueError), match="protected attribute"):
        folder.read(**config)
