"""``matcher verify RUN``: the independent check of a finished run."""

import typer

from matcher.checker import verify
from matcher.cli.options import CohortOption, KeyOption, RunArgument
from matcher.errors import VerificationError


def verify_command(run: RunArgument, cohort: CohortOption = None, key: KeyOption = None) -> None:
    """Re-read a run and recompute its constraints, values and bound, without any solver."""
    report = verify(run, cohort=cohort, key=key)
    if not report.ok:
        raise VerificationError(report.problems)
    for line in report.lines():
        typer.echo(line)
