"""`anypsa audit`: what queues, custom fields and limits look like before an automation works there."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from .connections import Tenant, connect
from .extras import extra
from .output import Listing
from .problems import plain
from .stages import shown

QUEUES: Final[Mapping[str, int]] = {
    "queue": 5, "open": 2, "came": 2, "left": 3, "overdue": 3, "last": 4, "findings": 5,
}  # fmt: skip
FIELDS: Final[Mapping[str, int]] = {
    "field": 5, "holds": 3, "filled": 2, "distinct": 2, "by_vendor": 2, "requests": 2,
}  # fmt: skip
TRIED: Final = "audit a desk"


def queues(tenant: Tenant, state: str | None, days: int, output: Listing) -> None:
    """Prints what each queue looks like, and how many tickets are put elsewhere at once."""
    with extra("console", TRIED):
        from anypsa_automation.audits import Standards, audit_queues
    with connect(*tenant, state) as psa:
        found = audit_queues(psa, standards=Standards(span=timedelta(days=days)))
    rows = [
        {**asdict(one), "left": str(one.left), "overdue": str(one.overdue), "findings": ", ".join(one.findings)}
        for one in found.queues
    ]
    shown("Queues", QUEUES, rows, output)
    told = f"put elsewhere by people within the hour: {found.rerouted}"
    sys.stderr.write(plain(told if found.rerouted is not None else f"re-routing is not known: {found.absent}") + "\n")


def fields(tenant: Tenant, state: str | None, sample: int, days: int, output: Listing) -> None:
    """Prints what custom fields hold, and what a list by each takes."""
    with extra("console", TRIED):
        from anypsa_automation.audits import audit_fields
    with connect(*tenant, state) as psa:
        found = audit_fields(psa, sample=sample, span=timedelta(days=days))
    shown("Custom fields", FIELDS, [asdict(one) for one in found], output)


def contention(tenant: Tenant, state: str | None, output: Listing) -> None:
    """Prints who uses up the limits."""
    with extra("console", TRIED):
        from anypsa_automation.audits import contention as looked_at
    with connect(*tenant, state) as psa:
        found = looked_at(psa)
    sys.stdout.write((str(found) if output is Listing.TABLE else json.dumps(asdict(found))) + "\n")
