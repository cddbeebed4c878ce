"""From tables and what their questions are taken for to the entries and questions of a proposal."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matcher.cohort.languages import COMMON_LANGUAGE, LANGUAGE_COLUMN, USUAL_WEIGHT, languages_of
from matcher.cohort.tables import PAIRS, SIGNUPS, ColumnSpec, Kind, table_spec
from matcher.config import Config
from matcher.intake.cells.lists import LISTS_OF_PEOPLE, is_code
from matcher.intake.cells.marks import is_mark, step_of, without_rank
from matcher.intake.cells.numbers import MONTHLY, as_asked, is_of_no_clear_period
from matcher.intake.checks.consent import OF_EVERYBODY, WHERE_ASKED
from matcher.intake.config_columns import DIRECTIONS, base_and_number, find_spec, stated_columns
from matcher.intake.option_columns import marked_parts
from matcher.intake.presets import PRESETS, SUBMITTED
from matcher.intake.proposals.allowed_words import allowed_words, equally_likely
from matcher.intake.proposals.asked_consent import TOLD_BY_CELLS
from matcher.intake.proposals.cell_items import are_codes
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.found_extracts import HOW_JOINED, FoundExtract
from matcher.intake.proposals.layouts import Layout, table_settings
from matcher.intake.proposals.meanings import (
    AS_TEXT,
    MISSING,
    SIDES_OF_TOPICS,
    TOPICS,
    Meanings,
    assumed,
    consent_meanings,
    grades_in_order,
    is_rendering,
    level_numbers,
    meanings,
    one_counts_most,
    own_options,
    rung_in_any,
    words_named,
)
from matcher.intake.proposals.phrases import words_of
from matcher.intake.proposals.proposal import (
    MEANWHILE,
    OF_WORDS,
    Draft,
    Entry,
    Path_,
    Proposal,
    TableProposal,
)
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.intake.proposals.title_guesses import (
    OBJECTED,
    OF_ONE_SIDE,
    Sureness,
    described,
    is_safety,
    objects,
)
from matcher.intake.proposals.which_table import OpenTable
from matcher.intake.proposals.written_dates import DAY_FIRST, MONTH_FIRST, date_format
from matcher.text import fold, fold_heading, shown_title
from matcher.vocabulary import ENDED, IGNORE, UNDER_WAY, Approach

MOSTLY_KNOWN = 0.9
"""Share of numbers that are read from which the rest is not asked about."""


def drafted(
    proposed: Sequence[TableProposal],
    layouts: Mapping[str, Layout],
    settled: Mapping[Path_, Any],
    stated: Config,
    open_tables: Sequence[OpenTable] = (),
    extracts: Sequence[FoundExtract] = (),
) -> Proposal:
    """Return the proposal for some tables.

    Parameters
    ----------
    proposed, layouts
        The tables, and how each is written.
    settled
        Answers by path; None for a column whose answers cannot be read.
    stated
        The config as it is: of the words of one question those it maps need not be asked again.
    open_tables
        Tables of people of which nothing says where they are.
    extracts
        Files that say more about the people of the tables.
    """
    said = {path: value for path, value in settled.items() if value is not None}
    titles = {t.table: frozenset(stated_columns(stated, t.table)) for t in proposed}
    draft = Draft(said, _stated_words(stated), titles)
    doubted = {path for path, value in settled.items() if value is None}
    topics = [] if _has_words_of_topics(stated) else _own_topics(proposed, stated)
    for it in open_tables:
        draft.ask(
            it.path, it.text, choices=it.choices, example=it.choices[0], samples=it.samples,
            about=it.about,
        )  # fmt: skip
    if people := [table for table in proposed if table_spec(table.table).is_people]:
        _add_input(draft, people)
        _add_approaches(draft, proposed, stated)
        _add_spoken(draft, people, stated)
    for name, layout in layouts.items():
        how = table_settings(layout, name)
        for key, value in how.items():
            draft.add(("tables", name, key), value, _LAYOUT_WHY.get(key, ""))
    for extract in extracts:
        how = table_settings(extract.layout, "") | {"join": [*extract.join]}
        for key, value in how.items():
            draft.add(("tables", extract.name, key), value, _LAYOUT_WHY.get(key, ""))
    for table in proposed:
        _add_separators(draft, table)
        _add_decimal(draft, table, is_typed=layouts[table.table].grid.is_typed)
        keys = {key for c in table.columns if c.why.code is not Why.IN_OPTIONS for key in c.keys}
        for column in table.columns:
            if column.why.code is not Why.IN_OPTIONS or column.title not in keys:
                _add_column(draft, table, column, doubted)
        _add_dates(draft, table)
        for column in table.columns:
            _add_words(draft, table, column, topics)
        if table.table == PAIRS and table.columns:
            _add_status(draft, table)
    _add_ordered(draft, proposed)
    _add_topics(draft, topics, proposed, stated)
    _add_grades(draft, proposed)
    _add_languages(draft, proposed, stated)
    return Proposal(tuple(proposed), tuple(draft.entries.values()), tuple(draft.questions))


def _stated_words(stated: Config) -> frozenset[tuple[str, str]]:
    """Return the words to which a config gives a meaning; `missing` may stand until one is said."""
    return frozenset(
        (column, fold(word))
        for section in OF_WORDS
        for column, words in getattr(stated, section).items()
        for word, value in words.items()
        if value not in (MISSING, MEANWHILE.get(column, MISSING))
        or (column in SIGNUPS.by_name and is_safety(column))
    )


_LAYOUT_WHY = {
    "file": "the file as it came",
    "preset": "its titles are that tool's",
    "encoding": "it is no UTF-8",
    "skip_rows": "rows above the titles",
    "code_book": "its codes are read as the texts that it says",
    "rows": "a row is a person and one of their answers, which are joined",
    "join": HOW_JOINED,
    "header_rows": "0: none, columns are called A, B, C; 2: titles below those of a group",
}


def _add_input(draft: Draft, people: Sequence[TableProposal]) -> None:
    """Add how people are told apart, whose answer counts, and whether consent is needed."""
    targets = [{column.target for column in table.columns} for table in people]
    if all("email" in found and "person_id" not in found for found in targets):
        draft.add(("input", "id"), "email", "people are told apart by their address")
    elif not all("person_id" in found for found in targets):
        text = "no column tells everybody apart: which title holds an id, or an address in each?"
        draft.ask(("input", "id"), text, choices=("email", "person_id"), example="email")
    is_tool = any(PRESETS[table.preset].duplicates != "error" for table in people)
    if any(SUBMITTED in found for found in targets) and not is_tool:
        draft.add(("input", "duplicates"), "latest", "of several answers of one person")
    asked = [column for table in people for column in table.columns if column.target is None]
    is_asked = any(column.perhaps == "consent" for column in asked)
    may_be = is_asked or any(column.why.code in TOLD_BY_CELLS for column in asked)
    if may_be or any("consent" in found for found in targets):
        is_everywhere = is_asked or all("consent" in found for found in targets)
        why = "who did not agree is set aside, by row in problems.csv"
        why += "" if is_everywhere else "; one form does not ask" + ", or none" * may_be
        draft.add(("input", "consent"), OF_EVERYBODY if is_everywhere else WHERE_ASKED, why)
    for table, found in zip(people, targets, strict=True):
        is_asked = any(
            column.perhaps == "role" or column.why.code is Why.FOREIGN for column in table.columns
        )
        if table.table == SIGNUPS.name and "role" not in found and not is_asked:
            path = ("columns", table.table, "the question that says mentee or mentor")
            text = "which question is it? write role in its own line, in place of what stands there"
            draft.ask(path, text, example="role")


def _add_approaches(draft: Draft, proposed: Sequence[TableProposal], stated: Config) -> None:
    """Leave out the ways of mentoring that nobody was asked about and that would surprise them."""
    targets = {column.target or column.perhaps for table in proposed for column in table.columns}
    is_own = stated.programme.approaches != Config().programme.approaches
    if targets and "approaches" not in targets and not is_own:
        why = "no question is known to ask which way; add sponsorship, reverse if you offer them"
        usual = [Approach.RECIPROCAL.value, Approach.DEVELOPMENTAL.value]
        draft.add(("programme", "approaches"), usual, why)


def _add_spoken(draft: Draft, people: Sequence[TableProposal], stated: Config) -> None:
    """Say in which language plans and letters are, where the questions are asked in it."""
    titles = [column.title for table in people for column in table.columns]
    whole = [words_of(title).split() for title in titles if len(title.split()) > WORDS_OF_A_NAME]
    for language, words in ANSWERS["grammar"].items():
        asked = sum(not {*words}.isdisjoint(title) for title in whole)
        is_asked = asked >= max(FEWEST_ASKED, len(whole) / 3)
        if is_asked and stated.programme.language == Config().programme.language:
            why = str(Said(Why.OF_LETTERS))
            draft.add(("programme", "language"), language, why)


WORDS_OF_A_NAME, FEWEST_ASKED = 2, 3
"""Words up to which a title may be a name of any language; titles that show which one it is."""


def _add_separators(draft: Draft, table: TableProposal) -> None:
    """Add what separates items in the list cells of a table where its tool writes another sign."""
    tool = PRESETS[table.preset].separator
    split = [column for column in table.columns if column.evidence.separator]
    signs = {_base(column): column.evidence.separator for column in split}
    for column in table.columns:
        spec = find_spec(table_spec(table.table), column.target or IGNORE, Config())
        cells = column.evidence
        if spec is None or not spec.is_list or cells.ticked:
            continue
        sign = cells.separator or cells.commonest_mark
        if not sign and (shared := signs.get(_base(column))) and cells.holds(shared):
            sign = shared  # few have answered: as in the other side's question
        are_names = spec.name in LISTS_OF_PEOPLE
        is_parted = tool.strip() or are_codes(cells.counts, may_be_names=are_names)
        usual = tool if is_parted else PRESETS["plain"].separator
        is_other = usual in sign or cells.is_in_order or not cells.holds(usual)
        if sign and sign != usual and is_other:
            path = ("tables", table.table, "separators", spec.name)
            draft.add(path, sign, f"between items, as {shown_title(column.title)!r} is answered")


def _add_ordered(draft: Draft, proposed: Sequence[TableProposal]) -> None:
    """Add that the order counts of what mentees need, where the form asks for it by places."""
    needs = [
        column
        for table in proposed
        for column in table.columns
        if _base(column) in OF_ONE_SIDE and (column.target or "").partition(".")[0] != "mentors"
        if "mentors" not in (table.table, column.side)
    ]
    asked = dict.fromkeys(map(_base, needs))
    are_places = {id(c): c.evidence.is_in_order or c.evidence.is_ranking for c in needs}
    places = [n for n in asked if all(are_places[id(c)] for c in needs if _base(c) == n)]
    if places:
        draft.add(("input", "ordered"), places, "the first choice counts most, as the form asks")


def _base(column: ColumnProposal) -> str:
    return (column.target or "").rpartition(".")[2]


_COMMA, _POINT = re.compile(r"\d+,\d{1,2}"), re.compile(r"\d+\.\d{1,2}")


def _add_decimal(draft: Draft, table: TableProposal, *, is_typed: bool) -> None:
    """Add the comma as the decimal sign where written numbers have it and none has a point."""
    spec = table_spec(table.table)
    texts = [
        text.strip()
        for column in table.columns
        if (found := find_spec(spec, column.target or IGNORE, Config())) is not None
        and found.kind is Kind.NUMBER
        for text in column.evidence.counts
    ]
    has_point = not is_typed and any(map(_POINT.fullmatch, texts))
    if any(map(_COMMA.fullmatch, texts)) and not has_point:
        draft.add(("tables", table.table, "decimal"), ",", "as in its numbers")


def _has_words_of_topics(stated: Config) -> bool:
    """Whether a config says which of the vocabulary's topics the form's options are."""
    choices = SIGNUPS.by_name[TOPICS].choices
    said = any(word in choices for word in stated.answers.get(TOPICS, {}).values())
    return said and "topic" not in stated.facets


def _own_topics(proposed: Sequence[TableProposal], stated: Config) -> list[ColumnProposal]:
    """Return the questions whose options are more than the vocabulary's words in plain English.

    Where a config has options of its own in place of these words, all questions about topics.
    """
    asked = [column for table in proposed for column in table.columns if _base(column) == TOPICS]
    if _stated_topics(stated)[1]:
        return asked
    choices = SIGNUPS.by_name[TOPICS].choices
    return [] if all(is_rendering(option, choices) for option in _options_of(asked)) else asked


def _add_column(
    draft: Draft, table: TableProposal, column: ColumnProposal, doubted: set[Path_]
) -> None:
    """Add what a question is taken for, or ask."""
    paths = [("columns", table.table, title) for title in column.keys]
    target, why = column.target, ""
    if target is not None and not doubted.isdisjoint(paths):
        why = f"some of its answers cannot be read as {described(target)}"
    elif target is not None and column.sureness is not Sureness.STATED and _is_rated(column):
        levels = sorted((level.strip() for level in column.evidence.levels), key=int)
        why = f"its options are rated {levels[0]} to {levels[-1]}, and what that counts is not said"
    elif target and target.rpartition(".")[2] == MONTHLY and is_of_no_clear_period(column.title):
        why = "by which period it asks is not clear: its numbers count as hours of a month"
    if column.why.code is Why.UNANSWERED and not column.perhaps:
        for path in paths:
            draft.entries.setdefault(path, Entry(path, None, str(column.why), example=IGNORE))
        return
    if target is None or why:
        first = ("columns", table.table, column.title) if len(paths) > 1 else paths[0]
        _ask_column(draft, first if not column.is_each_asked else paths[0], column, why)
        likely = target or column.perhaps or IGNORE
        for path in paths[1:] if column.is_each_asked else ():
            draft.entries.setdefault(path, Entry(path, None, "as above", example=likely))
        return
    if len(paths) > 1 and fold_heading(column.title) in draft.titles.get(table.table, ()):
        return  # the question is stated, for all of its options
    spec = find_spec(table_spec(table.table), target, Config())
    rests_on = assumed("", as_asked(spec, column.title).a_month) if spec else ""
    for path in paths:
        draft.add(path, target, "; ".join(filter(None, (str(column.why), rests_on))))


def _is_rated(column: ColumnProposal) -> bool:
    """Whether a grid rates its options by bare numbers, and no title says which is the best."""
    levels = column.evidence.levels
    is_list = column.target not in (None, IGNORE) and bool(column.evidence.ticked)
    is_bare = bool(levels) and all(level.strip().isdigit() for level in levels)
    return is_list and is_bare and _first_counts_most(column) is None


def _first_counts_most(column: ColumnProposal) -> bool | None:
    return one_counts_most(column.evidence, column.title)


def _ask_column(draft: Draft, path: Path_, column: ColumnProposal, why: str) -> None:
    likely = column.target or column.perhaps
    text = why or str(column.why)
    either = equally_likely(column)
    if likely not in ("", IGNORE) and not why and not either:
        text += f": is it {described(likely)}?"
    if len(column.keys) == 1 and fold_heading(path[-1]) != fold_heading(column.title):
        text = f"{shown_title(column.title)!r}: {text}"
    choices = allowed_words(column, path[1])
    example = "" if either else IGNORE if column.why.code in _LEFT_OUT else likely or IGNORE
    ranked = without_rank(path[-1])
    said = (example, *either, *((IGNORE,) if example != IGNORE else ()))
    example, *ready = [_at_place(word, ranked[1] if ranked else None) for word in said]
    alike = (q for q in draft.questions if q.text == text or _is_series(q.path, path))
    first = next((q for q in alike if _is_same(q.path, path)), None)
    if first is None or path in draft.settled:
        draft.ask(
            path, text, choices=choices, example=example, samples=column.samples,
            ready=tuple(ready),
        )  # fmt: skip
        return
    if ranked is None:
        _, number = base_and_number(example)
        example = _at_place(example, (number or 0) + len(first.also) + 1)
    draft.ask_too(first, path, tuple(filter(None, (example, *ready))))


def _at_place(word: str, place: int | None) -> str:
    """Return a numbered column, `preferences.1`, as that of a place; any other word as it is."""
    base, number = base_and_number(word)
    return f"{base}.{place}" if number and place else word


_LEFT_OUT = (Why.BARRED, Why.DENIED, Why.NOTICE)
"""Why a question is more likely none of what it may be."""


def _is_same(one: Path_, other: Path_) -> bool:
    """Whether two titles are one question: of both sides, or of a series of wishes in order."""
    if one[0] != "columns" or other[0] != "columns":
        return False
    if one[1] == other[1]:
        return _is_series(one, other)
    return fold_heading(one[-1]) == fold_heading(other[-1])


def _is_series(one: Path_, other: Path_) -> bool:
    """Whether two titles of a table are one but for the place in order: `Wish 1`, `Second wish`."""
    first, second = (without_rank(path[-1]) for path in (one, other))
    if first is None or second is None or one[:2] != other[:2]:
        return False
    return fold_heading(first[0]) == fold_heading(second[0]) and first[1] != second[1]


def _options_of(columns: Sequence[ColumnProposal]) -> list[str]:
    """Return the options of questions, and the titles that are one each: their cells only tick."""
    levels = {fold(level) for column in columns for level in column.evidence.levels}
    ticking = [
        marked[1] if (marked := marked_parts(c.title)) else c.title.strip()
        for c in columns
        if c.evidence.counts and not c.evidence.ticked
        if all(is_mark(text) or fold(text) in levels for text in c.evidence.counts)
    ]
    named = [o for o in own_options(c.evidence for c in columns) if fold(o) not in levels]
    return [*(option for option in named if not is_mark(option)), *ticking]


def _stated_topics(stated: Config) -> tuple[str, tuple[str, ...]]:
    """Return the part of the facets that holds the programme's own topics, and its options."""
    own = {name: own.options for name, own in stated.facets.items() if TOPICS in own.columns}
    return next(iter(own.items()), ("topic", ()))


