"""What became of pairs, said by people and kept in `engagements.csv` beside the cohort.

The file is read, completed and replaced whole under a lock, so that two who record at once lose
nothing, and whoever is killed leaves it as it was or as it should be.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path

import pandas as pd

from matcher.cohort.cells import neutralise_frame
from matcher.cohort.cohort import Cohort
from matcher.cohort.ids import REMOVED_ID
from matcher.cohort.tables import PAIRS, TABLES
from matcher.config import Config
from matcher.errors import Finding, InputError, raise_if_any
from matcher.intake.files.recorded import CONSENTS, recorded_file
from matcher.intake.links import is_superseded
from matcher.intake.read import read_cohort
from matcher.intake.so_far import TableSoFar, read_so_far, refuse_unreadable, told
from matcher.programme import reply_words
from matcher.programme.ledger import LONGEST_TEXT, at_most
from matcher.storage import one_writer, write_file
from matcher.text import did_you_mean, fold, nearest, printable, shortened, shown_id, utf_8
from matcher.vocabulary import (
    COOLING,
    ENDED,
    FORWARD,
    HALF_ACCEPTED,
    LIVE,
    LOCKED,
    UNDER_WAY,
    Role,
    Status,
    comes_further,
)

Pair = tuple[str, str]


@dataclass(frozen=True)
class PairUpdate:
    """What somebody says of a pair, people named by id, address or full name."""

    mentee: str
    mentor: str
    status: str
    reason: str = ""
    start: str = ""
    end: str = ""
    """Days, ISO; empty: as they follow from the status."""
    place: tuple[str, int] | None = None
    """File and row where it stands, if in a file."""
    who: str = ""
    """Whose word it is: a side, or one of the two; empty where that is not said."""
    stood: str = ""
    """Status that the pair had when it was said; empty where that is not told."""
    after: tuple[str, str] | None = None
    """Status and last day that the pair had when a run made it anew, where one did."""


ASKED_FIRST = {"mentor first": Role.MENTOR, "mentee first": Role.MENTEE}
"""By `[programme] ask` the side that is asked first, where both are not asked at once."""


@dataclass(frozen=True)
class PairEntry:
    """One row of the record."""

    mentee_id: str
    mentor_id: str
    status: Status
    start: str = ""
    end: str = ""
    reason_code: str = ""
    recorded_at: str = ""
    recorded_by: str = ""
    before: str = field(default="", metadata={"is_cell": False})
    """Status that the pair had, "" for none."""

    @property
    def pair(self) -> Pair:
        """Ids of mentee and mentor."""
        return self.mentee_id, self.mentor_id


@dataclass(frozen=True)
class Recorded:
    """What was written, and what stood so already."""

    path: Path
    entries: tuple[PairEntry, ...]
    unchanged: Mapping[Pair, str]
    """By pair where it stands."""
    findings: tuple[Finding, ...]
    """W_STATUS for every pair that goes on after it had ended, or that nobody proposed before;
    W_WHOSE for noes of which nobody told whose they are; W_DEPARTED for rows of people who were
    taken out."""
    cohort: Cohort
    """Whose people they are."""


@dataclass(frozen=True)
class Stamp:
    """Who writes, and when."""

    by: str
    at: str
    """Moment of writing, ISO."""
    today: date


def record(
    source: str | Path,
    config: Config,
    changes: Sequence[PairUpdate],
    clock: Stamp,
    *,
    only_forward: bool = False,
    as_it_was: bool = False,
    people: Cohort | None = None,
) -> Recorded:
    """Write what became of pairs behind what is known of them.

    Parameters
    ----------
    source, config
        The cohort, and how it is read.
    changes
        What is said; all of it is written, or nothing.
    clock
        Who says so, and when.
    only_forward
        Whether a pair that goes on, or was ended for good, stays as it is.
    as_it_was
        Whether each pair, named by ids, stands again as it did when it had that status before, with
        its days and its reason: that it became what `stood` says was a slip.
    people
        The cohort as it is, where it was read already.

    Raises
    ------
    InputError
        With every fault: E_ENUM, E_UNKNOWN_PERSON, E_ROLE, E_SELF_PAIR, E_DUP_ROW, E_TEXT_LENGTH,
        days that no table may hold, and what is wrong with the tables.
    StorageError
        E_LOCKED, E_READ, E_WRITE.
    """
    changes = [replace(c, reason=at_most(LONGEST_TEXT, printable(c.reason))) for c in changes]
    cohort = people or read_cohort(source, config, set_aside=True, engagements=b"")
    path = recorded_file(source, PAIRS)
    with one_writer(path):
        so_far = read_so_far(str(source), PAIRS, config, cohort.people)
        standing = standing_pairs(so_far.frame)
        known = [change for change in changes if not _is_of_removed(change)]
        if as_it_was:
            said = {(change.mentee, change.mentor): change for change in known}
            made = tuple(_as_they_were(so_far.frame, standing, said, clock))
        else:
            said = _Reader(cohort, standing, config.programme.ask).settled(known)
            writer = _Writer(standing, clock, only_forward=only_forward)
            made = tuple(e for pair, what in said.items() if (e := writer.entry(pair, what)))
        if made:
            content = with_rows(PAIRS, so_far, _rows_of(made))
            with _by_their_rows(said, made, len(so_far.cells)):
                refuse_unreadable(PAIRS, content, config, clock.today)
            write_file(path, content)
    kept = sorted(said.keys() - {entry.pair for entry in made})
    unchanged = {pair: standing.get(pair, {}).get("status", "") for pair in kept}
    # Said of a whole list, a pair that rested is asked anew: that is what the list is for.
    is_new = not (only_forward or as_it_was)
    anew = [e for e in made if e.before in ENDED and e.status in LIVE and is_new]
    told_of = [*map(_noted, anew), *_unsaid(made, config.programme.ask, is_asked=not as_it_was)]
    if removed := len(changes) - len(known):
        message = f"rows of somebody who was taken out: {removed}"
        told_of.append(Finding("W_DEPARTED", message, "nothing is recorded of them"))
    placed = {mentee for (mentee, _), pair in standing.items() if pair["status"] in LIVE}
    told_of += [
        _noted(entry).at(*(said[entry.pair].place or ("", None)))
        for entry in made
        if not entry.before and entry.status in _ANSWERED and entry.mentee_id in placed
    ]
    return Recorded(path, made, unchanged, tuple(told_of), cohort)


def record_consent(
    source: str | Path, config: Config, person: str, clock: Stamp, *, is_given: bool
) -> Path:
    """Write that somebody agrees, or does not any more, to what they handed in being used.

    Returns
    -------
    Path
        The file that holds it, which every later reading of the cohort obeys.

    Raises
    ------
    InputError, StorageError
        E_UNKNOWN_PERSON, and as for `record`.
    """
    people = read_cohort(source, config, set_aside=True, engagements=b"").people
    found, path = people.find(person), recorded_file(source, CONSENTS)
    if found is None:
        raise InputError(people.unresolved(person, "member"))
    row = {"person_id": found, "consent": "yes" if is_given else "no"}
    stamp = {"recorded_at": clock.at, "recorded_by": clock.by}
    with one_writer(path):
        so_far = read_so_far(str(source), CONSENTS, config, people)
        write_file(path, with_rows(CONSENTS, so_far, pd.DataFrame([row | stamp])))
    return path


def standing_pairs(frame: pd.DataFrame) -> dict[Pair, Mapping[str, str]]:
    """Return the last word about each pair, as texts by column.

    Parameters
    ----------
    frame
        Typed engagements in the order of their rows.
    """
    texts = _texts(frame)
    texts = texts[~is_superseded(frame, ("mentee_id", "mentor_id"))]
    rank = texts["status"].isin(LOCKED)  # of rows that no command wrote the one that goes on
    texts = texts.loc[rank.sort_values(kind="stable").index]
    rows: list[dict[str, str]] = texts.to_dict("records")  # type: ignore[assignment]
    return {(row["mentee_id"], row["mentor_id"]): row for row in rows}


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: [told(cell) for cell in frame[name]] for name in frame})


def said_of_pairs(
    cohort: Cohort, changes: Sequence[PairUpdate], ask: str = ""
) -> tuple[dict[Pair, PairUpdate], list[Finding]]:
    """Return what is said of each pair, its status as `record` takes it, and what is wrong."""
    reader = _Reader(cohort, standing_pairs(cohort.engagements), ask)
    return reader.read(changes), reader.findings


_UNANSWERED = (Status.PROPOSED, Status.SENT)
_ANSWERED = (*HALF_ACCEPTED, Status.ACCEPTED, *UNDER_WAY)
_MERE = (Status.ACCEPTED, Status.DECLINED)
YES_OF = dict(zip((Role.MENTEE, Role.MENTOR), HALF_ACCEPTED, strict=True))
"""What the yes of each side is recorded as."""
_AGREED = {str(status): side for side, status in YES_OF.items()}
_OTHER = {Role.MENTEE: Role.MENTOR, Role.MENTOR: Role.MENTEE}


def _word(text: str) -> str:
    return re.sub("[ -]", "_", fold(text))


_TURNED: dict[str, str] = dict(zip(HALF_ACCEPTED, reversed(HALF_ACCEPTED), strict=True))
"""What is said of one side of a pair, where each is the other's mentor."""


