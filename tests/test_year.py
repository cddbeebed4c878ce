"""The year of docs/year.md, command by command as it is written: on the example, and on a form."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from matcher import verify
from matcher.cli.main import run
from matcher.intake.read import read_cohort

BLOCK = re.compile(r"```(csv)?\n(.*?)```", re.DOTALL)
FORM = "../shared/cases/forms"
NAMED = re.compile(r"`([\w-]+\.csv)`[^`]*$")


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Yield the page's files, by name, and its commands."""
    before = 0
    for block in BLOCK.finditer(page):
        if block[1]:
            (name,) = NAMED.findall(page[before : block.start()])
            yield name, block[2]
        else:
            for line in block[2].splitlines():
                yield "", line
        before = block.end()


def pairs_of(table: Path) -> list[tuple[str, str]]:
    """Return the pairs of a run's matches, one way, that nothing held before."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    free = [r for r in rows if r["locked"] != "true" and r["reciprocal"] != "true"]
    return [(row["mentee_id"], row["mentor_id"]) for row in free]


def filled_in(path: Path) -> None:
    """Answer every question of a survey's table: how often, how good, how far, early or not."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for k, row in enumerate(rows[: len(rows) * 4 // 5]):
        for column, answer in zip(list(row)[-4:], (k % 5, 1 + k % 5, k % 6, "no"), strict=True):
            row[column] = str(answer)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def opened(folder: Path) -> int:
    """Read every table and workbook below a folder as a spreadsheet would; return how many."""
    found = [p for p in folder.rglob("*") if p.suffix in (".csv", ".xlsx")]
    for path in found:
        if path.suffix == ".csv":
            pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        else:
            assert pd.read_excel(path, sheet_name=None, engine="calamine")
    return len(found)


@pytest.mark.slow
@pytest.mark.parametrize("export", ["", FORM], ids=["example", "form"])
def test_the_year_goes_as_it_is_written(
    root: Path, tmp_path: Path, monkeypatch, capsys, export: str
) -> None:
    """Every command ends well, and what people said is respected until the next year's match."""
    source, is_form = root / (export or "examples/cohort"), bool(export)
    if not source.exists():
        pytest.skip("the raw export of a form lies beside the repository, and is not here")
    shutil.copytree(source, tmp_path / "year", ignore=shutil.ignore_patterns("*.json"))
    monkeypatch.chdir(tmp_path)
    latest: Path | None = None
    said: dict[tuple[str, str], str] = {}
    used: set[str] = set()
    for name, text in steps((root / "docs" / "year.md").read_text("utf-8")):
        while "MENTEE" in text:
            assert latest is not None
            # People of their own for each thing said, so that nothing depends on the one before.
            pair = next(p for p in pairs_of(latest / "matches.csv") if not used & {*p})
            used |= {*pair}
            text = text.replace("MENTEE", pair[0], 1).replace("MENTOR", pair[1], 1)
        if name:
            Path(name).write_text(text, "utf-8")
            continue
        words = shlex.split(text)[1:]
        if "--read" in words:
            filled_in(Path(words[words.index("--read") + 1]))
        if words[0] == "map" and not is_form:
            continue
        code = run(words)
        told = capsys.readouterr()
        assert code == 0, (text, told.err)
        if words[0] == "match":
            before, latest = latest, Path(words[words.index("-o") + 1])
            assert verify(latest).ok
            if "--add" in words:
                assert "Nobody moved." in told.out or "Nothing was free." in told.out
                ended = {pair for pair, status in said.items() if status != "sent"}
                kept = set(pairs_of(before / "matches.csv")) - ended
                with (latest / "matches.csv").open(encoding="utf-8") as file:
                    now = {(r["mentee_id"], r["mentor_id"]) for r in csv.DictReader(file)}
                assert kept <= now
                assert not ended & now
        if words[0] == "record" and "--csv" not in words:
            said[words[2], words[3]] = words[4]
    assert len(said) == 5
    next_year = {*pairs_of(Path("both/runs/next/matches.csv"))}
    cohort = read_cohort("both")
    record = cohort.engagements[cohort.engagements["recorded_at"].notna()]  # of this year
    over = record[record["status"].isin(["completed", "declined"])]
    assert len(over) > 40
    assert not next_year & {*zip(over["mentee_id"], over["mentor_id"], strict=True)}
    assert len(cohort.outcomes) > 40
    assert Path("both/runs/late/after/board.html").is_file()
    assert Path("year/runs/panel/after/send.xlsx").is_file()
    assert opened(tmp_path) > 100
