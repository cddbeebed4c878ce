"""Files of the plans, written in the background while the next page is made."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

WRITERS = 4
"""A new file waits for the disk, not for the processor: four at once, however many cores."""
BACKLOG = 64
"""Pages that may wait to be written, so that a slow disk does not fill the memory."""


class PageFiles:
    """New files of text, UTF-8 with line feeds; complete when the block has ended.

    An `OSError` of a file is raised by a later `write` or at the end of the block.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WRITERS)
        self._waiting: deque[Future[int]] = deque()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for all files; after an error, for those that are begun."""
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
        if kind is None:
            self._finish(0)

    def write(self, path: Path, text: str) -> Path:
        """Write a file in the background and return its path."""
        self._waiting.append(self._pool.submit(path.write_bytes, text.encode("utf-8")))
        self._finish(BACKLOG)
        return path

    def _finish(self, left: int) -> None:
        while len(self._waiting) > left:
            self._waiting.popleft().result()
