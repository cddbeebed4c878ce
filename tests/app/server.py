"""The app over one run as a process of its own, for tests that kill it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.app.conftest import FollowDecisions, open_run

from matcher.app import patience
from matcher.app.desk import Desk
from matcher.app.serving import serve_app
from matcher.app.site import create_site


def main(run: str) -> None:
    """Serve the run at any free port and print the address."""
    patience.PATIENCE = 60.0  # a loaded machine: what is tested is the page itself
    programme = open_run(Path(run), FollowDecisions())
    make = partial(create_site, Desk(programme.folder, only=programme))
    serve_app(make, 0, lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
