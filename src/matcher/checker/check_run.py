"""Check a run folder: re-read it and its cohort, recompute everything, re-prove the bound.

Its files must be those that were published, and hold what the checker reads of a run.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from matcher import finished_run
from matcher.checker import figures, values
from matcher.checker.certificate import Labels, Line, fault
from matcher.checker.check_solution import VerifyReport, check_objective, check_tiers, prove
from matcher.checker.own_scores import taken_as_stated
from matcher.checker.rules import PeopleNames, broken_rules, check_positions, seat_codes
from matcher.checker.seal import changed_after, changed_manifest, foreign_files, hash_in
from matcher.checker.tier_proof import surely_missed, unproved_tiers
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import ConfigError, Finding, MatcherError
from matcher.features.kinds.text_fit import text_model
from matcher.privacy.black_out import BLACKED_OUT, blacked_out
from matcher.privacy.input_hashes import INPUT_KEY
from matcher.problem.instance import Instance
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Bools, Ints
from matcher.problem.rules.seats import SeatRule
from matcher.run_tables import RunFile
from matcher.scoring.approaches import CODES
from matcher.text import count_of
from matcher.vocabulary import Approach

CHECKED_TABLES = {
    "matches": finished_run.TableColumns(
        ("mentee_id", "mentor_id", "approach", "reciprocal", "role"), ("score",)
    ),
    "portfolios": finished_run.TableColumns(
        ("mentee_id",), ("n_mentors", "value", "relation", "coverage", "redundancy")
    ),
    "contributions": finished_run.TableColumns(
        ("mentee_id", "mentor_id", "feature", "answered", "value", "weight"), ("contribution",)
    ),
    "mentors": finished_run.TableColumns(("mentor_id",), ("capacity", "used", "price")),
    "certificate": finished_run.TableColumns(("kind", "id"), ("rhs", "dual")),
    "unmatched": finished_run.TableColumns(("person_id", "role")),
}
"""Tables that are checked. On purpose no part of what declares a run's tables: a copy."""


ANSWERS_SINCE = "outcomes.csv"
"""Answers of surveys, of which no match reads anything."""
CONSENTS_SINCE = "consents.csv"
"""Consents withdrawn or given, of which a run read those that were recorded before it."""
KEPT = "engagements.csv"
"""In a run the pairs that it was made from, beside a cohort those recorded until today."""


def _changed_files(run: finished_run.RunFiles) -> Iterator[Finding]:
    """Yield a finding for every published file that is not as the manifest says."""
    files = run.manifest.get("files")
    if not isinstance(files, dict):
        yield finished_run.damaged("the manifest lists no files", RunFile.MANIFEST)
        return
    for name, expected in files.items():
        parts = PurePosixPath(str(name))
        if parts.is_absolute() or ".." in parts.parts:
            yield finished_run.damaged(
                "the manifest lists a file outside the run", RunFile.MANIFEST
            )
            continue
        found = hash_in(run.folder / parts)
        if found == expected:
            continue
        what = "missing or cannot be read" if found is None else "not as it was published"
        yield finished_run.damaged(f"{name} is {what}", str(name), "C_HASH")
    for name in (*(f"{table}.csv" for table in CHECKED_TABLES), RunFile.SUMMARY, RunFile.CONFIG):
        if name not in files:
            yield finished_run.damaged(f"{name} is not listed in the manifest", RunFile.MANIFEST)


def _check_result_hash(run: finished_run.RunFiles) -> Iterator[Finding]:
    """Yield a finding if ids, approaches and roles do not hash to what the manifest says."""
    expected = run.manifest.get("result_sha256")
    if expected is None:
        return
    columns = ["mentee_id", "mentor_id", "approach", "role"]
    rows = sorted(run.tables["matches"][columns].itertuples(index=False, name=None))
    found = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    if found != expected:
        message = "the matches do not have the result hash of the manifest"
        yield finished_run.damaged(message, "matches", "C_HASH")


