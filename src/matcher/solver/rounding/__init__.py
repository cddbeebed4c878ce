"""From fractional columns to whole portfolios."""
