"""A second intake joined to a first: ids, who is who, nothing lost, every row told."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import write_cohort

from matcher.cli.main import run
from matcher.config import Config, load_config
from matcher.intake.corrections import LEFT_OUT
from matcher.intake.read import read_cohort
from matcher.intake.so_far import told
from matcher.programme.joined_folder import write_joined
from matcher.programme.same_form import config_of_same_form

MENTEES = [
    {
        "person_id": "1",
        "name": "Ada Öl",
        "email": "ada@x.org",
        "purposes": "personal",
        "avoid": "4",
    },
    {
        "person_id": "2",
        "name": "Ben Ix",
        "email": "ben@x.org",
        "purposes": "strategic",
        "avoid": "",
    },
]
MENTORS = [
    {"person_id": "3", "name": "Cai Um", "purposes": "personal", "capacity": 2, "site": "North"},
    {"person_id": "4", "name": "Dee Vo", "purposes": "strategic", "capacity": 1, "site": "South"},
]
LATER = [
    # another person under the id of somebody else; somebody again under another id; somebody new
    {"person_id": "2", "name": "Eve Wu", "email": "eve@x.org", "purposes": "personal"},
    {"person_id": "77", "name": "Ol, Ada", "email": "ADA@x.org", "purposes": "operational"},
    {"person_id": "78", "name": "Gil Zu", "email": "gil@x.org", "purposes": "personal"},
]


def test_a_form_beside_a_list_of_pairs_is_known_again_under_other_names(tmp_path: Path) -> None:
    """What only a table of pairs is titled says nothing of a form, and its files may be called."""
    (tmp_path / "b").mkdir()
    for name, table in (("late mentees", LATER), ("late mentors", MENTORS)):
        frame = pd.DataFrame(table).rename(columns={"purposes": "What for?"})
        frame["Free when? - Monday"], frame["Free when? - Friday"] = "am", "pm"
        frame.to_csv(tmp_path / "b" / f"{name}.csv", index=False)
    asked = {"What for?": "purposes", "Free when?": "availability"}  # of a grid, the question
    columns = {"mentees": asked, "mentors": asked, "engagements": {"Learner": "mentee_id"}}
    tables = {"engagements": {"file": "pairs.csv"}}
    first = Config.model_validate({"columns": columns, "tables": tables})
    same = config_of_same_form(first, tmp_path / "b")
    assert same is not None
    files = {name: how.file for name, how in same.tables.items() if how.file}
    assert files == {"mentees": "late mentees.csv", "mentors": "late mentors.csv"}
    assert same.columns == {"mentees": asked, "mentors": asked}


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """Return two intakes as one folder."""
    pairs = [{"mentee_id": "1", "mentor_id": "3", "status": "active", "start": "2026-01-10"}]
    first = write_cohort(
        tmp_path / "a", {"mentees": MENTEES, "mentors": MENTORS, "engagements": pairs}
    )
    never = [{"mentee_id": "2", "mentor_id": "9", "rule": "never"}]
    mentors = [{"person_id": "9", "name": "Fay Xi", "purposes": "personal", "capacity": 1}]
    second = write_cohort(tmp_path / "b", {"mentees": LATER, "mentors": mentors, "rules": never})
    assert run(["merge", str(first), str(second), "-o", str(tmp_path / "both")]) == 0
    return tmp_path / "both"


@pytest.mark.slow
def test_who_is_who_and_nothing_is_lost(joined: Path) -> None:
    """Ids of the first stay; a taken id becomes another; one address and name is one person."""
    cohort = read_cohort(joined)
    assert cohort.mentee_index.ids == ("1", "2", "2-2", "78")
    assert cohort.mentor_index.ids == ("3", "4", "9")
    people = cohort.mentees.set_index("person_id")
    assert people.loc["1", "purposes"] == ("operational",)
    assert people.loc["1", "avoid"] == ("4",), "the second form did not ask for it"
    assert not cohort.questions
    assert people.loc["2-2", "name"] == "Eve Wu"
    assert cohort.rules[["mentee_id", "mentor_id"]].to_numpy().tolist() == [["2-2", "9"]]
    assert cohort.engagements["status"].tolist() == ["active"]
    assert cohort.mentors.set_index("person_id").loc["3", "site"] == "North"


@pytest.mark.slow
def test_every_row_is_told(joined: Path) -> None:
    """Rows of both intakes stand in the table, each with what became of it."""
    told = pd.read_csv(joined / "told" / "merged.csv", dtype=str)
    assert len(told) == len(MENTEES) + len(MENTORS) + len(LATER) + 1
    what = {(row.intake, row.table, row.row): row.what for row in told.itertuples()}
    assert what["first", "mentees", "2"].startswith("a later answer counts")
    assert "was 2, which is somebody else" in what["second", "mentees", "2"]
    assert what["second", "mentees", "3"].startswith("signed up again")
    assert "77" in what["second", "mentees", "3"]
    assert what["second", "mentees", "4"] == "joined"
    assert not told.to_string().count("@")


@pytest.mark.slow
def test_a_form_of_both_roles_joins_two_tables(tmp_path: Path) -> None:
    """Another shape of the second intake changes nothing: who takes either role still does."""
    first = write_cohort(tmp_path / "a", {"mentees": MENTEES, "mentors": MENTORS})
    form = tmp_path / "Later form.csv"
    form.write_text(
        "person_id,name,email,role,purposes,site\n"
        "50,Hal Yo,hal@x.org,either,personal,East\n51,Cai Um,cai@x.org,mentee,personal,\n"
    )
    assert run(["merge", str(first), str(form), "-o", str(tmp_path / "both")]) == 0
    cohort = read_cohort(tmp_path / "both")
    assert cohort.either == {"50"}
    assert {"1", "2", "50", "51"} <= set(cohort.mentee_index.ids)
    assert {"3", "4", "50"} <= set(cohort.mentor_index.ids)
    assert cohort.mentors.set_index("person_id").loc["3", "site"] == "North"
    assert any("51" in (q.person, *q.likely) for q in cohort.questions)  # Cai Um twice: asked


@pytest.mark.slow
def test_what_exists_is_refused(tmp_path: Path) -> None:
    """Nothing is written over."""
    place = write_cohort(tmp_path / "a")
    assert run(["merge", str(place), str(place), "-o", str(place)]) == 7


@pytest.mark.slow
def test_a_cohort_with_itself_stays_the_same(tmp_path: Path) -> None:
    """Joining the same answers again changes nobody."""
    place = write_cohort(tmp_path / "a", {"mentees": MENTEES, "mentors": MENTORS})
    assert run(["merge", str(place), str(place), "-o", str(tmp_path / "b")]) == 0
    one, two = read_cohort(place), read_cohort(tmp_path / "b")
    drop = "source_row"
    for side in ("mentees", "mentors"):
        left, right = (getattr(c, side).drop(columns=drop) for c in (one, two))
        assert left.equals(right[left.columns])


def test_options_in_other_words_are_told_and_can_be_mapped(tmp_path: Path, capsys) -> None:
    """A second form with options of its own reads; which mean the same, the config says."""
    own = '[facets.topic]\ncolumns = ["topics"]\noptions = [{}]\n[columns]\nWhat = "topics"\n'
    for name, options, topic in (("a", '"Pay", "Rows"', "Pay"), ("b", '"Wages"', "Wages")):
        tables = {
            "mentees": [{"person_id": f"{name}1", "What": topic}],
            "mentors": [{"person_id": f"{name}9", "What": topic, "capacity": 1}],
        }
        folder = write_cohort(tmp_path / name, tables)
        (folder / "matcher.toml").write_text(own.format(options), "utf-8")
    both = tmp_path / "both"
    assert run(["merge", str(tmp_path / "a"), str(tmp_path / "b"), "-o", str(both)]) == 0
    told = capsys.readouterr()
    assert "nobody of the first form could name: 'Wages'" in told.out
    assert "ERROR" not in told.err
    with (both / "matcher.toml").open("a", encoding="utf-8") as file:
        file.write('\n[answers.topics]\n"Wages" = "Pay"\n')
    assert set(read_cohort(both).mentees["topics"]) == {("Pay",)}


@pytest.mark.slow
def test_what_was_decided_and_answered_before_stays_in_force(tmp_path: Path) -> None:
    """Who is left out stays out; answers hold on, but that nobody is meant who may be now."""
    mentees = [
        {"person_id": "1", "name": "Ada Öl", "email": "ada@x.org", "avoid": "my old boss"},
        {"person_id": "2", "name": "Ben Ix", "email": "ben@x.org", "avoid": "Gil"},
        {"person_id": "5", "name": "Hal Yo", "email": "hal@x.org", "avoid": "Cy U."},
        {"person_id": "6", "name": "Hal Yo", "email": "hal.yo@y.org", "avoid": ""},
        {"person_id": "7", "name": "Ivy Wu", "email": "ivy@x.org", "avoid": "anybody at North"},
    ]
    first = write_cohort(tmp_path / "a", {"mentees": mentees, "mentors": MENTORS})
    line = {"person": "6", "column": "left_out", "before": "", "after": "signed up twice"}
    stamp = {"who": "Jo", "when": "2026-01-01T10:00:00+00:00"}
    (first / "corrections.jsonl").write_text(f"{json.dumps(line | stamp)}\n")
    keys = {q.person: q.key for q in read_cohort(first).questions}
    answers = {"1": "4", "2": "no", "5": "3", "7": "no"}
    said = "".join(f'{keys[person]} = "{answer}"\n' for person, answer in answers.items())
    (first / "matcher.toml").write_text(f"[resolve]\n{said}")
    later = [{"person_id": "90", "name": "Ada Öl", "email": "ada@x.org", "avoid": ""}]
    new = [
        {"person_id": "91", "name": "Gil Zu", "email": "gil@x.org", "capacity": 1},
        {"person_id": "92", "name": "Lu Mo", "email": "lu@x.org", "capacity": 1, "site": "North"},
    ]
    second = write_cohort(tmp_path / "b", {"mentees": later, "mentors": new})
    both = tmp_path / "both"
    assert run(["merge", str(first), str(second), "-o", str(both)]) == 0
    cohort = read_cohort(both)
    assert cohort.mentee_index.ids == ("1", "2", "5", "7")
    assert [person for person, _ in cohort.set_aside] == ["6"]
    avoided = dict(zip(cohort.mentees["person_id"], cohort.mentees["avoid"], strict=True))
    assert avoided["5"] == ("3",)
    asked = {q.person: q.apart for q in cohort.questions if q.is_open and q.column == "avoid"}
    # Answered again; somebody of that name since; of those there only who is new.
    assert asked == {"1": ("4",), "2": ("91",), "7": ("92",)}
    assert not [f for f in cohort.findings if f.code == "W_RESOLVE_UNUSED"]
    told = pd.read_csv(both / "told" / "merged.csv", dtype=str)
    assert told.loc[told["person_id"] == "6", "what"].tolist() == ["kept; left out: by hand"]


def test_what_is_not_read_of_somebody_leaves_nobody_out(tmp_path: Path) -> None:
    """One item of a list that is none costs that item; a cell that counts as none stays written."""
    said_yes = [{**row, "consent": "yes"} for row in MENTORS]
    first = write_cohort(tmp_path / "a", {"mentees": MENTEES, "mentors": said_yes})
    new = [
        {"person_id": "91", "name": "Gil Zu", "contexts": "confidence;juggling", "capacity": "1"},
        {"person_id": "92", "name": "Ida Na", "availability": "when it rains", "capacity": "1"},
        {"person_id": "93", "name": "Jo Ra", "capacity": "plenty"},
        {"person_id": "94", "name": "Kim Bo", "capacity": "plenty", "consent": "no"},
    ]
    new[:3] = [{**row, "consent": "yes"} for row in new[:3]]
    second = write_cohort(tmp_path / "b", {"mentees": LATER[2:], "mentors": new})
    asks = {"consent": "where asked"}
    configs = Config(input=asks), Config(input=asks, answers={"availability": {"*": "missing"}})
    made = write_joined((first, second), configs, tmp_path / "both", faulty=True)
    cohort = read_cohort(tmp_path / "both")
    assert [(p, f.column) for p, f in cohort.set_aside] == [("94", "consent"), ("93", LEFT_OUT)]
    stories = made.told.set_index("person_id")["what"]
    assert stories["94"] == "joined; left out: did not agree"
    assert stories["93"] == "joined; left out: an answer cannot be read"
    assert (made.left_out, made.unread) == (0, 1)
    said = cohort.mentors.set_index("person_id")
    assert said.loc["91", "contexts"] == ("confidence",)
    assert not len(said.loc["92", "availability"])
    assert "when it rains" in (tmp_path / "both" / "mentors.csv").read_text()
    stated = load_config(None, cohort=tmp_path / "both").columns
    assert {"capacity", "contexts", "avoid"} <= {*stated}, "nothing of it is asked again"


def test_what_a_second_form_says_of_words_is_not_said_of_the_first_ones_people(
    tmp_path: Path,
) -> None:
    """Its own people are read by the programme's options; what it calls no answer is its alone."""
    rows = {"1": "Taxes;Hiring", "2": "Hiring", "3": "Taxes", "4": "Hiring;Selling abroad"}
    mentees, mentors = (
        [{**row, "contexts": rows[row["person_id"]], "languages": "German"} for row in table]
        for table in (MENTEES, MENTORS)
    )
    first = write_cohort(tmp_path / "a", {"mentees": mentees, "mentors": mentors})
    late = [
        {"person_id": "91", "name": "Gil Zu", "contexts": "Selling abroad", "languages": "German"},
        {"person_id": "92", "name": "Ida Na", "contexts": "Taxes;IT", "languages": "French"},
        {"person_id": "93", "name": "Jo Ra", "contexts": "Hiring"},
    ]
    new = {"person_id": "94", "name": "Kim Bo"}
    second = write_cohort(tmp_path / "b", {"mentees": late, "mentors": [new]})
    options = ["Taxes", "Hiring", "Selling abroad"]
    topic = {"columns": ["contexts"], "options": options}
    own = Config(facets={"topic": topic}, numbers={"career_years": {"over 30": 30}})
    words = {"Selling abroad": "sector_knowledge", "IT": "skills_development", "*": "text"}
    said = {"contexts": {**words, "Hiring": "missing"}, "languages": {"German": "missing"}}
    write_joined((first, second), (own, Config(answers=said)), tmp_path / "both", faulty=True)
    before, after = read_cohort(first, config=own), read_cohort(tmp_path / "both")
    for one, other in ((before.mentees, after.mentees), (before.mentors, after.mentors)):
        for column in one.columns.drop("source_row"):
            assert [*map(told, one[column])] == [*map(told, other[column])][: len(one)], column
    assert load_config(None, cohort=tmp_path / "both").numbers["career_years"], "still a bound"
    people = after.mentees.set_index("person_id")
    assert people.loc[["91", "92", "93"], "contexts"].tolist() == [
        ("Selling abroad",),
        ("Taxes", "IT"),
        (),
    ]
    assert people.loc["91", "languages"] == ()
    written = pd.read_csv(tmp_path / "both" / "mentees.csv")
    assert written["languages as written"].dropna().tolist() == ["German"], "it stays written"