def _check_source(run: finished_run.RunFiles, cohort: Cohort) -> Iterator[Finding]:
    """Yield a finding for every input file that is not that of the run."""
    if not run.origin:
        return
    both = run.input_hashes(cohort)
    if both is None:
        message = (
            f"no {INPUT_KEY} of the run's is beside the tables: nothing says they are the same"
        )
        remedy = "what they give was compared; put the key of the run's cohort back for more"
        yield Finding("W_INPUT_KEY", message, remedy, "cohort")
        return
    before, now = both
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    # What is recorded after the run is no part of it: it keeps the pairs it was made from.
    keeps_pairs = KEPT in (run.manifest.get("files") or ())
    later = {KEPT, ANSWERS_SINCE, CONSENTS_SINCE} if keeps_pairs else set()
    if keeps_pairs and CONSENTS_SINCE in changed:
        message = f"{CONSENTS_SINCE} is not as on the day of the run, which is checked as of then"
        remedy = "match again without who withdrew; matcher status names them"
        yield Finding("W_CONSENTS_SINCE", message, remedy, "cohort")
    for name in sorted(changed - later):
        message = f"{name} is not what the run read"
        yield Finding("C_INPUT", message, "run the match again", "cohort")


Beyond = Callable[[finished_run.RunFiles, Instance], tuple[list[Finding], list[str]]]
"""What looks beyond the answer: what it finds, and what the run merely states."""


def verify_answer(
    run: str | Path,
    *,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
    check_hashes: bool = True,
    beyond: Beyond | None = None,
    instance: Instance | None = None,
    proves: bool = True,
) -> VerifyReport:
    """Check the answer of a finished run and its proof, without any solver.

    Parameters
    ----------
    run
        Folder that ``matcher match`` published.
    cohort
        Where the cohort lies now, or the cohort itself; None: where the manifest says.
    key
        Key of a pseudonymised run, or the file that holds it.
    check_hashes
        Whether files are compared with the manifest; a run that is being written has none.
    beyond
        Asked for more where no fault was found.
    instance
        The problem of the run where it is at hand; None: built again from the tables.
    proves
        Whether the bound is proved again; else it is no more than stated.

    Returns
    -------
    VerifyReport
        ``.ok``, ``.problems`` (codes ``C_``), the recomputed ``.objective`` and ``.bound``.
        Malformed folders give findings, not exceptions.
    """
    files = finished_run.read_files(Path(run), CHECKED_TABLES, with_manifest=check_hashes)
    findings = files.findings
    if check_hashes and files.manifest:
        findings += _changed_files(files)
        findings += changed_after(files.folder)
        findings += [*changed_manifest(files.folder), *foreign_files(files.folder)]
        if cleaned := blacked_out(files.folder):
            return VerifyReport((*findings, _not_proved(cleaned)), checked=("files",))
        findings += _check_result_hash(files)
    if files.config is None or not files.summary:
        return VerifyReport(tuple(findings), checked=("files",))
    if lacking := _other_texts(files, files.config):
        return VerifyReport((*findings, lacking), checked=("files",))
    instance = instance or _rebuild(files, files.config, cohort, key)
    if instance is None:
        return VerifyReport(tuple(findings), checked=("files",))
    report = _check_answer(files, instance, proves=proves)
    told = files.manifest.get("checker", report.verdict)
    if report.ok and told != report.verdict and "proof" not in files.left_out:
        message = "the verdict in the manifest is not that of the checker"
        changed = finished_run.damaged(message, RunFile.MANIFEST, "C_DERIVED")
        report = replace(report, problems=(*report.problems, changed))
    if beyond is None or not report.ok:
        return report
    more, stated = beyond(files, instance)
    return replace(
        report,
        problems=(*report.problems, *more),
        checked=(*report.checked, "tables"),
        stated=(*report.stated, *stated),
        absent=files.left_out,
    )


