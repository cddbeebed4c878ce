"""``matcher bench COHORT... -o DIR``: quality and speed of methods on cohorts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.errors import ConfigError, Finding
from matcher.observe import Observer

DEFAULT_SECONDS = 5.0


def bench(
    cohorts: Annotated[
        list[str],
        typer.Argument(help="Cohorts to compare on, or built-in ones such as family:small."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write; new or empty.")],
    config: Annotated[str | None, typer.Option("-c", "--config", help="Config file.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a setting.")
    ] = None,
    methods: Annotated[
        str, typer.Option("--methods", help="Comma-separated; all by default.")
    ] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many seeds.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The first seed.")] = 0,
    time_limit: Annotated[
        float, typer.Option("--time-limit", help="Seconds a method, cohort and seed.")
    ] = DEFAULT_SECONDS,
) -> None:
    """Compare methods on cohorts: objective, proof, time, memory and every quality metric."""
    from matcher.bench import METHODS, Plan, run_bench

    if not time_limit > 0 or time_limit == float("inf"):
        finding = Finding("E_CONFIG", "--time-limit must be more than 0", "give seconds, such as 5")
        raise ConfigError(finding)
    wanted = [name.strip() for name in methods.split(",") if name.strip()]
    plan = Plan(
        sources=cohorts,
        methods=tuple(dict.fromkeys(wanted)) or METHODS,
        seeds=range(seed, seed + seeds),
        time_limit=time_limit,
        config=config,
        overrides=tuple(settings or ()),
    )
    table = run_bench(plan, output, _PhaseLines())
    typer.echo(f"{len(table)} rows in {output / 'bench.csv'}; read {output / 'bench.md'}.")


class _PhaseLines(Observer):
    """Tells on stderr what runs now."""

    def on_phase(self, name: str) -> None:
        typer.echo(name, err=True)
