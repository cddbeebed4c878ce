"""A statement for the people who are matched: which data count, how much, and who decides."""

from collections.abc import Collection

from jinja2 import Environment, PackageLoader, StrictUndefined

from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import kind_of
from matcher.text import count_of
from matcher.vocabulary import Approach


def statement(config: Config, not_asked: Collection[str] = ()) -> str:
    """Return the statement as Markdown, made from the config.

    Parameters
    ----------
    config
        By which people are matched.
    not_asked
        Names of features whose question this programme did not ask: they count for nobody.

    Returns
    -------
    str
        Plain words.
    """
    pages = Environment(  # noqa: S701 Markdown, made of the config alone
        loader=PackageLoader("matcher.privacy"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters["percent"] = "{:.0%}".format
    pages.globals.update(answers=_answers, count_of=count_of, kind_of=kind_of)
    features = sorted(config.features, key=lambda feature: -feature.weight)
    asked = [one for one in features if one.name not in not_asked]
    return pages.get_template("statement.md.j2").render(
        config=config,
        rules=config.eligibility,
        counted=[one for one in asked if one.weight > 0],
        total=sum(one.weight for one in asked),
        unused=[one.name.replace("_", " ") for one in asked if one.weight == 0],
        not_asked=[name.replace("_", " ") for name in not_asked],
        ways=[approach.value for approach in Approach if approach in config.programme.approaches],
    )


def _answers(feature: FeatureConfig) -> str:
    """Return the columns that a feature compares, in brackets."""
    built_in = kind_of(feature.kind).is_built_in
    ours, theirs = (feature.mentee, feature.mentor) if built_in else feature.columns
    columns = dict.fromkeys((*ours, *theirs))
    return f" (answers: {', '.join(columns)})" if columns else ""