def _not_proved(cleaned: Collection[str]) -> Finding:
    """Return the warning for a run from which somebody was taken out since."""
    message = f"somebody was taken out of {count_of(len(cleaned), 'file')} since"
    remedy = "its files are those that were written then; its figures are stated, not proved again"
    return Finding("W_BLACKED_OUT", message, remedy, BLACKED_OUT)


def _other_texts(files: finished_run.RunFiles, config: Config) -> Finding | None:
    """Return the warning for a run whose texts were compared by a model that is not here."""
    by = files.manifest.get("text_model")
    known = by if isinstance(by, dict) else {}
    try:
        here = text_model(config.text.method)
        if not known or known.get("sha256") == here.get("sha256"):
            return None
        why = "another version is installed here"
    except ConfigError as error:
        why = error.findings[0].message
    message = f"texts were compared by {known.get('name', 'a sentence model')}: {why}"
    remedy = (
        "files are as they were published; scores, values and bound were not taken anew: "
        f"pip install 'mentor-matcher[{config.text.method}]' of the run's version and verify again"
    )
    return Finding("W_TEXT_MODEL", message, remedy)


def _rebuild(
    files: finished_run.RunFiles, config: Config, cohort: Cohort | str | Path | None, key: Any
) -> Instance | None:
    """Build the problem again from the tables; None, with findings, where that fails."""
    try:
        people, secret = finished_run.reopen_cohort(files, config, cohort, key)
        files.findings += _check_source(files, people)
        return finished_run.rebuild_problem(files, config, people, secret)
    except MatcherError as error:
        for found in error.findings:
            message = f"the problem cannot be built again: {found.code} {found.message}"
            files.findings.append(Finding("C_FILES", message, found.remedy, found.table))
    return None


def _check_answer(
    files: finished_run.RunFiles, instance: Instance, *, proves: bool = True
) -> VerifyReport:
    """Check every figure of a run against the problem it is an answer to."""
    problem, cohort, findings = instance.problem, instance.cohort, files.findings
    names = PeopleNames(cohort.mentee_index.ids, cohort.mentor_index.ids)
    matches = files.tables["matches"]
    pairs, number, faults = _positions(matches, instance)
    faults = faults or check_positions(problem, pairs, number)
    if faults:
        return VerifyReport((*findings, *faults), checked=("files", "people"))
    matches = matches.iloc[np.lexsort((pairs[:, 1], pairs[:, 0]))].reset_index(drop=True)
    assignment = Assignment.of(pairs, number)
    items = values.look_up(problem, assignment)
    findings += broken_rules(problem, items, names)
    terms = values.portfolio_terms(problem, items)
    objective = values.total_welfare(problem, items, terms.value)
    tiers = values.achieved_tiers(problem, items)
    used = np.bincount(items.mentor, weights=items.load, minlength=problem.n_mentors)
    own = figures.own_of(instance, assignment)
    findings += [
        *figures.check_approaches(matches, instance, assignment),
        *check_seats(matches, instance, assignment),
        *figures.check_scores(matches, instance, assignment, own),
        *figures.check_other_scores(instance),
        *figures.check_contributions(files.tables["contributions"], matches, own),
        *figures.check_portfolios(files.tables["portfolios"], terms, names.mentees),
        *figures.check_mentors(
            files.tables["mentors"], problem.capacity, used.astype(np.float64), names.mentors
        ),
        *figures.check_unmatched(files.tables["unmatched"], terms, names.mentees),
        *figures.check_summary(
            files.summary, terms, assignment, (problem.n_mentees, problem.n_mentors)
        ),
        *_check_welfare(files, instance, objective, tiers, values.least_value(problem, terms)),
    ]
    checked = ("files", "people", "hard constraints", "scores", "portfolios", "objective")
    stated = tuple(taken_as_stated(instance))
    if not proves:
        return VerifyReport(tuple(findings), objective, tiers=tiers, checked=checked, stated=stated)
    bound, faults = _prove(files, instance, tiers, objective)
    unproved = unproved_tiers(problem, assignment.pairs, tiers)
    faults += _false_optimum(files.summary, surely_missed(problem, unproved))
    return VerifyReport(
        (*findings, *faults),
        objective,
        bound,
        tiers,
        checked=(*checked, "bound"),
        unproved=unproved,
        stated=stated,
        claim=figures.claim_of(files.summary, instance.config.solver.gap, bound),
    )


