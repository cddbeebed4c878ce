"""Arguments and options that several commands share, and how a cohort is opened by them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.intake.read import read_cohort
from matcher.publish.published_run import read_manifest
from matcher.storage import refuse_devices

CohortArgument = Annotated[
    str, typer.Argument(metavar="COHORT", help="Folder, workbook or database URL of the cohort.")
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A finished run folder.", callback=refuse_devices)
]
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
TodayOption = Annotated[
    datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], help="Day to take for today.")
]
CohortOption = Annotated[
    str | None,
    typer.Option("--cohort", metavar="COHORT", help="Where the tables lie now, if moved."),
]
RunsCohortOption = Annotated[
    str | None, typer.Option("--cohort", help="The run's cohort; its manifest's if unset.")
]
PersonArgument = Annotated[
    str, typer.Argument(metavar="PERSON", help="Id, e-mail address or full name.")
]
AlsoOption = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="NAME", help="Another name they go by; repeatable."),
]
FolderArgument = Annotated[
    str, typer.Argument(metavar="[COHORT]", help="Folder or workbook of the cohort.")
]
KeyOption = Annotated[
    Path | None, typer.Option("--key", help="Key file of a run under pseudonyms.")
]


def cohort_and_config(
    cohort: str, config: str | None, settings: list[str] | None, *, set_aside: bool
) -> tuple[Cohort, Config]:
    """Return a cohort and the config it was read with, from the options above."""
    loaded = load_config(config, overrides=settings or (), cohort=cohort)
    return read_cohort(cohort, loaded, set_aside=set_aside), loaded


def source_of(run: Path) -> str:
    """Return the cohort that a run's manifest names, "" where it names none."""
    return str(read_manifest(run).get("cohort", {}).get("source", ""))
