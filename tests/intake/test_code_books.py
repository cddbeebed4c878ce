"""Exports of codes with the file that explains them, and without any."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from matcher.config import Config
from matcher.intake import check_cohort, read_cohort
from matcher.intake.files.code_book import CodeBook, CodedQuestion
from matcher.intake.files.code_book_sources import book_of_structure
from matcher.intake.files.grid import make_grid
from matcher.intake.headers import labelled
from matcher.intake.presets import PRESETS
from matcher.intake.proposals.propose import config_of, propose
from matcher.text import fold
from matcher.vocabulary import IGNORE

NAMES = [
    "Ida Holm",
    "Per Bakke",
    "Siw Lund",
    "Ola Moe",
    "Eva Dahl",
    "Jan Vik",
    "Liv Aas",
    "Tor Bru",
]
ROLES = ("mentee", "mentor", "mentee", "mentee", "mentor", "mentee", "mentor", "mentee")
TOPICS = ("Boats", "Ropes, knots", "Tides")
TICKED = [(0,), (0, 1), (1,), (2,), (0, 2), (1, 2), (1, 2), (0, 1, 2)]
ASKED = "Which skills would you like help with, or could you help others with?"


def table(folder: Path, name: str, *rows: list[object], delimiter: str = ",") -> None:
    """Write a text of cells."""
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def people(role: dict[str, object], topics: list[object], *more: str) -> list[list[object]]:
    """Return a row a person: name, address, role, topics as given, places, manager, consent."""
    rows = []
    for k, (name, part) in enumerate(zip(NAMES, ROLES, strict=True)):
        places = "2" if part == "mentor" else ""
        mail = f"{name.split()[0].lower()}@boats.example"
        cells = topics[k] if isinstance(topics[k], list) else [topics[k]]
        rows.append([name, mail, role[part], *cells, places, NAMES[k - 3], *more])
    return rows


def boxes(yes: object, no: object) -> list[object]:
    """Return a cell for each topic of each person."""
    return [[yes if k in those else no for k in range(3)] for those in TICKED]


def redcap(folder: Path) -> None:
    """Write REDCap's raw data and its data dictionary."""
    titles = ["record_id", "nm", "em", "prt", "skl___1", "skl___2", "skl____3", "cap", "mgr", "agr"]
    rows = people({"mentee": 2, "mentor": 1}, boxes(1, 0), "1")
    rows = [[100 + k, *row] for k, row in enumerate(rows)]
    table(folder, "Club_DATA_2026.csv", [*titles, "form_complete"], *([*r, 2] for r in rows))
    head = ["Variable / Field Name", "Form Name", "Field Type", "Field Label"]
    head.append("Choices, Calculations, OR Slider Labels")
    skills = f"1, {TOPICS[0]} | 2, {TOPICS[1]} | -3, {TOPICS[2]}"
    fields = [
        ["nm", "f", "text", "<b>Full name</b>", ""],
        ["em", "f", "text", "E-mail", ""],
        ["prt", "f", "radio", "I take part as", "1, Mentor | 2, Mentee"],
        ["skl", "f", "checkbox", ASKED, skills],
        ["cap", "f", "text", "How many mentees can you take?", ""],
        ["mgr", "f", "text", "Line manager", ""],
        ["agr", "f", "yesno", "I consent to being matched", ""],
    ]
    table(folder, "Club_DataDictionary.csv", head, *fields)


LIME = [
    ("Q", "S", "nm", "What is your name?"),
    ("Q", "S", "em", "Your e-mail"),
    ("Q", "L", "prt", "I take part as"),
    ("A", "0", "A1", "Mentee"),
    ("A", "0", "A2", "Mentor"),
    ("Q", "M", "skl", ASKED.replace("?", "&#63;")),
    *(("SQ", "", f"SQ00{k}", topic) for k, topic in enumerate(TOPICS, 1)),
    ("Q", "N", "cap", "How many mentees can you take?"),
    ("Q", "S", "mgr", "Line manager"),
    ("Q", "Y", "agr", "I consent to being matched"),
]