def _false_optimum(summary: Mapping[str, Any], missed: list[str]) -> Iterator[Finding]:
    """Yield a fault for an optimum with tiers that a cut would prove, and none does."""
    if missed and summary.get("status") == "OPTIMAL":
        message = f"the answer is called OPTIMAL, tier {missed[0]} could reach more"
        yield fault("C_TIER", message, "summary")


def _positions(
    matches: pd.DataFrame, instance: Instance
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], list[Finding]]:
    """Return pairs and reciprocal numbers of the published matches."""
    cohort = instance.cohort
    i = cohort.mentee_index.positions(matches["mentee_id"].astype(object))
    j = cohort.mentor_index.positions(matches["mentor_id"].astype(object))
    pairs = np.column_stack([i, j])
    unknown = np.flatnonzero((i < 0) | (j < 0))
    faults = [
        fault("C_FORBIDDEN", f"row {row + 2} of the matches names nobody in the cohort")
        for row in unknown[: figures.LISTED].tolist()
    ]
    both_ways = (matches["reciprocal"] == "true").to_numpy(dtype=bool)
    number = np.full(len(pairs), -1, dtype=np.int64)
    if not faults:
        number[_takes_next(matches, instance, pairs) & ~both_ways] = FALLBACK
    if not faults and both_ways.any():
        number[both_ways] = instance.reciprocal.candidates.number_of(i[both_ways], j[both_ways])
        # An exchange of two people in one role each is one way; its approach is checked as such.
        one_way = instance.candidates.listed(i, j) == CODES[Approach.RECIPROCAL]
        lost = np.flatnonzero(both_ways & (number < 0) & ~one_way)
        faults += [
            fault("C_RECIPROCAL", f"{matches['mentee_id'].iloc[k]} has no such reciprocal pair")
            for k in lost[: figures.LISTED].tolist()
        ]
    return pairs, number, faults


def _takes_next(matches: pd.DataFrame, instance: Instance, pairs: Ints) -> Bools:
    """Return which matches are pairs with a fallback and state another than the first approach."""
    others = instance.problem.fallback
    if others is None:
        return np.zeros(len(pairs), dtype=bool)
    known = set(zip(others.mentee.tolist(), others.mentor.tolist(), strict=True))
    has = np.array([(i, j) in known for i, j in pairs.tolist()], dtype=bool)
    stated = matches["approach"].to_numpy(dtype=object) == Approach.SPONSORSHIP.value
    first = instance.candidates.listed(*pairs.T) == CODES[Approach.SPONSORSHIP]
    return np.asarray(has & (stated != first))


def _check_welfare(
    files: finished_run.RunFiles, instance: Instance, objective: float, tiers: Any, least: Any
) -> list[Finding]:
    summary = files.summary
    claimed = figures.as_number(summary.get("objective"))
    if claimed is None:
        return [fault("C_OBJECTIVE", "the summary states no objective", "summary")]
    findings = check_objective(claimed, objective)
    found = _tiers_of(summary)
    if found is None:
        lost = finished_run.damaged("the tiers of the summary are not a list", "summary")
        return [*findings, lost]
    findings += check_tiers(found, (*tiers, *least))
    missing = [name for name, _ in tiers if name not in found]
    findings += [fault("C_TIER", f"tier {name} is not reported", "summary") for name in missing]
    beside = finished_run.own_config(files, instance.cohort)
    own = None if beside is None else beside.solver.gap
    alpha, n = values.alpha_of(instance.problem), instance.problem.n_mentees
    stated = summary, objective, alpha, n, instance.config.solver.gap
    # Runs of the first format called optimal what a solver said.
    is_first = bool(files.manifest) and files.manifest.get("format") in (None, 1)
    return [
        *findings,
        *figures.check_tier_bounds(summary),
        *figures.check_gap(*stated),
        *figures.check_asked(summary, instance.config.solver.gap, own),
        *(() if is_first else figures.check_claim(*stated)),
    ]


