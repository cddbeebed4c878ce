"""Plans: two pages from data, for the person's own eyes, kind, correct and safe to open."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.support import make_cohort

from matcher.catalogue.catalogue import ours
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.intake.cells.slots import END_OF_DAY
from matcher.network import audit_cohort
from matcher.plans import plan_files, plan_words
from matcher.plans.mentor_page import mentor_page
from matcher.plans.next_steps import Situation, activity_fits, situation_of
from matcher.plans.people_part import said
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlanSource
from matcher.plans.plan_words import first_of, some_of
from matcher.storage import file_stem
from matcher.vocabulary import (
    TOLD_FACETS,
    Activity,
    Approach,
    MentorSource,
    NetworkBenefit,
    Purpose,
)

MENTORS = [
    {
        "person_id": "t1",
        "name": "Orla Field",
        "preferred_name": "Orla",
        "organisation": "North",
        "department": "Ward",
        "expertise": ("trials", "writing"),
        "availability": ("tue-am",),
        "modes": ("virtual",),
        "career_years": 20,
        "goals": "to hear how newcomers see us",
    },
    {"person_id": "t2", "name": "Piet Moor", "organisation": "South"},
]
ANNA = {
    "person_id": "m1",
    "name": "Anna Reed",
    "preferred_name": "Anna",
    "organisation": "South",
    "purposes": ("strategic",),
    "contexts": ("confidence",),
    "expertise": ("trials",),
    "availability": ("tue-am", "fri-pm"),
    "modes": ("virtual",),
    "hours_per_month": 2,
    "career_years": 6,
    "goals": "to lead a trial",
}


def contacts(person: str, n: int, **answers: object) -> list[dict[str, object]]:
    """Return n contacts of a person with the same answers."""
    return [{"person_id": person, "contact_id": f"K{k}", **answers} for k in range(n)]


def match(mentee: str, mentor: str, covers: str = "", **changes: object) -> dict[str, object]:
    """Return a row of ``matches.csv`` as far as plans read it."""
    return {
        "mentee_id": mentee,
        "mentor_id": mentor,
        "approach": "developmental",
        "covers": tuple(filter(None, covers.split(";"))),
        "hours_per_month": 1.5,
        "period": 1,
        **changes,
    }


def plans(
    cohort: Cohort,
    matches: list[dict[str, object]] = (),  # type: ignore[assignment]
    uncovered: dict[str, str] | None = None,
    config: Config | None = None,
    **changes: Any,
) -> PlanSource:
    """Return what the plans of a run with these matches are made from."""
    settings = config or Config()
    columns = list(match("", ""))
    missing = {person: tuple(cell.split(";")) for person, cell in (uncovered or {}).items() if cell}
    portfolios = [(p, missing.get(p, ())) for p in cohort.mentee_index.ids]
    return PlanSource(
        cohort,
        settings,
        audit_cohort(cohort, settings),
        pd.DataFrame(list(matches), columns=columns),
        pd.DataFrame(portfolios, columns=["mentee_id", "uncovered"]),
        **changes,
    )


def page(contact_rows: list[dict[str, object]], **changes: object) -> PlanPage:
    """Return Anna's plan with one match and these contacts."""
    cohort = make_cohort([{**ANNA, **changes}], MENTORS, contacts=contact_rows)
    return plan_page(plans(cohort, [match("m1", "t1", "purpose.strategic")]), "m1")


def words(source: Path) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"(?s)<style>.*?</style>|<(desc|title)>.*?</\1>", " ", source.read_text("utf-8"))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_people_come_first_with_reasons_from_both_sides() -> None:
    """A match tells why this person, what for, how long, one date and a letter with a way out."""
    made = page([])
    told = made.matches[0]
    assert told.name == "Orla Field"
    assert told.place == "Ward, North"
    assert told.lead == "You asked for this, and Orla offers it:"
    assert told.forms == (("Whom", "Seeing where things are heading"),)
    assert "You both know about trials." in told.reasons
    assert told.reasons[1] == (
        "Orla works somewhere else than you do and has worked 14 years longer than you."
    )
    assert "to hear how newcomers see us" in told.reasons[-1]
    assert told.practical == (
        "About 1.5 hours a month, online. You are both free on Tuesday mornings."
    )
    assert made.next_step == (
        "Within two weeks: half an hour with Orla Field. "
        "Send the message below once the programme has put you in touch."
    )
    letter = " ".join(told.letter)
    assert "whether this suits us both" in letter
    assert "without a reason" in letter
    assert "be my mentor" not in letter


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "sentence", "question"),
    [
        (
            contacts("m1", 6, internal="yes", purposes=("strategic",)),
            "All six people you named work where you work.",
            "Does that suit what you want next?",
        ),
        (
            contacts("m1", 5, internal="yes", purposes=("operational",)),
            "None of the five people you named is there for the wider picture and what comes next."
            " You asked for help with just that.",
            "Who could show you what is coming, before it is there?",
        ),
        (
            contacts("m1", 1),
            "",  # its strength says it
            "Who else did you turn to in the last few months, if only once?",
        ),
        (
            contacts("m1", 4, internal="no", purposes=("strategic",), sees_me_as="no"),
            "All four whose view you noted could not picture you doing something different.",
            "Who has not yet seen that side of you, and how could they?",
        ),
        (
            contacts("m1", 4, internal="no", purposes=("strategic",)),
            "None of the four people you named works where you work.",
            "Who there could speak for you when you are not in the room?",
        ),
    ],
)
def test_the_gap_is_an_observation_and_a_question(
    rows: list[dict[str, object]], sentence: str, question: str
) -> None:
    """What stands out most is told as counts in correct grammar, with a question, never a label."""
    gap = page(rows).gap
    assert gap is not None
    assert (gap.sentence, gap.question) == (sentence, question)


