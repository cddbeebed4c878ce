"""Starting the review: on this machine only, at an address that lets one browser in."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from matcher.app.routes import create_app
from matcher.app.security import Gate
from matcher.errors import Finding, StorageError

if TYPE_CHECKING:
    from matcher.app.session import Review
    from matcher.app.uploads import Intake

HOST = "127.0.0.1"


def serve(review: Review, intake: Intake, port: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` gets the address with its one-time token.

    Raises
    ------
    StorageError
        E_PORT where the port is taken.
    """
    import uvicorn

    with _listen(port) as listener:
        number = listener.getsockname()[1]
        gate = Gate(frozenset({f"{HOST}:{number}", f"localhost:{number}"}))
        # The access log stays off: the address holds the token.
        config = uvicorn.Config(
            create_app(review, intake, gate),
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        tell(f"http://{HOST}:{number}/?token={gate.token}")
        # Ctrl-C is how a review ends, not a fault.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # so that nobody is refused who opens the address at once
    except (OSError, OverflowError) as error:
        listener.close()
        finding = Finding("E_PORT", f"port {port} cannot be used", "choose another --port")
        raise StorageError(finding) from error
    return listener
