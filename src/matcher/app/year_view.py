"""The year as its page shows it: where each pair stands, who waits, and what is to be done."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from matcher.app.acts import standing_events, who_said_no
from matcher.app.decisions_made import standing_decisions
from matcher.app.desk import JOINED, ProgrammeFolder
from matcher.app.run_view import RunView, view_of
from matcher.app.said_plainly import short_day
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.programme import ledger, standing
from matcher.programme.pair_record import ASKED_FIRST, YES_OF, Pair, standing_pairs
from matcher.programme.pair_survey import GOING_ON, WAVES, responses
from matcher.programme.reply_words import KEEPS_OTHERS, code_in
from matcher.programme.standing import DayReport, PairState, standing_on
from matcher.publish.after_run import read_after
from matcher.publish.published_run import read_manifest
from matcher.run_tables import AFTER
from matcher.send.folder import SEND_TABLE, post_of
from matcher.send.pairs import LetterState
from matcher.send.recipients import Post
from matcher.send.sent_runs import NEWS
from matcher.text import fold
from matcher.vocabulary import ENDED, HALF_ACCEPTED, Decision, Status

LEFT_FREE = "left_free"
"""Event of the history for places that nobody is given for now."""
SURVEY_AFTER = timedelta(days=60)
"""How long a pair has gone on when it is first asked how it goes."""
_ASKED = (Status.SENT, *HALF_ACCEPTED)
_BEFORE_YES = (*(Status.ACCEPTED, *HALF_ACCEPTED), Status.ACTIVE)
NOES = {
    "no_mentee": ("mentee", Status.DECLINED),
    "no_mentee_now": ("mentee", Status.WITHDREW_MENTEE),
    "no_mentor": ("mentor", Status.DECLINED),
    KEEPS_OTHERS: ("mentor", Status.WITHDREW_MENTOR),
    "no_mentor_now": ("mentor", Status.WITHDREW_MENTOR),
}
"""Ways to say no: who, and what is recorded. Who has no time now is offered to nobody else, nor who
keeps the others, but those stay."""
_AFTER_YES = (
    *(Status.ACTIVE, Status.COMPLETED, Status.PAUSED, Status.MISMATCH),
    *(Status.WITHDREW_MENTEE, Status.WITHDREW_MENTOR, Status.NO_SHOW),
)


@dataclass(frozen=True)
class RecordedPair:
    """One pair in the table."""

    mentee: str
    mentor: str
    names: tuple[str, str]
    status: Status
    since: str
    next: str
    """The next date and what it is for."""
    is_late: bool
    asks_first: Status | None = None
    """What a yes means while one side alone is asked; None where both are."""
    is_overdue: bool = False
    """Whether a day has passed by which something should be known of it."""
    is_unsaid: bool = False
    """Whether one of the two said no, and nobody told who."""
    no: str = ""
    """Which of `NOES` was recorded, if one was."""
    reason: str = ""
    """Why, as somebody wrote it."""

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        is_own = self.no and self.status is not Status.DECLINED
        return worded(f"noes.{self.no}" if is_own else f"states.{self.status}")

    @property
    def may_become(self) -> list[tuple[str, str]]:
        """What can be recorded of it next: status and words."""
        asked = self.status in (Status.PROPOSED, *_ASKED)
        first = (Status.SENT,) if self.status is Status.PROPOSED else ()
        further = (*first, *_BEFORE_YES) if asked else _AFTER_YES
        if self.asks_first and self.status in (Status.PROPOSED, Status.SENT):
            further = (*first, self.asks_first, Status.ACTIVE)
        if self.status in ENDED:
            further = (Status.SENT, Status.ACTIVE)
        states = [(str(one), worded(f"states.{one}")) for one in further if one is not self.status]
        return [*states, *self.noes] if asked else [*self.noes, *states]

    @property
    def noes(self) -> list[tuple[str, str]]:
        """What can be recorded where somebody says no: who it was decides about the place."""
        can = (Status.PROPOSED, *_ASKED, *((Status.DECLINED,) if self.is_unsaid else ()))
        return [(key, worded(f"noes.{key}")) for key in NOES if self.status in can]


@dataclass(frozen=True)
class WaitingRow:
    """One mentee who waits."""

    name: str
    days: int | None
    why: str


@dataclass(frozen=True)
class YearFacts:
    """What the next step of the year follows from."""

    is_added: bool = False
    """Whether the match in view only gave free places."""
    to_ask: int = 0
    """Pairs that are approved, and of which nothing is recorded."""
    against: tuple[Pair, ...] = ()
    """Pairs that must not meet by what was said since they were matched."""
    one_left: tuple[Pair, ...] = ()
    """Pairs that stand although one of the two has left by another pair."""
    late: int = 0
    """Other pairs of which something should be known by now, or is said and not recorded."""
    places: int = 0
    """Places that came free of mentors who have time for somebody else."""
    freed: tuple[Pair, ...] = ()
    """Pairs of the match that ended, whose places nobody has said anything about."""
    unsaid: tuple[Pair, ...] = ()
    """Of these, pairs of which nobody told who said no: the mentor may have no time at all."""
    waiting: int = 0
    new: int = 0
    """Mentees who came since the match was made."""
    second: int = 0
    """Pairs of which one said yes, and the other has no letter yet."""
    agreed: int = 0
    """Pairs of which both said yes, and one of the two has no letter that says so."""
    survey: str = ""
    """Survey that is due: `mid` or nothing."""


def today_of(programme: ProgrammeFolder) -> date:
    """Return the day it is."""
    return date.fromisoformat(programme.now()[:10])


def day_report(programme: ProgrammeFolder, view: RunView) -> DayReport | None:
    """Return where the pairs of this year stand today; None where nobody can be read.

    Pairs of earlier years, which were over before anything was recorded here, are not among them.
    """
    cohort, today = programme.reading().cohort, today_of(programme)
    if cohort is None:
        return None
    config = programme.settings.config()

    def made() -> DayReport:
        report, known = standing_on(cohort, config, view.run, today), cohort.engagements
        ours = {pair for pair, row in standing_pairs(known).items() if row["recorded_at"]}
        ours |= {*view.data.matched}
        here = (one for one in report.pairs if one.status not in ENDED or one.pair in ours)
        return replace(report, pairs=tuple(here))

    return programme.kept("day", made, state_of(programme, view.run))


def state_of(programme: ProgrammeFolder, run: Path) -> tuple[Hashable, ...]:
    """Return what everything about the year of a match hangs on."""
    own = programme.settings.text, programme.said()
    return run.name, ledger.approval(run), today_of(programme), *own


def post_now(programme: ProgrammeFolder) -> Post:
    """Return all letters of the match in view as they read now."""
    run = view_of(programme).run
    cohort, today = programme.cohort_of_match(), today_of(programme)
    made = partial(post_of, run, cohort, today)
    return programme.kept("post", made, state_of(programme, run))


def year_facts(programme: ProgrammeFolder, view: RunView) -> YearFacts:
    """Return what is to be done in the year, worked out once for what is known."""
    log = programme.settings.log.path
    size = log.stat().st_size if log.is_file() else 0
    state = (*state_of(programme, view.run), size, _sent_at(view))
    return programme.kept("year facts", lambda: _year_facts(programme, view), state)


def _sent_at(view: RunView) -> float:
    """Return when the folder to send was made, 0 for never."""
    table = view.run / AFTER / SEND_TABLE
    return table.stat().st_mtime if table.is_file() else 0.0


def _year_facts(programme: ProgrammeFolder, view: RunView) -> YearFacts:
    report, cohort = day_report(programme, view), programme.reading().cohort
    if report is None or cohort is None:
        return YearFacts()
    known = set(view.data["portfolios"]["mentee_id"])
    freed, unsaid = tuple(_freed(programme, view, report)), unsaid_of(programme, report)
    to_tell = _to_tell(programme, view)
    return YearFacts(
        is_added=bool(read_manifest(view.run).get("options", {}).get("add")),
        to_ask=len(report.to_do(standing.APPROVED)),
        against=tuple(one.pair for one in report.to_do(standing.AGAINST)),
        one_left=tuple(one.pair for one in report.to_do(standing.ONE_LEFT)),
        late=sum(len(report.to_do(what)) for what in (*_PASSED, standing.SAID_OVER)),
        places=sum(
            one.pair in freed and one.status != Status.WITHDREW_MENTOR for one in report.pairs
        ),
        freed=freed,
        unsaid=tuple(pair for pair in freed if pair in unsaid),
        waiting=len(report.waiting),
        new=sum(person not in known for person in cohort.mentee_index.ids),
        second=len(to_tell.get(LetterState.NEW, ())),
        agreed=len(to_tell.get(LetterState.AGREED, ())),
        survey="mid" if is_survey_due(report) and not _answered(programme) else "",
    )


def _to_tell(programme: ProgrammeFolder, view: RunView) -> dict[LetterState, set[Pair]]:
    """Return the pairs that are to hear what the folder to send, where one was made, does not tell.

    Who is asked second hears of it once the first said yes, and both once both did.
    """
    found: dict[LetterState, set[Pair]] = {}
    if _sent_at(view) and programme.cohort_of_match() is not None:
        for mentee, mentor, state in post_now(programme).due(read_after(view.run).get(NEWS, ())):
            found.setdefault(state, set()).add((mentee, mentor))
    return found


def _freed(programme: ProgrammeFolder, view: RunView, report: DayReport) -> Iterator[Pair]:
    """Yield the pairs of a match that ended and whose places are still to be thought about."""
    log = programme.settings.log
    left = {
        tuple(pair)
        for event in (*standing_events(log, LEFT_FREE), *standing_events(log, JOINED))
        for pair in event.get("pairs", ())
    }
    open_still = view.data.matched - left
    for one in report.pairs:
        if one.status in {*ENDED} - {Status.COMPLETED} and one.pair in open_still:
            yield one.pair


def unsaid_of(programme: ProgrammeFolder, report: DayReport) -> set[Pair]:
    """Return the pairs of which one said no, and nobody told which."""
    said = who_said_no(programme.settings.log.events())
    declined = (one for one in report.pairs if one.status == Status.DECLINED)
    unsaid = (one for one in declined if code_in(one.reason) not in NOES)
    return {one.pair for one in unsaid if not said.get(one.pair)}


def is_survey_due(report: DayReport) -> bool:
    """Whether half of the pairs that are not over have met for as long as a survey waits."""
    there = [pair for pair in report.pairs if pair.status not in ENDED]
    met = [pair.since for pair in there if pair.status in GOING_ON and pair.since]
    long = [day for day in met if date.fromisoformat(day) + SURVEY_AFTER <= report.today]
    return bool(long) and 2 * len(long) >= len(there)


def _answered(programme: ProgrammeFolder) -> bool:
    cohort = programme.reading().cohort
    return cohort is not None and bool(responses(cohort, WAVES["mid"]).answered)


def pair_rows(
    view: RunView, report: DayReport, unsaid: Collection[Pair] = (), ask: str = ""
) -> list[RecordedPair]:
    """Return every pair, those about which something is to be done first."""
    name = view.names.full_name
    rows = [
        RecordedPair(
            mentee=pair.mentee_id,
            mentor=pair.mentor_id,
            names=(name(pair.mentee_id), name(pair.mentor_id)),
            status=Status(pair.status),
            since=pair.since,
            next=_next_date(pair),
            is_late=pair.to_do in (*_SAID, *_PASSED),
            is_overdue=pair.to_do in _PASSED,
            asks_first=YES_OF[ASKED_FIRST[ask]] if ask in ASKED_FIRST else None,
            is_unsaid=pair.pair in unsaid,
            no=no,
            reason=why,
        )
        for pair in report.pairs
        for no, why in [_no_and_why(pair.reason)]
    ]
    return sorted(rows, key=lambda row: (not row.is_late, fold(row.names[0])))


def _no_and_why(reason: str) -> tuple[str, str]:
    code, _, why = reason.partition(":")
    return (code, why.strip()) if code in NOES else ("", reason)


_PASSED = (standing.OVERDUE, standing.ENDED_UNSAID)
_SAID = {
    standing.AGAINST: "against",
    standing.ONE_LEFT: "one_left",
    standing.SAID_OVER: "said_over",
}
"""What is to be said of a pair before any date of it counts."""


def _next_date(pair: PairState) -> str:
    if pair.to_do in _SAID:
        return worded(f"year.{_SAID[pair.to_do]}")
    if pair.reply_by:
        return worded("year.reply_by", day=short_day(pair.reply_by))
    if pair.end:
        return worded(
            f"year.{'ended' if pair.status in ENDED else 'ends'}", day=short_day(pair.end)
        )
    return ""


def waiting_rows(view: RunView, report: DayReport) -> list[WaitingRow]:
    """Return who waits, next in line first."""
    name = view.names.full_name
    rows = report.waiting
    return [WaitingRow(name(row.person_id), row.days, reason_worded(row.reason)) for row in rows]


def held_rows(view: RunView, today: date) -> list[WaitingRow]:
    """Return whom somebody held back, and who has nobody for it, with the reason that was given."""
    without = {mentee.key for mentee in view.mentees if not mentee.mentors}
    return [
        WaitingRow(
            view.names.full_name(one.mentee),
            max(0, (today - date.fromisoformat(one.at[:10])).days),
            worded("year.held_for", why=one.note) if one.note else worded("year.held"),
        )
        for one in standing_decisions(view)
        if one.decision == Decision.HOLD and one.mentee in without and not one.mentor
    ]


def reason_worded(reason: str) -> str:
    """Return why somebody waits, in words; what ended their pair is a reason too."""
    known = for_pages(spoken().language).flat
    keys = (f"reasons.{reason}", f"states.{reason}")
    return next((worded(key) for key in keys if key in known), reason.replace("_", " "))


FILTERS: dict[str, Sequence[Status]] = {
    "new": (Status.PROPOSED,),
    "asked": (Status.SENT,),
    "one_yes": HALF_ACCEPTED,
    "yes": (Status.ACCEPTED,),
    "meeting": (Status.ACTIVE, Status.PAUSED),
    "no": (Status.DECLINED,),
    "ended": tuple(status for status in ENDED if status is not Status.DECLINED),
}
"""How the table is narrowed down, beside all and who is late."""
