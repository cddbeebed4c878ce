"""Mentor portfolios for a whole cohort at once, with a proof of how close to the best they are.

The public names are loaded when they are first used, so that ``import matcher`` costs little.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from matcher.audit import audit
    from matcher.cohort import read_cohort
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config, load_config
    from matcher.errors import Finding, MatcherError
    from matcher.run import Matching, match
    from matcher.solve import solve
    from matcher.solve.solution import Solution
    from matcher.verify import VerifyReport, verify

__all__ = [
    "Cohort",
    "Config",
    "Finding",
    "MatcherError",
    "Matching",
    "Solution",
    "VerifyReport",
    "audit",
    "load_config",
    "match",
    "read_cohort",
    "solve",
    "verify",
]

_HOMES = {
    "Cohort": "cohort.cohort",
    "Config": "config",
    "Finding": "errors",
    "Matching": "run",
    "MatcherError": "errors",
    "Solution": "solve.solution",
    "VerifyReport": "verify",
    "audit": "audit",
    "load_config": "config",
    "match": "run",
    "read_cohort": "cohort",
    "solve": "solve",
    "verify": "verify",
}
"""Module of each public name."""


class _CallableModule(ModuleType):
    """A subpackage that is called like the function of its own name inside it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    @property
    def __wrapped__(self) -> Any:
        """The function, which `help` and `inspect.signature` look for under this name."""
        return getattr(self, self.__name__.rpartition(".")[2])


class _Package(ModuleType):
    """Keeps `matcher.solve(...)` working once the subpackage `matcher.solve` is imported.

    Import sets a subpackage as an attribute of its parent, over whatever stood there before. So the
    subpackages that share their name with a public function are made callable at that moment.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _HOMES.get(name) == name:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    return module if _HOMES[name] == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = _Package
