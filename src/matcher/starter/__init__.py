"""The starter cohort folder that ``matcher init`` writes: form, mapping, dictionary, templates."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.cohort.tables import SIGNUPS, TABLES, TableSpec
from matcher.config import Config, dump_config
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding, StorageError
from matcher.network import write_audit_form
from matcher.observe import PUBLISHED
from matcher.text import words_beside

__all__ = ["starter_documents"]


@dataclass(frozen=True)
class Question:
    """One question of the form."""

    text: str
    column: str
    """Canonical column of the answer, `mentees.` or `mentors.` before it for one side."""
    ask: str = "short text"
    """How it is asked: short text, long text, number, choose one, tick all that apply."""
    answers: dict[str, str | float] = field(default_factory=dict)
    """The words offered and what they stand for: a word of the vocabulary, a number or missing."""
    section: str = ""
    """Heading under which the form asks it, where a new one starts."""
    help: str = ""
    """Small print below the question."""

    @property
    def canonical(self) -> str:
        """The column without the side."""
        return self.column.rpartition(".")[2]


STARTER: dict[str, Any] = words_beside(__file__, "starter.toml")
"""The data file as it stands, texts and templates included."""

FORM_QUESTIONS = tuple(
    Question(**entry | {"answers": STARTER["answers"].get(entry.get("answers"), {})})
    for entry in STARTER["questions"]
)
"""Every question of the form, in order; name and e-mail address come from the form tool."""

EXAMPLES: tuple[dict[str, str], ...] = tuple(
    STARTER["example"] | answers for answers in STARTER["examples"]
)
"""Invented answers by canonical column, or by the form tool's own; what is absent is empty."""


SCALED = ("need_", "offer_", "values_")
"""Starts of columns whose words are a scale that several questions share."""

TOOL_COLUMNS = ("ID", "Start time", "Completion time", "Email", "Name")
"""What Microsoft Forms adds to an export by itself."""


def starter_documents() -> dict[str, str]:
    """Return the files of a starter folder: text by path relative to the folder.

    Returns
    -------
    dict[str, str]
        What ``matcher init`` writes.
    """
    return {
        "README.md": STARTER["readme"],
        COHORT_CONFIG: _mapping_config(),
        "signups.csv": _example_export(),
        "data-dictionary.md": _data_dictionary(),
        "all-settings.toml": STARTER["settings_head"] + dump_config(Config(), comments=True),
        "form/sign-up-form.md": _form_as_markdown(),
        "form/sign-up-form.csv": _form_as_csv(),
        **{f"templates/{name}.csv": text for name, text in STARTER["templates"].items()},
    }


def _mapping_config() -> str:
    """Return ``matcher.toml``: the mapping of the starter form, and first settings as comments."""
    columns = [f"{_literal(q.text)} = {_literal(q.column)}" for q in FORM_QUESTIONS]
    lines = [STARTER["config_head"], "[columns]", *columns]
    for header, words in sorted(_word_tables().items()):
        lines += ["", f"[{header}]"]
        lines += [f"{_literal(word)} = {_literal(value)}" for word, value in words.items()]
    return "\n".join([*lines, STARTER["config_tail"]])


def _word_tables() -> dict[str, dict[str, str | float]]:
    """Return the words of all questions by the header of their table in the config."""
    tables: dict[str, dict[str, str | float]] = {}
    for question in FORM_QUESTIONS:
        if question.answers:
            tables.setdefault(_words_header(question), {}).update(question.answers)
    return tables


def _words_header(question: Question) -> str:
    name = question.canonical
    for prefix in SCALED:
        if name.startswith(prefix):
            return f'scales."{prefix}*"'
    if question.column.startswith("groups."):
        return f"answers.{_literal(question.column)}"
    numeric = all(v == "missing" or not isinstance(v, str) for v in question.answers.values())
    return f"numbers.{name}" if numeric else f"answers.{name}"


