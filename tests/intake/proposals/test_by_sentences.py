"""A model of sentences may say what an unknown question is, never where safety hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from matcher.arrays import Floats
from matcher.intake.proposals.by_sentences import likeness_by
from matcher.intake.proposals.propose import propose


def by_words(texts: Sequence[str]) -> Floats:
    """Stand in for a model: hours are like `Hours a month`, all else is like avoiding people."""
    return np.array([[1.0, 0.0] if "our" in text else [0.0, 1.0] for text in texts])


@pytest.mark.slow
def test_the_model_fills_what_no_phrase_fits(tmp_path: Path) -> None:
    """An unknown question gets the column it is like, with the model named as the reason."""
    rows = ["a@x.org,Ann Able,Mentee,3", "b@x.org,Bo Best,Mentor,4"]
    text = "\n".join(["Email,Full name,Role,Zqx our wkl", *rows])
    (tmp_path / "form.csv").write_text(text + "\n")
    found = {c.title: c for c in propose(tmp_path, alike=likeness_by(by_words)).tables[0].columns}
    assert found["Zqx our wkl"].target == "hours_per_month"
    assert "sentence model" in found["Zqx our wkl"].why
    plain = {c.title: c.target for c in propose(tmp_path).tables[0].columns}
    assert plain["Zqx our wkl"] == "ignore"


def test_the_model_never_names_what_bears_on_safety() -> None:
    """Whatever it finds alike, no role, no manager, nobody to avoid and no consent comes of it."""
    alike = likeness_by(lambda texts: np.ones((len(texts), 2)))
    guess = alike("Anything at all")
    assert guess is not None
    assert guess.target not in {"role", "avoid", "line_manager", "second_supervisor", "consent"}
