"""Words: what a plan says on its ticket. Whoever approves sees all of what would happen, and nothing that imitates it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..effects import Action
from ..outbox import TARGET, Item
from .base import Plan, PlanEvent, PlanStage

LONGEST: Final = 30_000
"""Vendors store notes of about so many characters. A plan that says more cannot be shown whole, and is not proposed."""
CONTENT: Final = ("attachment", "content")
WHEN: Final = "%Y-%m-%d %H:%M UTC"
TOLD: Final[Mapping[PlanStage, str]] = {
    PlanStage.APPROVED: "was approved by {decider}; it runs next",
    PlanStage.DENIED: "was denied by {decider}; nothing is done",
    PlanStage.EXPIRED: "expired before it was approved and begun; nothing is done",
    PlanStage.SUPERSEDED: "was superseded by another one; nothing of it is done",
    PlanStage.VOID: "is void, and nothing is done",
    PlanStage.FAILED: "ran, and not all of it could be done",
}


def proposal(plan: Plan, link: str | None = None, *, replies: bool = True) -> str:
    """The note that asks for a decision: by a reply, where those count, or by a link."""
    until = f"until {plan.expires:{WHEN}}"
    ways = []
    if replies:
        begins = f"by an internal note that begins with one of these, {until}"
        ways.append(f"{begins}:\n    approve {plan.code}\n    deny {plan.code}\n")
    if link is not None:
        ways.append(f"signed in as yourself, {until}: {link}\n")
    decide = "\nOr ".join(ways)
    return readable(
        f"Plan {plan.code}: nothing is changed yet.\n\n"
        f"{contents(plan)}\n\n"
        f"The technician whom this ticket is assigned to decides, {decide}\n"
        f"It was made by {plan.actor or 'an automation'}. Its digest is {plan.digest}."
    )


def contents(plan: Plan) -> str:
    """Why a plan was made, and all that it would do."""
    operations = "\n".join(line for place, item in enumerate(plan.items, 1) for line in described(place, item, plan))
    return f"Why:\n{quoted(plan.why)}\n\nIt would:\n{operations}"


def announcement(plan: Plan, stage: PlanStage) -> str:
    """The note that tells what became of a plan."""
    text = TOLD[stage].format(decider=plan.decider or plan.actor or "the automation itself")
    reason = f" ({' '.join(plan.reason.split())})" if plan.reason else ""
    return readable(f"Plan {plan.code} {text}{reason}.")


def refusal(plan: Plan, line: PlanEvent) -> str:
    """The note that tells that an answer did not count. Names are others' words: they stay on one line."""
    who = " ".join(line.actor.split()) if line.actor else "somebody"
    return readable(f"Plan {plan.code}: an answer by {who[:100]} does not count: {line.reason}.")


def described(place: int, item: Item, plan: Plan) -> Iterator[str]:
    """An operation in words, each value whole and on lines of its own."""
    record = item.record or (f"what {numbered(plan, item.links[TARGET])} makes" if TARGET in item.links else "")
    yield f"{place}. {item.action} {item.entity} {record}".rstrip()
    for name, value in item.values.items():
        text = content(value) if (item.entity, name) == CONTENT else shown(value)
        yield f"   {name}:\n{quoted(text)}"
    for name, id in item.links.items():
        if name != TARGET:
            yield f"   {name}: what {numbered(plan, id)} makes"
    if item.action == Action.DELETE:
        yield "   The record is gone for good."


def numbered(plan: Plan, id: str) -> str:
    """The place of another operation of the same plan."""
    places = {item.id: str(place) for place, item in enumerate(plan.items, 1)}
    return places.get(id, f"item {id}")


def shown(value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("label", "label or id"):
        value = next(iter(value.values()))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def content(value: str) -> str:
    """What there is to say of a file."""
    held = b64decode(value)
    return f"{len(held)} bytes, SHA-256 {hashlib.sha256(held).hexdigest()}"


def readable(text: str) -> str:
    """A text that every database and every vendor takes, and that shows what it is: lines, and no other control."""
    kept = (char if char.isprintable() or char in "\n\t" else " " for char in text)
    return "".join(kept).encode("utf-8", "replace").decode().strip()


def quoted(text: str) -> str:
    """A text set apart, so that no line of it can pass for one of ours."""
    return "\n".join(f"   | {line}" for line in text.splitlines() or [""])
