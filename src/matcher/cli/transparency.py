"""``matcher transparency [COHORT]``: which data and weights are used, in plain words."""

from typing import Annotated

import typer

from matcher.cli.options import ConfigOption, SetOption
from matcher.config import Config, load_config
from matcher.errors import MatcherError
from matcher.privacy.statement import statement


def transparency_command(
    cohort: Annotated[
        str | None, typer.Argument(metavar="[COHORT]", help="Cohort whose config is stated.")
    ] = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """State in plain words which data count for a match, how much, and who decides."""
    read = load_config(config, overrides=settings or (), cohort=cohort)
    typer.echo(statement(read, () if cohort is None else _not_asked(cohort, read)), nl=False)


def _not_asked(cohort: str, config: Config) -> tuple[str, ...]:
    """Return the features that this cohort was not asked about, none where it cannot be read."""
    from matcher.features import build_features
    from matcher.intake import read_cohort

    try:
        return build_features(read_cohort(cohort, config), config).not_asked
    except MatcherError:
        return ()