@dataclass
class _Reader:
    """Turns what was said into pairs of ids, and tells what cannot be."""

    cohort: Cohort
    standing: Mapping[Pair, Mapping[str, str]]
    ask: str = ""
    """Who is asked first: `[programme] ask`."""

    def settled(self, changes: Sequence[PairUpdate]) -> dict[Pair, PairUpdate]:
        """Return what is said of each pair; a pair that mentors each other is said both ways."""
        said = self.read(changes)
        raise_if_any(self.findings, InputError)
        for (mentee, mentor), change in list(said.items()):
            if self.standing.get((mentor, mentee), {}).get("status") in LIVE:
                turned = replace(change, status=_TURNED.get(change.status, change.status))
                said.setdefault((mentor, mentee), turned)
        return said

    def read(self, changes: Sequence[PairUpdate]) -> dict[Pair, PairUpdate]:
        """Return what is said of each pair; `findings` has what is wrong."""
        self.findings: list[Finding] = []
        said: dict[Pair, PairUpdate] = {}
        for change in changes:
            pair, status = self._pair(change), self._status(change)
            known = pair and status and self._as_meant(pair, change, status)
            if pair is None or not known:
                continue
            first = said.setdefault(pair, known)
            if replace(first, place=None) != replace(known, place=None):
                row = first.place[1] if first.place else "before"
                message = f"row {row} says something else of the same pair"
                self._add(Finding("E_DUP_ROW", message, "keep the one that is right"), change)
        return said

    def _add(self, finding: Finding, change: PairUpdate, column: str = "") -> None:
        table, row = change.place or ("", None)
        self.findings.append(finding.at(table, row, column))

    def _as_meant(self, pair: Pair, change: PairUpdate, status: Status) -> PairUpdate | None:
        """Return what a mere yes or no means: that of who says it, never of both in turn.

        It is the word of the side that is asked first as long as nobody has answered; who has said
        yes before may be said again, and where both are asked either may have said it, so that
        then it must be told whose it is.
        """
        known = replace(change, status=status)
        if status is Status.WITHDREW_MENTOR and _word(change.status) != status:
            return replace(known, reason=reply_words.coded(reply_words.KEEPS_OTHERS, change.reason))
        first, before = self._first(pair), self.standing.get(pair, {}).get("status", "")
        if status not in _MERE or _word(change.status) in {*Status}:
            return known
        if status is Status.ACCEPTED and before in (status, *UNDER_WAY):
            return replace(known, status=Status(before))
        side, agreed = self._whose(pair, change), _AGREED.get(before)
        if not side and (before not in _ANSWERED or change.stood in _UNANSWERED):
            side = first
        elif not side and agreed and (before == change.stood or (first and change.place is None)):
            side = _OTHER[agreed]
        if status is Status.DECLINED:
            reason = change.reason or reply_words.reason_of_no(change.status)
            code = f"no_{side}" if side in _OTHER else ""
            return replace(known, reason=reply_words.coded(code, reason))
        if side or self.ask == "none":
            return replace(known, status=YES_OF[Role(side)]) if side in _OTHER else known
        were = f"the {agreed} has said yes before" if agreed else "both were asked"
        remedy = f"write `mentee yes`, `mentor yes`, or `{reply_words.BOTH} yes` where both agree"
        again = "; take the row out where it is that yes again" if agreed else ""
        message = f"{were}, and it is not told whose yes this is"
        self._add(Finding("E_WHOSE", message, remedy + again), change, "status")
        return None

    def _first(self, pair: Pair) -> str:
        """Return the side of a pair that is asked first, empty where both are asked at once."""
        is_mutual = self.standing.get(pair[::-1], {}).get("status") in LIVE
        return "" if is_mutual else ASKED_FIRST.get(self.ask, "")

    def _whose(self, pair: Pair, change: PairUpdate) -> str:
        """Return whose word something is: a side's, or `BOTH`; empty where that is not said."""
        person = self.cohort.people.find(change.who) if change.who else None
        side = ("mentee", "mentor")[pair.index(person)] if person in pair else ""
        said = reply_words.whose_said(change.status)[0]
        return said or side or reply_words.side_named(change.who)

    def _status(self, change: PairUpdate) -> Status | None:
        if (said := reply_words.status_said(reply_words.whose_said(change.status)[1])) is not None:
            return said
        near = did_you_mean(nearest(_word(change.status), list(Status)))
        message, remedy = "that is no status", f"{near}write yes, no or {', '.join(Status)}"
        self._add(Finding("E_ENUM", message, remedy), change, "status")
        return None

    def _pair(self, change: PairUpdate) -> Pair | None:
        sides = self.cohort.mentee_index.ids, self.cohort.mentor_index.ids
        left = [{pair[side] for pair in self.standing} for side in (0, 1)]
        texts, people = (change.mentee, change.mentor), self.cohort.people
        found = [people.find(text) or text.strip() for text in texts]
        if found[0] == found[1]:
            finding = Finding("E_SELF_PAIR", "mentee and mentor are the same person", "name two")
            self._add(finding, change)
            return None
        strange = [k for k in (0, 1) if found[k] not in sides[k] and found[k] not in left[k]]
        if strange and found[0] in sides[1] and found[1] in sides[0]:
            message = "the first of the two is the mentor"
            self._add(Finding("E_ROLE", message, "write the mentee first"), change)
            return None
        for k in strange:
            noun = ("mentee", "mentor")[k]
            self._add(people.unresolved(texts[k], noun, sides[k]), change, f"{noun}_id")
        return None if strange else (found[0], found[1])


