"""What the answer to a question about a column may be, by what stands in its cells."""

from matcher.cohort.tables import MANAGERS, SIGNUPS
from matcher.intake.proposals.asked_consent import TOLD_BY_CELLS
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.form_questions import MOST_DIVIDED
from matcher.intake.proposals.meanings import SIDES_OF_TOPICS, TOPICS
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.title_guesses import (
    LEAST_NAMED,
    MOST_ROLES,
    POSSIBLE,
    is_safety,
    speaks_against,
    speaks_of_wish,
)
from matcher.vocabulary import IGNORE


def allowed_words(column: ColumnProposal, table: str) -> tuple[str, ...]:
    """Return what a question of a table may be, the likeliest first, `ignore` last."""
    likely = column.target or column.perhaps
    likeliest = (*equally_likely(column), likely, *_others(column, likely), IGNORE)
    found = tuple(dict.fromkeys(filter(None, likeliest)))
    if table == SIGNUPS.name:
        return found
    sides = ("mentees.", "mentors.")  # one side alone is asked: it has no role, and no list of one
    return tuple(c for c in found if c != "role" and not c.startswith(sides))


_MEET_OR_NOT = ("avoid", "preferences.1")
"""What a question may be that is answered by naming people: whom not to meet, and whom to meet."""
_NAMED = frozenset(
    {Why.NAMES_OTHERS, Why.IN_PART, Why.NAMES_PEOPLE, Why.HINTED, Why.BEARS_ON_SAFETY}
)
_COUNTED = ("capacity", "max_mentors")


def equally_likely(column: ColumnProposal) -> tuple[str, ...]:
    """Return what a question may be where nothing says which: none of it is proposed then.

    People who are named may be wished for or not wanted: the opposite of what is meant would harm.
    Counts of people may be those of either side.
    """
    is_unsaid = column.why.code in _NAMED and not speaks_against(column.title)
    if column.perhaps in MANAGERS and column.why.code is Why.EITHER_WISH:
        return (column.perhaps, *_MEET_OR_NOT)
    is_either = column.perhaps in _MEET_OR_NOT or (not column.perhaps and _names_people(column))
    if is_either and (is_unsaid or column.why.code is Why.EITHER_WISH):
        return _MEET_OR_NOT[::-1] if speaks_of_wish(column.title) else _MEET_OR_NOT
    if not column.perhaps and column.why.code in TOLD_BY_CELLS and "consent" in _others(column, ""):
        return ("consent",)
    if column.why.code is Why.YES_OR_NO:
        return ("consent", column.perhaps)
    return _COUNTED if column.why.code is Why.COUNTS and not column.side else ()


def may_bear_on_safety(column: ColumnProposal) -> bool:
    """Whether a question that is open may be one of which a wrong reading harms somebody."""
    likely = column.perhaps
    is_open = column.target is None and bool(column.evidence.counts)
    is_any = likely in ("", "preferences.1") or column.why.code is Why.IN_PART
    return is_open and (is_any or (is_safety(likely) and not likely.startswith("groups.")))


LEAST_OF_SENTENCE = 4
"""Mean number of words of answers that are sentences."""
_LOOKS = {
    "approaches": ("approach",),
    "availability": ("day",),
    "languages": ("language",),
    "max_mentors": ("number",),
    "capacity": ("number",),
    "career_years": ("number",),
}
"""What a question may be if some of its answers are of a kind."""
_PLACES = ("organisation", "department")


def _others(column: ColumnProposal, likely: str) -> tuple[str, ...]:
    """Return what else a question may be, by the kind of its answers: the likeliest first."""
    cells = column.evidence
    are_sentences = cells.words >= LEAST_OF_SENTENCE or cells.fits(["text"]) == 1.0
    texts = ("goals", "bio") if are_sentences else ()
    if likely.rpartition(".")[2] == TOPICS:
        may_be_role = ("role",) if len(cells.items) <= MOST_DIVIDED else ()
        return (TOPICS, *SIDES_OF_TOPICS, "modes", *texts, *may_be_role)
    barred = {"mentees": "capacity", "mentors": "max_mentors"}.get(column.side)
    names = _names_people(column)
    looks = [t for t, kinds in _LOOKS.items() if t != barred and cells.fits(kinds) >= POSSIBLE]
    looks = [] if names else looks
    is_any = likely in ("", IGNORE, "preferences.1", *_COUNTED) or is_safety(likely)
    if not is_any and column.why.code is not Why.IN_PART:
        return (*looks, *texts)
    is_few = 2 <= len(cells.counts) <= MOST_ROLES and not names
    is_box = len(cells.counts) == 1
    are_places = cells.is_choice and not (is_box or looks or cells.decisions)
    of_safety = (
        *(("role", "consent", "share_address", "modes", "seniority") if is_few else ()),
        *(("consent", "share_address", "bio") if is_box else ()),
        *("avoid", "line_manager", "second_supervisor", "preferences.1"),
    )
    by_cells = (*looks, *texts, *(_PLACES if are_places else ()))
    return (*of_safety, *by_cells) if is_safety(likely) else (*by_cells, *of_safety)


def _names_people(column: ColumnProposal) -> bool:
    """Whether some answers name people of the cohort, so that they are no roles and no yes."""
    return column.why.code is Why.IN_PART or column.evidence.naming >= LEAST_NAMED
