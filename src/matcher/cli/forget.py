"""``matcher forget PERSON [COHORT] -o DIR``: a copy of a cohort without a person."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, FolderArgument, PersonArgument
from matcher.config import load_config
from matcher.privacy.person import Person, copy_without


def forget_command(
    person: PersonArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder for the copy.")],
    cohort: FolderArgument = ".",
    config: ConfigOption = None,
) -> None:
    """Write a copy of a cohort without a person; tell which runs still hold them."""
    loaded = load_config(config, cohort=cohort)
    runs = copy_without(Person.find(person, cohort, loaded), cohort, output, loaded)
    typer.echo(f"The tables without this person are in {output}. The original is as it was:")
    typer.echo("put the copy in its place once you have looked at it.")
    if runs:
        typer.echo("These runs still hold rows about the person; delete them or keep them apart:")
        for run in runs:
            typer.echo(f"  runs/{run}")
