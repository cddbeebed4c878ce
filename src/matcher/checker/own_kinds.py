"""What each kind of feature says of single pairs, by the checker's own formulas.

Deliberately plain and apart from ``matcher.features.kinds``, which this file checks. Shared are how
words are folded, the tables of words, the sentence vectors and the gaps that an audit found.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from matcher import vocabulary
from matcher.arrays import Bools, Floats
from matcher.checker.own_answers import FACETS_OF, OwnSide, WordRow, has_words
from matcher.checker.own_pairs import OwnPairs, mean, shared_items, with_neutral
from matcher.cohort.clocks import hours_ahead
from matcher.cohort.languages import as_answered
from matcher.config import FeatureConfig
from matcher.features import terms
from matcher.features.kinds.availability import PER_MONTH
from matcher.features.kinds.text_fit import TextFit, chosen_method
from matcher.text import fold
from matcher.vocabulary import Approach, Knowing

ASKED_BY = {"site": ("site", "location", "modes", "timezone")}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PARTS_OF_DAY = {"am": range(8, 12), "pm": range(12, 17), "eve": range(17, 21)}


def availability(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Return the mean of the parts that were asked, NaN where a pair answered none: (p,)."""
    parts: dict[str, Callable[[OwnPairs], Floats]] = {
        "availability": _slots,
        "hours_per_month": _hours,
        "cadence": _cadence,
        "modes": _modes,
        "site": lambda pairs: _place(pairs, block.neutral),
    }
    named, sides = block.mentee or (*parts,), (pairs.mentees, pairs.mentors)
    asked = [part for part in named if all(s.asked(ASKED_BY.get(part, (part,))) for s in sides)]
    return with_neutral([parts[part](pairs) for part in asked or named], block)


def _slots(pairs: OwnPairs) -> Floats:
    """.8 for a shared hour of a week, 1 for six; in quarters of hours, by which zones differ."""
    clocks, lists = _clocks(pairs), pairs.words("availability")
    one_clock = np.isfinite(clocks[0] - clocks[1])
    rows = [
        [*zip(side, clock, strict=True)]
        for side, clock in zip(lists, np.where(one_clock, clocks, 0.0).tolist(), strict=True)
    ]
    known = {row: _quarters(*row) for row in {*rows[0], *rows[1]}}
    sides = [[known[row] for row in side] for side in rows]
    told = has_words(lists[0]) & has_words(lists[1]) & (one_clock | _zoneless(pairs))
    value = np.interp(shared_items(*sides) / 4, (0.0, 1.0, 6.0), (0.0, 0.8, 1.0))
    return np.where(told, value, np.nan)


def _quarters(slots: WordRow, offset: float) -> tuple[int, ...]:
    hours = [
        24 * DAYS.index(day) + hour - offset
        for day, _, part in (slot.partition("-") for slot in slots)
        for hour in PARTS_OF_DAY.get(part) or [int(*re.findall(r"^\d{1,2}", part))]
    ]
    return tuple({(round(4 * hour) + part) % (4 * 24 * 7) for hour in hours for part in range(4)})


def _zones(pairs: OwnPairs) -> list[list[str]]:
    """Return the time zone that each names, or that of the programme; "" for none."""
    home = pairs.config.programme.timezone
    return [
        [str(cell).strip() if isinstance(cell, str) else home for cell in side.cells("timezone")]
        for side in (pairs.mentees, pairs.mentors)
    ]


def _zoneless(pairs: OwnPairs) -> Bools:
    return np.array([not (a or b) for a, b in zip(*_zones(pairs), strict=True)], dtype=bool)


def _clocks(pairs: OwnPairs) -> Floats:
    """Return the hours ahead of UTC of each, NaN where not known: (2, p)."""
    day, zones = pairs.cohort.clock_day(pairs.config.programme.clocks_of), _zones(pairs)
    known = {name: hours_ahead(name, day) for side in zones for name in side}
    return np.array([[known[name] for name in side] for side in zones], dtype=float)


def _hours(pairs: OwnPairs) -> Floats:
    least = np.minimum(*pairs.numbers("hours_per_month"))
    enough = pairs.config.programme.hours_per_month
    met = np.minimum(1.0, least / enough) if enough > 0 else np.ones(len(least))
    return np.where(np.isnan(least), np.nan, met)


def _cadence(pairs: OwnPairs) -> Floats:
    sides = [
        np.array([PER_MONTH.get(word, np.nan) for word in side.word("cadence")], dtype=float)
        for side in (pairs.mentees, pairs.mentors)
    ]
    return np.asarray(np.minimum(*sides) / np.maximum(*sides))


