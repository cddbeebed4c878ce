"""The form of the network audit: empty tables, a page to print for two, and a dictionary."""

import csv
import io
from pathlib import Path

from matcher.catalogue.catalogue import spoken
from matcher.cohort.tables import MAX_CONTACTS, MAX_NOTES, TABLES

FORM_TABLES = ("contacts", "contact_ties", "audit_notes")
TEMPLATES = Path(__file__).parent / "templates"
"""Where the sheets of the form are; a plan prints the same ones."""
PAGE = "network-audit.html"
DICTIONARY = "network-audit-dictionary.md"


def write_audit_form(folder: Path) -> tuple[Path, ...]:
    """Write the audit's form into `folder` and return the files.

    Parameters
    ----------
    folder
        Made if it is not there. Holds afterwards the three empty tables of the audit as CSV, one
        page to print for two people, and the data dictionary.

    Returns
    -------
    tuple[Path, ...]
        Paths of what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}.csv": _table_header(name) for name in FORM_TABLES}
    texts |= {PAGE: printable_form(), DICTIONARY: _form_dictionary()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return tuple(folder / name for name in texts)


def _table_header(name: str) -> str:
    """Return a table of the audit as CSV without rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(TABLES[name].by_name)
    return text.getvalue()


def _form_dictionary() -> str:
    """Return how the audit is filled in and every column of its tables, as Markdown."""
    steps = (TEMPLATES / "steps.md").read_text("utf-8")
    lines = [steps.format(contacts=MAX_CONTACTS, notes=MAX_NOTES).rstrip("\n")]
    for name in FORM_TABLES:
        table = TABLES[name]
        lines += ["", f"## {name}.csv", "", table.description, ""]
        lines += ["| Column | Needed | Allowed | Meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{column.name}` | {'yes' if column.required else 'no'} | {column.allowed} "
            f"| {column.description} |"
            for column in table.columns
        ]
    lines += ["", "The three purposes:", ""]
    told = spoken()["form"]["purpose"]
    lines += [f"- `{purpose}`: {words}" for purpose, words in told.items()]
    lines += [
        "",
        "Any further column of `contacts.csv`, such as `department`, is kept and compared.",
    ]
    return "\n".join(lines) + "\n"


def form_texts() -> dict[str, object]:
    """Return what the sheets of the form print: how many lines, and the words."""
    return {
        "in_plan": False,
        "contacts": MAX_CONTACTS,
        "notes": MAX_NOTES,
        "f": spoken()["form"],
        "language": spoken().language,
    }


def printable_form(person: str = "") -> str:
    """Return the form for two as one self-contained HTML page; `person` is printed at its head."""
    from jinja2 import Environment, FileSystemLoader

    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("form.html.j2").render(person=person, **form_texts())
