"""The words of everything that mentees and mentors read, one catalogue a language."""
