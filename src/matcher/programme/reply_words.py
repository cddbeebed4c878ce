"""What people say of a pair in their own words, and the codes before a reason."""

import re

from matcher.intake.cells.form_words import FORM_WORDS
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.text import fold, fold_plain
from matcher.vocabulary import Status

REPLIES = {
    **dict.fromkeys(("agrees", "said_yes"), Status.ACCEPTED),
    **dict.fromkeys(("said_no",), Status.DECLINED),
    **dict.fromkeys(("keeps_others", "behalt_die_anderen"), Status.WITHDREW_MENTOR),
    **dict.fromkeys(("asked", "gefragt"), Status.SENT),
    **dict.fromkeys(("meeting", "treffen_sich"), Status.ACTIVE),
}
"""What people write of a pair instead of its status."""


KEEPS_OTHERS = "keeps_others"
"""Code before the reason of a mentor who leaves one pair, keeps the others, and takes no more."""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text))


def _any_of(*words: str) -> str:
    """Return a pattern of words of replies, as they are written and without accents."""
    return "|".join(sorted({_plain(form(word)) for word in words for form in (fold, fold_plain)}))


_WORDS, _YES_NO = FORM_WORDS["replies"], FORM_WORDS["yes_no"]


_NO = _any_of(*_WORDS["no"], *filter(str.isalpha, _YES_NO["no"]))


_SAYS = {
    _any_of(*_WORDS["yes"], *filter(str.isalpha, _YES_NO["yes"])): Status.ACCEPTED,
    _NO: Status.DECLINED,
    _any_of(*_WORDS["met"]): Status.ACTIVE,
}


_POLITE = _any_of(*_WORDS["polite"])


_HELD = "((we|they) )?(ha(ve|s) )?had ((a|the|our|their) )?(first )?(meeting|session)s?"


ROLE_PHRASES = {"mentee": ANSWERS["role"]["mentee"], "mentor": ANSWERS["role"]["mentor_alone"]}
"""Words for each side in the languages of people."""
BOTH = "both"
"""Whose reply it is where it is that of the two."""
_SIDE = re.compile(
    r"\b(?:(?:from|by|of|von) )?(?:(?:the|der|dem) )?(mentee|mentor|both|beide)(?:in|n)?"
    r"(?: (?:s|said|says|sagt|sagen))?\b"
)


def whose_said(text: str) -> tuple[str, str]:
    """Return which side, or `BOTH`, a reply says it is of, and the rest: `the mentee said yes`."""
    plain = " ".join(re.findall(r"\w+", fold(text)))
    sides = {BOTH if side == "beide" else side for side in _SIDE.findall(plain)}
    if len(sides) != 1 or plain.replace(" ", "_") in {*Status}:
        return "", text
    return sides.pop(), _SIDE.sub(" ", plain).strip() + ("?" if "?" in text else "")


def side_named(text: str) -> str:
    """Return which side, or `BOTH`, a cell names in any language, empty where none alone."""
    words = words_of(text)
    sides = [side for side, phrases in ROLE_PHRASES.items() if heaviest(phrases, words)]
    return whose_said(text)[0] or (sides[0] if len(sides) == 1 else "")


def status_said(text: str) -> Status | None:
    """Return what people say of a pair in their own words, None where that is not sure.

    Every word must be known: who writes more than a yes or a no with thanks may mean something
    else, as in `no reply yet` or `yes, but not before May`.
    """
    plain = _plain(fold_plain(text))
    word = plain.replace(" ", "_")
    if "?" in text:
        return None
    if word in set(Status) or word in REPLIES:
        return REPLIES.get(word) or Status(word)
    if re.fullmatch(_HELD, plain):
        return Status.ACTIVE
    if reason_of_no(text):
        return Status.DECLINED
    told = _plain(re.sub(rf"\b({_POLITE})\b", " ", plain)) or plain  # `nej tak`
    known = [status for words, status in _SAYS.items() if re.search(rf"\b({words})\b", told)]
    every = "|".join((*_SAYS, _POLITE))
    return known[0] if len(known) == 1 and re.fullmatch(rf"(({every})\b ?)+", plain) else None


_UNSURE = re.compile(
    "|".join((*(words for words in _SAYS if words != _NO), _any_of(*_WORDS["unsure"])))
    + r"|repl\w+|answer\w*|antwort\w*|gern\w*|worr\w+"
)


def reason_of_no(text: str) -> str:
    """Return what follows a plain no, empty where it may take the no back: `no, but next year`."""
    said = re.fullmatch(rf"\W*(?:{_NO})\s*[,;.:!\u2013\u2014-]+\s*(\w.*)", fold(text))
    words = re.findall(r"[^\W_]+", said[1]) if said else []
    is_polite = all(re.fullmatch(_POLITE, word) for word in words)
    is_unsure = is_polite or any(_UNSURE.fullmatch(word) for word in words)
    return text[-len(said[1]) :].strip() if said and not is_unsure else ""


def coded(code: str, reason: str) -> str:
    """Return a reason behind its code, if it has one, as it is recorded: `keeps_others: ill`."""
    return ": ".join(filter(None, (code, reason.strip())))


NO_OF_MENTEE = "no_mentee"
"""Code before the reason of a no that is the mentee's."""


def reason_said(reason: str) -> str:
    """Return what somebody gave as their reason, without a code before it; empty where nothing."""
    code, mark, text = reason.partition(": ")
    is_code = code == KEEPS_OTHERS or code.startswith("no_")
    return (text if mark else "") if is_code else reason


def code_in(reason: str) -> str:
    """Return what may be the code before a reason."""
    return reason.partition(":")[0]
