"""Hashes of a cohort's files as its runs tell them: under a key that lies beside the tables alone.

The plain hash of a small table confirms a guess at it: who has a run and everybody's ids writes
each veto, rule or group that there may be until one has that hash.
"""

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from matcher.errors import StorageError
from matcher.privacy.pseudonyms import make_or_read_key, read_key
from matcher.whereabouts import home_of

INPUT_KEY = "inputs.key"
KEYED, OF_KEY = "hmac_sha256", "of_key"
"""Keys of a manifest's `cohort`: the digest of each file, and what tells the key from others."""

ThenAndNow = tuple[Mapping[str, str], Mapping[str, str]]
"""Digests by file, then and now."""


def told_hashes(hashes: Mapping[str, str], source: str) -> dict[str, Any]:
    """Return what a manifest tells of input, with the key beside it, which is made if need be.

    Where none can be written or read there, the key is one that nobody keeps: then no later reader
    can say whether the input is the same.

    Parameters
    ----------
    hashes
        SHA-256 by file or table.
    source
        Where the cohort lies.
    """
    key = None
    if source:
        with suppress(StorageError):
            key = make_or_read_key(_place(source))
    return _under(key or secrets.token_bytes(32), hashes)


def before_and_now(
    told: Mapping[str, Any], hashes: Mapping[str, str], source: str
) -> ThenAndNow | None:
    """Return digests by file, as a manifest tells them and as they are now, that may be compared.

    Parameters
    ----------
    told
        The manifest's `cohort`.
    hashes, source
        As for `told_hashes`, of the cohort as it is now.

    Returns
    -------
    tuple or None
        None where the key of the run is not beside the cohort.
    """
    try:
        now = _under(read_key(_place(source)), hashes)
    except StorageError:
        return None
    before, is_same = told.get(KEYED), told.get(OF_KEY) == now[OF_KEY]
    return (before, now[KEYED]) if is_same and isinstance(before, dict) else None


def _place(source: str) -> Path:
    return home_of(source) / INPUT_KEY


def _under(key: bytes, hashes: Mapping[str, str]) -> dict[str, Any]:
    def digest(text: str) -> str:
        return hmac.digest(key, text.encode(), "sha256").hex()

    keyed = {name: digest(f"{name}\0{plain}") for name, plain in sorted(hashes.items())}
    return {KEYED: keyed, OF_KEY: digest(INPUT_KEY)}
