"""docs/run-folder.md: every table of a run folder, column by column."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.run_tables import RUN_TABLES, SUMMARY, CellKind, Holds, RunColumn, RunTable
from matcher.vocabulary import Audience

INTRODUCTION = """\
# What a run folder holds

Made by `python tools/generate.py` from `src/matcher/run_tables.toml`.

`matcher match` publishes a folder of CSV tables in UTF-8 for programs, and pages for people:
`report.html`, `matches.xlsx` (the columns marked 'sheet' below) and `plans/`. `config.toml` is the
full effective config; `manifest.json`, written last, has hashes (of the input under a key that lies
beside the tables, `inputs.key`, and in no run), versions, options and the checker's verdict.
`matcher audit -o` publishes the tables of the audit. Numbers read back to the
bit; a text that a spreadsheet would run carries an apostrophe.

'Seen by' names the widest audience: a board sees less than a panel, a panel less than the
coordinator. `id` is the id of a person, under `--pseudonymise` a pseudonym; `ids` is a text in
which ids may stand.

Files are readable by their owner alone, whatever the umask; to share one, copy it and open the
copy. The manifest says where the cohort, an earlier run and decisions lie as seen from the run
folder, with no absolute path, login or user name: move run and cohort together, or name the
cohort with `--cohort`. Where that way would name a home folder, the cohort
is asked for.
"""

FOLDERS = {
    "audit": "In the folder of an audit.",
    "after": "In the folder `after/` of a run.",
    "year": "In no run: written into a folder of its own.",
}
KINDS = {
    CellKind.LIST: "list, items separated by `;`",
    CellKind.COUNT: "whole number",
    CellKind.FLAG: "`true` or `false`",
    CellKind.MAYBE: "`true`, `false` or empty",
}
HOLDS = {
    Holds.PERSON: "id",
    Holds.PEOPLE: "ids",
    Holds.NAME: "name",
    Holds.ADDRESS: "address or id",
    Holds.WORDS: "people's own words",
}


def run_folder_page() -> str:
    """Return the data dictionary of run folders as Markdown."""
    lines = [INTRODUCTION]
    for table in RUN_TABLES.values():
        lines += [f"## {table.name}.csv", "", *_table(table)]
    lines += ["## summary.json", "", *_table(SUMMARY)]
    return "\n".join(lines).rstrip() + "\n"


def _table(table: RunTable) -> Iterator[str]:
    yield table.meaning
    yield ""
    told = []
    if table.folder != "run":
        told.append(FOLDERS[table.folder])
    if table.when:
        told.append(f"Written where {table.when}.")
    if told:
        yield " ".join(told)
        yield ""
    yield "| Column | Holds | Seen by | Meaning |"
    yield "| --- | --- | --- | --- |"
    for column in table.columns.values():
        cells = f"`{column.name}`{_where(column)}", _holds(column), _seen(column), column.meaning
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _where(column: RunColumn) -> str:
    if not column.file:
        return " (sheet only)"
    return " (sheet)" if column.sheet else ""


def _holds(column: RunColumn) -> str:
    kind = HOLDS.get(column.holds) or KINDS.get(column.kind, column.kind.value)
    return f"{kind}; may be missing" if column.optional else kind


def _seen(column: RunColumn) -> str:
    return "all" if column.sees is Audience.BOARD else column.sees.value
