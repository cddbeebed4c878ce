"""``matcher review RUN|COHORT``: the app, opened at one run or one cohort."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.app import made_folder, require_extra, run_app
from matcher.cli.options import KeyOption, RunsCohortOption, source_of
from matcher.errors import Finding, StorageError
from matcher.run_tables import RunFile
from matcher.whereabouts import home_of


def review_command(
    target: Annotated[str, typer.Argument(help="A run folder, or a cohort to start from.")],
    cohort: RunsCohortOption = None,
    key: KeyOption = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free port.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Look at a run in the browser, decide, match again, approve. Ctrl-C ends it."""
    require_extra()
    from matcher.app.desk import Desk, opened_at

    path = Path(target)
    if "://" not in target and not path.exists():
        if path.suffix or not path.parent.is_dir():
            what, remedy = f"there is no {path.name}", "name a run, a cohort or a new folder"
            raise StorageError(Finding("E_NOT_FOUND", what, remedy))
        made_folder(path)
    if (path / RunFile.SUMMARY).is_file():
        run = path.resolve()
        desk = Desk(run, only=opened_at(run, cohort or _still_there(source_of(run)), key))
    elif path.is_dir():
        desk = Desk(path.resolve())
    else:
        desk = Desk(home_of(target).resolve(), only=opened_at(None, target, key))
    run_app(desk, port, open_browser=open_browser)


def _still_there(source: str) -> str:
    """Return where a run's people lie, empty where they are not there any more."""
    return source if "://" in source or Path(source).exists() else ""
