"""Bounded mutation testing of who is meant, of values and of the checker: `python tools/mutate.py`.

Each mutant changes one thing in one file of a copy of the sources (a comparison turned, `and` for
`or`, a condition denied, a number moved by one) and runs the tests that are there to notice. What
survives is printed; docs/mutants.md says of each what it means. `--minutes` bounds the time,
`--seed` chooses the sample, `--files` the files or folders. `--done` holds what was tried;
``--resume`` goes on from there.
"""

import argparse
import ast
import hashlib
import multiprocessing
import os
import shutil
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
_PROVED = ("tests/checker/test_solution.py", "tests/checker/test_bound.py")
_RUN, _OWN = "tests/checker/test_run.py", "tests/checker/test_own_scores.py"
_BUILT, _VALUES = "tests/problem/test_instance.py", "tests/problem/test_value.py"
_MARKET = "tests/problem/test_market.py"
TESTS = {
    "checker/best_set.py": _PROVED,
    "checker/bound.py": _PROVED,
    "checker/certificate.py": ("tests/checker/test_certificate.py", *_PROVED, _RUN),
    "checker/check_run.py": (_RUN,),
    "checker/check_solution.py": (*_PROVED, _RUN),
    "checker/figures.py": (_RUN,),
    "checker/mentee_task.py": _PROVED,
    "checker/own_answers.py": (_OWN,),
    "checker/own_kinds.py": (_OWN,),
    "checker/own_pairs.py": (_OWN,),
    "checker/own_scores.py": (_OWN,),
    "checker/rules.py": (*_PROVED, "tests/checker/test_tier_proof.py"),
    "checker/tier_proof.py": ("tests/checker/test_tier_proof.py",),
    "checker/values.py": _PROVED,
    "problem/co_mentoring.py": (_BUILT,),
    "problem/instance.py": (_BUILT,),
    "problem/market.py": (_MARKET, _VALUES, _BUILT),
    "problem/periods.py": ("tests/problem/test_periods.py",),
    "problem/previous.py": (_BUILT,),
    "problem/problem.py": (_VALUES, _BUILT),
    "problem/stated_amounts.py": (_BUILT,),
    "problem/value.py": (_VALUES,),
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
LONGEST = 600.0
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pandas", "scipy.optimize", "sklearn.linear_model"])
"""A process a mutant, forked from one that has read the libraries: seconds saved each time."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    line: int
    was: str
    text: str
    number: int

    @property
    def name(self) -> str:
        """The file, which of its places, and what is changed there."""
        return f"{self.file}:{self.line}: {self.was} [{self.number}]"


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
        yield Mutant(file, line, f"{was}  ->  {ast.unparse(node)}", ast.unparse(tree), number)


def _places(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that can be changed, always in the same order; decorators change nothing."""
    worn = [part for node in ast.walk(tree) for part in getattr(node, "decorator_list", ())]
    skipped = {part for one in worn for part in ast.walk(one)}
    for node in ast.walk(tree):
        if node in skipped:
            continue
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
    try:
        return passes(TESTS[mutant.file], copy)
    finally:
        target.write_text(before, "utf-8")


def passes(tests: tuple[str, ...], copy: Path) -> bool:
    """Return whether tests pass on the copy of the sources, in time."""
    tried = CONTEXT.Process(target=_tested, args=(str(copy), tests))
    tried.start()
    tried.join(LONGEST)
    tried.kill()
    tried.join()
    return tried.exitcode == 0


def _tested(copy: str, tests: tuple[str, ...]) -> None:
    """Run tests on the copy, in a process that has read the libraries already; say nothing."""
    import pytest

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(ROOT)
    os.environ |= {"PYTHONPATH": copy, "PYTHONDONTWRITEBYTECODE": "1"}
    sys.path.insert(0, copy)
    sys.dont_write_bytecode = True
    arguments = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    os._exit(int(pytest.main(arguments)))


def main() -> int:
    """Try mutants until the time is over; print those that survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", nargs="*", default=[""], help="files or folders")
    parser.add_argument("--done", type=Path, default=Path("mutants-done.txt"))
    parser.add_argument("--resume", action="store_true", help="go on where a run was ended")
    asked = parser.parse_args()
    files = [file for file in TESTS if file.startswith(tuple(asked.files))]
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    mutants.sort(key=lambda mutant: hashlib.sha256(f"{asked.seed} {mutant.name}".encode()).digest())
    known = _known(asked.done) if asked.resume else {}
    left = [mutant for mutant in mutants if mutant.name not in known]
    end = time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as folder, asked.done.open("a" if known else "w") as done:
        copy = Path(folder)
        shutil.copytree(ROOT / "src" / "matcher", copy / "matcher")
        for test in () if known else sorted({test for file in files for test in TESTS[file]}):
            if not passes((test,), copy):
                raise SystemExit(f"nothing is changed, and {test} fails")
        for mutant in left:
            if time.monotonic() > end:
                break
            known[mutant.name] = survives(mutant, copy)
            verdict = "survives" if known[mutant.name] else "noticed"
            done.write(f"{verdict} {mutant.name}\n")
            done.flush()
    tried = [mutant.name for mutant in mutants if mutant.name in known]
    alive = [name for name in tried if known[name]]
    sys.stdout.write("".join(f"{name}\n" for name in alive))
    told = f"{len(alive)} of {len(tried)} survive; {len(mutants)} in all, seed {asked.seed}\n"
    sys.stdout.write(told)
    return 0


def _known(done: Path) -> dict[str, bool]:
    """Return by mutant whether it survived, of those tried before."""
    lines = done.read_text("utf-8").splitlines() if done.is_file() else []
    parts = (line.partition(" ") for line in lines)
    return {name: verdict == "survives" for verdict, _, name in parts}


if __name__ == "__main__":
    sys.exit(main())
