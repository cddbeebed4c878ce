"""Exact optima of what is integral by itself: min-cost flows with their proof."""
