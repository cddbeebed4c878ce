"""``matcher survey COHORT``: forms to fill in, answers taken in, and who has not answered."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import CohortArgument, ConfigOption, TodayOption
from matcher.cli.record import ByOption, stamp_of
from matcher.cli.terminal import print_findings
from matcher.config import load_config
from matcher.errors import ConfigError, Finding, InputError
from matcher.intake.read import read_cohort
from matcher.programme import pair_survey, survey_columns
from matcher.report.run_data import ShownNames
from matcher.storage import write_files
from matcher.text import count_of
from matcher.vocabulary import Role
from matcher.whereabouts import home_of


def survey_command(
    cohort: CohortArgument,
    wave: Annotated[str, typer.Option("--wave", help="mid, end or a number.")] = "mid",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Folder for the forms of who has not answered yet."),
    ] = None,
    read: Annotated[
        Path | None, typer.Option("--read", metavar="FILE", help="Answers to take in, of any form.")
    ] = None,
    by: ByOption = "",
    today: TodayOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask both of every pair how it goes, take answers in, tell who has not answered."""
    loaded, number = load_config(config, cohort=cohort), _number(wave)
    people = read_cohort(cohort, loaded, set_aside=True)
    if read is not None:
        stamp = stamp_of(by, today)
        try:
            rows, warnings = pair_survey.read_survey(read, loaded, people, number, stamp.today)
        except InputError as error:
            if {"E_HEADER", "E_MISSING_COLUMN"} & {finding.code for finding in error.findings}:
                typer.echo(f"Say in {home_of(cohort) / 'matcher.toml'} what each question is, as:")
                for line in survey_columns.columns_to_write(read, people.people):
                    typer.echo(line)
            raise
        print_findings(warnings)
        path = pair_survey.take_in(cohort, loaded, people.people, rows, stamp)
        typer.echo(f"{count_of(rows['source_row'].nunique(), 'answer')} taken into {path}.")
        people = read_cohort(cohort, loaded, set_aside=True)
    found = pair_survey.responses(people, number)
    name = ShownNames.of(people).full_name
    _tell(found)
    if output is not None:
        forms = pair_survey.survey_files(found, number, name, loaded)
        for path in write_files({output / file: content for file, content in forms.items()}):
            typer.echo(f"Written: {path}")
    elif found.missing:
        typer.echo("No answer yet:")
        for one in found.missing[:MOST_LINES]:
            typer.echo(f"  {name(one.person)} ({one.person}) about {name(one.other)} ({one.other})")
        if len(found.missing) > MOST_LINES:
            typer.echo(f"  and {len(found.missing) - MOST_LINES} more; -o FOLDER writes all")


MOST_LINES = 25


def _tell(found: pair_survey.Responses) -> None:
    sides = {role: found.count(role) for role in (Role.MENTEE, Role.MENTOR)}
    answered, asked = (sum(side[k] for side in sides.values()) for k in (0, 1))
    if not asked:
        typer.echo("Nobody is asked: no pair was accepted or goes on.")
        return
    each = ", ".join(f"{role}s {done} of {all_}" for role, (done, all_) in sides.items())
    typer.echo(f"{answered} of {asked} have answered ({answered / asked:.0%}): {each}.")


def _number(wave: str) -> int:
    if wave in pair_survey.WAVES:
        return pair_survey.WAVES[wave]
    if not wave.isdigit() or not 1 <= int(wave) <= 100:
        finding = Finding("E_USAGE", "that is no survey", "say --wave mid, end or a number")
        raise ConfigError(finding)
    return int(wave)
