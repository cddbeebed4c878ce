"""Hard constraints and approaches: which pairs can be made, and why others cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.config import Config
from matcher.decisions.working_copy import DECIDED_CELLS
from matcher.features import build_features
from matcher.scoring.allowed_pairs import find_candidates
from matcher.vocabulary import Approach

CODE = {approach.value: k for k, approach in enumerate(Approach)}
NONE = -1


def config(**sections):
    """Return the default config with some sections changed."""
    return Config.model_validate(sections)


def decisions(*rows):
    """Return a decisions frame of (mentee, mentor, decision)."""
    padded = [[*row, "", "", ""] for row in rows]
    return pd.DataFrame(padded, columns=list(DECIDED_CELLS), dtype="str")


def matrix(candidates):
    """Return the approach of every pair."""
    return candidates.block(np.arange(candidates.shape[0]))


def two_by_two(cohort, **tables):
    """Return mentees a, b and mentors x, y with the given other tables."""
    people = [[{"person_id": p} for p in ids] for ids in ("ab", "xy")]
    return cohort(*people, **tables)


def test_without_rules_every_pair_is_allowed(cohort):
    """Nothing stated means nothing is barred, and the first approach of the menu holds."""
    found = find_candidates(two_by_two(cohort), config())
    assert matrix(found).tolist() == [[CODE["developmental"]] * 2] * 2


def test_nobody_is_matched_with_themselves(cohort):
    """A person in both tables never meets themselves."""
    both = cohort([{"person_id": "a"}, {"person_id": "b"}], [{"person_id": "a"}])
    assert matrix(find_candidates(both, config()))[:, 0].tolist() == [NONE, 0]


@pytest.mark.parametrize(
    ("row", "banned"),
    [
        ({"person_id": "a", "other_id": "x", "role": "mentee"}, (0, 0)),
        ({"person_id": "y", "other_id": "b", "role": "mentor"}, (1, 1)),
        ({"person_id": "y", "other_id": "a"}, (0, 1)),
    ],
)
def test_a_veto_bars_the_pair(cohort, row, banned):
    """Either side may veto, with or without saying in which role."""
    made = two_by_two(cohort, preferences=[{**row, "veto": True}])
    found = find_candidates(made, config())
    assert np.argwhere(matrix(found) == NONE).tolist() == [list(banned)]
    assert found.why_not(*banned) == ["not permitted"]


def test_never_rules_and_bans_bar_the_pair(cohort):
    """Rules and decisions after a run have the same effect."""
    never = {"mentee_id": "a", "mentor_id": "x", "rule": "never"}
    made = two_by_two(cohort, rules=[never])
    found = find_candidates(made, config(), decisions=decisions(("b", "y", "ban")))
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 0], [1, 1]]


def test_a_release_takes_an_earlier_ban_back(cohort):
    """The last word about a pair counts."""
    words = decisions(("b", "y", "ban"), ("b", "y", "release"))
    found = find_candidates(two_by_two(cohort), config(), decisions=words)
    assert (matrix(found) != NONE).all()


def test_a_held_person_waits(cohort):
    """A hold without a second person keeps the whole person out."""
    words = decisions(("b", "", "hold"), ("", "x", "hold"))
    found = find_candidates(two_by_two(cohort), config(), decisions=words)
    assert np.argwhere(matrix(found) != NONE).tolist() == [[0, 1]]


@pytest.mark.parametrize(("levels", "barred"), [(0, ""), (1, "x"), (2, "xy"), (3, "xyz")])
def test_managers_are_barred_as_far_up_as_configured(cohort, levels, barred):
    """The line is followed through people of the cohort, x then y then z."""
    mentors = [
        {"person_id": "x", "line_manager": "y"},
        {"person_id": "y", "line_manager": "z"},
        {"person_id": "z"},
    ]
    made = cohort([{"person_id": "a", "line_manager": "x"}], mentors)
    found = find_candidates(made, config(eligibility={"manager_levels": levels}))
    assert "".join(np.array(list("xyz"))[matrix(found)[0] == NONE]) == barred


@pytest.mark.slow
def test_second_supervisors_count_and_reports_do_not_mentor_their_manager(cohort):
    """A line pair is barred in both directions."""
    made = cohort(
        [{"person_id": "a", "second_supervisor": "x"}, {"person_id": "b"}],
        [{"person_id": "x"}, {"person_id": "y", "line_manager": "b"}],
    )
    found = find_candidates(made, config())
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("status", "end", "allowed"),
    [
        ("proposed", None, True),
        ("declined", "2020-01-01", False),
        ("mismatch", None, False),
        ("completed", "2025-06-02", False),
        ("completed", "2025-06-01", True),
        ("completed", None, False),
        ("no_show", "2026-01-01", False),
        ("withdrew_mentor", "2024-01-01", True),
    ],
)
def test_past_engagements(cohort, status, end, allowed):
    """Failed pairs are banned for good, ended ones for the cooldown of a year to the day."""
    past = {"mentee_id": "a", "mentor_id": "x", "status": status, "end": end}
    found = find_candidates(two_by_two(cohort, engagements=[past]), config())
    assert (matrix(found)[0, 0] != NONE) == allowed
    assert len(found.locked) == 0


@pytest.mark.slow
@pytest.mark.parametrize("status", ["sent", "accepted", "active", "paused"])
def test_engagements_under_way_are_locked_whatever_other_rules_say(cohort, status):
    """A pair that exists is not undone by a rule on new pairs."""
    under_way = {"mentee_id": "a", "mentor_id": "x", "status": status}
    made = two_by_two(cohort, engagements=[under_way])
    made.mentees["organisation"] = made.mentors["organisation"] = "one"
    found = find_candidates(made, config(eligibility={"different": ["organisation"]}))
    assert found.locked.tolist() == found.required.tolist() == [[0, 0]]
    assert np.argwhere(matrix(found) != NONE).tolist() == [[0, 0]]
    assert found.findings == ()


def test_a_release_frees_a_locked_pair(cohort):
    """A coordinator may free a pair that an engagement holds."""
    under_way = {"mentee_id": "a", "mentor_id": "x", "status": "sent"}
    made = two_by_two(cohort, engagements=[under_way])
    found = find_candidates(made, config(), decisions=decisions(("a", "x", "release")))
    assert len(found.required) == 0


def test_places_of_mentees_elsewhere_are_counted(cohort):
    """A mentor who already mentors somebody outside this cohort has a place less."""
    under_way = {"mentee_id": "zz", "mentor_id": "y", "status": "active"}
    found = find_candidates(two_by_two(cohort, engagements=[under_way]), config())
    assert found.places_elsewhere.tolist() == [0, 1]


def test_must_differ_only_where_both_are_known(cohort):
    """An unknown value bars nobody; case and white space do not make a difference."""
    made = cohort(
        [{"person_id": "a", "site": "North"}, {"person_id": "b"}],
        [{"person_id": "x", "site": " north "}, {"person_id": "y", "site": "south"}],
    )
    found = find_candidates(made, config(eligibility={"different": ["site"]}))
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 0]]
    assert found.why_not(0, 0) == ["both have the same site"]


def test_same_columns_hold_where_both_are_known(cohort):
    """A column in which the two must agree keeps apart only those who both say otherwise."""
    made = cohort(
        [{"person_id": "a", "site": "North"}, {"person_id": "b"}],
        [{"person_id": "x", "site": " north "}, {"person_id": "y", "site": "south"}],
    )
    found = find_candidates(made, config(eligibility={"same": ["site"]}))
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 1]]
    assert found.why_not(0, 1) == ["no shared site"]


def test_same_lists_agree_if_they_meet(cohort):
    """One language in common is enough."""
    made = cohort(
        [{"person_id": "a", "languages": ("welsh", "english")}],
        [
            {"person_id": "x", "languages": ("english", "french")},
            {"person_id": "y", "languages": ("french",)},
        ],
    )
    found = find_candidates(made, config(eligibility={"same": ["languages"]}))
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 1]]


@pytest.mark.parametrize(("how", "allowed"), [("soft", True), ("ban", False)])
def test_modes_and_slots_are_soft_unless_banned(cohort, how, allowed):
    """A pair that cannot meet is only banned where the programme says so."""
    mentee = {"person_id": "a", "modes": ("virtual",), "availability": ("mon-am",)}
    mentor = {"person_id": "x", "modes": ("in_person",), "availability": ("mon-10",)}
    for rule in ("mode", "availability"):
        found = find_candidates(cohort([mentee], [mentor]), config(eligibility={rule: how}))
        meets = rule == "availability"
        assert (matrix(found)[0, 0] != NONE) == (allowed or meets)


def test_gates_keep_people_out(cohort):
    """Who left, who is not ready where that counts, and who asks for nobody takes no part."""
    mentees = [
        {"person_id": "a", "available_until": "2026-05-31"},
        {"person_id": "b", "ready": "no"},
        {"person_id": "c", "max_mentors": 0},
        {"person_id": "d", "available_until": "2026-06-01", "ready": "partly"},
    ]
    made = cohort(mentees, [{"person_id": "x"}])
    found = find_candidates(made, config(eligibility={"require_ready": True}))
    assert (matrix(found)[:, 0] != NONE).tolist() == [False, False, False, True]
    assert found.why_not(1, 0) == ["the mentee is not ready yet"]


def test_avoid_takes_ids_and_addresses_and_warns_about_other_words(cohort):
    """Free text in `avoid` cannot bind, so a person is asked to read it."""
    mentees = [
        {"person_id": "a", "avoid": ("x", "Y@example.org")},
        {"person_id": "b", "avoid": ("the tall one",)},
    ]
    made = cohort(mentees, [{"person_id": "x"}, {"person_id": "y", "email": "y@example.org"}])
    found = find_candidates(made, config())
    assert np.argwhere(matrix(found) == NONE).tolist() == [[0, 0], [0, 1]]
    (warning,) = found.findings
    assert warning.code == "W_AVOID_UNRESOLVED"
    assert "tall" not in warning.line()


def test_the_first_common_approach_of_the_menu(cohort):
    """Ticks are a set: the order of the menu decides."""
    mentee = {"person_id": "a", "approaches": ("sponsorship", "developmental")}
    found = find_candidates(cohort([mentee], [{"person_id": "x"}]), config())
    assert matrix(found)[0, 0] == CODE["developmental"]


def test_the_mentees_order_where_it_is_declared(cohort):
    """With `ordered`, the mentee's first common approach counts."""
    mentee = {"person_id": "a", "approaches": ("sponsorship", "developmental")}
    ranked = config(input={"ordered": ["approaches"]})
    found = find_candidates(cohort([mentee, {"person_id": "b"}], [{"person_id": "x"}]), ranked)
    assert matrix(found)[:, 0].tolist() == [CODE["sponsorship"], CODE["developmental"]]


