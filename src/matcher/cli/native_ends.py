"""Where a native library ends the process, or would hang it: our line and our code all the same.

Libraries below numpy, scipy and OR-Tools print, call ``exit`` or ``abort`` where memory or threads
run out. Our own way out is `os._exit`, so every other end is theirs.
"""

import os
import signal
import sys
from typing import NoReturn

LEAST_ADDRESSES = 2**30
"""Bytes of address space below which OpenBLAS waits for ever while it is loaded."""
MANY_THREADS = 5_000
_kept: list[object] = []
"""What C calls back must not be collected."""
_stderr = [2]
"""The handle of stderr, wherever it has moved."""


def leave_with(line: str, code: int) -> NoReturn:
    """End at once with a line on stderr."""
    try:
        os.write(_stderr[-1], f"{line}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(code)


def watch() -> None:
    """Keep stderr for our own lines, and end with one where a library ends the process."""
    if os.name == "nt":
        return
    from matcher.errors import OUT_OF_MEMORY, StorageError

    line, code = OUT_OF_MEMORY.line(), StorageError.exit_code
    _keep_stderr()
    if not _limits_suffice():
        leave_with(line, code)
    import ctypes

    mine, libc = os.getpid(), ctypes.CDLL(None)

    def ended(_: object) -> None:
        if os.getpid() == mine:
            leave_with(line, code)

    at_exit = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(ended)
    at_abort = ctypes.CFUNCTYPE(None, ctypes.c_int)(ended)
    _kept.extend((at_exit, at_abort))
    libc.__cxa_atexit(at_exit, None, None)  # noqa: SLF001
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal(signal.SIGABRT, ctypes.cast(at_abort, ctypes.c_void_p))


def _keep_stderr() -> None:
    """Move stderr to another handle, so that what libraries print goes nowhere."""
    if sys.stderr is None:
        return
    _stderr.append(os.dup(2))
    sys.stderr = os.fdopen(_stderr[-1], "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _limits_suffice() -> bool:
    """Tell whether libraries can be loaded; where limits are tight BLAS gets one thread."""
    import resource

    addresses, threads = (
        resource.getrlimit(one)[0] for one in (resource.RLIMIT_AS, resource.RLIMIT_NPROC)
    )
    if addresses == resource.RLIM_INFINITY and not 0 <= threads < MANY_THREADS:
        return True
    # Each thread takes 32 MB of addresses; where it cannot be had OpenBLAS hangs or interrupts us.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return addresses == resource.RLIM_INFINITY or addresses >= LEAST_ADDRESSES
