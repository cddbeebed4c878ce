"""A mentor who may be one with another: until somebody says so, the places of one of them count."""

from collections.abc import Iterable, Mapping

from matcher.cohort.questions import AskedQuestion
from matcher.cohort.tables import PAIRS
from matcher.errors import Finding
from matcher.intake.corrections import owners
from matcher.intake.typed_table import TypedTable
from matcher.vocabulary import LIVE


def with_places_once(
    tables: Mapping[str, TypedTable], questions: Iterable[AskedQuestion]
) -> tuple[dict[str, TypedTable], list[Finding]]:
    """Return tables of people in which who may be one person has the places of one sign-up.

    Those of the later row count, or of the one who has pairs already; both where both have.

    Parameters
    ----------
    tables
        All tables, by name.
    questions
        What is asked of the people.
    """
    asked = [question for question in questions if question.is_of_ids and question.is_open]
    if not asked:
        return dict(tables), []
    busy = _busy(tables)
    offering = {name: table for name, table in tables.items() if _offers(table)}
    rows = {
        person: (name, row)
        for name, table in offering.items()
        for mentors in [_mentors(table)]
        for row, person in owners(table).items()
        if row in mentors
    }
    spared: dict[str, str] = {}
    for question in asked:
        ends = (*question.likely, question.person)
        free = [person for person in ends if person not in busy]
        if free and len(ends) == len({*ends} & rows.keys()):
            spared.setdefault(free[0], question.key)
    found = dict(tables)
    for name, table in offering.items():
        gone = table.frame["person_id"].isin(spared)
        none = {column: table.frame[column].mask(gone, 0.0) for column in _PLACES}
        found[name] = table.with_frame(table.frame.assign(**none))
    return found, [_told(*rows[person], key) for person, key in spared.items()]


_PLACES = ("capacity", "min_mentees")


def _offers(table: TypedTable) -> bool:
    return table.spec.is_people and {*_PLACES} <= {*table.frame.columns}


def _mentors(table: TypedTable) -> frozenset[int]:
    """Return the rows of those who may take somebody."""
    frame = table.frame
    is_mentee = frame["role"].eq("mentee") if "role" in frame else frame["source_row"].lt(0)
    return frozenset(frame["source_row"][~is_mentee.fillna(value=False)].tolist())


def _busy(tables: Mapping[str, TypedTable]) -> frozenset[str]:
    """Return the mentors who have pairs today."""
    if PAIRS not in tables:
        return frozenset()
    frame = tables[PAIRS].frame
    return frozenset(frame["mentor_id"][frame["status"].isin([*LIVE])].dropna())


def _told(table: str, row: int, key: str) -> Finding:
    message = "the person may be one who signed up under another id: only the other's places count"
    remedy = f"answer {key} in [resolve]: after a no both have their places"
    return Finding("W_SAME_PERSON", message, remedy).at(table, row, "capacity")
