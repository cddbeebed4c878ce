"""The master problem: its columns, its linking rows, and what pricing is asked."""
