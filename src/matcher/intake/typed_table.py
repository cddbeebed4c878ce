"""From a grid and its mapping to a typed frame, with every cell that could not be read."""

import json
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.cohort.ids import parse_address_id, parse_id, parse_reference
from matcher.cohort.tables import MANAGERS, ColumnSpec, Kind, TableSpec, table_spec
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.answer_words import AnswerWords, Parser, Partly, answer_words_of
from matcher.intake.cells.answers import convert, parser_for, write_ins
from matcher.intake.cells.dates import dates_told
from matcher.intake.cells.form_words import refers_above
from matcher.intake.cells.marks import is_no_tick, is_tick
from matcher.intake.config_columns import CATCH_ALL, DIRECTIONS, is_wish
from matcher.intake.files.grid import Grid
from matcher.intake.findings import about_record
from matcher.intake.mapping import EMAIL_ID, Mapping
from matcher.intake.option_columns import Option, OptionTitles, joined_options
from matcher.intake.presets import PRESETS, SUBMITTED
from matcher.intake.submission_times import submission_days
from matcher.intake.unmapped_answers import Bad, told_as_written
from matcher.text import count_of, fold, listed, shortened, shown_title, tidy

UNHEARD = ("availability", "languages", "career_years", "contexts", "expertise", "modes")
"""Questions of which everybody is told whose answer counts as none."""


@dataclass(frozen=True)
class TypedTable:
    """A table whose cells are values: every canonical column, and `source_row`."""

    spec: TableSpec
    frame: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    """Cells that could not be read."""
    read: int = 0
    """Records in the source."""
    rejected: int = 0
    """Records that do not count: superseded answers, tests of the form, exact repetitions."""
    has_ids: bool = True
    """Whether there are ids, so that other tables can be checked against them."""
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Protected attributes that a form asked for: `person_id`, `source_row`, one column each."""
    unused: dict[str, Cells] = field(default_factory=dict)
    """Cells of columns that nothing maps, by canonical name."""
    remarks: Mapping_[str, pd.Series] = field(default_factory=dict)
    """By title, and by row that a person sees: what people wrote that no column holds as it is."""
    unheard: Mapping_[str, Mapping_[int, str]] = field(default_factory=dict)
    """By column of `UNHEARD`, and by row: what people wrote of which nothing is read."""
    asked: frozenset[str] = frozenset()
    """Names of the columns that the source has, be they empty."""

    def with_frame(self, frame: pd.DataFrame) -> Self:
        """Return the table with other values for the same rows."""
        return replace(self, frame=frame)

    def followed_by(self, later: Self) -> Self:
        """Return the table with the rows of another one behind its own."""
        return replace(
            self,
            frame=pd.concat([self.frame, later.frame], ignore_index=True),
            findings=(*self.findings, *later.findings),
            read=self.read + later.read,
            rejected=self.rejected + later.rejected,
            asked=self.asked | later.asked,
        )

    def counting(self, keep: NDArray[np.bool_]) -> Self:
        """Return the table with the rows of `keep` alone, and with what was found in them."""
        if keep.all():
            return self
        left_out = set(self.frame["source_row"][~keep])
        groups = self.groups[keep] if len(self.groups.columns) else self.groups
        return replace(
            self.without(~keep),
            findings=tuple(f for f in self.findings if f.row not in left_out),
            groups=groups.reset_index(drop=True),
            unused={name: cells[keep] for name, cells in self.unused.items()},
        )

    def without(self, mask: NDArray[np.bool_]) -> Self:
        """Return the table without the rows of `mask`, which count as rejected."""
        if not mask.any():
            return self
        frame = self.frame[~mask].reset_index(drop=True)
        return replace(self, frame=frame, rejected=self.rejected + int(mask.sum()))


def type_table(grid: Grid, mapping: Mapping, config: Config) -> TypedTable:
    """Turn a grid into a frame with all canonical columns and `source_row`.

    Parameters
    ----------
    grid
        Text of the cells.
    mapping
        What its columns are.
    config
        What the form's words mean.

    Returns
    -------
    TypedTable
        With E_CONFLICT, E_MISSING_VALUE and what the parsers of single cells say as findings.
    """
    values: dict[str, Any] = {}
    unheard: dict[str, dict[int, str]] = {}
    findings: list[Finding] = []
    for column in _wanted(mapping):
        cells, faults = _column_cells(grid, mapping, column, config)
        is_needed = column.required and bool(mapping.of(column.name))
        parse = column_parser(column, mapping, config)
        values[column.name], unread = convert(cells, parse, column, is_needed=is_needed)
        strays = [(k, finding) for k, finding in unread if finding.code == "W_WRITE_IN"]
        unread = [(k, finding) for k, finding in unread if finding.code != "W_WRITE_IN"]
        dated = dates_told(unread, cells, column, grid.shown, config.answers.get(column.name, ()))
        bad = told_as_written(dated, _as_written(grid, mapping, column, cells), column, grid.table)
        words = answer_words_of(column.name, config).answers
        if kept := words.get(CATCH_ALL) == "text":
            values[f"{column.name}_text"] = pd.array(write_ins(cells, parse), dtype="str")
        if column.name.rpartition(".")[2] in UNHEARD:
            unheard[column.name] = _unheard(grid, mapping.of(column.name), values[column.name])
        findings += faults + _told_once(grid, column, strays, is_kept=kept)
        findings += [f.at(grid.table, int(grid.rows[k]), column.name) for k, f in bad]
    if mapping.spec.is_people and SUBMITTED in mapping.columns:
        texts = grid.columns[mapping.columns[SUBMITTED][0]]
        date_format = config.table_input(grid.table).date_format_of(SUBMITTED)
        values[SUBMITTED] = submission_days(texts, date_format)
    frame = pd.DataFrame(values | {"source_row": grid.rows}, index=pd.RangeIndex(len(grid.rows)))
    records = dict(zip(grid.rows.tolist(), frame[mapping.spec.key].tolist(), strict=True))
    return TypedTable(
        mapping.spec,
        frame,
        tuple(about_record(finding, records.get(finding.row)) for finding in findings),
        read=len(grid.rows),
        has_ids=mapping.has_ids,
        groups=_group_attributes(grid, mapping, config, frame),
        unused={name: grid.columns[position] for name, position in mapping.unused.items()},
        remarks=_remarks(grid, mapping),
        unheard=unheard,
        asked=frozenset(column.name for column in _wanted(mapping) if mapping.of(column.name)),
    )


def _remarks(grid: Grid, mapping: Mapping) -> dict[str, pd.Series]:
    """Return the cells of titles that are left out, and of whom people wish for."""
    places = {grid.titles[k]: k for k in mapping.left_out} if mapping.spec.is_people else {}
    wishes = {name: ks[0] for name, ks in mapping.columns.items() if is_wish(name)}
    cells = {title: grid.columns[k] for title, k in (places | wishes).items()}
    return {title: pd.Series(own, grid.rows, dtype=object) for title, own in cells.items()}


def _as_written(grid: Grid, mapping: Mapping, column: ColumnSpec, cells: Cells) -> Cells:
    """Return the cells of all columns that make a list, one below the other, without options."""
    positions = mapping.of(column.name)
    is_grid = column.is_list and any(position in mapping.options for position in positions)
    return np.concatenate([grid.columns[k] for k in positions]) if is_grid else cells


def _told_once(grid: Grid, column: ColumnSpec, strays: Bad, *, is_kept: bool) -> list[Finding]:
    """Tell with one warning in which rows answers of a column are none of the form's options."""
    if not strays:
        return []
    rows = [f"{grid.rows[k]} {shown_title(f.answer)}".rstrip() for k, f in strays]
    where = f"{count_of(len(rows), 'row')} ({shortened(rows, 3)})"
    message = f"answers of people's own, in {where}, are no option of the form"
    what = f"they are kept in {column.name}_text" if is_kept else "they are left out"
    remedy = f"{what}, as {column.answers_heading} {CATCH_ALL!r} says"
    return [Finding("W_WRITE_IN", message, remedy).at(grid.table, column=column.name)]