def _literal(value: str | float) -> str:
    """Return a text or number as TOML."""
    return json.dumps(value, ensure_ascii=False)


def _example_export() -> str:
    """Return the example answers as the CSV file that Microsoft Forms exports.

    They show what an export looks like and that its words load by the config alone; a coordinator
    replaces the file by the real export.
    """
    rows = []
    for number, answers in enumerate(EXAMPLES, 1):
        moment = f"2026-06-{number:02d} 09:{10 + number}:00"
        own = (str(number), moment, moment, answers["Email"], answers["Name"])
        rows.append((*own, *(answers.get(question.column, "") for question in FORM_QUESTIONS)))
    return _csv((*TOOL_COLUMNS, *(question.text for question in FORM_QUESTIONS)), rows)


def _form_as_markdown() -> str:
    """Return the form to be rebuilt in a form tool: sections, questions, answers."""
    lines = [STARTER["form_head"].rstrip("\n")]
    for number, question in enumerate(FORM_QUESTIONS, 1):
        if question.section:
            lines += ["", f"## {question.section}"]
        lines += ["", f"{number}. **{question.text}** ({question.ask})"]
        if question.help:
            lines += [f"   *{question.help}*"]
        lines += [f"   - {answer}" for answer in question.answers]
    return "\n".join(lines) + "\n"


def _form_as_csv() -> str:
    """Return the form as a table: number, section, question, kind, answers, column."""
    rows, section = [], ""
    for number, question in enumerate(FORM_QUESTIONS, 1):
        section = question.section or section
        answers = " | ".join(question.answers)
        rows.append((number, section, question.text, question.ask, answers, question.column))
    return _csv(("number", "section", "question", "kind", "answers", "column"), rows)


def _data_dictionary() -> str:
    """Return every table and column that a cohort can hold, as Markdown."""
    lines = [STARTER["dictionary_head"].rstrip("\n")]
    for table in (*TABLES.values(), SIGNUPS):
        lines += ["", *_table_section(table)]
    return "\n".join(lines) + "\n"


def _table_section(table: TableSpec) -> list[str]:
    lines = [f"## {table.name}", "", table.description, ""]
    if table.is_open:
        lines += ["Further columns are kept as they are.", ""]
    lines += ["| Column | Kind | Allowed | Meaning |", "|---|---|---|---|"]
    for column in table.columns:
        name = f"`{column.name}`" + (" *needed*" if column.required else "")
        kind = column.kind.value.replace("_", " ")
        lines.append(f"| {name} | {kind} | {column.allowed} | {column.description} |")
    if table.is_people:
        lines.append("| `values_1`, `values_2`, ... | number | 1 to 5 | Values or working style. |")
    return lines


def _csv(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_starter(directory: Path) -> list[str]:
    """Write the starter folder and return its files, relative to it, sorted.

    Raises
    ------
    StorageError
        E_EXISTS where `directory` is a file or holds anything; E_WRITE where it cannot be written.
        In both cases nothing is left behind.
    """
    target = Path(directory)
    try:
        _refuse_filled(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.resolve().parent))
        try:
            _fill(made)
            files = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
            _publish(made, target)
            PUBLISHED.append(str(target))
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        finding = Finding("E_WRITE", f"cannot write the folder: {reason}", "choose another folder")
        raise StorageError(finding) from error
    return files


def _refuse_filled(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        message = "the folder exists and is not empty" if target.is_dir() else "that is a file"
        raise StorageError(Finding("E_EXISTS", message, "name a new or an empty folder"))


def _fill(folder: Path) -> None:
    for name, text in starter_documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    write_audit_form(folder / "audit-form")
    folder.chmod(0o755)


def _publish(made: Path, target: Path) -> None:
    """Rename the finished folder, or move its entries into an empty one that stays in place."""
    if not target.exists():
        made.rename(target)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(made.iterdir()):
            moved.append(entry.rename(target.resolve() / entry.name))
    except OSError:
        for entry in moved:
            entry.rename(made / entry.name)
        raise
