"""The whole config: its sections, its default features, and what must hold between keys."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from matcher.catalogue.catalogue import word_faults
from matcher.config import sections
from matcher.config.feature_kinds import BlockFault, faults_of, kind_of
from matcher.config.input_sections import Input, TableInput
from matcher.config.locate import KeyPath
from matcher.errors import Finding
from matcher.vocabulary import FACET_GROUPS, IGNORE, is_protected

WISH_COLUMNS = ("wish_same", "shared_for_matching")
"""Where people volunteer an attribute themselves."""


@dataclass(frozen=True)
class Fault:
    """Something wrong with the value at one key."""

    path: KeyPath
    code: str
    message: str
    remedy: str


@cache
def default_features() -> tuple[sections.FeatureConfig, ...]:
    """Return the default features, each weight with its evidence."""
    text = (resources.files("matcher.config") / "default_features.toml").read_text("utf-8")
    adapter = TypeAdapter(tuple[sections.FeatureConfig, ...])
    return adapter.validate_python(tomllib.loads(text)["features"])


class Config(sections.Section):
    """The whole config of a run."""

    programme: sections.Programme = sections.Programme()
    """What the programme is and which approaches it offers."""
    input: Input = Input()
    """How raw tables are read."""
    tables: dict[str, TableInput] = Field({})
    """Where a table is and how it is read, a table for each, such as [tables.signups] with
    file = "Sign-up*.xlsx"; without it files are found by the table's own name."""
    columns: dict[str, str | dict[str, str]] = Field({})
    """Column titles of the raw tables and their canonical names, such as "What do you want help
    with?" = "contexts"; [columns.mentees] holds for that table only."""
    answers: dict[str, dict[str, str]] = Field({})
    """The form's words and the vocabulary's, in a table a canonical column, such as
    [answers.contexts] with "Office politics" = "political_environment"."""
    scales: dict[str, dict[str, float | Literal["missing"]]] = Field({})
    """Words and the number they stand for, or "missing", in a table a canonical column, such as
    [scales.need_why] with "Not at all" = 0 and "Prefer not to say" = "missing"."""
    numbers: dict[str, dict[str, float | Literal["missing"]]] = Field({})
    """Words for numbers in an otherwise numeric column, in a table a canonical column, such as
    [numbers.capacity] with "2-3" = 2. Of `hours_per_month`, numbers that are not listed count four
    times where the title asks for hours a week; `mentors.hours_per_month` is of one side."""
    resolve: dict[str, str | tuple[str, ...]] = Field({})
    """Answers to the questions of `matcher check`, by their keys: "yes", "no", or the ids of who is
    meant, such as q-0123456789 = "t4"."""
    words: dict[str, Any] = Field({})
    """Words of plans and letters said otherwise, by their place in the catalogue of the programme's
    language, such as [words.letter] with dear = "Hello {name}"; see docs/letters.md."""
    scoring: sections.Scoring = sections.Scoring()
    """How features make a pair's score."""
    facets: dict[str, sections.OwnFacets] = Field({})
    """Questions of the programme's own whose answer options are facets of need and offer, such as
    [facets.topic] with columns = ["topics"] and options = ["Grant writing", "Teaching"]."""
    text: sections.Text = sections.Text()
    """How free text is compared."""
    portfolio: sections.Portfolio = sections.Portfolio()
    """What a set of mentors is worth to a mentee."""
    objective: sections.Objective = sections.Objective()
    """Priorities of the whole cohort."""
    capacity: sections.Capacity = sections.Capacity()
    """How much mentors can give."""
    eligibility: sections.Eligibility = sections.Eligibility()
    """Which pairs are possible at all."""
    reciprocal: sections.Reciprocal = sections.Reciprocal()
    """Pairs who mentor each other."""
    audit: sections.Audit = sections.Audit()
    """The network audit and what it feeds."""
    solver: sections.Solver = sections.Solver()
    """How the optimum is sought and proved."""
    report: sections.Report = sections.Report()
    """What is written for people."""
    tune: sections.Tune = sections.Tune()
    """How weights are learned and explored."""
    features: tuple[sections.FeatureConfig, ...] = Field(default_factory=default_features)
    """The features of a pair, one block each. Blocks replace the whole list; a table
    [features.NAME] changes keys of the inherited feature of that name."""

    _notices: tuple[Finding, ...] = PrivateAttr(())

    def table_input(self, table: str) -> TableInput:
        """Return how a table is read: by its own part of `[tables]`, else as `[input]` says.

        Parameters
        ----------
        table
            Canonical name of a table.

        Returns
        -------
        TableInput
            Its own keys, filled up from `[input]`.
        """
        own = self.tables.get(table, TableInput())
        shared = TableInput.model_fields.keys() & Input.model_fields.keys()
        inherited = {key: getattr(self.input, key) for key in shared if not getattr(own, key)}
        return own.model_copy(update=inherited)

    @property
    def facet_labels(self) -> dict[str, str]:
        """What the options of a programme's own questions are called, by name of the facet."""
        return {
            f"{group}.{name}": option
            for group, own in self.facets.items()
            for name, option in zip(own.names, own.options, strict=True)
        }

    @property
    def notices(self) -> tuple[Finding, ...]:
        """What is told of the files that the config was read from."""
        return self._notices

    def model_post_init(self, context: Any) -> None:
        """Keep what is told of the files, where they are what was validated."""
        self._notices = (context or {}).get("notices", ())

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        """Refuse what no key shows by itself; the error carries every problem found."""
        problems = [
            *_check_blocks(self.features),
            *_check_protected_columns(self),
            *_check_orders(self.programme, self.tune),
            *_check_own_facets(self.facets),
            *_check_words(self.programme.language, self.words),
            *_check_seats(self.portfolio, self.programme),
            *_check_choices(self.objective),
        ]
        if problems:
            text = "; ".join(f"{problem.message}, {problem.remedy}" for problem in problems)
            context = {"text": text, "problems": problems}
            raise PydanticCustomError("config_check", "{text}", context)
        return self


