"""Every column of a table taken for something, with why, how sure, and three of its answers."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace

from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.cells.marks import is_tick
from matcher.intake.files.grid import Grid
from matcher.intake.presets import SUBMITTED, Preset
from matcher.intake.proposals.asked_columns import is_write_in
from matcher.intake.proposals.asked_consent import with_consent
from matcher.intake.proposals.assigned_targets import asks_how_many, assigned_targets, taken_by_side
from matcher.intake.proposals.by_sentences import (
    Alike,
    by_likeness,
    is_delicate,
    name_nobody,
    side_by_likeness,
    whom_by_likeness,
)
from matcher.intake.proposals.choices_in_order import with_choices_in_order
from matcher.intake.proposals.column_cells import MOST_WORDS_OF_OPTION, CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal, unjudged
from matcher.intake.proposals.form_questions import (
    LEAST_OF_A_SIDE,
    MOST_DIVIDED,
    NEARLY_EVERYBODY,
    ROLES,
    FormQuestion,
    RoleSaid,
    dividing,
    groups_by,
    of_lists,
    with_sides,
)
from matcher.intake.proposals.meanings import TOPICS, meaning
from matcher.intake.proposals.name_halves import name_halves, with_more_parts, with_other_half
from matcher.intake.proposals.names_of_others import only_if_of_others
from matcher.intake.proposals.own_names import without_other_names
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.roles_said import side_in
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.single_texts import is_plain_number, is_yes_no
from matcher.intake.proposals.title_guesses import (
    FITTING,
    IDENTITY,
    QUESTIONS,
    SAFETY,
    Guess,
    Sureness,
    if_barred,
    is_safety,
)
from matcher.intake.proposals.two_sides import by_structure, is_guessed, sided
from matcher.text import fold_heading, shown_title, snake
from matcher.vocabulary import IGNORE

TABLE_NAMES = frozenset(SIGNUPS.by_name)
"""Names that titles of a table kept for us have."""


def proposed_columns(
    grid: Grid,
    preset: Preset,
    asked: Sequence[FormQuestion],
    *,
    people: Collection[str] = (),
    numbered: Set[str] = frozenset(),
    topics: Collection[str] = (),
    settled: Mapping[str, str] | None = None,
    role_words: Mapping[str, str] | None = None,
    alike: Alike | None = None,
) -> list[ColumnProposal]:
    """Return what every column of a table of people is taken for.

    Parameters
    ----------
    grid, preset, asked
        The raw table, the form tool that it comes from, and its questions.
    people
        Folded names and addresses of the whole cohort.
    numbered
        Folded titles of the numbers by which other columns name people.
    topics
        Folded options of the programme's own topics, where it has some.
    settled
        Targets by folded title that somebody stated or answered; they stand.
    role_words
        Roles by folded answer that somebody stated or answered.
    alike
        A model of sentences, for questions that no phrase fits.
    """
    roles = [title for title, target in (settled or {}).items() if target == "role"]
    asked = with_sides(grid, asked, people, RoleSaid(roles, role_words or {}), topics)
    asked = with_choices_in_order(grid, asked, settled or {})
    halves = {best.target for each in asked if (best := each.likeliest)}
    has_halves = {"name.1", "name.2"} <= halves
    grids = {fold_heading(each.title) for each in asked if len(each.titles) > 1}
    in_one = {fold_heading(e.title) for e in asked if len(e.titles) == 1 and _is_safe(e)}

    def is_beside(each: FormQuestion) -> bool:
        """Whether its answers stand in other columns as well: what bears on safety, in one."""
        title = fold_heading(each.title)
        return title in grids and (title in in_one) == (len(each.titles) > 1)

    in_halves = name_halves(grid, asked)

    def possible(stated: Mapping[str, str]) -> dict[int, list[Guess]]:
        return {
            k: [Guess(IGNORE, 1e6, Sureness.STATED, Said(Why.IN_OPTIONS))]
            if is_beside(each)
            else [Guess("person_id", 1e3, Sureness.SURE, Said(Why.NUMBERED))]
            if fold_heading(each.title) in numbered - stated.keys()
            else _possible(each, preset, stated, alike, in_halves.get(k), has_halves=has_halves)
            for k, each in enumerate(asked)
        }

    known = possible(settled or {})
    # What a config states of a form makes its words no better known: the rest is asked as before.
    unsettled = possible({}) if settled else known
    known = _with_written_names(asked, _without_blanks(asked, known))
    known = only_if_of_others(grid, asked, known)
    known = without_other_names(grid, asked, known)
    known = with_more_parts(asked, with_other_half(grid, asked, known))
    judged = [(unjudged(each), known[k]) for k, each in enumerate(asked)]
    found = assigned_targets(judged, grid.table)
    if _is_foreign(list(unsettled.values())):
        found = [_asked_if_foreign(column) for column in found]
    found = [_asked_if_short(column) for column in found]
    if grid.table == SIGNUPS.name and not any("role" in (c.target, c.perhaps) for c in found):
        found = _with_role(grid, asked, found)
    found = by_structure(_with_time(_with_name(_by_address(found))))
    found = _with_known_options(with_consent(_with_places(found)))
    return sided(_with_topics(found), grid.table)


def _with_role(
    grid: Grid, asked: Sequence[FormQuestion], columns: list[ColumnProposal]
) -> list[ColumnProposal]:
    """Ask, where no title speaks of the role, about what divides people, else what everybody says.

    What divides them is not left to what its title says of something else.
    """
    unknown = {k for k, c in enumerate(columns) if c.why.code in _UNTOLD}
    unsure = {k for k, c in enumerate(columns) if c.sureness in (Sureness.LIKELY, Sureness.ASKED)}
    may_be = {k for k in unsure if _may_be_the_role(columns[k])}
    open_ = {k for k, c in enumerate(columns) if c.sureness is not Sureness.STATED}
    found, why = dividing(grid, asked, open_), Said(Why.DIVIDES)
    if found is None:
        found = dividing(grid, asked, may_be, least=1)
    if found is None:
        found, why = min(may_be & unknown, default=None), Said(Why.ONLY)
    return [
        replace(c, target=None, sureness=Sureness.ASKED, why=why, perhaps="role")
        if k == found
        else c
        for k, c in enumerate(columns)
    ]


_UNTOLD = (Why.TOLD_BY_NOTHING, Why.FOREIGN, Why.ASKS_WHO)
"""Why nothing is known of a question but perhaps that it asks for somebody."""


def _may_be_the_role(column: ColumnProposal) -> bool:
    """Whether everybody gave one of a few answers that several people gave, and no yes or no."""
    cells = column.evidence
    is_said = cells.filled >= NEARLY_EVERYBODY * cells.rows and len(column.titles) == 1
    is_agreed = bool(cells.denied) or cells.fits(["yes_no"]) >= FITTING
    is_other = is_agreed or cells.fits(["date", "address"]) or cells.share(is_plain_number)
    return is_said and len(groups_by(cells.counts)) >= len(ROLES) and not is_other


def _without_blanks(
    asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be; of two that tell people apart, not the one that tells nobody.

    Tools have columns `Name` and `Email` of their own, blank or `anonymous` where the form asked
    by itself.
    """
    said = {
        g[0].target.partition(".")[0]
        for k, g in known.items()
        if g and len(asked[k].evidence.counts) > 1
    }
    return {
        k: [Guess(IGNORE, 1e5, Sureness.STATED, Said(Why.TELLS_NOBODY))]
        if guesses and guesses[0].target in IDENTITY & said and len(asked[k].evidence.counts) < 2
        else guesses
        for k, guesses in known.items()
    }


