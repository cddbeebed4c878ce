"""Templates of the plans: HTML with autoescape, Markdown with every special sign escaped."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from matcher.network.audit_form import TEMPLATES as FORM_TEMPLATES
from matcher.network.audit_form import form_texts
from matcher.plans.mentor_page import MentorPage
from matcher.plans.plan_page import PlanPage

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
    return _html().get_template("plan.html.j2").render(p=page)


def plan_markdown(page: PlanPage) -> str:
    """Return a mentee's plan as Markdown."""
    return _markdown().get_template("plan.md.j2").render(p=page, **form_texts())


def mentor_html(page: MentorPage) -> str:
    """Return a mentor's page as one self-contained HTML page."""
    return _html().get_template("plan_mentor.html.j2").render(p=page)


@cache
def _html() -> Environment:
    html = Environment(autoescape=True, **_SETTINGS)
    # Not included by the template: an include is looked up and rendered anew for every plan.
    fixed = {"plan_css": "plan.css", "form_css": "form.css", "form": "form_sheets.html.j2"}
    for name, file in fixed.items():
        text = html.get_template(file).render({**form_texts(), "in_plan": True})
        html.globals[name] = Markup(text)
    return html


@cache
def _markdown() -> Environment:
    return Environment(
        autoescape=False, keep_trailing_newline=True, finalize=escape_markdown, **_SETTINGS
    )


@lru_cache(maxsize=4096, typed=True)
def escape_markdown(text: object) -> str:
    """Return text that Markdown and the HTML made of it show as it is."""
    kept = _BLANKS.sub(" ", str(text))
    return _SPECIAL.sub(r"\\\1", kept) if _SPECIAL.search(kept) else kept