def _check_blocks(features: Sequence[sections.FeatureConfig]) -> Iterator[Fault]:
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


def _check_protected_columns(config: Config) -> Iterator[Fault]:
    """Protected attributes are audited or volunteered as a wish, never scored or ruled by."""
    remedy = "map it to groups.<name> for the audit, or let people volunteer it by wish_same"
    for path, column in _scored_columns(config):
        if column.startswith("groups.") or is_protected(column):
            message = f"{column} is a protected attribute and cannot decide a match"
            yield Fault(path, "E_PROTECTED_COLUMN", message, remedy)
    for path, title, target in _mappings(config.columns):
        may_be = target.startswith("groups.") or target in (*WISH_COLUMNS, IGNORE)
        if is_protected(title) and not may_be:
            message = f"{title} is a protected attribute and cannot become {target}"
            yield Fault(path, "E_PROTECTED_COLUMN", message, remedy)


def _check_orders(programme: sections.Programme, tune: sections.Tune) -> Iterator[Fault]:
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
    starts = programme.period_starts
    if starts and (len(starts) != programme.periods or list(starts) != sorted(set(starts))):
        message = f"{len(starts)} days for {programme.periods} periods, or not in order"
        path = ("programme", "period_starts")
        yield Fault(path, "E_CONFIG", message, "give the first day of every period, in order")
    for position, span in enumerate(tune.explore):
        if not span.low < span.high:
            message = "low must be under high"
            yield Fault(("tune", "explore", position), "E_CONFIG", message, "swap or widen them")


def _faults(feature: sections.FeatureConfig) -> Iterator[BlockFault]:
    """Yield what a block's kind needs and lacks, and what is wrong with its own options."""
    kind = kind_of(feature.kind)
    yield from faults_of(feature)
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


