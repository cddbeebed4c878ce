"""Free text: alike where people write of the same things, on a scale that no pool moves."""

from __future__ import annotations

import numpy as np
import pytest
from tests.features.helpers import block, value

from matcher.errors import ConfigError
from matcher.features.base import UNIT, Listed
from matcher.features.kinds.text_fit import TextFit, chosen_method, text_fit
from matcher.features.terms import encode_both

TFIDF = {"text": {"method": "tfidf"}}
TEXT = block("text")
POLITE = "I am looking forward to meeting you and learning together. "


def likeness(goals, bio):
    """Return the value of a goal and a biography by TF-IDF."""
    return value(TEXT, {"goals": goals}, {"bio": bio}, sections=TFIDF)


@pytest.mark.slow
def test_alike_and_unlike_texts():
    """The same rare words are alike, other topics are not."""
    goals = "Statistics for clinical trials of vaccines."
    assert likeness(goals, "I design clinical trials; my field is statistics.") > 0.7
    assert likeness(goals, "Museum curator and historian of art.") == 0.0
    assert likeness(goals, goals) == 1.0


def test_polite_sentences_do_not_make_texts_alike():
    """What everybody writes is no likeness."""
    assert likeness(POLITE + "I study malaria.", POLITE + "I build bridges.") < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("empty", [None, "", "  ", "-", "I am."])
def test_empty_texts_are_unanswered(empty):
    """A text without a telling word is no answer."""
    assert likeness("Malaria", empty) is None
    assert likeness(empty, "Malaria") is None


def test_cosines_do_not_depend_on_other_texts():
    """Further texts on either side leave a pair's cosine alone, to the bit."""
    ours, theirs = "Malaria in Africa and health policy", "Policy for malaria control"
    few = [matrix.toarray() for matrix in encode_both([ours], [theirs])]
    more = encode_both(["policy malaria malaria", ours, ""], ["bees", "Africa", theirs])
    assert (few[0] @ few[1].T)[0, 0] == (more[0] @ more[1].T).toarray()[1, 2]


def test_vectors_are_unit_and_whole():
    """Weights are whole multiples of 1/UNIT and of length 1 together."""
    weights = encode_both(["Health policy, health economics and malaria"], [])[0].toarray()
    np.testing.assert_array_equal(weights, np.rint(weights))
    assert np.square(weights / UNIT).sum() == pytest.approx(1.0, abs=1e-5)


def test_the_curve_rises_from_0_to_1():
    """Values stay in [0, 1] and more alike is never worth less."""
    cosines = np.rint(np.linspace(0, 1, 101) * UNIT)[:, None]
    one = np.array([[UNIT]])
    everybody = np.ones(101, dtype=bool)
    fit = TextFit(
        everybody,
        everybody[:1],
        cosines,
        one,
        text_fit(["a"], ["b"], *[everybody[:1]] * 2, "tfidf").curve,
    )
    pairs = Listed(np.arange(101), np.zeros(101, dtype=np.int64))
    values = fit.compare(pairs, np.zeros(101, dtype=np.int8)).values
    assert (np.diff(values) >= 0).all()
    assert (values[0], values[-1]) == (0.0, 1.0)


def test_method_by_name_or_by_what_is_installed(monkeypatch):
    """`auto` falls back on TF-IDF, `semantic` by name says what is missing."""
    monkeypatch.setattr("matcher.features.sentence_models.find_spec", lambda name: None)
    assert chosen_method("auto") == "tfidf"
    with pytest.raises(ConfigError, match=r"E_EXTRA.*semantic.*onnxruntime"):
        chosen_method("semantic")
    with pytest.raises(ConfigError, match=r"nanoranker.*mentor-matcher.multilingual"):
        chosen_method("multilingual")
    monkeypatch.setattr("matcher.features.sentence_models.find_spec", lambda name: name)
    assert chosen_method("auto") == "multilingual"
    assert chosen_method("tfidf") == "tfidf"
    monkeypatch.setattr(
        "matcher.features.sentence_models.find_spec", lambda name: name != "nanoranker" or None
    )
    assert chosen_method("auto") == "semantic"
