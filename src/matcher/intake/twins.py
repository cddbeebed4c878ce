"""Two ids that are, or may be, one person's: by address, by name, by slips of the keyboard."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from matcher.cohort.ids import without_tag
from matcher.cohort.names import are_compatible
from matcher.errors import Finding
from matcher.intake.likeness import is_slip, one_letter_apart
from matcher.intake.name_index import NICKNAMES
from matcher.intake.sign_up import WORK_CELLS, SignUp, all_agree, several
from matcher.text import shortened

CROWD = 8
"""People up to whom one address, or one box with tags, is no office's."""

MANY = 50
"""Sign-ups up to which a full name that they share is asked about, and no placeholder."""


FEW_NAMESAKES = 12
"""Names that recur on one side up to which each is asked about."""
_SIDES = ("mentee", "mentor")


@dataclass(frozen=True)
class Twins:
    """Sign-ups under two ids; `first` comes first in the order of the tables."""

    first: SignUp
    second: SignUp
    why: str
    is_certain: bool = False
    """Whether the two are one person, by address and name."""


def twins_among(rows: Sequence[SignUp]) -> list[Twins]:
    """Return every two ids that are or may be one person's, the surest reason first.

    Parameters
    ----------
    rows
        Everybody's sign-ups in the order of the tables.
    """
    return [*_of_one_address(rows), *_of_one_name(rows), *_mistyped(rows), *_of_like_names(rows)]


def _of_one_address(rows: Sequence[SignUp]) -> Iterator[Twins]:
    """Yield the ids that share an address; one person's where all the names there agree."""
    for group in _sharing_address(rows):
        one = all_agree(group)
        for first, second in combinations(group, 2) if len(group) <= CROWD else ():
            same = one or (first.bare != () and first.bare == second.bare)
            yield Twins(first, second, "the addresses are equal", same)


def _sharing_address(rows: Sequence[SignUp]) -> Iterator[list[SignUp]]:
    return several(rows, lambda row: row.address, lambda row: row.person)


def _of_one_name(rows: Sequence[SignUp]) -> Iterator[Twins]:
    """Yield the ids of one full name: of which one could be the other's mentor, and of one side.

    Where many names of a side recur, as in a large cohort, these are people and are told.
    """
    for group in several(rows, lambda row: row.bare, lambda row: (row.person, row.role)):
        for first, second in combinations(group, 2) if len(group) <= MANY else ():
            can_meet = first.may_mentor(second) or second.may_mentor(first)
            if first.person != second.person and can_meet:
                yield Twins(first, second, "the names are equal")
    for side in _SIDES:
        alike = [group for group in _namesakes(rows, side) if len(group[0].bare) > 1]
        for group in alike if len(alike) <= FEW_NAMESAKES else ():
            for first, second in combinations(group, 2) if len(group) <= CROWD else ():
                yield Twins(first, second, "the names are equal")


def _namesakes(rows: Sequence[SignUp], side: str) -> Iterator[list[SignUp]]:
    """Yield those of one side who have one name under several ids."""
    own = [row for row in rows if row.role in (side, "both", "either")]
    return several(own, lambda row: row.bare, lambda row: row.person)


def _mistyped(rows: Sequence[SignUp]) -> Iterator[Twins]:
    """Yield the ids whose addresses differ by a tag, or by a slip while the names are alike."""
    of: dict[str, dict[str, SignUp]] = defaultdict(dict)
    for row in rows:
        if row.address:
            of[row.address].setdefault(row.person, row)
    for one, two in _near_addresses(of):
        is_tag = without_tag(one) == without_tag(two)
        for first in of[one].values():
            for second in of[two].values():
                if first.person != second.person and (is_tag or _names_alike(first, second)):
                    earlier, later = sorted((first, second), key=lambda row: row.place)
                    yield Twins(earlier, later, "the addresses are alike")


