"""Why these mentors, why not that one, and what it would cost."""

from matcher.explain.pair import PairExplanation, explain_pair
from matcher.explain.portfolio import PortfolioExplanation, explain_portfolio

__all__ = ["PairExplanation", "PortfolioExplanation", "explain_pair", "explain_portfolio"]
