"""The programme's year: who approved, what became of each pair, who waits, answers, the board."""
