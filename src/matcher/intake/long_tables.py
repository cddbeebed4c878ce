"""Tables in which a person has several rows: one for each answer, or for each question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.lists import PART
from matcher.intake.files.grid import Grid, make_grid
from matcher.intake.mapping import EMAIL_ID, map_headings
from matcher.intake.presets import SUBMITTED, Preset
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.text import ID_PADDING, count_of, fold, fold_heading, shown_title


def one_row_each(grid: Grid, preset: Preset, config: Config) -> tuple[Grid, list[Finding]]:
    """Return a table with one row a person where the config says that a row is an answer.

    Parameters
    ----------
    grid
        The table with its titles.
    preset, config
        The form tool, and what says how the table is read.

    Returns
    -------
    grid
        Lists are joined; of other columns the first answer counts. Where a column says which
        question a row answers, each question is a column.
    findings
        E_MISSING_COLUMN where no column tells people apart or a stated one is not there, E_CONFLICT
        where two rows answer differently what has one answer, W_LONG_TABLE.
    """
    how = config.table_input(grid.table)
    if how.rows == "people" and not how.question:
        return grid, []
    mapping = map_headings(grid, preset, config)
    stated = [title for title in (how.question, how.answer) if title]
    absent = [title for title in stated if grid.column(title) is None]
    if absent or bool(how.question) != bool(how.answer):
        return grid, [_absent(grid, absent)]
    if stated and (responses := _responses(grid, *stated)) is not None:
        joined, faults = _single_answers(_joined(grid, responses, stated), preset, config)
        return joined, [*faults, _told(grid, responses, "sign-up", "sign-ups")]
    if not mapping.has_ids:
        return grid, [_absent(grid, absent)]
    cells = grid.columns[mapping.of("person_id")[0]]
    ids = [
        fold(text) if mapping.identifier == EMAIL_ID else text.strip(ID_PADDING) for text in cells
    ]
    keys = [text or f"\0{k}" for k, text in enumerate(ids)]
    people = _People(*pd.factorize(np.array(keys, dtype=object)))
    joined, faults = _single_answers(_joined(grid, people, stated), preset, config)
    return joined, [*faults, _told(grid, people, "person", "people")]


def _told(grid: Grid, people: "_People", one: str, many: str) -> Finding:
    """Return how many rows became how many."""
    whose = count_of(people.count, one, many)
    message = f"{count_of(len(grid.rows), 'row')} are answers of {whose}"
    return Finding("W_LONG_TABLE", message, "lists are joined, a person is one record", grid.table)


def _responses(grid: Grid, question: str, answer: str) -> "_People | None":
    """Return whose row is whose by all that stands beside question and answer.

    So somebody who answered twice is there twice, and two people of one address are two; None
    where the rows of one response differ beside, as in the time of each answer.
    """
    spent = {fold_heading(question), fold_heading(answer)}
    beside = [c for c, t in zip(grid.columns, grid.folded_titles, strict=True) if t not in spent]
    asked = pd.factorize(grid.columns[grid.folded_titles.index(fold_heading(question))])[0]
    codes = _grouped(beside)
    fits = _fit(codes, asked) if codes is not None else 0.0
    if codes is None or fits < LEAST_ANSWERED:
        return None
    return _People(codes, np.unique(codes).astype(object))


LEAST_ANSWERED = 0.5
"""Share of the questions that a response answers, in the mean, for rows to be its answers."""
LEAST_ASKED, MOST_BESIDE = 3, 12
"""Questions of a table of answers, and columns beside them."""
LEAST_NAMES = 0.8
"""Share of the cells of a column that are addresses or names, for rows to be of people."""


def _grouped(columns: Sequence[Cells]) -> NDArray[np.int64] | None:
    """Return the number of each row's group of equal cells in the order of first rows."""
    if not columns:
        return None
    frame = pd.DataFrame(dict(enumerate(columns)))
    return np.asarray(frame.groupby([*frame.columns], sort=False, dropna=False).ngroup())


def _fit(codes: NDArray[np.int64], asked: NDArray[np.int64]) -> float:
    """Return the share of questions that groups answer; 0 where most are answered twice in one."""
    pairs = pd.DataFrame({"who": codes, "what": asked})
    again = pairs.loc[pairs.duplicated(), "what"].nunique()  # of lists each item has a row
    questions = len(np.unique(asked))
    answered = len(pairs.drop_duplicates())
    is_each = MOST_LISTS * again <= questions
    return answered / max(1, len(np.unique(codes)) * questions) if is_each else 0.0


MOST_LISTS = 2
"""Questions for each one of which people give several answers, a row each."""


def by_response(grid: Grid, question: str, answer: str) -> Grid | None:
    """Return a table of answers with a row a response and a column a question, lists with `;`.

    None where what stands beside differs within a response.
    """
    responses = _responses(grid, question, answer)
    if responses is None:
        return None
    joined = _joined(grid, responses, (question, answer))
    columns = (np.array([t.replace(PART, ";") for t in c], dtype=object) for c in joined.columns)
    return replace(joined, columns=tuple(columns))