def test_no_common_approach_bars_the_pair(cohort):
    """Lists that do not meet, or meet off the menu only, leave nothing."""
    mentee = {"person_id": "a", "approaches": ("sponsorship",)}
    mentors = [{"person_id": "x", "approaches": ("developmental",)}, {"person_id": "y"}]
    made = cohort([mentee], mentors)
    found = find_candidates(made, config(programme={"approaches": ["developmental"]}))
    assert (matrix(found) == NONE).all()
    assert found.why_not(0, 1) == ["no approach in common"]


@pytest.mark.parametrize(
    ("mentor", "approach"),
    [
        ({"career_years": 4}, "reverse"),
        ({"career_years": 10}, "developmental"),
        ({"career_years": 20}, "developmental"),
        ({}, "developmental"),
        ({"joined": "2026-01-01"}, "reverse"),
        ({"joined": "2019-01-01"}, "developmental"),
        ({"career_years": 20, "joined": "2026-01-01"}, "developmental"),
    ],
)
def test_juniors_mentor_in_reverse_only(cohort, mentor, approach):
    """The mentor's years decide, else the day of joining; a senior newcomer is still a senior."""
    mentee = {"person_id": "a", "career_years": 10, "joined": "2020-01-01"}
    found = find_candidates(cohort([mentee], [{"person_id": "x", **mentor}]), config())
    assert matrix(found)[0, 0] == CODE[approach]


