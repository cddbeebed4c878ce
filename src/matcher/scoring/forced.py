"""Pairs that every solution holds: `must` rules, decisions and locked engagements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Positions
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.scoring.named_pairs import History, decided_pairs, rule_pairs
from matcher.vocabulary import Decision, Rule


@dataclass(frozen=True)
class Forced:
    """Pairs (k, 2) that must be made because somebody says so, and that are under way already."""

    must: Positions
    locked: Positions


def read_forced(cohort: Cohort, history: History, decisions: pd.DataFrame) -> Forced:
    """Collect the forced pairs of a cohort; released pairs are free again."""
    wanted = decided_pairs(cohort, decisions, Decision.LOCK, Decision.ASSIGN)
    released = decided_pairs(cohort, decisions, Decision.RELEASE)
    must = np.concatenate([rule_pairs(cohort, Rule.MUST), wanted])
    locked = without(history.locked, released, len(cohort.mentors))
    must = without(without(must, released, len(cohort.mentors)), locked, len(cohort.mentors))
    return Forced(np.unique(must, axis=0), locked)


def without(pairs: Positions, others: Positions, n_mentors: int) -> Positions:
    """Return the pairs that are not among `others`: (k, 2)."""
    width = max(1, n_mentors)
    codes, drop = pairs[:, 0] * width + pairs[:, 1], others[:, 0] * width + others[:, 1]
    return pairs[~np.isin(codes, drop)]


def check_ruled_people(cohort: Cohort) -> Iterator[Finding]:
    """Yield a warning for each rule about somebody who is not being matched."""
    table = cohort.rules
    for mentee, mentor in dict.fromkeys(zip(table["mentee_id"], table["mentor_id"], strict=True)):
        missing = _missing(cohort, mentee, mentor)
        if missing:
            message = f"{missing} is not in this round, so the rule has no effect"
            yield Finding("W_RULE_UNUSED", message, "check the id", table="rules")


def _missing(cohort: Cohort, mentee: str, mentor: str) -> str:
    if cohort.mentee_index.positions([mentee])[0] < 0:
        return f"mentee {mentee}"
    if cohort.mentor_index.positions([mentor])[0] < 0:
        return f"mentor {mentor}"
    return ""


def check_self_pairs(cohort: Cohort) -> Iterator[Finding]:
    """Yield a finding for each rule that forces somebody to be their own mentor."""
    table = cohort.rules
    must = table["rule"].astype(object) == Rule.MUST.value
    own = table[must & (table["mentee_id"] == table["mentor_id"])]
    rows = own["source_row"] if "source_row" in own.columns else [None] * len(own)
    for person, row in zip(own["mentee_id"], rows, strict=True):
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
    reasons: Sequence[str],
    *,
    remedy: str = "withdraw one of the two",
    row: int | None = None,
) -> Finding:
    """Return the finding that a forced pair must not be made; `row` is that of its rule."""
    why = "; ".join(reasons) or "no approach in common"
    return Finding(
        "I_CONTRADICTION",
        f"{mentee} and {mentor} are {how}, but the pair is not possible ({why})",
        remedy,
        table="" if row is None else "rules",
        row=row,
    )


def must_rows(cohort: Cohort) -> dict[tuple[str, str], int]:
    """Return the row of each ``must`` rule by its pair, where the input has rows."""
    table = cohort.rules
    if "source_row" not in table.columns:
        return {}
    must = table[table["rule"].astype(object) == Rule.MUST.value].dropna(subset=["source_row"])
    columns = [must[name].tolist() for name in ("mentee_id", "mentor_id", "source_row")]
    return {(str(a), str(b)): int(row) for a, b, row in zip(*columns, strict=True)}
