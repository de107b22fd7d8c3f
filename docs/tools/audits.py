"""The reference page of audits: what each reads and costs, and what is held against a desk. From code, as far as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from inspect import getdoc

from anypsa_automation.audits import Contention, Cost, FieldAudit, QueueAudit, Reroutes, Routing, Standards, fields

AUDITS = {
    "queues": (
        "audit_queues",
        "all open tickets and those of the span; active queues; events in the state store",
        "pages of tickets, 1 for queues; on HaloPSA up to `looked_into` tickets one by one, since its lists do not tell contracts; with events 1 for technicians",
    ),
    "fields": (
        "audit_fields",
        "up to `sample` tickets of the span; the definitions of custom fields",
        "pages of tickets, and one count for each custom field, where the vendor counts",
    ),
    "contention": (
        "contention",
        "our own count, and the vendor's where it tells one (Autotask)",
        "1 where the vendor counts, at most once a minute",
    ),
}
FOUND = {"A queue": QueueAudit, "By what tickets come to a queue": Routing, "Put elsewhere": Reroutes}


def page() -> Iterator[str]:
    yield "# Audits\n"
    yield "Generated from `anypsa_automation.audits`. They read, and write nothing; [Audit a desk](../how-to/audits.md) shows them at"
    yield "work. All PSAs have all three; ConnectWise's tickets tell no contract here, so that `routed` is empty there.\n"
    yield "| `anypsa audit ...` | in code | reads | takes |"
    yield "| --- | --- | --- | --- |"
    yield from (f"| `{name}` | `{call}(psa)` | {reads} | {takes} |" for name, (call, reads, takes) in AUDITS.items())
    yield f"\n## Costs\n\n{getdoc(Cost)}\n"
    yield "Each has a function that tells it before: `queues_cost`, `fields_cost`, `contention_cost`. To count takes one or two"
    yield "requests itself. In a block of `psa.budget(max_requests=...)` with less left, an audit raises `OverBudget` before it reads."
    yield f"\n## Standards\n\n{getdoc(Standards)}\n"
    yield "| standard | value |"
    yield "| --- | --- |"
    yield from (f"| `{name}` | {shown(value)} |" for name, value in vars(Standards()).items())
    for title, found in FOUND.items():
        yield f"\n## {title}\n\n{getdoc(found)}"
    yield f"\n## A custom field\n\n{getdoc(FieldAudit)}\n"
    yield f"If nothing else is said, {fields.SAMPLE:,} tickets of {shown(fields.SPAN)} are looked at. What a field holds is one of: "
    yield f"*{fields.EMPTY}*, *{fields.CONSTANT}*, *{fields.LABELS}*, *{fields.FREE}*; it is free text if more than"
    yield f"{fields.MANY:.0%} of its values are unlike all others."
    yield f"\n## Contention\n\n{getdoc(Contention)}"


def shown(value: object) -> str:
    """A value in words."""
    if isinstance(value, timedelta):
        return f"{value.days} days" if value.days else f"{value.seconds // 60} minutes"
    return f"{value:.0%}" if isinstance(value, float) else str(value) if value != () else "nobody"
