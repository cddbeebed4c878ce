"""Surveys: whom to ask about which pair, what came back from any form, who has not answered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.catalogue.catalogue import LANGUAGES, ours, speaking, spoken
from matcher.cohort.cells import neutralise_frame
from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.config import Config
from matcher.errors import Finding, InputError, raise_if_any
from matcher.intake.checks.row_checks import today_anywhere
from matcher.intake.files.grid import Grid
from matcher.intake.files.recorded import recorded_file
from matcher.intake.files.table_sources import every_table
from matcher.intake.headers import with_titles
from matcher.intake.mapping import Mapping as Columns
from matcher.intake.mapping import map_headings
from matcher.intake.presets import SUBMITTED, preset_of
from matcher.intake.proposals.single_texts import is_person
from matcher.intake.so_far import read_so_far, told
from matcher.intake.typed_table import type_table
from matcher.programme.pair_record import Pair, Stamp, standing_pairs, with_rows
from matcher.report.page import strict_environment
from matcher.storage import one_writer, write_file
from matcher.text import fold, fold_heading, listed, shown_title, snake
from matcher.vocabulary import COOLING, Role, Status

OUTCOMES = "outcomes"
WAVES = {"mid": 1, "end": 2}
"""Number of each survey in the column `wave`."""
RATED = ("meetings", "rating", "goal_progress", "ended_early")
GOING_ON = (Status.ACCEPTED, Status.ACTIVE, Status.PAUSED)


@dataclass(frozen=True)
class AskedRater:
    """Somebody who is asked about a pair."""

    pair: Pair
    rater: Role

    @property
    def person(self) -> str:
        """Id of who is asked."""
        return self.pair[self.rater is Role.MENTOR]

    @property
    def other(self) -> str:
        """Id of the other one."""
        return self.pair[self.rater is Role.MENTEE]


@dataclass(frozen=True)
class Responses:
    """Who was to answer a survey, and who has."""

    asked: tuple[AskedRater, ...]
    answered: frozenset[AskedRater]

    @property
    def missing(self) -> list[AskedRater]:
        """Who has not answered yet."""
        return [one for one in self.asked if one not in self.answered]

    def count(self, rater: Role) -> tuple[int, int]:
        """Return of a side how many answered, and how many were asked."""
        side = [one for one in self.asked if one.rater is rater]
        return sum(one in self.answered for one in side), len(side)


def responses(cohort: Cohort, wave: int) -> Responses:
    """Return who is asked in a survey, and who has answered.

    Both of every pair that was accepted or goes on; at the end also of those that are recorded to
    have ended after they had begun.
    """
    asked = [
        AskedRater(pair, rater)
        for pair, row in sorted(standing_pairs(cohort.engagements).items())
        if _is_asked(row, wave)
        for rater in (Role.MENTEE, Role.MENTOR)
    ]
    table = cohort.outcomes[cohort.outcomes["wave"] == wave]
    columns = (table[name].astype(object) for name in ("mentee_id", "mentor_id", "rater"))
    found = {
        AskedRater((mentee, mentor), Role(rater))
        for mentee, mentor, rater in zip(*columns, strict=True)
        if rater in (Role.MENTEE, Role.MENTOR)
    }
    return Responses(tuple(asked), frozenset(found & {*asked}))


def _is_asked(row: Mapping[str, str], wave: int) -> bool:
    has_ended = row["status"] in COOLING and bool(row["recorded_at"] and row["start"])
    return row["status"] in GOING_ON or (wave == WAVES["end"] and has_ended)


def survey_table(
    asked: Iterable[AskedRater], wave: int, name: Callable[[str], str]
) -> pd.DataFrame:
    """Return the table to fill in: a row for each person and pair, questions as titles."""
    questions = _titles(spoken()["survey"])
    rows = [
        {
            "name": name(one.person),
            "about": name(one.other),
            "mentee_id": one.pair[0],
            "mentor_id": one.pair[1],
            "rater": one.rater.value,
            "wave": str(wave),
            **dict.fromkeys(questions.values(), ""),
        }
        for one in asked
    ]
    return pd.DataFrame(rows, dtype=object)


def _titles(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the questions with how they are answered, where that is not plain, by column."""
    how = dict.fromkeys(("rating", "goal_progress"), str(told["scale"]))
    how["ended_early"] = f"{told['yes']}/{told['no']}"
    return {
        column: f"{question} ({how[column]})" if column in how else question
        for column, question in told["questions"].items()
    }


