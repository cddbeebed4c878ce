"""Which rows are one person's: nobody is merged on a likeness, nobody is paired with themselves."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pandas as pd
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from matcher.cohort.names import are_compatible
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake import read_cohort
from matcher.intake.likeness import NearWords, is_slip, one_letter_apart
from matcher.pipeline import build, solve_instance

EMAIL = {"input": {"id": "email"}}


def apart(cohort) -> set[frozenset[str]]:
    """Return the pairs that a question keeps apart."""
    return {frozenset((q.person, other)) for q in cohort.questions for other in q.likely}


def matches(cohort, config: Config | None = None) -> set[tuple[str, str]]:
    """Return the pairs that a cohort is matched in."""
    instance = build(cohort, config or Config())
    pairs = solve_instance(instance).pairs
    mentees, mentors = cohort.mentee_index.ids, cohort.mentor_index.ids
    return {(mentees[i], mentors[j]) for i, j in pairs.tolist()}


@pytest.mark.parametrize(
    ("name", "other", "agree"),
    [
        ("Ann Lee", "LEE, ann", True),
        ("Dr. Ann Lee", "Ann Lee PhD", True),
        ("Ann Marie Lee", "Ann Lee", True),
        ("A. Lee", "Ann Lee", True),
        ("Zoë Ní-Pattern", "Zoe Ni Pattern", True),
        ("O\u2019Brien Kit", "Kit O'Brien", True),
        ("Maria Silva", "Mario Silva", False),
        ("Ann Lee", "Bob Lee", False),
        ("Ann Lee", "Ann Li", False),
        ("A. L.", "Ann Lee", False),
        ("A. Lee", "A. L. Xavier", False),
        ("n/a", "n.a.", False),
        ("", "Ann Lee", False),
    ],
)
def test_names_agree_or_do_not(name: str, other: str, *, agree: bool) -> None:
    """The same, shorter, with initials; a slip or another first name is another name."""
    assert are_compatible(name, other) is agree
    assert are_compatible(other, name) is agree


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Peeters, Dirk", "Dirk Peeters"),
        ("van den Berg , Anna Maria", "Anna Maria van den Berg"),
        ("Ann Lee, PhD", "Ann Lee, PhD"),
        ("Uma Reeve, they/them", "Uma Reeve, they/them"),
        ("Jan Kolb, Referent für Bau", "Jan Kolb, Referent für Bau"),
        ("Ines Ortiz, FRAS", "Ines Ortiz, FRAS"),
        ("Costa, Rui da", "Rui da Costa"),
        ("Ann Lee, M.D.", "Ann Lee, M.D."),
        ("Lee, Ann, MBA", "Lee, Ann, MBA"),
        ("Ken Ito, Jr.", "Ken Ito, Jr."),
        ("Stone,", "Stone,"),
    ],
)
def test_names_are_shown_as_they_are_said(folder, written: str, said: str) -> None:
    """Nobody is greeted as `Dear Peeters, Dirk`; references in either order find the person."""
    folder.write("mentees", f'person_id,name,line_manager\ne1,"{written}",\ne2,Bo,"{said}"\n')
    cohort = folder.read()
    assert cohort.mentees["name"].iloc[0] == said
    assert cohort.people.find(written) == cohort.people.find(said)


@pytest.mark.slow
def test_one_address_and_one_name_is_one_person_across_tables(folder) -> None:
    """The first table's id is used, the other one still finds the person, who plays both roles."""
    folder.write("mentees", "person_id,name,email\ne1,Ann Lee,ann@x.org\ne2,Bo Lin,bo@x.org\n")
    folder.write("mentors", "person_id,name,email\nr9,Lee Ann,ANN@x.org\nr2,Cy Poe,cy@x.org\n")
    folder.write("rules", "mentee_id,mentor_id,rule\ne2,r9,never\n")
    cohort = folder.read()
    assert set(cohort.mentors["person_id"]) == {"e1", "r2"}
    assert cohort.rules["mentor_id"].tolist() == ["e1"]
    assert cohort.people.find("r9") == "e1"
    assert {f.code for f in cohort.findings} == {"W_SAME_PERSON"}
    assert ("e1", "e1") not in matches(cohort)