def _unheard(grid: Grid, positions: Sequence[int], values: Sequence[Any]) -> dict[int, str]:
    """Return by row what stands in the columns of a question of which nothing is read."""
    blank = pd.isna(np.fromiter(values, dtype=object, count=len(values)))
    is_open = [no or (isinstance(v, tuple) and not v) for v, no in zip(values, blank, strict=True)]
    rows = zip(grid.rows.tolist(), is_open, *(grid.columns[k] for k in positions), strict=True)
    said = {
        row: "; ".join(filter(None, (tidy(str(text)) for text in texts)))
        for row, nothing, *texts in rows
        if nothing
    }
    return {row: text for row, text in said.items() if text}


def _wanted(mapping: Mapping) -> Iterator[ColumnSpec]:
    """Yield the canonical columns, then those found beyond them in order of name."""
    for column in mapping.spec.columns:
        yield mapping.specs.get(column.name, column)
    for name in sorted(set(mapping.specs) - set(mapping.spec.by_name)):
        yield mapping.specs[name]


def column_parser(column: ColumnSpec, mapping: Mapping, config: Config) -> Parser:
    """Return the parser of a column's cells."""
    if column.kind is not Kind.ID:
        date_format = config.table_input(mapping.spec.name).date_format_of(column.name)
        words = answer_words(column.name, mapping, config)
        parse = parser_for(column, words, date_format)
        is_told = mapping.spec.is_people and column.name not in _NEVER_BLANK
        return partial(_unless_above, words.answers, parse) if is_told else parse
    if config.input.id != EMAIL_ID:
        return parse_id
    return parse_address_id if mapping.spec.is_people else parse_reference


