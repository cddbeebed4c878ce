"""The texts of a starter folder: form, mapping, data dictionary, templates, first steps."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config, dump_config
from matcher.starter.example_answers import example_export
from matcher.starter.questions import MISSING, QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matcher.cohort.columns import TableSpec

SCALED = ("need_", "offer_", "values_")
"""Starts of columns whose words are a scale that several questions share."""


def starter_documents() -> dict[str, str]:
    """Return the files of a starter folder: text by path relative to the folder."""
    return {
        "README.md": README,
        "matcher.toml": mapping_config(),
        "signups.csv": example_export(),
        "data-dictionary.md": data_dictionary(),
        "all-settings.toml": _all_settings(),
        "form/sign-up-form.md": form_as_markdown(),
        "form/sign-up-form.csv": form_as_csv(),
        **{f"templates/{name}.csv": text for name, text in templates().items()},
    }


README = """\
# A mentoring programme

This folder is a cohort: the tables that `matcher` reads and the config that says what they mean.

1. **Ask.** Build the form in `form/sign-up-form.md` in Microsoft Forms (or another tool) with these
   questions and answers, word for word. Leave out what you do not need. Ask for consent as your
   organisation does.
2. **Collect.** Export the answers to Excel, save the sheet as `signups.csv` (CSV UTF-8) here, in
   place of the six invented answers, or as `signups.xlsx` after deleting `signups.csv`. Nothing is
   to be edited by hand: `matcher.toml` maps questions and answers.
3. **Check.** `matcher check .` lists everything that is wrong with the input, all at once.
4. **Match.** `matcher match .` writes a run under `runs/`, with `report.html` to read first.

With Google Forms or Qualtrics, change `preset` in `matcher.toml`.

| File | What it is |
|---|---|
| `signups.csv` | six invented answers in the layout of an export; replace it |
| `matcher.toml` | the config of this programme: the mapping, then settings to touch first |
| `all-settings.toml` | every setting with its default, range and meaning; copy from it |
| `data-dictionary.md` | every table and column that can be read |
| `form/` | the sign-up form, as text and as a table |
| `audit-form/` | the form of the network audit: tables to fill in and a page to print |
| `templates/` | further tables with example rows: copy the ones you need beside `signups.csv` |
"""

_CONFIG_HEAD = """\
# The config of this programme. The first part maps the words of form/sign-up-form.md to what they
# mean; change a question or an answer in the form, and change it here too. The last part holds the
# settings that one touches first, all at their defaults; all-settings.toml has the rest.

[programme]
name = "Our mentoring programme"

[input]
# The form tool: ms-forms, google-forms, qualtrics, or plain for tables kept by hand.
preset = "ms-forms"
# People are told apart by their e-mail address; ids in the output are derived from it.
id = "email"
# How the tool writes dates, such as "%d/%m/%Y %H:%M:%S"; ISO dates need nothing.
# date_format = ""
"""

_CONFIG_TAIL = """
# --- Settings that one touches first, at their defaults: take off the # and change. ---

# [portfolio]
# limit = 2            # most mentors of a mentee who did not say
# coverage = 0.5       # what counts: 0 only how good each pair is, 1 only how well needs are met
# min_gain = 0.02      # what each mentor after the first must add
# min_external = 0     # fewest mentors from another organisation

# [capacity]
# default = 1          # places of a mentor who did not say
# reserve = 0.0        # share of places kept back for later

# [eligibility]
# manager_levels = 1   # how far up the line nobody is matched
# cooldown_days = 365  # before the same pair may meet again
# require_ready = false

