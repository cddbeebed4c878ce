"""Lines of the history as acts: which stand, what stands on them, and what one press did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matcher.catalogue.catalogue import worded
from matcher.config.edited import KeyOf
from matcher.decisions.decisions import DecisionLog, Event
from matcher.programme.pair_record import Pair
from matcher.vocabulary import ENDED

UNDOABLE = ("settings", "correction", "words", "chosen", "record", "files")
"""Events that hold what was before."""


NO_ACTS = ("letter_opened", "outside", "kept", "anew")
"""Events that are no act by themselves: what is looked at or told, and what comes with an act."""


ALONE = ("seen", "letter_read", "joins", "goes_on", "left_free", "survey", "anew")
"""Events of which nothing but the line is left: without it, it is as before."""


@dataclass(frozen=True)
class Act:
    """One line of the history, as a page shows it."""

    number: int
    kind: str
    """Name of the event: why an act cannot be taken back is said by kind."""
    what: str
    by: str
    at: str
    is_undone: bool
    can_undo: bool
    standing_on: tuple[str, ...]
    """Later lines that changed the same things, and would have to be undone first."""
    batch: int = 0
    """The first of the lines that one press wrote; 0 for a line of its own."""
    of: int = 0
    """The line that it takes back; 0 for none."""


def who_said_no(events: Iterable[Event]) -> dict[Pair, str]:
    """Return which side of a pair said no, by the last line about it; empty where nobody told."""
    said: dict[Pair, str] = {}
    for event in events:
        said |= {(mentee, mentor): who for mentee, mentor, who in event.get("noes", ())}
        if event["event"] == "record":
            for (_, mentee, mentor), _, _ in event["keys"]:
                said[mentee, mentor] = str(event.get("who", ""))
    return said


def paths_of(event: Event) -> set[KeyOf]:
    """Return the keys that an event changed."""
    return {tuple(path) for path, _, _ in event.get("keys", ())}


def standing_events(log: DecisionLog, kind: str) -> list[Event]:
    """Return the events of a kind that were not undone."""
    events = log.events()
    undone = _undone(events)
    return [event for event in events if event["event"] == kind and event["n"] not in undone]


def acts_in(events: list[Event]) -> list[Act]:
    """Return what was done, the newest first."""
    undone = _undone(events)
    return [_act(event, events, undone) for event in reversed(events)]


def _undone(events: list[Event]) -> set[int]:
    """Return the lines that do not stand: undone, and not undone again."""
    undone: set[int] = set()
    for event in reversed(events):
        if event.get("of") and event["n"] not in undone:
            undone.add(event["of"])
    return undone


def _act(event: Event, events: list[Event], undone: set[int]) -> Act:
    number = int(event["n"])
    holds = event["event"] in UNDOABLE and bool(event.get("keys") or event.get("moved"))
    can = (holds or event["event"] in ALONE) and number not in undone
    ours = (e for e in events[number:] if e["n"] not in undone and _of(e) <= number)
    later = [other["what"] for other in ours if _stands_on(other, event)]
    return Act(
        number=number,
        kind=event["event"],
        what=event["what"],
        by=event.get("by", ""),
        at=event["at"],
        is_undone=number in undone,
        can_undo=can,
        standing_on=tuple(later),
        batch=int(event.get("batch", 0)),
        of=_of(event),
    )


def done_at_once(acts: Iterable[Act]) -> dict[int, list[Act]]:
    """Return acts that can be taken back and that one press did, by the number of the last."""
    batches: dict[int, list[Act]] = {}
    for act in acts:
        if act.can_undo and not act.standing_on:
            batches.setdefault(_press(act), []).append(act)
    return {max(act.number for act in of): of for of in batches.values()}


def _stands_on(other: Event, event: Event) -> bool:
    """Whether a later act would have to go first: it changed the same, or goes on from it.

    Who has a new pair got it in the place of one that ended; a file that came is read since; where
    a programme goes on in another, nothing of it is open any more.
    """
    if other["event"] == "goes_on" or paths_of(other) & paths_of(event):
        return True
    moved, later = (dict(one.get("moved", ())) for one in (event, other))
    came = {name for name, kept in moved.items() if not kept}
    read = {now for path, _, now in other.get("keys", ()) if path[::2] == ["tables", "file"]}
    if came & read or moved.keys() & later.keys():
        return True
    if {other["event"], event["event"]} != {"record"}:
        return False
    over = {who for (_, *pair), _, now in event["keys"] if now in ENDED for who in pair}
    return any(not over.isdisjoint(pair) for (_, *pair), before, _ in other["keys"] if not before)


def newest_act(acts: Iterable[Act]) -> list[Act]:
    """Return what one press did last and stands, the newest first; what it takes back is no act."""
    standing = [act for act in acts if not (act.of or act.is_undone or act.kind in NO_ACTS)]
    return [act for act in standing if _press(act) == _press(standing[0])]


def _press(act: Act) -> int:
    """Return by which press an act was done."""
    return act.batch or -act.number


def taken_back_worded(event: Event, events: Sequence[Event]) -> str:
    """Return in words that an act is taken back, or done again where it took one back itself."""
    first, again = event, False
    while number := _of(first):
        first, again = events[number - 1], not again
    return worded("did.again" if again else "did.undone", what=first["what"])


def _of(event: Event) -> int:
    """Return which line an act takes back, 0 for none."""
    return int(event.get("of") or 0)
