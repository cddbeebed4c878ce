"""A cohort of thirty people who are mentioned everywhere, in every disguise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xlsxwriter
from tests.folders import write_table

PERSON, ADDRESS, NAME = "M017", "zsofia.o'dwyer-nemeth@uni.example", "Dr Zsófia O'Dwyer-Németh"
"""Who is looked for."""

DISGUISES = [
    "I hope to learn from Zsófia O'Dwyer-Németh this year",
    "as zsofia odwyer nemeth said",
    "ZSÓFIA O\u2019DWYER-NÉMETH's group",
    "O'Dwyer-Németh, Zsófia; somebody else",
    "see https://people.example/in/zsofia-odwyer-nemeth-4711/",
    "see https://people.example/%5A%73%C3%B3fia-O%27Dwyer-N%C3%A9meth",
    "write to zsofia.o'dwyer-nemeth+mentoring@uni.example please",
    "write to ZSOFIA.O'DWYER-NEMETH@UNI.EXAMPLE",
    "M017 was kind to me",
    "ask Z. O'Dwyer-Németh first",
    "Zso\u0301fia K. O\u2019Dwyer\u2011Ne\u0301meth helped",
    "Zs\u00f3fia\u00a0O'Dwyer\u00adNémeth",
    "not with Zsófi O'Dwyer-Németh",
    "@ZsofiaODwyerNemeth on the chat",
    "zsofia.o'dwyer-nemeth (at) uni (dot) example",
]
"""Texts of others, one each, all of which surely name the person."""

OTHERS = [
    "Zsófia from the library",
    "Ms Németh of the archive",
    "M0170 and M01 are rooms",
    "odwyer street",
    "nemethy zsofian",
]
"""Texts that may name somebody else: they stay as they are."""

CONTACT = "Quill O'Nettle"
"""Whom somebody else named as theirs."""

WRITING = "My own wish is to lead a laboratory on river ecology one day."


def people() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return the rows of mentees and mentors."""
    texts = [*DISGUISES, *OTHERS]
    mentees: list[dict[str, object]] = [
        {
            "person_id": f"E{k:03d}",
            "name": f"Mentee Number{k}",
            "email": f"e{k}@uni.example",
            "purposes": ["personal", "strategic", "operational"][k % 3],
            "goals": text,
            "avoid": "M017" if k == 3 else "",
            "line_manager": "M017" if k == 4 else "",
        }
        for k, text in enumerate(texts)
    ]
    mentors: list[dict[str, object]] = [
        {
            "person_id": f"M{k:03d}",
            "name": f"Mentor Number{k}",
            "preferred_name": "",
            "email": f"m{k}@uni.example",
            "purposes": ["personal", "strategic", "operational"][k % 3],
            "capacity": 4,
            "bio": "",
        }
        for k in range(10, 20)
    ]
    mine = {"name": NAME, "preferred_name": "Zsófi", "email": ADDRESS, "bio": WRITING}
    mentors[7] |= mine
    return mentees, mentors


def write_named_cohort(folder: Path) -> Path:
    """Write the cohort as CSV with rules, preferences, notes, contacts and corrections."""
    folder.mkdir(parents=True)
    mentees, mentors = people()
    write_table(folder, "mentees", mentees)
    write_table(folder, "mentors", mentors)
    reason = f"agreed with {DISGUISES[4]}"
    write_table(
        folder,
        "rules",
        [
            {"mentee_id": "E000", "mentor_id": "M017", "rule": "must", "reason": "she asked"},
            {"mentee_id": "E001", "mentor_id": "M011", "rule": "never", "reason": reason},
        ],
    )
    write_table(
        folder,
        "contacts",
        [
            {"person_id": "E002", "contact_id": "ZO", "reasons": DISGUISES[2], "knows": "AB"},
            {"person_id": "E002", "contact_id": "AB", "reasons": "a friend", "knows": "ZO"},
            {"person_id": "E004", "contact_id": CONTACT, "share_with": "programme"},
        ],
    )
    write_table(
        folder,
        "audit_notes",
        [{"person_id": "E002", "kind": "strength", "text": DISGUISES[9], "co_reviewer": "x"}],
    )
    corrections = [
        {"person": "M017", "column": "capacity", "before": "2", "after": "4", "who": "ida"},
        {"person": "E001", "column": "goals", "before": DISGUISES[0], "after": "x", "who": "ida"},
    ]
    lines = [json.dumps(line, ensure_ascii=False) for line in corrections]
    (folder / "notes.txt").write_text(f"Agenda\n{DISGUISES[3]}\n", encoding="utf-8")
    (folder / "later").mkdir()
    (folder / "later" / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_workbook(path: Path, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """Write tables as sheets with what a programme's own workbook has beside its cells."""
    book = xlsxwriter.Workbook(str(path))
    bold = book.add_format({"bold": True, "bg_color": "#FFEE00"})
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        titles = list(dict.fromkeys(key for row in rows for key in row))
        sheet.write_row(0, 0, titles, bold)
        for k, row in enumerate(rows, start=1):
            for c, title in enumerate(titles):
                sheet.write(k, c, row.get(title, ""), bold if k % 2 else None)
        sheet.set_column(0, 3, 33)
        sheet.freeze_panes(1, 0)
        if name == "mentees":
            sheet.write_comment(2, 1, f"spoke with {DISGUISES[1]}")
            sheet.write_formula(30, 0, "=COUNTA(A2:A21)", None, 20)
            sheet.write_rich_string(31, 0, bold, "Zsófia", " O'Dwyer-", bold, "Németh", " agreed")
            sheet.write_url(32, 0, f"mailto:{ADDRESS}", string="write")
    book.set_properties({"author": "Zsófia O'Dwyer-Németh", "title": "Sign-ups"})
    book.close()
    return path
