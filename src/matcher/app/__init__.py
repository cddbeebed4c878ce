"""The review in the browser: look, decide, rerun, approve. Needs the extra ``[review]``."""