@dataclass(frozen=True)
class _Writer:
    """Makes the rows."""

    standing: Mapping[Pair, Mapping[str, str]]
    clock: Stamp
    only_forward: bool = field(kw_only=True)

    def entry(self, pair: Pair, said: PairUpdate) -> PairEntry | None:
        """Return the row about a pair; None where it stands so already."""
        row, status = self.standing.get(pair, {}), Status(said.status)
        before = row.get("status", "")
        if status in HALF_ACCEPTED and before in FORWARD[4:]:
            return None
        if {before, status} == {*HALF_ACCEPTED}:  # the other side had agreed before
            status = Status.ACCEPTED
        told = {"reason_code": said.reason, "start": said.start, "end": said.end}
        if before == status and all(new in ("", row.get(k)) for k, new in told.items()):
            return None
        is_anew = before in COOLING and said.after == (before, row.get("end"))
        if self.only_forward and not (is_anew or comes_further(before, status)):
            return None
        old = row if before in LIVE else {}
        start, end = self._days(status, said, old.get("start", ""), old.get("end", ""))
        stamp = {"recorded_at": self.clock.at, "recorded_by": self.clock.by}
        return PairEntry(*pair, status, start, end, said.reason, **stamp, before=before)

    def _days(self, status: Status, said: PairUpdate, start: str, end: str) -> tuple[str, str]:
        """Return first and last day: a pair that ended did so today, one that goes on began."""
        today = self.clock.today.isoformat()
        if status in ENDED:
            last = end if status is Status.COMPLETED and "" < end <= today else today
            return said.start or (start if start <= today else ""), said.end or last
        if status is Status.ACTIVE:
            start = start if "" < start <= today else today
        return said.start or start, said.end or end


