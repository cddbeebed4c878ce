"""Code books as tools write them: data dictionaries, XLSForms, structures of surveys, own lists."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from matcher.intake.files.code_book import CodeBook, CodedQuestion
from matcher.intake.files.grid import Grid
from matcher.text import fold, fold_plain, parse_json, words_beside

STRUCTURES = (".lss", ".lsq", ".qsf", ".json")
"""Endings of files that describe a survey and hold no table."""
MAX_STRUCTURE = 8_000_000
"""Bytes of such a file."""

_WORDS = words_beside(__file__, "code_books.toml")
_TAG, _MARKUP = re.compile(r"<[^<>]*>"), re.compile(r"<!(?!\[CDATA\[|--)")
_CHOICE = re.compile(r"\s*(?P<code>[^\s,=:]+(?: \d+)?)\s*[,=:]\s*(?P<label>.*\S)\s*", re.DOTALL)


def book_of_tables(sheets: Mapping[str, Grid]) -> CodeBook | None:
    """Return the code book that some of the sheets of a file are, None where they are none.

    Parameters
    ----------
    sheets
        Its tables by folded name; of a text one, without a name.
    """
    if all(name in sheets for name in _WORDS["xlsform"]["sheets"]):
        survey, choices = (_records(sheets[name]) for name in _WORDS["xlsform"]["sheets"])
        return _book(_of_xlsform(survey, choices), sheets)
    for name, grid in sheets.items():
        titles = set(map(fold_plain, grid.titles))
        if titles.issuperset(_WORDS["limesurvey_sheet"]["columns"]):
            return _book(_of_limesurvey(_sheet_parts(_records(grid))), [name])
        for layout, read in (("wide", _of_wide), ("long", _of_long)):
            if (found := _columns(grid, layout)) and (book := _book(read(found), [name])):
                return book
    return None


def book_of_structure(content: bytes) -> CodeBook | None:
    """Return the code book that a survey's own description is, None where it is none."""
    if len(content) > MAX_STRUCTURE:
        return None
    try:
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("<"):
            return _book(_of_limesurvey(_archive_parts(text)))
        return _book(_of_json(parse_json(text)))
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        ElementTree.ParseError,
    ):
        return None


def _book(questions: Iterable[CodedQuestion], sheets: Iterable[str] = ("",)) -> CodeBook | None:
    found = tuple(questions)
    has_codes = any(question.answers or question.parts for question in found)
    return CodeBook(found, frozenset(sheets)) if has_codes else None


def _records(grid: Grid) -> list[dict[str, str]]:
    """Return the rows of a sheet by folded title."""
    titles = [fold_plain(title) for title in grid.titles]
    return [
        dict(zip(titles, map(str, row), strict=True)) for row in zip(*grid.columns, strict=True)
    ]


