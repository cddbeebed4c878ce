"""Exports of form tools with faults put in by chance: rows, cells, titles, signs, whole columns."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from random import Random

EXPORTS = Path(__file__).parents[1] / "intake" / "data" / "exports"
PIECES = [
    "", "-", "n/a", "Yes", "No", "1", "0", "x", "Mentee", "Mentor", "both", "31.02.2026", "3+",
    "my manager", "Ada Mockwell", "a;b", "a, b", '"quoted"', "a@b.example", "Prefer not to say",
    "\u00a0", "ÄÖÜ", "=1+1", "#N/A", "1e999", "0012", "Monday", "<b>", "line\nbreak", "x" * 200,
]  # fmt: skip


def mutated_export(random: Random) -> tuple[str, bytes]:
    """Return name and bytes of a form export in which something is not as it was."""
    path = random.choice(sorted(EXPORTS.glob("*/*.csv")))
    content = path.read_bytes()
    encoding = "cp1252" if path.parent.name == "dutch-csv" else "utf-8-sig"
    text = content.decode(encoding)
    first = text.split("\n", 1)[0]
    sign = max(",;", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    for _ in range(random.randint(1, 6)):
        random.choice(_FAULTS)(rows, random)
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=random.choice((sign, sign, sign, ";", "\t"))).writerows(rows)
    name = path.name if random.random() < 0.8 else "export.csv"
    return name, written.getvalue().encode(random.choice((encoding, encoding, "utf-8")), "replace")


def _cell(rows: list[list[str]], random: Random) -> None:
    row = random.choice(rows)
    if row:
        row[random.randrange(len(row))] = random.choice(PIECES)


def _column(rows: list[list[str]], random: Random) -> None:
    """Give every cell of a column the text of another row."""
    position = random.randrange(len(rows[0]))
    texts = [row[position] for row in rows[1:] if len(row) > position]
    random.shuffle(texts)
    for row, text in zip(rows[1:], texts, strict=False):
        if len(row) > position:
            row[position] = text


def _repeat(rows: list[list[str]], random: Random) -> None:
    rows.insert(random.randrange(1, len(rows) + 1), list(random.choice(rows)))


def _blank(rows: list[list[str]], random: Random) -> None:
    rows.insert(random.randrange(len(rows) + 1), [""] * len(rows[0]))


def _drop_column(rows: list[list[str]], random: Random) -> None:
    position = random.randrange(len(rows[0]))
    if len(rows[0]) > 3:
        for row in rows:
            del row[position : position + 1]


def _retitle(rows: list[list[str]], random: Random) -> None:
    rows[0][random.randrange(len(rows[0]))] = random.choice(PIECES)


_FAULTS = [_cell, _cell, _cell, _column, _repeat, _blank, _drop_column, _retitle]
