"""``matcher transparency [COHORT]``: which data and weights are used, in plain words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, SetOption


def transparency(
    cohort: Annotated[
        str | None, typer.Argument(metavar="[COHORT]", help="Cohort whose config is stated.")
    ] = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """State in plain words which data count for a match, how much, and who decides."""
    from matcher.config import load_config
    from matcher.privacy.statement import statement

    path = None if config is None else Path(config)
    typer.echo(statement(load_config(path, overrides=settings or (), cohort=cohort)), nl=False)
