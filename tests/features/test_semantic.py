"""Sentence embeddings, where the extra [semantic] is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.features.helpers import block, value

from matcher.features.base import UNIT
from matcher.features.semantic import encode, rarity, vectors_of_both
from matcher.features.sentence_models import ENGLISH, MODELS, MULTILINGUAL, SENTENCE_CURVE
from matcher.features.terms import sentences_of

ROOT = Path(__file__).parents[2]

installed = pytest.mark.skipif(
    bool(ENGLISH.missing_parts),
    reason="the extra [semantic] is not installed",
)
SEMANTIC = {"text": {"method": "semantic"}}
POLITE = "I am looking forward to meeting you and learning together. "


def test_polite_sentences_weigh_least():
    """A sentence of common words weighs almost nothing beside one on a topic."""
    assert rarity(POLITE) < 0.2 * rarity("I study malaria.")


@installed
def test_paraphrases_are_alike():
    """Texts without a common word are alike if they speak of the same thing."""
    goals = "I need confidence when presenting to senior people."
    near = "I coach those who are nervous about public speaking."
    far = "Epidemiologist of infectious disease with partners in Kenya."
    feature = block("text")
    alike = value(feature, {"goals": goals}, {"bio": near}, sections=SEMANTIC)
    unlike = value(feature, {"goals": goals}, {"bio": far}, sections=SEMANTIC)
    assert alike > 0.5
    assert unlike < 0.1


@installed
def test_vectors_do_not_depend_on_other_texts():
    """Each sentence is embedded by itself, so a pool changes no vector."""
    alone = encode(["I study malaria."])
    together = encode(
        ["Bees.", "I study malaria.", "A much longer sentence on quite other things."]
    )
    np.testing.assert_array_equal(alone[0], together[1])
    assert not encode(["", "I am."]).any()


ROADS = (
    "I plan cycle lanes for a county. The kerbs are redrawn by our surveyors. "
    "A roundabout near the station was rebuilt. Traffic counts come from cameras. "
    "Lorries are kept off the old bridge. We paint crossings before term starts. "
    "Gullies are cleared in autumn. The budget for asphalt is set in May."
)
CHOIR = (
    "Our choir rehearses a requiem. The altos need help with breathing. "
    "We hire an organist for concerts. Scores are borrowed from the library. "
    "The tenor soloist fell ill last week. A bishop attends the premiere. "
    "Candles are forbidden in the nave. Tickets pay for the orchestra."
)


def first(text: str, many: int) -> str:
    """Return the first sentences of a text."""
    return " ".join(sentences_of(text)[:many])


@installed
def test_long_texts_are_not_more_alike():
    """Texts on unrelated topics stay near 0 at any length, and far below the neutral middle."""
    told = [
        value(
            block("text"),
            {"goals": first(ROADS, many)},
            {"bio": first(CHOIR, many)},
            sections=SEMANTIC,
        )
        for many in (1, 2, 4, 8)
    ]
    assert max(told) - min(told) < 0.05
    assert max(told) < block("text").neutral


@installed
def test_topics_by_which_nothing_was_chosen_are_as_flat():
    """The mean value of unrelated texts stays within .05 from 1 to 8 sentences."""
    topics = (ROOT / "tools" / "text_topics_unseen.txt").read_text(encoding="utf-8").splitlines()
    told, apart = [], ~np.eye(len(topics), dtype=bool)
    for many in (1, 2, 4, 8):
        texts = [first(topic, many) for topic in topics]
        ours, theirs = vectors_of_both(texts, texts, MODELS["semantic"])
        places, heights = zip(*SENTENCE_CURVE, strict=True)
        told.append(np.interp(ours @ theirs.T / UNIT**2, places, heights)[apart].mean())
    assert max(told) - min(told) < 0.05


@installed
def test_stock_sentences_do_not_drown_what_is_said():
    """Empty talk around a goal and an answer changes little; empty talk alone says nothing."""
    goals, bio = "I need confidence when I present.", "I coach nervous speakers."
    talk = "I hope this will be useful for us all. {} Thank you so much for reading this."
    plain = value(block("text"), {"goals": goals}, {"bio": bio}, sections=SEMANTIC)
    amid = value(
        block("text"), {"goals": talk.format(goals)}, {"bio": talk.format(bio)}, sections=SEMANTIC
    )
    assert amid == pytest.approx(plain, abs=0.2)
    empty = {"goals": "I am looking forward to this opportunity."}
    assert value(block("text"), empty, {"bio": bio}, sections=SEMANTIC) is None


@pytest.mark.parametrize(
    ("model", "name"), [(ENGLISH, "text_pairs.txt"), (MULTILINGUAL, "text_unseen.txt")]
)
def test_every_telling_sentence_weighs_something(model, name):
    """None of the goals and biographies of the measurement is taken for empty talk."""
    if model.missing_parts:
        pytest.skip(f"{model.name} is not installed")
    lines = (ROOT / "tools" / name).read_text(encoding="utf-8").splitlines()
    assert encode([line for line in lines if line], model).any(axis=1).all()


EMBED = """
import os, sys
{before}
from matcher.features.semantic import encode
assert encode(["I study malaria."]).any()
for fd in os.listdir("/proc/self/fd"):
    target = os.path.realpath(f"/proc/self/fd/{{fd}}")
    print(target)
