"""``matcher app [FOLDER]``: the programmes of a folder in the browser."""

import contextlib
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.errors import ConfigError, Finding, StorageError
from matcher.observe import INTERRUPTS

if TYPE_CHECKING:
    from matcher.app.desk import Desk


def app_command(
    folder: Annotated[
        Path, typer.Argument(help="Folder of programmes, or of one; made if it is not there.")
    ] = Path("mentoring"),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any free port.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Run a programme in the browser, on this machine only. Ctrl-C ends it."""
    require_extra()
    from matcher.app.desk import Desk

    run_app(Desk(made_folder(folder)), port, open_browser=open_browser)


def run_app(desk: "Desk", port: int, *, open_browser: bool) -> None:
    """Serve a folder of programmes until Ctrl-C, or open the app that serves it already."""
    from matcher.app.serving import open_elsewhere, serve_app
    from matcher.app.site import create_site

    def tell(address: str) -> None:
        typer.echo(f"Open {address}\nThe address works once, within two minutes.")
        if open_browser:
            typer.launch(address)

    running = open_elsewhere(desk.folder)
    if running is not None:
        tell(running)
        return
    with contextlib.suppress(KeyboardInterrupt):
        serve_app(partial(create_site, desk), port, tell, desk.folder)
    INTERRUPTS.seen = INTERRUPTS.heard = False  # Ctrl-C is how it ends
    typer.echo("Closed. Everything is kept in the folder.")


def made_folder(folder: Path) -> Path:
    """Return a folder, made if it is not there; E_WRITE where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    except (OSError, ValueError) as error:
        finding = Finding("E_WRITE", "the folder cannot be made", "name another one")
        raise StorageError(finding) from error


def require_extra() -> None:
    """Refuse with E_EXTRA where the app is not installed."""
    missing = [name for name in ("fastapi", "uvicorn", "multipart") if find_spec(name) is None]
    if missing:
        remedy = 'install it with: pip install "mentor-matcher[app]"'
        raise ConfigError(Finding("E_EXTRA", "the app needs the extra [app]", remedy))
