"""Why people are left out: the smallest set of people and rules in conflict, and what helps."""

from matcher.explain.unplaced.unplaced import Unplaced, explain_unplaced

__all__ = ["Unplaced", "explain_unplaced"]
