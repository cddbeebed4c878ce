"""What was decided about a run: its log, which run it led to, and where approval stands."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.decisions import decisions
from matcher.errors import Finding, InputError
from matcher.report.run_data import RunData
from matcher.run_tables import RunFile
from matcher.storage import write_file
from matcher.vocabulary import Decision

_CHANGES = ("decision", "undo")


@dataclass(frozen=True)
class Approval:
    """Who approved a run, why, and when."""

    by: str
    reason: str
    at: str

    @property
    def day(self) -> str:
        """Day on which it was given, ISO."""
        return self.at[:10]

    def sentence(self) -> str:
        """Return the approval as a report says it."""
        return f"Approved by {self.by} on {self.day}: {self.reason}"


def log_of(run: Path) -> decisions.DecisionLog:
    """Return the decision log of a run folder."""
    return decisions.DecisionLog(run / decisions.LOG_NAME)


def latest_run(run: Path) -> Path:
    """Return the run that reruns of `run` have led to: the newest that was not gone back from."""
    seen = {run}
    while True:
        following = _next_run(run)
        if following is None or following in seen or not (following / RunFile.SUMMARY).is_file():
            return run
        seen.add(following)
        run = following


def _next_run(run: Path) -> Path | None:
    """Return the run that followed `run` directly, None where none did or it was gone back from."""
    to: str | None = None
    for event in log_of(run).events():
        if event["event"] == "rerun":
            to = str(event.get("to", ""))
        elif event["event"] == "back":
            to = None
    # The log names a sibling folder only: nothing outside is ever opened.
    return run.parent / to if to and Path(to).name == to else None


def carry_decisions(old: Path, new: Path, at: str, seen: int) -> None:
    """Start the log of `new` with that of `old`, then note in `old` that `new` follows it.

    `seen` events of `old` were there when the rerun began; later ones are not in it.
    """
    source, target = log_of(old), log_of(new)
    events = [e for e in source.events() if e["event"] in _CHANGES]
    numbers: dict[int, int] = {}
    for event in events:
        if event["n"] <= seen:
            _copy(event, target, numbers)
    target.append("applied", at)
    for event in events:
        if event["n"] > seen:
            _copy(event, target, numbers)
    source.append("rerun", at, to=new.name)


def copy_decisions(old: Path, new: Path, at: str) -> None:
    """Start the log of `new`, a match that obeys the decisions about `old`, with them."""
    numbers: dict[int, int] = {}
    for event in log_of(old).events():
        if event["event"] in _CHANGES:
            _copy(event, log_of(new), numbers)
    log_of(new).append("applied", at)


def snapshot(run: Path) -> Path | None:
    """Return a copy of the log as it stands, None where nothing was decided.

    A rerun reads the copy: the log may grow, and whoever checks the rerun later needs what it read.
    """
    source = log_of(run)
    events = source.events()
    if not any(event["event"] in _CHANGES for event in events):
        return None
    path = run / f"decisions-{len(events)}.jsonl"
    if not path.exists():
        write_file(path, source.path.read_bytes())
    return path


def _copy(event: decisions.Event, target: decisions.DecisionLog, numbers: dict[int, int]) -> None:
    fields = {k: v for k, v in event.items() if k not in {"n", "event", "at"}}
    if event["event"] == "undo":
        fields["of"] = numbers[event["of"]]
    numbers[event["n"]] = target.append(event["event"], event["at"], **fields)["n"]


def approval(run: Path) -> Approval | None:
    """Return the approval that stands: none where other decisions stand than when it was given.

    So a decision ends it, and with that one taken back it holds again.
    """
    log, given = log_of(run), None
    events = log.events()
    for event in events:
        given = event if event["event"] == "approve" else given
    if given is None or _said(log.decisions()) != _said(log.decisions(events[: given["n"]])):
        return None
    return Approval(str(given["by"]), str(given["reason"]), str(given["at"]))


def _said(events: list[decisions.Event]) -> list[tuple[str, ...]]:
    """Return what decisions say, whenever they were taken: what stood before may be said again."""
    cells = ("mentee_id", "mentor_id", "decision", "note", decisions.IN_PLACE_OF)
    return sorted(tuple(str(event.get(cell, "")) for cell in cells) for event in events)


def standing(run: Path) -> pd.DataFrame:
    """Return the last word about each pair or person."""
    if not log_of(run).path.exists():
        return decisions.decision_table()
    return decisions.current_decisions(decisions.read_decisions(run))


def pending(run: Path, data: RunData) -> list[decisions.Event]:
    """Return the standing decisions that this run does not follow yet, and undos after it ran."""
    events = log_of(run).events()
    applied = max((e["n"] for e in events if e["event"] == "applied"), default=0)
    undone = {
        e["of"]: e
        for e in events  # what another decision took the place of is told with that one
        if e["event"] == "undo" and e["n"] > applied and not e.get("instead")
    }
    late = [undone[number] for number in sorted(undone) if number <= applied]
    decided = (e for e in log_of(run).decisions() if e["decision"] != Decision.NOTE)
    newest = {(e["mentee_id"], e["mentor_id"]): e for e in decided}
    return [*late, *(e for e in newest.values() if not _followed(e, data.matched, applied))]


def _followed(event: decisions.Event, matched: frozenset[tuple[str, str]], applied: int) -> bool:
    pair = (event["mentee_id"], event["mentor_id"])
    if int(event["n"]) <= applied or event["decision"] == Decision.RELEASE:
        return int(event["n"]) <= applied
    if event["decision"] in (Decision.LOCK, Decision.ASSIGN):
        parted = {(pair[0], mentor) for mentor in event.get(decisions.IN_PLACE_OF) or ()}
        return pair in matched and parted.isdisjoint(matched)
    if all(pair):
        return pair not in matched
    return not any(pair[0] in (m, "") and pair[1] in (r, "") for m, r in matched)


LONGEST_TEXT, LONGEST_NAME = 2_000, 200
"""Characters of a note or reason, and of a name, that the log takes."""


def approve(run: Path, data: RunData, by: str, reason: str, at: str) -> None:
    """Write who approves a run and why, and when.

    Raises
    ------
    InputError
        E_APPROVAL where a name or a reason is missing, or decisions are not in this run yet;
        E_TEXT_LENGTH.
    StorageError
        E_WRITE.
    """
    if not by.strip() or not reason.strip():
        raise _refused("E_APPROVAL", "an approval needs a name and a reason", "fill in both")
    if pending(run, data):
        raise _refused("E_APPROVAL", "decisions are not in this run yet", "rerun first")
    log_of(run).append(
        "approve",
        at,
        by=at_most(LONGEST_NAME, by),
        reason=at_most(LONGEST_TEXT, reason),
        run=run.name,
        overrides=len(standing(run)),
    )


def at_most(longest: int, text: str) -> str:
    """Return a text without the space around it; one that is too long is refused, never cut."""
    plain = text.strip()
    if len(plain) > longest:
        what = f"the text has {len(plain):,} characters and at most {longest:,} fit"
        raise _refused("E_TEXT_LENGTH", what, "shorten it; nothing was saved")
    return plain


def _refused(code: str, what: str, remedy: str) -> InputError:
    return InputError(Finding(code, what, remedy))