def _add_topics(
    draft: Draft, topics: Sequence[ColumnProposal], tables: Sequence[TableProposal], stated: Config
) -> None:
    """Add the options of topics, those of the other side included that is still asked about.

    Behind the options that are stated come those that they lack, unless their meaning is stated.
    """
    if not topics:
        return
    name, known = _stated_topics(stated)
    columns = (column for table in tables for column in table.columns)
    asked = [column for column in columns if column.perhaps in SIDES_OF_TOPICS]
    options = _options_of((*topics, *asked))
    codes = [option for option in options if is_code(option)]
    _ask_in_common(draft, topics)
    why = "its options are compared as they are, since they say more than the vocabulary's words"
    draft.add(("facets", name, "columns"), [TOPICS], why)
    path = ("facets", name, "options")
    if codes and len(codes) == len(options):
        first = ("answers", TOPICS, codes[0])
        draft.ask(first, BARE_CODES, meanwhile=codes[0])
        for code in codes[1:]:
            draft.add(("answers", TOPICS, code), code, "as above")
    there = {*map(fold, known)}
    new = [o for o in options if fold(o) not in there and not draft.is_said(("answers", TOPICS, o))]
    why = "the options that were ticked: complete them by those that nobody ticked"
    draft.add(path, [*known, *(new if known else options)], why)


