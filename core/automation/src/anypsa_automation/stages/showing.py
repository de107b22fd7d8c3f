"""Showing: figures and comparisons as plain values and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from .figures import GOAL, Figures, Satisfaction
from .promoting import Rate
from .replay import Compared, Replayed

HEAD: Final = ("category", "stage", "right", "approved", "denied", "by itself", "undone", "predicted")
NOTHING: Final = Rate(0, 0)


def plain(figures: Figures) -> Mapping[str, Any]:
    """The figures as JSON holds them."""
    return {
        "tenant": figures.tenant,
        "since": figures.since.isoformat(),
        "until": figures.until.isoformat(),
        "categories": [
            {
                "category": one.category,
                "stage": one.stage,
                "rate": shares(one.rate),
                "approved": one.approved,
                "denied": one.denied,
                "by_itself": one.by_itself,
                "undone": one.undone,
                "predicted": one.predicted,
                "agreed": {name: shares(rate) for name, rate in one.agreed.items()},
            }
            for one in figures.categories
        ],
        "time": {
            "sampled": figures.time.sampled,
            "exact": figures.time.exact,
            "worst_seconds": figures.time.worst.total_seconds(),
            "entries": list(figures.time.entries),
        },
        "billing": {
            kind: {"entries": one.entries, "worked": f"{one.worked:.2f}", "billed": f"{one.billed:.2f}"}
            for kind, one in figures.billing.items()
        },
        "autonomous": shares(figures.autonomous),
        "first_response_seconds": None if figures.first_response is None else figures.first_response.total_seconds(),
        "responded_within_a_minute": shares(figures.responded),
        "satisfaction": None if figures.satisfaction is None else satisfied(figures.satisfaction),
        "absent": dict(figures.absent),
    }


def satisfied(one: Satisfaction) -> Mapping[str, Any]:
    return {
        "automation": f"{one.touched:.2f}",
        "of": one.touched_of,
        "people": f"{one.others:.2f}",
        "people_of": one.others_of,
        "delta": f"{one.delta:+.2f}",
    }


def shares(rate: Rate) -> Mapping[str, float | int | None]:
    return {"right": rate.right, "of": rate.of, "share": rate.share}


def rows(figures: Figures) -> Sequence[Sequence[str]]:
    """One row for each category, in the order of `HEAD`."""
    return [
        (one.category, one.stage, str(one.rate), *map(str, (one.approved, one.denied, one.by_itself, one.undone)),
         str(one.predicted))
        for one in figures.categories
    ]  # fmt: skip


def lines(figures: Figures) -> Sequence[str]:
    """What there is beside the categories, one sentence each."""
    time, seconds = figures.time, figures.first_response
    worst = f", the worst is off by {time.worst.total_seconds():.0f} s" if time.sampled > time.exact else ""
    billing = [
        f"Billing, {kind.replace('_', ' ')}: {one.worked:.2f} h worked and {one.billed:.2f} h billed in {one.entries} entries."
        for kind, one in sorted(figures.billing.items())
    ]
    middle = 0 if seconds is None else seconds.total_seconds()
    response = [f"First response: {middle:.0f} s in the middle, {figures.responded} within a minute."]
    return [
        f"Closed by the automation itself: {figures.autonomous} tickets; {GOAL[0]:.0%} to {GOAL[1]:.0%} is the goal.",
        f"Time entries stored as sent: {time.exact} of a random {time.sampled}{worst}.",
        *billing,
        *(response if seconds is not None else ()),
        *(rated(figures.satisfaction) if figures.satisfaction is not None else ()),
        *(f"{name.capitalize()}: not measured, since {why}." for name, why in figures.absent.items()),
    ]


def rated(one: Satisfaction) -> Sequence[str]:
    mine, others = f"{one.touched:.2f} of {one.touched_of} ratings", f"{one.others:.2f} of {one.others_of}"
    return [f"Satisfaction: {mine} where the automation wrote, {others} where only people did: {one.delta:+.2f}."]


def markdown(figures: Figures) -> str:
    """The figures as a page."""
    head = f"# {cell(figures.tenant)}, {figures.since:%Y-%m-%d} to {figures.until:%Y-%m-%d}"
    agreed = agreement({one.category: one.agreed for one in figures.categories if one.agreed})
    told = [f"- {line}" for line in lines(figures)]
    return "\n".join([head, "", *table(HEAD, rows(figures)), "", *agreed, *told, ""])


def agreement(found: Mapping[str, Mapping[str, Rate]]) -> Sequence[str]:
    """How often predictions were what people did, as lines of a table; none if nothing is known."""
    told = [(category, name, str(one)) for category, fields in found.items() for name, one in sorted(fields.items())]
    return [*table(("category", "field", "predicted as people did"), told), ""] if told else []


def compared(found: Compared) -> str:
    """What a changed function would do, before and after, as a table."""
    names = sorted({*found.before, *found.after})
    told = [(name, *(str(some.get(name, NOTHING)) for some in (found.before, found.after))) for name in names]
    return "\n".join([*table(("field", "before", "after"), told), ""])


def replayed(found: Replayed) -> str:
    """What a changed policy would decide, before and after, as a table."""
    told = [(before, after, str(count)) for (before, after), count in sorted(found.verdicts.items())]
    return "\n".join([*table(("before", "after", "writes"), told), ""])


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> Sequence[str]:
    """The lines of a Markdown table."""
    return [
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *(f"| {' | '.join(map(cell, row))} |" for row in body),
    ]


def cell(text: str) -> str:
    """A text that neither ends a cell of a table nor begins markup: categories are the tenant's words."""
    return "".join(f"\\{char}" if char in "\\|<>[]*_`#" else char for char in text if char.isprintable())
