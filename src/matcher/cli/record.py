"""``matcher record COHORT MENTEE MENTOR STATUS``: write what became of a pair, or of many."""

import getpass
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from matcher.cli.options import CohortArgument, ConfigOption, TodayOption
from matcher.cli.terminal import print_findings
from matcher.config import load_config
from matcher.errors import ConfigError, Finding
from matcher.intake.read import read_cohort
from matcher.programme.pair_record import PairUpdate, Recorded, Stamp, record, record_consent
from matcher.programme.replies import read_changes
from matcher.report.run_data import ShownNames
from matcher.text import count_of, shortened

ByOption = Annotated[str, typer.Option("--by", help="Who says so; by default your login name.")]


def record_command(
    cohort: CohortArgument,
    mentee: Annotated[str, typer.Argument(metavar="[MENTEE]", help="Id, address or name.")] = "",
    mentor: Annotated[str, typer.Argument(metavar="[MENTOR]", help="Likewise.")] = "",
    status: Annotated[
        str, typer.Argument(metavar="[STATUS]", help="accepted, declined, active, completed, ...")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in a short code or words.")] = "",
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="CSV or workbook of many pairs.")
    ] = None,
    all_are: Annotated[
        str,
        typer.Option("--status", help="Status of every pair of FILE; who has come further stays."),
    ] = "",
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, of all in FILE too.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, likewise.")
    ] = None,
    consent: Annotated[
        bool | None,
        typer.Option(
            "--consent/--no-consent", help="Of one person: agrees again, or has withdrawn."
        ),
    ] = None,
    by: ByOption = "",
    today: TodayOption = None,
    config: ConfigOption = None,
) -> None:
    """Write what became of a pair behind engagements.csv; the last row of a pair counts."""
    stamp, loaded = stamp_of(by, today), load_config(config, cohort=cohort)
    if consent is not None and mentee and not (mentor or csv):
        path = record_consent(cohort, loaded, mentee, stamp, is_given=consent)
        typer.echo(f"{'Given' if consent else 'Withdrawn'}: recorded in {path}.")
        return
    days = {"start": start, "end": end}
    said: dict[str, Any] = {name: day.date().isoformat() for name, day in days.items() if day}
    said |= {"reason": reason} if reason else {}
    people = read_cohort(cohort, loaded, set_aside=True, engagements=b"")
    if csv is not None and not (mentee or mentor or status):
        changes = [
            replace(one, **{name: getattr(one, name) or text for name, text in said.items()})
            for one in read_changes(csv, all_are, people)
        ]
    elif csv is None and mentee and mentor and status:
        changes = [PairUpdate(mentee, mentor, status, **said)]
    else:
        remedy = "name MENTEE, MENTOR and STATUS, or PERSON and --no-consent, or give --csv"
        raise ConfigError(Finding("E_USAGE", "it is not said what is to be recorded", remedy))
    written = record(cohort, loaded, changes, stamp, only_forward=bool(all_are), people=people)
    print_findings(written.findings)
    for line in _lines(written, ShownNames.of(written.cohort)):
        typer.echo(line)
    typer.echo(f"{count_of(len(written.entries), 'pair')} recorded in {written.path}.")


def stamp_of(by: str, today: datetime | None) -> Stamp:
    """Return who writes and when; on another day than today without a time."""
    if today is not None:
        return Stamp(by or _login(), today.date().isoformat(), today.date())
    now = datetime.now(tz=UTC)
    return Stamp(by or _login(), now.isoformat(timespec="seconds"), date.today())


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


MOST_LINES = 20
MOST_NAMED = 5
"""Pairs that are named of those that stay as they are."""


def _lines(written: Recorded, names: ShownNames) -> Iterator[str]:
    """Yield what was recorded and what stays, a line a pair where they are few."""
    entries, kept = written.entries, Counter(written.unchanged.values())
    for entry in entries[:MOST_LINES]:
        was = f"{entry.before} -> " if entry.before else ""
        yield f"{' and '.join(map(names.with_id, entry.pair))}: {was}{entry.status}"
    if len(entries) > MOST_LINES:
        yield f"and {len(entries) - MOST_LINES} more"
    for status, number in sorted(kept.items()):
        of = [pair for pair, stands in written.unchanged.items() if stands == status]
        who = shortened([" and ".join(map(names.with_id, pair)) for pair in of], MOST_NAMED)
        yield f"Left as it stood ({status}): {count_of(number, 'pair')}: {who}."