@pytest.mark.slow
def test_remarks_go_on_keeping_apart(tmp_path: Path) -> None:
    """What stands in a question that is left out is read in the joined tables as before."""
    mentees = [
        {**row, "Anything else?": f"not with {mentor['name']} please"}
        for row, mentor in zip(MENTEES, MENTORS, strict=True)
    ]
    first = write_cohort(tmp_path / "a", {"mentees": mentees, "mentors": MENTORS})
    left_out = '[columns]\n"Anything else?" = "ignore"\n'
    (first / "matcher.toml").write_text(left_out)
    key = next(q.key for q in read_cohort(first).questions if q.column == "Anything else?")
    (first / "matcher.toml").write_text(f'{left_out}[resolve]\n{key} = "yes"\n')
    second = write_cohort(tmp_path / "b", {"mentees": LATER[2:], "mentors": MENTORS[:1]})
    both = tmp_path / "both"
    assert run(["merge", str(first), str(second), "-o", str(both)]) == 0
    one, two = read_cohort(first), read_cohort(both)
    said = [{(q.person, q.column, q.answer, q.apart) for q in c.questions} for c in (one, two)]
    assert said[0] == said[1]
    assert len(said[0]) == 2


@pytest.mark.slow
def test_the_story_says_which_answer_counts_as_the_tables_are_read(tmp_path: Path, capsys) -> None:
    """Where one intake tells no day of submission, the story is that of the reading."""
    old = [{**row, "submitted": "2026-10-07"} for row in MENTEES]
    first = write_cohort(tmp_path / "a", {"mentees": [*old, old[1]], "mentors": MENTORS})
    (first / "matcher.toml").write_text('[input]\nduplicates = "latest"\n')
    second = write_cohort(tmp_path / "b", {"mentees": LATER[1:2], "mentors": MENTORS[:1]})
    both = tmp_path / "both"
    assert run(["merge", str(first), str(second), "-o", str(both)]) == 0
    assert "2 people of the first signed up again" in capsys.readouterr().out
    told = pd.read_csv(both / "told" / "merged.csv", dtype=str)
    ada = told[told["person_id"] == "1"].set_index("intake")["what"]
    assert ada["first"].startswith("a later answer counts")
    assert ada["second"].startswith("signed up again: this answer counts")
    assert read_cohort(both).mentees.set_index("person_id").loc["1", "purposes"] == ("operational",)


