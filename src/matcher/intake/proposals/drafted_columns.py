"""Entries and questions about what each question of a form is taken for."""

from matcher.cohort.tables import table_spec
from matcher.config import Config
from matcher.intake.cells.marks import without_rank
from matcher.intake.cells.numbers import MONTHLY, as_asked, is_of_no_clear_period
from matcher.intake.config_columns import base_and_number, find_spec
from matcher.intake.proposals.allowed_words import allowed_words, equally_likely
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.drafted_words import is_rated
from matcher.intake.proposals.meanings import assumed
from matcher.intake.proposals.proposal import Draft, Entry, Path_, TableProposal
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.title_guesses import Sureness
from matcher.text import fold_heading, shown_title
from matcher.vocabulary import IGNORE


def add_column(
    draft: Draft, table: TableProposal, column: ColumnProposal, doubted: set[Path_]
) -> None:
    """Add what a question is taken for, or ask."""
    paths = [("columns", table.table, title) for title in column.keys]
    target, why = column.target, ""
    if target is not None and not doubted.isdisjoint(paths):
        why = f"some of its answers cannot be read as {described(target)}"
    elif target is not None and column.sureness is not Sureness.STATED and is_rated(column):
        levels = sorted((level.strip() for level in column.evidence.levels), key=int)
        why = f"its options are rated {levels[0]} to {levels[-1]}, and what that counts is not said"
    elif target and target.rpartition(".")[2] == MONTHLY and is_of_no_clear_period(column.title):
        why = "by which period it asks is not clear: its numbers count as hours of a month"
    if column.why.code is Why.UNANSWERED and not column.perhaps:
        for path in paths:
            draft.entries.setdefault(path, Entry(path, None, str(column.why), example=IGNORE))
        return
    if target is None or why:
        first = ("columns", table.table, column.title) if len(paths) > 1 else paths[0]
        _ask_column(draft, first if not column.is_each_asked else paths[0], column, why)
        likely = target or column.perhaps or IGNORE
        for path in paths[1:] if column.is_each_asked else ():
            draft.entries.setdefault(path, Entry(path, None, "as above", example=likely))
        return
    if len(paths) > 1 and fold_heading(column.title) in draft.titles.get(table.table, ()):
        return  # the question is stated, for all of its options
    spec = find_spec(table_spec(table.table), target, Config())
    rests_on = assumed("", as_asked(spec, column.title).a_month) if spec else ""
    for path in paths:
        draft.add(path, target, "; ".join(filter(None, (str(column.why), rests_on))))


def _ask_column(draft: Draft, path: Path_, column: ColumnProposal, why: str) -> None:
    likely = column.target or column.perhaps
    text = why or str(column.why)
    either = equally_likely(column)
    if likely not in ("", IGNORE) and not why and not either:
        text += f": is it {described(likely)}?"
    if len(column.keys) == 1 and fold_heading(path[-1]) != fold_heading(column.title):
        text = f"{shown_title(column.title)!r}: {text}"
    choices = allowed_words(column, path[1])
    example = "" if either else IGNORE if column.why.code in _LEFT_OUT else likely or IGNORE
    ranked = without_rank(path[-1])
    said = (example, *either, *((IGNORE,) if example != IGNORE else ()))
    example, *ready = [_at_place(word, ranked[1] if ranked else None) for word in said]
    alike = (q for q in draft.questions if q.text == text or _is_series(q.path, path))
    first = next((q for q in alike if _is_same(q.path, path)), None)
    if first is None or path in draft.settled:
        draft.ask(
            path, text, choices=choices, example=example, samples=column.samples,
            ready=tuple(ready),
        )  # fmt: skip
        return
    if ranked is None:
        _, number = base_and_number(example)
        example = _at_place(example, (number or 0) + len(first.also) + 1)
    draft.ask_too(first, path, tuple(filter(None, (example, *ready))))


def _at_place(word: str, place: int | None) -> str:
    """Return a numbered column, `preferences.1`, as that of a place; any other word as it is."""
    base, number = base_and_number(word)
    return f"{base}.{place}" if number and place else word


_LEFT_OUT = (Why.BARRED, Why.DENIED, Why.NOTICE)
"""Why a question is more likely none of what it may be."""


def _is_same(one: Path_, other: Path_) -> bool:
    """Whether two titles are one question: of both sides, or of a series of wishes in order."""
    if one[0] != "columns" or other[0] != "columns":
        return False
    if one[1] == other[1]:
        return _is_series(one, other)
    return fold_heading(one[-1]) == fold_heading(other[-1])


def _is_series(one: Path_, other: Path_) -> bool:
    """Whether two titles of a table are one but for the place in order: `Wish 1`, `Second wish`."""
    first, second = (without_rank(path[-1]) for path in (one, other))
    if first is None or second is None or one[:2] != other[:2]:
        return False
    return fold_heading(first[0]) == fold_heading(second[0]) and first[1] != second[1]
