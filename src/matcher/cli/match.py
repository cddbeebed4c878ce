"""``matcher match COHORT``: match a cohort and publish a run folder."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from matcher.cli.options import CohortArgument, ConfigOption, KeyOption, SetAsideOption, SetOption
from matcher.cli.terminal import TerminalObserver, print_findings
from matcher.config import load_config
from matcher.publish.matching import Matching
from matcher.report.page import reproved_gap
from matcher.report.plain_words import without_language
from matcher.report.run_data import ShownNames
from matcher.run import Published, publish_match
from matcher.run_tables import RunFile, read_table
from matcher.text import capital, count_of, listed, plural


def match_command(
    cohort: CohortArgument,
    config: ConfigOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="RUN", help="New folder; by default COHORT/runs/<UTC time>."
        ),
    ] = None,
    settings: SetOption = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of draws.")] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            "--time-limit",
            metavar="S",
            help="Seconds for the whole run: what there is no time for is left out.",
        ),
    ] = None,
    previous: Annotated[
        Path | None, typer.Option("--previous", metavar="RUN", help="Run to stay close to.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Place new and waiting people only; nobody else moves.")
    ] = False,
    set_aside: SetAsideOption = False,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help="Workbook, table or log of decisions."),
    ] = None,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Let no name, address or text leave the input.")
    ] = False,
    key: KeyOption = None,
    executor: Annotated[
        str | None, typer.Option("--executor", help="threads (default) or dask.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="URL", help="Address of a Dask scheduler.")
    ] = None,
) -> None:
    """Match a cohort: the best portfolios for everybody at once, checked and published."""
    own = {"time_limit": time_limit, "executor": executor, "scheduler": scheduler}
    said = [f"solver.{key}={value}" for key, value in own.items() if value not in (None, "")]
    with TerminalObserver() as observer:
        published = publish_match(
            cohort,
            config,
            output,
            overrides=[*(settings or ()), *said],
            seed=seed,
            previous=previous,
            add=add,
            set_aside=set_aside,
            decisions=decisions,
            pseudonymise=pseudonymise,
            key=key,
            observer=observer,
        )
    _tell(published)


def _tell(published: Published) -> None:
    print_findings(published.matching.findings)
    print_findings(published.left_out)  # apart: it is none of the many that are cut off
    names = ShownNames.of(published.matching.instance.cohort)
    for line in summary_lines(published.matching.summary, published.folder):
        typer.echo(names.in_text(line))
    for line in added_lines(published.matching):
        typer.echo(line)


OF_NO_USE = "the mentor offers nothing that the mentee asked for"
"""What is told of a place that fits nothing: somebody looks before it is offered."""


def added_lines(matching: Matching) -> Iterator[str]:
    """Yield who was given a place that had come free and why, and what a full rerun would gain."""
    if matching.added is None:
        return
    names = ShownNames.of(matching.instance.cohort)
    yield "Nobody moved. New since the earlier run:" if len(matching.added) else "Nothing was free."
    for row in matching.added.to_dict("records"):
        mentee, mentor = (str(row[column]) for column in ("mentee_id", "mentor_id"))
        who = " with ".join(names.with_id(person) for person in (mentee, mentor) if person)
        of_no_use = "" if row["is_of_use"] is not False else f"; {OF_NO_USE}"
        yield f"  {who}: {names.in_text(str(row['why']))}{of_no_use}"
    if (afresh := matching.afresh) is not None:
        side = "more" if afresh.reached > 0 else "fewer"
        reach = (
            f", reach {count_of(abs(afresh.reached), 'mentee')} {side}" if afresh.reached else ""
        )
        if not afresh.reached and afresh.welfare < 5e-5:
            yield "A full rerun would gain nothing."
            return
        gain = f"A full rerun would gain {afresh.welfare:.4f} of welfare{reach} and undo"
        yield f"{gain} {count_of(afresh.moved, 'pair')}; what was sent or goes on would stay."
        if not afresh.moved and not afresh.reached:
            yield "  It is further mentors for people who have one; without --add it is made."


def summary_lines(summary: Mapping[str, Any], run: Path) -> Iterator[str]:
    """Yield what a match came to, from `summary.json`, in sentences a coordinator can quote."""
    yield _reached(summary, read_table(run, "matches")["mentor_id"].nunique())
    yield from _why(summary)
    yield _quality(summary)
    yield from _choices(summary)
    if line := without_language(summary):
        yield line
    yield _proof(summary, load_config(run / RunFile.CONFIG).objective.fairness)
    if changes := summary.get("previous"):
        kept = count_of(changes["kept"], "match is", "matches are")
        gone = count_of(changes["no_longer_possible"], "is", "are")
        yield (
            f"Of the earlier run {kept} kept, {changes['changed']} changed, "
            f"{gone} no longer possible{_cost(changes)}."
        )
    yield "The result is a proposal until a named person approves it."
    yield f"Run: {run}"


def _cost(changes: Mapping[str, Any]) -> str:
    cost = changes.get("cost")
    return "" if cost is None else f"; keeping them cost {cost:.4f} of welfare"


def _reached(summary: Mapping[str, Any], n_mentors: int) -> str:
    serving = summary.get("n_serve_as_mentor", 0)
    matched, everybody = summary["n_matched_mentees"], summary["n_mentees"] - serving
    left = _left_out(summary)
    tail = f"; {left} left out, see unmatched.csv" if left else ""
    # Who signed up for one role, whichever, and serves as a mentor is no mentee of this match.
    if serving:
        serve = plural(serving, "serves as a mentor", "serve as mentors")
        tail += f"; {serving} who took either role {serve}"
    pairs = summary["n_reciprocal_pairs"]
    both = f" ({count_of(pairs, 'reciprocal pair')})" if pairs else ""
    have = f"{count_of(everybody, 'mentee')} {plural(matched, 'has', 'have')} a mentor"
    return (
        f"{matched} of {have}, in {count_of(summary['n_matches'], 'match', 'matches')}"
        f"{both} with {count_of(n_mentors, 'mentor')}{tail}."
    )


def _why(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield the conflicts that leave most people out, and what would help."""
    left = _left_out(summary)
    for found in summary.get("conflicts", ()):
        told = len(found["left_out"])
        lead = "Why" if told >= left else f"Why {told} of the {left}"
        yield f"{lead}: {found['conflict']}; {found['remedies']}."


