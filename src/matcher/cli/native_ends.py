"""Where a native library ends the process, or would hang it: our line and our code all the same.

Libraries below numpy, scipy and OR-Tools print, call ``exit`` or ``abort`` where memory or threads
run out. Our own way out is `os._exit`, so every other end is theirs.
"""

import os
import signal
import sys
from typing import NoReturn, TextIO

LEAST_ADDRESSES = 2**30
"""Bytes of address space below which OpenBLAS waits for ever while it is loaded."""
MANY_THREADS = 5_000
M_ARENA_MAX = -8
"""Name of glibc's number of heaps."""
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
    """Keep both streams for our own lines, and end with one where a library ends the process."""
    if os.name == "nt":
        return
    from matcher.errors import OUT_OF_MEMORY, StorageError

    line, code = OUT_OF_MEMORY.line(), StorageError.exit_code
    _keep_streams()
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


def _keep_streams() -> None:
    """Move stdout and stderr to other handles: what libraries print, as HiGHS does, is not ours."""
    if sys.stdout is not None:
        sys.stdout = _moved(1, encoding=sys.stdout.encoding)
    if sys.stderr is not None:
        sys.stderr = _moved(2, buffering=1)
        _stderr.append(sys.stderr.fileno())


def _moved(number: int, *, buffering: int = -1, encoding: str | None = None) -> TextIO:
    """Return the stream of a handle at another one; the old handle leads nowhere."""
    kept = os.fdopen(os.dup(number), "w", buffering, encoding, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    return kept


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
    _reserve_little()
    return addresses == resource.RLIM_INFINITY or addresses >= LEAST_ADDRESSES


def _reserve_little() -> None:
    """Let allocators reserve no addresses ahead: Arrow's takes 1 GB, glibc's 128 MB a thread."""
    import ctypes

    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)
