"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CohortArgument = Annotated[
    str, typer.Argument(metavar="COHORT", help="Folder, workbook or database URL of the cohort.")
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A finished run folder.")]
ConfigOption = Annotated[
    str | None,
    typer.Option(
        "-c", "--config", help="Config file; by default COHORT/matcher.toml, else our own."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the config; repeatable."),
]
SetAsideOption = Annotated[
    bool, typer.Option("--set-aside", help="Set people with faulty rows aside and go on.")
]
CohortOption = Annotated[
    str | None,
    typer.Option("--cohort", metavar="COHORT", help="Where the tables lie now, if moved."),
]
KeyOption = Annotated[
    Path | None, typer.Option("--key", help="Key file of a run under pseudonyms.")
]
