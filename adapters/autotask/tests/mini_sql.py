"""Autotask's filter semantics, written again from wire/autotask.md 4.2 and from nothing of the adapter's.

SQL's three values: a comparison with null is unknown, and only what is true is returned. Text ignores case. What the
documents leave open is a variant: whether `contains` knows wildcards, and to which resolution times are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
GROUPS = ("and", "or")
KNOWN = {
    "eq", "noteq", "gt", "gte", "lt", "lte", "beginsWith", "endsWith", "contains", "exist", "notExist", "in", "notIn"
}  # fmt: skip


@dataclass(frozen=True)
class Server:
    """One reading of the documents."""

    wildcards: bool = False
    whole_seconds: bool = False

    def returns(self, filters: list[Any], rows: Iterable[Row]) -> list[Row]:
        """The rows that a query returns."""
        return [row for row in rows if self.all_of(filters, row) is True]

    def all_of(self, items: list[Any], row: Row) -> bool | None:
        values = [self.holds(item, row) for item in items]
        if False in values:
            return False
        return None if None in values else True

    def any_of(self, items: list[Any], row: Row) -> bool | None:
        values = [self.holds(item, row) for item in items]
        if True in values:
            return True
        return None if None in values else False

    def holds(self, clause: Mapping[str, Any], row: Row) -> bool | None:
        op = clause["op"]
        if op in GROUPS:
            return (self.all_of if op == "and" else self.any_of)(clause["items"], row)
        has = value_of(row, clause["field"], custom=clause.get("udf") is True)
        if op not in KNOWN:
            return True  # dropped without a word
        if op in ("exist", "notExist"):
            return (has is not None) == (op == "exist")
        if op in ("in", "notIn"):
            if has is None:
                return None
            return any(self.compare("eq", has, one) for one in clause["value"]) == (op == "in")
        return None if has is None else self.compare(op, has, clause["value"])

    def compare(self, op: str, has: Any, wanted: Any) -> bool:
        one, other = self.comparable(has), self.comparable(wanted)
        match op:
            case "eq":
                return bool(one == other)
            case "noteq":
                return bool(one != other)
            case "gt":
                return bool(one > other)
            case "gte":
                return bool(one >= other)
            case "lt":
                return bool(one < other)
            case "lte":
                return bool(one <= other)
        return self.like(op, str(has).casefold(), str(wanted).casefold())

    def comparable(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return value.casefold().rstrip(" ")  # SQL compares text as if padded with spaces
            return moment.replace(microsecond=0) if self.whole_seconds else moment
        return value

    def like(self, op: str, has: str, wanted: str) -> bool:
        if not self.wildcards:
            plain = {"contains": wanted in has, "beginsWith": has.startswith(wanted), "endsWith": has.endswith(wanted)}
            return plain[op]
        pattern = "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in escaped(wanted))
        front, back = op in ("contains", "endsWith"), op in ("contains", "beginsWith")
        return re.fullmatch(f"{'.*' if front else ''}{pattern}{'.*' if back else ''}", has, re.DOTALL) is not None


def escaped(wanted: str) -> str:
    """A bracket opens a set of letters, which makes a pattern narrower: no client may ever send one."""
    assert "[" not in wanted, "an unsafe text was sent"
    return wanted


def value_of(row: Row, field: str, *, custom: bool) -> Any:
    if custom:
        return next((one["value"] for one in row["userDefinedFields"] if one["name"] == field), None)
    assert field in row, f"500: Unable to find {field}"
    return row[field]


def clauses(items: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    """Every condition of a filter, whatever group it is in."""
    for item in items:
        if item["op"] in GROUPS:
            yield from clauses(item["items"])
        else:
            yield item


def ors(items: Iterable[Any]) -> int:
    """How many OR conditions the vendor counts: members of or-groups, and values of lists."""
    count = 0
    for item in items:
        if item["op"] in GROUPS:
            count += ors(item["items"]) + (len(item["items"]) if item["op"] == "or" else 0)
        elif item["op"] in ("in", "notIn"):
            count += len(item["value"])
    return count
