"""How well questions of forms are understood by the sentence model alone.

`asked.json` holds 700 questions in eleven languages that somebody wrote who had not seen the
sentences they are compared with; half are worded as nobody would expect. The first 400 were looked
at while the sentences were chosen, the other 300 were not. Each is judged with answers of its kind:
`python benchmarks/asked.py`, with the extra [multilingual] (or [semantic]).
"""

import json
from collections import Counter
from pathlib import Path

from matcher.features.title_likeness import judge_of_titles
from matcher.intake.proposals.by_sentences import Alike, by_likeness
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.title_guesses import Guess, Sureness

QUESTIONS = Path(__file__).with_suffix(".json")
NAMES = ["Ann Able", "Bo Best", "Cy Cole", "Di Dunn", "Ed Ellis", "Flo Ford"]
LABELS = ["North", "South", "North", "East", "South", "West"]
TEXTS = [f"I have {n} reasons to be here, and will tell you more of them" for n in range(6)]
ANSWERS = {
    "role": ["The first", "The second"] * 3,
    "consent": ["Sure", "Sure", "Rather not"] * 2,
    "share_address": ["Sure", "Sure", "Rather not"] * 2,
    "mentees.contexts": ["Budgets;Hiring", "Hiring", "Budgets", "Law;Hiring", "Law", "Budgets"],
    "goals": TEXTS,
    "bio": TEXTS,
    **dict.fromkeys(("avoid", "line_manager", "preferences", "past"), NAMES),
    **{kind: [*"123312"] for kind in ("capacity", "max_mentors", "career_years")},
    "availability": ["Monday morning", "Tuesday", "Friday afternoon"] * 2,
    "languages": ["English", "German;English", "French"] * 2,
    "groups.gender": ["female", "male", "female"] * 2,
    "timezone": ["Europe/Berlin", "UTC+1", "Europe/Paris"] * 2,
    "modes": ["online", "in person", "either"] * 2,
}
"""Answers of each kind; labels for what is not here."""
SAME = {"mentors.contexts": "mentees.contexts", "not availability": "availability"}
OTHERS = [
    ["Yes", "No", "Yes", "Yes", "Yes", "No"],
    ["S", "M", "L", "M", "S", "M"],
    ["none", "no nuts", "my brother Max 0151 2345", "red", "the train", "ask me"],
]
"""Answers to what is asked for other purposes, in turn."""
EITHER = {
    "cadence": {"cadence", "hours_per_month"},
    "location": {"location", "site"},
    "mentees.contexts": {"mentees.contexts", "contexts"},
    "mentors.contexts": {"mentors.contexts", "contexts"},
}
"""Columns that are right as well."""
WHOM = ("avoid", "preferences")
"""Of which neither is proposed where a title may ask for either."""


def main() -> None:
    """Print how many questions are settled, asked with what they are first, and wrong."""
    alike = judge_of_titles()
    if alike is None:
        raise SystemExit("neither [multilingual] nor [semantic] is installed")
    for name, questions in json.loads(QUESTIONS.read_text("utf-8")).items():
        print(f"\n{name}\n")
        found: dict[str, Counter[str]] = {}
        for target, asked in questions.items():
            for k, (language, question) in enumerate(asked):
                said, guess = _judged(target, question, k, alike)
                found.setdefault(language, Counter())[said] += 1
                if said.startswith("wrong") and guess:
                    print(f"{language}: {question} | {target} | {guess.target}, {guess.sureness}")
        found["all"] = sum(found.values(), Counter())
        columns = ("right", "right, asked", "nothing", "wrong, asked", "wrong")
        print("\n| language | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
        for language, counts in found.items():
            print(f"| {language} | " + " | ".join(str(counts[c]) for c in columns) + " |")


def _judged(target: str, question: str, k: int, alike: Alike) -> tuple[str, Guess | None]:
    """Return how a question was judged beside answers of its kind, and what it was taken for."""
    cells = OTHERS[k % 3] if target == "ignore" else ANSWERS.get(SAME.get(target, target), LABELS)
    people = {name.casefold() for name in NAMES}
    evidence = CellEvidence(Counter(cells), len(cells), people=people)
    guess = next(iter(by_likeness(alike(question), evidence)), None)
    if guess is None:
        return "nothing", None
    right = EITHER.get(target, {target.removeprefix("not ")})
    right |= set(WHOM) if target in WHOM and guess.why.code is Why.EITHER_WISH else set()
    said = "right" if guess.target.removesuffix(".1") in right else "wrong"
    return f"{said}, asked" if guess.sureness is Sureness.ASKED else said, guess


if __name__ == "__main__":
    main()
