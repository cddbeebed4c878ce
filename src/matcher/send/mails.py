"""Mails and invitations as files that a mail program opens: nothing is sent from here.

Every value goes through the libraries that own the formats, so a name with a line end or a bracket
is a name and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from typing import Any

from matcher.catalogue.catalogue import spoken
from matcher.cohort.ids import named_address
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.records import address_in_ascii, address_of
from matcher.send.first_meetings import pair_key
from matcher.send.letters import Mail
from matcher.send.recipients import Post, Recipient
from matcher.text import printable


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    content: bytes
    kind: str
    """Such as ``text/html``."""


def eml(mail: Mail, recipient: Recipient, contact: str, attached: Sequence[Attached] = ()) -> bytes:
    """Return a mail as an ``.eml`` file that opens as a draft of one's own.

    Parameters
    ----------
    mail
        Subject and text.
    recipient
        To whom; nobody stands under To where no address is known.
    contact
        Address of the programme, with a name before it or not; it may be empty.
    attached
        Files that go with it.
    """
    # An encoded word inside an address is none: a header in UTF-8 is what carries such letters.
    name, address = parseaddr(contact) if named_address(contact) else ("", "")
    is_plain = address_in_ascii(recipient.who.address) and address_in_ascii(address)
    message = EmailMessage(policy=SMTP if is_plain else SMTPUTF8)
    head = _whom("From", name, address)
    head += _whom("To", recipient.who.name, recipient.who.address)
    message["X-Unsent"] = "1"
    message.set_content(mail.text)
    for file in attached:
        main, _, sub = file.kind.partition("/")
        if main == "text":
            text = file.content.decode("utf-8")
            message.add_attachment(text, subtype=sub, filename=file.name)
        else:
            message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    if message.is_multipart():
        # Drawn at random otherwise: the same letters give the same bytes.
        digest = hashlib.sha256(mail.text.encode() + mail.subject.encode()).hexdigest()
        message.set_boundary(f"=_{digest[:32]}")
    return _words("Subject", printable(mail.subject)) + b"\r\n" + head + message.as_bytes()


LONGEST_WORD = 60
"""Signs up to which a word of a header is written as it is: a longer one would fill a line."""


def _words(field: str, text: str) -> bytes:
    """Return a header of words: a message folds letters beyond ASCII and endless words amiss."""
    return _told(field, text, is_plain=all(len(word) <= LONGEST_WORD for word in text.split(" ")))


def _told(field: str, text: str, *, is_plain: bool = False) -> bytes:
    code = "us-ascii" if is_plain and text.isascii() and "=?" not in text else "utf-8"
    told = Header(text, code, header_name=field).encode(linesep="\r\n")
    return f"{field}: {told}".encode()


def _whom(field: str, name: str, address: str) -> bytes:
    """Return a header with a name and an address; empty where no mail takes the address."""
    plain = address_of({"email": address})
    if not plain:
        return b""
    local, _, domain = plain.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return b""
    shown = printable(name)
    if shown.isascii() and "=?" not in shown and len(shown) <= LONGEST_WORD:
        return f"{field}: {Address(shown, local, domain)}\r\n".encode()
    where = Address("", local, domain)
    return _told(field, shown) + f"\r\n <{where.addr_spec}>\r\n".encode()


def invitation(post: Post, recipient: Recipient, made: datetime) -> bytes | None:
    """Return the first meetings of somebody as an ``.ics`` file; None where no day is known.

    Nobody is invited by it: it stands in the reader's own calendar.

    Parameters
    ----------
    post
        All letters of the run.
    recipient
        Whose calendar it is for.
    made
        When the run was made, for the stamp that every entry has.
    """
    import icalendar

    matches = [p.match for p in recipient.partners if p.has_news]
    dated = {key: match for match in matches if (key := pair_key(match)) in post.meetings}
    if not dated:
        return None
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//matcher//mentoring//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for key, match in sorted(dated.items()):
        calendar.add_component(_meeting(post, match, key, made))
    return bytes(calendar.to_ical())


def _meeting(post: Post, match: PlannedMatch, key: str, made: datetime) -> Any:
    import icalendar

    told, event = spoken()["send"], icalendar.Event()
    title = told["a_first_meeting"].format(mentee=match.mentee_name, mentor=match.mentor_name)
    event.add("uid", f"{key}@matcher")
    event.add("dtstamp", made.astimezone(UTC))
    event.add("summary", title if post.source.is_approved else f"[{told['draft']}] {title}")
    event.add("description", told["about_meeting"])
    event.add("status", "TENTATIVE")
    first, last = post.meetings[key]
    event.add("dtstart", first)
    event.add("dtend", last)
    if not isinstance(first, datetime):
        event.add("transp", "TRANSPARENT")  # half an hour of a day, which stays free otherwise
    return event
