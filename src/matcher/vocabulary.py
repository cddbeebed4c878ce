"""The field's terms as enumerations: the one place that says which words exist.

Sources: Ibarra (2015) for purposes and audit categories, Clutterbuck (2023) for benefits, de Janasz
& Sullivan (2004) for the three forms of knowing, Higgins & Kram (2001) for network typologies, and
NIHR (2024) for contexts, approaches, activities and sources of mentors.
"""

import re
from enum import StrEnum
from functools import lru_cache

from matcher.text import LOOKALIKES, fold, plain_letters, words_beside

IGNORE = "ignore"
"""Target of a column that is left out on purpose, without a warning."""


class Purpose(StrEnum):
    """What a developmental relation is for (Ibarra 2015: 85)."""

    OPERATIONAL = "operational"
    PERSONAL = "personal"
    STRATEGIC = "strategic"


class Benefit(StrEnum):
    """Why people build networks around work and career (Clutterbuck 2023)."""

    TASK_INFORMATION = "task_information"
    TASK_ACHIEVEMENT = "task_achievement"
    CAREER = "career"
    DEVELOPMENT = "development"
    MUTUAL_SUPPORT = "mutual_support"


class Context(StrEnum):
    """The setting in which a mentee asks for help."""

    CAREER_DEVELOPMENT = "career_development"
    SECTOR_KNOWLEDGE = "sector_knowledge"
    POLITICAL_ENVIRONMENT = "political_environment"
    SKILLS_DEVELOPMENT = "skills_development"
    CONFIDENCE = "confidence"
    MANAGING_CHANGE = "managing_change"


class Knowing(StrEnum):
    """Forms of knowing, the career competencies of de Janasz & Sullivan (2004)."""

    WHY = "why"
    HOW = "how"
    WHOM = "whom"


KNOWING_FACETS: dict[Knowing, tuple[str, ...]] = {
    Knowing.WHY: ("beliefs", "identity", "values", "motivation", "choices", "career_orientation"),
    Knowing.HOW: ("knowledge", "skills"),
    Knowing.WHOM: (
        "network",
        "reputation",
        "visibility",
        "new_learning_sources",
        "outside_organisation",
    ),
}
"""The finer facets that a `knowing` list may name, by form of knowing."""

KNOWING = (*Knowing, *(facet for facets in KNOWING_FACETS.values() for facet in facets))
"""Every word that a `knowing` list may hold."""


class Approach(StrEnum):
    """How a mentoring relation works."""

    DEVELOPMENTAL = "developmental"
    SPONSORSHIP = "sponsorship"
    REVERSE = "reverse"
    RECIPROCAL = "reciprocal"


class ReciprocalKind(StrEnum):
    """The two variants of co-mentoring."""

    BOTH_ROLES = "both_roles"
    EXCHANGE = "exchange"


class Mode(StrEnum):
    """Where a pair meets."""

    IN_PERSON = "in_person"
    HYBRID = "hybrid"
    VIRTUAL = "virtual"


class Scope(StrEnum):
    """How much a relation covers."""

    NARROW = "narrow"
    BROAD = "broad"


class Horizon(StrEnum):
    """How long a relation lasts."""

    SHORT = "short"
    LONG = "long"


class Formality(StrEnum):
    """Whether a programme arranged the relation."""

    FORMAL = "formal"
    INFORMAL = "informal"


class Frequency(StrEnum):
    """How often ego and a contact meet; a proxy of tie strength (Granovetter 1973)."""

    OFTEN = "often"
    OCCASIONALLY = "occasionally"
    RARELY = "rarely"


class Era(StrEnum):
    """Which part of ego's working life a contact belongs to."""

    PAST = "past"
    PRESENT = "present"
    FUTURE = "future"


class AuditCategory(StrEnum):
    """Four ways in which a network can be too narrow (Ibarra 2015)."""

    BIRDS_OF_A_FEATHER = "birds_of_a_feather"
    NETWORK_LAG = "network_lag"
    ECHO_CHAMBER = "echo_chamber"
    PIGEONHOLING = "pigeonholing"


class AuditAxis(StrEnum):
    """What an audit looks at."""

    BREADTH = "breadth"
    CONNECTIVITY = "connectivity"
    DYNAMISM = "dynamism"
    INTERNAL_EXTERNAL = "internal_external"


class NetworkBenefit(StrEnum):
    """What a network does for a person (Ibarra 2015: 71)."""

    KEEP_INFORMED = "keep_informed"
    TEACH = "teach"
    INNOVATE = "innovate"
    SOUNDING_BOARD = "sounding_board"
    GET_THINGS_DONE = "get_things_done"
    OPPORTUNITIES = "opportunities"
    NAVIGATE_POLITICS = "navigate_politics"