def _ask_in_common(draft: Draft, topics: Sequence[ColumnProposal]) -> None:
    """Ask what the options of one side are called on the other, where none has the same name."""
    sided = {
        side: [c.evidence for c in topics if c.side == side] for side in ("mentees", "mentors")
    }
    ours, theirs = (own_options(own) for own in sided.values())
    if not ours or not theirs or {*map(fold, ours)} & {*map(fold, theirs)}:
        return
    text = (
        "no option of mentees is one of mentors, so no topic can be met: which of theirs is this?"
    )
    for option in ours:
        path = ("answers", TOPICS, option)
        draft.ask(path, text, choices=tuple(theirs), meanwhile=option)


def _add_languages(draft: Draft, proposed: Sequence[TableProposal], stated: Config) -> None:
    """Add that a language in common counts, where both sides mostly name some they speak."""
    asked: set[str] = set()
    for table in proposed:
        for column in (c for c in table.columns if _base(c) == LANGUAGE_COLUMN):
            cells = column.evidence
            if cells.share(lambda text: bool(languages_of([text])), cells.items) >= MOSTLY_KNOWN:
                asked.add((column.target or "").rpartition(".")[0] or table.table)
    is_counted = LANGUAGE_COLUMN in stated.eligibility.same
    is_known = any(feature.name == COMMON_LANGUAGE for feature in stated.features)
    if is_known and not is_counted and (SIGNUPS.name in asked or len(asked) > 1):
        why = "two who share no language cannot talk; to rule them out: [eligibility] same"
        draft.add(("features", COMMON_LANGUAGE, "weight"), USUAL_WEIGHT, why)


