"""Why a pair takes its approach and none of the others that the two have in common."""

import numpy as np

from matcher.explain.opened_run import OpenedRun
from matcher.features.base import Listed
from matcher.vocabulary import Approach


def why_approach(run: OpenedRun, i: int, j: int, taken: str) -> str:
    """Return in a clause why mentee `i` and mentor `j` take an approach, or would.

    Parameters
    ----------
    run
        The run.
    i, j
        Positions.
    taken
        The approach.
    """
    choice, pair = run.instance.candidates.approaches, Listed(np.array([i]), np.array([j]))
    one, options = Approach(taken), choice.options(pair)
    own = options.pop(one, None)
    if one is Approach.RECIPROCAL:
        return "both opted in to mentor each other"
    if own is None:
        return "the two have each other already; no approach is common to them now"
    if not options:
        return "the only one that both accept and that fits their experience"
    best = max(options, key=lambda name: (-options[name].place, options[name].worth))
    if int(choice.choose(pair)[0]) != tuple(Approach).index(one):
        return f"{best} would come first; a limit on sponsorships or a seat asks for this one"
    if own.place < options[best].place:
        return f"before {', '.join(options)} in the mentee's own order"
    if own.worth > options[best].worth:
        return f"scores {own.worth - options[best].worth:.3f} more than as {best}"
    return f"scores the same as {best}, and the programme names it first"
