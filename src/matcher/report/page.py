"""The report of a run: one file that opens offline, made from the run folder alone."""

import base64
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matcher._version import __version__
from matcher.catalogue.catalogue import speaking
from matcher.cohort.cohort import Cohort
from matcher.report import plain_words as words
from matcher.report import run_charts, views
from matcher.report.run_data import RunData, ShownNames
from matcher.run_tables import may_see
from matcher.text import count_of, plural, printable, shortened
from matcher.vocabulary import Audience

_NO_OTHER = "It is proved that no other matching that keeps the rules and reaches as many people is"


@dataclass(frozen=True)
class Figure:
    """A number and what it counts."""

    value: str
    label: str


def sentences(data: RunData) -> list[str]:
    """Return what was reached, how good it is and what is proved, a sentence each."""
    told = (
        *(_reached(data), _good(data), _wished(data)),
        *(words.without_language(data.summary), _proved(data)),
    )
    return [text for text in told if text]


def figures(data: RunData) -> list[Figure]:
    """Return the key figures of the run."""
    summary = data.summary
    n, matched = n_mentees(data), int(summary.get("n_matched_mentees", 0))
    places, used = (data.counted["mentors"][name].sum() for name in ("capacity", "used"))
    before, after = _cover(data)
    held = f" ({words.share(before)} before)" if before > 0 else ""
    return [
        Figure(f"{matched} of {n}", "mentees have a mentor"),
        Figure(str(_several(data)), "of them have two or more"),
        Figure(str(summary.get("n_matches", len(data["matches"]))), "matches"),
        Figure(words.share(after), f"of needs met{held}"),
        Figure(f"{words.count(used)} of {words.count(places)}", "places taken"),
    ]


def n_mentees(data: RunData) -> int:
    """Return the mentees of the match: who took either role and serves as a mentor is none."""
    summary = data.summary
    return int(summary.get("n_mentees", 0)) - int(summary.get("n_serve_as_mentor", 0))


def _several(data: RunData) -> int:
    return int((data["portfolios"]["n_mentors"] >= 2).sum())


def _reached(data: RunData) -> str:
    n = n_mentees(data)
    matched = int(data.summary.get("n_matched_mentees", 0))
    both = int(data.summary.get("n_reciprocal_pairs", 0))
    share = f" ({words.share(matched / n)})" if n else ""
    have = plural(matched, "has", "have")
    text = f"{matched} of {count_of(n, 'mentee')}{share} {have} at least one mentor"
    several = _several(data)
    text += f", and {count_of(several, 'has', 'have')} two or more" if several else ""
    return text + (f"; {count_of(both, 'pair')} of people mentor each other." if both else ".")


def _good(data: RunData) -> str:
    before, after = _cover(data)
    _, unknown = data.needs_known
    if not math.isfinite(after):
        return "Nobody's needs are known." if unknown else ""
    held = f", against {words.share(before)} before the match" if before > 0 else ""
    if not unknown:
        return f"{words.share(after)} of what mentees need is met{held}."
    rest = f"of {count_of(unknown, 'mentee')} they are not known"
    return f"{words.share(after)} of the needs that are known are met{held}; {rest}."


def _wished(data: RunData) -> str:
    """Return how many of whom mentees asked for by name they were given."""
    if not (found := data.summary.get("choices")):
        return ""
    given, possible = int(found["given"]), int(found["possible"])
    asked = count_of(possible, "mentor was", "mentors were")
    barred = int(found["named"]) - possible
    rules = f", beside {barred} who cannot be matched with who named them" if barred else ""
    of_them = f"{given or 'none'} of them {plural(given or possible, 'was', 'were')} given"
    return f"{asked} asked for by name{rules}; {of_them}."


def _cover(data: RunData) -> tuple[float, float]:
    """Return the share of known needs that is met before and after the match, nan if unknown."""
    before = data.metrics.get("coverage_before")
    after = data.counted["portfolios"]["needs_met"].mean()
    return float(before) if isinstance(before, int | float) else math.nan, float(after)


def _proved(data: RunData) -> str:
    gap = data.summary.get("gap")
    if not isinstance(gap, int | float) or not math.isfinite(gap):
        return "How close this is to the best possible has not been proved."
    source = str(data.summary.get("bound_source") or "")
    if "claim" in source:
        return _claimed(data, float(gap))
    if gap <= 1e-12:
        return f"{_NO_OTHER} worth more."
    return _within(float(gap))


def _within(gap: float) -> str:
    return f"{_NO_OTHER} worth over {words.proven(gap)} more than this one."