@pytest.mark.slow
def test_nothing_stands_out_in_a_balanced_network() -> None:
    """A network with all purposes, inside and outside, is praised and not faulted."""
    rows = [
        {
            "person_id": "m1",
            "contact_id": f"K{k}",
            "internal": "yes" if k % 2 else "no",
            "purposes": (("operational", "personal", "strategic")[k % 3],),
        }
        for k in range(6)
    ]
    made = page(rows)
    assert made.gap is None
    assert made.strength.startswith("Two of the six people you named are there for")


@pytest.mark.slow
def test_counts_in_the_plan_equal_the_audit() -> None:
    """The counts behind sentences are those behind the figures in ``audit.csv``."""
    rows = contacts("m1", 3, internal="yes", purposes=("strategic",))
    rows += [{**row, "contact_id": f"X{k}", "internal": "no"} for k, row in enumerate(rows[:1])]
    cohort = make_cohort([ANNA], MENTORS, contacts=rows)
    made = plans(cohort)
    metrics = made.audit.metrics.set_index("metric")["value"]
    inside, outside = 3, 1
    gap = plan_page(made, "m1").gap
    assert gap is not None
    assert gap.sentence == "Three of the four people you named work where you work."
    assert metrics["ei_index"] == (outside - inside) / (outside + inside)


ROOM = {"internal": "yes", "frequency": "rarely"}
SITUATIONS: dict[Activity, tuple[list[dict[str, object]], dict[str, object], str]] = {
    Activity.INTERNAL_AND_EXTERNAL: (contacts("m1", 6, **ROOM), {}, ""),
    Activity.BE_ACTIVE: (contacts("m1", 6, purposes=("personal", "operational")), {}, ""),
    Activity.SOCIAL_MEDIA: (contacts("m1", 6, frequency="often"), {}, ""),
    Activity.OWN_COMMUNITY: (contacts("m1", 6, purposes=("strategic", "operational")), {}, ""),
    Activity.EXTRACURRICULAR: (contacts("m1", 6, sees_me_as="no"), {}, ""),
    Activity.MULTIPLE_MENTORS: (
        contacts("m1", 6),
        {},
        "context.confidence;knowing.why;knowing.how",
    ),
    Activity.OFFER_SUPPORT: (contacts("m1", 6), {"career_years": 25}, ""),
}


@pytest.mark.slow
def test_only_willing_contacts_are_asked_to_introduce() -> None:
    """No plan asks a contact to introduce whom the mentee did not mark, nor names one's own."""
    cases: list[tuple[dict[str, object], tuple[tuple[str, str], ...]]] = [
        ({"may_introduce": "yes"}, (("K1", "Piet Moor"), ("K1", "Aunt Q"))),
        ({"may_introduce": None}, ()),
        ({"may_introduce": "no"}, ()),
    ]
    address = "piet@moor.example"  # a page says the name all the same
    mentors = [MENTORS[0], {**MENTORS[1], "email": address}]
    for answers, expected in cases:
        rows: list[dict[str, object]] = [
            {"person_id": "m1", "contact_id": "K1", "knows": ("t1", address, "Aunt Q", "K2", "m1")},
            {"person_id": "m1", "contact_id": "K2"},
        ]
        rows[0] |= answers
        cohort = make_cohort([ANNA], mentors, contacts=rows)
        made = plans(cohort, [match("m1", "t1")], {"m1": "context.confidence"})
        assert situation_of(made, "m1").known_by == expected
        sources = " ".join(line for _, line in plan_page(made, "m1").sources)
        assert ("K1 knows" in sources) == bool(expected)
        asked = "K1 may know somebody" in str(plan_page(made, "m1").circle)
        assert asked == (answers["may_introduce"] != "no")
    rules = [{"mentee_id": "m1", "mentor_id": "t2", "rule": "never"}]
    barred = plans(make_cohort([ANNA], mentors, contacts=rows, rules=rules))
    assert ("K1", "Piet Moor") not in situation_of(barred, "m1").known_by


@pytest.mark.slow
def test_contacts_of_the_cohort_stand_by_name() -> None:
    """A contact who is a member is called by name in the mentee's plan, an outsider is not."""
    rows: list[dict[str, object]] = [
        {"person_id": "m1", "contact_id": "t2", "is_person_id": "yes", "purposes": ("personal",)},
        {"person_id": "m1", "contact_id": "t1"},
    ]
    made = plans(make_cohort([ANNA], MENTORS, contacts=rows))
    network = made.network("m1")
    assert network is not None
    assert network.names == ["t1", "Piet Moor"]


@pytest.mark.slow
@pytest.mark.parametrize("activity", Activity)
def test_each_activity_is_reachable(activity: Activity) -> None:
    """For each of the seven activities some audit makes it the first suggestion."""
    rows, changes, uncovered = SITUATIONS[activity]
    cohort = make_cohort([{**ANNA, "career_years": None, **changes}], MENTORS, contacts=rows)
    made = plans(cohort, [match("m1", "t1")], {"m1": uncovered})
    network = made.network("m1")
    assert network is not None
    situation = Situation(made.mentees["m1"], network, made.uncovered_of["m1"], 1, False)
    fits = activity_fits(situation, network)
    assert max(fits, key=lambda found: fits[found]) is activity
    assert len(plan_page(made, "m1").activities) == 2


@pytest.mark.slow
def test_offered_support_flags_a_mentee_as_a_mentor(tmp_path: Path) -> None:
    """Whose plan proposes to mentor somebody is listed, with who is newer; mentors are not."""
    field = {"expertise": ("Optics", "Law")}
    people = [
        {**ANNA, **field, "career_years": 25},
        {"person_id": "m2", "career_years": 25, **field},
        {"person_id": "m3", "career_years": 3, "expertise": ("optics",)},
        {"person_id": "m4", "career_years": 2, "expertise": ("Law",)},
        {"person_id": "t1", "career_years": 25, **field},
    ]
    rows = [row for person in ("m1", "m3", "t1") for row in contacts(person, 6)]
    rows += contacts("m4", 6, sees_me_as="no", frequency="often", internal="yes")
    made = plans(make_cohort(people, MENTORS, contacts=rows))
    flagged = write_plans(tmp_path, made)
    assert flagged.to_numpy().tolist() == [["m1", 1], ["m3", 0]]
    (told,) = [line for line in plan_page(made, "m1").activities if "list you as a mentor" in line]
    assert "One person in this programme is. After 25 years you have something to give" in told
    for person in made.mentees:
        proposed = "list you as a mentor" in " ".join(plan_page(made, person).activities)
        assert proposed == (person in set(flagged["person_id"]))
    assert write_plans(tmp_path, made, only="m3")["person_id"].tolist() == ["m3"]


