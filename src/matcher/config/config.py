"""The whole config: its sections, its default features, and what must hold between keys."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, Self

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from matcher.config.checks import check_blocks, check_orders, check_protected_columns
from matcher.config.sections import (
    Audit,
    Capacity,
    Eligibility,
    FeatureConfig,
    Input,
    Objective,
    Portfolio,
    Programme,
    Reciprocal,
    Report,
    Scoring,
    Section,
    Solver,
    Text,
    Tune,
)


@cache
def default_features() -> tuple[FeatureConfig, ...]:
    """Return the default features, each weight with its evidence."""
    text = (resources.files("matcher.config") / "default_features.toml").read_text("utf-8")
    adapter = TypeAdapter(tuple[FeatureConfig, ...])
    return adapter.validate_python(tomllib.loads(text)["features"])


class Config(Section):
    """The whole config of a run."""

    programme: Programme = Programme()
    """What the programme is and which approaches it offers."""
    input: Input = Input()
    """How raw tables are read."""
    columns: dict[str, str | dict[str, str]] = Field({})
    """Column titles of the raw tables and their canonical names, such as "What do you want help
    with?" = "contexts"; [columns.mentees] holds for that table only."""
    answers: dict[str, dict[str, str]] = Field({})
    """The form's words and the vocabulary's, in a table a canonical column, such as
    [answers.contexts] with "Office politics" = "political_environment"."""
    scales: dict[str, dict[str, float | Literal["missing"]]] = Field({})
    """Words and the number they stand for, or "missing", in a table a canonical column, such as
    [scales.need_why] with "Not at all" = 0 and "Prefer not to say" = "missing"."""
    numbers: dict[str, dict[str, float | Literal["missing"]]] = Field({})
    """Words for numbers in an otherwise numeric column, in a table a canonical column, such as
    [numbers.capacity] with "2-3" = 2."""
    scoring: Scoring = Scoring()
    """How features make a pair's score."""
    text: Text = Text()
    """How free text is compared."""
    portfolio: Portfolio = Portfolio()
    """What a set of mentors is worth to a mentee."""
    objective: Objective = Objective()
    """Priorities of the whole cohort."""
    capacity: Capacity = Capacity()
    """How much mentors can give."""
    eligibility: Eligibility = Eligibility()
    """Which pairs are possible at all."""
    reciprocal: Reciprocal = Reciprocal()
    """Pairs who mentor each other."""
    audit: Audit = Audit()
    """The network audit and what it feeds."""
    solver: Solver = Solver()
    """How the optimum is sought and proved."""
    report: Report = Report()
    """What is written for people."""
    tune: Tune = Tune()
    """How weights are learned and explored."""
    features: tuple[FeatureConfig, ...] = Field(default_factory=default_features)
    """The features of a pair, one block each. Blocks replace the whole list; a table
    [features.NAME] changes keys of the inherited feature of that name."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        """Refuse what no key shows by itself; the error carries every problem found."""
        problems = [
            *check_blocks(self.features),
            *check_protected_columns(self.features, self.portfolio, self.eligibility, self.columns),
            *check_orders(self.programme, self.tune),
        ]
        if problems:
            text = "; ".join(f"{problem.message}, {problem.remedy}" for problem in problems)
            context = {"text": text, "problems": problems}
            raise PydanticCustomError("config_check", "{text}", context)
        return self