def test_who_of_a_form_without_consent_is_left_out_is_told(tmp_path: Path, capsys) -> None:
    """Where the first form requires consent, a second one that does not ask for it is not lost."""
    asked = [{**row, "consent": "yes"} for row in MENTEES]
    mentors = [{**row, "consent": "yes"} for row in MENTORS]
    first = write_cohort(tmp_path / "a", {"mentees": asked, "mentors": mentors})
    (first / "matcher.toml").write_text('[input]\nconsent = "required"\n')
    second = write_cohort(tmp_path / "b", {"mentees": LATER[2:], "mentors": MENTORS[:1]})
    both = tmp_path / "both"
    assert run(["merge", str(first), str(second), "-o", str(both)]) == 0
    assert "did not say that they agree: 1 person of the second" in capsys.readouterr().out
    told = (both / "told" / "merged.csv").read_text()
    assert "78,joined; left out: did not say that they agree" in told
    assert told.count("left out") == 1
    assert run(["record", str(both), "78", "--consent"]) == 0
    assert "78" in {*read_cohort(both, set_aside=True).mentees["person_id"]}


@pytest.mark.slow
def test_wishes_stand_in_their_own_table_alone(tmp_path: Path) -> None:
    """The columns of a form that ranked people are not written again beside the table of wishes."""
    mentees = [{**MENTEES[0], "Wished for": "4"}]
    first = write_cohort(tmp_path / "a", {"mentees": mentees, "mentors": MENTORS})
    (first / "matcher.toml").write_text('[columns.mentees]\n"Wished for" = "preferences.1"\n')
    second = write_cohort(tmp_path / "b", {"mentees": LATER[2:], "mentors": MENTORS[:1]})
    both = tmp_path / "both"
    assert run(["merge", str(first), str(second), "-o", str(both)]) == 0
    assert "preferences" not in (both / "mentees.csv").read_text().partition("\n")[0]
    assert "4" in (both / "preferences.csv").read_text()