@pytest.mark.slow
def test_two_processes_write_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files, and the same people who may mentor."""
    people = [
        {"person_id": f"m{k}", "career_years": 5 * k, "expertise": ("Optics",)} for k in range(5)
    ]
    rows = [row for k in (0, 2, 4) for row in contacts(f"m{k}", 6)]
    cohort = make_cohort(people, MENTORS, contacts=rows)
    written, flagged = [], []
    for many in (99, 2):
        monkeypatch.setattr(plan_files, "MANY", many)
        made = plans(cohort, [match("m1", "t1", "purpose.strategic")])
        flagged.append(write_plans(tmp_path / str(many), made))
        written.append(files(tmp_path / str(many)))
    assert len(written[0]) == 12
    assert b"goals" in written[0]["claims.csv"]
    assert written[0] == written[1]
    pd.testing.assert_frame_equal(*flagged)
    assert len(flagged[0])


@pytest.mark.slow
def test_five_sources_and_a_conversation_first() -> None:
    """Where something is missing, all five sources are told, and how to begin out there."""
    rows = [{"person_id": "m1", "contact_id": "K1", "knows": ("t2",), "may_introduce": "yes"}]
    cohort = make_cohort([ANNA], MENTORS, contacts=rows)
    made = plan_page(plans(cohort, [match("m1", "t1")], {"m1": "context.confidence"}), "m1")
    assert len(made.sources) == 5
    assert made.sources[0][1] == "K1 knows Piet Moor: ask K1 whether the two of you should talk."
    assert made.approach.startswith("Let K1 connect you; where nobody can, write an e-mail or")
    assert "Ask for twenty minutes only: about their role" in made.approach
    assert "be my mentor" not in made.approach
    covered = plan_page(plans(cohort, [match("m1", "t1")]), "m1")
    assert covered.sources == ()


@pytest.mark.slow
def test_seven_questions_and_the_last_gives_the_first_action() -> None:
    """Seven questions for reflection, the seventh with the plan's own first action."""
    made = page([])
    assert len(made.reflection) == 7
    assert made.reflection[-1].endswith("Talk to Orla Field."), "nobody has an address yet"
    alone = plan_page(plans(make_cohort([ANNA], MENTORS, contacts=contacts("m1", 1))), "m1")
    assert alone.reflection[-1].endswith("Ask K0 whom they would turn to in your place.")
    assert alone.next_step.endswith(": ask K0 whom they would turn to in your place.")


@pytest.mark.slow
def test_missing_answers_are_listed() -> None:
    """What a mentor will ask and the mentee has not said is a checklist; nothing else is."""
    assert page([]).missing == ("what you look for in a mentor: knowing why, how or whom",)
    bare = make_cohort([{"person_id": "m1"}], MENTORS)
    assert len(plan_page(plans(bare), "m1").missing) == 5


@pytest.mark.slow
def test_without_audit_an_invitation_and_a_form_for_two(tmp_path: Path) -> None:
    """A mentee without contacts is invited to an audit with the mentor, with a form to print."""
    cohort = make_cohort([ANNA], MENTORS)
    write_plans(tmp_path, plans(cohort, [match("m1", "t1")]))
    text = words(tmp_path / "m1.html")
    assert "Orla Field could go through it with you" in text
    assert "My network: a form for two" in text


@pytest.mark.slow
def test_draft_until_approved_or_accepted(tmp_path: Path) -> None:
    """A plan is marked as a draft until the run is approved or the pair has accepted."""
    rows = [match("m1", "t1")]
    accepted = {"engagements": [{"mentee_id": "m1", "mentor_id": "t1", "status": "accepted"}]}
    proposed = plans(make_cohort([ANNA], MENTORS), rows)
    assert plan_page(proposed, "m1").draft
    assert mentor_page(proposed, "t1").draft
    approved = plans(make_cohort([ANNA], MENTORS), rows, is_approved=True)
    assert not plan_page(approved, "m1").draft
    agreed = plans(make_cohort([ANNA], MENTORS, **accepted), rows)
    assert not plan_page(agreed, "m1").draft
    assert not mentor_page(agreed, "t1").draft
    write_plans(tmp_path, proposed)
    assert "Draft: a proposal until" in words(tmp_path / "m1.html")
    assert "Draft" in (tmp_path / "m1.md").read_text("utf-8")


@pytest.mark.slow
def test_no_scores_and_no_labels(tmp_path: Path) -> None:
    """No figure of the audit and no name of a detector or typology stands in a plan."""
    rows = contacts(
        "m1",
        6,
        internal="yes",
        era="past",
        sees_me_as="no",
        frequency="often",
        purposes=("personal",),
    )
    ties = [
        {"person_id": "m1", "contact_id": f"K{a}", "other_contact_id": f"K{b}"}
        for a in range(6)
        for b in range(a)
    ]
    cohort = make_cohort([ANNA], MENTORS, contacts=rows, contact_ties=ties)
    write_plans(tmp_path, plans(cohort, [match("m1", "t1", "purpose.strategic")]))
    for name in ("m1.html", "m1.md"):
        text = words(tmp_path / name).lower()
        for label in ("echo", "feather", "pigeon", "lag", "traditional", "receptive", "homophil"):
            assert not re.search(rf"\b{label}", text)
        assert not re.search(r"\b[01]\.\d\d", text)
        assert "score" not in text


