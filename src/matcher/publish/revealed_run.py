"""A run under pseudonyms joined back to people, by whoever holds the key and the cohort."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from matcher.cohort.cells import neutralise, neutralise_frame, restore
from matcher.errors import Finding, StorageError
from matcher.privacy.pseudonyms import PATTERN, pseudonyms_of, revealed
from matcher.report.page import build_report
from matcher.report.workbook import build_workbook
from matcher.storage import new_run_folder, refuse_existing, write_bytes

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort

PEOPLE = "people.csv"


def write_revealed(run: Path, cohort: Cohort, key: bytes, output: Path) -> list[str]:
    """Write the tables of a run with ids instead of pseudonyms, and report and workbook with names.

    Parameters
    ----------
    run
        A run folder made with ``--pseudonymise``.
    cohort
        The cohort that it was made from.
    key
        The key that it was made with.
    output
        Folder to write; it must not exist, and it stays with the coordinator.

    Returns
    -------
    list of str
        Names of the files written.

    Raises
    ------
    StorageError
        E_KEY where key and cohort do not explain the run's pseudonyms; E_EXISTS, E_NOT_FOUND,
        E_LOCKED or E_WRITE.
    """
    refuse_existing(output)
    if not (run / "matches.csv").is_file():
        raise StorageError(Finding("E_NOT_FOUND", "that is no run folder", "name a finished run"))
    people = {alias: person for person, alias in pseudonyms_of(cohort, key).items()}
    _check_explained(run, people)
    with new_run_folder(output.absolute()) as folder:
        folder.chmod(0o700)
        for path in sorted(run.glob("*.csv")):
            write_bytes(folder / path.name, _revealed_csv(path.read_text("utf-8"), people).encode())
        for name in ("summary.json", "config.toml"):
            shutil.copyfile(run / name, folder / name)
        neutralise_frame(_people_table(cohort, people)).to_csv(folder / PEOPLE, index=False)
        write_bytes(folder / "report.html", build_report(folder, cohort=cohort))
        write_bytes(folder / "matches.xlsx", build_workbook(folder, cohort=cohort))
    return sorted(path.name for path in output.iterdir())


def _people_table(cohort: Cohort, people: dict[str, str]) -> pd.DataFrame:
    """Return pseudonym, id and name of everybody in the cohort, by pseudonym."""
    both = pd.concat([cohort.mentees, cohort.mentors]).drop_duplicates("person_id")
    names = dict(zip(both["person_id"], both["name"].fillna(""), strict=True))
    rows = [(alias, person, names[person]) for alias, person in people.items() if person in names]
    return pd.DataFrame(sorted(rows), columns=["pseudonym", "person_id", "name"])


def _check_explained(run: Path, people: dict[str, str]) -> None:
    text = "".join((run / f"{name}.csv").read_text("utf-8") for name in ("mentors", "portfolios"))
    aliases = set(PATTERN.findall(text))
    if not aliases or not aliases <= people.keys():
        unknown = len(aliases - people.keys())
        what = f"{unknown} of {len(aliases)} pseudonyms are of nobody in this cohort with this key"
        if not aliases:
            what = "the run holds no pseudonyms"
        raise StorageError(Finding("E_KEY", what, "name the run's own cohort and key"))


def _revealed_csv(text: str, people: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in csv.reader(io.StringIO(text, newline="")):
        writer.writerow([_revealed_cell(cell, people) for cell in row])
    return out.getvalue()


def _revealed_cell(cell: str, people: dict[str, str]) -> str:
    if not PATTERN.search(cell):
        return cell
    return neutralise(revealed(restore(cell), people))
