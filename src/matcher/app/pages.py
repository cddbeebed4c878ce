"""The pages of the review, from its own templates and the report's."""

import math
from collections.abc import Callable
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from matcher.app.session import Explain, Review, View, Why, known_mentees
from matcher.errors import MatcherError
from matcher.explain.opened_run import OpenedRun
from matcher.explain.why_not_pair import PairExplanation, explain_pair
from matcher.problem.rules.held_tiers import tier_in_words
from matcher.programme import ledger
from matcher.report import plain_words as words
from matcher.report.page import environment as report_environment
from matcher.report.page import sentences
from matcher.report.run_data import ShownNames
from matcher.report.views import Waterfall, left_out, waterfall_of
from matcher.text import count_of, listed, printable

_COLUMNS = ["feature", "answered", "value", "weight", "contribution"]


def explainer(cohort: str | None, key: Path | None = None) -> Explain:
    """Return the function that explains pairs of runs of `cohort`; the last run stays open."""

    @lru_cache(maxsize=1)
    def opened(run: Path) -> OpenedRun:
        return OpenedRun.open(run, cohort=cohort, key=key)

    def explain(run: Path, mentee: str, mentor: str, people: ShownNames, exact: bool) -> Why:
        return why(explain_pair(opened(run), mentee, mentor, exact=exact), people)

    return explain


def why(found: PairExplanation, people: ShownNames) -> Why:
    """Return an explanation in sentences, with the waterfall of the pair's score."""
    if not found.permitted:
        reasons = printable("; ".join(found.reasons)) or "not permitted"
        return Why((f"Not possible: {reasons}.",), None)
    return Why(tuple(_sentences(found, people.name)), _waterfall(found))


def _sentences(found: PairExplanation, name: Callable[[str], str]) -> list[str]:
    mentor = name(found.mentor_id)
    places = f"{words.count(found.used)} of {count_of(found.capacity, 'place')}"
    holders = listed(name(person) for person in found.holders)
    lines = [f"It would be {words.approach(found.approach)}."]
    lines.append(f"{mentor} has {places} taken" + (f", by {holders}." if holders else "."))
    if found.matched:
        lines.append("They are matched in this run.")
    elif found.conflict:
        lines.append(
            "This cannot be made: pairs that are required hold the places. Release one first."
        )
    elif found.exact is not None:
        moved = count_of(len(found.exact.moved), "mentee")
        cost = words.number(found.exact.cost, 4)
        lines.append(f"Making this pair costs the whole match {cost}; {moved} would move.")
        lines += [
            f"{tier_in_words(name).capitalize()}: {words.count(new)} instead of {words.count(old)}."
            for name, old, new in found.exact.tiers
        ]
    elif found.cost_at_least is not None:
        cost = words.number(found.cost_at_least, 4)
        lines.append(f"Making this pair costs the whole match at least {cost} (certified).")
    return lines


def _waterfall(found: PairExplanation) -> Waterfall | None:
    parts = sorted(found.contributions, key=lambda part: -part.weight)
    rows = [asdict(part) for part in parts]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["value"] = [math.nan if value is None else float(value) for value in frame["value"]]
    left = 0.0 if found.score is None else found.score - float(frame["contribution"].sum())
    if abs(left) > 1e-9:  # what combining two directions, or a bonus, changes
        extra = [("reciprocal", False, math.nan, 0.0, left)]
        frame = pd.concat([frame, pd.DataFrame(extra, columns=_COLUMNS)], ignore_index=True)
    return waterfall_of(frame)


DECISION_WORDS = {
    "lock": "keep",
    "ban": "never",
    "assign": "make",
    "hold": "hold back",
    "release": "decide anew",
    "note": "note",
}


