"""The pages of the review, from its own templates and the report's."""

from functools import cache
from typing import Any

import pandas as pd
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from matcher.app import ledger
from matcher.app.session import Review, View
from matcher.errors import MatcherError
from matcher.report import headline
from matcher.report.page import environment as report_environment
from matcher.report.run_data import ShownNames
from matcher.report.views import left_out
from matcher.text import printable

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
        state = state_of(review)
    except MatcherError:  # a page must be able to tell what is wrong with the run
        state = _bare(review)
    return review_templates().get_template(template).render(state=state, **context)


def _bare(review: Review) -> dict[str, Any]:
    return {"run": "", "title": "Review", "reviewer": review.reviewer, "job": review.job}


def state_of(review: Review) -> dict[str, Any]:
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
        sentences=headline.sentences(view.data),
        portfolios=view.portfolios,
        left_out=left_out(view.data, view.people),
        chips=chips(ledger.standing(view.run), view.people),
        decisions=decided(ledger.standing(view.run), view.people),
    )


def mentee_page(review: Review, key: str) -> str | None:
    """Return the page of one mentee, None where nobody has that id."""
    from matcher.app.session import known_mentees

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
        words=pair_words(ledger.standing(view.run), key),
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


def pair_words(decisions: pd.DataFrame, mentee: str) -> dict[str, tuple[str, str]]:
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
