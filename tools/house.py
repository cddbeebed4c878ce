"""What must hold of the house: no circle, no upward import, one meaning a name, no long call; size.

Computed from the sources alone: ``python tools/house.py`` prints what is wrong and fails, with
``--sizes`` it also prints the lines of code of every package. Imports under TYPE_CHECKING and
inside functions count as well. The layers are those of import-linter in `pyproject.toml`.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "matcher"
MOST_CODE_LINES = 63_200
MOST_IMPORTS = 0.103
"""Raised only with an ability: docs/decisions/0015."""
MOST_POSITIONAL = 5
LIBRARY = {"datetime", "zip"}
"""Functions of others that take more: their arguments have no names, or need none."""
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
"""Tokens that are no code."""


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The source, parsed."""
        return ast.parse(self.text)

    @property
    def wing(self) -> str:
        """The part of the package that the module belongs to: a package or a file at the top."""
        return self.name.split(".")[1] if "." in self.name else ""

    def imported(self, known: set[str]) -> Iterator[str]:
        """Yield the modules of the package that this one imports, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in known)
            elif isinstance(node, ast.ImportFrom) and (source := self.source(node)) in known:
                inner = [f"{source}.{alias.name}" for alias in node.names]
                yield from (name for name in inner if name in known)
                if any(name not in known for name in inner):
                    yield source

    def source(self, node: ast.ImportFrom) -> str:
        """Return the module that an import names, relative ones resolved."""
        around = self.name.split(".")
        if self.path.stem != "__init__":
            around = around[:-1]
        around = around[: len(around) - node.level + 1] if node.level else []
        return ".".join((*around, *filter(None, [node.module])))

    def public(self) -> Iterator[str]:
        """Yield the names of public classes, functions and constants at the top of the file."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found = [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                parts = [part for target in targets for part in ast.walk(target)]
                found = [part.id for part in parts if isinstance(part, ast.Name)]
            else:
                found = []
            yield from (name for name in found if not name.startswith("_"))

    def asked_of_others(self, known: set[str]) -> Iterator[tuple[str, str]]:
        """Yield which names of which other modules this one uses."""
        called = dict[str, str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (source := self.source(node)) in known:
                for alias in node.names:
                    if (module := f"{source}.{alias.name}") in known:
                        called[alias.asname or alias.name] = module
                    else:
                        yield source, alias.name
        for node in ast.walk(self.tree):
            is_dotted = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if is_dotted and (module := called.get(node.value.id)):
                yield module, node.attr

    def lines(self) -> tuple[int, int]:
        """Count lines of code and of imports; blanks, comments and docstrings are no code."""
        code: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type not in LAYOUT:
                code |= set(range(token.start[0], token.end[0] + 1))
        imports: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                if isinstance(node.value.value, str):
                    code -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            elif isinstance(node, ast.Import | ast.ImportFrom):
                imports |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return len(code), len(imports)


def modules() -> list[Module]:
    """Return every module of the package."""
    found = []
    for path in sorted((ROOT / "src" / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path))
    return found


def layers() -> dict[str, int]:
    """Return the floor of each wing; the highest imports all the others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rows = project["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = {}
    for floor, row in enumerate(reversed(rows)):
        floors.update(dict.fromkeys((wing.strip("() ") for wing in row.split("|")), floor))
    return floors


def imports_of(house: list[Module]) -> nx.DiGraph:
    """Return the graph of imports, module to module."""
    known = {module.name for module in house}
    graph = nx.DiGraph()
    for module in house:
        graph.add_node(module.name)
        graph.add_edges_from((module.name, name) for name in module.imported(known))
    return graph


def front_doors(graph: nx.DiGraph) -> Iterator[str]:
    """Yield every module that asks the package itself: what that offers comes from all floors."""
    for origin, target in sorted(graph.edges):
        if target == PACKAGE:
            yield f"front door: {origin} imports {PACKAGE}; import from the module that has it"


def circles(graph: nx.DiGraph) -> Iterator[str]:
    """Yield every circle of imports, those between packages and their own modules too."""
    # The package loads its public names when they are used: it is above everything.
    rooms = graph.subgraph(set(graph) - {PACKAGE})
    for group in nx.strongly_connected_components(rooms):
        if len(group) > 1:
            yield "circle: " + ", ".join(sorted(group))


def upward(graph: nx.DiGraph) -> Iterator[str]:
    """Yield every import of a wing that stands above, or beside, the importing one."""
    floors = layers()
    for origin, target in sorted(graph.edges):
        if PACKAGE in (origin, target):
            continue
        here, there = origin.split(".")[1], target.split(".")[1]
        if here != there and here != "__main__" and floors[there] >= floors[here]:
            yield f"upwards: {origin} imports {target}"


def repeated(house: list[Module]) -> Iterator[str]:
    """Yield names that mean two things: of modules, of classes and functions, of constants.

    A constant that its own module alone reads means nothing anywhere else, so that it may be called
    as another is, but not as something that modules ask each other for.
    """
    stems, places = defaultdict(list), defaultdict(set)
    known = {module.name for module in house}
    asked = {one for module in house for one in module.asked_of_others(known)}
    for module in house:
        if module.path.stem not in ("__init__", "__main__"):
            stems[module.path.stem].append(module.name)
        for name in module.public():
            places[name].add(module)
    for stem, modules in sorted(stems.items()):
        if len(modules) > 1:
            yield f"module name twice: {stem} ({', '.join(modules)})"
    for name, homes in sorted(places.items()):
        is_shared = any((module.name, name) in asked for module in homes)
        if len(homes) > 1 and (is_shared or not name.isupper()):
            yield f"name twice: {name} ({', '.join(sorted(module.name for module in homes))})"


def long_calls(house: list[Module]) -> Iterator[str]:
    """Yield calls with more arguments by position than a reader can tell apart."""
    for module in house:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL:
                called = ast.unparse(node.func)
                if called not in LIBRARY:
                    place = f"{module.name}:{node.lineno}"
                    yield f"long call: {place} gives {called} {len(node.args)} by position"


def too_large(house: list[Module], *, shown: bool) -> Iterator[str]:
    """Yield what is over its bound: lines of code, and the share of imports in them."""
    sizes: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for module in house:
        code, imports = module.lines()
        for wing in (module.wing, "in all"):
            sizes[wing] = [a + b for a, b in zip(sizes[wing], (code, imports, 1), strict=True)]
    if shown:
        print(f"{'wing':<14}{'code':>8}{'imports':>9}{'files':>7}")
        for wing, (code, imports, files) in sorted(sizes.items(), key=lambda item: item[1]):
            print(f"{wing or '(top)':<14}{code:>8}{imports:>9}{files:>7}")
    code, imports, _ = sizes["in all"]
    if code > MOST_CODE_LINES:
        yield f"size: {code} lines of code, at most {MOST_CODE_LINES}"
    if imports > MOST_IMPORTS * code:
        yield f"size: {imports / code:.1%} of the lines are imports, at most {MOST_IMPORTS:.1%}"


def main() -> int:
    """Check the house and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", action="store_true", help="print the lines of every package")
    shown = parser.parse_args().sizes
    house = modules()
    graph = imports_of(house)
    structure = (*circles(graph), *upward(graph), *front_doors(graph))
    structure += (*repeated(house), *long_calls(house))
    faults = [*structure, *too_large(house, shown=shown)]
    print(*faults, sep="\n")
    print(f"{len(house)} modules, {graph.number_of_edges()} imports, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
