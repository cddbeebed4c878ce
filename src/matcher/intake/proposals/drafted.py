"""From tables and what their questions are taken for to the entries and questions of a proposal."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matcher.cohort.languages import COMMON_LANGUAGE, LANGUAGE_COLUMN, USUAL_WEIGHT, languages_of
from matcher.cohort.tables import PAIRS, SIGNUPS, Kind, table_spec
from matcher.config import Config
from matcher.intake.cells.lists import LISTS_OF_PEOPLE
from matcher.intake.checks.consent import OF_EVERYBODY, WHERE_ASKED
from matcher.intake.config_columns import find_spec, stated_columns
from matcher.intake.presets import PRESETS, SUBMITTED
from matcher.intake.proposals.asked_consent import TOLD_BY_CELLS
from matcher.intake.proposals.cell_items import are_codes
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.drafted_columns import add_column
from matcher.intake.proposals.drafted_topics import add_topics, has_words_of_topics, own_topics
from matcher.intake.proposals.drafted_words import MOSTLY_KNOWN, add_status, add_words
from matcher.intake.proposals.found_extracts import HOW_JOINED, FoundExtract
from matcher.intake.proposals.layouts import Layout, table_settings
from matcher.intake.proposals.meanings import MISSING
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.proposal import (
    MEANWHILE,
    OF_WORDS,
    Draft,
    Entry,
    Path_,
    Proposal,
    TableProposal,
)
from matcher.intake.proposals.reasons import BESIDE, Said, Why
from matcher.intake.proposals.single_texts import ANSWERS, is_nothing
from matcher.intake.proposals.title_guesses import OF_ONE_SIDE, is_safety
from matcher.intake.proposals.which_table import OpenTable
from matcher.intake.proposals.written_dates import add_dates
from matcher.text import fold, shown_title, words_beside
from matcher.vocabulary import IGNORE, Approach


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
    topics = [] if has_words_of_topics(stated) else own_topics(proposed, stated)
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
                add_column(draft, table, column, doubted)
        add_dates(draft, table)
        for column in table.columns:
            add_words(draft, table, column, topics)
        if table.table == PAIRS and table.columns:
            add_status(draft, table)
    _add_ordered(draft, proposed)
    add_topics(draft, topics, proposed, stated)
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


_LAYOUT_WHY: dict[str, str] = BESIDE["layout"] | {"join": HOW_JOINED}


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
    signs = {column.name: column.evidence.separator for column in split}
    for column in table.columns:
        spec = find_spec(table_spec(table.table), column.target or IGNORE, Config())
        cells = column.evidence
        if spec is None or not spec.is_list or cells.ticked:
            continue
        sign = cells.separator or cells.commonest_mark
        if not sign and (shared := signs.get(column.name)) and cells.holds(shared):
            sign = shared  # few have answered: as in the other side's question
        are_names = spec.name in LISTS_OF_PEOPLE
        is_parted = tool.strip() or are_codes(cells.counts, may_be_names=are_names)
        usual = tool if is_parted else PRESETS["plain"].separator
        is_other = usual in sign or cells.is_in_order or not cells.holds(usual)
        if sign and sign != usual and (is_other or cells.is_ticked_list):  # options with commas
            path = ("tables", table.table, "separators", spec.name)
            draft.add(path, sign, f"between items, as {shown_title(column.title)!r} is answered")


def _add_ordered(draft: Draft, proposed: Sequence[TableProposal]) -> None:
    """Add that the order counts of what mentees need, where the form asks for it by places."""
    needs = [
        column
        for table in proposed
        for column in table.columns
        if column.name in OF_ONE_SIDE and (column.target or "").partition(".")[0] != "mentors"
        if "mentors" not in (table.table, column.side)
    ]
    asked = dict.fromkeys(c.name for c in needs)
    are_places = {id(c): c.evidence.is_in_order or c.evidence.is_ranking for c in needs}
    places = [n for n in asked if all(are_places[id(c)] for c in needs if c.name == n)]
    if places:
        draft.add(("input", "ordered"), places, "the first choice counts most, as the form asks")


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


def _add_languages(draft: Draft, proposed: Sequence[TableProposal], stated: Config) -> None:
    """Add that a language in common counts, where both sides mostly name some they speak."""
    asked: set[str] = set()
    for table in proposed:
        for column in (c for c in table.columns if c.name == LANGUAGE_COLUMN):
            cells = column.evidence
            if cells.share(lambda text: bool(languages_of([text])), cells.items) >= MOSTLY_KNOWN:
                asked.add((column.target or "").rpartition(".")[0] or table.table)
    is_counted = LANGUAGE_COLUMN in stated.eligibility.same
    is_known = any(feature.name == COMMON_LANGUAGE for feature in stated.features)
    if is_known and not is_counted and (SIGNUPS.name in asked or len(asked) > 1):
        why = "two who share no language cannot talk; to rule them out: [eligibility] same"
        draft.add(("features", COMMON_LANGUAGE, "weight"), USUAL_WEIGHT, why)


_LADDERS: list[list[str]] = words_beside(__file__, "grades.toml")["ladders"]


def _in_order(column: CellEvidence) -> list[str] | None:
    """Return the grades of a column, lowest first, where one known ladder holds them all."""
    grades = [text for text in column.counts if not is_nothing(text)]
    for ladder in _LADDERS:
        rungs = {grade: _rung(grade, ladder) for grade in grades}
        if grades and None not in rungs.values():
            steps = [rung for rung in rungs.values() if rung is not None]
            if len(set(steps)) == len(steps):
                return sorted(grades, key=lambda grade: rungs[grade] or 0)
    return None


def rung_in_any(grade: str) -> float:
    """Return how far up the ladder that knows a grade best has it, 0 to 1; the middle for none."""
    words = words_of(grade)
    known = [
        (heaviest([rung], words), k / len(ladder))
        for ladder in _LADDERS
        for k, rung in enumerate(ladder)
    ]
    weight, height = max(known)
    return height if weight else 0.5


def _rung(grade: str, ladder: list[str]) -> int | None:
    words = words_of(grade)
    weights = [heaviest([rung], words) for rung in ladder]
    return weights.index(max(weights)) if max(weights) else None


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
    if ordered := _in_order(grades):
        draft.add(path, ordered, "lowest first")
    elif grades.is_choice:
        found = [shown_title(grade) for grade in sorted(grades.items, key=_perhaps_at)]
        why = "put these in order, lowest first, and uncomment the line: until then grades do not"
        why += " count (matcher check says so); this order is only a guess"
        draft.entries[path] = Entry(path, None, why, example=found)