def _as_they_were(
    frame: pd.DataFrame,
    standing: Mapping[Pair, Mapping[str, str]],
    said: Mapping[Pair, PairUpdate],
    clock: Stamp,
) -> Iterator[PairEntry]:
    """Yield the rows that take back what was recorded, unless something else was since."""
    rows: dict[Pair, list[Mapping[str, str]]] = {}
    for _, row in _texts(frame).iterrows():
        rows.setdefault((row["mentee_id"], row["mentor_id"]), []).append(dict(row))
    for pair, change in said.items():
        now, earlier = standing.get(pair, {}), rows.get(pair, [])[-2::-1]
        before, status = now.get("status", ""), Status(change.status)
        if before != change.stood:
            what = " and ".join(map(shown_id, pair))
            message = f"{what} are {before or 'unknown'} by what was recorded since"
            raise InputError(Finding("E_CHANGED", message, "record what is right"))
        stood = next((row for row in earlier if row["status"] == status), {})
        cells = {name: stood.get(name, "") for name in _BESIDE}
        if before != status or cells != {name: now.get(name, "") for name in _BESIDE}:
            entry = PairEntry(*pair, status, **cells, before=before)
            yield replace(entry, recorded_at=clock.at, recorded_by=clock.by)


_BESIDE = ("start", "end", "reason_code")
"""What is recorded beside a status."""


