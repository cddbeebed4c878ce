"""What a config must satisfy beyond the range of each key: checks that collect every problem."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matcher.config.feature_kinds import BlockFault, kind_of
from matcher.config.locate import KeyPath
from matcher.config.sections import Eligibility, FeatureConfig, Portfolio, Programme, Tune
from matcher.vocabulary import is_protected

WISH_COLUMNS = ("wish_same", "shared_for_matching")
"""Where people volunteer an attribute themselves."""


@dataclass(frozen=True)
class Fault:
    """Something wrong with the value at one key."""

    path: KeyPath
    code: str
    message: str
    remedy: str


def check_blocks(features: Sequence[FeatureConfig]) -> Iterator[Fault]:
    """See that some feature weighs, that names are unique and kinds have the shape they need."""
    if not any(feature.weight > 0 for feature in features):
        message = "every weight is 0, so no pair would have a score"
        yield Fault(("features",), "E_WEIGHTS", message, "give at least one feature a weight")
    counts = Counter(feature.name for feature in features)
    for position, feature in enumerate(features):
        if counts[feature.name] > 1:
            counts[feature.name] = 0
            message = f"several features are named {feature.name}"
            path = ("features", position, "name")
            yield Fault(path, "E_CONFIG", message, "give each its own name")
    for position, feature in enumerate(features):
        for key, message, remedy in _faults(feature):
            place: KeyPath = ("features", position, *key.split("."))
            yield Fault(place, "E_CONFIG", message, remedy)


def check_protected_columns(
    features: Sequence[FeatureConfig],
    portfolio: Portfolio,
    eligibility: Eligibility,
    columns: Mapping[str, str | dict[str, str]],
) -> Iterator[Fault]:
    """Protected attributes are audited or volunteered as a wish, never scored or ruled by."""
    remedy = "map it to groups.<name> for the audit, or let people volunteer it by wish_same"
    for path, column in _scored_columns(features, portfolio, eligibility):
        if column.startswith("groups.") or is_protected(column):
            message = f"{column} is a protected attribute and cannot decide a match"
            yield Fault(path, "E_PROTECTED_COLUMN", message, remedy)
    for path, title, target in _mappings(columns):
        if is_protected(title) and not (target.startswith("groups.") or target in WISH_COLUMNS):
            message = f"{title} is a protected attribute and cannot become {target}"
            yield Fault(path, "E_PROTECTED_COLUMN", message, remedy)


def check_orders(programme: Programme, tune: Tune) -> Iterator[Fault]:
    """See that orders name each thing once and that ranges are not empty."""
    orders: tuple[tuple[str, Iterable[str]], ...] = (
        ("approaches", programme.approaches),
        ("grades", programme.grades),
    )
    for key, values in orders:
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            message = f"{', '.join(twice)} stands in the order twice"
            yield Fault(("programme", key), "E_CONFIG", message, "name each once")
    for position, span in enumerate(tune.explore):
        if not span.low < span.high:
            message = "low must be under high"
            yield Fault(("tune", "explore", position), "E_CONFIG", message, "swap or widen them")


def _faults(feature: FeatureConfig) -> Iterator[BlockFault]:
    """Yield what a block's kind needs and lacks, and what is wrong with its own options."""
    kind = kind_of(feature.kind)
    yield from kind.check(feature)
    if any(right <= left for left, right in pairwise(x for x, _ in feature.shape)):
        yield "shape", "the x of the points must rise", "sort the points and drop double ones"
    if feature.scale is not None and not feature.scale[0] < feature.scale[1]:
        yield "scale", "the lowest answer must be under the highest", "such as scale = [1, 5]"
    for name, value in feature.options.items():
        default = kind.options.get(name)
        if default is None:
            choices = ", ".join(kind.options) or "none"
            yield f"options.{name}", "unknown option", f"kind {kind.name} has: {choices}"
        elif isinstance(value, str) != isinstance(default, str):
            yield f"options.{name}", f"is not like {default!r}", "give a value of that type"


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
