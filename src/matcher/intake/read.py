"""Reading a cohort: the one entrance, and the dry run that tells everything at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.cohort import Cohort, RowCount
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config, load_config
from matcher.errors import Finding, InputError, MatcherError, StorageError, raise_if_any
from matcher.intake.checks.audit_checks import check_stale_contacts
from matcher.intake.checks.config_columns import with_extras
from matcher.intake.checks.date_checks import newest_past_date
from matcher.intake.declared import check_config_targets
from matcher.intake.departed import Departed
from matcher.intake.links import sorted_links
from matcher.intake.people_tables import empty_frame, sorted_people, split_signups
from matcher.intake.set_aside import Aside, take_aside
from matcher.intake.typed_cohort import Draft, finding_order, make_draft

LINK_TABLES = tuple(name for name, spec in TABLES.items() if not spec.is_people)


def read_cohort(
    source: str | Path,
    config: Config | str | Path | None = None,
    *,
    set_aside: bool = False,
    today: date | None = None,
    previous: str | Path | None = None,
) -> Cohort:
    """Read and check a cohort.

    Parameters
    ----------
    source
        Folder, XLSX workbook, single form export, or SQLAlchemy URL.
    config
        Config, or the path of one; None takes the cohort's own `matcher.toml` or the default.
    set_aside
        Whether people (or only their audits) with faulty rows are set aside instead of stopping.
        Faults of files, titles, rules and engagements stop either way.
    today
        Day after which no past event can lie where `[programme] as_of` is not set; None asks the
        clock.
    previous
        Run folder of the same programme. Rows that name people who took part in it and are gone
        are left out with a warning; without it they are faults.

    Returns
    -------
    Cohort
        With its warnings, row counts, hashes of the sources, and what was set aside.

    Raises
    ------
    InputError
        All faults of the input together.
    StorageError
        E_READ where a file or server cannot be read.
    ConfigError
        Where the config itself is wrong.
    """
    settings = _settings(source, config)
    departed = Departed.of_run(previous)
    draft = make_draft(str(source), settings, today or _today(), departed)
    aside = take_aside(draft) if set_aside else Aside()
    _raise_faults(draft.findings)
    return _assemble(draft, aside, settings, today or _today())


def reading_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run read its cohort, as keywords of `read_cohort`, from its manifest."""
    return {
        "set_aside": bool(options.get("set_aside")),
        "previous": options.get("previous") or None,
    }


def check_cohort(
    source: str | Path, config: Config | str | Path | None = None, *, today: date | None = None
) -> list[Finding]:
    """Return everything wrong with a cohort, faults first, then warnings; nothing is raised.

    Parameters
    ----------
    source, config, today
        As in :func:`read_cohort`.
    """
    try:
        settings = _settings(source, config)
        draft = make_draft(str(source), settings, today or _today())
        if not draft.structural and not draft.row_faults:
            return list(_assemble(draft, Aside(), settings, today or _today()).findings)
    except MatcherError as error:
        return list(error.findings)
    return draft.findings


def _today() -> date:
    """Return the later of the day here and in UTC: today's answer is nowhere in the future."""
    now = datetime.now(tz=UTC)
    return max(now.date(), now.astimezone().date())


def _settings(source: str | Path, config: Config | str | Path | None) -> Config:
    settings = config if isinstance(config, Config) else None
    if settings is None:
        path = None if config is None else Path(str(config))
        settings = load_config(path, cohort=source)
    check_config_targets(settings)
    return settings


def _raise_faults(findings: list[Finding]) -> None:
    faults = [finding for finding in findings if not finding.is_warning]
    only_reading = bool(faults) and all(fault.code == "E_READ" for fault in faults)
    raise_if_any(faults, StorageError if only_reading else InputError)


def _assemble(draft: Draft, aside: Aside, config: Config, today: date) -> Cohort:
    mentees, mentors, either = _sides(draft, config)
    for table, frame in (("mentees", mentees), ("mentors", mentors)):
        if not len(frame):
            message = "nobody is left on this side" if aside.people else "nobody is on this side"
            raise InputError(Finding("E_NO_ROWS", message, "add people", table))
    links = {name: _link_frame(draft, name) for name in LINK_TABLES}
    links["groups"] = _groups(draft)
    dated = links | {name: people.typed.frame for name, people in draft.people.items()}
    as_of = config.programme.as_of or newest_past_date(dated, today)
    stale = check_stale_contacts(links["contacts"], as_of, config.audit.half_life_days)
    return Cohort(
        mentees=mentees,
        mentors=mentors,
        **links,
        as_of=as_of,
        either=either,
        findings=tuple(sorted([*draft.warnings, *aside.warnings, *stale], key=finding_order)),
        rows=_row_counts(draft, aside),
        set_aside=tuple(aside.people),
        chase=aside.chase,
        source=draft.source.label,
        hashes=dict(sorted(draft.source.hashes.items())),
    )


def _sides(draft: Draft, config: Config) -> tuple[pd.DataFrame, pd.DataFrame, frozenset[str]]:
    either: frozenset[str] = frozenset()
    if SIGNUPS.name in draft.people:
        mentees, mentors, either = split_signups(draft.people[SIGNUPS.name].typed.frame)
    else:
        mentees = draft.people["mentees"].typed.frame
        mentors = draft.people["mentors"].typed.frame
    sides = [sorted_people(with_extras(frame, config)) for frame in (mentees, mentors)]
    return sides[0], sides[1], either


def _link_frame(draft: Draft, name: str) -> pd.DataFrame:
    if name not in draft.links:
        return empty_frame(name)
    return sorted_links(draft.links[name].frame, TABLES[name])


def _groups(draft: Draft) -> pd.DataFrame:
    """Return the protected attributes of the table and of the forms, one row a person."""
    parts = [people.groups for _, people in sorted(draft.people.items())]
    if "groups" in draft.links:
        parts.insert(0, draft.links["groups"].frame)
    parts = [part for part in parts if len(part) and len(part.columns) > 2]
    if not parts:
        return empty_frame("groups")
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    return everyone.groupby("person_id", sort=True).first().reset_index()


def _row_counts(draft: Draft, aside: Aside) -> dict[str, RowCount]:
    counts = {}
    typed = {name: people.typed for name, people in draft.people.items()} | draft.links
    for name, table in sorted(typed.items()):
        counts[name] = RowCount(
            read=table.read,
            used=len(table.frame),
            set_aside=aside.counts[name],
            rejected=table.rejected,
        )
    return counts
