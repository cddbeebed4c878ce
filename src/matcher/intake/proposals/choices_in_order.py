"""Columns that hold the first, second and third choice of one list: one question in order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from matcher.intake.cells.marks import without_rank
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.column_cells import CellEvidence, filled_counts
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.single_texts import mentions_somebody
from matcher.intake.proposals.title_guesses import FITTING, guesses, is_safety
from matcher.text import fold_heading, fold_plain


def with_choices_in_order(
    grid: Grid, asked: Sequence[FormQuestion], settled: Mapping[str, str]
) -> list[FormQuestion]:
    """Return questions; the columns of the first choice of a list, the second ... are one.

    Choices of people stay apart, each with its place.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    settled
        Targets by folded title that somebody stated or answered.
    """
    placed = [
        (fold_plain(parts[0]), parts[1], k)
        for k, each in enumerate(asked)
        if len(each.titles) == 1 and (parts := without_rank(each.title))
    ]
    found = dict(enumerate(asked))
    for _, run in groupby(sorted(placed), key=lambda part: part[0]):
        places, members = zip(*((place, k) for _, place, k in run), strict=True)
        several = [asked[k] for k in members]
        stated = {settled.get(fold_heading(each.title)) for each in several}
        if len(several) < 2 or places != tuple(range(1, len(several) + 1)) or len(stated) > 1:
            continue
        whole = _whole(grid, several)
        if _is_a_list(whole, several):
            found = {k: each for k, each in found.items() if k not in members}
            found[min(members)] = whole
    return [found[k] for k in sorted(found)]


def _whole(grid: Grid, several: Sequence[FormQuestion]) -> FormQuestion:
    """Return columns as one question, whose answers list in order what somebody chose."""
    first, positions = several[0], tuple(each.positions[0] for each in several)
    columns = [grid.columns[position] for position in positions]
    sign = next(s for s in (";", "|", "\n") if not any(each.evidence.holds(s) for each in several))
    cells = [sign.join(filter(None, map(str, row))) for row in zip(*columns, strict=True)]
    evidence = replace(first.evidence, counts=filled_counts(cells), is_in_order=True)
    title = (without_rank(first.title) or ("", 0))[0] or first.title
    titles = tuple(each.titles[0] for each in several)
    return replace(first, title=title, titles=titles, positions=positions, evidence=evidence)


def _is_a_list(whole: FormQuestion, several: Sequence[FormQuestion]) -> bool:
    """Whether the columns hold options of one list, and no people, numbers or steps of a scale."""
    cells = whole.evidence
    options = [{*each.evidence.telling} for each in several]
    is_shared = any(options[0] & other for other in options[1:])
    kinds = ["number", "date", "address", "yes_no"]
    are_other = any(
        each.evidence.are_steps or each.evidence.fits(kinds) >= FITTING for each in several
    )
    names = cells.share(lambda text: mentions_somebody(text, cells.people), cells.items)
    titled = [
        g.target
        for e in several
        for g in guesses(e.title, CellEvidence(e.evidence.counts, cells.rows))[:1]
    ]
    are_people = names or any(is_safety(t) or t == "preferences" for t in titled)
    return is_shared and cells.is_choice and not (are_other or are_people)
