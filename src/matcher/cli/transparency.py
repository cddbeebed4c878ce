"""``matcher transparency [COHORT]``: which data and weights are used, in plain words."""

from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, SetOption
from matcher.config import load_config
from matcher.privacy.statement import statement


def transparency_command(
    cohort: Annotated[
        str | None, typer.Argument(metavar="[COHORT]", help="Cohort whose config is stated.")
    ] = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """State in plain words which data count for a match, how much, and who decides."""
    typer.echo(statement(load_config(config, overrides=settings or (), cohort=cohort)), nl=False)
