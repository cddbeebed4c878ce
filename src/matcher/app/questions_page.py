"""Questions: what each question of the form is taken for, why, how sure; changed by choosing."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from matcher.app.answers_given import (
    NotTaken,
    SecondColumn,
    answer,
    each_asked,
    last_change,
    order_grades,
    take,
)
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.questions_shown import questions_view
from matcher.app.read_so_far import people_read, person_read
from matcher.app.said_plainly import in_sentences
from matcher.catalogue.catalogue import worded
from matcher.config.edited import KeyOf
from matcher.errors import MatcherError


def question_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/questions")
    def questions(
        key: str, person: int = 0, at: str = "", answered: int = 0, more: int = 0
    ) -> Response:
        return _page(desk.find(key), person, at, answered=answered, more=more)

    @app.post("/p/{key}/questions")
    def change(
        key: str,
        verb: ShortText,
        sent: Annotated[FormData, Depends(_sent)],
        at: ShortText = "",
        target: ShortText = "",
        which: ShortText = "",
        seen: Annotated[int, Form()] = 0,
        grade: Annotated[list[str] | None, Form()] = None,
        place: Annotated[list[int] | None, Form()] = None,
    ) -> Response:
        programme = desk.find(key)
        try:
            if verb == "take":
                take(programme, at, target, seen, which)
            elif verb == "grades":
                order_grades(programme, grade or (), place or (), seen)
            elif verb == "answer":
                before = {question.path for question in each_asked(programme).values()}
                answered = answer(programme, _said_in(sent), seen)
                after = {question.path for question in each_asked(programme).values()}
                more = len(after - before)
                return goto(f"/p/{key}/questions?answered={answered}&more={more}")
        except SecondColumn as second:
            return _page(programme, 0, second.at, second=second)
        except NotTaken as some:
            return _page(programme, 0, at, answered=some.used, wrong=some.wrong)
        except MatcherError as error:
            return _page(programme, 0, at, problems=in_sentences(error))
        return goto(f"/p/{key}/questions?at={at}" if verb == "take" else f"/p/{key}/questions")


async def _sent(request: Request) -> FormData:
    """Return all fields of a form: those of questions have a name each."""
    return await request.form()


_OF_QUESTION = "said."


def _said_in(sent: FormData) -> dict[str, str]:
    """Return what was said by id of the question; of several fields the last that is filled."""
    pairs = [(name, str(text)) for name, text in sent.multi_items() if str(text).strip()]
    return {k.removeprefix(_OF_QUESTION): v for k, v in pairs if k.startswith(_OF_QUESTION)}


def _page(
    programme: ProgrammeFolder,
    person: int,
    at: str,
    problems: list[str] | None = None,
    *,
    second: SecondColumn | None = None,
    answered: int = 0,
    more: int = 0,
    wrong: Mapping[KeyOf, tuple[str, str]] | None = None,
) -> Response:
    """Return the page; `answered` counts answers just given, `more` the questions they led to."""
    frame = around(programme, "questions")
    reading = programme.reading()
    said = programme.settings.acts()[0].what if answered == 1 else ""
    return show(
        "questions.html.j2",
        frame,
        422 if problems or second or wrong else 200,
        second=second,
        view=questions_view(programme, wrong or {}),
        people=people_read(reading),
        person=None
        if reading.cohort is None
        else person_read(reading.cohort, person, sheets_of(programme)),
        said=worded("questions.answered", answered) if answered > 1 or wrong else said,
        answered=answered,
        wrong=bool(wrong),
        more=more,
        number=person,
        at=at,
        problems=problems or [],
        text=programme.settings.text,
        change=last_change(programme),
    )