def test_grades_come_before_years(cohort):
    """Where the config orders grades they decide who is the junior."""
    mentee = {"person_id": "a", "career_years": 10, "seniority": "Lecturer"}
    mentor = {"person_id": "x", "career_years": 4, "seniority": "professor"}
    graded = config(programme={"grades": ["lecturer", "professor"]})
    found = find_candidates(cohort([mentee], [mentor]), graded)
    assert matrix(found)[0, 0] == CODE["developmental"]


@pytest.mark.parametrize("least", [None, 5])
def test_between_grades_without_an_order_nobody_is_the_junior(cohort, least):
    """A director with few years is no reverse mentor; a least gap of years stands all the same."""
    mentee = {
        "person_id": "a",
        "career_years": 10,
        "seniority": "Volunteer",
        "joined": "2020-01-01",
    }
    mentor = {"person_id": "x", "career_years": 4, "seniority": "Director", "joined": "2022-01-01"}
    rules = config() if least is None else config(eligibility={"min_gap_years": least})
    expected = CODE["developmental"] if least is None else NONE
    assert matrix(find_candidates(cohort([mentee], [mentor]), rules))[0, 0] == expected


def test_a_least_gap_bars_peers(cohort):
    """With `min_gap_years` a mentor must be that far ahead where it is known."""
    mentee = {"person_id": "a", "career_years": 10, "approaches": ("developmental",)}
    mentors = [{"person_id": p, "career_years": y} for p, y in (("x", 14), ("y", 15), ("z", None))]
    found = find_candidates(cohort([mentee], mentors), config(eligibility={"min_gap_years": 5}))
    assert (matrix(found)[0] != NONE).tolist() == [False, True, True]


