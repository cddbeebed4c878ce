"""What people have been told by letters of this run, and of runs that came before it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.cohort.cohort import Cohort
from matcher.errors import Finding, InputError, StorageError
from matcher.intake.so_far import recorded_pairs, told, with_kept_pairs
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import Record, grouped_pairs
from matcher.publish.after_run import earlier_manifests, read_after
from matcher.publish.published_run import approval_sentence, read_manifest
from matcher.run_tables import RunFile, read_table
from matcher.send.pairs import SAID, PairStates

PairRows = Mapping[tuple[str, str], Sequence[Record]]
NEWS, NOBODY, RECORD = "news", "nobody", "record"
"""Keys of a manifest of letters: what they tell, what of who has nobody, and the pairs by then."""


def pair_states(run: Path, source: PlanSource) -> PairStates:
    """Return where the pairs of a run stand, and what people know by letters that were sent.

    Letters were sent if they were final and something was recorded since: of any pair where they
    are this run's, of the run's own pairs where it is an earlier one. What who has nobody was told
    counts as far as the newest of those runs says it.
    """
    source = replace(source, history=_history(run, source))
    sent = [*_sent(run, _states(run, source))]
    known = {piece for manifests in sent for one in manifests for piece in one.get(NEWS, ())}
    known |= {piece for one in (sent[0] if sent else ()) for piece in one.get(NOBODY, ())}
    return _states(run, replace(source, told=frozenset(known)))


def _history(run: Path, source: PlanSource) -> PairRows:
    """Return all that is known of pairs: what runs keep of other tables, then the record."""
    recorded = grouped_pairs(recorded_pairs(source.cohort, source.config))
    found = {pair: [*rows] for pair, rows in recorded.items()}
    for one in _with_earlier(run):
        for pair, kept in _states(one, source).before.items():
            rows = found.setdefault(pair, [])
            said = [tuple(map(row.get, SAID)) for row in rows]
            rows[:0] = [row for row in kept if tuple(map(row.get, SAID)) not in said]
    return found


def record_digest(cohort: Cohort) -> str:
    """Return what the pairs of a cohort as they are recorded are known by."""
    columns = ("mentee_id", "mentor_id", "status", "start", "end", "recorded_at")
    rows = sorted(zip(*(map(told, cohort.engagements[name]) for name in columns), strict=True))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _states(run: Path, source: PlanSource) -> PairStates:
    kept = replace(source, cohort=with_kept_pairs(source.cohort, run, source.config))
    return PairStates(source, kept.engagements_of)


def _sent(run: Path, states: PairStates) -> Iterator[list[dict[str, Any]]]:
    """Yield what is said of the letters that were sent, by run, the newest first."""
    now = record_digest(states.source.cohort)
    for one in _with_earlier(run):
        final = [m for m in (read_after(one), *earlier_manifests(one)) if m.get("approval")]
        if one == run:
            final = [m for m in final if m.get(RECORD) != now]
        elif final and not _said_since(one, states):
            continue
        if final:
            yield final


def _with_earlier(run: Path) -> Iterator[Path]:
    """Yield a run and those that it stayed close to, the newest first."""
    seen: set[Path] = set()
    following: Path | None = run
    while following is not None and following not in seen:
        seen.add(following)
        yield following
        stated = (read_manifest(following).get("options") or {}).get("previous")
        following = Path(str(stated)) if stated else None


def refuse_followed(run: Path) -> None:
    """Refuse to write letters for a run after which another one was approved.

    What was true of the older one is not any more: who had a place may have lost it, and who is
    asked may be asked about somebody else.

    Raises
    ------
    InputError
        E_FOLLOWED with the name of the later run, in a folder beside this one.
    """
    here = run.resolve()
    for beside in sorted(path.parent for path in here.parent.glob(f"*/{RunFile.MANIFEST}")):
        earlier = [one.resolve() for one in _with_earlier(beside)][1:]
        if here in earlier and approval_sentence(beside):
            what = f"the run {beside.name} was made from this one and is approved"
            raise InputError(Finding("E_FOLLOWED", what, "send that one: its pairs are the ones"))


def _said_since(run: Path, states: PairStates) -> bool:
    try:
        matches = read_table(run, "matches")
    except StorageError:
        return False
    return _states(run, states.source.with_matches(matches)).said_since()
