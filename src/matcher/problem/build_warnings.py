"""What a coordinator is told of a problem that is otherwise sound: open questions, empty seats."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.cohort.languages import (
    COMMON_LANGUAGE,
    LANGUAGE_COLUMN,
    USUAL_WEIGHT,
    are_asked,
    spoken_by,
)
from matcher.config import Config
from matcher.errors import Finding
from matcher.features.feature_columns import FREE_TEXT
from matcher.features.feature_set import FeatureSet
from matcher.features.kinds.text_fit import chosen_method
from matcher.features.stated_answers import FacetAnswers
from matcher.features.terms import sentences_of, understood
from matcher.problem.problem import Problem
from matcher.problem.rules.seats import SeatRule
from matcher.text import count_of, plural


def not_asked(features: FeatureSet, facets: FacetAnswers, config: Config) -> Iterator[Finding]:
    """Yield what the config weighs and no answers of both sides are read as."""
    weighed = {block.name for block in config.features if block.weight > 0}
    names = [name for name in features.not_asked if name in weighed]
    groups = [*config.portfolio.facet_groups, *config.facets]
    counted = {name.split(".")[0] for name in facets.counted_names}
    lacking = [f"facets of {group}" for group in groups if group not in counted]
    if names or lacking:
        yield Finding(
            "W_NOT_ASKED",
            "no columns of both sides are read as these, so they are left out for everybody: "
            f"{', '.join([*names, *lacking])}",
            "nothing, or map what the form asks of them in [columns]; matcher init shows questions",
        )


def languages_not_read(cohort: Cohort, config: Config) -> Iterator[Finding]:
    """Yield in which columns people wrote in languages that nothing reads."""
    in_english = chosen_method(config.text.method) != "multilingual"
    read, remedy = "English and 15 other languages", "or ask for them in a language that is read"
    if in_english:
        read = "English"
        remedy = "or install the extra [multilingual] (text.method = auto takes it)"
    blocks = [block for block in config.features if block.weight > 0]
    used = {name for block in blocks for names in block.columns for name in names}
    for table, frame in (("mentees", cohort.mentees), ("mentors", cohort.mentors)):
        for column in (name for name in FREE_TEXT if name in used and name in frame):
            texts = frame[column].dropna().astype(str)
            left = [understood(text, in_english=in_english) for text in texts]
            cut = [part != sentences_of(text) for part, text in zip(left, texts, strict=True)]
            if any(cut):
                empty = sum(was and not part for was, part in zip(cut, left, strict=True))
                first = frame.loc[texts.index[cut.index(True)], "person_id"]
                yield Finding(
                    "W_TEXT_LANGUAGE",
                    f"free text is read in {read}: sentences of {count_of(sum(cut), 'answer')} "
                    f"are left out, {empty} of which {plural(empty, 'counts', 'count')} as "
                    f"unanswered, which is neutral; the first is of {first}",
                    f"nothing, {remedy}",
                    table=table,
                    column=column,
                )


def languages_not_compared(cohort: Cohort, config: Config) -> Iterator[Finding]:
    """Yield how many pairs share no language, where both sides named some and nothing compares."""
    blocks = [block for block in config.features if block.weight > 0]
    used = {name for block in blocks for names in block.columns for name in names}
    if not are_asked(cohort) or LANGUAGE_COLUMN in (*config.eligibility.same, *used):
        return
    mentees, mentors = (
        Counter(filter(None, spoken_by(frame))) for frame in (cohort.mentees, cohort.mentors)
    )
    apart = sum(
        n * m
        for ours, n in mentees.items()
        for theirs, m in mentors.items()
        if not {*ours} & {*theirs}
    )
    if apart:
        share = apart / (mentees.total() * mentors.total())
        yield Finding(
            "W_LANGUAGES",
            f"nothing compares languages, and {share:.0%} of the possible pairs who both named "
            "theirs have none in common",
            f"set features.{COMMON_LANGUAGE}.weight = {USUAL_WEIGHT}, or rule them out by "
            '[eligibility] same = ["languages"]; matched pairs without one are counted',
            column=LANGUAGE_COLUMN,
        )


def empty_seats(problem: Problem) -> Iterator[Finding]:
    """Yield a warning for each seat that has to be filled and that no mentor counts for."""
    for rule in problem.rules_of(SeatRule):
        if rule.least > int(np.count_nonzero(rule.can_count)):
            yield Finding(
                "W_SEAT_EMPTY",
                f"every portfolio needs {rule.least} {rule.who}, and fewer mentors count for it",
                "correct [[portfolio.seats]] or the column that it names",
                table="mentors",
            )