def test_the_first_table_decides_which_id_is_used(folder) -> None:
    """Not the row: a mentee of row 3 and a mentor of row 2 go by the mentee's id."""
    folder.write("mentees", "person_id,name,email\nz1,Bo,bo@x.org\nz2,Ada Quine,ada@x.org\n")
    folder.write("mentors", "person_id,name,email\na1,Ada Quine,ada@x.org\na2,Cy,cy@x.org\n")
    assert folder.read().mentors["person_id"].tolist() == ["a2", "z2"]


@pytest.mark.slow
def test_names_that_agree_by_initials_are_one_person_at_one_address(folder) -> None:
    """A third name there leaves the two that are equal one person, and asks about the rest."""
    folder.write("mentees", "person_id,name,email\ne1,A. Lee,f@x.org\n")
    folder.write("mentors", "person_id,name,email\nr1,Ann Lee,f@x.org\n")
    assert folder.read().mentors["person_id"].tolist() == ["e1"]
    folder.write("mentors", "person_id,name,email\nr1,A. Lee,f@x.org\nr2,Bo Lee,f@x.org\n")
    cohort = folder.read()
    assert cohort.mentors["person_id"].tolist() == ["e1", "r2"]
    assert apart(cohort) == {frozenset({"e1", "r2"})}
    assert all("or the id" not in q.finding.remedy for q in cohort.questions)


def test_without_names_near_addresses_say_nothing(folder) -> None:
    """Numbered addresses are as many people."""
    folder.write("mentees", "person_id,email\ne1,user1@x.org\ne2,user2@x.org\n")
    folder.write("mentors", "person_id,email\nr1,user3@x.org\n")
    assert not folder.read().questions


def test_namesakes_of_one_side_are_told_by_row(folder, monkeypatch) -> None:
    """Where many names recur two who work elsewhere may well be two: a word, and no question."""
    monkeypatch.setattr("matcher.intake.twins.FEW_NAMESAKES", 0)
    rows = "r0,Al Poe,al@x.org,A\nr1,Cy Poe,cy@x.org,A\nr2,Cy Poe,poe@home.net,B\n"
    folder.write("mentors", f"person_id,name,email,department\n{rows}")
    cohort = folder.read()
    (finding,) = cohort.findings
    assert (finding.code, finding.table, finding.row) == ("W_NAMESAKES", "mentors", 3)
    assert "rows 3, 4" in finding.message
    assert not cohort.questions


@pytest.mark.parametrize(
    ("word", "other", "near"),
    [
        ("lena", "lina", True),
        ("len", "lin", False),
        ("meyers", "meiars", False),
        ("schmidt", "smidth", False),
        ("schmidt", "schmitt", True),
        ("schmidt", "shcmitt", True),
        ("lena", "lenas", True),
    ],
)
def test_slips_are_few_and_fewer_in_short_words(word: str, other: str, *, near: bool) -> None:
    """One slip from four letters on, two from seven on, counted in the shorter word."""
    assert is_slip(word, other) is near
    assert (other in NearWords.of([other, "zzzzzz"]).like(word)) is near


@pytest.mark.slow
@given(st.lists(st.text("abé", max_size=6), max_size=12))
def test_words_a_letter_apart_are_found(words: list[str]) -> None:
    """Each two words that a letter less makes equal, with or without one of the other's."""

    def rests(word: str) -> set[str]:
        return {word, *(word[:k] + word[k + 1 :] for k in range(len(word)))}

    pairs = combinations(sorted({*words} - {""}), 2)
    assert one_letter_apart(words) == [(a, b) for a, b in pairs if rests(a) & rests(b)]


@pytest.mark.slow
def test_one_address_of_two_names_is_asked_and_both_stay(folder) -> None:
    """A family shares an address: nobody is dropped for it, with ids or without."""
    rows = "Name,Email,Timestamp\nAda Quine,f@x.org,2026-01-01\nBen Quine,f@x.org,2026-01-02\n"
    folder.write("mentees", rows)
    folder.write("mentors", "Name,Email,Timestamp\nCy Poe,cy@x.org,2026-01-01\n")
    config = {"input": {"id": "email", "preset": "google-forms"}, "columns": {"Name": "name"}}
    cohort = folder.read(**config)
    assert sorted(cohort.mentees["name"]) == ["Ada Quine", "Ben Quine"]
    assert apart(cohort) == {frozenset(cohort.mentees["person_id"])}
    (question,) = cohort.questions
    assert (question.table, question.row) == ("mentees", 3)
    assert "mentees row 2" in question.message
    assert cohort.people.find("f@x.org") is None
    folder.write("rules", "mentee_id,mentor_id,rule\nf@x.org,cy@x.org,must\n")
    with pytest.raises(InputError, match="2 people"):
        folder.read(**config)