BARE_CODES = (
    "what do these codes stand for? put the form's code book beside the table, or export with the"
    " texts of answers, and map again; until then codes are compared as they are"
)


def _add_words(
    draft: Draft, table: TableProposal, column: ColumnProposal, topics: Sequence[ColumnProposal]
) -> None:
    """Add what the answers of a question mean: words and numbers."""
    target = column.target or IGNORE
    spec = find_spec(table_spec(table.table), target, Config())
    spec = spec and as_asked(spec, column.title)
    name = target.rpartition(".")[2]
    agreed = target if target in OBJECTED else column.perhaps
    is_objection = agreed in OBJECTED and objects(words_of(column.title)) == agreed
    is_given = any(other.target == agreed and other is not column for other in table.columns)
    if column.evidence.levels and spec is not None and spec.is_list:
        _add_levels(draft, name, column, table)
    if column in topics:
        options = tuple(own_options(topic.evidence for topic in topics))
        found = meanings(ColumnSpec(TOPICS, Kind.LIST, "own options", options), column.evidence)
        others = {word: v for word, v in found.words.items() if v in (MISSING, AS_TEXT)}
        _add_meanings(draft, TOPICS, Meanings("answers", others))
    elif target == "consent" or (is_objection and not is_given):
        found = consent_meanings(column.evidence, agreed if is_objection else "")
        _add_meanings(draft, agreed, found, str(Said(Why.OBJECTS)) if is_objection else "")
    elif spec is not None and name != "seniority" and spec.kind is not Kind.DATE:
        found = meanings(spec, column.evidence, _year_of_answers(table))
        _add_meanings(draft, words_named(spec, table.table), found, a_month=spec.a_month)
    else:
        _if_so(draft, column)


