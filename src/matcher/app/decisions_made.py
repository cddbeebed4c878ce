"""What was decided about the match in view: one line each, each with its own way back."""

from dataclasses import dataclass
from datetime import datetime

from matcher.app.desk import ProgrammeFolder
from matcher.app.history import standing_events
from matcher.app.run_view import MOST_WORTH_A_LOOK, MenteeFacts, RunView
from matcher.app.said_plainly import clock_time, refused
from matcher.catalogue.catalogue import worded
from matcher.programme import ledger
from matcher.vocabulary import Decision

LETTERS_DRAWN = 3
"""Letters, drawn by lot, that are read before anybody approves."""
LETTER_READ = "letter_read"
"""Event of the history for a letter that looked right."""
FORCING = ("lock", "assign")
"""Decisions that make a pair."""
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


def standing_decisions(view: RunView) -> list[Decided]:
    """Return the decisions that were not undone, the oldest first."""
    name = view.names.name
    found = []
    for event in ledger.log_of(view.run).decisions():
        mentee, mentor = event.get("mentee_id", ""), event.get("mentor_id", "")
        word = event["decision"]
        if word in KINDS_OF:
            whose = name(mentee) if mentee else name(mentor)
            with_ = "_with" if mentee and mentor and word in ("hold", "release", "note") else ""
            said = worded(
                f"decided.{word}{with_}", mentee=whose, mentor=name(mentor) if mentor else ""
            )
            found.append(
                Decided(
                    number=int(event["n"]),
                    mentee=mentee,
                    mentor=mentor,
                    decision=word,
                    said=said,
                    note=event.get("note", ""),
                    by=event.get("by", ""),
                    at=event["at"],
                )
            )
    return found


def against(view: RunView, mentee: str, mentor: str, word: str) -> list[Decided]:
    """Return the decisions that stand and that one more would contradict, the oldest first.

    Parameters
    ----------
    view, mentee, mentor, word
        As in :func:`decide`.
    """
    last = {
        (one.mentee, one.mentor): one for one in standing_decisions(view) if one.decision != "note"
    }
    if word == "hold" and not mentor:
        return [one for one in last.values() if one.mentee == mentee and one.decision in FORCING]
    if word not in FORCING:
        return []
    held = {(mentee, ""), ("", mentor)}
    return [one for at, one in last.items() if at in held and one.decision == "hold"]


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


def decide(
    programme: ProgrammeFolder, view: RunView, mentee: str, *, mentor: str, word: str, note: str
) -> None:
    """Write one decision into the log of the match.

    Raises
    ------
    InputError
        E_ENUM for no decision; E_NOT_FOUND for nobody of this match; E_TEXT_LENGTH;
        E_DECISION_CONFLICT where one that stands says otherwise.
    """
    if word not in KINDS_OF or (word in ("lock", "ban", "assign") and not mentor):
        raise refused("E_ENUM", "no_decision")
    view.mentee(mentee)
    if mentor and mentor not in view.mentors:
        raise refused("E_NOT_FOUND", "no_mentor")
    if against(view, mentee, mentor, word):
        raise refused("E_DECISION_CONFLICT", "otherwise")
    ledger.log_of(view.run).append(
        "decision",
        programme.now(),
        mentee_id=mentee,
        mentor_id=mentor,
        decision=str(Decision(word)),
        note=ledger.at_most(ledger.LONGEST_TEXT, note),
        by=programme.reviewer,
    )


def take_back(programme: ProgrammeFolder, view: RunView, number: int) -> None:
    """Take one decision back, however old.

    Raises
    ------
    InputError
        E_NOT_FOUND where it does not stand.
    """
    if all(one.number != number for one in standing_decisions(view)):
        raise refused("E_NOT_FOUND", "not_standing")
    log = ledger.log_of(view.run)
    log.append("undo", programme.now(), of=number, by=programme.reviewer)


def seen_now(programme: ProgrammeFolder, view: RunView) -> set[str]:
    """Return the mentees whom somebody looked at with the mentors that they have now."""
    events = standing_events(programme.settings.log, "seen")
    looked = {e["mentee"]: set(e["mentors"]) for e in events}
    return {m.key for m in view.mentees if looked.get(m.key) == {r.key for r in m.mentors}}


def to_look_at(programme: ProgrammeFolder, view: RunView) -> list[MenteeFacts]:
    """Return the mentees that want a look and have not had one, the worst first."""
    seen, about = seen_now(programme, view), {one.mentee for one in standing_decisions(view)}
    return [m for m in view.mentees if m.looks and m.key not in seen | about][:MOST_WORTH_A_LOOK]


def letters_read(programme: ProgrammeFolder, run: str) -> set[str]:
    """Return to whom letters of a match were read and looked right."""
    events = standing_events(programme.settings.log, LETTER_READ)
    return {e["person"] for e in events if e["run"] == run}
