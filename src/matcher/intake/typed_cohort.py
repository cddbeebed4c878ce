"""A cohort on the way in: typed tables and every finding, before anything is raised."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from matcher.cohort.tables import SIGNUPS, TABLES, table_spec
from matcher.errors import Finding, InputError
from matcher.intake.checks.audit_checks import (
    check_contact_members,
    check_contacts,
    check_notes,
    check_ties,
)
from matcher.intake.checks.config_columns import check_feature_columns
from matcher.intake.checks.date_checks import check_dates
from matcher.intake.checks.link_checks import (
    check_engagements,
    check_known,
    check_preferences,
    check_rules,
    drop_strangers,
    drop_unknown_members,
)
from matcher.intake.checks.people_checks import check_id_twins, check_people
from matcher.intake.checks.titles import check_stated_titles
from matcher.intake.declared import known_titles
from matcher.intake.departed import Departed
from matcher.intake.files.table_sources import Source, open_source
from matcher.intake.headings import map_headings
from matcher.intake.links import (
    drop_repetitions,
    fill_roles,
    resolve_addresses,
    resolve_people,
)
from matcher.intake.people_tables import People, address_book, keep_wished, people_ids, read_people
from matcher.intake.presets import preset_of, unfold_headers
from matcher.intake.typed_table import Typed, type_table
from matcher.text import snake

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.intake.files.grid import Grid

SHEET_LIMITS = (65_536, 1_048_576)
"""Rows of a sheet in the old and the new Excel format."""

AUDIT_TABLES = tuple(name for name, spec in TABLES.items() if spec.is_audit)


@dataclass
class Draft:
    """Everything read and everything found."""

    source: Source
    people: dict[str, People] = field(default_factory=dict)
    links: dict[str, Typed] = field(default_factory=dict)
    structural: list[Finding] = field(default_factory=list)
    """Faults of files, titles and tables as a whole: no row can be set aside for them."""
    row_faults: list[Finding] = field(default_factory=list)
    """Errors of single rows, by table and row."""
    warnings: list[Finding] = field(default_factory=list)

    def add(self, findings: list[Finding]) -> None:
        """Sort findings into warnings, faults of rows, and faults of structure."""
        for finding in findings:
            if finding.is_warning:
                self.warnings.append(finding)
            elif finding.row is None or finding.code in STRUCTURAL:
                self.structural.append(finding)
            else:
                self.row_faults.append(finding)

    def add_derived(self, findings: list[Finding]) -> None:
        """Add findings, but nothing is called missing in a row that has a fault already."""
        faulty = {(fault.table, fault.row) for fault in self.row_faults}
        self.add(
            [
                finding
                for finding in findings
                if finding.code != "E_MISSING_VALUE" or (finding.table, finding.row) not in faulty
            ]
        )

    @property
    def findings(self) -> list[Finding]:
        """Everything found, faults first, each table in order of its rows."""
        faults = [*self.structural, *self.row_faults]
        return sorted(faults, key=finding_order) + sorted(self.warnings, key=finding_order)


STRUCTURAL = frozenset(
    {
        "E_CSV_QUOTE",
        "E_DUP_COLUMN",
        "E_ENCODING",
        "E_HEADER",
        "E_MISSING_COLUMN",
        "E_NUL",
        "E_PROTECTED_COLUMN",
        "E_RAGGED",
        "E_UNKNOWN_COLUMN",
    }
)
"""Codes of faults that concern a whole table though they name a row."""


def finding_order(finding: Finding) -> tuple[int, str, int, str, str, str]:
    """Return the sort key of findings: by table in the order of `TABLES`, then by row."""
    tables = [SIGNUPS.name, *TABLES]
    rank = tables.index(finding.table) if finding.table in tables else -1
    return (
        rank,
        finding.table,
        finding.row or 0,
        finding.column,
        finding.code,
        finding.message,
    )


def make_draft(place: str, config: Config, today: date, departed: Departed | None = None) -> Draft:
    """Read every table at `place` and run every check that its state allows.

    `departed` are people of an earlier run, who may be gone.

    Raises
    ------
    InputError, StorageError
        Where the place itself cannot be read; faults inside it are in the draft.
    """
    source = open_source(place, encoding=config.input.encoding, known=known_titles(config))
    draft = Draft(source)
    draft.add(source.findings)
    draft.add([finding for grid in source.grids.values() for finding in check_row_limit(grid)])
    grids = _unfolded(draft, config)
    for grid in grids:
        _type(draft, grid, config)
    draft.add(check_stated_titles(grids, config))
    _check_people(draft, config)
    if _people_are_sound(draft):
        _link(draft, departed or Departed())
    _check_audits(draft)
    latest = config.programme.as_of or today
    draft.add(check_dates(_frames(draft), latest))
    return draft


def _unfolded(draft: Draft, config: Config) -> list[Grid]:
    """Return the grids with all header rows of a form tool in their titles."""
    grids = []
    for grid in draft.source.grids.values():
        preset = preset_of(grid, config.input.preset)
        is_people = table_spec(grid.table).is_people
        try:
            grids.append(unfold_headers(grid, preset, is_people=is_people))
        except InputError as error:
            draft.structural += error.findings
            draft.source.failed.add(grid.table)
    return grids


def check_row_limit(grid: Grid) -> list[Finding]:
    """Warn where a table ends exactly where a spreadsheet program cuts off."""
    last = int(grid.rows[-1]) if len(grid.rows) else 0
    if last not in SHEET_LIMITS:
        return []
    message = f"the table ends at row {last}, exactly where a spreadsheet program cuts off"
    remedy = "compare the number of records with the system that they come from"
    return [Finding("W_ROW_LIMIT", message, remedy, grid.table, last)]


def _type(draft: Draft, grid: Grid, config: Config) -> None:
    spec = table_spec(grid.table)
    try:
        if spec.is_people:
            _refuse_no_rows(grid)
            people = read_people(grid, config)
            draft.people[grid.table] = people
            draft.add(people.typed.findings)
        else:
            draft.links[grid.table] = _type_link(grid, config)
            draft.add(draft.links[grid.table].findings)
    except InputError as error:
        draft.structural += error.findings
        draft.source.failed.add(grid.table)


def _refuse_no_rows(grid: Grid) -> None:
    if not len(grid.rows):
        message = "the table has a header but no rows"
        raise InputError(Finding("E_NO_ROWS", message, "add people", grid.table))


def _type_link(grid: Grid, config: Config) -> Typed:
    preset = preset_of(grid, config.input.preset)
    mapping = map_headings(grid, config, preset)
    typed = type_table(grid, mapping, table_spec(grid.table), config, preset)
    typed.findings = mapping.findings + typed.findings
    return typed


def _frames(draft: Draft) -> dict[str, pd.DataFrame]:
    everything = {name: people.typed for name, people in draft.people.items()} | draft.links
    return {name: typed.frame for name, typed in everything.items()}


def _check_people(draft: Draft, config: Config) -> None:
    kept = keep_wished(draft.people.values())
    draft.warnings = [
        finding
        for finding in draft.warnings
        if finding.code != "W_UNUSED_COLUMN" or (finding.table, snake(finding.column)) not in kept
    ]
    frames = {name: people.typed.frame for name, people in draft.people.items()}
    for name, frame in frames.items():
        draft.add(check_people(frame, name, config))
    if frames:
        draft.add(check_id_twins(frames))
    if _people_are_sound(draft):
        draft.add(check_feature_columns(frames, config))


def _people_are_sound(draft: Draft) -> bool:
    """Whether all people have ids, so that references can be judged."""
    present = set(draft.people) - draft.source.failed
    is_whole = SIGNUPS.name in present or {"mentees", "mentors"} <= present
    return is_whole and all(people.is_readable for people in draft.people.values())


def _link(draft: Draft, departed: Departed) -> None:
    """Resolve references to people and judge them; repetitions and strangers are dropped."""
    frames = {name: people.typed.frame for name, people in draft.people.items()}
    mentees, mentors = people_ids(frames)
    everyone = set(pd.concat([frame["person_id"].dropna() for frame in frames.values()]).tolist())
    book = address_book(frames)
    for name, people in draft.people.items():
        resolved, found = resolve_people(people.typed.frame, name, everyone, book)
        people.typed.frame = resolved
        draft.add(found)
    for name, typed in draft.links.items():
        typed.frame = resolve_addresses(typed.frame, typed.spec, book)
        typed.findings = []
        typed = departed.drop(typed, mentees, mentors)
        judged = _judge_link(draft, name, typed, (mentees, mentors, everyone))
        draft.links[name] = judged
        draft.add(judged.findings)


def _judge_link(
    draft: Draft, name: str, typed: Typed, sides: tuple[set[str], set[str], set[str]]
) -> Typed:
    mentees, mentors, everyone = sides
    if name == "preferences":
        typed = drop_repetitions(typed, ("person_id", "other_id", "role"))
        draft.add_derived(check_preferences(typed.frame, mentees, mentors))
        return fill_roles(typed, mentees, mentors)
    if name == "rules":
        draft.add(check_rules(typed.frame, mentees, mentors))
        return drop_repetitions(typed, ("mentee_id", "mentor_id", "rule"))
    if name == "engagements":
        typed, found = check_engagements(drop_repetitions(typed), mentees, mentors)
        draft.add(found)
        return typed
    if name == "outcomes":
        return drop_strangers(typed, mentees, mentors)
    if name == "groups":
        return drop_unknown_members(drop_repetitions(typed, ("person_id",)), everyone)
    draft.add(check_known(typed.frame, name, "person_id", everyone, "member"))
    if name == "contacts":
        draft.add(check_contact_members(typed.frame, everyone))
    return typed


def _check_audits(draft: Draft) -> None:
    frames = _frames(draft)
    if "contacts" in frames:
        draft.add(check_contacts(frames["contacts"]))
    if "contact_ties" in frames and "contacts" not in draft.source.failed:
        contacts = frames.get("contacts")
        if contacts is None:
            contacts = pd.DataFrame({"person_id": [], "contact_id": []})
        draft.add(check_ties(frames["contact_ties"], contacts))
    if "audit_notes" in frames:
        draft.add(check_notes(frames["audit_notes"]))
