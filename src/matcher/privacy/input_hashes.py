"""What a cohort's runs hold under a key that lies beside the tables alone: hashes of files, noise.

The plain hash of a small table confirms a guess at it: who has a run and everybody's ids writes
each veto, rule or group that there may be until one has that hash. So too the noise of figures of
groups: whoever could draw it again tries each membership until one gives what is told.
"""

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from matcher.cohort.cohort import Cohort
from matcher.errors import StorageError
from matcher.privacy.pseudonyms import make_or_read_key, read_key
from matcher.whereabouts import home_of

INPUT_KEY = "inputs.key"
KEYED, OF_KEY = "hmac_sha256", "of_key"
"""Keys of a manifest's `cohort`: the digest of each file, and what tells the key from others."""
OF_PEOPLE = ("people", "known")
"""Keys of a manifest of letters that hold digests of what is known of people."""

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
    key = input_key(source, is_made=True)
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
    if (key := input_key(source)) is None:
        return None
    now = _under(key, hashes)
    before, is_same = told.get(KEYED), told.get(OF_KEY) == now[OF_KEY]
    return (before, now[KEYED]) if is_same and isinstance(before, dict) else None


def noise_secret(cohort: Cohort) -> bytes:
    """Return what noise of published figures is drawn with: the key beside the tables.

    Where there is none, what the tables alone hold: then whoever has them can draw it again.
    """
    key = input_key(cohort.source)
    return cohort.secret if key is None else hmac.digest(key, cohort.secret, "sha256")


def input_key(source: str, *, is_made: bool = False) -> bytes | None:
    """Return the key beside a cohort, made on request; None where there is none."""
    with suppress(StorageError):
        place = home_of(source) / INPUT_KEY
        return (make_or_read_key if is_made else read_key)(place) if source else None
    return None


def _under(key: bytes, hashes: Mapping[str, str]) -> dict[str, Any]:
    def digest(text: str) -> str:
        return hmac.digest(key, text.encode(), "sha256").hex()

    keyed = {name: digest(f"{name}\0{plain}") for name, plain in sorted(hashes.items())}
    return {KEYED: keyed, OF_KEY: digest(INPUT_KEY)}
