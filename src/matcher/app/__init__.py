"""The programme in the browser. Needs the extra ``[app]``."""
