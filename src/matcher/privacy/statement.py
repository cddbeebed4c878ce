"""A statement for the people who are matched: which data count, how much, and who decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matcher.config.feature_kinds import kind_of
from matcher.text import count_of
from matcher.vocabulary import Approach

if TYPE_CHECKING:
    from matcher.config import Config, FeatureConfig


def statement(config: Config) -> str:
    """Return the statement as Markdown, made from the config alone."""
    return "\n".join(_lines(config)) + "\n"


def _lines(config: Config) -> Iterator[str]:
    yield f"# How {config.programme.name or 'this programme'} proposes mentors"
    yield ""
    yield (
        "A program proposes which mentors suit which mentees, for everybody at once. A named "
        "person looks at the proposal, may change it, and approves it with a reason. Nobody is "
        "matched by the program alone."
    )
    yield ""
    yield "## What counts for a pair"
    yield ""
    total = sum(feature.weight for feature in config.features)
    for feature in sorted(config.features, key=lambda f: -f.weight):
        if feature.weight > 0:
            yield _feature(feature, feature.weight / total)
    unused = [f.name.replace("_", " ") for f in config.features if f.weight == 0]
    if unused:
        yield f"- asked or known but without any weight: {', '.join(unused)}"
    yield ""
    yield (
        "A question that somebody left open does not count against them: the others count for "
        f"more, as long as {config.scoring.min_answered:.0%} of the weight is answered."
    )
    yield ""
    yield "## What counts for a group of mentors"
    yield ""
    yield from _portfolio(config)
    yield ""
    yield "## What rules a pair out"
    yield ""
    yield from _rules(config)
    yield ""
    yield "## What is never used to match"
    yield ""
    yield (
        "Protected attributes such as age, disability, ethnicity, gender, religion or sexual "
        "orientation never count for a match, unless a mentee asks to share one and a mentor "
        "volunteers it. Where the programme holds them they serve one purpose: to check "
        "afterwards that groups are served alike, with groups under "
        f"{config.report.min_cell} people hidden."
    )
    yield ""
    yield "## Your rights"
    yield ""
    yield (
        "You may ask which data are held about you (`matcher export`), have them corrected, or be "
        "taken out (`matcher forget`). You may ask why you were given these mentors: every "
        "match has its reasons recorded. You may object to a match without giving a reason."
    )


def _feature(feature: FeatureConfig, share: float) -> str:
    kind = kind_of(feature.kind)
    ours, theirs = (feature.mentee, feature.mentor) if kind.is_built_in else feature.columns
    columns = dict.fromkeys((*ours, *theirs))
    asked = f" (answers: {', '.join(columns)})" if columns else ""
    return f"- {share:.0%}: {feature.name.replace('_', ' ')}, that is {kind.words}{asked}"


def _portfolio(config: Config) -> Iterator[str]:
    settings = config.portfolio
    most, asked = settings.limit, settings.max_size
    yield f"- A mentee gets up to {count_of(most, 'mentor')}, at most {asked} if asked for."
    yield (
        f"- {settings.coverage:.0%} of a group's worth is how well it covers what the mentee "
        f"needs, {1 - settings.coverage:.0%} how good each pair is."
    )
    if config.objective.first_mentor:
        yield "- Nobody is left without a mentor so that somebody else gets a second one."
    if config.objective.waiting:
        yield "- Among equals, those who have waited longest come first."
    if config.audit.feed_match:
        yield (
            "- If you chose to list your contacts, gaps found there count as needs; what you wrote "
            "about a contact is shown to nobody else unless you said so."
        )


def _rules(config: Config) -> Iterator[str]:
    rules = config.eligibility
    yield "- either side's veto, and what the coordinators rule out"
    if rules.manager_levels:
        levels = "" if rules.manager_levels == 1 else f", {rules.manager_levels} levels up"
        yield f"- line managers and second supervisors{levels}"
    cooldown = count_of(rules.cooldown_days, "day")
    yield f"- the same pair within {cooldown} after it ended, or after a mismatch"
    yield from (f"- the same {column}" for column in rules.different)
    if rules.require_ready:
        yield "- people who say that they are not ready yet"
    ways = [approach.value for approach in Approach if approach in config.programme.approaches]
    yield f"- no way of mentoring in common; on offer here: {', '.join(ways)}"