def _tiers_of(summary: Mapping[str, Any]) -> dict[str, float] | None:
    listed = summary.get("tiers")
    if not isinstance(listed, list) or not all(isinstance(tier, dict) for tier in listed):
        return None
    named = {str(tier.get("name")): figures.as_number(tier.get("value")) for tier in listed}
    return {name: np.nan if value is None else value for name, value in named.items()}


def _prove(
    files: finished_run.RunFiles, instance: Instance, tiers: Any, objective: float
) -> tuple[float, list[Finding]]:
    """Re-prove the published dual bound from the rows of the certificate."""
    rows = files.tables["certificate"]
    columns = [rows[column].tolist() for column in ("kind", "id", "rhs", "dual")]
    lines = [
        Line(str(kind), str(text), float(rhs), float(dual))
        for kind, text, rhs, dual in zip(*columns, strict=True)
    ]
    claimed = figures.as_number(files.summary.get("dual_bound"))
    if claimed is None and files.summary.get("dual_bound") is not None:
        return np.inf, [fault("C_BOUND", "dual_bound is not a number", "summary")]
    stated, ids = np.inf if claimed is None else claimed, Labels(instance)
    bound, findings = prove(instance.problem, lines, tiers, stated, objective, ids=ids)
    best = figures.as_number(files.summary.get("bound"))
    solver_only = files.summary.get("bound_source") not in figures.PROVED_BY_DUALS
    if best is not None and best < bound - 1e-6 * max(1.0, abs(bound)) and not solver_only:
        message = f"bound {best:.9g} is claimed, the published duals prove {bound:.9g}"
        findings.append(fault("C_BOUND", message, "summary"))
    return bound, findings


def check_seats(
    matches: pd.DataFrame, instance: Instance, assignment: Assignment
) -> Iterator[Finding]:
    """Check column ``seat`` of the matches: a sitting proves itself, nothing is searched for."""
    seats = [seat for seat in instance.config.portfolio.seats if not seat.each]
    stated = matches.get("seat", pd.Series([""] * len(matches))).astype(str)
    taken = [[seat.name in cell.split(";") for seat in seats] for cell in stated]
    sits = np.array(taken, dtype=bool).reshape(len(matches), len(seats)).T
    for seat, column in zip(seats, sits, strict=True):
        rule = SeatRule.of_seat(instance.cohort, instance.config, seat)
        counts = seat_codes(rule, *assignment.pairs.T) >= 0
        if seat.approach:
            counts &= matches["approach"].to_numpy(dtype=object) == seat.approach.value
        wrong = column & ~counts if seat.fill else column != counts
        mentee = assignment.pairs[:, 0]
        count = np.bincount(mentee[column], minlength=instance.problem.n_mentees)[mentee]
        wrong |= np.asarray((count < rule.least) | (count > rule.most))
        yield from _told(matches, wrong, seat.name)
    filled = np.array([seat.fill for seat in seats], dtype=bool)
    if filled.any():
        yield from _told(matches, sits[filled].sum(axis=0) != 1, "that is filled")


def _told(matches: pd.DataFrame, wrong: Bools, seat: str) -> Iterator[Finding]:
    for k in np.flatnonzero(wrong)[:1].tolist():
        people = f"{matches['mentee_id'].iloc[k]} and {matches['mentor_id'].iloc[k]}"
        yield fault("C_RULE", f"the seat {seat} is not as stated for {people}")
