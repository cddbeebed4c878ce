"""The words that synthetic people use: invented names, topics, goals and bios.

Sentences are composed by topic and by what a person needs or offers, so that free text carries
information about the latent interests, and no sentence is shared by everybody.
"""

from __future__ import annotations

FIRST_NAMES = (
    "Ada",
    "Bela",
    "Cleo",
    "Dov",
    "Esi",
    "Finn",
    "Gita",
    "Hana",
    "Ivo",
    "Juno",
    "Kofi",
    "Lena",
    "Milo",
    "Nia",
    "Otis",
    "Pia",
    "Quin",
    "Rosa",
    "Sami",
    "Tove",
    "Uma",
    "Vito",
    "Wren",
    "Xan",
    "Yuki",
    "Zora",
    "Amir",
    "Bryn",
    "Chidi",
    "Dara",
    "Elif",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jarek",
    "Kaya",
    "Lior",
    "Mei",
    "Noor",
)

ANIMALS = (
    "Otter",
    "Heron",
    "Badger",
    "Linnet",
    "Marten",
    "Osprey",
    "Plover",
    "Quokka",
    "Raven",
    "Stoat",
    "Tapir",
    "Urchin",
    "Vole",
    "Walrus",
    "Yak",
    "Zebra",
    "Adder",
    "Bison",
    "Curlew",
    "Dormouse",
    "Egret",
    "Ferret",
    "Gannet",
    "Hedgehog",
    "Ibis",
    "Jackdaw",
    "Kestrel",
    "Lynx",
    "Magpie",
    "Newt",
    "Ocelot",
    "Puffin",
    "Quail",
    "Robin",
    "Shrew",
    "Tern",
)

ORGANISATIONS = {
    "research": (
        "Northmoor University",
        "Larkhill Hospital Trust",
        "Institute for Shared Evidence",
        "Saltmarsh Research Centre",
    ),
    "public_service": (
        "Office for Weather and Tides",
        "Department of Small Harbours",
        "Bureau of Bridges",
        "Ministry for Lanterns",
    ),
}
"""Names of the first organisations; further ones are numbered."""

DEPARTMENTS = {
    "research": (
        "Population Health",
        "Clinical Trials",
        "Methods and Data",
        "Care and Communities",
        "Public Involvement",
        "Research Office",
        "Laboratory Sciences",
        "Health Economics",
    ),
    "public_service": (
        "Policy",
        "Delivery",
        "Analysis",
        "Digital",
        "Finance",
        "People",
        "Commercial",
        "Communications",
        "Strategy",
        "Inspection",
    ),
}

LANGUAGES = ("English", "Welsh", "Urdu", "Polish", "French", "Yoruba", "Cantonese")

SITES = ("North", "South", "Riverside", "Hilltop")

TOPICS: dict[str, dict[str, tuple[str, ...]]] = {
    "research": {
        "health data science": (
            "linked health records",
            "survival analysis",
            "machine learning",
            "causal inference",
        ),
        "clinical trials": (
            "adaptive trial design",
            "recruitment of participants",
            "trial management",
            "data monitoring",
        ),
        "public involvement": (
            "patient and public involvement",
            "co-production",
            "community partnerships",
            "inclusive research",
        ),
        "qualitative methods": (
            "interviews and focus groups",
            "ethnography",
            "thematic analysis",
            "process evaluation",
        ),
        "health economics": (
            "cost-effectiveness models",
            "value of information",
            "discrete choice experiments",
            "budget impact",
        ),
        "implementation science": (
            "scaling interventions",
            "behaviour change",
            "service evaluation",
            "complex systems",
        ),
        "research funding": (
            "fellowship applications",
            "grant writing",
            "budgets and costing",
            "review panels",
        ),
        "research leadership": (
            "leading a team",
            "supervising doctoral students",
            "building a programme",
            "chairing meetings",
        ),
        "evidence for policy": (
            "briefing ministers",
            "guideline development",
            "knowledge mobilisation",
            "systematic reviews",
        ),
        "laboratory science": (
            "genomics",
            "biomarkers",
            "laboratory management",
            "imaging",
        ),
        "science communication": (
            "writing for the public",
            "media interviews",
            "data visualisation",
            "podcasts and film",
        ),
        "open research": (
            "reproducible code",
            "data sharing",
            "preregistration",
            "research software",
        ),
    },
    "public_service": {
        "policy making": (
            "options appraisal",
            "ministerial submissions",
            "legislation",
            "consultations",
        ),
        "operational delivery": (
            "service standards",
            "casework",
            "contact centres",
            "continuous improvement",
        ),
        "digital services": ("user research", "agile delivery", "service design", "accessibility"),
        "analysis": ("forecasting", "impact evaluation", "statistics", "operational research"),
        "commercial": ("procurement", "contract management", "negotiation", "supplier markets"),
        "finance": ("business cases", "budgeting", "audit and risk", "spending reviews"),
        "people": ("workforce planning", "coaching", "inclusion", "employee relations"),
        "strategy": ("horizon scanning", "portfolio management", "change programmes", "benefits"),
        "communications": ("campaigns", "speech writing", "stakeholders", "crisis response"),
        "security": ("resilience", "cyber risk", "incident response", "vetting"),
    },
}
"""By bank: topics, each with its fields of expertise."""