_NEVER_BLANK = frozenset({"name", "email", "role", "avoid", "consent", *MANAGERS})
"""What is a fault or asked about where a cell says that another one holds the answer."""


def _unless_above(stated: Mapping_[str, str], parse: Parser, text: str) -> Any:
    """Return what a cell says; nothing, and told, where it is `s. o.` and nobody states what for.

    The one above may be another person's since the rows were sorted, or another question's.
    """
    if not refers_above(text) or stated.get(fold(text), "missing") != "missing":
        return parse(text)
    message = "the cell says that another one holds the answer, so it is left blank"
    return Partly(None, Finding("W_AS_ABOVE", message, "write out in the file what is meant"))


def answer_words(name: str, mapping: Mapping, config: Config) -> AnswerWords:
    """Return what the config and the form tool say of the words of a column."""
    how, preset = config.table_input(mapping.spec.name), mapping.preset
    usual = PRESETS["plain"] if name in mapping.worded else preset
    is_of_side = mapping.spec.name in DIRECTIONS.values()
    return replace(
        answer_words_of(f"{mapping.spec.name}.{name}" if is_of_side else name, config),
        separator=how.separators.get(name) or how.separator or usual.separator,
        decimal=how.decimal or preset.decimal,
        is_typed=mapping.is_typed,
        day_first=preset.day_first,
    )


def _column_cells(
    grid: Grid, mapping: Mapping, column: ColumnSpec, config: Config
) -> tuple[Cells, list[Finding]]:
    """Return one text a row of a canonical column, and where its raw columns contradict it."""
    positions = mapping.of(column.name)
    if not positions:
        return np.full(len(grid.rows), "", dtype=object), []
    columns = [_without_blanks(grid.columns[k], mapping.preset.blanks) for k in positions]
    columns, findings = _own_first(columns, grid, positions, column)
    if column.is_list:
        options = [mapping.options.get(k) for k in positions]
        words = answer_words(column.name, mapping, config)
        cells = joined_options(columns, options, column, words)
        findings += _check_separator(grid, column, words, columns, options)
    elif column.name == "role" and are_boxes(columns):
        titles = OptionTitles(grid)
        options = [
            titles.option(k, may_be_bare=True, is_sole=False) or Option(grid.titles[k], False)
            for k in positions
        ]
        cells, clash = _ticked(columns, options), np.zeros(len(grid.rows), dtype=bool)
    else:
        cells, clash = _merged(columns, [mapping.parts.get(k, "") for k in positions])
    if said := answer_words(column.name, mapping, config).answers.get(""):
        cells = np.where(cells == "", said, cells)
    cells, refused = _only_if_agreed(cells, grid, column.name, config)
    findings += refused
    if column.name in mapping.contested and not column.is_list:
        both = listed(repr(shown_title(grid.titles[k])) for k in positions)
        message = f"two columns of the form answer this differently: {both}"
        remedy = "correct one of them, or map only one in [columns]"
        finding = Finding("E_CONFLICT", message, remedy)
        findings += [finding.at(grid.table, int(row), column.name) for row in grid.rows[clash]]
    return cells, findings


def _own_first(
    columns: list[Cells], grid: Grid, positions: Sequence[int], column: ColumnSpec
) -> tuple[list[Cells], list[Finding]]:
    """Return the columns, those of other files empty where the form has an answer.

    Whom people must not meet both say.
    """
    first = len(grid.titles) - grid.joined
    are_joined = [k >= first for k in positions]
    if all(are_joined) or not any(are_joined) or column.name == "avoid":
        return columns, []
    rows = [[str(text) for text in row] for row in zip(*columns, strict=True)]
    if column.name in MANAGERS:
        both = ["; ".join(dict.fromkeys(filter(None, row))) for row in rows]
        return [np.array(both, dtype=object), *(np.full_like(c, "") for c in columns[1:])], []
    own = [{fold(t) for t, j in zip(row, are_joined, strict=True) if t and not j} for row in rows]
    others = [{fold(t) for t, j in zip(row, are_joined, strict=True) if t and j} for row in rows]
    said = np.array([bool(texts) for texts in own], dtype=bool)
    kept = [np.where(said & j, "", c) for c, j in zip(columns, are_joined, strict=True)]
    unlike = [k for k in np.flatnonzero(said) if not others[k] <= own[k]]
    if not unlike or column.is_list:
        return kept, []
    where = shortened([str(grid.rows[k]) for k in unlike])
    message = f"{count_of(len(unlike), 'person', 'people')} said otherwise (rows {where})"
    remedy = "what people said counts; [columns] can leave out the other title"
    finding = Finding("W_EXTRACT", f"a file beside the sign-up says it too: {message}", remedy)
    return kept, [finding.at(grid.table, column=column.name)]


