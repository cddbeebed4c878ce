"""Which column of a raw table is which canonical one, and what is wrong with the titles."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from matcher.cohort.tables import MANAGERS, SIGNUPS, ColumnSpec, Kind, TableSpec, table_spec
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake import config_columns, title_faults
from matcher.intake.cells.answer_words import answer_words_of, choice_table
from matcher.intake.cells.lists import LISTS_OF_PEOPLE
from matcher.intake.cells.numbers import as_asked
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import Option, OptionTitles, shared_start
from matcher.intake.presets import SUBMITTED, Preset
from matcher.intake.proposals.cell_items import are_codes
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.own_numbers import SHORTEST_NUMBER, answers_naming, are_numbers
from matcher.intake.proposals.phrases import words_of
from matcher.intake.proposals.title_guesses import OBJECTED, objects
from matcher.text import fold_heading, misspelt, snake
from matcher.vocabulary import IGNORE, is_protected

_MOST_PARTS = 1000
_BEHIND = 10
"""Ranks by which what a file beside the sign-up says comes behind what the form does."""

EMAIL_ID = "email"
"""Value of ``[input] id`` that derives ids from e-mail addresses."""


@dataclass
class Mapping:
    """Positions of a grid's columns by what they are."""

    spec: TableSpec
    preset: Preset
    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By canonical, extra or special name; several positions where a form splits a question."""
    groups: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By attribute: columns mapped to ``groups.x``."""
    specs: dict[str, ColumnSpec] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    """Targets that the config, or the titles, give to several columns: their cells must agree."""
    unused: dict[str, int] = field(default_factory=dict)
    """Positions of columns that nothing maps, by their name in canonical form."""
    left_out: list[int] = field(default_factory=list)
    """Positions of columns that nothing maps, or that the config leaves out."""
    identifier: str = "person_id"
    """Column that tells people apart: `person_id`, or `email` where ids are derived from it."""
    parts: dict[int, str] = field(default_factory=dict)
    """By position: the part of one text that a column is, `name.1` for the first name."""
    options: dict[int, Option] = field(default_factory=dict)
    """By position: the option that a column of a list stands for."""
    worded: set[str] = field(default_factory=set)
    """Lists of words of people's own, in which a blank separates nothing, whatever the tool's."""
    is_typed: bool = False
    """Whether the source holds numbers as numbers."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_ids(self) -> bool:
        """Whether people can be told apart, so that other tables can be held against them."""
        return self.identifier in self.columns

    def of(self, name: str) -> tuple[int, ...]:
        """Return the positions of the columns that make a canonical one, empty where none do."""
        is_derived = name == "person_id" and self.has_ids
        return self.columns.get(self.identifier if is_derived else name, ())

    @property
    def positions(self) -> set[int]:
        """Positions of every column that is mapped."""
        return {k for places in (self.columns, self.groups) for ks in places.values() for k in ks}


def map_headings(grid: Grid, preset: Preset, config: Config) -> Mapping:
    """Map the titles of `grid` by the config first, then the form tool, then by name.

    Parameters
    ----------
    grid
        The raw table.
    preset
        The form tool that it comes from.
    config
        What the programme says of its columns.

    Returns
    -------
    Mapping
        With E_DUP_COLUMN, E_HEADER, E_MISSING_COLUMN, E_UNKNOWN_COLUMN, E_PROTECTED_COLUMN and
        W_UNUSED_COLUMN as findings.
    """
    table = _Titles(grid, table_spec(grid.table), preset, config)
    by_address = table.spec.is_people and config.input.id == EMAIL_ID
    identifier = EMAIL_ID if by_address else "person_id"
    mapping = Mapping(table.spec, preset, identifier=identifier, is_typed=grid.is_typed)
    places: dict[str, list[tuple[int, int]]] = {IGNORE: []}
    unmapped = []
    for position in range(len(grid.titles)):
        target, rank = table.target(position)
        rank += _BEHIND * (position >= len(grid.titles) - grid.joined)
        base, number = config_columns.base_and_number(target)
        if number and base != config_columns.PREFERENCES:
            mapping.parts[position] = target
            places.setdefault(base, []).append((number - _MOST_PARTS, position))
        elif target:
            places.setdefault(target, []).append((rank, position))
        else:
            unmapped.append(position)
    if table.spec.name == SIGNUPS.name:
        for target in [name for name in places if config_columns.is_directed(name, config)]:
            ranked, plain = places.pop(target), target.rpartition(".")[2]
            for side in config_columns.DIRECTIONS.values():
                places.setdefault(f"{side}.{plain}", []).extend(ranked)
    ignored = (k for rank, k in places.pop(IGNORE) if rank % _BEHIND == 0)
    mapping.left_out = sorted([*unmapped, *ignored])
    for target, ranked in places.items():
        table.place(mapping, target, sorted(ranked))
    if table.look_like_answers(mapping):
        mapping.findings.append(title_faults.no_header(grid.table))
        unmapped = []  # the first row is somebody's answers: repeat none of them
    table.judge_unmapped(mapping, unmapped)
    mapping.findings += title_faults.check_needed(grid, mapping.columns, unmapped, config)
    if by_address:
        mapping.findings += _unread_numbers(grid, mapping)
    return mapping


def _unread_numbers(grid: Grid, mapping: Mapping) -> list[Finding]:
    """Report numbers by which answers name people, where ids are derived from addresses alone."""
    naming = [
        k for name in (*NAMING, *mapping.specs) if _names_people(name) for k in mapping.of(name)
    ]
    open_ = [*mapping.columns.get("person_id", ()), *mapping.left_out]
    counts = {
        k: sum(
            answers_naming(grid.columns[k], grid.columns[n], SHORTEST_NUMBER, is_same=True)
            for n in dict.fromkeys(naming)
        )
        for k in (open_ if naming else ())
        if k not in naming and are_numbers(CellEvidence.of(grid.columns[k]))
    }
    return [title_faults.unread_number(grid, k, n) for k, n in counts.items() if n]


NAMING = ("avoid", *MANAGERS)
"""Columns of people whose answers name others."""


def _names_people(name: str) -> bool:
    return name in NAMING or config_columns.base_and_number(name)[0] == config_columns.PREFERENCES


@dataclass(frozen=True)
class _Titles:
    """The titles of one table, and all that says what they mean."""

    grid: Grid
    spec: TableSpec
    preset: Preset
    config: Config

    @cached_property
    def stated(self) -> dict[str, str]:
        """Targets of the config by folded title; a table's own part wins."""
        stated = config_columns.stated_columns(self.config, self.spec.name)
        if self.spec.is_people and self.config.input.id not in ("person_id", EMAIL_ID):
            stated.setdefault(fold_heading(self.config.input.id), "person_id")
        return stated

    def target(self, position: int) -> tuple[str, int]:
        """Return what a column is, empty for nothing, and how surely.

        0 the config says so, 1 the form tool, 2 its name.
        """
        asked = [self.grid.folded_titles[position]]
        is_stem = self.preset.has_stems and not any(self.grid.options[position : position + 1])
        if self.grid.questions:
            asked.append(fold_heading(self.grid.questions[position]))
        if self.preset.has_codes:
            asked += [fold_heading(part) for part in self.grid.titles[position].split(". ", 1)]
        if self.preset.has_stems:
            asked.append(asked[0].rpartition("/")[2])
        for title in asked:
            if is_stem and title in self._with_options:
                return IGNORE, 0  # the options have columns of their own
            if title in self.stated and self._fits(self.stated[title]):
                return self.stated[title], 0
        if found := self._titles.under(position, self._questions):
            return self.stated[found[0]], 0
        if own := self.preset.own_target(self.grid.titles[position]):
            return own, 1
        name = snake(self.grid.titles[position])
        return (name if self._is_name(name) else ""), 2

    @cached_property
    def _titles(self) -> OptionTitles:
        return OptionTitles(self.grid)

    @cached_property
    def _questions(self) -> frozenset[str]:
        """Stated titles of lists, and of the role, whose options have columns of their own, folded.

        So are those of questions that are left out, with all their options.
        """
        own = set(self.grid.folded_titles)
        lists = {
            title
            for title, target in self.stated.items()
            if target == "role" or self._is_list(target)
        }
        left_out = {title for title, target in self.stated.items() if target == IGNORE}
        return frozenset((lists if self.preset.has_stems else lists - own) | (left_out - own))

    @cached_property
    def _with_options(self) -> frozenset[str]:
        """Those of them that have such columns in this table."""
        found = (self._titles.under(k, self._questions) for k in range(len(self.grid.titles)))
        return frozenset(question for question, _ in filter(None, found))

    def _is_list(self, target: str) -> bool:
        spec = config_columns.find_spec(self.spec, target, self.config)
        return spec is not None and spec.is_list

    def _option(self, position: int, *, may_be_bare: bool, is_sole: bool) -> Option | None:
        """Return the option that a column of a list stands for."""
        if found := self._titles.under(position, self._questions):
            return Option(found[1], is_marked=True)
        return self._titles.option(position, may_be_bare=may_be_bare, is_sole=is_sole)

    def _fits(self, target: str) -> bool:
        if target in (IGNORE, SUBMITTED):
            return True
        if target.startswith(config_columns.GROUPS_PREFIX):
            return self.spec.is_people
        return config_columns.find_spec(self.spec, target, self.config) is not None

    def _is_name(self, name: str) -> bool:
        """Whether a title in canonical form is itself the name of a column to be read."""
        if name in (IGNORE, SUBMITTED):
            return False
        if self.spec.is_people and (name.startswith("groups_") or is_protected(name)):
            return False
        if self.spec.is_open and self._is_slip(name):
            return False
        return config_columns.find_spec(self.spec, name, self.config) is not None

    def _is_slip(self, name: str) -> bool:
        """Whether a further column of an open table is probably a declared one, misspelt."""
        if self.spec.find(name) is not None or name in title_faults.EVERY_NAME:
            return False
        absent = set(self.spec.by_name) - {snake(title) for title in self.grid.titles}
        return misspelt(name, absent) is not None

    def place(self, mapping: Mapping, target: str, ranked: list[tuple[int, int]]) -> None:
        """Give a target its columns, the surest first."""
        ranks, positions = zip(*ranked, strict=True)
        again = self._same_titles(ranked) if not self.preset.signature else []
        if again:
            mapping.findings.append(title_faults.repeated_title(self.grid, again, target))
        if target.startswith(config_columns.GROUPS_PREFIX):
            mapping.groups[snake(target.removeprefix(config_columns.GROUPS_PREFIX))] = positions
            return
        mapping.columns[target] = positions
        if ranks.count(ranks[0]) > 1 and not again:
            mapping.contested.add(target)
        spec = config_columns.find_spec(self.spec, target, self.config)
        if spec is not None:
            mapping.specs[target] = as_asked(spec, self.grid.titles[positions[0]])
        if spec is not None and spec.is_list:
            is_sole = len(ranked) == 1
            options = {k: self._option(k, may_be_bare=not r, is_sole=is_sole) for r, k in ranked}
            start = shared_start([self.grid.titles[k] for k in options])
            mapping.options |= {k: option.without(start) for k, option in options.items() if option}
            if self.preset.separator == " " and not self._are_codes(spec, positions):
                mapping.worded.add(target)
        if target in OBJECTED and not self.config.answers.get(target):
            titles = [self.grid.titles[k] for k in positions]
            titles += [self.grid.questions[k] for k in positions if self.grid.questions]
            if any(objects(words_of(title)) == target for title in titles):
                found = title_faults.objecting_title(self.grid.table, titles[0], target)
                mapping.findings.append(found)
        if self.spec.is_people and is_protected(target):
            mapping.findings.append(title_faults.protected_title(self.grid.table, target))

    def _are_codes(self, spec: ColumnSpec, positions: Iterable[int]) -> bool:
        """Whether blanks part the items of cells; times are told cell by cell."""
        if spec.kind is Kind.SLOTS:
            return True
        texts = [str(text) for k in positions for text in self.grid.columns[k]]
        known = {*answer_words_of(spec.name, self.config).answers, *choice_table(spec.choices)}
        return are_codes(texts, known, may_be_names=spec.name in LISTS_OF_PEOPLE)

    def _same_titles(self, ranked: list[tuple[int, int]]) -> list[int]:
        """Return the positions whose title another one shares (form tools allow it)."""
        names = {
            k: snake(self.grid.titles[k]) if rank == 2 else self.grid.folded_titles[k]
            for rank, k in ranked
        }
        counts = Counter(names.values())
        return [k for k, name in names.items() if counts[name] > 1]

    def look_like_answers(self, mapping: Mapping) -> bool:
        """Whether no title is known, or nearly, or protected: the header row is missing."""
        if mapping.columns or mapping.groups:
            return False
        return not any(
            name in title_faults.EVERY_NAME
            or is_protected(name)
            or misspelt(name, self.spec.by_name)
            for name in map(snake, self.grid.titles)
        )

    def judge_unmapped(self, mapping: Mapping, unmapped: list[int]) -> None:
        """Say of each column that nothing maps whether it is left out or wrong."""
        absent = self._absent_names() - set(mapping.columns)
        seen: dict[str, int] = {}
        for position in unmapped:
            title = self.grid.titles[position]
            first = seen.setdefault(self.grid.folded_titles[position], position)
            if first != position:
                mapping.findings.append(title_faults.same_title(self.grid, first, position))
                continue
            cells = CellEvidence.of(self.grid.columns[position])
            finding = title_faults.judged_title(title, cells, absent, self.spec)
            mapping.findings.append(finding)
            if finding.is_warning:
                mapping.unused[snake(title)] = position

    def _absent_names(self) -> set[str]:
        names = set(self.spec.by_name)
        if self.spec.is_people:
            numbered = {
                p.name.replace("*", str(k)) for p in self.spec.patterns for k in range(1, 10)
            }
            names |= numbered | config_columns.extra_columns(self.config)
        return names
