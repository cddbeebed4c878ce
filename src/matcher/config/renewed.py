"""Keys of 0.1 that have changed: read as their new form, each told once."""

from collections.abc import Iterator
from typing import Any

from matcher.errors import Finding


def renew(values: dict[str, Any]) -> Iterator[Finding]:
    """Put the keys of merged values into their new form, in place; yield what was changed.

    `extends = "v0.1"` keeps the weights and parameters of 0.1.
    """
    scoring, features = values.get("scoring"), values.get("features")
    if isinstance(scoring, dict) and scoring.pop("neutral", None) is not None:
        yield _told("scoring.neutral", "each feature has a neutral value of its own, `missing`")
    blocks = features if isinstance(features, list) else ()
    skipping = [one for one in blocks if isinstance(one, dict) and one.get("missing") == "skip"]
    for block in skipping:
        del block["missing"]
    if skipping:
        yield _told('missing = "skip"', "a blank counts with the feature's neutral value")
    portfolio = values.get("portfolio")
    if isinstance(portfolio, dict):
        values["portfolio"] = with_seats(portfolio)
        for key in OLD_SEATS:
            if portfolio.get(key):
                yield _told(f"portfolio.{key}", "it is a block of [[portfolio.seats]]")


OLD_SEATS = ("min_external", "max_same")
"""Keys of `[portfolio]` that became seats."""


def with_seats(portfolio: dict[str, Any]) -> dict[str, Any]:
    """Return the values of `[portfolio]` with seats in place of the keys of 0.1."""
    if portfolio.keys().isdisjoint(OLD_SEATS):
        return portfolio
    seats: list[Any] = list(portfolio.get("seats", ()))
    if least := portfolio.get("min_external"):
        seats.append({"name": "external", "external": True, "min": least})
    same = portfolio.get("max_same") or {}
    for column in sorted(same):
        seats.append({"name": f"of one {column}", "each": column, "max": same[column]})
    kept = {key: value for key, value in portfolio.items() if key not in OLD_SEATS}
    return {**kept, "seats": seats} if seats else kept


def _told(key: str, now: str) -> Finding:
    message = f"{key} is of version 0.1 and is read in its new form: {now}"
    return Finding("W_OLD_KEY", message, "take it out of the config", column=key)
