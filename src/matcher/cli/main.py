"""The process ``matcher``: signals, standard streams and exit codes; every error is one line.

Nothing heavy is imported at the top, so that a Ctrl-C finds us from the first moment on.
"""

import atexit
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from matcher.cli import native_ends
from matcher.observe import INTERRUPTS, PUBLISHED, what_is_published

USAGE, INTERRUPTED, INTERNAL = 2, 130, 1


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code of DESIGN section 7."""
    _on_signals(_end_at_once)
    native_ends.watch()
    code = run(sys.argv[1:] if arguments is None else arguments)
    _on_signals(signal.SIG_IGN if code else _end_at_once)
    atexit._run_exitfuncs()  # noqa: SLF001
    # Python's own way out takes long and would end by the signal of a Ctrl-C, without a line.
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; every error is one line on stderr."""
    _prepare()
    try:
        from matcher.cli.terminal import standard_streams

        with standard_streams() as output:
            code, lines = _outcome(arguments)
            output.flush()
            if code == 0 and output.loss:
                code, lines = _output_lost(output.loss)
            _say(lines)
    except KeyboardInterrupt:
        code, lines = _interrupted()
        _say(lines)
    return code


def _prepare() -> None:
    """Keep stderr to our own lines; remember Ctrl-C, and let a `kill` tidy up as it does."""
    INTERRUPTS.seen = INTERRUPTS.heard = False
    PUBLISHED.clear()
    os.umask(0o077)  # cohorts, runs and logs are read by their owner alone
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    _on_signals(_stop)
    # A file that is opened next must not become a standard stream that was closed.
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


def _on_signals(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for name in ("SIGINT", "SIGTERM"):
        try:
            signal.signal(getattr(signal, name), handler)
        except (AttributeError, ValueError):
            return  # not the main thread: whoever embeds us handles signals


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    INTERRUPTS.seen = True
    # Python writes lines of its own where a signal comes in while it forgets an object.
    sys.unraisablehook = lambda _: None
    raise KeyboardInterrupt


def _end_at_once(number: int, frame: FrameType | None) -> NoReturn:
    """End before there is anything to tidy up, or after everything is."""
    line = f"ERROR E_INTERRUPTED: interrupted; {what_is_published()}"
    native_ends.leave_with(line, INTERRUPTED)


def _outcome(arguments: Sequence[str]) -> tuple[int, list[str]]:
    """Run the command; return its exit code and what is to be said of it."""
    from matcher.errors import MatcherError

    try:
        from typer.main import get_command

        from matcher.cli.commands import matcher_app

        code = get_command(matcher_app).main(
            list(arguments), prog_name="matcher", standalone_mode=False
        )
    except MatcherError as error:
        return error.exit_code, error.lines()
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        return _interrupted() if INTERRUPTS.seen else _unexpected(error)
    if INTERRUPTS.seen or INTERRUPTS.heard:
        return _interrupted()
    return (code if isinstance(code, int) else 0), []


def _interrupted() -> tuple[int, list[str]]:
    return INTERRUPTED, [f"ERROR E_INTERRUPTED: interrupted; {what_is_published()}"]


def _output_lost(loss: str) -> tuple[int, list[str]]:
    from matcher.errors import Finding, StorageError

    finding = Finding("E_WRITE", f"standard output cannot be written: {loss}", what_is_published())
    error = StorageError(finding)
    return error.exit_code, error.lines()


def _say(lines: Sequence[str]) -> None:
    from matcher.cli.terminal import print_errors

    print_errors(lines)


def _unexpected(error: Exception) -> tuple[int, list[str]]:
    from pathlib import Path

    from matcher._version import __version__
    from matcher.errors import Finding, StorageError, out_of_resources

    if isinstance(error, _usage_errors()):
        finding = Finding("E_USAGE", error.format_message(), "see --help")  # type: ignore[attr-defined]
        return USAGE, [finding.line()]
    if (ran_out := out_of_resources(error)) is not None:
        return StorageError.exit_code, [ran_out.line()]
    if isinstance(error, UnicodeEncodeError) and "surrogate" in error.reason:
        remedy = "rename the folder or file, or type the word again"
        strange = Finding("E_WRITE", "a path or a word that was given is not UTF-8", remedy)
        return StorageError.exit_code, [strange.line()]
    if isinstance(error, OSError) and error.filename:
        name = Path(os.fsdecode(error.filename)).name
        what = f"{name} cannot be opened: {error.strerror}"
        refused = Finding("E_READ", what, "check that it is there and that you may open it")
        return StorageError.exit_code, [refused.line()]
    message = f"{type(error).__name__} at {_place(error)}, a fault of matcher itself"
    remedy = f"report this line and `matcher --version` ({__version__}) to the maintainers"
    return INTERNAL, [Finding("E_INTERNAL", message, remedy).line()]


def _usage_errors() -> tuple[type[Exception], ...]:
    """Return the base of typer's usage errors, whichever click it brings along."""
    import typer

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