def question_and_answer(grid: Grid) -> tuple[str, str] | None:
    """Return the titles of the columns of a table of answers that hold question and answer.

    Whatever the titles say: few questions stand again for each person, each once a response, and
    what stands beside is the same in all rows of a response.
    """
    width, count = len(grid.titles), len(grid.rows)
    if not LEAST_ASKED <= width <= MOST_BESIDE or count < LEAST_ASKED * LEAST_ASKED:
        return None
    coded = [pd.factorize(column)[0] for column in grid.columns]
    sizes = [int(codes.max()) + 1 for codes in coded]
    best, found = LEAST_ANSWERED, None
    for q in range(width):
        if not LEAST_ASKED <= sizes[q] <= count // LEAST_ASKED:
            continue
        for a in (a for a in range(width) if a != q and sizes[a] > 1):
            beside = [grid.columns[k] for k in range(width) if k not in (q, a)]
            codes = _grouped(beside)
            if codes is None or 2 * (int(codes.max()) + 1) > count:
                continue
            fit = _fit(codes, coded[q])
            is_of_people = fit > best and (
                any(map(_are_people, beside)) or _say_who(codes, coded[q], grid.columns[a])
            )
            if is_of_people:
                best, found = fit, (grid.titles[q], grid.titles[a])
    return found


def _say_who(codes: NDArray[np.int64], asked: NDArray[np.int64], answers: Cells) -> bool:
    """Whether to one question everybody answers with a name or address of their own.

    Not to most: then the rows are people, and what recurs is where they work.
    """
    said = [answers[asked == question] for question in range(int(asked.max()) + 1)]
    naming = [texts for texts in said if _are_people(texts)]
    responses = int(codes.max()) + 1
    is_own = any(len(set(texts)) >= LEAST_NAMES * responses for texts in naming)
    return is_own and 2 * len(naming) <= len(said)


def _are_people(column: Cells) -> bool:
    return CellEvidence.of(pd.unique(column)).fits(["address", "person"]) >= LEAST_NAMES


@dataclass(frozen=True)
class _People:
    """Whose row is whose."""

    codes: NDArray[np.int64]
    """By row: the person's number."""
    keys: NDArray[np.object_]

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.keys)

    def gathered(self, column: Cells) -> Cells:
        """Return of each person the different answers in a column, joined."""
        found: list[dict[str, None]] = [{} for _ in range(self.count)]
        for person, text in zip(self.codes, column, strict=True):
            if text:
                found[person][str(text)] = None
        return np.array([PART.join(answers) for answers in found], dtype=object)


def _joined(grid: Grid, people: _People, stated: Sequence[str]) -> Grid:
    """Return the table with the rows of each person joined, and each question as a column."""
    spent = {fold_heading(title) for title in stated}
    kept = [k for k, title in enumerate(grid.folded_titles) if title not in spent]
    titles = [grid.titles[k] for k in kept]
    columns = [people.gathered(grid.columns[k]) for k in kept]
    if stated:
        asked, answered = (grid.columns[grid.folded_titles.index(fold_heading(t))] for t in stated)
        texts = np.array([str(text).strip() for text in asked], dtype=object)
        for question in dict.fromkeys(filter(None, texts)):
            titles.append(question)
            columns.append(people.gathered(np.where(texts == question, answered, "")))
    _, firsts = np.unique(people.codes, return_index=True)
    rows = grid.rows[firsts]
    return replace(make_grid(grid.table, grid.origin, titles, columns, rows), shown=grid.shown)


def _single_answers(grid: Grid, preset: Preset, config: Config) -> tuple[Grid, list[Finding]]:
    """Return the table with one answer in each cell that holds no list, and where two differ."""
    mapping = map_headings(grid, preset, config)
    lists = {k for name, spec in mapping.specs.items() if spec.is_list for k in mapping.of(name)}
    told = mapping.positions - {*mapping.columns.get(SUBMITTED, ()), *mapping.of("person_id")}
    columns, faults = [], []
    for position, column in enumerate(grid.columns):
        several = np.array([PART in text for text in column], dtype=bool)
        is_list = position in lists
        columns.append(column if is_list else np.array([t.split(PART)[0] for t in column], object))
        if position in told and not is_list:
            title = shown_title(grid.titles[position])
            faults += [_CONFLICT.at(grid.table, int(row), title) for row in grid.rows[several]]
    return replace(grid, columns=tuple(columns)), faults


_CONFLICT = Finding(
    "E_CONFLICT",
    "two rows of one person answer this differently",
    "correct one of them, or map it to a list",
)


def _absent(grid: Grid, absent: list[str]) -> Finding:
    message = "rows are answers of people, and no column tells whose"
    if absent:
        message = f"[tables.{grid.table}] names a column that is not there"
    remedy = "map a column to person_id, and state question and answer together, by their titles"
    return Finding("E_MISSING_COLUMN", message, remedy).at(grid.table, 1, "".join(absent[:1]))