def test_must_pairs_are_required(cohort):
    """Rules, locks and assignments force pairs."""
    must = {"mentee_id": "a", "mentor_id": "x", "rule": "must"}
    words = decisions(("b", "y", "lock"), ("a", "y", "assign"))
    found = find_candidates(two_by_two(cohort, rules=[must]), config(), decisions=words)
    assert found.must.tolist() == found.required.tolist() == [[0, 0], [0, 1], [1, 1]]


def test_a_forced_and_banned_pair_is_a_contradiction(cohort):
    """The finding names the pair and says what bars it, without telling a confidential reason."""
    must = {"mentee_id": "a", "mentor_id": "x", "rule": "must"}
    veto = {"person_id": "x", "other_id": "a", "veto": True}
    found = find_candidates(two_by_two(cohort, rules=[must], preferences=[veto]), config())
    (finding,) = found.findings
    assert finding.code == "I_CONTRADICTION"
    assert "a and x" in finding.message
    assert "veto" not in finding.message
    assert finding.pair == ("a", "x")
    assert [why.code for why in finding.reasons] == ["private"]


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"approaches": ("sponsorship",)}, ("approach", "")),
        ({"site": "Leith"}, ("same", "site")),
    ],
)
def test_a_reason_says_what_it_is_about(cohort, about, code):
    """Pages word it by its code, and never read the words."""
    mentee = {"person_id": "a", "site": "Leith", "approaches": ("developmental",)}
    rules = config(eligibility={"different": ["site"]})
    found = find_candidates(cohort([mentee], [{"person_id": "x", **about}]), rules)
    assert [(why.code, why.about) for why in found.why_not(0, 0)] == [code]


