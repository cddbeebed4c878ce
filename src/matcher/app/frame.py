"""What every page has around it: programme, steps, history, and the one next step at its foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from markupsafe import Markup, escape

from matcher.app.acts import newest_act
from matcher.app.chosen_words import called
from matcher.app.decisions_made import standing_decisions
from matcher.app.desk import ProgrammeFolder, time_of_match
from matcher.app.kept_apart import OpenApart, open_apart
from matcher.app.next_step import NextStep, StepState, facts_of, next_step, steps_of
from matcher.app.run_view import view_of
from matcher.app.said_plainly import clock_time, short_day
from matcher.catalogue.catalogue import numeral, spoken, worded
from matcher.plans.plan_words import first_of, listing
from matcher.programme import ledger
from matcher.report.page import environment as report_environment
from matcher.report.page import strict_environment
from matcher.text import capital, printable

ON_A_PAGE = 100
"""Rows of a long list that one page shows."""
ShortText = Annotated[str, Form(max_length=2000)]
"""A field of a form."""
STATIC = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""Files that pages load, by name: nothing else can be asked for."""


One = TypeVar("One")


@dataclass(frozen=True)
class Paged(Generic[One]):
    """One page of a long list."""

    rows: Sequence[One]
    page: int
    pages: int
    count: int
    """Rows of all pages."""

    @classmethod
    def of(cls, rows: Sequence[One], page: int) -> Self:
        """Return a page of a list; beyond the last one, the last."""
        pages = max(1, -(-len(rows) // ON_A_PAGE))
        at = min(max(1, page), pages)
        return cls(rows[(at - 1) * ON_A_PAGE : at * ON_A_PAGE], at, pages, len(rows))


@cache
def templates() -> Environment:
    """Return the templates of the pages."""
    env = strict_environment("matcher.app")
    env.filters.update(report_environment().filters)
    env.filters.update(
        plain=printable,
        capital=capital,
        initials=initials,
        name_of=lambda key, names: names(key),
        day=short_day,
        when=_time_of,
        numeral=numeral,
        first_of=first_of,
        called=called,
        listed=listing,
    )
    env.globals.update(w=_worded, language=lambda: spoken().language)
    return env


def _worded(key: str, n: float | None = None, **places: object) -> Markup:
    """Return a text of the catalogue, whose tags are ours, with its places escaped."""
    safe = {name: escape(v) if isinstance(v, str) else v for name, v in places.items()}
    return Markup(worded(key, n, **safe))  # noqa: S704


def initials(name: str) -> str:
    """Return two letters for a name."""
    before, _, _ = name.partition(",")  # what stands behind a whole name is told of the person
    bare = before if len(before.split()) > 1 else name
    words = [word for word in bare.split() if word[:1].isalnum()]
    ends = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in ends).upper()


@dataclass(frozen=True)
class Undo:
    """What Undo would take back: what was done last, and nothing before it."""

    what: str
    numbers: tuple[int, ...]
    """Lines of the log: several where one press did several things; none where they stay."""
    at: str
    decision: bool = False
    """Whether it is about the match: those lie in a log of their own."""
    page: str = ""
    """Where it is said why it stays."""


@dataclass(frozen=True)
class Frame:
    """What stands around a page of a programme."""

    key: str
    name: str
    title: str
    """What pages call it."""
    page: str
    steps: list[StepState]
    next: NextStep
    seen: int
    undo: Undo | None
    reviewer: str
    asks_who: bool = False
    """Whether to ask who is at work: once, after the first act that can be taken back."""
    match: str = ""
    """When the match in view was made, for printed sheets."""
    apart: tuple[OpenApart, ...] = ()
    """Answers about whom to keep apart that are open."""
    decided: int = 0
    """Lines of the log of decisions about the match in view."""
    told: str = ""
    """What the press that led here did, where the page itself does not say it."""
    until: str = ""
    """When the last act was, where nothing has been done since the program began."""

    @property
    def base(self) -> str:
        """Where the programme's pages lie."""
        return f"/p/{self.key}"

    @property
    def place(self) -> tuple[int, str]:
        """Number and title of the step of this page; 0 for none."""
        found = [(n, s.title) for n, s in enumerate(self.steps, 1) if s.page == self.page]
        return found[0] if found else (0, "")


def around(programme: ProgrammeFolder, page: str) -> Frame:
    """Return what stands around a page."""
    facts = facts_of(programme)
    undo, run = _last_undo(programme), programme.run()
    told, programme.told = programme.told, ""
    return Frame(
        key=programme.key,
        name=printable(programme.name),
        title=printable(programme.title),
        page=page,
        steps=steps_of(facts, page),
        next=next_step(facts, page),
        seen=programme.settings.seen(),
        undo=undo,
        reviewer=programme.reviewer,
        asks_who=not programme.reviewer and _is_first(programme, undo),
        match="" if run is None else time_of_match(run),
        decided=0 if run is None else len(ledger.log_of(run).events()),
        apart=open_apart(programme),
        until=_last_before(programme),
        told=told,
    )


def _is_first(programme: ProgrammeFolder, undo: Undo | None) -> bool:
    """Whether exactly one thing was done that can be taken back."""
    if undo is None:
        return False
    if undo.decision:
        return len(standing_decisions(view_of(programme))) == 1
    return sum(act.can_undo for act in programme.settings.acts()) == 1


def _last_before(programme: ProgrammeFolder) -> str:
    """Return when the last act was, empty where it was since the program began, or none was."""
    run = programme.run()
    logs = [programme.settings.log, *([] if run is None else [ledger.log_of(run)])]
    last = max((event["at"] for log in logs for event in log.events()[-1:]), default="")
    return last if last < programme.began else ""


def _time_of(at: str) -> str:
    """Return a time of a log as the clock on the wall says it."""
    try:
        return clock_time(datetime.fromisoformat(at))
    except ValueError:
        return at[:16].replace("T", " ")


def _last_undo(programme: ProgrammeFolder) -> Undo | None:
    """Return what was done last by one press, None for nothing."""
    last, found = newest_act(programme.settings.acts()), []
    if last:
        what = "; ".join(act.what for act in last[::-1])
        can = tuple(act.number for act in last if act.can_undo and not act.standing_on)
        found = [Undo(what, can, last[0].at, page=f"history#act-{last[0].number}")]
    run = programme.run()
    if run is not None:
        made, given = standing_decisions(view_of(programme))[-1:], ledger.approval(run)
        found += [Undo(one.said, (one.number,), one.at, decision=True) for one in made]
        if given is not None:
            found.append(Undo(worded("approve.is"), (), given.at, page="approve"))
    return max(found, key=lambda undo: (undo.at, undo.decision), default=None)


def show(template: str, frame: Frame | None, status: int = 200, /, **context: Any) -> Response:
    """Return a page."""
    text = templates().get_template(template).render(frame=frame, **context)
    return HTMLResponse(text, status_code=status)


def download(content: bytes, name: str, kind: str) -> Response:
    """Return a file that the browser keeps under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


def goto(path: str) -> Response:
    """Return the answer that leads to another page after a change."""
    return RedirectResponse(path, status_code=303)


def static_file(name: str) -> Response:
    """Return one of the files that pages load."""
    if name not in STATIC:
        return Response(status_code=404)
    folder = resources.files("matcher.app") / "static"
    return Response((folder / name).read_text(encoding="utf-8"), media_type=STATIC[name])
