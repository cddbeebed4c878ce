"""Column generation: prices, the columns that price in, and the bound."""
