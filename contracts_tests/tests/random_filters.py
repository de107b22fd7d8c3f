"""Random filters in JSON form, and an evaluation of them over the world's neutral rows that shares no code with ours."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vendors import Vendor

TEXT = {
    "number": "number",
    "title": "title",
    "description": "description",
    "external_id": "external_id",
    "resolution": "resolution",
}
CHOICE = ("status", "priority", "queue", "type", "category", "subcategory", "source")
REFERENCE = {
    "company": "company",
    "contact": "contact",
    "asset": "asset",
    "assignee": "assignee",
    "contract": "contract",
}
MOMENT = ("created", "updated", "due", "closed")
CUSTOM = ("Site Code", "Badge (old)")  # texts: records hold ids of what is a list
TEXT_OPS = ("eq", "ne", "contains", "startsWith", "endsWith", "in", "notIn", "isNull", "isNotNull", "lt", "gte")
EXACT_OPS = ("eq", "ne", "in", "notIn", "isNull", "isNotNull")
ORDER_OPS = ("eq", "ne", "lt", "lte", "gt", "gte", "between", "isNull", "isNotNull")
DEEPEST = 4

Row = Mapping[str, Any]


class Generator:
    """Draws filters whose values come from the world, so that they match something."""

    def __init__(self, rows: Sequence[Row], seed: int, facts: Vendor) -> None:
        self.rows = rows
        self.random = random.Random(seed)
        self.facts = facts
        self.texts = [name for name in TEXT if name not in facts.without]
        self.choices = [name for name in CHOICE if name not in facts.without]
        self.references = [name for name in REFERENCE if name not in facts.without]

    def filter(self, depth: int = DEEPEST) -> dict[str, Any]:
        """A filter at most `depth` deep."""
        roll = self.random.random()
        if depth <= 1 or roll < 0.4:
            return self.leaf()
        if roll < 0.5:
            return {"op": "not", "item": self.filter(depth - 1)}
        items = [self.filter(depth - 1) for _ in range(self.random.randint(1, 3))]
        return {"op": self.random.choice(("and", "or")), "items": items}

    def leaf(self) -> dict[str, Any]:
        kind: Callable[[], dict[str, Any]] = self.random.choice(
            (
                self.text,
                self.text,
                self.custom,
                self.choice,
                self.choice,
                self.reference,
                self.moment,
                self.state,
                self.duration,
            )
        )
        return kind()

    def text(self) -> dict[str, Any]:
        name = self.random.choice(self.texts)
        return self.textual({"field": name}, lambda row: row[TEXT[name]])

    def custom(self) -> dict[str, Any]:
        if "custom" in self.facts.without:
            return self.text()
        name = self.random.choice(CUSTOM)
        return self.textual({"field": name, "custom": True}, lambda row: row["custom"].get(name))

    def textual(self, leaf: dict[str, Any], value: Callable[[Row], str | None]) -> dict[str, Any]:
        op = self.random.choice(TEXT_OPS)
        values = [found for row in self.random.choices(self.rows, k=8) if (found := value(row))] or ["nothing at all"]
        if op in ("isNull", "isNotNull"):
            return {**leaf, "op": op}
        if op in ("in", "notIn"):
            return {**leaf, "op": op, "value": [self.case(one) for one in values[:3]]}
        return {**leaf, "op": op, "value": self.piece(op, values[0])}

    def piece(self, op: str, text: str) -> str:
        if op not in ("contains", "startsWith", "endsWith"):
            return self.case(text)
        start = self.random.randrange(len(text))
        end = self.random.randint(start + 1, len(text))
        cut = {"startsWith": text[:end], "endsWith": text[start:]}.get(op, text[start:end])
        return self.case(cut)

    def case(self, text: str) -> str:
        return self.random.choice((text, text.upper(), text.lower(), text))

    def choice(self) -> dict[str, Any]:
        name = self.random.choice(self.choices)
        labels = [str(row[name]).rpartition(" > ")[2] for row in self.random.choices(self.rows, k=6) if row[name]]
        return self.exact({"field": name}, [self.case(label) for label in labels] or [])

    def reference(self) -> dict[str, Any]:
        name = self.random.choice(self.references)
        found = [row[REFERENCE[name]] for row in self.random.choices(self.rows, k=6)]
        return self.exact({"field": name}, [self.facts.id(name, one) for one in found if one is not None])

    def exact(self, leaf: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
        op = self.random.choice(EXACT_OPS)
        if op in ("isNull", "isNotNull") or not values:
            return {**leaf, "op": op if op in ("isNull", "isNotNull") else "isNull"}
        return {**leaf, "op": op, "value": list(values[:3]) if op in ("in", "notIn") else values[0]}

    def state(self) -> dict[str, Any]:
        op = self.random.choice(("eq", "ne", "in", "notIn"))
        states = self.random.sample(("open", "closed", "waiting"), k=2)
        return {"field": "state", "op": op, "value": states if op in ("in", "notIn") else states[0]}

    def moment(self) -> dict[str, Any]:
        name = self.random.choice(MOMENT)
        found = [row[name] for row in self.random.choices(self.rows, k=8) if row[name]] or [
            datetime.fromisoformat("2026-03-01T00:00:00Z")
        ]
        nudge = timedelta(milliseconds=self.random.choice((0, 0, 1, -1, 500, 86_400_000)))
        return self.ordered({"field": name}, sorted(one + nudge for one in found), datetime.isoformat)

    def duration(self) -> dict[str, Any]:
        found = [row["estimated_hours"] for row in self.random.choices(self.rows, k=8) if row["estimated_hours"]]
        return self.ordered({"field": "estimate"}, sorted(found or [0.5]), float)

    def ordered(self, leaf: dict[str, Any], values: Sequence[Any], plain: Callable[[Any], Any]) -> dict[str, Any]:
        op = self.random.choice(ORDER_OPS)
        if op in ("isNull", "isNotNull"):
            return {**leaf, "op": op}
        return {
            **leaf,
            "op": op,
            "value": [plain(values[0]), plain(values[-1])] if op == "between" else plain(values[0]),
        }


def holds(form: Mapping[str, Any], row: Row, facts: Vendor) -> bool:
    """Whether a row matches, by the words of the query language's documentation."""
    op = form["op"]
    if op == "and":
        return all(holds(item, row, facts) for item in form["items"])
    if op == "or":
        return any(holds(item, row, facts) for item in form["items"])
    if op == "not":
        return not holds(form["item"], row, facts)
    return compared(op, has(form, row, facts), form.get("value"), form)