def limesurvey_data(folder: Path) -> None:
    """Write LimeSurvey's answer codes below question codes."""
    options = [f"skl[SQ00{k}]" for k in (1, 2, 3)]
    titles = ["id", "submitdate", "lastpage", "startlanguage", "nm", "em", "prt", *options]
    rows = people({"mentee": "A1", "mentor": "A2"}, boxes("Y", "N"), "Y")
    rows = [[k, "2026-03-04 10:11:12", 3, "en", *row] for k, row in enumerate(rows)]
    table(folder, "results-survey.csv", [*titles, "cap", "mgr", "agr"], *rows)


def limesurvey_text(folder: Path) -> None:
    """Write a LimeSurvey export and its structure as a sheet, in two languages."""
    limesurvey_data(folder)
    head = ["class", "type/scale", "name", "relevance", "text", "help", "language"]
    rows = [[*part[:3], "1", part[3], "", "en"] for part in LIME]
    rows += [[*part[:3], "1", f"{part[3]} (nb)", "", "nb"] for part in LIME]
    table(folder, "limesurvey_survey_1.txt", head, *rows, delimiter="\t")


def limesurvey_archive(folder: Path) -> None:
    """Write a LimeSurvey export and its structure as it is archived."""
    limesurvey_data(folder)
    parts: dict[str, str] = dict.fromkeys(
        ("answers", "answer_l10ns", "questions", "subquestions", "question_l10ns"), ""
    )
    asked = ""
    for k, (kind, letter, code, text) in enumerate(LIME, 10):
        asked = str(k) if kind == "Q" else asked
        if kind == "A":
            parts["answers"] += f"<row><aid>{k}</aid><qid>{asked}</qid><code>{code}</code></row>"
            said = f"<answer><![CDATA[{text}]]></answer><language>en</language>"
            parts["answer_l10ns"] += f"<row><aid>{k}</aid>{said}</row>"
            continue
        above = f"<parent_qid>{asked if kind == 'SQ' else 0}</parent_qid><type>{letter}</type>"
        row = f"<row><qid>{k}</qid>{above}<title>{code}</title></row>"
        parts["questions" if kind == "Q" else "subquestions"] += row
        said = f"<question><![CDATA[{text}]]></question><language>en</language>"
        parts["question_l10ns"] += f"<row><qid>{k}</qid>{said}</row>"
    body = "".join(f"<{name}><rows>{rows}</rows></{name}>" for name, rows in parts.items())
    (folder / "survey.lss").write_text(f"<?xml version='1.0'?><document>{body}</document>")