def _modes(pairs: OwnPairs) -> Floats:
    ours, theirs = pairs.words("modes")
    return np.where(has_words(ours) & has_words(theirs), shared_items(ours, theirs) > 0, np.nan)


def _place(pairs: OwnPairs, neutral: float) -> Floats:
    """Return the better of two ways: near clocks online, one site or location in person: (p,)."""
    here, clocks = np.full(len(pairs.i), np.nan), _clocks(pairs)
    for column in ("site", "location"):
        ours, theirs = pairs.words(column)
        alike = np.where(
            has_words(ours) & has_words(theirs), shared_items(ours, theirs) > 0, np.nan
        )
        here = np.fmax(here, alike)
    apart = abs(clocks[0] - clocks[1]) % 24
    near = np.clip((10 - np.minimum(apart, 24 - apart)) / 8, 0.0, 1.0)
    near = np.where(_zoneless(pairs), 1.0, near)
    modes = [*zip(*pairs.words("modes"), strict=True)]
    online = [all("virtual" in row for row in rows) for rows in modes]
    there = [all(not row or "in_person" in row for row in rows) for rows in modes]
    ways, can = np.array([near, here]), np.array([online, there], dtype=bool)
    worth = np.where(can, np.where(np.isnan(ways), neutral, ways), -1.0)
    best = worth.max(axis=0)
    is_open = ((worth == best) & np.isnan(ways) & can).any(axis=0)
    return np.where(is_open, np.nan, np.maximum(best, 0.0))


CURVE = ((0.005, 0.0), (0.03, 0.4), (0.1, 0.7), (0.3, 1.0))
"""Cosine of texts compared by words, and its value."""
READY = {"no": 0.0, "partly": 0.5, "yes": 1.0}
WRITTEN = ("goals", "bio")