def _near_addresses(addresses: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield addresses of one box, and those that differ by a slip before or behind the sign."""
    boxes: dict[str, list[str]] = defaultdict(list)
    for address in addresses:
        boxes[without_tag(address)].append(address)
    for group in boxes.values():
        yield from combinations(group, 2) if len(group) <= CROWD else ()
    for one, two in one_letter_apart(addresses):
        (name, _, domain), (other, _, place) = one.rpartition("@"), two.rpartition("@")
        parts = (name, other) if domain == place else (domain, place)
        if (domain == place or name == other) and is_slip(*parts, most=1):
            yield one, two


def _names_alike(first: SignUp, second: SignUp) -> bool:
    one, two = " ".join(first.bare), " ".join(second.bare)
    return bool(one and two) and (is_slip(one, two) or are_compatible(first.name, second.name))


def _of_like_names(rows: Sequence[SignUp]) -> Iterator[Twins]:
    """Yield the ids whose names may be one person's while what stands beside them agrees.

    `T. Kulkarni` and `Tanvi Kulkarni` of one department and grade, one name twice on one side;
    where every answer is the same, also `Theresa Maier` and `Tessa Maier`, or Maier and Huber.
    """
    of: dict[tuple[str, Hashable], dict[str, SignUp]] = defaultdict(dict)
    for row in rows:
        for part, other in permutations(dict.fromkeys(row.bare), 2):
            if len(part) > 1:
                if _says_much(row):
                    of[part, row.beside].setdefault(row.person, row)
                for first in {name[0] for name in (other, *NICKNAMES.get(other, ()))}:
                    of[part, first].setdefault(row.person, row)
    found: dict[tuple[str, str], Twins] = {}
    for group in of.values():
        for one, two in combinations(group.values(), 2) if len(group) <= MANY else ():
            if (why := _alike_beside(one, two)) and one.person != two.person:
                first, second = sorted((one, two), key=lambda row: row.place)
                found.setdefault((first.person, second.person), Twins(first, second, why))
    yield from found.values()


def _alike_beside(one: SignUp, two: SignUp) -> str:
    """Return why two sign-ups of like names may be one person's, empty where nothing says so."""
    is_equal = one.bare == two.bare
    boxes = [row.address.partition("@")[0] for row in (one, two)]
    agree, differ = _agreement(one, two, len(WORK_CELLS))
    every, unlike = _agreement(one, two, len(one.beside))
    is_one = every >= LEAST_SAID and every >= MOST_SAID * (every + unlike)
    is_box = bool(boxes[0]) and boxes[0] == boxes[1]
    is_near = agree >= differ if is_equal else agree >= LEAST_AGREEING and agree > 2 * differ
    if not (is_one or is_box or is_near):  # before the names, which take longer to compare
        return ""
    is_called = is_equal or _may_be_called(one, two)
    is_same = one.beside == two.beside and _says_much(one) and _differing(one, two) != ("", "")
    if not (is_called or is_same or _is_slipped(one, two)):
        return ""
    name = "the names are equal" if is_equal else "the names may be one person's"
    is_alike = is_one or is_box or is_called  # Maria and Mario of a place are two
    return f"{name}, and so is what stands beside them" if is_alike else ""


LEAST_AGREEING = 2
"""Equal cells about work from which names that are only alike may be one person's."""
LEAST_IN_ALL = 6
"""Cells that say something from which equal rows are alike whatever first name, or surname, is
another."""
LEAST_SAID, MOST_SAID = 4, 0.85
"""Cells in which both said something, and the share of equal ones, from which rows are alike."""


def _agreement(one: SignUp, two: SignUp, most: int) -> tuple[int, int]:
    """Return in how many of the first cells both say the same, and in how many not."""
    pairs = zip(one.beside[:most], two.beside[:most], strict=True)
    said = [a == b for a, b in pairs if a not in (None, ()) and b not in (None, ())]
    return sum(said), len(said) - sum(said)


def _says_much(row: SignUp) -> bool:
    return len(row.beside) - row.beside.count(None) - row.beside.count(()) >= LEAST_IN_ALL


def _differing(one: SignUp, two: SignUp) -> tuple[str, str]:
    """Return the one part in which two names differ, the shorter first; empty for more or none."""
    rest, other = {*one.bare} - {*two.bare}, {*two.bare} - {*one.bare}
    if len(rest) != 1 or len(other) != 1 or len(one.bare) < 2:
        return "", ""
    short, long = sorted((*rest, *other), key=len)
    return short, long


def _may_be_called(one: SignUp, two: SignUp) -> bool:
    """Whether two names may be one person's: with initials, or with a short first name."""
    if len(one.bare) != len(two.bare) or min(map(len, (*one.bare, *two.bare))) == 1:
        return are_compatible(one.name, two.name)
    short, long = _differing(one, two)
    is_start = len(short) >= SHORTEST_START and long.startswith(short)
    return is_start or short in NICKNAMES.get(long, ())


def _is_slipped(one: SignUp, two: SignUp) -> bool:
    short, long = _differing(one, two)
    may_be = len(long) - len(short) < len("ab") and len(short) >= SHORTEST_START
    return may_be and short[-1] == long[-1] and is_slip(short, long)


SHORTEST_START = 3
"""Letters from which the start of a first name is a name of its own: `Lorc` for `Lorcan`."""


def crowds(rows: Sequence[SignUp], twins: Sequence[Twins]) -> Iterator[Finding]:
    """Tell of addresses that many share, and of names that several on one side have.

    Parameters
    ----------
    rows
        Everybody's sign-ups.
    twins
        Who is asked about, or known, already.
    """
    known = {person for pair in twins for person in (pair.first.person, pair.second.person)}
    remedy = "they count as different people; write each one's own address"
    for group in _sharing_address(rows):
        if len(group) > CROWD:
            message = f"people who share one address: {len(group)}"
            yield group[0].finding("W_DUP_EMAIL", message, remedy, "email")
    remedy = "if two of them are one person, keep one row"
    for side in _SIDES:
        named = _namesakes(rows, side)
        groups = [group for group in named if not {row.person for row in group} <= known]
        if groups:
            places = shortened([str(row.row) for row in groups[0]])
            message = f"names that several {side}s share: {len(groups)}, the first in rows {places}"
            yield groups[0][0].finding("W_NAMESAKES", message, remedy, "name")
