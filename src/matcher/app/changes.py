"""What a rerun changed, and what it cost everybody together."""

from dataclasses import dataclass

from matcher.report import plain_words as words
from matcher.report.run_data import RunData, ShownNames
from matcher.text import count_of, plural


@dataclass(frozen=True)
class MenteeChange:
    """One mentee whose mentors changed."""

    key: str
    name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    before: float
    after: float


@dataclass(frozen=True)
class Changes:
    """The difference between two runs."""

    mentees: tuple[MenteeChange, ...]
    before: float
    after: float
    reached_before: int
    reached_after: int

    @property
    def cost(self) -> float:
        """Worth of the whole match that was given up; negative where it was gained."""
        return self.before - self.after

    def sentence(self) -> str:
        """Return what changed and what it cost, to be quoted."""
        who = count_of(len(self.mentees), "mentee")
        verb = plural(len(self.mentees), "has", "have")
        share = abs(self.cost) / self.before if self.before else 0.0
        sign = "costs" if self.cost > 0 else "adds"
        worth = f"it {sign} {words.number(abs(self.cost), 4)} of the whole match's worth"
        if abs(self.cost) < 1e-9:
            worth, share = "the whole match is worth the same", 0.0
        part = f" ({words.share(share, 2)})" if share else ""
        reach = self.reached_after - self.reached_before
        side = "more" if reach > 0 else "fewer"
        more = f", and {count_of(abs(reach), 'mentee')} {side} have a mentor"
        return f"{who} {verb} other mentors; {worth}{part}{more if reach else ''}."


def changes_between(old: RunData, new: RunData, people: ShownNames) -> Changes:
    """Return who has other mentors in `new` than in `old`, and the change of the objective."""
    before, after = _mentors(old), _mentors(new)
    values = [
        dict(zip(d["portfolios"]["mentee_id"], d["portfolios"]["value"], strict=True))
        for d in (old, new)
    ]
    rows = []
    for mentee in sorted({*before, *after}):
        was, now = before.get(mentee, set()), after.get(mentee, set())
        if was != now:
            rows.append(
                MenteeChange(
                    key=mentee,
                    name=people.name(mentee),
                    gained=tuple(people.name(m) for m in sorted(now - was)),
                    lost=tuple(people.name(m) for m in sorted(was - now)),
                    before=values[0].get(mentee, 0.0),
                    after=values[1].get(mentee, 0.0),
                )
            )
    return Changes(tuple(rows), _worth(old), _worth(new), len(before), len(after))


def _mentors(data: RunData) -> dict[str, set[str]]:
    groups = data["matches"].groupby("mentee_id")["mentor_id"]
    return {str(mentee): set(mentors) for mentee, mentors in groups}


def _worth(data: RunData) -> float:
    value = data.summary.get("objective")
    return float(value) if isinstance(value, int | float) else 0.0
