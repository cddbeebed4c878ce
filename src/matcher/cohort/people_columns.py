"""The columns of people: what a mentee asks for and a mentor offers, declared once."""

from __future__ import annotations

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.vocabulary import (
    KNOWING_FACETS,
    Approach,
    Benefit,
    Context,
    Formality,
    Horizon,
    Knowing,
    Mode,
    Purpose,
    Readiness,
    ReciprocalKind,
    Scope,
)

TOP_SCORE = 5.0
"""Top of every 0 to 5 scale: needs, offers and preference scores."""

KNOWING = tuple(Knowing) + tuple(facet for facets in KNOWING_FACETS.values() for facet in facets)

PERSON_ID = ColumnSpec(
    "person_id",
    Kind.ID,
    "The person's id; the same id in mentees and mentors is one person.",
    required=True,
)

_IDENTITY = (
    ColumnSpec("name", Kind.TEXT, "Full name.", private=True, hints=("full name", "your name")),
    ColumnSpec(
        "preferred_name",
        Kind.TEXT,
        "Name to use in letters.",
        private=True,
        hints=("preferred name", "known as", "first name"),
    ),
    ColumnSpec(
        "email", Kind.TEXT, "E-mail address.", private=True, hints=("email", "e mail", "mail")
    ),
    ColumnSpec("organisation", Kind.TEXT, "Employer.", hints=("organisation", "employer")),
    ColumnSpec("department", Kind.TEXT, "Department or unit.", hints=("department", "unit")),
    ColumnSpec("site", Kind.TEXT, "Building or campus.", hints=("site", "campus", "building")),
    ColumnSpec(
        "line_manager",
        Kind.TEXT,
        "Id or e-mail address of the line manager, who is never matched with the person.",
        private=True,
        hints=("line manager", "manager"),
    ),
    ColumnSpec(
        "second_supervisor",
        Kind.TEXT,
        "Id or e-mail address of a second supervisor, treated like the line manager.",
        private=True,
        hints=("second supervisor", "supervisor"),
    ),
    ColumnSpec("timezone", Kind.TEXT, "Time zone, such as Europe/London.", hints=("time zone",)),
    ColumnSpec("location", Kind.TEXT, "Town or region.", hints=("location", "where based")),
    ColumnSpec("languages", Kind.LIST, "Languages to meet in.", hints=("languages",)),
    ColumnSpec(
        "seniority",
        Kind.TEXT,
        "Grade, one of the ordered grades of the config where it lists any.",
        hints=("grade", "seniority", "level", "band"),
    ),
    ColumnSpec(
        "career_years",
        Kind.NUMBER,
        "Years of work experience.",
        low=0,
        high=80,
        hints=("years experience", "how many years"),
    ),
    ColumnSpec(
        "joined",
        Kind.DATE,
        "Date of joining the organisation.",
        past=True,
        coarse=True,
        hints=("join", "start date"),
    ),
)

_FACET_LISTS = (
    ColumnSpec(
        "purposes",
        Kind.LIST,
        "What the relation is for: help with the work, with oneself, or with where it leads.",
        choices=tuple(Purpose),
        hints=("purpose",),
    ),
    ColumnSpec(
        "benefits",
        Kind.LIST,
        "What the person hopes to gain, or can give.",
        choices=tuple(Benefit),
        hints=("benefit", "gain", "get out of"),
    ),
    ColumnSpec(
        "contexts",
        Kind.LIST,
        "Settings in which help is asked for, or offered.",
        choices=tuple(Context),
        hints=("help with", "context", "support with", "areas"),
    ),
    ColumnSpec(
        "knowing",
        Kind.LIST,
        "Knowing why, how or whom, or one of their finer facets.",
        choices=KNOWING,
        hints=("knowing",),
    ),
)

_NEEDS = tuple(
    ColumnSpec(
        f"need_{form}",
        Kind.NUMBER,
        f"How much help with knowing {form} is needed, 0 to 5.",
        low=0,
        high=TOP_SCORE,
        hints=hints,
    )
    for form, hints in (
        ("why", ("need why", "values motivation")),
        ("how", ("need how", "skills knowledge")),
        ("whom", ("need whom", "contacts network")),
    )
)

_OFFERS = tuple(
    ColumnSpec(
        f"offer_{form}",
        Kind.NUMBER,
        f"How much help with knowing {form} can be given, 0 to 5.",
        low=0,
        high=TOP_SCORE,
        hints=(f"offer {form}",),
    )
    for form in ("why", "how", "whom")
)