@pytest.mark.slow
def test_mentor_sees_only_what_is_shared() -> None:
    """The mentor's page names who comes, what for and what to ask, and only shared contacts."""
    rows = contacts("m1", 2, share_with="me")
    rows[1] = {**rows[1], "share_with": "mentor", "contact_id": "ZZ"}
    cohort = make_cohort([ANNA], MENTORS, contacts=rows)
    made = mentor_page(plans(cohort, [match("m1", "t1", "context.confidence")]), "t1")
    assert made.summary == "One person comes to you, for about 1.5 hours a month: Anna Reed."
    visit = made.visits[0]
    assert visit.purpose == ("Anna comes for help with confidence.",)
    assert visit.begin.startswith(
        "Once the match is agreed and the programme has put you in touch with Anna, you meet"
    )
    assert visit.ask == "When do you feel sure of yourself, and when not?"
    assert visit.shared == "ZZ is one person in the network that Anna shares with you."


@pytest.mark.slow
def test_a_mentor_who_is_a_shared_contact_is_spoken_to() -> None:
    """Whom the mentee named and shares with mentors is not told of in the third person."""
    own = {"person_id": "m1", "contact_id": "T1", "is_person_id": "yes", "share_with": "mentor"}
    other = {"person_id": "m1", "contact_id": "ZZ", "share_with": "mentor"}
    shared = []
    for rows in ([own], [own, other]):
        cohort = make_cohort([ANNA], MENTORS, contacts=rows)
        page = mentor_page(plans(cohort, [match("m1", "t1", "context.confidence")]), "t1")
        shared.append(page.visits[0].shared)
    assert shared == [
        "You stand in the network that Anna shares with you.",
        "You stand in the network that Anna shares with you. "
        "ZZ is one person in the network that Anna shares with you.",
    ]


@pytest.mark.slow
def test_a_second_mentor_has_a_reason_too() -> None:
    """What another is there for is offered by both; nobody is said to offer what they do not."""
    offers = [
        {**MENTORS[0], "contexts": ("confidence",)},
        {**MENTORS[1], "contexts": ("confidence",)},
    ]
    third = {"person_id": "t3", "name": "Ida Fell", "contexts": ("skills_development",)}
    cohort = make_cohort([ANNA], [*offers, third])
    pairs = [match("m1", "t1", "context.confidence"), match("m1", "t2"), match("m1", "t3")]
    made = plans(cohort, pairs)
    because = {part.mentor_id: part.because for part in plan_page(made, "m1").matches}
    assert because["t2"] == "You asked for help with confidence, and Piet Moor offers that too."
    assert because["t3"] == ""
    assert mentor_page(made, "t2").visits[0].purpose == (
        "Anna asked for help with confidence, which you offer too.",
    )
    visit = mentor_page(made, "t3").visits[0]
    assert (visit.purpose, visit.goals[:26]) == ((), "What Anna wants to reach, ")
    made = plans(make_cohort([{**ANNA, "goals": None}], [*offers, third]), pairs)
    (unsaid,) = mentor_page(made, "t3").visits[0].purpose
    assert unsaid.startswith("What you and Anna have said so far does not show yet")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("goals", "bio", "is_reason"),
    [
        ("To lead a clinical trial.", "I have led trials for ten years.", True),
        ("To swap with somebody at eye level.", "Born to argue.", False),
        ("Eine Station leiten und führen.", "Berge und Bäche.", False),
    ],
)
def test_two_texts_are_a_reason_where_they_are_of_one_thing(goals, bio, is_reason) -> None:
    """Side by side they read as why these two; else the mentor's own words stand alone."""
    cohort = make_cohort([{**ANNA, "goals": goals}], [{"person_id": "t1", "name": "T", "bio": bio}])
    (part,) = plan_page(plans(cohort, [match("m1", "t1")]), "m1").matches
    text = " ".join(part.reasons)
    assert ("You wrote" in text) is is_reason
    assert bio in text


@pytest.mark.slow
def test_own_words_end_with_one_full_stop() -> None:
    """What people wrote is quoted whole or not at all; the sentence around it ends once."""
    assert said("\u5e2d\u3002").count("\u3002") == len(said("\u5e2d\u3002")) - 3
    assert [said("to lead"), said("To lead. "), said("Why?")] == [
        "\u201cto lead\u201d.",
        "\u201cTo lead. \u201d",
        "\u201cWhy?\u201d",
    ]
    notes = [
        {"person_id": "m1", "kind": "strength", "text": text} for text in ("They answer", "x" * 999)
    ]
    made = plans(make_cohort([ANNA], MENTORS, contacts=contacts("m1", 1), audit_notes=notes))
    assert plan_page(made, "m1").notes == ("Your notes, strength: \u201cThey answer\u201d.",)


@pytest.mark.slow
def test_contacts_of_one_name_are_told_apart() -> None:
    """Two members called alike stand with their ids in a plan that names both, else without."""
    twins = [{"person_id": f"t{k}", "name": "Anna Li"} for k in (1, 2)]
    named = [{"person_id": "m1", "contact_id": f"t{k}", "is_person_id": "yes"} for k in (1, 2)]
    one = {"person_id": "m2", "contact_id": "t1", "is_person_id": "yes"}
    made = plans(make_cohort([ANNA, {"person_id": "m2"}], twins, contacts=[*named, one]))
    names = [made.network(mentee).names for mentee in ("m1", "m2")]  # type: ignore[union-attr]
    assert names == [["Anna Li (t1)", "Anna Li (t2)"], ["Anna Li"]]


