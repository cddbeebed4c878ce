"""What ``starter.toml`` declares: the questions of the form, what answers mean, examples, texts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Question:
    """One question of the form."""

    text: str
    column: str
    """Canonical column of the answer, `mentees.` or `mentors.` before it for one side."""
    ask: str = "short text"
    """How it is asked: short text, long text, number, choose one, tick all that apply."""
    answers: dict[str, str | float] = field(default_factory=dict)
    """The words offered and what they stand for: a word of the vocabulary, a number or missing."""
    section: str = ""
    """Heading under which the form asks it, where a new one starts."""
    help: str = ""
    """Small print below the question."""

    @property
    def canonical(self) -> str:
        """The column without the side."""
        return self.column.rpartition(".")[2]


STARTER: dict[str, Any] = tomllib.loads(
    resources.files("matcher.starter").joinpath("starter.toml").read_text("utf-8")
)
"""The data file as it stands, texts and templates included."""

QUESTIONS = tuple(
    Question(**entry | {"answers": STARTER["answers"].get(entry.get("answers"), {})})
    for entry in STARTER["questions"]
)
"""Every question of the form, in order; name and e-mail address come from the form tool."""

EXAMPLES: tuple[dict[str, str], ...] = tuple(
    STARTER["example"] | answers for answers in STARTER["examples"]
)
"""Invented answers by canonical column, or by the form tool's own; what is absent is empty."""
