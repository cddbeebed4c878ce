"""Why a question is taken for something, left out or asked about: codes, and their words beside."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from matcher.text import words_beside

Why = Enum(
    "Why",
    "ADDED_BY_TOOL ANSWERED ASKS_WHO AS_NAMES AS_TITLE_SAYS BARE_OPTIONS BARRED "
    "BEARS_ON_SAFETY BESIDE_NOTICE BOX BY_CELLS BY_OPTIONS BY_SIDE CALLED COUNTED COUNTS "
    "DECIDED DENIED DIVIDES EARLIER_PAIRS EITHER EITHER_WISH FILE FOREIGN FOREIGN_OPTIONS "
    "FOR_STATISTICS HARDLY HEARD HINTED IN_OPTIONS IN_OWN_WORDS IN_PART JOB_TITLE LIKE "
    "NAMES_OTHERS NAMES_PEOPLE NAMES_ROLE NEARLY_ALL_AGREE NOTICE NUMBERED NUMBERS_OF_ANSWERS "
    "OBJECTS OF_LETTERS ONE_SIDE ONLY OPTIONS_OF OTHER_HALF OTHER_NAMES OUR_NAME "
    "OWN_AGAIN OWN_OPTIONS PART_OF_NAME PASSED PAST PERHAPS_TOPICS PERMISSION PHONE "
    "PLAIN_PROTECTED PRACTICAL READ_FROM REMARKS RIVALS ROLES ROLE_BY_ANSWERS ROLE_CODED "
    "SAYS_WITHDRAWN SHORT_FOR SHORT_TITLE SOME_ROLES SPELLED SPELL_HALVES STATED SUCH_ANSWERS "
    "TAKEN TAKEN_BESIDE TELLS_NOBODY TIMES TITLE TOLD_APART TOLD_BY_NOTHING TOOL UNANSWERED "
    "UNJUDGED UNKNOWN_ANSWERS WARNS WISH WRITTEN_BESIDE YES_OR_NO",
)
"""Each reason; what it says stands in ``reasons.toml``."""
WORDS: dict[str, str] = words_beside(__file__, "reasons.toml")
"""By code in small letters; `{}` stands for what a reason is about."""
BESIDE: dict[str, Any] = words_beside(__file__, "beside.toml")
"""What proposals say and ask beside the reasons."""


@dataclass(frozen=True, init=False)
class Said:
    """A reason, and what fills its words."""

    code: Why
    about: tuple[str, ...]

    def __init__(self, code: Why, *about: str) -> None:
        self.__dict__.update(code=code, about=about)

    @property
    def is_by_model(self) -> bool:
        """Whether a model of sentences is all that says so."""
        return self.code is Why.LIKE

    def __str__(self) -> str:
        return WORDS[self.code.name.lower()].format(*self.about)


@cache
def reason_of(words: str) -> Said | None:
    """Return the reason whose words a file holds, None for any other text."""
    for why in sorted(Why, key=lambda why: "{}" in WORDS[why.name.lower()]):
        pattern = re.escape(WORDS[why.name.lower()]).replace(r"\{\}", "(.+)")
        if found := re.fullmatch(pattern, words):
            return Said(why, *found.groups())
    return None
