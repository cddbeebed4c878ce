"""The check of the house finds what it is there to find, and nothing where all is well."""

from __future__ import annotations

import ast
import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return the check, and forget it afterwards."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    yield importlib.import_module("house")
    sys.modules.pop("house", None)


def built(house: ModuleType, folder: Path, files: dict[str, str]) -> list[str]:
    """Return the faults of a package of the given files, without those of size."""
    modules = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        stem = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        modules.append(house.Module(f"matcher.{stem}".removesuffix(".__init__"), path))
    graph = house.imports_of(modules)
    structure = [*house.circles(graph), *house.upward(graph), *house.front_doors(graph)]
    return [*structure, *house.repeated(modules), *house.long_calls(modules)]


def test_a_sound_house_has_no_fault(house: ModuleType, tmp_path: Path) -> None:
    """Rooms that import only downwards, with names of their own, are fine."""
    files = {
        "cohort/__init__.py": "",
        "solver/dual.py": "from matcher.cohort import x\ndef fit(): ...",
    }
    assert built(house, tmp_path, files) == []


def test_circles_are_found_behind_type_checking(house: ModuleType, tmp_path: Path) -> None:
    """An import for types or within a function closes a circle like any other."""
    files = {
        "solver/one.py": "if TYPE_CHECKING:\n    from matcher.solver.two import B",
        "solver/two.py": "def f():\n    from matcher.solver import one",
        "solver/__init__.py": "",
    }
    assert built(house, tmp_path, files) == ["circle: matcher.solver.one, matcher.solver.two"]


def test_imports_upwards_are_found(house: ModuleType, tmp_path: Path) -> None:
    """A lower room may not know a higher one."""
    files = {"solver/dual.py": "def f():\n    import matcher.report.page", "report/page.py": ""}
    assert built(house, tmp_path, files) == [
        "upwards: matcher.solver.dual imports matcher.report.page"
    ]


def test_relative_imports_count(house: ModuleType, tmp_path: Path) -> None:
    """A dot names a module as well as its full name does."""
    files = {
        "scoring/__init__.py": "",
        "scoring/scores.py": "from .pairs import Pair\n",
        "scoring/pairs.py": "from . import scores\n\n\nclass Pair:\n    pass\n",
        "features/terms.py": "def late():\n    from ..scoring.pairs import Pair\n",
    }
    circle, upwards = built(house, tmp_path, files)
    assert circle == "circle: matcher.scoring.pairs, matcher.scoring.scores"
    assert upwards == "upwards: matcher.features.terms imports matcher.scoring.pairs"


def test_nobody_inside_asks_the_package(house: ModuleType, tmp_path: Path) -> None:
    """What the package offers comes from every floor; a module of it may be named through it."""
    files = {
        "__init__.py": "",
        "features/terms.py": "def late():\n    import matcher\n",
        "features/words.py": "from matcher import match\n",
        "scoring/pairs.py": "from matcher.features import terms\n",
        "text.py": "from matcher import vocabulary\n",
        "vocabulary.py": "",
    }
    found = built(house, tmp_path, files)
    assert [fault.split(" imports ")[0] for fault in found if fault.startswith("front door")] == [
        "front door: matcher.features.terms",
        "front door: matcher.features.words",
    ]


def test_names_used_twice_are_found(house: ModuleType, tmp_path: Path) -> None:
    """One module name, or one class name in two rooms, is a fault; private names are free."""
    files = {
        "solver/words.py": "class Task: ...\ndef _own(): ...",
        "report/words.py": "class Task: ...\ndef _own(): ...",
    }
    assert built(house, tmp_path, files) == [
        "module name twice: words (matcher.solver.words, matcher.report.words)",
        "name twice: Task (matcher.report.words, matcher.solver.words)",
    ]


def test_constants_that_modules_ask_for_mean_one_thing(house: ModuleType, tmp_path: Path) -> None:
    """A constant that another module imports has its name alone; local ones may be called alike."""
    files = {
        "text.py": "MOST = 4\nLEAST = 1\n",
        "solver/dual.py": "LEAST = 2\nMOST = 5\n",
        "report/page.py": "from matcher import text\n\ntext.MOST\n",
        "__init__.py": "",
    }
    assert built(house, tmp_path, files) == [
        "name twice: MOST (matcher.solver.dual, matcher.text)",
    ]


def test_long_calls_are_found(house: ModuleType, tmp_path: Path) -> None:
    """Six arguments by position are too many; named ones, and those of `zip`, are not counted."""
    files = {
        "solver/dual.py": "fit(1, 2, 3, 4, 5)\nfit(1, 2, 3, 4, 5, f=6)\n"
        "zip(a, b, c, d, e, f)\nx.fit(1, 2, 3, 4, 5, *f)",
    }
    assert built(house, tmp_path, files) == [
        "long call: matcher.solver.dual:4 gives x.fit 6 by position"
    ]


def test_only_code_is_counted(house: ModuleType, tmp_path: Path) -> None:
    """Blanks, comments and docstrings are no code; lines of one statement all count."""
    path = tmp_path / "one.py"
    path.write_text('"""Doc."""\n\nimport a\n# note\nx = [\n    1,\n]\n"""About x."""\n', "utf-8")
    assert house.Module("matcher.one", path).lines() == (4, 1)


def prose(path: Path) -> Iterator[str]:
    """Yield what a test file holds a message against, where that is a sentence: three words."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        sides += [node.value] if isinstance(node, ast.keyword) and node.arg == "match" else []
        parts = [part for side in sides for part in (*getattr(side, "elts", ()), side)]
        texts = (part.value for part in parts if isinstance(part, ast.Constant))
        yield from (text for text in texts if isinstance(text, str) and text.count(" ") > 1)


@pytest.mark.slow
def test_a_sentence_is_asserted_in_one_place() -> None:
    """What a message says word for word is one test file's: the others go by its code."""
    places = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for text in prose(path):
            places[text].add(path.name)
    assert {text: files for text, files in places.items() if len(files) > 1} == {}
