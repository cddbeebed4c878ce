"""Rules of a programme as objects: one file a rule.

`RULES` holds every kind of rule, found in the files of this folder. What a rule is asked for, and
by whom, stands in `rule`. The checker keeps its own copy of the rules, on purpose.
"""

from importlib import import_module
from pkgutil import iter_modules

from matcher.problem.rules.rule import ProgrammeRule

__all__ = ["RULES"]


def _found() -> tuple[type[ProgrammeRule], ...]:
    """Return every rule that can be made, in the order of `ProgrammeRule.place`."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if _is_rule(kind)}
    return tuple(sorted(kinds, key=lambda kind: (kind.place, kind.__name__)))


def _is_rule(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, ProgrammeRule) and kind.place > 0


RULES = _found()
