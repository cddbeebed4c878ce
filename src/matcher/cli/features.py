"""``matcher features COHORT -o DIR``: needs, offers and every pair's features, as tables."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli import options
from matcher.cli.terminal import print_findings
from matcher.scoring.feature_vectors import Format, feature_vectors, write_feature_vectors
from matcher.storage import new_run_folder
from matcher.text import count_of, listed


def features_command(
    cohort: options.CohortArgument,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="New folder.")],
    config: options.ConfigOption = None,
    settings: options.SetOption = None,
    set_aside: options.SetAsideOption = False,
    form: Annotated[Format, typer.Option("--format", help="Format of the tables.")] = "csv",
) -> None:
    """Write the feature vectors: needs, offers, and the value of every feature of every pair."""
    people, loaded = options.cohort_and_config(cohort, config, settings, set_aside=set_aside)
    found = feature_vectors(people, loaded)
    with new_run_folder(output) as folder:
        names = write_feature_vectors(found, folder, form)
    print_findings(people.findings)
    (n, m), facets = found.scores.shape, count_of(len(found.needs.columns), "facet")
    typer.echo(
        f"{count_of(n, 'mentee')}, {count_of(m, 'mentor')}, {facets} "
        f"and {count_of(len(found.features), 'feature')} of each pair."
    )
    if lacking := found.scores.features.not_asked:
        typer.echo(f"Not asked, so left out: {', '.join(lacking)}.")
    typer.echo(f"Written to {output}: {listed(names)}")
