"""All that a mentee's plan says, from the frames of a run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.catalogue.catalogue import spoken
from matcher.plans import next_steps
from matcher.plans import plan_words as words
from matcher.plans.claims import Cell, Claim, ClaimKind, SaidClaim, cells_of
from matcher.plans.earlier import EARLIER, earlier_claims, earlier_words
from matcher.plans.ego_network import EgoNetwork
from matcher.plans.lost_pairs import lost_claims, lost_words
from matcher.plans.match_claims import LONGEST_QUOTE
from matcher.plans.next_steps import Situation, fitting, situation_of
from matcher.plans.observations import Observation, bridge, stands_out, strength
from matcher.plans.people_part import MatchPart, match_part, quoted, reasons, said
from matcher.plans.plan_figures import Drawing, Timeline, ego_drawing, timeline
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import Record, full_name
from matcher.text import capital
from matcher.vocabulary import FACET_GROUPS, Activity, Knowing, NetworkBenefit, Purpose


@dataclass(frozen=True)
class PlanPage:
    """All that one mentee's plan says."""

    title: str
    kicker: str
    """Programme and day, as far as they are known."""
    draft: str
    """That it is a draft, empty where it is none."""
    matches: tuple[MatchPart, ...]
    nobody: tuple[str, ...]
    """Why there is no mentor and what happens next; empty where there is one."""
    meanwhile: tuple[str, ...]
    """What somebody without a mentor can do meanwhile."""
    meanwhile_words: str
    goals: str
    uncovered: str
    """What stays open, listed; empty where nothing does."""
    open_words: str
    """What leads to `uncovered`."""
    still: tuple[str, ...]
    """What the people named hold in part, and what mentors were not asked about."""
    next_step: str
    timeline: Timeline | None
    drawing: Drawing | None
    strength: str
    gap: Observation | None
    bridge: str
    benefits: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    invitation: str
    activities: tuple[str, ...]
    newer: int | None
    """Mentees newer to the field of whom the plan proposes to mentor; None for everybody else."""
    circle: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    approach: str
    missing: tuple[str, ...]
    good_mentee: tuple[str, ...]
    reflection: tuple[str, ...]
    claims: tuple[SaidClaim, ...]


def plan_page(source: PlanSource, mentee_id: str) -> PlanPage:
    """Return what the plan of a mentee says."""
    mentee, programme = source.mentees[mentee_id], source.config.programme
    parts = map(match_part, source.matches_of.get(mentee_id, ()))
    matches = tuple(_each_once(sorted(parts, key=_order)))
    quoting = [k for k, m in enumerate(matches) if _quotes_goals(m)]
    if len(quoting) > 1:  # the person's words once, above; those of each mentor beside them
        matches = tuple(
            replace(m, reasons=tuple(reasons(_apart(m.claims), m.short))) for m in matches
        )
    situation = situation_of(source, mentee_id)
    network = situation.network
    few = {c.codes[0] for m in matches for c in m.claims if c.kind is ClaimKind.FEW_SERVE}
    gap = stands_out(network, told=few) if network else None
    is_agreed = bool(matches) and not any(match.is_draft for match in matches)
    claims = tuple(_page_claims(source, mentee_id, situation))
    waiting = not matches and (mentee_id in source.reason_of or mentee_id in source.lost[0])
    return PlanPage(
        title=words.say("page", "title", name=full_name(mentee, mentee_id)),
        kicker=words.kicker(programme),
        draft=""
        if source.is_approved or is_agreed
        else words.say("page", "draft" if matches else "draft_nobody"),
        matches=matches,
        nobody=() if matches else tuple(_nobody(source, mentee_id)),
        meanwhile=tuple(_meanwhile(source, situation)) if waiting else (),
        meanwhile_words=words.say("waiting", "meanwhile"),
        goals="" if len(quoting) == 1 else _goals(mentee),
        uncovered=words.facets(situation.open_asked),
        open_words=words.say("sentences", "open_need" if matches else "still_open"),
        still=tuple(_still(claims)),
        next_step=_first_step(source, matches, network),
        timeline=timeline(matches, network, programme.periods),
        drawing=ego_drawing(network) if network else None,
        strength=strength(network) if network else "",
        gap=gap,
        bridge=bridge(network, gap) if network else "",
        benefits=tuple(_benefits(network)) if network else (),
        notes=tuple(_notes(source, mentee_id)),
        invitation="" if network else _invitation(matches),
        activities=tuple(next_steps.activities(situation)),
        newer=situation.newer if Activity.OFFER_SUPPORT in fitting(situation) else None,
        circle=tuple(next_steps.own_circle(situation)),
        sources=tuple(next_steps.sources(situation)),
        approach=next_steps.approach_out_there(situation),
        missing=tuple(_not_said_yet(source, mentee)),
        good_mentee=tuple(_good_mentee(mentee, matches)),
        reflection=tuple(_reflection(situation, matches)),
        claims=tuple(_said(mentee_id, matches, claims)),
    )