class Activity(StrEnum):
    """Seven activities that cultivate a network."""

    INTERNAL_AND_EXTERNAL = "internal_and_external"
    BE_ACTIVE = "be_active"
    SOCIAL_MEDIA = "social_media"
    OWN_COMMUNITY = "own_community"
    EXTRACURRICULAR = "extracurricular"
    MULTIPLE_MENTORS = "multiple_mentors"
    OFFER_SUPPORT = "offer_support"


class MentorSource(StrEnum):
    """Where to look for a mentor."""

    IMMEDIATE_CIRCLE = "immediate_circle"
    PROFESSIONAL_BODY = "professional_body"
    FRIENDS_OF_FRIENDS = "friends_of_friends"
    ACCREDITED_PROGRAMME = "accredited_programme"
    ONLINE_PLATFORM = "online_platform"


class NetworkTypology(StrEnum):
    """Network diversity by tie strength (Higgins & Kram 2001)."""

    ENTREPRENEURIAL = "entrepreneurial"
    OPPORTUNISTIC = "opportunistic"
    TRADITIONAL = "traditional"
    RECEPTIVE = "receptive"


class Status(StrEnum):
    """Where an engagement stands."""

    PROPOSED = "proposed"
    SENT = "sent"
    ACCEPTED_MENTEE = "accepted_mentee"
    ACCEPTED_MENTOR = "accepted_mentor"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    WITHDREW_MENTEE = "withdrew_mentee"
    WITHDREW_MENTOR = "withdrew_mentor"
    MISMATCH = "mismatch"
    NO_SHOW = "no_show"


HALF_ACCEPTED = (Status.ACCEPTED_MENTEE, Status.ACCEPTED_MENTOR)
"""Engagements of which one side has agreed, and the other has not said yet."""

LOCKED = (Status.SENT, *HALF_ACCEPTED, Status.ACCEPTED, Status.ACTIVE, Status.PAUSED)
"""Engagements that the match keeps; a paused pair has not ended, so its place is held."""

LIVE = (Status.PROPOSED, *LOCKED)
"""Engagements that hold a place or a promise."""

ENDED_BADLY = (Status.DECLINED, Status.MISMATCH)
"""Engagements after which the pair is not made again."""

COOLING = (Status.COMPLETED, Status.WITHDREW_MENTEE, Status.WITHDREW_MENTOR, Status.NO_SHOW)
"""Engagements after which the pair may be made again when the cooldown is over."""

ENDED = (*ENDED_BADLY, *COOLING)

UNDER_WAY = (Status.ACTIVE, Status.PAUSED)

FORWARD = (
    *(Status.PROPOSED, Status.SENT, *HALF_ACCEPTED, Status.ACCEPTED),
    *(Status.PAUSED, Status.ACTIVE),
)
"""How far a pair has come, the furthest last."""


def comes_further(before: str, status: Status) -> bool:
    """Whether a pair, of which nothing or a status is known, comes further by what is said of many.

    What has ended stays so, but for a pair that may be tried again and is sent anew. Nobody
    completes what they have not agreed to, nor declines it afterwards.
    """
    if not before:
        return True
    if before in ENDED:
        return before in COOLING and status in FORWARD[:2]
    at = FORWARD.index(Status(before))
    if status in ENDED:
        has_agreed = at >= FORWARD.index(Status.ACCEPTED)
        return has_agreed != (status is Status.DECLINED) or status in COOLING[1:]
    return at < FORWARD.index(status)


BEGUN = (*ENDED, *UNDER_WAY)
"""Engagements whose start is a past event."""


class Decision(StrEnum):
    """What a coordinator decides about a proposed pair, or about one person of it."""

    LOCK = "lock"
    BAN = "ban"
    ASSIGN = "assign"
    HOLD = "hold"
    RELEASE = "release"
    NOTE = "note"


