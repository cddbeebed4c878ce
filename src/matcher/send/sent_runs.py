"""Which runs were sent, and so what people have been told by a run that came before this one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from matcher.errors import StorageError
from matcher.intake.so_far import with_kept_pairs
from matcher.plans.plan_source import PlanSource
from matcher.publish.after_run import read_after
from matcher.publish.published_run import read_manifest
from matcher.run_tables import read_table
from matcher.send.pairs import PairStates


def pair_states(run: Path, source: PlanSource) -> PairStates:
    """Return where the pairs of a run stand, and what people know by letters that were sent.

    A run was sent if its letters were final and something was recorded of its pairs since.
    """
    states = _states(run, source)
    sent = (one for one in _with_earlier(run) if _is_sent(one, run, states))
    newest = next(sent, None)
    if newest is None:
        return states
    left = read_table(newest, "unmatched")
    told = zip(left["role"], left["person_id"], left["reason"], strict=True)
    was_sent = newest != run or next(sent, None) is not None
    return replace(states, was_sent=was_sent, told=frozenset(told))


def _states(run: Path, source: PlanSource) -> PairStates:
    kept = replace(source, cohort=with_kept_pairs(source.cohort, run, source.config))
    return PairStates(source, kept.engagements_of)


def _with_earlier(run: Path) -> Iterator[Path]:
    """Yield a run and those that it stayed close to, the newest first."""
    seen: set[Path] = set()
    following: Path | None = run
    while following is not None and following not in seen:
        seen.add(following)
        yield following
        stated = (read_manifest(following).get("options") or {}).get("previous")
        following = Path(str(stated)) if stated else None


def _is_sent(one: Path, run: Path, states: PairStates) -> bool:
    if not read_after(one).get("approval"):
        return False
    if one == run:
        return states.said_since()
    try:
        matches = read_table(one, "matches")
    except StorageError:
        return False
    return _states(one, states.source.with_matches(matches)).said_since()
