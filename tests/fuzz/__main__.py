"""The long run of the fuzzers: ``python -m tests.fuzz --runs 5000``.

Every input has a number; one that breaks what must hold is written to `--keep` and its number told,
so that ``--seed S --first N --runs 1`` shows it again. All run in one process, at some 0.1 (tables,
workbooks) and 0.3 (exports) CPU seconds each; `done.json` in `--keep` holds how far each kind and
seed has come, and ``--resume`` goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.fuzz.invariant import KINDS, broken, write_input


def main() -> int:
    """Run the inputs asked for; 1 where any broke what must hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="inputs of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--kind", choices=KINDS, help="one kind alone")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where finds are put")
    parser.add_argument("--resume", action="store_true", help="go on where a run was ended")
    asked = parser.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    done_file = asked.keep / "done.json"
    done = json.loads(done_file.read_text("utf-8")) if done_file.is_file() else {}
    found = 0
    for kind in [asked.kind] if asked.kind else KINDS:
        first = done.get(f"{kind} {asked.seed}", asked.first) if asked.resume else asked.first
        for number in range(first, asked.first + asked.runs):
            with tempfile.TemporaryDirectory() as place:
                wrong = broken(write_input(kind, asked.seed, number, Path(place)), number)
            if wrong:
                found += 1
                kept = asked.keep / f"{kind}-{asked.seed}-{number}"
                kept.mkdir(parents=True, exist_ok=True)
                write_input(kind, asked.seed, number, kept)
                sys.stdout.write(f"{kind} {number}: {'; '.join(wrong)}\n")
            done[f"{kind} {asked.seed}"] = number + 1
            done_file.write_text(json.dumps(done), "utf-8")
        seconds = round(sum(os.times()[:2]))
        sys.stdout.write(f"{asked.runs} {kind}: {found} found so far, {seconds} CPU s in all\n")
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
