"""Which pairs are possible, whatever they would be worth: who takes part, what keeps two apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort, Index
from matcher.config import Config
from matcher.errors import WhyNot
from matcher.features import feature_columns
from matcher.features.base import Listed, PairTable, Selection
from matcher.features.weeks import Weeks
from matcher.scoring import named_pairs
from matcher.text import fold_each
from matcher.vocabulary import LOCKED, Decision, Readiness, Rule, Status

NOT_READY = WhyNot("not ready yet", "not_ready")
GONE = WhyNot("no longer available", "not_available")
ASKS_NONE = WhyNot("asks for no mentor", "asks_for_none")
HELD = WhyNot("held by a decision after an earlier run", "held")
RESTS = WhyNot("resting after leaving or declining a match", "withdrew")
_TAKES_PART = WhyNot("")


def said_of(reason: str) -> str:
    """Return the reason of a closed gate as it is said of somebody, such as 'is not ready yet'."""
    return reason if reason == ASKS_NONE else f"is {reason}"


@dataclass(frozen=True)
class Gate:
    """For each person of one side, why they are kept out; empty where they take part."""

    reason: tuple[WhyNot, ...]

    @cached_property
    def is_open(self) -> Bools:
        """Return who takes part: (p,)."""
        return np.array([not why for why in self.reason], dtype=bool)


def mentee_gate(cohort: Cohort, config: Config, decisions: pd.DataFrame) -> Gate:
    """Return which mentees take part."""
    frame = cohort.mentees
    closed = (
        (ASKS_NONE, feature_columns.numbers_of(frame, "max_mentors") == 0),
        (GONE, _is_gone(frame, cohort)),
        (NOT_READY, _is_unready(frame, config)),
        (HELD, _is_held(cohort.mentee_index, decisions, "mentee_id", "mentor_id")),
        (RESTS, _resting(cohort, frame, config, ("mentee_id", Status.WITHDREW_MENTEE)) > 0),
    )
    return _gate(len(frame), closed)


def mentor_gate(cohort: Cohort, config: Config, decisions: pd.DataFrame) -> Gate:
    """Return which mentors take part."""
    frame = cohort.mentors
    closed = (
        (GONE, _is_gone(frame, cohort)),
        (NOT_READY, _is_unready(frame, config)),
        (HELD, _is_held(cohort.mentor_index, decisions, "mentor_id", "mentee_id")),
        (RESTS, (_places_left(cohort, config) > 0) & ~_goes_on(cohort)),
    )
    return _gate(len(frame), closed)


def takes_nobody_else(cohort: Cohort, config: Config) -> Bools:
    """Return which mentors left a match and went on with somebody: their free places rest, (m,)."""
    return _goes_on(cohort) & (_places_left(cohort, config) > 0)


def _gate(size: int, closed: Sequence[tuple[WhyNot, Bools]]) -> Gate:
    reason = [_TAKES_PART] * size
    for why, who in reversed(closed):
        for person in np.flatnonzero(who).tolist():
            reason[person] = why
    return Gate(tuple(reason))


def _is_gone(frame: pd.DataFrame, cohort: Cohort) -> Bools:
    if "available_until" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    until = pd.to_datetime(frame["available_until"])
    return np.asarray((until < pd.Timestamp(cohort.as_of)).to_numpy(dtype=bool))


def _is_unready(frame: pd.DataFrame, config: Config) -> Bools:
    if not config.eligibility.require_ready:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray((frame["ready"].astype(object) == Readiness.NO.value).to_numpy(dtype=bool))


def _is_held(index: Index, decisions: pd.DataFrame, person: str, other: str) -> Bools:
    """Return who is held as a person: a hold that names a pair is a ban of that pair."""
    held = decisions[(decisions["decision"] == Decision.HOLD.value) & (decisions[other] == "")]
    return np.isin(np.array(index.ids, dtype=object), held[person].to_numpy(dtype=object))


def _resting(
    cohort: Cohort, frame: pd.DataFrame, config: Config, side: tuple[str, Status]
) -> Positions:
    """Return how many matches somebody left by record within the cooldown, and signed up not since.

    Who only wants somebody else is recorded as a mismatch.
    """
    person, status = side
    table = cohort.engagements
    own = table[(table["status"] == status.value) & table["recorded_at"].notna()]
    ended = pd.to_datetime(own["end"])
    rests = (pd.Timestamp(cohort.as_of) - ended).dt.days < config.eligibility.cooldown_days
    if "submitted" in frame:
        again = pd.to_datetime(frame.set_index("person_id")["submitted"]).to_dict()
        rests &= ~(pd.to_datetime(own[person].map(again)) > ended)
    count = own.loc[rests, person].value_counts().to_dict()
    return np.array([count.get(p, 0) for p in frame["person_id"]], dtype=np.int64)


def _places_left(cohort: Cohort, config: Config) -> Positions:
    return _resting(cohort, cohort.mentors, config, ("mentor_id", Status.WITHDREW_MENTOR))


def _goes_on(cohort: Cohort) -> Bools:
    """Return which mentors went on with somebody after the last match that they left."""
    table = cohort.engagements
    status, ended = table["status"].astype(object), pd.to_datetime(table["end"])
    left = ended[status == Status.WITHDREW_MENTOR.value].groupby(table["mentor_id"]).max()
    last = pd.to_datetime(table["mentor_id"].map(left.to_dict()))
    stays = status.isin(LOCKED) | ((status == Status.COMPLETED.value) & (ended >= last))
    return np.isin(cohort.mentors["person_id"], table.loc[stays, "mentor_id"])


class Ban(IntFlag):
    """Why a pair must not be made; several reasons may hold."""

    SELF = 1
    VETO = 2
    NEVER = 4
    DECISION = 8
    AVOID = 16
    MANAGER = 32
    FAILED = 64
    COOLDOWN = 128
    QUESTION = 256


PRIVATE = WhyNot("not permitted", "private")
"""How everything reads that is said in confidence."""
BAN_WORDS: dict[Ban, WhyNot] = {
    Ban.SELF: WhyNot("people are not matched with themselves", "self"),
    Ban.VETO: PRIVATE,
    Ban.NEVER: PRIVATE,
    Ban.DECISION: WhyNot("banned by a decision after an earlier run", "banned"),
    Ban.AVOID: PRIVATE,
    Ban.MANAGER: WhyNot("one is in the other's line of management", "manager"),
    Ban.FAILED: WhyNot("an earlier engagement of the two was declined or a mismatch", "declined"),
    Ban.QUESTION: PRIVATE,
    Ban.COOLDOWN: WhyNot("an earlier engagement of the two ended within the cooldown", "cooldown"),
}
"""Reasons in words; vetoes and rules are confidential, so they read alike."""

DECREED = Ban.SELF | Ban.VETO | Ban.NEVER | Ban.DECISION
"""Bans that somebody laid on this very pair: they contradict a lock, other bans give way to it."""


@dataclass(frozen=True)
class PairBans:
    """Banned pairs with their reasons."""

    table: PairTable

    @classmethod
    def build(cls, shape: tuple[int, int], parts: Iterable[tuple[Ban, Positions]]) -> Self:
        """Merge lists of (k, 2) pairs, each banned for one reason."""
        given = [(ban, pairs) for ban, pairs in parts if len(pairs)]
        pairs = np.concatenate([pairs for _, pairs in given] or [np.empty((0, 2), dtype=np.int64)])
        flags = np.repeat([int(ban) for ban, _ in given], [len(p) for _, p in given])
        flags = flags.astype(np.int64)
        code = pairs[:, 0] * max(1, shape[1]) + pairs[:, 1]
        order = np.argsort(code, kind="stable")
        distinct, start = np.unique(code[order], return_index=True)
        merged = np.bitwise_or.reduceat(flags[order], start) if len(start) else flags
        i, j = np.divmod(distinct, max(1, shape[1]))
        return cls(PairTable.build(i, j, merged.astype(np.float64), shape))

    def banned(self, pairs: Selection) -> Bools:
        """Return which of the pairs are banned, in the selection's shape."""
        return pairs.scatter(self.table).answered

    def flags(self, pairs: Selection) -> Positions:
        """Return the reasons of each pair as `Ban` flags, 0 where there is none."""
        return np.asarray(pairs.scatter(self.table).values, dtype=np.int64)


