"""Network audits of synthetic mentees: ego networks that are homophilous to different degrees.

Each audited mentee has a share of internal contacts ~ Beta(5, 3) and a pull of the past
~ Beta(3, 4); two contacts know each other with probability .45 if both are internal, else .12.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Cells, Ints
from matcher.lab.synthetic.latent import LATENT_WORDS, Family, LatentPeople
from matcher.lab.synthetic.sign_ups import days_before, organisation_names
from matcher.vocabulary import Purpose

MOST = 10
LONGEST_SILENCE = 170
"""Days since the last contact at most: an audit names people recently turned to."""
LETTERS = np.array(list("ABCDEFGHJKLMNOPRSTVW"))


@dataclass(frozen=True)
class _Drawn:
    """Who of e people draws which of `MOST` contacts, and which of these are inside: (e, MOST)."""

    people: LatentPeople
    egos: Ints
    named: Bools
    internal: Bools


def drawn_audits(
    family: Family, people: LatentPeople, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """Return `contacts`, `contact_ties` and `audit_notes` of a share of the mentees."""
    egos = people.mentees[rng.random(len(people.mentees)) < family.audited]
    further = rng.binomial(MOST - family.contacts, 0.55, len(egos))
    named = np.arange(MOST) < (family.contacts + further)[:, None]
    internal = rng.random(named.shape) < rng.beta(5.0, 3.0, (len(egos), 1))
    drawn = _Drawn(people, egos, named, internal)
    ids, is_member = _contact_ids(drawn, rng)
    return {
        "contacts": _contacts(family, drawn, ids, is_member, rng),
        "contact_ties": _ties(drawn, ids, rng),
        "audit_notes": _notes(people, egos, rng),
    }


def _contact_ids(drawn: _Drawn, rng: np.random.Generator) -> tuple[Cells, Bools]:
    """Give initials to all; the first contact may be a colleague of the cohort, told by id."""
    people, egos, named = drawn.people, drawn.egos, drawn.named
    first = LETTERS[rng.integers(0, len(LETTERS), named.shape)]
    second = LETTERS[
        rng.permuted(np.tile(np.arange(len(LETTERS)), (len(egos), 1)), axis=1)[:, :MOST]
    ]
    ids = np.char.add(first, second).astype(object)
    colleague = rng.integers(0, len(people.ids), len(egos))
    same = people.organisation[colleague] == people.organisation[egos]
    known = (rng.random(len(egos)) < 0.5) & same & (colleague != egos)
    is_member = np.zeros(named.shape, dtype=bool)
    is_member[:, 0] = known
    drawn.internal[known, 0] = True
    ids[known, 0] = people.ids[colleague[known]]
    return ids, is_member


def _contacts(
    family: Family, drawn: _Drawn, ids: Cells, is_member: Bools, rng: np.random.Generator
) -> pd.DataFrame:
    people, egos, internal, shape = drawn.people, drawn.egos, drawn.internal, drawn.named.shape
    organisations = organisation_names(family)
    elsewhere = organisations[
        (people.organisation[egos][:, None] + rng.integers(1, max(2, family.organisations), shape))
        % family.organisations
    ]
    home = np.broadcast_to(organisations[people.organisation[egos]][:, None], shape)
    pull = rng.beta(3.0, 4.0, (len(egos), 1))
    era = np.select(
        [rng.random(shape) < pull, rng.random(shape) < 0.75], ["past", "present"], "future"
    )
    outside = np.where(family.organisations > 1, elsewhere, "Another organisation")
    known_days = 200 + rng.gamma(1.5, 900.0, shape) + np.where(era == "past", 700, 0)
    cells = {
        "person_id": np.broadcast_to(people.ids[egos][:, None], shape),
        "contact_id": ids,
        "organisation": np.where(internal, home, outside),
        "internal": np.where(internal, "yes", "no"),
        "known_since": days_before(known_days.astype(np.int64).ravel()).reshape(shape),
        "last_contact": days_before(
            np.minimum(rng.gamma(1.2, 50.0, shape) + 1, LONGEST_SILENCE).astype(np.int64).ravel()
        ).reshape(shape),
        "frequency": rng.choice(["often", "occasionally", "rarely"], shape, p=[0.4, 0.4, 0.2]),
        "purposes": _purposes(shape, rng),
        "reasons": rng.choice(LATENT_WORDS["first_actions"], shape),
        "era": era,
        "sees_me_as": rng.choice(["yes", "no", ""], shape, p=[0.5, 0.3, 0.2]),
        "knows": _knows(people, shape, rng),
        "may_introduce": rng.choice(["yes", "no"], shape, p=[0.4, 0.6]),
        "is_person_id": np.where(is_member, "yes", "no"),
        "share_with": rng.choice(["me", "mentor", "programme"], shape, p=[0.5, 0.2, 0.3]),
    }
    return pd.DataFrame({name: array[drawn.named] for name, array in cells.items()}).astype(object)


def _purposes(shape: tuple[int, ...], rng: np.random.Generator) -> Cells:
    """One or two purposes a contact, mostly operational."""
    all_purposes = np.array([str(purpose) for purpose in Purpose], dtype=object)
    main = rng.choice(len(all_purposes), shape, p=[0.55, 0.25, 0.2])
    further = (main + rng.integers(1, 3, shape)) % len(all_purposes)
    two = all_purposes[main] + ";" + all_purposes[further]
    return np.where(rng.random(shape) < 0.35, two, all_purposes[main])


def _knows(people: LatentPeople, shape: tuple[int, ...], rng: np.random.Generator) -> Cells:
    """Nobody, a mentor of the cohort, or two people by initials."""
    mentor = people.ids[rng.choice(people.mentors, shape)].astype(object)
    first = LETTERS[rng.integers(0, len(LETTERS), shape)].astype(object)
    second = LETTERS[rng.integers(0, len(LETTERS), shape)].astype(object)
    strangers = first + "X;" + second + "Y"
    turn = rng.random(shape)
    return np.select([turn < 0.45, turn < 0.6], ["", mentor], strangers)


def _ties(drawn: _Drawn, ids: Cells, rng: np.random.Generator) -> pd.DataFrame:
    named, internal, (a, b) = drawn.named, drawn.internal, np.triu_indices(MOST, 1)
    likely = np.where(internal[:, a] & internal[:, b], 0.45, 0.12)
    tied = (rng.random(likely.shape) < likely) & named[:, a] & named[:, b]
    ego, pair = np.nonzero(tied)
    columns = {
        "person_id": drawn.people.ids[drawn.egos[ego]],
        "contact_id": ids[ego, a[pair]],
        "other_contact_id": ids[ego, b[pair]],
    }
    return pd.DataFrame(columns).astype(object)


def _notes(people: LatentPeople, egos: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Two strengths and two weaknesses of each ego, reviewed with a peer or nobody."""
    frames = []
    for kind, bank in (
        ("strength", LATENT_WORDS["strengths"]),
        ("weakness", LATENT_WORDS["weaknesses"]),
    ):
        picks = rng.permuted(np.tile(np.arange(len(bank)), (len(egos), 1)), axis=1)[:, :2]
        columns = {
            "person_id": np.repeat(people.ids[egos], 2),
            "kind": kind,
            "text": np.array(bank, dtype=object)[picks].ravel(),
            "co_reviewer": np.repeat(rng.choice(["a peer", ""], len(egos)), 2),
        }
        frames.append(pd.DataFrame(columns))
    notes = pd.concat(frames).astype(object)
    return notes.sort_values("person_id", kind="stable").reset_index(drop=True)
