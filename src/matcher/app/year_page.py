"""The year: what became of each pair, who is next for a free place, new sign-ups."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pandas as pd
from fastapi import FastAPI, UploadFile
from fastapi.responses import HTMLResponse, Response

from matcher.app.acts import standing_events, who_said_no
from matcher.app.desk import GOES_ON, JOINED, Desk, ProgrammeFolder
from matcher.app.effects import HeldPlaces
from matcher.app.frame import Paged, ShortText, around, download, goto, show, templates
from matcher.app.next_in_line import InLine, can_look_at_once, next_in_line
from matcher.app.rematch import Job
from matcher.app.run_view import RunView, view_of
from matcher.app.said_plainly import Refused, in_a_sentence, in_sentences, refused, with_names
from matcher.app.start_page import begin, check_content, free_folder, kept_name
from matcher.app.year_view import (
    FILTERS,
    LEFT_FREE,
    NOES,
    RecordedPair,
    day_report,
    held_rows,
    pair_rows,
    today_of,
    unsaid_of,
    waiting_rows,
    year_facts,
)
from matcher.catalogue.catalogue import worded
from matcher.cohort.cells import neutralise_frame
from matcher.errors import Finding, InputError, MatcherError
from matcher.programme import ledger
from matcher.programme.joined_folder import write_joined
from matcher.programme.pair_record import PairUpdate, Recorded, said_of_pairs
from matcher.programme.replies import read_changes
from matcher.programme.reply_words import coded
from matcher.programme.standing import DayReport
from matcher.report.run_data import ShownNames
from matcher.text import fold, nearest, printable
from matcher.vocabulary import ENDED, LIVE, Status


@dataclass
class Look:
    """Who is next, worked out in the background."""

    job: Job
    names: ShownNames
    found: InLine | None = None

    @property
    def problems(self) -> list[str]:
        """Why it could not be worked out, in sentences."""
        return [line for fault in self.job.problems for line in with_names(fault, self.names)]

    def work(self, programme: ProgrammeFolder) -> Path:
        """Work it out; return where the programme lies."""
        self.found = next_in_line(programme)
        return programme.folder


def year_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/year")
    def year(
        key: str, show: str = "", q: str = "", page: int = 1, mentee: str = "", mentor: str = "",
        look: bool = False, done: bool = False,
    ) -> Response:  # fmt: skip
        asked = _Asked(show, q, max(1, page), pair=(mentee, mentor), look=look, done=done)
        return _page(desk.find(key), asked)

    @app.get("/p/{key}/year/next")
    def following(key: str) -> Response:
        programme = desk.find(key)
        line = _line(programme, view_of(programme), asked=True)
        page = templates().get_template("_in_line.html.j2")
        return HTMLResponse(page.render(line=line, base=f"/p/{key}", is_late=True))

    @app.post("/p/{key}/year")
    def act(
        key: str,
        verb: ShortText,
        mentee: ShortText = "",
        mentor: ShortText = "",
        status: ShortText = "",
        reason: ShortText = "",
        day: ShortText = "",
    ) -> Response:
        programme = desk.find(key)
        try:
            if verb == "record":
                record_one(programme, (mentee, mentor), status, reason, day)
            elif verb == "sent":
                record_sent(programme)
            elif verb == "free":
                _leave_free(programme)
            elif verb == "offer":
                if year_facts(programme, view_of(programme)).unsaid:
                    raise refused("E_ENUM", "unsaid")
                programme.match(add=True)
                return goto(f"/p/{key}/match")
        except MatcherError as error:
            return _page(programme, _Asked(pair=(mentee, mentor)), in_sentences(error))
        return goto(f"/p/{key}/year?done=1")

    _reply_pages(app, desk)
    _intake_pages(app, desk)


def _reply_pages(app: FastAPI, desk: Desk) -> None:
    """Add the sheet of many replies, empty and filled in."""

    @app.get("/p/{key}/pairs.csv")
    def sheet(key: str) -> Response:
        return download(sheet_to_fill_in(desk.find(key)), "pairs.csv", "text/csv")

    @app.post("/p/{key}/replies")
    def replies(key: str, files: list[UploadFile]) -> Response:
        programme = desk.find(key)
        try:
            made = [record_many(programme, f.filename or "", f.file.read()) for f in files]
        except MatcherError as error:
            return _page(programme, _Asked(), in_sentences(error))
        told = [line for _, lines in made for line in lines]
        if told:
            taken = sum(n for n, _ in made)
            return _page(programme, _Asked(done=bool(taken)), told, taken=taken)
        return goto(f"/p/{key}/year?done=1")


def _intake_pages(app: FastAPI, desk: Desk) -> None:
    """Add what takes new sign-ups in, and joins them."""

    @app.post("/p/{key}/intake")
    def intake(key: str, files: list[UploadFile]) -> Response:
        programme = desk.find(key)
        given = [(file.filename or "", file.file.read()) for file in files]
        made = begin(desk, [(name, content) for name, content in given if name], joins=key)
        what = worded("did.intake", name=given[0][0])
        programme.settings.note("intake", what, programme.reviewer)
        return goto(f"/p/{made.key}/questions")

    @app.get("/p/{key}/join")
    def to_join(key: str) -> Response:
        """Show where the button stands: a link only leads to what is pressed."""
        return goto(f"/p/{key}/people")

    @app.post("/p/{key}/join")
    def join(key: str) -> Response:
        return goto(f"/p/{join_intake(desk, desk.find(key)).key}/match")


@dataclass(frozen=True)
class _Asked:
    """What a page was asked for."""

    show: str = ""
    q: str = ""
    page: int = 1
    pair: tuple[str, str] = ("", "")
    look: bool = False
    done: bool = False


def _page(
    programme: ProgrammeFolder, asked: _Asked, problems: Sequence[str] = (), *, taken: int = 0
) -> Response:
    view = view_of(programme)
    report = day_report(programme, view)
    rows = [] if report is None else _rows(programme, view, report)
    waiting = [] if report is None else waiting_rows(view, report)
    waiting += held_rows(view, today_of(programme))
    parts = _parts(rows)
    shown = next((part for key, _, part in parts if key == asked.show), rows)
    found = [row for row in shown if fold(asked.q) in fold(" ".join(row.names))]
    chosen = next((row for row in rows if (row.mentee, row.mentor) == asked.pair), None)
    frame = around(programme, "year")
    return show(
        "year.html.j2",
        frame,
        422 if problems and not taken else 200,
        taken=taken,
        found=Paged.of(found, asked.page),
        total=len(rows),
        asked=asked,
        filters=[(key, words, len(part)) for key, words, part in parts if part],
        waiting=waiting,
        chosen=chosen,
        whys=[row for row in rows if row.is_unsaid and row.reason],
        today=today_of(programme).isoformat(),
        facts=year_facts(programme, view),
        line=_line(programme, view, asked=asked.look),
        can_look=can_look_at_once(programme),
        problems=problems,
        names=view.names.full_name,
    )


def _rows(programme: ProgrammeFolder, view: RunView, report: DayReport) -> list[RecordedPair]:
    ask = programme.settings.config().programme.ask
    return pair_rows(view, report, unsaid_of(programme, report), ask)


def _parts(rows: Sequence[RecordedPair]) -> list[tuple[str, str, list[RecordedPair]]]:
    found = {"late": [row for row in rows if row.is_late]}
    found |= {key: [row for row in rows if row.status in states] for key, states in FILTERS.items()}
    return [(key, worded(f"year.show_{key}"), part) for key, part in found.items()]


def _line(programme: ProgrammeFolder, view: RunView, *, asked: bool) -> Look | None:
    """Return who is next for free places: worked out once for what is recorded."""
    facts = year_facts(programme, view)
    is_asked = asked or can_look_at_once(programme)
    if facts.unsaid or not (facts.freed and facts.waiting and is_asked):
        return None

    def begun() -> Look:
        look = Look(Job(), view.names)
        look.job.start(lambda _: look.work(programme))
        return look

    state = (view.run.name, len(ledger.log_of(view.run).events()), programme.said())
    return programme.kept("next in line", begun, (*state, programme.settings.text))


def record_one(
    programme: ProgrammeFolder, pair: tuple[str, str], status: str, reason: str, day: str
) -> None:
    """Write what became of one pair.

    Raises
    ------
    InputError
        What :func:`matcher.programme.pair_record.record` finds.
    """
    view = view_of(programme)
    one, other = map(view.names.full_name, pair)
    who, means = NOES.get(status, ("", status))
    if means in LIVE:
        HeldPlaces.of(programme, view, LIVE).check_room([pair])
    first, last = ("", day) if means in ENDED else (day, "")
    why = coded(status if who else "", reason)
    change = PairUpdate(*pair, means, why, start=first, end=last)
    key = f"noes.{status}" if who else f"states.{status}"
    words = worded(key) if who or status in {*Status} else status
    said = worded("did.recorded", one=one, other=other, state=in_a_sentence(words))
    _record(programme, [change], said, who=who)


def _record(
    programme: ProgrammeFolder,
    changes: Sequence[PairUpdate],
    what: str | Callable[[int], str],
    *,
    only_forward: bool = False,
    who: str = "",
) -> Recorded:
    people, by = programme.reading().cohort, programme.reviewer
    return programme.settings.record(
        changes, what, by, only_forward=only_forward, people=people, who=who
    )


def record_sent(programme: ProgrammeFolder) -> None:
    """Write that the letters of the match in view were sent, as `record --status sent` does."""
    run = view_of(programme).run
    changes = read_changes(run / "matches.csv", str(Status.SENT))
    _record(programme, changes, worded("did.sent"), only_forward=True)


def record_many(programme: ProgrammeFolder, name: str, content: bytes) -> tuple[int, list[str]]:
    """Write what a sheet says of many pairs, but for rows that are not clear.

    Returns
    -------
    tuple
        How many pairs stand otherwise now, and a sentence for each row that was not taken.

    Raises
    ------
    InputError
        Where the sheet says nothing of any pair.
    """
    kept = kept_name(name)
    check_content(kept, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / kept
        path.write_bytes(content)
        try:
            changes = read_changes(path, cohort=programme.reading().cohort)
        except InputError as error:
            if error.findings[0].code == "E_MISSING_COLUMN":
                raise refused("E_MISSING_COLUMN", "no_reply_columns", name=kept) from None
            raise
    states = {fold(worded(f"states.{status}")): str(status) for status in Status}
    changes = [
        replace(_of_a_pair(programme, one), stood=states.get(fold(one.stood), ""))
        for one in changes
    ]
    clear, told = _sorted_out(programme, changes)
    made = _record(programme, clear, lambda n: worded("did.replies", n, name=kept))
    return len(made.entries), told


def _of_a_pair(programme: ProgrammeFolder, change: PairUpdate) -> PairUpdate:
    """Return a row with ids where one pair of the match alone fits, the mentor before or behind."""
    cohort = programme.reading().cohort
    if cohort is None:
        return change
    view = view_of(programme)
    called = [
        [who for who, name in view.names.names.items() if fold(name) == fold(text)]
        or cohort.people.meant(text)
        for text in (change.mentee, change.mentor)
    ]
    both, matched = [*product(*called)], view.data.matched
    pairs = [p for p in both if p in matched] or [(j, i) for i, j in both if (j, i) in matched]
    return replace(change, mentee=pairs[0][0], mentor=pairs[0][1]) if len(pairs) == 1 else change


def _sorted_out(
    programme: ProgrammeFolder, changes: Sequence[PairUpdate]
) -> tuple[list[PairUpdate], list[str]]:
    """Return the rows that can be taken, and a sentence with names for each that cannot."""
    cohort, view = programme.reading().cohort, view_of(programme)
    if cohort is None:
        return list(changes), []
    said, faults = said_of_pairs(cohort, changes, programme.settings.config().programme.ask)
    goes_on = {pair: change.status in LIVE for pair, change in said.items()}
    full = HeldPlaces.of(programme, view, LIVE).without_room(goes_on)
    wrong = {fault.row: fault for fault in faults}
    for pair, why in full.items():
        if place := said[pair].place:
            wrong.setdefault(place[1], Finding("E_CHANGED", why).at("", place[1]))
    found = [(c, wrong[c.place[1]]) for c in changes if c.place and c.place[1] in wrong]

    def whose(change: PairUpdate) -> list[str]:
        return [cohort.people.find(one) or fold(one) for one in (change.mentee, change.mentor)]

    doubted = [whose(change) for change, _ in found]
    alike = defaultdict[object, list[Untaken]](list)
    for change, fault in found:
        if fault.code != "E_WHOSE":
            alike[change.status if fault.code == "E_ENUM" else fault.row].append((change, fault))
    told = [_rows_told(same, view.names) for same in alike.values()]
    # Also where a sheet that is given in again says once more what was taken: told together.
    if again := [str(fault.row) for _, fault in found if fault.code == "E_WHOSE"]:
        told.append(worded("year.whose", len(again), rows=", ".join(again)))
    return [c for c in changes if whose(c) not in doubted], told


Untaken = tuple[PairUpdate, Finding]


def _rows_told(same: Sequence[Untaken], names: ShownNames) -> str:
    """Return why a row, or rows alike, were not taken and what to write, with the names there."""
    change, fault = same[0]
    if fault.code == "E_ENUM":
        why = worded("year.not_understood", said=printable(change.status[:80]))
    elif fault.code == "E_UNKNOWN_PERSON":
        why = _whom_else(change, names)
    else:
        kind = Refused if fault.code == "E_CHANGED" else InputError
        why = names.in_text(" ".join(in_sentences(kind(replace(fault, row=None)))))
    if len(same) > 1:
        return worded("year.rows", rows=", ".join(str(fault.row) for _, fault in same), why=why)
    one, other = (names.full_name(text[:80]) for text in (change.mentee, change.mentor))
    return worded("year.row", row=str(fault.row), one=one, other=other, why=why)


def _whom_else(change: PairUpdate, names: ShownNames) -> str:
    """Return of a row that is no pair who is not known by that name, and who may be meant."""
    known, said = {fold(n): n for n in names.names.values()}, (change.mentee, change.mentor)
    strange = [text for text in said if fold(names.full_name(text)) not in known]
    near = (nearest(text, known.values()) for text in strange)
    told = [worded("year.nobody_called", name=printable(text[:80])) for text in strange]
    told += [worded("year.perhaps", name=name) for name in near if name]
    one, other = map(names.full_name, said)
    return " ".join(told) or worded("year.no_pair", one=one, other=other)


def sheet_to_fill_in(programme: ProgrammeFolder) -> bytes:
    """Return the pairs as a sheet in which replies are written, and which is dropped here again."""
    view = view_of(programme)
    report = day_report(programme, view)
    rows = [] if report is None else pair_rows(view, report)
    parts = ("mentee", "mentor", "stands", "reply", "who", "reason")
    columns = [*(worded(f"year.column_{part}") for part in parts), "mentee_id", "mentor_id"]
    cells = [(*row.names, row.state, "", "", "", row.mentee, row.mentor) for row in rows]
    table = neutralise_frame(pd.DataFrame(cells, columns=columns, dtype=object))
    return str(table.to_csv(index=False, lineterminator="\n")).encode("utf-8-sig")


def _leave_free(programme: ProgrammeFolder) -> None:
    view = view_of(programme)
    pairs = [list(pair) for pair in year_facts(programme, view).freed]
    what = worded("did.left_free", len(pairs))
    programme.settings.note(LEFT_FREE, what, programme.reviewer, pairs=pairs)


def join_intake(desk: Desk, second: ProgrammeFolder) -> ProgrammeFolder:
    """Join a second intake to the programme it was dropped on; only free places are given.

    Raises
    ------
    InputError
        E_NOT_FOUND where it belongs to none.
    """
    first = desk.find(second.joins)
    view = view_of(first)
    configs = first.settings.config(), second.settings.config()
    folder = free_folder(desk.folder, worded("year.together", name=first.name))
    joined = write_joined((first.folder, second.folder), configs, folder, faulty=True)
    both = desk.find(folder.name)
    run = Path("..", first.folder.name, "runs", view.run.name).as_posix()
    noes = [[*pair, who] for pair, who in who_said_no(first.settings.log.events()).items() if who]
    left = [pair for e in first.settings.log.events() for pair in e.get("pairs", ())]
    for event in standing_events(first.settings.log, "seen"):
        about = {key: event[key] for key in ("mentee", "mentors", "each") if key in event}
        both.settings.note("seen", event["what"], event.get("by", ""), **about)
    what = worded("did.joined", one=first.name, other=second.name)
    both.settings.note(JOINED, what, first.reviewer, run=run, noes=noes, pairs=left)
    out = {"kept": joined.left_out, "unread": joined.unread, "unsaid": joined.unsaid}
    for told, n in out.items():
        if n:
            both.settings.note("kept", worded(f"did.joined_{told}", n), first.reviewer)
    for one in (first, second):
        one.settings.note(
            GOES_ON, worded("did.goes_on", name=both.name), first.reviewer, to=both.key
        )
    both.match(add=True)
    return both