def _claimed(data: RunData, gap: float) -> str:
    """Return what the solver claims beside what anybody can prove again."""
    more = "more" if gap <= 1e-12 else f"over {words.proven(gap)} more than this one"
    claim = f"The solver claims that no other matching is worth {more}"
    proved = reproved_gap(data.summary, data.config.get("objective", {}).get("fairness", 0.0))
    if not math.isfinite(proved):
        return f"{claim}; this was not re-proved."
    return f"{_within(proved)} {claim}."


def reproved_gap(summary: Mapping[str, Any], fairness: object) -> float:
    """Return the gap of the bound that the certificate proves; nan with fairness, in units of U."""
    bound, worth = summary.get("dual_bound"), summary.get("objective")
    if not isinstance(bound, int | float) or not isinstance(worth, int | float) or fairness != 0:
        return math.nan
    scale = max(abs(bound), abs(worth))
    return max(0.0, (bound - worth) / scale) if scale else 0.0


def _method_rows(data: RunData) -> list[tuple[str, str]]:
    """Return what somebody needs to check the claim."""
    facts = ((label, data.summary.get(key)) for key, label in words.PLAIN_WORDS["method"].items())
    rows = [
        (label, words.number(fact) if isinstance(fact, float) else words.sentence(printable(fact)))
        for label, fact in facts
    ]
    return [(label, text) for label, text in rows if text]


WORST_OFF = 10
"""Mentees in the list of the worst off."""


def build_report(
    run: Path,
    audience: Audience | str = Audience.COORDINATOR,
    *,
    cohort: Cohort | None = None,
    approval: str = "",
    sensitivity: Path | None = None,
) -> bytes:
    """Return ``report.html`` of a run folder; the same files give the same bytes.

    Parameters
    ----------
    run
        A run folder, published or about to be: the manifest and the decisions are not read.
    audience
        ``coordinator`` sees everything, ``panel`` no prices of mentors, ``board`` no person at
        all: no names or ids, no list of the worst off, no prices.
    cohort
        Where names come from; without it people are shown by id.
    approval
        A sentence that says who approved the run; empty: the run reads as proposed.
    sensitivity
        A ``sensitivity.csv`` to show; None takes the run's own, if it has one.

    Raises
    ------
    StorageError
        E_NOT_FOUND or E_FORMAT where the run folder cannot be read.
    """
    data = RunData.read(run)
    if sensitivity is not None:
        data = data.with_sensitivity(sensitivity)
    page = environment().get_template("report.html.j2")
    with speaking("en", labels=data.facet_labels):
        told = _report_context(data, ShownNames.of(cohort), Audience(audience), approval)
        text = page.render(**told)
    return text.encode("utf-8")


def _report_context(
    data: RunData, people: ShownNames, audience: Audience, approval: str = ""
) -> dict[str, Any]:
    """Return what the template of the report shows to `audience`."""
    named = may_see(audience, "portfolios", "mentee_id")
    priced = may_see(audience, "mentors", "price")
    drawn = len(data["matches"]) <= views.MOST_WATERFALLS
    portfolios = views.portfolio_views(data, people, drawn=drawn) if named else []
    return {
        **page_parts(),
        "audience": audience.value,
        "named": named,
        "priced": priced,
        "approval": printable(approval),
        "title": printable(data.name) or "Mentoring match",
        "sentences": sentences(data),
        "figures": figures(data),
        "coverage": run_charts.coverage_chart(data),
        "met": run_charts.met_chart(data),
        "load": run_charts.load_chart(data),
        "prices": run_charts.price_chart(data, people) if priced else None,
        "reasons": run_charts.reason_chart(data),
        "left_out": views.left_out(data, people) if named else [],
        "portfolios": portfolios,
        "mentors": views.mentor_views(data, people) if named else [],
        "worst_off": sorted(portfolios, key=lambda p: (p.value, p.id))[:WORST_OFF],
        "recruitment": views.whom_to_recruit(data),
        "own_mentors": views.own_mentors(data, people, named=named),
        "min_cell": data.min_cell,
        "fairness": run_charts.fairness_charts(data),
        "alike": run_charts.fairness_alike(data),
        "sensitivity": run_charts.sensitivity_chart(data),
        "method": _method_rows(data),
        "version": __version__,
    }


def page_parts() -> dict[str, Any]:
    """Return style and script of a page and the policy that allows nothing else."""
    style, script = asset("report.css"), asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    # Our own files, whose digests the policy names.
    return {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704


@cache
def asset(name: str) -> str:
    """Return one of our own style sheets or scripts."""
    folder = resources.files("matcher.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def strict_environment(package: str) -> Environment:
    """Return what makes pages of a package's templates: autoescape on, undefined names errors."""
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def environment() -> Environment:
    """Return the environment of the pages of a run."""
    env = strict_environment("matcher.report")
    env.filters.update(
        number=words.number, share=words.share, whole=words.count, short=shortened, counted=count_of
    )
    return env


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