@pytest.mark.slow
def test_drawing_tells_the_same_in_words(tmp_path: Path) -> None:
    """The ego network is an SVG whose text alternative names everybody, side, tie and purpose."""
    rows = [
        {"person_id": "m1", "contact_id": "AB", "internal": "yes", "frequency": "often"},
        {
            "person_id": "m1",
            "contact_id": "CD",
            "internal": "no",
            "frequency": "rarely",
            "purposes": ("personal",),
        },
        {"person_id": "m1", "contact_id": "EF"},
    ]
    ties = [{"person_id": "m1", "contact_id": "AB", "other_contact_id": "CD"}]
    cohort = make_cohort([ANNA], MENTORS, contacts=rows, contact_ties=ties)
    made = plans(cohort)
    drawing = plan_page(made, "m1").drawing
    assert drawing is not None
    assert drawing.text == (
        "You named three people. Inside your organisation: AB. Outside your organisation: CD. "
        "Where they work is not said: EF. You talk often with AB. You talk rarely with CD. "
        "For your own growth: CD. Who knows whom: AB with CD."
    )
    write_plans(tmp_path, made)
    source = (tmp_path / "m1.html").read_text("utf-8")
    assert f"<desc>{drawing.text}</desc>" in source
    assert source.count("<circle") + source.count('<rect x="') >= 4


@pytest.mark.slow
def test_no_timeline_without_anybody() -> None:
    """A plan with nobody in it draws no empty chart, though the programme has periods."""
    config = Config.model_validate({"programme": {"periods": 2}})
    assert plan_page(plans(make_cohort([ANNA], MENTORS), config=config), "m1").timeline is None


def test_timeline_shows_forms_and_periods() -> None:
    """The timeline tells short from long, narrow from broad, formal from informal, and periods."""
    config = Config.model_validate({"programme": {"periods": 2}})
    rows = contacts("m1", 1, era="past", purposes=("personal",))
    brief = {**ANNA, "horizon": "short", "scope": "narrow"}
    cohort = make_cohort([brief], MENTORS, contacts=rows)
    made = plan_page(plans(cohort, [match("m1", "t1", period=2)], config=config), "m1")
    assert made.timeline is not None
    assert [bar.words for bar in made.timeline.bars] == [
        "for a few months and on one question (your answer); from period 2",
        "from your own network, from before",
    ]
    assert made.timeline.bars[0].x > made.timeline.bars[1].x
    assert "thin ones" in made.timeline.legend
    assert "Dashed" not in made.timeline.legend, "no bar is"
    assert "starting in period 2 of 2" in made.matches[0].practical


HOSTILE = (
    '<script>alert(1)</script>"onerror=x javascript:y =HYPERLINK("http://e.x")\u202e`*_[a](b){0}'
)


@pytest.mark.slow
def test_hostile_names_are_inert(tmp_path: Path) -> None:
    """Names and texts of any kind are text; nothing is fetched, run or linked."""
    bad = {"name": HOSTILE, "preferred_name": HOSTILE, "goals": HOSTILE, "organisation": HOSTILE}
    rows = contacts("m1", 3, reasons=HOSTILE)
    rows[0]["contact_id"] = HOSTILE
    cohort = make_cohort(
        [{**ANNA, **bad}], [{**MENTORS[0], **bad, "expertise": (HOSTILE,)}], contacts=rows
    )
    write_plans(tmp_path, plans(cohort, [match("m1", "t1", "purpose.strategic")]))
    for name, content in files(tmp_path).items():
        text = content.decode("utf-8")
        assert "<script" not in text.replace("\\<script", "")
        assert "\u202e" not in text
        assert not re.search(r"\s(src|href|on\w+)\s*=\s*[\"']", text)
        if name.endswith(".html"):
            assert "default-src 'none'" in text
            assert "](b)" not in re.sub(r"`\*_\[a\]\(b\)", "", text)
        else:
            assert "[a](b)" not in text


@pytest.mark.parametrize(
    "person", ["../../x", "CON", "con", "a/b", "a\\b", "..", "", "x.y", "é", "n" * 300, "a" * 64]
)
def test_file_names_are_safe(person: str, tmp_path: Path) -> None:
    """Whatever the id, the file lies in the folder, and plain ids stay as they are."""
    stem = file_stem(person)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", stem)
    assert stem.lower() != "con"
    assert (tmp_path / f"{stem}.html").resolve().parent == tmp_path.resolve()
    assert file_stem("P-0012_a") == "P-0012_a"
    assert file_stem(file_stem("a/b")) != file_stem("a/b")


@pytest.mark.slow
def test_same_input_same_bytes_and_five_different_plans(tmp_path: Path) -> None:
    """Plans repeat to the byte, and five people get five plans that differ in what they say."""
    people = [
        {"person_id": f"m{k}", "name": f"Person {k}", "organisation": "South", **extra}
        for k, extra in enumerate(
            [
                {"purposes": ("strategic",), "expertise": ("trials",)},
                {"contexts": ("confidence",), "career_years": 12},
                {"knowing": ("whom",), "modes": ("virtual",)},
                {"need_how": 4.0},
                {},
            ]
        )
    ]
    rows = contacts("m0", 5, internal="yes", purposes=("operational",))
    rows += contacts("m1", 4, sees_me_as="no", internal="no")
    rows += contacts("m2", 1)
    made = plans(
        make_cohort(people, MENTORS, contacts=rows),
        [match("m0", "t1", "purpose.strategic"), match("m1", "t2", "context.confidence")],
        {"m2": "knowing.whom", "m3": "knowing.how"},
    )
    for folder in ("a", "b"):
        write_plans(tmp_path / folder, made)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    steps = {plan_page(made, f"m{k}").next_step for k in range(5)}
    assert len(steps) >= 4
    # The form to print is the same for all; what is said to each of them must not be.
    said = [
        words(tmp_path / "a" / f"m{k}.html").partition("My network: a form")[0] for k in range(5)
    ]
    bodies = [
        set(re.split(r"(?<=[.?!])\s", text.replace(f"Person {k}", "X")))
        for k, text in enumerate(said)
    ]
    for one in range(5):
        for other in range(one):
            shared = len(bodies[one] & bodies[other])
            assert shared < 0.8 * min(len(bodies[one]), len(bodies[other]))


