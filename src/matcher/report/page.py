"""The report of a run: one file that opens offline, made from the run folder alone."""

import base64
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matcher._version import __version__
from matcher.cohort.cohort import Cohort
from matcher.report import headline, run_charts, views
from matcher.report import plain_words as words
from matcher.report.run_data import RunData, ShownNames
from matcher.run_tables import may_see
from matcher.text import count_of, printable, shortened
from matcher.vocabulary import Audience

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
    text = page.render(**report_context(data, ShownNames.of(cohort), Audience(audience), approval))
    return text.encode("utf-8")


def report_context(
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
        "sentences": headline.sentences(data),
        "figures": headline.figures(data),
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
        "sensitivity": run_charts.sensitivity_chart(data),
        "method": headline.method_rows(data),
        "version": __version__,
    }


def page_parts() -> dict[str, Any]:
    """Return style and script of a page and the policy that allows nothing else."""
    style, script = asset("report.css"), asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return {"style": Markup(style), "script": Markup(script), "policy": policy}


@cache
def asset(name: str) -> str:
    """Return one of our own style sheets or scripts."""
    folder = resources.files("matcher.report") / "templates"
    return (folder / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Return the template environment: autoescape on, an undefined name is an error."""
    env = Environment(
        loader=PackageLoader("matcher.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        number=words.number,
        share=words.share,
        whole=words.count,
        short=shortened,
        counted=count_of,
    )
    return env


def _digest(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
