"""A valid cohort of CSV tables with a few faults of text, of rows and of ids, by chance."""

from __future__ import annotations

from random import Random

TABLES = {
    "mentees": "person_id,email,name,contexts,need_why,joined,line_manager,availability,avoid\n"
    "e1,ada@x.org,Ada,confidence;managing_change,3,2026-05-01,r1,mon-am,\n"
    'e2,ben@x.org,=Ben,,,,,,r2\ne3,cas@x.org,"Cas, A.",confidence,5,2026-05-02,,tue-pm,\n',
    "mentors": "person_id,email,name,contexts,capacity\n"
    "r1,dee@x.org,Dee,confidence,2\nr2,eve@x.org,Eve,managing_change,1\n",
    "rules": "mentee_id,mentor_id,rule\ne1,r2,never\n",
    "preferences": "person_id,other_id,role,score,veto\ne1,r1,mentee,3,\nr1,e2,mentor,,yes\n",
    "engagements": "mentee_id,mentor_id,status,start,end\ne1,r1,completed,2025-01-01,2025-06-01\n",
    "contacts": "person_id,contact_id,known_since,purposes,knows\ne1,AB,2019,personal,x;y\n",
    "contact_ties": "person_id,contact_id,other_contact_id\ne1,AB,CD\n",
    "audit_notes": "person_id,kind,text\ne1,strength,x\n",
    "outcomes": "mentee_id,mentor_id,rating,date\ne1,r1,4,2025-06-01\n",
    "groups": "person_id,gender\ne1,w\n",
}
PIECES = [
    ",", ";", '"', "\n", "\r", "\t", "\0", "\ufeff", "\u200b", "\u202e", "\u3164", "\ufe0f", "=",
    "'", "@", "-1", "1e999", "nan", "e1", "r1", "0", "/", "\x1e", "\x1f", "{}", "%s", "\u2028",
    "x" * 300, "2262-04-12", "0001-01-01", "31/12/2025", "1-2", "#N/A", "never", "both", "Ada",
    "\u0301", "\ufb01", "\u0130", "\u0663", "../..", "CON", "<script>", "no one", "ada@x.org",
    "yes", "[]", "\\", "\U0001f600", "{[]}", '"[""\\ud800""]"', "mon 9-5 " * 2000, "xy " * 9000,
    "\ufdfa" * 2000, "," * 20_000, "[" * 3000,
]  # fmt: skip
ENCODINGS = ["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252", "mac-roman"]


def _insert(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(PIECES) + text[at + random.choice((0, 0, 1, 4)) :]


def _cell(text: str, random: Random) -> str:
    """Put a piece in place of a whole cell."""
    cells = text.split(",")
    cells[random.randrange(len(cells))] = random.choice(PIECES)
    return ",".join(cells)


def _lines(text: str, random: Random) -> str:
    """Repeat, drop, move or cut lines."""
    lines = text.splitlines(keepends=True)
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    kind = random.randrange(4)
    if kind == 0:
        lines.insert(other, lines[at])
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines = lines[:1]
    return "".join(lines)


def _delimiter(text: str, random: Random) -> str:
    return text.replace(",", random.choice(";\t|,:"))


MUTATIONS = [_insert, _insert, _cell, _cell, _lines, _delimiter]


def mutated_tables(random: Random) -> dict[str, bytes]:
    """Return the files of a cohort by name, one to five faults among them."""
    others = sorted(set(TABLES) - {"mentees", "mentors"})
    chosen = {"mentees", "mentors", *random.sample(others, random.randrange(4))}
    texts = {name: TABLES[name] for name in sorted(chosen)}
    for _ in range(random.choice((1, 1, 2, 5))):
        name = random.choice(sorted(texts))
        if texts[name]:
            texts[name] = random.choice(MUTATIONS)(texts[name], random)
    files = {}
    for name, text in texts.items():
        encoded = text.encode(random.choice(ENCODINGS), "replace")
        files[f"{name}.csv"] = encoded
    return files
