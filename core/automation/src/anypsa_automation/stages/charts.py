"""Charts: SVG made here, by pure functions. Each has a title and a description; colour is never all that tells values apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from .figures import GOAL, Figures
from .history import Week
from .promoting import Rate

WIDTH: Final = 720
LEFT: Final = 180
RIGHT: Final = 200
LONGEST: Final = 24
"""How many characters of a name are drawn; what is said of it in words has all of them."""
ROW: Final = 28
TOP: Final = 36
LINE: Final = 200
BLUE: Final = "#2a6f97"
RED: Final = "#9b2226"
HALO: Final = 'stroke="#fff" stroke-width="3" paint-order="stroke"'
"""Keeps a text legible above a line."""
EMPTY: Final = f'<text x="{LEFT + 6}" y="{{y}}" {HALO}>nothing to show</text>'
DASHES: Final = ("none", "6 3", "2 3", "8 3 2 3")
"""Tell lines apart that have one colour."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: how long it is (0 to 1; None: nothing was measured), and what it says in words."""

    name: str
    share: float | None
    told: str


def bars(title: str, some: Sequence[Bar], *, marks: Sequence[float] = ()) -> str:
    """A bar for each name, with what it says beside it; `marks` are drawn through all."""
    room, height = WIDTH - LEFT - RIGHT, TOP + ROW * max(1, len(some)) + 8
    parts = [f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>']
    told: list[str] = []
    for place, bar in enumerate(some):
        y, width = TOP + ROW * place, round(room * min(max(bar.share or 0.0, 0.0), 1.0), 1)
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(short(bar.name))}</text>')
        if bar.share is not None:
            parts.append(f'<rect x="{LEFT}" y="{y + 2}" width="{width}" height="{ROW - 10}" fill="{BLUE}"/>')
        told.append(f'<text x="{LEFT + width + 6}" y="{y + 15}" {HALO}>{escape(bar.told)}</text>')
    for mark in marks:
        x = LEFT + round(room * mark, 1)
        parts.append(
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 6}" stroke="{RED}" stroke-dasharray="4 3"/>'
            f'<text x="{x}" y="{TOP - 8}" text-anchor="middle" fill="{RED}">{mark:.0%}</text>'
        )
    parts += told if some else [EMPTY.format(y=TOP + 15)]  # above the marks
    return drawing(title, "; ".join(f"{one.name}: {one.told}" for one in some) or "nothing to show", height, parts)


def short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def lines(title: str, series: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """A line for each name over time, of shares from 0 to 1; a week of which nothing is known leaves a gap."""
    room, height = WIDTH - LEFT - RIGHT, TOP + max(LINE, 18 * len(series)) + 24
    parts = [f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>']
    parts += [
        f'<line x1="{LEFT}" y1="{level(share)}" x2="{WIDTH - RIGHT}" y2="{level(share)}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{level(share) + 4}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.5, 0.8, 0.9, 1.0)
    ]
    for number, (name, shares) in enumerate(series):
        look = f'fill="none" stroke="{BLUE}" stroke-width="2" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        step, side, y = room / max(1, len(shares) - 1), WIDTH - RIGHT + 12, TOP + 6 + 18 * number
        for run in runs([(LEFT + step * place, share) for place, share in enumerate(shares)]):
            parts.append(f'<polyline points="{" ".join(f"{x:.1f},{level(share)}" for x, share in run)}" {look}/>')
            parts += [f'<circle cx="{x:.1f}" cy="{level(share)}" r="3" fill="{BLUE}"/>' for x, share in run]
        parts.append(f'<polyline points="{side},{y} {side + 30},{y}" {look}/>')
        parts.append(f'<text x="{side + 36}" y="{y + 4}">{escape(short(name))}</text>')
    if not series:
        parts.append(EMPTY.format(y=level(0.5) - 4))
    told = "; ".join(
        f"{name}: {', '.join('none' if one is None else f'{one:.0%}' for one in some)}" for name, some in series
    )
    return drawing(title, told or "nothing to show", height, parts)


def level(share: float) -> float:
    return round(TOP + LINE * (1 - share), 1)


def runs(points: Sequence[tuple[float, float | None]]) -> Sequence[Sequence[tuple[float, float]]]:
    """What lies between gaps."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, share in points:
        if share is None:
            found.append([])
        else:
            found[-1].append((x, share))
    return [run for run in found if run]


def drawing(title: str, told: str, height: float, parts: Sequence[str]) -> str:
    """A picture that says in words what it shows."""
    key = "".join(char if char.isalnum() else "-" for char in title.casefold())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="system-ui, sans-serif" font-size="13">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def charts(figures: Figures) -> Mapping[str, str]:
    """The charts of a week by name: "approval", "agreement", "shares" and "billing". Each is one SVG, without script."""
    return {
        "approval": approval_chart(figures),
        "agreement": agreement_chart(figures),
        "shares": shares_chart(figures),
        "billing": billing_chart(figures),
    }


def approval_chart(figures: Figures) -> str:
    """How often each category was right in the week, with the bounds of demotion and promotion."""
    some = [Bar(one.category, one.rate.share, f"{one.rate} at {one.stage}") for one in figures.categories]
    return bars("Right in the week", some, marks=(0.8, 0.9))


def agreement_chart(figures: Figures) -> str:
    """How often predictions were what people did, by category and field."""
    some = [
        Bar(f"{one.category}: {name}", rate.share, str(rate))
        for one in figures.categories
        for name, rate in sorted(one.agreed.items())
    ]
    return bars("Predicted as people did", some)


def shares_chart(figures: Figures) -> str:
    """Which share of tickets the automation closes itself and answers within a minute, and of time entries is exact."""
    time = Rate(figures.time.exact, figures.time.sampled)
    told = {"closed by itself": figures.autonomous, "first answer in 60 s": figures.responded, "exact time": time}
    return bars("Shares of the week", [Bar(name, one.share, str(one)) for name, one in told.items()], marks=GOAL)


def billing_chart(figures: Figures) -> str:
    """How many hours were worked and billed, by the kind of contract."""
    most = max((max(one.worked, one.billed) for one in figures.billing.values()), default=Decimal(0)) or Decimal(1)
    some = [
        Bar(f"{kind.replace('_', ' ')}, {what}", float(hours / most), f"{hours:.2f} h")
        for kind, one in sorted(figures.billing.items())
        for what, hours in (("worked", one.worked), ("billed", one.billed))
    ]
    return bars("Hours by contract", some)


def trend_chart(weeks: Sequence[Week]) -> str:
    """How often each category was right, week by week."""
    names = sorted({name for one in weeks for name in one.rates})
    return lines("Right by week", [(name, [share_of(one.rates.get(name)) for one in weeks]) for name in names])


def share_of(rate: Rate | None) -> float | None:
    return None if rate is None else rate.share
