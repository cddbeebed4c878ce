"""What a title is that nothing maps: protected, a slip, like a known column, or unused."""

from collections.abc import Collection

from matcher.cohort.tables import MANAGERS, SIGNUPS, TABLES, TableSpec
from matcher.errors import Finding
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.title_guesses import Guess, Sureness, described, guesses
from matcher.text import misspelt, shown_title, snake
from matcher.vocabulary import is_protected

EVERY_NAME = frozenset(name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name) - {
    "text",
    "kind",
    "date",
    "end",
    "start",
    "wave",
}


NEVER_IN_SILENCE = frozenset({"avoid", *MANAGERS, "consent"})
"""What is never left out with a mere warning: people would be matched against what they said."""


def judged_title(
    title: str, cells: CellEvidence, absent: Collection[str], spec: TableSpec
) -> Finding:
    """Return what a title is that nothing maps.

    Parameters
    ----------
    title, cells
        The title and the answers below it.
    absent
        Columns of the table that no title stands for.
    spec
        The table.
    """
    name, shown = snake(title), shown_title(title)
    if spec.is_people and is_protected(title):
        return protected_title(spec.name, shown)
    best = _likeliest(title, cells, absent, spec)
    is_sure = best is not None and best.sureness is Sureness.SURE
    like = best.target if best is not None and is_sure else ""
    line = f'add [columns.{spec.name}] "{shown}" ='
    if best is not None and best.target in NEVER_IN_SILENCE and _says(best.target, cells):
        looks = "looks like" if is_sure else "may be"
        message = f"nothing maps this column, and it {looks} {described(best.target)}"
        remedy = f'{line} "{best.target}", or "ignore" if it is something else'
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(spec.name, 1, shown)
    near = None if name in EVERY_NAME else misspelt(name, absent)
    if near and like in ("", near):
        message = f"there is no such column; it looks like {near}"
        remedy = f"rename it {near}, or map it in [columns] (to ignore, if it is something else)"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(spec.name, 1, shown)
    message = "nothing maps this column, so it is left out"
    remedy = f'{line} "{like}" if it is' if like else "map it in [columns] if it matters"
    message += f"; it looks like {like}" if like else ""
    return Finding("W_UNUSED_COLUMN", message, remedy).at(spec.name, 1, shown)


def _says(target: str, cells: CellEvidence) -> bool:
    """Whether any answer says something; `no` says the most where consent is asked."""
    return bool(cells.counts if target == "consent" else cells.telling)


def _likeliest(
    title: str, cells: CellEvidence, absent: Collection[str], spec: TableSpec
) -> Guess | None:
    """Return the absent column that title and answers most likely are those of."""
    if not spec.is_people:
        return None
    best = next(iter(guesses(title, cells)), None)
    return best if best is not None and best.target in absent else None


def protected_title(table: str, title: str) -> Finding:
    """Return the finding for a protected attribute in a table of people."""
    message = "a protected attribute must not stand among the columns that are matched on"
    remedy = (
        "map it to groups.x in [columns] (fairness audit only), or ask for it as a wish"
        " (wish_same, shared_for_matching)"
    )
    return Finding("E_PROTECTED_COLUMN", message, remedy).at(table, 1, title)