def test_a_resubmission_of_one_of_a_family_counts_once(folder) -> None:
    """Three answers from one address: two of one child, one of the other."""
    folder.write(
        "mentees",
        "Name,Email,Timestamp\nAda Quine,f@x.org,2026-01-01\nBen Quine,f@x.org,2026-01-02\n"
        "ada quine,f@x.org,2026-01-03\n",
    )
    folder.write("mentors", "Name,Email,Timestamp\nCy Poe,cy@x.org,2026-01-01\n")
    config = {"input": {"id": "email", "preset": "google-forms"}, "columns": {"Name": "name"}}
    cohort = folder.read(**config)
    assert sorted(cohort.mentees["name"]) == ["Ben Quine", "ada quine"]


@pytest.mark.parametrize("differs", ["name", "email"])
def test_one_id_of_two_people_is_a_fault_with_both_rows(folder, differs: str) -> None:
    """Tables that number their own rows would make strangers one person."""
    name, address = ("Cy Poe", "ann@x.org") if differs == "name" else ("Ann Lee", "cy@x.org")
    folder.write("mentees", "person_id,name,email\n1,Ann Lee,ann@x.org\n2,Bo Lin,bo@x.org\n")
    folder.write("mentors", f"person_id,name,email\n3,Di Ray,di@x.org\n1,{name},{address}\n")
    with pytest.raises(InputError) as caught:
        folder.read()
    (finding,) = caught.value.findings
    assert (finding.code, finding.table, finding.row) == ("E_CONFLICT", "mentors", 3)
    assert "mentees row 2" in finding.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mentee", "mentor"),
    [
        ("Ann Lee,ann@x.org", "Lee Ann,ann.lee@home.net"),
        ("Ann Lee,ann+mentee@x.org", "Annie L.,ann@x.org"),
        ("Ann Lee,ann.lee@example.org", "Ann Le,ann.lee@example.ogr"),
    ],
)
def test_likenesses_are_asked_and_never_paired_until_answered(folder, mentee, mentor) -> None:
    """Equal names, tags and slips on both sides: told by row; yes merges, no sets free."""
    folder.write("mentees", f"person_id,name,email,contexts\ne1,{mentee},confidence\n")
    folder.write("mentors", f"person_id,name,email,contexts\nr1,{mentor},confidence\n")
    cohort = folder.read()
    (question,) = cohort.questions
    assert (question.table, question.row, question.likely) == ("mentors", 2, ("e1",))
    assert matches(cohort) == set()
    assert matches(folder.read(resolve={question.key: "no"})) == {("e1", "r1")}
    merged = folder.read(resolve={question.key: "yes"})
    assert merged.mentors["person_id"].tolist() == ["e1"]
    assert matches(merged) == set()


@pytest.mark.slow
def test_a_mistyped_second_sign_up_on_one_side_is_asked(folder) -> None:
    """Both count until somebody says that they are one, then the policy for answers counts."""
    folder.write(
        "mentors",
        "person_id,name,email\nr1,Tom Tall,tom.tall@example.org\nr2,Tom Tall,tom.tal@example.org\n",
    )
    cohort = folder.read()
    (question,) = cohort.questions
    said = {question.key: "yes"}
    assert folder.read(resolve=said).mentors["person_id"].tolist() == ["r1"]
    with pytest.raises(InputError, match="E_DUP_ID"):
        folder.read(resolve=said, input={"duplicates": "error"})
    config = {"resolve": {question.key: "yes"}, "input": {"duplicates": "latest"}}
    assert folder.read(**config).mentors["person_id"].tolist() == ["r1"]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_two_sign_ups_in_two_roles_are_both_roles(folder, order: list[int]) -> None:
    """Whatever the order of the rows, the latest answer of each role counts."""
    rows = [
        "2026-01-01 09:00,ann@x.org,mentee,North",
        "2026-01-02 09:00,ann@x.org,mentor,South",
        "2026-01-03 09:00,ann@x.org,mentee,East",
    ]
    others = "\n2026-01-01 09:00,bo@x.org,mentee,West\n2026-01-01 09:00,cy@x.org,mentor,West\n"
    for table in ("mentees", "mentors"):
        (folder.path / f"{table}.csv").unlink()
    text = "Timestamp,Email,role,organisation\n" + "\n".join(rows[k] for k in order) + others
    folder.write("signups", text)
    cohort = folder.read(input={"id": "email", "preset": "google-forms"})
    ann = cohort.people.find("ann@x.org")
    places = [
        frame.set_index("person_id").loc[ann, "organisation"]
        for frame in (cohort.mentees, cohort.mentors)
    ]
    assert places == ["East", "South"]
    assert {f.code for f in cohort.findings} >= {"W_TWO_ROLES", "W_RESUBMISSION"}


