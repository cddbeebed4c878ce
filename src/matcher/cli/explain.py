"""``matcher explain RUN MENTEE [MENTOR]``: why this portfolio, or why not that mentor."""

from __future__ import annotations

from typing import Annotated

import typer

from matcher.cli.options import RunArgument


def explain(
    run: RunArgument,
    mentee: Annotated[str, typer.Argument(metavar="MENTEE", help="Id of the mentee.")],
    mentor: Annotated[
        str | None, typer.Argument(metavar="[MENTOR]", help="Id of a mentor: why not this one?")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Re-solve with the pair forced for its exact cost.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Say what each mentor is there for, what stays uncovered, and what another pair would cost."""
    from matcher.explain import explain_pair, explain_portfolio

    if mentor is None:
        told = explain_portfolio(run, mentee)
    else:
        told = explain_pair(run, mentee, mentor, exact=exact)
    typer.echo(told.json() if json else told.text())
