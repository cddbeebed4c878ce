"""What is wrong with the input: every problem of one pass together."""
