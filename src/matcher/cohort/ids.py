"""Ids and the addresses that may stand for them: how they are read, derived and compared."""

import hashlib
import re
import unicodedata

from matcher.errors import Finding
from matcher.text import ID_PADDING, INVISIBLE, LOOKALIKES, fold

EMAIL_KEY = b"matcher e-mail id, version 1"
"""Key of the hash. It is public: a derived id hides an address from a reader's eye, it is no
secret (`--pseudonymise` is for that)."""

DIGITS = 12
"""Hexadecimal digits of a derived id: a collision among a million people has odds of 1 in 560."""

DERIVED_ID = re.compile(rf"\bp-[0-9a-f]{{{DIGITS}}}\b")
"""What a derived id looks like in a text."""

REMOVED_ID = re.compile(r"removed-[0-9a-f]{8}")
"""What stands for the id of somebody who was blacked out of a run."""

LONGEST, MOST_OF_NAME = 200, 500
"""Characters of an id, and of a name or address with what tools write around it; longer ones are
answers in the wrong column or an open quote."""

_ADDRESS = re.compile(r"[^@\s,;:<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)*")
_WRITTEN = re.compile(
    r"(?:(?P<name>[^<>()\[\]@]*)[<(\[]\s*)?(?:mailto:)?"
    r"(?P<address>[^@\s,;<>()\[\]]+@[^@\s,;<>()\[\]]+?)\.?\s*[>)\]]?"
    r"(?:\s*[(\[](?P<behind>[^()\[\]@]*)[)\]])?"
)
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain_address(text: str) -> str | None:
    """Return an e-mail address as it is compared, or None where `text` is none."""
    address = fold(text)
    return address if _ADDRESS.fullmatch(address) else None


def named_address(text: str) -> str | None:
    """Return the address in what mail programs write around one: `Ann Lee <mailto:ann@x.org>`."""
    return name_and_address(text)[1]


def name_and_address(text: str) -> tuple[str, str | None]:
    """Return the name beside an address, empty where there is none, and the address.

    Brackets of any kind, before or behind: `Ann Lee (ann@x.org)`, `ann@x.org (Ann Lee)`.
    """
    written = _WRITTEN.fullmatch(fold(text)) if "@" in text else None
    if not written:
        return "", None
    return written["name"] or written["behind"] or "", plain_address(written["address"])


def without_tag(address: str) -> str:
    """Return an address without the tag that its owner put behind a plus sign."""
    name, _, domain = address.rpartition("@")
    return f"{name.partition('+')[0] or name}@{domain}"


def id_of_address(address: str) -> str:
    """Return the id derived from an e-mail address: `p-` and a keyed BLAKE2b hash.

    The same address gives the same id in every table and every year, whatever its case.
    """
    digest = hashlib.blake2b(address.encode(), key=EMAIL_KEY, digest_size=DIGITS // 2)
    return f"p-{digest.hexdigest()}"


def parse_id(text: str) -> str | Finding | None:
    """Return an id without the padding around it, or what is wrong with its characters."""
    plain = text.strip(ID_PADDING)
    is_plain = plain.isascii() and plain.isprintable()
    if not is_plain and (
        INVISIBLE.search(plain) or any(unicodedata.category(char) in _UNSAFE for char in plain)
    ):
        remedy = "type the id again by hand; it was probably pasted"
        return Finding("E_ID_CHARS", "the id holds invisible or control characters", remedy)
    return (too_long(plain, "id", LONGEST) or plain) or None


def too_long(text: str, what: str, most: int) -> Finding | None:
    """Return that a text is longer than an id or a name can be, None where it is not."""
    remedy = "check that the right column is read and every quote is closed"
    message = f"the {what} is longer than {most} characters"
    return Finding("E_ID_CHARS", message, remedy) if len(text) > most else None


def parse_address_id(text: str) -> str | Finding | None:
    """Return the id derived from the address in a cell."""
    if not text.strip():
        return None
    address = plain_address(text)
    if address is None:
        remedy = "correct it; it identifies the person"
        return Finding("E_EMAIL", "the answer is no e-mail address", remedy)
    return id_of_address(address)


def parse_reference(text: str) -> str | Finding | None:
    """Return the id that a table names, derived where it names an e-mail address."""
    address = named_address(text)
    return id_of_address(address) if address else parse_id(text)


def id_key(text: str) -> str:
    """Return what two ids must not have in common: they would look the same to a person."""
    return "".join(fold(text).translate(LOOKALIKES).split())


def key_of_pair(*people: str) -> str:
    """Return what two people are known by together, in either order: a hash of their ids."""
    return hashlib.sha256("\0".join(sorted(people)).encode()).hexdigest()[:32]
