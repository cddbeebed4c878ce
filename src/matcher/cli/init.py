"""``matcher init DIR``: write a starter cohort folder, whole or not at all."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.starter import write_starter


def init_command(
    directory: Annotated[Path, typer.Argument(help="Folder to write; new or empty.")],
) -> None:
    """Write a starter cohort: a sign-up form with its mapping, a data dictionary, templates."""
    files = write_starter(directory)
    typer.echo(f"{len(files)} files written to {directory}. Read README.md there first; then:")
    typer.echo(f"  matcher check {directory}")
    typer.echo(f"  matcher match {directory}")
