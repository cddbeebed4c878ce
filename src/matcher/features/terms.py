"""Words of free text: in which language they are, how rare each is in English, and TF-IDF vectors.

The rarity (idf) is fixed: it comes from a table that ships with matcher, never from the pool, so
that one more biography changes nobody else's score. `tools/make_idf.py` makes the table.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from matcher.features.base import UNIT
from matcher.text import fold, without_accents

DATA = Path(__file__).parent / "data"

IDF_FILE = DATA / "idf.txt"

COMMON_IDF = 2.0
"""Idf up to which a word tells nothing of a topic."""

LEAST = 0.1
"""Weight of the most common term, so that a text of common words is not empty."""

SPOKEN_FILE = DATA / "spoken.toml"

SHARE = 0.25
"""Share of a sentence's words from which those of a language's grammar show that language."""

STOP_WORDS = frozenset((DATA / "stop_words.txt").read_text(encoding="ascii").split())
"""Words of grammar, which say nothing of a topic."""

ONE_WORD = "mentoring"
"""Stands behind the texts: scikit-learn refuses texts without any word."""

TERMS_HELD = 1 << 16
"""Words whose stem and weight are kept for the next text."""

_CLITIC = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}](?:s|d|m|ll|re|ve)?\b")
"""An apostrophe with the short ending behind it: *mentor's*, *I've*; the t of *don't* stays."""

_WORD = re.compile(r"[^\W\d_][\w+#]*")

_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*(?=\s|[^\x00-\x7f])|[\n;]+")
"""Where a sentence, a line or an item of a list ends."""

_BREAK = re.compile(r"[,;:.!?()/&\n]+")
"""What stands between phrases: terms side by side are no sentence of any language."""

FEWEST_WORDS = 4
"""Words from which a phrase shows its language by its small words."""

FEWEST_UNKNOWN = 3
"""Words of a phrase from which it is foreign where none is known."""

SHORT = 4
"""Letters up to which an unknown word in small letters is most likely grammar of another tongue."""


@lru_cache(TERMS_HELD)
def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of a text's words in order, without stop words and single letters."""
    found = _WORD.findall(_CLITIC.sub("", _plain(text)))
    return tuple(stem(word) for word in found if word not in STOP_WORDS and len(word) > 1)


@lru_cache(TERMS_HELD)
def stem(word: str) -> str:
    """Return a word without plural ending and with one spelling of -ise and -our.

    The plural rules are Harman's (1991) S-stemmer; stronger stemming joins words that differ.
    """
    word = _singular(word)
    word = re.sub(r"iz(?=[aei])", "is", word)
    return re.sub(r"our$", "or", word) if len(word) > 5 else word