def _year_of_answers(table: TableProposal) -> int | None:
    """Return the year in which the last answer was handed in, None where that is not known."""
    texts = [t for c in table.columns if c.target == SUBMITTED for t in c.evidence.counts]
    years = [int(year) for text in texts for year in _YEAR.findall(text)]
    return max(years, default=None)


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def _add_status(draft: Draft, table: TableProposal) -> None:
    """Ask once what became of all pairs of a list that does not say it of each."""
    if all(column.target != "status" for column in table.columns):
        path = ("tables", table.table, "constants", "status")
        choices = _valid_words("status")
        draft.ask(path, _MEANS["status"], choices=choices, meanwhile=MEANWHILE["status"])


def _add_levels(draft: Draft, name: str, column: ColumnProposal, table: TableProposal) -> None:
    """Add how much each level of a grid counts, or ask for it.

    Where a level is a tick in another question of the same column, each option says so itself.
    """
    numbers, first = level_numbers(column.evidence, column.title), _first_counts_most(column)
    why = "1 counts most" if first else "above 0 its option counts, and more goes first"
    why += "; the other way round if 1 is the best" if first is None and _is_rated(column) else ""
    others = [
        other.evidence for other in table.columns if other is not column and _base(other) == name
    ]
    is_tick_there = any(not o.levels and {*o.counts} & {*column.evidence.levels} for o in others)
    for level, number in (numbers or {}).items():
        if not is_tick_there:
            draft.add(("scales", name, level), number, why)
        for option in column.evidence.ticked if is_tick_there else ():
            meant = option if number else MISSING
            draft.add(("answers", name, f"{option}: {level}"), meant, "a tick means more elsewhere")
    open_ = []
    for level in column.evidence.levels if numbers is None else ():
        path, step = ("answers", name, level), step_of(level)
        if step is not None:
            meant = "ticked" if step else MISSING
            draft.add(path, meant, "a step of a scale whose others are asked")
        else:
            open_.append(path)
    ways = tuple(DIRECTIONS) if name.rpartition(".")[2] in OF_ONE_SIDE else ()
    text = f"{STEPS}; {WAYS}" if ways else STEPS
    draft.ask_together(open_, text, choices=("ticked", *ways, MISSING), meanwhile=MISSING)


