"""What can go wrong, and how it is said.

A problem is a :class:`Finding`: a code, the place where it stands, what is wrong and what to do.
Checks collect findings; one exception carries all findings of a pass. Each exception class owns the
exit code that the command line returns for it.
"""

import errno
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Self

from matcher.text import plural, shortened

MAX_LISTED = 50
"""Causes printed in full; past that, only their number is told."""

ROWS = 5
"""Rows of a cause that are named."""


class WhyNot(str):
    """Why something is not possible, in words, with the name by which pages say it in their own."""

    code: str
    about: str
    """What or whom it is about: a side, or a column; empty for neither."""

    def __new__(cls, words: str, code: str = "", about: str = "") -> Self:
        """Return a text that knows what it says."""
        made = super().__new__(cls, words)
        made.code, made.about = code, about
        return made


@dataclass(frozen=True, order=True)
class Finding:
    """One problem with the input, the config, the instance or a published run.

    ``row`` is the number that a person sees in the file (the header is row 1). ``message`` and
    ``remedy`` never hold a personal value. ``record`` is the id of the record concerned, as it is
    shown. ``answer`` is what stands in the cell, on its way to the one place that knows whether it
    is an option of the form (:mod:`matcher.intake.unmapped_answers`), or of those that say when.
    """

    code: str
    message: str
    remedy: str = ""
    table: str = ""
    row: int | None = None
    column: str = ""
    record: str = ""
    answer: str = field(default="", repr=False, compare=False)
    is_beside: bool = field(default=False, repr=False, compare=False)
    """Whether the rest of the cell could be read."""
    pair: tuple[str, str] | None = field(default=None, repr=False, compare=False)
    """Mentee and mentor, by id, of a pair that is not possible."""
    reasons: tuple[WhyNot, ...] = field(default=(), repr=False, compare=False)
    """Why it is not."""

    @property
    def is_warning(self) -> bool:
        """Whether the run may go on: codes that start with ``W_`` are warnings."""
        return self.code.startswith("W_")

    def at(self, table: str, row: int | None = None, column: str = "") -> Self:
        """Return the finding with the place where it stands.

        Parameters
        ----------
        table
            Table or file.
        row
            Number that a person sees, the header 1.
        column
            Column or dotted key.

        Returns
        -------
        Self
            A copy; the finding itself stays.
        """
        return replace(self, table=table, row=row, column=column)

    @property
    def told(self) -> str:
        """The message with the record that it is about."""
        return f"{self.message} (record {self.record})" if self.record else self.message

    def line(self) -> str:
        """Return ``ERROR CODE table:row:column: what is wrong; what to do``.

        Returns
        -------
        str
            One line, without a line feed.
        """
        label = "WARNING" if self.is_warning else "ERROR"
        place = ":".join((self.table, "" if self.row is None else str(self.row), self.column))
        where = f" {place}" if place != "::" else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{label} {self.code}{where}: {self.told}{remedy}"


_NUMBER = re.compile(r"[0-9]+")

ASKED_ONE_BY_ONE = frozenset({"W_QUESTION"})
"""Codes of which each has an answer of its own."""


def by_cause(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding a cause: those of several rows that say the same, numbers aside, are one.

    The first of them stands for all, in its place; its message tells how many rows there are, and
    that its numbers are its own where others have others.
    """
    causes: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        where = finding.code, finding.table, finding.column
        is_alone = finding.row is None or finding.code in ASKED_ONE_BY_ONE
        same = finding if is_alone else _NUMBER.sub("#", finding.message)
        causes.setdefault((*where, same), []).append(finding)
    return [_cause(same) for same in causes.values()]


def _cause(same: Sequence[Finding]) -> Finding:
    first = same[0]
    rows = dict.fromkeys(finding.row for finding in same)
    if len(rows) < 2:
        return first
    count = f"{len(rows)} rows: {shortened(list(map(str, rows)), ROWS)}"
    if len({finding.message for finding in same}) > 1:
        count = f"{count}; other figures are those of row {first.row}"
    return replace(first, message=f"{first.message} ({count})", record="")


class MatcherError(Exception):
    """Base of every error that matcher raises on purpose; carries its findings."""

    exit_code: ClassVar[int] = 1

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__("\n".join(self.lines()))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Finding, ...]]]:
        """Travel between processes with the findings, not with their text."""
        return type(self), (self.findings,)

    def lines(self) -> list[str]:
        """Return the first causes, one a line, then how many more there are.

        Returns
        -------
        list[str]
            At most `MAX_LISTED` lines, and one that counts the rest.
        """
        causes = by_cause(self.findings)
        shown = [finding.line() for finding in causes[:MAX_LISTED]]
        hidden = len(causes) - len(shown)
        if hidden > 0:
            warnings = all(finding.is_warning for finding in causes)
            label, what = ("WARNING W_MORE", "warning") if warnings else ("ERROR E_MORE", "problem")
            more = f"{hidden} more {plural(hidden, what)}"
            shown.append(f"{label}: {more}, {len(causes)} in all")
        return shown


class ConfigError(MatcherError):
    """The config or the way a command was called is wrong."""

    exit_code = 2


class InputError(MatcherError):
    """The cohort's tables are wrong."""

    exit_code = 3


class InfeasibleError(MatcherError):
    """No portfolios can satisfy the forced pairs and hard rules."""

    exit_code = 4


class NoSolutionError(MatcherError):
    """The limit was reached before any solution was found."""

    exit_code = 5


class VerificationError(MatcherError):
    """The independent checker found a fault in a run."""

    exit_code = 6


class StorageError(MatcherError):
    """Something could not be read or written."""

    exit_code = 7


def unreadable(path: Path, table: str = "") -> StorageError:
    """Return the error of a file that is there and cannot be read."""
    what = f"{path.name} cannot be read"
    return StorageError(Finding("E_READ", what, "check its permissions", table))


def raise_if_any(findings: Iterable[Finding], error: type[MatcherError]) -> tuple[Finding, ...]:
    """Raise `error` with all findings that are not warnings; return the warnings otherwise."""
    found = tuple(findings)
    faults = [finding for finding in found if not finding.is_warning]
    if faults:
        raise error(faults)
    return found


OUT_OF_MEMORY = Finding(
    "E_MEMORY",
    "memory or threads ran out",
    "allow more (`ulimit -v 2097152`, 2 GB, suffices for 5,000 x 2,500; `ulimit -u` for threads); "
    "where only threads are short: --set solver.threads=1",
)
TOO_MANY_OPEN = Finding("E_WRITE", "too many files are open", "allow more: `ulimit -n 1024`")
_RAN_OUT = (
    "can't start new thread",
    "cannot allocate memory",
    "failed to map segment",
    "resource temporarily unavailable",
    "bad_alloc",
    "terminated abruptly",
)
"""What libraries say whose memory or threads ran out, whatever they raise."""


def out_of_resources(error: BaseException) -> Finding | None:
    """Return what to say where memory, threads or open files ran out, None for any other error."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return TOO_MANY_OPEN
    ran_out = isinstance(error, MemoryError)
    ran_out |= isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN)
    ran_out |= any(words in str(error).lower() for words in _RAN_OUT)
    return OUT_OF_MEMORY if ran_out else None