_FORM = (
    ColumnSpec(
        "approaches",
        Kind.LIST,
        "Ways of mentoring that are welcome; empty means any that the programme offers.",
        choices=tuple(Approach),
        hints=("approach", "kind of mentoring", "type of mentoring"),
    ),
    ColumnSpec(
        "reciprocal_kind",
        Kind.CHOICE,
        "For mentoring each other: both in both roles, or an exchange with one main direction.",
        choices=tuple(ReciprocalKind),
        hints=("mentor each other", "reciprocal"),
    ),
    ColumnSpec(
        "modes",
        Kind.LIST,
        "How to meet.",
        choices=tuple(Mode),
        hints=("how meet", "in person", "online"),
    ),
    ColumnSpec(
        "cadence", Kind.TEXT, "How often to meet, such as monthly.", hints=("how often", "cadence")
    ),
    ColumnSpec(
        "hours_per_month",
        Kind.NUMBER,
        "Hours a month for one relation.",
        low=0,
        high=100,
        hints=("hours",),
    ),
    ColumnSpec(
        "availability",
        Kind.SLOTS,
        "Weekly slots: day and am, pm, eve or an hour, such as mon-am.",
        hints=("available", "when are you free", "times"),
    ),
    ColumnSpec(
        "horizon",
        Kind.CHOICE,
        "Short or long relation.",
        choices=tuple(Horizon),
        hints=("how long",),
    ),
    ColumnSpec(
        "scope",
        Kind.CHOICE,
        "One narrow question or broad development.",
        choices=tuple(Scope),
        hints=("scope", "narrow broad"),
    ),
    ColumnSpec(
        "formality",
        Kind.CHOICE,
        "Formal, with agreed meetings, or informal.",
        choices=tuple(Formality),
        hints=("formal",),
    ),
    ColumnSpec(
        "expertise", Kind.LIST, "Fields and skills.", hints=("expertise", "field", "skills")
    ),
    ColumnSpec(
        "goals",
        Kind.TEXT,
        "What the person wants to reach, in their own words.",
        private=True,
        hints=("goals", "hope to achieve"),
    ),
)

_MENTEE_ONLY = (
    ColumnSpec(
        "max_mentors",
        Kind.NUMBER,
        "Most mentors wanted; empty means the programme's default.",
        low=0,
        high=8,
        whole=True,
        hints=("how many mentors", "most mentors"),
    ),
    ColumnSpec(
        "min_mentors",
        Kind.NUMBER,
        "Fewest mentors that would help.",
        low=0,
        high=8,
        whole=True,
    ),
    ColumnSpec(
        "avoid",
        Kind.LIST,
        "People not to be matched with: ids, e-mail addresses or free text.",
        private=True,
        hints=("avoid", "rather not", "not be matched"),
    ),
    ColumnSpec(
        "wish_same",
        Kind.LIST,
        "Attributes that the mentee wishes to share with a mentor.",
        private=True,
        hints=("share with your mentor", "similar"),
    ),
)

_READY = ColumnSpec(
    "ready",
    Kind.CHOICE,
    "Whether the person has prepared for the relation.",
    choices=tuple(Readiness),
    hints=("ready", "prepared"),
)

_MENTEE_ADMIN = (
    ColumnSpec(
        "priority",
        Kind.NUMBER,
        "Priority class, 1 is served first; empty comes after all classes.",
        low=1,
        high=1000,
        whole=True,
    ),
    ColumnSpec("priority_reason", Kind.TEXT, "Why the priority was given.", private=True),
    ColumnSpec("waiting_since", Kind.DATE, "On the waiting list since.", past=True),
    ColumnSpec("available_until", Kind.DATE, "Last day on which the person can take part."),
    ColumnSpec("consent_date", Kind.DATE, "When the person agreed to be matched.", past=True),
)

MENTOR_ONLY = (
    *_OFFERS,
    ColumnSpec(
        "sponsor_organisations",
        Kind.LIST,
        "Organisations in which the mentor can open doors.",
        hints=("sponsor",),
    ),
    ColumnSpec(
        "max_sponsorship",
        Kind.NUMBER,
        "Most people whom the mentor will sponsor.",
        low=0,
        high=1000,
        whole=True,
    ),
    ColumnSpec(
        "capacity",
        Kind.NUMBER,
        "Places (or hours a month, as the config says); empty means the config's default, 1.",
        low=0,
        hints=("how many mentees", "how many people could you mentor", "capacity"),
    ),
    ColumnSpec("pool", Kind.TEXT, "Pool whose places the mentor shares, named in the config."),
    ColumnSpec(
        "min_mentees",
        Kind.NUMBER,
        "Fewest mentees that make it worth while for the mentor.",
        low=0,
        high=1000,
        whole=True,
    ),
    ColumnSpec(
        "bio",
        Kind.TEXT,
        "The mentor in their own words.",
        private=True,
        hints=("bio", "about yourself", "background"),
    ),
    ColumnSpec(
        "shared_for_matching",
        Kind.LIST,
        "Attributes that the mentor volunteers for mentees' wishes.",
        private=True,
    ),
)

MENTEE_COLUMNS = (
    PERSON_ID,
    *_IDENTITY,
    *_FACET_LISTS,
    *_NEEDS,
    *_FORM,
    *_MENTEE_ONLY,
    _READY,
    *_MENTEE_ADMIN,
)
MENTOR_COLUMNS = (PERSON_ID, *_IDENTITY, *_FACET_LISTS, *_FORM, _READY, *MENTOR_ONLY)
