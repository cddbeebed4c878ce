"""Protected attributes at which a title or answers only hint: asked about, never guessed."""

from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.text import fold, fold_plain
from matcher.vocabulary import PROTECTED_ATTRIBUTES, is_protected

_GENDERS = frozenset(ANSWERS["genders"]["words"])
_CODES = [frozenset(codes.split()) for codes in ANSWERS["genders"]["codes"]]
LEAST_SUCH = 0.7
"""Share of answers that are such words from which a question may be one about them."""
MOST_WORDS_OF_SUCH = 6
"""Mean number of words of answers up to which they may be such words and no texts."""
LEAST_LETTERS = 4
"""Letters of a title that may be short for something."""


def protected_hint(title: str, column: CellEvidence, *, is_known: bool) -> tuple[str, Said] | None:
    """Return the attribute that a question may ask for and why, None where nothing hints at one.

    Parameters
    ----------
    title, column
        The question and its answers.
    is_known
        Whether its title says what it is: then only that it is for statistics speaks against it.

    Returns
    -------
    tuple of str and Said, or None
        The attribute, empty where that is not known, and why.
    """
    if heaviest(ANSWERS["statistics"]["titles"], words_of(title)):
        return "", Said(Why.FOR_STATISTICS)
    if is_known:
        return None
    if attribute := _written_short(title):
        return attribute, Said(Why.SHORT_TITLE)
    if are_genders(column):
        return "gender", Said(Why.SUCH_ANSWERS)
    if len({fold_plain(item) for item in column.items}) < 2 or column.words > MOST_WORDS_OF_SUCH:
        return None
    return ("", Said(Why.SUCH_ANSWERS)) if column.share(is_protected) >= LEAST_SUCH else None


def are_genders(column: CellEvidence) -> bool:
    """Whether answers are several words for genders, or codes of them: `w`, `m`, `d`."""
    said = {fold_plain(item) for item in column.items}
    is_such = column.share(_names_gender) >= LEAST_SUCH or any(said <= codes for codes in _CODES)
    return len(said) > 1 and is_such


def _names_gender(text: str) -> bool:
    """Whether an answer is a word for a gender, with an article or without: `une femme`."""
    article, _, noun = fold(text).strip(". ").partition(" ")
    return not _GENDERS.isdisjoint({f"{article} {noun}".strip(), noun if len(article) < 5 else ""})


def _written_short(title: str) -> str:
    """Return the attribute for which a title such as `GESCHL` or `GEB_DAT` is short, or nothing."""
    words = words_of(title).rpartition(";")[2].split()
    parts = [word for word in words if len(word) > 2 and word not in _OF_EXTRACTS]
    if not 1 <= len(parts) <= 3 or sum(map(len, parts)) < LEAST_LETTERS:
        return ""
    named = (name for name in sorted(PROTECTED_ATTRIBUTES) if len(parts) > name.count("_"))
    return next((name for name in named if _is_short_for(parts, name.replace("_", ""))), "")


_OF_EXTRACTS = frozenset({"code", "key", "txt", "grp", "typ", "bez", "lib"})
"""What stands beside the name of a column in extracts of databases."""


def _is_short_for(parts: list[str], letters: str) -> bool:
    """Whether letters begin with the first part and hold the others after it, in order."""
    if not letters.startswith(parts[0]):
        return False
    at = 0
    for part in parts:
        at = letters.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
