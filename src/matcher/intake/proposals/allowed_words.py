"""What the answer to a question about a column may be, by what stands in its cells."""

from matcher.cohort.tables import SIGNUPS
from matcher.intake.proposals.assigned_targets import NAMES_PEOPLE
from matcher.intake.proposals.column_proposal import BEARS_ON_SAFETY, ColumnProposal
from matcher.intake.proposals.form_questions import MOST_DIVIDED
from matcher.intake.proposals.meanings import SIDES_OF_TOPICS, TOPICS
from matcher.intake.proposals.title_guesses import (
    EITHER_WISH,
    HINTED,
    IN_PART,
    MOST_ROLES,
    NAMES_OTHERS,
    POSSIBLE,
    is_safety,
    speaks_against,
)
from matcher.vocabulary import IGNORE


def allowed_words(column: ColumnProposal, table: str) -> tuple[str, ...]:
    """Return what a question of a table may be, the likeliest first, `ignore` last."""
    likely = column.target or column.perhaps
    either = MEET_OR_NOT if names_either(column) else ()
    likeliest = (likely, *either, *_others(column, likely), IGNORE)
    found = tuple(dict.fromkeys(filter(None, likeliest)))
    if table == SIGNUPS.name:
        return found
    sides = ("mentees.", "mentors.")  # one side alone is asked: it has no role, and no list of one
    return tuple(c for c in found if c != "role" and not c.startswith(sides))


MEET_OR_NOT = ("avoid", "preferences.1")
"""What a question may be that is answered by naming people: whom not to meet, and whom to meet."""
_EITHER = frozenset({NAMES_OTHERS, IN_PART, NAMES_PEOPLE, HINTED, BEARS_ON_SAFETY})


def names_either(column: ColumnProposal) -> bool:
    """Whether people are named, and nothing says whether to keep them apart or to pair them.

    Then neither is proposed: the opposite of what is meant would harm.
    """
    is_unsaid = column.why in _EITHER and not speaks_against(column.title)
    return column.perhaps in MEET_OR_NOT and (is_unsaid or column.why == EITHER_WISH)


def may_bear_on_safety(column: ColumnProposal) -> bool:
    """Whether a question that is open may be one of which a wrong reading harms somebody."""
    likely = column.perhaps
    is_open = column.target is None and bool(column.evidence.counts)
    is_any = likely in ("", "preferences.1")
    return is_open and (is_any or (is_safety(likely) and not likely.startswith("groups.")))


LEAST_OF_SENTENCE = 4
"""Mean number of words of answers that are sentences."""
_COUNTED = ("capacity", "max_mentors")


def _others(column: ColumnProposal, likely: str) -> tuple[str, ...]:
    """Return what else a question may be, by the kind of its answers."""
    cells = column.evidence
    are_sentences = cells.words >= LEAST_OF_SENTENCE or cells.fits(["text"]) == 1.0
    texts = ("goals", "bio") if are_sentences else ()
    if likely.rpartition(".")[2] == TOPICS:
        may_be_role = ("role",) if len(cells.items) <= MOST_DIVIDED else ()
        return (TOPICS, *SIDES_OF_TOPICS, "modes", *texts, *may_be_role)
    is_any = likely in ("", IGNORE, "preferences.1", *_COUNTED) or is_safety(likely)
    if not is_any:
        return texts
    is_few = 2 <= len(cells.counts) <= MOST_ROLES
    is_box = len(cells.counts) == 1
    counts = cells.fits(["number"]) >= POSSIBLE
    return (
        *(("role", "consent", "share_address", "modes", "seniority") if is_few else ()),
        *(("consent", "share_address") if is_box else ()),
        *(("max_mentors" if column.side == "mentees" else "capacity",) if counts else ()),
        *texts,
        *("avoid", "line_manager", "second_supervisor", "preferences.1"),
    )
