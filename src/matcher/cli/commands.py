"""The commands of ``matcher``: which there are, each found in its module when it is called.

No command is imported before it runs, so that ``matcher --help`` answers at once.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from matcher._version import __version__

COMMANDS: dict[str, str] = {
    "init": "Write a starter cohort folder, config and data dictionary.",
    "map": "Propose what any export means, and write matcher.toml.",
    "check": "Tell everything wrong with a cohort, all at once.",
    "features": "Write the feature vectors: needs, offers, every pair's values.",
    "match": "Match a cohort and publish a run folder.",
    "verify": "Check a finished run independently of every solver.",
    "explain": "Say why this portfolio, or why not that mentor.",
    "audit": "Audit the networks of a cohort.",
    "tune": "Learn, imitate, vary or explore the weights.",
    "bench": "Compare methods on cohorts: quality and speed.",
    "compare": "Compare runs side by side.",
    "approve": "Say who answers for a run, and why.",
    "status": "Tell where every pair stands and who waits.",
    "survey": "Ask how pairs go, take answers in, tell who has not answered.",
    "board": "Tell a board how far the programme has come; no names.",
    "merge": "Join a second intake: one id a person, every row told.",
    "record": "Write what became of pairs: accepted, declined, ended.",
    "report": "Rebuild the report and workbook of a run.",
    "send": "Write letters, invitations and a table of who gets what.",
    "app": "Run a programme in the browser, without a line of code.",
    "review": "Open the app at a run: look, decide, match again, approve.",
    "reveal": "Join a run under pseudonyms back to people.",
    "export": "Give out everything held about a person.",
    "forget": "Copy a cohort without a person.",
    "transparency": "State in plain words which data and weights are used.",
}
"""Commands in the order of the help, each a module of this package."""
PLAIN: Any = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
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


matcher_app = typer.Typer(cls=LazyGroup, no_args_is_help=True, **PLAIN)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"matcher {__version__}")
        raise typer.Exit


@matcher_app.callback()
def root_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Match mentees with small groups of mentors, for a whole cohort at once, with a proof."""
