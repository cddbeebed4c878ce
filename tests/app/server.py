"""The review's server as a process of its own, for tests that kill it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.app.conftest import FollowDecisions, open_review

from matcher.app.routes import create_app
from matcher.app.serving import serve_app
from matcher.app.uploads import Uploads


def main(run: str) -> None:
    """Serve the run at any free port and print the address."""
    review = open_review(Path(run), FollowDecisions(Path(run).with_name("fresh")))
    make = partial(create_app, review, Uploads(run, lambda _: []))
    serve_app(make, 0, lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
