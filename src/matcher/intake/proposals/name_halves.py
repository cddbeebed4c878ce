"""Names asked in two columns: `Your name (First)`, `LineManager_Last`, `Prénom du responsable`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from matcher.arrays import Cells
from matcher.cohort.names import name_parts
from matcher.cohort.tables import MANAGERS
from matcher.intake.files.grid import Grid
from matcher.intake.name_index import PARTICLES
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses
from matcher.text import fold, shown_title

_HALVES = [frozenset(ANSWERS["halves"][half][0].split("|")) for half in ("first", "last")]


def name_halves(grid: Grid, asked: Sequence[FormQuestion]) -> dict[int, list[Guess]]:
    """Return, by the position of a question, which half of whose name it is.

    Two titles that differ only by the word for the half are one question; what they ask is judged
    by both halves together.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    """
    stems: dict[tuple[str, ...], dict[int, int]] = {}
    for k, question in enumerate(asked):
        for stem, half in _halves_in(question):
            stems.setdefault(stem, {})[half] = k
    found: dict[int, list[Guess]] = {}
    for stem, places in stems.items():
        if stem and len(places) == len(_HALVES):
            found |= _whole(grid, asked, " ".join(stem), [places[half] for half in sorted(places)])
    titled = {guess.target: k for k, each in enumerate(asked) if (guess := each.likeliest)}
    told = {"name", *_PARTS} & {*titled, *(g[0].target for g in found.values())}
    if len(told) > 1 or "name" in told or told - titled.keys():
        return found
    spelled = dict(zip(_PARTS, halves_by_cells(grid, asked), strict=False))
    if all(spelled.get(half) == titled[half] for half in told):  # one half alone has its title
        found |= {
            place: [Guess(half, SPELLED_SCORE, Sureness.LIKELY, Said(Why.SPELL_HALVES))]
            for half, place in spelled.items()
            if half not in told
        }
    return found


SPELLED_SCORE = 90.0


LEAST_SPELLED, MOST_HALVES = 0.7, 12
"""Share of rows in whose address both halves stand, and columns that may be one."""
LEAST_JOINED = 3
"""Answers elsewhere that join two columns from which these are the halves of names."""


def halves_by_cells(grid: Grid, asked: Sequence[FormQuestion]) -> tuple[int, ...]:
    """Return the two questions that spell everybody's name, whatever their titles say.

    Together they stand in the addresses beside them, or in cells where people name each other.

    Returns
    -------
    tuple of int
        Positions of the first name and of the last, or nothing.
    """
    places = [k for k, question in enumerate(asked) if _may_be_half(question)]
    if not 2 <= len(places) <= MOST_HALVES:
        return ()
    parts = {k: [name_parts(str(t)) for t in grid.columns[asked[k].positions[0]]] for k in places}
    addresses = [
        grid.columns[q.positions[0]]
        for q in asked
        if 2 * len(q.evidence.counts) > len(grid.rows) and q.evidence.fits(["address"]) >= MOSTLY
    ]
    whole = {name_parts(t): t for q in asked if len(q.titles) == 1 for t in q.evidence.telling}
    found: dict[tuple[int, int], tuple[float, int]] = {}
    for first, last in permutations(places, 2):
        names = [tuple(a + b) for a, b in zip(parts[first], parts[last], strict=True)]
        joined = sum(name in whole for name in set(names))
        if len(set(names)) < MOSTLY * len(names):
            continue
        spelled = max((_spelled(names, column) for column in addresses), default=0.0)
        if spelled >= LEAST_SPELLED or (not addresses and joined >= LEAST_JOINED):
            found[first, last] = (spelled, joined)
    return max(
        found, key=lambda pair: (found[pair][1], found[pair][0], pair[0] < pair[1]), default=()
    )


def _may_be_half(question: FormQuestion) -> bool:
    """Whether everybody gave one or two words that may be a part of a name."""
    cells = question.evidence
    is_own = len(question.titles) == 1 and cells.filled >= MOSTLY * cells.rows > 2
    is_varied = LEAST_VARIED * cells.rows < len(cells.counts)
    return is_own and is_varied and cells.words <= 2 and cells.share(_is_in_letters) >= MOSTLY


def _is_in_letters(text: str) -> bool:
    return text[:1].isalpha() and not any(map(str.isdigit, text))


LEAST_VARIED = 0.2
"""Different first names, or last ones, a row: several people share one."""
MOSTLY = 0.9
"""Share of rows that have an answer, and of answers that look like what they may be."""


def _spelled(names: Sequence[Sequence[str]], addresses: Cells) -> float:
    """Return the share of rows in whose address every part of the name stands."""
    locals_ = (str(address).lower().partition("@")[0] for address in addresses)
    pairs = list(zip(names, locals_, strict=True))
    return sum(all(part in own for part in name) for name, own in pairs if name) / len(pairs)


def _halves_in(question: FormQuestion) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield what a title asks without the word for a half of a name, and which half it is."""
    words = words_of(question.title).rpartition(";")[2].split()
    for half, known in enumerate(_HALVES, 1):
        if len(question.titles) == 1 and not known.isdisjoint(words):
            yield tuple(word for word in words if word not in known), half