@pytest.mark.slow
def test_the_first_step_is_about_the_first_person() -> None:
    """People stand in the order of their first dates, and the letter is for the first of them."""
    cohort = make_cohort([ANNA], [{**MENTORS[1], "person_id": "a9"}, MENTORS[0]])
    made = plan_page(plans(cohort, [match("m1", "a9", period=2), match("m1", "t1")]), "m1")
    assert [told.mentor_id for told in made.matches] == ["t1", "a9"]
    assert made.matches[0].name in made.next_step


@pytest.mark.slow
def test_partners_and_sponsors_are_told_as_such() -> None:
    """A co-mentor's letter offers something in return; a sponsor's reach is named."""
    cohort = make_cohort([ANNA], [{**MENTORS[0], "sponsor_organisations": ("South",)}])
    partner = plan_page(plans(cohort, [match("m1", "t1", approach="reciprocal")]), "m1").matches[0]
    assert partner.approach == "A partner: you mentor each other"
    assert "what you would want from me" in " ".join(partner.letter)
    sponsor = plan_page(plans(cohort, [match("m1", "t1", approach="sponsorship")]), "m1").matches[0]
    assert "Orla can speak for you at South." in sponsor.reasons


@pytest.mark.slow
def test_one_plan_only(tmp_path: Path) -> None:
    """A single person's plan can be written alone, without mentors' pages."""
    made = plans(make_cohort([ANNA], MENTORS), [match("m1", "t1")])
    write_plans(tmp_path, made, only="m1")
    assert sorted(files(tmp_path)) == ["m1.html", "m1.md"]


def test_phrases_cover_the_vocabulary() -> None:
    """Plans have words for every facet, purpose, benefit, approach, activity and source."""
    assert tuple(ours("en")["facets"]) == TOLD_FACETS
    groups = {
        "purposes": Purpose,
        "benefits": NetworkBenefit,
        "approaches": Approach,
        "activities": Activity,
        "sources": MentorSource,
    }
    for name, words in groups.items():
        assert set(ours("en")[name]) == set(words)


def test_grammar_of_counts_and_lists() -> None:
    """One, both, all, none and some read as one says them."""
    told = {
        (1, 1): "The one person you named is there for x.",
        (0, 1): "Not even the one person you named is there for x.",
        (2, 2): "Both people you named are there for x.",
        (6, 6): "All six people you named are there for x.",
        (0, 6): "None of the six people you named is there for x.",
        (0, 2): "Neither of the two people you named is there for x.",
        (1, 6): "One of the six people you named is there for x.",
    }
    for (k, n), sentence in told.items():
        assert some_of(k, n, "observe", "there_for", what="x") == sentence
    assert first_of("abcd") == "a, b, c and d"
    assert first_of("abcdef") == "a, b, c and three more"


@pytest.mark.slow
def test_surname_first_names_are_said_as_one_says_them() -> None:
    """`Field, Orla` is Orla Field on every page; degrees stay where they are."""
    mentors = [
        {"person_id": "t1", "name": "Field, Dr Orla"},
        {"person_id": "t2", "name": "Piet, PhD"},
    ]
    cohort = make_cohort([{"person_id": "m1", "name": "de Vries, Jan"}], mentors)
    found = plan_page(plans(cohort, [match("m1", "t1"), match("m1", "t2")]), "m1")
    assert found.title == "A plan for Jan de Vries"
    assert [part.name for part in found.matches] == ["Dr Orla Field", "Piet, PhD"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "nothing", ["n/a", "k.A.", "??", "None", "idk haha", "see my LinkedIn", "Weiß noch nicht"]
)
def test_a_mark_for_nothing_is_not_quoted(nothing: str) -> None:
    """What people write for nothing is nobody's words; a real text that begins so is."""
    mentors = [{**MENTORS[0], "goals": nothing, "bio": nothing}]
    told = plan_page(
        plans(make_cohort([ANNA | {"goals": nothing}], mentors), [match("m1", "t1")]), "m1"
    )
    assert nothing not in " ".join((told.goals, *told.matches[0].reasons, *told.matches[0].letter))
    both = make_cohort([ANNA, MENTORS[0]], MENTORS)
    told = plan_page(plans(both, [match("m1", "t1")]), "m1")
    assert "how newcomers" not in " ".join(told.matches[0].reasons), "a wish as a mentee"
    kept = [{**MENTORS[0], "bio": f"{nothing} is what I used to say before I found a mentor"}]
    told = plan_page(plans(make_cohort([ANNA], kept), [match("m1", "t1")]), "m1")
    assert "used to say" in " ".join(told.matches[0].reasons)


def test_words_that_hold_quotation_marks_stand_in_others() -> None:
    """A quote inside a quote is told apart, and nothing of it changes."""
    assert said('They said "go"') == '\u2018They said "go"\u2019.'
    assert said("plain") == "\u201cplain\u201d."


@pytest.mark.slow
def test_own_options_stand_as_they_are_written() -> None:
    """Capitals, commas and signs stay; marks say that it is the form that speaks."""
    options = ["R & D", "Saying no, kindly", "iOS"]
    config = Config.model_validate(
        {"facets": {"topic": {"columns": ["topics"], "options": options}}}
    )
    cohort = make_cohort([ANNA], MENTORS)
    names = [f"topic.{name}" for name in config.facets["topic"].names]
    with plans(cohort, config=config).speaking():
        assert plan_words.facets(names) == (
            "\u2018R & D\u2019, \u2018Saying no, kindly\u2019 and \u2018iOS\u2019"
        )


@pytest.mark.slow
def test_what_was_not_said_is_asked_in_the_words_of_the_form() -> None:
    """A programme with options of its own did not ask about our settings."""
    own = {"facets": {"topic": {"columns": ["contexts"], "options": ["iOS"]}}}
    cohort = make_cohort([{**ANNA, "contexts": ()}], MENTORS)
    told_of = ((own, "which of the programme's topics"), ({}, "the setting: career"))
    for config, told in told_of:
        settings = Config.model_validate(config)
        missing = plan_page(plans(cohort, config=settings), "m1").missing
        assert [line for line in missing if line.startswith(told)]


