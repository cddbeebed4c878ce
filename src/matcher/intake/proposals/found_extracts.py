"""Which file beside a sign-up says more about its people, and how its rows are joined to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.cohort.ids import plain_address
from matcher.cohort.tables import MANAGERS
from matcher.config.input_sections import TableInput
from matcher.intake.extracts import joined_columns, references
from matcher.intake.files.find_tables import NAMES, is_at
from matcher.intake.files.grid import Grid
from matcher.intake.presets import PRESETS
from matcher.intake.proposals.by_sentences import Alike
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.columns import proposed_columns
from matcher.intake.proposals.form_questions import questions_of
from matcher.intake.proposals.layouts import Layout, titled_columns
from matcher.intake.proposals.own_names import people_in, turned
from matcher.intake.proposals.proposal import JoinedFile
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.title_guesses import IDENTITY, Sureness
from matcher.text import fold, fold_heading
from matcher.vocabulary import IGNORE

_FACTS = frozenset(
    {"organisation", "department", "site", "location", "seniority", "career_years", "joined"}
    | {"timezone", "languages", "preferred_name", "modes", IGNORE, *MANAGERS, *IDENTITY}
)
"""What an employer knows of people without asking them, `modes`: how they work."""
MOSTLY_THERE = 0.5
"""Share of the people of a form that an extract knows."""
NEARLY_EACH = 0.9
"""Share of the rows of an extract that are about a person each."""
HOW_JOINED = "whose a row is: its columns are read as if the sign-up had them"


@dataclass(frozen=True)
class FoundExtract:
    """A file or sheet that says more about the people of a form."""

    layout: Layout
    join: tuple[str, ...]
    """Titles of its columns that say whose a row is."""
    people: int
    """Rows of it that are about somebody who signed up."""
    is_stated: bool = False
    """Whether the config says that it is joined."""

    @property
    def name(self) -> str:
        """What the config calls it."""
        return self.layout.name

    @property
    def told(self) -> JoinedFile:
        """What is said of it."""
        origin, rows = self.layout.spot.shown, len(self.layout.grid.rows)
        return JoinedFile(origin, rows, self.people, self.join)

    @property
    def is_sure(self) -> bool:
        """Whether its rows are joined by addresses, or the config says how."""
        whose = references(self.layout.grid, self.join)
        return self.is_stated or sum(plain_address(t) is not None for t in whose) > len(whose) / 2


def found_extracts(
    layouts: Sequence[Layout],
    forms: Sequence[Layout],
    stated: Mapping[str, TableInput],
    are_pairs: Callable[[Layout], bool],
) -> list[FoundExtract]:
    """Return which of some layouts are extracts about the people of the forms.

    An extract has a row a person, most people of a form among them, and says but what an employer
    knows: a form that asks for anything else, and one whose titles say which of two people somebody
    is, are none.

    Parameters
    ----------
    layouts
        Tables that nothing places.
    forms
        Those of which it is said, by their name or by what they ask, that people filled them in.
    stated
        What the config says of tables.
    are_pairs
        Whether the rows of a table name two people each.
    """
    own = [form.called for form in forms] if layouts else []
    found = []
    for layout in layouts:
        how = next((how for how in stated.values() if how.join and is_at(layout.spot, how)), None)
        name = layout.name
        is_left_out = stated.get(name, TableInput()).read == "no"
        if how is None and (name in NAMES or is_left_out or not _may_be_extract(layout)):
            continue
        everybody = [each for rows in own for each in rows]
        join = how.join if how else _key(layout, [everybody] if are_pairs(layout) else own)
        if join:
            who = frozenset(form for rows in own for each in rows for form in each)
            count = sum(_called(t) in who for t in references(layout.grid, join))
            is_stated = how is not None or stated.get(name, TableInput()).read == "yes"
            found.append(FoundExtract(layout, join, count, is_stated))
    return found


def is_form(layout: Layout) -> bool:
    """Whether a table asks more than an employer knows, or a form tool wrote it."""
    return "preset" in layout.settings or bool(_asked(layout))


def _asked(layout: Layout) -> frozenset[str]:
    return frozenset(n for n in layout.found - _FACTS if not n.startswith("groups."))


def _may_be_extract(layout: Layout) -> bool:
    titles = [title for title, _ in titled_columns(layout.grid)]
    says_more = bool(layout.found - IDENTITY - {IGNORE}) or len(titles) > 1
    is_asked = any("?" in title for title in titles) or is_form(layout)
    return says_more and not is_asked and not any(role_of(title) for title in titles)


def _called(text: str) -> str:
    return fold(turned(text))


def _key(layout: Layout, forms: Sequence[Sequence[set[str]]]) -> tuple[str, ...]:
    """Return the titles that say whose a row is, empty where most people are not there.

    By addresses most of one form, else of all forms together. Of several columns one of addresses
    counts; a name in two halves is the last.
    """
    everybody = [own for form in forms for own in form]
    keys: list[tuple[str, ...]] = [
        (q.title,) for q in layout.questions if _tells_apart(layout.grid, (q.title,))
    ]
    mails = [key for key in keys if plain_address(references(layout.grid, key)[0]) is not None]
    keys = [*mails, *(key for key in keys if key not in mails), *_halves(layout)]
    for key in keys:
        there = {_called(text) for text in references(layout.grid, key)}
        sides = forms if key in mails else [everybody]
        if any(_share_in(there, side) > MOSTLY_THERE for side in sides):
            return key
    return ()


def _share_in(there: set[str], form: Sequence[set[str]]) -> float:
    return sum(not there.isdisjoint(own) for own in form) / max(1, len(form))


def _halves(layout: Layout) -> Iterator[tuple[str, ...]]:
    titled = {q.likeliest.target: q.title for q in layout.questions if q.likeliest}
    halves = tuple(titled[half] for half in ("name.1", "name.2") if half in titled)
    if len(halves) == 2 and _tells_apart(layout.grid, halves):
        yield halves


def _tells_apart(grid: Grid, key: Sequence[str]) -> bool:
    """Whether hardly two rows have the same text in some columns, and hardly one has none."""
    texts = [text for text in references(grid, key) if text]
    return min(len(texts), len(set(texts))) >= NEARLY_EACH * len(grid.rows) > 1


def columns_of_extract(
    extract: FoundExtract,
    form: Grid,
    settled: Mapping[str, str],
    people: frozenset[str],
    alike: Alike | None,
) -> list[ColumnProposal]:
    """Return what the columns of an extract are beside those of a form.

    Parameters
    ----------
    extract, form
        The extract, and the table of people that it says more of.
    settled
        Targets by folded title that somebody stated or answered.
    people
        Folded names and addresses of the people of the forms.
    alike
        A model of sentences, for titles that no phrase fits.
    """
    grid = extract.layout.grid
    keys = {fold_heading(title): grid.column(title) for title in extract.join}
    further = joined_columns(grid, extract.join, extract.name, form.titles)
    columns = further | {title: cells for title, cells in keys.items() if cells is not None}
    rows = replace(
        grid,
        table="mentees",  # nobody says there which role they take
        titles=tuple(columns),
        columns=tuple(columns.values()),
        questions=(),
        options=(),
    )
    asked = questions_of(rows)
    known = people | people_in([(rows, asked)])
    found = proposed_columns(
        rows, PRESETS["plain"], asked, people=known, settled=settled, alike=alike
    )
    return [
        replace(column, target=IGNORE, sureness=Sureness.SURE, why=Said(Why.TOLD_APART))
        if column.target in IDENTITY and column.sureness is not Sureness.STATED
        else column
        for column in found
        if column.title not in keys
    ]
