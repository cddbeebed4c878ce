"""``matcher bench COHORT... -o DIR``: quality and speed of methods on cohorts."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, SetOption
from matcher.cli.terminal import TerminalObserver, print_findings
from matcher.errors import ConfigError, Finding, VerificationError, raise_if_any
from matcher.lab import COMPARED_METHODS, Plan, run_bench
from matcher.text import count_of

DEFAULT_SECONDS = 5.0


def bench_command(
    cohorts: Annotated[
        list[str],
        typer.Argument(
            metavar="COHORT...", help="Cohorts to compare on, or built-in ones: family:small."
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder to write; new or empty.")
    ],
    config: ConfigOption = None,
    settings: SetOption = None,
    methods: Annotated[
        str,
        typer.Option(
            "--methods",
            metavar="NAMES",
            help="With commas between; empty: all; auto: as match does.",
        ),
    ] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed.")] = 0,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help="Seconds a method and cohort.")
    ] = DEFAULT_SECONDS,
    previous: Annotated[
        Path | None, typer.Option("--previous", metavar="RUN", help="Run to compare pairs with.")
    ] = None,
) -> None:
    """Compare methods on cohorts: objective, proof, time, memory and every quality metric."""
    if not 0 < time_limit < float("inf"):
        finding = Finding("E_CONFIG", "--time-limit must be more than 0", "give seconds, such as 5")
        raise ConfigError(finding)
    wanted = [name.strip() for name in methods.split(",") if name.strip()]
    plan = Plan(
        sources=tuple(cohorts),
        methods=tuple(dict.fromkeys(wanted)) or COMPARED_METHODS,
        seeds=range(seed, seed + seeds),
        time_limit=time_limit,
        config=config,
        overrides=tuple(settings or ()),
        previous=previous,
    )
    with TerminalObserver() as observer:
        found = run_bench(plan, output, observer)
    print_findings(found.findings)
    rows = count_of(len(found.table), "row")
    typer.echo(f"{rows} in {output / 'bench.csv'}; read {output / 'bench.md'}.")
    raise_if_any(found.faults, VerificationError)
