"""Mails, whose words are encoded in headers and bodies: read, and written with other words."""

import email
import secrets
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import PurePosixPath

from matcher.privacy.disguises import REMOVED

_BROKEN = (LookupError, AttributeError, TypeError, ValueError)
"""What the standard library raises on mails that break its rules."""
_PRINTED = "application/pdf"
"""A page as it is printed, after the page itself: it says the same, and cannot be cleaned."""
_DATED = "text/calendar"
"""A meeting, whose key is a hash of who meets."""


def read_mail(content: bytes) -> tuple[str, list[str]]:
    """Return the headers and every text of a mail, decoded; and its parts that are no text.

    Raises
    ------
    ValueError
        Where a header or a text is encoded as nobody can read.
    """
    try:
        mail = _mail(content)
        return "\n".join(_texts(mail)), _unread_parts(mail)
    except _BROKEN as error:
        raise ValueError("no mail that can be read") from error


def _unread_parts(mail: EmailMessage) -> list[str]:
    """Return what of a mail is no text: attachments, pictures."""
    leaves = (part for part in mail.walk() if not part.is_multipart())
    return [part.get_content_type() for part in leaves if part.get_content_maintype() != "text"]


def mail_cleaned(content: bytes, clean: Callable[[str], str]) -> bytes:
    """Return a mail with its headers and texts cleaned, or as it is where that cannot be done.

    Whoever searches it again sees what is left.
    """
    try:
        return _cleaned(_mail(content), content, clean)
    except _BROKEN:
        return content


def _cleaned(mail: EmailMessage, content: bytes, clean: Callable[[str], str]) -> bytes:
    if all(clean(text) == text for text in _texts(mail)):
        return content
    changed = set()
    for part in mail.walk():
        stem = PurePosixPath(part.get_filename() or "").stem
        _clean_headers(part, clean)
        if part.get_content_maintype() == "text":
            old = str(part.get_content())
            if (new := clean(old)) != old:
                changed.add(stem)
                new = REMOVED if part.get_content_type() == _DATED else new
                _set_text(part, new, part.get_content_subtype())
        elif part.get_content_type() == _PRINTED and stem in changed:
            _set_text(part, REMOVED, "plain")
        if part.is_multipart():  # made of what the mail said
            part.set_boundary(f"=_{secrets.token_hex(16)}")
    return mail.as_bytes()


def _set_text(part: EmailMessage, text: str, subtype: str) -> None:
    """Write a text into a part, which stays the attachment that it was."""
    how, name = part.get_content_disposition(), part.get_filename()
    part.set_content(text, subtype=subtype, charset="utf-8")
    if how and name:
        part.add_header("Content-Disposition", how, filename=name)


def _clean_headers(part: EmailMessage, clean: Callable[[str], str]) -> None:
    headers = [(name, str(said), clean(str(said))) for name, said in part.items()]
    for name in {name for name, old, new in headers if new != old}:
        del part[name]
        for other, _, new in headers:
            if other == name:
                part[name] = " ".join(new.split())


def _mail(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, EmailMessage, policy=default)


def _texts(mail: EmailMessage) -> Iterator[str]:
    for part in mail.walk():
        yield from (f"{name}: {said}" for name, said in part.items())
        if part.get_content_maintype() == "text":
            yield str(part.get_content())
        elif not part.is_multipart():
            continue
        yield from (str(each) for each in (part.preamble, part.epilogue) if each)
