"""What the questions of a survey's export may be: lines of a config, to be read by people."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from matcher.cohort.people import People
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.single_texts import is_date, is_yes_no
from matcher.programme.pair_survey import RATED, TITLES_OF_PEOPLE, first_table
from matcher.text import fold, words_beside

HINTS: dict[str, str] = words_beside(__file__, "survey_titles.toml")
"""Words in the titles of surveys by what they may be: proposed, never taken for granted."""
LOOKS: dict[str, Callable[[str], bool]] = {"date": is_date, "ended_early": is_yes_no}
"""What every answer must look like for a question to be one."""


def columns_to_write(path: Path, people: People) -> Iterator[str]:
    """Yield lines of a config that say what each question of a survey may be, to be read by people.

    What neither title nor answers tell is left out, with a remark that says what it may be.

    Parameters
    ----------
    path
        An export of a form whose questions nobody has mapped.
    people
        Who was asked: answers that are people say who answers, and about whom, in any language.
    """
    grid, left = first_table(path), dict(HINTS)
    named = {title: name for name, title in _columns_of_people(grid, people).items()}
    proposed: dict[str, str] = {}
    for title, cells in zip(grid.titles, grid.columns, strict=True):
        words = {*re.findall(r"[^\W_]+", fold(title))}
        may_be = [n for n in left if _looks_so(n, list(map(str, cells)))]
        hinted = (n for n in may_be if words & {*left[n].split()} and n not in named.values())
        by_cells = "date" if "date" in may_be else "ignore"
        proposed[title] = named.get(title) or next(hinted, by_cells)
        left.pop(proposed[title], None)
    open_ = [name for name in (*RATED, "date") if name in left]
    yield "[columns.outcomes]"
    for title, found in proposed.items():
        remark = f"  # or one of {', '.join(open_)}" if found == "ignore" and open_ else ""
        yield f"{json.dumps(title, ensure_ascii=False)} = {json.dumps(found)}{remark}"


def _looks_so(name: str, cells: Sequence[str]) -> bool:
    looks = LOOKS.get(name)
    return looks is None or all(looks(cell) for cell in cells if cell.strip())


def _columns_of_people(grid: Grid, people: People) -> dict[str, str]:
    """Return the titles under which people stand: who answers, and about whom."""
    found: dict[str, list[str]] = {}
    for title, cells in zip(grid.titles, grid.columns, strict=True):
        texts = [str(cell).strip() for cell in cells]
        ids = [people.find(text) or "" if not text.isdigit() else "" for text in texts]
        if sum(map(bool, ids)) * 2 >= max(1, sum(map(bool, texts))):
            found[title] = ids
    boxes = [t for t in found if "@" in "".join(grid.columns[grid.titles.index(t)])]
    if not boxes and len(found) < 2:  # whose names one column holds its title says
        return {}
    respondent = next(iter((*boxes, *found)))
    others = (title for title, ids in found.items() if ids != found[respondent])
    return dict(zip(TITLES_OF_PEOPLE, (respondent, *others), strict=False))
