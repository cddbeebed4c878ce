"""What a config must satisfy beyond the range of each key: checks that collect every problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from matcher.vocabulary import is_protected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matcher.config.locate import KeyPath
    from matcher.config.sections import Eligibility, FeatureConfig, Portfolio, Programme, Tune

WISH_COLUMNS = ("wish_same", "shared_for_matching")
"""Where people volunteer an attribute themselves."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with the value at one key."""

    path: KeyPath
    code: str
    message: str
    remedy: str


def check_blocks(features: Sequence[FeatureConfig]) -> Iterator[Problem]:
    """See that some feature weighs, that names are unique and kinds have the shape they need."""
    if not any(feature.weight > 0 for feature in features):
        message = "every weight is 0, so no pair would have a score"
        yield Problem(("features",), "E_WEIGHTS", message, "give at least one feature a weight")
    counts = Counter(feature.name for feature in features)
    for position, feature in enumerate(features):
        if counts[feature.name] > 1:
            counts[feature.name] = 0
            message = f"several features are named {feature.name}"
            path = ("features", position, "name")
            yield Problem(path, "E_CONFIG", message, "give each its own name")
    for position, feature in enumerate(features):
        for key, message, remedy in _shape_faults(feature):
            yield Problem(("features", position, key), "E_CONFIG", message, remedy)


def check_protected_columns(
    features: Sequence[FeatureConfig],
    portfolio: Portfolio,
    eligibility: Eligibility,
    columns: Mapping[str, str | dict[str, str]],
) -> Iterator[Problem]:
    """Protected attributes are audited or volunteered as a wish, never scored or ruled by."""
    remedy = "map it to groups.<name> for the audit, or let people volunteer it by wish_same"
    for path, column in _scored_columns(features, portfolio, eligibility):
        if column.startswith("groups.") or is_protected(column):
            message = f"{column} is a protected attribute and cannot decide a match"
            yield Problem(path, "E_PROTECTED_COLUMN", message, remedy)
    for path, title, target in _mappings(columns):
        if is_protected(title) and not (target.startswith("groups.") or target in WISH_COLUMNS):
            message = f"{title} is a protected attribute and cannot become {target}"
            yield Problem(path, "E_PROTECTED_COLUMN", message, remedy)


def check_orders(programme: Programme, tune: Tune) -> Iterator[Problem]:
    """See that orders name each thing once and that ranges are not empty."""
    orders: tuple[tuple[str, Iterable[str]], ...] = (
        ("approaches", programme.approaches),
        ("grades", programme.grades),
    )
    for key, values in orders:
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            message = f"{', '.join(twice)} stands in the order twice"
            yield Problem(("programme", key), "E_CONFIG", message, "name each once")
    for position, span in enumerate(tune.explore):
        if not span.low < span.high:
            message = "low must be under high"
            yield Problem(("tune", "explore", position), "E_CONFIG", message, "swap or widen them")


def _shape_faults(feature: FeatureConfig) -> Iterator[tuple[str, str, str]]:
    """Yield key, message and remedy of what a kind needs and lacks."""
    places = [x for x, _ in feature.shape]
    if feature.kind == "gap" and len(places) < 2:
        yield "shape", "kind gap needs two points or more", "such as shape = [[0, 0], [5, 1]]"
    if any(right <= left for left, right in pairwise(places)):
        yield "shape", "the x of the points must rise", "sort the points and drop double ones"
    if feature.kind == "closeness" and feature.scale is None:
        yield "scale", "kind closeness needs its scale", "such as scale = [1, 5]"
    if feature.scale is not None and not feature.scale[0] < feature.scale[1]:
        yield "scale", "the lowest answer must be under the highest", "such as scale = [1, 5]"


def _scored_columns(
    features: Sequence[FeatureConfig], portfolio: Portfolio, eligibility: Eligibility
) -> Iterator[tuple[KeyPath, str]]:
    """Yield every column that a score or a rule reads, with the key that names it."""
    for position, feature in enumerate(features):
        for side, columns in (("mentee", feature.mentee), ("mentor", feature.mentor)):
            for column in columns:
                yield ("features", position, side), column
    for column in portfolio.alike:
        yield ("portfolio", "alike"), column
    for column in portfolio.max_same:
        yield ("portfolio", "max_same", column), column
    for column in eligibility.different:
        yield ("eligibility", "different"), column


def _mappings(columns: Mapping[str, str | dict[str, str]]) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield key, column title and canonical name of every entry of `[columns]`."""
    for title, target in columns.items():
        if isinstance(target, str):
            yield ("columns", title), title, target
        else:
            for inner, name in target.items():
                yield ("columns", title, inner), inner, name
