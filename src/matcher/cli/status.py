"""``matcher status COHORT|RUN``: where every pair stands, who waits, what is overdue."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, RunsCohortOption, TodayOption, source_of
from matcher.config import load_config
from matcher.errors import ConfigError, Finding
from matcher.intake.read import read_cohort
from matcher.programme import standing
from matcher.programme.standing import DayReport, PairState, Waiting
from matcher.report.run_data import ShownNames
from matcher.run_tables import RunFile, csv_bytes
from matcher.storage import refuse_devices, write_files
from matcher.text import capital, count_of, listed

Name = Callable[[str], str]


def status_command(
    place: Annotated[
        str, typer.Argument(metavar="COHORT|RUN", help="A cohort, or a run whose pairs count too.")
    ],
    cohort: RunsCohortOption = None,
    config: ConfigOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for pairs.csv and waiting.csv.")
    ] = None,
    today: TodayOption = None,
) -> None:
    """Tell where every pair stands, who waits, and what somebody should look after."""
    is_run = (Path(place) / RunFile.MANIFEST).is_file()
    run = refuse_devices(Path(place)) if is_run else standing.newest_run(place)
    source = cohort or (source_of(Path(place)) if is_run else place)
    if not source:
        finding = Finding("E_USAGE", "the cohort of the run is not found", "give --cohort PATH")
        raise ConfigError(finding)
    loaded = load_config(config, cohort=source)
    people = read_cohort(source, loaded, set_aside=True)
    day = today.date() if today else date.today()
    report = standing.standing_on(people, loaded, run, day)
    name = ShownNames.of(people).full_name
    for line in status_lines(report, name):
        typer.echo(line)
    for line in _past_lines(report, source, loaded.programme.retain_until, people.people.shown):
        typer.echo(line)
    if output is not None:
        tables = {
            "pairs": standing.pairs_table(report, name),
            "waiting": standing.waiting_table(report, name),
        }
        files = {output / f"{name}.csv": csv_bytes(name, frame) for name, frame in tables.items()}
        for path in write_files(files):
            typer.echo(f"Written: {path}")


MOST_LINES = 25
TOLD = {
    standing.AGAINST: "By what was said since they must not meet: end the pair, or take the "
    "answer back",
    standing.ONE_LEFT: "One of the two has left by another pair, or is left out: record what "
    "becomes of this one",
    standing.SAID_OVER: "A survey says that they are over: record how it went",
    standing.OVERDUE: "No reply yet, and the day for it has passed",
    standing.ENDED_UNSAID: "Their end has passed: record how it went",
}
"""What is to be done about pairs, in the order in which it is told."""


def status_lines(report: DayReport, name: Name) -> Iterator[str]:
    """Yield what is to be told on a day, in sentences."""
    counts = [f"{count} {status.replace('_', ' ')}" for status, count in report.counts.items()]
    run = f" (run {report.run.name})" if report.run else ""
    mutual = report.mutual
    twice = f" ({count_of(mutual, 'reciprocal pair')} as two each)" if mutual else ""
    matches = count_of(len(report.pairs), "match", "matches")
    yield f"{report.today:%Y-%m-%d}{run}: {matches}{twice}"
    if counts:
        yield f"  {listed(counts)}"
    for what, title in TOLD.items():
        yield from _pair_lines(title, report.to_do(what), name)
    if ready := report.to_do(standing.APPROVED):
        told = count_of(len(ready), "pair is", "pairs are")
        yield f"{told} approved and not recorded as sent."
    yield from _waiting_lines(report.waiting, name)


def _pair_lines(title: str, pairs: Sequence[PairState], name: Name) -> Iterator[str]:
    if not pairs:
        return
    yield f"{title}:"
    for pair in pairs[:MOST_LINES]:
        days = [f"{pair.status} since {pair.since}" if pair.since else pair.status]
        days += [f"reply by {pair.reply_by}"] if pair.reply_by else []
        days += [f"end {pair.end}"] if pair.end else []
        called = [(person, name(person)) for person in (pair.mentee_id, pair.mentor_id)]
        who = [own if words == own else f"{words} ({own})" for own, words in called]
        yield f"  {' and '.join(who)}: {', '.join(days)}"
    if len(pairs) > MOST_LINES:
        yield f"  and {len(pairs) - MOST_LINES} more; -o FOLDER lists all"


def _waiting_lines(waiting: Sequence[Waiting], name: Name) -> Iterator[str]:
    """Yield how many wait by class and reason, how long, and who is next."""
    if not waiting:
        return
    yield f"{capital(count_of(len(waiting), 'mentee waits', 'mentees wait'))} for a mentor:"
    for level in sorted({person.priority for person in waiting}):
        group = [person for person in waiting if person.priority == level]
        reasons = Counter(person.reason for person in group)
        why = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in reasons.items())
        days = [person.days for person in group if person.days is not None]
        long = f", up to {count_of(max(days), 'day')}" if days else ", waiting time not known"
        yield f"  class {level}: {len(group)}{long} ({why})"
    first = waiting[0]
    alike = sum(one.place == first.place for one in waiting)
    beside = f", and {count_of(alike - 1, 'other')} who came as early" if alike > 1 else ""
    yield f"  next in line: {name(first.person_id)} ({first.person_id}){beside}"


def _past_lines(report: DayReport, source: str, until: date | None, shown: Name) -> Iterator[str]:
    """Yield what the programme should not hold any more."""
    if report.not_agreed:
        who = listed(map(shown, report.not_agreed))
        yield f"Without consent, and still in the tables: {who}"
        yield f"  take each out: matcher forget PERSON {source} -o NEW --black-out"
    if report.past_retention:
        yield f"Past {until} ([programme] retain_until): everything held of the people of {source}"
        yield f"  take each out (matcher forget PERSON {source} -o NEW --black-out), or delete it"
