"""The first step of the command line: Ctrl-C ends in one line before anything else is loaded."""

# `signal` itself loads enum first, amid which a Ctrl-C would find us.
import _signal as signal  # type: ignore[import-not-found]
import os


def _end_at_once(number: int, frame: object) -> None:
    os.write(2, b"ERROR E_INTERRUPTED: interrupted; nothing was published\n")
    os._exit(130)


def start() -> None:
    """Run the command line, which takes over what becomes of signals once it is loaded."""
    from matcher.cli.main import main

    main()


for name in ("SIGINT", "SIGTERM"):
    signal.signal(getattr(signal, name), _end_at_once)

if __name__ == "__main__":
    start()
