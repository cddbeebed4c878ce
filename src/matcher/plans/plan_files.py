"""The files of plans: two a mentee and one a mentor, in two processes where there are many."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from matcher.catalogue.catalogue import Catalogue, spoken
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding, StorageError
from matcher.network import CohortAudit
from matcher.network.audit_form import TEMPLATES as FORM_TEMPLATES
from matcher.network.audit_form import form_texts
from matcher.observe import go_on, over_at, until
from matcher.plans.claims import SaidClaim, claims_table
from matcher.plans.mentor_page import MentorPage, mentor_page
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlanSource
from matcher.plans.two_sheets import LONGEST_PRINTED, print_class
from matcher.run_tables import csv_bytes, frame_of
from matcher.storage import file_stem

_SETTINGS: dict[str, Any] = {
    "loader": FileSystemLoader([Path(__file__).parent / "templates", FORM_TEMPLATES]),
    "auto_reload": False,
    "trim_blocks": True,
    "lstrip_blocks": True,
}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~!&])")
_BLANKS = re.compile(r"\s{2,}|[^\S ]")
"""Blanks that are not one space; most texts have none."""


def plan_html(page: PlanPage) -> str:
    """Return a mentee's plan as one self-contained HTML page."""
    template = _html(spoken()).get_template("plan.html.j2")
    return template.render(p=page, print_class=print_class(page), longest_printed=LONGEST_PRINTED)


def _plan_markdown(page: PlanPage) -> str:
    """Return a mentee's plan as Markdown."""
    return _markdown(spoken()).get_template("plan.md.j2").render(p=page)


def mentor_html(page: MentorPage) -> str:
    """Return a mentor's page as one self-contained HTML page."""
    return _html(spoken()).get_template("plan_mentor.html.j2").render(p=page)


def _places(words: Catalogue) -> dict[str, Any]:
    """Return what every page may name besides what it is made for."""
    return {"w": words["page"], "language": words.language, **form_texts(), "in_plan": True}


MOST_LANGUAGES = 8
"""Catalogues whose templates are kept: a page of letters reads its words anew each time."""


@lru_cache(maxsize=MOST_LANGUAGES)
def _html(words: Catalogue) -> Environment:
    html = Environment(autoescape=True, **_SETTINGS)
    html.globals |= _places(words)
    # Not included by the template: an include is looked up and rendered anew for every plan.
    fixed = {"plan_css": "plan.css", "form_css": "form.css", "form": "form_sheets.html.j2"}
    for name, file in fixed.items():
        text = html.get_template(file).render()
        html.globals[name] = Markup(text)  # noqa: S704 rendered by an escaping template
    return html


@lru_cache(maxsize=MOST_LANGUAGES)
def _markdown(words: Catalogue) -> Environment:
    environment = Environment(
        # Markdown: `escape_markdown` is applied to every value.
        autoescape=False,  # noqa: S701
        keep_trailing_newline=True,
        finalize=escape_markdown,
        **_SETTINGS,
    )
    environment.globals |= _places(words)
    return environment


@lru_cache(maxsize=4096, typed=True)
def escape_markdown(text: object) -> str:
    """Return text that Markdown and the HTML made of it show as it is."""
    kept = _BLANKS.sub(" ", str(text))
    return _SPECIAL.sub(r"\\\1", kept) if _SPECIAL.search(kept) else kept


MENTORS, CLAIMS = "mentors", "claims.csv"
"""Folder of the mentors' pages, and the table of all claims, inside the folder of plans."""

PROCESSES = 2
"""Processes that make the pages of many mentees: threads would wait for the interpreter's lock, and
each further process would hold the people once more."""

MANY = 3_000
"""Mentees from which a process costs less than it saves: it takes two seconds to start."""

Newer = list[tuple[str, int | None]]
"""How many mentees are newer to a person's field, None unless their plan proposes to mentor."""