STEPS = (
    "does its option count where somebody answers so? until then it does not; how much each step"
    " counts can be said by numbers under [scales] in place of these lines, 0 for not at all"
)
WAYS = (
    "asked or offered where some of the words ask for help with an option and others offer it, and"
    " ticked for those that do both"
)


def _if_so(draft: Draft, column: ColumnProposal) -> None:
    """Add the answers of a question that is asked, to be explained if it is what it may be."""
    target = column.perhaps
    asked = next((q for q in draft.questions if q.path[-1] in column.keys), None)
    if column.target is not None or target not in ("role", "consent") or asked is None:
        return
    found = (
        consent_meanings(column.evidence)
        if target == "consent"
        else meanings(SIGNUPS.by_name[target], column.evidence)
    )
    for answer, value in found.words.items():  # what is known is said, so that the rest is enough
        draft.add((found.section, target, answer), value, "if so")
    draft.ask_if(
        asked,
        [(found.section, target, answer) for answer in found.unknown],
        f"and what does each answer mean, if it is {described(target)}?",
        _valid_words(target),
    )


def _add_meanings(
    draft: Draft, target: str, found: Meanings, why: str = "", a_month: float = 1.0
) -> None:
    """Add what the answers of a question mean, and ask once about all that are not known."""
    name = target.rpartition(".")[2]
    for answer, value in found.words.items():
        plain = int(value) if isinstance(value, float) and value == int(value) else value
        rests_on = assumed(answer, a_month) if name in _AMOUNTS else ""
        draft.add((found.section, target, answer), plain, why or rests_on)
    paths = [(found.section, target, answer) for answer in found.unknown]
    is_rare = found.section != "answers" and found.known_share >= MOSTLY_KNOWN
    if is_rare and target not in MEANWHILE:
        for path in paths:
            draft.add(path, MISSING, "no number: write the one that is meant, if there is one")
        return
    choices = _valid_words(target) if found.section == "answers" else ()
    if is_safety(target):
        text = f"what does this answer mean for {described(name)}"
        text += ", and what do the others of its question?" if len(paths) > 1 else "?"
        draft.ask_together(paths, text, choices=choices)
        return
    text = f"what do {described(name)} answers such as this one mean? until then they are missing"
    draft.ask_together(
        paths, _MEANS.get(target, text), choices=choices, meanwhile=MEANWHILE.get(target, MISSING)
    )


