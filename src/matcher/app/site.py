"""The web application: the gate before it, its pages, and what is told where something fails."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from matcher.app.approve_page import approve_pages
from matcher.app.compare_page import compare_pages
from matcher.app.desk import Desk
from matcher.app.files_page import file_pages
from matcher.app.for_the_board import board_pages
from matcher.app.frame import goto, show, static_file
from matcher.app.gate import HEADERS, Handler, SessionGate
from matcher.app.history_page import history_pages
from matcher.app.letters_page import letter_pages
from matcher.app.match_page import match_pages
from matcher.app.patience import Patient
from matcher.app.people_page import people_pages
from matcher.app.priorities_page import priority_pages
from matcher.app.questions_page import question_pages
from matcher.app.review_page import review_pages
from matcher.app.said_plainly import in_sentences
from matcher.app.start_page import start_pages
from matcher.app.survey_page import survey_pages
from matcher.app.year_page import year_pages
from matcher.catalogue.catalogue import speaking, worded
from matcher.errors import MatcherError

TOO_LONG = "string_too_long"
"""How the library calls a text beyond its limit."""

Pages = Callable[[FastAPI, Desk], None]
PAGES: tuple[Pages, ...] = (
    start_pages,
    file_pages,
    question_pages,
    people_pages,
    priority_pages,
    match_pages,
    review_pages,
    letter_pages,
    approve_pages,
    compare_pages,
    year_pages,
    survey_pages,
    board_pages,
    history_pages,
)
"""What adds the addresses of each page."""


def create_site(desk: Desk, gate: SessionGate) -> FastAPI:
    """Return the application over a folder of programmes."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    app.add_middleware(Patient)  # inside of the gate

    @app.middleware("http")
    async def guard(request: Request, handler: Handler) -> Response:
        async def answered(admitted: Request) -> Response:
            accepted = admitted.headers.get("accept-language", "")
            with speaking(desk.language(admitted.url.path, accepted)):
                return await handler(admitted)

        return await gate(request, answered)

    @app.exception_handler(MatcherError)
    async def wrong(request: Request, error: Exception) -> Response:
        lines = in_sentences(error) if isinstance(error, MatcherError) else []
        return _problem(request, lines)

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: Exception) -> Response:
        faults = error.errors() if isinstance(error, RequestValidationError) else ()
        limits = [fault["ctx"]["max_length"] for fault in faults if fault["type"] == TOO_LONG]
        told = [worded("trouble.too_long", limit=limit) for limit in limits]
        return _problem(request, told or [worded("trouble.unfit")])

    @app.exception_handler(HTTPException)
    async def nothing(request: Request, error: Exception) -> Response:
        code = error.status_code if isinstance(error, HTTPException) else 404
        answer = _problem(request, [worded(f"trouble.{'unfit' if code == 400 else 'no_page'}")])
        answer.status_code = code
        return answer

    @app.exception_handler(Exception)
    async def ours(request: Request, _: Exception) -> Response:
        answer = _problem(request, [worded("trouble.ours")])
        answer.status_code = 500
        answer.headers.update(HEADERS)
        return answer

    @app.get("/enter")
    def enter() -> Response:
        return goto("/")

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        return static_file(name)

    for add in PAGES:
        add(app, desk)
    return app


def _problem(request: Request, lines: list[str]) -> Response:
    parts = request.url.path.split("/")
    back = "/".join(parts[:4]) if request.method != "GET" else "/"
    return show("trouble.html.j2", None, 422, lines=lines, back=back or "/")