def has(form: Mapping[str, Any], row: Row, facts: Vendor) -> Any:
    name = form["field"]
    if form.get("custom"):
        return row["custom"].get(name) or None
    if name == "state":
        return "closed" if row["status"] == "Complete" else "open"
    if name == "estimate":
        return row["estimated_hours"]
    if name in REFERENCE:
        return facts.id(name, row[REFERENCE[name]])
    value = row[TEXT.get(name, name)]
    return (
        value.rpartition(" > ")[2] if name in CHOICE and value is not None else value or (value if value == 0 else None)
    )


def compared(op: str, value: Any, wanted: Any, form: Mapping[str, Any]) -> bool:
    if op == "isNull":
        return value is None
    if op == "isNotNull":
        return value is not None
    if op in ("ne", "notIn"):
        return not compared({"ne": "eq", "notIn": "in"}[op], value, wanted, form)
    if value is None:
        return False
    value, wanted = comparable(value), comparable(wanted)
    tests: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == wanted,
        "in": lambda: value in wanted,
        "contains": lambda: wanted in value,
        "startsWith": lambda: value.startswith(wanted),
        "endsWith": lambda: value.endswith(wanted),
        "lt": lambda: value < wanted,
        "lte": lambda: value <= wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
        "between": lambda: wanted[0] <= value <= wanted[1],
    }
    return tests[op]()


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [comparable(one) for one in value]
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value.casefold()
        return moment if moment.tzinfo is not None else value.casefold()
    return value
