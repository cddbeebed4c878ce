"""Bounded mutation testing of the code that says who is meant: `python tools/mutate.py`.

Each mutant changes one thing in one file of a copy of the sources (a comparison turned, `and` for
`or`, a condition denied, a number moved by one) and runs the tests that are there to notice. What
survives is printed; docs/mutants.md says of each what it means. `--minutes` bounds the time,
`--seed` chooses the sample, `--files` other files.
"""

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_ONE, _SAFETY = "tests/intake/test_who_is_one.py", "tests/intake/test_safety.py"
_SPELT = "tests/intake/test_misspelt_names.py"
TESTS = {
    "cohort/ids.py": (_ONE, "tests/intake/test_identity.py"),
    "cohort/names.py": (_ONE, _SAFETY),
    "cohort/people.py": (_SAFETY, _ONE, "tests/decisions/test_in_force.py"),
    "cohort/questions.py": (_SAFETY, _ONE),
    "decisions/in_force.py": ("tests/decisions/test_in_force.py",),
    "decisions/question_answers.py": ("tests/decisions/test_question_answers.py",),
    "intake/checks/consent.py": ("tests/intake/test_consent.py",),
    "intake/corrections.py": ("tests/intake/test_corrections.py",),
    "intake/identity.py": (_ONE, "tests/intake/test_identity.py"),
    "intake/likeness.py": (_SAFETY, _ONE),
    "intake/name_index.py": (_SPELT, _SAFETY),
    "intake/resubmissions.py": (_ONE, "tests/intake/test_forms.py"),
    "intake/safety.py": (_SPELT, _SAFETY),
    "intake/whom_words_mean.py": (_SPELT, _SAFETY),
    "intake/sign_up.py": (_ONE,),
    "intake/twins.py": (_ONE,),
}
"""By file below `src/matcher` the tests that are there to notice a change."""
TURNED: dict[Any, Any] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    line: int
    was: str
    text: str


def mutants_of(file: str) -> Iterator[Mutant]:
    """Yield every mutant of a file below `src/matcher`."""
    source = (ROOT / "src" / "matcher" / file).read_text("utf-8")
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        node = list(_places(tree))[number]
        was = ast.unparse(node)
        _change(node)
        line = getattr(node, "lineno", 0)
        yield Mutant(file, line, f"{was}  ->  {ast.unparse(node)}", ast.unparse(tree))


def _places(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that can be changed, always in the same order."""
    for node in ast.walk(tree):
        is_turned = isinstance(node, ast.Compare) and type(node.ops[0]) in TURNED
        is_number = isinstance(node, ast.Constant) and type(node.value) in (int, bool)
        if is_turned or is_number or isinstance(node, ast.BoolOp | ast.UnaryOp | ast.IfExp):
            yield node


def _change(node: Any) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = TURNED[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd() if isinstance(node.op, ast.USub) else node.op
        node.operand = ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
    elif isinstance(node, ast.Constant):
        node.value = not node.value if node.value is True or node.value is False else node.value + 1


def survives(mutant: Mutant, copy: Path) -> bool:
    """Return whether no test notices a mutant."""
    target = copy / "matcher" / mutant.file
    before = target.read_text("utf-8")
    target.write_text(mutant.text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-m", "not slow"]
    command += ["-p", "no:cacheprovider", *TESTS[mutant.file]]
    try:
        environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        made = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    finally:
        target.write_text(before, "utf-8")
    return made.returncode == 0


def main() -> int:
    """Try mutants until the time is over; print those that survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", nargs="*", default=list(TESTS))
    asked = parser.parse_args()
    mutants = [mutant for file in asked.files for mutant in mutants_of(file)]
    mutants.sort(key=lambda mutant: hashlib.sha256(f"{asked.seed} {mutant}".encode()).digest())
    end, tried, alive = time.monotonic() + 60 * asked.minutes, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "src" / "matcher", copy / "matcher")
        for mutant in mutants:
            if time.monotonic() > end:
                break
            tried += 1
            if survives(mutant, copy):
                alive += 1
                sys.stdout.write(f"{mutant.file}:{mutant.line}: {mutant.was}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{alive} of {tried} survive; {len(mutants)} in all, seed {asked.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