def qualtrics(folder: Path) -> None:
    """Write Qualtrics's numeric values and the survey itself; codes differ from choice numbers."""
    own = ["ResponseId", "RecordedDate", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"]
    asked = ["What is your name?", "Your e-mail", "How will you take part?", ASKED]
    asked += ["How many mentees can you take?", "Line manager", "Do you consent to being matched?"]
    ids = [json.dumps({"ImportId": title}) for title in own]
    topics = [",".join("246"[k] for k in those) for those in TICKED]
    rows = people({"mentee": 12, "mentor": 11}, topics, "1")
    rows = [[f"R_{k}", "2026-02-03 10:00:00", *row] for k, row in enumerate(rows)]
    table(folder, "Club_values.csv", own, [*own[:2], *asked], ids, *rows)

    def choice(tag: str, text: str, labels: dict[str, str], **more: object) -> dict[str, object]:
        shown = {code: {"Display": label} for code, label in labels.items()}
        payload = {"DataExportTag": tag, "QuestionText": text, "Choices": shown, **more}
        return {"Element": "SQ", "Payload": {"QuestionType": "MC", "Selector": "SAVR", **payload}}

    skills = dict(zip("123", TOPICS, strict=True))
    elements = [
        choice("Q3", asked[2], {"1": "Mentor", "2": "Mentee"}, RecodeValues={"1": "11", "2": "12"}),
        choice("Q4", ASKED, skills, Selector="MAVR", RecodeValues={"1": 2, "2": 4, "3": 6}),
        choice("Q7", f"<p>{asked[6]}</p>", {"1": "Yes", "2": "No"}, ChoiceDataExportTags=False),
    ]
    (folder / "Club.qsf").write_text(json.dumps({"SurveyElements": elements}))


def kobo(folder: Path) -> None:
    """Write Kobo's XML values and its XLSForm."""
    titles = ["_uuid", "_submission_time", "you/nm", "you/em", "you/prt", "do/skl"]
    titles += [f"do/skl/{name}" for name in ("boa", "rop", "tid")]
    topics: list[object] = [
        [" ".join(("boa", "rop", "tid")[k] for k in those), *cells]
        for those, cells in zip(TICKED, boxes(1, 0), strict=True)
        if isinstance(cells, list)
    ]
    rows = people({"mentee": "learn", "mentor": "teach"}, topics, "ok")
    rows = [[f"u{k}", "2026-02-03T10:00:00", *row] for k, row in enumerate(rows)]
    table(folder, "export.csv", [*titles, "cap", "mgr", "agr"], *rows, delimiter=";")
    book = xlsxwriter.Workbook(str(folder / "a8Kx.xlsx"))
    survey = [
        ["type", "name", "label::English (en)"],
        ["begin_group", "you", "About you"],
        ["text", "nm", "What is your name?"],
        ["text", "em", "Your e-mail"],
        ["select_one p", "prt", "I take part as"],
        ["select_multiple s", "skl", ASKED],
        ["integer", "cap", "How many mentees can you take?"],
        ["text", "mgr", "Line manager"],
        ["select_one y", "agr", "I consent to being matched"],
    ]
    choices = [["list_name", "name", "label::English (en)"], ["y", "ok", "Yes"]]
    choices += [["p", "learn", "Mentee"], ["p", "teach", "Mentor"]]
    choices += [["s", c, t] for c, t in zip(("boa", "rop", "tid"), TOPICS, strict=True)]
    for name, lines in (("survey", survey), ("choices", choices), ("settings", [["form_title"]])):
        sheet = book.add_worksheet(name)
        for k, line in enumerate(lines):
            sheet.write_row(k, 0, line)
    book.close()


def own_sheet(folder: Path) -> None:
    """Write a workbook whose second sheet is a list of codes, each variable named once."""
    folder.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(str(folder / "Club 2026.xlsx"))
    topics: list[object] = [", ".join(str(k + 1) for k in those) for those in TICKED]
    data = [["V1", "V2", "V3", "V4", "V5", "V6", "V7"]]
    codes = [
        ["Variable", "Code", "Label", "Question text"],
        ["V1", "", "", "What is your name?"],
        ["V2", "", "", "Your e-mail"],
        ["V3", 1, "Mentee", "I take part as"],
        ["", 2, "Mentor", ""],
        *(["V4" if not k else "", k + 1, t, "" if k else ASKED] for k, t in enumerate(TOPICS)),
        ["V5", "", "", "How many mentees can you take?"],
        ["V6", "", "", "Line manager"],
        ["V7", 1, "Yes", "I consent to being matched"],
    ]
    rows = [*data, *people({"mentee": 1, "mentor": 2}, topics, "1")]
    for name, lines in (("Answers", rows), ("Codes", codes)):
        sheet = book.add_worksheet(name)
        for k, line in enumerate(lines):
            sheet.write_row(k, 0, line)
    book.close()


def own_list(folder: Path) -> None:
    """Write a text and a list with the codes of a variable in one cell."""
    topics: list[object] = ["|".join("abc"[k] for k in those) for those in TICKED]
    titles = ["nm", "em", "prt", "skl", "cap", "mgr", "agr"]
    table(folder, "club.csv", titles, *people({"mentee": "E", "mentor": "R"}, topics, "1"))
    skills = "; ".join(f"{c} = {t}" for c, t in zip("abc", TOPICS, strict=True))
    lines = [
        ["nm", "What is your name?", ""],
        ["em", "Your e-mail", ""],
        ["prt", "I take part as", "E = Mentee; R = Mentor"],
        ["skl", ASKED, skills],
        ["cap", "How many mentees can you take?", ""],
        ["mgr", "Line manager", ""],
        ["agr", "I consent to being matched", "1 = Yes; 0 = No"],
    ]
    table(folder, "codebook.csv", ["Variable", "Question text", "Values"], *lines)


TOOLS = [
    redcap,
    limesurvey_text,
    limesurvey_archive,
    qualtrics,
    kobo,
    own_sheet,
    own_list,
]


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_codes_are_read_as_what_they_stand_for(tool: object, tmp_path: Path) -> None:
    """Whatever tool wrote the codes, the book beside them says who wants what."""
    folder = tmp_path / "club"
    folder.mkdir()
    tool(folder)  # type: ignore[operator]
    proposal = propose(folder)
    assert [asked.text for asked in proposal.questions] == []
    config = config_of(proposal)
    found = check_cohort(folder, config)
    assert [finding.code for finding in found if not finding.is_warning] == []
    assert {f.code for f in found}.isdisjoint({"W_UNUSED_TABLE", "W_UNUSED_COLUMN"})
    cohort = read_cohort(folder, config)
    seen = {
        row["name"]: (side, set(row["contexts"]))
        for side, frame in (("mentee", cohort.mentees), ("mentor", cohort.mentors))
        for _, row in frame.iterrows()
    }
    wanted = [{TOPICS[k] for k in those} for those in TICKED]
    assert seen == dict(zip(NAMES, zip(ROLES, wanted, strict=True), strict=True))
    assert cohort.mentees["line_manager"].notna().all()
    assert cohort.mentors["consent"].all()


BARE = [
    (redcap, "DataDictionary"),
    (limesurvey_archive, ".lss"),
    (qualtrics, ".qsf"),
    (kobo, ".xlsx"),
    (own_list, "codebook"),
]
TELLING = {"nm": "name", "em": "email", "prt": "role", "skl": "topics", "cap": "places"}
TELLING |= {"mgr": "manager", "agr": "consent"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "book", "is_telling"),
    [*((tool, book, True) for tool, book in BARE), (*BARE[0], False), (*BARE[3], False)],
)
def test_without_a_book_little_is_asked_and_no_role_guessed(
    tool: object, book: str, is_telling: bool, tmp_path: Path
) -> None:
    """Codes alone make three questions where names tell, one a column where they do not."""
    folder = tmp_path / "club"
    folder.mkdir()
    tool(folder)  # type: ignore[operator]
    next(path for path in folder.iterdir() if book in path.name).unlink()
    if is_telling:
        export = next(folder.iterdir())
        titles, _, rest = export.read_text("utf-8").partition("\n")
        for name, plain in TELLING.items():
            titles = re.sub(rf"\b{name}(?=[_/;,\[]|$)", plain, titles)
        export.write_text(f"{titles}\n{rest}", "utf-8")
    proposal = propose(folder)
    assert len(proposal.questions) <= (3 if is_telling else 4)
    assert len({asked.path for asked in proposal.questions}) == len(proposal.questions)
    stated = {e.path: e.value for e in proposal.entries if e.value is not None}
    assert [path for path in stated if path[:2] == ("answers", "role")] == []
    goals = {value: path[-1] for path, value in stated.items() if path[0] == "columns"}
    assert goals["name"].rpartition("/")[2] in ("nm", "name", "Q1")
    assert goals.get("line_manager", "mgr") in ("mgr", "manager", "Q6")
    assert "mentees.contexts" not in goals