def _ban_words(flags: int) -> list[WhyNot]:
    """Return the reasons in words, each once."""
    return list(dict.fromkeys(words for ban, words in BAN_WORDS.items() if flags & ban))


@dataclass(frozen=True)
class SharedItems:
    """Sets of both sides of which two people should share something, where both stated any."""

    sets: feature_columns.Sets
    mentee_stated: Bools
    mentor_stated: Bools

    @classmethod
    def of(cls, cohort: Cohort, config: Config, column: str) -> Self:
        """Read a list column of both sides."""
        separator = feature_columns.separator_of(config)
        sides = [
            feature_columns.items_of(f, column, separator) for f in (cohort.mentees, cohort.mentors)
        ]
        return cls(
            feature_columns.code_sets(*sides),
            feature_columns.stated(sides[0]),
            feature_columns.stated(sides[1]),
        )

    def nothing_shared(self, pairs: Selection) -> Bools:
        """Return which pairs both answered and share nothing, in the selection's shape."""
        both = pairs.mentee(self.mentee_stated) & pairs.mentor(self.mentor_stated)
        return np.asarray(both & (self.sets.shared(pairs) == 0))


@dataclass(frozen=True)
class MustDiffer:
    """A column in which mentor and mentee must differ where both are known."""

    column: str
    mentee: Positions
    """(n,) code of each value, -1 unknown."""
    mentor: Positions


