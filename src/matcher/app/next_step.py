"""The one next step of a programme: a sentence, a button, and the steps with where they stand.

Pages and commands ask the same function, so that nobody is told two things.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from matcher.app.decisions_made import LETTERS_DRAWN, letters_read, to_look_at
from matcher.app.desk import ProgrammeFolder
from matcher.app.kept_apart import OpenCards, open_cards
from matcher.app.run_view import view_of
from matcher.app.said_plainly import short_day
from matcher.app.since_matched import is_older
from matcher.app.year_view import YearFacts, year_facts
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding, MatcherError
from matcher.intake.corrections import LEFT_OUT
from matcher.programme import ledger
from matcher.send.folder import SEND_TABLE


@dataclass(frozen=True)
class NextStep:
    """What to do now."""

    page: str
    """Page of the programme on which it is done."""
    sentence: str
    note: str
    button: str
    verb: str = ""
    """What the button posts to the page; empty: it only leads there."""


@dataclass(frozen=True)
class StepState:
    """One step in the rail."""

    page: str
    title: str
    words: str
    """Where it stands, in words; empty for nothing to say."""
    mark: str
    """`done`, `now` or empty."""
    group: str = ""
    """Title of the group that begins with it."""


@dataclass(frozen=True)
class Facts:
    """What the next step follows from."""

    has_files: bool = False
    questions: int = 0
    stops: int = 0
    """Problems that keep everybody from being read."""
    cards: OpenCards = field(default_factory=OpenCards)
    """Questions about people: whom they meant, whether two are one."""
    people: int = 0
    left_out: int = 0
    unread: int = 0
    """Of these, people an answer of whom cannot be read."""
    lacks: str = ""
    """The role that nobody is read in: `mentees`, `mentors` or nothing."""
    is_working: bool = False
    failed: tuple[Finding, ...] = ()
    is_matched: bool = False
    is_old: bool = False
    """Whether files or settings are newer than the match."""
    broken: int = 0
    """Pairs of the match that they do not allow any more."""
    mentees: int = 0
    reached: int = 0
    looks: int = 0
    """Mentees that want a look."""
    pending: int = 0
    """Decisions that are not in the match yet."""
    letters_read: int = 0
    """Letters that somebody read and found right."""
    letters_to_read: int = 0
    """Letters that are to be read before the match is approved."""
    approved: str = ""
    """Who approved the match and when; empty for nobody."""
    sent: bool = False
    """Whether the folder to send is made for good."""
    year: YearFacts = field(default_factory=YearFacts)
    joins: str = ""
    """What the programme is called that these sign-ups are joined to."""
    goes_on: str = ""
    """The programme in which this one goes on, by key."""
    goes_on_in: str = ""
    """What that one is called."""


def facts_of(programme: ProgrammeFolder) -> Facts:
    """Return what is known of a programme; nothing of it is changed."""
    job = programme.job
    working = job is not None and not job.done
    failed = programme.failed()
    if not programme.files() and programme.opened is None:
        return Facts()
    try:
        questions = programme.open_questions()
        reading = programme.reading()
    except MatcherError as error:
        return Facts(has_files=True, stops=len(error.findings), is_working=working, failed=failed)
    cohort, run = reading.cohort, programme.run()
    facts = Facts(
        has_files=True,
        questions=questions,
        stops=0 if cohort or questions or not programme.files() else len(reading.findings),
        is_working=working,
        failed=failed,
        joins=programme.joins,
        goes_on=programme.goes_on,
        goes_on_in=programme.goes_on_in,
    )
    if cohort is not None:
        facts = replace(
            facts,
            cards=open_cards(programme, cohort),
            unread=len(_unread(cohort)),
            lacks=_lacking(cohort),
            people=len({*cohort.mentees["person_id"], *cohort.mentors["person_id"]}),
            left_out=len({person for person, _ in cohort.set_aside}),
        )
    return facts if run is None else _with_match(programme, facts, run)


def _with_match(programme: ProgrammeFolder, facts: Facts, run: Path) -> Facts:
    """Return what is known of a programme and of its match."""
    view, said = view_of(programme), ledger.approval(run)
    by_whom = {} if said is None else {"by": said.by, "day": short_day(said.day)}
    return replace(
        facts,
        is_matched=True,
        is_old=is_older(programme, run),
        broken=len(view.broken),
        mentees=len(view.mentees),
        reached=sum(bool(m.mentors) for m in view.mentees),
        looks=len(to_look_at(programme, view)),
        pending=len(ledger.pending(view.run, view.data)),
        letters_read=len(letters_read(programme, run.name)),
        letters_to_read=min(LETTERS_DRAWN, len(view.mentees) + len(view.mentors)),
        approved=worded("steps.approved", **by_whom) if by_whom else "",
        year=year_facts(programme, view),
        sent=said is not None and _is_sent(run, said.at),
    )


def _unread(cohort: Cohort) -> set[str]:
    by_people = ("consent", LEFT_OUT)
    return {person for person, fault in cohort.set_aside if fault.column not in by_people}


def _lacking(cohort: Cohort) -> str:
    sides = {"mentees": cohort.mentees, "mentors": cohort.mentors}
    return next((side for side, frame in sides.items() if not len(frame)), "")


def _is_sent(run: Path, approved: str) -> bool:
    """Whether the folder to send was made after the approval."""
    table = run / "after" / SEND_TABLE
    when = datetime.fromisoformat(approved).timestamp()
    return table.is_file() and table.stat().st_mtime >= when


AFTER_LOOKING = ("review", "letters", "approve")
"""Pages on which nobody is sent back to look at people once more."""


def next_step(facts: Facts, page: str = "") -> NextStep:
    """Return the first thing that is not done, seen from a page.

    Parameters
    ----------
    facts
        What is known of the programme.
    page
        The page that asks: what only wants a look is not asked for where it is being looked at.
    """
    if not facts.has_files:
        return _step("files", "add_file")
    if facts.questions:
        minutes = worded("next.minutes", max(1, round(facts.questions * 0.6)))
        return _step("questions", "questions", facts.questions, minutes=minutes)
    if facts.stops:
        return _step("people", "stops", facts.stops)
    if facts.lacks:
        return _step("people", f"no_{facts.lacks}", note=facts.unread)
    if not facts.is_matched and not facts.is_working and page not in ("priorities", "match"):
        if facts.unread and page != "people":
            return _step("people", "unread", facts.unread)
        if facts.cards.all:
            at, key = ("priorities", "open") if page == "people" else ("people", "asked")
            said = worded(f"next.{key}", facts.cards.all)
            return NextStep(at, said, _until_said(facts.cards), worded(f"next.{key}_button"))
    if facts.is_working:
        return _step("match", "working")
    if facts.goes_on:
        return _step(f"../{facts.goes_on}", "goes_on", name=facts.goes_on_in)
    if facts.joins:
        return _step("join", "join", verb="join", note=facts.people)
    if not facts.is_matched and page not in ("priorities", "match"):
        return _step("priorities", "priorities", note=facts.people)
    if not facts.is_matched:
        step = _step("match", "work", verb="work", note=facts.people)
        unsafe = replace(facts.cards, apart=0)
        return replace(step, note=f"{step.note} {_until_said(unsafe)}".strip())
    if facts.is_old and (not facts.approved or (facts.broken and not facts.sent)):
        return _step("match", "again", verb="work")
    if facts.failed and facts.pending and page == "match":
        return _step("history", "in_the_way")
    if facts.pending:
        return _step("match", "pending", facts.pending, verb="work")
    of: dict[str, Any] = {"reached": facts.reached, "all": facts.mentees}
    is_new = not facts.year.is_added  # who was matched before was looked at, and has their letter
    if is_new and facts.looks and not facts.approved and page not in AFTER_LOOKING:
        return _step("review", "looks", facts.looks, **of)
    unread = is_new and facts.letters_to_read > facts.letters_read
    if unread and not facts.approved and page != "approve":
        return _step("letters", "letters", facts.letters_to_read - facts.letters_read, verb="read")
    if not facts.approved:
        return _step("approve", "sign" if page == "approve" else "approve", **of)
    if not facts.sent:
        return _step("approve", "folder", verb="folder")
    return _in_the_year(facts.year, page)


def _step(
    page: str,
    key: str,
    n: int | None = None,
    *,
    verb: str = "",
    note: int | None = None,
    **of: object,
) -> NextStep:
    """Return a step in the words of the catalogue; `note` counts what its note is about."""
    said = worded(f"next.{key}", n, **of)
    return NextStep(
        page, said, worded(f"next.{key}_note", note, **of), worded(f"next.{key}_button", **of), verb
    )


def _until_said(cards: OpenCards) -> str:
    """Return who is kept apart, and who is not, until questions about people are answered."""
    told = [worded("next.unsafe_note", cards.unsafe)] if cards.unsafe else []
    told += [worded("next.apart_note", cards.apart)] if cards.apart else []
    return " ".join(told)


def _in_the_year(year: YearFacts, page: str) -> NextStep:
    """Return what is to be done once the folder to send is there."""
    if year.to_ask and not year.against:
        return _step("year", "sent", verb="sent")
    for key, pairs in (("against", year.against), ("one_left", year.one_left)):
        if pairs:
            mentee, mentor = map(quote, pairs[0])
            return _step(f"year?mentee={mentee}&mentor={mentor}", key, len(pairs))
    if year.second:
        return _step("approve", "second", year.second, verb="folder")
    if year.agreed:
        return _step("approve", "agreed", year.agreed, verb="folder")
    if year.late and page != "year":
        return _step("year?show=late", "late", year.late)
    if year.unsaid:
        mentee, mentor = map(quote, year.unsaid[0])
        return _step(f"year?mentee={mentee}&mentor={mentor}", "unsaid", len(year.unsaid))
    if year.freed and year.waiting:
        return _step("year", "freed", year.places or len(year.freed), note=year.waiting)
    if year.new:
        return _step("year", "new", year.new, verb="offer")
    if year.survey:
        return _step("survey/mid", "survey")
    if page == "year":
        return _step("board", "replies")
    return _step("year", "record_then" if page == "approve" else "record")


STEP_GROUPS = ("files", "match", "letters", "year")
"""The steps with which the four groups begin."""


def steps_of(facts: Facts, page: str) -> list[StepState]:
    """Return the steps of the rail with where each stands."""
    looks = facts.cards.all + facts.stops
    reached = worded("steps.have_mentor", reached=facts.reached, all=facts.mentees)
    is_current = facts.is_matched and not facts.is_old and not facts.pending
    rows = [
        ("files", "", facts.has_files),
        ("questions", _state("need_you", facts.questions), facts.has_files and not facts.questions),
        ("people", _state("to_look_at", looks), bool(facts.people) and not looks),
        ("priorities", "", facts.is_matched),
        ("match", reached if facts.is_matched else "", is_current),
    ]
    if facts.is_matched:
        is_added = facts.year.is_added  # everybody else was looked at, and has their letter
        looked = "" if is_added else _state("worth_a_look", facts.looks)
        rows.append(("review", looked, is_added or not facts.looks))
        read = _state("read", facts.letters_read)
        rows.append(("letters", read, is_added or facts.letters_read >= facts.letters_to_read))
        rows.append(("approve", facts.approved, bool(facts.approved)))
    if facts.approved or facts.year.is_added:
        late = facts.year.late + len(facts.year.against) + len(facts.year.one_left)
        rows += [("year", _state("to_settle", late), False), ("board", "", False)]
    return [
        StepState(
            name,
            worded(f"steps.{name}"),
            words,
            "now" if name == page else "done" if done else "",
            worded(f"steps.begin_{name}") if name in STEP_GROUPS else "",
        )
        for name, words, done in rows
    ]


def _state(key: str, n: int) -> str:
    """Return where a step stands, empty where there is nothing to say."""
    return worded(f"steps.{key}", n) if n else ""
