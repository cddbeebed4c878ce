"""A table as a form: its questions, the answers of each, and which side answers it."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.cells.marks import is_mark, is_no_tick, is_other
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.column_cells import (
    CellEvidence,
    filled_counts,
    is_day,
    role_of,
)
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses
from matcher.text import fold


@dataclass(frozen=True)
class FormQuestion:
    """Columns of a table that are one question of the form."""

    title: str
    """Without the option where a grid gives each option a column."""
    titles: tuple[str, ...]
    """As the table has them: one, or one an option."""
    positions: tuple[int, ...]
    evidence: CellEvidence
    side: str = ""
    """`mentees` or `mentors` where only they answer it."""

    @cached_property
    def guesses(self) -> list[Guess]:
        """What it may be, the likeliest first."""
        return guesses(self.title, self.evidence)

    @property
    def likeliest(self) -> Guess | None:
        """What it most likely is."""
        return next(iter(self.guesses), None)


ROLES = ("mentee", "mentor")


def questions_of(grid: Grid, people: Collection[str] = ()) -> list[FormQuestion]:
    """Return the questions of a table.

    Parameters
    ----------
    grid
        The table.
    people
        Folded names and addresses of the whole cohort.
    """
    asked = [_question(grid, *column, people) for column in _columns(grid)]
    return [replace(each, side=side) for each, side in zip(asked, _sides(grid, asked), strict=True)]


def people_in(grids: Sequence[Grid]) -> frozenset[str]:
    """Return folded names and addresses of the people whom tables list."""
    found: set[str] = set()
    for grid in grids:
        for question in questions_of(grid):
            best = question.likeliest
            if best and best.target in ("name", "email") and not question.evidence.ticked:
                found |= {fold(text) for text in question.evidence.counts}
    return frozenset(found)


_OPTION = (
    re.compile(r"^(?P<stem>.*?)\s*\[(?P<option>[^\[\]]+)\]$"),
    re.compile(r"^(?P<stem>.*?)\s*\(choice=(?P<option>.+)\)$"),
    re.compile(r"^(?P<stem>.+?)___(?P<option>\w+)$"),
    re.compile(r"^(?P<stem>.+?\S)/(?P<option>[^/]+)$"),
    re.compile(r"^(?P<stem>.+?)\s+[-\u2013\u2014:>|]\s+(?P<option>.+)$"),
)
"""How form tools write the option of a question into a title."""


def _columns(grid: Grid) -> Iterator[tuple[str, tuple[int, ...], tuple[str, ...]]]:
    """Yield title, positions and options of each question; a grid has a column an option."""
    asked = grid.titles if grid.options else grid.questions or grid.titles
    split = [_split(title) for title in asked]
    seen: set[str] = set()
    for position, (title, (stem, _)) in enumerate(zip(asked, split, strict=True)):
        of_stem = [k for k, (other, _) in enumerate(split) if stem and other == stem]
        members = tuple(k for k in of_stem if _is_option(grid, k, split[k][1]))
        if position not in members or len(members) < max(2, len(of_stem) / 2):
            yield title, (position,), ()
        elif stem not in seen:
            seen.add(stem)
            yield stem, members, tuple(split[k][1] for k in members)


def _split(title: str) -> tuple[str, str]:
    """Return stem and option of a title, "" for a title without an option."""
    plain = " ".join(title.split())
    found = next((m for pattern in _OPTION if (m := pattern.fullmatch(plain))), None)
    return (found["stem"], found["option"]) if found else ("", plain)


def _is_option(grid: Grid, position: int, option: str) -> bool:
    """Whether the cells of a column only tick its option."""
    if is_other(option):
        return False
    texts = {str(text) for text in grid.columns[position] if text}
    if is_day(option):
        return True
    return all(fold(text) == fold(option) or is_mark(text) or len(text) <= 14 for text in texts)


def _question(
    grid: Grid,
    title: str,
    positions: tuple[int, ...],
    options: tuple[str, ...],
    people: Collection[str],
) -> FormQuestion:
    titles = tuple(grid.titles[position] for position in positions)
    cells = [text for position in positions for text in _answers(grid, position, options)]
    counts = filled_counts(cells)
    ticked = {
        option: sum(map(bool, _answers(grid, position, options)))
        for position, option in zip(positions, options, strict=False)
    }
    if options and all(map(is_day, options)):  # a cell says when on the day: `Mon: over lunch`
        counts, ticked = _times_of_days(grid, positions, options), {}
    evidence = CellEvidence(counts, len(grid.rows), people, Counter(ticked))
    return FormQuestion(title, titles, positions, evidence)


def _times_of_days(
    grid: Grid, positions: tuple[int, ...], options: tuple[str, ...]
) -> Counter[str]:
    found = Counter[str]()
    for position, option in zip(positions, options, strict=True):
        for text, n in filled_counts(grid.columns[position]).items():
            for part in re.split("[;,]", text):
                found[f"{option}: {part.strip()}"] += n if is_mark(part) is False else 0
    return Counter({text: n for text, n in found.items() if n})


def _answers(grid: Grid, position: int, options: tuple[str, ...]) -> list[str]:
    """Return the cells of a column; of a grid those that are no tick are empty."""
    texts: list[str] = grid.columns[position].tolist()
    return [text if _is_tick(text) else "" for text in texts] if options else texts


def _is_tick(text: str) -> bool:
    return bool(text) and not is_no_tick(text)


def _sides(grid: Grid, asked: Sequence[FormQuestion]) -> list[str]:
    """Return for each question who alone answers it: mentees, mentors, or "" for both."""
    if grid.table != SIGNUPS.name:
        return [grid.table if table_spec(grid.table).is_people else ""] * len(asked)
    roles = _roles(grid, asked)
    return [_side(grid, question, roles) for question in asked]


def _roles(grid: Grid, asked: Sequence[FormQuestion]) -> NDArray[np.object_]:
    """Return the role of each row, None where no column says so: shape (rows,)."""
    for question in asked:
        best = question.likeliest
        if best and best.target == "role" and best.sureness is not Sureness.ASKED:
            meant = {text: role_of(text) for text in question.evidence.counts}
            cells = grid.columns[question.positions[0]]
            return np.array([meant.get(str(text)) for text in cells], dtype=object)
    return np.full(len(grid.rows), None, dtype=object)


def _side(grid: Grid, question: FormQuestion, roles: NDArray[np.object_]) -> str:
    options = tuple(question.evidence.ticked)
    filled = np.zeros(len(grid.rows), dtype=bool)
    for position in question.positions:
        filled |= np.array(_answers(grid, position, options), dtype=object) != ""
    who = [roles == role for role in ROLES]
    if not all(those.any() for those in who):
        return ""
    shares = [float(filled[those].mean()) for those in who]
    if max(shares) < 0.1 or min(shares) > 0.1 * max(shares):
        return ""
    return f"{ROLES[shares.index(max(shares))]}s"