@dataclass(frozen=True)
class PairEligibility:
    """All that keeps pairs apart, looked up for blocks of pairs."""

    mentee_gate: Gate
    mentor_gate: Gate
    bans: PairBans
    different: tuple[MustDiffer, ...]
    needed: tuple[tuple[str, SharedItems | Weeks], ...]
    """By column, what pairs must share: modes and availability where they ban, and `same`."""

    def allowed(self, pairs: Selection) -> Bools:
        """Return which pairs no rule keeps apart, in the selection's shape."""
        fine = pairs.mentee(self.mentee_gate.is_open) & pairs.mentor(self.mentor_gate.is_open)
        fine = fine & ~self.bans.banned(pairs)
        for rule in self.different:
            fine &= ~_same(rule, pairs)
        for _, items in self.needed:
            fine &= ~items.nothing_shared(pairs)
        return np.asarray(fine)

    def decreed_against(self, pairs: Selection) -> Bools:
        """Return which pairs somebody banned by name, which not even a lock overrides."""
        return np.asarray((self.bans.flags(pairs) & int(DECREED)) != 0)

    def laid(self, i: int, j: int) -> Ban:
        """Return the bans on mentee `i` and mentor `j`."""
        return Ban(int(self.bans.flags(Listed(np.array([i]), np.array([j])))[0]))

    def reasons(self, i: int, j: int) -> list[WhyNot]:
        """Return in words everything that keeps mentee `i` and mentor `j` apart."""
        return list(self._reasons(i, j, Listed(np.array([i]), np.array([j]))))

    def _reasons(self, i: int, j: int, pair: Listed) -> Iterator[WhyNot]:
        sides = ("mentee", self.mentee_gate.reason[i]), ("mentor", self.mentor_gate.reason[j])
        for side, why in sides:
            if why:
                yield WhyNot(f"the {side} {said_of(why)}", why.code, side)
        yield from _ban_words(int(self.bans.flags(pair)[0]))
        for column in (r.column for r in self.different if _same(r, pair)[0]):
            yield WhyNot(f"both have the same {column}", "same", column)
        for column in (c for c, items in self.needed if items.nothing_shared(pair)[0]):
            yield WhyNot(f"no shared {column}", "shared", column)


def read_eligibility(
    cohort: Cohort,
    config: Config,
    decisions: pd.DataFrame,
    history: named_pairs.History | None = None,
) -> PairEligibility:
    """Collect everything that keeps pairs of a cohort apart."""
    rules = config.eligibility
    past = history or named_pairs.read_history(cohort, rules.cooldown_days)
    shape = len(cohort.mentees), len(cohort.mentors)
    by_decree = (
        (Ban.VETO, named_pairs.veto_pairs(cohort)),
        (Ban.NEVER, named_pairs.rule_pairs(cohort, Rule.NEVER)),
        (Ban.DECISION, named_pairs.decided_pairs(cohort, decisions, Decision.BAN, Decision.HOLD)),
    )
    levels = rules.manager_levels
    decreed = np.concatenate([pairs for _, pairs in by_decree])
    bans = (
        *by_decree,
        (Ban.SELF, named_pairs.own_pairs(cohort)),
        (Ban.AVOID, named_pairs.avoided_pairs(cohort)[0]),
        (Ban.MANAGER, named_pairs.line_pairs(cohort, levels)),
        (Ban.FAILED, past.failed),
        (Ban.COOLDOWN, past.cooling),
        (Ban.QUESTION, named_pairs.unsettled_pairs(cohort)),
        (Ban.QUESTION, named_pairs.shared_bans(cohort, levels, decreed)),
    )
    shared = [("modes", rules.mode), ("availability", rules.availability)]
    needed = [*(column for column, how in shared if how == "ban"), *rules.same]
    return PairEligibility(
        mentee_gate=mentee_gate(cohort, config, decisions),
        mentor_gate=mentor_gate(cohort, config, decisions),
        bans=PairBans.build(shape, bans),
        different=tuple(_must_differ(cohort, column) for column in rules.different),
        needed=tuple((column, _to_share(cohort, config, column)) for column in needed),
    )


def _to_share(cohort: Cohort, config: Config, column: str) -> SharedItems | Weeks:
    is_week = column == "availability"
    return Weeks.of(cohort, config) if is_week else SharedItems.of(cohort, config, column)


def _must_differ(cohort: Cohort, column: str) -> MustDiffer:
    words = fold_each(pd.concat([cohort.mentees[column], cohort.mentors[column]]))
    codes = pd.factorize(np.array([word or None for word in words]))[0].astype(np.int64)
    n = len(cohort.mentees)
    return MustDiffer(column, codes[:n], codes[n:])


def _same(rule: MustDiffer, pairs: Selection) -> Bools:
    code = pairs.mentee(rule.mentee)
    return np.asarray((code == pairs.mentor(rule.mentor)) & (code >= 0))
