"""Weights learned from outcomes or from people's choices, and defended by sensitivity."""
