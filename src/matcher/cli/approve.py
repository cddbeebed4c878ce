"""``matcher approve RUN --by NAME --reason WHY``: say who answers for a run."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from matcher.cli.options import RunArgument
from matcher.errors import Finding, InputError
from matcher.programme import ledger
from matcher.report.run_data import RunData


def approve_command(
    run: RunArgument,
    by: Annotated[str, typer.Option("--by", help="Who approves: a person's name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the match is right as it is.")],
) -> None:
    """Approve a run, as the review in the browser does; until then it is a proposal."""
    data = RunData.read(run)
    if (latest := ledger.latest_run(run)) != run:
        message, remedy = f"the rerun {latest.name} has followed this run", "approve that"
        raise InputError(Finding("E_APPROVAL", message, remedy))
    ledger.approve(run, data, by, reason, datetime.now(tz=UTC).isoformat(timespec="seconds"))
    if approval := ledger.approval(run):
        typer.echo(f"{approval.sentence()}.")
