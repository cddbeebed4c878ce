"""Pseudonyms, and what is held about a person: shown, copied without, said in a statement."""
