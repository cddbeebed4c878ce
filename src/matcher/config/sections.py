"""The parts of the config as frozen models: every key, its default, its range and its meaning.

The docstring below a field is the text of the JSON schema, of ``configs/default.toml`` and of the
config reference in the docs; all three are generated from here.
"""

import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from matcher.config.feature_kinds import built_in_kinds, is_known, kind_names, kind_of
from matcher.text import fold
from matcher.vocabulary import Approach, ReciprocalKind

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Days outside are slips of the keyboard, in the config and in every table; ours hold them all."""
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


def _known(kind: str) -> str:
    if not is_known(kind):
        quoted = [f"'{name}'" for name in kind_names()]
        expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}"
        raise PydanticCustomError("kind", "Input should be {expected}", {"expected": expected})
    return kind


def _own_kinds(schema: dict[str, Any]) -> None:
    schema["enum"] = [kind.name for kind in built_in_kinds()]


FeatureKindName = Annotated[str, AfterValidator(_known), Field(json_schema_extra=_own_kinds)]
TextMethod = Literal["auto", "tfidf", "semantic", "multilingual"]
BaselineMethod = Literal["sequential", "stable", "greedy", "random"]
"""Methods of programmes without an optimiser."""
SolverMethod = Literal["auto", "portfolio", "flow", "cp-sat", BaselineMethod]


class Section(BaseModel):
    """A frozen part of the config that refuses unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class Programme(Section):
    """What the programme is and which approaches it offers."""

    name: str = ""
    """Shown on reports and plans."""
    as_of: Day | None = None
    """Day from which ages of events are measured; empty: the newest past event of the input."""
    start: Day | None = None
    """Day on which the pairs begin; its clocks decide which hours of two time zones meet;
    else `as_of`, else the newest past event of the input, or 2026-01-15 if later, which is told."""
    retain_until: Day | None = None
    """Last day on which the programme keeps what it holds of people; `matcher status` tells what is
    past it, `matcher forget` takes people out."""
    timezone: str = ""
    """Time zone of who names none, such as Europe/London; empty: theirs is not known."""
    periods: Annotated[int, Field(ge=1, le=12)] = 1
    """Periods of the programme; a short, narrow engagement uses a place for one of them."""
    period_starts: tuple[Day, ...] = ()
    """First day of each period, such as [2027-01-11, 2027-05-03]; empty: plans tell numbers."""
    approaches: tuple[Approach, ...] = (
        Approach.RECIPROCAL,
        Approach.DEVELOPMENTAL,
        Approach.SPONSORSHIP,
        Approach.REVERSE,
    )
    """Approach menu; a pair takes the one that scores best of those that both accept (who names
    none accepts any), of equals the first."""
    grades: tuple[str, ...] = ()
    """Seniority grades, lowest first; empty: career years are used instead of column seniority."""
    years_per_grade: NonNegative = 2.5
    """Years of experience that one grade step counts for in the seniority gap."""
    hours_per_month: NonNegative = 1.5
    """Hours that a match takes each month where neither side says; as many are enough for the value
    of contact_feasibility."""
    language: Literal["en", "de"] = "en"
    """Language of plans, letters and invitations; [words] says single words otherwise."""
    ask: Literal["mentor first", "mentee first", "both", "none"] = "both"
    """Who is asked to agree to a match, and in which order; none: people are only told of it."""
    reply_before: Annotated[int, Field(ge=0, le=60)] = 7
    """Days before `start` by which letters ask for a reply; without a start within two weeks."""
    contact: str = ""
    """Whom people write to: an address, or a name with the address in <>; mails come from it."""
    share_addresses: bool = False
    """Whether everybody was told on signing up that the two of a pair get each other's address: all
    but who said no in column share_address; else that column decides, where both said yes."""

    @property
    def clocks_of(self) -> date | None:
        """Day whose clocks decide which hours of two time zones meet; None where none is stated."""
        return self.start or next(iter(self.period_starts), self.as_of)

    def reply_day(self, asked: date | None = None, *, is_second: bool = False) -> date | None:
        """Return the day by which people answer; None, within two weeks, where it has gone by.

        Parameters
        ----------
        asked
            Day on which they are asked; None: some day before.
        is_second
            Whether the other one of the pair has answered first: half of the days are then left.
        """
        if self.start is None:
            return None
        first = _working_day(self.start - timedelta(days=self.reply_before))
        second = _working_day(first + (self.start - first + timedelta(days=1)) / 2)
        later_than = max(first if is_second else date.min, asked or date.min)
        days = (second if is_second else first, self.start)
        return next((day for day in days if day > later_than), None)


