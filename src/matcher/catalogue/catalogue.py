"""A catalogue of words: ours in a language, with what a programme says otherwise.

Pages are made in one language at a time, so the words that are spoken are a context, as with
gettext: whoever makes pages enters `speaking`, whoever writes a sentence asks `spoken`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any

from matcher.text import nearest

LANGUAGES = ("en", "de")
"""Languages of which every word is there; the first is the original."""
Words = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The words of a language; compared and kept by what it is, not by what it holds."""

    language: str
    words: Words
    labels: Mapping[str, str] = field(default_factory=dict)
    """What a programme's own options are called in its form, by name of the facet."""

    def __getitem__(self, section: str) -> Any:
        return self.words[section]

    @cached_property
    def flat(self) -> dict[str, Any]:
        """Every text or list of texts by its keys, with dots between them."""
        return {".".join(keys): value for keys, value in leaves(self.words)}

    @cached_property
    def sha256(self) -> str:
        """Hash of the words, for the manifest of what was sent."""
        text = json.dumps(self.words, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def ours(language: str) -> Catalogue:
    """Return our own words in a language, those that mentees and mentors read."""
    return _read(language, f"{language}.toml")


@cache
def for_pages(language: str) -> Catalogue:
    """Return the words in a language that coordinators read on the pages of the app."""
    return _read(language, f"pages_{language}.toml")


def _read(language: str, name: str) -> Catalogue:
    return Catalogue(language, tomllib.loads((files(__package__) / name).read_text("utf-8")))


def with_own(language: str, own: Words) -> Catalogue:
    """Return the words of a language, with those that a programme says otherwise."""
    return Catalogue(language, _merged(ours(language).words, own)) if own else ours(language)


def _merged(words: Words, own: Words) -> dict[str, Any]:
    return {
        key: _merged(value, own[key])
        if isinstance(value, dict) and key in own
        else own.get(key, value)
        for key, value in words.items()
    }


_SPOKEN: ContextVar[Catalogue] = ContextVar("spoken")


def spoken() -> Catalogue:
    """Return the words in which pages are being made: English where nobody said."""
    return _SPOKEN.get(ours(LANGUAGES[0]))


def worded(key: str, n: float | None = None, /, **places: object) -> str:
    """Return a text of the pages in the language spoken, with its places filled in.

    Parameters
    ----------
    key
        Its keys in the catalogue, with dots between them.
    n
        What is counted: the text has a form for one and a form for many.
    places
        What stands in its braces; numbers as the language writes them.
    """
    words = for_pages(spoken().language).flat
    text = words[key if n is None or key in words else f"{key}.{'one' if n == 1 else 'many'}"]
    told = {"n": n, **places}
    numbers = {name: numeral(v) for name, v in told.items() if type(v) in (int, float)}
    return ended(text.format(**{**told, **numbers}))


def ended(text: str) -> str:
    """Return a sentence with one full stop where it ends with a name such as ``A. B.``."""
    return text[:-1] if text.endswith("..") and not text.endswith("...") else text


def numeral(n: Any) -> str:
    """Return a number as the language spoken writes it: ``1,234.5`` or ``1.234,5``."""
    signs = for_pages(spoken().language)["numbers"]
    return f"{n:,.12g}".translate(str.maketrans({",": signs["group"], ".": signs["point"]}))


def browser_language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that we speak, else English."""
    asked = (part.strip()[:2].lower() for part in accepted.split(","))
    return next((code for code in asked if code in LANGUAGES), LANGUAGES[0])


@contextmanager
def speaking(
    language: str, own: Words | None = None, labels: Mapping[str, str] | None = None
) -> Iterator[Catalogue]:
    """Make what is written inside the block speak a language.

    Parameters
    ----------
    language
        One of `LANGUAGES`.
    own
        What a programme says otherwise, nested as in the catalogue.
    labels
        What its own options are called, by name of the facet.
    """
    words = _kept(language, json.dumps(own or {}), tuple((labels or {}).items()))
    before = _SPOKEN.set(words)
    try:
        yield words
    finally:
        _SPOKEN.reset(before)


@lru_cache(maxsize=8)
def _kept(language: str, own: str, labels: tuple[tuple[str, str], ...]) -> Catalogue:
    """Return one catalogue for the same words: what is kept by catalogue is found again."""
    words = with_own(language, json.loads(own))
    return Catalogue(language, words.words, dict(labels)) if labels else words


def leaves(words: Words, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every text or list of texts with the keys that lead to it."""
    for key, value in words.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def places(value: Any) -> set[str]:
    """Return what stands in braces in a text or a list of texts.

    Raises
    ------
    ValueError
        Where a brace is not closed, or holds more than a name.
    """
    texts = value if isinstance(value, list | tuple) else [value]
    found = {
        name for text in texts for _, name, *how in Formatter().parse(text) if name is not None
    }
    if not all(name.replace("_", "a").isalnum() for name in found):
        raise ValueError("a brace holds more than a name")
    return found


def word_faults(language: str, own: Words) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield keys, what is wrong and what to do of every word of a programme that cannot stand."""
    known = dict(leaves(ours(language).words)) if own else {}
    for keys, value in leaves(own):
        if keys not in known:
            near = nearest(".".join(keys), [".".join(key) for key in known])
            sections = ", ".join(ours(language).words)
            hint = f"did you mean {near}?" if near else f"the words stand under: {sections}"
            yield keys, "there is no such word", hint
        elif type(value) is not type(known[keys]) or not all(
            isinstance(text, str) for text in (value if isinstance(value, list) else [value])
        ):
            kind = "a list of texts" if isinstance(known[keys], list) else "a text"
            yield keys, f"the word is not {kind}", f"write {kind} for it"
        else:
            yield from _wrong_places(keys, value, known[keys])


def _wrong_places(
    keys: tuple[str, ...], value: Any, known: Any
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    allowed = places(known)
    choices = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
    try:
        unknown = places(value) - allowed
    except ValueError:
        yield keys, "the braces cannot be read", f"the places are: {choices}"
        return
    if unknown:
        yield keys, f"there is no place {{{min(unknown)}}}", f"the places are: {choices}"