def test_a_book_that_is_named_and_not_there_stops(tmp_path: Path) -> None:
    """What is stated must be there, and must say what codes stand for."""
    redcap(tmp_path)
    stated = {"file": "Club_DATA_2026.csv", "code_book": "codes.csv"}
    config = Config.model_validate({"tables": {"signups": stated}})
    assert "E_CODE_BOOK" in {finding.code for finding in check_cohort(tmp_path, config)}
    (tmp_path / "codes.csv").write_text("a,b\n1,2\n")
    told = [f for f in check_cohort(tmp_path, config) if f.code == "E_CODE_BOOK"]
    assert "no code book" in told[0].message


def test_unknown_codes_and_written_answers_stay(tmp_path: Path) -> None:
    """A code that the book lacks is told with its own text; what people wrote is left out."""
    limesurvey_data(tmp_path)
    text = (tmp_path / "results-survey.csv").read_text()
    text = text.replace("skl[SQ003]", "skl[other]").replace(",A1,", ",A7,", 1)
    (tmp_path / "results-survey.csv").write_text(text)
    head = ["class", "type/scale", "name", "relevance", "text"]
    table(tmp_path, "s.txt", head, *([*p[:3], "1", p[3]] for p in LIME), delimiter="\t")
    proposal = propose(tmp_path)
    assert [asked.path[:2] for asked in proposal.questions] == [("answers", "role")]
    left = {e.path[-1] for e in proposal.entries if e.value == IGNORE}
    assert f"{ASKED} - Text" in left
    found = check_cohort(tmp_path, config_of(proposal))
    told = [f for f in found if not f.is_warning]
    assert [f.code for f in told] == ["E_ENUM"]
    assert "A7" in told[0].message


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY b "cc">]><document>&b;</document>',
        b"[" * 90_000,
        b'{"SurveyElements": [{"Element": "SQ", "Payload": null}]}',
        b'{"survey": 3, "choices": {}}',
        b"<document><questions><rows><row/></rows></questions></document>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_structure_is_none(content: bytes) -> None:
    """A hostile or damaged file is no code book, and nothing else."""
    assert book_of_structure(content) is None


