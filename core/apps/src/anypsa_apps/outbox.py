"""`anypsa outbox`: writes that wait to be sent, for people to look at and to decide on."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from anypsa import Invalid, Item, Problem, Psa

from .connections import connect
from .output import Listing, print_rows, write_json
from .problems import DEAD_LETTERS, plain

SHOWN: Final = 8
"""So much of an id is shown in tables; it names the item in commands too, as long as it is one item's."""
COLUMNS: Final[Mapping[str, int]] = {"id": 3, "stage": 3, "write": 4, "subject": 4, "due": 4, "error": 9}
BATCH: Final = 50
"""So many are sent before an interruption is noticed."""


def list_items(
    profile: str | None, adapter: str | None, state: str | None, stage: str | None, limit: int | None, output: Listing
) -> None:
    """Prints the items."""
    with connect(profile, adapter, state) as psa:
        items = psa.outbox.items(stage, limit)
    if output is Listing.TABLE:
        print_rows("Outbox", COLUMNS, map(cells, items))
    else:
        write_json(map(as_json, items), output)
    sys.stderr.write(f"{len(items)} items\n")


def cells(item: Item) -> Sequence[str]:
    due = f"{item.due:%Y-%m-%d %H:%M}" if item.stage == "waiting" else ""
    return (item.id[:SHOWN], item.stage, f"{item.action} {item.entity}", item.subject, due, item.error or "")


def as_json(item: Item) -> str:
    return json.dumps(asdict(item), default=str)


def show_item(profile: str | None, adapter: str | None, state: str | None, id: str) -> None:
    """Prints all of one item."""
    with connect(profile, adapter, state) as psa:
        print_item(named(psa, id))


def print_item(item: Item) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    told: dict[str, Any] = {**asdict(item), "values": json.dumps(item.values, ensure_ascii=False)}
    for name in ("id", "stage", "action", "entity", "subject", "record", "values", "links", "attempts", "due", "error"):
        if told[name] not in (None, {}):
            table.add_row(Text(name, style="dim"), Text(plain(str(told[name]))))
    Console().print(table)


def retry_item(profile: str | None, adapter: str | None, state: str | None, id: str) -> None:
    """Makes an item due again."""
    with connect(profile, adapter, state) as psa:
        print_item(psa.outbox.retry(named(psa, id).id))


def discard_item(profile: str | None, adapter: str | None, state: str | None, id: str) -> None:
    """Puts an item away for good."""
    with connect(profile, adapter, state) as psa:
        print_item(psa.outbox.discard(named(psa, id).id))


def named(psa: Psa, id: str) -> Item:
    """The item whose id begins like this; raises `Invalid` unless it is one."""
    found = [item for item in psa.outbox.items() if item.id.startswith(id)]
    if len(found) != 1:
        reason = f"{id!r} may be any of {len(found)} items" if found else f"there is no item {id!r}"
        raise Invalid("find an item of the outbox", problems=[Problem("item", reason)])
    return found[0]


def drain(profile: str | None, adapter: str | None, state: str | None, limit: int | None) -> None:
    """Sends what is due, in batches, so that it can be interrupted between them."""
    sent = dead = asked = 0
    with connect(profile, adapter, state) as psa:
        while True:
            room = BATCH if limit is None else min(BATCH, limit - sent - dead - asked)
            drained = psa.outbox.drain(room)
            sent, dead, asked = sent + drained.sent, dead + drained.dead, asked + drained.asked
            if drained.sent + drained.dead + drained.asked == 0 or sent + dead + asked == limit:
                break
    due = f", the next one due {drained.due:%Y-%m-%d %H:%M:%S} UTC" if drained.due is not None else ""
    parked = f", {asked} proposed on their tickets" if asked else ""
    sys.stdout.write(f"{sent} sent, {drained.waiting} waiting{due}, {dead} dead{parked}\n")
    if dead:
        raise SystemExit(DEAD_LETTERS)