_AMOUNTS = ("career_years", MONTHLY)
"""Numbers of something that has parts: of a range and a bound one that stands for it."""


def _valid_words(target: str) -> tuple[str, ...]:
    """Return the words of the vocabulary that an answer may mean, none where any text may."""
    if target in _ONLY:
        return _ONLY[target]
    spec = SIGNUPS.find(target)
    words = tuple(map(str, spec.choices)) if spec else ()
    words = words or (("yes", "no") if spec and spec.kind is Kind.YES_NO else ())
    return (*words, MISSING) if words and not is_safety(target) else words


_ONLY = {"consent": ("yes", "no"), "status": (*map(str, ENDED), *map(str, UNDER_WAY))}
_MEANS = {
    "availability": "when can they meet who answer so? write times such as mon-am;tue-pm,"
    " or missing; until then it is not known",
    "capacity": "how many people does this answer offer to take? until then nobody",
    "status": "what became of such pairs? until then they are over, and are not made again",
}


def _add_dates(draft: Draft, table: TableProposal) -> None:
    """Add the format of a table's dates; those that can be read two ways are left out and asked."""
    spec = table_spec(table.table)
    dated = [
        column
        for column in table.columns
        if column.target == SUBMITTED
        or ((found := spec.find(column.target or "")) and found.kind is Kind.DATE)
    ]
    formats = {column.title: date_format(column.title, column.evidence) for column in dated}
    sure = {c.target or "": written for c in dated if (written := formats[c.title])}
    path = ("tables", table.table, "date_format")
    if len(set(sure.values())) > 1:
        for target, written in sure.items():
            why = "one table, two ways to write dates"
            draft.add(("tables", table.table, "date_formats", target), written, why)
        return
    if sure:
        titles = [shown_title(c.title) for c in dated if formats[c.title]]
        draft.add(path, next(iter(sure.values())), f"as {titles[0]!r} is written")
        return
    for column in dated:
        if formats[column.title] is not None:
            continue
        if ("tables", table.table, "decimal") in draft.entries:
            draft.add(path, DAY_FIRST, "where the decimal sign is a comma the day comes first")
            return
        text = f"does the day or the month come first in {shown_title(column.title)!r}?"
        draft.ask(path, text, choices=(DAY_FIRST, MONTH_FIRST), example=DAY_FIRST)
        line = ("columns", table.table, column.keys[0])
        if path not in draft.settled and line in draft.entries and column.target != SUBMITTED:
            why = (
                f"left out until question {len(draft.questions)} is answered: then {column.target}"
            )
            draft.entries[line] = replace(draft.entries[line], value=IGNORE, why=why)


def _perhaps_at(grade: str) -> tuple[float, str]:
    """Return where a grade may stand: by its number, else where it stands in some known ladder."""
    number = re.search(r"\d+", grade)
    rung = float(number[0]) if number else rung_in_any(grade)
    return rung, fold(grade)


def _add_grades(draft: Draft, proposed: Sequence[TableProposal]) -> None:
    """Add the grades of all tables in order, or ask in passing for their order."""
    counts = Counter[str]()
    for table in proposed:
        for column in table.columns:
            if column.target == "seniority":
                counts.update(column.evidence.counts)
    grades = CellEvidence(counts, counts.total())
    path = ("programme", "grades")
    if ordered := grades_in_order(grades):
        draft.add(path, ordered, "lowest first")
    elif grades.is_choice:
        found = [shown_title(grade) for grade in sorted(grades.options, key=_perhaps_at)]
        why = "put these in order, lowest first, and uncomment the line: until then grades do not"
        why += " count (matcher check says so); this order is only a guess"
        draft.entries[path] = Entry(path, None, why, example=found)
