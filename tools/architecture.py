"""The picture and the table of docs/architecture.md, drawn from the imports of the sources."""

from __future__ import annotations

import ast
from html import escape

import networkx as nx

from house import PACKAGE, Module, imports_of, layers, modules

CELL, LEFT, TOP = 22, 120, 120
INK, RULE, FILL = "#1b2733", "#d5d9de", "#1f5f8b"


def rooms(house: list[Module]) -> list[str]:
    """Return the rooms from the lowest floor up: what is further down may use what is above."""
    floors = layers()
    present = {module.wing for module in house} - {"", "__main__"}
    return sorted(present, key=lambda room: (floors[room], room))


def uses(house: list[Module]) -> nx.DiGraph:
    """Return which room imports which, with the number of importing files as weight."""
    graph = nx.DiGraph()
    graph.add_nodes_from(rooms(house))
    for origin, target in imports_of(house).edges:
        here, there = origin.split(".")[1:2], target.split(".")[1:2]
        if here and there and here != there and here != ["__main__"]:
            weight = graph.get_edge_data(here[0], there[0], {"weight": 0})["weight"]
            graph.add_edge(here[0], there[0], weight=weight + 1)
    return graph


def picture() -> str:
    """Return the matrix of imports as SVG: a mark left of the diagonal is an import downwards."""
    house = modules()
    names, graph = rooms(house), uses(house)
    size = CELL * len(names)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + size + 10} '
        f'{TOP + size + 10}" font-family="sans-serif" font-size="12" fill="{INK}">',
        "<title>Which room imports which: rows import columns</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for place, name in enumerate(names):
        x, y = LEFT + CELL * place, TOP + CELL * place
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<text transform="translate({x + 15} {TOP - 8}) rotate(-60)">{escape(name)}</text>',
            f'<line x1="{LEFT}" x2="{LEFT + size}" y1="{y}" y2="{y}" stroke="{RULE}"/>',
            f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + size}" stroke="{RULE}"/>',
            f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{RULE}"/>',
        ]
    for here, there, weight in sorted(graph.edges(data="weight")):
        x, y = LEFT + CELL * names.index(there), TOP + CELL * names.index(here)
        opacity = min(1.0, 0.25 + weight / 20)
        parts.append(
            f'<rect x="{x + 4}" y="{y + 4}" width="14" height="14" fill="{FILL}" '
            f'fill-opacity="{opacity:.2f}"><title>{here} imports {there}: {weight}</title></rect>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def table() -> str:
    """Return the rooms as a Markdown table: what each is for, and what it needs directly."""
    house = modules()
    graph = nx.transitive_reduction(uses(house))
    about = {module.name: (ast.get_docstring(module.tree) or "").split("\n")[0] for module in house}
    lines = ["| Room | What it is for | Stands on |", "| --- | --- | --- |"]
    for room in rooms(house):
        below = ", ".join(f"`{name}`" for name in sorted(graph.successors(room)))
        lines.append(f"| `{room}` | {about[f'{PACKAGE}.{room}']} | {below} |")
    return "\n".join(lines) + "\n"