def words_written_in(sentence: str) -> list[str]:
    """Return the words of a sentence as they are written, without the short endings of English."""
    return _WORD.findall(_CLITIC.sub("", sentence))


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text that say something; lines and items of lists count as such."""
    parts = (part.strip() for part in _END.split(text))
    return [part for part in parts if stems_of(part)]


def understood(text: str, *, in_english: bool = True) -> list[str]:
    """Return the sentences of a text that are read: by the English tables and model, or by both.

    A sentence that shows no language goes with the text that it stands in.
    """
    parts = sentences_of(text)
    if not in_english and is_of_others(text):
        return parts
    return [part for part in parts if not is_foreign(part)]


def is_of_others(text: str) -> bool:
    """Tell whether the model of many languages reads a text: a sentence shows one beside English.

    What shows none is not read by that model, so that neither jargon in English nor a language that
    nobody handles is compared as noise.
    """
    return any(map(language_of, sentences_of(text)))


@lru_cache(TERMS_HELD)
def language_of(sentence: str) -> str:
    """Return the language beside English that is read and that a sentence shows: its code, or "".

    It shows by a script, or by words of grammar among the letters that the language writes.
    """
    told, grammar = _spoken(), _grammar()
    if not sentence.isascii():
        scripts = [unicodedata.name(letter, "").split(" ")[0] for letter in sentence]
        own = [script for script in scripts if script in told["scripts"]]
        if 2 * len(own) > len(sentence):
            return "" if {*told["scripts"][own[0]]} & {*sentence} else own[0]
    written = _WORD.findall(sentence)
    words = [word.lower() for word in written]
    if all(word in STOP_WORDS or word not in grammar for word in words):
        return ""
    small = {letter for word in written if word.islower() for letter in word if letter > "z"}
    found = Counter(name for word in words for name in grammar.get(word, ()))
    fits = {name: found[name] for name in found if small <= {*told[name]["letters"]}}
    best = max(fits, key=lambda name: (fits[name], name in told["read"]), default="")
    in_english = sum(word in STOP_WORDS for word in words)
    if best not in told["read"] or fits[best] < max(SHARE * len(words), in_english + 1):
        return ""
    others = {word for word in words if best not in grammar.get(word, ())}
    is_told = others and not any(map(_is_known, others))
    return best if is_told or len({*words} - others) > 1 else ""


@lru_cache(TERMS_HELD)
def is_foreign(sentence: str) -> bool:
    """Tell whether a sentence is in another language than English.

    It is where it shows one. Or it is not English by its words, and either one of them bears a sign
    of another language, a short one in small letters or an accent. Or no word of a phrase is known,
    and none but the first has a capital. Jargon alone bears none.
    """
    strange, words = _strange(sentence), words_written_in(sentence)
    is_phrase = len(words) >= FEWEST_UNKNOWN and not _BREAK.search(sentence.rstrip(".!? "))
    return (
        bool(language_of(sentence))
        or any(not w.isascii() or (len(w) <= SHORT and w.islower()) for w in strange)
        or (is_phrase and not any(map(_is_known, words)) and all(map(str.islower, words[1:])))
    )


def topics_of(text: str) -> frozenset[str]:
    """Return the stems of a text that tell of a topic, as far as it is understood."""
    stems = (stem for part in understood(text) for stem in stems_of(part))
    return frozenset(stem for stem in stems if idf(stem) > COMMON_IDF)


def idf(word: str) -> float:
    """Return the rarity of a stem; words that the table lacks have the largest."""
    table, largest = _table()
    return table.get(word, largest)


@lru_cache(TERMS_HELD)
def weight_of(term: str) -> float:
    """Return what a term tells of a topic: its idf past that of common words, at least `LEAST`.

    A pair of words weighs as the mean of the two. Without the deduction the polite sentences that
    everybody writes make all texts alike.
    """
    words = term.split(" ")
    return max(sum(idf(word) - COMMON_IDF for word in words) / len(words), LEAST)


def encode_both(
    mentees: Sequence[str], mentors: Sequence[str]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return unit vectors in whole multiples of 1/UNIT over the terms of both sides.

    Term frequency is sublinear, 1 + log tf, times the fixed weight of the term. The columns depend
    on the pool, the cosines do not: a text's terms are summed in the order of the alphabet.
    Sentences in other languages than English are left out: the table knows none of their words, so
    that an *und* would count for as much as a subject.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    words = CountVectorizer(
        tokenizer=_stems_of_each, token_pattern=None, lowercase=False, ngram_range=(1, 2)
    )
    texts = [understood(text) for text in (*mentees, *mentors)]
    counts = words.fit_transform([*texts, [ONE_WORD]])
    counts.sort_indices()
    weights = TfidfTransformer(sublinear_tf=True)
    weights.idf_ = np.array([weight_of(term) for term in words.get_feature_names_out()])
    vectors = sparse.csr_array(weights.transform(counts))
    vectors.data = np.rint(vectors.data * UNIT)
    return vectors[: len(mentees)], vectors[len(mentees) : -1]


def _stems_of_each(sentences: Sequence[str]) -> list[str]:
    """Return the stems of some sentences in order."""
    return [word for sentence in sentences for word in stems_of(sentence)]


def _strange(sentence: str) -> list[str]:
    """Return the words that make a sentence no English one, none where they do not.

    Most of its letters are of another script, or more words of its phrases are unknown than are
    English grammar, and a third of all or more. Mere lists of terms belong to no language.
    """
    letters = [] if sentence.isascii() else [letter for letter in sentence if letter.isalpha()]
    if 2 * sum("LATIN" in unicodedata.name(letter, "") for letter in letters) < len(letters):
        return [sentence]
    phrases = [words_written_in(part) for part in _BREAK.split(sentence)]
    words = [word for phrase in phrases if len(phrase) >= FEWEST_WORDS for word in phrase]
    unknown = [word for word in words if not _is_known(word)]
    grammar = sum(_plain(word) in STOP_WORDS for word in words)
    return unknown if len(unknown) > grammar and 3 * len(unknown) >= len(words) else []


def _is_known(word: str) -> bool:
    if len(word) <= SHORT and not word.isascii():
        return False  # *für* is no fur
    plain = _plain(word)
    return plain in STOP_WORDS or stem(plain) in _table()[0]


def _plain(word: str) -> str:
    return without_accents(fold(word))


@cache
def _table() -> tuple[dict[str, float], float]:
    table: dict[str, float] = {}
    largest = 0.0
    for line in IDF_FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            continue
        value, *words = line.split(" ")
        if words == ["*"]:
            largest = float(value)
        else:
            table.update(dict.fromkeys(words, float(value)))
    return table, largest


@cache
def _spoken() -> dict[str, Any]:
    return tomllib.loads(SPOKEN_FILE.read_text(encoding="utf-8"))


@cache
def _grammar() -> dict[str, list[str]]:
    """Return the languages whose grammar each word is of."""
    languages: dict[str, list[str]] = {}
    for name in (*_spoken()["read"], *_spoken()["beside"]):
        for word in {*_spoken()[name]["words"].split()}:
            languages.setdefault(word, []).append(name)
    return languages


def _singular(word: str) -> str:
    if len(word) < 4 or word[-1] != "s":
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith(("us", "ss", "is")):
        return word
    return word[:-1]
