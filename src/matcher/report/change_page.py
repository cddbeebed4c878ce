"""One page for a panel: what another match changes, why, whom it touches, and how sure that is."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher._version import __version__
from matcher.arrays import Floats
from matcher.config.changes import ChangedKey, changed_keys
from matcher.report import plain_words as words
from matcher.report.page import Figure, environment, page_parts
from matcher.text import capital, count_of, plural, printable
from matcher.tune.run_comparison import Comparison, Matched, definition_of

CLOSE = 1e-6
"""Gap below which a match is the best for all that anybody can see."""
NOTABLE = 0.05
"""Change of a portfolio's value from which it is called clear."""
PER_FACET = "coverage_<facet>"
"""Figures of single facets, which fill a page and say little to a panel."""
MOVES_NOBODY = ("words", "report", "tune")
"""Sections of a config that change no match."""
SPREAD = 1.96
"""Standard errors on either side of a mean in which 19 of 20 such means lie."""


@dataclass(frozen=True)
class KeyRow:
    """One changed key, as the page shows it."""

    key: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class ChangeView:
    """One match against the first, in words and numbers without names."""

    name: str
    lead: str
    keys: tuple[KeyRow, ...]
    source: str
    """Why the config is what it is, by its own words, or what there is instead of one."""
    figures: tuple[Figure, ...]
    sure: tuple[str, ...]
    evidence: tuple[str, ...]


def build_change_page(found: Comparison) -> str:
    """Return the page of a comparison as HTML that opens offline.

    Parameters
    ----------
    found
        Matches against the first of them; the page names no person.
    """
    first, *others = found.matches
    return (
        environment()
        .get_template("change.html.j2")
        .render(
            **page_parts(),
            first=printable(first.name),
            changes=[change_view(found, first, other) for other in others],
            columns=[printable(match.name) for match in found.matches],
            metrics=[
                _metric_row(found.metrics, name)
                for name in map(str, found.metrics.index)
                if definition_of(name)[0] != PER_FACET
            ],
            notes=found.notes,
            version=__version__,
        )
    )


def change_view(found: Comparison, first: Matched, other: Matched) -> ChangeView:
    """Return what one match changes against the first.

    Parameters
    ----------
    found
        The comparison of both.
    first, other
        Two of its matches.
    """
    pairs = found.pairs[found.pairs["match"] == other.name]
    people = found.people[found.people["match"] == other.name]
    changed = _changed(first, other)
    return ChangeView(
        name=printable(other.name),
        lead=_lead(found, pairs, people),
        keys=tuple(map(_key_row, changed)),
        source=_source(first, other, changed),
        figures=tuple(_touched(first, other, pairs, people)),
        sure=tuple(_sure(found, first, other, people)),
        evidence=tuple(dict.fromkeys(_evidence(other, changed))),
    )


def _changed(first: Matched, other: Matched) -> list[ChangedKey]:
    if first.config is None or other.config is None:
        return []
    changes = changed_keys(first.config, other.config)
    return [one for one in changes if one.path[-1] != "reason" and one.path[0] not in MOVES_NOBODY]


def _key_row(change: ChangedKey) -> KeyRow:
    label, why = change.key, change.reason or change.meaning
    if change.path[0] == "features" and len(change.path) == 3:
        label = f"{capital(words.feature(change.path[1]))}: {change.path[2]}"
    why = re.sub(r"^\w: ", "", printable(why))  # its letter in the formula is nothing to a panel
    return KeyRow(label, _shown(change.before), _shown(change.after), capital(why) or words.NONE)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple | dict):
        return words.clipped(", ".join(printable(str(getattr(one, "name", one))) for one in value))
    return words.NONE if value is None else printable(str(value))


def _source(first: Matched, other: Matched, changed: list[ChangedKey]) -> str:
    by_people = [match.name for match in (first, other) if match.config is None]
    if by_people:
        return f"{printable(by_people[0])} are pairs that people made: no config says why."
    if other.why:
        return printable(other.why)
    same = "No key that moves a pair differs: the same config matched twice, or other people."
    return "" if changed else same


