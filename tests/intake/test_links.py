"""Tables that name people: unknown ones, contradictions, repetitions, order of rows."""

from __future__ import annotations

import pytest

from matcher.cohort.tables import TABLES
from matcher.intake.assembly import sorted_links
from matcher.vocabulary import LOCKED, Status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("rules", "mentee_id,mentor_id,rule\nE1,r1,never\n"),
        ("rules", "mentee_id,mentor_id,rule\nr1,r2,never\n"),
        ("preferences", "person_id,other_id,score\ne1,ghost,3\n"),
        ("preferences", "person_id,other_id,score\nghost,r1,3\n"),
        ("engagements", "mentee_id,mentor_id,status\nghost,r1,active\n"),
        ("contacts", "person_id,contact_id\nghost,AB\n"),
        ("audit_notes", "person_id,kind,text\nghost,strength,x\n"),
    ],
)
def test_unknown_people_that_matter(folder, table: str, text: str) -> None:
    """A row that would silently reach nobody is an error."""
    folder.write(table, text)
    (finding,) = folder.only("E_UNKNOWN_PERSON")
    assert (finding.table, finding.row) == (table, 2)


def test_the_near_id_is_told(folder) -> None:
    """An unknown id that looks like a known one is told with it."""
    folder.write("rules", "mentee_id,mentor_id,rule\nE1,r1,never\n")
    assert "e1" in folder.only("E_UNKNOWN_PERSON")[0].remedy


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("engagements", "mentee_id,mentor_id,status\ngone,r1,completed\ne1,r1,completed\n"),
        ("outcomes", "mentee_id,mentor_id,rating\ne1,gone,4\ne1,r1,4\n"),
        ("groups", "person_id,gender\ngone,w\ne1,w\n"),
    ],
)
def test_people_who_left_are_rejected_and_counted(folder, table: str, text: str) -> None:
    """Past rows of people outside the cohort leave with one warning; the count adds up."""
    folder.write(table, text)
    cohort = folder.read()
    (finding,) = cohort.findings
    assert (finding.code, finding.table, finding.row) == ("W_UNKNOWN_PERSON", table, 2)
    assert finding.column in text.partition("\n")[0]
    assert finding.remedy
    count = cohort.rows[table]
    assert (count.read, count.used, count.rejected) == (2, 1, 1)
    assert len(getattr(cohort, table)) == 1


def test_managers_outside_the_cohort_are_questions_that_name_the_record(folder) -> None:
    """A manager who takes no part is legitimate, yet never passed over in silence."""
    folder.write("mentees", "person_id,line_manager,second_supervisor\ne1,r1,Zoe Elsewhere\n")
    cohort = folder.read()
    (finding,) = cohort.findings
    assert finding.code == "W_QUESTION"
    assert (finding.row, finding.column) == (2, "second_supervisor")
    assert "e1" in finding.message
    assert "Elsewhere" not in finding.line()
    assert cohort.mentees["line_manager"].tolist() == ["r1"]


def test_managers_by_address_become_ids(folder) -> None:
    """A manager given by address is the person who has that address."""
    folder.write("mentees", "person_id,line_manager\ne1,Cas@x.org\n")
    folder.write("mentors", "person_id,email\nr1,cas@X.org\n")
    assert folder.read().mentees["line_manager"].tolist() == ["r1"]


def test_people_to_avoid_by_address_become_ids(folder) -> None:
    """Known addresses under avoid resolve; free text becomes a question."""
    folder.write("mentees", "person_id,avoid\ne1,my old boss\ne2,r1;Dee@x.org\n")
    folder.write("mentors", "person_id,email\nr1,\nr2,dee@x.org\n")
    cohort = folder.read()
    avoid = cohort.mentees["avoid"]
    assert avoid.iloc[0] == ()
    assert [(q.person, q.likely) for q in cohort.questions] == [("e1", ())]
    assert set(avoid.iloc[1]) == {"r1", "r2"}


def test_preferences_about_oneself_or_nothing(folder) -> None:
    """A preference needs another person and says something."""
    folder.write("preferences", "person_id,other_id,score,veto\ne1,e1,3,\ne1,r1,,\n")
    assert folder.codes() == {"E_SELF_PAIR", "E_MISSING_VALUE"}


def test_two_mentees_are_no_pair(folder) -> None:
    """A preference between two mentees can never count."""
    folder.write("preferences", "person_id,other_id,score\ne1,e2,3\n")
    assert folder.codes() == {"E_ROLE"}


@pytest.mark.slow
def test_roles_are_filled_where_only_one_fits(folder) -> None:
    """The role of a preference follows from the tables; where both play both it counts in each."""
    folder.write("mentors", "person_id\nr1\ne1\ne2\n")
    folder.write("preferences", "person_id,other_id,score\nr1,e1,3\ne1,r1,4\n")
    assert folder.read().preferences["role"].tolist() == ["mentee", "mentor"]
    folder.write("preferences", "person_id,other_id,role,score\ne1,e2,,4\ne1,e2,mentor,1\n")
    cohort = folder.read()
    assert {f.code for f in cohort.findings} >= {"W_BOTH_ROLES"}
    stated = cohort.preferences[["person_id", "other_id", "role", "score"]].to_numpy().tolist()
    assert sorted(stated) == [["e1", "e2", "mentee", 4.0], ["e1", "e2", "mentor", 1.0]]
    counts = cohort.rows["preferences"]
    assert counts.read == counts.used + counts.set_aside + counts.rejected


