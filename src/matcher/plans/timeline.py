"""The portfolio over time: who is there for how long, how broadly, and arranged by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.vocabulary import Era, Formality, Horizon, Scope

if TYPE_CHECKING:
    from markupsafe import Markup

    from matcher.plans.network_part import Network
    from matcher.plans.people_part import Together

LEFT, WIDTH, ROW = 170, 640, 24
SPAN = WIDTH - LEFT - 10
ORGANIC_ROWS = 4
"""People of one's own on the timeline; the closest first."""
SHORT_SHARE = 0.34


@dataclass(frozen=True)
class Bar:
    """One person on the timeline, in pixels."""

    label: str
    x: float
    y: float
    width: float
    thick: int
    kind: str
    """Formal or informal."""
    words: str


@dataclass(frozen=True)
class Timeline:
    """Bars with the same in words; `ticks` are x positions with their labels."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    text: str
    height: int
    width: int = WIDTH
    left: int = LEFT

    @property
    def svg(self) -> Markup:
        """The timeline as an inline SVG element."""
        from matcher.plans.plan_figures import timeline_svg

        return timeline_svg(self)


def timeline(matches: list[Together], network: Network | None, periods: int) -> Timeline | None:
    """Return mentors first, then the closest people of one's own; None where there is nobody."""
    rows = [_mentor_row(match, periods) for match in matches]
    rows += _organic_rows(network) if network is not None else []
    if not rows:
        return None
    bars = tuple(
        Bar(label, LEFT + SPAN * begin, 30 + ROW * at, SPAN * length, thick, kind, words)
        for at, (label, begin, length, thick, kind, words) in enumerate(rows)
    )
    return Timeline(
        bars=bars,
        ticks=_ticks(periods),
        text=f"{' '.join(f'{bar.label}: {bar.words}.' for bar in bars)}",
        height=36 + ROW * len(bars),
    )


Row = tuple[str, float, float, int, str, str]


def _ticks(periods: int) -> tuple[tuple[float, str], ...]:
    if periods == 1:
        return ((LEFT, "first months"), (LEFT + SPAN * SHORT_SHARE, "later"))
    return tuple((LEFT + SPAN * k / periods, f"period {k + 1}") for k in range(periods))


def _mentor_row(match: Together, periods: int) -> Row:
    is_short = match.horizon == Horizon.SHORT
    brief = is_short and match.scope == Scope.NARROW
    begin = (match.period - 1) / periods
    length = (1 / periods if periods > 1 and brief else SHORT_SHARE) if is_short else 1.0 - begin
    when = f", from period {match.period}" if periods > 1 else ""
    kind = "informal" if match.formality == Formality.INFORMAL else "formal"
    words = f"{'short' if is_short else 'long'} and {match.scope}{when}, {kind}"
    return (match.name, begin, min(length, 1.0 - begin), _thick(match.scope), kind, words)


def _thick(scope: str) -> int:
    return 5 if scope == Scope.NARROW else 12


def _organic_rows(network: Network) -> list[Row]:
    order = sorted(network.contacts, key=lambda contact: contact.frequency % 4)[:ORGANIC_ROWS]
    rows = []
    for contact in order:
        scope = Scope.BROAD if sum(contact.purposes) > 1 else Scope.NARROW
        begin, length, when = _ERAS.get(contact.era, (0.0, 1.0, ""))
        words = ", ".join(filter(None, ("from your own network", when, str(scope), "informal")))
        rows.append((contact.name, begin, length, _thick(scope), "informal", words))
    return rows


_ERAS = {
    list(Era).index(Era.PAST): (0.0, 0.15, "from before"),
    list(Era).index(Era.PRESENT): (0.0, 1.0, "in touch now"),
    list(Era).index(Era.FUTURE): (SHORT_SHARE, 1.0 - SHORT_SHARE, "for what comes next"),
}
