"""What was decided about the match in view: one line each, each with its own way back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from matcher.app.acts import standing_events
from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import MOST_WORTH_A_LOOK, MenteeFacts, RunView
from matcher.app.said_plainly import clock_time, refused
from matcher.catalogue.catalogue import worded
from matcher.decisions.decisions import IN_PLACE_OF, Event
from matcher.plans.plan_words import listing
from matcher.programme import ledger
from matcher.vocabulary import Decision

LETTERS_DRAWN = 3
"""Letters, drawn by lot, that are read before anybody approves."""
LETTER_READ, LETTER_OPENED = "letter_read", "letter_opened"
"""Events of the history for a letter that looked right, and for one that was opened."""
KINDS_OF = ("lock", "ban", "assign", "hold", "release", "note")
"""Decisions, by their name in the log: sentences of the catalogue."""


@dataclass(frozen=True)
class Decided:
    """One decision that stands."""

    number: int
    mentee: str
    mentor: str
    decision: str
    said: str
    note: str
    by: str
    at: str
    instead: tuple[str, ...] = ()
    """What stood before, and was taken back by it."""
    undone: tuple[str, str] = ("", "")
    """When it was taken back, and by whom; empty where it stands."""


def standing_decisions(view: RunView) -> list[Decided]:
    """Return the decisions that were not undone, the oldest first."""
    events = ledger.log_of(view.run).decisions()
    return [_told(view, event) for event in events if event["decision"] in KINDS_OF]


def not_followed(view: RunView) -> list[Decided]:
    """Return the decisions that stand and are not in the match yet."""
    numbers = {event["n"] for event in ledger.pending(view.run, view.data)}
    return [one for one in standing_decisions(view) if one.number in numbers]


def every_decision(view: RunView) -> list[Decided]:
    """Return all decisions about a match, those that were taken back too, the oldest first."""
    events = ledger.log_of(view.run).events()
    back = {e["of"]: (str(e["at"]), str(e.get("by", ""))) for e in events if e["event"] == "undo"}
    made = (e for e in events if e["event"] == "decision" and e["decision"] in KINDS_OF)
    return [replace(_told(view, e), undone=back.get(e["n"], ("", ""))) for e in made]


def decided_since(view: RunView, seen: int) -> str:
    """Return what was decided or taken back last about a match, empty for nothing since `seen`."""
    log = ledger.log_of(view.run).events()
    last = next((e for e in reversed(log[seen:]) if e["event"] in ("decision", "undo")), None)
    if last is None:
        return ""
    about = last if last["event"] == "decision" else log[last["of"] - 1]
    said = _told(view, about).said
    return said if about is last else worded("did.undone", what=said)


def _told(view: RunView, event: Mapping[str, Any]) -> Decided:
    """Return a decision of the log in words."""
    mentee, mentor, word = (event.get(k, "") for k in ("mentee_id", "mentor_id", "decision"))
    name = view.names.name
    with_ = "_with" if mentee and mentor and word in ("hold", "release", "note") else ""
    parted = event.get(IN_PLACE_OF) or ()
    said = worded(
        f"decided.{word}{'_instead' if parted else with_}",
        mentee=name(mentee or mentor),
        mentor=name(mentor) if mentor else "",
        before=listing(sorted(map(name, parted))),
    )
    before = (_told(view, one).said for one in event.get("instead") or ())
    return Decided(
        number=int(event.get("n", 0)),
        mentee=mentee,
        mentor=mentor,
        decision=word,
        said=said,
        note=event.get("note", ""),
        by=event.get("by", ""),
        at=event["at"],
        instead=tuple(one for one in before if one != said),
    )


def decision_of(mentee: str, mentor: str, word: str, instead: str = "") -> Event:
    """Return a decision as the log holds it; `instead` is the mentor whose place another takes."""
    new: Event = {"mentee_id": mentee, "mentor_id": mentor, "decision": word}
    return {**new, IN_PLACE_OF: [instead]} if instead else new


def taking_place(events: Iterable[Event], new: Event) -> tuple[Event, list[Event]]:
    """Return a decision as it would stand, and the standing ones whose place it takes.

    Of one pair the last word counts; who is held back can neither be kept nor chosen. Whom a mentor
    was chosen instead of stays away where that one is kept, or another is chosen for them.

    Parameters
    ----------
    events
        What stands: `DecisionLog.decisions`.
    new
        What is decided now: `decision_of`.
    """
    if new["decision"] == Decision.NOTE:
        return new, []
    before = [e for e in events if e["decision"] != Decision.NOTE and _is_against(e, new)]
    parted = {one for event in (*before, new) for one in event.get(IN_PLACE_OF) or ()}
    parted -= {new["mentor_id"]}
    stays = parted and new["decision"] in (Decision.LOCK, Decision.ASSIGN)
    return {**new, IN_PLACE_OF: sorted(parted)} if stays else new, before


def would_go(view: RunView, new: Event) -> list[Decided]:
    """Return the standing decisions whose place a new one would take."""
    new, before = taking_place(ledger.log_of(view.run).decisions(), new)
    return [_told(view, event) for event in before if not _is_same(event, new)]


def _is_same(one: Event, other: Event) -> bool:
    return _pairs(one) == _pairs(other) and one["decision"] == other["decision"]


def _pairs(event: Event) -> tuple[tuple[str, str], set[tuple[str, str]]]:
    """Return whom a decision is about, and the pairs that an exchange parts."""
    mentee = event.get("mentee_id") or ""
    parted = {(mentee, mentor) for mentor in event.get(IN_PLACE_OF) or ()}
    return (mentee, event.get("mentor_id") or ""), parted


def _is_against(one: Event, other: Event) -> bool:
    (whose, ours), (theirs, parted) = _pairs(one), _pairs(other)
    if whose == theirs or ours & parted:
        return True
    forces = [e["decision"] in (Decision.LOCK, Decision.ASSIGN) for e in (one, other)]
    sides = (one, whose), (other, theirs)
    held = [e["decision"] == Decision.HOLD and not all(pair) for e, pair in sides]
    if all(forces) and (whose in parted or theirs in ours):
        return True
    alone = whose if held[0] else theirs
    both = theirs if held[0] else whose
    return any(held) and any(forces) and any(p and p == q for p, q in zip(alone, both, strict=True))


def knows_of(view: RunView) -> str:
    """Return what a page that is drawn now knows: the match, and how much was decided about it."""
    return f"{view.run.name} {len(ledger.log_of(view.run).events())}"


def said_elsewhere(view: RunView, mentee: str, knows: str) -> list[str]:
    """Return what was decided about a mentee since a page was drawn, in sentences.

    Parameters
    ----------
    view, mentee
        The match in view, and of whom the page is.
    knows
        As :func:`knows_of` said when it was drawn.
    """
    run, _, count = knows.rpartition(" ")
    if run != view.run.name:
        return [worded("mentee.other_match")]
    since = int(count) if count.isdigit() else 0
    return [
        worded("mentee.elsewhere", what=one.said, at=clock_time(datetime.fromisoformat(one.at)))
        for one in standing_decisions(view)
        if one.number > since and one.mentee == mentee
    ]


def decide(programme: ProgrammeFolder, view: RunView, new: Event, note: str = "") -> None:
    """Write one decision, as `decision_of` returns it, into the log of the match.

    Raises
    ------
    InputError
        E_ENUM for no decision; E_NOT_FOUND for nobody of this match; E_TEXT_LENGTH.
    """
    word, mentor = new["decision"], new["mentor_id"]
    if word not in KINDS_OF or (word in ("lock", "ban", "assign") and not mentor):
        raise refused("E_ENUM", "no_decision")
    view.mentee(new["mentee_id"])
    if {mentor, *new.get(IN_PLACE_OF, ())} - {"", *view.mentors}:
        raise refused("E_NOT_FOUND", "no_mentor")
    text, by = ledger.at_most(ledger.LONGEST_TEXT, note), programme.reviewer
    log = ledger.log_of(view.run)
    new, before = taking_place(log.decisions(), new)
    if not text and any(_is_same(event, new) for event in before):
        return  # it stands already
    told = list(map(_kept, before))
    log.append("decision", programme.now(), **new, note=text, by=by, instead=told)
    for event in before:
        log.append("undo", programme.now(), of=event["n"], by=by, instead=True)


_KEPT = ("mentee_id", "mentor_id", "decision", "note", "by", "at", IN_PLACE_OF)
"""What is kept of a decision in the one that takes its place."""
MOST_BEFORE = 9
"""Decisions that took one another's place that can be taken back one by one."""


