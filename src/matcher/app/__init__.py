"""The programme in the browser, and the review of a run. Needs the extra ``[app]``."""