def _with_written_names(
    asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be; a bare `Name` that some lack is not that of everybody."""
    names = {k: g[0] for k, g in known.items() if g and g[0].target == "name"}
    by_tool = {k for k, g in names.items() if g.why.code in (Why.TOOL, Why.OUR_NAME)}
    written = {k for k, guess in names.items() if guess.sureness is Sureness.SURE} - by_tool
    if not written:
        return dict(known)
    fullest = max((asked[k] for k in written), key=lambda each: each.evidence.filled)
    gone = {k for k in by_tool if asked[k].evidence.filled < fullest.evidence.filled}
    why = Said(Why.READ_FROM, described("name"), shown_title(fullest.title))
    left_out = [Guess(IGNORE, 1e5, Sureness.STATED, why)]
    return {k: left_out if k in gone else guesses for k, guesses in known.items()}


def _by_address(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Leave numbers out that only look like people's ids where everybody has an address.

    Most are the numbers of answers, and somebody who answers twice has two of them.
    """
    mails = [column.evidence for column in columns if column.target == "email"]
    has_address = any(e.filled == e.rows and 2 * len(e.counts) > e.rows for e in mails)
    why = Said(Why.NUMBERS_OF_ANSWERS)
    return [
        replace(column, target=IGNORE, why=why)
        if has_address and column.target == "person_id" and column.sureness is Sureness.LIKELY
        else column
        for column in columns
    ]


def _with_places(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take what counts people on one side for how many it takes, where no title says so of another.

    It is asked about where the title does not ask how many, or nobody knows yet who is on a side.
    """
    known = {(column.target or column.perhaps).rpartition(".")[2] for column in columns}
    found = []
    for column in columns:
        perhaps = _counted(column.side, known)
        is_open = column.why.code in (Why.TOLD_BY_NOTHING, Why.FOREIGN) and len(column.titles) == 1
        is_asked = column.side and asks_how_many(column.title)
        counts = bool(is_open and perhaps) and _counts_people(column)
        if not (is_open and perhaps and (counts or is_asked)):
            found.append(column)
            continue
        why = _why_counted(column, perhaps)
        counted = replace(column, target=None, sureness=Sureness.ASKED, why=why, perhaps=perhaps)
        is_said = why.code is Why.COUNTS and is_asked and counts
        found.append(taken_by_side(counted, perhaps) if is_said else counted)
    return found


def _why_counted(column: ColumnProposal, perhaps: str) -> Said:
    """Return why a count is asked about: how many somebody had last year is none of this year."""
    is_barred = heaviest(QUESTIONS[perhaps]["unless"], words_of(column.title))
    return Said(Why.BARRED if is_barred else Why.COUNTS)


def _counted(side: str, known: Collection[str]) -> str:
    """Return what somebody of a side, or of either, counts that no question is known to ask."""
    counted = {"mentees": ("max_mentors",), "mentors": ("capacity",)}
    both = ("capacity", "max_mentors")
    return next((target for target in counted.get(side, both) if target not in known), "")


LEAST_COUNTING, MOST_PEOPLE, MOST_OF_ALL = 0.5, 12, 0.8
"""Share of answers that are small numbers, the largest of them, and the share of people who answer
where nobody has said yet who is on which side."""


def _counts_people(column: ColumnProposal) -> bool:
    """Whether the answers of one side say how many: `2`, `one or two`, `none at present`."""
    cells, spec = column.evidence, table_spec("mentors").by_name["capacity"]
    is_part = cells.filled <= min(MOST_OF_ALL * cells.rows, cells.rows - LEAST_OF_A_SIDE)
    is_numbered = cells.filled == len(cells.counts) > MOST_PEOPLE  # `N.` counts the rows
    heads = {text.rstrip("0123456789").strip() for text in cells.counts}
    is_numbered |= len(heads) == 1 < len(cells.counts) and heads != {""}  # `Ward 1`, `Ward 2`
    if not cells.counts or cells.separator or is_numbered or not (column.side or is_part):
        return False
    if cells.words > MOST_WORDS_OF_OPTION:
        return False
    meant = {text: meaning(text, spec) for text in cells.counts}
    said = {t: n for t, n in meant.items() if isinstance(n, float | int) and n <= MOST_PEOPLE}
    differ = len({*said.values()}) > 1 and max(said.values()) > 1  # `une femme` counts nobody
    return differ and sum(cells.counts[text] for text in said) >= LEAST_COUNTING * cells.filled


def _with_known_options(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take for topics what is answered by the programme's own, asked where its title says more."""
    found, why = [], Said(Why.OWN_OPTIONS)
    for column in columns:
        is_open = column.sureness not in (Sureness.STATED, Sureness.SURE)
        is_other = is_safety(column.target or column.perhaps) and not column.why.is_by_model
        is_told = column.target == TOPICS or TOPICS in column.perhaps
        if not column.evidence.has_known or not is_open or is_other or is_told:
            found.append(column)
        elif is_guessed(column):
            sure = Sureness.LIKELY
            found.append(replace(column, target=TOPICS, sureness=sure, why=why, perhaps=""))
        else:
            found.append(replace(column, target=None, why=why, perhaps=TOPICS))
    return found


def _with_topics(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Ask, where no title speaks of topics, about options of which people tick several."""
    known = {(column.target or column.perhaps).rpartition(".")[2] for column in columns}
    if {TOPICS, "purposes", "knowing", "expertise"} & known:
        return columns
    return [
        replace(column, target=None, why=Said(Why.PERHAPS_TOPICS), perhaps=TOPICS)
        if column.why.code is Why.TOLD_BY_NOTHING
        and (column.evidence.ticked or (column.evidence.separator and column.evidence.is_choice))
        else column
        for column in columns
    ]


def _with_name(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take for the name, where no title says which it is, what is written as everybody's own."""
    if {"name", "name.1", "name.2"} & {column.target or column.perhaps for column in columns}:
        return columns
    likely = (
        k
        for k, column in enumerate(columns)
        if column.target == IGNORE
        and column.sureness is not Sureness.STATED
        and column.evidence.is_each_another
        and column.evidence.fits(["person"]) >= 0.95
    )
    found = next(likely, None)
    return [
        replace(c, target="name", why=Said(Why.AS_NAMES)) if k == found else c
        for k, c in enumerate(columns)
    ]


def _is_safe(question: FormQuestion) -> bool:
    """Whether a question bears on safety for sure."""
    best = question.likeliest
    return best is not None and is_safety(best.target) and best.sureness is not Sureness.ASKED


def _with_time(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take for the time of submission, where no title says which it is, the first times of all."""
    if SUBMITTED in {column.target for column in columns}:
        return columns
    likely = (
        k
        for k, column in enumerate(columns)
        if column.target == IGNORE
        and column.why.code in (Why.TOLD_BY_NOTHING, Why.ADDED_BY_TOOL)
        and column.evidence.filled == column.evidence.rows
        and column.evidence.fits(["datetime"]) >= 0.95
    )
    barred = QUESTIONS[SUBMITTED]["unless"]  # better than none: when an answer was begun
    by_title = {k: heaviest(barred, words_of(columns[k].title)) for k in likely}
    found = min(by_title, key=lambda k: bool(by_title[k]), default=None)
    why = Said(Why.TIMES)
    return [
        replace(c, target=SUBMITTED, why=why) if k == found else c for k, c in enumerate(columns)
    ]


def _possible(
    question: FormQuestion,
    preset: Preset,
    settled: Mapping[str, str],
    alike: Alike | None,
    half: list[Guess] | None,
    *,
    has_halves: bool,
) -> list[Guess]:
    """Return what a question may be, the likeliest first; names may come in two halves."""
    folded = map(fold_heading, (*question.titles, question.title))
    stated = next((settled[title] for title in folded if title in settled), None)
    if stated is not None:
        return [Guess(stated, 1e6, Sureness.STATED, Said(Why.STATED))]
    if half or question.is_bare:
        return half or question.guesses
    if len(question.titles) == 1 and is_write_in(question.title):
        return [Guess(IGNORE, 1e5, Sureness.LIKELY, Said(Why.WRITTEN_BESIDE))]
    name = snake((preset.has_stems and question.part) or question.title)  # of a path, its end
    is_coded = name == "role" and len(question.evidence.counts) <= MOST_DIVIDED
    if name in TABLE_NAMES and ("_" in name or is_coded or _may_be(name, question.evidence)):
        return [Guess(name, 1e4, Sureness.STATED, Said(Why.OUR_NAME))]
    own, column = preset.own_target(question.titles[0]), question.evidence
    if own and (own in (IGNORE, SUBMITTED) or column.counts):
        halves = [g for g in question.guesses if g.target in ("name.1", "name.2") and has_halves]
        why = Said(Why.TOOL, preset.label or preset.name)
        return [*halves, Guess(own, 1e5, Sureness.STATED, why)]
    if alike is None or not column.telling:
        return question.guesses
    near = alike(question.title)
    liked = [if_barred(g, question.title) for g in by_likeness(near, column, question.side)]
    return _with_likeness(question, whom_by_likeness(near, liked, question.title), near)


_SAID_BY_TITLE = (Why.NOTICE, Why.OBJECTS, Why.DENIED, Why.PASSED)
"""Why questions are asked of which a title says more than what it is like."""


LEAST_TOLD = 4
"""Words of a title from which a model knows whose list it is: of `After help w/` it does not."""


def _with_likeness(
    question: FormQuestion, liked: list[Guess], near: Sequence[Guess]
) -> list[Guess]:
    """Return what a question may be, by what its title is like where no phrase says it surely.

    Of a list that both sides answer, its title says whose it is; ticked options that name nobody
    are no people, whatever a word of the title hints at.
    """
    liked = of_lists(liked, question.evidence) if question.evidence.ticked else liked
    known, side = question.guesses, side_by_likeness(near)
    is_told = bool(question.side or side_in(question.title))
    is_sentence = len(question.title.split()) >= LEAST_TOLD
    if known and known[0].target == TOPICS and side and not is_told and is_sentence:
        return [replace(known[0], target=f"{side}.{TOPICS}"), *known]
    is_open = not known or known[0].sureness is Sureness.ASKED
    if not liked or not is_open or (known[:1] and known[0].why.code in _SAID_BY_TITLE):
        return known
    is_other = liked[0].target == IGNORE and any(
        guess.target == IGNORE and guess.sureness is Sureness.SURE for guess in known
    )  # a phrase and the model agree
    is_mild = is_delicate(liked[0].target) or not (known and is_delicate(known[0].target))
    may_lead = is_other or is_mild or name_nobody(question.evidence)
    return [*liked, *known] if may_lead else known


def _may_be(target: str, column: CellEvidence) -> bool:
    """Whether the answers of a column do not speak against a target."""
    if target not in QUESTIONS or not column.telling:
        return True
    return column.fits(QUESTIONS[target]["cells"]) >= FITTING


LEAST_OF_SAFETY = 2
"""Questions that bear on safety whose titles are known, for a form not to be in unknown words."""
LEAST_ASKED = 5
"""Questions from which a form may be called one in unknown words."""


def _is_foreign(guesses: Sequence[Sequence[Guess]]) -> bool:
    """Whether most titles of a form are in words that are not known here."""
    asked = [known for known in guesses if not any(g.target in _OF_TOOLS for g in known)]
    unknown = sum(not any(map(_is_by_title, known)) for known in asked)
    surely = {g.target for known in asked for g in known[:1] if g.sureness is Sureness.SURE}
    is_read = len(surely & SAFETY) >= LEAST_OF_SAFETY  # the rest is what its tool adds
    return len(asked) >= LEAST_ASKED and unknown > len(asked) / 2 and not is_read


_BY_TITLE = frozenset(
    {
        *(Why.AS_TITLE_SAYS, Why.BARRED, Why.DENIED, Why.EITHER_WISH, Why.FOR_STATISTICS),
        *(Why.HARDLY, Why.JOB_TITLE, Why.LIKE, Why.ROLE_BY_ANSWERS, Why.ROLE_CODED),
        *(Why.SHORT_FOR, Why.SHORT_TITLE, Why.TITLE, Why.UNKNOWN_ANSWERS),
    }
)
"""Reasons by which a title is understood; a word that only hints is none."""


def _is_by_title(guess: Guess) -> bool:
    return guess.sureness in (Sureness.SURE, Sureness.STATED) or guess.why.code in _BY_TITLE


_OF_TOOLS = (IGNORE, SUBMITTED, "email")


MOST_LETTERS = 5
"""Letters of a title that may stand for anything, such as `SB` or `LOPD`."""


def _asked_if_short(column: ColumnProposal) -> ColumnProposal:
    """Return a question; one of a few letters that is answered by yes and no is asked about."""
    title, cells = column.title.strip(" .:?"), column.evidence
    says_which = cells.initials or (len(cells.counts) == 2 and all(map(is_yes_no, cells.counts)))
    is_short = title.isalpha() and len(title) <= MOST_LETTERS and bool(says_which)
    if column.why.code is not Why.TOLD_BY_NOTHING or not is_short:
        return column
    return replace(column, target=None, why=Said(Why.YES_OR_NO), perhaps=f"groups.{snake(title)}")


def _asked_if_foreign(column: ColumnProposal) -> ColumnProposal:
    """Return an unknown question of a form in unknown words; asked if it may bear on safety."""
    counts = column.evidence.counts
    if (
        column.evidence.ticked
        and not column.evidence.offers_people
        and column.why.code is Why.TOLD_BY_NOTHING
    ):
        return replace(column, target=None, why=Said(Why.FOREIGN_OPTIONS), perhaps=TOPICS)
    is_whole = column.evidence.filled == column.evidence.rows or all(map(is_tick, counts))
    may_bear = bool(counts) and (len(counts) <= MOST_DIVIDED or len(column.evidence.telling) <= 3)
    may_bear &= is_whole or not all(map(str.isdigit, counts))  # all say who they are, and agree
    if column.why.code is not Why.TOLD_BY_NOTHING or not may_bear:
        return column
    return replace(column, target=None, why=Said(Why.FOREIGN))