def _kept(event: Mapping[str, Any], depth: int = MOST_BEFORE) -> Event:
    """Return what is kept of a decision, with what it had taken the place of itself."""
    before = event.get("instead") or () if depth else ()
    told: Event = {key: event.get(key, "") for key in _KEPT}
    return told | {"instead": [_kept(one, depth - 1) for one in before]}


def take_back(programme: ProgrammeFolder, view: RunView, number: int) -> str:
    """Take one decision back, however old, and say so; what stood before it stands again.

    Raises
    ------
    InputError
        E_NOT_FOUND where it does not stand.
    """
    log = ledger.log_of(view.run)
    event = next((e for e in log.decisions() if e["n"] == number), None)
    if event is None:
        raise refused("E_NOT_FOUND", "not_standing")
    for before in event.get("instead", ()):
        log.append("decision", **before)
    log.append("undo", programme.now(), of=number, by=programme.reviewer)
    return worded("did.undone", what=_told(view, event).said)


def seen_now(programme: ProgrammeFolder, view: RunView) -> set[str]:
    """Return the mentees whom somebody looked at with the mentors that they have now."""
    events = standing_events(programme.settings.log, "seen")
    pressed = (e.get("each") or [(e["mentee"], e["mentors"])] for e in events)  # one or several
    looked = {who: set(mentors) for each in pressed for who, mentors in each}
    return {m.key for m in view.mentees if looked.get(m.key) == {r.key for r in m.mentors}}


def to_look_at(programme: ProgrammeFolder, view: RunView) -> list[MenteeFacts]:
    """Return the mentees that want a look and have not had one, the worst first."""
    seen, about = seen_now(programme, view), {one.mentee for one in standing_decisions(view)}
    return [m for m in view.mentees if m.looks and m.key not in seen | about][:MOST_WORTH_A_LOOK]


def letters_read(programme: ProgrammeFolder, run: str, *kinds: str) -> set[str]:
    """Return to whom letters of a match were read and looked right, or what `kinds` say else."""
    log = programme.settings.log
    events = (e for kind in kinds or (LETTER_READ,) for e in standing_events(log, kind))
    return {e["person"] for e in events if e["run"] == run}


def letters_opened(programme: ProgrammeFolder, run: str) -> set[str]:
    """Return to whom letters of a match were opened, whatever was said of them."""
    return letters_read(programme, run, LETTER_READ, LETTER_OPENED)
