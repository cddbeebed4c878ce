"""Surveys: the form for who has not answered yet, answers of any form taken in, who is missing."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import Response

from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.frame import around, download, goto, show
from matcher.app.run_view import view_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.start_page import check_content, kept_name
from matcher.app.year_view import today_of
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.config.edited import KeyOf, with_keys
from matcher.errors import Finding, InputError, MatcherError
from matcher.programme.pair_record import Stamp
from matcher.programme.pair_survey import (
    OUTCOMES,
    WAVES,
    Responses,
    read_survey,
    responses,
    survey_files,
    take_in,
)
from matcher.programme.survey_columns import columns_to_write
from matcher.storage import write_file
from matcher.vocabulary import Role

SURVEYS = "surveys"
"""Folder of a programme in which forms and answers lie as they came."""
UNMAPPED = {"E_HEADER", "E_MISSING_COLUMN"}
MEANINGS = (
    "ignore", "respondent", "partner", "rater", "meetings", "rating", "goal_progress",
    "ended_early", "date",
)  # fmt: skip
"""What a question of a survey can be taken as."""


def survey_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/survey/{wave}")
    def survey(key: str, wave: str, taken: int = 0) -> Response:
        return _page(desk.find(key), wave, taken=taken)

    @app.get("/p/{key}/survey/{wave}/{name}")
    def form(key: str, wave: str, name: str) -> Response:
        programme = desk.find(key)
        content = make_survey(programme, wave).get(name)
        if content is None:
            raise refused("E_NOT_FOUND", "no_form")
        return download(content, name, "text/html" if name.endswith(".html") else "text/csv")

    @app.post("/p/{key}/survey/{wave}")
    def answers(key: str, wave: str, files: list[UploadFile]) -> Response:
        programme = desk.find(key)
        file = files[0]
        name = kept_name(file.filename or "")
        content = file.file.read()
        check_content(name, content)
        path = write_file(programme.folder / SURVEYS / f"{_wave(wave)}-{name}", content)
        return _read(programme, wave, path)

    @app.post("/p/{key}/survey/{wave}/questions")
    async def meant(key: str, wave: str, request: Request) -> Response:
        programme = desk.find(key)
        form = {str(name): str(value) for name, value in (await request.form()).items()}
        path = programme.folder / SURVEYS / Path(form.pop("file", "")).name
        if not path.is_file():
            raise refused("E_NOT_FOUND", "answers_gone")
        keys: dict[KeyOf, str] = {
            ("columns", OUTCOMES, title): what for title, what in form.items() if what in MEANINGS
        }
        said = worded("did.survey", len(keys))
        programme.settings.take(with_keys(programme.settings.text, keys), said, programme.reviewer)
        return _read(programme, wave, path)


def _wave(wave: str) -> int:
    if wave not in WAVES:
        raise refused("E_NOT_FOUND", "no_survey")
    return WAVES[wave]


def _people(programme: ProgrammeFolder) -> Cohort:
    cohort = programme.reading().cohort
    if cohort is None:
        raise refused("E_NOT_FOUND", "nobody_read")
    return cohort


def make_survey(programme: ProgrammeFolder, wave: str) -> Mapping[str, bytes]:
    """Write the forms for who has not answered yet, and return them by name."""
    number, names = _wave(wave), view_of(programme).names.full_name
    found = responses(_people(programme), number)
    files = survey_files(found, number, names, programme.settings.config())
    for name, content in files.items():
        write_file(programme.folder / SURVEYS / wave / name, content)
    return files


def _read(programme: ProgrammeFolder, wave: str, path: Path) -> Response:
    """Take answers in, or ask what their questions mean."""
    try:
        taken, aside = take_answers(programme, wave, path)
    except InputError as error:
        if UNMAPPED & {finding.code for finding in error.findings}:
            return _page(programme, wave, in_sentences(error)[:1], path)
        return _page(programme, wave, _told(error))
    except MatcherError as error:
        return _page(programme, wave, in_sentences(error))
    if aside:
        return _page(programme, wave, _told(InputError(aside)), taken=taken)
    return goto(f"/p/{programme.key}/survey/{wave}?taken={taken}")


def _told(error: InputError) -> list[str]:
    """Return what cannot be read in the words of the form, row by row, and what may be written."""
    lines: list[str] = []
    for fault in error.findings:
        if fault.row is None or fault.column not in MEANINGS[1:]:
            lines += in_sentences(InputError(fault))
            continue
        question = worded(f"survey.as_{fault.column}")
        told = worded("survey.not_read", row=str(fault.row), question=question)
        lines.append(f"{told} {worded(f'survey.write_{fault.column}')}")
    return list(dict.fromkeys(lines))


def take_answers(programme: ProgrammeFolder, wave: str, path: Path) -> tuple[int, list[Finding]]:
    """Read answers as `matcher survey --read` does; return how many, and which rows are set aside.

    Raises
    ------
    InputError
        What :func:`matcher.programme.pair_survey.read_survey` finds; then nothing is written.
    """
    config, cohort = programme.settings.config(), _people(programme)
    rows, warnings = read_survey(path, config, cohort, _wave(wave), today_of(programme))
    stamp = Stamp(programme.reviewer, programme.now(), today_of(programme))
    take_in(programme.place, config, cohort.people, rows, stamp)
    count = rows["source_row"].nunique()
    said = worded("did.surveyed", count, what=worded(f"survey.{wave}"))
    programme.settings.note("survey", said, programme.reviewer, stamp=stamp.at)
    return count, [finding for finding in warnings if finding.code == "W_SURVEY_ROW"]


def _page(
    programme: ProgrammeFolder,
    wave: str,
    problems: Sequence[str] = (),
    unmapped: Path | None = None,
    *,
    taken: int = 0,
) -> Response:
    cohort, names = _people(programme), view_of(programme).names.full_name
    found = responses(cohort, _wave(wave))
    asks: list[tuple[str, str]] = []
    if unmapped is not None:
        stated = tomllib.loads("\n".join(columns_to_write(unmapped, cohort.people)))
        asks = list(stated["columns"][OUTCOMES].items())
    return show(
        "survey_page.html.j2",
        around(programme, "year"),
        422 if problems and not taken else 200,
        wave=wave,
        title=worded(f"survey.{wave}"),
        counts=_counts(found),
        taken=taken,
        missing=[(names(one.person), names(one.other)) for one in found.missing],
        asks=asks,
        meanings=MEANINGS,
        file=unmapped.name if unmapped else "",
        problems=problems,
    )


def _counts(found: Responses) -> list[tuple[str, int, int]]:
    return [
        (worded(f"survey.by_{role}"), *found.count(role)) for role in (Role.MENTEE, Role.MENTOR)
    ]
