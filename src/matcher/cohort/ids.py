"""Ids of people: what may be in one, what makes two alike, and ids made from e-mail addresses."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import pandas as pd

from matcher.errors import Finding
from matcher.intake.cells.answer_words import Bad
from matcher.text import ID_PADDING, fold, shown_id

EMAIL_KEY = b"matcher e-mail id, version 1"
"""Key of the hash. It is public: a derived id hides an address from a reader's eye, it is no
secret (`--pseudonymise` is for that)."""

DIGITS = 12
"""Hexadecimal digits of a derived id: a collision among a million people has odds of 1 in 560."""

LONGEST = 200
"""Characters of an id; longer ones are answers in the wrong column or an open quote."""

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.?[^@\s,;<>]*")
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain_address(text: str) -> str | None:
    """Return an e-mail address as it is compared, or None where `text` is none."""
    address = fold(text).removeprefix("mailto:").strip("<> ")
    return address if _ADDRESS.fullmatch(address) else None


def id_of_address(address: str) -> str:
    """Return the id derived from an e-mail address: `p-` and a keyed BLAKE2b hash.

    The same address gives the same id in every table and every year, whatever its case.
    """
    digest = hashlib.blake2b(address.encode(), key=EMAIL_KEY, digest_size=DIGITS // 2)
    return f"p-{digest.hexdigest()}"


def parse_id(text: str) -> str | Bad | None:
    """Return an id without the padding around it, or what is wrong with its characters."""
    plain = text.strip(ID_PADDING)
    is_plain = plain.isascii() and plain.isprintable()
    if not is_plain and any(unicodedata.category(char) in _UNSAFE for char in plain):
        remedy = "type the id again by hand; it was probably pasted"
        return Bad("E_ID_CHARS", "the id holds invisible or control characters", remedy)
    if len(plain) > LONGEST:
        remedy = "check that the right column is read and every quote is closed"
        return Bad("E_ID_CHARS", f"the id is longer than {LONGEST} characters", remedy)
    return plain or None


def parse_address_id(text: str) -> str | Bad | None:
    """Return the id derived from the address in a cell."""
    if not text.strip():
        return None
    address = plain_address(text)
    if address is None:
        remedy = "correct it; it identifies the person"
        return Bad("E_EMAIL", "the answer is no e-mail address", remedy)
    return id_of_address(address)


def parse_reference(text: str) -> str | Bad | None:
    """Return the id that a table names, derived where it names an e-mail address."""
    address = plain_address(text) if "@" in text else None
    return id_of_address(address) if address else parse_id(text)


def id_key(text: str) -> str:
    """Return what two ids must not have in common: they would look the same to a person."""
    return "".join(fold(text).split())


def check_id_twins(ids: dict[str, pd.DataFrame]) -> list[Finding]:
    """Report ids that differ but look alike: case, spaces, or Unicode form.

    Parameters
    ----------
    ids
        By people table: frame with `person_id` and `source_row`.
    """
    parts = [frame[["person_id", "source_row"]].assign(table=name) for name, frame in ids.items()]
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    distinct = everyone.drop_duplicates("person_id").sort_values("person_id")
    keys = distinct["person_id"].map(id_key)
    twins = keys[keys.duplicated(keep=False)]
    findings = []
    for _, group in distinct.loc[twins.index].groupby(keys, sort=True):
        people = list(zip(group["person_id"], group["table"], group["source_row"], strict=True))
        findings += [_twin(person, people[0]) for person in people[1:]]
    return findings


def _twin(person: tuple[str, str, int], first: tuple[str, str, int]) -> Finding:
    shown = f"{shown_id(person[0])} and {shown_id(first[0])} ({first[1]} row {first[2]})"
    message = f"ids {shown} look alike"
    remedy = "write one person's id the same way everywhere, or give two people two ids"
    return Finding("E_ID_COLLISION", message, remedy, person[1], int(person[2]), "person_id")
