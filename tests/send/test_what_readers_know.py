"""What goes out tells of a pair only what its state allows, and is true of the pairs left."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from tests.support import make_cohort

from matcher.config import Config
from matcher.network import audit_cohort
from matcher.plans.mentor_page import mentor_page
from matcher.plans.plan_files import plan_html
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import told_apart
from matcher.publish.need_cover import NeedCover
from matcher.send.pairs import PairStates, pairs_left
from matcher.send.recipients import Post, Recipient
from matcher.vocabulary import NeedState

FIRST, OTHER = "tessa@example.org", "ulf@example.org"
MENTEE = {
    "person_id": "m",
    "name": "Mira Holt",
    "email": "mira@example.org",
    "contexts": ("confidence", "managing_change", "political_environment"),
}
MENTORS = [
    {
        "person_id": "t",
        "name": "Tessa Vogel",
        "email": FIRST,
        "contexts": ("confidence", "political_environment"),
    },
    {
        "person_id": "u",
        "name": "Ulf Adam",
        "email": OTHER,
        "contexts": ("confidence", "managing_change"),
    },
]
CONTACTS = [{"person_id": "m", "contact_id": "KX", "purposes": ("personal",)}]


def source_of(
    ask: str,
    said: dict[str, str] | None = None,
    approaches: tuple[str, str] = ("developmental",) * 2,
) -> PlanSource:
    """Return an approved run in which Mira has both mentors, and what was recorded since.

    Of a pair that several things were said of, with `>` between them.
    """
    config = Config.model_validate({"programme": {"ask": ask, "share_addresses": True}})
    rows = [
        {"mentee_id": "m", "mentor_id": key, "status": status}
        for key, statuses in (said or {}).items()
        for status in statuses.split(">")
    ]
    # Two who mentor each other stand in both tables, and in two rows of the match.
    mutual = [one for one, how in zip(MENTORS, approaches, strict=True) if how == "reciprocal"]
    back = [{"mentee_id": one["person_id"], "mentor_id": "m"} for one in mutual]
    mentors = [*MENTORS, *([MENTEE] if mutual else [])]
    cohort = make_cohort([MENTEE, *mutual], mentors, contacts=CONTACTS, engagements=rows)
    audit = audit_cohort(cohort, config)
    cover = NeedCover.of_people(
        cohort, config, audit, cohort.mentee_index.positions(()).reshape(0, 2)
    )
    ids = list(cohort.mentee_index.ids)
    portfolios = pd.DataFrame({"mentee_id": ids, "n_mentors": 2, "context": 0.0})
    for column, state in (("partly", NeedState.PARTLY), ("uncovered", NeedState.OPEN)):
        portfolios[column] = cover.needs_in(state)
    matches = pd.DataFrame(
        [
            {"mentee_id": "m", "mentor_id": key, "approach": how, "covers": (), "period": 1}
            for key, how in zip("tu", approaches, strict=True)
        ]
        + [{**one, "approach": "reciprocal", "covers": (), "period": 1} for one in back]
    )
    made = PlanSource(
        cohort, config, audit, matches, portfolios, is_approved=True, shows_addresses=True
    )
    # What the run itself says of its pairs: as of people whose pairs are said anew.
    return pairs_left_anew(made)


def pairs_left_anew(source: PlanSource) -> PlanSource:
    """Return the source as if a third pair had gone, so that all is said anew."""
    gone = source.matches.iloc[:1].assign(mentor_id="gone")
    return pairs_left(
        source.with_matches(pd.concat([source.matches, gone], ignore_index=True)),
        [True] * len(source.matches) + [False],
    )


def letters(source: PlanSource, person: str) -> list[Recipient]:
    """Return the letters to one person."""
    with source.speaking():
        return Post(PairStates(source, {})).letters_to(person)


def told(page: PlanPage | None) -> str:
    """Return all that a plan says."""
    assert page is not None
    return plan_html(page)


def test_what_a_lost_mentor_was_there_for_goes_to_who_offers_it() -> None:
    """Each topic is met by who is left, or open; the own network is credited with none of it."""
    source = source_of("both", {"t": "declined"})
    (letter,) = letters(source, "m")
    with source.speaking():
        html = told(letter.plan)
    assert "KX" in html
    assert "are there already for" not in html
    assert letter.plan is not None
    assert letter.plan.uncovered == "the politics of the organisation"
    assert any(line.startswith("Your network, as you drew it") for line in letter.plan.still)
    (part,) = letter.plan.matches
    assert (
        part.because
        == "You asked for help with confidence and dealing with change, and Ulf Adam offers it."
    )
    assert part.because in letter.mentors[0].reason
    assert "talk about confidence and dealing with change" in " ".join(part.letter)


def test_too_is_said_beside_another_alone() -> None:
    """What two mentors offer stands with the first, and with the second as offered too."""
    source = source_of("both")
    with source.speaking():
        first, second = plan_page(source, "m").matches
    assert {first.short, second.short} == {"Tessa Vogel", "Ulf Adam"}
    kinds = {claim.kind.value for part in (first, second) for claim in part.claims}
    assert "asked_and_offered" in kinds


@pytest.mark.parametrize("said", [{}, {"t": "sent"}, {"t": "declined"}])
def test_a_letter_that_goes_out_now_tells_of_nobody_who_is_only_being_asked(
    said: dict[str, str],
) -> None:
    """The plan with a letter on a partner holds no mentor whose yes comes first, nor what of."""
    source = source_of("mentor first", said, ("developmental", "reciprocal"))
    with source.speaking():
        made = Post(PairStates(source, {})).letters_to("m")
        now = [told(one.plan) for one in made if not one.waits_for]
    assert len(now) == 1
    assert "Ulf Adam" in now[0]
    assert "Tessa" not in now[0]
    assert "confidence and dealing with change" in now[0].lower()
    later = [one for one in made if one.waits_for]
    assert len(later) == ("declined" not in said.values())


@pytest.mark.parametrize(
    ("ask", "kinds"), [("mentor first", ["ended", "mentee"]), ("mentee first", ["mentee"])]
)
def test_the_end_of_a_pair_waits_for_nobodys_yes(ask: str, kinds: list[str]) -> None:
    """Who heard of it is told now, by itself where what comes next waits, and only once."""
    source = source_of(ask, {"t": "accepted>withdrew_mentor"})
    made = letters(replace(source, history=source.engagements_of), "m")
    assert [one.letter for one in made] == kinds
    assert "Tessa Vogel has withdrawn" in made[0].lost[0]
    assert not made[0].waits_for
    assert len({piece for one in made for piece in one.news}) == 2
    assert [bool(one.lost) for one in made] == [True, False][: len(kinds)]
    assert "Ulf" not in " ".join(made[0].why)


@pytest.mark.parametrize("ask", ["both", "mentor first", "mentee first", "none"])
@pytest.mark.parametrize("status", ["sent", "accepted_mentor", "paused"])
def test_addresses_come_once_both_agreed(ask: str, status: str) -> None:
    """In every order of asking, in letter, plan and page alike."""
    source = source_of(ask, {"t": status}, ("reciprocal", "developmental"))
    settled = ask == "none" or status == "paused"
    with source.speaking():
        plan = told(plan_page(source, "m"))
        visits = mentor_page(source, "t").visits
    assert (FIRST in plan) is settled
    assert ("mira@example.org" in visits[0].reach) is settled


@pytest.mark.parametrize("said", [{}, {"t": "accepted_mentor"}, {"t": "accepted", "u": "sent"}])
def test_due_is_what_letters_tell_now(said: dict[str, str]) -> None:
    """Pairs are due as long as letters that go out now tell of them and nobody has been told."""
    source = source_of("mentor first", said)
    with source.speaking():
        post = Post(PairStates(source, {}))
        letters_now = [one for one in post.recipients if not one.waits_for]
        news = {piece for one in letters_now for piece in one.news}
        mailed = {one.who.person_id for one in post.recipients if one.needs_letter}
    assert bool([*post.due(())]) is bool(news)
    assert not [*post.due(news)]
    assert {person for person in "mtu" if post.gets_mail(person)} == mailed


def test_who_is_still_asked_is_told_by_when() -> None:
    """A match that did not come about takes nothing off the question about the other one."""
    (letter,) = letters(source_of("both", {"t": "declined", "u": "sent"}), "m")
    assert letter.lost == ("The match with Tessa Vogel did not come about.",)
    assert letter.first_step.endswith(
        "within two weeks whether you would like to work with Ulf Adam."
    )


def test_the_first_step_fits_when_and_with_whom_it_is_taken() -> None:
    """A pair of a later period writes before it; two who mentor each other both begin."""
    source = source_of("none")
    later = source.with_matches(source.matches.assign(period=2))
    (letter,) = letters(later, "m")
    assert letter.first_step.count("in the week before") == len(letter.mentors) == 2
    mutual = source_of("none", approaches=("reciprocal", "reciprocal"))
    steps = [one.first_step for person in "mtu" for one in letters(mutual, person)]
    assert [step.count("this week") for step in steps] == [2, 1, 1]
    assert not [step for step in steps if "has been asked to get in touch" in step]


def test_mentoring_the_other_way_round_is_told_as_such() -> None:
    """To both, in the letter that asks."""
    source = source_of("both", approaches=("reverse", "developmental"))
    (mine,), (theirs,) = letters(source, "m"), letters(source, "t")
    reasons = {one.name: one.reason for one in mine.mentors}
    assert reasons["Tessa Vogel"].startswith("Tessa Vogel is newer or more junior than you")
    assert "You asked for help with" in reasons["Tessa Vogel"]
    assert "more junior" not in reasons["Ulf Adam"]
    assert theirs.mentees[0].reason.startswith("You show ")


def test_two_people_of_one_short_name_are_told_apart() -> None:
    """By full name, and by place where that is one too; who stands alone keeps the short one."""
    people = {
        "r": {"name": "Ada Rey", "preferred_name": "Ada"},
        "a": {"name": "Winnie Beaton", "preferred_name": "Winnie"},
        "b": {"name": "Winnie LeBlanc", "preferred_name": "winnie", "department": "Archive"},
        "c": {"name": "Bo Lind", "department": "Office"},
        "d": {"name": "Lind, Bo", "department": "Dock"},
        "e": {"name": "Ada Kirk", "preferred_name": "Ada"},
        "f": {"name": "Tom Ash", "preferred_name": "Tom"},
    }
    assert told_apart(people, "r") == {
        "r": "Ada",
        "a": "Winnie Beaton",
        "b": "Winnie LeBlanc",
        "c": "Bo Lind (Office)",
        "d": "Bo Lind (Dock)",
        "e": "Ada Kirk",
        "f": "Tom",
    }


@pytest.mark.parametrize(
    ("code", "told_of"), [("", "mt"), ("no_mentor: full", "m"), ("no_mentee", "t")]
)
def test_who_said_no_is_not_told_of_it_as_news(code: str, told_of: str) -> None:
    """The other one is; both are where nobody told whose no it was."""
    source = source_of("both", {"t": "sent>declined", "u": "sent"})
    rows = [row | {"reason_code": code} for row in source.engagements_of["m", "t"]]
    source = replace(source, history={**source.engagements_of, ("m", "t"): rows})
    heard = [person for person in "mt" if any(one.lost for one in letters(source, person))]
    assert "".join(heard) == told_of


@pytest.mark.parametrize(("status", "kind"), [("completed", "ended"), ("declined", "spare")])
def test_whoever_is_gone_is_told_of_once_and_alone_to_who_is_done(status: str, kind: str) -> None:
    """One person under two ids, of a run and of the one before, is nobody twice."""
    source = source_of("none", {"t": status, "u": "active"})
    gone = {("removed-1", "t"): [{"status": "accepted"}], ("x9", "t"): [{"status": "accepted"}]}
    rows = {pair: [row | {"recorded_at": ""} for row in said] for pair, said in gone.items()}
    history = {**source.engagements_of, **rows}
    (made,) = letters(replace(source, parted=frozenset(gone), history=history), "t")
    assert made.letter == kind
    assert len([line for line in made.lost if "A mentee of yours" in line]) == 1
    assert len(made.news) >= 2
    assert ("your offer is kept" in " ".join(made.why).lower()) is (kind == "spare")
