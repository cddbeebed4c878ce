"""Which pairs are possible, whatever they would be worth: the hard constraints on single pairs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Listed, Selection
from matcher.scoring.avoidance import avoided_pairs
from matcher.scoring.bans import DECREED, Ban, PairBans, ban_words
from matcher.scoring.gates import Gate, mentee_gate, mentor_gate, said_of
from matcher.scoring.managers import line_pairs
from matcher.scoring.past_pairs import History, read_history
from matcher.scoring.slots import SharedItems
from matcher.text import fold_each
from matcher.vocabulary import Decision, Role, Rule


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
    needed: tuple[tuple[str, SharedItems], ...]
    """By column (modes, availability), what pairs must share."""

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

    def reasons(self, i: int, j: int) -> list[str]:
        """Return in words everything that keeps mentee `i` and mentor `j` apart."""
        pair = Listed(np.array([i]), np.array([j]))
        return list(self._reasons(i, j, pair))

    def _reasons(self, i: int, j: int, pair: Listed) -> Iterator[str]:
        if self.mentee_gate.reason[i]:
            yield f"the mentee {said_of(self.mentee_gate.reason[i])}"
        if self.mentor_gate.reason[j]:
            yield f"the mentor {said_of(self.mentor_gate.reason[j])}"
        yield from ban_words(int(self.bans.flags(pair)[0]))
        yield from (f"both have the same {r.column}" for r in self.different if _same(r, pair)[0])
        yield from (f"no shared {c}" for c, items in self.needed if items.nothing_shared(pair)[0])


def read_eligibility(
    cohort: Cohort, config: Config, decisions: pd.DataFrame, history: History | None = None
) -> PairEligibility:
    """Collect everything that keeps pairs of a cohort apart."""
    rules = config.eligibility
    past = history or read_history(cohort, rules.cooldown_days)
    shape = len(cohort.mentees), len(cohort.mentors)
    bans = (
        (Ban.SELF, own_pairs(cohort)),
        (Ban.VETO, veto_pairs(cohort)),
        (Ban.NEVER, rule_pairs(cohort, Rule.NEVER)),
        (Ban.DECISION, decided_pairs(cohort, decisions, Decision.BAN, Decision.HOLD)),
        (Ban.AVOID, avoided_pairs(cohort)[0]),
        (Ban.MANAGER, np.column_stack(line_pairs(cohort, rules.manager_levels))),
        (Ban.FAILED, past.failed),
        (Ban.COOLDOWN, past.cooling),
    )
    needed = (("modes", rules.mode), ("availability", rules.availability))
    return PairEligibility(
        mentee_gate=mentee_gate(cohort, config, decisions),
        mentor_gate=mentor_gate(cohort, config, decisions),
        bans=PairBans.build(shape, bans),
        different=tuple(_must_differ(cohort, column) for column in rules.different),
        needed=tuple((c, SharedItems.of(cohort, config, c)) for c, how in needed if how == "ban"),
    )


def own_pairs(cohort: Cohort) -> Positions:
    """Return mentee and mentor position of everybody who is both: (k, 2)."""
    mentor = cohort.mentor_index.positions(cohort.mentee_index.ids)
    mentee = np.flatnonzero(mentor >= 0)
    return np.column_stack([mentee, mentor[mentee]])


def veto_pairs(cohort: Cohort) -> Positions:
    """Return pairs that one side vetoes; without a role the veto holds in both directions."""
    table = cohort.preferences
    vetoes = table[table["veto"].fillna(value=False).astype(bool)]
    role = vetoes["role"].astype(object)
    as_mentee, as_mentor = role != Role.MENTOR.value, role != Role.MENTEE.value
    return np.concatenate(
        [
            pair_positions(cohort, *_columns(vetoes[as_mentee], "person_id", "other_id")),
            pair_positions(cohort, *_columns(vetoes[as_mentor], "other_id", "person_id")),
        ]
    )


def rule_pairs(cohort: Cohort, rule: Rule) -> Positions:
    """Return the pairs of one kind of rule whose people are in the cohort: (k, 2)."""
    chosen = cohort.rules[cohort.rules["rule"].astype(object) == rule.value]
    return pair_positions(cohort, *_columns(chosen, "mentee_id", "mentor_id"))


def decided_pairs(cohort: Cohort, decisions: pd.DataFrame, *words: Decision) -> Positions:
    """Return the pairs on which one of `words` was decided: (k, 2)."""
    chosen = decisions[decisions["decision"].isin([word.value for word in words])]
    return pair_positions(cohort, *_columns(chosen, "mentee_id", "mentor_id"))


def pair_positions(cohort: Cohort, mentees: object, mentors: object) -> Positions:
    """Return distinct pairs of positions; pairs with somebody outside the cohort are left out."""
    i, j = cohort.mentee_index.positions(mentees), cohort.mentor_index.positions(mentors)
    known = (i >= 0) & (j >= 0)
    return np.unique(np.column_stack([i[known], j[known]]), axis=0).astype(np.int64)


def _columns(table: pd.DataFrame, *names: str) -> list[list[str]]:
    return [list(table[name]) for name in names]


def _must_differ(cohort: Cohort, column: str) -> MustDiffer:
    words = fold_each(pd.concat([cohort.mentees[column], cohort.mentors[column]]))
    codes = pd.factorize(np.array([word or None for word in words]))[0].astype(np.int64)
    n = len(cohort.mentees)
    return MustDiffer(column, codes[:n], codes[n:])


def _same(rule: MustDiffer, pairs: Selection) -> Bools:
    code = pairs.mentee(rule.mentee)
    return np.asarray((code == pairs.mentor(rule.mentor)) & (code >= 0))
