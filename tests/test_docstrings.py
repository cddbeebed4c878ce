"""Everything in an `__all__` says what it takes, gives and raises, in numpydoc's sections."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import matcher


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield public functions, and public methods of public classes, with their names."""
    found = {}
    for info in pkgutil.walk_packages(matcher.__path__, "matcher."):
        if info.name != "matcher.__main__":
            module = importlib.import_module(info.name)
            found |= {
                getattr(module, name): None
                for name in getattr(module, "__all__", ())
                if callable(getattr(module, name))
            }
    for name in matcher.__all__:
        if callable(getattr(matcher, name)):
            found[getattr(matcher, name)] = None
    for thing in found:
        if not str(thing.__module__).startswith("matcher"):
            continue
        label = f"{thing.__module__}.{thing.__qualname__}"
        if not inspect.isclass(thing):
            yield label, thing
            continue
        for name, part in vars(thing).items():
            method = getattr(part, "__func__", part)
            # A field of a dataclass may hold a function: that has no docstring to write.
            is_own = inspect.isfunction(method) and method.__name__ == name
            if is_own and not name.startswith(("_", "model_")):
                yield f"{label}.{name}", method


def lacking(method: Callable[..., Any]) -> Iterator[str]:
    """Yield the sections, and the parameters, that a docstring lacks."""
    text, signature = inspect.getdoc(method) or "", inspect.signature(method)
    named = {
        name.strip().lstrip("*")
        for line in text.splitlines()
        if re.fullmatch(r"\*{0,2}\w+(, \*{0,2}\w+)*", line)
        for name in line.split(",")
    }
    yield from sorted(set(signature.parameters) - {"self", "cls"} - named)
    gives = signature.return_annotation not in (None, "None", inspect.Signature.empty)
    if gives and not re.search(r"^(Returns|Yields)\n---", text, re.MULTILINE):
        yield "Returns"
    raises = re.search(r"^\s+raise \w", inspect.getsource(method), re.MULTILINE)
    if raises and not re.search(r"^Raises\n---", text, re.MULTILINE):
        yield "Raises"


def test_public_names_say_what_they_take_give_and_raise() -> None:
    """Readers of the API reference never have to open the code for it."""
    found = {name: [*lacking(method)] for name, method in public()}
    assert len(found) > 100
    assert {name: what for name, what in found.items() if what} == {}


def test_a_docstring_without_sections_is_found() -> None:
    """The check sees a parameter, a result and an error that are not said."""

    def silent(rows: int, *, limit: float = 1.0) -> int:
        """Return something."""
        if limit < 0:
            raise ValueError(limit)
        return rows

    assert [*lacking(silent)] == ["limit", "rows", "Returns", "Raises"]
