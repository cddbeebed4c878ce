"""``matcher verify RUN``: the independent check of a finished run."""

from typing import Annotated

import typer

from matcher.cli.options import CohortOption, KeyOption, RunArgument
from matcher.errors import VerificationError
from matcher.send.sent_again import verify


def verify_command(
    run: RunArgument,
    cohort: CohortOption = None,
    key: KeyOption = None,
    pages: Annotated[
        bool, typer.Option("--pages", help="Make report, workbook and plans again and compare.")
    ] = False,
) -> None:
    """Re-read a run and recompute its constraints, values, bound and tables, without any solver."""
    report = verify(run, cohort=cohort, key=key, pages=pages)
    if not report.ok:
        raise VerificationError(report.problems)
    for line in report.lines():
        typer.echo(line)
