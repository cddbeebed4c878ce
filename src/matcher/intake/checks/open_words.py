"""Answers of a form of which the config still asks what they mean: told by their question."""

from matcher.config import Config
from matcher.config.load import COHORT_CONFIG, place_of_config
from matcher.errors import Finding
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.proposals.render import open_words
from matcher.text import shortened, shown_title


def check_open_words(place: str, config: Config) -> list[Finding]:
    """Tell whose answers count as nothing, or nearly, until somebody says what they mean.

    Parameters
    ----------
    place
        Where the cohort lies, whose own file may ask.
    config
        What is read with; of what another config says nothing is told.
    """
    file = None if is_database_url(place) else place_of_config(place)
    if file is None or not file.is_file():
        return []
    findings = []
    try:
        asked = open_words(file.read_text("utf-8"))
    except ValueError:  # not what is read with, which has been read
        return []
    for column, words in asked.items():
        stated = {**config.answers.get(column, {}), **config.numbers.get(column, {})}
        stated |= config.scales.get(column, {})
        open_ = [word for word in words if word in stated]
        if open_:
            shown = shortened([f"'{shown_title(word)}'" for word in open_])
            message = f"it is not said yet what some words mean as answers about {column}: {shown}"
            remedy = f"write it where {COHORT_CONFIG} asks: look for QUESTION"
            findings.append(Finding("W_QUESTION", message, remedy))
    return findings
