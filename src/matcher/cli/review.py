"""``matcher review RUN|COHORT``: look, decide, rerun and approve in the browser."""

from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from matcher.app.pages import explainer
from matcher.app.rematch import match_again
from matcher.app.session import Review
from matcher.app.uploads import Uploads
from matcher.cli.options import KeyOption, RunsCohortOption, source_of
from matcher.errors import ConfigError, Finding, StorageError
from matcher.intake.read import check_cohort, read_cohort
from matcher.run_tables import RunFile


def review_command(
    target: Annotated[str, typer.Argument(help="A run folder, or a cohort to start from.")],
    cohort: RunsCohortOption = None,
    key: KeyOption = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free port.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Review a run on a page that only this machine's user can open. Ctrl-C ends it."""
    _require_extra()
    from matcher.app.routes import create_app
    from matcher.app.serving import serve_app

    session, uploads = open_review(target, cohort, key)

    def tell(address: str) -> None:
        typer.echo(f"Open {address}\nThe address works once. Everything is kept with the run.")
        if open_browser:
            typer.launch(address)

    serve_app(partial(create_app, session, uploads), port, tell)


def open_review(target: str, cohort: str | None, key: Path | None = None) -> tuple[Review, Uploads]:
    """Return the review of a run folder or of a cohort, and where its uploads go."""
    path = Path(target)
    _refuse_missing(target, path)
    is_run = (path / RunFile.SUMMARY).is_file()
    source = cohort or (source_of(path) or None if is_run else target)
    uploads = Uploads(source or target, check_cohort)
    session = Review(
        cohort=source,
        start=path.resolve() if is_run else None,
        match=partial(match_again, key=key),
        now=_now,
        read=read_cohort,
        explain=explainer(source, key),
    )
    return session, uploads


def _refuse_missing(target: str, path: Path) -> None:
    """Refuse a path that is not there, unless it can become the folder of a new cohort."""
    if "://" in target or path.exists() or (path.parent.is_dir() and not path.suffix):
        return
    raise StorageError(
        Finding("E_NOT_FOUND", f"there is no {path.name}", "name a run, a cohort or a new folder")
    )


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


def _require_extra() -> None:
    missing = [name for name in ("fastapi", "uvicorn", "multipart") if find_spec(name) is None]
    if missing:
        remedy = 'install it with: pip install "mentor-matcher[app]"'
        raise ConfigError(Finding("E_EXTRA", "the review needs the extra [app]", remedy))
