"""Questions in words that nobody expects: what the answers tell, and what is then asked."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.config import Config
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.proposal import Asked
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.title_guesses import guesses
from matcher.vocabulary import IGNORE

from .test_shapes import found

NAMES = (
    "Åsa Lundmark", "Björn Ek", "Cilla Dahl", "Disa Frisk", "Einar Holm", "Frida Ibsen",
    "Göran Jonsson", "Hedda Kvist", "Ivar Lind", "Jon Moberg", "Åsa Lundmark", "Disa Frisk",
)  # fmt: skip
MAILS = tuple(
    f"{name.lower().replace(' ', '.').translate(str.maketrans('åäö', 'aao'))}@kajen.example"
    for name in NAMES
)
"""The last two sent the form twice, so that no name is each another."""


def form(folder: Path, name: str, **more: list[str]) -> Path:
    """Write a form of ten people, two of whom answered twice."""
    return table(folder, {"Where does a letter reach you?": MAILS, name: NAMES, **more})


def table(folder: Path, columns: Mapping[str, Sequence[str]]) -> Path:
    """Write some columns of twelve rows as the one file of a folder."""
    folder.mkdir()
    with (folder / "form.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*columns], *zip(*columns.values(), strict=True)])
    return folder


def asked_of(folder: Path) -> dict[str, Asked]:
    """Return what is asked about columns, by title."""
    return {q.path[2]: q for q in propose(folder).questions if q.path[0] == "columns"}


MANAGERS = ["Ivar Lind", "Holm, Einar", "the board", "", "Ivar Lind", "Jon Moberg", *[""] * 6]


def test_a_name_is_known_by_the_address_beside_it(tmp_path: Path) -> None:
    """Whatever its title says; so who else is named is asked about, in whatever words."""
    folder = form(tmp_path / "c", "Vad ropar vi?", **{"Vem skriver under ledigheten?": MANAGERS})
    assert found(folder)["Vad ropar vi?"] == "name"
    asked = asked_of(folder)["Vem skriver under ledigheten?"]
    assert {"line_manager", "second_supervisor", "avoid", "preferences.1"} <= {*asked.choices}


def test_a_title_that_says_name_is_not_believed_against_the_addresses(tmp_path: Path) -> None:
    """Somebody else is named there, and is asked about."""
    wished = ["Ivar Lind and if not Jon Moberg", "NOT Björn Ek", *["anyone"] * 10]
    folder = form(tmp_path / "c", "What shall we call you?", **{"Name your match": wished})
    assert found(folder)["What shall we call you?"] == "name"
    assert "Name your match" in asked_of(folder)


def test_a_text_that_names_several_people_is_asked_about(tmp_path: Path) -> None:
    """A biography goes out to others; what warns of somebody must not."""
    texts = ["I would rather not end up with Ivar Lind", *[""] * 5, "Hedda Kvist is my aunt"]
    folder = form(tmp_path / "c", "Full name", **{"Tell us about yourself": texts + [""] * 5})
    assert "Tell us about yourself" in asked_of(folder)


SIDES = ["the bow", "the bow", "the stern", "the bow", "the stern", "the bow",
         "the stern", "the bow", "the bow", "the stern", "the bow", "the bow"]  # fmt: skip


def _of(side: str, text: str) -> list[str]:
    return [text if side == one else "" for one in SIDES]


@pytest.mark.parametrize("title", ["Which team would you rather sit in?", "Which end?"])
def test_what_divides_people_is_asked_whatever_its_title_hints_at(
    tmp_path: Path, title: str
) -> None:
    """A likely guess of another column does not hide the role."""
    folder = form(
        tmp_path / "c",
        "Full name",
        **{
            "Tea or coffee?": ["tea", "coffee", "tea", "tea"] * 3,
            title: SIDES,
            "Oars to spare": _of("the stern", "1"),
            "Waves you fear": _of("the bow", "speaking"),
        },
    )
    assert asked_of(folder)[title].example == "role"


def test_a_role_of_two_boxes_is_asked_with_the_role_among_its_choices(tmp_path: Path) -> None:
    """Two ticked options are no list of topics where they divide people."""
    boxes = {"I am in [the bow]": _of("the bow", "the bow")}
    boxes |= {"I am in [the stern]": _of("the stern", "the stern")}
    more = {"Oars to spare": _of("the stern", "1"), "Waves you fear": _of("the bow", "speaking")}
    asked = asked_of(form(tmp_path / "c", "Full name", **boxes, **more))
    assert "role" in asked["I am in"].choices


@pytest.mark.parametrize(
    "words", [("Fine by me", "Not fine by me"), ("Geht klar", "Geht nicht klar")]
)
def test_an_answer_beside_its_denial_may_be_the_consent(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    """Where no title speaks of it: two answers of which one is the other with a `not`."""
    said = [words[k in (3, 7)] for k in range(12)]
    asked = asked_of(form(tmp_path / "c", "Full name", **{"Based on this, off we go?": said}))
    assert asked["Based on this, off we go?"].example == "consent"


def test_halves_of_a_name_are_whole_in_either_order(tmp_path: Path) -> None:
    """People are known by both names, whichever column comes first."""
    last, first = zip(*(reversed(name.split()) for name in NAMES), strict=True)
    names = {"Last name": last, "First name": first}
    folder = table(tmp_path / "c", {"Email": MAILS, **names, "Vem då?": MANAGERS})
    assert "Vem då?" in asked_of(folder)
    assert found(folder).get("Vem då?") != IGNORE


@pytest.mark.parametrize(
    "title",
    [
        "Who signs your holiday card?", "Wer bewilligt Ihren Urlaub?", "Qui valide vos congés ?",
        "Chi approva i tuoi permessi?", "¿Quién autoriza tus vacaciones?",
        "Wie keurt je verlof goed?",
        "Kto podpisuje wniosek o urlop?", "Vem godkänner din ledighet?", "有休の承認は誰ですか",
    ],
)  # fmt: skip
def test_who_grants_leave_is_the_line_manager(tmp_path: Path, title: str) -> None:
    """Asked or taken for it, in whatever language; never for a firm, a place or nothing."""
    folder = form(tmp_path / "c", "Full name", **{title: MANAGERS})
    asked = asked_of(folder)
    taken = found(folder).get(title)
    assert taken == "line_manager" or "line_manager" in asked[title].choices


def test_clocks_are_known_by_their_answers(tmp_path: Path) -> None:
    """Whatever the title says; cities alone are where people live."""
    clocks = ["Europe/Dublin", "Irish time", "Dublin", "Halifax"] * 3
    folder = form(tmp_path / "c", "Full name", **{"Your watch says": clocks})
    assert found(folder)["Your watch says"] == "timezone"
    towns = form(tmp_path / "d", "Full name", **{"Your watch says": ["Dublin", "Halifax"] * 6})
    assert found(towns).get("Your watch says") != "timezone"


@pytest.mark.parametrize(
    "title", ["Who runs your section?", "Wer leitet Ihren Bereich?", "Bij wie werk je?"]
)
def test_a_question_for_somebody_is_no_place(tmp_path: Path, title: str) -> None:
    """Even where those who are named have not signed up, or stand there with a title alone."""
    heads = ["Mr Finch", "Dario Oakes (acting)", ""] * 4
    assert title in asked_of(form(tmp_path / "c", "Full name", **{title: heads}))


def test_a_polite_no_hides_no_consent(tmp_path: Path) -> None:
    """A yes or no in other words beside the plain ones is a yes or no still."""
    said = ["Yes"] * 10 + ["Sorry, no", ""]
    asked = asked_of(form(tmp_path / "c", "Full name", **{"Shall we deal you in?": said}))
    assert asked["Shall we deal you in?"].example == "consent"


def test_ways_that_nobody_was_asked_about_are_left_out(tmp_path: Path) -> None:
    """Nobody is a reverse mentor unasked; a form or a config that names ways stands."""
    folder = form(tmp_path / "c", "Full name")
    assert propose(folder).values["programme"]["approaches"] == ["reciprocal", "developmental"]
    own = Config.model_validate({"programme": {"approaches": ["reverse"]}})
    assert "programme" not in propose(folder, own).values


@pytest.mark.parametrize(
    ("titles", "language"),
    [
        ("Wie heißen Sie?;Wobei möchten Sie Hilfe?;Was können Sie weitergeben?", "de"),
        ("What is your name?;What do you want help with?;What can you offer others?", None),
        ("Hoe heet je?;Waar wil je hulp bij?;Wat kun je aan anderen geven?", None),
    ],
)
def test_plans_are_in_the_language_of_the_questions(tmp_path: Path, titles, language) -> None:
    """Where the programme has not said one, and plans can be in it."""
    (tmp_path / "form.csv").write_text(
        f"Name;Role;{titles}\nA B;Mentee;x;y;\nC D;Mentor;x;;y\n", "utf-8"
    )
    assert propose(tmp_path).values["programme"].get("language") == language


def test_every_choice_of_a_question_is_a_column_that_loads(tmp_path: Path) -> None:
    """Whoever writes one of them has answered the question: none is a name that nothing reads."""
    more = {
        "Whom would you not sit with?": MANAGERS,
        "Oars": ["1", "2", "two", ""] * 3,
        "Rope or sail?": ["rope", "sail", "both"] * 4,
        "Which end?": SIDES,
        "Knots [reef]": ["x", ""] * 6,
        "Knots [bowline]": ["", "x"] * 6,
    }
    asked = asked_of(form(tmp_path / "c", "Full name", **more))
    choices = {c for q in asked.values() for c in q.choices}
    assert {"capacity", "role", "modes"} <= choices
    bare = replace(next(iter(asked.values())), choices=())
    assert [c for c in choices if bare.value_of(c) is None] == []


def test_two_of_yes_and_no_are_never_topics(tmp_path: Path) -> None:
    """Two questions of one yes and one no, in words that nobody here knows, share no list."""
    often, seldom = ["Ja"] * 10 + ["Nei"] * 2, ["Ja", "Nei"] * 6
    titles = ("Er det greit at vi lagrer svarene?", "Kan vi dele adressen med den andre?")
    folder = table(tmp_path / "c", {"Navn": NAMES, titles[0]: often, titles[1]: seldom})
    targets, asked = found(folder), asked_of(folder)
    assert all("contexts" not in str(targets[title]) for title in titles)
    assert "consent" in asked[titles[0]].choices


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("What would you like to learn?", "Which could you pass on to somebody else?"),
        ("Hvad er dine mål?", "Hvilke afdelinger har du erfaring fra?"),
        ("What are your goals?", "Tell us about yourself: what could you bring?"),
    ],
)
def test_the_topics_of_the_other_side_are_topics_whatever_a_title_hints(
    tmp_path: Path, wanted: str, given: str
) -> None:
    """Boxes that both sides tick are no goals, department or people to avoid."""
    lists = ["Ropes, Boats", "Boats, Charts", "Ropes, Knots", "Charts", "Knots, Boats", "Ropes"]
    sides = {wanted: [*lists, *[""] * 6], given: [*[""] * 6, *lists]}
    roles = ["mentee"] * 6 + ["mentor"] * 6
    targets = found(table(tmp_path / "c", {"Name": NAMES, "Role": roles, **sides}))
    assert (targets[wanted], targets[given]) == ("mentees.contexts", "mentors.contexts")


def test_what_both_sides_are_asked_by_one_title_is_no_topic(tmp_path: Path) -> None:
    """A form asks in the part of each side for the department; the title says what it is."""
    lists = ["Ropes, Boats", "Boats, Charts", "Ropes, Knots", "Charts", "Knots, Boats", "Ropes"]
    roles = ["mentee"] * 6 + ["mentor"] * 6
    sides = {"Department": [*lists, *[""] * 6], "Department ": [*[""] * 6, *lists]}
    targets = found(table(tmp_path / "c", {"Name": NAMES, "Role": roles, **sides}))
    assert not any("contexts" in str(target) for target in targets.values())


def test_rows_of_a_grid_that_are_days_ask_when(tmp_path: Path) -> None:
    """Whatever its cells say of a day in which somebody cannot, and whatever its title says."""
    cells = ["formiddag", "slett ikke", "kanskje ikke"] * 4
    titles = [f"Passer det? [{day}]" for day in ("mandag", "tirsdag", "torsdag")]
    folder = table(tmp_path / "c", {"Navn": NAMES} | dict.fromkeys(titles, cells))
    assert found(folder)["Passer det?"] == "availability"


CRAFTS = ("Weaving", "Dyeing", "Glazing", "Joinery", "Etching")
KNOWN = {
    f"Con quale mestiere sei di casa? [{craft}]": ["molto", "poco", ""] * 4 for craft in CRAFTS
}
OFFERED = {f"I could teach others [{craft}]": ["Surely", "A little", ""] * 4 for craft in CRAFTS}
IN_ONE = [", ".join((CRAFTS * 2)[k : k + 3]) for k in range(5)] * 2 + ["", "Weaving, Etching"]
OWN_WORDS = {f"Zqv {k}": [f"wub {k}", f"nix {k}"] * 6 for k in range(3)}
PUZZLES = "Which approach to the bench puzzles you?"
TICKED = {
    f"{PUZZLES} [{craft}]": [craft if (k + j) % 3 else "" for k in range(12)]
    for j, craft in enumerate(CRAFTS)
}


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Was treibt dich um?", {"Was treibt dich um?": IN_ONE, **KNOWN, **OWN_WORDS}),
        ("Kaj?", {"Kaj?": [text.replace(", ", "\n") for text in IN_ONE], **KNOWN, **OWN_WORDS}),
        (PUZZLES, {**TICKED, **OFFERED}),
    ],
)
def test_ticks_that_are_the_options_of_a_grid_are_what_the_other_side_says(
    tmp_path: Path, title: str, columns: dict[str, list[str]]
) -> None:
    """What people need is not left out for its title, nor is what they offer their need too."""
    folder = form(tmp_path / "c", "Name", Role=["mentee", "mentor", "both"] * 4, **columns)
    choices = asked_of(folder)[title].choices
    assert {"contexts", "mentees.contexts", "mentors.contexts"} <= {*choices}
    assert "contexts" not in found(folder).values()


@pytest.mark.parametrize(
    "title",
    ["May we work with this when we find the time to set people up?", "Topics: may we tell them?"],
)
def test_a_yes_or_a_no_in_words_is_neither_a_day_nor_a_topic(title: str) -> None:
    """Whatever words a title holds, `Go ahead` and `Rather not` decide something."""
    cells = CellEvidence.of(["Yes, go ahead", "No, rather not", "Yes, go ahead", "Yes, go ahead"])
    assert {g.target for g in guesses(title, cells)} <= {"consent", "share_address", "ignore"}


def test_a_way_of_meeting_is_no_place(tmp_path: Path) -> None:
    """The words 'on site' of a language hold its word for a place."""
    more = {
        "Op locatie of digitaal?": ["Op locatie", "Digitaal", "Maakt niet uit"] * 4,
        "In welke stad woon je?": ["Breda", "Delft", "Goes"] * 4,
        "Werkplek": ["Toren", "Kade", "Toren"] * 4,
    }
    read = found(form(tmp_path / "c", "Naam", **more))
    assert [read[title] for title in more] == ["modes", "location", "site"]


def test_what_is_sought_and_offered_are_topics(tmp_path: Path) -> None:
    """Whoever seeks a skill does not have it: no plan says that both know about it."""
    skills = ["Budgets", "Law", "Hiring", "Law", "Budgets", "Hiring"]
    more = {
        "I sign up as": ["mentee", "mentor"] * 6,
        "Gesuchte Kompetenzen": [s for skill in skills for s in (skill, "")],
        "Angebotene Kompetenzen": [s for skill in skills for s in ("", skill)],
        "Wo sind Sie geboren?": ["Kenia", "Polen", "Ghana"] * 4,
    }
    read = found(form(tmp_path / "c", "Name", **more))
    assert [*read.values()][3:] == ["mentees.contexts", "mentors.contexts", "groups.nationality"]


def test_hours_and_places_are_told_by_their_answers(tmp_path: Path) -> None:
    """Under any title hours of a week or month; of the hours that something takes it is asked."""
    columns = {
        "Role": ["mentee", "mentor"] * 6,
        "Zub": ["1h a week", "2 hours a month", "half an hour"] * 4,
        "Plod": ["1 h", "40 min", "half an hour"] * 4,
        "Dónde remas": ["Bow", "Stern", "Bow", "Stern"] * 3,
        "Mates": [*["Ward 1", "Ward 2", "Ward 3"] * 3, "", "", ""],
    }
    folder = form(tmp_path / "c", "Full name", **columns)
    taken, asked = found(folder), asked_of(folder)
    assert (taken["Zub"], taken["Dónde remas"]) == ("hours_per_month", "location")
    assert asked["Plod"].example == "hours_per_month"
    ready = asked["Mates"].ready if "Mates" in asked else ()
    assert not {"capacity", "max_mentors"} & {taken["Mates"], *ready}