@pytest.mark.slow
def test_repeated_rows(folder) -> None:
    """The same row twice counts once; two different scores for one pair are an error."""
    folder.write("preferences", "person_id,other_id,score\ne1,r1,3\ne1,r1,3\n")
    cohort = folder.read()
    assert len(cohort.preferences) == 1
    assert cohort.rows["preferences"].rejected == 1
    folder.write("preferences", "person_id,other_id,score\ne1,r1,3\ne1,r1,4\n")
    assert "E_DUP_ROW" in folder.codes()


def test_scores_that_look_like_ranks(folder) -> None:
    """Ranks pasted as scores turn every wish round, so they are told."""
    people = "".join(f"e{k}\n" for k in range(1, 5))
    folder.write("mentees", f"person_id\n{people}")
    folder.write("mentors", "person_id\nr1\nr2\nr3\n")
    rows = "".join(f"e{k},r{j},{(k + j) % 3 + 1}\n" for k in range(1, 5) for j in range(1, 4))
    folder.write("preferences", f"person_id,other_id,score\n{rows}")
    assert folder.codes() == {"W_SCORE_DIRECTION"}


@pytest.mark.slow
@pytest.mark.parametrize("status", LOCKED)
def test_a_pair_locked_twice(folder, status: str) -> None:
    """One pair cannot hold two places at once, whichever status holds them."""
    for other, start in (("sent", "2025-01-01"), (status, "2025-02-01")):
        rows = f"e1,r1,{status},\ne1,r1,{other},{start}\n"
        folder.write("engagements", f"mentee_id,mentor_id,status,start\n{rows}")
        assert folder.codes() == {"E_DUP_ROW"}


@pytest.mark.slow
@pytest.mark.parametrize("status", sorted({*Status} - {*LOCKED}))
def test_a_pair_may_be_locked_once_and_have_a_past(folder, status: str) -> None:
    """What has ended, and what is only proposed, holds no place beside the row that does."""
    rows = f"e1,r1,{status},2024-01-01\ne1,r1,paused,2025-01-01\n"
    folder.write("engagements", f"mentee_id,mentor_id,status,start\n{rows}")
    assert folder.codes() == set()


@pytest.mark.slow
def test_order_of_rows_does_not_matter(folder) -> None:
    """Shuffled files give the same frames but for the row numbers."""
    rows = ["e1,r1,3,", "e1,r2,,yes", "e2,r1,5,no"]
    head = "person_id,other_id,score,veto\n"
    folder.write("preferences", head + "\n".join(rows) + "\n")
    first = folder.read()
    folder.write("preferences", head + "\n".join(reversed(rows)) + "\n")
    folder.write("mentees", "person_id,name\ne2,B\ne1,A\n")
    second = folder.read()
    drop = "source_row"
    assert first.preferences.drop(columns=drop).equals(second.preferences.drop(columns=drop))
    assert second.mentees["person_id"].tolist() == ["e1", "e2"]
    shuffled = first.preferences.sample(frac=1, random_state=3)
    again = sorted_links(shuffled, TABLES["preferences"])
    assert again.equals(first.preferences)


def test_all_tables_have_all_columns(folder) -> None:
    """Absent tables are empty frames with every canonical column and its dtype."""
    cohort = folder.read()
    for name, spec in TABLES.items():
        frame = getattr(cohort, name)
        assert {column.name for column in spec.columns} <= set(frame.columns)
    assert str(cohort.rules["confidential"].dtype) == "boolean"
    assert str(cohort.contacts["last_contact"].dtype) == "datetime64[ns]"


def test_somebody_ruled_to_be_their_own_mentor(folder) -> None:
    """That is a contradiction of rules, not an unknown person, whichever side they are on."""
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,e1,must\n")
    assert folder.codes() == set()


@pytest.mark.slow
def test_two_rows_of_groups_for_one_person(folder) -> None:
    """Of two rows that differ neither is right for sure, whatever their order."""
    folder.write("groups", "person_id,gender\ne1,w\ne1,m\ne2,w\n")
    assert folder.codes() == {"E_DUP_ID"}
    assert folder.aside().groups["person_id"].tolist() == ["e2"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "end", "told"),
    [
        ("active", "2026-02-01", True),
        ("accepted", "2026-02-01", True),
        ("active", "2026-12-01", False),
        ("completed", "2026-02-01", False),
        ("active", "", False),
    ],
)
def test_an_engagement_past_its_end_is_asked_about(folder, status, end, told) -> None:
    """Nobody knows how it ended, and it holds a place: so it is told, whatever else is read."""
    folder.write(
        "engagements", f"mentee_id,mentor_id,status,start,end\ne1,r1,{status},2025-09-01,{end}\n"
    )
    assert bool(folder.only("W_END_PASSED", programme={"as_of": "2026-06-01"})) == told
