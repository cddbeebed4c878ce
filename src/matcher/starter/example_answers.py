"""Six invented answers to the starter form, laid out as Microsoft Forms exports them.

They show what an export looks like and that its words load by the config alone; a coordinator
replaces the file by the real export.
"""

from __future__ import annotations

import csv
import io

from matcher.starter.questions import QUESTIONS

TOOL_COLUMNS = ("ID", "Start time", "Completion time", "Email", "Name")
"""What the form tool adds by itself."""

_ALL = "One person helps the other to develop"
_SHARED: dict[str, str] = {
    "values_1": "Agree",
    "values_2": "Neither",
    "values_3": "Agree",
    "values_4": "Strongly agree",
    "values_5": "Agree",
    "modes": "A mix;Online;",
    "hours_per_month": "About two hours",
    "scope": "Your development as a whole",
    "horizon": "A year or more",
}

EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "Name": "Ada Example-Otter",
        "Email": "ada@example.org",
        "role": "I am looking for mentors",
        "organisation": "Northmoor University",
        "department": "Population Health",
        "line_manager": "hana@example.org",
        "career_years": "4",
        "joined": "2023",
        "expertise": "survival analysis; linked health records",
        "approaches": f"{_ALL};",
        "availability": "Tuesday morning;Thursday afternoon;",
        "mentees.contexts": "Planning my career;Confidence;",
        "mentees.purposes": "Seeing where things lead;",
        "mentees.benefits": "The next career step;",
        "need_why": "A lot",
        "need_how": "A little",
        "need_whom": "A great deal",
        "goals": "I want to apply for a fellowship and to find people outside my department.",
        "max_mentors": "Two",
        "mentees.ready": "Yes",
    },
    {
        "Name": "Bela Example-Heron",
        "Email": "bela@example.org",
        "role": "I am looking for mentors",
        "organisation": "Larkhill Hospital Trust",
        "department": "Clinical Trials",
        "career_years": "7",
        "joined": "2021",
        "expertise": "trial management; recruitment of participants",
        "approaches": f"{_ALL};Two people mentor each other;",
        "availability": "Monday morning;Tuesday morning;",
        "mentees.contexts": "Finding my way in organisational politics;Building skills;",
        "mentees.purposes": "Getting the present work done well;",
        "mentees.benefits": "Help to get things done;Mutual support;",
        "need_why": "Not at all",
        "need_how": "Quite a bit",
        "need_whom": "Prefer not to say",
        "goals": "I need to win support for a new way to recruit participants.",
        "max_mentors": "One",
        "mentees.ready": "Partly",
    },
    {
        "Name": "Cleo Example-Badger",
        "Email": "cleo@example.org",
        "role": "Both",
        "organisation": "Northmoor University",
        "department": "Methods and Data",
        "line_manager": "hana@example.org",
        "career_years": "9",
        "joined": "2018",
        "expertise": "machine learning; reproducible code",
        "approaches": f"{_ALL};Two people mentor each other;",
        "availability": "Tuesday morning;Friday morning;",
        "mentees.contexts": "Understanding our sector;",
        "mentees.purposes": "Growing as a person;Seeing where things lead;",
        "mentees.benefits": "Personal development;",
        "need_why": "Somewhat",
        "need_how": "Not at all",
        "need_whom": "Quite a bit",
        "goals": "I would like to lead a group and to hear early what funders plan.",
        "max_mentors": "One",
        "mentees.ready": "Yes",
        "mentors.contexts": "Building skills;",
        "mentors.purposes": "Getting the present work done well;",
        "mentors.benefits": "Information for daily work;Mutual support;",
        "offer_why": "A little",
        "offer_how": "A great deal",
        "offer_whom": "A little",
        "capacity": "One",
        "bio": "I write code for linked data and enjoy looking at other people's first attempts.",
    },
    {
        "Name": "Dov Example-Linnet",
        "Email": "dov@example.org",
        "role": "I would like to mentor",
        "organisation": "Institute for Shared Evidence",
        "department": "Research Office",
        "career_years": "18",
        "joined": "2012",
        "expertise": "fellowship applications; review panels",
        "approaches": f"{_ALL};A sponsor speaks up for somebody and opens doors;",
        "availability": "Tuesday morning;Thursday afternoon;",
        "mentors.contexts": "Planning a career;Confidence;Understanding our sector;",
        "mentors.purposes": "Growing as a person;Seeing where things lead;",
        "mentors.benefits": "The next career step;Personal development;",
        "offer_why": "A lot",
        "offer_how": "Somewhat",
        "offer_whom": "A great deal",
        "capacity": "Two",
        "sponsor_organisations": "Northmoor University",
        "bio": "I have sat on fellowship panels for ten years and like to rehearse interviews.",
    },
    {
        "Name": "Esi Example-Plover",
        "Email": "esi@example.org",
        "role": "I would like to mentor",
        "organisation": "Saltmarsh Research Centre",
        "department": "Clinical Trials",
        "career_years": "15",
        "joined": "2019",
        "expertise": "recruitment of participants; public involvement",
        "approaches": f"{_ALL};",
        "availability": "Monday morning;Tuesday morning;",
        "mentors.contexts": "Finding one's way in organisational politics;Building skills;",
        "mentors.purposes": "Getting the present work done well;",
        "mentors.benefits": "Help to get things done;Information for daily work;",
        "offer_why": "Somewhat",
        "offer_how": "A lot",
        "offer_whom": "Somewhat",
        "capacity": "Two",
        "bio": "I run recruitment for three trials and know how decisions on them come about.",
    },
    {
        "Name": "Hana Example-Stoat",
        "Email": "hana@example.org",
        "role": "Either - whichever helps more",
        "organisation": "Northmoor University",
        "department": "Methods and Data",
        "career_years": "20",
        "joined": "2010",
        "expertise": "leading a team; grant writing",
        "approaches": "",
        "availability": "Wednesday morning;Thursday afternoon;",
        "mentees.contexts": "A change that I am going through;",
        "mentees.purposes": "Growing as a person;",
        "mentees.benefits": "Mutual support;",
        "need_why": "A lot",
        "need_how": "A little",
        "need_whom": "Somewhat",
        "goals": "Two groups merge under me and I want to think aloud with somebody outside.",
        "max_mentors": "One",
        "mentees.ready": "Yes",
        "mentors.contexts": "Planning a career;Going through a change;",
        "mentors.purposes": "Seeing where things lead;",
        "mentors.benefits": "The next career step;",
        "offer_why": "Quite a bit",
        "offer_how": "Quite a bit",
        "offer_whom": "A lot",
        "capacity": "One",
        "bio": "I lead a methods group and have hired and been turned down often enough to help.",
    },
)
"""Answers by canonical column, or by the form tool's own column; what is absent was left empty."""


def example_export() -> str:
    """Return the example answers as the CSV file that the form tool exports."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*TOOL_COLUMNS, *(question.text for question in QUESTIONS)])
    for number, answer in enumerate(EXAMPLES, 1):
        cells = {**_SHARED, **answer}
        moment = f"2026-06-{number:02d} 09:{10 + number}:00"
        own = (str(number), moment, moment, cells["Email"], cells["Name"])
        writer.writerow([*own, *(cells.get(question.column, "") for question in QUESTIONS)])
    return text.getvalue()
