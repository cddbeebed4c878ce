"""File names for people, whatever their ids are."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
_HASHED = re.compile(r".*-[0-9a-f]{12}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


def file_stem(person_id: str) -> str:
    """Return a file name without ending that is safe everywhere and different for different ids.

    Ids of letters, digits, ``-`` and ``_`` stand for themselves. Any other id, one that a system
    reserves (such as ``CON``), and one that looks like a name made here keeps what is harmless of
    it and gets the start of its SHA-256.
    """
    plain = _PLAIN.fullmatch(person_id) and not _RESERVED.fullmatch(person_id)
    if plain and not _HASHED.fullmatch(person_id):
        return person_id
    kept = _OTHER.sub("-", person_id)[:40].strip("-_") or "person"
    digest = hashlib.sha256(person_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kept}-{digest[:12]}"