_SEPARATORS = (";", ",", "|", "\n", " / ")


def _check_separator(
    grid: Grid,
    column: ColumnSpec,
    words: AnswerWords,
    columns: list[Cells],
    options: list[Option | None],
) -> list[Finding]:
    """Warn where no cell of a list holds the separator and most hold another one."""
    plain = [c for c, option in zip(columns, options, strict=True) if option is None]
    distinct = {str(text) for cells in plain for text in pd.unique(cells) if text}
    texts = [text for text in distinct if fold(text) not in words.answers]
    is_split = any(words.separator in text for text in texts)
    if not table_spec(grid.table).is_people or len(texts) < 2 or is_split:
        return []
    for mark in _SEPARATORS:
        if sum(mark in text for text in texts) * 2 > len(texts):
            shown = json.dumps(mark)
            message = f"no cell holds {words.separator!r} between items, and most hold {shown}"
            key = json.dumps(column.name) if "." in column.name else column.name
            remedy = f"set [tables.{grid.table}.separators] {key} = {shown} if they are lists"
            return [Finding("W_SEPARATOR", message, remedy).at(grid.table, column=column.name)]
    return []


def _only_if_agreed(
    cells: Cells, grid: Grid, column: str, config: Config
) -> tuple[Cells, list[Finding]]:
    """Return the cells of a column, empty where ``[input] only_if`` asks for a yes and has none.

    Without the question itself nobody has agreed, so its absence is a fault.
    """
    title = config.input.only_if.get(column)
    if title is None:
        return cells, []
    answers = grid.column(title)
    if answers is None:
        message = f"[input] only_if asks for it before {column} may be used"
        finding = Finding("E_MISSING_COLUMN", message, "add the column").at(grid.table, 1, title)
        return np.full(len(cells), "", dtype=object), [finding]
    agreed = np.array([is_tick(str(answer)) for answer in answers], dtype=bool)
    return np.where(agreed, cells, ""), []


def are_boxes(columns: Sequence[Cells]) -> bool:
    """Whether columns are the boxes of one question: each says but one thing, if it is ticked."""
    said = [{str(text) for text in column if text and not is_no_tick(text)} for column in columns]
    texts = [next(iter(texts)) for texts in said if len(texts) == 1]
    is_each = len(texts) == len(columns) > 1
    return is_each and (len(set(texts)) == len(texts) or all(map(is_tick, texts)))


def _ticked(columns: Sequence[Cells], options: Sequence[Option | None]) -> Cells:
    """Return for each row the boxes that are ticked, by their options where they hold a tick."""
    boxes = [
        [option.label if option and is_tick(t) else t if not is_no_tick(t) else "" for t in column]
        for column, option in zip(columns, options, strict=True)
    ]
    return np.array([";".join(filter(None, row)) for row in zip(*boxes, strict=True)], dtype=object)


def _merged(columns: Sequence[Cells], parts: Sequence[str]) -> tuple[Cells, NDArray[np.bool_]]:
    """Return one text a row from the columns that make a canonical one, and where they clash.

    Of columns of one part (`name.1`) the first that is filled counts; parts are joined in order.
    """
    clash = np.zeros(len(columns[0]), dtype=bool)
    merged: dict[str, Cells] = {}
    for part, column in zip(parts, columns, strict=True):
        known = merged.setdefault(part, column)
        clash |= (known != "") & (column != "") & (known != column)
        merged[part] = np.where(known == "", column, known)
    if len(merged) == 1:
        return merged[parts[0]], clash
    joined = [" ".join(filter(None, texts)) for texts in zip(*merged.values(), strict=True)]
    return np.array(joined, dtype=object), clash


def _without_blanks(column: Cells, blanks: Collection[str]) -> Cells:
    """Return a column in which texts of `blanks`, folded, are no answer."""
    if not blanks:
        return column
    codes, uniques = pd.factorize(column)
    table = np.array(["" if fold(str(u)) in blanks else u for u in uniques], dtype=object)
    return table[codes] if len(table) else column


def _group_attributes(
    grid: Grid, mapping: Mapping, config: Config, frame: pd.DataFrame
) -> pd.DataFrame:
    if not mapping.spec.is_people:
        return pd.DataFrame()
    groups = frame[["person_id", "source_row"]].copy()
    for name in sorted(mapping.groups):
        spec = ColumnSpec(name, Kind.TEXT, "A protected attribute, for the fairness audit only.")
        blanks = mapping.preset.blanks
        columns = [_without_blanks(grid.columns[k], blanks) for k in mapping.groups[name]]
        cells, _ = _merged(columns, [name] * len(columns))
        groups[name], _ = convert(cells, column_parser(spec, mapping, config), spec)
    return groups
