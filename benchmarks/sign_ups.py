"""A sign-up export of any size as a form tool writes it: sixty columns, nothing mapped."""

from __future__ import annotations

import csv
import random
from pathlib import Path

QUESTIONS = (
    "ID",
    "Start time",
    "Completion time",
    "Email",
    "Name",
    "I would like to take part as a",
    "Where do you work?",
    "Which department are you in?",
    "Who is your line manager?",
    "How long have you worked in this field?",
    "When did you start your current role? (dd/mm/yyyy)",
    "What are your main areas of expertise?",
    "What would you like help with?",
    "What do you hope to get out of being mentored?",
    "How many mentors would you like?",
    "What could you help a mentee with?",
    "Tell us a little about yourself",
    "How many mentees could you take on?",
    "How would you prefer to meet?",
    "Which days usually suit you?",
    "Is there anyone we should NOT match you with?",
    "How do you describe your gender?",
    "Ethnic group",
    "I agree to my answers being used for matching",
)
TOPICS = ("Career planning", "Public speaking", "Office politics", "Confidence", "Managing change")
DAYS = ("Monday morning", "Tuesday afternoon", "Wednesday evening", "Friday afternoon")
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
)


def write_sign_ups(folder: Path, rows: int, columns: int = 60) -> Path:
    """Write one CSV of `rows` sign-ups with `columns` columns, and return the folder."""
    draw = random.Random(0)  # noqa: S311
    words = ["".join(draw.choices(SYLLABLES, k=3)) for _ in range(500)]
    further = [f"Question {k} about {words[k]}?" for k in range(columns - len(QUESTIONS))]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "Sign-up (Responses).csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*QUESTIONS, *further])
        writer.writerows(_row(k, draw, words, len(further)) for k in range(rows))
    return folder


def _row(k: int, draw: random.Random, words: list[str], further: int) -> list[str]:
    name = " ".join("".join(draw.choices(SYLLABLES, k=4)).capitalize() for _ in range(2))
    is_mentee = k % 2 == 0
    topics = ";".join(draw.sample(TOPICS, 2))
    text = " ".join(draw.sample(words, 12))
    own = [
        str(k + 1),
        "2026-02-01 08:00:00",
        f"2026-02-{k % 27 + 1:02d} 08:{k % 60:02d}:00",
        f"{name.replace(' ', '.').lower()}.{k:05x}@example.org",
        name,
        "Mentee" if is_mentee else "Mentor",
        f"{words[k % 300].capitalize()} Trust",
        words[k % 40].capitalize(),
        "",
        draw.choice(("1", "2-5 years", "6-10 years")),
        f"{draw.randint(1, 28):02d}/{draw.randint(1, 12):02d}/{draw.randint(2001, 2024)}",
        ";".join(draw.sample(words, 3)),
        topics if is_mentee else "",
        text if is_mentee else "",
        draw.choice("123") if is_mentee else "",
        "" if is_mentee else topics,
        "" if is_mentee else text,
        "" if is_mentee else draw.choice("123"),
        draw.choice(("Face to face", "Teams / Zoom", "No preference")),
        ";".join(draw.sample(DAYS, 2)),
        "",
        draw.choice(("Man", "Woman", "Prefer not to say")),
        draw.choice(("Asian", "Black", "Mixed", "White")),
        "Yes",
    ]
    return own + [draw.choice(("Yes", "No", "", text)) for _ in range(further)]
