"""Plans for people: what a mentee and a mentor each get to read."""
