"""Where every pair stands on a day, who waits, and what the programme should not hold any more."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import Programme
from matcher.decisions.decisions import decision_table
from matcher.features.base import Listed
from matcher.intake.checks.consent import CONSENT_CODES
from matcher.intake.so_far import recorded_pairs
from matcher.plans.lost_pairs import DONE
from matcher.problem.previous import Previous, with_waiting
from matcher.problem.stated_amounts import places_in_line, priority_classes, waiting_days
from matcher.programme.ledger import approval
from matcher.programme.pair_record import Pair, standing_pairs
from matcher.programme.reply_words import KEEPS_OTHERS, code_in
from matcher.run_tables import RunFile, frame_of, read_table
from matcher.scoring.eligibility import Ban, read_eligibility
from matcher.storage import refuse_devices
from matcher.text import parse_json
from matcher.vocabulary import ENDED, HALF_ACCEPTED, LIVE, LOCKED, UNDER_WAY, Status
from matcher.whereabouts import home_of

ANSWER_DAYS = 14
"""Days for an answer where the programme names no start: letters say within two weeks."""

MENTOR_LEFT = "mentor_left"
"""Why somebody waits whose mentor is not in the tables any more."""
OVERDUE, ENDED_UNSAID, APPROVED = "no reply", "end has passed", "approved, not sent"
AGAINST, ONE_LEFT = "must not meet", "one of the two has left"
SAID_OVER = "said to be over"


@dataclass(frozen=True)
class PairState:
    """One pair on one day."""

    mentee_id: str
    mentor_id: str
    status: str
    since: str
    """Of who has begun the first day, else the one on which it was recorded; "" where unknown."""
    reply_by: str
    end: str
    to_do: str
    """`AGAINST`, `ONE_LEFT`, `SAID_OVER`, `OVERDUE`, `ENDED_UNSAID`, `APPROVED` or nothing."""
    reason: str = ""
    """Why it ended, as it was recorded."""

    @property
    def pair(self) -> Pair:
        """Ids of mentee and mentor."""
        return self.mentee_id, self.mentor_id


@dataclass(frozen=True)
class Waiting:
    """One mentee without a mentor."""

    person_id: str
    priority: int
    days: int | None
    """Whole days waited; None where unknown."""
    reason: str
    place: int
    """In line, 1 first, as `--add` counts it; who is alike shares one."""


@dataclass(frozen=True)
class DayReport:
    """The programme on a day."""

    today: date
    pairs: tuple[PairState, ...]
    waiting: tuple[Waiting, ...]
    """Next in line first; empty where no run is known."""
    run: Path | None
    not_agreed: tuple[str, ...]
    """Who is still in the tables without agreeing, be it that consent was withdrawn."""
    past_retention: bool

    @property
    def counts(self) -> Mapping[str, int]:
        """Pairs by status, in the order of the vocabulary."""
        counts = Counter(pair.status for pair in self.pairs)
        return {status: counts[status] for status in Status if counts[status]}

    @property
    def mutual(self) -> int:
        """How many pairs are those of two who mentor each other: each counts as two."""
        known = {pair.pair for pair in self.pairs}
        return sum(pair[::-1] in known for pair in known) // 2

    def to_do(self, what: str) -> list[PairState]:
        """Return the pairs about which something is to be done."""
        return [pair for pair in self.pairs if pair.to_do == what]


def standing_on(cohort: Cohort, config: Config, run: Path | None, today: date) -> DayReport:
    """Return where everything stands.

    Parameters
    ----------
    cohort, config
        As they are today, faulty rows set aside.
    run
        Whose pairs are proposed and whose waiting list counts; None where there is none.
    today
        The day.
    """
    record = standing_pairs(cohort.engagements)
    record |= _of_who_is_out(cohort, config, record)
    pairs = [_state(pair, row, config.programme, today) for pair, row in record.items()]
    if run is not None:
        pairs += _proposed(run, record, (cohort.mentee_index.ids, cohort.mentor_index.ids))
    pairs = _looked_after(cohort, config, pairs)
    order = list(Status)
    pairs.sort(key=lambda pair: (order.index(Status(pair.status)), pair.mentee_id, pair.mentor_id))
    until = config.programme.retain_until
    not_agreed = {who for who, fault in cohort.set_aside if fault.code in CONSENT_CODES}
    return DayReport(
        today=today,
        pairs=tuple(pairs),
        waiting=() if run is None else _waiting(cohort, run, pairs, today),
        run=run,
        not_agreed=tuple(sorted(not_agreed)),
        past_retention=until is not None and until < today,
    )


def _of_who_is_out(
    cohort: Cohort, config: Config, record: Collection[Pair]
) -> dict[Pair, Mapping[str, str]]:
    """Return the pairs that go on by what was recorded, one of whom is set aside since.

    The cohort knows nothing of them any more; the other one is still in a pair, and waits for word.
    """
    out = {person for person, _ in cohort.set_aside}
    known = standing_pairs(recorded_pairs(cohort, config)) if out else {}
    return {
        pair: row
        for pair, row in known.items()
        if pair not in record and row["status"] in LOCKED and not out.isdisjoint(pair)
    }


_BARS = Ban.AVOID | Ban.MANAGER | Ban.QUESTION | Ban.NEVER | Ban.VETO


def _looked_after(cohort: Cohort, config: Config, pairs: Sequence[PairState]) -> list[PairState]:
    """Return the pairs with what is to be done about those that should not go on as they are.

    Two who must not meet by what was said since they were matched; a pair that stands although
    one of the two has left the programme by another one, since, or is left out; and one that a
    survey says is over.
    """
    live = [one for one in pairs if one.status in LIVE]
    sides = cohort.mentee_index, cohort.mentor_index
    i, j = (side.positions([one.pair[k] for one in live]) for k, side in enumerate(sides))
    there = (i >= 0) & (j >= 0)
    bars = read_eligibility(cohort, config, decision_table()).bans
    flags = bars.flags(Listed(i[there], j[there]))
    barred = {
        live[k].pair
        for k, on in zip(np.flatnonzero(there).tolist(), flags.tolist(), strict=True)
        if on & int(_BARS)
    }
    out = {live[k].pair for k in np.flatnonzero(~there).tolist()}
    left = [
        (one.pair[side], one.end)
        for one in pairs
        for side in (0, 1)
        if one.status == _LEFT[side] and code_in(one.reason) != KEEPS_OTHERS
    ]

    over = _said_over(cohort)

    def to_do(one: PairState) -> str:
        if one.status in LIVE and one.pair in barred:
            return AGAINST
        if one.pair in out:
            return ONE_LEFT
        has_left = any(who in one.pair and one.since <= day for who, day in left)
        if one.status in _STILL_ASKED and has_left:
            return ONE_LEFT
        return (
            SAID_OVER if one.status in LOCKED and one.since <= over.get(one.pair, "") else one.to_do
        )

    return [replace(one, to_do=to_do(one)) for one in pairs]


def _said_over(cohort: Cohort) -> dict[Pair, str]:
    """Return the pairs that are over by an answer, with its day, "9" where that is unknown."""
    said = cohort.outcomes
    said = said[said["ended_early"].fillna(value=False).astype(bool)]
    days = said["date"].dt.strftime("%Y-%m-%d").fillna("9")
    return dict(zip(zip(said["mentee_id"], said["mentor_id"], strict=True), days, strict=True))


_LEFT = (Status.WITHDREW_MENTEE, Status.WITHDREW_MENTOR)
_STILL_ASKED = (Status.PROPOSED, Status.SENT, *HALF_ACCEPTED)


def _state(pair: Pair, row: Mapping[str, str], programme: Programme, today: date) -> PairState:
    status, end = row["status"], row["end"]
    days = row["recorded_at"][:10], row["start"]
    since = next(filter(None, reversed(days) if status in UNDER_WAY else days), "")
    reply_by, to_do = "", ""
    if status in (Status.SENT, *HALF_ACCEPTED) and since:
        last = reply_day(programme, date.fromisoformat(since), is_second=status != Status.SENT)
        reply_by, to_do = last.isoformat(), OVERDUE if last < today else ""
    if status in LOCKED and end and end < today.isoformat():
        to_do = to_do or ENDED_UNSAID
    why = row.get("reason_code", "")
    return PairState(*pair, status, since, reply_by=reply_by, end=end, to_do=to_do, reason=why)


def reply_day(programme: Programme, sent: date, *, is_second: bool = False) -> date:
    """Return the last day on which an answer to what was sent on a day is in time."""
    asks_in_turn = is_second and programme.ask in ("mentor first", "mentee first")
    stated = programme.reply_day(sent, is_second=asks_in_turn)
    return stated or sent + timedelta(days=ANSWER_DAYS)


def _proposed(
    run: Path, record: Mapping[Pair, object], there: tuple[Collection[str], Collection[str]]
) -> Iterator[PairState]:
    """Yield the pairs of a run of which nothing is recorded and whose people are there still."""
    told = approval(run)
    since, to_do = ("", "") if told is None else (told.day, APPROVED)
    matches = read_table(run, "matches")
    for pair in zip(matches["mentee_id"], matches["mentor_id"], strict=True):
        if pair not in record and pair[0] in there[0] and pair[1] in there[1]:
            yield PairState(*pair, Status.PROPOSED, since, reply_by="", end="", to_do=to_do)


def _waiting(
    cohort: Cohort, run: Path, pairs: Sequence[PairState], today: date
) -> tuple[Waiting, ...]:
    """Return who has no mentor since a run, next in line first: class, how long, and why.

    Whom the run matched and who has nobody any more waits as well, for how that pair ended. What
    became of pairs of earlier years takes nobody off the list.
    """
    open_pairs = {pair.mentee_id for pair in pairs if pair.status in {*LIVE, Status.PROPOSED}}
    matches = read_table(run, "matches")
    made = {*zip(matches["mentee_id"], matches["mentor_id"], strict=True)}
    over = [pair for pair in pairs if pair.status in ENDED and pair.pair in made]
    done = {pair.mentee_id for pair in over if pair.status in DONE[False]}
    reasons = dict.fromkeys(matches["mentee_id"], MENTOR_LEFT)
    reasons |= {pair.mentee_id: pair.status for pair in over}
    table = read_table(run, "waiting_list")
    reasons |= dict(zip(table["person_id"], table["reason"], strict=True))
    # The day that is asked about counts, however new the rows of the tables are.
    by_then = replace(cohort, as_of=max(today, cohort.as_of))
    queue = with_waiting(by_then, Previous.read(run))
    days = (pd.Timestamp(today) - pd.to_datetime(queue.mentees["waiting_since"])).dt.days
    ranks = [*zip(priority_classes(cohort).tolist(), (-waiting_days(queue)).tolist(), strict=True)]
    ids, at = cohort.mentee_index.ids, cohort.mentee_index.position
    here = [at[person] for person in reasons if person in at and person not in open_pairs | done]
    line = sorted(here, key=lambda i: (ranks[i], i))
    places = places_in_line(ranks[i] for i in line)
    waited = [None if pd.isna(days.iloc[i]) else max(0, int(days.iloc[i])) for i in line]
    return tuple(
        Waiting(ids[i], ranks[i][0], long, reasons[ids[i]], place)
        for i, long, place in zip(line, waited, places, strict=True)
    )


def newest_run(source: str | Path) -> Path | None:
    """Return the newest run in the cohort's own folder of runs, an approved one before others."""
    runs = home_of(source) / "runs"
    there = runs.glob(f"*/{RunFile.MANIFEST}") if runs.is_dir() else ()
    found = [refuse_devices(path.parent) for path in there]
    made = {run: (approval(run) is not None, _made(run), run.name) for run in found}
    return max(found, key=made.__getitem__, default=None)


def _made(run: Path) -> str:
    try:
        return str(parse_json((run / RunFile.MANIFEST).read_text("utf-8")).get("created"))
    except (OSError, ValueError, AttributeError):
        return ""


def pairs_table(report: DayReport, name: Callable[[str], str]) -> pd.DataFrame:
    """Return every pair with the names that `name` gives to ids."""
    rows = (
        (
            *map(name, pair.pair),
            *(pair.status, pair.since, pair.reply_by, pair.end, pair.to_do, *pair.pair),
        )
        for pair in report.pairs
    )
    return frame_of("pairs", rows)


def waiting_table(report: DayReport, name: Callable[[str], str]) -> pd.DataFrame:
    """Return who waits, next in line first, with names."""
    rows = (
        (w.place, name(w.person_id), w.priority, w.days, w.reason, w.person_id)
        for w in report.waiting
    )
    return frame_of("waiting", rows)
