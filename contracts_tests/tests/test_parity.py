"""The same world seen through two adapters is equal, field by field, in every neutral field that both have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vendors import OPEN, VENDORS

import anypsa
from anypsa.models import Sort
from anypsa_sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs/reference/parity.md"
ENTITIES = ("tickets", "companies", "contacts", "assets", "technicians", "queues")
# Ids are the vendor's own; what they point to is compared by name.
NAMED = {Sort.CHOICE, Sort.REFERENCE}


def seen(running: Callable[[str, int], Sandbox], vendor: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Every entity's records by the words that people know them by, field by field."""
    with anypsa.connect(vendor, **running(vendor, 400).settings, **OPEN) as psa:
        return {entity: {name(one): plain(psa, entity, one) for one in listed(psa, entity)} for entity in ENTITIES}


def listed(psa: anypsa.Psa, entity: str) -> list[Any]:
    if entity == "tickets":
        return list(psa.tickets.list(expand=["company", "contact", "assignee"]))
    return list(getattr(psa, entity).list())


def name(record: Any) -> str:
    """What identifies a record in the world, whatever a vendor numbers it."""
    match record:
        case anypsa.Ticket() | anypsa.Contact() | anypsa.Asset():
            return record.id
    return str(record.name)


def plain(psa: anypsa.Psa, entity: str, record: Any) -> dict[str, Any]:
    table = psa.context.adapter.tables[type(record).__name__.lower()]
    return {
        field: comparable(table.kind.traits[field].sort, getattr(record, field))
        for field, one in table.by_name.items()
        if field != "id" and one.listed
    }


def comparable(sort: Sort, value: Any) -> Any:
    if sort is Sort.REFERENCE:
        return None if value is None else value.name
    return value.label if sort is Sort.CHOICE and value is not None else value


def differences(running: Callable[[str, int], Sandbox]) -> dict[str, dict[str, str]]:
    """Per entity, the fields in which the two differ, and how."""
    worlds = {vendor: seen(running, vendor) for vendor in VENDORS}
    (one, left), (other, right) = worlds.items()
    told: dict[str, dict[str, str]] = {}
    for entity in ENTITIES:
        assert left[entity].keys() == right[entity].keys()
        fields = {field for record in left[entity].values() for field in record}
        others = {field for record in right[entity].values() for field in record}
        told[entity] = {
            **dict.fromkeys(fields - others, f"only {one}'s lists have it"),
            **dict.fromkeys(others - fields, f"only {other}'s lists have it"),
            **{
                field: "they differ"
                for field in fields & others
                if any(left[entity][key][field] != right[entity][key][field] for key in left[entity])
            },
        }
    return told


def page(told: dict[str, dict[str, str]]) -> str:
    """The page of the docs that tells what differs."""
    lines = [
        "# What differs between the adapters\n",
        "Written by `contracts_tests/tests/test_parity.py`, which lists the same world through both. Fields that are not",
        "named here are equal, record by record.\n",
        "| entity | field | |",
        "| --- | --- | --- |",
    ]
    for entity, fields in told.items():
        lines += [f"| {entity} | `{field}` | {what} |" for field, what in sorted(fields.items())]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def told(running: Callable[[str, int], Sandbox]) -> dict[str, dict[str, str]]:
    return differences(running)


def test_what_both_have_is_equal_but_for_ticket_numbers(told: dict[str, dict[str, str]]) -> None:
    """HaloPSA's ticket number is its id; the world's number is Autotask's."""
    unequal = {
        (entity, field) for entity, fields in told.items() for field, what in fields.items() if what == "they differ"
    }

    assert unequal == {("tickets", "number")}


def test_the_docs_tell_what_differs(told: dict[str, dict[str, str]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(told), "run: uv run python contracts_tests/tests/write_parity.py"