def survey_files(
    found: Responses, wave: int, name: Callable[[str], str], config: Config
) -> dict[str, bytes]:
    """Return the forms for who has not answered yet, by file name: to fill in, and to print."""
    kind = next((word for word, number in WAVES.items() if number == wave), "mid")
    programme = config.programme
    with speaking(programme.language, config.words):
        table = survey_table(found.missing, wave, name)
        page = survey_page(found.missing, kind, name, programme.name)
    text = neutralise_frame(table).to_csv(index=False, lineterminator="\n")
    return {"survey.csv": str(text).encode("utf-8-sig"), "survey.html": page}


def survey_page(
    asked: Iterable[AskedRater], wave: str, name: Callable[[str], str], programme: str
) -> bytes:
    """Return a page to print: a sheet for each person and pair."""
    pages = strict_environment("matcher.programme")
    words = spoken()
    sheets = [
        words["survey"]["intro"].format(name=name(one.person), other=name(one.other))
        for one in asked
    ]
    page = pages.get_template("survey.html.j2")
    back = words["survey"]["give_back"].format(programme=programme or words["send"]["programme"])
    made = page.render(
        s=words["survey"],
        title=words["survey"][wave],
        sheets=sheets,
        back=back,
        language=words.language,
    )
    return made.encode()


