"""The long run of drawn instances: ``python -m tests.solver --runs 5000``.

Every instance has a kind and a seed; one that is answered wrongly is told, so that ``--kind K
--first N --runs 1`` shows it again. `--done` holds how far each kind has come; ``--resume`` goes on
from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from tests.solver.drawn import KINDS, broken


def main() -> int:
    """Answer the instances asked for; 1 where any was answered wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.solver", description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000, help="instances, of all kinds together")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--kind", choices=KINDS, help="one kind alone")
    parser.add_argument("--done", type=Path, default=Path("drawn-done.json"))
    parser.add_argument("--resume", action="store_true", help="go on where a run was ended")
    asked = parser.parse_args()
    done = json.loads(asked.done.read_text("utf-8")) if asked.done.is_file() else {}
    kinds, wrong = [asked.kind] if asked.kind else list(KINDS), 0
    for kind in kinds:
        first = done.get(kind, asked.first) if asked.resume else asked.first
        last = asked.first + asked.runs // len(kinds)
        for seed in range(first, last):
            if told := broken(kind, seed):
                wrong += 1
                sys.stdout.write(f"{kind} {seed}: {'; '.join(told)}\n")
            done[kind] = seed + 1
            if seed % 50 == 49 or seed + 1 == last:
                asked.done.write_text(json.dumps(done), "utf-8")
                seconds = round(sum(os.times()[:2]))
                sys.stdout.write(f"{kind}: {seed + 1} of {last}, {wrong} wrong, {seconds} CPU s\n")
                sys.stdout.flush()
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