def test_nobody_is_told_to_give_more_hours_than_they_said() -> None:
    """What two matches take in all is told where it is no more than was offered."""
    for offered, told in (
        (2, "free what you offered, two hours a month"),
        (3, "about three hours"),
    ):
        one = {"hours_per_month": offered}
        cohort = make_cohort(
            [{**ANNA, **one}, {**ANNA, **one, "person_id": "m2"}], [{**m, **one} for m in MENTORS]
        )
        pairs = [match("m1", "t1"), match("m1", "t2"), match("m2", "t1")]
        made = plans(cohort, pairs)
        assert told in " ".join(plan_page(made, "m1").good_mentee)
        assert ("three hours" in mentor_page(made, "t1").summary) is (offered == 3)


def test_years_are_compared_as_far_as_each_of_two_said_them() -> None:
    """Who says a number is compared in figures; a range or bound says no more than it says."""
    words = {
        "20 and more": 20,
        "zwei bis neun Jahre": 5.5,
        "6-8 yrs": 7,
        "twelve": 12,
        "Senior": 30,
    }
    settings = [{"numbers": {f"{side}career_years": words}} for side in ("", "mentors.")]
    cases = [  # years of mentee and mentor, what is told where all, or mentors alone, were asked so
        (6, 20, "has worked longer than", "has worked longer than"),
        (6, 15, "has worked nine years longer", "has worked nine years longer"),
        (6, 12, "has worked six years longer", "has worked six years longer"),
        (5.5, 7, "", "has worked longer than"),
        (5.5, 12, "has worked longer than", "has worked six years longer"),
        (20, 28, "", "has worked eight years longer"),
        (6, 30, "", ""),
    ]
    cohort = make_cohort(
        [{**ANNA, "person_id": f"m{k}", "career_years": own} for k, (own, *_) in enumerate(cases)],
        [
            {**MENTORS[0], "person_id": f"t{k}", "career_years": at}
            for k, (_, at, *_) in enumerate(cases)
        ],
    )
    pairs = [match(f"m{k}", f"t{k}") for k in range(len(cases))]
    for n, config in enumerate(settings):
        made = plans(cohort, pairs, config=Config.model_validate(config))
        for k, case in enumerate(cases):
            reasons = " ".join(plan_page(made, f"m{k}").matches[0].reasons)
            assert (case[2 + n] or "somewhere else than you do. ") in reasons, case


@pytest.mark.slow
def test_own_words_stand_once_beside_those_of_two_mentors() -> None:
    """What somebody wrote is not repeated under each mentor of theirs."""
    mentors = [{**mentor, "bio": f"I am {mentor['name']}."} for mentor in MENTORS]
    made = make_cohort([ANNA], mentors)
    for count in (1, 2):
        told = plan_page(plans(made, [match("m1", f"t{k}") for k in (1, 2)][:count]), "m1")
        everything = [told.goals, *(line for part in told.matches for line in part.reasons)]
        assert " ".join(everything).count("to lead a trial") == 1
        assert " ".join(everything).count("I am ") == count


@pytest.mark.slow
def test_slots_of_a_day_stand_together() -> None:
    """A day is named once; hours and days without a part stay as they are."""
    with plans(make_cohort([ANNA], MENTORS)).speaking():
        assert plan_words.slots(["mon-am", "mon-pm"]) == "Mondays"
        assert plan_words.slots(["mon-pm", "mon-eve"]) == "Monday afternoons and evenings"
        assert plan_words.slots(["mon-am", "tue-9"]) == "Monday mornings and Tuesdays at 9:00"
        assert plan_words.slots(["fri"]) == "Fridays"
        evening = [f"wed-{hour}" for hour in range(17, int(END_OF_DAY))]
        assert plan_words.slots(evening) == "Wednesdays from 17:00", "nobody said an end"
        assert plan_words.slots(["thu-17", "thu-18", "fri-9"]) == (
            "Thursdays from 17:00 to 19:00 and Fridays at 9:00"
        )


@pytest.mark.slow
def test_a_sentence_that_ends_with_initials_ends_once() -> None:
    """The stop of an initial is the sentence's; one that says that more follows stays."""
    with plans(make_cohort([ANNA], MENTORS)).speaking():
        assert plan_words.say("steps", "go_on", name="A. B.") == "Go on with A. B."
        assert plan_words.say("steps", "go_on", name="A...") == "Go on with A...."


@pytest.mark.slow
def test_a_mentor_who_goes_on_is_told_as_such_with_what_is_new() -> None:
    """No word on how to reach them; a pause is a pause; what they are there for now is told."""
    before = pd.DataFrame([match("m1", "t1", "context.confidence")])
    for status, told in (("active", "already."), ("paused", "at the moment you are pausing.")):
        row = {"mentee_id": "m1", "mentor_id": "t1", "status": status}
        mentors = [{**MENTORS[0], "purposes": ("strategic",)}]
        cohort = make_cohort([ANNA], mentors, engagements=[row])
        source = plans(cohort, [match("m1", "t1", "purpose.strategic")], before=before)
        part = plan_page(source, "m1").matches[0]
        assert told in part.standing
        assert "New this time: Orla is there for seeing where things are heading" in part.standing
        assert "This time Orla is not there for confidence any more." in part.standing
        assert not part.reach