def _facets(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Share of the need that the offer meets, each facet up to the level that is needed."""
    (left, right), ours, theirs = block.columns, pairs.mentees, pairs.mentors
    if not {*left, *right} <= {*ours.facet_of, *ours.grades, *theirs.facet_of, *theirs.grades}:
        return _own_lists(block, pairs)
    named = {facet for column in left for facet in ours.facet_of.get(column, {}).values()}
    named |= {facet for c in left if c in ours.grades for facet in FACETS_OF[ours.grades[c]]}
    facets = [facet for facet in pairs.counted if facet in named or not left]
    level, weight = ours.facets(facets)
    if pairs.config.audit.feed_match:
        lacking = pairs.config.audit.gap_need * pairs.gaps(facets)
        weight = weight + lacking * _shares(facets)
        level = np.minimum(1.0, level + lacking)
    return np.where(theirs.told(right), _met(weight, level, theirs.facets(facets)[0]), np.nan)


def _network(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Share of the gaps that the mentor closes, times the need of knowing whom."""
    facets, whom = [*vocabulary.FACETS], f"need_{Knowing.WHOM}"
    gaps = np.clip(pairs.gaps(facets), 0.0, 1.0)
    met = _met(gaps * _shares(facets), gaps, pairs.mentors.facets(facets)[0])
    need = pairs.mentees.facets(FACETS_OF[Knowing.WHOM])[1].sum(axis=1)
    need = np.where(pairs.mentees.told(("knowing", whom)), need, 0.5)
    audited = np.asarray(pairs.audit.has_audit)[pairs.i]
    return np.where(audited & pairs.mentors.told(), met * need, np.nan)


def _met(weight: Floats, level: Floats, offer: Floats) -> Floats:
    total = weight.sum(axis=1)
    part = np.where(level > 0, np.minimum(1.0, offer / np.where(level > 0, level, 1.0)), 0.0)
    return np.asarray((weight * part).sum(axis=1) / np.where(total > 0, total, np.nan))


def _shares(facets: list[str]) -> Floats:
    shares = dict(zip(vocabulary.FACETS, vocabulary.FACET_SHARES, strict=True))
    return np.array([shares.get(facet, 0.0) for facet in facets])


def _own_lists(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Compare questions that are no facets: numbers on a scale, or each item one of its own."""
    met, total, said = (np.zeros(len(pairs.i)) for _ in range(3))
    for columns in zip(*block.columns, strict=False):
        if block.scale is None:
            wanted, given = pairs.words(*columns)
            met += shared_items(wanted, given)
            total += [len(row) for row in wanted]
            said += has_words(given)
        else:
            low, high = block.scale
            want, give = (np.clip((n - low) / (high - low), 0, 1) for n in pairs.numbers(*columns))
            met += np.fmin(np.nan_to_num(want), np.nan_to_num(give))
            total += np.nan_to_num(want)
            said += ~np.isnan(give)
    return np.where(said > 0, met / np.where(total > 0, total, np.nan), np.nan)


def _closeness(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    left, right = block.columns
    ours, theirs = [*pairs.mentees.matching(left)], [*pairs.mentors.matching(right)]
    if left == right:
        ours = theirs = [column for column in ours if column in theirs]
    low, high = block.scale or (1.0, 5.0)
    both = [pairs.numbers(*columns) for columns in zip(ours, theirs, strict=False)]
    apart = mean([np.asarray(abs(one - other) / (high - low)) for one, other in both], pairs)
    return np.maximum(0.0, 1.0 - apart)


def _gap(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    columns = [*zip(*block.columns, strict=True)]
    if len(columns) > 1:
        columns = columns[::-1] if pairs.config.programme.grades else columns[:1]
    ahead = np.full(len(pairs.i), np.nan)
    for ours, theirs in columns:
        more = _years(pairs.mentors, theirs) - _years(pairs.mentees, ours)
        ahead = np.where(np.isnan(ahead), more, ahead)
    signed = np.where(pairs.under(Approach.REVERSE), -ahead, ahead)
    value = _through(block.shape, signed)
    return np.where(pairs.under(Approach.RECIPROCAL) & ~np.isnan(ahead), 1.0, value)


def _years(side: OwnSide, column: str) -> Floats:
    if column != "seniority":
        return side.numbers(column)
    programme = side.config.programme
    years = {fold(grade): k * programme.years_per_grade for k, grade in enumerate(programme.grades)}
    return np.array([years.get(word, np.nan) for word in side.word(column)], dtype=float)


def _overlap(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Take the better of alike texts and the multiple of the share of items that are shared."""
    sides, texts = [], []
    for side, columns in zip((pairs.mentees, pairs.mentors), block.columns, strict=True):
        lists = [side.words(column) for column in columns if column not in WRITTEN]
        sides.append([{w for row in rows for w in row} for rows in zip(*lists, strict=True)])
        texts.append(side.texts(tuple(column for column in columns if column in WRITTEN)))
    value = [
        min(1.0, block.multiplier * len(one & other) / len(one)) if one and other else None
        for one, other in zip(*sides, strict=True)
    ]
    ticked = np.array(value or [None] * len(pairs.i), dtype=float)
    if not all(texts):
        return ticked
    return np.asarray(np.fmax(ticked, _alike(block, pairs, *texts)), dtype=np.float64)


def _text(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Compare the two texts."""
    ours, theirs = pairs.mentees.texts(block.columns[0]), pairs.mentors.texts(block.columns[1])
    return _alike(block, pairs, ours, theirs)


def _alike(
    block: FeatureConfig, pairs: OwnPairs, ours: Sequence[str], theirs: Sequence[str]
) -> Floats:
    """Cosine of two texts through the fixed curve; vectors of a model are those of the run."""
    if chosen_method(pairs.config.text.method) != "tfidf":
        return _by_model(block, pairs)
    known = {text: _vector(text) for text in {*ours, *theirs}}
    both = [(known[one], known[other]) for one, other in zip(ours, theirs, strict=True)]
    cosine = [
        sum(weight * other.get(term, 0.0) for term, weight in one.items())
        if one and other
        else math.nan
        for one, other in both
    ]
    return _through(CURVE, np.array(cosine or [np.nan] * len(pairs.i), dtype=float))


def _by_model(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    feature = pairs.features.features[pairs.features.names.index(block.name)]
    fit = getattr(feature, "written", feature)
    if not isinstance(fit, TextFit):
        return np.full(len(pairs.i), np.nan)
    one, other = np.asarray(fit.mentee)[pairs.i], np.asarray(fit.mentor)[pairs.j]
    cosine = np.asarray((one * other).sum(axis=1) / 2.0**40, dtype=np.float64)
    return _through(fit.curve, np.where(one.any(axis=1) & other.any(axis=1), cosine, np.nan))


def _through(points: Sequence[tuple[float, float]], at: Floats) -> Floats:
    """Return the heights of a line through some points; NaN stays NaN: (p,)."""
    places, heights = zip(*points, strict=True)
    return np.asarray(np.interp(at, places, heights), dtype=np.float64)


def _vector(text: str) -> dict[str, float]:
    """Return the weights of a text's words and word pairs, of length 1 in whole 2**-20."""
    words = [word for part in terms.understood(text) for word in terms.stems_of(part)]
    count = Counter([*words, *map(" ".join, pairwise(words))])
    weights = {term: (1 + math.log(n)) * terms.weight_of(term) for term, n in count.items()}
    length = math.hypot(*weights.values())
    return {term: round(weight / length * 2**20) / 2**20 for term, weight in weights.items()}


def _preference(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Mean of both sides' scores, a silent side at the middle; the lowest of several counts."""
    said = pairs.cohort.preferences
    scores: dict[tuple[bool, int, int], float] = {}
    people, other = said["person_id"], said["other_id"]
    mentees, mentors = pairs.cohort.mentee_index, pairs.cohort.mentor_index
    forth = mentees.positions(people), mentors.positions(other)
    back = mentees.positions(other), mentors.positions(people)
    rows = zip(said["role"].astype(object), said["score"].astype(float), *forth, *back, strict=True)
    for role, score, i, j, i_back, j_back in rows:
        is_mentee = role == "mentee" or (role != "mentor" and min(i, j) >= 0)
        key = is_mentee, *((i, j) if is_mentee else (i_back, j_back))
        if score == score:
            scores[key] = min(score, scores.get(key, score))
    sides = [
        np.array([scores.get((role, *pair), np.nan) for pair in zip(pairs.i, pairs.j, strict=True)])
        for role in (True, False)
    ]
    both = sum(np.where(np.isnan(side), 2.5, side) for side in sides) / 10
    return np.where(np.isnan(sides).all(axis=0), np.nan, both)


def _reach(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    homes, own = pairs.mentees.word("organisation"), pairs.mentors.word("organisation")
    listed = pairs.mentors.words("sponsor_organisations")
    reached = [bool(a) and a in (b, *more) for a, b, more in zip(homes, own, listed, strict=True)]
    return np.where(np.array(reached, bool) & pairs.under(Approach.SPONSORSHIP), 1.0, np.nan)


def _readiness(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    (left,), (right,) = block.columns
    sides = pairs.mentees.word(left), pairs.mentors.word(right)
    return mean([np.array([READY.get(w, np.nan) for w in side]) for side in sides], pairs)


def _equal(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Share of the questions on which the two agree, or differ."""
    columns = [*zip(*block.columns, strict=False)]
    asked = [c for c in columns if pairs.mentees.asked(c[:1]) and pairs.mentors.asked(c[1:])]
    parts = []
    for one in asked or columns:
        ours, theirs = pairs.words(*one)
        hit = (shared_items(ours, theirs) > 0) != (block.kind == "different")
        parts.append(np.where(has_words(ours) & has_words(theirs), hit, np.nan))
    return with_neutral(parts, block)


def _wishes(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Share of the wishes met, of those on attributes that the mentor volunteered."""
    (left,), (right,) = block.columns
    common = {*pairs.mentees.frame.columns} & {*pairs.mentors.frame.columns}
    sides = _attributes(pairs.mentees, left, common), _attributes(pairs.mentors, right, common)
    value = []
    for wished, given in zip(*sides, strict=True):
        there = {(name, answer) for name, answers in given for answer in answers}
        told = [wish for wish in wished if wish[0] in dict(given)]
        met = [any((name, answer) in there for answer in answers) for name, answers in told]
        value.append(sum(met) / len(met) if met else math.nan)
    return np.array(value, dtype=float)


def _attributes(side: OwnSide, column: str, common: set[str]) -> list[list[tuple[str, WordRow]]]:
    """Return what each names, with the answers that fulfil it; a free word names no attribute."""
    lists = side.words(column)
    own = {name: side.words(name) for name in {w for row in lists for w in row} & common}
    found = []
    for k, row in enumerate(lists):
        parts = [(word, *(part.strip() for part in word.partition("="))) for word in row]
        found.append(
            [
                (name, as_answered(name, (answer,)))
                if sign
                else ((word, own[word][k]) if word in own else ("", (word,)))
                for word, name, sign, answer in parts
            ]
        )
    return found


OWN_VALUE: dict[str, Callable[[FeatureConfig, OwnPairs], Floats]] = {
    "availability": availability,
    "closeness": _closeness,
    "different": _equal,
    "facets": _facets,
    "form": _equal,
    "gap": _gap,
    "network": _network,
    "overlap": _overlap,
    "preference": _preference,
    "reach": _reach,
    "readiness": _readiness,
    "same": _equal,
    "text": _text,
    "wishes": _wishes,
}
"""Every kind that comes with matcher: values in [0, 1], NaN where unanswered, (p,)."""
