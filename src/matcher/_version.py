"""The version of the package, for its metadata and for the files that it writes."""

__version__ = "0.2.0"
