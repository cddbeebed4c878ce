"""``matcher check COHORT``: everything wrong with the input, all at once."""

from typing import Annotated

import typer

from matcher.cli.options import (
    CohortArgument,
    ConfigOption,
    SetAsideOption,
    SetOption,
    semantic_likeness,
)
from matcher.cli.terminal import print_findings
from matcher.config import load_config
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered
from matcher.intake.read import read_cohort
from matcher.problem.instance import build
from matcher.text import count_of


def check_command(
    cohort: CohortArgument,
    config: ConfigOption = None,
    settings: SetOption = None,
    set_aside: SetAsideOption = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print what `matcher map` would write instead.")
    ] = False,
) -> None:
    """Tell everything wrong with a cohort, its config and its rules; change nothing."""
    loaded = load_config(config, overrides=settings or (), cohort=cohort)
    if suggest:
        proposal = propose(cohort, loaded, alike=semantic_likeness())
        typer.echo(rendered(proposal)[0], nl=False)
        return
    people = read_cohort(cohort, loaded, set_aside=set_aside, warnings=True)
    instance = build(people, loaded)
    warnings = (*people.findings, *instance.findings)
    print_findings(warnings)
    places = float(instance.problem.capacity.sum())
    typer.echo(
        f"OK: {count_of(len(people.mentees), 'mentee')}, {count_of(len(people.mentors), 'mentor')} "
        f"with {count_of(places, 'place')}, {count_of(len(warnings), 'warning')}."
    )
    for table, rows in sorted(people.rows.items()):
        typer.echo(
            f"  {table}: {count_of(rows.read, 'row')} read = {rows.used} used "
            f"+ {rows.set_aside} set aside + {rows.rejected} rejected"
        )
