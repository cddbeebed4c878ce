"""Keys of 0.1 that have changed: read as their new form, each told once."""

import json
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
        seats = _as_seats(portfolio)
        values["portfolio"] = with_seats(portfolio)
        for key in (key for key in OLD_SEATS if seats[key]):
            blocks_of = "; ".join(map(_written, seats[key]))
            now = "it is a block of [[portfolio.seats]]"
            yield _told(f"portfolio.{key}", now, f"to keep it, put in its place {blocks_of}")


OLD_SEATS = ("min_external", "max_same")
"""Keys of `[portfolio]` that became seats."""


def with_seats(portfolio: dict[str, Any]) -> dict[str, Any]:
    """Return the values of `[portfolio]` with seats in place of the keys of 0.1."""
    if portfolio.keys().isdisjoint(OLD_SEATS):
        return portfolio
    renewed = _as_seats(portfolio)
    seats = [*portfolio.get("seats", ()), *(seat for key in OLD_SEATS for seat in renewed[key])]
    kept = {key: value for key, value in portfolio.items() if key not in OLD_SEATS}
    return {**kept, "seats": seats} if seats else kept


def _as_seats(portfolio: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return by key of 0.1 the seats that it is now."""
    least, same = portfolio.get("min_external"), portfolio.get("max_same") or {}
    return {
        "min_external": [{"name": "external", "external": True, "min": least}] if least else [],
        "max_same": [
            {"name": f"of one {column}", "each": column, "max": same[column]}
            for column in sorted(same)
        ],
    }


def _written(seat: dict[str, Any]) -> str:
    """Return a seat as it would stand in a config, in one line."""
    return "[[portfolio.seats]] " + ", ".join(f"{key} = {json.dumps(seat[key])}" for key in seat)


def _told(key: str, now: str, remedy: str = "take it out of the config") -> Finding:
    message = f"{key} is of version 0.1 and is read in its new form: {now}"
    return Finding("W_OLD_KEY", message, remedy, column=key)
