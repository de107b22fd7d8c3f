"""Scopes: what an application was granted, beside what the capabilities need (wire/halopsa.md 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from anypsa.spi import Verb

from .tables import TABLES

WIDE: Final = frozenset({"all", "all:standard", "admin"})
FAMILIES: Final[Mapping[str, str]] = {
    "ticket": "tickets",
    "note": "tickets",
    "time_entry": "tickets",
    "history_entry": "tickets",
    "attachment": "tickets",
    "company": "customers",
    "contact": "customers",
    "location": "customers",
    "asset": "assets",
    "contract": "contracts",
    "article": "kb",
    "appointment": "calendar",
    "project": "projects",
    "invoice": "invoices",
}
"""The family of scopes that opens an entity; technicians and queues need none."""
WRITES: Final = Verb.CREATE | Verb.UPDATE | Verb.DELETE
ADMIN: Final = "admin"
"""What registering webhooks needs (6)."""


def lacking(granted: str) -> dict[str, list[str]]:
    """The scopes that are not granted, and the capabilities that each would open. Whoever may edit may read."""
    held = set(granted.split())
    if held & WIDE:
        return {}
    missing: dict[str, list[str]] = {ADMIN: ["webhooks"]}
    for name, family in FAMILIES.items():
        table = TABLES.get(name)
        if table is None:
            continue
        read, edit = f"read:{family}", f"edit:{family}"
        if not {read, edit} & held:
            missing.setdefault(read, []).append(table.kind.plural)
        if edit not in held and table.verbs & WRITES:
            missing.setdefault(edit, []).append(f"{table.kind.plural} (writing)")
    return missing


def told(asked: str, granted: str) -> dict[str, str]:
    """What `psa.check()` shows of it."""
    without = "; ".join(f"{scope}: {', '.join(opens)}" for scope, opens in sorted(lacking(granted).items()))
    return {"scope": granted, "scope_asked": asked, **({"scope_lacking": without} if without else {})}
