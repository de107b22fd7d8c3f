"""Charts: SVG made here, by pure functions. Each has a title and a description; colour is never all that tells values apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from .figures import Figures

WIDTH: Final = 640
LEFT: Final = 180
RIGHT: Final = 60
ROW: Final = 28
TOP: Final = 36
LINE: Final = 200


def bars(title: str, shares: Sequence[tuple[str, float | None, str]], *, marks: Sequence[float] = ()) -> str:
    """A bar for each name and share (0 to 1; None: nothing was measured), with what it says; `marks` are drawn through all."""
    room, height = WIDTH - LEFT - RIGHT, TOP + ROW * max(1, len(shares)) + 8
    parts = [f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>']
    for place, (name, share, _) in enumerate(shares):
        y = TOP + ROW * place
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        if share is not None:
            width = round(room * min(max(share, 0.0), 1.0), 1)
            parts.append(f'<rect x="{LEFT}" y="{y + 2}" width="{width}" height="{ROW - 10}" fill="#2a6f97"/>')
        end = LEFT + (0 if share is None else round(room * min(max(share, 0.0), 1.0), 1)) + 6
        parts.append(f'<text x="{end}" y="{y + 15}">{escape("none" if share is None else f"{share:.0%}")}</text>')
    for mark in marks:
        x = LEFT + round(room * mark, 1)
        parts.append(
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 6}" stroke="#9b2226" stroke-dasharray="4 3"/>'
            f'<text x="{x}" y="{TOP - 8}" text-anchor="middle" fill="#9b2226">{mark:.0%}</text>'
        )
    return drawing(title, "; ".join(f"{name}: {told}" for name, _, told in shares) or "nothing to show", height, parts)


def lines(title: str, series: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """A line for each name over time, of shares from 0 to 1; a week of which nothing is known leaves a gap."""
    room, height = WIDTH - LEFT - RIGHT, TOP + LINE + 24
    dashes = ("", "6 3", "2 3", "8 3 2 3")
    parts = [f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>']
    parts += [
        f'<line x1="{LEFT}" y1="{level(share)}" x2="{WIDTH - RIGHT}" y2="{level(share)}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{level(share) + 4}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.5, 0.8, 0.9, 1.0)
    ]
    for number, (name, shares) in enumerate(series):
        step = room / max(1, len(shares) - 1)
        dash = dashes[number % len(dashes)]
        for run in runs([(LEFT + step * place, share) for place, share in enumerate(shares)]):
            points = " ".join(f"{x:.1f},{level(share)}" for x, share in run)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="#2a6f97" stroke-width="2" stroke-dasharray="{dash}"/>'
            )
        parts.append(f'<text x="8" y="{TOP + 16 + 18 * number}">{escape(name)}{f" ({dash})" if dash else ""}</text>')
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


def approval_chart(figures: Figures) -> str:
    """How often each category was right in the week, with the bounds of demotion and promotion."""
    shares = [(one.category, one.rate.share, f"{one.rate} at {one.stage}") for one in figures.categories]
    return bars("Right in the week", shares, marks=(0.8, 0.9))
