"""The one next step of a programme: a sentence, a button, and the steps with where they stand.

Pages and commands ask the same function, so that nobody is told two things.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from matcher.app.decisions_made import LETTERS_DRAWN, letters_read, to_look_at
from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import view_of
from matcher.app.year_view import YearFacts, year_facts
from matcher.config import load_config
from matcher.errors import MatcherError
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.programme import ledger
from matcher.run_tables import RunFile
from matcher.send.folder import SEND_TABLE
from matcher.send.letters_now import OF_LETTERS
from matcher.text import count_of, plural, spelt


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
    asked: int = 0
    """Questions about people: whom they meant, whether two are one."""
    people: int = 0
    left_out: int = 0
    is_working: bool = False
    failed: tuple[str, ...] = ()
    is_matched: bool = False
    is_old: bool = False
    """Whether files or settings are newer than the match."""
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


def facts_of(programme: ProgrammeFolder) -> Facts:
    """Return what is known of a programme; nothing of it is changed."""
    job = programme.job
    working = job is not None and not job.done
    failed = job.problems if job is not None and job.done else ()
    if not programme.files() and programme.opened is None:
        return Facts()
    try:
        questions = programme.open_questions()
        reading = programme.reading()
    except MatcherError as error:
        return Facts(has_files=True, stops=len(error.findings), is_working=working, failed=failed)
    cohort, run = reading.cohort, programme.run()
    view = None if run is None else view_of(programme)
    said = None if run is None else ledger.approval(run)
    everybody = (
        set() if cohort is None else {*cohort.mentees["person_id"], *cohort.mentors["person_id"]}
    )
    return Facts(
        has_files=True,
        questions=questions,
        stops=0 if cohort or not programme.files() else len(reading.findings),
        asked=0 if cohort is None else sum(q.is_open and not q.is_idle for q in cohort.questions),
        people=len(everybody),
        left_out=0 if cohort is None else len({person for person, _ in cohort.set_aside}),
        is_working=working,
        failed=failed,
        is_matched=view is not None,
        is_old=run is not None and _is_older(programme, run),
        mentees=0 if view is None else len(view.mentees),
        reached=0 if view is None else sum(bool(m.mentors) for m in view.mentees),
        looks=0 if view is None else len(to_look_at(programme, view)),
        pending=0 if view is None else len(ledger.pending(view.run, view.data)),
        letters_read=0 if run is None else len(letters_read(programme, run.name)),
        letters_to_read=0
        if view is None
        else min(LETTERS_DRAWN, len(view.mentees) + len(view.mentors)),
        approved="" if said is None else said.sentence(),
        year=YearFacts() if view is None else year_facts(programme, view),
        joins=programme.joins,
        goes_on=programme.goes_on,
        sent=run is not None and said is not None and _is_sent(run, said.at),
    )


def _is_sent(run: Path, approved: str) -> bool:
    """Whether the folder to send was made after the approval."""
    table = run / "after" / SEND_TABLE
    when = datetime.fromisoformat(approved).timestamp()
    return table.is_file() and table.stat().st_mtime >= when


def _is_older(programme: ProgrammeFolder, run: Path) -> bool:
    """Whether anything that a match is made from was changed after it; letters' words are not."""
    made = (run / RunFile.SUMMARY).stat().st_mtime
    paths = [*programme.sign_ups(), programme.folder / CORRECTIONS]
    if any(path.is_file() and path.stat().st_mtime > made for path in paths):
        return True
    return programme.kept(
        "same settings", lambda: _differs(programme, run), (run.name, programme.settings.text)
    )


