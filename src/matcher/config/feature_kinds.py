"""The kinds of feature that a config may name, each declared once, by the file that computes it.

A kind registers itself when its file is imported. There are three doors: the package `BUILT_IN_AT`,
a program that calls :func:`register`, and distributions with an entry point of the group `GROUP`,
of which a kind is imported only when a config names it. The config holds what kinds declare and
knows none of the code that computes them; so `BUILT_IN_AT` is a text, as an entry point is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from math import isfinite
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from matcher.errors import ConfigError, Finding, MatcherError
from matcher.vocabulary import Approach

BUILT_IN_AT = "matcher.features.kinds"
"""Package whose files register the kinds that come with matcher."""
GROUP = "matcher.features"
"""Entry point group of kinds from outside: the name is the kind's, the value what registers it."""

Maker = TypeVar("Maker", bound=Callable[..., Any])
BlockFault = tuple[str, str, str]
"""Key of a feature's block, what is wrong with it, and what to do."""
OptionValue = bool | float | str
NotEmpty = Annotated[str, Field(min_length=1)]


def _approach(name: str) -> str:
    if name and name not in tuple(Approach):
        raise ValueError(f"choose from {', '.join(Approach)}")
    return name


def _option(default: Any) -> Any:
    if not isinstance(default, int | OptionValue) or (
        isinstance(default, float) and not isfinite(default)
    ):
        raise ValueError("a default is true, false, a finite number or a text")
    return default


@dataclass(frozen=True, kw_only=True, config=ConfigDict(strict=True, extra="forbid"))
class FeatureKind:
    """All that the package knows of a kind of feature; its fields are checked when it is made.

    Parameters
    ----------
    name
        As configs write it.
    words
        What it looks at, for the people who are matched: a clause after 'that is'.
    meaning
        What it computes, a sentence for the config reference.
    make
        Takes ``features.stated_answers.BlockAnswers``, returns a ``features.base.Feature``.
    mentee, mentor
        Columns that it reads where a block names none; no `mentor`: the same as the mentee's.
    table
        Table that it reads beside those of the people, so that it says nothing without it.
    columns
        What a block may name: any columns, none, one a side, or as many on both sides.
    choices
        The only columns that a block may name; empty: any.
    options
        Its own options, ``[features.NAME.options]``, with their defaults.
    neutral
        Value that two people drawn at random would have, where a block does not state `missing`.
    approach
        The one approach of which it says anything; a programme without it leaves the feature out.
    by_approach
        Approaches that it reads in a way of its own, so that it helps to choose a pair's.
    check
        Yields what is wrong with a block beyond the range of each key.
    """

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    words: NotEmpty
    meaning: NotEmpty
    make: Callable[..., Any]
    mentee: tuple[NotEmpty, ...] = ()
    mentor: tuple[NotEmpty, ...] = ()
    table: str = ""
    columns: Literal["any", "none", "one", "paired"] = "any"
    choices: tuple[NotEmpty, ...] = ()
    options: Mapping[str, Annotated[Any, AfterValidator(_option)]] = field(default_factory=dict)
    neutral: Annotated[float, Field(ge=0, le=1)] = 0.5
    approach: Annotated[str, AfterValidator(_approach)] = ""
    by_approach: tuple[Annotated[str, AfterValidator(_approach)], ...] = ()
    check: Callable[[Any], Iterable[BlockFault]] = lambda block: ()

    @property
    def is_built_in(self) -> bool:
        """Whether the kind comes with matcher."""
        return self.make.__module__.startswith(f"{BUILT_IN_AT}.")

    @property
    def source(self) -> str:
        """Distribution and version that the kind comes from, else the module that registered it."""
        entry = _entry_points().get(self.name, [None])[0]
        if self.is_built_in or entry is None or entry.dist is None:
            return self.make.__module__
        return f"{entry.dist.name} {entry.dist.version}"


_kinds: dict[str, FeatureKind] = {}


def register(name: str, *, words: str, meaning: str, **more: Any) -> Callable[[Maker], Maker]:
    """Declare a kind of feature; decorates the function that makes its features.

    Parameters
    ----------
    name, words, meaning
        As in :class:`FeatureKind`.
    **more
        Further fields of :class:`FeatureKind`.

    Returns
    -------
    collections.abc.Callable
        Decorator that returns the function as it is.

    Raises
    ------
    ConfigError
        E_CONFIG with the kind and all that is wrong with its declaration: a field that there is
        not, or of another type or range, or a name that another function has registered.
    """

    def add(make: Maker) -> Maker:
        import_module(BUILT_IN_AT)  # nobody takes the name of a kind that comes with matcher
        try:
            fields = {**more, "name": name, "words": words, "meaning": meaning, "make": make}
            kind = FeatureKind(**fields)
        except ValidationError as error:
            raise ConfigError(_declared_wrongly(name, error)) from None
        known = _kinds.get(name)
        if known is not None and _written_at(known.make) != _written_at(make):
            by = ".".join(_written_at(known.make))
            raise _fault(f"kind {name} is registered already, by {by}", "take another name")
        _kinds[name] = kind
        return make

    return add