def test_a_rule_of_another_kind_of_programme_names_its_row_and_the_way_out(cohort):
    """A pair agreed as developmental stops a reverse programme, until it is released."""
    must = {"mentee_id": "a", "mentor_id": "x", "rule": "must"}
    people = [{"person_id": p, "approaches": ("developmental",)} for p in "axy"]
    made = cohort(people[:1], people[1:], rules=[must])
    made = replace(made, rules=made.rules.assign(source_row=7))
    reverse = config(programme={"approaches": ["reverse"]})
    (finding,) = find_candidates(made, reverse).findings
    assert finding.line().startswith("ERROR I_CONTRADICTION rules:7:")
    assert "the programme offers reverse" in finding.line()
    assert "release the pair with --decisions" in finding.remedy
    said = decisions(("a", "y", "assign")).assign(table="unmatched", row="4")
    *_, assigned = find_candidates(made, reverse, decisions=said).findings
    assert assigned.line().startswith("ERROR I_CONTRADICTION unmatched:4:")
    assert "decision" in assigned.remedy
    released = find_candidates(made, reverse, decisions=decisions(("a", "x", "release")))
    assert [f for f in released.findings if not f.is_warning] == []


def test_an_engaged_and_banned_pair_is_a_contradiction(cohort):
    """A ban by name and an active engagement cannot both hold."""
    never = {"mentee_id": "a", "mentor_id": "x", "rule": "never"}
    active = {"mentee_id": "a", "mentor_id": "x", "status": "active"}
    found = find_candidates(two_by_two(cohort, rules=[never], engagements=[active]), config())
    assert [finding.code for finding in found.findings] == ["I_CONTRADICTION"]
    assert len(found.required) == 0


def test_somebody_forced_to_mentor_themselves(cohort):
    """Such a rule is named for what it is and nothing else."""
    must = {"mentee_id": "a", "mentor_id": "a", "rule": "must"}
    made = cohort([{"person_id": "a"}], [{"person_id": "a"}, {"person_id": "x"}], rules=[must])
    assert [f.code for f in find_candidates(made, config()).findings] == ["I_SELF_PAIR"]


def test_inputs_are_not_changed(cohort):
    """Finding candidates reads the cohort and nothing more."""
    made = two_by_two(cohort)
    before = made.mentees.copy()
    find_candidates(made, config())
    pd.testing.assert_frame_equal(made.mentees, before)


@pytest.mark.parametrize(
    ("homes", "approach"),
    [(("O", "O"), "reverse"), (("O", "P"), None), (("O", None), None), ((None, None), "reverse")],
)
def test_days_of_joining_count_within_one_organisation(cohort, homes, approach):
    """A newcomer elsewhere is no newcomer here; where nobody names one, all are of one."""
    mentee = {"person_id": "a", "joined": "2005-01-01", "organisation": homes[0]}
    mentor = {"person_id": "x", "joined": "2026-01-01", "organisation": homes[1]}
    mentor |= {"approaches": ("reverse",)}
    found = find_candidates(cohort([mentee], [mentor]), config())
    assert matrix(found)[0, 0] == (NONE if approach is None else CODE[approach])


@pytest.mark.parametrize(
    ("reach", "ordered", "approach"),
    [
        (("Home",), (), "sponsorship"),
        ((), (), "developmental"),
        (("Elsewhere",), (), "developmental"),
        (("Home",), ("approaches",), "developmental"),
    ],
)
def test_a_pair_takes_the_approach_that_scores_best(cohort, reach, ordered, approach):
    """Reach makes the sponsorship better; a stated order comes first, ties go to the menu."""
    both = {"approaches": ("developmental", "sponsorship")}
    made = cohort(
        [{"person_id": "a", "organisation": "Home", **both}],
        [{"person_id": "x", "organisation": "Away", "sponsor_organisations": reach, **both}],
    )
    settings = config(input={"ordered": ordered})
    found = find_candidates(made, settings, features=build_features(made, settings))
    assert matrix(found)[0, 0] == CODE[approach]
    listed = found.listed(np.array([0]), np.array([0]))
    assert listed.tolist() == [CODE[approach]]