def _differs(programme: ProgrammeFolder, run: Path) -> bool:
    both = (load_config(run / RunFile.CONFIG), programme.config())
    one, other = (
        config.model_dump(exclude={"words": True, "text": {"method"}, "programme": {*OF_LETTERS}})
        for config in both
    )
    return one != other


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
        return NextStep(
            "files", "add the sign-up file", "Any form tool, any language.", "Add a file"
        )
    if facts.questions:
        many = facts.questions
        minutes = f"about {count_of(max(1, round(many * 0.6)), 'minute')}"
        what = f"{spelt(many)} {plural(many, 'question')}, {minutes}"
        note = "Nothing can be matched by mistake before that."
        return NextStep("questions", what, note, "Answer them")
    if facts.stops:
        what = f"{count_of(facts.stops, 'problem')} to put right"
        return NextStep("people", what, "Until then nobody can be matched.", "Look at them")
    if facts.asked and not facts.is_matched and page not in ("people", "priorities", "match"):
        what = f"{count_of(facts.asked, 'question')} about people"
        return NextStep(
            "people", what, "Until they are answered, likely people stay apart.", "Look at them"
        )
    if facts.is_working:
        return NextStep("match", "wait for the match", "You can close this page.", "Watch it")
    if facts.goes_on:
        return NextStep(f"../{facts.goes_on}", "go on where both intakes are one", "", "Go there")
    if facts.joins:
        note = f"{count_of(facts.people, 'person', 'people')} are understood. Nobody matched moves."
        return NextStep("join", "join these sign-ups to the others", note, "Join them", "join")
    if not facts.is_matched:
        what, note = (
            "work out the match",
            f"{count_of(facts.people, 'person', 'people')} are ready.",
        )
        return NextStep("match", what, note, "Work out the match", "work")
    if facts.is_old and not facts.approved:
        note = "Answers or settings have changed since the match was worked out."
        return NextStep("match", "work out the match again", note, "Work out again", "work")
    if facts.pending:
        what = f"work the match out with {count_of(facts.pending, 'decision')}"
        note = "As few people as possible get another mentor."
        return NextStep("match", what, note, "Work out again", "work")
    reached = f"{facts.reached} of {facts.mentees} mentees have a mentor."
    is_new = not facts.year.is_added  # who was matched before was looked at, and has their letter
    if is_new and facts.looks and not facts.approved and page not in ("review", "approve"):
        what = f"{count_of(facts.looks, 'mentee is', 'mentees are')} worth a look"
        return NextStep("review", what, reached, "Look at them")
    unread = is_new and facts.letters_to_read > facts.letters_read
    if unread and not facts.approved and page != "approve":
        left = facts.letters_to_read - facts.letters_read
        what = f"read {spelt(left).lower()} {plural(left, 'letter')} drawn by lot"
        return NextStep(
            "letters", what, "They are what people will see of your work.", "Read one", "read"
        )
    if not facts.approved:
        if page == "approve":
            return NextStep("approve", "approve this match", "With your name and a reason.", "")
        return NextStep("approve", "approve the match", reached, "Go to approve")
    if not facts.sent:
        note = "Nothing is sent from here: you send it."
        return NextStep("approve", "make the folder to send", note, "Make the folder", "folder")
    return _in_the_year(facts.year, page)


def _in_the_year(year: YearFacts, page: str) -> NextStep:
    """Return what is to be done once the folder to send is there."""
    if year.to_ask:
        what = "send what lies in the folder, then say so"
        return NextStep(
            "year", what, "Nothing has been sent from here.", "I have sent them", "sent"
        )
    late = year.overdue + year.passed
    if late and page != "year":
        what = f"{count_of(late, 'pair is', 'pairs are')} overdue"
        return NextStep("year?show=late", what, "Ask them, and record what they say.", "See them")
    if year.freed and year.waiting:
        what = f"offer {count_of(len(year.freed), 'free place')} to the next in line"
        return NextStep(
            "year",
            what,
            f"{count_of(year.waiting, 'mentee waits', 'mentees wait')}.",
            "See who is next",
        )
    if year.new:
        what = f"give places to {count_of(year.new, 'new mentee')}"
        return NextStep(
            "year", what, "Nobody who is matched moves.", "Give them the free places", "offer"
        )
    if year.survey:
        return NextStep(
            "survey/mid", "ask how it goes", "Pairs have met for two months.", "Make the survey"
        )
    if page == "year":
        note = "Record each as it comes, or give in a sheet of many."
        return NextStep("board", "record the replies", note, "Page for the board")
    return NextStep(
        "year", "record what became of the pairs", "As replies come in.", "Go to the year"
    )


def _mark(is_here: bool, is_done: bool) -> str:
    return "now" if is_here else "done" if is_done else ""


GROUPS = {"files": "Prepare", "match": "Match", "letters": "Send", "year": "Run"}
"""The four groups of steps, by the step that begins each."""


def steps_of(facts: Facts, page: str) -> list[StepState]:
    """Return the steps of the rail with where each stands."""
    asked = f"{facts.questions} need you" if facts.questions else ""
    looks = facts.asked + facts.stops
    matched = f"{facts.reached} of {facts.mentees} have a mentor" if facts.is_matched else ""
    rows = [
        ("files", "Files", "", facts.has_files),
        ("questions", "Questions", asked, facts.has_files and not facts.questions),
        (
            "people",
            "People",
            f"{looks} to look at" if looks else "",
            bool(facts.people) and not looks,
        ),
        ("priorities", "Priorities", "", facts.is_matched),
        ("match", "Match", matched, facts.is_matched and not facts.is_old),
    ]
    if facts.is_matched:
        look = facts.looks and not facts.approved
        looked = f"{facts.looks} worth a look" if look else ""
        rows.append(("review", "Review", looked, not facts.looks or bool(facts.approved)))
        read = f"{facts.letters_read} read" if facts.letters_read else ""
        done = facts.letters_read >= facts.letters_to_read
        rows.append(("letters", "Letters", read, done or bool(facts.approved)))
        rows.append(("approve", "Approve", facts.approved.partition(":")[0], bool(facts.approved)))
    if facts.approved:
        late = facts.year.overdue + facts.year.passed
        rows.append(("year", "Year", f"{late} overdue" if late else "", False))
        rows.append(("board", "Board", "", False))
    return [
        StepState(
            name,
            title,
            words,
            "now" if name == page else "done" if done else "",
            GROUPS.get(name, ""),
        )
        for name, title, words, done in rows
    ]
