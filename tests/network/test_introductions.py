"""Warm introductions: only over one's own contacts who may be asked."""

from __future__ import annotations

import pytest
from tests.support import make_cohort

from matcher.network import CohortAudit, audit_cohort

MENTORS = [
    {"person_id": "t1", "name": "Orla Field", "organisation": "North", "department": "Ward"},
    {"person_id": "t2", "name": "Piet Moor", "organisation": "North", "department": "Lab"},
    {"person_id": "t3", "name": "Quin Lane", "organisation": "South"},
]


def introduce(contacts: list[dict[str, object]], **tables: list[dict[str, object]]) -> CohortAudit:
    """Return the audit of mentee m1 with these contacts, beside mentee m2."""
    rows = [{"person_id": "m1", "may_introduce": "yes", **row} for row in contacts]
    return audit_cohort(
        make_cohort([{"person_id": "m1"}, {"person_id": "m2"}], MENTORS, contacts=rows, **tables)
    )


def paths(found: CohortAudit) -> list[tuple[str, str, int]]:
    """Return mentor, path and distance of every introduction that the programme reads."""
    table = found.introductions
    assert list(table.columns) == ["mentee_id", "mentor_id", "path", "distance"]
    assert set(table["mentee_id"]) <= {"m1"}
    return list(table[["mentor_id", "path", "distance"]].itertuples(index=False, name=None))


@pytest.mark.slow
def test_contact_is_the_mentor() -> None:
    """A contact who is in the cohort as a mentor is one step away."""
    found = introduce([{"contact_id": "t3", "is_person_id": "yes", "share_with": "programme"}])
    assert paths(found) == [("t3", "m1 > t3", 1)]


@pytest.mark.slow
@pytest.mark.parametrize("shared", ["me", "mentor", None])
def test_a_mentor_whom_the_mentee_keeps_to_themself_reads_like_one_who_is_known(
    shared: str | None,
) -> None:
    """Neither path nor distance tells the programme that this very person is the contact."""
    kept = introduce([{"contact_id": "t3", "is_person_id": "yes", "share_with": shared}])
    known = introduce([{"contact_id": "AB", "knows": ("t3",), "share_with": shared}])
    assert paths(kept) == paths(known) == [("t3", "m1 > 1 contact > t3", 2)]
    assert kept.own_introductions[["contact_id", "how"]].to_numpy().tolist() == [["t3", "is"]]


@pytest.mark.slow
def test_contact_knows_the_mentor_by_id_or_name() -> None:
    """Whom a contact knows is found by id and by a name that one mentor alone has."""
    found = introduce([{"contact_id": "AB", "knows": ("t1", "quin lane", "nobody")}])
    assert paths(found) == [("t1", "m1 > 1 contact > t1", 2), ("t3", "m1 > 1 contact > t3", 2)]
    assert found.own_introductions["contact_id"].tolist() == ["AB", "AB"]


@pytest.mark.slow
def test_same_workplace_is_only_likely() -> None:
    """A contact of the mentor's organisation may know them, those of the department first."""
    found = introduce(
        [
            {
                "contact_id": "CD",
                "organisation": "north",
                "department": "lab",
                "share_with": "programme",
            }
        ]
    )
    assert paths(found) == [
        ("t1", "m1 > CD (may know) > t1", 2),
        ("t2", "m1 > CD (may know) > t2", 2),
    ]


@pytest.mark.slow
def test_surest_way_wins() -> None:
    """Where one contact knows the mentor and another works there, only the first is told."""
    found = introduce(
        [{"contact_id": "AB", "knows": ("t1",)}, {"contact_id": "CD", "organisation": "North"}]
    )
    assert paths(found)[0] == ("t1", "m1 > 1 contact > t1", 2)


@pytest.mark.slow
def test_nobody_is_asked_without_leave() -> None:
    """Contacts who are not marked may_introduce lead nowhere."""
    rows = [{"contact_id": "t3", "is_person_id": "yes"}, {"contact_id": "AB", "knows": ("t1",)}]
    for answer in ("no", None):
        assert paths(introduce([{**row, "may_introduce": answer} for row in rows])) == []


@pytest.mark.slow
def test_forbidden_pairs_get_no_introduction() -> None:
    """A never rule or a veto of either side closes the way."""
    rows = [{"contact_id": "AB", "knows": ("t1", "t2", "t3")}]
    found = introduce(
        rows,
        rules=[{"mentee_id": "m1", "mentor_id": "t1", "rule": "never"}],
        preferences=[{"person_id": "t2", "other_id": "m1", "role": "mentor", "veto": "yes"}],
    )
    assert [mentor for mentor, *_ in paths(found)] == ["t3"]


@pytest.mark.slow
def test_other_peoples_audits_are_not_used() -> None:
    """That m2's contact knows a mentor tells m1 nothing."""
    cohort = make_cohort(
        [{"person_id": "m1"}, {"person_id": "m2"}],
        MENTORS,
        contacts=[
            {"person_id": "m1", "contact_id": "m2", "is_person_id": "yes", "may_introduce": "yes"},
            {"person_id": "m2", "contact_id": "t1", "is_person_id": "yes"},
        ],
    )
    assert audit_cohort(cohort).introductions.empty
