"""What people decided about proposed pairs, and the log that keeps it."""