@pytest.mark.slow
def test_addresses_stand_where_both_agreed_and_only_in_what_is_sent() -> None:
    """One who did not say yes is out of reach, and the page says what happens then."""
    yes = {"email": "anna@example.org", "share_address": True}
    for own, theirs, shows, expected in (
        (yes, {"email": "orla@example.org", "share_address": True}, True, "orla@example.org"),
        (yes, {"email": "orla@example.org", "share_address": True}, False, "both agreed"),
        (yes, {"email": "orla@example.org"}, True, "cannot be reached directly yet"),
        (yes, {"email": "not an address", "share_address": True}, True, "cannot be reached"),
        ({"email": "a@example.org", "share_address": False}, yes, True, "cannot be reached"),
    ):
        agreed = {"mentee_id": "m1", "mentor_id": "t1", "status": "accepted"}
        cohort = make_cohort([ANNA | own], [MENTORS[0] | theirs], engagements=[agreed])
        source = plans(cohort, [match("m1", "t1")], shows_addresses=shows)
        assert expected in plan_page(source, "m1").matches[0].reach
        kinds = {claim.kind.value for claim in plan_page(source, "m1").matches[0].claims}
        assert ("out_of_reach" in kinds) is ("cannot" in expected)
    told = Config.model_validate({"programme": {"share_addresses": True}})
    for agreed_to in (None, False):  # a no stands, whatever everybody was told
        own = ANNA | {"email": "anna@example.org", "share_address": agreed_to}
        cohort = make_cohort([own], [MENTORS[0] | yes], engagements=[])
        reach = plan_page(plans(cohort, [match("m1", "t1")], config=told), "m1").matches[0].claims
        assert ("out_of_reach" in {claim.kind.value for claim in reach}) is (agreed_to is False)


@pytest.mark.slow
def test_mentors_of_before_are_remembered() -> None:
    """Who completed a relation is named with its end, once, and not among the people of now."""
    before = {"mentee_id": "m1", "mentor_id": "t2", "status": "completed", "end": "2026-02-01"}
    cohort = make_cohort([ANNA], MENTORS, engagements=[before])
    told = plan_page(plans(cohort, [match("m1", "t1")]), "m1")
    assert "You worked with Piet Moor before, until 1 February 2026." in told.still
    again = plan_page(plans(cohort, [match("m1", "t2")]), "m1")
    assert not [line for line in again.still if "Piet" in line]
    assert "have worked together before" in again.matches[0].standing
    assert "brought us together again" in " ".join(again.matches[0].letter)
    (visit,) = mentor_page(plans(cohort, [match("m1", "t2")]), "t2").visits
    assert "have worked together before" in visit.purpose[0]
    assert not visit.ask, "who knows the other asks no first question"


@pytest.mark.slow
def test_two_audits_say_who_came_who_went_and_what_moved() -> None:
    """The later audit against the one before, by the person's own marks."""
    rows = [
        {"person_id": "m1", "contact_id": key, "wave": wave, "frequency": often}
        for key, wave, often in (
            ("AA", 1, "rarely"),
            ("BB", 1, "often"),
            ("CC", 1, "often"),
            ("AA", 2, "often"),
            ("BB", 2, "rarely"),
            ("DD", 2, ""),
        )
    ]
    cohort = make_cohort([ANNA], MENTORS, contacts=rows)
    told = " ".join(plan_page(plans(cohort, [match("m1", "t1")]), "m1").still)
    for line in (
        "New in your network since the audit before: DD.",
        "No longer in your network since the audit before: CC.",
        "more often than at the audit before with AA.",
        "less often than at the audit before with BB.",
    ):
        assert line in told
    one = make_cohort([ANNA], MENTORS, contacts=[row | {"wave": 1} for row in rows[:3]])
    assert not plan_page(plans(one, [match("m1", "t1")]), "m1").still


@pytest.mark.slow
def test_periods_have_days_where_the_programme_gives_them() -> None:
    """A later period begins on its own day, or on none that is named."""
    late, cohort = match("m1", "t1", period=2), make_cohort([ANNA], MENTORS)
    programme = {"periods": 2, "start": "2027-01-11"}
    told = plan_page(
        plans(cohort, [late], config=Config.model_validate({"programme": programme})), "m1"
    )
    assert "2027" not in told.next_step
    assert "At the start of period 2" in told.next_step
    programme["period_starts"] = ["2027-01-11", "2027-05-03"]
    told = plan_page(
        plans(cohort, [late], config=Config.model_validate({"programme": programme})), "m1"
    )
    assert "from Monday 3 May 2027" in told.matches[0].practical
    assert told.next_step.startswith("Tuesday 4 May 2027")


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("narrow", "for at most about two hours a month"),
        ("broad", "for about 3.5 hours a month in"),
    ],
)
def test_hours_of_periods_that_do_not_meet_are_not_added_up(scope: str, told: str) -> None:
    """Short, narrow matches of one mentor follow one another: the fullest period is what counts."""
    brief = {"horizon": "short", "scope": scope, "hours_per_month": 2}
    people = [{"person_id": f"m{k}", "name": f"Eli Roe{k}", **brief} for k in (1, 2)]
    pairs = [match("m1", "t1", hours_per_month=2), match("m2", "t1", period=2)]
    config = Config.model_validate({"programme": {"periods": 2}})
    made = plans(make_cohort(people, MENTORS), pairs, config=config)
    assert told in mentor_page(made, "t1").summary
    both = [match("m1", "t1", hours_per_month=2), match("m1", "t2", period=2)]
    (mine,) = plan_page(plans(make_cohort(people, MENTORS), both, config=config), "m1").good_mentee[
        1:2
    ]
    assert ("up to about two hours" in mine) is (scope == "narrow")


def test_a_partner_who_offers_nothing_asked_for_is_told_by_what_they_ask_for() -> None:
    """Of two who mentor each other one side may be there for the other alone: that is why."""
    asks = {"person_id": "t1", "name": "Orla Field", "contexts": ("confidence",)}
    offers = {"person_id": "m1", "name": "Anna Reed", "contexts": ("confidence",)}
    mine, theirs = {**offers, "contexts": ("managing_change",)}, {**asks, "contexts": ()}
    cohort = make_cohort([mine, asks], [theirs, offers])
    made = plans(cohort, [match("m1", "t1", approach="reciprocal")])
    (part,) = plan_page(made, "m1").matches
    assert part.reasons == ("Orla Field asked for help with confidence, and you offer it.",)
    assert "together. I would like to hear" in part.letter[1]
