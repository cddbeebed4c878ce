"""All that is sent for a run, as files of ``after/``: the table, mails, pages and invitations."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from matcher.catalogue.catalogue import spoken
from matcher.cohort.cohort import Cohort
from matcher.errors import ConfigError, Finding, InputError
from matcher.plans import plan_words as words
from matcher.plans.plan_files import mentor_html, plan_html
from matcher.plans.plan_page import PlanPage
from matcher.plans.records import address_in_ascii
from matcher.privacy.input_hashes import OF_PEOPLE, input_key
from matcher.publish import published_run
from matcher.publish.after_run import write_after
from matcher.publish.write_run import versions
from matcher.report.run_data import RunData
from matcher.report.spreadsheet import Sheet, workbook_bytes
from matcher.report.workbook import day_of
from matcher.run_tables import RUN_TABLES
from matcher.send.letters import FOLDER, Mail, Templates
from matcher.send.letters_now import OF_LETTERS, letters_now
from matcher.send.mails import Attached, eml, invitation
from matcher.send.pdf import PlanPrinter
from matcher.send.recipients import Addressee, Letter, Partner, Post, Recipient
from matcher.send.sent_runs import NEWS, NOBODY, RECORD, pair_states, record_digest, refuse_followed
from matcher.text import fold, printable
from matcher.whereabouts import home_of

MAILS, PAGES, INVITATIONS, SEND_TABLE = "mails", "pages", "invitations", "send.xlsx"
SENT_PARTS = (SEND_TABLE, MAILS, PAGES, INVITATIONS)
"""First parts of the names below `after/` of all that is sent."""
LATER_MAILS = "later"
"""Folder of mails that wait for somebody else's yes."""
MAILED = "mailed"
"""Key of a manifest of letters: how many mails there are, to how many people, and how many wait."""
TOLD_BY_LETTERS = (NEWS, MAILED, NOBODY)
"""Keys of a manifest of letters under which it says what they tell; others say from what."""
Printed = Callable[[PlanPage, str], bytes | None]
"""Prints a plan that is to lie under a name."""
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
LONGEST_STEM = 60


@dataclass(frozen=True)
class Sent:
    """What was made, for a line or two on the terminal."""

    folder: Path
    recipients: int
    mails: int
    without_address: int
    pdf: bool
    unprinted: int
    """Plans that no font here can print."""
    is_final: bool


@dataclass
class _Names:
    """File names after people, each once."""

    taken: set[str] = field(default_factory=set)

    def of(self, name: str, role: str = "") -> str:
        """Return a file name without ending: letters, digits, blanks, hyphens and apostrophes."""
        plain = unicodedata.normalize("NFC", "".join(map(_safe, name)))
        plain = " ".join(plain.split())[:LONGEST_STEM].strip(" -'")
        stem = plain if plain and not _RESERVED.fullmatch(plain) else f"{plain} person".strip()
        stem = f"{stem} {role}".strip()
        found, number = stem, 1
        while fold(found) in self.taken:
            number += 1
            found = f"{stem} {number}"
        self.taken.add(fold(found))
        return found


def _safe(sign: str) -> str:
    """Return what stands for a sign of a name: letters, their marks and digits for themselves."""
    kind = unicodedata.category(sign)
    return sign if kind[0] in "LMN" or sign in "'-" else "" if kind == "Cf" else " "


def post_of(run: Path, cohort: Cohort | None, day: date | None = None) -> Post:
    """Return all letters of a run.

    Parameters
    ----------
    run, cohort
        A published run and its people, with all that was recorded by now.
    day
        Day on which they are sent, today if None.

    Raises
    ------
    ConfigError
        E_PSEUDONYMS where the run names nobody on purpose.
    InputError
        E_NOT_FOUND where the cohort, which has the names and addresses, is not there.
    """
    if published_run.is_pseudonymised(run):
        what = "the run is under pseudonyms, so there is nobody to write to"
        raise ConfigError(Finding("E_PSEUDONYMS", what, "send a run made without --pseudonymise"))
    if cohort is None:
        what = "the cohort of the run is not found, and names and addresses are there alone"
        raise InputError(Finding("E_NOT_FOUND", what, "give --cohort PATH"))
    made = published_run.plan_source_of(run, cohort, day or date.today())
    source = replace(made, config=letters_now(run, made.config), shows_addresses=True)
    return Post(pair_states(run, source))


