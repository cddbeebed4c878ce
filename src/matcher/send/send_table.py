"""``send.xlsx``: all that is sent, one row a recipient."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.records import address_in_ascii
from matcher.report.spreadsheet import Sheet, workbook_bytes
from matcher.run_tables import RUN_TABLES
from matcher.send.recipients import Addressee, Partner, Post, Recipient
from matcher.text import printable

FileNames = Mapping[str, str]
"""Files made for a recipient, by column of the table."""


def send_workbook(
    post: Post,
    made: Sequence[tuple[Recipient, FileNames]],
    created: datetime,
    unprinted: Collection[str] = (),
) -> bytes:
    """Return ``send.xlsx``; no cell runs.

    Parameters
    ----------
    post
        All letters of the run.
    made
        Recipients, each with the files made for them.
    created
        The day of the run.
    unprinted
        Ids of those whose plans no font here can print.
    """
    heads = spoken()["table"]
    columns = [replace(one, head=heads[one.name]) for one in RUN_TABLES["send"].in_sheet]
    rows = [
        _row(
            post,
            one,
            {**files, "note": _note(one.who, is_printed=one.who.person_id not in unprinted)},
        )
        for one, files in made
    ]
    cells = [tuple(row[column.name] for column in columns) for row in rows]
    title = printable(post.source.config.programme.name)
    return workbook_bytes([Sheet("send", columns, cells)], title, created)


def _row(post: Post, recipient: Recipient, files: FileNames) -> dict[str, object]:
    asked = recipient.is_asked and post.pairs.ask != "none"
    return {
        "name": recipient.who.name,
        "address": recipient.who.address,
        "letter": spoken()["sent_as"][recipient.letter],
        "partners": "; ".join(dict.fromkeys(map(_with_address, recipient.partners))),
        "reason": _reason(recipient),
        "first_step": recipient.first_step,
        "reply_by": words.when(post.reply_day(recipient)) if asked else "",
        "send_when": _when(recipient),
        "state": words.say("sent_when", "final" if post.source.is_approved else "draft"),
        "person_id": recipient.who.person_id,
        **{column: files.get(column, "") for column in ("mail", "plan", "invitation", "note")},
    }


def _reason(recipient: Recipient) -> str:
    """Return why, with the name of whom it is of where there are several and it does not say it."""
    partners = [partner for partner in recipient.partners if partner.reason]
    if len(partners) < 2:
        return recipient.reason
    is_said = [partner.name in partner.reason for partner in partners]
    told = zip(partners, is_said, strict=True)
    return " ".join(p.reason if named else f"{p.name}: {p.reason}" for p, named in told)


def _with_address(partner: Partner) -> str:
    return f"{partner.name} <{partner.address}>" if partner.address else partner.name


def _note(who: Addressee, *, is_printed: bool) -> str:
    holds = [not who.address, not address_in_ascii(who.address), not is_printed]
    told = spoken()["in_the_way"].values()
    return "; ".join(text for text, is_so in zip(told, holds, strict=True) if is_so)


def _when(recipient: Recipient) -> str:
    if not recipient.needs_letter:
        return words.say("sent_when", "no_news")
    first = words.listing(partner.name for partner in recipient.waits_for)
    return words.say("sent_when", "once" if first else "now", names=first)