class Role(StrEnum):
    """What somebody signs up as."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    BOTH = "both"
    EITHER = "either"


class Rule(StrEnum):
    """What a coordinator decrees for a pair."""

    MUST = "must"
    NEVER = "never"


class Readiness(StrEnum):
    """Whether somebody has prepared for the relation."""

    NO = "no"
    PARTLY = "partly"
    YES = "yes"


class Audience(StrEnum):
    """For whom a report is made, or with whom a contact may be shared."""

    COORDINATOR = "coordinator"
    PANEL = "panel"
    BOARD = "board"


class ShareWith(StrEnum):
    """Who may read contact-level text of an audit."""

    ME = "me"
    MENTOR = "mentor"
    PROGRAMME = "programme"


FACET_GROUPS: dict[str, tuple[str, ...]] = {
    "purpose": tuple(Purpose),
    "benefit": tuple(Benefit),
    "context": tuple(Context),
    "knowing": tuple(f"{form}.{facet}" for form, row in KNOWING_FACETS.items() for facet in row),
}
"""Facet groups in order; a facet is written ``group.value``, such as ``knowing.whom.network``."""

FACETS: tuple[str, ...] = tuple(
    f"{group}.{value}" for group, values in FACET_GROUPS.items() for value in values
)
"""Every coordinate of need and offer, in the order of all facet arrays: shape (27,)."""

FACETS_OF_FORM: dict[Knowing, tuple[int, ...]] = {
    form: tuple(FACETS.index(f"knowing.{form}.{facet}") for facet in row)
    for form, row in KNOWING_FACETS.items()
}
"""Positions of the facets of each form of knowing."""

FACET_SHARES: tuple[float, ...] = tuple(
    1.0 / len(KNOWING_FACETS[Knowing(facet.split(".")[1])]) if facet.startswith("knowing.") else 1.0
    for facet in FACETS
)
"""What each facet weighs where its question is answered as a whole: a form of knowing weighs 1."""


def told_facet(facet: str) -> str:
    """Return the facet as reports tell it: those of knowing add up to why, how and whom."""
    return ".".join(facet.split(".")[:2])


class NeedState(StrEnum):
    """What became of something that a mentee needs."""

    COVERED = "covered"
    PARTLY = "partly"
    OPEN = "open"


TOLD_FACETS = tuple(dict.fromkeys(map(told_facet, FACETS)))
"""The vocabulary's facets as reports tell them, in order."""

WHOM = [*FACETS_OF_FORM[Knowing.WHOM]]
"""Where facet arrays hold the facets of knowing whom."""


def facet_label(facet: str) -> str:
    """Return a facet in words, without its group where it needs none: ``knowing whom``."""
    group, _, value = facet.rpartition(".")
    words = value.replace("_", " ")
    return f"{group.replace('.', ' ')} {words}" if group.startswith("knowing") else words


_PROTECTED = words_beside(__file__, "protected.toml")
_NAMES = " ".join(_PROTECTED[part] for part in ("english", "other", "further"))
PROTECTED_ATTRIBUTES = frozenset(plain_letters(fold(name)) for name in _NAMES.split())
"""Plain names of attributes that may be audited (table `groups`) or volunteered as a wish, never
scored: those that the Equality Act 2010 protects, under the titles that forms give them."""

_AROUND = frozenset(plain_letters(fold(word)) for word in _PROTECTED["around"].split())
_FIRST = frozenset(name.partition("_")[0] for name in PROTECTED_ATTRIBUTES)
_WORD = re.compile(r"[^\W_]+")
_LONGEST = max(name.count("_") for name in PROTECTED_ATTRIBUTES) + 1
_BRACKETS = re.compile(r"\([^()]*\)")
_SENTENCES = re.compile(r"[?!]|\.\s")
_NUMBERED = re.compile(r"q?[0-9]+")
"""The number of a question or a year: it makes no other question."""


@lru_cache(maxsize=1 << 14)
def is_protected(title: str) -> bool:
    """Whether a column title asks for a protected attribute, however it is written.

    It does where it, or a sentence of it, is the attribute's name and words that a question puts
    around one: `Sex`, `What is your gender?`, `Do you identify as trans?`; any other word makes it
    another question: `Which races have you run`.
    """
    plain = plain_letters(fold(title))
    spellings = {plain, plain.translate(LOOKALIKES)}  # letters of another script look like ours
    if not any(_FIRST.intersection(_WORD.findall(each)) for each in spellings):
        return False
    return any(
        _names_protected("".join(c if c.isalnum() else " " for c in sentence).split())
        for whole in spellings | {_BRACKETS.sub(" ", each) for each in spellings}
        for sentence in (whole, *_SENTENCES.split(whole))
    )


def _names_protected(words: list[str]) -> bool:
    at, is_named = 0, False
    while at < len(words):
        sizes = range(min(_LONGEST, len(words) - at), 0, -1)
        size = next((n for n in sizes if "_".join(words[at : at + n]) in PROTECTED_ATTRIBUTES), 0)
        if not size and words[at] not in _AROUND and not _NUMBERED.fullmatch(words[at]):
            return False
        is_named |= size > 0
        at += max(size, 1)
    return is_named
