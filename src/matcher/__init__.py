"""Mentor portfolios for a whole cohort at once, with a proof of how close to the best they are.

The public names are loaded when they are first used, so that ``import matcher`` costs little:
nothing is imported here, since a Ctrl-C would find the command there without a handler.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from matcher._version import __version__ as __version__
    from matcher.checker import VerifyReport
    from matcher.cohort import Cohort
    from matcher.config import Config, load_config
    from matcher.errors import Finding, MatcherError
    from matcher.intake import read_cohort
    from matcher.network import audit
    from matcher.publish.matching import Matching
    from matcher.run import match
    from matcher.scoring.feature_vectors import FeatureVectors, feature_vectors
    from matcher.send.sent_again import verify
    from matcher.solver import solve
    from matcher.solver.solution import Solution

__all__ = [
    "Cohort",
    "Config",
    "FeatureVectors",
    "Finding",
    "MatcherError",
    "Matching",
    "Solution",
    "VerifyReport",
    "audit",
    "feature_vectors",
    "load_config",
    "match",
    "read_cohort",
    "solve",
    "verify",
]

_HOMES = {
    "Cohort": "cohort",
    "Config": "config",
    "FeatureVectors": "scoring.feature_vectors",
    "Finding": "errors",
    "Matching": "publish.matching",
    "MatcherError": "errors",
    "Solution": "solver.solution",
    "VerifyReport": "checker",
    "__version__": "_version",
    "audit": "network",
    "feature_vectors": "scoring.feature_vectors",
    "load_config": "config",
    "match": "run",
    "read_cohort": "intake",
    "solve": "solver",
    "verify": "send.sent_again",
}
"""Module of each public name."""


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