def read_survey(
    path: Path, config: Config, cohort: Cohort, wave: int, today: date
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read what a survey brought back, from our own table or any form, mapped like sign-ups.

    Parameters
    ----------
    path
        CSV file or workbook; of a workbook the first sheet with rows.
    config
        `[columns.outcomes]`, `[answers]`, `[scales]` and `[numbers]` say what the form means; its
        columns `respondent` and `partner` stand for mentee and mentor.
    cohort
        Whose pairs were asked.
    wave, today
        Where the form names none.

    Returns
    -------
    DataFrame
        Texts of rows of `outcomes`, with the `source_row` of each: one answer of two who mentor
        each other is two rows.
    list of Finding
        Warnings, among them W_SURVEY_ROW for each row that is set aside: its pair is not known, its
        day is yet to come, or a cell of it cannot be read.

    Raises
    ------
    InputError
        With every fault of its titles; where no answer can be taken, with what is wrong with each.
    """
    grid = _with_questions(with_titles(first_table(path), config))
    mapping = map_headings(grid, preset_of(grid, config), config)
    if not any(mapping.of(name) for name in ("mentee_id", "respondent")):
        grid = _with_respondents(grid, config)
        mapping = map_headings(grid, preset_of(grid, config), config)
    if mapping.of("respondent") and not mapping.of("partner"):
        grid = _with_partner(grid, mapping, cohort.people)
        mapping = map_headings(grid, preset_of(grid, config), config)
    names_pairs = bool(mapping.of("mentee_id") and mapping.of("mentor_id"))
    findings = list(mapping.findings)
    if mapping.of("respondent"):
        pair = ("mentee_id", "mentor_id")
        findings = [f for f in findings if not (f.code == "E_MISSING_COLUMN" and f.column in pair)]
    raise_if_any(findings, InputError)
    table = type_table(grid, mapping, config)
    given = [f for f in table.findings if f.code != "E_MISSING_VALUE"]
    unread = [fault for fault in given if fault.row and not fault.is_warning]
    is_unread = table.frame["source_row"].isin([fault.row for fault in unread])
    last = config.programme.as_of or max(today, today_anywhere())
    reader = _Reader(cohort.people, responses(cohort, wave).asked, path.name, last)
    rows = [
        made
        for row in table.frame[~is_unread].to_dict("records")
        if any(told(row[name]) for name in RATED)
        for made in reader.rows(row, wave, today, names_pairs=names_pairs)
    ]
    aside = sorted([*unread, *reader.findings], key=lambda fault: fault.row or 0)
    whole = [fault for fault in given if not fault.row]
    raise_if_any([*whole, *(() if rows else aside or [_no_answers(path)])], InputError)
    made = pd.DataFrame(rows, dtype=object)
    return made, [f for f in (*findings, *given, *map(_set_aside, aside)) if f.is_warning]


def _set_aside(finding: Finding) -> Finding:
    """Return that a row is left out; the rest of the file is taken."""
    remedy = f"the row is set aside; {finding.remedy} and read the file again to have it"
    return replace(finding, code="W_SURVEY_ROW", remedy=remedy)


def first_table(path: Path) -> Grid:
    """Return the first table of a file that has rows.

    Raises
    ------
    InputError
        E_NO_ROWS where none has, and what reading the file raises.
    """
    for _, read in every_table(path):
        grid = read(0)
        if len(grid.rows):
            return replace(grid, table=OUTCOMES)
    raise InputError(_no_answers(path))


def _no_answers(path: Path) -> Finding:
    return Finding("E_NO_ROWS", f"{path.name} holds no answers", "fill it in, or export it again")


def _with_questions(grid: Grid) -> Grid:
    """Return a table with the columns' names for the questions that our own forms ask."""
    asked: dict[str, str] = {}
    for language in LANGUAGES:
        words = ours(language)["survey"]
        for titles in (words["questions"], _titles(words)):
            asked |= {fold_heading(text): column for column, text in titles.items()}
        asked[fold_heading(words["rater"])] = "rater"
    titles = [asked.get(fold_heading(title), title) for title in grid.titles]
    # Names beside ids are for those who fill the table in.
    beside = ("name", "about") if {"mentee_id", "mentor_id"} <= {*titles} else ()
    kept = [k for k, title in enumerate(titles) if title not in beside]
    columns = tuple(grid.columns[k] for k in kept)
    return replace(grid, titles=tuple(titles[k] for k in kept), columns=columns)


TITLES_OF_PEOPLE = {
    "respondent": ("email", "e_mail", "email_address", "name", "your_name"),
    "partner": ("about", "mentor", "mentee", "your_mentor", "your_mentee", "mentor_or_mentee"),
}
"""Titles, as `snake` writes them, under which forms hold who answers, and about whom."""


def _with_respondents(grid: Grid, config: Config) -> Grid:
    """Return a table whose own columns of names and addresses say who answers, and about whom.

    What the sign-up form calls its address or its name is called so in a survey of the same tool.
    """
    meant = {fold_heading(t): to for t, to in config.columns.items() if isinstance(to, str)}
    names = [meant.get(fold_heading(title), "") for title in grid.titles]
    names = [
        name if name in TITLES_OF_PEOPLE["respondent"] else snake(t)
        for name, t in zip(names, grid.titles, strict=True)
    ]
    titles = list(grid.titles)
    for column, words in TITLES_OF_PEOPLE.items():
        at = next((names.index(word) for word in words if word in names), None)
        if at is not None:
            titles[at] = column
    return replace(grid, titles=tuple(titles))


def _with_partner(grid: Grid, mapping: Columns, people: People) -> Grid:
    """Return a table with the column that says, by its cells alone, whom answers are about.

    What stands there holds even where it names nobody of the respondent's: an answer is never one
    about somebody else than it says.

    Raises
    ------
    InputError
        E_MISSING_COLUMN where several columns name people.
    """
    own = [people.find(str(cell).strip()) for cell in grid.columns[mapping.of("respondent")[0]]]

    likely = []
    for title, at in mapping.unused.items():
        cells = [(str(cell).strip(), me) for cell, me in zip(grid.columns[at], own, strict=True)]
        given = [(text, people.find(text), me) for text, me in cells if text]
        others = [who != me if who else is_person(text, ()) for text, who, me in given]
        is_most = min(len(given) * 2 / len(cells), sum(others) * 2 / max(1, len(given))) >= 1
        likely += [at] if is_most and title not in TITLES_OF_PEOPLE["respondent"] else []
    if len(likely) > 1:
        said = listed(f"'{shown_title(grid.titles[at])}'" for at in likely)
        message = f"{said} name people, and it is not told whom an answer is about"
        raise InputError(Finding("E_MISSING_COLUMN", message, "map one of them to partner"))
    titles = ["partner" if at in likely else title for at, title in enumerate(grid.titles)]
    return replace(grid, titles=tuple(titles))


@dataclass
class _Reader:
    """Finds the pair of each answer."""

    people: People
    asked: Sequence[AskedRater]
    file: str
    last: date
    """The last day that an answer can be of."""

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []

    def rows(
        self, row: Mapping[Any, Any], wave: int, today: date, *, names_pairs: bool
    ) -> Iterator[dict[str, str]]:
        """Yield the rows of `outcomes` that an answer is; none, with a finding, of no known pair.

        Nor of a day to come, which no later command would read. Two who mentor each other are two
        pairs, of which one answer speaks that names no role.
        """
        at = int(row["source_row"])
        found = self._named(row, at) if names_pairs else self._guessed(row, at)
        when = told(row["date"]) or told(row.get(SUBMITTED))[:10] or today.isoformat()
        if found and when > self.last.isoformat():
            remedy = f"correct the date, which is after {self.last.isoformat()}"
            finding = Finding("E_DATE_FUTURE", "the answer is of a day that is yet to come", remedy)
            self.findings.append(finding.at(self.file, at, "date"))
            return
        for pair, rater in found:
            yield {
                "source_row": str(at),
                "mentee_id": pair[0],
                "mentor_id": pair[1],
                "rater": rater,
                "wave": told(row["wave"]) or str(wave),
                "date": when,
                **{name: told(row[name]) for name in RATED},
            }

    def _named(self, row: Mapping[Any, Any], at: int) -> list[tuple[Pair, str]]:
        texts = [told(row[name]) for name in ("mentee_id", "mentor_id")]
        pair = [self.people.find(text) or text for text in texts]
        known = {one.pair for one in self.asked}
        if (pair[0], pair[1]) in known:
            return [((pair[0], pair[1]), _role(told(row["rater"])))]
        message = "the two were not asked: they are no pair that goes on or has ended lately"
        self._unknown(message, "correct them, or record the pair first", at, "mentee_id")
        return []

    def _guessed(self, row: Mapping[Any, Any], at: int) -> list[tuple[Pair, str]]:
        """Return the pair that a respondent can mean, of two who mentor each other both ways.

        A name that several people have is that of the one whom the respondent was asked about.
        """
        person, partner = told(row["respondent"]), told(row["partner"])
        who, others = self.people.find(person), self.people.meant(partner)
        role = _role(told(row["rater"]))
        mine = [one for one in self.asked if one.person == who and role in ("", one.rater)]
        found = [one for one in mine if one.other in others] if partner else mine
        if len({one.other for one in found}) == 1:
            return [(one.pair, one.rater) for one in found]
        if who is None or (partner and not others):
            column = "respondent" if who is None else "partner"
            self._unknown(f"the {column} is nobody here", "correct the cell", at, column)
            return []
        if not mine:
            message = "the respondent has no pair that goes on or has ended lately"
            self._unknown(message, "record the pair first", at, "respondent")
            return []
        message = f"the respondent was asked about {listed(sorted({one.other for one in mine}))}"
        self._unknown(message, "say who is meant, in a column mapped to partner", at, "partner")
        return []

    def _unknown(self, message: str, remedy: str, at: int, column: str) -> None:
        finding = Finding("E_UNKNOWN_PERSON", message, remedy)
        self.findings.append(finding.at(self.file, at, column))


def _role(text: str) -> str:
    """Return mentee or mentor as a form says it, "" for neither."""
    word = fold(text)
    return next((role for role in (Role.MENTEE, Role.MENTOR) if word.startswith(role)), "")


def take_out(source: str, at: str) -> None:
    """Take the answers out again that were taken in at a moment.

    Raises
    ------
    InputError
        E_NOT_FOUND where there are none of it any more.
    """
    path = recorded_file(source, OUTCOMES)
    with one_writer(path):
        rows = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None
        if rows is None or not (rows["recorded_at"] == at).any():
            what = "no answers were taken in at that moment"
            raise InputError(Finding("E_NOT_FOUND", what, "look at outcomes.csv"))
        left = rows[rows["recorded_at"] != at]
        write_file(path, left.to_csv(index=False, lineterminator="\n").encode())


def take_in(source: str, config: Config, people: People, rows: pd.DataFrame, stamp: Stamp) -> Path:
    """Write answers behind the outcomes that there are; return the file.

    Raises
    ------
    InputError, StorageError
        As for `record`.
    """
    path = recorded_file(source, OUTCOMES)
    with one_writer(path):
        so_far = read_so_far(source, OUTCOMES, config, people)
        written = rows.assign(recorded_at=stamp.at, recorded_by=stamp.by)
        write_file(path, with_rows(OUTCOMES, so_far, written))
    return path
