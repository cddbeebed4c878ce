"""The command ``matcher``: finds a command's module when it is called, and turns errors into lines.

No command is imported before it runs, so that ``matcher --help`` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from matcher._version import __version__
from matcher.cli.terminal import print_errors
from matcher.errors import Finding, MatcherError
from matcher.observe import INTERRUPTS

COMMANDS: dict[str, str] = {
    "init": "Write a starter cohort folder, config and data dictionary.",
    "check": "Tell everything wrong with a cohort, all at once.",
    "match": "Match a cohort and publish a run folder.",
    "verify": "Check a finished run independently of every solver.",
    "explain": "Say why this portfolio, or why not that mentor.",
    "audit": "Audit the networks of a cohort.",
    "tune": "Learn, imitate, vary or explore the weights.",
    "bench": "Compare methods on cohorts: quality and speed.",
    "compare": "Compare runs side by side.",
    "report": "Rebuild the report and workbook of a run.",
    "review": "Review a run in the browser: lock, ban, rerun, approve.",
    "reveal": "Join a run under pseudonyms back to people.",
    "export": "Give out everything held about a person.",
    "forget": "Copy a cohort without a person.",
    "transparency": "State in plain words which data and weights are used.",
}
"""Commands in the order of the help, each a module of this package."""
PLAIN: Any = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}
"""How every command talks: no boxes, and errors are ours."""


class LazyGroup(TyperGroup):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands that this installation has."""
        return [name for name in COMMANDS if find_spec(f"matcher.cli.{name}") is not None]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stand-in that knows name and help; None where there is no such command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return LazyCommand(name=cmd_name, help=COMMANDS[cmd_name])


class LazyCommand(TyperCommand):
    """Stands in for a command until its arguments are read."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Load the command and let it read its arguments."""
        return load(str(self.name)).make_context(info_name, args, parent, **extra)


def load(name: str) -> Any:
    """Return the command in module `name`: its typer `app`, or its function ``NAME_command``."""
    module = import_module(f"matcher.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(**PLAIN)
        app.command(name)(getattr(module, f"{name}_command"))
    return typer.main.get_command(app)


if TYPE_CHECKING:
    from types import FrameType

USAGE, INTERRUPTED, INTERNAL = 2, 130, 1

app = typer.Typer(cls=LazyGroup, no_args_is_help=True, **PLAIN)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"matcher {__version__}")
        raise typer.Exit


@app.callback()
def root_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Match mentees with small groups of mentors, for a whole cohort at once, with a proof."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of DESIGN section 7."""
    os.umask(0o077)  # cohorts, runs and logs are read by their owner alone
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; every error is one line on stderr."""
    _prepare()
    try:
        code = typer.main.get_command(app).main(
            list(arguments), prog_name="matcher", standalone_mode=False
        )
        sys.stdout.flush()
    except MatcherError as error:
        return _end(error.lines(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _end(["ERROR E_INTERRUPTED: interrupted; nothing was published"], INTERRUPTED)
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def _prepare() -> None:
    """Keep stderr to our own lines; remember Ctrl-C, and let a `kill` tidy up as it does."""
    INTERRUPTS.seen = False
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for name in ("SIGINT", "SIGTERM"):
        try:
            signal.signal(getattr(signal, name), _stop)
        except (AttributeError, ValueError):
            return  # not the main thread: whoever embeds us handles signals


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    INTERRUPTS.seen = True
    raise KeyboardInterrupt


def _end(lines: Sequence[str], code: int) -> int:
    print_errors(lines)
    return code


def _reader_left() -> int:
    """End quietly where the reader of our output has gone, as `head` does."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return 0


def _unexpected(error: Exception) -> int:
    if isinstance(error, _usage_errors()):
        finding = Finding("E_USAGE", error.format_message(), "see --help")  # type: ignore[attr-defined]
        return _end([finding.line()], USAGE)
    place = _place(error)
    message = f"{type(error).__name__} at {place}, a fault of matcher itself"
    remedy = f"report this line and `matcher --version` ({__version__}) to the maintainers"
    return _end([Finding("E_INTERNAL", message, remedy).line()], INTERNAL)


def _usage_errors() -> tuple[type[Exception], ...]:
    """Return the base of typer's usage errors, whichever click it brings along."""
    return tuple(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _place(error: BaseException) -> str:
    """Return module and line of ours in which an error arose: code, never values."""
    trace, place = error.__traceback__, "?"
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("matcher."):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
