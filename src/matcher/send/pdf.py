"""Plans as PDF, where the extra ``[pdf]`` is there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Self

from matcher.catalogue.catalogue import spoken
from matcher.network.audit_form import form_texts
from matcher.plans.people_part import MatchPart
from matcher.plans.plan_page import PlanPage
from matcher.plans.two_sheets import without_long

EXTRA = "typst"
SHEETS = 2
"""Printed pages of a plan."""
FORM_SHEETS = 2
"""Those of the form for two after it, where the person has drawn no network yet."""
_NO_LETTER = "could not be displayed"
_SHEET = re.compile(rb"/Type\s*/Page\b")
_AS_THEY_ARE = (
    *("nobody", "meanwhile", "meanwhile_words", "goals", "next_step", "uncovered", "open_words"),
    *("still", "strength", "bridge", "notes", "activities", "invitation", "sources", "approach"),
    *("benefits", "missing", "good_mentee", "reflection", "draft", "kicker", "title"),
)
"""What is printed of a plan as the page has it."""


@dataclass(frozen=True)
class PlanPrinter:
    """Prints plans: what people wrote reaches the page as data and never as markup."""

    source: bytes

    @classmethod
    def ready(cls) -> Self | None:
        """Return a printer, None without the extra."""
        if find_spec(EXTRA) is None:
            return None
        return cls((files(__package__) / "plan.typ").read_bytes())

    def printed(self, page: PlanPage, day: date | None = None) -> bytes | None:
        """Return a plan as PDF, of two sheets at most; the form for two, if it is due, follows.

        The same plan and the same day that it bears, today if None, give the same bytes.

        None where no font of this machine has every letter of it: boxes are nobody's name.
        """
        found, most = None, SHEETS + (0 if page.drawing else FORM_SHEETS)
        for size, what in enumerate((page, page, page, without_long(page))):
            found = self._printed(what, size, day)
            if found is None or len(_SHEET.findall(found)) <= most:
                break
        return found

    def _printed(self, page: PlanPage, size: int, day: date | None = None) -> bytes | None:
        import typst

        data = json.dumps(_told(page), ensure_ascii=False)
        # The archive's kind of PDF is refused where a letter would be shown as a box.
        inputs = {"plan": data, "size": str(size), "day": str(day or date.today())}
        try:
            archived: bytes = typst.compile(self.source, sys_inputs=inputs, pdf_standards="a-2b")
        except typst.TypstError as error:
            if _NO_LETTER in str(error):
                return None
            plain: bytes = typst.compile(self.source, sys_inputs=inputs)
            return plain
        return archived


def _told(page: PlanPage) -> dict[str, Any]:
    words = spoken()["page"]
    return {
        **{name: getattr(page, name) for name in _AS_THEY_ARE},
        "words": words,
        "language": spoken().language,
        "matches": [_match(match) for match in page.matches],
        "gap": [page.gap.sentence, page.gap.question] if page.gap else [],
        "circle": [words["circle"].format(form=form, who=who) for form, who in page.circle],
        "form": None if page.drawing else _form(),
        "drawing": _figure(page.drawing, words["drawing"]),
        "timeline": _figure(page.timeline, page.timeline.legend if page.timeline else ""),
    }


def _form() -> dict[str, Any]:
    """Return the words and sizes of the form for two, its numbers filled in."""
    texts = form_texts()
    form = dict(spoken()["form"])
    for key in ("up_to", "together"):
        form[key] = form[key].format(**texts)
    form["purpose"] = list(form["purpose"].values())
    return {**form, "contacts": texts["contacts"], "notes": texts["notes"]}


def _match(match: MatchPart) -> dict[str, Any]:
    names = ("name", "head", "standing", "lead", "forms", "lacking", "reasons", "practical")
    return {name: getattr(match, name) for name in (*names, "reach", "letter", "then")}


def _figure(figure: Any, legend: str) -> dict[str, str] | None:
    if figure is None:
        return None
    said = legend.format(key=getattr(figure, "key", ""))
    return {"svg": str(figure.svg), "text": figure.text, "legend": said}
