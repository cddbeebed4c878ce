"""Why a figure of the audit is not defined for a person."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes of the column `reason` in ``audit.csv``."""

    EMPTY_NETWORK = "EMPTY_NETWORK"
    """No contact is named."""
    TOO_FEW_CONTACTS = "TOO_FEW_CONTACTS"
    """The figure needs more contacts than are named."""
    NOT_ANSWERED = "NOT_ANSWERED"
    """No contact has an answer that the figure needs."""
    ONE_CATEGORY = "ONE_CATEGORY"
    """Only one category is declared, so nothing can vary."""
    EGO_UNKNOWN = "EGO_UNKNOWN"
    """The person's own category is not known."""
    NO_POPULATION = "NO_POPULATION"
    """Nothing is known about the people whom the person could have named."""
    POPULATION_UNIFORM = "POPULATION_UNIFORM"
    """All or none of the population share the person's category."""
    POPULATION_TOO_SMALL = "POPULATION_TOO_SMALL"
    """More contacts of a category are named than the population holds."""
    NO_SECOND_AUDIT = "NO_SECOND_AUDIT"
    """There is no earlier audit to compare with."""
