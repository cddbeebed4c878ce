"""The app as a server: on this machine only, one a folder, found again by its owner."""

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from matcher.app.gate import SessionGate, signed_address
from matcher.errors import Finding, StorageError
from matcher.storage import write_file

HOST = "127.0.0.1"
PLACE = ".matcher-app.json"
"""Of a folder that is served: the port and the key, for its owner alone."""
IDLE = 20.0
"""Seconds after which a connection that asks for nothing is dropped."""


def open_elsewhere(folder: Path) -> str | None:
    """Return an address that opens the app that serves a folder already, None where none does."""
    lock = FileLock(folder / f"{PLACE}.lock")
    try:
        with lock.acquire(blocking=False):
            return None
    except Timeout:
        held = json.loads((folder / PLACE).read_text("utf-8"))
        return _address(int(held["port"]), str(held["key"]))
    except OSError as error:
        raise _cannot("the folder cannot be written", "name another folder", "E_WRITE") from error


def serve_app(
    make: Callable[[SessionGate], Any],
    port: int,
    tell: Callable[[str], None],
    folder: Path | None = None,
) -> None:
    """Serve until interrupted; `tell` gets an address that works once.

    Parameters
    ----------
    make
        From the gate to the application.
    port
        0 for any free one.
    tell
        Takes the address.
    folder
        Holds the key while the app runs; None: whoever closes the browser cannot come back.

    Raises
    ------
    StorageError
        E_PORT where the port is taken; E_LOCKED where the folder is served already.
    """
    import uvicorn

    with _listen(port) as listener:
        number = listener.getsockname()[1]
        key = secrets.token_urlsafe(32)
        gate = SessionGate(frozenset({f"{HOST}:{number}", f"localhost:{number}"}), key)
        # The access log stays off: the address holds the key.
        config = uvicorn.Config(
            make(gate),
            http=_impatient(),
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        known = _known_to_owner(folder, number, key) if folder else contextlib.nullcontext()
        with known:
            tell(_address(number, key))
            uvicorn.Server(config).run(sockets=[listener])


def _address(port: int, key: str) -> str:
    return f"http://{HOST}:{port}/enter?key={signed_address(key)}"


@contextlib.contextmanager
def _known_to_owner(folder: Path, port: int, key: str) -> Iterator[None]:
    """Keep port and key in a file of mode 0600, and a lock, as long as the server runs."""
    lock = FileLock(folder / f"{PLACE}.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _cannot(
            "the folder is open already", "use the page that is open", "E_LOCKED"
        ) from None
    except OSError as error:
        raise _cannot("the folder cannot be written", "name another folder", "E_WRITE") from error
    try:
        write_file(folder / PLACE, json.dumps({"port": port, "key": key}).encode())
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / PLACE).unlink()
        lock.release()


def _impatient() -> type:
    """Return the HTTP protocol that drops a connection that never asks for anything."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.loop.call_later(IDLE, self._drop_if_idle)

        def _drop_if_idle(self) -> None:
            if self.cycle is None and not self.transport.is_closing():
                self.transport.close()

    return Impatient


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # so that nobody is refused who opens the address at once
    except (OSError, OverflowError) as error:
        listener.close()
        raise _cannot(f"port {port} cannot be used", "choose another --port", "E_PORT") from error
    return listener


def _cannot(what: str, remedy: str, code: str) -> StorageError:
    return StorageError(Finding(code, what, remedy))