def templates_of(run: Path, post: Post, folder: Path | None) -> Templates:
    """Return the templates of a run's letters: the programme's own from a folder, else ours."""
    programme = post.source.config.programme
    if folder is not None and not folder.is_dir():
        what = "there is no such folder of templates"
        raise ConfigError(Finding("E_NOT_FOUND", what, "name one, or leave --letters out"))
    source = str(published_run.read_manifest(run).get("cohort", {}).get("source", "")) or run
    return Templates(programme.language, folder or home_of(source) / FOLDER)


def previews(post: Post, templates: Templates, person: str | None) -> Iterator[tuple[str, Mail]]:
    """Yield a letter of each kind, or all letters to one person, with whom each is to.

    Raises
    ------
    InputError
        E_UNKNOWN_PERSON where nobody of the run is meant.
    """
    people = post.source.cohort.people
    wanted = people.find(person) if person else None
    if person and wanted is None:
        raise InputError(people.unresolved(person, "member"))
    seen: set[Letter] = set()
    with post.source.speaking():
        for recipient in post.recipients:
            if recipient.who.person_id == wanted if person else recipient.letter not in seen:
                seen.add(recipient.letter)
                yield recipient.who.address or recipient.who.name, templates.mail(post, recipient)


@dataclass(frozen=True)
class LetterFiles:
    """All that is sent for a run, before it lies in its folder."""

    recipients: list[tuple[Recipient, dict[str, str]]]
    """Each with the names of their files, by column."""
    files: Mapping[str, bytes]
    unprinted: list[str]
    """Whose plans could not be printed."""
    told: Mapping[str, Any]
    """What the manifest says of it: `TOLD_BY_LETTERS`, and what it was made from."""


def send(run: Path, post: Post, templates: Templates, *, pdf: bool = True) -> Sent:
    """Write all that is sent for a run into its ``after/``; nothing leaves the machine.

    Parameters
    ----------
    run
        A published run.
    post, templates
        Its letters, and how they read.
    pdf
        Whether plans are printed too, where the extra ``[pdf]`` is there.

    Raises
    ------
    MatcherError
        E_TEMPLATE, E_WRITE, E_LOCKED; E_FOLLOWED where a later run was approved.
    """
    refuse_followed(run)
    printer = PlanPrinter.ready() if pdf else None
    printed = None if printer is None else lambda page, _: printer.printed(page, post.source.day)
    made = letter_files(run, post, templates, printed)
    # Whatever an earlier call made goes, also where there is none of its kind now.
    folder = write_after(run, made.files, made.told, SENT_PARTS)
    return Sent(
        folder=folder,
        recipients=len(made.recipients),
        mails=made.told[MAILED][0],
        without_address=sum(not recipient.who.address for recipient, _ in made.recipients),
        pdf=printer is not None,
        unprinted=len(made.unprinted),
        is_final=post.source.is_approved,
    )


def letter_files(
    run: Path, post: Post, templates: Templates, printed: Printed | None
) -> LetterFiles:
    """Make all that is sent for a run, and write none of it.

    Parameters
    ----------
    run, post, templates
        As of `send`.
    printed
        Returns a plan as PDF under the name of its file, None where it cannot; None prints none.
    """
    manifest = published_run.read_manifest(run)
    with post.source.speaking() as catalogue:
        maker = _Maker(post, templates, published_run.run_made_at(manifest), printed)
        made = [(recipient, maker.files_for(recipient)) for recipient in post.recipients]
        table = send_workbook(post, made, day_of(RunData.read(run)), maker.unprinted)
    told = [one for one in made if one[1].get("mail") and not one[0].waits_for]
    mailed = [one for one, files in made if files.get("mail")]
    said = {
        **_made_from(run, post, templates),
        "words": {"language": catalogue.language, "sha256": catalogue.sha256},
        NEWS: sorted(piece for one, _ in told for piece in one.news),
        MAILED: [
            len(mailed),
            len({one.who.person_id for one in mailed}),
            sum(bool(one.waits_for) for one in mailed),
        ],
        NOBODY: sorted(one.nobody for one in post.recipients if one.nobody),
    }
    return LetterFiles(made, {SEND_TABLE: table, **maker.files}, maker.unprinted, said)


