"""Rows: 100,000 tickets of 77 fields and 2.5 kB that need no room of their own, so that a million do not either.

A row is its id, its number and one of a few hundred tails; who reads it can tell from the id what it must hold.
"""

from __future__ import annotations

import json
import random
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

SEED: Final = 20261124
TAILS: Final = 997
HOLE: Final = 400_000
"""So many ids are missing in one place: no client may know the highest id or that they stand close."""
COMPANIES, CONTACTS, ASSETS = 300, 900, 500
FILLED: Final = 50
WORDS: Final = [
    "printer",
    "vpn",
    "mail",
    "backup",
    "slow",
    "login",
    "screen",
    "invoice",
    "server",
    "cable",
    "update",
    "offline",
    "driver",
    "ticket",
]
PICKED: Final = {
    "status": ["New", "In Progress", "Waiting Customer", "Complete", "Escalate"],
    "priority": ["Critical", "High", "Medium", "Low"],
    "queueID": ["Service Desk", "Monitoring", "Projects"],
    "ticketType": ["Service Request", "Incident", "Problem"],
    "issueType": ["Computer", "Network", "Account"],
    "subIssueType": ["Hardware", "Software", "Password"],
    "source": ["Phone", "Email", "Portal"],
}


def tail(number: int) -> dict[str, Any]:
    """What a row holds besides id and number."""
    chance = random.Random(SEED + number)
    day = f"2026-{chance.randint(1, 9):02}-{chance.randint(10, 28)}T{chance.randint(10, 23)}:15:00"
    held: dict[str, Any] = {name: chance.randint(1, len(values)) for name, values in PICKED.items()}
    held |= {"companyID": chance.randrange(COMPANIES), "contactID": chance.randint(1, CONTACTS)}
    held |= {"configurationItemID": chance.randint(1, ASSETS), "companyLocationID": chance.randint(1, 500)}
    held |= {"assignedResourceID": chance.choice([None, 29682885, 29682886]), "contractID": None}
    held |= {"externalID": "", "resolution": "", "estimatedHours": chance.choice([None, 0.25, 1.5])}
    held |= {"createDate": f"{day}.1530000Z", "lastActivityDate": f"{day}.297Z", "dueDateTime": f"{day}Z"}
    held |= {"completedDate": None, "title": f"{number}: {' '.join(chance.choices(WORDS, k=5))}"}
    held["description"] = " ".join(chance.choices(WORDS, k=60))
    others = {f"vendorField{n:02}": chance.choice([None, chance.randint(1, 10**6), "text", 0.0]) for n in range(FILLED)}
    customs = [{"name": f"Custom {n}", "value": chance.choice([None, "text", "27"])} for n in range(6)]
    return {**held, **others, "userDefinedFields": customs}


def encoded(number: int) -> bytes:
    text = json.dumps(tail(number), separators=(",", ":"))
    padding = "x" * max(0, 2_480 - len(text))
    return f',"rmmAlertText":"{padding}",{text[1:]}'.encode()


def documented(entity: str) -> dict[str, str]:
    """The fields that the vendor documents for an entity, and their types."""
    # In the server alone: what the contenders hold in memory must not hold it.
    from anypsa_autotask.dialect.schema import entities

    return {name: one.type for name, one in entities()[entity].fields.items() if name != "id"}


def related(fields: Mapping[str, str], number: int) -> bytes:
    """The tail of what tickets point to: each field with a value of its type."""
    chance = random.Random(SEED + number)
    samples = {
        "integer": number,
        "long": number,
        "string": " ".join(chance.choices(WORDS, k=3)),
        "datetime": f"2026-{chance.randint(1, 9):02}-17T10:15:00.000Z",
        "boolean": True,
        "double": 1.5,
    }
    held = {name: samples.get(type) for name, type in fields.items()}
    if fields.get("isActive") == "integer":
        held["isActive"] = 1  # of contacts, which have it as a number
    return f",{json.dumps({**held, 'userDefinedFields': []}, separators=(',', ':'))[1:]}".encode()


def numbers(count: int) -> list[int]:
    """The ids, in order: some missing here and there, and a hole where two fifths of them are."""
    chance = random.Random(SEED)
    ids, id = [], 7_000
    for place in range(count):
        id += 1 if chance.random() < 0.9 else chance.randint(2, 9)
        if place == count * 2 // 5:
            id += HOLE
        ids.append(id)
    return ids


class Rows:
    """The rows of one entity."""

    def __init__(self, ids: Sequence[int], entity: str = "Tickets") -> None:
        self.ids = ids
        made = encoded if entity == "Tickets" else partial(related, documented(entity))
        self.tails = [made(number) for number in range(TAILS)]

    def one(self, id: int) -> bytes:
        """A row."""
        return b'{"id":%d,"ticketNumber":"T%d"%b' % (id, id, self.tails[id % TAILS])

    def between(self, low: int, high: int, most: int) -> tuple[Sequence[int], bool]:
        """The first ids from one up to another, and whether there are more."""
        start, end = bisect_left(self.ids, low), bisect_left(self.ids, high)
        return self.ids[start : min(end, start + most)], end > start + most

    def has(self, id: int) -> bool:
        """Whether there is one."""
        place = bisect_left(self.ids, id)
        return place < len(self.ids) and self.ids[place] == id


def title(id: int) -> str:
    """What a ticket must be called."""
    return str(tail(id % TAILS)["title"])


class Expected:
    """Checks that each record came once, in order where that is promised, and with its own contents."""

    def __init__(self) -> None:
        self._titles = [title(number) for number in range(TAILS)]
        self._got = array("q")
        self._wrong = 0

    def take(self, id: int, called: str) -> None:
        """A record that came."""
        self._got.append(id)
        self._wrong += called != self._titles[id % TAILS]

    def complaint(self, wanted: Iterable[int]) -> str | None:
        """What is wrong with what came, if these were to come; or None."""
        got = set(self._got)
        missing, doubled = len(set(wanted) - got), len(self._got) - len(got)
        found = {"missing": missing, "twice": doubled, "with other contents": self._wrong}
        told = [f"{count} {what}" for what, count in found.items() if count]
        return ", ".join(told) or None
