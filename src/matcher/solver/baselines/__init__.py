"""What programmes do without an optimiser, under the same hard constraints."""
