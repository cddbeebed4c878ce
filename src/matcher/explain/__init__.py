"""Why these mentors, why not that one, and what it would cost."""

from matcher.explain.why_not_pair import PairExplanation, explain_pair
from matcher.explain.why_portfolio import PortfolioExplanation, explain_portfolio

__all__ = ["PairExplanation", "PortfolioExplanation", "explain_pair", "explain_portfolio"]
