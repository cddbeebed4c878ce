"""Templates of the plans: HTML with autoescape, Markdown with every special sign escaped."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from matcher.network.audit_form import TEMPLATES as FORM_TEMPLATES
from matcher.network.audit_form import form_texts

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from matcher.plans.mentor_page import MentorPage
    from matcher.plans.plan_page import PlanPage

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~!&])")
_BLANKS = re.compile(r"\s{2,}|[^\S ]")
"""Blanks that are not one space; most texts have none."""


@lru_cache(maxsize=4096, typed=True)
def escape_markdown(text: object) -> str:
    """Return text that Markdown and the HTML made of it show as it is."""
    kept = _BLANKS.sub(" ", str(text))
    return _SPECIAL.sub(r"\\\1", kept) if _SPECIAL.search(kept) else kept


class Pages:
    """The three templates, compiled once."""

    @cached_property
    def _environments(self) -> tuple[Environment, Environment]:
        from jinja2 import Environment, FileSystemLoader

        loader = FileSystemLoader([Path(__file__).parent / "templates", FORM_TEMPLATES])
        html = Environment(
            loader=loader,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Not included by the template: an include is looked up and rendered anew for every plan.
        fixed = {"plan_css": "plan.css", "form_css": "form.css", "form": "form_sheets.html.j2"}
        for name, file in fixed.items():
            text = html.get_template(file).render({**form_texts(), "in_plan": True})
            html.globals[name] = Markup(text)
        plain = Environment(
            loader=loader,
            autoescape=False,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=escape_markdown,
        )
        return html, plain

    @cached_property
    def _plan(self) -> Template:
        return self._environments[0].get_template("plan.html.j2")

    @cached_property
    def _plan_md(self) -> Template:
        return self._environments[1].get_template("plan.md.j2")

    @cached_property
    def _mentor(self) -> Template:
        return self._environments[0].get_template("plan_mentor.html.j2")

    def plan_html(self, page: PlanPage) -> str:
        """Return a mentee's plan as one self-contained HTML page."""
        return self._plan.render(p=page)

    def plan_markdown(self, page: PlanPage) -> str:
        """Return a mentee's plan as Markdown."""
        return self._plan_md.render(p=page, **form_texts())

    def mentor_html(self, page: MentorPage) -> str:
        """Return a mentor's page as one self-contained HTML page."""
        return self._mentor.render(p=page)