def test_a_last_word_for_both_roles_replaces_what_was_before(folder) -> None:
    """Who signs up anew for both has said everything again."""
    for table in ("mentees", "mentors"):
        (folder.path / f"{table}.csv").unlink()
    folder.write(
        "signups",
        "Timestamp,Email,role,organisation\n2026-01-01,ann@x.org,mentee,North\n"
        "2026-01-02,ann@x.org,both,South\n2026-01-02,bo@x.org,both,South\n",
    )
    cohort = folder.read(input={"id": "email", "preset": "google-forms"})
    assert set(cohort.mentees["organisation"]) == {"South"}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(random=st.randoms(use_true_random=False), size=st.integers(3, 20))
def test_renaming_people_changes_no_match(tmp_path_factory, random: Random, size: int) -> None:
    """With ids kept and no new likeness, names are nothing that a match depends on."""
    words = ["".join(random.sample("abcdefghijklmnopqrstuvwxyzäöüçñ", 11)) for _ in range(4 * size)]
    names = [f"{one} {two}".title() for one, two in zip(words[::2], words[1::2], strict=True)]
    contexts = [random.choice(["confidence", "managing_change"]) for _ in names]
    managers = [random.choice([None, *range(size, 2 * size)]) for _ in names]
    found = []
    for _ in range(2):
        random.shuffle(names)
        folder = tmp_path_factory.mktemp("renamed")
        for side, start in (("mentees", 0), ("mentors", size)):
            rows = [
                {
                    "person_id": f"p{k}",
                    "name": names[k],
                    "email": f"p{k}@example{k}.org",
                    "contexts": contexts[k],
                    "line_manager": "" if managers[k] is None else names[managers[k]],
                }
                for k in range(start, start + size)
            ]
            pd.DataFrame(rows).to_csv(folder / f"{side}.csv", index=False)
        cohort = read_cohort(folder)
        assume(not any(q.likely for q in cohort.questions))  # a likeness by chance
        found.append(matches(cohort))
    assert found[0] == found[1]
    above = {(f"p{k}", f"p{manager}") for k, manager in enumerate(managers[:size])}
    assert not above & found[0]


@pytest.mark.slow
@given(
    same_id=st.booleans(),
    case=st.sampled_from([str.upper, str.title, str.lower]),
    turned=st.booleans(),
    tag=st.sampled_from(["", "+a", "+mentor"]),
    places=st.integers(1, 3),
)
def test_nobody_of_two_rows_is_paired_with_themselves(
    tmp_path_factory, same_id, case, turned, tag, places
) -> None:
    """One person in both tables, under one id or two, with one address or a tag: never a pair."""
    folder = tmp_path_factory.mktemp("self")
    name = "Quine, Ada" if turned else "Ada Quine"
    (folder / "mentees.csv").write_text(
        "person_id,name,email,contexts\ne1,Ada Quine,ada@x.org,confidence\n"
        "e2,Bo Lin,bo@x.org,managing_change\n"
    )
    own = "e1" if same_id else "r1"
    (folder / "mentors.csv").write_text(
        "person_id,name,email,contexts,capacity\n"
        f'{own},"{case(name)}",ada{tag}@x.org,confidence,{places}\n'
    )
    cohort = read_cohort(folder)
    made = matches(cohort)
    assert not made & {("e1", "e1"), ("e1", "r1")}
    assert len(made) == 1


def test_numbers_tell_apart() -> None:
    """Whoever is numbered one after another is no slip of the one before."""
    assert not is_slip("tutor.07@uni.example", "tutor.08@uni.example")
    assert is_slip("tutor.07@uni.example", "tutro.07@uni.example")
    assert is_slip("anna.berg@uni.example", "anna.berg2@uni.example")