def _lead(found: Comparison, pairs: pd.DataFrame, people: pd.DataFrame) -> str:
    n = found.n_mentees
    touched = pairs["mentee_id"].nunique()
    gained = int((pairs["change"] == "gained").sum())
    better, worse = int((people["change"] > 0).sum()), int((people["change"] < 0).sum())
    if not touched:
        return f"Nobody's mentors change: all {count_of(n, 'mentee')} keep theirs."
    have = plural(touched, "has", "have")
    new, lost = count_of(gained, "new pair"), len(pairs) - gained
    return (
        f"{touched} of {count_of(n, 'mentee')} {have} other mentors: {new}, {lost} no longer made. "
        f"{better} {plural(better, 'is', 'are')} better off, {worse} worse."
    )


def _touched(
    first: Matched, other: Matched, pairs: pd.DataFrame, people: pd.DataFrame
) -> Iterator[Figure]:
    before, after = (set(match.pairs["mentee_id"]) for match in (first, other))
    change = people["change"]
    yield Figure(str(pairs["mentee_id"].nunique()), "mentees with other mentors")
    yield Figure(str(pairs["mentor_id"].nunique()), "mentors with other mentees")
    yield Figure(str(len(after - before)), "mentees who get a mentor only now")
    yield Figure(str(len(before - after)), "mentees who no longer have one")
    yield Figure(str(int((change >= NOTABLE).sum())), f"clearly better off (by {NOTABLE} or more)")
    yield Figure(str(int((change <= -NOTABLE).sum())), f"clearly worse off (by {NOTABLE} or more)")


def _sure(found: Comparison, first: Matched, other: Matched, people: pd.DataFrame) -> Iterator[str]:
    mean, half = _mean_change(people["change"].to_numpy(dtype=np.float64), found.n_mentees)
    low, high = mean - half, mean + half
    sign = "no clear direction" if low <= 0 <= high else ("a gain" if low > 0 else "a loss")
    yield (
        f"What a mentee's portfolio is worth changes by {_signed(mean)} on average; with other "
        f"mentees like these by {_signed(low)} to {_signed(high)}, 19 of 20 times: {sign}."
    )
    if found.judge == first.config != other.config:
        name = printable(first.name)
        best = "by which nothing is better in total than" if first.gap <= CLOSE else "which favours"
        yield (
            f"Judged by the config of {name}, {best} what it made: a loss is the price of the "
            "change, not a proof against it."
        )
    for match in (first, other):
        name = printable(match.name)
        if match.config is None:
            yield f"{name}: made by people, so there is no proof how good it could be."
        elif match.gap <= CLOSE and match.is_claimed:
            yield f"{name}: the best match by its own config, as a solver claims; that is unproved."
        elif match.gap <= CLOSE:
            yield f"{name}: proved to be the best match by its own config."
        elif math.isfinite(match.gap):
            most = words.proven(match.gap)
            yield f"{name}: no match is better by more than {most}, by its own config."
        else:
            yield f"{name}: nothing proves how near to the best it is."
    yield (
        "These figures say what the config counts. Whether pairs turn out well is known only from "
        "outcomes, and of pairs that were made."
    )


def _mean_change(change: Floats, n: int) -> tuple[float, float]:
    """Return the mean change over all n mentees, most of whom may have none, and half its range."""
    whole = np.zeros(max(n, len(change), 1))
    whole[: len(change)] = change
    spread = float(whole.std(ddof=1)) if len(whole) > 1 else 0.0
    return float(whole.mean()), SPREAD * spread / math.sqrt(len(whole))


def _signed(value: float) -> str:
    return ("+" if value >= 0 else "") + words.number(value, 3)


def _evidence(other: Matched, changed: list[ChangedKey]) -> Iterator[str]:
    for change in changed:
        if change.path[0] == "features" and change.reason:
            name = words.feature(change.path[1]) if len(change.path) > 1 else change.key
            yield f"{capital(name)}: {printable(change.reason)}"
    if other.config is not None and other.config.features:
        yield (
            "No study validates a whole set of weights: each is a judgement with its source, which "
            "the config states, unless outcomes of this programme set it (matcher tune learn)."
        )


def _metric_row(metrics: pd.DataFrame, name: str) -> tuple[str, list[str], str]:
    found = metrics.T[name].to_numpy(dtype=np.float64).tolist()
    figures = [words.NONE if math.isnan(value) else f"{value:.4g}" for value in found]
    return words.sentence(name), figures, capital(definition_of(name)[1])
