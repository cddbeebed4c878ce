"""``matcher report RUN``: rebuild the HTML report and the workbook."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import RunArgument
from matcher.cli.terminal import print_findings
from matcher.errors import Finding
from matcher.publish.later import complete_run
from matcher.publish.published_run import (
    approval_sentence,
    cohort_of,
    is_pseudonymised,
    write_again,
)
from matcher.vocabulary import Audience


def report_command(
    run: RunArgument,
    audience: Annotated[
        Audience, typer.Option("--audience", help="Who reads it: what they may see.")
    ] = Audience.COORDINATOR,
    cohort: Annotated[
        str | None, typer.Option("--cohort", help="Where names come from; the run's own if unset.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder to write into; the run if unset.")
    ] = None,
    sensitivity: Annotated[
        Path | None,
        typer.Option("--sensitivity", help="A sensitivity.csv of `tune sensitivity` to show."),
    ] = None,
) -> None:
    """Rebuild the report (and, for the coordinator, the workbook) of a run.

    What a time limit left out of the run is made first, into its after/.
    """
    people = None if audience is Audience.BOARD else cohort_of(run, cohort)
    written = complete_run(run, cohort) if audience is Audience.COORDINATOR else []
    if not written or output is not None or approval_sentence(run):
        written += write_again(run, audience, cohort=people, output=output, sensitivity=sensitivity)
    if people is None and audience is not Audience.BOARD and not is_pseudonymised(run):
        message = "the cohort of the run is not found, so ids stand for names"
        print_findings([Finding("W_COHORT", message, "give --cohort PATH")])
    for path in written:
        typer.echo(f"{path} written")