def _quotes_goals(match: MatchPart) -> bool:
    return any(claim.kind is ClaimKind.OWN_WORDS for claim in match.claims)


def _apart(claims: Iterable[Claim]) -> Iterator[Claim]:
    """Yield claims in which what a mentor wrote stands without what the mentee wrote."""
    for claim in claims:
        is_both = claim.kind is ClaimKind.OWN_WORDS
        yield Claim(ClaimKind.BIO, claim.cells, texts=claim.texts[1:]) if is_both else claim


def _order(match: MatchPart) -> tuple[bool, int, bool, str]:
    """Return where a match stands in a plan: who begins before who goes on, then by date.

    Who offers something too stands after whoever offers it first.
    """
    too = any(claim.kind is ClaimKind.OFFERED_TOO for claim in match.claims)
    days = (claim.codes[0] for claim in match.claims if claim.kind is ClaimKind.FIRST_DAY)
    return bool(match.continues), match.period, too, next(days, "")


def _each_once(matches: list[MatchPart]) -> Iterator[MatchPart]:
    """Yield the matches; what an approach is and the first message stand where they come first."""
    told: set[str] = set()
    is_written = False
    for match in matches:
        approach = match.again if match.approach in told else match.approach
        told.add(match.approach)
        place = f"{match.place}. " if match.place else ""
        yield replace(
            match,
            head=f"{place}{approach}.",
            letter=() if is_written else match.letter,
            then=_then(match, is_written=is_written),
        )
        is_written = is_written or bool(match.letter)


def _then(match: MatchPart, *, is_written: bool) -> str:
    """Return how to begin with somebody where no message is drafted for them."""
    where = {"name": match.short, "when": match.when}
    if match.letter:
        key = "same_way_about" if match.topic else "same_way"
        key = key if match.is_in_reach else f"{key}_once_reached"
        return words.say("page", key, **where, topic=match.topic) if is_written else ""
    return "" if match.continues else words.say("page", "tell_yourself", **where)


def _goals(mentee: Record) -> str:
    goals = mentee.get("goals")
    return words.say("page", "goals", what=said(str(goals))) if goals else ""


FEW_LACKING = 3
"""Things named that nobody asked for and that a network shows little of."""
_HELD = (ClaimKind.HELD, ClaimKind.HELD_IN_PART)


def _page_claims(source: PlanSource, mentee_id: str, situation: Situation) -> Iterator[Claim]:
    """Yield what the plan claims besides its matches."""
    mentee, matches = situation.mentee, source.matches_of.get(mentee_id, ())
    if mentee.get("goals"):
        yield Claim(ClaimKind.GOALS, cells_of("mentees", mentee, ["goals"]))
    cell = Cell("portfolios", mentee_id, "uncovered")
    if situation.open_asked:
        yield Claim(ClaimKind.OPEN_NEED, (cell,), situation.open_asked)
    if lacking := situation.uncovered[situation.n_asked :][:FEW_LACKING]:
        yield Claim(ClaimKind.LITTLE_IN_NETWORK, (cell,), lacking)
    if situation.network:
        contacts = Cell("contacts", mentee_id, "contact_id")
        for kind, held in zip(_HELD, source.held_of(mentee_id), strict=True):
            if held:
                yield Claim(kind, (contacts,), held)
    if unasked := source.not_asked_of_mentors(mentee_id):
        cells = tuple(c for f in unasked for c in source.asked_facets.cells(mentee, f))
        yield Claim(ClaimKind.NOT_ASKED_OF_MENTORS, tuple(dict.fromkeys(cells)), unasked)
    if not matches and mentee_id in source.reason_of:
        cell = Cell("unmatched", mentee_id, "reason")
        yield Claim(ClaimKind.WAITS, (cell,), (source.reason_of[mentee_id],))
    if situation.network:
        yield Claim(ClaimKind.NETWORK, (Cell("contacts", mentee_id, "contact_id"),))
    if not matches:
        yield from lost_claims(source, mentee_id, as_mentor=False)
    yield from earlier_claims(source, mentee_id)
    if source.notes_of.get(mentee_id):
        yield Claim(ClaimKind.NOTES, (Cell("audit_notes", mentee_id, "text"),))