def _rows_of(entries: Sequence[PairEntry]) -> pd.DataFrame:
    names = [cell.name for cell in fields(PairEntry) if cell.metadata.get("is_cell", True)]
    return pd.DataFrame([[getattr(e, name) for name in names] for e in entries], columns=names)


def with_rows(table: str, so_far: TableSoFar, further: pd.DataFrame) -> bytes:
    """Return a recorded file with further rows of texts, as plain CSV."""
    rows = pd.concat([so_far.cells, further.astype(object)], ignore_index=True)
    own = [name for name in TABLES[table].by_name if name in rows]
    columns = [*own, *(name for name in so_far.cells if name not in own)]
    written = neutralise_frame(rows.reindex(columns=columns).fillna(""))
    return utf_8(str(written.to_csv(index=False, lineterminator="\n")))


@contextmanager
def _by_their_rows(
    said: Mapping[Pair, PairUpdate], made: Sequence[PairEntry], before: int
) -> Iterator[None]:
    """Tell what is wrong with rows to be written at the rows of the sheet that they are from."""
    places = {before + 2 + k: said[entry.pair].place for k, entry in enumerate(made)}
    try:
        yield
    except InputError as error:
        raise InputError([_placed(finding, places) for finding in error.findings]) from None


def _placed(finding: Finding, places: Mapping[int, tuple[str, int] | None]) -> Finding:
    if finding.row is None or finding.row not in places:
        return finding
    table, row = places[finding.row] or ("", None)
    return finding.at(table, row, finding.column)


def _is_of_removed(change: PairUpdate) -> bool:
    return any(REMOVED_ID.fullmatch(text.strip()) for text in (change.mentee, change.mentor))


def _noted(entry: PairEntry) -> Finding:
    """Tell of a pair that is new, or goes on again."""
    pair = f"{shown_id(entry.mentee_id)} and {shown_id(entry.mentor_id)}"
    new = f"nothing was known of {pair} before: they are a new pair, {entry.status}"
    message = f"{pair} were {entry.before} and are {entry.status} now" if entry.before else new
    return Finding("W_STATUS", message, "record what is right if that is a slip")


def _unsaid(made: Sequence[PairEntry], ask: str, *, is_asked: bool) -> Iterator[Finding]:
    """Tell of pairs of which one said no, and nobody told which."""
    noes = [e for e in made if e.status is Status.DECLINED and e.reason_code[:3] != "no_"]
    if noes and is_asked and ask != "none":
        who = shortened([" and ".join(map(shown_id, e.pair)) for e in noes])
        message = f"it is not told whose no it is: {who}; both are offered somebody else"
        remedy = "write `mentee no` or `mentor no`; who has no time at all is withdrew_mentee or "
        yield Finding("W_WHOSE", message, f"{remedy}withdrew_mentor")
