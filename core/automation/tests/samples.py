"""Entries and items as stores get them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from anypsa import Entry, Item

START = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def entry(id: str, **more: Any) -> Entry:
    begun = replace(
        Entry(id, "acme", "create", "note", f"digest of {id}", START, START),
        values={"body": "Grüße \x00 \ud800", "custom_fields": {"a": None}},
        marker="m",
        since=START - MINUTE,
    )
    return replace(begun, **more)


def item(id: str, **more: Any) -> Item:
    waiting = Item(id, "acme", "create", "note", f"item:{id}", f"digest of {id}", START, START, START)
    return replace(waiting, **{"values": {"body": f"body of {id}"}, **more})


def on_ticket(id: str, **more: Any) -> Item:
    return item(id, subject="ticket:5", **more)
