"""Who is meant: the one place where an id, an address or a full name becomes a person."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import pandas as pd
from rapidfuzz import fuzz, process

from matcher.cohort.ids import id_key, id_of_address, name_and_address, named_address, without_tag
from matcher.cohort.names import are_compatible, bare_name, name_keys, name_parts
from matcher.errors import ConfigError, Finding
from matcher.text import ID_PADDING, listed, shortened, shown_id

IdsMeant = tuple[str, ...]
Key = tuple[str, ...]

A_NAME = "the name"
"""In place of one in a message."""
_AN_ID = re.compile(r"(?=\b(\w+(?:[-./]\w+)*))(\w*?(\d*)\b)")
"""A word that may be an id: with what is joined to it, alone, and its figures: `nº0423`."""
NEAR = 70
"""Share of letters in common, in percent, from which an id or a name is offered as a near match."""


@dataclass(frozen=True)
class People:
    """Everybody whom a cohort knows, by all that they may be called."""

    ids: Mapping[str, IdsMeant] = field(default_factory=dict)
    """The person of each id, also of those that are not used any more; several where an id that
    was derived from an address is that of several people."""
    addresses: Mapping[str, IdsMeant] = field(default_factory=dict)
    """By folded address."""
    names: Mapping[Key, IdsMeant] = field(default_factory=dict)
    """By the parts of a full name in order of letters."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """By id that was derived from an address, and says nothing to people: the row it stands in."""
    besides: Self | None = None
    """By what they are called beside what counts, which is good for a question."""

    @classmethod
    def of(cls, frames: Iterable[pd.DataFrame], aliases: Mapping[str, str] | None = None) -> Self:
        """Return the people of frames with `person_id` and, where there are any, names.

        Parameters
        ----------
        frames
            Tables of people.
        aliases
            By an id that is another's as well: the id that is used for both.
        """
        columns = ["person_id", "email", "name", "preferred_name", "source_row"]
        parts = [pd.DataFrame(columns=columns), *(f.reindex(columns=columns) for f in frames)]
        rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        rows = rows.astype(object).where(rows.notna(), "")
        ids, addresses, names = _Gathered(), _Gathered(), _Gathered()
        of_row: dict[str, int] = {}
        for person, address, name, preferred, row in rows.drop_duplicates().itertuples(index=False):
            if not person:
                continue
            ids.add(person, person)
            plain = named_address(address)
            if plain:
                addresses.add(plain, person)
                ids.add(id_of_address(plain), person)
                if row != "" and person == id_of_address(plain):
                    of_row.setdefault(person, int(row))
            for key in _keys_of(name, preferred):
                names.add(key, person)
        for alias, person in (aliases or {}).items():
            ids[alias] = [person]
        return cls(ids.lists(), addresses.lists(), names.lists(), of_row)

    def meant(self, text: str) -> IdsMeant:
        """Return the ids of all whom a text may name: by id, else by address, else by name.

        A full name beside an address says which of the people of that address is meant; where it
        is that of somebody else who is here, both are, and where of nobody, nobody is for sure.
        """
        plain = text.strip(ID_PADDING)
        if plain in self.ids:
            return self.ids[plain]
        name, address = name_and_address(plain)
        if not address:
            return self._called(plain)
        owners, called = self.addresses.get(address, ()), self._called(name)
        agreeing = tuple(person for person in owners if self._may_be(person, name))
        return agreeing or (tuple(sorted({*owners, *called})) if owners and called else ())

    @cached_property
    def _alike(self) -> Mapping[str, IdsMeant]:
        """The people of ids by what a person sees of them, leading zeros aside."""
        found = _Gathered()
        for text, people in self.ids.items():
            for person in people:
                found.add(id_key(text).lstrip("0"), person)
        return found.lists()

    def looking_alike(self, text: str) -> IdsMeant:
        """Return whose id looks like a text."""
        return self._alike.get(id_key(text).lstrip("0"), ())

    def numbered(self, text: str) -> Iterator[IdsMeant]:
        """Yield the people of ids with a figure that stand as words in a text: `not with 04243`."""
        words = dict.fromkeys(word for found in _AN_ID.findall(text) for word in found)
        yield from (self.looking_alike(word) for word in words if any(map(str.isdigit, word)))

    def _may_be(self, person: str, name: str) -> bool:
        """Whether a name beside an address may be the owner's: one word, or one that agrees."""
        own = self._names_of.get(person)
        return not own or len(bare_name(name)) < 2 or any(are_compatible(name, x) for x in own)

    @cached_property
    def parts(self) -> frozenset[str]:
        """Every word of a full name, as `names.name_parts` writes it."""
        return frozenset(part for key in self.names for part in key)

    def is_part(self, word: str) -> bool:
        """Whether a word may stand in somebody's full name."""
        return self.parts.issuperset(name_parts(word))

    @cached_property
    def _names_of(self) -> Mapping[str, list[str]]:
        """What everybody is called, by id."""
        found = _Gathered()
        for key, people in self.names.items():
            for person in people:
                found.add(person, " ".join(key))
        return found

    def _called(self, name: str) -> IdsMeant:
        """Return the ids of all who have a full name."""
        return next((self.names[key] for key in name_keys(name) if key in self.names), ())

    def find(self, text: str) -> str | None:
        """Return the id of the one person whom a text names, None where it is nobody or several."""
        found = self.meant(text)
        return found[0] if len(found) == 1 else None

    def resolved(self, texts: pd.Series, *, by_name: bool = True) -> pd.Series:
        """Return a column with the ids of those who are named; what names nobody stays."""
        known = {text: self.find(text) for text in texts.dropna().unique()}
        changed = {
            text: person
            for text, person in known.items()
            if person not in (None, text) and (by_name or text in self.ids or "@" in text)
        }
        return texts.map(lambda text: changed.get(text, text)) if changed else texts

    def unresolved(self, text: str, noun: str, among: Collection[str] | None = None) -> Finding:
        """Return what is wrong with a reference that names nobody, or several people.

        Parameters
        ----------
        text
            What was written.
        noun
            Who it should be: mentee, mentor or member.
        among
            IdsMeant of those who could be meant; None: everybody.
        """
        if not text.strip():
            return Finding("E_UNKNOWN_PERSON", f"no {noun} is named", f"name a {noun}")
        found = self.meant(text)
        if len(found) > 1:
            told = shortened([self.shown(person) for person in found])
            message = f"{shown_reference(text)} names {len(found)} people: {told}"
            remedy = "write the id or the address of the one who is meant"
            return Finding("E_UNKNOWN_PERSON", message, remedy)
        if found and noun == "member":
            message = f"{self.shown(found[0])} signed up and is left out of this match"
            remedy = "put right why they are left out, or take this row out"
            return Finding("E_UNKNOWN_PERSON", message, remedy)
        if found:
            message = f"{shown_id(found[0])} is in this cohort, but is no {noun}"
            return Finding("E_UNKNOWN_PERSON", message, f"name a {noun}")
        near = [self.shown(person) for person in self.near(text, among)]
        remedy = f"did you mean {listed(near, 'or')}?" if near else "correct it, or add the person"
        message = f"{shown_reference(text)} is no {noun} of this cohort"
        return Finding("E_UNKNOWN_PERSON", message, remedy)

    def shown(self, person: str) -> str:
        """Return an id, with the row of the sign-up where it was derived from an address."""
        row = self.rows.get(person)
        return person if row is None else f"{person} (sign-up in row {row})"

    def named(self, text: str, noun: str, among: Collection[str]) -> str:
        """Return the id of whom an argument of a command names.

        Parameters
        ----------
        text
            An id, an address or a full name.
        noun, among
            Who it should be, and the ids of those.

        Raises
        ------
        ConfigError
            E_UNKNOWN_PERSON with the nearest ids.
        """
        found = self.find(text)
        if found is None or found not in among:
            raise ConfigError(self.unresolved(text, noun, among))
        return found

    def near(self, text: str, among: Collection[str] | None = None, most: int = 3) -> Iterator[str]:
        """Yield ids of those whom a text may have been meant to name, the likeliest first."""
        known = sorted({p for people in self.ids.values() for p in people} & set(among or self.ids))
        wanted = id_key(text)
        twins = [p for p in known if id_key(p) == wanted]
        twins += self.besides.meant(text) if self.besides else ()
        twins += [p for p in known if wanted.isdigit() and p.lstrip("0") == wanted.lstrip("0")]
        found = dict.fromkeys(twins or self._nearly(text, known, most))
        yield from [person for person in found if person in known][:most]

    def _nearly(self, text: str, known: Iterable[str], most: int) -> Iterator[str]:
        """Yield who has the box of an address, parts of a name, then what is written nearly so."""
        name, address = name_and_address(text)
        parts = set(bare_name(name or address.partition("@")[0] if address else text))
        called: dict[str, IdsMeant] = dict(self.addresses)
        if address:
            yield from self._of_box(address)
        else:
            called = {own: (own,) for own in known}
            called |= {" ".join(key): people for key, people in self.names.items()}
        for key, people in self.names.items():
            yield from people if parts and parts <= {*key} else ()
        for wording in (address or text, " ".join(bare_name(text))):
            for own, _, _ in process.extract(
                wording, list(called), scorer=fuzz.ratio, score_cutoff=NEAR, limit=most
            ):
                yield from called[own]

    def _of_box(self, address: str) -> Iterator[str]:
        """Yield whose mailbox an address is, tags aside."""
        for own, people in self.addresses.items():
            if without_tag(own) == without_tag(address):
                yield from people

    def renamed(self, new: Callable[[str], str]) -> Self:
        """Return the same people under other ids, in no row; those of before still find them."""

        def under(known: Mapping[Any, IdsMeant]) -> dict[Any, IdsMeant]:
            return {key: tuple(sorted(map(new, people))) for key, people in known.items()}

        ids = under(self.ids)
        return replace(
            self,
            ids={person: (person,) for people in ids.values() for person in people} | ids,
            addresses=under(self.addresses),
            names=under(self.names),
            rows={},
            besides=self.besides and self.besides.renamed(new),
        )