"""


def opened_by(before: str, home) -> str:
    """Return the files and sockets that a process holds which embeds a sentence."""
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}
    environment = kept | {"HOME": str(home), "ORT_DISABLE_TELEMETRY": "0"}
    command = [sys.executable, "-c", EMBED.format(before=before)]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, cwd=home
    )
    return told.stdout


@installed
@pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")
@pytest.mark.slow
def test_the_runtime_tells_nobody(tmp_path):
    """It keeps no diary of sessions and opens no socket, whatever the environment says."""
    quiet, loud = tmp_path / "quiet", tmp_path / "loud"
    quiet.mkdir()
    loud.mkdir()
    told = opened_by("", quiet)
    assert "socket" not in told
    assert "onnxruntime.db" not in told
    assert list(quiet.rglob("*")) == []
    # Loaded before our switch it keeps one: the assertions above can fail.
    if "onnxruntime.db" not in opened_by("import onnxruntime", loud):
        pytest.skip("this version of ONNX Runtime tells nobody by itself")


@pytest.mark.skipif(
    bool(MULTILINGUAL.missing_parts), reason="the extra [multilingual] is not installed"
)
def test_other_languages_are_read_where_asked_for():
    """A goal in German finds the biography in English that answers it, and no other."""
    told = {"text": {"method": "multilingual"}}
    goals = {"goals": "Ich hoffe, Programmieren in Grundschulen zu bringen."}
    near = {"bio": "I design computer science lessons for young children."}
    far = {"bio": "Patent attorney who drafts licence agreements for universities."}
    assert value(block("text"), goals, near, sections=told) > 0.4
    assert value(block("text"), goals, far, sections=told) < 0.1
    amid = {"goals": f"Danke für alles. {goals['goals']} Ich bin offen und neugierig."}
    assert value(block("text"), amid, near, sections=told) > 0.4
    assert value(block("text"), goals, near, sections={"text": {"method": "tfidf"}}) is None


@pytest.mark.skipif(
    bool(MULTILINGUAL.missing_parts), reason="the extra [multilingual] is not installed"
)
def test_more_languages_change_no_pair_in_english():
    """Who reads the others says nothing of two texts in English, whoever else signed up."""
    ours = [
        "How do I win a research grant?",
        "",
        "Wie bekomme ich Geld für die Forschung?",
        "Thank you for organising this.",
    ]
    theirs = [
        "I sit on grant panels.",
        "J'examine les demandes de fonds.",
        "I breed goats. Shearing yields mohair thrice.",
    ]
    alone, every = (vectors_of_both(ours, theirs, MODELS[name]) for name in MODELS)
    products = [one @ other.T / UNIT**2 for one, other in (alone, every)]
    english = np.ix_([0, 1, 3], [0, 2])
    assert products[1][english].tolist() == products[0][english].tolist()
    assert every[0].any(axis=1).tolist() == [True, False, True, False]
    assert not vectors_of_both(["Haluan oppia johtamaan ryhmää."], theirs, MODELS["multilingual"])[
        0
    ].any(), "what neither reads says nothing"
    assert products[1][0].argmin() == 2, "each finds who answers it, in any language"
    assert products[1][2].argmin() == 2
    fewer = vectors_of_both(ours[2:3], theirs[1:2], MODELS["multilingual"])
    assert fewer[0] @ fewer[1].T / UNIT**2 == products[1][2, 1]
