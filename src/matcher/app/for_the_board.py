"""Board: one page without a name, the command's own, with its numbers at the top of ours."""

from fastapi import FastAPI
from fastapi.responses import Response

from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.frame import around, goto, show
from matcher.app.letters_page import FRAMES, own_page
from matcher.app.run_view import view_of
from matcher.app.said_plainly import short_day
from matcher.app.year_view import FILTERS, day_report, state_of, today_of
from matcher.catalogue.catalogue import numeral, speaking, spoken, worded
from matcher.programme.board_page import Board, board_of, board_page, written_board


def board_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/board")
    def board(key: str, kept: bool = False) -> Response:
        programme = desk.find(key)
        found, _ = told_board(programme)
        n, beside = found.counts["applied"], counted_elsewhere(programme, found)
        told = {k: "" if k in found.unknown else numeral(of) for k, of in found.counts.items()}
        numbers = [(of, spoken()["board"][k], beside.get(k, "")) for k, of in told.items()]
        lines = [
            worded("board.line" if number else "board.line_unknown", what=words, of=number, all=n)
            for number, words, _ in numbers
        ]
        frame = around(programme, "board")
        answer = show(
            "board_page.html.j2", frame, numbers=numbers, kept=kept, waiting=found.waiting,
            text="\n".join([f"{frame.name}, {short_day(today_of(programme).isoformat())}", *lines]),
        )  # fmt: skip
        answer.headers["Content-Security-Policy"] = FRAMES
        return answer

    @app.get("/p/{key}/board/page")
    def page(key: str) -> Response:
        return own_page(told_board(desk.find(key))[1].decode())

    @app.post("/p/{key}/board")
    def keep(key: str) -> Response:
        programme = desk.find(key)
        found, made = told_board(programme)
        config = programme.settings.config()
        with speaking(config.programme.language, config.words) as words:
            written_board(view_of(programme).run, found, made, words)
        return goto(f"/p/{key}/board?kept=1")


def counted_elsewhere(programme: ProgrammeFolder, found: Board) -> dict[str, str]:
    """Return by stage what Match and Year count where that is another number, and why it is."""
    view, said = view_of(programme), {}
    report = day_report(programme, view)
    have = sum(bool(mentee.mentors) for mentee in view.mentees)
    ended = 0 if report is None else sum(pair.status in FILTERS["ended"] for pair in report.pairs)
    if have != found.counts["matched"]:
        said["matched"] = worded("board.have_now", have)
    if report is not None and ended != found.counts["ended"]:
        said["ended"] = worded("board.pairs_ended", ended)
    return said


def told_board(programme: ProgrammeFolder) -> tuple[Board, bytes]:
    """Return what a board is told today, and its page."""
    state = state_of(programme, view_of(programme).run)
    return programme.kept("board", lambda: _made(programme), state)


def _made(programme: ProgrammeFolder) -> tuple[Board, bytes]:
    view, config = view_of(programme), programme.settings.config()
    report = day_report(programme, view)
    cohort = programme.reading().cohort
    found = board_of(view.run, view.data, cohort, () if report is None else report.waiting)
    with speaking(config.programme.language, config.words):
        page = board_page(found, programme.name, today_of(programme), view.data.min_cell)
    return found, page
