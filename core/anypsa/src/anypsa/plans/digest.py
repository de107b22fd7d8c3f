"""Digests: what an approval is bound to, and the code by which people name it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from ..effects import Action
from ..outbox import TARGET, Item
from .base import Plan

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without what people take for something else: 0 and O, 1 and I and L, U and V."""
LENGTH: Final = 4


def digest_of(plan: Plan, items: Sequence[Item]) -> str:
    """A digest of all that is planned. It stays the same while the plan runs."""
    whole = {
        "plan": plan.id,
        "tenant": plan.tenant,
        "ticket": plan.ticket,
        "why": plan.why,
        "expires": plan.expires.isoformat(),
        "seen": plan.seen,
        "operations": [operation(item) for item in items],
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()).hexdigest()


def operation(item: Item) -> dict[str, Any]:
    """What an item does. Which record it makes, or which one another makes for it, is known only later."""
    known = item.action != Action.CREATE and TARGET not in item.links
    return {
        "item": item.id,
        "action": item.action,
        "entity": item.entity,
        "record": item.record if known else None,
        "values": item.values,
        "links": item.links,
        "fingerprint": item.fingerprint,
    }


def code_of(digest: str, turn: int = 0) -> str:
    """A short code for a digest; another one for each turn. It names, and protects nothing."""
    number = int.from_bytes(hashlib.sha256(f"{digest} {turn}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
