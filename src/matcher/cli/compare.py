"""``matcher compare RUN RUN...``: runs, configs and human matchings side by side."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, KeyOption
from matcher.storage import refuse_devices
from matcher.tune.learn import frame_text, refuse_run, write_texts
from matcher.tune.run_comparison import compare


def compare_command(
    matches: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run folders, configs, or `engagements` for last year's human pairs.",
        ),
    ],
    cohort: Annotated[
        str | None,
        typer.Option("--cohort", metavar="COHORT", help="Where the tables lie, if no run says."),
    ] = None,
    config: ConfigOption = None,
    key: KeyOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the tables.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--page", metavar="FILE", help="One page (HTML) for a panel; names nobody."),
    ] = None,
) -> None:
    """Say how matches differ: metrics in words, pairs gained and lost, who is better off."""
    if output is not None:
        refuse_run(output)
    for match in matches:
        refuse_devices(Path(match))
    found = compare(matches, cohort=cohort, config=config, key=key)
    typer.echo(found.text())
    if page is not None:
        from matcher.report.change_page import build_change_page

        write_texts({page.name: build_change_page(found)}, page.parent)
    if output is not None:
        metrics = found.metrics.rename_axis("metric").reset_index()
        texts = {
            "metrics.csv": frame_text(metrics),
            "pairs.csv": frame_text(found.pairs),
            "people.csv": frame_text(found.people),
        }
        write_texts(texts, output)