def _whole(
    grid: Grid, asked: Sequence[FormQuestion], title: str, places: Sequence[int]
) -> dict[int, list[Guess]]:
    columns = [grid.columns[asked[place].positions[0]] for place in places]
    texts = [" ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]
    people = asked[places[0]].evidence.people
    evidence = CellEvidence(CellEvidence.of(texts).counts, len(texts), people)
    best = next(iter(guesses(title, evidence)), None)
    if best is None or best.sureness is not Sureness.SURE or best.target not in _WHOLE:
        return {}
    return {
        place: [Guess(f"{best.target}.{half}", best.score, best.sureness, best.why)]
        for half, place in enumerate(places, 1)
    }


def with_other_half(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be; `Name` beside `Surname` or `Vorname` is the other half.

    So is what people are called (`Roepnaam`), where a surname is all else that names them.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    known
        What each question may be, by position, the likeliest first.
    """
    more = {k for part in ("between", "after") for k in _more_parts(asked, part)}
    first = {g[0].target: k for k, g in known.items() if g and k not in more}
    halves = [half for half in ("name.1", "name.2") if half in first]
    if len(halves) == 1 and not {"name", "name.1"} & first.keys() and "preferred_name" in first:
        called = asked[first["preferred_name"]].evidence  # a surname alone names nobody
        is_whole = called.filled == asked[first["name.2"]].evidence.filled
        given = Guess("name.1", 1e4, Sureness.SURE, Said(Why.CALLED))
        return {**known, first["preferred_name"]: [given]} if is_whole else dict(known)
    if len(halves) != 1 or "name" not in first or not _may_be_half(asked[first[halves[0]]]):
        return dict(known)
    names, parts = (grid.columns[asked[first[t]].positions[0]] for t in ("name", halves[0]))
    pairs = [(set(name_parts(n)), set(name_parts(p))) for n, p in zip(names, parts, strict=True)]
    if 2 * sum(part <= name for name, part in pairs) >= len(pairs):
        return dict(known)  # the whole name, and a part of it once more
    why = Said(Why.OTHER_HALF, shown_title(asked[first[halves[0]]].title))
    other = "name.2" if halves == ["name.1"] else "name.1"
    return {**known, first["name"]: [Guess(other, 1e4, Sureness.SURE, why)]}


def with_more_parts(
    asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be; a name in more than two columns has its parts in order.

    `Sander`, `van den` and `Berg` are one name, and so are a first name and two surnames.

    Parameters
    ----------
    asked
        The questions of the table.
    known
        What each question may be, by position, the likeliest first.
    """
    found = {half: [k for k, g in known.items() if g and g[0].target == half] for half in _PARTS}
    more = {part: _more_parts(asked, part) for part in ("between", "after")}
    if not all(found.values()) or not any(more.values()):
        return dict(known)
    last = [k for k in found["name.2"] if k not in (*more["between"], *more["after"])][:1]
    order = [*found["name.1"][:1], *more["between"], *last, *more["after"]]
    parts = {
        k: [Guess(f"name.{number}", 1e4, Sureness.SURE, Said(Why.PART_OF_NAME))]
        for number, k in enumerate(order, 1)
        if not (known[k] and known[k][0].sureness is Sureness.STATED)
    }
    return {**known, **parts}


_PARTS = ("name.1", "name.2")
_WHOLE = frozenset({"name", *MANAGERS})
"""What may be asked in two halves."""


def _more_parts(asked: Sequence[FormQuestion], part: str) -> list[int]:
    """Return the questions that ask for a part of a name `between` its halves, or `after` them.

    Small words of surnames (`van den`, `Le`) stand between them, whatever the title.
    """
    phrases = ANSWERS["halves"][part]
    return [
        k
        for k, each in enumerate(asked)
        if each.evidence.counts
        and (
            heaviest(phrases, words_of(each.title))
            or (
                part == "between"
                and not (each.evidence.initials or each.likeliest)
                and each.evidence.share(_is_particle) >= MOSTLY
            )
        )
    ]


def _is_particle(text: str) -> bool:
    words = re.findall(r"\w+", fold(text))
    return bool(words) and _SMALL.issuperset(words)


_SMALL = PARTICLES | {"op", "in", "t", "s", "te", "ten", "d"}
"""Words before a surname: `van der`, `op den`, `in 't`."""
