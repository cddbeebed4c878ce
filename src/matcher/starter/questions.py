"""The starter sign-up form: questions in plain words, and what each answer means.

The form, its mapping in ``matcher.toml`` and the example answers are all made from ``QUESTIONS``,
so they cannot disagree. Answer texts hold neither comma nor semicolon, since form tools separate
the ticks of one question by these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Ask(StrEnum):
    """How a question is asked."""

    TEXT = "short text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    ONE = "choose one"
    SOME = "tick all that apply"


@dataclass(frozen=True)
class Question:
    """One question of the form."""

    text: str
    column: str
    """Canonical column of the answer, `mentees.` or `mentors.` before it for one side."""
    ask: Ask = Ask.TEXT
    answers: dict[str, str | float] = field(default_factory=dict)
    """The words offered and what they stand for: a word of the vocabulary, a number or missing."""
    section: str = ""
    """Heading under which the form asks it, where a new one starts."""
    help: str = ""
    """Small print below the question."""

    @property
    def canonical(self) -> str:
        """The column without the side."""
        return self.column.rpartition(".")[2]


MISSING = "missing"
DECLINE = "Prefer not to say"

CONTEXTS: dict[str, str | float] = {
    "Planning my career": "career_development",
    "Understanding our sector": "sector_knowledge",
    "Finding my way in organisational politics": "political_environment",
    "Building skills": "skills_development",
    "Confidence": "confidence",
    "A change that I am going through": "managing_change",
}
OFFERED_CONTEXTS: dict[str, str | float] = {
    "Planning a career": "career_development",
    "Understanding our sector": "sector_knowledge",
    "Finding one's way in organisational politics": "political_environment",
    "Building skills": "skills_development",
    "Confidence": "confidence",
    "Going through a change": "managing_change",
}
PURPOSES: dict[str, str | float] = {
    "Getting the present work done well": "operational",
    "Growing as a person": "personal",
    "Seeing where things lead": "strategic",
}
BENEFITS: dict[str, str | float] = {
    "Information for daily work": "task_information",
    "Help to get things done": "task_achievement",
    "The next career step": "career",
    "Personal development": "development",
    "Mutual support": "mutual_support",
}
APPROACHES: dict[str, str | float] = {
    "One person helps the other to develop": "developmental",
    "A sponsor speaks up for somebody and opens doors": "sponsorship",
    "A senior person learns from somebody more junior or newer": "reverse",
    "Two people mentor each other": "reciprocal",
}
MODES: dict[str, str | float] = {
    "In person": "in_person",
    "A mix": "hybrid",
    "Online": "virtual",
}
SLOTS: dict[str, str | float] = {
    f"{day} {half}": f"{day[:3].lower()}-{code}"
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    for half, code in (("morning", "am"), ("afternoon", "pm"))
}
AMOUNT: dict[str, str | float] = {
    "Not at all": 0.0,
    "A little": 1.0,
    "Somewhat": 2.0,
    "Quite a bit": 3.0,
    "A lot": 4.0,
    "A great deal": 5.0,
    DECLINE: MISSING,
}
AGREEMENT: dict[str, str | float] = {
    "Strongly disagree": 1.0,
    "Disagree": 2.0,
    "Neither": 3.0,
    "Agree": 4.0,
    "Strongly agree": 5.0,
    DECLINE: MISSING,
}
PEOPLE: dict[str, str | float] = {"One": 1.0, "Two": 2.0, "Three": 3.0}
PLACES: dict[str, str | float] = {**PEOPLE, "Four": 4.0, "None at the moment": 0.0}
HOURS: dict[str, str | float] = {
    "About one hour": 1.0,
    "About two hours": 2.0,
    "Three hours or more": 3.0,
}

_ABOUT_YOU = (
    Question(
        "How would you like to take part?",
        "role",
        Ask.ONE,
        {
            "I am looking for mentors": "mentee",
            "I would like to mentor": "mentor",
            "Both": "both",
            "Either - whichever helps more": "either",
        },
        section="About you",
    ),
    Question("Which organisation do you work for?", "organisation"),
    Question("Which department or team?", "department"),
    Question(
        "What is your line manager's e-mail address?",
        "line_manager",
        help="So that you are not matched with them.",
    ),
    Question("How many years have you worked in your field?", "career_years", Ask.NUMBER),
    Question(
        "In which year did you join your organisation?",
        "joined",
        Ask.NUMBER,
        help="Four digits, such as 2019.",
    ),
    Question(
        "Which fields and methods do you work with?",
        "expertise",
        help="Separate them by semicolons.",
    ),
)

_HOW = (
    Question(
        "Which kinds of mentoring are welcome to you?",
        "approaches",
        Ask.SOME,
        APPROACHES,
        section="How you would like to meet",
        help="Leave it empty if all of them are.",
    ),
    Question("How would you like to meet?", "modes", Ask.SOME, MODES),
    Question("When could you usually meet?", "availability", Ask.SOME, SLOTS),
    Question(
        "How much time a month could you give each relation?", "hours_per_month", Ask.ONE, HOURS
    ),
    Question(
        "How long should a relation last?",
        "horizon",
        Ask.ONE,
        {"A few months": "short", "A year or more": "long"},
    ),
    Question(
        "What should it be about?",
        "scope",
        Ask.ONE,
        {"One question or skill": "narrow", "Your development as a whole": "broad"},
    ),
)

_STYLE = tuple(
    Question(
        text,
        f"values_{number}",
        Ask.ONE,
        AGREEMENT,
        section="How you like to work" if number == 1 else "",
        help="These five are optional; people who work in similar ways often get on well."
        if number == 1
        else "",
    )
    for number, text in enumerate(
        (
            "I like to plan well ahead.",
            "I say directly what I think.",
            "I enjoy trying things that may fail.",
            "Working with others matters more to me than working alone.",
            "I want my work to serve the public before anything else.",
        ),
        1,
    )
)

_FORMS_OF_KNOWING = (
    ("why", "finding out what matters to you and where you want to go", "what matters to them"),
    ("how", "knowledge and skills", "knowledge and skills"),
    ("whom", "getting to know people and becoming known", "getting to know people"),
)

_MENTEES = (
    Question(
        "What would you most like help with?",
        "mentees.contexts",
        Ask.SOME,
        CONTEXTS,
        section="If you are looking for mentors",
    ),
    Question("What should mentoring do for you?", "mentees.purposes", Ask.SOME, PURPOSES),
    Question("What do you hope to gain?", "mentees.benefits", Ask.SOME, BENEFITS),
    *(
        Question(f"How much help would you like with {mentee}?", f"need_{form}", Ask.ONE, AMOUNT)
        for form, mentee, _ in _FORMS_OF_KNOWING
    ),
    Question(
        "What do you want to reach in the coming year?",
        "goals",
        Ask.LONG_TEXT,
        help="Two or three sentences in your own words.",
    ),
    Question("How many mentors would you like at most?", "max_mentors", Ask.ONE, PEOPLE),
    Question(
        "Is there anybody with whom you should not be matched?",
        "avoid",
        help="E-mail addresses separated by semicolons; only the coordinator sees this.",
    ),
    Question(
        "Have you thought about what you want from mentoring?",
        "mentees.ready",
        Ask.ONE,
        {"Yes": "yes", "Partly": "partly", "Not yet": "no"},
    ),
)

_MENTORS = (
    Question(
        "What can you help others with?",
        "mentors.contexts",
        Ask.SOME,
        OFFERED_CONTEXTS,
        section="If you would like to mentor",
    ),
    Question("What can your mentoring be for?", "mentors.purposes", Ask.SOME, PURPOSES),
    Question("What can others gain from you?", "mentors.benefits", Ask.SOME, BENEFITS),
    *(
        Question(f"How much can you help others with {other}?", f"offer_{form}", Ask.ONE, AMOUNT)
        for form, _, other in _FORMS_OF_KNOWING
    ),
    Question("How many people could you mentor?", "capacity", Ask.ONE, PLACES),
    Question(
        "For whom could you open doors - in which organisations?",
        "sponsor_organisations",
        help="Separate them by semicolons; leave it empty if none.",
    ),
    Question(
        "Please introduce yourself in a few sentences.",
        "bio",
        Ask.LONG_TEXT,
        help="What you work on and what you enjoy talking about.",
    ),
)

_MONITORING = (
    Question(
        "Gender",
        "groups.gender",
        Ask.ONE,
        {"Woman": "woman", "Man": "man", "In another way": "another"},
        section="Equality monitoring (optional)",
        help="Never used to match; only to check that the match is fair to groups as a whole.",
    ),
    Question(
        "Ethnicity",
        "groups.ethnicity",
        help="Use the categories of your organisation here.",
    ),
)

QUESTIONS: tuple[Question, ...] = (
    *_ABOUT_YOU,
    *_HOW,
    *_STYLE,
    *_MENTEES,
    *_MENTORS,
    *_MONITORING,
)
"""Every question of the form, in order; name and e-mail address come from the form tool."""