def _left_out(summary: Mapping[str, Any]) -> int:
    """Return how many mentees have no mentor and serve as none."""
    placed: int = summary["n_matched_mentees"] + summary.get("n_serve_as_mentor", 0)
    return int(summary["n_mentees"]) - placed


def _quality(summary: Mapping[str, Any]) -> str:
    metrics = summary["metrics"]
    before, after = metrics.get("coverage_before"), metrics.get("coverage_after")
    score = metrics.get("mean_pair_score")
    parts = []
    if after is not None:
        everybody = summary["n_mentees"] - summary.get("n_serve_as_mentor", 0)
        unknown = everybody - metrics.get("needs_known", everybody)
        what = "the needs that are known" if unknown else "what mentees need"
        are = "are" if unknown else "is"
        parts.append(f"{after:.0%} of {what} {are} covered ({before:.0%} before the match)")
        if unknown:
            parts.append(f"of {count_of(unknown, 'mentee')} they are not known")
    if score is not None:
        parts.append(f"mean pair score {score:.2f} of 1")
    if not parts:
        return "Nothing was matched."
    return f"{capital('; '.join(parts))}."


def _choices(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many of the mentors whom mentees named, and could have, they were given."""
    if found := summary.get("choices"):
        why = {
            "no_place": "whose places others have",
            "cost": "who had a place left but would have brought the cohort less",
        }
        left = [f"{found[key]} {words}" for key, words in why.items() if found[key]]
        rest = f"; not given: {listed(left)}" if left else ""
        barred = found["named"] - found["possible"]
        rules = f"; {barred} more cannot be matched with who named them" if barred else ""
        yield (
            f"{found['given']} of {count_of(found['possible'], 'named, possible mentor')} "
            f"{plural(found['given'] or found['possible'], 'was', 'were')} given{rest}{rules}."
        )


def _proof(summary: Mapping[str, Any], fairness: object) -> str:
    """Return how near the best possible a match is: as is proved, and as a solver says alone."""
    gap, made = summary["gap"], f"({summary['method']}, {summary['seconds']:.1f} s)"
    if gap is None:
        return f"No bound is known: not proven optimal {made}."
    welfare = f"Welfare {summary['objective']:.4f} is"
    if "claim" not in str(summary.get("bound_source") or ""):
        claim = "optimal" if summary["status"] == "OPTIMAL" else "not proven optimal, but"
        return f"{welfare} {claim} within {_near(gap)} of the best possible {made}."
    proved = reproved_gap(summary, fairness)
    told = "that is not re-proved"
    if math.isfinite(proved):
        told = f"{_near(proved)} is proved"
    says = f"within {_near(gap)} of the best possible by what the solver claims"
    return f"{welfare} not proven optimal: {says}; {told} {made}."


def _near(gap: float) -> str:
    return "0.001 %" if gap < 1e-5 else f"{100 * gap:.3g} %"
