"""``matcher match COHORT``: match a cohort and publish a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import (
    CohortArgument,
    ConfigOption,
    KeyOption,
    SetAsideOption,
    SetOption,
)


def match(
    cohort: CohortArgument,
    config: ConfigOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="RUN", help="New folder; by default COHORT/runs/<UTC time>."
        ),
    ] = None,
    settings: SetOption = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of draws.")] = None,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", help="Seconds for the solver.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option("--previous", metavar="RUN", help="Run to stay close to.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Place new and waiting people only; nobody else moves.")
    ] = False,
    set_aside: SetAsideOption = False,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help="Workbook, table or log of decisions."),
    ] = None,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Let no name, address or text leave the input.")
    ] = False,
    key: KeyOption = None,
    executor: Annotated[
        str | None, typer.Option("--executor", help="threads (default) or dask.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="URL", help="Address of a Dask scheduler.")
    ] = None,
) -> None:
    """Match a cohort: the best portfolios for everybody at once, checked and published."""
    from matcher.cli.main import print_findings
    from matcher.cli.match_lines import summary_lines
    from matcher.cli.progress import TerminalObserver
    from matcher.run import publish_match

    overrides = list(settings or ())
    if time_limit is not None:
        overrides.append(f"solver.time_limit={time_limit!r}")
    overrides += [f"solver.executor={executor}"] if executor else []
    overrides += [f"solver.scheduler={scheduler}"] if scheduler else []
    with TerminalObserver() as observer:
        published = publish_match(
            cohort,
            config,
            output,
            overrides=overrides,
            seed=seed,
            previous=previous,
            add=add,
            set_aside=set_aside,
            decisions=decisions,
            pseudonymise=pseudonymise,
            key=key,
            observer=observer,
        )
    print_findings(published.matching.findings)
    for line in summary_lines(published.matching.summary, published.folder):
        typer.echo(line)
    if published.matching.solution.termination.limit == "interrupt":
        typer.echo("ERROR E_INTERRUPTED: interrupted; the best so far is published", err=True)
        raise typer.Exit(130)
