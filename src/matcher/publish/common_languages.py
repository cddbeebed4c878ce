"""How many matched pairs named no language in common."""

from matcher.cohort.languages import are_asked, spoken_by
from matcher.publish.matched_pairs import MatchedPairs


def common_languages(pairs: MatchedPairs) -> dict[str, int] | None:
    """Return of how many pairs both languages are ``known``, and how many of those share ``none``.

    None where one side was not asked.
    """
    cohort = pairs.instance.cohort
    if not are_asked(cohort):
        return None
    ours, theirs = spoken_by(cohort.mentees), spoken_by(cohort.mentors)
    matched = zip(pairs.mentee.tolist(), pairs.mentor.tolist(), strict=True)
    both = [({*ours[i]}, {*theirs[j]}) for i, j in matched if ours[i] and theirs[j]]
    return {"known": len(both), "none": sum(one.isdisjoint(other) for one, other in both)}
