"""Checks before a write: what the tenant's metadata and the vendor's known rules say will be refused, told at once and
by name, before anything is sent (wire/autotask.md 3.3, 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from anypsa.errors import Invalid, Problem
from anypsa.spi import CustomField, Option, Table

from .metadata import Fields

# Demanded in practice, whatever metadata says: it is known to be incomplete (9).
DEMANDED: Final[Mapping[str, Sequence[str]]] = {
    "ticket": ("title", "company", "status", "priority"),
    "company": ("name", "kind", "owner", "phone"),
    "contact": ("company", "first_name", "last_name", "active"),
    "asset": ("company", "product_id", "active"),
    "time_entry": ("technician", "worked_on", "role"),
    "contract": ("company", "name", "type", "starts", "ends", "status"),
    "location": ("company", "name"),
    "article": ("title", "category", "audience"),
}
HINTS: Final[Mapping[str | None, str]] = {
    "product_id": "Name the product, or set default_product in the settings or the profile.",
    "priority": "This tenant has no default priority: name one.",
}


def before_create(table: Table, body: Mapping[str, Any], known: Fields) -> None:
    """Raises `Invalid` with all that would be refused in a new record."""
    refuse(f"create a {table.name}", [*missing(table, body, known), *too_long(table, body, known)])


def before_update(table: Table, id: str, body: Mapping[str, Any], known: Fields) -> None:
    """Raises `Invalid` with all that would be refused, or ignored, in a change."""
    problems = [*cleared(table, body, known), *read_only(table, body, known), *too_long(table, body, known)]
    refuse(f"update {table.name} {id}", problems)


def refuse(tried: str, problems: Sequence[Problem]) -> None:
    if problems:
        hint = next((HINTS[name] for problem in problems if (name := problem.field) in HINTS), None)
        raise Invalid(tried, problems=problems, hint=hint or "Nothing was sent.")


def missing(table: Table, body: Mapping[str, Any], known: Fields) -> Iterator[Problem]:
    """What a new record cannot do without."""
    wires = {table.by_name[name].wire for name in DEMANDED.get(table.name, ())}
    wires |= {table.by_name[table.parent].wire} if table.parent else set()
    wires |= {one.name for one in known.facts.values() if one.required and not one.read_only}
    given = {wire.casefold() for wire, value in body.items() if value is not None}
    for wire in sorted(wires):
        if wire.casefold() not in given and wire.casefold() != table.by_name["id"].wire.casefold():
            allowed = tuple(option.label for option in known.of(wire) if option.active)
            yield Problem(neutral(table, wire), "is required", allowed=allowed)


def cleared(table: Table, body: Mapping[str, Any], known: Fields) -> Iterator[Problem]:
    """What a record cannot lose."""
    for wire, value in body.items():
        facts = known.get(wire)
        if value is None and facts is not None and facts.required:
            yield Problem(neutral(table, wire), "is required, so it cannot be cleared")


def read_only(table: Table, body: Mapping[str, Any], known: Fields) -> Iterator[Problem]:
    """What the vendor would take and ignore."""
    for wire in body:
        facts = known.get(wire)
        if facts is not None and facts.read_only and wire.casefold() != table.by_name["id"].wire.casefold():
            yield Problem(neutral(table, wire), "is read-only in this tenant, so it would be ignored")


def too_long(table: Table, body: Mapping[str, Any], known: Fields) -> Iterator[Problem]:
    """Texts beyond the vendor's length."""
    for wire, value in body.items():
        facts = known.get(wire)
        if facts is None or facts.length is None or facts.type != "string":
            continue
        if isinstance(value, str) and len(value) > facts.length:
            yield Problem(neutral(table, wire), f"is {len(value)} characters long, and {facts.length} are allowed")


def neutral(table: Table, wire: str) -> str:
    """Our name for one of the vendor's fields."""
    return table.neutral_names.get(wire.casefold(), wire)


# User-defined fields


def customs(table: Table, given: Mapping[str, str | None], known: Sequence[CustomField]) -> list[dict[str, Any]]:
    """The list that the vendor wants: the named fields alone, their neighbours stay as they are. Values of a list are
    named by label or id; raises `Invalid` for what the tenant does not have."""
    by_name = {one.name.casefold(): one for one in known}
    wanted: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for name, value in given.items():
        field = by_name.get(name.casefold())
        if field is None:
            problems.append(Problem(name, "there is no such custom field", allowed=tuple(one.name for one in known)))
            continue
        try:
            wanted.append({"name": field.name, "value": None if value is None else custom(field, value)})
        except ValueError as reason:
            allowed = tuple(option.label for option in field.options if option.active)
            problems.append(Problem(name, str(reason), value=value, allowed=allowed))
    refuse(f"write the custom fields of a {table.name}", problems)
    return wanted


def custom(field: CustomField, value: str) -> str:
    """One value as the vendor wants it; raises ValueError with what is wrong."""
    if field.options:
        return picked(field.options, value)
    check = TYPES.get(field.type.casefold())
    if check is not None:
        try:
            check(value)
        except (ValueError, ArithmeticError):
            raise ValueError(f"wants {field.type}, not {value!r}") from None
    return value


def picked(options: Sequence[Option], value: str) -> str:
    labelled = [one for one in options if one.label.strip().casefold() == value.strip().casefold()]
    fitting = labelled or [one for one in options if one.id == value]
    active = [one for one in fitting if one.active]
    if len(active) != 1:
        raise ValueError(f"{value!r} is {'inactive' if fitting and not active else 'not one value of its list'}")
    return active[0].id


TYPES: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": int,
    "long": int,
    "double": Decimal,
    "decimal": Decimal,
    "number": Decimal,
    "numeric": Decimal,
    "date": datetime.fromisoformat,
    "datetime": datetime.fromisoformat,
}