def _check_own_facets(groups: Mapping[str, sections.OwnFacets]) -> Iterator[Fault]:
    """See that a programme's own facets have names that nothing else has, and options apart."""
    for name, own in groups.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in FACET_GROUPS:
            message = f"{name} cannot name a group of facets"
            remedy = f"use small letters, digits and _, and none of {', '.join(FACET_GROUPS)}"
            yield Fault(("facets", name), "E_CONFIG", message, remedy)
        twice = [value for value, count in Counter(own.names).items() if count > 1 or not value]
        if twice:
            message = f"{', '.join(map(repr, twice))} stands among the options twice or is no word"
            yield Fault(("facets", name, "options"), "E_CONFIG", message, "name each once")


def _check_words(language: str, own: Mapping[str, Any]) -> Iterator[Fault]:
    """See that words said otherwise are words, with the places of the catalogue's own."""
    for keys, message, remedy in word_faults(language, own):
        yield Fault(("words", *keys), "E_CONFIG", message, remedy)


MOST_FILLED = 6
"""Seats that are filled: what they ask for together is one rule for each set of them."""


def _check_choices(objective: sections.Objective) -> Iterator[Fault]:
    """See that choices have something to come after."""
    if objective.choices and not objective.first_mentor:
        message = "choices come after the number of mentees with a mentor, which is off"
        yield Fault(("objective", "choices"), "E_CONFIG", message, "set first_mentor = true")


def _check_seats(portfolio: sections.Portfolio, programme: sections.Programme) -> Iterator[Fault]:
    """See that seats have names and that some portfolio can hold each."""
    counts = Counter(seat.name for seat in portfolio.seats)
    for position, seat in enumerate(portfolio.seats):
        for key, message, remedy in _faults_of_seat(seat, portfolio.max_size, counts[seat.name]):
            yield Fault(("portfolio", "seats", position, key), "E_CONFIG", message, remedy)
        if seat.approach and seat.approach not in programme.approaches:
            message = f"the programme has no {seat.approach}"
            remedy = f"choose from {', '.join(programme.approaches)}, or add it there"
            path = ("portfolio", "seats", position, "approach")
            yield Fault(path, "E_CONFIG", message, remedy)
    filled = [seat for seat in portfolio.seats if seat.fill]
    if len(filled) > MOST_FILLED:
        message = f"{len(filled)} seats are filled, {MOST_FILLED} at most can be"
        yield Fault(("portfolio", "seats"), "E_CONFIG", message, "let some seats only count")
    if sum(seat.min for seat in filled) > portfolio.max_size:
        message = f"the seats that are filled ask for more than the {portfolio.max_size} of a set"
        yield Fault(("portfolio", "seats"), "E_CONFIG", message, "lower min, or raise max_size")


def _faults_of_seat(seat: sections.SeatConfig, size: int, named: int) -> Iterator[BlockFault]:
    if not seat.name.strip() or named > 1:
        yield "name", "seats need names, each its own", "name it"
    if seat.max is not None and seat.max < seat.min:
        yield "max", f"is below min = {seat.min}", "raise it"
    if seat.min > size:
        yield "min", f"is more than max_size = {size}, so nobody could be matched", "lower it"
    other = seat.where or seat.external or seat.approach
    if seat.each and (seat.min or seat.fill or other or not seat.max):
        remedy = "give a max of 1 or more and no other condition"
        yield "each", "every value of a column is a seat of its own, with a max alone", remedy


def _scored_columns(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Yield every column that a score or a rule reads, with the key that names it."""
    for position, feature in enumerate(config.features):
        for side, columns in (("mentee", feature.mentee), ("mentor", feature.mentor)):
            for column in columns:
                yield ("features", position, side), column
    for column in config.portfolio.alike:
        yield ("portfolio", "alike"), column
    for position, seat in enumerate(config.portfolio.seats):
        for column in seat.columns:
            yield ("portfolio", "seats", position), column
    for key in ("different", "same"):
        for column in getattr(config.eligibility, key):
            yield ("eligibility", key), column
    for name, own in config.facets.items():
        for column in own.columns:
            yield ("facets", name, "columns"), column


def _mappings(columns: Mapping[str, str | dict[str, str]]) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield key, column title and canonical name of every entry of `[columns]`."""
    for title, target in columns.items():
        if isinstance(target, str):
            yield ("columns", title), title, target
        else:
            for inner, name in target.items():
                yield ("columns", title, inner), inner, name