STEPS = {"a": "Kein Interesse", "b": "Etwas", "c": "Brennend"}


def headed(*rows: tuple[str, str, str, dict[str, str]]) -> tuple[str, ...]:
    """Return the titles of a table with a column a question: code, heading, text, answers."""
    questions = tuple(
        CodedQuestion(name, text, {fold(k): v for k, v in answers.items()}, section=section)
        for name, section, text, answers in rows
    )
    cells = [np.array(["a", "b", "c"], dtype=object)] * len(rows)
    grid = make_grid("signups", "x", [name for name, *_ in rows], cells, np.arange(3))
    return labelled(grid, CodeBook(questions), PRESETS["plain"]).titles


def test_the_heading_of_a_block_with_one_scale_is_what_its_rows_are_asked() -> None:
    """A block of questions with the same steps is a grid; of yes and no each is by itself."""
    asked = "Woran möchtest du arbeiten?"
    titles = headed(("w1", asked, "Segeln", STEPS), ("w2", asked, "Knoten", STEPS))
    assert titles == (f"{asked} [Segeln]", f"{asked} [Knoten]")
    yes = {"1": "Yes", "0": "No", "9": "Unsure"}  # which may agree to something each
    alone = headed(("c1", "Formalities", "Photos", yes), ("c2", "Formalities", "Matching", yes))
    assert alone == ("Photos", "Matching")


def test_what_two_headings_ask_alike_is_told_apart_by_them() -> None:
    """Two questions of one text say below which heading they stand."""
    titles = headed(("a", "You", "Surname", {}), ("b", "Your boss", "Surname", {}))
    assert titles == ("You: Surname", "Your boss: Surname")


def test_an_xlsform_may_ask_the_same_in_two_groups() -> None:
    """Names that recur are told apart by their groups, as titles do."""
    survey = [
        {"type": "begin_group", "name": "need", "label": "I need help with"},
        {"type": "select_one step", "name": "tides", "label": "Tides"},
        {"type": "select_one step", "name": "knots", "label": "Knots"},
        {"type": "end_group"},
        {"type": "begin_group", "name": "give", "label": "I can help with"},
        {"type": "select_one step", "name": "tides", "label": "Tides"},
        {"type": "end_group"},
    ]
    choices = [{"list_name": "step", "name": code, "label": text} for code, text in STEPS.items()]
    book = book_of_structure(json.dumps({"survey": survey, "choices": choices}).encode())
    assert book is not None
    read = {q.name: q.section for q in book.questions}
    assert read == {
        "need/tides": "I need help with",
        "knots": "I need help with",
        "give/tides": "I can help with",
    }