@cache
def review_templates() -> Environment:
    """Return the templates of the review, with those of the report behind them."""
    env = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("matcher.app", "templates"),
                PackageLoader("matcher.report", "templates"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(report_environment().filters)
    env.filters["plain"] = printable
    env.globals["decision_words"] = DECISION_WORDS
    return env


def render(template: str, review: Review, /, **context: Any) -> str:
    """Return a page; every page knows the state of the review."""
    try:
        state = _state_of(review)
    except MatcherError:  # a page must be able to tell what is wrong with the run
        state = _bare(review)
    return review_templates().get_template(template).render(state=state, **context)


def _bare(review: Review) -> dict[str, Any]:
    return {"run": "", "title": "Review", "reviewer": review.reviewer, "job": review.job}


def _state_of(review: Review) -> dict[str, Any]:
    """Return what the bar at the top of each page shows."""
    if review.run is None:
        return _bare(review)
    view = review.view()
    approval = ledger.approval(view.run)
    return {
        "run": view.run.name,
        "title": printable(view.data.name) or "Mentoring match",
        "reviewer": review.reviewer,
        "job": review.job,
        "approval": "" if approval is None else printable(approval.sentence()),
        "pending": len(ledger.pending(view.run, view.data)),
        "undoable": ledger.log_of(view.run).last_undoable() is not None,
        "reran": review.start != view.run,
    }


def overview_page(review: Review) -> str:
    """Return the page with all portfolios and everybody left out."""
    view = review.view()
    return render(
        "overview.html.j2",
        review,
        sentences=sentences(view.data),
        portfolios=view.portfolios,
        left_out=left_out(view.data, view.people),
        chips=chips(ledger.standing(view.run), view.people),
        decisions=decided(ledger.standing(view.run), view.people),
    )


def mentee_page(review: Review, key: str) -> str | None:
    """Return the page of one mentee, None where nobody has that id."""
    view = review.view()
    if key not in known_mentees(view):
        return None
    portfolio = view.portfolio(key)
    taken = set() if portfolio is None else {pair.key for pair in portfolio.pairs}
    mentors = [m for m in view.data["mentors"]["mentor_id"] if m not in taken and m != key]
    return render(
        "mentee.html.j2",
        review,
        key=key,
        name=view.people.name(key),
        organisation=view.people.organisation(key),
        portfolio=portfolio,
        reason=_reason(view, key),
        others=[(m, view.people.name(m)) for m in mentors],
        words=_pair_words(ledger.standing(view.run), key),
    )


def comparison_page(review: Review, mentee: str, mentor: str, *, exact: bool = False) -> str:
    """Return the page that puts the mentee's mentors and another one side by side."""
    view = review.view()
    portfolio = view.portfolio(mentee)
    alternates = () if portfolio is None else portfolio.alternates
    return render(
        "compare.html.j2",
        review,
        key=mentee,
        mentor=mentor,
        name=view.people.name(mentee),
        portfolio=portfolio,
        other=view.people.name(mentor),
        organisation=view.people.organisation(mentor),
        listed=next((a for a in alternates if a.key == mentor), None),
        why=review.why(mentee, mentor, exact=exact),
        exact=exact,
    )


def _reason(view: View, key: str) -> str:
    for person in left_out(view.data, view.people):
        if person.key == key and person.role != "mentor":
            return f"{person.reason}. {person.detail}".strip()
    return ""


def _pair_words(decisions: pd.DataFrame, mentee: str) -> dict[str, tuple[str, str]]:
    """Return (decision, note) by mentor for one mentee; the mentee alone is under the empty id."""
    rows = decisions[decisions["mentee_id"] == mentee]
    return {
        m: (d, printable(n))
        for m, d, n in zip(rows["mentor_id"], rows["decision"], rows["note"], strict=True)
    }


def chips(decisions: pd.DataFrame, people: ShownNames) -> dict[str, list[str]]:
    """Return the decisions that stand, in words, by mentee."""
    found: dict[str, list[str]] = {}
    for row in decisions.itertuples(index=False):
        word = DECISION_WORDS[str(row.decision)]
        whom = people.name(str(row.mentor_id)) if row.mentor_id else ""
        found.setdefault(str(row.mentee_id), []).append(f"{word} {whom}".strip())
    return found


def decided(decisions: pd.DataFrame, people: ShownNames) -> list[dict[str, str]]:
    """Return the decisions that stand, for a table."""
    return [
        {
            "decision": DECISION_WORDS[str(row.decision)],
            "mentee": people.name(str(row.mentee_id)) if row.mentee_id else "",
            "mentor": people.name(str(row.mentor_id)) if row.mentor_id else "",
            "note": printable(row.note),
            "by": printable(row.by),
            "at": printable(row.at),
        }
        for row in decisions.itertuples(index=False)
    ]
