"""What people said and lived through: preferences, rules, engagements and outcomes.

A mentee names the three mentors of highest ``interest + .5 similarity + fame + Gumbel``, a mentor
two mentees; past pairs are drawn at random among those that were possible, and rated by the
outcome model.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.lab.synthetic.latent import Family, LatentPeople
from matcher.lab.synthetic.outcome import pair_quality
from matcher.lab.synthetic.sign_ups import AS_OF, days_before

ENDINGS = ("completed", "declined", "mismatch", "withdrew_mentor", "no_show")
ENDED_SHARES = (0.72, 0.1, 0.06, 0.08, 0.04)
LIKED = (5, 4, 3)
"""Scores of the first, second and third name."""


def history_tables(
    family: Family,
    people: LatentPeople,
    mentees: pd.DataFrame,
    mentors: pd.DataFrame,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Return `preferences`, `rules`, `engagements` and `outcomes`, consistent with each other."""
    taken: set[tuple[int, int]] = set()
    active = _active_pairs(family, people, mentees, mentors, rng)
    taken.update(map(tuple, active.tolist()))
    must = _must_pair(people, mentees, mentors, taken, active)
    taken.update(map(tuple, must.tolist()))
    past = _fresh_pairs(people, round(family.past * family.mentees), taken, rng)
    never = _fresh_pairs(people, max(2, family.mentees // 40), taken, rng)
    vetoes = _fresh_pairs(people, max(1, family.mentees // 60), taken, rng)
    engagements = _engagements(people, past, active, rng)
    return {
        "preferences": _preferences(family, people, vetoes, rng),
        "rules": _rules(people, must, never),
        "engagements": engagements,
        "outcomes": _outcomes(people, past, engagements, rng),
    }


def _possible(people: LatentPeople, pairs: Ints) -> Bools:
    """Tell which pairs (positions) are of two people neither of whom manages the other."""
    a, b = pairs[:, 0], pairs[:, 1]
    return np.asarray((a != b) & (people.manager[a] != b) & (people.manager[b] != a))


def _fresh_pairs(
    people: LatentPeople, count: int, taken: set[tuple[int, int]], rng: np.random.Generator
) -> Ints:
    """Draw up to `count` possible pairs that no other table speaks of, and mark them as taken."""
    drawn = np.column_stack(
        [rng.choice(people.mentees, 2 * count), rng.choice(people.mentors, 2 * count)]
    )
    fresh: list[tuple[int, int]] = []
    for a, b in drawn[_possible(people, drawn)].tolist():
        if len(fresh) < count and (a, b) not in taken and (b, a) not in taken:
            taken.add((a, b))
            fresh.append((a, b))
    return np.array(fresh, dtype=np.int64).reshape(-1, 2)


def _developmental(table: pd.DataFrame) -> Bools:
    """Tell who accepts developmental mentoring; a blank answer accepts every approach."""
    said = table["approaches"].astype(str)
    return np.asarray(said.str.contains("developmental") | (said == ""), dtype=bool)


def _active_pairs(
    family: Family,
    people: LatentPeople,
    mentees: pd.DataFrame,
    mentors: pd.DataFrame,
    rng: np.random.Generator,
) -> Ints:
    """Draw running pairs: at most one a mentee and one a mentor, five years apart or more."""
    count = round(family.active * family.mentees)
    mentee = rng.permutation(people.mentees[_developmental(mentees)])
    mentor = rng.permutation(people.mentors[_developmental(mentors)])
    length = min(len(mentee), len(mentor))
    pairs = np.column_stack([mentee[:length], mentor[:length]])
    apart = people.years[pairs[:, 1]] >= people.years[pairs[:, 0]] + 5
    single = ~np.isin(pairs[:, 0], people.mentors) & ~np.isin(pairs[:, 1], people.mentees)
    return np.asarray(pairs[apart & single & _possible(people, pairs)][:count], dtype=np.int64)


def _must_pair(
    people: LatentPeople,
    mentees: pd.DataFrame,
    mentors: pd.DataFrame,
    taken: set[tuple[int, int]],
    active: Ints,
) -> Ints:
    """Choose one pair that the coordinator insists on: the first possible of free people."""
    only_mentees = np.setdiff1d(people.mentees, people.mentors)
    only_mentors = np.setdiff1d(people.mentors, people.mentees)
    willing = people.mentees[_developmental(mentees)]
    able = people.mentors[_developmental(mentors)]
    mentee = np.setdiff1d(np.intersect1d(only_mentees, willing), active[:, 0])[:5]
    mentor = np.setdiff1d(np.intersect1d(only_mentors, able), active[:, 1])
    pairs = np.column_stack([np.repeat(mentee, len(mentor)), np.tile(mentor, len(mentee))])
    apart = people.years[pairs[:, 1]] >= people.years[pairs[:, 0]] + 5
    fit = pairs[apart & _possible(people, pairs)].tolist()
    return np.array([p for p in fit if tuple(p) not in taken][:1], dtype=np.int64).reshape(-1, 2)


def _preferences(
    family: Family, people: LatentPeople, vetoes: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    banned = set(map(tuple, vetoes.tolist()))
    stated = [
        _named(people, "mentee", family.preferring, 3, rng),
        _named(people, "mentor", family.preferring / 2, 2, rng),
    ]
    likes = pd.concat(stated)
    refused = [
        pair in banned or pair[::-1] in banned
        for pair in zip(likes["person"].tolist(), likes["other"].tolist(), strict=True)
    ]
    likes = likes[~np.array(refused, dtype=bool)]
    frame = pd.DataFrame(
        {
            "person_id": people.ids[likes["person"]],
            "other_id": people.ids[likes["other"]],
            "role": likes["role"].to_numpy(),
            "score": likes["score"].to_numpy(),
            "veto": "",
        }
    )
    veto = pd.DataFrame(
        {
            "person_id": people.ids[vetoes[:, 0]],
            "other_id": people.ids[vetoes[:, 1]],
            "role": "mentee",
            "score": "",
            "veto": "yes",
        }
    )
    return pd.concat([frame, veto], ignore_index=True).astype(object)


def _named(
    people: LatentPeople, role: str, share: float, most: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Let a share of the people in a role name the `most` of the others that appeal to them."""
    sides = people.mentees, people.mentors
    sayers, others = sides if role == "mentee" else sides[::-1]
    who = sayers[rng.random(len(sayers)) < share]
    names = [
        _favourites(people, block, others, most, rng)
        for block in np.array_split(who, max(1, len(who) // 512))
    ]
    chosen = np.concatenate(names)
    return pd.DataFrame(
        {
            "person": np.repeat(who, most),
            "other": chosen.ravel(),
            "score": np.tile(np.array(LIKED[:most], dtype=str), len(who)),
            "role": role,
        }
    )


def _favourites(
    people: LatentPeople, who: Ints, others: Ints, most: int, rng: np.random.Generator
) -> Ints:
    """Return the `most` others of highest appeal, best first: shape (len(who), most)."""
    appeal = 4 * people.interest[who] @ people.interest[others].T
    values = people.personal_values / np.linalg.norm(people.personal_values, axis=1, keepdims=True)
    appeal += 0.5 * values[who] @ values[others].T
    appeal += people.fame[others] + rng.gumbel(size=appeal.shape)
    appeal[who[:, None] == others] = -np.inf
    return np.asarray(others[np.argsort(-appeal, axis=1, kind="stable")[:, :most]])


def _rules(people: LatentPeople, must: Ints, never: Ints) -> pd.DataFrame:
    pairs = np.concatenate([must, never])
    is_must = np.arange(len(pairs)) < len(must)
    return pd.DataFrame(
        {
            "mentee_id": people.ids[pairs[:, 0]],
            "mentor_id": people.ids[pairs[:, 1]],
            "rule": np.where(is_must, "must", "never"),
            "reason": np.where(is_must, "agreed before the programme", "works too closely already"),
        }
    ).astype(object)


def _engagements(
    people: LatentPeople, past: Ints, active: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    pairs = np.concatenate([past, active])
    ended = rng.choice(ENDINGS, len(past), p=ENDED_SHARES)
    status = np.concatenate([ended, np.full(len(active), "active")]).astype(object)
    start = np.where(status == "active", 90, 700) + rng.integers(0, 90, len(pairs))
    length = np.select(
        [status == "completed", status == "declined"], [rng.integers(180, 360, len(pairs)), 7], 60
    )
    end = days_before((start - length).astype(np.int64))
    planned = (AS_OF + timedelta(days=180)).isoformat()
    reasons = {"mismatch": "goals", "withdrew_mentor": "time", "no_show": "no_reply"}
    return pd.DataFrame(
        {
            "mentee_id": people.ids[pairs[:, 0]],
            "mentor_id": people.ids[pairs[:, 1]],
            "status": status,
            "start": days_before(start.astype(np.int64)),
            "end": np.where(status == "active", planned, end),
            "reason_code": [reasons.get(each, "") for each in status],
        }
    ).astype(object)


def _outcomes(
    people: LatentPeople, past: Ints, engagements: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Rate the pairs that met: 3.4 + .9 quality + noise, rounded to 1-5."""
    met = engagements["status"].iloc[: len(past)].isin(["completed", "mismatch"]).to_numpy()
    pairs, ran = past[met], engagements.iloc[: len(past)][met]
    quality = pair_quality(people, pairs[:, 0], pairs[:, 1])
    noisy = 3.4 + 0.9 * quality + 0.5 * rng.standard_normal(len(pairs))
    progress = 3.0 + 0.8 * quality + 0.8 * rng.standard_normal(len(pairs))
    early = ran["status"].to_numpy() == "mismatch"
    meetings = np.maximum(1, np.where(early, 2, rng.poisson(7, len(pairs))))
    return pd.DataFrame(
        {
            "mentee_id": people.ids[pairs[:, 0]],
            "mentor_id": people.ids[pairs[:, 1]],
            "rater": "mentee",
            "wave": "1",
            "date": ran["end"].to_numpy(),
            "meetings": meetings.astype(str),
            "rating": np.clip(np.rint(noisy), 1, 5).astype(int).astype(str),
            "goal_progress": np.clip(np.rint(progress), 0, 5).astype(int).astype(str),
            "ended_early": np.where(early, "yes", "no"),
        }
    ).astype(object)
