"""Sentence embeddings, where the extra [semantic] is installed."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.features.helpers import block, value

from matcher.features.semantic import (
    DIMENSIONS,
    MEAN_FILE,
    encode,
    missing_parts,
    rarity,
    sentences_of,
)

installed = pytest.mark.skipif(
    bool(missing_parts()),
    reason="the extra [semantic] is not installed",
)
SEMANTIC = {"text": {"method": "semantic"}}
POLITE = "I am looking forward to meeting you and learning together. "


def test_sentences_and_items_are_split():
    """Sentences, lines and items of lists are embedded one by one; empty talk is dropped."""
    text = "I study malaria. And you?\nHealth policy; economics"
    assert sentences_of(text) == ["I study malaria.", "Health policy", "economics"]


def test_polite_sentences_weigh_least():
    """A sentence of common words weighs almost nothing beside one on a topic."""
    assert rarity(POLITE) < 0.2 * rarity("I study malaria.")


def test_the_mean_vector_ships():
    """One number a dimension, the same for every pool."""
    numbers = [x for x in MEAN_FILE.read_text(encoding="ascii").splitlines() if x[0] != "#"]
    assert len(numbers) == DIMENSIONS
    assert 0 < np.square(np.array(numbers, dtype=float)).sum() < 1


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
