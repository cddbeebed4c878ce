"""Exact pricing: the best portfolio of every mentee at given prices."""
