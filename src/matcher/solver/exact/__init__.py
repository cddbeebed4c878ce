"""Small problems in full: every portfolio listed, and CP-SAT over them."""
