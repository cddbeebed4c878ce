"""The optimisation problem of a cohort: what portfolios are worth and what binds them."""