class _Gathered(dict[Any, list[str]]):
    """IdsMeant by what they are called, each once."""

    def add(self, key: Any, person: str) -> None:
        people = self.setdefault(key, [])
        if person not in people:
            people.append(person)

    def lists(self) -> dict[Any, IdsMeant]:
        return {key: tuple(sorted(people)) for key, people in self.items()}


def _keys_of(name: str, preferred: str) -> set[Key]:
    """Return every key of somebody: the full name with and without titles, and the preferred one.

    A single part that a title leaves, and a first name alone, name nobody for sure.
    """
    keys = set(name_keys(name)[:1])
    keys |= {key for key in name_keys(name)[1:] if len(key) > 1}
    parts, wanted = name_parts(name), name_parts(preferred)
    if len(wanted) == 1 and "," not in name:  # with the surname, be it one of several words
        return keys | {tuple(sorted((*wanted, *parts[k:]))) for k in range(1, len(parts))}
    return keys | ({tuple(sorted(wanted))} if len(wanted) > 1 else set())


def shown_reference(text: str) -> str:
    """Return a reference fit for a message: an id as it is, never a name or an address.

    A word without a figure may be all that somebody is called.
    """
    is_id = len(text.split()) == 1 and any(map(str.isdigit, text))
    return shown_id(text) if is_id or "@" in text else A_NAME