def _made_from(run: Path, post: Post, templates: Templates) -> dict[str, Any]:
    """Return what letters are made from, by key; of people hashes under the key of the tables.

    Without that key nobody can say whether they are the same people, or guess at them.
    """
    source, cohort = post.source, post.source.cohort
    own = source.config.programme.model_dump(mode="json", include=set(OF_LETTERS))
    known = [sorted(source.told), sorted((pair, rows) for pair, rows in source.history.items())]
    people = [cohort.mentees.to_csv(), cohort.mentors.to_csv()]
    key = input_key(cohort.source) or secrets.token_bytes(32)
    return {
        "approval": published_run.approval_sentence(run),
        RECORD: record_digest(cohort),
        "day": str(post.source.day or date.today()),
        "settings": _digest(own),
        **{name: _digest(said, key) for name, said in zip(OF_PEOPLE, (people, known), strict=True)},
        "versions": versions(),
        "templates": {name: _digest(text) for name, text in sorted(templates.texts.items())},
    }


def _digest(content: object, key: bytes = b"") -> str:
    text = (content if isinstance(content, str) else json.dumps(content, default=str)).encode()
    return hmac.digest(key, text, "sha256").hex() if key else hashlib.sha256(text).hexdigest()


@dataclass
class _Maker:
    """Makes the files of recipients, one after the other."""

    post: Post
    templates: Templates
    made: datetime
    printed: Printed | None
    files: dict[str, bytes] = field(default_factory=dict)
    names: _Names = field(default_factory=_Names)
    unprinted: list[str] = field(default_factory=list)
    """Whose plans no font here can print."""

    @cached_property
    def _learners(self) -> set[str]:
        """Ids of those to whom a plan goes: what they get as mentors is named so."""
        return {one.who.person_id for one in self.post.recipients if one.plan is not None}

    def files_for(self, recipient: Recipient) -> dict[str, str]:
        """Make the files for somebody; return their names below ``after/``, by column."""
        is_further = recipient.plan is None and recipient.who.person_id in self._learners
        role = spoken()["files"]["as_mentor"] if is_further and recipient.page else ""
        stem = self.names.of(recipient.who.name, role)
        pages = list(self._pages(recipient, stem))
        found = {"plan": "; ".join(f"{PAGES}/{page.name}" for page in pages)}
        self.files |= {f"{PAGES}/{page.name}": page.content for page in pages}
        if not recipient.needs_letter:
            return found
        day = invitation(self.post, recipient, self.made)
        if day is not None:
            found["invitation"] = f"{INVITATIONS}/{stem}.ics"
            self.files[found["invitation"]] = day
            pages.append(Attached(f"{stem}.ics", day, "text/calendar"))
        named = [page.name for page in pages if page.kind == "text/html"]
        mail = self.templates.mail(self.post, recipient, named)
        contact = self.post.source.config.programme.contact
        folder = f"{MAILS}/{LATER_MAILS}" if recipient.waits_for else MAILS
        found["mail"] = f"{folder}/{stem}.eml"
        self.files[found["mail"]] = eml(mail, recipient, contact, pages)
        return found

    def _pages(self, recipient: Recipient, stem: str) -> Iterator[Attached]:
        if recipient.plan is not None:
            yield Attached(f"{stem}.html", plan_html(recipient.plan).encode(), "text/html")
            if self.printed is not None:
                pdf = self.printed(recipient.plan, f"{PAGES}/{stem}.pdf")
                if pdf is None:
                    self.unprinted.append(recipient.who.person_id)
                else:
                    yield Attached(f"{stem}.pdf", pdf, "application/pdf")
        if recipient.page is not None:
            name = (
                f"{self.names.of(recipient.who.name, spoken()['files']['as_mentor'])}.html"
                if recipient.plan
                else f"{stem}.html"
            )
            yield Attached(name, mentor_html(recipient.page).encode(), "text/html")


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