# [objective]
# fairness = 0.0       # 0 the best for all together; 1 and more favours those who get least
"""


def mapping_config() -> str:
    """Return ``matcher.toml``: the mapping of the starter form, and first settings as comments."""
    columns = [f"{_quoted(q.text)} = {_quoted(q.column)}" for q in QUESTIONS]
    lines = [_CONFIG_HEAD, "[columns]", *columns]
    for header, words in sorted(_word_tables().items()):
        lines += ["", f"[{header}]"]
        lines += [f"{_quoted(word)} = {_literal(value)}" for word, value in words.items()]
    return "\n".join(lines) + "\n" + _CONFIG_TAIL


def _word_tables() -> dict[str, dict[str, str | float]]:
    """Return the words of all questions by the header of their table in the config."""
    tables: dict[str, dict[str, str | float]] = {}
    for question in QUESTIONS:
        if question.answers:
            tables.setdefault(_words_header(question), {}).update(question.answers)
    return tables


def _words_header(question: Question) -> str:
    name = question.canonical
    for prefix in SCALED:
        if name.startswith(prefix):
            return f'scales."{prefix}*"'
    if question.column.startswith("groups."):
        return f"answers.{_quoted(question.column)}"
    numeric = all(v == MISSING or not isinstance(v, str) for v in question.answers.values())
    return f"numbers.{name}" if numeric else f"answers.{name}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _literal(value: str | float) -> str:
    return _quoted(value) if isinstance(value, str) else f"{value:g}"


def form_as_markdown() -> str:
    """Return the form to be rebuilt in a form tool: sections, questions, answers."""
    lines = [
        "# Sign-up form",
        "",
        "Let the tool collect name and e-mail address. Questions and answers are to be copied word",
        "for word; explanations in italics are small print.",
    ]
    for number, question in enumerate(QUESTIONS, 1):
        if question.section:
            lines += ["", f"## {question.section}"]
        lines += ["", f"{number}. **{question.text}** ({question.ask.value})"]
        if question.help:
            lines += [f"   *{question.help}*"]
        lines += [f"   - {answer}" for answer in question.answers]
    return "\n".join(lines) + "\n"


def form_as_csv() -> str:
    """Return the form as a table: number, section, question, kind, answers, column."""
    rows, section = [], ""
    for number, question in enumerate(QUESTIONS, 1):
        section = question.section or section
        answers = " | ".join(question.answers)
        rows.append((number, section, question.text, question.ask.value, answers, question.column))
    return _csv(("number", "section", "question", "kind", "answers", "column"), rows)


def data_dictionary() -> str:
    """Return every table and column that a cohort can hold, as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "A cohort holds `mentees` and `mentors`, or one table `signups`; every other table is",
        "optional, and so is every column that is not marked *needed*. Items of a list are",
        "separated by `;`. Dates are written 2026-06-30 unless the config says otherwise.",
    ]
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


def templates() -> dict[str, str]:
    """Return the optional tables with example rows about the people of ``signups.csv``."""
    return {name: _csv(rows[0], rows[1:]) for name, rows in _TEMPLATES.items()}


_TEMPLATES: dict[str, Sequence[tuple[str, ...]]] = {
    "preferences": (
        ("person_id", "other_id", "role", "score", "veto"),
        ("ada@example.org", "dov@example.org", "mentee", "5", ""),
        ("esi@example.org", "bela@example.org", "mentor", "4", ""),
        ("bela@example.org", "dov@example.org", "mentee", "", "yes"),
    ),
    "rules": (
        ("mentee_id", "mentor_id", "rule", "reason"),
        ("bela@example.org", "esi@example.org", "must", "agreed before the programme"),
        ("ada@example.org", "cleo@example.org", "never", "share an office"),
    ),
    "engagements": (
        ("mentee_id", "mentor_id", "status", "start", "end", "reason_code"),
        ("ada@example.org", "esi@example.org", "completed", "2025-01-15", "2025-12-15", ""),
    ),
    "outcomes": (
        ("mentee_id", "mentor_id", "rater", "wave", "date", "meetings", "rating"),
        ("ada@example.org", "esi@example.org", "mentee", "1", "2025-12-20", "9", "4"),
    ),
    "contacts": (
        (
            "person_id",
            "contact_id",
            "organisation",
            "internal",
            "known_since",
            "last_contact",
            "frequency",
            "purposes",
            "era",
            "sees_me_as",
            "may_introduce",
            "share_with",
        ),
        (
            "ada@example.org",
            "KT",
            "Northmoor University",
            "yes",
            "2019",
            "2026-05-20",
            "often",
            "operational;personal",
            "present",
            "no",
            "no",
            "me",
        ),
        (
            "ada@example.org",
            "RS",
            "Institute for Shared Evidence",
            "no",
            "2024",
            "2026-02-03",
            "rarely",
            "strategic",
            "future",
            "yes",
            "yes",
            "programme",
        ),
    ),
    "contact_ties": (
        ("person_id", "contact_id", "other_contact_id"),
        ("ada@example.org", "KT", "RS"),
    ),
    "audit_notes": (
        ("person_id", "kind", "text", "co_reviewer"),
        ("ada@example.org", "strength", "I keep in touch with people from earlier posts", ""),
        ("ada@example.org", "weakness", "I hardly know anybody outside", "a peer"),
    ),
}


def _all_settings() -> str:
    head = (
        "# Every setting with its default, range and meaning. This file is not read: copy what\n"
        "# you change into matcher.toml.\n\n"
    )
    return head + dump_config(Config(), comments=True)


def _csv(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
