"""Whether two checkouts print and write the same: ``python tools/same_output.py OTHER``.

Every command that needs no browser runs on the example cohort, in this checkout and in the other,
with the packages of the Python that runs this. What differs by nature (seconds, paths, hashes of
files that hold them) is blanked; all else is compared line by line, workbooks cell by cell.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from python_calamine import CalamineWorkbook

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "--help",
    "init starter",
    "check cohort",
    "match cohort -o run --seed 1",
    "match cohort -o hidden --pseudonymise --key key",
    "match cohort -o next --previous run --set portfolio.max_size=2 --set portfolio.limit=1",
    "match cohort -o modular --set portfolio.coverage=0 --set portfolio.redundancy=0",
    "verify run",
    "verify hidden --key key",
    "explain run P0005",
    "explain run P0060 P0073",
    "explain run P0005 P0082",
    "explain run P0005 --json",
    "audit cohort -o audit",
    "audit cohort P0005",
    "compare run next",
    "report run",
    "reveal hidden --key key -o revealed",
    "export P0005 cohort",
    "forget P0005 cohort -o without",
    "transparency cohort",
    "tune learn cohort -o learned",
    "tune imitate cohort -o imitated",
    "tune sensitivity cohort -o varied --set portfolio.coverage=0 --set portfolio.redundancy=0",
    "bench cohort -o bench --methods greedy,random",
    "match nowhere",
    "match cohort --set portfolio.limt=1",
)
"""Arguments of `matcher`, run in this order in one folder."""
BLANKED = (
    (r"\b[0-9a-f]{64}\b", "HASH"),
    (r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "TIME"),
    (r"/tmp/[\w./-]*", "PATH"),  # noqa: S108 only looked for
    (r"\b[\d.,]+ (s|seconds)\b", "N s"),
    (r'("?(?:seconds|created|finished|started|peak_mb)"?: )[^,\n}]*', r"\1N"),
)
"""Patterns of what differs from run to run."""


def run_all(checkout: Path, folder: Path) -> None:
    """Run every command of a checkout in `folder`, its output into numbered files."""
    shutil.copytree(ROOT / "examples" / "cohort", folder / "cohort")
    shutil.rmtree(folder / "cohort" / "runs", ignore_errors=True)
    (folder / "key").write_text("00" * 32 + "\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "COLUMNS": "100"}
    for number, command in enumerate(COMMANDS):
        done = subprocess.run(
            [sys.executable, "-m", "matcher", *command.split()],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        name = folder / f"printed-{number:02d}-{re.sub('[^a-z]+', '-', command)[:40]}.txt"
        name.write_text(f"{done.returncode}\n{done.stdout}\n--\n{done.stderr}", "utf-8")


def shown(path: Path) -> list[str]:
    """Return the lines of a file without what differs by nature."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(path)
        text = "\n".join(
            f"{name}: {row}"
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
        )
    else:
        text = path.read_text("utf-8", errors="replace")
    if "bench" in path.parts:
        text = re.sub(r"\d+(\.\d+)?", "N", text)  # seconds and memory stand in every row
    for pattern, blank in BLANKED:
        text = re.sub(pattern, blank, text)
    return text.splitlines()


def differences(here: Path, there: Path) -> list[str]:
    """Return what differs between two folders of output, as lines of a diff."""
    both = (there, here)
    names = {p.relative_to(f) for f in both for p in f.rglob("*") if p.is_file()}
    found: list[str] = []
    for name in sorted(names):
        if name.parts[0] == "cohort":
            continue
        sides = [
            shown(f / name) if (f / name).exists() else ["(no such file)"] for f in (there, here)
        ]
        if sides[0] != sides[1]:
            found += difflib.unified_diff(*sides, f"other/{name}", f"here/{name}", lineterm="", n=0)
    return found


def main() -> int:
    """Compare and return the exit code: 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--keep", type=Path, help="folder with output of the other, made if absent")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        here, there = Path(scratch) / "here", options.keep or Path(scratch) / "there"
        todo = [(ROOT, here)] + ([] if there.exists() else [(options.other.resolve(), there)])
        for _, folder in todo:
            folder.mkdir(parents=True)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda pair: run_all(*pair), todo))
        found = differences(here, there)
    print(*found, sep="\n")
    print(f"{len(COMMANDS)} commands, {len(found)} lines differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
