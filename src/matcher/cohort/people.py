"""Who is meant: the one place where an id, an address or a full name becomes a person."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd
from rapidfuzz import fuzz, process

from matcher.cohort.ids import id_key, id_of_address, named_address
from matcher.cohort.names import bare_name, name_keys, name_parts
from matcher.errors import ConfigError, Finding
from matcher.text import ID_PADDING, listed, shortened, shown_id

IdsMeant = tuple[str, ...]
Key = tuple[str, ...]

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
        columns = ["person_id", "email", "name", "preferred_name"]
        rows = pd.concat([frame.reindex(columns=columns) for frame in frames], ignore_index=True)
        rows = rows.astype(object).where(rows.notna(), "")
        ids, addresses, names = _Gathered(), _Gathered(), _Gathered()
        for person, address, name, preferred in rows.drop_duplicates().itertuples(index=False):
            if not person:
                continue
            ids.add(person, person)
            plain = named_address(address)
            if plain:
                addresses.add(plain, person)
                ids.add(id_of_address(plain), person)
            for key in _keys_of(name, preferred):
                names.add(key, person)
        for alias, person in (aliases or {}).items():
            ids[alias] = [person]
        return cls(ids.lists(), addresses.lists(), names.lists())

    def meant(self, text: str) -> IdsMeant:
        """Return the ids of all whom a text may name: by id, else by address, else by name."""
        plain = text.strip(ID_PADDING)
        if plain in self.ids:
            return self.ids[plain]
        address = named_address(plain) if "@" in plain else None
        if address:
            return self.addresses.get(address, ())
        return next((self.names[key] for key in name_keys(plain) if key in self.names), ())

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
            Ids of those who could be meant; None: everybody.
        """
        found = self.meant(text)
        if len(found) > 1:
            message = f"{shown_reference(text)} names {len(found)} people: {shortened(found)}"
            return Finding("E_UNKNOWN_PERSON", message, "write the id of the one who is meant")
        near = list(self.near(text, among))
        remedy = f"did you mean {listed(near, 'or')}?" if near else "correct it, or add the person"
        message = f"{shown_reference(text)} is no {noun} of this cohort"
        return Finding("E_UNKNOWN_PERSON", message, remedy)

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
        twins += [p for p in known if wanted.isdigit() and p.lstrip("0") == wanted.lstrip("0")]
        found = dict.fromkeys(twins)
        if not twins:
            called: dict[str, IdsMeant] = {text: (text,) for text in known}
            called |= {" ".join(key): people for key, people in self.names.items()}
            if "@" in text:
                called = dict(self.addresses)
            for wording in (text, " ".join(bare_name(text))):
                for name, _, _ in process.extract(
                    wording, list(called), scorer=fuzz.ratio, score_cutoff=NEAR, limit=most
                ):
                    found |= dict.fromkeys(p for p in called[name] if p in known)
        yield from list(found)[:most]

    def renamed(self, new: Callable[[str], str]) -> Self:
        """Return the same people under other ids; they are still found by those of before."""

        def under(known: Mapping[Any, IdsMeant]) -> dict[Any, IdsMeant]:
            return {key: tuple(sorted(map(new, people))) for key, people in known.items()}

        ids = under(self.ids)
        return replace(
            self,
            ids={person: (person,) for people in ids.values() for person in people} | ids,
            addresses=under(self.addresses),
            names=under(self.names),
        )


class _Gathered(dict[Any, list[str]]):
    """Ids by what they are called, each once."""

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
    if len(wanted) == 1 and len(parts) > 1 and "," not in name:
        wanted = (*wanted, parts[-1])
    if len(wanted) > 1:
        keys.add(tuple(sorted(wanted)))
    return keys


def shown_reference(text: str) -> str:
    """Return a reference fit for a message: an id as it is, never a name or an address."""
    return "the name" if len(text.split()) > 1 and "@" not in text else shown_id(text)