def _said(
    mentee_id: str, matches: tuple[MatchPart, ...], claims: tuple[Claim, ...]
) -> Iterator[SaidClaim]:
    for match in matches:
        for claim in match.claims:
            yield SaidClaim("mentee", mentee_id, match.mentor_id, claim)
    for claim in claims:
        yield SaidClaim("mentee", mentee_id, "", claim)


def _still(claims: tuple[Claim, ...]) -> Iterator[str]:
    for claim in claims:
        if claim.kind in EARLIER:
            yield earlier_words(claim)
        if claim.kind in (*_HELD, ClaimKind.NOT_ASKED_OF_MENTORS, ClaimKind.LITTLE_IN_NETWORK):
            yield words.say("sentences", claim.kind, what=words.facets(claim.codes))


def _first_step(
    source: PlanSource, matches: tuple[MatchPart, ...], network: EgoNetwork | None
) -> str:
    """Return the first action of a plan, with its day where the programme named one."""
    start = words.first_day(source.start_of(1))
    if not matches:
        when = capital(words.when(start, "by"))
        return words.say("steps", "alone", when=when, what=_first_action(matches, network))
    first = matches[0]
    if first.continues:
        return words.say("steps", "go_on_or_end" if first.is_past else "go_on", name=first.name)
    key = "get_in_touch" if first.is_known else "send_message"
    if not first.is_in_reach:
        key = f"{key}_once_reached"
    elif first.needs_yes:
        key = f"{key}_once_{'settled' if first.is_draft else 'agreed'}"
    return words.say(
        "steps",
        key,
        when=capital(words.when(first.first_time, period=first.begins_in)),
        soon=words.how_soon(first.begins_in),
        name=first.name,
    )


def _first_action(matches: tuple[MatchPart, ...], network: EgoNetwork | None) -> str:
    """Return the first action of a plan as a sentence."""
    if matches:
        is_written_to = matches[0].is_in_reach and not matches[0].continues
        return words.say("steps", "write" if is_written_to else "talk", name=matches[0].name)
    if network is None:
        return words.say("steps", "form")
    near = network.by_purpose[network.aim]
    willing = [contact.name for contact in network.contacts if contact.may_be_asked]
    if not willing:
        return words.say("steps", "note_more")
    ask = next((name for name in willing if name in near), willing[0])
    return words.say("steps", "ask_contact", name=ask)


def _nobody(source: PlanSource, mentee_id: str) -> Iterator[str]:
    """Yield that there is no mentor, why, and what happens next."""
    told, reason = spoken()["waiting"], source.reason_of.get(mentee_id)
    if mentee_id not in source.uncovered_of:
        yield told["not_matched"]
        return
    lost = [lost_words(claim) for claim in lost_claims(source, mentee_id, as_mentor=False)]
    yield from lost
    yield told["head_after" if lost else "head"]
    why = {**told["why"], **told["why_after"]} if lost else told["why"]
    # Somebody would have suited: who never heard of it is told no other reason.
    is_hidden = not lost and mentee_id in source.lost[0] and reason in told["why_after"]
    if reason in why and not is_hidden:
        yield why[reason]
    if after := told["stays"].get(reason, told["next"]):
        yield after


def _meanwhile(source: PlanSource, situation: Situation) -> Iterator[str]:
    """Yield what somebody without a mentor can do, as far as it fits them."""
    todo = spoken()["waiting"]["do"]
    fits = {
        "ask": True,
        "answers": bool(_not_said_yet(source, situation.mentee)),
        "sources": bool(next_steps.sources(situation)),
    }
    return (todo[key] for key, holds in fits.items() if holds)


def _invitation(matches: tuple[MatchPart, ...]) -> str:
    if not matches:
        return words.say("page", "not_drawn")
    key = "not_drawn_on" if matches[0].continues else "not_drawn_with"
    return words.say("page", key, name=matches[0].name)


def _benefits(network: EgoNetwork) -> Iterator[tuple[str, str]]:
    """Yield the seven things that a network gives, each with who gives it to this person.

    Nothing where nobody is said to give anything: that is not known then.
    """
    if not any(any(contact.serves) for contact in network.contacts):
        return
    told = spoken()["benefits"]
    for at, benefit in enumerate(NetworkBenefit):
        givers = words.first_of(contact.name for contact in network.contacts if contact.serves[at])
        yield capital(told[benefit]), givers or spoken()["defaults"]["nobody_gives"]


