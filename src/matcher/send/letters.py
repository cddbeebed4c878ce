"""Letters from templates: ours, or those that a programme edits; a template can only read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from traceback import walk_tb
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from matcher.catalogue.catalogue import spoken
from matcher.errors import ConfigError, Finding, unreadable
from matcher.plans import plan_words as words
from matcher.send.pairs import LetterState
from matcher.send.recipients import Letter, Partner, Post, Recipient
from matcher.storage import write_files
from matcher.text import capital, printable

FOLDER = "letters"
"""Folder beside the tables in which a programme's own templates lie."""
LONGEST_LETTER = 100_000
SUBJECT = "Subject:"
_QUOTED = re.compile("'([^']*)'")
TOLD_TO_TEMPLATES = (
    *("subject", "me", "mentors", "mentees", "lost", "why", "ask", "reply_by"),
    *("contact", "programme", "is_draft"),
)
"""What a template may name; docs/letters.md says what each holds."""


@dataclass(frozen=True)
class Mail:
    """A letter in words."""

    subject: str
    text: str


@dataclass(frozen=True)
class Templates:
    """The templates of one run's letters.

    Parameters
    ----------
    language
        Of our own ones.
    folder
        Where a programme's own ones lie; those that are not there are ours.
    """

    language: str
    folder: Path | None = None

    @cached_property
    def texts(self) -> dict[str, str]:
        """Every template by name."""
        own = sorted(self.folder.glob("*.txt")) if self.folder and self.folder.is_dir() else []
        known = our_templates(self.language)
        for path in own:
            if path.name not in known:
                message = f"{path.name} is the template of no letter"
                remedy = f"name it one of {', '.join(sorted(known))}, or take it out"
                raise ConfigError(Finding("E_TEMPLATE", message, remedy, FOLDER))
            known[path.name] = _read(path)
        return known

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        return ImmutableSandboxedEnvironment(
            # The file's name with its text: a fault tells in which one it is.
            loader=jinja2.FunctionLoader(lambda name: (self.texts[name], name, lambda: True)),
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def mail(self, post: Post, recipient: Recipient, plan_files: Sequence[str] = ()) -> Mail:
        """Return the letter to somebody.

        Raises
        ------
        ConfigError
            E_TEMPLATE with file and line, where a template cannot be read or asks for what is not
            there; no value of a person stands in it.
        """
        name = f"{recipient.letter}.txt"
        try:
            text = self._environment.get_template(name).render(_said(post, recipient, plan_files))
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ConfigError(_template_fault(name, error, self.texts)) from None
        mail = _mail(text[:LONGEST_LETTER], name)
        note = "" if post.source.is_approved else f"{spoken()['send']['draft_note']}\n\n"
        return replace(mail, text=note + mail.text)


def our_templates(language: str) -> dict[str, str]:
    """Return our own templates in a language, by name."""
    folder = files(__package__) / FOLDER / language
    return {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.is_file()}


def write_templates(language: str, folder: Path) -> list[Path]:
    """Write our templates of a language for a programme to edit; those that are there stay."""
    ours = {folder / name: text for name, text in sorted(our_templates(language).items())}
    return write_files({path: text.encode() for path, text in ours.items() if not path.exists()})


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        finding = Finding("E_TEMPLATE", f"{path.name} is not UTF-8", "save it as UTF-8", FOLDER)
        raise ConfigError(finding) from None
    except OSError as error:
        raise unreadable(path, FOLDER) from error


def _template_fault(name: str, error: Exception, texts: Mapping[str, str]) -> Finding:
    """Return what is wrong with a template: names of the template alone, no value of a person."""
    name, line = _where(error, texts) or (name, None)
    if isinstance(error, jinja2.TemplateSyntaxError):
        what, name, line = "cannot be read as a template", error.name or name, error.lineno
    elif isinstance(error, jinja2.UndefinedError):
        what = f"asks for {_asked_for(error, texts[name], line)} that letters do not have"
    elif isinstance(error, jinja2.exceptions.SecurityError):
        what = "asks for something that a template may not do"
    elif isinstance(error, jinja2.TemplateNotFound):
        what = "includes a template that is not there"
    else:
        what = "cannot be filled in"
    remedy = f"a template may name {', '.join(TOLD_TO_TEMPLATES)}"
    return Finding("E_TEMPLATE", f"the template {what}", remedy).at(f"{FOLDER}/{name}", line)


def _where(error: Exception, texts: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the template and its line in which an error came up: it may be an included one."""
    steps = [(f.f_code.co_filename, line) for f, line in walk_tb(error.__traceback__)]
    return next((step for step in reversed(steps) if step[0] in texts), None)


def _asked_for(error: jinja2.UndefinedError, text: str, line: int | None) -> str:
    """Return the word that is not known, if it is one of the template's own."""
    told = _QUOTED.findall(str(error))
    word, here = told[-1] if told else "", text.splitlines()[line - 1] if line else text
    return f"{word}," if word.isidentifier() and word in here else "something"


def _mail(text: str, name: str) -> Mail:
    first, _, rest = text.lstrip().partition("\n")
    if not first.startswith(SUBJECT):
        message = f"the template does not begin with '{SUBJECT}'"
        finding = Finding("E_TEMPLATE", message, "write the subject into the first line")
        raise ConfigError(finding.at(f"{FOLDER}/{name}", 1))
    lines = [line.rstrip() for line in rest.strip().splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return Mail(printable(first[len(SUBJECT) :])[:200], "\n".join(kept) + "\n")


def _said(post: Post, recipient: Recipient, plan_files: Sequence[str]) -> dict[str, Any]:
    """Return what a template may name; plain texts and flags, no object of ours."""
    programme, told = post.source.config.programme, spoken()["send"]
    is_together = recipient.letter is Letter.BOTH
    names = list(dict.fromkeys(partner.name for partner in recipient.partners))
    if names:
        about = words.listing(names)
        subject = words.say_many(len(names), "subjects", recipient.letter, names=about)
    else:
        subject = str(told[f"subject_{recipient.letter}"])
    if programme.name:
        subject = told["subject_programme"].format(programme=programme.name, subject=subject)
    if not post.source.is_approved:
        subject = f"[{told['draft']}] {subject}"
    return {
        "subject": subject,
        "me": {
            "name": recipient.who.name,
            "short": recipient.who.short,
            "first_step": recipient.first_step,
            "plan_file": next(iter(plan_files), ""),
            "plan_files": list(plan_files),
        },
        "mentors": [_partner(partner) for partner in recipient.mentors],
        "mentees": [_partner(partner) for partner in recipient.mentees],
        "why": list(recipient.why),
        "ask": "both" if is_together and programme.ask != "none" else programme.ask,
        "reply_by": words.when(post.reply_day(recipient), "by"),
        "lost": list(recipient.lost),
        "contact": programme.contact,
        "programme": capital(programme.name or told["programme"]),
        "is_draft": not post.source.is_approved,
    }


def _partner(partner: Partner) -> Mapping[str, object]:
    return {
        "name": partner.name,
        "short": partner.short,
        "place": partner.place,
        "approach": partner.approach,
        "reason": partner.reason,
        "reach": partner.reach,
        "address": partner.address,
        "mutual": partner.match.is_mutual,
        "is_new_here": not partner.match.is_mutual,
        "continues": partner.state is LetterState.CONTINUES,
        "over": partner.state is LetterState.CONTINUES and partner.match.is_past,
        "agreed": partner.state is LetterState.AGREED,
        "asked": partner.state is LetterState.ASKED,
        "said_yes": partner.state is LetterState.SAID_YES,
    }
