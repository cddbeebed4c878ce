"""The web application: which address does what."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from matcher.app import pages
from matcher.errors import MatcherError
from matcher.publish.rebuilt import approval_sentence
from matcher.report.page import asset, build_report
from matcher.report.workbook import build_workbook

if TYPE_CHECKING:
    from matcher.app.security import Gate, Handler
    from matcher.app.session import Review
    from matcher.app.uploads import Intake

Text = Annotated[str, Form(max_length=4000)]
STATIC = {
    "report.css": "text/css",
    "report.js": "text/javascript",
    "review.css": "text/css",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""Files that pages load, by name: nothing else can be asked for."""


def create_app(review: Review, intake: Intake, gate: Gate) -> FastAPI:
    """Return the application of one review."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, handler: Handler) -> Response:
        return await gate(request, handler)

    @app.exception_handler(MatcherError)
    async def told(_: Request, error: Exception) -> Response:
        lines = error.lines() if isinstance(error, MatcherError) else []
        page = pages.render("problem.html.j2", review, lines=lines)
        return HTMLResponse(page, status_code=422)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, __: Exception) -> Response:
        lines = ["What was sent is incomplete or too long: a note or reason takes 2000 characters."]
        page = pages.render("problem.html.j2", review, lines=lines)
        return HTMLResponse(page, status_code=422)

    _reading(app, review, intake)
    _deciding(app, review)
    _running(app, review, intake)
    return app


def _reading(app: FastAPI, review: Review, intake: Intake) -> None:
    @app.get("/")
    def home() -> Response:
        if review.job is not None and not review.job.done:
            return _to("/running")
        if review.run is None:
            return _to("/start")
        return HTMLResponse(pages.overview(review))

    @app.get("/start")
    def start() -> Response:
        return HTMLResponse(pages.render("start.html.j2", review, intake=intake.state()))

    @app.get("/mentee")
    def mentee(id: str) -> Response:
        page = pages.mentee(review, id)
        if page is None:
            lines = ["Nobody in this run has that id."]
            page = pages.render("problem.html.j2", review, lines=lines)
            return HTMLResponse(page, status_code=404)
        return HTMLResponse(page)

    @app.get("/compare")
    def compare(mentee: str, mentor: str, exact: bool = False) -> Response:
        return HTMLResponse(pages.compare(review, mentee, mentor, exact=exact))

    @app.get("/changes")
    def changes() -> Response:
        return HTMLResponse(pages.render("changes.html.j2", review, changes=review.changes()))

    @app.get("/report.html")
    def report() -> Response:
        view = review.view()
        page = build_report(view.run, cohort=view.cohort, approval=approval_sentence(view.run))
        return _download(page, "report.html", "text/html")

    @app.get("/matches.xlsx")
    def workbook() -> Response:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        view = review.view()
        book = build_workbook(view.run, cohort=view.cohort)
        return _download(book, "matches.xlsx", kind)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            return Response(status_code=404)
        return Response(_static(name), media_type=STATIC[name])


def _deciding(app: FastAPI, review: Review) -> None:
    @app.post("/decide")
    def decide(
        mentee: Text = "", mentor: Text = "", decision: Text = "", note: Text = "", to: Text = "/"
    ) -> Response:
        review.decide(mentee, mentor, decision, note)
        return _to(to if to.startswith("/mentee?") else "/")

    @app.post("/undo")
    def undo() -> Response:
        review.undo()
        return _to("/")

    @app.post("/back")
    def back() -> Response:
        review.go_back()
        return _to("/")

    @app.post("/reviewer")
    def reviewer(name: Text = "") -> Response:
        review.reviewer = name.strip()[:200]
        return _to("/")

    @app.post("/approve")
    def approve(by: Text = "", reason: Text = "") -> Response:
        review.approve(by, reason)
        return _to("/")


def _running(app: FastAPI, review: Review, intake: Intake) -> None:
    @app.post("/rerun")
    def rerun() -> Response:
        if review.run is None:
            intake.require_clean()
            review.cohort = intake.cohort()
        review.rerun()
        return _to("/running")

    @app.post("/open")
    def open_run(name: Text = "") -> Response:
        review.start = intake.run(name)
        review.cohort = intake.cohort()
        return _to("/")

    @app.get("/running")
    def running() -> Response:
        return HTMLResponse(pages.render("running.html.j2", review, job=review.job))

    @app.get("/progress")
    def progress() -> Response:
        page = pages.environment().get_template("_progress.html.j2").render(job=review.job)
        done = review.job is None or review.job.done
        headers = {"HX-Redirect": _after(review)} if done else {}
        return HTMLResponse(page, headers=headers)

    @app.post("/upload")
    def upload(files: list[UploadFile]) -> Response:
        intake.take([(file.filename or "", file.file.read()) for file in files])
        return _to("/start")


def _after(review: Review) -> str:
    job = review.job
    if job is not None and job.problems:
        return "/running"
    return "/changes" if review.start != review.run else "/"


def _to(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _download(content: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


def _static(name: str) -> str:
    if name in ("report.css", "report.js"):
        return asset(name)
    folder = resources.files("matcher.app") / "static"
    return (folder / name).read_text(encoding="utf-8")
