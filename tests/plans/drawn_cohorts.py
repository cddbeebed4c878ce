"""Cohorts drawn by a seed, of every kind that plans have to be true for."""

from __future__ import annotations

import random
from itertools import count
from pathlib import Path

from tests.folders import Rows, write_cohort

KINDS = (
    *(
        "plain",
        "blank",
        "free text",
        "one to one",
        "periods",
        "under way",
        "reciprocal",
        "sponsors",
    ),
    *("few places", "dated", "own facets"),
    *("dated periods", "two waves", "two roles", "addresses", "second intake"),
)
LISTS = {
    "purposes": ["operational", "personal", "strategic"],
    "benefits": ["career", "development", "mutual_support"],
    "contexts": ["confidence", "managing_change", "sector_knowledge"],
    "knowing": ["why", "beliefs", "values", "skills", "knowledge", "whom", "network", "reputation"],
}
FORMS = {
    "horizon": ["short", "long", ""],
    "scope": ["narrow", "broad", ""],
    "formality": ["formal", "informal", ""],
}
WORDS = ("grant", "panel", "lecture", "field", "night", "garden", "seminar", "voice", "paper")


class Draw:
    """One cohort as tables."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)  # noqa: S311 nothing secret
        self.kind = KINDS[seed % len(KINDS)]
        self.tokens = (f"Qz{n}x" for n in count())
        self.asked = {
            column: self.kind != "free text" and self.pick.random() < 0.7 for column in LISTS
        }
        self.config: dict[str, dict[str, object]] = {"programme": {}}

    def maybe(self, share: float = 0.6) -> bool:
        """Return yes with some probability."""
        return self.pick.random() < share

    def some(self, options: list[str], most: int = 3) -> str:
        """Return a few options as a cell, now and then none."""
        most = min(most, len(options))
        return ";".join(sorted(self.pick.sample(options, self.pick.randint(0, most))))

    def text(self) -> str:
        """Return a text that nobody else wrote, now and then a long one or none."""
        if not self.maybe(0.7):
            return ""
        words = self.pick.choices(WORDS, k=self.pick.choice([4, 9, 120]))
        return f"{next(self.tokens)} {' '.join(words)}{self.pick.choice(['', '.', '!'])}"

    def person(self, prefix: str, n: int) -> dict[str, object]:
        """Return what people of both sides may answer."""
        blank = self.kind == "blank" and self.maybe(0.5)
        row: dict[str, object] = {"person_id": f"{prefix}{n}"}
        row["name"] = f"{self.pick.choice(['Ada', 'Bo', 'Cy', 'Di'])} {next(self.tokens)}"
        answers: dict[str, object] = {
            "organisation": self.pick.choice(["North", "South", ""]),
            "department": self.pick.choice(["Ward", "Lab", ""]),
            "career_years": self.pick.choice([2, 9, 14, ""]),
            "expertise": self.some(["optics", "law", "trials"]),
            "goals": self.text(),
            "modes": self.some(["virtual", "in_person"]),
            "timezone": self.pick.choice(["Europe/London", "Australia/Sydney", ""]),
            "availability": self.some(["mon-am", "tue-pm", "fri-09"]),
            "hours_per_month": self.pick.choice([1, 2.5, ""]),
            **{column: self.pick.choice(values) for column, values in FORMS.items()},
            **{c: self.some(values) for c, values in LISTS.items() if self.asked[c]},
        }
        if self.kind == "free text":
            answers = {"goals": answers["goals"]}
        if self.kind == "own facets":
            answers["topics"] = self.some(["Grant writing", "Saying no"])
        return row | {name: "" if blank else answer for name, answer in answers.items()}

    def tables(self) -> dict[str, Rows]:
        """Return all tables of the cohort."""
        n, m = self.pick.randint(2, 7), self.pick.randint(1, 5)
        mentees = [self.person("e", k) for k in range(n)]
        mentors = [self.person("t", k) for k in range(m)]
        for row in mentees:
            row["max_mentors"] = 1 if self.kind == "one to one" else self.pick.choice([1, 2, 3, ""])
            for form in ("why", "how", "whom"):
                if self.asked["knowing"] and self.kind != "free text":
                    row[f"need_{form}"] = self.pick.choice([0, 2, 5, ""])
        for row in mentors:
            row["capacity"] = 1 if self.kind in ("few places", "one to one") else 3
            row["bio"] = self.text()
            for form in ("why", "how", "whom"):
                if self.asked["knowing"] and self.kind != "free text":
                    row[f"offer_{form}"] = self.pick.choice([0, 1, 5, ""])
        tables = {"mentees": mentees, "mentors": mentors, **self.links(n, m)}
        self.of_kind(mentees, mentors)
        return {name: rows for name, rows in tables.items() if rows}

    def of_kind(self, mentees: Rows, mentors: Rows) -> None:
        """Add what the kind of cohort asks for."""
        programme = self.config["programme"]
        if self.kind == "periods":
            programme["periods"] = 3
        if self.kind in ("dated", "addresses", "second intake"):
            programme["start"] = "2027-03-01"
        if self.kind == "dated periods":
            programme |= {"periods": 2, "period_starts": ["2027-03-01", "2027-09-01"]}
        if self.kind == "addresses":
            programme |= {"share_addresses": self.maybe(0.3), "ask": "none"}
            for row in (*mentees, *mentors):
                row["email"] = f"{row['person_id']}@x.example" if self.maybe(0.8) else ""
                row["share_address"] = self.pick.choice(["yes", "no", ""])
        if self.kind == "two roles":
            for row in mentees[:2]:
                mentors.append({k: v for k, v in row.items() if k in mentors[0]} | {"capacity": 2})
        if self.kind == "own facets":
            self.config["facets"] = {
                "topic": {"columns": ["topics"], "options": ["Grant writing", "Saying no"]}
            }
        if self.kind == "sponsors":
            for row in mentees:
                row["approaches"] = "sponsorship"
            for row in mentors:
                row |= {"approaches": "sponsorship", "sponsor_organisations": "North;South"}
        if self.kind == "reciprocal":
            mentors.append(mentees[0] | {"capacity": 1, "approaches": "reciprocal"})
            mentees[0]["approaches"] = "reciprocal"
            mentees.append({**mentors[0], "approaches": "reciprocal"})
            mentors[0]["approaches"] = "reciprocal"
            sides = [f"{s}_{f}" for s in ("need", "offer") for f in ("why", "how", "whom")]
            for row in (mentees[-1], mentors[-1]):
                for column in ("capacity", "bio", "max_mentors", *sides):
                    row.pop(column, None)
            mentors[-1]["capacity"] = 1

    def links(self, n: int, m: int) -> dict[str, Rows]:
        """Return contacts, notes and engagements."""
        contacts: Rows = []
        for k in range(n):
            for _ in range(self.pick.choice([0, 0, 1, 4]) if self.kind != "free text" else 0):
                contacts.append(
                    {
                        "person_id": f"e{k}",
                        "contact_id": next(self.tokens),
                        "purposes": self.some(LISTS["purposes"]),
                        "internal": self.pick.choice(["yes", "no", ""]),
                        "frequency": self.pick.choice(["often", "rarely", ""]),
                        "share_with": self.pick.choice(["me", "mentor", ""]),
                        "may_introduce": self.pick.choice(["yes", "no", ""]),
                        "knows": f"t{self.pick.randrange(m)}" if self.maybe(0.4) else "",
                    }
                )
            if self.kind == "two waves":
                later = [row | {"wave": 2} for row in contacts if row["person_id"] == f"e{k}"]
                contacts += [
                    row | {"frequency": self.pick.choice(["often", "rarely", ""])}
                    for row in later
                    if self.maybe(0.6)
                ]
                new = {"contact_id": next(self.tokens), "wave": 2, "share_with": ""}
                new["person_id"] = f"e{k}"
                contacts += [new] if later and self.maybe(0.5) else []
            elif contacts and self.maybe(0.3):
                known = {"person_id": f"e{k}", "contact_id": f"t{self.pick.randrange(m)}"}
                contacts.append({**known, "is_person_id": "yes", "share_with": "me"})
        engagements: Rows = []
        if self.kind == "under way":
            states = ["active", "accepted", "paused", "completed"]
            for k in range(min(n, m)):
                start = self.pick.choice(["2026-02-01", ""])
                end = self.pick.choice(["2026-06-20", ""])
                pair = {"mentee_id": f"e{k}", "mentor_id": f"t{k}"}
                engagements.append(
                    pair | {"status": self.pick.choice(states), "start": start, "end": end}
                )
        return {"contacts": contacts, "engagements": engagements}


def draw_cohort(folder: Path, seed: int) -> dict[str, Rows]:
    """Write the cohort of a seed into a folder; return its tables as they were written."""
    draw = Draw(seed)
    tables = draw.tables()
    write_cohort(folder, tables)
    lines = []
    for section, keys in draw.config.items():
        for key, value in keys.items():
            if isinstance(value, dict):
                lines.append(f"[{section}.{key}]")
                lines += [f"{name} = {cell!r}" for name, cell in value.items()]
            else:
                shown = str(value) if isinstance(value, int) else f'"{value}"'
                if isinstance(value, bool):
                    shown = shown.lower()
                if key in ("start", "period_starts"):
                    shown = str(value).replace("'", "")
                told = f"[{section}]"
                lines += [f"{key} = {shown}"] if told in lines else [told, f"{key} = {shown}"]
    (folder / "matcher.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tables
