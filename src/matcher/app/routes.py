"""The web application: which address does what, and how it starts, on this machine only."""

from importlib import resources
from typing import Annotated

from fastapi import FastAPI, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from matcher.app import pages
from matcher.app.gate import Handler, SessionGate
from matcher.app.session import Review
from matcher.app.uploads import Uploads
from matcher.errors import MatcherError
from matcher.publish.published_run import approval_sentence
from matcher.report.page import asset, build_report
from matcher.report.workbook import build_workbook
from matcher.run_tables import RunFile

FormText = Annotated[str, Form(max_length=4000)]
STATIC = {
    "report.css": "text/css",
    "report.js": "text/javascript",
    "review.css": "text/css",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""Files that pages load, by name: nothing else can be asked for."""


def create_app(review: Review, uploads: Uploads, gate: SessionGate) -> FastAPI:
    """Return the application of one review."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, handler: Handler) -> Response:
        return await gate(request, handler)

    @app.exception_handler(MatcherError)
    async def told(_: Request, error: Exception) -> Response:
        return _problem(review, 422, *(error.lines() if isinstance(error, MatcherError) else ()))

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, __: Exception) -> Response:
        what = "What was sent is incomplete or too long: a note or reason takes 2000 characters."
        return _problem(review, 422, what)

    @app.get("/enter")
    def enter() -> Response:
        return _to("/")

    _reading(app, review, uploads)
    _deciding(app, review)
    _running(app, review, uploads)
    return app


def _reading(app: FastAPI, review: Review, uploads: Uploads) -> None:
    @app.get("/")
    def home() -> Response:
        if review.job is not None and not review.job.done:
            return _to("/running")
        if review.run is None:
            return _to("/start")
        return HTMLResponse(pages.overview_page(review))

    @app.get("/start")
    def start() -> Response:
        return HTMLResponse(pages.render("start.html.j2", review, intake=uploads.state()))

    @app.get("/mentee")
    def mentee(id: str) -> Response:
        page = pages.mentee_page(review, id)
        if page is None:
            return _problem(review, 404, "Nobody in this run has that id.")
        return HTMLResponse(page)

    @app.get("/compare")
    def compare(mentee: str, mentor: str, exact: bool = False) -> Response:
        return HTMLResponse(pages.comparison_page(review, mentee, mentor, exact=exact))

    @app.get("/changes")
    def changes() -> Response:
        return HTMLResponse(pages.render("changes.html.j2", review, changes=review.changes()))

    @app.get("/report.html")
    def report() -> Response:
        view = review.view()
        page = build_report(view.run, cohort=view.cohort, approval=approval_sentence(view.run))
        return _download(page, RunFile.REPORT, "text/html")

    @app.get("/matches.xlsx")
    def workbook() -> Response:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        view = review.view()
        book = build_workbook(view.run, cohort=view.cohort)
        return _download(book, RunFile.WORKBOOK, kind)

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in STATIC:
            return Response(status_code=404)
        return Response(_static(name), media_type=STATIC[name])


def _deciding(app: FastAPI, review: Review) -> None:
    @app.post("/decide")
    def decide(
        mentee: FormText = "",
        mentor: FormText = "",
        decision: FormText = "",
        note: FormText = "",
        to: FormText = "/",
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
    def reviewer(name: FormText = "") -> Response:
        review.set_reviewer(name)
        return _to("/")

    @app.post("/approve")
    def approve(by: FormText = "", reason: FormText = "") -> Response:
        review.approve(by, reason)
        return _to("/")


def _running(app: FastAPI, review: Review, uploads: Uploads) -> None:
    @app.post("/rerun")
    def rerun() -> Response:
        if review.run is None:
            uploads.require_clean()
            review.cohort = uploads.cohort()
        review.rerun()
        return _to("/running")

    @app.post("/open")
    def open_run(name: FormText = "") -> Response:
        review.start = uploads.run(name)
        review.cohort = uploads.cohort()
        return _to("/")

    @app.get("/running")
    def running() -> Response:
        job = review.job
        if job is None or (job.done and not job.problems):
            return _to(_after(review))
        return HTMLResponse(pages.render("running.html.j2", review, job=job))

    @app.get("/progress")
    def progress() -> Response:
        page = pages.review_templates().get_template("_progress.html.j2").render(job=review.job)
        done = review.job is None or review.job.done
        headers = {"HX-Redirect": _after(review)} if done else {}
        return HTMLResponse(page, headers=headers)

    @app.post("/upload")
    def upload(files: list[UploadFile]) -> Response:
        uploads.take([(file.filename or "", file.file.read()) for file in files])
        return _to("/start")


def _after(review: Review) -> str:
    job = review.job
    if job is not None and job.problems:
        return "/running"
    return "/changes" if review.start != review.run else "/"


def _problem(review: Review, status: int, *lines: str) -> Response:
    return HTMLResponse(pages.render("problem.html.j2", review, lines=lines), status_code=status)


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
