"""The same world seen through every adapter is equal, field by field, in every neutral field that two have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from vendors import OPEN, VENDORS, cut

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
    return list(getattr(psa, entity).list(expand=RELATIONS.get(entity, ())))


RELATIONS = {"tickets": ("company", "contact", "assignee"), "contacts": ("company",), "assets": ("company",)}


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
        return None if not value else value.name if value.record is None else value.record.name
    return value.label if sort is Sort.CHOICE and value else value


Told = dict[str, dict[str, dict[str, str]]]
HAS, OTHER, LACKS = "yes", "another", "-"


def differences(running: Callable[[str, int], Sandbox]) -> Told:
    """Per entity, the fields that not all have alike; and per vendor whether its lists have it, with the value of the
    first that has it, or another."""
    worlds = {vendor: seen(running, vendor) for vendor in VENDORS}
    told: Told = {}
    for entity in ENTITIES:
        views = {vendor: {**world[entity]} for vendor, world in worlds.items()}
        keys = set.intersection(*(set(view) for view in views.values()))
        added = {vendor: set(view) - keys for vendor, view in views.items()}
        assert {vendor: names for vendor, names in added.items() if names} == ADDED.get(entity, {})
        fields = sorted({field for view in views.values() for record in view.values() for field in record})
        rows = {field: compared(views, keys, field) for field in fields}
        told[entity] = {field: row for field, row in rows.items() if set(row.values()) != {HAS}}
    return told


ADDED = {"queues": {"connectwise": {"Unsorted"}}}
"""Records that a vendor has and the world has not."""


def compared(views: dict[str, dict[str, dict[str, Any]]], keys: set[str], field: str) -> dict[str, str]:
    """What each vendor tells of a field."""
    having = [vendor for vendor, view in views.items() if field in view[min(keys)]]
    resolution = max(VENDORS[vendor].resolution for vendor in having)
    values = {vendor: [as_told(views[vendor][key][field], resolution) for key in sorted(keys)] for vendor in having}
    first = values[having[0]]
    return {vendor: LACKS if vendor not in having else HAS if values[vendor] == first else OTHER for vendor in views}


def as_told(value: Any, resolution: timedelta) -> Any:
    """A value, as finely as all tell times."""
    return cut(value, resolution) if isinstance(value, datetime) else value


def page(told: Told) -> str:
    """The page of the docs that tells what differs."""
    lines = [
        "# What differs between the adapters\n",
        "Written by `contracts_tests/tests/test_parity.py`, which lists the same world through all of them. Fields that are",
        "not named here are equal, record by record (times as finely as all tell them). *yes*: lists have it, with the same",
        "value; *another*: with a value of its own; *-*: lists do not have it.\n",
        f"| entity | field | {' | '.join(VENDORS)} |",
        f"| --- | --- |{' --- |' * len(VENDORS)}",
    ]
    for entity, fields in told.items():
        lines += [f"| {entity} | `{field}` | {' | '.join(row.values())} |" for field, row in fields.items()]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def told(running: Callable[[str, int], Sandbox]) -> Told:
    return differences(running)


def test_what_several_have_is_equal_but_for_what_a_vendor_has_of_its_own(told: Told) -> None:
    """The world's ticket numbers are Autotask's; elsewhere they are ids. Every ticket of ConnectWise's is on a board,
    every company has an identifier, and what a row refers to comes with its name."""
    unequal = {
        (entity, field, vendor)
        for entity, fields in told.items()
        for field, row in fields.items()
        for vendor, word in row.items()
        if word == OTHER
    }

    assert unequal == {
        ("tickets", "number", "halopsa"),
        ("tickets", "number", "connectwise"),
        ("tickets", "queue", "connectwise"),
        ("companies", "number", "connectwise"),
        ("assets", "contact", "connectwise"),
    }


def test_the_docs_tell_what_differs(told: Told) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(told), "run: uv run python contracts_tests/tests/write_parity.py"