def _working_day(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


class FeatureConfig(Section):
    """One feature of a pair: which columns it compares, how, and its weight."""

    name: Annotated[str, Field(min_length=1, pattern=r"^[a-z][a-z0-9_]*$")]
    """Unique name of small letters, digits and _, shown in contributions."""
    kind: FeatureKindName
    """How the two sides are compared."""
    weight: NonNegative
    """Weight in the pair score; weights are divided by their sum."""
    reason: str = ""
    """Why the weight is what it is, with its source."""
    mentee: tuple[str, ...] = ()
    """Columns of the mentee's side; empty: the kind's own."""
    mentor: tuple[str, ...] = ()
    """Columns of the mentor's side; empty: the same names as the mentee's."""
    missing: Share | None = None
    """Neutral value that stands in where a side left the question open; empty: the kind's own."""
    shape: tuple[tuple[float, Share], ...] = ()
    """Points (x, value) of a piecewise-linear shape, for kind `gap`."""
    scale: tuple[float, float] | None = None
    """Lowest and highest answer of numeric columns, for kind `closeness`."""
    multiplier: NonNegative = 1.0
    """Factor before the cap at 1, for kind `overlap`."""
    options: dict[str, bool | float | str] = {}
    """Options of a kind that does not come with matcher, as that kind names them."""

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Columns of the mentees and of the mentors: those named here, else the kind's own."""
        if self.mentee or self.mentor:
            return self.mentee or self.mentor, self.mentor or self.mentee
        kind = kind_of(self.kind)
        return kind.mentee, kind.mentor or kind.mentee

    @property
    def neutral(self) -> float:
        """Value of a pair of which a side left the question open."""
        return kind_of(self.kind).neutral if self.missing is None else self.missing


class Scoring(Section):
    """How features make a pair's score."""

    min_answered: Share = 0.5
    """Share of the total weight below which somebody is asked again, in chase.csv."""
    whole_form: Share = 0.95
    """What an offer of knowing why, how or whom as a whole counts for each of its facets."""
    sibling_facet: Share = 0.3
    """What an offer of one facet of knowing counts for the others of the same form."""


class OwnFacets(Section):
    """A question of the programme's own, whose answer options are facets of need and offer."""

    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    """List column of both tables, or that of the mentees and that of the mentors."""
    options: Annotated[tuple[str, ...], Field(min_length=1)]
    """Every answer option, written out: facets never follow from who is in the pool."""

    @property
    def names(self) -> tuple[str, ...]:
        """Options as they stand in the name of a facet, such as `data_visualisation`.

        `C++` is `c_plus_plus`; of options that differ only by other signs each spells its own.
        """
        names = [_as_name(option) for option in self.options]
        counts = Counter(names)
        return tuple(
            _with_signs(name, option) if counts[name] > 1 or not name else name
            for name, option in zip(names, self.options, strict=True)
        )


def _as_name(option: str) -> str:
    spelt = fold(option).replace("+", " plus ").replace("#", " sharp ")
    return "_".join(re.findall(r"\w+", spelt))


def _with_signs(name: str, option: str) -> str:
    """Return the name of an option with its signs in words: `.NET` is `net_full_stop`."""
    signs = re.findall(r"[^\w\s+#]", fold(option))
    words = (re.sub(r"\W+", "_", unicodedata.name(sign, "sign").lower()) for sign in signs)
    return "_".join(filter(None, [name, *words]))


class Text(Section):
    """How free text is compared."""

    method: TextMethod = "auto"
    """`tfidf` compares words, `semantic` sentences, both in English alone; `multilingual` compares
    two texts in English as `semantic` does and reads 15 languages else. `auto` is the last of them
    whose extra is installed."""


class SeatConfig(Section):
    """Which mentors count for a seat, and how many of them a portfolio that is not empty holds."""

    name: str
    """What reports and tables call it."""
    where: dict[str, tuple[str, ...]] = {}
    """Mentor columns, each with the words of which the mentor has one, such as
    seniority = ["Director"]."""
    external: bool = False
    """Whether only mentors from outside the mentee's organisation count."""
    approach: Approach | None = None
    """Approach of the matches that count, such as "sponsorship"; a pair that may be that or
    something else becomes what its portfolio needs. Empty: any approach."""
    each: str = ""
    """Mentor column of which every value is a seat of its own, with the same max."""
    min: Count = 0
    """Fewest mentors in the seat."""
    max: Count | None = None
    """Most mentors in the seat; empty: any number."""
    fill: bool = False
    """Whether a mentor takes one seat and no other: then everybody in a portfolio sits in one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the mentors that it reads."""
        return (*self.where, *((self.each,) if self.each else ()))


class Portfolio(Section):
    """What a set of mentors is worth to a mentee."""

    max_size: Annotated[int, Field(ge=1, le=8)] = 3
    """Largest portfolio in the programme (K of the value formula)."""
    limit: Annotated[int, Field(ge=1, le=8)] = 2
    """Most mentors of a mentee who did not say; max_size caps it."""
    coverage: Share = 0.5
    """g: weight of coverage of needs against the quality of each relation."""
    second_cover: Share = 0.3
    """r: what a second good cover of a facet is worth, as a share of the first."""
    redundancy: Share = 0.05
    """d: what is taken off where all pairs of mentors in the set are alike."""
    alike: tuple[str, ...] = ("organisation",)
    """Mentor columns; two mentors equal on all of them are alike."""
    min_gain: Share = 0.02
    """h: what each mentor after the first must add."""
    facet_groups: tuple[Literal["purpose", "benefit", "context", "knowing"], ...] = (
        "purpose",
        "benefit",
        "context",
        "knowing",
    )
    """Facet groups that count as needs and offers."""
    seats: tuple[SeatConfig, ...] = ()
    """What a portfolio must or must not hold; each is a block [[portfolio.seats]]."""

    @property
    def seated_approaches(self) -> frozenset[Approach]:
        """Approaches that a seat asks for."""
        return frozenset(seat.approach for seat in self.seats if seat.approach)


class Objective(Section):
    """Priorities of the whole cohort."""

    first_mentor: bool = True
    """Reach as many mentees as possible, priority class 1 first, before welfare counts."""
    waiting: bool = True
    """Among equal numbers reached, prefer those who waited longest (column waiting_since)."""
    choices: bool = False
    """Give as many of those whom somebody named as can be, higher wishes first: after how many are
    reached and how long they waited, before welfare. Else a wish weighs as mutual_preference."""
    minimum: bool = True
    """Then give people their min_mentors before welfare counts."""
    fairness: Literal["max-min"] | Annotated[float, Field(ge=0, le=3)] = 0.0
    """Alpha of the alpha-fair welfare: 0 sum, 1 proportional, up to 3; or max-min."""
    stickiness: NonNegative | Literal["ties"] = "ties"
    """Bonus of a proposed pair of the previous run that is kept; ties: a fiftieth of what a pair of
    that run was worth on average, so that people move for more than a near tie alone."""


class Capacity(Section):
    """How much mentors can give."""

    unit: Literal["places", "hours"] = "places"
    """Whether capacity counts places or hours a month."""
    default: NonNegative = 1.0
    """Capacity of a mentor who did not say."""
    largest: NonNegative = 200.0
    """Largest capacity that is believed; more is an input error."""
    reserve: Share = 0.0
    """Share of each mentor's capacity (rounded down in places) kept back for later."""
    pools: dict[str, NonNegative] = {}
    """Places shared by the mentors of a pool, by the name in their column `pool`."""
    max_matches: Count | None = None
    """Most matches in the whole programme; empty: no limit."""
    max_sponsorship: Count | None = None
    """Most sponsorships of a mentor who did not say; empty: no limit beyond capacity."""
    min_mentees_penalty: NonNegative = 0.0
    """Welfare lost for each mentee that any mentor lacks to its min_mentees; 0 ignores it."""


class Eligibility(Section):
    """Which pairs are possible at all."""

    manager_levels: Annotated[int, Field(ge=0, le=10)] = 1
    """Levels of the line above (and the second supervisor) that may not mentor the person."""
    cooldown_days: Count = 365
    """Days after a completed engagement before the same pair may be matched again."""
    different: tuple[str, ...] = ()
    """Columns in which mentor and mentee must differ where both are known."""
    same: tuple[str, ...] = ()
    """Columns in which mentor and mentee must agree where both are known; lists agree if they
    meet."""
    availability: Literal["soft", "ban"] = "soft"
    """Whether a pair without a shared slot is only worth less or banned."""
    mode: Literal["soft", "ban"] = "soft"
    """Whether a pair without a shared mode is only worth less or banned."""
    min_gap_years: float | None = None
    """Least seniority gap in years of a developmental or sponsoring mentor; empty: none, but where
    reverse mentoring is on the menu, more junior mentors are kept for it."""
    require_ready: bool = False
    """Whether people who say that they are not ready are left for later."""


class Reciprocal(Section):
    """Pairs who mentor each other."""

    kind: ReciprocalKind = ReciprocalKind.BOTH_ROLES
    """Variant where people did not say."""
    combine: Literal["min", "geometric", "harmonic"] = "min"
    """How the two directions of a both-roles pair make one score."""
    bonus: NonNegative = 0.05
    """Added to each side's score of a reciprocal pair."""
    exchange_load: Share = 0.5
    """Load of the lighter direction of an exchange pair."""


class Audit(Section):
    """The network audit and what it feeds."""

    feed_match: bool = True
    """Whether gaps of the audit become need and organic ties count as cover."""
    gap_need: Share = 0.5
    """Need added on a facet where the audit shows a gap, relative to a stated need of 1."""
    organic_offer: Share = 0.6
    """Offer that an organic tie holds on a facet it serves."""
    organic_cover: Share = 0.5
    """Most of a facet that organic ties cover in all; the rest is for a mentor to cover."""
    half_life_days: Annotated[int, Field(ge=1)] = 180
    """Days in which the recency of a contact halves; older than this is warned about."""
    population: dict[str, dict[str, NonNegative]] = {}
    """By attribute of the contacts: its declared categories and how many people (or which share) of
    the population are of each; empty: the other people of the cohort."""
    introductions: Count = 20
    """Most mentors a mentee to whom an introduction is only likely, by organisation or
    department."""


class Solver(Section):
    """How the optimum is sought and proved."""

    method: SolverMethod = "auto"
    """`auto` takes the exact method that fits the problem; the last four are baselines."""
    gap: NonNegative = 5e-4
    """Relative gap to the proved bound at which a solution counts as optimal: 0.0005 is one part in
    2,000, less than what a programme can tell from its answers; smaller ones take longer."""
    time_limit: Annotated[float, Field(gt=0)] | None = None
    """Seconds for a whole run: the best solution so far is taken with its bound, and what explains
    it is left out where they are over; `matcher report` makes that later."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of everything that draws."""
    threads: Annotated[int, Field(ge=1)] | None = None
    """Threads of the maps over blocks; empty: one a core."""
    block_pairs: Annotated[int, Field(ge=1000)] = 4_000_000
    """Pairs held in memory at once by a block."""
    resume: str = ""
    """Folder in which a long solve keeps the parts of its passes over all pairs, so that the same
    solve picks up where it was cut; empty: nothing is kept."""
    executor: Literal["threads", "dask"] = "threads"
    """Where the maps over blocks run."""
    scheduler: str = ""
    """Address of a Dask scheduler, for executor `dask`."""
    partitions: str = ""
    """Folder that all machines of the cluster share, in which mentees are written for workers to
    read; empty: a temporary one, for workers on this machine."""


class Report(Section):
    """What is written for people."""

    sensitivity: bool = False
    """Whether the run marks pairs that survive every change of a weight by a quarter."""
    recruitment: Annotated[int, Field(ge=0, le=10)] = 1
    """Kinds of mentor to recruit whose gain a solve each finds exactly, up to 20,000 pairs."""
    min_cell: Annotated[int, Field(ge=1)] = 10
    """Smallest group shown in the fairness audit."""


class ExploreRange(Section):
    """One value that `tune explore` varies."""

    key: str
    """Dotted config key, such as portfolio.coverage or features.need_fit.weight."""
    low: float
    """Least value tried."""
    high: float
    """Largest value tried."""


class Tune(Section):
    """How weights are learned and explored."""

    folds: Annotated[int, Field(ge=2, le=20)] = 5
    """Folds of the cross-validation, grouped by person."""
    bootstrap: Annotated[int, Field(ge=10)] = 200
    """Bootstrap samples for the interval of each weight."""
    prior_strength: NonNegative = 200.0
    """Outcomes that the prior on the config's weights is worth."""
    success_rating: Annotated[float, Field(ge=0, le=5)] = 4.0
    """Rating, 0 to 5, from which an outcome counts as success."""
    trials: Annotated[int, Field(ge=1)] = 40
    """Trials of `tune explore`."""
    sampler: Literal["nsga2", "tpe"] = "nsga2"
    """Sampler of `tune explore`."""
    explore: tuple[ExploreRange, ...] = ()
    """Values that `tune explore` varies, one block each."""