GOALS: dict[str, tuple[str, ...]] = {
    "career_development": (
        "I want to decide what my next post in {topic} should be, and what would get me there.",
        "My contract ends next year and I am weighing a fellowship against a permanent role in "
        "{topic}.",
        "I hope to move from doing {tag} to leading work on {topic}.",
    ),
    "sector_knowledge": (
        "I am new to {topic} and would like to learn how the field really works.",
        "I need to understand how other organisations approach {tag}.",
        "Who decides what matters in {topic}, and how does one hear of it early?",
    ),
    "political_environment": (
        "I struggle to read how decisions on {topic} are made in my organisation.",
        "I would like to win support for {tag} from people who do not report to me.",
        "A reorganisation puts my work on {tag} at risk and I do not know whom to talk to.",
    ),
    "skills_development": (
        "I want to become good at {tag} and to have somebody look at my first attempts.",
        "I would like to learn {tag} properly instead of piecing it together.",
        "My methods stop at {tag}; I want to go further.",
    ),
    "confidence": (
        "I find it hard to speak up in meetings about {topic}.",
        "I would like to present my work on {tag} without hiding behind slides.",
        "I doubt whether I belong among people who do {topic}.",
    ),
    "managing_change": (
        "I return after a break and want to find my feet again in {topic}.",
        "I am moving from practice into research on {tag}.",
        "My group merges with another and I take on {tag} that I have never led.",
    ),
}
"""By context of a mentee's need: sentences about a topic or a field."""

BIOS: tuple[str, ...] = (
    "I have worked on {topic} for {years} years, most of it on {tag}.",
    "After {years} years in {topic} I still enjoy {tag} more than anything else.",
    "I lead work on {tag} and came to {topic} by a detour.",
    "My days are {tag}, my evenings are reading about {other}.",
)

OFFERS: dict[str, tuple[str, str]] = {
    "career_development": (
        "I can help people think through their next step in {topic}.",
        "I have hired for {tag} often enough to say what panels look for.",
    ),
    "sector_knowledge": (
        "I know who does what in {topic} and like to introduce people.",
        "Ask me how {tag} is done elsewhere and who does it well.",
    ),
    "political_environment": (
        "I have sat on many committees and can say how decisions on {topic} come about.",
        "I have won and lost budgets for {tag} and can tell why.",
    ),
    "skills_development": (
        "Happy to look at drafts and first attempts, above all on {tag}.",
        "I teach {tag} and enjoy questions that sound too basic.",
    ),
    "confidence": (
        "I was a shy speaker once and know what helped.",
        "I can rehearse talks and interviews on {topic} with you.",
    ),
    "managing_change": (
        "I have changed fields twice before {topic} and led teams through mergers.",
        "I came back to {tag} after a long break myself.",
    ),
}
"""By context that a mentor offers: sentences about it."""

STRENGTHS = (
    "I keep in touch with people from earlier posts",
    "I ask for advice early",
    "My contacts sit in several professions",
    "I am good at putting people in touch with each other",
    "I have a close group that I trust",
)

WEAKNESSES = (
    "I hardly know anybody outside my organisation",
    "Most of my contacts know each other",
    "I rarely ask senior people for anything",
    "My contacts still see me in my previous role",
    "I have let good contacts lapse",
)

FIRST_ACTIONS = ("an introduction", "a first coffee", "a joint project", "advice on a draft")
"""What a contact was last turned to for (free text of the audit)."""
