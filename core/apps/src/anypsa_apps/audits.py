"""`anypsa audit`: what queues, custom fields and limits look like before an automation works there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anypsa import Psa

from .connections import Tenant, connect
from .extras import extra
from .output import Listing
from .problems import plain
from .stages import shown

if TYPE_CHECKING:
    from anypsa_automation.audits import Cost, QueueAudit

QUEUES: Final[Mapping[str, int]] = {
    "queue": 5, "open": 2, "came": 2, "left": 3, "overdue": 3, "last": 3, "routed": 3, "findings": 7,
}  # fmt: skip
FIELDS: Final[Mapping[str, int]] = {
    "field": 5, "holds": 3, "filled": 2, "distinct": 2, "by_vendor": 2, "requests": 2,
}  # fmt: skip
TRIED: Final = "audit a desk"
Found = TypeVar("Found")


def queues(tenant: Tenant, state: str | None, days: int, most: int | None, output: Listing) -> None:
    """Prints what each queue looks like, and how many tickets are put elsewhere at once."""
    with extra("console", TRIED):
        from anypsa_automation.audits import Standards, audit_queues, queues_cost
    standards = Standards(span=timedelta(days=days))
    costs, audit = partial(queues_cost, standards=standards), partial(audit_queues, standards=standards)
    found = told_before(tenant, state, most, costs, audit)
    row = in_words if output is Listing.TABLE else asdict
    shown("Queues", QUEUES, [row(one) for one in found.queues], output)
    told = f"put elsewhere within the hour: {found.rerouted}"
    say(told if found.rerouted is not None else f"re-routing is not known: {found.absent}")


def in_words(one: QueueAudit) -> dict[str, Any]:
    """One queue in few words."""
    short = {name: f"{rate.right} of {rate.of}" for name, rate in (("left", one.left), ("overdue", one.overdue))}
    last = "" if one.last is None else f"{one.last:%Y-%m-%d}"
    return {**asdict(one), **short, "last": last, "routed": str(one.routed), "findings": ", ".join(one.findings)}


def fields(tenant: Tenant, state: str | None, sample: int, days: int, most: int | None, output: Listing) -> None:
    """Prints what custom fields hold, and what a list by each takes."""
    with extra("console", TRIED):
        from anypsa_automation.audits import audit_fields, fields_cost
    span = timedelta(days=days)
    costs, audit = (
        partial(fields_cost, sample=sample, span=span),
        partial(audit_fields, sample=sample, span=span),
    )
    found = told_before(tenant, state, most, costs, audit)
    shown("Custom fields", FIELDS, [asdict(one) for one in found], output)


def contention(tenant: Tenant, state: str | None, most: int | None, output: Listing) -> None:
    """Prints who uses up the limits."""
    with extra("console", TRIED):
        from anypsa_automation.audits import contention as audit
        from anypsa_automation.audits import contention_cost
    found = told_before(tenant, state, most, contention_cost, audit)
    sys.stdout.write((str(found) if output is Listing.TABLE else json.dumps(asdict(found))) + "\n")


def told_before(
    tenant: Tenant, state: str | None, most: int | None, costs: Callable[[Psa], Cost], audit: Callable[[Psa], Found]
) -> Found:
    """What an audit finds, in the bulk lane, after it was told what it costs; refused where that is more than `most`."""
    with connect(*tenant, state) as psa:
        told = costs(psa)
        say(f"this takes {told}")
        told.within(TRIED, most)
        with psa.budget(lane="bulk"):
            return audit(psa)


def say(words: str) -> None:
    """What is told beside what was found."""
    sys.stderr.write(plain(words) + "\n")