def _columns(grid: Grid, layout: str) -> list[dict[str, str]]:
    """Return the rows of a sheet by what its columns are, none where it is no code book."""
    if any("@" in text for column in grid.columns for text in column[:20]):
        return []  # people
    titles = [fold_plain(title) for title in grid.titles]
    places: dict[str, int] = {}
    for part, words in _WORDS[layout].items():
        found = (titles.index(word) for word in words if word in titles)
        place = next((k for k in found if k not in places.values()), None)
        if place is not None:
            places[part] = place
    needed = {"wide": ("name", "choices"), "long": ("name", "code", "label")}[layout]
    if not places.keys() >= set(needed):
        return []
    columns = {part: grid.columns[k].tolist() for part, k in places.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(text: str) -> str:
    """Return a text without the marks of a web page."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _folded(labels: Mapping[str, str]) -> dict[str, str]:
    return {fold(code): _plain(label) for code, label in labels.items() if label.strip()}


def _choices(cell: str) -> dict[str, str]:
    """Return codes and labels of `1, Mentee | 2, Mentor`, or of a line each; {} for other text."""
    mark = next((sign for sign in ("|", "\n", ";") if sign in cell), "")
    pieces = [p for p in (cell.split(mark) if mark else [cell]) if p.strip()]
    pairs = [_CHOICE.fullmatch(piece) for piece in pieces]
    return {pair["code"]: pair["label"] for pair in pairs if pair} if all(pairs) else {}


def _of_wide(rows: Sequence[Mapping[str, str]]) -> Iterator[CodedQuestion]:
    section, form = "", ""
    for row in rows:
        is_next = row.get("form", "") != form
        section = row.get("section", "").strip() or ("" if is_next else section)
        form = row.get("form", "")
        kind = fold(row.get("type", ""))
        answers = _folded(_WORDS["fixed"].get(kind) or _choices(row["choices"]))
        is_multiple = kind in ("", "checkbox") or "multiple" in kind
        parts = answers if is_multiple else {}
        yield CodedQuestion(
            row["name"].strip(),
            _plain(row.get("text", "")),
            answers,
            parts,
            is_multiple,
            section=_plain(section),
        )


def _of_long(rows: Sequence[Mapping[str, str]]) -> Iterator[CodedQuestion]:
    name, texts = "", dict[str, str]()
    answers: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        name = row["name"].strip() or name  # said once, above its codes
        texts[name] = texts.get(name) or row.get("text", "")
        if row["code"].strip():
            answers[name][row["code"].strip()] = row["label"]
        else:
            texts[name] = texts[name] or row["label"]
    for name in texts:
        known = _folded(answers[name])
        yield CodedQuestion(name, _plain(texts[name]), known, known, is_multiple=True)


def _label(row: Mapping[str, str]) -> str:
    """Return the label of a row in the first language that has one."""
    return next(
        (t for k, t in row.items() if k.split("::")[0].strip() == "label" and t.strip()), ""
    )


def _of_xlsform(
    survey: Iterable[Mapping[str, str]], choices: Iterable[Mapping[str, str]]
) -> Iterator[CodedQuestion]:
    lists: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in choices:
        key = row.get("list_name") or row.get("list name") or ""
        lists[key.strip()][(row.get("name") or row.get("value") or "").strip()] = _label(row)
    asked = list(_in_groups(survey))
    named = Counter(_name(row) for row, _ in asked)
    for row, groups in asked:
        kind, _, rest = row.get("type", "").strip().partition(" ")
        answers = _folded(lists[rest.split()[0]]) if kind.startswith("select") and rest else {}
        is_multiple = kind == "select_multiple"
        name, section = _name(row), _plain(_label(groups[-1])) if groups else ""
        if named[name] > 1:  # two groups ask it: titles say in which
            name = "/".join([*map(_name, groups), name])
        parts = answers if is_multiple else {}
        yield CodedQuestion(name, _plain(_label(row)), answers, parts, is_multiple, section=section)


_Row = Mapping[str, str]


def _in_groups(survey: Iterable[_Row]) -> Iterator[tuple[_Row, list[_Row]]]:
    """Yield the questions of an XLSForm, each with the groups around it, the outermost first."""
    groups: list[_Row] = []
    for row in survey:
        kind = row.get("type", "").strip()
        if kind.startswith("begin"):
            groups = [*groups, row]
        elif kind.startswith("end"):
            groups = groups[:-1]
        elif _name(row):
            yield row, groups


def _name(row: _Row) -> str:
    return (row.get("name") or row.get("$autoname") or "").strip()


_LimeParts = tuple[str, str, str, str, str]
"""Class (Q question, SQ row of it, A answer), key of the question, type, code, text."""


def _sheet_parts(rows: Iterable[Mapping[str, str]]) -> Iterator[_LimeParts]:
    """Yield the parts of a survey as LimeSurvey writes them in a sheet, in the first language."""
    key, language = "", ""
    for row in rows:
        language = language or row.get("language", "")
        if row["class"] == "Q":
            key = row["name"]
        if row.get("language", "") in ("", language):
            yield row["class"], key, row["type/scale"], row["name"], row["text"]


def _archive_parts(text: str) -> Iterator[_LimeParts]:
    """Yield the parts of a survey as LimeSurvey archives it.

    Raises
    ------
    ValueError, xml.etree.ElementTree.ParseError
        Where it is no such archive.
    """
    if _MARKUP.search(text):
        raise ValueError(text[:20])
    root = ElementTree.fromstring(text)  # noqa: S314 - neither types nor entities are in it

    def rows(name: str) -> list[dict[str, str]]:
        return [
            {cell.tag: cell.text or "" for cell in row} for row in root.iterfind(f"{name}/rows/row")
        ]

    texts: dict[str, dict[str, str]] = {"qid": {}, "aid": {}}
    for table, key, said in (
        ("question_l10ns", "qid", "question"),
        ("answer_l10ns", "aid", "answer"),
    ):
        for row in rows(table):
            texts[key].setdefault(row[key], row[said])
    for kind, table in (("Q", "questions"), ("SQ", "subquestions")):
        seen: set[str] = set()
        for row in rows(table):
            key = row["qid"] if kind == "Q" else row["parent_qid"]
            if row["qid"] not in seen:  # an old archive has a row for each language
                seen.add(row["qid"])
                said = row.get("question") or texts["qid"].get(row["qid"], "")
                yield kind, key, row.get("type", ""), row["title"], said
    told: set[tuple[str, str]] = set()
    for row in rows("answers"):
        if (row["qid"], row["code"]) not in told:
            told.add((row["qid"], row["code"]))
            said = row.get("answer") or texts["aid"].get(row.get("aid", ""), "")
            yield "A", row["qid"], "", row["code"], said


def _of_limesurvey(parts: Iterable[_LimeParts]) -> Iterator[CodedQuestion]:
    named: dict[str, tuple[str, str, str]] = {}
    rows: defaultdict[str, dict[str, str]] = defaultdict(dict)
    answers: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for kind, key, letter, code, text in parts:
        if kind == "Q":
            named[key] = letter, code, text
        elif kind in ("SQ", "A"):
            (rows if kind == "SQ" else answers)[key][code] = text
    for key, (letter, code, text) in named.items():
        known = answers[key] or _WORDS["limesurvey"].get(letter, {})
        places = {str(k): f"Rank {k}" for k in range(1, len(known) + 1)} if letter == "R" else {}
        yield CodedQuestion(code, _plain(text), _folded(known), _folded(rows[key] or places))


def _of_json(found: Any) -> Iterator[CodedQuestion]:
    """Yield the questions of a Qualtrics survey, or of a form of KoboToolbox."""
    if "SurveyElements" not in found:
        content = found.get("content", found)
        yield from _of_xlsform(*(_flat(content[name]) for name in _WORDS["xlsform"]["sheets"]))
        return
    for element in found["SurveyElements"]:
        if element.get("Element") == "SQ":
            yield _of_qualtrics(element["Payload"])


def _flat(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return rows whose labels, one a language, are one text."""
    return [
        {
            key: str(next(filter(None, v), "")) if isinstance(v, list) else str(v)
            for key, v in row.items()
        }
        for row in rows
    ]


def _of_qualtrics(asked: Mapping[str, Any]) -> CodedQuestion:
    """Return a question; choices have a number of their own, one to export, and one in titles."""
    choices, scale = (_displayed(asked.get(key)) for key in ("Choices", "Answers"))
    exported = asked.get("RecodeValues") or {}
    tags = asked.get("ChoiceDataExportTags") or {}
    selector = str(asked.get("Selector", ""))
    is_grid = asked.get("QuestionType") == "Matrix"
    is_multiple = selector.startswith("MA") and not is_grid
    is_choice = asked.get("QuestionType") == "MC"
    coded = scale if is_grid else choices if is_choice else {}
    answers = {str(exported.get(key, key)): label for key, label in coded.items()}
    parts = dict(choices) if is_grid or is_multiple or not is_choice else {}
    parts |= {str(tag): choices[key] for key, tag in dict(tags).items() if key in choices}
    text = _plain(str(asked.get("QuestionText", "")))
    name = str(asked["DataExportTag"])
    return CodedQuestion(name, text, _folded(answers), _folded(parts), is_multiple)


def _displayed(choices: Any) -> dict[str, str]:
    pairs = choices.items() if isinstance(choices, dict) else enumerate(choices or (), 1)
    return {str(key): str(each["Display"]) for key, each in pairs}
