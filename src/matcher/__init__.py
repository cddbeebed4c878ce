"""Mentor portfolios for a whole cohort at once, with a proof of how close to the best they are."""

from __future__ import annotations

__version__ = "0.1.0"
