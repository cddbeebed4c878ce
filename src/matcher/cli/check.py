"""``matcher check COHORT``: everything wrong with the input, all at once."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from matcher.catalogue.catalogue import speaking
from matcher.cli.options import CohortArgument, ConfigOption, SetAsideOption, SetOption
from matcher.cli.terminal import print_findings
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.config.load import place_of_config
from matcher.decisions.question_answers import read_answers, settled_answers, with_answers
from matcher.errors import ConfigError, Finding, InputError, StorageError
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.files.recorded import RECORDED
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered
from matcher.intake.read import read_cohort, read_people
from matcher.problem.instance import build
from matcher.publish.people_tables import questions_table
from matcher.report.workbook import build_questions
from matcher.storage import write_file
from matcher.text import count_of


def check_command(
    cohort: CohortArgument,
    config: ConfigOption = None,
    settings: SetOption = None,
    set_aside: SetAsideOption = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print what `matcher map` would write instead.")
    ] = False,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", help="Write the open questions to this workbook, to answer."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", help="Take the answers of that workbook into [resolve]."),
    ] = None,
) -> None:
    """Tell everything wrong with a cohort, its config and its rules; change nothing unasked."""
    loaded = load_config(config, overrides=settings or (), cohort=cohort)
    if answers:
        target = _take(answers, cohort, loaded, config)
        config = str(target) if target.is_file() else config
        loaded = load_config(config, overrides=settings or (), cohort=cohort)
    if suggest:
        typer.echo(rendered(propose(cohort, loaded, alike=judge_of_titles()))[0], nl=False)
        return
    try:
        people = read_cohort(cohort, loaded, set_aside=set_aside, warnings=True)
    except InputError:
        if questions:
            typer.echo(f"{questions}: not written: mend these first, or --set-aside", err=True)
        raise
    instance = build(people, loaded)
    if questions:
        with speaking(loaded.programme.language):
            _ask(people, read_people(cohort, loaded), questions)
    warnings = (*people.findings, *instance.findings)
    print_findings(warnings)
    places = float(instance.problem.capacity.sum())
    typer.echo(
        f"OK: {count_of(len(people.mentees), 'mentee')}, {count_of(len(people.mentors), 'mentor')} "
        f"with {count_of(places, 'place')}, {count_of(len(warnings), 'warning')}."
    )
    for table, rows in sorted(people.rows.items()):
        if loaded.table_input(table).join:
            told = f"{rows.used} joined, {rows.rejected} of people who did not sign up"
            typer.echo(f"  {table}: {count_of(rows.read, 'row')} read: {told}")
            continue
        anew = " or said anew since" if table in RECORDED and rows.rejected else ""
        typer.echo(
            f"  {table}: {count_of(rows.read, 'row')} read = {rows.used} used "
            f"+ {rows.set_aside} set aside + {rows.rejected} rejected{anew}"
        )
    open_ = sum(question.is_open for question in people.questions)
    if open_ and not questions:
        typer.echo(
            f"{count_of(open_, 'open question')}: answer in a workbook with names and drop-downs, "
            f"matcher check {cohort} --questions questions.xlsx"
        )


def _ask(people: Cohort, everybody: list[pd.DataFrame], target: Path) -> None:
    """Write a workbook of the open questions, never over answers."""
    if target.exists():
        message = f"{target.name} is there already, and may hold answers"
        raise StorageError(
            Finding("E_EXISTS", message, "take them with --answers, or name a new file")
        )
    asked = questions_table(people, is_open=True)
    write_file(target, build_questions(asked, people, everybody))
    typer.echo(
        f"{target}: {count_of(len(asked), 'question')}. Fill in the answers, save, then: "
        f"matcher check --answers {target.name}"
    )


def _take(answers: Path, cohort: str, loaded: Config, config: str | None) -> Path:
    """Write the answers of a workbook into the config that the cohort is read with; return it."""
    people = read_cohort(cohort, loaded, set_aside=True)
    settled, findings = settled_answers(read_answers(answers), people.questions, people.people)
    print_findings(findings)
    target = Path(config) if config else place_of_config(cohort)
    if config and not target.is_file():
        message = "the config is one of ours, which holds no answers"
        raise ConfigError(
            Finding("E_NOT_FOUND", message, "name a file of your own that extends it")
        )
    text = target.read_text("utf-8") if target.is_file() else ""
    if settled:
        write_file(target, with_answers(text, settled).encode())
    typer.echo(f"{target}: {count_of(len(settled), 'answer')} taken into [resolve].")
    return target