BY_US = "Value error, "
"""What pydantic puts before the words of a check of ours."""


def _written_at(make: Callable[..., Any]) -> tuple[str, str]:
    return make.__module__, getattr(make, "__qualname__", type(make).__qualname__)


def _declared_wrongly(name: object, error: ValidationError) -> Iterator[Finding]:
    """Yield what is wrong with a declaration, by field."""
    fields = ", ".join(FeatureKind.__dataclass_fields__)
    for fault in error.errors(include_input=False, include_url=False):
        place = ".".join(map(str, fault["loc"]))
        is_unknown = fault["type"] == "unexpected_keyword_argument"
        what = "there is no such field" if is_unknown else fault["msg"].removeprefix(BY_US)
        remedy = f"choose from {fields}" if is_unknown else "mend the call of register"
        yield Finding("E_CONFIG", f"kind {name!s}: {place}: {what}", remedy, column="features")


def kind_of(name: str) -> FeatureKind:
    """Return a kind by name; one of another distribution is imported now.

    Raises
    ------
    ConfigError
        E_CONFIG where nobody declares the kind, with the choices, or it cannot be imported.
    """
    import_module(BUILT_IN_AT)
    if name not in _kinds:
        _import_kind(name)
    return _kinds[name]


def is_known(name: str) -> bool:
    """Whether somebody declares a kind of that name; distributions are looked at last."""
    import_module(BUILT_IN_AT)
    return name in _kinds or name in _entry_points()


def unknown_kinds(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds that nobody declares here, of the blocks of a config as it is written."""
    blocks = config.get("features")
    kinds = [one.get("kind") for one in blocks or () if isinstance(one, dict)]
    named = {kind for kind in kinds if isinstance(kind, str)}
    return tuple(sorted(kind for kind in named if not is_known(kind)))


def faults_of(block: Any) -> Iterator[BlockFault]:
    """Yield what the kind of a block, :class:`FeatureConfig`, finds wrong with it."""
    kind = kind_of(block.kind)
    try:
        yield from [(f"{key}", f"{what}", f"{remedy}") for key, what, remedy in kind.check(block)]
    except Exception as error:
        if kind.is_built_in:
            raise
        what = f"the check of kind {kind.name} fails with {type(error).__name__}"
        yield "kind", what, f"update {kind.source}, or take the feature out"


def kind_names() -> tuple[str, ...]:
    """Return the names of all kinds that can be had, sorted; none is imported for that."""
    import_module(BUILT_IN_AT)
    return tuple(sorted({*_kinds, *_entry_points()}))


def built_in_kinds() -> tuple[FeatureKind, ...]:
    """Return the kinds that come with matcher, by name."""
    import_module(BUILT_IN_AT)
    return tuple(_kinds[name] for name in sorted(_kinds) if _kinds[name].is_built_in)


def foreign_sources(names: Iterable[str]) -> dict[str, str]:
    """Return where those of some kinds that are not matcher's own come from, by kind."""
    kinds = [kind_of(name) for name in sorted(set(names))]
    return {kind.name: kind.source for kind in kinds if not kind.is_built_in}


@cache
def _entry_points() -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def _import_kind(name: str) -> None:
    entries = _entry_points().get(name, [])
    makers = sorted({entry.dist.name if entry.dist else entry.value for entry in entries})
    if not entries:
        remedy = f"choose from {', '.join(kind_names())}, or install what declares it"
        raise _fault(f"there is no feature kind {name}", remedy)
    if len(makers) > 1:
        raise _fault(f"kind {name} is declared by {', '.join(makers)}", "uninstall all but one")
    try:
        entries[0].load()
    except MatcherError:
        raise
    except Exception as error:
        raise _broken(name, makers[0], f"fails on import: {type(error).__name__}") from error
    if name not in _kinds:
        raise _broken(name, makers[0], "does not register it")


def _broken(name: str, maker: str, what: str) -> ConfigError:
    return _fault(f"kind {name}: {maker} {what}", f"update {maker}, or take the features out")


def _fault(message: str, remedy: str) -> ConfigError:
    return ConfigError(Finding("E_CONFIG", message, remedy, column="features"))
