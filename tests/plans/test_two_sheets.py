"""A plan is two printed pages at most, however much people wrote; the form for two stands apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.plans.test_claims import make
from tests.plans.test_plans import ANNA, MENTORS, contacts, match, plans
from tests.report.chromium import chromium
from tests.support import make_cohort

from matcher.config import Config
from matcher.plans.plan_files import plan_html
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.two_sheets import LONGEST_PRINTED
from matcher.send.pdf import FORM_SHEETS, SHEETS, PlanPrinter

WORDS = (4, 70, 400)
"""Words in each text of everybody: a note, a paragraph, an essay."""
CASES = ((0, 0, "en"), (1, 6, "de"), (2, 0, "de"), (3, 6, "en"), (3, 6, "de"))
"""Mentors, contacts and language."""
FORM = re.compile(r'(?s)<section class="audit-form">.*?</section>')
SHEET = re.compile(rb"/Type\s*/Page\b")


def written(name: str, words: int) -> str:
    """Return a text of a person's own."""
    return " ".join(f"{name}words{k}" for k in range(words))


def talkative(n_mentors: int, words: int, n_contacts: int, language: str) -> PlanPage:
    """Return the plan of somebody where everybody wrote so many words."""
    mentors = [
        {
            **MENTORS[0],
            "person_id": f"t{k}",
            "name": f"Orla Field{k}",
            "preferred_name": f"Orla{k}",
            "purposes": ("strategic",),
            "bio": written(f"b{k}", words),
            "goals": written(f"g{k}", words),
        }
        for k in range(n_mentors)
    ]
    known = contacts("m1", n_contacts, frequency="often", internal=True, purposes=("operational",))
    cohort = make_cohort([{**ANNA, "goals": written("m", words)}], mentors, contacts=known)
    config = Config.model_validate({"programme": {"language": language}})
    rows = [match("m1", mentor["person_id"], "purpose.strategic") for mentor in mentors]
    return plan_page(plans(cohort, rows, {"m1": "context.confidence"}, config=config), "m1")


def pages(folder: Path) -> Iterator[tuple[str, PlanPage]]:
    """Yield plans with texts of every length, and those of drawn cohorts."""
    longest = max(WORDS)
    for n_mentors, n_contacts, language in CASES:
        yield language, talkative(n_mentors, longest, n_contacts, language)
    for words in WORDS[:-1]:
        yield "en", talkative(2, words, 6, "en")
    for seed in (0, 5):
        if made := make(folder / str(seed), seed):
            with made.source.speaking():
                yield from (("en", plan_page(made.source, m)) for m in made.source.mentees)


@pytest.mark.slow
@pytest.mark.parametrize("medium", ["pdf", "html"])
def test_a_plan_is_two_printed_pages_at_most(tmp_path: Path, medium: str) -> None:
    """Whatever people wrote, and in both languages."""
    printer = PlanPrinter.ready()
    if medium == "pdf" and printer is None:
        pytest.skip("the extra [pdf] is not installed")
    with ExitStack() as stack:
        sheet = None if medium == "pdf" else stack.enter_context(chromium()).new_page()
        for language, page in pages(tmp_path):
            with plans(make_cohort([ANNA], MENTORS), config=_speaking(language)).speaking():
                if sheet is None:
                    assert printer is not None
                    found = printer.printed(page)
                    form = 0 if page.drawing else FORM_SHEETS
                else:
                    sheet.set_content(FORM.sub("", plan_html(page)))
                    found, form = sheet.pdf(prefer_css_page_size=True), 0
            assert 1 + form <= len(SHEET.findall(found)) <= SHEETS + form, (page.title, language)


def _speaking(language: str) -> Config:
    return Config.model_validate({"programme": {"language": language}})


def test_a_long_text_is_whole_on_the_screen() -> None:
    """Nothing of it is cut: it opens on the screen, and what is short stands as it did."""
    page = talkative(1, 400, 0, "en")
    with plans(make_cohort([ANNA], MENTORS)).speaking():
        text = plan_html(page)
    assert len(page.goals) > LONGEST_PRINTED
    assert text.count("<details><summary>Own words, at length") == 2
    assert written("b0", 400) in text
    assert written("m", 400) in text