def _notes(source: PlanSource, mentee_id: str) -> Iterator[str]:
    """Yield the strengths and weaknesses that the person wrote down, with whom."""
    for kind in ("strength", "weakness"):
        written = source.notes_of.get(mentee_id, [])
        notes = [n for n in written if n["kind"] == kind and _fits(n.get("text"))]
        texts = [quoted(str(note["text"])) for note in notes]
        who = dict.fromkeys(str(n["co_reviewer"]) for n in notes if n.get("co_reviewer"))
        seen = words.say("notes", "seen", who=words.listing(who)) if who else ""
        if texts:
            yield words.say_many(len(texts), "notes", kind, seen=seen, what="; ".join(texts))


def _fits(text: object) -> bool:
    """Whether a text is there and may be quoted, which is whole."""
    return 0 < len(str(text or "")) <= LONGEST_QUOTE


_PART_OF_A_PLACE = ("horizon", "scope")
"""What says, where a programme has periods, that a match takes no whole place."""


def _not_said_yet(source: PlanSource, mentee: Record) -> list[str]:
    """Return what the person was asked, has not said yet and will be asked by any mentor."""
    unsaid: dict[str, str] = spoken()["unsaid"]
    said_by = {
        **{column: mentee.get(column) for column in unsaid},
        **dict.fromkeys(("topics", "which_topics"), True),
        "needs": mentee.get("knowing")
        or any(mentee.get(f"need_{form}") is not None for form in Knowing),
    }
    own = any("contexts" in group.columns for group in source.config.facets.values())
    told = (words.facet(f"context.{value}") for value in FACET_GROUPS["context"])
    setting = words.say("unsaid", "contexts", contexts=words.listing(told, "or"))
    needs = ("knowing", *(f"need_{form}" for form in Knowing))

    asked_for = source.asked_facets.by(str(mentee["person_id"]))
    said_of = {name.partition(".")[0] for name in asked_for}
    said_by["contexts"] = said_by["contexts"] or said_of - {"purpose", "benefit", "knowing"}
    said_by["purposes"] = said_by["purposes"] or "purpose" in said_of
    said_by["needs"] = said_by["needs"] or "knowing" in said_of

    def asked(what: str) -> bool:
        if what in _PART_OF_A_PLACE and source.config.programme.periods == 1:
            return False
        return source.cohort.asks("mentees", needs if what == "needs" else (what,))

    # Who wrote what they want to reach has said what they would like help with, but in no topic.
    topics = unsaid["which_topics" if mentee.get("goals") else "topics"]
    return [
        (topics if own else setting) if what == "contexts" else unsaid[what]
        for what in unsaid
        if not said_by[what] and asked(what)
    ]


def _good_mentee(mentee: Record, matches: Sequence[MatchPart]) -> list[str]:
    """Return what makes a mentee effective, as far as it is for this person to do.

    What the matches take in all, where it is known of each and no more than was offered.
    """
    offered, told = mentee.get("hours_per_month"), spoken()["sheet"]
    known = [
        (float(claim.codes[0]), match.lasts)
        for match in matches
        for claim in match.claims
        if claim.kind is ClaimKind.HOURS
    ]
    time = told["time_unsaid"]
    most, is_throughout = words.hours_of(known)
    if known and len(known) == len(matches) and (not offered or most <= offered):
        key = "time_in_all" if is_throughout else "time_at_most"
        time = told[key].format(hours=words.hours(most))
    elif offered:
        time = told["time"].format(hours=words.hours(offered))
    whom = told["whom"][min(len(matches), 2)]
    return [line.format(whom=whom, time=time) for line in told["good_mentee"]]


def _reflection(situation: Situation, matches: tuple[MatchPart, ...]) -> list[str]:
    """Return the seven questions for reflection, in our words; the last gives the first action.

    Not where that is the form: the plan begins with it then.
    """
    network, told = situation.network, spoken()["sheet"]
    size = network.size if network else 0
    places = {
        "missing": words.facets(situation.uncovered[:2]) or words.purpose_phrase(Purpose.STRATEGIC),
        "known": words.say_many(size, "sheet", "known", n=words.in_words(size)) if size else "",
        "home": situation.home,
        "in_field": situation.in_field,
        "first_action": capital(_first_action(matches, network)) if matches or network else "",
    }
    return [question.format(**places).rstrip() for question in told["reflection"]]
