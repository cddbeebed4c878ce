"""``matcher report RUN``: rebuild the HTML report and the workbook."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.publish.published_run import cohort_of, write_again
from matcher.vocabulary import Audience


def report_command(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
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
    """Rebuild the report (and, for the coordinator, the workbook) of a run."""
    people = None if audience is Audience.BOARD else cohort_of(run, cohort)
    written = write_again(run, audience, cohort=people, output=output, sensitivity=sensitivity)
    for path in written:
        typer.echo(f"{path} written")
