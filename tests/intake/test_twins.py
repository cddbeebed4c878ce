"""Two rows that may be one person's by like names and equal cells beside them are asked about."""

from __future__ import annotations

import pytest

from matcher.cohort.questions import YES

HEAD = "person_id,name,email,department,site,goals,career_years,contexts,seniority\n"
MUCH = "Dye,Quay,to weave,4,confidence,dyer"


def asked(folder, first: str, second: str, **config):
    """Return the questions whether two mentees are one person, and how many count."""
    first, second = (
        f"{row}{',' * (HEAD.count(',') - 1 - row.count(','))}" for row in (first, second)
    )
    folder.write("mentees", f"{HEAD}e1,{first}\ne2,{second}\n")
    folder.write("mentors", "person_id,name,email,department\nt1,Zed Alpha,z@m.org,Archive\n")
    cohort = folder.read(**config)
    return [q for q in cohort.questions if q.is_of_ids], len(cohort.mentees)


@pytest.mark.parametrize(
    ("first", "second", "is_asked"),
    [
        ("Mo Ash,mo@m.org,Dye,Quay,to weave", "Mo Ash,m.ash@home.net,Dye,Quay,to weave", True),
        ("Mo Ash,mo@m.org,Dye,Quay,to weave", "Mo Ash,m.ash@home.net,Ink,Shed,to spin", True),
        ("T. Ash,t@m.org,Dye,Quay,to weave", "Tove Ash,tove@x.net,Dye,Quay,to spin", True),
        ("T. Ash,t@m.org,Dye,Quay,to weave", "Tove Ash,tove@x.net,Ink,Shed,to spin", False),
        ("Lorc Bly,lb@m.org,Dye,Quay,to weave", "Lorcan Bly,bly@x.net,Dye,Quay,to weave", True),
        ("Bob Bly,bob@m.org,Dye,Quay,a", "Robert Bly,rbly@x.net,Dye,Quay,b", True),
        ("X. Ash,x.ash@m.org,Dye,,a", "Xenia Ash,x.ash@home.net,,,b", True),
        ("Tara Ash,tara@m.org,Dye,Quay,a", "Tove Ash,tove@m.org,Dye,Quay,a", False),
        ("Mara Ash,mara@m.org,Dye,Quay,a", "Maro Ash,ash.m@x.net,Dye,Quay,b", False),
        (f"Henrike Ash,ha@m.org,{MUCH}", f"Rike Ash,rike@x.net,{MUCH}", True),
        (f"Una Ash,una@m.org,{MUCH}", f"Una Brook,una.b@x.net,{MUCH}", True),
        (f"Una Ash,una@m.org,{MUCH}", f"Ola Ash,ola@x.net,{MUCH[:-1]}d", False),
        (f"Una Ash,una@m.org,{MUCH}", f"Ola Brook,ola@x.net,{MUCH}", False),
    ],
)
def test_like_names_with_equal_cells_are_asked(folder, first, second, is_asked) -> None:
    """Initials, short first names and namesakes; on a name alone only where it is the same."""
    questions, count = asked(folder, first, second)
    assert (len(questions), count) == (int(is_asked), 2)


def test_a_yes_leaves_one_place_to_one_person(folder) -> None:
    """The later row counts where the form says nothing else; a no leaves two people."""
    rows = "Mo Ash,mo@m.org,Dye,Quay,to weave", "Mo Ash,m.ash@home.net,Dye,Quay,to weave"
    key = asked(folder, *rows)[0][0].key
    assert asked(folder, *rows, resolve={key: YES})[1] == 1
    assert asked(folder, *rows, resolve={key: "no"})[1] == 2


def test_a_mentor_who_may_be_another_has_no_second_places(folder) -> None:
    """The later row's count, or those of whoever has pairs; after a no both have theirs."""
    folder.write("mentees", "person_id,name\ne1,Ada Fern\n")
    head = "person_id,name,email,capacity,department\n"
    folder.write("mentors", f"{head}t1,Zed Bly,z@m.org,3,Dye\nt2,Zed Bly,zb@x.net,2,Ink\n")

    def places(**config):
        cohort = folder.read(**config)
        return cohort.mentors["capacity"].tolist(), {f.code for f in cohort.findings}

    assert places() == ([0, 2], {"W_QUESTION", "W_SAME_PERSON"})
    (question,) = folder.read().questions
    assert places(resolve={question.key: "no"})[0] == [3, 2]
    folder.write("engagements", "mentee_id,mentor_id,status\ne1,t1,active\n")
    assert places()[0] == [3, 0]


def test_who_may_have_refused_waits_for_the_answer(folder) -> None:
    """A later sign-up of the same name says no: both are left out until it is answered."""
    head = "person_id,name,email,department,consent\n"
    folder.write("mentees", f"{head}e1,Mo Ash,mo@m.org,Dye,yes\ne3,Di Fen,di@m.org,Dye,yes\n")
    rows = ["t1,Ben Brook,ben@m.org,Dye,yes", "t2,Ben Brook,bb@x.net,Dye,no"]
    folder.write("mentors", "\n".join([head + rows[0], rows[1], "t3,Zed Alpha,z@m.org,Ink,yes"]))
    needed = {"consent": "required"}
    cohort = folder.read(input=needed)
    (question,) = cohort.questions
    aside = {person: finding.code for person, finding in cohort.set_aside}
    assert aside == {"t1": "E_TWIN", "t2": "E_CONSENT"}
    two = folder.read(input=needed, resolve={question.key: "no"})
    assert two.mentors["person_id"].tolist() == ["t1", "t3"]
    one = folder.read(input=needed, resolve={question.key: "yes"})
    assert one.mentors["person_id"].tolist() == ["t3"]
