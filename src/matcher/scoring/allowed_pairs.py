"""Which pairs can be made, and how: the hard constraints of a cohort in one object."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Codes, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.decisions.decisions import current_decisions, decision_table
from matcher.errors import Finding, WhyNot
from matcher.features.base import Block, Listed, PairTable, Selection
from matcher.features.feature_set import FeatureSet
from matcher.scoring import named_pairs, reciprocity
from matcher.scoring.approaches import CODES, NOT_ALLOWED, ApproachChoice
from matcher.scoring.eligibility import Ban, PairEligibility, read_eligibility, takes_nobody_else
from matcher.vocabulary import Approach, Decision, Rule


@dataclass(frozen=True)
class Forced:
    """Pairs (k, 2) that must be made because somebody says so, and that are under way already."""

    must: Positions
    locked: Positions


def _read_forced(cohort: Cohort, history: named_pairs.History, decisions: pd.DataFrame) -> Forced:
    """Collect the forced pairs of a cohort; released pairs are free again."""
    wanted = named_pairs.decided_pairs(cohort, decisions, Decision.LOCK, Decision.ASSIGN)
    released = named_pairs.decided_pairs(cohort, decisions, Decision.RELEASE)
    must = np.concatenate([named_pairs.rule_pairs(cohort, Rule.MUST), wanted])
    locked = without(history.locked, released, len(cohort.mentors))
    must = without(without(must, released, len(cohort.mentors)), locked, len(cohort.mentors))
    return Forced(np.unique(must, axis=0), locked)


def without(pairs: Positions, others: Positions, n_mentors: int) -> Positions:
    """Return the pairs that are not among `others`: (k, 2)."""
    width = max(1, n_mentors)
    codes, drop = pairs[:, 0] * width + pairs[:, 1], others[:, 0] * width + others[:, 1]
    return pairs[~np.isin(codes, drop)]


def _check_ruled_people(cohort: Cohort) -> Iterator[Finding]:
    """Yield a warning for each rule about somebody who is not being matched."""
    table, indexes = cohort.rules, (cohort.mentee_index, cohort.mentor_index)
    for people in dict.fromkeys(zip(table["mentee_id"], table["mentor_id"], strict=True)):
        for role, person, index in zip(("mentee", "mentor"), people, indexes, strict=True):
            if index.positions([person])[0] < 0:
                message = f"{role} {person} is not in this round, so the rule has no effect"
                yield Finding("W_RULE_UNUSED", message, "check the id", table="rules")
                break


def _check_done(cohort: Cohort) -> Iterator[Finding]:
    """Yield a warning for each rule that forces a pair that was made and has ended since."""
    for (mentee, mentor), row in _must_rows(cohort).items():
        if status := cohort.over.get((mentee, mentor)):
            message = f"{mentee} and {mentor} are recorded as {status}: what forced them is done"
            remedy = "remove the rule; to force them again, record them as proposed"
            yield Finding("W_RULE_UNUSED", message, remedy, table="rules", row=row)


def _must_rules(cohort: Cohort) -> pd.DataFrame:
    """Return the ``must`` rules with `source_row`, which is None where the input has no rows."""
    must = cohort.rules[cohort.rules["rule"].astype(object) == Rule.MUST.value]
    return must if "source_row" in must.columns else must.assign(source_row=None)


def _check_self_pairs(cohort: Cohort) -> Iterator[Finding]:
    """Yield a finding for each rule that forces somebody to be their own mentor."""
    must = _must_rules(cohort)
    own = must[must["mentee_id"] == must["mentor_id"]]
    for person, row in zip(own["mentee_id"], own["source_row"], strict=True):
        yield Finding(
            "I_SELF_PAIR",
            f"{person} is forced to be their own mentor",
            "remove the rule",
            table="rules",
            row=None if row is None else int(row),
        )


def contradiction(
    mentee: str,
    mentor: str,
    how: str,
    reasons: Sequence[WhyNot],
    *,
    remedy: str = "withdraw one of the two",
    place: tuple[str, int | None] = ("", None),
    shown: Callable[[str], str] = str,
) -> Finding:
    """Return the finding that a forced pair must not be made; `place` is where that is stated."""
    told = (*reasons,) or (NO_APPROACH,)
    pair = f"{shown(mentee)} and {shown(mentor)}"
    return Finding(
        "I_CONTRADICTION",
        f"{pair} are {how}, but the pair is not possible ({'; '.join(told)})",
        remedy,
        table=place[0],
        row=place[1],
        pair=(mentee, mentor),
        reasons=told,
    )


def _must_rows(cohort: Cohort) -> dict[tuple[str, str], int]:
    """Return the row of each ``must`` rule by its pair, where the input has rows."""
    must = _must_rules(cohort).dropna(subset=["source_row"])
    columns = [must[name].tolist() for name in ("mentee_id", "mentor_id", "source_row")]
    return {(str(a), str(b)): int(row) for a, b, row in zip(*columns, strict=True)}


NO_APPROACH = WhyNot("no approach in common", "approach")
NO_SENIORITY = WhyNot("seniority does not fit", "seniority")


@dataclass(frozen=True)
class Candidates:
    """Allowed pairs of n mentees and m mentors, looked up by block, and the forced pairs."""

    shape: tuple[int, int]
    eligibility: PairEligibility
    approaches: ApproachChoice
    locked_approach: PairTable
    """Approach of each locked pair, which holds whatever other rules say."""
    reciprocal: reciprocity.ReciprocalCandidates
    must: Positions
    """(k, 2) pairs forced by rules and decisions."""
    locked: Positions
    """(k, 2) pairs that are under way."""
    required: Positions
    """(k, 2) forced pairs that are matched one way."""
    required_reciprocal: Positions
    """(k,) numbers of the reciprocal pairs that are forced."""
    places_elsewhere: Positions
    """(m,) places given to locked mentees outside this cohort."""
    takes_nobody_else: Bools
    """(m,) mentors whose places are no more than those of the pairs they go on with."""
    wishes: reciprocity.ReciprocalWishes | None = None
    """Who asks for reciprocal mentoring by name; None where the programme does not offer it."""
    findings: tuple[Finding, ...] = ()
    """Warnings, and contradictions (codes ``I_``) that make the cohort infeasible."""

    @property
    def forced(self) -> tuple[Positions, Positions]:
        """(k, 2) pairs that are forced or under way, and (k,) their reciprocal pair, -1 none."""
        pairs = np.unique(np.concatenate([self.must, self.locked]), axis=0)
        return pairs, self.reciprocal.number_of(pairs[:, 0], pairs[:, 1])

    def weighed_by(self, features: FeatureSet) -> Self:
        """Return the same where pairs take the approach that scores best by other weights."""
        return replace(self, approaches=self.approaches.weighed_by(features))

    @property
    def nameless(self) -> Self:
        """The same with what `block` reads and no more, to be sent elsewhere."""
        nobody = np.empty(0, dtype=np.int64)
        nothing = nobody.reshape(0, 2)
        return replace(
            self,
            approaches=self.approaches.nameless,
            reciprocal=self.reciprocal.none,
            must=nothing,
            locked=nothing,
            required=nothing,
            required_reciprocal=nobody,
            places_elsewhere=nobody,
            takes_nobody_else=nobody.astype(bool),
            wishes=None,
            findings=(),
        )

    def block(self, rows: Positions) -> Codes:
        """Return the one-way approach of mentees `rows` with every mentor, -1 for none: (b, m)."""
        return self.approach(Block(rows, self.shape[1]))

    def listed(self, i: Positions, j: Positions) -> Codes:
        """Return the one-way approach of single pairs, -1 where a pair is not allowed: (p,)."""
        return self.approach(Listed(np.asarray(i), np.asarray(j)))

    def approach(self, pairs: Selection) -> Codes:
        """Return the one-way approach of any selection of pairs, in its shape."""
        code = np.where(self.eligibility.allowed(pairs), self.approaches.choose(pairs), NOT_ALLOWED)
        locked = pairs.scatter(self.locked_approach)
        return np.where(locked.answered, locked.values, code).astype(np.int8)

    def why_not(self, i: int, j: int) -> list[WhyNot]:
        """Return in words why `i` and `j` cannot be matched one way; empty if they can."""
        if (i, j) not in self._told:
            self._told[i, j] = self._why_not(i, j)
        return self._told[i, j]

    @cached_property
    def _told(self) -> dict[tuple[int, int], list[WhyNot]]:
        """Answers given: a conflict names the same pairs to everybody whom it leaves out."""
        return {}

    def _why_not(self, i: int, j: int) -> list[WhyNot]:
        pair = Listed(np.array([i]), np.array([j]))
        if self.approach(pair)[0] != NOT_ALLOWED:
            return []
        reasons = self.eligibility.reasons(i, j)
        if self.approaches.choose(pair)[0] == NOT_ALLOWED:
            reasons.append(self._no_approach(pair))
        return reasons

    def _no_approach(self, pair: Listed) -> WhyNot:
        """Return what truly differs where no approach is both common and fitting."""
        shared = self.approaches.shared_names(pair)
        if shared == [Approach.REVERSE]:
            newer = "reverse mentoring takes somebody newer there or more junior"
            return WhyNot(f"{NO_SENIORITY}: {newer}", NO_SENIORITY.code)
        if shared:
            return NO_SENIORITY
        both_ways = self.wishes.in_the_way(int(pair.i[0]), int(pair.j[0])) if self.wishes else ""
        return WhyNot(both_ways, "both_ways") if both_ways else NO_APPROACH


def find_candidates(
    cohort: Cohort,
    config: Config,
    *,
    decisions: pd.DataFrame | None = None,
    features: FeatureSet | None = None,
) -> Candidates:
    """Apply the hard constraints of DESIGN section 5 to a cohort.

    Contradictions are findings of the result, not errors yet, so that they can be told together
    with what is found later. `decisions` is a frame as ``matcher.decisions.decisions`` returns it;
    by `features` a pair takes the approach that scores best, without them the menu's first.
    """
    given = decision_table() if decisions is None else decisions
    final = current_decisions(given)
    history = named_pairs.read_history(cohort, config.eligibility.cooldown_days)
    eligibility = read_eligibility(cohort, config, final, history)
    stated = _read_forced(cohort, history, final)
    forced = _without_decreed(stated, eligibility)
    reciprocal, one_sided = reciprocity.find_reciprocal(cohort, config, eligibility, forced.locked)
    approaches = ApproachChoice.of(cohort, config, features)
    draft = Candidates(
        shape=(len(cohort.mentees), len(cohort.mentors)),
        eligibility=eligibility,
        approaches=approaches,
        locked_approach=_locked_approaches(cohort, approaches, forced.locked),
        reciprocal=reciprocal,
        must=forced.must,
        locked=forced.locked,
        required=np.empty((0, 2), dtype=np.int64),
        required_reciprocal=np.empty(0, dtype=np.int64),
        places_elsewhere=history.places_elsewhere,
        takes_nobody_else=takes_nobody_else(cohort, config),
        wishes=reciprocity.ReciprocalWishes.of(cohort, config),
    )
    warnings = (
        *named_pairs.avoided_pairs(cohort)[1],
        *one_sided,
        *_check_ruled_people(cohort),
        *_check_done(cohort),
        *_kept_against(cohort, eligibility, forced.locked),
    )
    faults = (
        *_check_self_pairs(cohort),
        *_check_locked(cohort, eligibility, stated.locked, forced.locked),
        *_check_must(cohort, draft, config, final),
    )
    return replace(_with_required(draft), findings=(*warnings, *faults))


def _without_decreed(forced: Forced, eligibility: PairEligibility) -> Forced:
    """Drop locked pairs that somebody banned by name: they are reported as contradictions."""
    banned = eligibility.decreed_against(Listed(forced.locked[:, 0], forced.locked[:, 1]))
    return Forced(forced.must, forced.locked[~banned])


def _locked_approaches(cohort: Cohort, approaches: ApproachChoice, locked: Positions) -> PairTable:
    code = approaches.choose(Listed(locked[:, 0], locked[:, 1])).astype(np.float64)
    fallback = CODES[(*approaches.menu, Approach.DEVELOPMENTAL)[0]]
    code = np.where(code == NOT_ALLOWED, fallback, code)
    shape = len(cohort.mentees), len(cohort.mentors)
    return PairTable.build(locked[:, 0], locked[:, 1], code, shape)


def _with_required(draft: Candidates) -> Candidates:
    """Sort the forced pairs that are possible into one-way items and reciprocal pairs.

    A pair forced in both directions is a reciprocal one; a pair forced in one direction is matched
    one way where that is possible.
    """
    forced, number = draft.forced
    met, times = np.unique(number[number >= 0], return_counts=True)
    forth_and_back = np.isin(number, met[times > 1])
    one_way = draft.listed(forced[:, 0], forced[:, 1]) != NOT_ALLOWED
    both = (number >= 0) & (forth_and_back | ~one_way)
    return replace(
        draft, required=forced[one_way & ~both], required_reciprocal=np.unique(number[both])
    )


def _check_must(
    cohort: Cohort, draft: Candidates, config: Config, decisions: pd.DataFrame
) -> Iterator[Finding]:
    pairs = without(draft.must, named_pairs.own_pairs(cohort), draft.shape[1])
    possible = draft.listed(pairs[:, 0], pairs[:, 1]) != NOT_ALLOWED
    possible |= draft.reciprocal.number_of(pairs[:, 0], pairs[:, 1]) >= 0
    rows, decided = _must_rows(cohort), _deciding_rows(decisions)
    for i, j in pairs[~possible].tolist():
        names = cohort.mentee_index.ids[i], cohort.mentor_index.ids[j]
        reasons, (table, row, word) = draft.why_not(i, j), decided.get(names, ("", None, ""))
        source = "decision" if word else "rule"
        more = _other_programme(config, source) if reasons == [NO_APPROACH] else {}
        if draft.eligibility.laid(i, j) & Ban.QUESTION:
            answer = "answer the open question about the two, which matcher check lists"
            more = {"remedy": f"{answer}, or withdraw one of the two"}
        if reasons == [NO_APPROACH] and more:
            reasons = [WhyNot(f"{NO_APPROACH}: {_offered(config)}", NO_APPROACH.code)]
        place = (table, row) if word or names not in rows else ("rules", rows[names])
        how = f"forced by the decision {word}" if word else "forced"
        shown = cohort.people.shown
        yield contradiction(*names, how, reasons, place=place, shown=shown, **more)
    yield from _check_opposite(cohort, draft)


def _offered(config: Config) -> str:
    menu = ", ".join(approach.value for approach in config.programme.approaches)
    return f"the programme offers {menu}"


def _deciding_rows(decisions: pd.DataFrame) -> dict[tuple[str, str], tuple[str, int | None, str]]:
    """Return where pairs are forced by a decision, and by which, as far as a table says so."""
    columns = ["mentee_id", "mentor_id", "decision", "table", "row"]
    told = decisions.reindex(columns=columns, fill_value="").itertuples(index=False)
    forcing = (Decision.LOCK.value, Decision.ASSIGN.value)
    return {(i, j): (at, int(row or 0) or None, w) for i, j, w, at, row in told if w in forcing}


def _other_programme(config: Config, source: str) -> dict[str, str]:
    """Return what helps where a pair was agreed for a programme of another kind than this one."""
    if set(config.programme.approaches) == set(Approach):
        agreed = "write what the two agree on under approaches of one, in corrections.jsonl"
        return {"remedy": f"withdraw the {source}, or {agreed}"}
    return {
        "remedy": f"add an approach that both list to [programme] approaches, withdraw the "
        f"{source}, or release the pair with --decisions"
    }


def _check_opposite(cohort: Cohort, draft: Candidates) -> Iterator[Finding]:
    """Yield a contradiction for two people forced both ways who cannot be a reciprocal pair."""
    ids = cohort.mentee_index.ids, cohort.mentor_index.ids
    forced, number = draft.forced
    names = {(ids[0][i], ids[1][j]) for i, j in forced[number < 0].tolist()}
    for mentee, mentor in sorted(names):
        if mentee < mentor and (mentor, mentee) in names:
            why = [WhyNot("they do not both agree to mentor each other", "both_ways")]
            yield contradiction(mentee, mentor, "forced in both directions", why)


def _kept_against(
    cohort: Cohort, eligibility: PairEligibility, locked: Positions
) -> Iterator[Finding]:
    """Yield each engaged pair that goes on though one must not meet the other: never in silence."""
    flags = eligibility.bans.flags(Listed(locked[:, 0], locked[:, 1]))
    against = (flags & int(Ban.AVOID | Ban.MANAGER | Ban.QUESTION)) != 0
    for i, j in locked[against].tolist():
        names = cohort.mentee_index.ids[i], cohort.mentor_index.ids[j]
        why = "; ".join(eligibility.reasons(i, j))
        message = f"{names[0]} and {names[1]} are engaged with each other and stay so ({why})"
        remedy = "if they should part, set the status, or release the pair with --decisions"
        yield Finding("W_KEPT_AGAINST", message, remedy)


def _check_locked(
    cohort: Cohort, eligibility: PairEligibility, stated: Positions, kept: Positions
) -> Iterator[Finding]:
    """Yield a contradiction for each engaged pair that somebody banned by name."""
    for i, j in without(stated, kept, len(cohort.mentors)).tolist():
        names = cohort.mentee_index.ids[i], cohort.mentor_index.ids[j]
        yield contradiction(*names, "engaged with each other", eligibility.reasons(i, j))