def write_plans(folder: Path, source: PlanSource, *, only: str | None = None) -> pd.DataFrame:
    """Write ``<person>.html`` and ``.md`` a mentee, ``mentors/<person>.html`` a mentor, the claims.

    Parameters
    ----------
    folder
        Made if it is not there.
    source
        What the plans are made from. The same source gives the same bytes.
    only
        One mentee's id; everybody, and mentors with a match, if None.

    Returns
    -------
    pandas.DataFrame
        `person_id, newer_in_field` of the mentees whom the programme may ask to mentor, as their
        plans propose, in the order of the cohort. The second counts the other mentees who named the
        person's first field and have worked fewer years. Nobody who is a mentor already, and nobody
        without an audit.

    Raises
    ------
    StorageError
        E_WRITE if a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if only is None:
            newer, claims = _all_mentees(folder, source)
            claims += _write_mentors(folder / MENTORS, source)
            (folder / CLAIMS).write_bytes(csv_bytes("claims", claims_table(claims)))
        else:
            newer, _ = _write_mentees(folder, source, [only])
    except OSError as error:
        reason = error.strerror or "the folder cannot be written"
        finding = Finding("E_WRITE", f"plans: {reason}", "free space or choose another folder")
        raise StorageError(finding) from error
    rows = [(person, number) for person, number in newer if number is not None]
    return frame_of("possible_mentors", rows).astype({"newer_in_field": "int64"})


def _all_mentees(folder: Path, source: PlanSource) -> tuple[Newer, list[SaidClaim]]:
    ids = list(source.mentees)
    if len(ids) < MANY:
        return _write_mentees(folder, source, ids)
    from joblib import Parallel, delayed

    parts = [part.tolist() for part in np.array_split(np.array(ids, dtype=object), PROCESSES)]
    # A copy holds the frames alone, not what was looked up in them: it is cheaper to send.
    over = over_at()
    work = (delayed(_write_mentees)(folder, replace(source), part, over) for part in parts)
    newer, claims = zip(*Parallel(n_jobs=PROCESSES)(work), strict=True)
    return [one for part in newer for one in part], [one for part in claims for one in part]


def _write_mentees(
    folder: Path, source: PlanSource, ids: Sequence[str], over: float = math.inf
) -> tuple[Newer, list[SaidClaim]]:
    newer: Newer = []
    claims: list[SaidClaim] = []
    with source.speaking(), until(over):
        for mentee_id in ids:
            go_on()
            page, stem = plan_page(source, mentee_id), file_stem(mentee_id)
            _write(folder / f"{stem}.html", plan_html(page))
            _write(folder / f"{stem}.md", _plan_markdown(page))
            newer.append((mentee_id, page.newer))
            claims += page.claims
    return newer, claims


def _write_mentors(folder: Path, source: PlanSource) -> list[SaidClaim]:
    """Write the pages of the mentors who are matched; return what they claim."""
    chosen = [mentor for mentor in source.mentors if mentor in source.matches_with]
    if chosen:
        folder.mkdir(exist_ok=True)
    with source.speaking():
        pages = {mentor: mentor_page(source, mentor) for mentor in chosen}
        for mentor, page in pages.items():
            go_on()
            _write(folder / f"{file_stem(mentor)}.html", mentor_html(page))
    return [claim for page in pages.values() for claim in page.claims]


def _write(path: Path, text: str) -> None:
    # One after the other: threads that make files in one folder wait for each other's lock.
    path.write_bytes(text.encode("utf-8"))


def write_audit(
    folder: Path, cohort: Cohort, config: Config, audit: CohortAudit, *, only: str | None = None
) -> None:
    """Write the tables of an audit for the analyst, and plans for the people, before any match.

    Parameters
    ----------
    folder
        An existing one: where ``audit.csv``, ``detectors.csv``, ``introductions.csv``,
        ``profiles.csv``, ``possible_mentors.csv`` and ``plans/`` go. Contacts stand in the tables
        only as far as they are shared.
    cohort, config, audit
        What was audited.
    only
        One mentee's id; everybody if None.
    """
    matches = pd.DataFrame(columns=["mentee_id", "mentor_id"])
    portfolios = pd.DataFrame(columns=["mentee_id", "uncovered"])
    source = PlanSource(cohort, config, audit, matches, portfolios)
    tables = {
        "audit": audit.metrics,
        "detectors": audit.detectors,
        "introductions": audit.introductions,
        "profiles": audit.profiles,
        "possible_mentors": write_plans(folder / "plans", source, only=only),
    }
    for name, table in tables.items():
        key = "mentee_id" if "mentee_id" in table.columns else "person_id"
        kept = table if only is None else table[table[key] == only]
        (folder / f"{name}.csv").write_bytes(csv_bytes(name, kept))
