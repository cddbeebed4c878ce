"""The starter cohort folder that ``matcher init`` writes: form, mapping, dictionary, templates."""

from matcher.starter.documents import starter_documents

__all__ = ["starter_documents"]
